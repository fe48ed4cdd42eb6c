//! Grading a book: the shipped rules over the made-up company.

use tierhook_server::api::Command;

use crate::support::{Workspace, ask, take};

#[test]
fn the_shipped_rules_grade_the_made_up_company_without_a_fault() {
    let workspace = Workspace::shipped("2026-03-02");
    let host = workspace.open();
    let sample = take!(ask(&host, Command::Sample { customers: 300, seed: 1 }), Sample);
    let regrade = sample.regrade.unwrap();
    assert_eq!((regrade.customers, regrade.changed), (300, 300));
    assert_eq!(regrade.faults, []);
    assert!(regrade.dimensions.iter().all(|matrix| matrix.initial() == 300 && matrix.moved() == 0));
    let status = take!(ask(&host, Command::Status), Status);
    assert_eq!((status.customers, status.pending, status.faulted), (300, 0, 0));
    assert_eq!(status.problems, []);
}
