//! What is written, and what comes of it.

use serde::Serialize;
use tierhook_model::{ExternalRef, Fact, FactOrder, GenerationId, HistoryEntry, Position, Record};

use crate::key::Family;
use crate::{ImportEntry, MetaKey, WriteError};

/// Writes that become durable together. A refused one takes none of the others down.
#[derive(Clone, Debug, Default)]
pub struct WriteBatch {
    /// Records with their facts and history, each with a guard of its own. They are taken in order: a later write
    /// sees what an earlier one came to.
    pub writes: Vec<RecordWrite>,
    /// Values about the book, as postcard; see [`WriteBatch::set_meta`]. They have no guard and hold before the
    /// first of the writes.
    pub meta: Vec<(MetaKey, Vec<u8>)>,
    /// Imports, each replacing the one with its number. They have no guard.
    pub imports: Vec<ImportEntry>,
    /// Whether the batch waits behind others. Batches that wait keep their order among themselves.
    pub bulk: bool,
}

/// One record as it shall be, with what is new about it. All of it goes in, or nothing.
#[derive(Clone, Debug)]
pub struct RecordWrite {
    /// The version that must stand. `None`: there must be neither the record nor its external reference.
    pub expect: Option<u64>,
    /// The generation that decided; it must be the active one. `None`: nothing was decided.
    pub decided_by: Option<GenerationId>,
    /// The record.
    pub record: Record,
    /// Whether its decision is still to come: `true` sets the mark or leaves it, `false` clears it.
    pub pending: bool,
    /// Facts to add. Each must be about this record.
    pub facts: Vec<NewlyRecorded>,
    /// Further external references that name the record from now on, whatever they named before.
    pub aliases: Vec<ExternalRef>,
    /// What a decision changed.
    pub history: Option<HistoryEntry>,
}

/// A fact on its way into the book.
#[derive(Clone, Debug, PartialEq)]
pub struct NewlyRecorded {
    /// The fact. If its key is known already, the key names this fact from now on; the earlier one stays.
    pub fact: Fact,
    /// The digest of the fact's content, by which a repetition is told from a conflict.
    pub content: [u8; 16],
}

/// What came of one [`RecordWrite`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteOutcome {
    /// It is in the book, and stays there.
    Committed {
        /// The record's version from now on; the first is 1.
        version: u64,
        /// Its place in the order of all commits.
        position: Position,
    },
    /// Nothing of it was written: another version stands.
    Stale {
        /// The version that stands; `None` if there is no such record. For a record that was to be new, `None`
        /// means that its external reference names another one.
        version: Option<u64>,
    },
    /// Nothing of it was written: another generation is active.
    OldGeneration {
        /// The active one.
        active: GenerationId,
    },
}

impl WriteBatch {
    /// Adds a value about the book.
    ///
    /// # Errors
    /// [`WriteError::Encode`] if the value cannot be encoded.
    pub fn set_meta<T: Serialize + ?Sized>(&mut self, key: MetaKey, value: &T) -> Result<(), WriteError> {
        let bytes = postcard::to_stdvec(value).map_err(|source| WriteError::encode(Family::Meta, source))?;
        self.meta.push((key, bytes));
        Ok(())
    }
}

impl NewlyRecorded {
    /// The fact's place in the canonical order of its record's facts.
    pub fn order(&self) -> FactOrder {
        FactOrder { day: self.fact.day, occurred: self.fact.occurred, seq: self.fact.seq }
    }
}
