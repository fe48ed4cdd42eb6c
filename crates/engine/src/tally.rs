//! What rules have cost, and for whom they ran out of time, since the book was opened.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use tierhook_hooks::Usage;
use tierhook_model::{Record, RecordId};

use crate::Engine;
use crate::evaluate::BatchEvaluation;

/// How many records are remembered for which a rule ran out of time: more are no disturbance, but the rule's own doing.
const MOST_LATE: usize = 4096;

/// What evaluations have cost.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    usage: Mutex<BTreeMap<String, Usage>>,
    /// Records for which a rule ran out of time when they were decided last.
    late: Mutex<BTreeSet<RecordId>>,
}

impl Tally {
    /// Takes note of what an evaluation that decides these records cost, and for which of them it ran out of time.
    pub(crate) fn note(&self, evaluation: &BatchEvaluation<'_>, records: &[impl Borrow<Record>]) {
        let mut late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        for (row, record) in records.iter().map(Borrow::borrow).enumerate() {
            if !evaluation.is_late(row) {
                late.remove(&record.id);
            } else if late.len() < MOST_LATE {
                late.insert(record.id);
            }
        }
        drop(late);
        let mut usage = self.usage.lock().unwrap_or_else(PoisonError::into_inner);
        for (rule, cost) in evaluation.usage() {
            usage.entry(rule.to_owned()).or_default().add(cost);
        }
    }

    /// Forgets what rules have cost, but for some.
    pub(crate) fn retain(&self, keeps: impl Fn(&str) -> bool) {
        self.usage.lock().unwrap_or_else(PoisonError::into_inner).retain(|rule, _| keeps(rule));
    }
}

impl Engine {
    /// What each rule has cost since the book was opened, or since its version became active.
    pub fn usage(&self) -> BTreeMap<String, Usage> {
        self.tally.usage.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The records for which a rule ran out of its wall clock when they were decided last since the book was opened: a
    /// machine that is busy takes its time from everybody, so they may be worth another try. Of many, some.
    pub fn late(&self) -> BTreeSet<RecordId> {
        self.tally.late.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
