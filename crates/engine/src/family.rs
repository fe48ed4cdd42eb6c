//! Families: records that are the same customer. One of them leads and stands for all; the others were merged into it.

use std::collections::HashMap;

use tierhook_features::{apply, in_order, order, replay};
use tierhook_model::{Fact, Record, RecordId};
use tierhook_store::{PendingWrite, RecordWrite, Stored, WriteBatch, WriteOutcome};

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
        self.submit(families, bulk).wait()
    }

    /// Brings families on their way without waiting for them.
    pub(crate) fn submit(&self, families: Vec<Vec<RecordWrite>>, bulk: bool) -> Commit {
        let mut alone = Vec::new();
        let mut together = Vec::new();
        let mut is_alone = Vec::with_capacity(families.len());
        for mut writes in families {
            is_alone.push(writes.len() == 1);
            if writes.len() == 1 {
                alone.append(&mut writes);
            } else {
                together.push(self.store.submit(WriteBatch { writes, together: true, bulk, ..WriteBatch::default() }));
            }
        }
        // The next ones are encoded while the first are written.
        let submit = |writes| self.store.submit(WriteBatch { writes, bulk, ..WriteBatch::default() });
        Commit { alone: shares(alone).map(submit).collect(), together, is_alone }
    }
}

/// Families on their way to the disk.
#[derive(Debug)]
pub(crate) struct Commit {
    /// All records that are alone, in some batches.
    alone: Vec<PendingWrite>,
    /// The others, each family in a batch of its own.
    together: Vec<PendingWrite>,
    /// Where the outcome of each family comes from.
    is_alone: Vec<bool>,
}

impl Commit {
    /// Waits until all are durable or refused, and returns what came of each.
    pub(crate) fn wait(self) -> Result<Vec<WriteOutcome>, EngineError> {
        let alone: Vec<Vec<WriteOutcome>> = self.alone.into_iter().map(PendingWrite::wait).collect::<Result<_, _>>()?;
        let mut alone = alone.into_iter().flatten();
        let mut together = self.together.into_iter().map(PendingWrite::wait);
        let whole = |outcomes: Vec<WriteOutcome>| {
            let refused = outcomes.iter().find(|outcome| !outcome.is_taken() && **outcome != WriteOutcome::Withheld);
            *refused.unwrap_or(&outcomes[0])
        };
        let next = |is_alone| match is_alone {
            true => Ok(alone.next().expect("each write has an outcome")),
            false => Ok(whole(together.next().expect("each batch has an answer")?)),
        };
        self.is_alone.into_iter().map(next).collect()
    }
}

/// Parts writes into batches that keep nobody waiting for long. Records are not split.
fn shares(writes: Vec<RecordWrite>) -> impl Iterator<Item = Vec<RecordWrite>> {
    let mut writes = writes.into_iter().peekable();
    std::iter::from_fn(move || {
        let mut facts = 0;
        let mut share = Vec::new();
        while let Some(write) = writes.next_if(|_| facts < FACTS_PER_WRITE) {
            facts += 1 + write.facts.len();
            share.push(write);
        }
        (!share.is_empty()).then_some(share)
    })
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
