//! A new plugin as a stranger has it: away from this repository, with nothing but crates.io.

use std::fs;
use std::process::Command;

use tierhook_kit::{BuildError, Lang, build, scaffold};

#[test]
#[ignore = "compiles a new plugin from nothing, which takes a minute and crates.io"]
fn the_tests_of_a_new_plugin_pass_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let plugin = scaffold("vip_thanks", folder.path(), None, Lang::Rust).unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.arg("test").current_dir(plugin.join("source")).env("CARGO_TARGET_DIR", folder.path().join("target"));
    let output = cargo.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("large_spending_is_thanked_for_within_a_week ... ok"), "{said}");
}

#[test]
#[ignore = "compiles a new plugin to WebAssembly, for which the compiler has to know the target"]
fn a_new_plugin_builds_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let plugin = scaffold("vip_thanks", folder.path(), None, Lang::Rust).unwrap();
    let built = build(&plugin).unwrap();
    assert!(built.warnings.is_empty(), "{:?}", built.warnings);
    assert_eq!(built.hooks, [tierhook_hooks::Hook::FollowUp]);
    assert!(!plugin.join("plugin.wasm").exists(), "what is left in the folder is the caller's");
}

#[test]
fn what_has_no_sources_is_not_built_and_its_manifest_stays() {
    let folder = tempfile::tempdir().unwrap();
    let plugin = scaffold("vip_thanks", folder.path(), None, Lang::Rust).unwrap();
    let before = fs::read_to_string(plugin.join("plugin.toml")).unwrap();
    fs::remove_dir_all(plugin.join("source")).unwrap();
    assert!(matches!(build(&plugin), Err(BuildError::NoSource { .. })));
    assert_eq!(fs::read_to_string(plugin.join("plugin.toml")).unwrap(), before);
}
