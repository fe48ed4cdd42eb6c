//! The walls: which crate may use which, and who alone names an outside library.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// What each crate may use; `crates/ARCHITECTURE.md` tells why.
const ARROWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("features", &["model"]),
    ("store", &["model"]),
    ("hooks", &["model"]),
    ("sample", &["model"]),
    ("search", &["model"]),
    ("package", &["model", "hooks"]),
    ("plugin", &["model", "hooks"]),
    ("kit", &["hooks", "package"]),
    ("sdk", &["sdk-derive"]),
    ("sdk-derive", &[]),
    ("script", &["model", "hooks"]),
    ("import", &["model", "script"]),
    ("loader", &["model", "hooks", "package", "plugin", "script"]),
    ("engine", &["model", "features", "store", "hooks"]),
    (
        "server",
        &[
            "model", "features", "store", "hooks", "import", "loader", "engine", "package", "kit", "plugin", "sample",
            "search",
        ],
    ),
    ("cli", &["model", "hooks", "server"]),
];

/// Outside libraries that one crate alone names.
const OWNERS: &[(&str, &str)] = &[
    ("sled", "store"),
    ("crc32fast", "store"),
    ("rhai", "script"),
    ("notify", "loader"),
    ("toml_edit", "loader"),
    ("wasmtime", "plugin"),
    ("wit-bindgen", "sdk"),
    ("wit-component", "kit"),
    ("wit-parser", "kit"),
    ("ed25519-dalek", "package"),
    ("axum", "server"),
    ("hyper", "server"),
    ("rayon", "engine"),
    ("clap", "cli"),
    ("indicatif", "cli"),
    ("mimalloc", "cli"),
    ("anyhow", "cli"),
    ("encoding_rs", "import"),
    ("calamine", "import"),
    ("flate2", "import"),
    ("fastrand", "sample"),
    ("memchr", "search"),
    ("pinyin", "search"),
    ("roaring", "search"),
    ("unicode-normalization", "search"),
];

fn metadata() -> Metadata {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    MetadataCommand::new().manifest_path(root).no_deps().exec().expect("cargo tells the workspace's packages")
}

/// For each crate, the names of its dependencies outside tests.
fn dependencies(metadata: &Metadata) -> BTreeMap<String, BTreeSet<String>> {
    let crates = metadata.packages.iter().filter_map(|package| {
        let name = package.name.strip_prefix("tierhook-")?.to_owned();
        let normal = package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
        Some((name, normal.map(|dependency| dependency.name.clone()).collect()))
    });
    crates.filter(|(name, _)| name != "tests").collect()
}

#[test]
fn no_arrow_crosses_a_wall() {
    let dependencies = dependencies(&metadata());
    let known: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    let there: BTreeSet<&str> = dependencies.keys().map(String::as_str).collect();
    assert_eq!(there, known, "every crate has its line in ARROWS");
    for (name, allowed) in ARROWS {
        for used in dependencies[*name].iter().filter_map(|dependency| dependency.strip_prefix("tierhook-")) {
            assert!(allowed.contains(&used), "{name} must not know {used}");
        }
    }
}

#[test]
fn an_outside_library_is_named_by_its_one_crate() {
    let dependencies = dependencies(&metadata());
    for (library, owner) in OWNERS {
        let users: Vec<&String> =
            dependencies.iter().filter(|(_, uses)| uses.contains(*library)).map(|(name, _)| name).collect();
        assert_eq!(users, [owner], "{library} belongs to {owner} alone");
    }
}

/// A test file that no `mod` names is never run.
#[test]
fn no_test_file_is_forgotten() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let main = fs::read_to_string(folder.join("main.rs")).expect("main.rs can be read");
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let name = entry.expect("an entry can be read").file_name().into_string().expect("names are UTF-8");
        if let Some(module) = name.strip_suffix(".rs").filter(|module| *module != "main") {
            assert!(main.contains(&format!("mod {module};")), "main.rs does not name {module}");
        }
    }
}
