//! Batches encoded by those who bring them, so that the one writer has little to do.

use sled::Tree;
use tierhook_model::{FactSeq, GenerationId, HistoryEntry, Moment, Position, RecordId};

use crate::erasure;
use crate::key::{self, Family};
use crate::name::Names;
use crate::progress::Progress;
use crate::store::KnownFact;
use crate::{MetaKey, RecordWrite, WriteBatch, WriteError, value};

/// A key with its value.
pub(crate) type Put = (Vec<u8>, Vec<u8>);

/// A batch, encoded.
#[derive(Debug, Default)]
pub(crate) struct Prepared {
    pub(crate) writes: Vec<PreparedWrite>,
    /// What goes in without a guard.
    pub(crate) plain: Vec<Put>,
    /// The generation that becomes active.
    pub(crate) generation: Option<GenerationId>,
    /// The largest number of an import.
    pub(crate) import: u32,
    pub(crate) erasures: Vec<PreparedErasure>,
    /// What an audit found and can mend.
    pub(crate) mends: Vec<Mend>,
    /// Numbers that the largest numbers in use must not be below.
    pub(crate) floor: Option<Progress>,
    /// Whether it goes in as a whole or not at all.
    pub(crate) together: bool,
    /// The last durable commit before anything was read of what the writes expect, if that is known.
    pub(crate) as_of: Option<Position>,
    pub(crate) bulk: bool,
}

/// Everything that goes with a record.
#[derive(Debug)]
pub(crate) struct PreparedErasure {
    pub(crate) id: RecordId,
    pub(crate) expect: u64,
    pub(crate) erased: Moment,
    /// The version that stood when it was looked up what there is to remove.
    pub(crate) gathered: Option<u64>,
    /// Keys under the record's number.
    pub(crate) keys: Vec<Vec<u8>>,
    /// Fact keys that named its facts.
    pub(crate) fact_keys: Vec<Vec<u8>>,
    /// References that named it, and its own.
    pub(crate) references: Vec<Vec<u8>>,
    /// Whether a fact of it cannot be read.
    pub(crate) is_damaged: bool,
}

/// A key that is set right, if things still are as an audit found them. Its outcome is `Committed`, with version 0, or
/// `Stale`.
#[derive(Debug)]
pub(crate) struct Mend {
    pub(crate) key: Vec<u8>,
    /// What the key must hold.
    pub(crate) stands: Option<Vec<u8>>,
    /// What it shall hold.
    pub(crate) put: Option<Vec<u8>>,
    /// Keys that must exist, or must not.
    pub(crate) given: Vec<(Vec<u8>, bool)>,
}

/// A record's write, encoded but for what only the writer knows: version and position.
#[derive(Debug)]
pub(crate) struct PreparedWrite {
    pub(crate) id: RecordId,
    pub(crate) expect: Option<u64>,
    pub(crate) decided_by: Option<GenerationId>,
    /// The key of the record's own external reference.
    pub(crate) reference: Vec<u8>,
    pub(crate) aliases: Vec<Vec<u8>>,
    /// The record as postcard, without version byte and version.
    pub(crate) record: Vec<u8>,
    pub(crate) pending: bool,
    pub(crate) facts: Vec<PreparedFact>,
    pub(crate) history: Option<Vec<u8>>,
    /// The largest number of a fact.
    pub(crate) fact: FactSeq,
    /// The largest number of an import that a fact names.
    pub(crate) import: u32,
}

/// A fact, encoded.
#[derive(Debug)]
pub(crate) struct PreparedFact {
    pub(crate) seq: FactSeq,
    /// The fact under its record.
    pub(crate) put: Put,
    /// Where it is, under its key in its source.
    pub(crate) known: Put,
    /// The fact that its key must name.
    pub(crate) replaces: Option<FactSeq>,
}

impl Prepared {
    /// Encodes a batch, and looks up what its erasures remove.
    ///
    /// # Errors
    /// [`WriteError::Encode`], [`WriteError::ForeignFact`] and [`WriteError::Unreadable`].
    pub(crate) fn new(batch: WriteBatch, tree: &Tree, names: &Names) -> Result<Self, WriteError> {
        let mut prepared = Self { together: batch.together, as_of: batch.as_of, bulk: batch.bulk, ..Self::default() };
        for (meta, bytes) in batch.meta {
            let bytes = value::wrap(&bytes);
            if meta == MetaKey::Generation {
                let read = value::decode(Family::Meta, &bytes);
                prepared.generation = Some(read.map_err(|error| WriteError::Encode {
                    family: Family::Meta.to_string(),
                    reason: format!("the generation is no number: {error}"),
                })?);
            }
            prepared.plain.push((key::meta(meta), bytes));
        }
        for entry in batch.imports {
            prepared.import = prepared.import.max(entry.id.0);
            prepared.plain.push((key::import(entry.id), encoded(Family::Import, &entry)?));
        }
        prepared.writes =
            batch.writes.into_iter().map(|write| PreparedWrite::new(write, names)).collect::<Result<_, _>>()?;
        prepared.erasures = erasure::gather(tree, batch.erasures)?;
        Ok(prepared)
    }

    /// Returns how many keys the batch touches at most.
    pub(crate) fn puts(&self) -> usize {
        let written: usize = self.writes.iter().map(PreparedWrite::puts).sum();
        let erased = |one: &PreparedErasure| one.keys.len() + one.fact_keys.len() + 2 * one.references.len();
        self.plain.len() + written + self.erasures.iter().map(erased).sum::<usize>() + self.mends.len()
    }
}

impl PreparedWrite {
    fn new(write: RecordWrite, names: &Names) -> Result<Self, WriteError> {
        let record = write.record;
        let mut prepared = Self {
            id: record.id,
            expect: write.expect,
            decided_by: write.decided_by,
            reference: key::reference(record.kind, &record.external),
            aliases: write.aliases.iter().map(|alias| key::reference(record.kind, alias)).collect(),
            record: value::encode_record(&record).map_err(|source| WriteError::encode(Family::Record, source))?,
            pending: write.pending,
            facts: Vec::with_capacity(write.facts.len()),
            history: write.history.map(|entry| encoded_history(&entry, names)).transpose()?,
            fact: FactSeq(0),
            import: 0,
        };
        for new in write.facts {
            let (fact, order) = (&new.fact, new.order());
            if fact.record != record.id {
                return Err(WriteError::ForeignFact { fact: fact.seq, about: fact.record, record: record.id });
            }
            let known = KnownFact { record: record.id, order, content: new.content };
            prepared.facts.push(PreparedFact {
                seq: fact.seq,
                put: (key::fact(record.id, order), encoded(Family::Fact, fact)?),
                known: (key::fact_key(fact.body.kind(), &fact.key), encoded(Family::FactKey, &known)?),
                replaces: new.replaces,
            });
            prepared.fact = prepared.fact.max(fact.seq);
            prepared.import = prepared.import.max(fact.import.map_or(0, |import| import.0));
        }
        Ok(prepared)
    }

    fn puts(&self) -> usize {
        // The record, its reference and its mark, then what there may be more of.
        3 + self.aliases.len() + 2 * self.facts.len() + usize::from(self.history.is_some())
    }
}

fn encoded_history(entry: &HistoryEntry, names: &Names) -> Result<Vec<u8>, WriteError> {
    value::encode_history(entry, names).map_err(|source| WriteError::encode(Family::History, source))
}

fn encoded<T: serde::Serialize>(family: Family, item: &T) -> Result<Vec<u8>, WriteError> {
    value::encode(item).map_err(|source| WriteError::encode(family, source))
}
