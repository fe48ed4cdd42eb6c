//! Anchors: what makes a follow-up or a warning the same one, resolved against a record's facts.

use tierhook_hooks::{AnchorWish, Since};
use tierhook_model::{Anchor, Day, ProfileKey, Record, Value};

/// Resolves an anchor. `done_cycle` tells the highest cycle of a base that is done already.
pub(crate) fn resolve(
    wish: &AnchorWish,
    record: &Record,
    day: Day,
    done_cycle: impl Fn(&Anchor) -> Option<u32>,
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
                let next = done_cycle(&cycle(1)).map_or(1, |done| done.saturating_add(1));
                cycle(next)
            }
        },
    }
}

/// The day on which a follow-up with this anchor falls due by itself, if the anchor says so. For one of a later cycle
/// `settled` is the day up to which the ones before it reach: it is due at the end of the first cycle after that.
pub(crate) fn due(anchor: &Anchor, settled: Option<Day>) -> Option<Day> {
    match anchor {
        Anchor::Every { since, days, .. } => {
            let days = i64::from((*days).max(1));
            let ended = settled.map_or(0, |settled| i64::from(settled.since(*since)).max(0) / days);
            Some(since.plus(i32::try_from(days * (ended + 1)).unwrap_or(i32::MAX)))
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
        Since::Contact => facts.last_contact.or(facts.last_order).or(first_seen),
        Since::Order => facts.last_order.or(first_seen),
        Since::FirstSeen => first_seen,
        Since::Day(day) => Some(day),
    }
}
