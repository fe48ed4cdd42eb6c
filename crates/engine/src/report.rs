//! What a regrade came to, in numbers.

use std::collections::BTreeMap;

use tierhook_hooks::Fault;
use tierhook_model::{Change, ClassStanding, Day, ExternalRef, GenerationId, MoveCause};

/// What a regrade came to.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct RegradeReport {
    /// The generation that decided.
    pub generation: GenerationId,
    /// The day as of which it decided.
    pub day: Day,
    /// How many records were decided.
    pub records: u64,
    /// How many of them changed in a way that people would notice.
    pub changed: u64,
    /// Moves from class to class, by dimension; first gradings are not among them.
    pub moves: BTreeMap<String, BTreeMap<(String, String), u64>>,
    /// First gradings by dimension and class.
    pub initial: BTreeMap<String, BTreeMap<String, u64>>,
    /// Records by dimension and class after the regrade.
    pub classes: BTreeMap<String, BTreeMap<String, u64>>,
    /// Follow-ups opened.
    pub follow_ups_opened: u64,
    /// Open follow-ups whose day or terms changed.
    pub follow_ups_changed: u64,
    /// Follow-ups closed, by why.
    pub follow_ups_closed: BTreeMap<String, u64>,
    /// Warnings raised.
    pub warnings_opened: u64,
    /// Warnings closed, by why.
    pub warnings_closed: BTreeMap<String, u64>,
    /// Faults by rule.
    pub faults: BTreeMap<String, FaultTally>,
    /// Whether a newer generation took over before the end.
    pub superseded: bool,
}

/// How often a rule faulted, and how it did first.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct FaultTally {
    /// For how many records.
    pub records: u64,
    /// The code of the first fault.
    pub code: String,
    /// The first fault in words.
    pub message: String,
    /// For which record it was.
    pub example: String,
}

impl FaultTally {
    /// Makes the tally of one fault of one record.
    pub(crate) fn of(fault: &Fault, record: &ExternalRef) -> Self {
        Self { records: 1, code: fault.code.name().to_owned(), message: fault.to_string(), example: record.to_string() }
    }
}

/// What a regrade came to for one record.
#[derive(Debug)]
pub(crate) struct Regraded {
    /// Its classes from now on.
    pub(crate) classes: Vec<ClassStanding>,
    /// What people would notice.
    pub(crate) changes: Vec<Change>,
    /// The faults by rule.
    pub(crate) faults: BTreeMap<String, FaultTally>,
}

impl RegradeReport {
    /// Counts one record.
    pub(crate) fn count(&mut self, regraded: &Regraded) {
        self.records += 1;
        for standing in &regraded.classes {
            // Most are there already, and a look costs less than a copy of both names.
            let counted = self.classes.get_mut(&standing.dimension).and_then(|it| it.get_mut(&standing.class));
            if let Some(count) = counted {
                *count += 1;
                continue;
            }
            let classes = self.classes.entry(standing.dimension.clone()).or_default();
            *classes.entry(standing.class.clone()).or_default() += 1;
        }
        regraded.faults.iter().for_each(|(rule, tally)| self.add_fault(rule, tally));
        self.changed += u64::from(!regraded.changes.is_empty());
        for change in &regraded.changes {
            match change {
                Change::Class(class_move) => {
                    let dimension = class_move.dimension.clone();
                    match &class_move.from {
                        Some(from) if class_move.cause != MoveCause::Initial => {
                            let moves = self.moves.entry(dimension).or_default();
                            *moves.entry((from.clone(), class_move.to.clone())).or_default() += 1;
                        }
                        _ => {
                            let initial = self.initial.entry(dimension).or_default();
                            *initial.entry(class_move.to.clone()).or_default() += 1;
                        }
                    }
                }
                Change::FollowUpOpened(_) => self.follow_ups_opened += 1,
                Change::FollowUpChanged(_) => self.follow_ups_changed += 1,
                Change::FollowUpClosed { why, .. } => *self.follow_ups_closed.entry(why.clone()).or_default() += 1,
                Change::WarningOpened(_) => self.warnings_opened += 1,
                Change::WarningClosed { why, .. } => *self.warnings_closed.entry(why.clone()).or_default() += 1,
            }
        }
    }

    /// Adds what another part of the same regrade came to.
    pub(crate) fn merge(&mut self, other: Self) {
        self.records += other.records;
        self.changed += other.changed;
        for (dimension, moves) in other.moves {
            let into = self.moves.entry(dimension).or_default();
            moves.into_iter().for_each(|(from_to, count)| *into.entry(from_to).or_default() += count);
        }
        merge_nested(&mut self.initial, other.initial);
        merge_nested(&mut self.classes, other.classes);
        self.follow_ups_opened += other.follow_ups_opened;
        self.follow_ups_changed += other.follow_ups_changed;
        self.warnings_opened += other.warnings_opened;
        merge_counts(&mut self.follow_ups_closed, other.follow_ups_closed);
        merge_counts(&mut self.warnings_closed, other.warnings_closed);
        other.faults.iter().for_each(|(rule, tally)| self.add_fault(rule, tally));
        self.superseded |= other.superseded;
    }

    fn add_fault(&mut self, rule: &str, tally: &FaultTally) {
        match self.faults.get_mut(rule) {
            Some(into) => into.records += tally.records,
            None => drop(self.faults.insert(rule.to_owned(), tally.clone())),
        }
    }
}

type Counts = BTreeMap<String, u64>;

fn merge_counts(into: &mut Counts, from: Counts) {
    from.into_iter().for_each(|(key, count)| *into.entry(key).or_default() += count);
}

fn merge_nested(into: &mut BTreeMap<String, Counts>, from: BTreeMap<String, Counts>) {
    from.into_iter().for_each(|(key, counts)| merge_counts(into.entry(key).or_default(), counts));
}
