//! Auditing: whether what is kept of each record is what its facts come to, and whether merged records know each other.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use tierhook_features::replay;
use tierhook_model::{Aggregates, ExternalRef, MergedRecord, Profile, Record, RecordId};
use tierhook_store::{RecordWrite, Stored, WriteBatch, WriteOutcome};

use crate::book::BATCH;
use crate::{Engine, EngineError};

/// What an audit of the records came to.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct RecordAudit {
    /// How many records were looked at.
    pub records: u64,
    /// How many facts.
    pub facts: u64,
    /// Records that are not what their facts come to.
    pub drifted: Vec<Drift>,
    /// How many of them were put right; they are decided anew by the next regrade of what is pending.
    pub repaired: u64,
}

/// A record that is not what its facts come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// The record.
    pub record: RecordId,
    /// How its source names it.
    pub external: ExternalRef,
    /// Whether its profile differs.
    pub profile: bool,
    /// Whether its aggregates differ.
    pub aggregates: bool,
    /// Whether it does not know who was merged into it, or says that it was merged into one that does not exist.
    pub merges: bool,
}

/// Who was merged into whom: what the merged records say themselves.
#[derive(Debug, Default)]
struct Merges {
    into: BTreeMap<RecordId, RecordId>,
    externals: BTreeMap<RecordId, ExternalRef>,
    /// All that were merged into a record, those that were merged into them among them.
    under: BTreeMap<RecordId, BTreeSet<RecordId>>,
}

impl Merges {
    /// Puts right what a record says of merges.
    fn corrected(&self, record: &Record) -> Record {
        let mut corrected = record.clone();
        corrected.merged_into = self.into.get(&record.id).copied();
        let merged = self.under.get(&record.id).cloned().unwrap_or_default();
        if merged != record.merged.iter().map(|it| it.id).collect() {
            let named = |id: &RecordId| MergedRecord { id: *id, external: self.externals[id].clone() };
            corrected.merged = merged.iter().map(named).collect();
        }
        corrected
    }
}

impl Engine {
    /// Replays the facts of every record and compares. With `repair`, what differs is replaced by the replay, and the
    /// record is marked for a new decision. `progress` is told how many records are done.
    ///
    /// # Errors
    /// [`EngineError`] if the store cannot be read or written.
    pub fn audit(&self, repair: bool, mut progress: impl FnMut(u64)) -> Result<RecordAudit, EngineError> {
        let mut audit = RecordAudit::default();
        let mut after = None;
        let merges = self.merges()?;
        loop {
            let batch = self.store.scan(after, BATCH)?;
            let Some(last) = batch.last() else { return Ok(audit) };
            after = Some(last.record.id);
            let looked: Vec<(u64, Option<(Drift, RecordWrite)>)> =
                batch.par_iter().map(|stored| self.compare(stored, &merges)).collect::<Result<_, _>>()?;
            let mut writes = Vec::new();
            for (facts, drift) in looked {
                audit.records += 1;
                audit.facts += facts;
                if let Some((drift, write)) = drift {
                    audit.drifted.push(drift);
                    writes.push(write);
                }
            }
            if repair && !writes.is_empty() {
                let outcomes = self.store.write(WriteBatch { writes, bulk: true, ..WriteBatch::default() })?;
                let committed = |outcome: &&WriteOutcome| matches!(outcome, WriteOutcome::Committed { .. });
                audit.repaired += outcomes.iter().filter(committed).count() as u64;
            }
            progress(audit.records);
        }
    }

    /// Reads who says to be merged into whom. Who is merged into a record that does not exist is merged into none.
    fn merges(&self) -> Result<Merges, EngineError> {
        let mut merges = Merges::default();
        let mut after = None;
        loop {
            let batch = self.store.scan(after, BATCH)?;
            let Some(last) = batch.last() else { break };
            after = Some(last.record.id);
            for Stored { record, .. } in batch {
                if let Some(into) = record.merged_into {
                    merges.into.insert(record.id, into);
                    merges.externals.insert(record.id, record.external);
                }
            }
        }
        let targets: Vec<RecordId> = merges.into.values().copied().collect();
        let there: BTreeSet<RecordId> =
            self.store.load(&targets)?.into_iter().flatten().map(|stored| stored.record.id).collect();
        merges.into.retain(|_, into| there.contains(into));
        for id in merges.into.keys() {
            let line = std::iter::successors(merges.into.get(id), |id| merges.into.get(id));
            // In a damaged book a line may bite its tail.
            for into in line.take(merges.into.len()) {
                merges.under.entry(*into).or_default().insert(*id);
            }
        }
        Ok(merges)
    }

    fn compare(&self, stored: &Stored, merges: &Merges) -> Result<(u64, Option<(Drift, RecordWrite)>), EngineError> {
        let record = &stored.record;
        let right = merges.corrected(record);
        let facts = self.facts_of(&right)?;
        let (profile, aggregates) = replay(record.id, &facts, None);
        let drift = Drift {
            record: record.id,
            external: record.external.clone(),
            profile: profile != record.profile,
            aggregates: aggregates != record.aggregates,
            merges: right.merged_into != record.merged_into || right.merged != record.merged,
        };
        // Facts of merged records are counted with these.
        let count = facts.iter().filter(|fact| fact.record == record.id).count() as u64;
        if !drift.profile && !drift.aggregates && !drift.merges {
            return Ok((count, None));
        }
        // A fact that came in after the record was read is no drift.
        let now = self.load(record.id)?;
        if now.version != stored.version {
            return self.compare(&now, &self.merges()?);
        }
        Ok((count, Some((drift, marked(right, stored.version, profile, aggregates)))))
    }

    /// The write that makes a record what its facts come to; `None` if it is that already and is not `wanted` anyway.
    pub(crate) fn replayed(&self, stored: &Stored, wanted: bool) -> Result<Option<RecordWrite>, EngineError> {
        let (record, version) = (stored.record.clone(), stored.version);
        let (profile, aggregates) = replay(record.id, &self.facts_of(&record)?, None);
        let is_same = profile == record.profile && aggregates == record.aggregates;
        Ok((wanted || !is_same).then(|| marked(record, version, profile, aggregates)))
    }
}

/// The write that puts other values in a record. It is to be decided anew then, unless another one stands for it.
fn marked(record: Record, version: u64, profile: Profile, aggregates: Aggregates) -> RecordWrite {
    RecordWrite {
        expect: Some(version),
        decided_by: None,
        pending: record.merged_into.is_none(),
        record: Record { profile, aggregates, ..record },
        facts: Vec::new(),
        aliases: Vec::new(),
        history: None,
    }
}
