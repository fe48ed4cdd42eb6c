//! Families: records that are the same customer. One of them leads and stands for all; the others were merged into it.

use std::collections::HashMap;

use tierhook_features::{apply, in_order, order, replay};
use tierhook_model::{Fact, Position, Record, RecordId};
use tierhook_store::{EncodedBatch, PendingWrite, RecordWrite, Stored, WriteBatch, WriteOutcome};

use crate::{Engine, EngineError};

/// How many facts make a batch for the writer, the records themselves counted with them.
const FACTS_PER_WRITE: usize = 1024;

impl Engine {
    /// Reads the record that stands for one: itself, or the one that it was merged into.
    ///
    /// # Errors
    /// [`EngineError::NoRecord`] if there is none with this number.
    pub fn leader(&self, id: RecordId) -> Result<Record, EngineError> {
        let mut record = self.record(id)?;
        while let Some(into) = record.merged_into {
            record = self.record(into)?;
        }
        Ok(record)
    }

    /// Returns all records that are the same customer as one, the one that leads first. What is done to a customer as
    /// a whole, for example an erasure, is done to all of them together.
    ///
    /// # Errors
    /// [`EngineError::NoRecord`] if there is none with this number.
    pub fn family(&self, id: RecordId) -> Result<Vec<RecordId>, EngineError> {
        let leader = self.leader(id)?;
        Ok([leader.id].into_iter().chain(leader.merged.iter().map(|merged| merged.id)).collect())
    }

    /// Reads the facts of a record and of those that were merged into it in canonical order, retracted ones and
    /// retractions among them.
    ///
    /// # Errors
    /// [`EngineError::Read`] if the store cannot be read.
    pub fn facts_of(&self, record: &Record) -> Result<Vec<Fact>, EngineError> {
        let mut facts = self.store.facts(record.id)?;
        for merged in &record.merged {
            facts.extend(self.store.facts(merged.id)?);
        }
        if !record.merged.is_empty() {
            facts.sort_by_key(order);
        }
        Ok(facts)
    }

    /// Brings a record to what it comes to with new facts, which are in canonical order: one is folded after the other
    /// where they are in order, else all are replayed.
    pub(crate) fn refold(&self, record: &mut Record, is_new: bool, facts: &[&Fact]) -> Result<(), EngineError> {
        for fact in facts {
            if !in_order(record.id, &record.aggregates, fact) {
                let mut all = if is_new { Vec::new() } else { self.facts_of(record)? };
                all.extend(facts.iter().map(|fact| (*fact).clone()));
                (record.profile, record.aggregates) = replay(record.id, &all, None);
                return Ok(());
            }
            apply(&mut record.profile, &mut record.aggregates, fact);
        }
        Ok(())
    }

    /// Adds those to records that they were merged into, and so on.
    pub(crate) fn load_leaders(&self, stored: &mut HashMap<RecordId, Stored>) -> Result<(), EngineError> {
        loop {
            let missing: Vec<RecordId> = stored
                .values()
                .filter_map(|stored| stored.record.merged_into)
                .filter(|into| !stored.contains_key(into))
                .collect();
            if missing.is_empty() {
                return Ok(());
            }
            for id in missing {
                stored.insert(id, self.load(id)?);
            }
        }
    }

    /// Writes families, each as a whole or not at all, and returns what came of each: `Committed`, or why it was
    /// refused.
    pub(crate) fn commit(&self, families: Vec<Vec<RecordWrite>>, bulk: bool) -> Result<Vec<WriteOutcome>, EngineError> {
        self.submit(self.encode(families, None, bulk)).wait()
    }

    /// Encodes families for the writer, a batch after the other: records that are alone together with others, those of a
    /// family by themselves. `as_of` is the store's position before anything was read of what they expect, if all of it
    /// was.
    pub(crate) fn encode(
        &self,
        families: impl IntoIterator<Item = Vec<RecordWrite>>,
        as_of: Option<Position>,
        bulk: bool,
    ) -> impl Iterator<Item = Encoded> {
        let mut families = families.into_iter().peekable();
        std::iter::from_fn(move || {
            let mut writes = families.next()?;
            let is_family = writes.len() > 1;
            // Nobody is kept waiting for long.
            let mut facts = writes.iter().map(|write| 1 + write.facts.len()).sum::<usize>();
            while let Some(next) = families.next_if(|next| !is_family && next.len() == 1 && facts < FACTS_PER_WRITE) {
                facts += 1 + next[0].facts.len();
                writes.extend(next);
            }
            let batch = WriteBatch { writes, together: is_family, as_of, bulk, ..WriteBatch::default() };
            Some(Encoded { is_family, batch: self.store.encode(batch) })
        })
    }

    /// Brings families on their way without waiting for them.
    pub(crate) fn submit(&self, encoded: impl Iterator<Item = Encoded>) -> Commit {
        Commit(encoded.map(|it| (it.is_family, self.store.submit_encoded(it.batch))).collect())
    }
}

/// Families for the writer: one, or some records that are alone.
#[derive(Debug)]
pub(crate) struct Encoded {
    is_family: bool,
    batch: EncodedBatch,
}

/// Families on their way to the disk, in their order: one, or some records that are alone.
#[derive(Debug)]
pub(crate) struct Commit(Vec<(bool, PendingWrite)>);

impl Commit {
    /// Waits until all are durable or refused, and returns what came of each.
    pub(crate) fn wait(self) -> Result<Vec<WriteOutcome>, EngineError> {
        let mut outcomes = Vec::new();
        for (is_family, write) in self.0 {
            let mut written = write.wait()?;
            if is_family {
                let is_cause = |outcome: &&WriteOutcome| !outcome.is_taken() && **outcome != WriteOutcome::Withheld;
                let cause = written.iter().find(is_cause).copied();
                written = vec![cause.unwrap_or(written[0])];
            }
            outcomes.append(&mut written);
        }
        Ok(outcomes)
    }
}

/// Returns a record and those that it was merged into, one into the other; the last one leads.
pub(crate) fn line(id: RecordId, stored: &HashMap<RecordId, Stored>) -> Vec<RecordId> {
    let mut line = vec![id];
    let mut at = id;
    while let Some(into) = stored.get(&at).and_then(|stored| stored.record.merged_into) {
        line.push(into);
        at = into;
    }
    line
}
