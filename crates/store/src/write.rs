//! What is written, and what comes of it.

use serde::Serialize;
use tierhook_model::{
    ExternalRef, Fact, FactOrder, FactSeq, GenerationId, HistoryEntry, Moment, Position, Record, RecordId,
};

use crate::key::Family;
use crate::{ImportEntry, MetaKey, WriteError};

/// Writes that become durable together. A refused one takes none of the others down, unless they are to go in
/// [`together`](WriteBatch::together).
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
    /// Records of which nothing shall be left. They are taken after the writes, and answered after them.
    pub erasures: Vec<Erasure>,
    /// Whether the batch goes in as a whole or not at all: if one of its writes or erasures is refused, the others are
    /// [`WriteOutcome::Withheld`], and its values and imports are not written either.
    pub together: bool,
    /// The store's [position](crate::Store::position) before anything was read of what the writes expect. All that they
    /// expect must have been read then: what nobody has changed since is taken to be as expected, and not looked up again.
    /// `None`: all of it is looked up.
    pub as_of: Option<Position>,
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
    /// Further external references that name the record from now on, whatever they named before. An erased one is
    /// refused.
    pub aliases: Vec<ExternalRef>,
    /// What a decision changed.
    pub history: Option<HistoryEntry>,
}

/// A fact on its way into the book, or one that is there already and that its key shall name again.
#[derive(Clone, Debug, PartialEq)]
pub struct NewlyRecorded {
    /// The fact.
    pub fact: Fact,
    /// The digest of the fact's content, by which a repetition is told from a conflict.
    pub content: [u8; 16],
    /// The fact that its key must name until now, and no more from now on; that one stays among its record's facts.
    /// `None`: the key must be unknown. If it is otherwise, the write is stale, so that no fact is recorded twice.
    pub replaces: Option<FactSeq>,
}

/// A record of which nothing shall be left but tombstones of its external references.
///
/// Everything goes that is kept under the record: its value, its facts and their keys, its history, its mark, and the
/// external references that name it. A [`crate::Tombstone`] stays for each of the references: a digest by which a
/// later import of the same customer is refused. Records that were merged are erased one by one, together: best in
/// one batch. Files beside the book, what other records' facts say in free text, and the numbers that were computed
/// over the whole book are not the store's to clean.
///
/// The database writes to new places in its file and reuses old ones later, so the erased bytes stay in free places
/// of the file until those are taken again; nothing reads them any more. Where that is not good enough, make a backup,
/// restore it into a new folder and destroy the old one: neither backup nor new folder ever held them. Backups from
/// before hold the record; restoring one with the tombstones leaves it out (see [`crate::Store::restore`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// The record.
    pub record: RecordId,
    /// The version that must stand, also when the batch is brought on its way: an erasure cannot follow a write of the
    /// same record in one batch.
    pub expect: u64,
    /// When it was asked for; the tombstones keep it.
    pub erased: Moment,
}

/// How much an erasure removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Removed {
    /// Facts.
    pub facts: u64,
    /// Keys of facts in their sources.
    pub fact_keys: u64,
    /// Entries of the history.
    pub history: u64,
    /// External references.
    pub references: u64,
    /// Marks of a decision to come: 0 or 1.
    pub marks: u64,
}

/// What came of one [`RecordWrite`] or one [`Erasure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteOutcome {
    /// It is in the book, and stays there.
    Committed {
        /// The record's version from now on; the first is 1.
        version: u64,
        /// Its place in the order of all commits.
        position: Position,
    },
    /// Nothing of it was written: something else stands than it expects. What to write has to be found out anew.
    Stale {
        /// The version that stands; `None` if there is no such record. For a record that was to be new, `None`
        /// means that its external reference names another one. If the version is the expected one, a fact's key
        /// names another fact than expected, or an erasure was overtaken.
        version: Option<u64>,
    },
    /// Nothing of it was written: an external reference of it was erased. Trying again is of no use.
    Erased,
    /// The record is gone, for good.
    Removed {
        /// What went with it.
        removed: Removed,
        /// Its place in the order of all commits.
        position: Position,
    },
    /// Nothing of it was written, though nothing spoke against it: another one of its batch was refused, and they were
    /// to go in together.
    Withheld,
    /// Nothing of it was written: another generation is active.
    OldGeneration {
        /// The active one.
        active: GenerationId,
    },
}

impl WriteOutcome {
    /// Tells whether it is in the book, or gone from it as it was to be.
    pub fn is_taken(&self) -> bool {
        matches!(self, Self::Committed { .. } | Self::Removed { .. })
    }
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
