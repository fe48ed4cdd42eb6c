//! The plugins that are committed with their components: what is said of them is true of the bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tierhook_kit::{Differences, compare, reads, shape};
use tierhook_package::{COMPONENT_FILE, Contents, MANIFEST_FILE, PluginManifest, SOURCE_FOLDER};

/// A component of ours is small.
const MOST_BYTES: usize = 100_000;

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let all = ["plugins", "tests/guests"].iter().flat_map(|part| fs::read_dir(root.join(part)).unwrap());
    all.map(|entry| entry.unwrap().path()).filter(|path| path.join(MANIFEST_FILE).is_file()).collect()
}

fn manifest(folder: &Path) -> PluginManifest {
    PluginManifest::parse(&fs::read_to_string(folder.join(MANIFEST_FILE)).unwrap()).unwrap()
}

#[test]
fn the_ones_that_we_ship_are_found() {
    let ids: BTreeSet<String> = folders().iter().map(|folder| manifest(folder).plugin.id).collect();
    for id in ["abc_grade", "bank_tiers", "basket_advisor", "churn_guard"] {
        assert!(ids.contains(id), "{id}");
    }
}

/// The files of a folder, but for its sources, by their paths.
fn walk(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Arc<[u8]>>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        match entry.file_type().unwrap().is_dir() {
            true if prefix.is_empty() && name == SOURCE_FOLDER => {}
            true => walk(&entry.path(), &format!("{prefix}{name}/"), files),
            false => drop(files.insert(format!("{prefix}{name}"), fs::read(entry.path()).unwrap().into())),
        }
    }
}

#[test]
fn every_file_has_the_digest_that_the_manifest_says() {
    for folder in folders() {
        let mut files = BTreeMap::new();
        walk(&folder, "", &mut files);
        assert_eq!(manifest(&folder).plugin.files, Contents::new(files).digests(), "{}", folder.display());
    }
}

#[test]
fn code_and_manifest_agree_and_nothing_is_asked_for_in_vain() {
    for folder in folders() {
        let component = fs::read(folder.join(COMPONENT_FILE)).unwrap();
        let manifest = manifest(&folder);
        let found = compare(&reads(&component).unwrap(), &manifest);
        assert_eq!(found, Differences::default(), "{}", folder.display());
        assert_eq!(shape(&component).unwrap().api.as_deref(), Some(manifest.plugin.api.as_str()));
    }
}

#[test]
fn a_component_is_small_imports_nothing_but_the_contract_and_names_no_folder_of_ours() {
    for folder in folders() {
        let component = fs::read(folder.join(COMPONENT_FILE)).unwrap();
        let name = folder.display();
        assert!(component.len() < MOST_BYTES, "{name}: {} bytes", component.len());
        let shape = shape(&component).unwrap();
        assert!(
            shape.imports.iter().all(|import| import.starts_with("tierhook:hooks/")),
            "{name}: {:?}",
            shape.imports
        );
        assert!(shape.other_exports.is_empty(), "{name}: {:?}", shape.other_exports);
        assert_eq!(shape.exports.len(), shape.hooks.len(), "{name}: {:?}", shape.exports);
        assert!((1..10).contains(&shape.modules), "{name}: {}", shape.modules);
        let text = String::from_utf8_lossy(&component);
        assert!(!text.contains("/home/") && !text.contains("/root/"), "{name} names a folder of the machine");
    }
}

#[test]
fn texts_are_in_both_languages() {
    for folder in folders() {
        let rule = manifest(&folder).rule;
        let texts = rule.texts.values().chain(rule.follow_ups.values()).chain(rule.causes.values());
        for text in texts.chain([&rule.description]) {
            assert!(!text.en.is_empty() && !text.zh.is_empty(), "{}: {text:?}", folder.display());
        }
    }
}
