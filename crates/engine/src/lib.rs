//! One event's journey: from a fact to a decision, durably.
//!
//! [`Engine::ingest`] is the path of one event: snapshot, features, evaluate, decide, commit.
//! [`Engine::regrade`] is the same without a new event, for many records at a time. Evaluating, combining and
//! deciding are pure and know no store. This crate knows no files, no script language, no network and no clock: the
//! day is the book's, and moments are passed in.

mod append;
mod audit;
mod book;
mod case;
mod clock;
mod combine;
mod decide;
mod erase;
mod error;
mod evaluate;
mod explain;
mod family;
mod foresee;
mod generation;
mod homeless;
mod known;
mod merge;
mod past;
mod project;
mod regrade;
mod rehearse;
mod report;
mod revert;
mod share;
mod spoken;
mod tally;
mod told;
mod word;

pub use append::{Appended, Ingested, Ingesting, Recording};
pub use audit::{Drift, RecordAudit};
pub use book::{Engine, Snapshot};
pub use case::{CaseFailure, CaseSet, CaseSetError};
pub use erase::{Erased, ErasureEntry, KnownBy, OtherTrace, PersonTrace};
pub use error::EngineError;
pub use explain::Explained;
pub use foresee::{Foreseen, ForeseenClass};
pub use generation::{Conventions, Generation};
pub use homeless::Homeless;
pub use known::Known;
pub use merge::{MergeWord, Merged};
pub use past::PastRow;
pub use regrade::Selection;
pub use rehearse::{Rehearsal, Sample};
pub use report::{FaultTally, RegradeReport};
pub use revert::Reverted;
pub use word::{OverrideWord, REMINDER, Reminder, WorkItem, WorkKind};
