//! Replaying: what is known of a record, from all of its facts.

use std::collections::HashSet;

use tierhook_model::{Aggregates, Day, Fact, FactBody, FactSeq, Profile, RecordId};

use crate::apply;

/// Folds all facts of a record, in whatever order they are given, up to the end of a day.
///
/// A retracted fact never held, so it is left out whatever day its retraction has; retractions themselves are too,
/// and facts after `until`. A retraction may itself be retracted; one that names itself or a fact recorded later
/// says nothing.
///
/// Facts of merged records are folded into the one that `leads`. What it says itself stands where another one says
/// otherwise at the same moment, as two rows of one list do.
pub fn replay(leads: RecordId, facts: &[Fact], until: Option<Day>) -> (Profile, Aggregates) {
    let retracted = retracted(facts);
    let mut holding: Vec<&Fact> = facts
        .iter()
        .filter(|fact| !matches!(fact.body, FactBody::Retraction(_)))
        .filter(|fact| until.is_none_or(|until| fact.day <= until))
        .filter(|fact| !retracted.contains(&fact.seq))
        .collect();
    holding.sort_by_key(|fact| (fact.day, fact.occurred, fact.record == leads, fact.seq));
    let mut known = (Profile::default(), Aggregates::default());
    for fact in holding {
        apply(&mut known.0, &mut known.1, fact);
    }
    known
}

/// Returns the facts that retractions take back.
pub fn retracted(facts: &[Fact]) -> HashSet<FactSeq> {
    let mut retractions: Vec<(FactSeq, FactSeq)> = facts
        .iter()
        .filter_map(|fact| match &fact.body {
            FactBody::Retraction(retraction) => Some((fact.seq, retraction.fact)),
            _ => None,
        })
        .collect();
    // Newest first: whether a retraction holds is known once all that may retract it have been seen.
    retractions.sort_unstable_by(|a, b| b.cmp(a));
    let mut retracted = HashSet::new();
    for (seq, target) in retractions {
        if target < seq && !retracted.contains(&seq) {
            retracted.insert(target);
        }
    }
    retracted
}

#[cfg(test)]
mod tests {
    use tierhook_model::Retraction;

    use super::*;
    use crate::example::{day, facts, order_of};

    fn retract(seq: u64) -> FactBody {
        FactBody::Retraction(Retraction { fact: FactSeq(seq), reason: "entered twice".into() })
    }

    fn orders_on(last: &str, facts: &[Fact]) -> u32 {
        replay(RecordId(1), facts, Some(day(last))).1.orders
    }

    #[test]
    fn a_retracted_fact_never_held() {
        let facts = facts([("2026-01-05", order_of(100)), ("2026-02-01", order_of(50)), ("2026-03-01", retract(1))]);
        assert_eq!(orders_on("2026-01-31", &facts), 0);
        assert_eq!(orders_on("2026-03-31", &facts), 1);
        assert_eq!(replay(RecordId(1), &facts, None).1.first_order, Some(day("2026-02-01")));
        assert_eq!(replay(RecordId(1), &facts, None).1.facts, 1);
    }

    #[test]
    fn a_retraction_can_be_retracted() {
        let facts = facts([("2026-01-05", order_of(100)), ("2026-01-06", retract(1)), ("2026-01-07", retract(2))]);
        assert_eq!(replay(RecordId(1), &facts, None).1.orders, 1);
    }

    #[test]
    fn a_retraction_of_a_fact_that_is_recorded_later_says_nothing() {
        let facts = facts([("2026-01-05", retract(2)), ("2026-01-06", order_of(100))]);
        assert_eq!(replay(RecordId(1), &facts, None).1.orders, 1);
    }

    #[test]
    fn facts_after_the_day_are_left_out() {
        let facts = facts([("2026-01-06", order_of(100)), ("2026-01-05", order_of(100))]);
        assert_eq!(orders_on("2026-01-04", &facts), 0);
        assert_eq!(orders_on("2026-01-05", &facts), 1);
        assert_eq!(orders_on("2026-01-06", &facts), 2);
    }
}
