//! The customer book on disk: one tree, one writer, atomic batches.
//!
//! A [`Store`] keeps records, their facts, the history of their decisions and a few values about the book. Reads go
//! straight to the tree from any thread. Writes go to one writer thread: it takes whatever queued while it was
//! busy, checks each write against the version that stands and the active generation, applies what passed as one
//! atomic batch, makes that durable once, and answers everybody together. It never waits for more. What was
//! answered survives the end of the process at any moment.
//!
//! The whole book can be written to a stream as of one commit while it is in use, made anew from such a stream, and
//! looked through for damage. Records can be erased: then nothing is left but tombstones, which no restore undoes.
//!
//! The last acknowledged commit also stands in a file beside the database, so that a database that lost its end is
//! refused rather than served.
//!
//! This crate is the only one that names the embedded database. It knows no rules, no clock and no network.

mod audit;
mod backup;
mod census;
mod cut;
mod decoded;
mod disk;
mod erasure;
mod error;
mod folder;
mod group;
mod import;
mod key;
mod meta;
mod name;
mod prepared;
mod progress;
mod queue;
mod recall;
mod redaction;
mod restore;
mod settling;
mod store;
mod tombstone;
mod value;
mod watch;
mod watermark;
mod write;
mod writer;

pub use audit::{AuditReport, Problem, Remedy};
pub use backup::BackupReport;
pub use error::{AuditError, BackupError, OpenError, ReadError, RestoreError, WriteError};
pub use import::{ImportEntry, Reversal};
pub use meta::MetaKey;
pub use redaction::Redaction;
pub use restore::RestoreReport;
pub use store::{EncodedBatch, KnownFact, LookedUp, Loss, Options, PendingWrite, RawRecord, Store, Stored};
pub use tombstone::Tombstone;
pub use watch::Watch;
pub use write::{Erasure, NewlyRecorded, RecordWrite, Removed, WriteBatch, WriteOutcome};
