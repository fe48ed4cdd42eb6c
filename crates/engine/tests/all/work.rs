//! Follow-ups and warnings where several rules want them, and where many are closed.

use std::sync::Arc;

use tierhook_engine::{WorkItem, WorkKind};
use tierhook_hooks::{AnchorWish, FollowUpWish, Hook, Rule, Since, Wishes};
use tierhook_model::{FollowUpState, OutcomeKind, Severity, WarningState};

use crate::support::{Book, NOW, call, day, fact, fear, order, plan, rule};

fn wanting(name: &str, wish: FollowUpWish) -> Arc<dyn Rule> {
    rule(name, Hook::FollowUp, &[], &[], move |_| Ok(Wishes { follow_ups: vec![wish.clone()], ..Wishes::default() }))
}

fn done(book: &Book, customer: &str, number: u32) {
    let item = WorkItem { record: book.record(customer).id, number, kind: WorkKind::FollowUp };
    book.engine.outcome(item, &OutcomeKind::Done { contact: false, cause: None }, "li", None, NOW).unwrap();
}

/// Two rules that want the same once took it from each other at every evaluation, and each was a change.
#[test]
fn of_two_rules_that_want_the_same_the_first_in_order_sets_the_terms() {
    let terms = |priority| FollowUpWish { priority, ..plan("call", AnchorWish::Once) };
    let book = Book::new("2026-03-02", vec![wanting("a", terms(1)), wanting("b", terms(2))]);
    let ingested = book.ingest(&[order("wang", "o1", "2026-03-01", 1)]);
    assert_eq!(ingested[0].changes.len(), 1);
    let follow_ups = book.record("wang").standing.follow_ups;
    assert_eq!((follow_ups.len(), follow_ups[0].rule.as_str(), follow_ups[0].priority), (1, "a", 1));
    assert_eq!(book.regrade().changed, 0);
    let ingested = book.ingest(&[order("wang", "o2", "2026-03-01", 1)]);
    assert_eq!(ingested[0].changes, []);
}

#[test]
fn of_two_rules_that_fear_the_same_the_first_in_order_sets_the_severity() {
    let fearing = |name, severity| {
        rule(name, Hook::ChurnWarning, &[], &[], move |_| {
            Ok(Wishes { warnings: vec![fear("silence", AnchorWish::Once, severity)], ..Wishes::default() })
        })
    };
    let rules = vec![fearing("a", Severity::High), fearing("b", Severity::Low)];
    let book = Book::new("2026-03-02", rules);
    book.ingest(&[order("wang", "o1", "2026-03-01", 1)]);
    let warnings = book.record("wang").standing.warnings;
    assert_eq!((warnings.len(), warnings[0].severity, &warnings[0].state), (1, Severity::High, &WarningState::Open));
    book.assert_settled();
}

/// However much is closed in between, what was done and is still wanted is remembered.
#[test]
fn what_is_done_and_still_wanted_is_never_forgotten() {
    let thanks = rule("thanks", Hook::FollowUp, &["last_order_id"], &[], |row| {
        let thank = row.text("last_order_id").map(|id| plan("thank", AnchorWish::Fact(id)));
        Ok(Wishes { follow_ups: thank.into_iter().collect(), ..Wishes::default() })
    });
    let book = Book::new("2026-03-02", vec![wanting("welcome", plan("welcome", AnchorWish::Once)), thanks]);
    book.ingest(&[order("wang", "o0", "2026-01-01", 1)]);
    let welcome = book.record("wang").standing.follow_ups.iter().find(|it| it.kind == "welcome").unwrap().number;
    done(&book, "wang", welcome);
    for at in 1..150 {
        book.ingest(&[order("wang", &format!("o{at}"), "2026-01-02", 1)]);
        let newest = book.record("wang").standing.follow_ups.last().unwrap().number;
        if at % 2 == 0 {
            done(&book, "wang", newest);
        }
    }
    let standing = book.record("wang").standing;
    let welcomes: Vec<_> = standing.follow_ups.iter().filter(|it| it.kind == "welcome").collect();
    assert_eq!(welcomes.len(), 1);
    assert!(matches!(welcomes[0].state, FollowUpState::Done { .. }));
    assert!(standing.follow_ups.len() < 70, "what is closed and wanted by nobody is forgotten in the end");
}

/// After a long pause one call is overdue, not one for each cycle that passed; and when it is done, the next is due
/// at the end of the running cycle.
#[test]
fn one_call_that_is_done_late_stands_for_the_cycles_that_passed() {
    let every = AnchorWish::Every { days: 30, since: Since::Contact };
    let book = Book::new("2026-01-10", vec![wanting("care", plan("call", every))]);
    book.ingest(&[fact("wang", "c1", "2026-01-01", call())]);
    book.go_to("2026-07-20");
    let follow_ups = book.record("wang").standing.follow_ups;
    assert_eq!((follow_ups.len(), follow_ups[0].due), (1, day("2026-01-31")));
    done(&book, "wang", 1);
    let follow_ups = book.record("wang").standing.follow_ups;
    assert_eq!((follow_ups.len(), follow_ups[1].due), (2, day("2026-07-30")), "200 days are 6 cycles and 20 days");
    // Who does it early gets the next at the end of the next cycle.
    done(&book, "wang", 2);
    assert_eq!(book.record("wang").standing.follow_ups[2].due, day("2026-08-29"));
    book.assert_settled();
}
