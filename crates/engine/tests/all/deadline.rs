//! The wall clock: a machine that stands still for a moment is no fault of the record that was being looked at.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tierhook_engine::Sample;
use tierhook_engine::Selection;
use tierhook_hooks::{Fault, FaultCode, Hook, Rule, Wishes};
use tierhook_model::MoveCause;

use crate::support::{Book, NOW, RECORDING, class, order, rule, ruleset};

/// A grade whose first calls run out of time.
fn late(calls: usize) -> Arc<dyn Rule> {
    let left = AtomicUsize::new(calls);
    rule("grade", Hook::Classify, &[], &["grade"], move |_| {
        let is_late = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if is_late {
            return Err(Fault::new(FaultCode::Deadline, "took longer than 51 ms"));
        }
        Ok(Wishes { classes: vec![class("grade", "A")], ..Wishes::default() })
    })
}

#[test]
fn a_record_that_ran_out_of_time_once_is_tried_again_by_itself() {
    let book = Book::new("2026-03-02", vec![late(1)]);
    book.ingest(&[order("wang", "o1", "2026-03-01", 1)]);
    assert_eq!(book.grade("wang").as_deref(), Some("A"));
    assert!(book.record("wang").standing.faulted.is_empty());
}

#[test]
fn a_record_that_runs_out_of_time_again_is_a_fault() {
    let book = Book::new("2026-03-02", vec![late(2)]);
    book.ingest(&[order("wang", "o1", "2026-03-01", 1)]);
    assert_eq!(book.grade("wang"), None);
    assert_eq!(book.record("wang").standing.faulted, ["grade"]);
}

#[test]
fn a_record_that_ran_out_of_time_is_remembered_until_it_is_decided() {
    let book = Book::new("2026-03-02", vec![late(2)]);
    book.ingest(&[order("wang", "o1", "2026-03-01", 1)]);
    let wang = book.record("wang").id;
    assert_eq!(book.engine.late(), BTreeSet::from([wang]));
    book.ingest(&[order("li", "o2", "2026-03-01", 1)]);
    assert_eq!(book.engine.late(), BTreeSet::from([wang]), "another's decision says nothing of it");
    book.engine.regrade(&Selection::Records(vec![wang]), MoveCause::Fact, NOW, |_| {}).unwrap();
    assert_eq!(book.engine.late(), BTreeSet::new());
    assert_eq!(book.grade("wang").as_deref(), Some("A"));
}

/// A machine stood still for a moment while a million were graded: one of them was a fault until somebody graded again.
#[test]
fn a_regrade_tries_those_again_at_its_end_for_whom_time_ran_out() {
    let book = Book::new("2026-03-02", vec![late(4)]);
    book.ingest(&[order("wang", "o1", "2026-03-01", 1)]);
    let report = book.regrade();
    assert_eq!((report.records, report.changed, report.faults.len()), (1, 1, 0));
    assert_eq!(book.grade("wang").as_deref(), Some("A"));
}

#[test]
fn who_waits_for_a_first_decision_and_is_late_does_not_wait_on() {
    let book = Book::new("2026-03-02", vec![late(150)]);
    let facts: Vec<_> = (0..100).map(|at| order(&format!("c{at}"), &format!("o{at}"), "2026-03-01", 1)).collect();
    book.engine.append(&facts, RECORDING).unwrap();
    let report = book.engine.regrade(&Selection::Pending, MoveCause::Fact, NOW, |_| {}).unwrap();
    assert_eq!((report.records, report.changed, report.faults.len()), (100, 100, 0));
    assert_eq!(book.engine.store().pending(None, 1).unwrap(), []);
}

#[test]
fn a_rule_that_is_slow_for_everybody_is_a_fault_for_each_of_them_once() {
    let book = Book::new("2026-03-02", vec![late(usize::MAX)]);
    let orders: Vec<_> = (0..200).map(|at| order(&format!("c{at}"), &format!("o{at}"), "2026-03-01", 1)).collect();
    book.ingest(&orders);
    let report = book.regrade();
    assert_eq!((report.records, report.faults["grade"].records), (200, 200));
}

#[test]
fn another_fault_is_no_lack_of_time() {
    let throws = rule("grade", Hook::Classify, &[], &["grade"], |_| Err(Fault::new(FaultCode::Failed, "threw")));
    let book = Book::new("2026-03-02", vec![throws]);
    book.ingest(&[order("wang", "o1", "2026-03-01", 1)]);
    assert_eq!(book.record("wang").standing.faulted, ["grade"]);
    assert_eq!(book.engine.late(), BTreeSet::new());
}

/// On a busy machine a rehearsal held a good rule back: one stall took the time of all records that were left.
#[test]
fn a_rehearsal_is_not_ended_by_a_stall() {
    let book = Book::new("2026-03-02", Vec::new());
    book.ingest(&[order("wang", "o1", "2026-03-01", 1)]);
    let rehearsals = book
        .engine
        .rehearse(&ruleset(vec![late(1)]), &Sample { records: vec![book.record("wang")], facts: None })
        .unwrap();
    assert_eq!((rehearsals["grade"].faults, rehearsals["grade"].unsteady), (0, false));
}
