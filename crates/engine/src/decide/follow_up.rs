//! Follow-ups as desired state: proposing one again changes nothing, one that is done stays done in its cycle,
//! and only a rule that ran well closes what it no longer wants.

use std::collections::BTreeSet;

use tierhook_hooks::FollowUpWish;
use tierhook_model::{Anchor, Change, Day, FollowUp, FollowUpState, Offer, Record, Standing};

use super::anchor;
use crate::evaluate::BatchEvaluation;

/// How many closed follow-ups are kept with a record so that their cycles do not come back.
const CLOSED_KEPT: usize = 64;

/// Brings a record's follow-ups to what the rules want.
pub(super) fn settle(
    evaluation: &BatchEvaluation<'_>,
    row: usize,
    record: &Record,
    standing: &mut Standing,
    changes: &mut Vec<Change>,
) {
    let day = evaluation.day();
    wake(standing, day);
    let mut wanted = BTreeSet::new();
    let mut silent = BTreeSet::new();
    for answer in evaluation.follow_ups(row) {
        match answer.result {
            Ok(wishes) => {
                for wish in &wishes.follow_ups {
                    let number = propose(wish, answer.rule, record, standing, day, &wanted, changes);
                    wanted.insert(number);
                }
            }
            Err(_) => drop(silent.insert(answer.rule)),
        }
    }
    let rules = &evaluation.generation().ruleset.hooks;
    withdraw(standing, &wanted, day, changes, |rule| {
        if rule.is_empty() || silent.contains(rule) {
            None
        } else if rules.rule(rule).is_some() {
            Some("reason-gone")
        } else {
            Some("rule-retired")
        }
    });
    forget(standing, &wanted);
}

/// A snooze that is over makes a follow-up open again, as of the day that was agreed on: nobody is late with what was put
/// off.
fn wake(standing: &mut Standing, day: Day) {
    for follow_up in &mut standing.follow_ups {
        if let FollowUpState::Snoozed { until } = follow_up.state
            && until <= day
        {
            follow_up.state = FollowUpState::Open;
            follow_up.opened = follow_up.opened.max(until);
            follow_up.due = follow_up.due.max(until);
        }
    }
}

/// Opens, reopens or brings up to date what a rule wants, and returns its number. What an earlier rule of the same
/// evaluation wants already, and what is done, stays as it is.
fn propose(
    wish: &FollowUpWish,
    rule: &str,
    record: &Record,
    standing: &mut Standing,
    day: Day,
    wanted: &BTreeSet<u32>,
    changes: &mut Vec<Change>,
) -> u32 {
    // The highest cycle that is done, and the day up to which that reaches: done late, it stands for all cycles that
    // ended meanwhile.
    let done = |base: &Anchor| -> Option<(u32, Day)> {
        let same = |it: &&FollowUp| it.kind == wish.kind && it.anchor.same_base(base);
        let days = standing.follow_ups.iter().filter(same).filter_map(|it| match it.state {
            FollowUpState::Done { on, .. } => Some((it.anchor.cycle(), on.max(it.due))),
            _ => None,
        });
        days.max()
    };
    let anchor = anchor::resolve(&wish.anchor, record, day, |base| done(base).map(|(cycle, _)| cycle));
    let due = wish.due.or_else(|| anchor::due(&anchor, done(&anchor).map(|(_, until)| until)));
    // The length of a cycle is no part of what makes it the same one: a customer who moves from A to B keeps the
    // call that is planned, on another day.
    let same = |it: &&mut FollowUp| {
        it.kind == wish.kind && it.anchor.same_base(&anchor) && it.anchor.cycle() == anchor.cycle()
    };
    let Some(existing) = standing.follow_ups.iter_mut().find(same) else {
        standing.last_number += 1;
        let number = standing.last_number;
        standing.follow_ups.push(opened(wish, rule, anchor, number, not_before(day, due), day));
        changes.push(Change::FollowUpOpened(number));
        return number;
    };
    if wanted.contains(&existing.number) {
        return existing.number;
    }
    match existing.state {
        FollowUpState::Done { .. } => {}
        FollowUpState::Open | FollowUpState::Snoozed { .. } => {
            existing.opened = existing.opened.min(day);
            if refresh(existing, wish, anchor, rule, due) {
                changes.push(Change::FollowUpChanged(existing.number));
            }
        }
        FollowUpState::Withdrawn { on, .. } => {
            // What was put off when it was withdrawn is still put off.
            let until = existing.opened;
            let is_put_off = until > on && until > day;
            existing.state = if is_put_off { FollowUpState::Snoozed { until } } else { FollowUpState::Open };
            existing.opened = day;
            existing.due = not_before(day, due);
            refresh(existing, wish, anchor, rule, due);
            changes.push(Change::FollowUpOpened(existing.number));
        }
    }
    existing.number
}

/// The day on which a follow-up should be done. It is never before the day on which it was opened: nobody is late
/// with what nobody could know of, for example in the first grading of an old book.
fn not_before(opened: Day, due: Option<Day>) -> Day {
    due.map_or(opened, |due| due.max(opened))
}

fn opened(wish: &FollowUpWish, rule: &str, anchor: Anchor, number: u32, due: Day, day: Day) -> FollowUp {
    FollowUp {
        number,
        kind: wish.kind.clone(),
        anchor,
        state: FollowUpState::Open,
        due,
        opened: day,
        rule: rule.to_owned(),
        channel: wish.channel.clone(),
        priority: wish.priority,
        reasons: wish.reasons.clone(),
        action: wish.action.clone(),
        offer: offer(wish),
        moved_from: None,
    }
}

fn offer(wish: &FollowUpWish) -> Option<Offer> {
    wish.offer.as_ref().map(|offer| Offer { terms: offer.terms.clone(), ends: offer.ends })
}

/// Brings an open follow-up up to date. Only what a person would act on differently counts as a change; numbers in
/// the texts move every day, and do so silently.
fn refresh(existing: &mut FollowUp, wish: &FollowUpWish, anchor: Anchor, rule: &str, due: Option<Day>) -> bool {
    let due = due.map_or(existing.due, |due| not_before(existing.opened, Some(due)));
    let code = |reason: &Option<tierhook_model::Reason>| reason.as_ref().map(|reason| reason.code.clone());
    let terms = |offer: &Option<Offer>| offer.as_ref().map(|offer| (offer.terms.code.clone(), offer.ends));
    let offered = offer(wish);
    let same = existing.due == due
        && existing.channel == wish.channel
        && existing.priority == wish.priority
        && existing.rule == rule
        && code(&existing.action) == code(&wish.action)
        && terms(&existing.offer) == terms(&offered);
    existing.anchor = anchor;
    existing.due = due;
    existing.channel.clone_from(&wish.channel);
    existing.priority = wish.priority;
    rule.clone_into(&mut existing.rule);
    existing.reasons.clone_from(&wish.reasons);
    existing.action.clone_from(&wish.action);
    existing.offer = offered;
    !same
}

/// Closes what is open and no longer wanted. `why` tells the reason for a rule, or `None` where the rule had no say.
fn withdraw(
    standing: &mut Standing,
    wanted: &BTreeSet<u32>,
    day: Day,
    changes: &mut Vec<Change>,
    why: impl Fn(&str) -> Option<&'static str>,
) {
    let newer: BTreeSet<String> = standing
        .follow_ups
        .iter()
        .filter(|follow_up| follow_up.state.is_open() && wanted.contains(&follow_up.number))
        .map(|follow_up| follow_up.kind.clone())
        .collect();
    for follow_up in &mut standing.follow_ups {
        if !follow_up.state.is_open() || wanted.contains(&follow_up.number) {
            continue;
        }
        let Some(why) = why(&follow_up.rule) else { continue };
        let why = if newer.contains(&follow_up.kind) { "new-cycle" } else { why };
        // The day up to which it was put off outlives the withdrawal: the rule may be back tomorrow.
        if let FollowUpState::Snoozed { until } = follow_up.state {
            follow_up.opened = until;
        }
        follow_up.state = FollowUpState::Withdrawn { on: day, why: why.to_owned() };
        changes.push(Change::FollowUpClosed { number: follow_up.number, why: why.to_owned() });
    }
}

/// Forgets the oldest closed follow-ups beyond [`CLOSED_KEPT`], withdrawn ones first; never one that a rule still
/// wants, which would come back.
fn forget(standing: &mut Standing, wanted: &BTreeSet<u32>) {
    let spare = |it: &FollowUp| !it.state.is_open() && !wanted.contains(&it.number);
    let mut surplus = standing.follow_ups.iter().filter(|it| spare(it)).count().saturating_sub(CLOSED_KEPT);
    for done_too in [false, true] {
        standing.follow_ups.retain(|it| {
            let drop = surplus > 0 && spare(it) && (done_too || !matches!(it.state, FollowUpState::Done { .. }));
            surplus -= usize::from(drop);
            !drop
        });
    }
}
