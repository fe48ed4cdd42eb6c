//! The wall clock: a machine that stands still for a moment is no fault of the record that was being looked at.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tierhook_hooks::{Fault, FaultCode, Hook, Rule, Wishes};

use crate::support::{Book, class, order, rule, ruleset};

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

/// On a busy machine a rehearsal held a good rule back: one stall took the time of all records that were left.
#[test]
fn a_rehearsal_is_not_ended_by_a_stall() {
    let book = Book::new("2026-03-02", Vec::new());
    book.ingest(&[order("wang", "o1", "2026-03-01", 1)]);
    let rehearsals = book.engine.rehearse(&ruleset(vec![late(1)]), &[book.record("wang")]);
    assert_eq!((rehearsals["grade"].faults, rehearsals["grade"].unsteady), (0, false));
}
