//! Errors of the engine.

use tierhook_model::{Day, ExternalRef, FactKind, ImportId, Moment, RecordId, RecordKind};
use tierhook_store::{ReadError, WriteError};

/// Why the engine could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The store could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The store could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// There is no such record.
    #[error("there is no record {record}; `tierhook customers search` finds one by name")]
    NoRecord {
        /// The record.
        record: RecordId,
    },
    /// There is no such dimension or class.
    #[error("there is no class `{class}` on dimension `{dimension}`; known: {known}")]
    NoClass {
        /// The dimension as asked.
        dimension: String,
        /// The class as asked.
        class: String,
        /// What there is, for the message.
        known: String,
    },
    /// There is no such follow-up or warning.
    #[error("record {record} has no {what} with the number {number}")]
    NoItem {
        /// The record.
        record: RecordId,
        /// `follow-up` or `warning`.
        what: &'static str,
        /// The number.
        number: u32,
    },
    /// The follow-up or warning is closed already.
    #[error("{what} {number} of record {record} is closed already ({state})")]
    ClosedItem {
        /// The record.
        record: RecordId,
        /// `follow-up` or `warning`.
        what: &'static str,
        /// The number.
        number: u32,
        /// What has become of it.
        state: String,
    },
    /// The end of an override or snooze lies in the past.
    #[error("{until} is too early, for the book's day is {day}; choose a later day")]
    AlreadyOver {
        /// The day as asked.
        until: Day,
        /// The book's day.
        day: Day,
    },
    /// A record was to be merged into itself.
    #[error("{customer} cannot be merged into itself; name two customers")]
    SameRecord {
        /// How its source names it.
        customer: ExternalRef,
    },
    /// Another record stands for it.
    #[error(
        "{customer} is merged into {into}; name {into}, or take them apart first: `tierhook customers unmerge {customer}`"
    )]
    MergedAway {
        /// How the record's source names it.
        customer: ExternalRef,
        /// How the source of the record that stands for it names that.
        into: ExternalRef,
    },
    /// The record stands for itself already.
    #[error("{customer} is not merged into another customer; name the one that was the duplicate")]
    NotMerged {
        /// How its source names it.
        customer: ExternalRef,
    },
    /// Records of different kinds are never the same.
    #[error("a {duplicate} cannot be merged into a {keep}; name two of the same kind")]
    OtherKind {
        /// What the one is that was to be kept.
        keep: RecordKind,
        /// What the other one is.
        duplicate: RecordKind,
    },
    /// There is no such import.
    #[error("there is no import {}; `tierhook import list` shows them all", .import.0)]
    NoImport {
        /// The import.
        import: ImportId,
    },
    /// The import was reverted before.
    #[error("import {} was reverted already, by {who} at {on}", .import.0)]
    RevertedBefore {
        /// The import.
        import: ImportId,
        /// Who wanted it.
        who: String,
        /// When it was done.
        on: Moment,
    },
    /// A fact was refused again and again because others changed the same record.
    #[error("the record of {kind} {key} kept changing; try again")]
    Contended {
        /// The kind of fact.
        kind: FactKind,
        /// Who the fact is.
        key: String,
    },
}
