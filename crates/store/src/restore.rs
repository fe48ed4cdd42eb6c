//! Restoring a backup into a folder that has no book.
//!
//! The book is put together in a folder beside, made durable, opened once to prove it, and only then given its name:
//! whatever happens on the way, there is a whole book or none. What an interrupted restore leaves beside is
//! cleared away by the next one.
//!
//! An erasure that came after the backup must hold in the restored book too. The tombstones of erased records are
//! in the book, so also in later backups, and once more in a file beside the database that can be read when the
//! database cannot. Whoever replaces a book passes its tombstones on ([`Store::tombstones`], or
//! [`Store::kept_tombstones`] of the folder that was moved away): records with such a reference are left out of the
//! restored book, with all that lies under them, before anything of them is written, and the tombstones go in.

mod filter;
mod room;

use std::io::Read;
use std::path::Path;

use sled::{Batch, Db};
use tierhook_model::Position;

use self::filter::Filter;
use self::room::Room;
use crate::backup::stream::Decoder;
use crate::census::Census;
use crate::folder::{self, FORMAT_VERSION, Patience};
use crate::key::{self, Family};
use crate::progress::Progress;
use crate::{Options, ReadError, RestoreError, Store, Tombstone, disk, tombstone, value};

/// The cache while restoring, in bytes: everything is written once and read little.
const CACHE_BYTES: u64 = 64 << 20;

/// What a restore came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoreReport {
    /// The commit as of which the book is.
    pub position: Position,
    /// How many keys the backup held.
    pub keys: u64,
    /// How long the backup was, in bytes.
    pub bytes: u64,
    /// The digest of the backup, as [`crate::BackupReport`] tells it.
    pub digest: String,
    /// How many records were left out because they were erased after the backup.
    pub erased: u64,
}

impl Store {
    /// Makes a book out of a backup, in a folder that does not exist or is empty, and tells `progress` the number of
    /// keys so far. The backup is verified to its end. `tombstones` are those of the book that this one replaces:
    /// what was erased after the backup stays erased.
    ///
    /// # Errors
    /// [`RestoreError`] if the folder holds something, the backup is damaged, or the disk cannot be written; then
    /// there is no book.
    pub fn restore(
        input: &mut dyn Read,
        folder: &Path,
        tombstones: &[Tombstone],
        progress: &mut dyn FnMut(u64),
    ) -> Result<RestoreReport, RestoreError> {
        let mut decoder = Decoder::begin(input)?;
        let room = Room::beside(folder)?;
        let (db, _) = folder::open(room.path(), CACHE_BYTES, Patience::default())?;
        let erased = fill(&db, &mut decoder, tombstones, &room, progress)?;
        db.flush().map_err(|error| room.output(disk::reason(&error)))?;
        drop(db);
        let report = decoder.report();
        // A book that opens, and is as of the commit that it should be. Opening also writes the copy of the tombstones.
        let proof = Store::open(room.path(), Options { cache_bytes: CACHE_BYTES })?;
        let found = proof.position();
        drop(proof);
        if found != report.position {
            let reason = format!("the book is as of commit {}, the backup as of {}", found.0, report.position.0);
            return Err(RestoreError::Altered { keys: report.keys, reason });
        }
        room.publish(folder)?;
        let crate::BackupReport { position, keys, bytes, digest } = report;
        Ok(RestoreReport { position, keys, bytes, digest, erased })
    }
}

/// Writes what the backup holds, but for what was erased. Returns how many records were.
fn fill(
    db: &Db,
    decoder: &mut Decoder<'_>,
    tombstones: &[Tombstone],
    room: &Room,
    progress: &mut dyn FnMut(u64),
) -> Result<u64, RestoreError> {
    let failed = |error: sled::Error| room.output(disk::reason(&error));
    let mut filter = Filter::new(tombstones);
    let mut last: Option<(usize, Vec<u8>)> = None;
    let mut has_format = false;
    while let Some(block) = decoder.block()? {
        let mut batch = Batch::default();
        for (key, value) in block.entries().flatten() {
            let family = Family::of(key).ok_or_else(|| decoder.altered("it holds a key of no known family"))?;
            let place = (family.rank(), key.to_vec());
            if last.as_ref().is_some_and(|last| *last >= place) {
                return Err(decoder.altered("its keys are not in order"));
            }
            last = Some(place);
            if key == key::FORMAT {
                check_format(value).unwrap_or_else(|| Err(decoder.altered("its format is no number")))?;
                has_format = true;
            }
            if filter.keeps(family, key, value) {
                batch.insert(key, value);
            }
        }
        db.apply_batch(batch).map_err(failed)?;
        progress(decoder.keys());
    }
    if !has_format {
        return Err(decoder.altered("it does not say which format the book has"));
    }
    if filter.has_left_out_records() {
        // A reference that names a record that only its later ones showed to be erased.
        for item in db.scan_prefix(Family::Reference.start()) {
            let (key, value) = item.map_err(failed)?;
            if !filter.keeps(Family::Reference, &key, &value) {
                db.remove(key).map_err(failed)?;
            }
        }
    }
    // What was left out is not missing.
    let count = || -> Result<(), ReadError> {
        let mut progress: Progress = match db.get(key::PROGRESS)? {
            Some(bytes) => value::decode(Family::Meta, &bytes)?,
            None => return Ok(()),
        };
        progress.census = Census::of(db)?;
        let bytes = value::encode(&progress).expect("a vector takes every number");
        db.insert(key::PROGRESS, bytes)?;
        Ok(())
    };
    count().map_err(|error| room.output(error.to_string()))?;
    for tombstone in tombstones {
        let key = key::tombstone(&tombstone.digest);
        if !db.contains_key(&key).map_err(failed)? {
            db.insert(key, value::encode(tombstone).expect("a vector takes every number")).map_err(failed)?;
        }
    }
    Ok(filter.left_out())
}

/// Checks the format of the book in a backup; `None` if it is no number.
fn check_format(value: &[u8]) -> Option<Result<(), RestoreError>> {
    let found = u32::from_be_bytes(value.try_into().ok()?);
    let known = FORMAT_VERSION;
    Some(if found > known { Err(RestoreError::NewerFormat { found, known }) } else { Ok(()) })
}

/// The digest of the reference that a record has of its own.
fn own_digest(bytes: &[u8]) -> Option<[u8; 16]> {
    let (_, record): (u64, tierhook_model::Record) = value::decode(Family::Record, bytes).ok()?;
    tombstone::digest_of_key(&key::reference(record.kind, &record.external))
}
