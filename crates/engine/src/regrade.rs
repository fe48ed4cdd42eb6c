//! Regrading: the path of one event without an event, for many records at a time.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use tierhook_model::{Moment, MoveCause, Position, Record, RecordId, Standing};
use tierhook_store::{PendingWrite, RawRecord, RecordWrite, WriteBatch, WriteOutcome};

use crate::book::BATCH;
use crate::decide::{Decision, decide};
use crate::evaluate::evaluate;
use crate::merge::waiting;
use crate::report::{FaultTally, Regraded};
use crate::{Engine, EngineError, RegradeReport, Snapshot};

/// How many records one core evaluates at a time.
const SHARE: usize = 128;

/// For how many records whose rules run out of time a regrade waits until it is through with the others. A machine that
/// stands still is late for a few of them, a rule that is slow by itself for all.
const PATIENCE: usize = 64;

/// Which records to regrade.
#[derive(Clone, Debug)]
pub enum Selection {
    /// All of them.
    All,
    /// Those with these numbers.
    Records(Vec<RecordId>),
    /// Those whose facts were recorded without a decision.
    Pending,
}

/// What all batches of a regrade have in common.
struct Pass<'a> {
    snapshot: &'a Snapshot,
    cause: MoveCause,
    recorded: Moment,
    /// How many more records may be left for the end, as a rule ran out of time for them.
    patience: AtomicUsize,
}

/// A batch that is on its way to the disk.
struct InFlight {
    write: PendingWrite,
    /// What each of its writes comes to once it is in the book; nothing for records that are not listed.
    decided: Vec<(RecordId, Option<Regraded>)>,
    /// What the records come to that need no write.
    standing: RegradeReport,
    /// Records for which a rule ran out of time, and that are tried again at the end.
    late: Vec<RecordId>,
}

/// What one core made of its share of a batch.
#[derive(Default)]
struct Share {
    /// Each write with what it comes to; nothing for records that are not listed.
    writes: Vec<(RecordWrite, Option<Regraded>)>,
    /// What the records come to that need no write.
    standing: RegradeReport,
    /// Records for which a rule ran out of time, and that are tried again at the end.
    late: Vec<RecordId>,
}

impl Engine {
    /// Evaluates and decides records again. Ends early, saying so, if a newer generation takes over: what was
    /// decided until then was decided by one generation, record by record. `progress` is told how many records are
    /// done.
    ///
    /// # Errors
    /// [`EngineError`] if the store cannot be read or written; doing it again completes it.
    pub fn regrade(
        &self,
        selection: &Selection,
        cause: MoveCause,
        recorded: Moment,
        mut progress: impl FnMut(u64),
    ) -> Result<RegradeReport, EngineError> {
        let snapshot = self.snapshot();
        let pass = Pass { snapshot: &snapshot, cause, recorded, patience: AtomicUsize::new(PATIENCE) };
        let mut report =
            RegradeReport { generation: snapshot.generation.id, day: snapshot.clock.day, ..RegradeReport::default() };
        let mut again = Vec::new();
        let mut in_flight: Option<InFlight> = None;
        let mut cursor = Cursor::new(selection);
        loop {
            let as_of = self.store.position();
            let Some(batch) = cursor.next(self)? else { break };
            if self.snapshot().generation.id != snapshot.generation.id {
                report.superseded = true;
                break;
            }
            let next = self.start(batch, as_of, &pass)?;
            if let Some(landed) = in_flight.replace(next) {
                self.land(landed, &mut report, &mut again)?;
                progress(report.records);
            }
        }
        if let Some(landed) = in_flight.take() {
            self.land(landed, &mut report, &mut again)?;
            progress(report.records);
        }
        // Records that somebody else changed meanwhile, where ingest did not decide them, and those for which a rule ran
        // out of time while the machine was busy: now that is what they come to.
        pass.patience.store(0, Ordering::Relaxed);
        while !again.is_empty() && !report.superseded {
            if self.snapshot().generation.id != snapshot.generation.id {
                report.superseded = true;
                break;
            }
            again.sort_unstable();
            let batch: Vec<RecordId> = again.drain(..again.len().min(BATCH)).collect();
            let as_of = self.store.position();
            let landed = self.start(self.store.load_raw(&batch)?, as_of, &pass)?;
            self.land(landed, &mut report, &mut again)?;
        }
        Ok(report)
    }

    /// Evaluates a batch on all cores and hands the changed records to the writer. `as_of` is the store's position before
    /// the batch was read.
    fn start(&self, batch: Vec<RawRecord>, as_of: Position, pass: &Pass<'_>) -> Result<InFlight, EngineError> {
        let pending: BTreeSet<RecordId> = match batch.first().zip(batch.last()) {
            Some((first, last)) => self.pending_between(first.id(), last.id())?,
            None => BTreeSet::new(),
        };
        let parts: Vec<Share> =
            batch.par_chunks(SHARE).map(|share| self.decide_share(share, pass, &pending)).collect::<Result<_, _>>()?;
        let mut standing = RegradeReport::default();
        let (mut writes, mut decided, mut late) = (Vec::new(), Vec::new(), Vec::new());
        for part in parts {
            standing.merge(part.standing);
            late.extend(part.late);
            for (write, regraded) in part.writes {
                decided.push((write.record.id, regraded));
                writes.push(write);
            }
        }
        let write = self.store.submit(WriteBatch { writes, as_of: Some(as_of), bulk: true, ..WriteBatch::default() });
        Ok(InFlight { write, decided, standing, late })
    }

    fn decide_share(
        &self,
        share: &[RawRecord],
        pass: &Pass<'_>,
        pending: &BTreeSet<RecordId>,
    ) -> Result<Share, EngineError> {
        let Pass { snapshot, cause, recorded, .. } = *pass;
        let day = snapshot.clock.day;
        let dimensions = &snapshot.generation.ruleset.dimensions;
        let mut decided = Share::default();
        let mut kept = Vec::with_capacity(share.len());
        for raw in share {
            let stored = self.store.read(raw)?;
            if stored.record.is_listed() {
                kept.push(stored);
            } else if pending.contains(&raw.id()) {
                decided.writes.push((at_rest(stored.version, stored.record.clone()), None));
            }
        }
        // What rules do not see of a record yet, or see under other ids, is still to be written as it is kept.
        let views = kept.iter().map(|stored| self.on_day(day, &stored.record, &[]));
        let views: Vec<Cow<'_, Record>> = views.collect::<Result<_, _>>()?;
        let told = self.told(&views, &snapshot.generation.ruleset.hooks, day, &[])?;
        let evaluation = evaluate(&views, &told, &snapshot.generation, &self.conventions, day);
        self.tally.note(&evaluation, &views);
        for (row, (stored, seen)) in kept.iter().zip(&views).enumerate() {
            if evaluation.is_late(row) && pass.waits() {
                decided.late.push(seen.id);
                continue;
            }
            let decision = decide(&evaluation, row, seen, cause);
            // Ids that have changed are kept as they are now.
            let is_renamed = dimensions.has_past() && stored.record.standing != seen.standing;
            let mut faults = BTreeMap::new();
            for (rule, fault) in evaluation.faults(row) {
                faults.entry(rule.to_owned()).or_insert_with(|| FaultTally::of(fault, &seen.external));
            }
            if !decision.touched && !is_renamed && !pending.contains(&seen.id) {
                decided.standing.count(&Regraded { classes: decision.standing.classes, faults, changes: Vec::new() });
                continue;
            }
            let history = decision.history(&evaluation, row, seen, cause, recorded);
            let Decision { standing, changes, .. } = decision;
            let regraded = Regraded { classes: standing.classes.clone(), faults, changes };
            let write = RecordWrite {
                expect: Some(stored.version),
                decided_by: Some(snapshot.generation.id),
                record: Record { standing, ..stored.record.clone() },
                pending: false,
                facts: Vec::new(),
                aliases: Vec::new(),
                history,
            };
            decided.writes.push((write, Some(regraded)));
        }
        Ok(decided)
    }

    /// Waits for a batch to be durable. Only what is in the book counts: a record that somebody else changed
    /// meanwhile is done again, and counts then.
    fn land(&self, landed: InFlight, report: &mut RegradeReport, again: &mut Vec<RecordId>) -> Result<(), EngineError> {
        let outcomes = landed.write.wait()?;
        report.merge(landed.standing);
        again.extend(landed.late);
        for (outcome, (record, regraded)) in outcomes.iter().zip(landed.decided) {
            match outcome {
                WriteOutcome::Committed { .. } => regraded.iter().for_each(|regraded| report.count(regraded)),
                WriteOutcome::Stale { .. } => again.push(record),
                WriteOutcome::OldGeneration { .. } => report.superseded = true,
                // It neither creates a record nor erases one, and its writes stand for themselves.
                WriteOutcome::Erased | WriteOutcome::Removed { .. } | WriteOutcome::Withheld => {}
            }
        }
        Ok(())
    }

    fn pending_between(&self, first: RecordId, last: RecordId) -> Result<BTreeSet<RecordId>, EngineError> {
        let mut found = BTreeSet::new();
        let mut after = first.0.checked_sub(1).map(RecordId);
        loop {
            let marks = self.store.pending(after, BATCH)?;
            let Some(newest) = marks.last().copied() else { return Ok(found) };
            found.extend(marks.into_iter().filter(|id| *id <= last));
            if newest >= last {
                return Ok(found);
            }
            after = Some(newest);
        }
    }
}

impl Pass<'_> {
    /// Tells whether a record for which a rule ran out of time is left for the end.
    fn waits(&self) -> bool {
        self.patience.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }
}

/// The write of a record that waits for a decision and is not listed: what rules decided goes, what a person wants done
/// stays for when it is listed again.
fn at_rest(version: u64, mut record: Record) -> RecordWrite {
    if record.merged_into.is_none() {
        let Standing { mut follow_ups, last_number, .. } = record.standing;
        follow_ups.retain(|it| it.rule.is_empty() && it.state.is_open());
        record.standing = Standing { follow_ups, last_number, ..Standing::default() };
    }
    waiting(record, version)
}

/// Where a regrade has got to.
struct Cursor<'a> {
    selection: &'a Selection,
    after: Option<RecordId>,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn new(selection: &'a Selection) -> Self {
        Self { selection, after: None, at: 0 }
    }

    fn next(&mut self, engine: &Engine) -> Result<Option<Vec<RawRecord>>, EngineError> {
        let batch = match self.selection {
            Selection::All => engine.store.scan_raw(self.after, BATCH)?,
            Selection::Pending => {
                let ids = engine.store.pending(self.after, BATCH)?;
                self.after = ids.last().copied();
                return self.load(engine, &ids);
            }
            Selection::Records(ids) => {
                let to = ids.len().min(self.at + BATCH);
                let part = &ids[self.at..to];
                self.at = to;
                return self.load(engine, part);
            }
        };
        self.after = batch.last().map(RawRecord::id);
        Ok(if batch.is_empty() { None } else { Some(batch) })
    }

    fn load(&self, engine: &Engine, ids: &[RecordId]) -> Result<Option<Vec<RawRecord>>, EngineError> {
        if ids.is_empty() {
            return Ok(None);
        }
        let mut batch = engine.store.load_raw(ids)?;
        batch.sort_by_key(RawRecord::id);
        Ok(Some(batch))
    }
}
