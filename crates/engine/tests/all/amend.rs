//! Facts that come again, changed or not.

use tierhook_engine::Appended;
use tierhook_model::{Amount, ExternalRef, FactBody, FactKind, FactSeq, Money, Retraction};

use crate::support::{Book, NOW, grade, order};

#[test]
fn a_fact_that_comes_again_changes_nothing() {
    let book = Book::new("2026-03-02", vec![grade()]);
    let first = order("wang", "o1", "2026-03-01", 1_200);
    let ingested = book.ingest(std::slice::from_ref(&first)).remove(0);
    let wang = book.record("wang");
    assert_eq!(ingested.appended, Appended::Recorded(wang.id));
    assert_eq!(ingested.changes.len(), 1);
    assert_eq!(book.grade("wang").as_deref(), Some("A"));
    let again = book.ingest(&[first]).remove(0);
    assert_eq!((again.appended, again.changes), (Appended::Duplicate(wang.id), vec![]));
    let other = book.ingest(&[order("wang", "o1", "2026-03-01", 1_300)]).remove(0);
    assert_eq!((other.appended, other.changes), (Appended::Conflict(wang.id), vec![]));
    assert_eq!(book.record("wang"), wang);
}

/// With another rate under `[rates]`, every order that had been converted was said to contradict itself.
#[test]
fn an_order_in_another_currency_is_known_again_whatever_the_rate_is_now() {
    let book = Book::new("2026-03-02", vec![grade()]);
    let at_rate = |id: &str, original: i64, base: i64| {
        let mut order = order("wang", id, "2026-03-01", original);
        let amount = order.body.amount_mut().unwrap();
        *amount = Amount { original: Money { minor: original, currency: "USD".parse().unwrap() }, base };
        order
    };
    let appended = |order| book.ingest(&[order]).remove(0).appended;
    assert!(matches!(appended(at_rate("o1", 100, 720)), Appended::Recorded(_)));
    let wang = book.record("wang");
    assert_eq!(appended(at_rate("o1", 100, 640)), Appended::Duplicate(wang.id));
    assert_eq!(appended(at_rate("o1", 200, 720)), Appended::Conflict(wang.id));
    assert_eq!(book.record("wang"), wang, "what was recorded stays at its rate");
}

#[test]
fn facts_of_one_call_are_told_apart_by_their_ids_too() {
    let book = Book::new("2026-03-02", vec![grade()]);
    let (one, other) = (order("wang", "o1", "2026-03-01", 5), order("wang", "o1", "2026-03-01", 6));
    let ingested = book.ingest(&[one.clone(), one, other]);
    let wang = book.record("wang");
    let appended: Vec<Appended> = ingested.into_iter().map(|it| it.appended).collect();
    assert_eq!(appended, [Appended::Recorded(wang.id), Appended::Duplicate(wang.id), Appended::Conflict(wang.id)]);
    assert_eq!(wang.aggregates.gross, 500);
}

#[test]
fn an_amended_fact_takes_the_place_of_the_known_one() {
    let book = Book::new("2026-03-02", vec![grade()]);
    book.ingest(&[order("wang", "o1", "2026-02-01", 1_200), order("wang", "o2", "2026-02-10", 50)]);
    let id = book.record("wang").id;
    assert_eq!(book.amend(&order("wang", "o1", "2026-02-01", 120)), Appended::Amended(id));
    let wang = book.record("wang");
    assert_eq!((wang.aggregates.gross, wang.aggregates.orders), (17_000, 2));
    assert_eq!(book.grade("wang").as_deref(), Some("B"));
    assert_eq!(book.amend(&order("wang", "o1", "2026-02-01", 120)), Appended::Duplicate(id));
    // The version before is an old one now: to bring it again is to change the fact once more.
    assert_eq!(book.amend(&order("wang", "o1", "2026-02-01", 1_200)), Appended::Amended(id));
    assert_eq!(book.record("wang").aggregates.gross, 125_000);
    book.assert_settled();
}

#[test]
fn an_amended_fact_may_move_to_another_customer() {
    let book = Book::new("2026-03-02", vec![grade()]);
    book.ingest(&[order("wang", "o1", "2026-02-01", 1_200), order("wang", "o2", "2026-02-10", 50)]);
    book.amend(&order("li", "o1", "2026-02-01", 1_200));
    assert_eq!((book.record("wang").aggregates.gross, book.record("li").aggregates.gross), (5_000, 120_000));
    assert_eq!((book.grade("wang").as_deref(), book.grade("li").as_deref()), (Some("B"), Some("A")));
    // And back, to a customer that is there already.
    book.amend(&order("wang", "o1", "2026-02-01", 1_200));
    assert_eq!((book.record("wang").aggregates.gross, book.record("li").aggregates.gross), (125_000, 0));
    book.assert_settled();
}

#[test]
fn a_fact_that_was_taken_back_can_come_again() {
    let book = Book::new("2026-03-02", vec![grade()]);
    let first = order("wang", "o1", "2026-02-01", 1_200);
    book.ingest(std::slice::from_ref(&first));
    let before = book.record("wang");
    let key = [(FactKind::Order, first.key.clone())];
    let take_back = || {
        let fact = book.engine.known(&key).unwrap()[0].unwrap().fact.order.seq;
        let body = FactBody::Retraction(Retraction { fact, reason: "entered twice".into() });
        book.engine.note(before.id, &[body], NOW).unwrap();
        assert!(!book.engine.known(&key).unwrap()[0].unwrap().holds);
        assert_eq!(book.record("wang").aggregates.orders, 0);
        fact
    };
    take_back();
    assert_eq!(book.ingest(std::slice::from_ref(&first)).remove(0).appended, Appended::Recorded(before.id));
    assert_eq!(book.record("wang").aggregates.gross, before.aggregates.gross);
    assert_eq!(book.ingest(std::slice::from_ref(&first)).remove(0).appended, Appended::Duplicate(before.id));

    // With other content it is no conflict then, and a retraction that does not hold any more is none.
    let fact = take_back();
    let retraction = book.engine.known(&[(FactKind::Retraction, retraction(fact))]).unwrap()[0].unwrap();
    let body = FactBody::Retraction(Retraction { fact: retraction.fact.order.seq, reason: "it was right".into() });
    book.engine.note(before.id, &[body], NOW).unwrap();
    assert!(book.engine.known(&key).unwrap()[0].unwrap().holds);
    assert_eq!(book.record("wang").aggregates.gross, before.aggregates.gross);
    take_back();
    let other = order("wang", "o1", "2026-02-01", 7);
    assert_eq!(book.ingest(&[other]).remove(0).appended, Appended::Recorded(before.id));
    assert_eq!(book.record("wang").aggregates.gross, 700);
    assert!(book.engine.store().audit(false, &mut |_| ()).unwrap().is_sound());
    book.assert_settled();
}

fn retraction(fact: FactSeq) -> ExternalRef {
    ExternalRef::new("tierhook", format!("retract:{}", fact.0))
}
