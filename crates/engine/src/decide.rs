//! Deciding: what the rules' wishes change for one record. Pure.

mod anchor;
mod follow_up;
mod warning;

use tierhook_model::{
    Anchor, Change, ClassMove, ClassStanding, Day, HistoryEntry, Moment, MoveCause, Record, Standing,
};

use crate::evaluate::BatchEvaluation;

/// Resolves an anchor for a record that has no follow-ups yet.
pub(crate) fn anchor_of(wish: &tierhook_hooks::AnchorWish, record: &Record, day: Day) -> Anchor {
    anchor::resolve(wish, record, day, |_| None)
}

/// The day on which a follow-up with this anchor falls due by itself, if the anchor says so.
pub(crate) fn anchor_due(anchor: &Anchor) -> Option<Day> {
    anchor::due(anchor, None)
}

/// What a decision comes to for one record.
#[derive(Debug)]
pub(crate) struct Decision {
    /// What stands from now on.
    pub(crate) standing: Standing,
    /// What people would notice.
    pub(crate) changes: Vec<Change>,
    /// Whether the record has to be written, if only for bookkeeping.
    pub(crate) touched: bool,
}

/// Compares what the rules want for the record in a row of a batch with what stands.
pub(crate) fn decide(evaluation: &BatchEvaluation<'_>, row: usize, record: &Record, cause: MoveCause) -> Decision {
    let day = evaluation.day();
    let mut standing = record.standing.clone();
    let mut changes = Vec::new();
    standing.faulted = faulted(evaluation, row);
    if evaluation.decided(row).any(|(_, decided)| decided.failed) {
        let touched = standing.faulted != record.standing.faulted;
        return Decision { standing, changes, touched };
    }
    move_classes(evaluation, row, &mut standing, cause, day, &mut changes);
    warning::settle(evaluation, row, record, &mut standing, &mut changes);
    follow_up::settle(evaluation, row, record, &mut standing, &mut changes);
    let touched = standing != record.standing;
    if touched {
        standing.generation = evaluation.generation().id;
        standing.evaluated = Some(day);
    }
    Decision { standing, changes, touched }
}

impl Decision {
    /// Adds changes that were made before the rules had their say, behind the moves from class to class. What they opened
    /// and the rules closed at once is only said to be closed.
    pub(crate) fn add(&mut self, mut changes: Vec<Change>) {
        let standing = &self.standing;
        changes.retain(|change| match change {
            Change::FollowUpOpened(number) => {
                standing.follow_ups.iter().any(|it| it.number == *number && it.state.is_open())
            }
            Change::WarningOpened(number) => {
                standing.warnings.iter().any(|it| it.number == *number && it.state.is_open())
            }
            _ => true,
        });
        let at = self.changes.iter().take_while(|change| matches!(change, Change::Class(_))).count();
        self.changes.splice(at..at, changes);
    }

    /// Returns what is kept of the decision for ever; nothing if it changed nothing.
    pub(crate) fn history(
        &self,
        evaluation: &BatchEvaluation<'_>,
        row: usize,
        before: &Record,
        cause: MoveCause,
        recorded: Moment,
    ) -> Option<HistoryEntry> {
        (!self.changes.is_empty()).then(|| HistoryEntry {
            recorded,
            cause,
            changes: self.changes.clone(),
            receipt: evaluation.receipt(row, before),
        })
    }
}

fn faulted(evaluation: &BatchEvaluation<'_>, row: usize) -> Vec<String> {
    let mut rules: Vec<String> = evaluation.faults(row).map(|(rule, _)| rule.to_owned()).collect();
    rules.sort();
    rules.dedup();
    rules
}

fn move_classes(
    evaluation: &BatchEvaluation<'_>,
    row: usize,
    standing: &mut Standing,
    cause: MoveCause,
    day: Day,
    changes: &mut Vec<Change>,
) {
    let dimensions = &evaluation.generation().ruleset.dimensions;
    for (dimension, decided) in evaluation.decided(row) {
        let Some(class) = &decided.class else { continue };
        let overridden = decided.overridden.is_some();
        match standing.classes.iter_mut().find(|standing| standing.dimension == dimension) {
            Some(standing) if standing.class == *class => {
                standing.overridden = overridden;
                // The clock may have been set back: nothing holds since a day that is yet to come.
                standing.since = standing.since.min(day);
            }
            Some(standing) => {
                let is_gone = dimensions.get(dimension).is_some_and(|it| !it.allows(&standing.class));
                let by_word = !is_gone && (overridden != standing.overridden || overridden);
                let cause = if by_word { MoveCause::Override } else { cause };
                let from = Some(std::mem::replace(&mut standing.class, class.clone()));
                standing.since = day;
                standing.overridden = overridden;
                changes.push(class_move(dimension, from, class, cause));
            }
            None => {
                standing.classes.push(ClassStanding {
                    dimension: dimension.to_owned(),
                    class: class.clone(),
                    since: day,
                    overridden,
                });
                changes.push(class_move(dimension, None, class, MoveCause::Initial));
            }
        }
    }
    // A dimension that is no more takes its standing with it.
    standing.classes.retain(|standing| dimensions.get(&standing.dimension).is_some());
}

fn class_move(dimension: &str, from: Option<String>, to: &str, cause: MoveCause) -> Change {
    Change::Class(ClassMove { dimension: dimension.to_owned(), from, to: to.to_owned(), cause })
}
