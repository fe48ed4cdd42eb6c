//! Digests: `[plugin.files]` names every file that a plugin ships, with the SHA-256 of its bytes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};
use tierhook_package::{MANIFEST_FILE, SIGNATURE_FILE, SOURCE_FOLDER};

/// The table's header.
const HEADER: &str = "[plugin.files]";

/// Returns the files that a plugin's folder ships, by path, with the SHA-256 of their bytes in hexadecimal. The manifest, the
/// signature, the sources and hidden files are no part of them.
///
/// # Errors
/// If the folder or a file in it can't be read.
pub fn digests(folder: &Path) -> io::Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    collect(folder, "", &mut files)?;
    Ok(files)
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let is_own = prefix.is_empty() && [MANIFEST_FILE, SIGNATURE_FILE, SOURCE_FOLDER].contains(&name.as_str());
        if is_own || name.starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{path}/"), files)?;
        } else {
            files.insert(path, hexadecimal(&fs::read(entry.path())?));
        }
    }
    Ok(())
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Puts the table of files into a manifest's text, in place of the one that is there or at its end. All else stays as it is.
pub(crate) fn with_files(manifest: &str, files: &BTreeMap<String, String>) -> String {
    let mut table = format!("{HEADER}\n");
    for (path, digest) in files {
        let _ = writeln!(table, "{:?} = \"{digest}\"", path);
    }
    let is_header = |line: &str| line.split('#').next().is_some_and(|code| code.trim() == HEADER);
    let lines: Vec<&str> = manifest.split_inclusive('\n').collect();
    let Some(from) = lines.iter().position(|line| is_header(line)) else {
        return format!("{}\n\n{table}", manifest.trim_end());
    };
    let next = lines[from + 1..].iter().position(|line| line.trim_start().starts_with('['));
    let behind = next.map_or(String::new(), |next| format!("\n{}", lines[from + 1 + next..].concat()));
    format!("{}{table}{behind}", lines[..from].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(digest: &str) -> BTreeMap<String, String> {
        [("plugin.wasm".to_owned(), digest.to_owned())].into()
    }

    #[test]
    fn the_table_is_added_once_and_then_replaced() {
        let manifest = "# mine\n[plugin]\nid = \"p\" # keep\n";
        let first = with_files(manifest, &files("aa"));
        assert_eq!(first, "# mine\n[plugin]\nid = \"p\" # keep\n\n[plugin.files]\n\"plugin.wasm\" = \"aa\"\n");
        assert_eq!(with_files(&first, &files("aa")), first);
        assert_eq!(with_files(&first, &files("bb")), first.replace("aa", "bb"));
    }

    #[test]
    fn tables_behind_it_stay() {
        let manifest = "[plugin]\n\n[plugin.files] # written\n\"old\" = \"00\"\n\n[plugin.history]\norders = 3\n";
        let expected = "[plugin]\n\n[plugin.files]\n\"plugin.wasm\" = \"aa\"\n\n[plugin.history]\norders = 3\n";
        assert_eq!(with_files(manifest, &files("aa")), expected);
    }

    #[test]
    fn sources_and_hidden_files_are_not_shipped() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["plugin.toml", "plugin.sig", "plugin.wasm", ".gitignore", "tables/pairs.csv", "source/src/lib.rs"]
        {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "abc").unwrap();
        }
        let found = digests(folder.path()).unwrap();
        assert_eq!(found.keys().collect::<Vec<_>>(), ["plugin.wasm", "tables/pairs.csv"]);
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(found["plugin.wasm"], abc);
    }
}
