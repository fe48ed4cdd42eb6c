//! Anchors: what makes a follow-up or a warning the same one, resolved against a record's facts.

use tierhook_hooks::{AnchorWish, Since};
use tierhook_model::{Anchor, Day, ProfileKey, Record, Value};

/// Resolves an anchor. `closed_cycle` tells the highest cycle of a base that is done already.
pub(crate) fn resolve(
    wish: &AnchorWish,
    record: &Record,
    day: Day,
    closed_cycle: impl Fn(&Anchor) -> Option<u32>,
) -> Anchor {
    match wish {
        AnchorWish::Once => Anchor::Once,
        AnchorWish::Fact(id) => Anchor::Fact(id.clone()),
        AnchorWish::Cycle(group) => {
            let cycle = record.aggregates.cycles.iter().find(|cycle| cycle.group == *group);
            cycle.map_or(Anchor::Once, |cycle| Anchor::Cycle { group: group.clone(), began: cycle.last })
        }
        AnchorWish::Year(of) => Anchor::Year(day.next_anniversary(*of)),
        AnchorWish::Episode(began) => Anchor::Episode(*began),
        AnchorWish::Every { days, since } => match since_day(*since, record) {
            // Without any fact there is nothing to count from.
            None => Anchor::Once,
            Some(since) => {
                let cycle = |cycle| Anchor::Every { since, days: (*days).max(1), cycle };
                let next = closed_cycle(&cycle(1)).map_or(1, |done| done.saturating_add(1));
                cycle(next)
            }
        },
    }
}

/// The day on which a follow-up with this anchor falls due by itself, if the anchor says so.
pub(crate) fn due(anchor: &Anchor) -> Option<Day> {
    match anchor {
        Anchor::Every { since, days, cycle } => {
            let span = i64::from(*days) * i64::from(*cycle);
            Some(since.plus(i32::try_from(span).unwrap_or(i32::MAX)))
        }
        Anchor::Year(day) | Anchor::Episode(day) => Some(*day),
        Anchor::Once | Anchor::Fact(_) | Anchor::Cycle { .. } => None,
    }
}

fn since_day(since: Since, record: &Record) -> Option<Day> {
    let facts = &record.aggregates;
    let created = match record.profile.get(ProfileKey::Created) {
        Some(Value::Day(day)) => Some(*day),
        _ => None,
    };
    let first_seen = [created, facts.first_seen].into_iter().flatten().min();
    match since {
        Since::Contact => facts.last_contact.or(first_seen),
        Since::Order => facts.last_order.or(first_seen),
        Since::FirstSeen => first_seen,
        Since::Day(day) => Some(day),
    }
}
