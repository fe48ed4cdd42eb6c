//! The files of a plugin, and whether they are those that its manifest lists.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::{COMPONENT_FILE, MANIFEST_FILE, PackageError, PluginManifest, SIGNATURE_FILE, SOURCE_FOLDER};

/// The most bytes that a component may have: 32 MiB.
pub const MAX_COMPONENT_BYTES: u64 = 32 * 1024 * 1024;
/// The most bytes that all other files may have together: 16 MiB.
pub const MAX_REST_BYTES: u64 = 16 * 1024 * 1024;
/// The most files that a plugin may have.
pub const MAX_FILES: usize = 256;

/// The files of a plugin, by their paths in its folder with `/` between the parts.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Contents {
    files: BTreeMap<String, Arc<[u8]>>,
}

impl Contents {
    /// Takes the files of a folder or archive. What belongs to the author, or hides itself, is passed over.
    pub fn new(files: BTreeMap<String, Arc<[u8]>>) -> Self {
        let mut files = files;
        files.retain(|path, _| !is_passed_over(path));
        Self { files }
    }

    /// The files.
    pub fn files(&self) -> &BTreeMap<String, Arc<[u8]>> {
        &self.files
    }

    /// One file.
    pub fn file(&self, path: &str) -> Option<&Arc<[u8]>> {
        self.files.get(path)
    }

    /// The bytes of the manifest.
    ///
    /// # Errors
    /// [`PackageError::NoManifest`] if there is none.
    pub fn manifest(&self) -> Result<&Arc<[u8]>, PackageError> {
        self.file(MANIFEST_FILE).ok_or(PackageError::NoManifest)
    }

    /// The text of the manifest.
    ///
    /// # Errors
    /// [`PackageError::NoManifest`] if there is none, [`PackageError::NotText`] if it is not UTF-8.
    pub fn manifest_text(&self) -> Result<&str, PackageError> {
        std::str::from_utf8(self.manifest()?).map_err(|_| PackageError::NotText)
    }

    /// What `[plugin.files]` has to list: every file but the manifest and the signature, with its SHA-256.
    pub fn digests(&self) -> BTreeMap<String, String> {
        self.shipped().map(|(path, bytes)| (path.clone(), sha256_hex(bytes))).collect()
    }

    /// Checks that the files are those that a manifest lists, no more and no fewer, and no other bytes.
    ///
    /// # Errors
    /// [`PackageError`] with the first file that is not as it should be.
    pub fn check(&self, manifest: &PluginManifest) -> Result<(), PackageError> {
        self.check_size()?;
        let listed = &manifest.plugin.files;
        if !self.files.contains_key(COMPONENT_FILE) && !listed.contains_key(COMPONENT_FILE) {
            return Err(PackageError::NoComponent);
        }
        if let Some(file) = listed.keys().find(|path| !self.files.contains_key(*path)) {
            return Err(PackageError::Missing { file: file.clone() });
        }
        for (path, bytes) in self.shipped() {
            let file = path.clone();
            let Some(listed) = listed.get(path) else { return Err(PackageError::Unlisted { file }) };
            let found = sha256_hex(bytes);
            if *listed != found {
                return Err(PackageError::Differs { file, listed: listed.clone(), found });
            }
        }
        Ok(())
    }

    fn check_size(&self) -> Result<(), PackageError> {
        if self.files.len() > MAX_FILES {
            let (found, limit) = (format!("{} files", self.files.len()), format!("at most {MAX_FILES}"));
            return Err(PackageError::TooLarge { found, limit });
        }
        let (component, rest): (Vec<_>, Vec<_>) = self.files.iter().partition(|(path, _)| *path == COMPONENT_FILE);
        let sum = |files: Vec<(&String, &Arc<[u8]>)>| files.iter().map(|(_, bytes)| bytes.len() as u64).sum();
        check_bytes("component", sum(component), MAX_COMPONENT_BYTES)?;
        check_bytes("other files", sum(rest), MAX_REST_BYTES)
    }

    fn shipped(&self) -> impl Iterator<Item = (&String, &Arc<[u8]>)> {
        self.files.iter().filter(|(path, _)| *path != MANIFEST_FILE && *path != SIGNATURE_FILE)
    }
}

/// Returns the SHA-256 of bytes in hexadecimal, as `sha256sum` shows it.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        // Writing to a text never fails.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Tells whether a path belongs to the author, or hides itself: nobody reads it and nobody ships it.
pub(crate) fn is_passed_over(path: &str) -> bool {
    let mut parts = path.split('/');
    parts.clone().next() == Some(SOURCE_FOLDER)
        || parts.any(|part| part.starts_with('.') && part != "." && part != "..")
}

fn check_bytes(what: &str, found: u64, limit: u64) -> Result<(), PackageError> {
    if found <= limit {
        return Ok(());
    }
    let found = format!("{found} bytes of {what}");
    Err(PackageError::TooLarge { found, limit: format!("at most {limit}") })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A plugin that lists a component, cases and a table; digests of other files may be added.
    pub(crate) fn plugin(extra: &[(&str, &[u8])]) -> Contents {
        let mut files: BTreeMap<String, Arc<[u8]>> = BTreeMap::new();
        for (path, bytes) in [
            ("plugin.wasm", b"\0asm".as_slice()),
            ("cases.toml", b"# none".as_slice()),
            ("tables/pairs.csv", b"a,b\n1,2\n".as_slice()),
        ] {
            files.insert(path.to_owned(), bytes.into());
        }
        let listed = Contents::new(files.clone()).digests();
        let listed: String = listed.iter().map(|(path, digest)| format!("\"{path}\" = \"{digest}\"\n")).collect();
        let manifest = format!(
            "reads = [\"recency_days\"]\n\n[plugin]\nid = \"guard\"\nversion = \"1.0.0\"\nserial = 7\napi = \"0.1.0\"\n\
             optional = [\"customer.industry\"]\nhistory = {{ orders = 50 }}\n\n\
             [plugin.hooks.follow_up]\nreads = [\"class.grade\"]\n\n[plugin.files]\n{listed}"
        );
        files.insert(MANIFEST_FILE.to_owned(), manifest.as_bytes().into());
        for (path, bytes) in extra {
            files.insert((*path).to_owned(), (*bytes).into());
        }
        Contents::new(files)
    }

    fn check(contents: &Contents) -> Result<(), PackageError> {
        contents.check(&PluginManifest::parse(contents.manifest_text()?).unwrap())
    }

    fn without(path: &str) -> Contents {
        let mut contents = plugin(&[]);
        contents.files.remove(path).unwrap();
        contents
    }

    #[test]
    fn what_is_listed_and_nothing_else_is_fit() {
        assert_eq!(check(&plugin(&[])), Ok(()));
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn a_flipped_byte_a_missing_and_an_unlisted_file_are_each_named() {
        let flipped = check(&plugin(&[("plugin.wasm", b"\0asn")])).unwrap_err();
        assert!(matches!(&flipped, PackageError::Differs { file, .. } if file == "plugin.wasm"), "{flipped:?}");
        let missing = check(&without("tables/pairs.csv")).unwrap_err();
        assert_eq!(missing, PackageError::Missing { file: "tables/pairs.csv".to_owned() });
        let unlisted = check(&plugin(&[("notes.txt", b"")])).unwrap_err();
        assert_eq!(unlisted, PackageError::Unlisted { file: "notes.txt".to_owned() });
        assert!(unlisted.hint().contains("remove `notes.txt`"), "{}", unlisted.hint());
        assert_eq!(check(&without("plugin.toml")), Err(PackageError::NoManifest));
    }

    #[test]
    fn cases_and_the_component_are_listed_like_any_other_file() {
        for path in ["cases.toml", "plugin.wasm"] {
            let mut contents = plugin(&[]);
            let text = contents.manifest_text().unwrap();
            let text: String =
                text.lines().filter(|line| !line.contains(path)).map(|line| format!("{line}\n")).collect();
            contents.files.insert(MANIFEST_FILE.to_owned(), text.as_bytes().into());
            assert_eq!(check(&contents), Err(PackageError::Unlisted { file: path.to_owned() }));
            contents.files.remove(path);
            let expected = if path == "cases.toml" { Ok(()) } else { Err(PackageError::NoComponent) };
            assert_eq!(check(&contents), expected);
        }
    }

    #[test]
    fn the_authors_folder_and_what_hides_itself_are_passed_over() {
        let extra: [(&str, &[u8]); 4] =
            [("source/src/lib.rs", b"x"), (".DS_Store", b"x"), ("tables/.swp", b"x"), (".git/config", b"x")];
        let contents = plugin(&extra);
        assert_eq!(check(&contents), Ok(()));
        assert_eq!(contents.files().len(), 4);
        assert_eq!(contents.digests().len(), 3);
    }

    #[test]
    fn more_than_a_plugin_may_have_is_refused() {
        let large = vec![0_u8; usize::try_from(MAX_REST_BYTES).unwrap()];
        let error = check(&plugin(&[("tables/large.bin", &large)])).unwrap_err();
        assert!(matches!(&error, PackageError::TooLarge { found, .. } if found.contains("other files")), "{error}");
        let names: Vec<String> = (0..MAX_FILES).map(|n| format!("tables/{n}")).collect();
        let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"".as_slice())).collect();
        let error = check(&plugin(&many)).unwrap_err();
        assert!(matches!(&error, PackageError::TooLarge { found, .. } if found == "260 files"), "{error}");
    }
}
