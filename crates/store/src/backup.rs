//! Backups: the whole book as of one commit, as one stream of bytes, made while the book is in use.
//!
//! # The stream
//!
//! All numbers are big-endian.
//!
//! | part | bytes |
//! |---|---|
//! | head | `tierhook backup\n`, the stream's format (4), the position (8) |
//! | block, any number | length of its content (4, not 0), content, digest (64) |
//! | end | 0 (4), number of keys (8), digest (64) |
//!
//! A block's content is keys with their values: length of the key (4), length of the value (4), key, value. The keys
//! are those of the store, values and all, family by family ([`crate::key::Family::ALL`]) and ascending within each.
//! Tombstones, references and records come before all that lies under a record: whoever restores knows which
//! records to leave out before their facts arrive.
//!
//! A digest is the SHA-256, in hexadecimal digits, of the digest before it and the content of its own part; the first
//! follows the head. Chained like this each block is proved before it is used, no block can be left out, doubled or
//! moved, and the last digest stands for the whole backup; a digest at the end alone would tell of damage only after
//! everything had been written. It guards against accidents and bad disks, not against somebody who can write
//! backups: there is no key in it.
//!
//! Compressing and encrypting the stream is up to whoever makes the backup.

pub(crate) mod stream;

use std::io::Write;

use tierhook_model::Position;

use self::stream::Encoder;
use crate::{BackupError, Store};

/// What a backup came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupReport {
    /// The commit as of which it holds the book.
    pub position: Position,
    /// How many keys it holds.
    pub keys: u64,
    /// How long it is, in bytes.
    pub bytes: u64,
    /// The digest of the whole, as 64 hexadecimal digits. A restore of the same bytes tells the same.
    pub digest: String,
}

impl Store {
    /// Writes the whole book as of one durable commit, while others read and write it, and tells `progress` the
    /// number of keys so far. The output is flushed, not synced: whoever opened a file syncs it. A backup that ended
    /// with an error is of no use, and is refused by [`Store::restore`].
    ///
    /// What changes ahead of the backup is kept in memory until it gets there, at most 256 MiB of it.
    ///
    /// # Errors
    /// [`BackupError`] if another backup is being made, the output cannot be written, the book cannot be read, or it
    /// changes faster than the output takes it.
    pub fn backup(&self, out: &mut dyn Write, progress: &mut dyn FnMut(u64)) -> Result<BackupReport, BackupError> {
        let shared = &self.inner.shared;
        let mut reader = shared.cut.begin(&self.inner.db, self.inner.aside_bytes, || shared.counters.position())?;
        let mut encoder = Encoder::begin(out, reader.position)?;
        loop {
            let chunk = reader.next()?;
            if chunk.is_empty() {
                break;
            }
            encoder.block(&chunk)?;
            progress(encoder.keys());
        }
        let position = reader.position;
        // The writer need not put anything aside any more.
        drop(reader);
        encoder.end(position)
    }
}
