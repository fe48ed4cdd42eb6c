//! What a restart finds: the versions that were active, and nothing to do.

use std::collections::BTreeMap;
use std::fs;

use tierhook_server::api::{Command, RuleState};

use super::Live;
use crate::support::{ask, take};

#[test]
fn a_restart_with_a_broken_file_serves_the_last_good_version() {
    let live = Live::shipped();
    let (digest, assignments, histories) = (live.status().digest, live.assignments(), live.histories());
    let version = live.rule("value").version;
    let live = live.restart(|workspace| workspace.replace("scripts/value.rhai", "if net <= 0.0 {", "if net <= 0.0 ("));
    let status = live.status();
    let rule = live.rule("value");
    assert_eq!((rule.state, rule.version), (RuleState::LastGood, version));
    let [problem] = rule.problems.as_slice() else { panic!("expected one problem: {:?}", rule.problems) };
    assert_eq!((problem.code.as_str(), problem.fatal), ("syntax", true));
    assert_eq!(problem.place.as_ref().map(|place| place.file.as_str()), Some("scripts/value.rhai"));
    assert_eq!((status.digest, status.rules.last_good), (digest, 1));
    check_unmoved(&live, &assignments, &histories);
    // Whoever has the book graded hears that the rules are not all as they were saved.
    let report = take!(ask(&live.host, Command::Evaluate { customer: None }), Regrade);
    assert_eq!(report.refused, ["value"]);
}

#[test]
fn a_restart_without_a_scripts_folder_serves_what_was_active() {
    let live = Live::shipped();
    let (digest, assignments, histories) = (live.status().digest, live.assignments(), live.histories());
    let live = live.restart(|workspace| fs::remove_dir_all(workspace.path().join("scripts")).unwrap());
    let status = live.status();
    assert_eq!((status.digest, status.problems[0].unit.as_str()), (digest, "scripts"));
    check_unmoved(&live, &assignments, &histories);
}

#[test]
fn a_restart_with_an_unchanged_workspace_evaluates_nobody() {
    let live = Live::shipped();
    let (digest, assignments, histories) = (live.status().digest, live.assignments(), live.histories());
    let live = live.restart(|_| {});
    assert_eq!((live.status().digest, live.status().problems), (digest, Vec::new()));
    check_unmoved(&live, &assignments, &histories);
}

/// Checks that nobody was evaluated since the host was opened, and that everything stands as it did.
fn check_unmoved(live: &Live, assignments: &str, histories: &BTreeMap<String, usize>) {
    let rules = live.rules().rules;
    assert!(rules.len() >= 10 && rules.iter().all(|rule| rule.usage.records == 0), "{rules:#?}");
    assert_eq!(live.assignments(), assignments);
    assert_eq!(&live.histories(), histories);
}
