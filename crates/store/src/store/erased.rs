//! What a store tells of erased records.

use std::path::Path;

use tierhook_model::{ExternalRef, RecordKind};

use super::Store;
use crate::tombstone::{self, Tombstone};
use crate::{ReadError, key};

impl Store {
    /// Returns which of the external references were erased: records of theirs are refused.
    ///
    /// # Errors
    /// [`ReadError`] if the disk cannot be read.
    pub fn tombstoned(&self, kind: RecordKind, refs: &[ExternalRef]) -> Result<Vec<bool>, ReadError> {
        let is_erased = |reference| -> Result<bool, ReadError> {
            Ok(self.inner.db.contains_key(key::tombstone(&Tombstone::digest(kind, reference)))?)
        };
        refs.iter().map(is_erased).collect()
    }

    /// Returns all tombstones, for [`Store::restore`] of a backup that is to take this book's place.
    ///
    /// # Errors
    /// [`ReadError`] if the disk or a value cannot be read.
    pub fn tombstones(&self) -> Result<Vec<Tombstone>, ReadError> {
        tombstone::of_tree(&self.inner.db)
    }

    /// Returns the tombstones in a data folder without opening the book there, which may be damaged: they are kept
    /// once more in a plain file beside the database.
    ///
    /// # Errors
    /// [`ReadError::Disk`] if there is no such folder, or the file cannot be read.
    pub fn kept_tombstones(folder: &Path) -> Result<Vec<Tombstone>, ReadError> {
        tombstone::kept(folder)
    }
}
