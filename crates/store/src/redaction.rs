//! Redactions: what spoke of somebody who is erased says less from now on.

use tierhook_model::{Fact, FactOrder, HistoryEntry, Position, RecordId};

use crate::key::{self, Family};
use crate::prepared::{Mend, Prepared};
use crate::store::PendingWrite;
use crate::{ReadError, Store, WriteError, WriteOutcome, value};

/// A value that says less than the one that stands in its place. Facts are never edited otherwise: this is for those of
/// other records that speak of an erased one.
#[derive(Clone, Debug, PartialEq)]
pub enum Redaction {
    /// A fact, in the place of the one with its record, day, moment and number.
    Fact(Fact),
    /// What a decision changed.
    History {
        /// The record.
        record: RecordId,
        /// The entry's place.
        position: Position,
        /// What it says from now on.
        entry: HistoryEntry,
    },
}

impl Store {
    /// Puts redacted values in the place of those that stand, and waits until that is durable. What is not there any
    /// more is passed over; a fact keeps its key and the digest of its former content, so that the same row of a list
    /// stays a known one. No version moves: whoever redacts facts writes their record anew. Returns how many values
    /// were replaced.
    ///
    /// # Errors
    /// [`WriteError`] as [`Store::write`].
    pub fn redact(&self, redactions: &[Redaction]) -> Result<u64, WriteError> {
        let names = self.names();
        let mut prepared = Prepared::default();
        for redaction in redactions {
            let (family, key, put) = match redaction {
                Redaction::Fact(fact) => {
                    let order = FactOrder { day: fact.day, occurred: fact.occurred, seq: fact.seq };
                    (Family::Fact, key::fact(fact.record, order), value::encode(fact))
                }
                Redaction::History { record, position, entry } => {
                    (Family::History, key::history(*record, *position), value::encode_history(entry, &names))
                }
            };
            let put = put.map_err(|source| WriteError::encode(family, source))?;
            if let Some(stands) = self.inner.db.get(&key).map_err(ReadError::from)? {
                prepared.mends.push(Mend { key, stands: Some(stands.to_vec()), put: Some(put), given: Vec::new() });
            }
        }
        if prepared.mends.is_empty() {
            return Ok(0);
        }
        let outcomes = PendingWrite::of(self.send(prepared)).wait()?;
        Ok(outcomes.iter().filter(|outcome| matches!(outcome, WriteOutcome::Committed { .. })).count() as u64)
    }
}
