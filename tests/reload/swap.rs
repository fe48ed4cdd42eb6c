//! What is fit to run: it becomes active as one, and regrades the book.

use std::collections::BTreeMap;
use std::fs;

use tierhook_server::api::{Command, StatusReport};

use super::{DAY, Live};
use crate::support::{Workspace, ask, classes, root, take, wait_for};

#[test]
fn a_changed_threshold_regrades_the_book_without_being_asked() {
    let live = Live::shipped();
    let (before, digest) = (classes(&live.host, "grade"), live.status().digest);
    let version = live.rule("abc_grade").version;
    live.workspace.replace("scripts/abc_grade.toml", "a_from = { value = 0.65", "a_from = { value = 0.99");
    let after = wait_for("the regrade", || classes(&live.host, "grade"), |now| *now != before);

    let rule = live.rule("abc_grade");
    assert_ne!((rule.version, live.status().digest), (version, digest));
    assert_eq!(rule.parameters.iter().find(|it| it.name == "a_from").unwrap().value, "0.99");
    let moved: Vec<&String> = before.keys().filter(|id| after[*id] != before[*id]).collect();
    assert!(moved.iter().all(|id| (before[*id].as_str(), after[*id].as_str()) == ("A", "B")), "{moved:?}");
    let newest = &live.customer(moved[0]).history[0];
    assert_eq!(newest.generation, live.rules().generation);
    assert!(newest.changes.iter().any(|it| it.text.starts_with("Grade: A: key customer -> B:")), "{newest:?}");
    // Everybody was evaluated twice: first of all, and now, by another version. What one of them cost is not told of the
    // other. Asking for all this made nobody be evaluated again.
    assert_eq!((rule.usage.records, live.rule("value").usage.records), (60, 120));
    assert_eq!(live.rule("abc_grade").usage.records, 60);
}

#[test]
fn a_changed_line_of_a_script_regrades_the_book() {
    let live = Live::shipped();
    let (before, orders) = (classes(&live.host, "grade"), live.numbers("orders_total"));
    assert!(before.iter().any(|(id, class)| class == "C" && orders[id] == Some(0)));
    let from = "if customer.tenure_days < p.new_days {";
    let to = "if customer.tenure_days < p.new_days || customer.orders_total.or(0) == 0 {";
    live.workspace.replace("scripts/abc_grade.rhai", from, to);
    live.until_classes("grade", &before, |id, before| if orders[id] == Some(0) { "new" } else { before });
}

/// Calls the class `near` of the dimension `reach` `close`, everywhere but in the dimensions.
fn rename_near_in_rule(workspace: &Workspace) {
    workspace.replace("scripts/reach.rhai", "\"near\"", "\"close\"");
    workspace.write("scripts/reach.toml", "description = { en = \"How close customers are.\", zh = \"\" }\n");
    let case = "[[case]]\nname = \"who ordered is close\"\nday = \"2026-03-02\"\nfacts = [{ on = \"2026-03-01\", order = 1.0 }]\n\
                expect = { class = { reach = \"close\" } }\n";
    workspace.write("scripts/reach.cases.toml", case);
}

fn rename_near_in_dimensions(workspace: &Workspace) {
    workspace.replace("scripts/dimensions.toml", "id = \"near\"", "id = \"close\"\nwas = [\"near\"]");
}

fn await_renamed(live: &Live, before: &BTreeMap<String, String>) {
    live.until_classes("reach", before, |_, before| if before == "near" { "close" } else { before });
    assert_eq!(live.status().problems, []);
}

#[test]
fn script_manifest_and_dimensions_that_are_saved_together_are_one_candidate() {
    let live = Live::with_reach();
    let (before, generation) = (classes(&live.host, "reach"), live.rules().generation);
    // Each of these alone would be refused.
    rename_near_in_dimensions(&live.workspace);
    rename_near_in_rule(&live.workspace);
    await_renamed(&live, &before);
    assert_eq!(live.rules().generation.0, generation.0 + 1);
}

#[test]
fn dimensions_that_the_rules_do_not_fit_wait_for_them() {
    let live = Live::with_reach();
    let (before, digest, assignments) = (classes(&live.host, "reach"), live.status().digest, live.assignments());
    rename_near_in_dimensions(&live.workspace);
    let status = live.until("the refusal", |status| status.problems.iter().any(|problem| problem.fatal));
    let problem = status.problems.iter().find(|problem| problem.unit == "dimensions.toml").unwrap();
    assert!(problem.message.contains("the rule `reach` does not work with it"), "{problem:?}");
    assert_eq!(problem.hint.as_deref(), Some("save the change of both in one go"));
    assert_eq!(status.digest, digest);
    assert_eq!(live.assignments(), assignments);
    rename_near_in_rule(&live.workspace);
    await_renamed(&live, &before);
}

#[test]
fn a_removed_rule_retires_and_its_follow_ups_are_withdrawn() {
    let live = Live::shipped();
    let before = live.status();
    let classes_before = live.assignments();
    let wanted = live.follow_ups("care_by_grade").len() as u64;
    assert!(wanted > 0 && wanted < before.open_follow_ups);
    for file in ["care_by_grade.rhai", "care_by_grade.toml", "care_by_grade.cases.toml"] {
        live.workspace.remove(&format!("scripts/{file}"));
    }
    let left = before.open_follow_ups - wanted;
    let status = live.until("the withdrawal", |now| now.open_follow_ups == left && now.problems.is_empty());
    let withdrawn = live.follow_ups("care_by_grade");
    assert_eq!(withdrawn.len() as u64, wanted);
    for row in withdrawn {
        assert_eq!((row.state.code.as_str(), row.state.detail.as_deref()), ("withdrawn", Some("rule-retired")));
    }
    assert_eq!(live.assignments(), classes_before);
    // It was taken away on purpose: nothing is refused.
    assert!(live.rules().rules.iter().all(|rule| rule.name != "care_by_grade"));
    assert_eq!((status.rules.active, status.rules.refused), (before.rules.active - 1, 0));
}

#[test]
fn rules_that_come_to_a_book_without_any_grade_it_for_the_first_time() {
    let live = Live::start(Workspace::empty(DAY), 40);
    assert!(live.histories().values().all(|decisions| *decisions == 0));
    // All at once, as a release is put in place.
    let aside = live.workspace.path().join("aside");
    fs::create_dir(&aside).unwrap();
    for entry in fs::read_dir(root().join("scripts")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, aside.join(path.file_name().unwrap())).unwrap();
    }
    fs::rename(&aside, live.workspace.path().join("scripts")).unwrap();
    let shipped = fs::read_to_string(live.workspace.path().join("scripts/dimensions.toml")).unwrap();
    // Nobody decides the tier without its plugin.
    let dimensions = shipped.matches("[[dimension]]").count() - 1;
    let graded = |status: &StatusReport| {
        let by_scripts = status.dimensions.iter().filter(|it| it.dimension.id != "tier");
        let counts = by_scripts.map(|it| it.classes.iter().map(|class| class.count).sum::<u64>());
        let counts: Vec<u64> = counts.collect();
        counts.len() == dimensions && counts.iter().min() == Some(&40)
    };
    live.until("the first grading", graded);
    for (id, decisions) in live.histories() {
        assert_eq!(decisions, 1, "{id}");
        let history = &live.customer(&id).history[0];
        let classes = history.changes.iter().filter(|change| change.code == "class");
        assert_eq!(classes.clone().count(), dimensions, "{history:?}");
        assert!(classes.clone().all(|change| !change.text.contains("->")), "{history:?}");
    }
}

#[test]
fn two_activations_in_quick_succession_end_with_the_newest_everywhere() {
    let live = Live::start(Workspace::shipped(DAY), 400);
    let assignments = live.assignments();
    let first = live.rule("abc_grade").version;
    live.workspace.replace("scripts/abc_grade.toml", "a_from = { value = 0.65", "a_from = { value = 0.95");
    // The second is saved as soon as the first decides, whether it has graded the book or not.
    let second = wait_for("the first", || live.rule("abc_grade").version, |version| *version != first);
    live.workspace.replace("scripts/abc_grade.toml", "a_from = { value = 0.95", "a_from = { value = 0.45");
    // It ends as if there had never been any other rules.
    let straight = Workspace::shipped(DAY);
    straight.replace("scripts/abc_grade.toml", "a_from = { value = 0.65", "a_from = { value = 0.45");
    let straight = Live::start(straight, 400);
    let expected = straight.assignments();
    assert_ne!(expected, assignments);
    wait_for("the newest rules' classes", || live.assignments(), |now| *now == expected);
    wait_for("the newest rule", || live.rule("abc_grade").version, |version| *version != second);
    let again = take!(ask(&live.host, Command::Evaluate { customer: None }), Regrade);
    assert_eq!((again.customers, again.changed), (400, 0));
    let status = live.status();
    assert_eq!((status.pending, status.open_follow_ups), (0, straight.status().open_follow_ups));
}
