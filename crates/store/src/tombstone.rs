//! Tombstones: what is left of an erased record, so that it does not come back.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sled::Tree;
use tierhook_model::{ExternalRef, Moment, RecordKind, digest128};

use crate::folder::sync_folders;
use crate::key::{self, Family};
use crate::{ReadError, value};

/// The file beside the database that holds the tombstones once more.
const COPY_FILE: &str = "erased";
/// The bytes of a tombstone in that file: digest, moment, check.
const ENTRY_BYTES: usize = 32;

/// The mark of an external reference that was erased. It holds no name: only who knows source and id can tell whether
/// the mark is theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Tombstone {
    /// The digest of the record's kind, the source, and the id within the source.
    pub digest: [u8; 16],
    /// When the erasure was asked for.
    pub erased: Moment,
}

impl Tombstone {
    /// Returns the digest of an external reference.
    pub fn digest(kind: RecordKind, reference: &ExternalRef) -> [u8; 16] {
        digest128(&[&[kind as u8], reference.source.as_bytes(), reference.id.as_bytes()])
    }
}

/// The digest of the external reference that a key of [`Family::Reference`] names; `None` if it is none.
pub(crate) fn digest_of_key(key: &[u8]) -> Option<[u8; 16]> {
    let (kind, source, id) = key::read_external(key)?;
    Some(digest128(&[&[kind], source, id]))
}

/// Reads all tombstones of the tree.
///
/// # Errors
/// [`ReadError`] if the disk or a value cannot be read.
pub(crate) fn of_tree(tree: &Tree) -> Result<Vec<Tombstone>, ReadError> {
    tree.scan_prefix(Family::Tombstone.start()).map(|item| value::decode(Family::Tombstone, &item?.1)).collect()
}

/// The tombstones once more, in a plain file, for the day on which the database cannot be read any more and a backup
/// from before the erasures has to be restored. The tree is the truth; the file follows.
#[derive(Debug)]
pub(crate) struct Copy {
    path: PathBuf,
}

impl Copy {
    pub(crate) fn of(folder: &Path) -> Self {
        Self { path: folder.join(COPY_FILE) }
    }

    /// Reads what the file holds; an entry that a crash cut off is left out.
    ///
    /// # Errors
    /// What the system says. A file that is not there holds nothing.
    pub(crate) fn read(&self) -> io::Result<Vec<Tombstone>> {
        match fs::read(&self.path) {
            Ok(bytes) => Ok(bytes.chunks_exact(ENTRY_BYTES).filter_map(entry).collect()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Adds tombstones, durably.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn append(&self, tombstones: &[Tombstone]) -> io::Result<()> {
        if tombstones.is_empty() {
            return Ok(());
        }
        let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(&self.path)?;
        // Behind the last whole entry, whatever a crash left after it.
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length - length % ENTRY_BYTES as u64))?;
        let bytes: Vec<u8> = tombstones.iter().flat_map(bytes).collect();
        file.write_all(&bytes)?;
        file.sync_all()?;
        if length == 0 { self.path.parent().map_or(Ok(()), sync_folders) } else { Ok(()) }
    }

    /// Adds what the tree has and the file lacks.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn follow(&self, tree: &[Tombstone]) -> io::Result<()> {
        if tree.is_empty() {
            return Ok(());
        }
        let known: HashMap<[u8; 16], Moment> =
            self.read()?.into_iter().map(|tombstone| (tombstone.digest, tombstone.erased)).collect();
        let missing: Vec<Tombstone> =
            tree.iter().filter(|tombstone| !known.contains_key(&tombstone.digest)).copied().collect();
        self.append(&missing)
    }
}

fn bytes(tombstone: &Tombstone) -> [u8; ENTRY_BYTES] {
    let mut entry = [0; ENTRY_BYTES];
    entry[..16].copy_from_slice(&tombstone.digest);
    entry[16..24].copy_from_slice(&tombstone.erased.0.to_be_bytes());
    let check = digest128(&[&entry[..24]]);
    entry[24..].copy_from_slice(&check[..8]);
    entry
}

fn entry(bytes: &[u8]) -> Option<Tombstone> {
    let (digest, rest) = bytes.split_first_chunk::<16>()?;
    let (erased, check) = rest.split_first_chunk::<8>()?;
    let is_whole = digest128(&[bytes.get(..24)?])[..8] == *check;
    is_whole.then(|| Tombstone { digest: *digest, erased: Moment(i64::from_be_bytes(*erased)) })
}

/// Reads the tombstones in a data folder without opening the book: it may be damaged.
///
/// # Errors
/// [`ReadError::Disk`] if the file cannot be read.
pub(crate) fn kept(folder: &Path) -> Result<Vec<Tombstone>, ReadError> {
    // A folder that is not there was mistyped; a book without erasures has no file.
    fs::metadata(folder)
        .and_then(|_| Copy::of(folder).read())
        .map_err(|source| ReadError::Disk { reason: format!("the erasures in {}: {source}", folder.display()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tombstone(number: u8) -> Tombstone {
        Tombstone { digest: [number; 16], erased: Moment(i64::from(number) - 5) }
    }

    #[test]
    fn the_copy_gives_back_what_was_added_and_mends_a_torn_end() {
        let folder = tempfile::tempdir().unwrap();
        let copy = Copy::of(folder.path());
        assert_eq!(copy.read().unwrap(), []);
        copy.append(&[tombstone(1), tombstone(2)]).unwrap();
        let torn = [fs::read(&copy.path).unwrap(), vec![7; 9]].concat();
        fs::write(&copy.path, torn).unwrap();
        assert_eq!(copy.read().unwrap(), [tombstone(1), tombstone(2)]);
        copy.follow(&[tombstone(2), tombstone(3)]).unwrap();
        assert_eq!(kept(folder.path()).unwrap(), [tombstone(1), tombstone(2), tombstone(3)]);
    }

    #[test]
    fn the_digest_is_the_same_from_key_and_reference() {
        let reference = ExternalRef::new("shop", "wang");
        let key = key::reference(RecordKind::Product, &reference);
        assert_eq!(digest_of_key(&key), Some(Tombstone::digest(RecordKind::Product, &reference)));
        assert_ne!(digest_of_key(&key), Some(Tombstone::digest(RecordKind::Customer, &reference)));
    }

    #[test]
    fn a_mistyped_folder_is_no_folder_without_erasures() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(kept(folder.path()).unwrap(), []);
        assert!(kept(&folder.path().join("nowhere")).is_err());
    }
}
