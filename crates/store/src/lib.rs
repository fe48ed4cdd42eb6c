//! The customer book on disk: one tree, one writer, atomic batches.
//!
//! A [`Store`] keeps records, their facts, the history of their decisions and a few values about the book. Reads go
//! straight to the tree from any thread. Writes go to one writer thread: it takes whatever queued while it was
//! busy, checks each write against the version that stands and the active generation, applies what passed as one
//! atomic batch, makes that durable once, and answers everybody together. It never waits for more. What was
//! answered survives the end of the process at any moment.
//!
//! This crate is the only one that names the embedded database. It knows no rules, no clock and no network.

mod error;
mod folder;
mod group;
mod import;
mod key;
mod meta;
mod prepared;
mod progress;
mod queue;
mod settling;
mod store;
mod value;
mod write;
mod writer;

pub use error::{OpenError, ReadError, WriteError};
pub use import::ImportEntry;
pub use meta::MetaKey;
pub use store::{KnownFact, Options, PendingWrite, Store, Stored};
pub use write::{NewlyRecorded, RecordWrite, WriteBatch, WriteOutcome};
