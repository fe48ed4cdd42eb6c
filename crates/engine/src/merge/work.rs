//! Work that moves when records are merged, and goes back when they are not the same after all. Pure.

use tierhook_model::{
    Anchor, Change, Day, FollowUp, FollowUpState, MovedFrom, Record, Standing, Warning, WarningState,
};

use crate::{WorkItem, WorkKind};

/// Why a follow-up or warning is closed for which the merged record has one that is further.
const MERGED: &str = "merged";
/// Why one is closed that went back to the record that it came from.
const UNMERGED: &str = "unmerged";

/// Brings the work of a record to the one that it is merged into: what is open, and what people closed, so that it does
/// not come back. Of two with the same key the one stays on which people have got further. Returns what that changes.
pub(super) fn bring(standing: &mut Standing, other: &Record, day: Day) -> Vec<Change> {
    let mut changes = Vec::new();
    for follow_up in &other.standing.follow_ups {
        let is_own = follow_up.rule.is_empty();
        if is_own && !follow_up.state.is_open() || follow_up_rank(&follow_up.state) == 0 {
            continue;
        }
        let same = |it: &&mut FollowUp| {
            let (anchor, wanted) = (&it.anchor, &follow_up.anchor);
            !is_own && it.kind == follow_up.kind && anchor.same_base(wanted) && anchor.cycle() == wanted.cycle()
        };
        if let Some(standing) = standing.follow_ups.iter_mut().find(same) {
            if follow_up_rank(&standing.state) >= follow_up_rank(&follow_up.state) {
                continue;
            }
            if standing.state.is_open() {
                changes.push(Change::FollowUpClosed { number: standing.number, why: MERGED.to_owned() });
            }
            standing.state = FollowUpState::Withdrawn { on: day, why: MERGED.to_owned() };
        }
        standing.last_number += 1;
        let number = standing.last_number;
        let mut moved = follow_up.clone();
        moved.moved_from = Some(MovedFrom { record: other.id, number: moved.number });
        moved.number = number;
        if is_own {
            // What makes a person's own one the same is its number.
            moved.anchor = Anchor::Fact(format!("reminder:{number}"));
        }
        if moved.state.is_open() {
            changes.push(Change::FollowUpOpened(number));
        }
        // In front of one with the same key: the first that is found counts.
        standing.follow_ups.insert(0, moved);
    }
    for warning in &other.standing.warnings {
        if warning_rank(&warning.state) == 0 {
            continue;
        }
        let same = |it: &&mut Warning| it.cause == warning.cause && it.episode == warning.episode;
        if let Some(standing) = standing.warnings.iter_mut().find(same) {
            if warning_rank(&standing.state) >= warning_rank(&warning.state) {
                continue;
            }
            if standing.state.is_open() {
                changes.push(Change::WarningClosed { number: standing.number, why: MERGED.to_owned() });
            }
            standing.state = WarningState::Withdrawn { on: day, why: MERGED.to_owned() };
        }
        standing.last_number += 1;
        let mut moved = warning.clone();
        moved.moved_from = Some(MovedFrom { record: other.id, number: moved.number });
        moved.number = standing.last_number;
        if moved.state.is_open() {
            changes.push(Change::WarningOpened(moved.number));
        }
        standing.warnings.insert(0, moved);
    }
    if standing.last_churn_cause.is_none() {
        standing.last_churn_cause.clone_from(&other.standing.last_churn_cause);
    }
    changes
}

/// Hands work back to the record that it came from, as it stands now. Returns what that changes for the one that had
/// it.
pub(super) fn hand_back(standing: &mut Standing, other: &mut Record) -> Vec<Change> {
    let mut changes = Vec::new();
    let origin = |from: &Option<MovedFrom>| from.filter(|from| from.record == other.id).map(|from| from.number);
    let (back, kept) = standing.follow_ups.drain(..).partition(|it: &FollowUp| origin(&it.moved_from).is_some());
    standing.follow_ups = kept;
    let (warnings_back, kept) = standing.warnings.drain(..).partition(|it: &Warning| origin(&it.moved_from).is_some());
    standing.warnings = kept;
    let (back, warnings_back): (Vec<FollowUp>, Vec<Warning>) = (back, warnings_back);
    for follow_up in back {
        if follow_up.state.is_open() {
            changes.push(Change::FollowUpClosed { number: follow_up.number, why: UNMERGED.to_owned() });
        }
        let Some(number) = origin(&follow_up.moved_from) else { continue };
        // What only a rule closed the rules decide anew, for the record by itself.
        if follow_up_rank(&follow_up.state) == 0 {
            continue;
        }
        if let Some(own) = other.standing.follow_ups.iter_mut().find(|it| it.number == number) {
            own.state = follow_up.state;
        }
    }
    for warning in warnings_back {
        if warning.state.is_open() {
            changes.push(Change::WarningClosed { number: warning.number, why: UNMERGED.to_owned() });
        }
        let Some(number) = origin(&warning.moved_from) else { continue };
        if warning_rank(&warning.state) == 0 {
            continue;
        }
        if let Some(own) = other.standing.warnings.iter_mut().find(|it| it.number == number) {
            own.state = warning.state;
        }
    }
    if standing.last_churn_cause == other.standing.last_churn_cause {
        let last = standing.warnings.iter().max_by_key(|it| it.number);
        standing.last_churn_cause = last.map(|it| it.cause.clone());
    }
    changes
}

/// What is open again with a record that stands for itself once more, in the order of numbers.
pub(super) fn open_again(standing: &Standing) -> Vec<Change> {
    let open = standing.follow_ups.iter().filter(|it| it.state.is_open());
    let mut follow_ups: Vec<u32> = open.map(|it| it.number).collect();
    let open = standing.warnings.iter().filter(|it| it.state.is_open());
    let mut warnings: Vec<u32> = open.map(|it| it.number).collect();
    follow_ups.sort_unstable();
    warnings.sort_unstable();
    let follow_ups = follow_ups.into_iter().map(Change::FollowUpOpened);
    follow_ups.chain(warnings.into_iter().map(Change::WarningOpened)).collect()
}

/// The number that an item has since its record was merged, if it moved.
pub(super) fn moved(standing: &Standing, item: WorkItem) -> Option<u32> {
    let from = Some(MovedFrom { record: item.record, number: item.number });
    match item.kind {
        WorkKind::FollowUp => standing.follow_ups.iter().find(|it| it.moved_from == from).map(|it| it.number),
        WorkKind::Warning => standing.warnings.iter().find(|it| it.moved_from == from).map(|it| it.number),
    }
}

/// How far people have got with a follow-up.
fn follow_up_rank(state: &FollowUpState) -> u8 {
    match state {
        FollowUpState::Withdrawn { .. } => 0,
        FollowUpState::Open => 1,
        FollowUpState::Snoozed { .. } => 2,
        FollowUpState::Done { .. } => 3,
    }
}

/// How far people have got with a warning.
fn warning_rank(state: &WarningState) -> u8 {
    match state {
        WarningState::Withdrawn { .. } => 0,
        WarningState::Open => 1,
        WarningState::Snoozed { .. } => 2,
        WarningState::Acknowledged { .. } => 3,
        WarningState::Resolved { .. } | WarningState::Lost { .. } | WarningState::FalseAlarm { .. } => 4,
    }
}
