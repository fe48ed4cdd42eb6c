//! What can go wrong, by family of operation.

mod transfer;

pub use transfer::{AuditError, BackupError, RestoreError};

use std::fmt;
use std::io;
use std::path::PathBuf;

use tierhook_model::{FactSeq, GenerationId, Position, RecordId};

use crate::disk;
use crate::key::Family;

/// Why a book cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The folder that the data folder should be made in does not exist.
    #[error("there is no folder {} to make the data folder {} in; make it, or name another data folder", .parent.display(), .path.display())]
    MissingParent {
        /// The data folder.
        path: PathBuf,
        /// The folder that is missing.
        parent: PathBuf,
    },
    /// The data folder is not a folder.
    #[error("{} is not a folder; name another data folder", .path.display())]
    NotAFolder {
        /// The data folder.
        path: PathBuf,
    },
    /// The data folder may not be written to.
    #[error("{} may not be written to ({source}); give the user that runs tierhook write access to it, or name another data folder", .path.display())]
    NotWritable {
        /// The data folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The data folder cannot be used for another reason.
    #[error("the data folder {} cannot be used ({source}); check the disk and the folder", .path.display())]
    Folder {
        /// The data folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is no room left on the disk.
    #[error("there is no room on the disk of the data folder {} ({source}); free some space, or raise the limit on the size of files, and open the book again", .path.display())]
    Full {
        /// The data folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process has the book open.
    #[error("another process has the book in {} open; stop it, or work through it", .path.display())]
    Locked {
        /// The data folder.
        path: PathBuf,
    },
    /// The files in the data folder are damaged.
    #[error("the book in {} is damaged ({reason}); move the folder away and restore a backup", .path.display())]
    Damaged {
        /// The data folder.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// The book ends before what was acknowledged.
    #[error("the book in {} ends with commit {}, but commit {} had been acknowledged: what was written after is lost, for the database's file was shortened, overwritten or exchanged for an older one, or the folder was copied while the book was open; restore a backup, copy the folder again, or accept the loss", .path.display(), .found.0, .acknowledged.0)]
    Shortened {
        /// The data folder.
        path: PathBuf,
        /// The last commit that is in the book.
        found: Position,
        /// The last commit that was acknowledged.
        acknowledged: Position,
    },
    /// Something is missing in the midst of the book.
    #[error("the book in {} is not whole: {missing} are missing that had been acknowledged, for the database's file was damaged after the process had been killed; restore a backup, or accept the loss", .path.display())]
    Incomplete {
        /// The data folder.
        path: PathBuf,
        /// What is missing.
        missing: String,
    },
    /// A later release wrote the book.
    #[error("the book in {} has format {found}, and this release knows up to {known}; use the release that wrote it, or a later one", .path.display())]
    NewerFormat {
        /// The data folder.
        path: PathBuf,
        /// The book's format.
        found: u32,
        /// The latest format that this release knows.
        known: u32,
    },
    /// There is a database in the data folder, and it is no book.
    #[error("{} holds a database that is no customer book; name another data folder", .path.display())]
    NotABook {
        /// The data folder.
        path: PathBuf,
    },
    /// The writer cannot be started.
    #[error("the writer thread cannot be started ({source}); free some memory or raise the limit of threads")]
    Writer {
        /// What the system said.
        source: io::Error,
    },
}

/// Why something cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Another release wrote the value.
    #[error(
        "a {family} value has format version {version}, which this release does not know; use the release that wrote it, or a later one"
    )]
    UnknownVersion {
        /// What the value is.
        family: String,
        /// The version byte.
        version: u8,
    },
    /// The value does not have the shape that it should have.
    #[error("a {family} value is damaged ({reason}); restore a backup")]
    Damaged {
        /// What the value is.
        family: String,
        /// What was found.
        reason: String,
    },
    /// The disk cannot be read.
    #[error("the book cannot be read ({reason}); check the disk, or restore a backup")]
    Disk {
        /// What was found.
        reason: String,
    },
    /// A write that has to do with it had an unknown outcome.
    #[error("it is unknown whether a write that this depends on was kept; close the book and open it again")]
    Unsettled,
}

/// Why something was not written, or may not have been.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The writes may or may not have been kept.
    #[error(
        "it is unknown whether the writes were kept ({reason}); close the book, open it again, and read before writing again"
    )]
    UnknownOutcome {
        /// What was found.
        reason: String,
    },
    /// Nothing was written: an earlier write failed, and the writer stopped.
    #[error("nothing was written, because the writer stopped ({reason}); close the book and open it again")]
    Stopped {
        /// Why it stopped.
        reason: String,
    },
    /// Nothing was written: what stands cannot be read.
    #[error("nothing was written, because what stands cannot be read: {reason}")]
    Unreadable {
        /// What was found.
        reason: String,
    },
    /// Nothing was written: a value cannot be encoded.
    #[error(
        "nothing was written, because a {family} value cannot be encoded ({reason}); this is a fault of the caller"
    )]
    Encode {
        /// What the value is.
        family: String,
        /// What was found.
        reason: String,
    },
    /// Nothing was written: a fact came with a record that it is not about.
    #[error("nothing was written, because fact {} is about record {about} and came with record {record}; this is a fault of the caller", .fact.0)]
    ForeignFact {
        /// The fact.
        fact: FactSeq,
        /// The record that it is about.
        about: RecordId,
        /// The record that it came with.
        record: RecordId,
    },
    /// Nothing was written: the generation is older than the active one.
    #[error(
        "nothing was written, because generation {asked} is older than the active one, {active}; make a new generation"
    )]
    OlderGeneration {
        /// The generation that was to become active.
        asked: GenerationId,
        /// The active one.
        active: GenerationId,
    },
}

impl ReadError {
    pub(crate) fn damaged(family: Family, reason: impl fmt::Display) -> Self {
        Self::Damaged { family: family.to_string(), reason: reason.to_string() }
    }
}

impl From<sled::Error> for ReadError {
    fn from(source: sled::Error) -> Self {
        Self::Disk { reason: disk::reason(&source) }
    }
}

impl WriteError {
    pub(crate) fn encode(family: Family, source: postcard::Error) -> Self {
        Self::Encode { family: family.to_string(), reason: source.to_string() }
    }
}

impl From<ReadError> for WriteError {
    fn from(source: ReadError) -> Self {
        Self::Unreadable { reason: source.to_string() }
    }
}
