//! Grading a book: the shipped rules over the made-up company.

use tierhook_server::api::Command;

use crate::support::{Workspace, ask, take};

#[test]
fn smoke() {
    let workspace = Workspace::shipped("2026-03-02");
    let host = workspace.open();
    let sample = take!(ask(&host, Command::Sample { customers: 300, seed: 1 }), Sample);
    let _ = sample;
    let status = take!(ask(&host, Command::Status), Status);
    println!("{status:#?}");
    let check = take!(ask(&host, Command::RulesCheck), Check);
    println!("{check:#?}");
    panic!("look");
}
