//! The SDK's sources, so that a new plugin builds with nothing but crates.io.

/// A file of the SDK, by its path in the SDK's folder.
type File = (&'static str, &'static str);

macro_rules! sources {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../sdk/", $path)))),*]
    };
}

/// The files of the SDK but its manifests, which name this workspace.
pub(crate) const SOURCES: &[File] = sources![
    "derive/src/field.rs",
    "derive/src/lib.rs",
    "derive/src/parameter.rs",
    "derive/src/record.rs",
    "derive/src/section.rs",
    "src/bindings.rs",
    "src/cell.rs",
    "src/context.rs",
    "src/day.rs",
    "src/fault.rs",
    "src/history.rs",
    "src/hook.rs",
    "src/lib.rs",
    "src/log.rs",
    "src/outcome.rs",
    "src/outcome/column.rs",
    "src/outcome/table.rs",
    "src/outcome/tests.rs",
    "src/parameter.rs",
    "src/plan.rs",
    "src/reason.rs",
    "src/record.rs",
    "src/score.rs",
    "src/testing.rs",
    "src/testing/frame.rs",
    "src/wanted.rs",
    "src/warning.rs",
    "src/wish.rs",
    "wit/hooks.wit",
];

/// The contract.
pub(crate) const CONTRACT: &str = include_str!("../../sdk/wit/hooks.wit");
/// The manifests in place of those of this workspace.
pub(crate) const MANIFESTS: &[File] = &[
    ("Cargo.toml", include_str!("../template/rust/sdk.toml")),
    ("derive/Cargo.toml", include_str!("../template/rust/derive.toml")),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    fn walk(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{prefix}{}", entry.file_name().into_string().unwrap());
            match entry.file_type().unwrap().is_dir() {
                true => walk(&entry.path(), &format!("{path}/"), found),
                false => drop(found.insert(path)),
            }
        }
    }

    #[test]
    fn no_file_of_the_sdk_is_forgotten() {
        let mut there = BTreeSet::new();
        walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../sdk"), "", &mut there);
        // Its own tests are of no use to an author.
        there.retain(|path| !path.ends_with("Cargo.toml") && !path.starts_with("tests/"));
        let named: BTreeSet<String> = SOURCES.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(named, there);
    }

    /// A line for a library in the workspace's manifest, without spaces.
    fn requirement(manifest: &str, library: &str) -> String {
        let line = manifest.lines().find(|line| line.starts_with(&format!("{library} =")));
        line.unwrap_or_else(|| panic!("no {library}")).replace(' ', "")
    }

    #[test]
    fn the_manifests_ask_for_what_those_of_the_workspace_do() {
        let workspace = include_str!("../../../Cargo.toml");
        let [(_, sdk), (_, derive)] = MANIFESTS else { panic!("{MANIFESTS:?}") };
        for (manifest, libraries) in [(sdk, &["wit-bindgen"][..]), (derive, &["proc-macro2", "quote", "syn"])] {
            for library in libraries {
                assert_eq!(requirement(manifest, library), requirement(workspace, library));
            }
        }
    }
}
