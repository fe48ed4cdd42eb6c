//! What a store tells of erased records.

use std::path::Path;

use tierhook_model::{ExternalRef, Moment, RecordKind};

use super::Store;
use crate::key::{self, Family};
use crate::tombstone::{self, Tombstone};
use crate::{ReadError, value};

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

    /// Returns when the erasure of each of the external references was asked for; `None` where it was not.
    ///
    /// # Errors
    /// [`ReadError`] if the disk or a value cannot be read.
    pub fn erased_on(&self, kind: RecordKind, refs: &[ExternalRef]) -> Result<Vec<Option<Moment>>, ReadError> {
        let when = |reference| -> Result<Option<Moment>, ReadError> {
            let found = self.inner.db.get(key::tombstone(&Tombstone::digest(kind, reference)))?;
            let read = |bytes: sled::IVec| value::decode::<Tombstone>(Family::Tombstone, &bytes);
            Ok(found.map(read).transpose()?.map(|tombstone| tombstone.erased))
        };
        refs.iter().map(when).collect()
    }

    /// Returns all tombstones, for [`Store::restore`] of a backup that is to take this book's place.
    ///
    /// # Errors
    /// [`ReadError`] if the disk or a value cannot be read.
    pub fn tombstones(&self) -> Result<Vec<Tombstone>, ReadError> {
        tombstone::of_tree(&self.inner.db)
    }

    /// Keeps all tombstones in a plain file in another folder too, beside those that are there: they survive if the
    /// book's own folder does not.
    ///
    /// # Errors
    /// [`ReadError`] if a tombstone cannot be read or the file cannot be written.
    pub fn copy_tombstones(&self, folder: &Path) -> Result<(), ReadError> {
        let copied = tombstone::Copy::of(folder).follow(&self.tombstones()?);
        copied.map_err(|source| ReadError::Disk { reason: format!("the erasures in {}: {source}", folder.display()) })
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
