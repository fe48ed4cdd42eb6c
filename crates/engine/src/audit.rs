//! Auditing: whether what is kept of each record is what its facts come to.

use rayon::prelude::*;
use tierhook_features::replay;
use tierhook_model::{ExternalRef, Record, RecordId};
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
        loop {
            let batch = self.store.scan(after, BATCH)?;
            let Some(last) = batch.last() else { return Ok(audit) };
            after = Some(last.record.id);
            let looked: Vec<(u64, Option<(Drift, RecordWrite)>)> =
                batch.par_iter().map(|stored| self.compare(stored)).collect::<Result<_, _>>()?;
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

    fn compare(&self, stored: &Stored) -> Result<(u64, Option<(Drift, RecordWrite)>), EngineError> {
        let record = &stored.record;
        let facts = self.store.facts(record.id)?;
        let (profile, aggregates) = replay(&facts, None);
        let drift = Drift {
            record: record.id,
            external: record.external.clone(),
            profile: profile != record.profile,
            aggregates: aggregates != record.aggregates,
        };
        let count = facts.len() as u64;
        if !drift.profile && !drift.aggregates {
            return Ok((count, None));
        }
        // A fact that came in after the record was read is no drift.
        let now = self.load(record.id)?;
        if now.version != stored.version {
            return self.compare(&now);
        }
        let write = RecordWrite {
            expect: Some(stored.version),
            decided_by: None,
            record: Record { profile, aggregates, ..record.clone() },
            pending: true,
            facts: Vec::new(),
            aliases: Vec::new(),
            history: None,
        };
        Ok((count, Some((drift, write))))
    }
}
