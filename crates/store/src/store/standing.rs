//! What a book that is opened stands on: compared with what was acknowledged, and what to do where it lacks something.

use std::fs::File;
use std::path::{Path, PathBuf};

use sled::Db;
use tierhook_model::{GenerationId, Position};

use super::{LEAST_CACHE_BYTES, Store, read_meta};
use crate::census::Census;
use crate::folder::{self, Patience};
use crate::key;
use crate::name::Names;
use crate::progress::Progress;
use crate::tombstone::{self, Tombstone};
use crate::watermark::{self, Mark, Watermark};
use crate::{MetaKey, OpenError, ReadError, disk, value};

/// Up to how large a file a book whose process was killed is counted when it is opened: it takes some tenths of a second.
/// A larger one is counted when it is audited.
const COUNTED_BYTES: u64 = 128 << 20;

/// What a book has lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The last commit that is in the book.
    pub found: Position,
    /// The last commit that was acknowledged.
    pub acknowledged: Position,
    /// What is missing of the commits that are in the book, in words.
    pub missing: Option<String>,
}

/// What the writer goes on from.
pub(super) struct Standing {
    pub(super) progress: Progress,
    pub(super) generation: GenerationId,
    pub(super) names: Names,
    pub(super) tombstones: Vec<Tombstone>,
}

impl Standing {
    /// Reads it, and compares the book with what was acknowledged.
    pub(super) fn of(path: &Path, db: &Db, file: &File) -> Result<Self, OpenError> {
        let damaged = |error: ReadError| OpenError::Damaged { path: path.to_owned(), reason: error.to_string() };
        let progress = read_progress(path, db)?;
        let generation = read_meta(db, &key::meta(MetaKey::Generation)).map_err(damaged)?.unwrap_or_default();
        let mark = watermark::read(path).map_err(|source| folder::folder_error(path, source))?;
        if let Some(mark) = mark.filter(|mark| mark.position > progress.position) {
            let (path, found, acknowledged) = (path.to_owned(), progress.position, mark.position);
            return Err(OpenError::Shortened { path, found, acknowledged });
        }
        let was_closed = mark == Some(Mark { position: progress.position, is_closed: true });
        let is_small = || file.metadata().is_ok_and(|it| it.len() <= COUNTED_BYTES);
        if !was_closed && is_small() {
            let found = Census::of(db).map_err(damaged)?;
            if let Some(missing) = progress.census.missing(found) {
                return Err(OpenError::Incomplete { path: path.to_owned(), missing: missing.to_string() });
            }
        }
        let names = Names::of_tree(db).map_err(damaged)?;
        let tombstones = tombstone::of_tree(db).map_err(damaged)?;
        Ok(Self { progress, generation, names, tombstones })
    }
}

impl Store {
    /// Lets a book that is refused as [`OpenError::Shortened`] or [`OpenError::Incomplete`] be opened with what is left of
    /// it. What was lost is not looked for any more. `None`: nothing is missing, and nothing was changed.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn accept_loss(path: &Path) -> Result<Option<Loss>, OpenError> {
        if !path.is_dir() {
            return Ok(None);
        }
        let refused = |source| folder::folder_error(path, source);
        let damaged = |reason: String| OpenError::Damaged { path: path.to_owned(), reason };
        let (db, file) = folder::open(path, LEAST_CACHE_BYTES, Patience::default())?;
        let mut progress = read_progress(path, &db)?;
        let found = progress.position;
        let acknowledged = watermark::read(path).map_err(refused)?.map_or(found, |mark| mark.position.max(found));
        let census = folder::caught(path, || Census::of(&db).map_err(|error| damaged(error.to_string())))?;
        let missing = progress.census.missing(census).map(|missing| missing.to_string());
        if acknowledged == found && missing.is_none() {
            return Ok(None);
        }
        progress.census = census;
        let bytes = value::encode(&progress).expect("a vector takes every number");
        db.insert(key::PROGRESS, bytes).and_then(|_| db.flush()).map_err(|error| damaged(disk::reason(&error)))?;
        file.sync_data().map_err(refused)?;
        Watermark::open(path, found).map_err(refused)?;
        Ok(Some(Loss { found, acknowledged, missing }))
    }
}

/// Opens the database once more when it was closed, which is when it takes down where everything in its file is.
///
/// From then on whatever of the file is damaged or missing is noticed by whoever reads it. What was written since
/// the database was opened is found by going through the file, and what is damaged there is passed over in silence.
/// The next opening has so much less to do.
pub(super) struct Seal {
    pub(super) path: PathBuf,
    pub(super) cache_bytes: u64,
}

impl Drop for Seal {
    fn drop(&mut self) {
        let sealed = folder::open(&self.path, self.cache_bytes, Patience::default()).and_then(|(db, _)| {
            let position = read_progress(&self.path, &db)?.position;
            Watermark::open(&self.path, position).map_err(|source| folder::folder_error(&self.path, source))
        });
        if let Err(error) = sealed {
            tracing::warn!(%error, "the book was closed, and does not open again");
        }
    }
}

fn read_progress(path: &Path, db: &Db) -> Result<Progress, OpenError> {
    let progress = read_meta(db, &key::PROGRESS);
    let progress = progress.map_err(|error| OpenError::Damaged { path: path.to_owned(), reason: error.to_string() })?;
    Ok(progress.unwrap_or_default())
}
