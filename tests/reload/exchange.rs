//! A script gives its place to a plugin of the same logic, and the plugin to the script: nobody notices but the clock.

use std::collections::BTreeMap;
use std::fs;

use tierhook_server::api::{
    Command, DimensionExplanation, Explanation, FollowUpFilter, FollowUpRow, RuleState, WarningFilter, WarningRow,
};

use super::{DAY, Live};
use crate::support::{Workspace, ask, root, take, wait_for};

const FIELDS: [&str; 5] = ["complaints_365d", "net_revenue_365d", "orders_365d", "satisfaction_mean", "tenure_days"];

/// What people see of a book.
#[derive(Debug, PartialEq)]
struct Seen {
    assignments: String,
    follow_ups: Vec<FollowUpRow>,
    warnings: Vec<WarningRow>,
    histories: BTreeMap<String, usize>,
    grades: BTreeMap<String, DimensionExplanation>,
}

impl Live {
    fn explain_grade(&self, customer: &str) -> Explanation {
        let command = Command::Explain { customer: customer.into(), dimension: Some("grade".into()), as_of: None };
        take!(ask(&self.host, command), Explanation)
    }

    fn seen(&self) -> Seen {
        let filter = FollowUpFilter { all: true, limit: usize::MAX, ..FollowUpFilter::default() };
        let follow_ups = take!(ask(&self.host, Command::FollowUpsList(filter)), FollowUps).rows;
        let filter = WarningFilter { all: true, limit: usize::MAX, ..WarningFilter::default() };
        let warnings = take!(ask(&self.host, Command::WarningsList(filter)), Warnings).rows;
        let histories = self.histories();
        let grades = histories.keys().map(|id| {
            let mut explained = self.explain_grade(id);
            assert!(!explained.pending, "{id}");
            (id.clone(), explained.dimensions.remove(0))
        });
        let grades = grades.collect();
        Seen { assignments: self.assignments(), follow_ups, warnings, grades, histories }
    }

    /// Waits until the grade comes from a file, and the whole book has been graded by it.
    fn until_graded_by(&self, file: &str, customers: usize) {
        let done = |rule: &tierhook_server::api::RuleRow| {
            rule.file == file && rule.state == RuleState::Active && rule.usage.records >= customers as u64
        };
        wait_for(file, || self.rule("abc_grade"), done);
        let status = self.until("the end of the grading", |status| status.pending == 0);
        assert_eq!(status.problems, []);
    }
}

/// Puts the plugin in the place of the script. At no moment is there none of the two.
fn put_plugin(workspace: &Workspace) {
    workspace.copy_plugin(&root().join("tests/guests/abc_grade"), "abc_grade");
    workspace.grant("abc_grade", &FIELDS);
    for file in ["abc_grade.rhai", "abc_grade.toml", "abc_grade.cases.toml"] {
        workspace.remove(&format!("scripts/{file}"));
    }
}

fn put_script(workspace: &Workspace) {
    for file in ["abc_grade.toml", "abc_grade.cases.toml", "abc_grade.rhai"] {
        let from = root().join("scripts").join(file);
        fs::copy(from, workspace.path().join("scripts").join(file)).unwrap();
    }
    fs::remove_dir_all(workspace.path().join("plugins/abc_grade")).unwrap();
}

#[test]
fn nobody_notices_whether_a_script_or_a_plugin_of_the_same_logic_grades() {
    const CUSTOMERS: usize = 200;
    let live = Live::start(Workspace::shipped(DAY), CUSTOMERS);
    let before = live.seen();
    let script = live.rule("abc_grade");
    assert!(before.follow_ups.len() > 20 && before.warnings.len() > 2, "there is something that could move");
    let reasons = before.grades.values().filter(|grade| !grade.reasons.is_empty()).count();
    assert!(reasons > CUSTOMERS / 2, "{reasons} grades have reasons");

    put_plugin(&live.workspace);
    live.until_graded_by("plugins/abc_grade/plugin.wasm", CUSTOMERS);
    assert_eq!(live.seen(), before);
    let plugin = live.rule("abc_grade");
    assert_ne!(plugin.version, script.version);
    assert_eq!((&plugin.parameters, plugin.order), (&script.parameters, script.order));
    assert_eq!((&plugin.dimensions, &plugin.description), (&script.dimensions, &script.description));
    for (id, scripted) in &before.grades {
        let explained = live.explain_grade(id);
        let trace = explained.rules.iter().find(|trace| trace.rule == "abc_grade").unwrap();
        assert_eq!(Some(&trace.version), plugin.version.as_ref(), "{id}");
        assert_eq!(trace.fault, None, "{id}");
        assert!(trace.read.len() == FIELDS.len(), "{id} was graded by {:?}", trace.read);
        assert_eq!(scripted.decided_by, ["abc_grade"], "{id}");
    }

    put_script(&live.workspace);
    live.until_graded_by("scripts/abc_grade.rhai", CUSTOMERS);
    assert_eq!(live.seen(), before);
    assert_eq!(live.rule("abc_grade").version, script.version);
}
