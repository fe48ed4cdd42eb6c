//! Scripts that compile, and strike while they run: at one customer, then at everybody.

use tierhook_model::Combined;
use tierhook_server::Settings;
use tierhook_server::api::{Command, RuleState};

use super::{Den, OTHERS, VICTIM, script};
use crate::support::{ask, take};

/// Lets a script strike at one customer, and then at all. `code` is the kind of fault, `says` a part of what is said.
fn strikes(name: &str, code: &str, says: &[&str]) {
    let mut den = Den::new(&script(name));
    strikes_at_one(&den, code, says);
    strikes_at_all(&mut den, name, code, says);
}

fn strikes_at_one(den: &Den, code: &str, says: &[&str]) {
    assert_eq!(den.problems(), [], "it does nothing to customers that it does not aim at");
    let import = den.orders();
    let faults = import.regrade.expect("an import grades").faults;
    let [fault] = faults.as_slice() else { panic!("expected the faults of one rule: {faults:#?}") };
    assert_eq!((fault.rule.as_str(), fault.customers), ("hostile", 1));
    assert!(fault.message.contains("scripts/hostile.rhai:") && fault.message.contains(VICTIM), "{}", fault.message);

    // Everybody else is graded by both rules, and the victim by the honest one.
    den.assert_graded();
    for id in OTHERS {
        let explained = den.explain(id);
        assert!(explained.rules.iter().all(|trace| trace.fault.is_none()), "{explained:#?}");
        assert!(explained.dimensions.iter().any(|it| (&*it.dimension.id, &*it.class) == ("trap", "out")), "{id}");
    }
    assert_eq!(den.status().faulted, 1);
    let explained = den.explain(VICTIM);
    let hostile = explained.rules.iter().find(|trace| trace.rule == "hostile").expect("it was asked");
    let fault = hostile.fault.as_ref().expect("it faulted");
    assert_eq!(fault.code, code, "{}", fault.message);
    for said in says.iter().chain(&["scripts/hostile.rhai:"]) {
        assert!(fault.message.contains(said), "`{said}` is not in: {}", fault.message);
    }

    // Stopped within its limit, and seen in the list of rules.
    let rule = den.rule();
    assert_eq!((rule.state, rule.usage.faults > 0), (RuleState::Active, true));
    assert_eq!(rule.limit_operations, 100_000);
    assert!(rule.usage.most_operations <= rule.limit_operations, "{:?}", rule.usage);
}

fn strikes_at_all(den: &mut Den, name: &str, code: &str, says: &[&str]) {
    let version = den.rule().version;
    let aimed = "customer.id == \"mallory\"";
    let text = script(name);
    assert!(text.contains(aimed), "{name} aims at nobody");
    den.restart(|workspace| workspace.write("scripts/hostile.rhai", &text.replace(aimed, "true")));
    let problems = den.problems();
    let fatal: Vec<_> = problems.iter().filter(|problem| problem.fatal).collect();
    let [problem] = fatal.as_slice() else { panic!("expected one problem: {problems:#?}") };
    assert_eq!((problem.code.as_str(), problem.file.as_str()), (code, "scripts/hostile.rhai"));
    let said = format!("{}; {}", problem.message, problem.hint.as_deref().unwrap_or_default());
    assert!(says.iter().all(|says| said.contains(says)), "{said}");
    assert!(problem.place.is_some(), "{problem:?}");
    // It never becomes active; the version before goes on, and so does everything else.
    assert_eq!((den.rule().state, den.rule().version), (RuleState::LastGood, version.clone()));
    den.assert_graded();
    assert_eq!(den.status().faulted, 1);
    let explained = den.explain(OTHERS[0]);
    let refused: Vec<_> = explained.refused.iter().map(|it| (it.name.as_str(), it.version.as_ref())).collect();
    assert_eq!(refused, [("hostile", version.as_ref())]);
    assert_eq!(explained.refused[0].problems[0].code, code);
}

const OPERATIONS: &[&str] = &["100000 operations", "`limits.operations`"];
const DEPTH: &[&str] = &["more than 32 deep", "`limits.call_depth`"];
const TEXT: &[&str] = &["over 16384 bytes", "`limits.string_bytes`"];
const ITEMS: &[&str] = &["over 1024 items", "`limits.collection_items`"];

#[test]
fn an_endless_loop() {
    strikes("endless_loop", "operations", OPERATIONS);
}

#[test]
fn an_endless_loop_within_what_its_author_allows() {
    let lower = "dimensions = [\"trap\"]\nlimits = { operations = 500, functions = 256 }\n";
    let generous = |settings: &mut Settings| settings.limits.wall_ms = 600_000;
    let den = Den::prepared(&script("endless_loop"), generous, |it| it.write("scripts/hostile.toml", lower));
    den.orders();
    den.assert_graded();
    let rule = den.rule();
    assert_eq!((rule.usage.most_operations, rule.limit_operations), (500, 500));
    let explained = den.explain(VICTIM);
    let fault = explained.rules.iter().find_map(|trace| trace.fault.as_ref()).expect("it faulted");
    assert!(fault.message.contains("used up the 500 operations"), "{}", fault.message);
}

#[test]
fn an_endless_loop_that_catches_everything() {
    strikes("endless_catch", "operations", OPERATIONS);
}

#[test]
fn a_loop_with_operations_but_no_time() {
    // Generous, so that a machine that stands still for a moment fails nobody else.
    let generous = |settings: &mut Settings| {
        settings.limits.operations = u64::MAX;
        settings.limits.wall_ms = 500;
        settings.limits.wall_ms_per_record = 500;
    };
    let den = Den::prepared(&script("slow"), generous, |_| {});
    den.orders();
    den.assert_graded();
    let explained = den.explain(VICTIM);
    let fault = explained.rules.iter().find_map(|trace| trace.fault.as_ref()).expect("it faulted");
    assert_eq!(fault.code, "deadline");
    for said in ["scripts/hostile.rhai:", "1000 ms", "`limits.wall_ms`", "`limits.wall_ms_per_record`"] {
        assert!(fault.message.contains(said), "{}", fault.message);
    }
    assert_eq!(den.status().faulted, 1);
}

#[test]
fn a_value_that_waits_for_itself() {
    let den = Den::prepared(&script("self_lock"), |_| {}, |_| {});
    den.orders();
    den.assert_graded();
    let explained = den.explain(VICTIM);
    let fault = explained.rules.iter().find_map(|trace| trace.fault.as_ref()).expect("it faulted");
    assert_eq!(fault.code, "deadline", "{}", fault.message);
}

#[test]
fn a_recursion() {
    strikes("recursion", "depth", DEPTH);
}

#[test]
fn a_recursion_of_two() {
    strikes("mutual_recursion", "depth", DEPTH);
}

#[test]
fn a_recursion_through_closures() {
    strikes("closure_recursion", "depth", DEPTH);
}

#[test]
fn a_text_that_doubles_itself() {
    strikes("text_bomb", "memory", TEXT);
}

#[test]
fn a_text_of_a_gigabyte_at_once() {
    strikes("text_pad", "memory", TEXT);
}

#[test]
fn a_text_that_grows_by_replacing() {
    strikes("text_replace", "memory", TEXT);
}

#[test]
fn a_list_that_grows() {
    strikes("list_bomb", "memory", ITEMS);
}

#[test]
fn a_list_of_a_thousand_million_items_at_once() {
    strikes("list_pad", "memory", ITEMS);
}

#[test]
fn lists_in_lists() {
    strikes("nested_lists", "memory", ITEMS);
}

#[test]
fn a_map_that_grows() {
    strikes("map_bomb", "memory", ITEMS);
}

#[test]
fn a_map_of_long_texts() {
    strikes("map_of_texts", "memory", TEXT);
}

#[test]
fn maps_in_maps() {
    strikes("nested_maps", "memory", &[]);
}

#[test]
fn a_gigabyte_of_bytes_at_once() {
    strikes("blob_bomb", "memory", ITEMS);
}

#[test]
fn too_many_variables() {
    strikes("many_variables", "memory", &["more than 256 variables", "`limits.variables`"]);
}

#[test]
fn heavy_functions_of_the_engine() {
    strikes("heavy_native", "operations", OPERATIONS);
}

#[test]
fn printing_without_end() {
    strikes("log_flood", "output", &["1024 bytes", "`limits.log_bytes`"]);
}

#[test]
fn ten_thousand_reasons() {
    strikes("many_reasons", "output", &["more than 16 reasons", "`limits.reasons`"]);
}

#[test]
fn an_answer_as_large_as_a_book() {
    strikes("large_answer", "output", &["4096 are allowed", "`limits.output_bytes`"]);
}

#[test]
fn a_score_that_is_no_number() {
    strikes("nan_score", "bad-wish", &["the share is NaN", "a finite number is expected"]);
}

#[test]
fn a_score_without_end() {
    strikes("infinite_score", "bad-wish", &["the attainable points is inf"]);
}

#[test]
fn a_class_that_does_not_exist() {
    strikes("unknown_class", "bad-wish", &["dimension `trap` has no class `nowhere`"]);
}

#[test]
fn a_dimension_that_is_none_of_its_business() {
    strikes("foreign_dimension", "bad-wish", &["`grade` is not among the dimensions that this rule decides"]);
}

#[test]
fn an_answer_that_is_none() {
    strikes("wrong_wish", "bad-wish", &["`classify` returned a whole record"]);
}

#[test]
fn waiting_under_another_name() {
    strikes("sleep_by_name", "unknown-function", &["`sleep` is not available"]);
}

#[test]
fn a_fault_that_it_tries_to_catch() {
    strikes("poisoned_text", "missing-value", &["`satisfaction_latest` is missing here"]);
}

#[test]
fn throwing_for_one_customer() {
    strikes("throws_for_one", "failed", &["the script threw `not her`"]);
}

#[test]
fn throwing_for_all_from_some_day_on() {
    let den = Den::new(&script("throws_for_all"));
    den.orders();
    assert_eq!((den.status().faulted, den.problems()), (0, Vec::new()));
    let command = Command::ClockSet { day: "2026-04-01".parse().unwrap() };
    let report = take!(ask(den.host(), command), Clock).regrade.unwrap();
    let faults: Vec<(&str, u64)> = report.faults.iter().map(|it| (it.rule.as_str(), it.customers)).collect();
    assert_eq!(faults, [("hostile", 3)]);
    den.assert_graded();
    assert_eq!(den.status().faulted, 3);
    assert_eq!(den.rule().usage.faults, 3);
    for id in [VICTIM, OTHERS[0], OTHERS[1]] {
        let explained = den.explain(id);
        let trap = explained.dimensions.iter().find(|it| it.dimension.id == "trap").unwrap();
        assert_eq!((trap.class.as_str(), trap.combined), ("out", Combined::KeptAfterFault), "{id}");
        let fault = explained.rules.iter().find_map(|trace| trace.fault.as_ref()).unwrap();
        assert!(fault.message.contains("scripts/hostile.rhai:4:9: the script threw `no more`"), "{}", fault.message);
    }
}
