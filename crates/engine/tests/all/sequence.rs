//! Deciding fact by fact, all at once, or later by a regrade comes to the same, in whatever order facts arrive.

use std::cell::Cell;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tierhook_engine::Selection;
use tierhook_hooks::{AnchorWish, Hook, Rule, Since, Wishes};
use tierhook_model::{
    Aggregates, Amount, Anchor, Cancellation, Currency, Day, ExternalRef, FactBody, FactOrder, FactSeq, FeedbackKind,
    Moment, MoveCause, NewFact, ProfileChange, ProfileKey, Record, Refund, Severity, Standing, Value,
};

use crate::support::{Book, NOW, RECORDING, call, day, fear, feedback, grade, order_of, plan, rule};

pub(crate) const TODAY: &str = "2026-06-30";

pub(crate) fn body() -> impl Strategy<Value = FactBody> {
    let amount = |major: i64| Amount::in_base(major * 100, Currency::CNY);
    prop_oneof![
        6 => (1_i64..600).prop_map(order_of),
        1 => (1_i64..300).prop_map(move |major| {
            FactBody::Refund(Refund { order: None, amount: amount(major), reason: None })
        }),
        1 => (1_i64..300).prop_map(move |major| {
            FactBody::Cancellation(Cancellation { order: None, amount: amount(major), reason: None })
        }),
        2 => Just(call()),
        2 => Just(feedback(FeedbackKind::Complaint)),
        2 => (0..12).prop_map(|n| feedback(FeedbackKind::ComplaintResolved { complaint: format!("f{n}") })),
        1 => (0..3).prop_map(|n| {
            let fields = vec![(ProfileKey::Region, Some(Value::Text(format!("region {n}"))))];
            FactBody::Profile(ProfileChange { fields, ..ProfileChange::default() })
        }),
    ]
}

/// Facts of one customer, each at a moment of its own, some of them after the book's day; and the same facts in
/// another order.
fn arrivals() -> impl Strategy<Value = (Vec<NewFact>, Vec<NewFact>)> {
    let facts = prop::collection::vec((0_i32..190, body()), 1..14).prop_map(|drafts| {
        let facts = drafts.into_iter().enumerate().map(|(at, (offset, body))| {
            let day = day("2026-01-01").plus(offset);
            NewFact {
                record: ExternalRef::new("", ""),
                key: ExternalRef::new("", format!("f{at}")),
                occurred: Moment(i64::from(day.0) * 86_400 + at as i64),
                day,
                contact: None,
                body,
            }
        });
        facts.collect::<Vec<_>>()
    });
    facts.prop_flat_map(|facts| (Just(facts.clone()), Just(facts).prop_shuffle()))
}

pub(crate) fn rules() -> Vec<Arc<dyn Rule>> {
    let care = rule("care", Hook::FollowUp, &["class.grade", "open_complaint_id", "last_order_day"], &[], |row| {
        let days = if row.text("class.grade").as_deref() == Some("A") { 30 } else { 60 };
        let mut follow_ups = vec![plan("call", AnchorWish::Every { days, since: Since::Contact })];
        let complaint = row.text("open_complaint_id").map(|id| plan("settle", AnchorWish::Fact(id)));
        let birthday = row.day("last_order_day").map(|day| plan("thank", AnchorWish::Year(day)));
        follow_ups.extend(complaint.into_iter().chain(birthday));
        Ok(Wishes { follow_ups, ..Wishes::default() })
    });
    let churn = rule("churn", Hook::ChurnWarning, &["recency_days", "last_order_day", "complaints_90d"], &[], |row| {
        let silent = row.integer("recency_days").is_some_and(|days| days > 40);
        let complained = row.integer("complaints_90d").unwrap_or(0);
        let severity = if complained > 1 { Severity::High } else { Severity::Low };
        let since = row.day("last_order_day").unwrap_or(row.today);
        let warnings = silent.then(|| fear("silence", AnchorWish::Episode(since), severity));
        Ok(Wishes { warnings: warnings.into_iter().collect(), ..Wishes::default() })
    });
    vec![grade(), care, churn]
}

/// The facts as those of another customer.
fn of(customer: &str, facts: &[NewFact]) -> Vec<NewFact> {
    let facts = facts.iter().cloned().map(|fact| NewFact {
        record: ExternalRef::new("shop", customer),
        key: ExternalRef::new(customer, fact.key.id),
        ..fact
    });
    facts.collect()
}

/// What facts come to, without the numbers that they got.
pub(crate) fn unnumbered(record: &Record) -> Aggregates {
    let mut aggregates = record.aggregates.clone();
    aggregates.last = aggregates.last.map(|last| FactOrder { seq: FactSeq(0), ..last });
    aggregates
}

/// What a person would see of a standing: the classes and all that is open. What was opened and withdrawn on the
/// way depends on the way.
pub(crate) fn visible(standing: &Standing) -> impl PartialEq + std::fmt::Debug + use<> {
    let classes: Vec<(String, String)> =
        standing.classes.iter().map(|it| (it.dimension.clone(), it.class.clone())).collect();
    let mut open: Vec<(String, Anchor, Day)> = standing
        .follow_ups
        .iter()
        .filter(|it| it.state.is_open())
        .map(|it| (it.kind.clone(), it.anchor.clone(), it.due))
        .collect();
    open.sort_by(|a, b| a.0.cmp(&b.0));
    let warnings: Vec<(String, Anchor, Severity)> = standing
        .warnings
        .iter()
        .filter(|it| it.state.is_open())
        .map(|it| (it.cause.clone(), it.episode.clone(), it.severity))
        .collect();
    (classes, open, warnings)
}

#[test]
fn deciding_at_once_equals_deciding_later_in_whatever_order_facts_arrive() {
    let book = Book::new(TODAY, rules());
    let case = Cell::new(0);
    let config = Config { cases: 48, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&arrivals(), |(facts, shuffled)| {
        case.set(case.get() + 1);
        let customer = |way: &str| format!("{way}{}", case.get());
        let (at_once, one_by_one, later, again) =
            (customer("at-once"), customer("one-by-one"), customer("later"), customer("again"));
        book.ingest(&of(&at_once, &facts));
        for fact in of(&one_by_one, &shuffled) {
            book.ingest(&[fact]);
        }
        for some in of(&later, &shuffled).chunks(3) {
            book.engine.append(some, RECORDING).unwrap();
        }
        book.engine.append(&of(&again, &facts), RECORDING).unwrap();
        let marked = book.engine.store().pending(None, 8).unwrap().len();
        let report = book.engine.regrade(&Selection::Pending, MoveCause::Fact, NOW, |_| {}).unwrap();
        prop_assert_eq!((marked, report.records), (2, 2));

        let expected = book.record(&at_once);
        prop_assert_eq!(&expected.standing, &book.record(&again).standing);
        for name in [one_by_one, later, again] {
            let record = book.record(&name);
            prop_assert_eq!(&record.profile, &expected.profile);
            prop_assert_eq!(unnumbered(&record), unnumbered(&expected));
            prop_assert_eq!(visible(&record.standing), visible(&expected.standing));
        }
        // Facts that are known already, in yet another order, change nothing.
        let mut backwards = of(&at_once, &shuffled);
        backwards.reverse();
        let known = book.ingest(&backwards);
        prop_assert!(known.iter().all(|it| it.changes.is_empty()));
        prop_assert_eq!(book.record(&at_once), expected);
        Ok(())
    });
    outcome.unwrap();
    book.assert_settled();
    assert_eq!(book.regrade().changed, 0, "a regrade without news changes nothing");
}
