//! Churn warnings as desired state: one for each cause and episode.

use std::collections::BTreeSet;

use tierhook_hooks::WarningWish;
use tierhook_model::{Change, Day, Record, Standing, Warning, WarningState};

use super::anchor;
use crate::evaluate::BatchEvaluation;

/// How many closed warnings are kept with a record so that their episodes do not come back.
const CLOSED_KEPT: usize = 32;

/// Brings a record's warnings to what the rules fear.
pub(super) fn settle(
    evaluation: &BatchEvaluation<'_>,
    row: usize,
    record: &Record,
    standing: &mut Standing,
    changes: &mut Vec<Change>,
) {
    let day = evaluation.day();
    for warning in &mut standing.warnings {
        if matches!(warning.state, WarningState::Snoozed { until } if until <= day) {
            warning.state = WarningState::Open;
        }
    }
    let mut feared = BTreeSet::new();
    let mut silent = BTreeSet::new();
    for answer in evaluation.warnings(row) {
        match answer.result {
            Ok(wishes) => {
                for wish in &wishes.warnings {
                    let number = raise(wish, answer.rule, record, standing, day, &feared, changes);
                    feared.insert(number);
                }
            }
            Err(_) => drop(silent.insert(answer.rule)),
        }
    }
    let rules = &evaluation.generation().ruleset.hooks;
    for warning in &mut standing.warnings {
        let had_no_say = silent.contains(warning.rule.as_str());
        if !warning.state.is_open() || feared.contains(&warning.number) || had_no_say {
            continue;
        }
        let why = if rules.rule(&warning.rule).is_some() { "reason-gone" } else { "rule-retired" };
        // The day up to which it was put off outlives the withdrawal: the rule may be back tomorrow.
        if let WarningState::Snoozed { until } = warning.state {
            warning.opened = until;
        }
        warning.state = WarningState::Withdrawn { on: day, why: why.to_owned() };
        changes.push(Change::WarningClosed { number: warning.number, why: why.to_owned() });
    }
    forget(standing, &feared);
}

/// Raises a warning, or raises it again if only the rule had withdrawn it, and returns its number. What an earlier
/// rule of the same evaluation fears already, and what a person closed, stays as it is.
fn raise(
    wish: &WarningWish,
    rule: &str,
    record: &Record,
    standing: &mut Standing,
    day: Day,
    feared: &BTreeSet<u32>,
    changes: &mut Vec<Change>,
) -> u32 {
    let episode = anchor::resolve(&wish.episode, record, day, |_| None);
    let existing = standing.warnings.iter_mut().find(|it| it.cause == wish.cause && it.episode == episode);
    let Some(existing) = existing else {
        standing.last_number += 1;
        let number = standing.last_number;
        standing.last_churn_cause = Some(wish.cause.clone());
        standing.warnings.push(Warning {
            number,
            cause: wish.cause.clone(),
            episode,
            state: WarningState::Open,
            severity: wish.severity,
            opened: day,
            rule: rule.to_owned(),
            reasons: wish.reasons.clone(),
            suggestion: wish.suggestion.clone(),
            moved_from: None,
        });
        changes.push(Change::WarningOpened(number));
        return number;
    };
    if feared.contains(&existing.number) {
        return existing.number;
    }
    if let WarningState::Withdrawn { on, .. } = existing.state {
        // What was put off when it was withdrawn is still put off.
        let until = existing.opened;
        let is_put_off = until > on && until > day;
        existing.state = if is_put_off { WarningState::Snoozed { until } } else { WarningState::Open };
        existing.opened = day;
        standing.last_churn_cause = Some(wish.cause.clone());
        changes.push(Change::WarningOpened(existing.number));
    } else if !existing.state.is_open() {
        return existing.number;
    }
    // The evidence is that of today: what stands beside it on the same page is, too.
    existing.severity = wish.severity;
    rule.clone_into(&mut existing.rule);
    existing.reasons.clone_from(&wish.reasons);
    existing.suggestion.clone_from(&wish.suggestion);
    existing.number
}

/// Forgets the oldest closed warnings beyond [`CLOSED_KEPT`], withdrawn ones first; never one that a rule still
/// fears, which would come back.
fn forget(standing: &mut Standing, feared: &BTreeSet<u32>) {
    let spare = |it: &Warning| !it.state.is_open() && !feared.contains(&it.number);
    let mut surplus = standing.warnings.iter().filter(|it| spare(it)).count().saturating_sub(CLOSED_KEPT);
    for persons_too in [false, true] {
        standing.warnings.retain(|it| {
            let by_rule = matches!(it.state, WarningState::Withdrawn { .. });
            let drop = surplus > 0 && spare(it) && (persons_too || by_rule);
            surplus -= usize::from(drop);
            !drop
        });
    }
}
