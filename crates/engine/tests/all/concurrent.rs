//! Many at a time: ingest against ingest, ingest against a regrade, both against an activation.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;

use tierhook_engine::{Appended, Ingested};
use tierhook_hooks::{Hook, Rule, Wishes};
use tierhook_model::{Change, NewFact};

use crate::support::{Book, RECORDING, class, grade, grade_all, order, rule, ruleset};

const THREADS: usize = 64;

/// Of many who change one customer at the same time one gets through, and the others try again. Once they all did so
/// at once, and the unlucky ones gave up.
#[test]
fn many_who_write_to_the_same_customers_lose_nothing() {
    let book = Book::new("2026-03-02", vec![grade()]);
    let each = 24;
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let book = &book;
            scope.spawn(move || {
                for at in 0..each {
                    let facts = [
                        order(&format!("c{}", at % 3), &format!("own-{thread}-{at}"), "2026-03-01", 1),
                        // One id from every thread: only one of them brings it.
                        order("shared", &format!("shared-{at}"), "2026-03-01", 1),
                    ];
                    book.ingest(&facts);
                }
            });
        }
    });
    let orders = |customer: &str| book.record(customer).aggregates.orders as usize;
    assert_eq!(["c0", "c1", "c2"].map(orders), [each / 3 * THREADS; 3]);
    assert_eq!(orders("shared"), each);
    let facts = book.engine.store().facts(book.record("c0").id).unwrap();
    assert_eq!(facts.len(), each / 3 * THREADS);
    book.assert_settled();
}

#[test]
fn one_fact_brought_by_many_is_recorded_by_one() {
    let book = Book::new("2026-03-02", vec![grade()]);
    let recorded = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| match book.ingest(&[order("wang", "o1", "2026-03-01", 1_200)]).remove(0).appended {
                Appended::Recorded(_) => drop(recorded.fetch_add(1, Ordering::SeqCst)),
                other => assert!(matches!(other, Appended::Duplicate(_)), "{other:?}"),
            });
        }
    });
    assert_eq!(recorded.into_inner(), 1);
    assert_eq!(book.record("wang").aggregates.gross, 120_000);
}

/// What is on its way is not in the book yet when the next facts are decided.
#[test]
fn facts_can_be_decided_while_others_are_on_their_way() {
    let book = Book::new("2026-03-02", vec![grade()]);
    book.ingest(&[order("wang", "o0", "2026-02-01", 1), order("li", "o9", "2026-02-01", 1)]);
    let begin = |facts: &[NewFact]| book.engine.begin_ingest(facts.to_vec(), RECORDING).unwrap();
    let first = begin(&[order("wang", "o1", "2026-03-01", 1_000)]);
    let second = begin(&[order("wang", "o2", "2026-03-01", 1), order("zhao", "o3", "2026-03-01", 1)]);
    // Known, but not yet when it is decided: the same once more, and with other content.
    let again = begin(&[order("wang", "o1", "2026-03-01", 1_000)]);
    let other = begin(&[order("zhao", "o3", "2026-03-01", 7), order("li", "o4", "2026-03-01", 1)]);
    let finish = |begun| {
        let ingested: Vec<Ingested> = book.engine.finish_ingest(begun).unwrap();
        ingested.into_iter().map(|one| one.appended).collect::<Vec<_>>()
    };
    let [wang, li] = ["wang", "li"].map(|customer| book.record(customer).id);
    assert_eq!(finish(first), [Appended::Recorded(wang)]);
    assert!(matches!(finish(second)[..], [Appended::Recorded(by), Appended::Recorded(_)] if by == wang));
    assert_eq!(finish(again), [Appended::Duplicate(wang)]);
    let zhao = book.record("zhao").id;
    assert_eq!(finish(other), [Appended::Conflict(zhao), Appended::Recorded(li)]);
    let gross = |customer: &str| book.record(customer).aggregates.gross / 100;
    assert_eq!(["wang", "li", "zhao"].map(gross), [1_002, 2, 1]);
    assert_eq!(book.grade("wang").as_deref(), Some("A"));

    // Whoever does not wait has brought it all the same.
    drop(begin(&[order("li", "o5", "2026-03-01", 1)]));
    assert_eq!(book.ingest(&[order("li", "o5", "2026-03-01", 1)])[0].appended, Appended::Duplicate(li));
    let amended = book.amend(&order("li", "o5", "2026-03-01", 50));
    assert_eq!((amended, gross("li")), (Appended::Amended(li), 52));
    book.assert_settled();
}

/// A fact that moves is two writes with a guard each. Once, when the one of its old customer was refused, the
/// new customer had the fact, a second try took it for a duplicate, and both had it for good.
#[test]
fn a_fact_that_moves_while_both_customers_change_is_at_one_of_them() {
    let book = Book::new("2026-03-02", vec![grade()]);
    book.ingest(&[order("wang", "o1", "2026-02-01", 1_000), order("li", "o2", "2026-02-01", 1)]);
    let moves = 30;
    thread::scope(|scope| {
        for customer in ["wang", "li"] {
            let book = &book;
            scope.spawn(move || {
                for at in 0..60 {
                    book.ingest(&[order(customer, &format!("{customer}-{at}"), "2026-03-01", 1)]);
                }
            });
        }
        for at in 0..moves {
            let to = if at % 2 == 0 { "li" } else { "wang" };
            assert!(matches!(book.amend(&order(to, "o1", "2026-02-01", 1_000)), Appended::Amended(_)));
            let total = book.record("wang").aggregates.gross + book.record("li").aggregates.gross;
            assert!(total < 200_000, "the fact is at both customers after move {at}");
        }
    });
    let [wang, li] = ["wang", "li"].map(|customer| book.record(customer).aggregates.gross / 100);
    assert_eq!((wang, li), (1_060, 61));
    book.assert_settled();
}

#[test]
fn regrades_and_activations_while_facts_come_in_leave_nobody_behind() {
    let book = Book::new("2026-03-02", vec![grade_all("A")]);
    let writing = AtomicUsize::new(4);
    let classes = ["B", "A"];
    let mut swaps = 0;
    thread::scope(|scope| {
        for thread in 0..4 {
            let (book, writing) = (&book, &writing);
            scope.spawn(move || {
                for at in 0..40 {
                    let customer = format!("c{}", (thread * 7 + at) % 25);
                    book.ingest(&[order(&customer, &format!("{thread}-{at}"), "2026-03-01", 1)]);
                }
                writing.fetch_sub(1, Ordering::SeqCst);
            });
        }
        while writing.load(Ordering::SeqCst) > 0 {
            book.engine.activate(ruleset(vec![grade_all(classes[swaps % 2])])).unwrap();
            swaps += 1;
            book.regrade();
        }
    });
    book.engine.activate(ruleset(vec![grade_all(classes[swaps % 2])])).unwrap();
    let report = book.regrade();
    assert_eq!((report.superseded, report.records), (false, 25));
    book.assert_settled();
    let mut orders = 0;
    book.engine
        .for_each_record(|record| {
            orders += record.aggregates.orders;
            assert_eq!(record.standing.class("grade").unwrap().class, classes[swaps % 2]);
        })
        .unwrap();
    assert_eq!(orders, 160);
}

/// A rule that says when it is called, and answers when it is let go.
fn slow(called: Sender<()>, go: Receiver<()>) -> Arc<dyn Rule> {
    let channel = Mutex::new((called, go));
    rule("grade", Hook::Classify, &[], &["grade"], move |_| {
        let (called, go) = &*channel.lock().unwrap();
        // When the test lets go of its ends, nobody waits any more.
        if called.send(()).is_ok() {
            let _ = go.recv();
        }
        Ok(Wishes { classes: vec![class("grade", "B")], ..Wishes::default() })
    })
}

#[test]
fn an_activation_during_a_regrade_supersedes_it() {
    let book = Book::new("2026-03-02", vec![grade_all("A")]);
    book.ingest(&[order("wang", "o1", "2026-03-01", 1)]);
    let ((called, is_called), (let_go, go)) = (mpsc::channel(), mpsc::channel());
    book.engine.activate(ruleset(vec![slow(called, go)])).unwrap();
    thread::scope(|scope| {
        let regrade = scope.spawn(|| book.regrade());
        is_called.recv().unwrap();
        book.engine.activate(ruleset(vec![grade_all("A")])).unwrap();
        drop((is_called, let_go));
        let report = regrade.join().unwrap();
        assert_eq!((report.superseded, report.records, report.changed), (true, 0, 0));
    });
    assert_eq!(book.grade("wang").as_deref(), Some("A"), "what an older generation decided is not written");
    let report = book.regrade();
    assert_eq!((report.superseded, report.records, report.changed), (false, 1, 0));
    book.assert_settled();
}

#[test]
fn a_record_that_changes_during_a_regrade_is_done_again_and_counted_once() {
    let book = Book::new("2026-03-02", vec![grade_all("A")]);
    book.ingest(&[order("wang", "o1", "2026-03-01", 1)]);
    let ((called, is_called), (let_go, go)) = (mpsc::channel(), mpsc::channel());
    book.engine.activate(ruleset(vec![slow(called, go)])).unwrap();
    thread::scope(|scope| {
        let regrade = scope.spawn(|| book.regrade());
        is_called.recv().unwrap();
        // Recorded without a decision, so that the rule is not asked.
        book.engine.append(&[order("wang", "o2", "2026-03-01", 1)], RECORDING).unwrap();
        drop((is_called, let_go));
        let report = regrade.join().unwrap();
        assert_eq!((report.superseded, report.records, report.changed), (false, 1, 1));
        assert_eq!(report.moves["grade"][&("A".to_owned(), "B".to_owned())], 1);
        assert_eq!(report.classes["grade"]["B"], 1);
    });
    assert_eq!(book.record("wang").aggregates.orders, 2);
    book.assert_settled();
}

/// Customers that arrive together are shared out among the cores; each gets its own decision back.
#[test]
fn of_many_who_arrive_together_each_is_told_what_became_of_their_own() {
    let book = Book::new("2026-03-02", vec![grade()]);
    let amount = |at: usize| if at.is_multiple_of(3) { 1_000 } else { 1 };
    let customer = |at: usize| format!("c{}", at % 150);
    let facts: Vec<NewFact> =
        (0..300).map(|at| order(&customer(at), &format!("o{at}"), "2026-03-01", amount(at))).collect();
    for (at, one) in book.ingest(&facts).into_iter().enumerate() {
        let id = book.record(&customer(at)).id;
        assert_eq!(one.appended, Appended::Recorded(id));
        let [Change::Class(moved)] = &one.changes[..] else { panic!("{one:?}") };
        assert_eq!(moved.to, if at.is_multiple_of(3) { "A" } else { "B" }, "{at}");
    }
    book.assert_settled();
}
