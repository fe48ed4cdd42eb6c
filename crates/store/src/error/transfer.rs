//! What can go wrong with the book as a whole: backups, restores, audits.

use std::io;
use std::path::PathBuf;

use crate::{OpenError, ReadError, WriteError};

/// Why there is no backup. What was written so far is of no use.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// Another backup is being made.
    #[error("another backup of this book is being made; wait for its end")]
    Running,
    /// The writer stopped, so nobody knows what the book holds.
    #[error("the book's writer stopped after a failed write; close the book, open it again, and make the backup then")]
    Stopped,
    /// The book changed faster than the backup was written.
    #[error(
        "the book changed by more than {limit_bytes} bytes ahead of the backup; write the backup to a faster place, or while less is written to the book"
    )]
    Overtaken {
        /// How much is kept in memory of what changes, in bytes.
        limit_bytes: usize,
    },
    /// The backup cannot be written.
    #[error("the backup cannot be written ({reason})")]
    Output {
        /// What the system said, and what to do.
        reason: String,
    },
    /// The book cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Why a backup was not restored. Nothing is left of the attempt.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// There is something already where the book should go.
    #[error("{} holds something already; move it away, or name another data folder", .path.display())]
    Occupied {
        /// The data folder.
        path: PathBuf,
    },
    /// The folder that the data folder should be made in does not exist.
    #[error("there is no folder to make the data folder {} in; make it, or name another data folder", .path.display())]
    MissingParent {
        /// The data folder.
        path: PathBuf,
    },
    /// The input is no backup.
    #[error("this is no backup of a customer book; name the file that a backup was written to, unpacked")]
    NotABackup,
    /// A later release made the backup.
    #[error(
        "the backup has format {found}, and this release knows up to {known}; use the release that made it, or a later one"
    )]
    NewerFormat {
        /// The backup's format, or that of the book in it.
        found: u32,
        /// The latest format that this release knows.
        known: u32,
    },
    /// The input ends before the backup does.
    #[error("the backup is cut off after {keys} keys; copy it again, or use another one")]
    Truncated {
        /// How many keys were read before.
        keys: u64,
    },
    /// The input is not what was written.
    #[error("the backup was altered after {keys} keys ({reason}); copy it again, or use another one")]
    Altered {
        /// How many keys were read before.
        keys: u64,
        /// What was found.
        reason: String,
    },
    /// The input cannot be read.
    #[error("the backup cannot be read ({source}); check the disk that it is on")]
    Input {
        /// What the system said.
        source: io::Error,
    },
    /// The book cannot be written.
    #[error("the book cannot be written to {} ({reason})", .path.display())]
    Output {
        /// Where it was being put together.
        path: PathBuf,
        /// What the system said, and what to do.
        reason: String,
    },
    /// The book that was put together does not open.
    #[error("the restored book does not open: {0}")]
    Open(#[from] OpenError),
}

/// Why a book could not be audited to the end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The disk cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// What was found could not be mended.
    #[error(transparent)]
    Write(#[from] WriteError),
}
