//! What is not fit to run, or is not there any more: it is told, and what was active goes on.

use std::fs;

use tierhook_model::Combined;
use tierhook_server::api::{Command, MappingFile, ProblemRow, RuleState};

use super::{DAY, Live, REACH, REACH_DIMENSION, add_dimensions};
use crate::support::{Workspace, ask, ask_with, classes, take};

/// What is saved, and what has to be said of it.
struct Unfit {
    from: &'static str,
    to: &'static str,
    code: &'static str,
    line: usize,
    column: usize,
    says: &'static str,
}

#[test]
fn what_is_unfit_is_told_by_line_and_column_while_the_old_version_goes_on() {
    let unfit = [
        Unfit {
            from: r#"class("reach", "near");"#,
            to: r#"class("reach", "near";"#,
            code: "syntax",
            line: 2,
            column: 64,
            says: "expected `,`",
        },
        Unfit {
            from: "orders_total",
            to: "orders_totl",
            code: "unknown-field",
            line: 2,
            column: 17,
            says: "did you mean `orders_total`?",
        },
        // Known of few: a warning would come too late.
        Unfit {
            from: "orders_total > 0",
            to: "rhythm_ratio > 1.0",
            code: "missing-value",
            line: 2,
            column: 30,
            says: "`rhythm_ratio` is missing here (on 44 of 60 sampled records",
        },
        // What ends a hook as a whole is told where it was then.
        Unfit {
            from: r#"class("reach", "far")"#,
            to: "while true { customer.orders_total; }",
            code: "operations",
            line: 3,
            column: 26,
            says: "100000 operations",
        },
    ];
    let live = Live::with_reach();
    let (digest, assignments) = (live.status().digest, live.assignments());
    let generation = live.rules().generation;
    let version = live.rule("reach").version;
    for unfit in unfit {
        live.workspace.replace("scripts/reach.rhai", unfit.from, unfit.to);
        let status = live.until(unfit.code, |status| !status.problems.is_empty());
        let [problem] = status.problems.as_slice() else { panic!("expected one problem: {:?}", status.problems) };
        check_problem(problem, &unfit);
        assert_eq!((status.rules.last_good, status.rules.refused), (1, 0));
        assert_eq!((status.digest, status.faulted), (digest.clone(), 0));
        let rule = live.rule("reach");
        assert_eq!((rule.state, &rule.version), (RuleState::LastGood, &version));
        assert_eq!(rule.problems, status.problems);
        assert_eq!(live.assignments(), assignments);

        live.workspace.write("scripts/reach.rhai", REACH);
        let cured = live.until("the cure", |status| status.problems.is_empty());
        assert_eq!((cured.rules.last_good, cured.digest), (0, digest.clone()));
        assert_eq!((live.rule("reach").state, live.rule("reach").version), (RuleState::Active, version.clone()));
    }
    assert_eq!(live.rules().generation, generation);
    assert_eq!(live.assignments(), assignments);
}

fn check_problem(problem: &ProblemRow, unfit: &Unfit) {
    let place = problem.place.as_ref().unwrap_or_else(|| panic!("no place: {problem:?}"));
    assert_eq!((problem.unit.as_str(), problem.code.as_str(), problem.fatal), ("reach", unfit.code, true));
    assert_eq!((place.file.as_str(), place.line, place.column), ("scripts/reach.rhai", unfit.line, unfit.column));
    assert_eq!(problem.file, place.file);
    let said = format!("{}; {}", problem.message, problem.hint.as_deref().unwrap_or_default());
    assert!(said.contains(unfit.says), "{said}");
}

#[test]
fn a_rule_that_faults_for_few_is_active_and_leaves_those_as_they_stood() {
    let live = Live::with_reach();
    let (before, digest) = (classes(&live.host, "reach"), live.status().digest);
    let unguarded = REACH.replace(
        "if customer.orders_total > 0 { return class(\"reach\", \"near\"); }",
        "if customer.recency_days <= 400 { return class(\"reach\", \"near\"); }",
    );
    let unguarded = unguarded.replace("    plan(", "    if customer.recency_days > 400 { return; }\n    plan(");
    live.workspace.write("scripts/reach.rhai", &unguarded);
    let status = live.until("the unguarded version", |now| now.digest != digest && !now.problems.is_empty());

    // It is told what will happen, and it is not refused. Both hooks fault, for the same four.
    let [problem] = status.problems.as_slice() else { panic!("expected one problem: {:?}", status.problems) };
    assert_eq!((problem.code.as_str(), problem.fatal), ("missing-value", false));
    assert!(problem.message.contains("`recency_days` is missing here (on 4 of 60"), "{problem:?}");
    assert_eq!(live.rule("reach").state, RuleState::Active);

    let recency = live.numbers("recency_days");
    let gone = recency.values().flatten().filter(|days| **days > 400).count();
    assert!(gone > 0, "the company needs somebody who bought long ago");
    live.until_classes("reach", &before, |id, before| match recency[id] {
        None => before,
        Some(days) if days <= 400 => "near",
        Some(_) => "far",
    });
    assert_eq!(live.status().faulted, 4);
    let follow_ups = live.follow_ups("reach");
    assert_eq!(follow_ups.len(), 60);
    for row in &follow_ups {
        let closed = recency[&row.customer.id].is_some_and(|days| days > 400);
        let expected = if closed { "withdrawn" } else { "open" };
        assert_eq!(row.state.code, expected, "{}", row.customer.id);
        assert_eq!(row.state.detail.as_deref(), closed.then_some("reason-gone"));
    }

    // Whom it faults for can be seen in the explanation and with the customer.
    let unknown = recency.iter().find(|(_, days)| days.is_none()).unwrap().0;
    let explain = Command::Explain { customer: unknown.clone(), dimension: Some("reach".into()), as_of: None };
    let explanation = take!(ask(&live.host, explain.clone()), Explanation);
    let [reach] = explanation.dimensions.as_slice() else { panic!("one dimension was asked for") };
    assert_eq!((reach.class.as_str(), reach.combined), ("far", Combined::KeptAfterFault));
    let fault = explanation.rules.iter().find_map(|trace| trace.fault.as_ref()).unwrap();
    assert_eq!(fault.code, "missing-value");
    assert!(fault.message.starts_with("scripts/reach.rhai:2:"), "{fault:?}");
    assert!(live.customer(unknown).faults.iter().any(|fault| fault.code == "missing-value"));

    live.workspace.write("scripts/reach.rhai", &unguarded.replace("recency_days", "recency_days.or(0)"));
    live.until("the cure", |status| status.problems.is_empty() && status.faulted == 0);
    assert_eq!(classes(&live.host, "reach")[unknown], "near");
    let explanation = take!(ask(&live.host, explain), Explanation);
    assert!(explanation.rules.iter().all(|trace| trace.fault.is_none()));
}

#[test]
fn a_scripts_folder_that_vanishes_takes_nothing_with_it() {
    let live = Live::shipped();
    let (digest, assignments, generation) = (live.status().digest, live.assignments(), live.rules().generation);
    let (scripts, away) = (live.workspace.path().join("scripts"), live.workspace.path().join("away"));
    fs::rename(&scripts, &away).unwrap();
    let status = live.until("the alarm", |status| !status.problems.is_empty());
    let [problem] = status.problems.as_slice() else { panic!("expected one problem: {:?}", status.problems) };
    assert_eq!((problem.unit.as_str(), problem.fatal), ("scripts", true));
    assert!(problem.message.contains("the folder `scripts` is gone"), "{problem:?}");
    assert_eq!(live.rules().problems, status.problems);
    assert_eq!(status.digest, digest);
    assert_eq!(live.assignments(), assignments);

    fs::rename(&away, &scripts).unwrap();
    let status = live.until("the folder's return", |status| status.problems.is_empty());
    assert_eq!(status.digest, digest);
    assert_eq!((live.assignments(), live.rules().generation), (assignments, generation));
}

#[test]
fn a_circle_between_two_scripts_is_printed_and_the_old_versions_go_on() {
    let workspace = Workspace::shipped(DAY);
    let dimension = |id: &str| REACH_DIMENSION.replace("\"reach\"", &format!("\"{id}\""));
    add_dimensions(&workspace, &format!("{}{}", dimension("ping"), dimension("pong")));
    let plain = "fn classify(customer, ctx) { class(\"ping\", \"near\") }\n";
    workspace.write("scripts/ping.rhai", plain);
    workspace.write("scripts/pong.rhai", "fn classify(customer, ctx) { class(\"pong\", customer.class.ping) }\n");
    let live = Live::start(workspace, 60);
    let (digest, assignments) = (live.status().digest, live.assignments());
    assert!(classes(&live.host, "pong").values().all(|class| class == "near"));

    live.workspace.write("scripts/ping.rhai", "fn classify(customer, ctx) { class(\"ping\", customer.class.pong) }\n");
    let status = live.until("the circle", |status| !status.problems.is_empty());
    let [problem] = status.problems.as_slice() else { panic!("expected one problem: {:?}", status.problems) };
    assert_eq!((problem.unit.as_str(), problem.file.as_str(), problem.fatal), ("ping", "scripts/ping.rhai", true));
    assert!(problem.message.contains("ping -> class.pong -> pong -> class.ping -> ping"), "{problem:?}");
    assert!(problem.message.contains("break it by reading `standing."), "{problem:?}");
    assert_eq!((live.rule("ping").state, live.rule("pong").state), (RuleState::LastGood, RuleState::Active));
    assert_eq!(status.digest, digest);
    assert_eq!(live.assignments(), assignments);

    live.workspace.write("scripts/ping.rhai", plain);
    live.until("the cure", |status| status.problems.is_empty());
    assert_eq!(live.status().digest, digest);
}

/// A rule that was refused for want of data stayed refused when the data came.
#[test]
fn facts_that_come_later_cure_a_refused_rule() {
    let live = Live::with_reach();
    let digest = live.status().digest;
    live.workspace.replace("scripts/reach.rhai", "customer.orders_total > 0", "customer.measure.card_points > 0.0");
    let refused = live.until("the refusal", |status| !status.problems.is_empty());
    assert_eq!((refused.rules.last_good, &refused.digest), (1, &digest));

    let mut file = "client,day,points\n".to_owned();
    live.numbers("orders_total").keys().for_each(|id| file.push_str(&format!("{id},2026-03-01,5\n")));
    let text = "kind = \"measures\"\nsource = \"card\"\ncustomer_source = \"sample\"\ncustomer = \"client\"\nat = \"day\"\n\
                [measures]\ncard_points = \"points\"\n";
    let import = Command::Import {
        file: "points.csv".into(),
        bytes: None,
        kind: None,
        mapping: Some(MappingFile { name: "points.toml".into(), text: text.into() }),
        dry_run: false,
        amend: false,
        rejects: None,
    };
    let report = take!(ask_with(&live.host, import, file.as_bytes()).0, Import);
    assert_eq!((report.added, report.new_customers), (60, 0));

    let status = live.until("the cure", |status| status.problems.is_empty() && status.is_graded);
    assert_eq!(status.rules.last_good, 0);
    assert_ne!(status.digest, digest);
    assert!(classes(&live.host, "reach").values().all(|class| class == "near"));
}
