//! Grading a book: how words and points become classes, in which order rules run, and what a receipt tells.

use std::collections::BTreeSet;

use tierhook_model::{Combined, MoveCause};
use tierhook_server::api::{Command, Datum, ErrorCode, ExportFormat, ExportKind};

use crate::support::book::{Book, day, dimension};
use crate::support::{Workspace, ask, ask_with, by_scripts, take};

const TODAY: &str = "2026-03-02";
const TRIP: &str = "6666.0";

const GRADE: &str = r#"
fn classify(customer, ctx) {
    if customer.net_revenue_total.is_missing { return; }
    class("grade", if customer.net_revenue_total >= 1000.0 { "A" } else { "B" })
}
"#;

#[test]
fn the_shipped_rules_grade_the_made_up_company_without_a_fault() {
    let workspace = Workspace::shipped("2026-03-02");
    let host = workspace.open();
    let sample = take!(ask(&host, Command::Sample { customers: 300, seed: 1 }), Sample);
    let regrade = sample.regrade.unwrap();
    assert_eq!((regrade.customers, regrade.changed), (300, 300));
    assert_eq!(regrade.faults, []);
    assert!(by_scripts(&regrade.dimensions).all(|matrix| matrix.initial() == 300 && matrix.moved() == 0));
    let status = take!(ask(&host, Command::Status), Status);
    assert_eq!((status.customers, status.pending, status.faulted), (300, 0, 0));
    assert_eq!(status.problems, []);
}

#[test]
fn the_points_of_the_shipped_grade_come_out_to_the_digit() {
    let workspace = Workspace::shipped(TODAY);
    workspace.write("scripts/abc_grade.cases.toml", include_str!("cases/abc_grade_points.toml"));
    let host = workspace.open();
    let report = take!(ask(&host, Command::RulesTest { rule: Some("abc_grade".to_owned()) }), Test);
    assert_eq!(report.cases.iter().flat_map(|case| &case.failures).collect::<Vec<_>>(), [""; 0]);
    assert_eq!(report.cases.len(), 6);
}

/// A script that says one class, and throws for whoever's largest order is [`TRIP`].
fn says(dimension: &str, class: &str) -> String {
    format!(
        "fn classify(customer, ctx) {{
            if customer.largest_order.or(0.0) == {TRIP} {{ throw \"tripped\"; }}
            class(\"{dimension}\", \"{class}\")
        }}"
    )
}

#[test]
fn the_first_rule_in_order_that_has_a_word_decides() {
    let silent = "fn classify(customer, ctx) { if customer.orders_total.or(0) > 9 { class(\"grade\", \"C\") } }";
    let classes = dimension("grade", "", &["A", "B", "C"]);
    let scripts = [
        ("a.rhai", &*says("grade", "A")),
        ("b.rhai", &*says("grade", "B")),
        ("z.rhai", silent),
        ("z.toml", "order = 1"),
    ];
    let mut book = Book::new(TODAY, &[classes], &scripts);
    book.orders("wang,o1,2026-03-01,tea,10");
    let decided = book.explain_dimension("wang", "grade");
    assert_eq!(
        (decided.class.as_str(), decided.decided_by),
        ("A", vec!["a".to_owned()]),
        "by name, as orders are equal"
    );
    assert_eq!(decided.combined, Combined::First);
    book.restart(|workspace| workspace.write("scripts/b.toml", "order = 50"));
    assert_eq!(book.class("wang", "grade").as_deref(), Some("B"), "by order, and z with the lowest has no word");
    let history = &book.history("wang")[0];
    assert_eq!((history.1, history.2[0].as_str()), (MoveCause::Rules, "the grade: class A -> class B"));
    let ten: Vec<String> = (2..12).map(|at| format!("wang,o{at},2026-03-01,tea,10")).collect();
    book.orders(&ten.join("\n"));
    assert_eq!(book.class("wang", "grade").as_deref(), Some("C"));
}

#[test]
fn the_best_or_the_worst_class_that_any_rule_names_decides() {
    let says = |dimension: &str, class: &str| {
        format!(
            "fn classify(customer, ctx) {{ if customer.orders_total > 0 {{ class(\"{dimension}\", \"{class}\") }} }}"
        )
    };
    let classes = ["A", "B", "C"];
    let dimensions =
        [dimension("kindly", "combine = \"best\"", &classes), dimension("sternly", "combine = \"worst\"", &classes)];
    let (b, c) = (says("kindly", "B"), says("kindly", "C"));
    let (worse, better) = (says("sternly", "C"), says("sternly", "A"));
    let rules = [("b.rhai", b.as_str()), ("c.rhai", &c), ("d.rhai", &worse), ("e.rhai", &better)];
    let book = Book::new(TODAY, &dimensions, &rules);
    book.orders("wang,o1,2026-03-01,tea,10");
    let kindly = book.explain_dimension("wang", "kindly");
    assert_eq!(
        (kindly.class.as_str(), kindly.combined, kindly.decided_by),
        ("B", Combined::Best, vec!["b".to_owned()])
    );
    let sternly = book.explain_dimension("wang", "sternly");
    assert_eq!((sternly.class.as_str(), sternly.combined), ("C", Combined::Worst));
    assert_eq!(sternly.decided_by, ["d"]);
}

fn loyalty() -> String {
    let bands =
        "combine = \"points\"\nbands = [{ class = \"loyal\", from = 0.6 }, { class = \"attached\", from = 0.3 }]";
    dimension("loyalty", bands, &["loyal", "attached"])
}

const POINTS_A: &str = r#"
fn classify(customer, ctx) {
    score("loyalty").group("orders", 40, scaled(customer.orders_total, 0, 4), "ORDERS", #{ orders: customer.orders_total })
}
"#;

#[test]
fn points_of_several_rules_are_added_and_unknown_groups_do_not_count() {
    let b = r#"
        fn classify(customer, ctx) {
            score("loyalty").group("satisfaction", 40, scaled(customer.satisfaction_latest, 1, 5), "CONTENT",
                #{ score: customer.satisfaction_latest })
        }
    "#;
    let book = Book::new(TODAY, &[loyalty()], &[("a.rhai", POINTS_A), ("b.rhai", b)]);
    book.orders("wang,o1,2026-03-01,tea,10\nwang,o2,2026-03-01,tea,10");
    let decided = book.explain_dimension("wang", "loyalty");
    let score = decided.score.unwrap();
    assert_eq!((decided.class.as_str(), decided.combined), ("attached", Combined::Points));
    assert_eq!((score.share, score.known), (Some(0.5), 0.5), "20 of the 40 points that are known");
    assert_eq!(decided.decided_by, ["a", "b"]);
    let next = score.next.unwrap();
    assert_eq!(next.class, "loyal");
    assert!((next.missing_points - 4.0).abs() < 1e-9, "{next:?}");

    // 20 + 30 of 80 points are 0.625; before, 20 of 40 were 0.5.
    book.feedback("wang,f1,2026-03-01,satisfaction,,4");
    let decided = book.explain_dimension("wang", "loyalty");
    assert_eq!((decided.class.as_str(), decided.score.unwrap().share), ("loyal", Some(0.625)));
    let points: Vec<Option<f64>> = decided.reasons.iter().map(|reason| reason.points).collect();
    assert_eq!(points, [Some(20.0), Some(30.0)]);
    // More orders than bring all points bring no more than all points: 40 + 30 of 80.
    book.orders(&(3..20).map(|at| format!("wang,o{at},2026-03-01,tea,10\n")).collect::<String>());
    assert_eq!(book.explain_dimension("wang", "loyalty").score.unwrap().share, Some(0.875));
}

/// The shipped loyalty is made of the points of two rules.
#[test]
fn the_shipped_bands_of_loyalty_are_those_that_customers_are_put_into() {
    let workspace = Workspace::shipped("2026-03-02");
    let host = workspace.open();
    take!(ask(&host, Command::Sample { customers: 60, seed: 1 }), Sample);
    let mut seen = BTreeSet::new();
    for number in 0..60 {
        let command =
            Command::Explain { customer: format!("C{number:06}"), dimension: Some("loyalty".into()), as_of: None };
        let decided = take!(ask(&host, command), Explanation).dimensions.remove(0);
        let Some(share) = decided.score.as_ref().and_then(|score| score.share) else {
            // Who has stayed away is loose outright.
            assert!(["unrated", "loose"].contains(&decided.class.as_str()), "C{number:06}, {decided:?}");
            continue;
        };
        let class = if share >= 0.6 {
            "loyal"
        } else if share >= 0.3 {
            "attached"
        } else {
            "loose"
        };
        assert_eq!((decided.class.as_str(), decided.decided_by.len()), (class, 2), "C{number:06}, {share}");
        seen.insert(class);
    }
    assert_eq!(seen, ["attached", "loose", "loyal"].into());
}

#[test]
fn with_under_half_of_the_points_known_there_is_no_class() {
    let b = r#"
        fn classify(customer, ctx) { score("loyalty").group("satisfaction", 41, scaled(customer.satisfaction_latest, 1, 5)) }
    "#;
    let book = Book::new(TODAY, &[loyalty()], &[("a.rhai", POINTS_A), ("b.rhai", b)]);
    book.orders("wang,o1,2026-03-01,tea,10\nwang,o2,2026-03-01,tea,10\nwang,o3,2026-03-01,tea,10");
    let decided = book.explain_dimension("wang", "loyalty");
    let score = decided.score.unwrap();
    assert_eq!((decided.class.as_str(), score.share), ("unrated", None));
    assert!((score.known - 40.0 / 81.0).abs() < 1e-9);
    // A share below all bands has no class either.
    book.feedback("wang,f1,2026-03-01,satisfaction,,1\nli,f2,2026-03-01,satisfaction,,1");
    assert_eq!(book.class("wang", "loyalty").as_deref(), Some("attached"), "30 of 81");
    assert_eq!(book.class("li", "loyalty").as_deref(), Some("unrated"), "0 of 81");
}

#[test]
fn a_class_outright_stands_above_points() {
    let friend = r#"fn classify(customer, ctx) { if customer.id == "wang" { class("loyalty", "loyal") } }"#;
    let book = Book::new(TODAY, &[loyalty()], &[("a.rhai", POINTS_A), ("friend.rhai", friend)]);
    book.orders("wang,o1,2026-03-01,tea,10\nli,o2,2026-03-01,tea,10");
    let decided = book.explain_dimension("wang", "loyalty");
    assert_eq!((decided.class.as_str(), decided.decided_by), ("loyal", vec!["friend".to_owned()]));
    assert_eq!(book.class("li", "loyalty").as_deref(), Some("unrated"), "10 of 40 points reach no band");
}

#[test]
fn each_dimension_says_what_a_fault_leaves() {
    let classes = ["top", "mid", "low"];
    let dimensions = [
        dimension("kept", "on_fault = \"keep\"", &classes),
        dimension("skipped", "on_fault = \"skip\"", &classes),
        dimension("defaulted", "on_fault = \"default\"\ndefault_class = \"low\"", &classes),
    ];
    let scripts: Vec<(String, String)> = ["kept", "skipped", "defaulted"]
        .into_iter()
        .flat_map(|dimension| {
            let other = format!("fn classify(customer, ctx) {{ class(\"{dimension}\", \"mid\") }}");
            [(format!("a_{dimension}.rhai"), says(dimension, "top")), (format!("b_{dimension}.rhai"), other)]
        })
        .collect();
    let scripts: Vec<(&str, &str)> = scripts.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
    let book = Book::new(TODAY, &dimensions, &scripts);
    let classes = |customer: &str| ["kept", "skipped", "defaulted"].map(|dimension| book.class(customer, dimension));
    book.orders("wang,o1,2026-03-01,tea,10");
    assert_eq!(classes("wang").map(Option::unwrap), ["top", "top", "top"]);
    let report = book.orders("wang,o2,2026-03-01,tea,6666\nli,o3,2026-03-01,tea,6666").regrade.unwrap();
    assert_eq!(classes("wang").map(Option::unwrap), ["top", "mid", "low"]);
    assert_eq!(book.explain_dimension("wang", "kept").combined, Combined::KeptAfterFault);
    assert_eq!(classes("li"), [None, Some("mid".into()), Some("low".into())], "nothing stood that could be kept");
    let faults: Vec<(&str, u64)> = report.faults.iter().map(|it| (it.rule.as_str(), it.customers)).collect();
    assert_eq!(faults, [("a_defaulted", 2), ("a_kept", 2), ("a_skipped", 2)]);
    assert_eq!(take!(book.ask(Command::Status), Status).faulted, 2);
}

#[test]
fn a_fault_may_make_the_whole_evaluation_void() {
    let dimensions = [dimension("strict", "on_fault = \"fail\"", &["top"]), dimension("grade", "", &["A", "B"])];
    let scripts = [("strict.rhai", &*says("strict", "top")), ("grade.rhai", GRADE)];
    let book = Book::new(TODAY, &dimensions, &scripts);
    book.orders("wang,o1,2026-03-01,tea,10");
    let report = book.orders("wang,o2,2026-03-01,tea,6666").regrade.unwrap();
    assert_eq!((report.changed, report.faults.len()), (0, 1));
    assert_eq!(book.class("wang", "grade").as_deref(), Some("B"), "by the new order it would be A");
    assert_eq!(take!(book.ask(Command::Status), Status).faulted, 1);
    // The fault goes with the order: it comes again with another amount.
    book.orders("wang,o2,2026-03-01,tea,2000");
    assert_eq!(book.class("wang", "grade").as_deref(), Some("A"));
    assert_eq!(take!(book.ask(Command::Status), Status).faulted, 0);
}

#[test]
fn a_rule_reads_what_was_decided_now_or_what_stood_before() {
    let now = r#"fn classify(customer, ctx) { class("now", customer.class.grade.or("none")) }"#;
    let before = r#"fn classify(customer, ctx) { class("before", customer.standing.grade.or("none")) }"#;
    let dimensions = [
        // The reading dimensions come first: their order is none of the rules' business.
        dimension("now", "", &["A", "B", "none"]),
        dimension("before", "", &["A", "B", "none"]),
        dimension("grade", "", &["A", "B"]),
    ];
    let scripts = [("a_now.rhai", now), ("b_before.rhai", before), ("z_grade.rhai", GRADE)];
    let book = Book::new(TODAY, &dimensions, &scripts);
    let classes = || ["grade", "now", "before"].map(|dimension| book.class("wang", dimension).unwrap());
    book.orders("wang,o1,2026-03-01,tea,2000");
    assert_eq!(classes(), ["A", "A", "none"]);
    book.set_class("wang", "grade", "B", None).unwrap();
    assert_eq!(classes(), ["B", "B", "A"], "what was decided now is what holds, a person's word included");
    book.evaluate();
    assert_eq!(classes(), ["B", "B", "B"]);
}

#[test]
fn a_receipt_tells_what_was_really_read_and_why_in_both_languages() {
    let rule = r#"
        fn classify(customer, ctx) {
            if customer.orders_total.or(0) == 0 { return; }
            if customer.net_revenue_total >= ctx.params.from {
                return class("grade", "A").because("SPENT", #{ spend: customer.net_revenue_total, from: ctx.params.from });
            }
            if customer.satisfaction_latest.is_missing { return class("grade", "B").because("QUIET"); }
            class("grade", "B").because("CONTENT", #{ score: customer.satisfaction_latest })
        }
    "#;
    let manifest = r#"
        [parameters]
        from = 1000.0
        [texts]
        SPENT = { en = "Spent {spend}, {from} make an A.", zh = "消费 {spend}，满 {from} 为A级" }
    "#;
    let book =
        Book::new(TODAY, &[dimension("grade", "", &["A", "B"])], &[("grade.rhai", rule), ("grade.toml", manifest)]);
    book.orders("wang,o1,2026-03-01,tea,1200.5\nli,o2,2026-03-01,tea,10");
    let explained = book.explain("wang");
    assert_eq!((explained.day, explained.pending, explained.rules.len()), (day(TODAY), false, 1));
    let trace = &explained.rules[0];
    assert_eq!((trace.rule.as_str(), trace.version.len(), trace.hook.name()), ("grade", 8, "classify"));
    let read = |trace: &tierhook_server::api::RuleTrace| -> Vec<(String, Option<Datum>)> {
        trace.read.iter().map(|read| (read.field.clone(), read.value.clone())).collect()
    };
    let wang = [("net_revenue_total", Some(Datum::Decimal(1200.5))), ("orders_total", Some(Datum::Integer(1)))];
    assert_eq!(read(trace), wang.map(|(field, value)| (field.to_owned(), value)));
    let li = [
        ("net_revenue_total", Some(Datum::Decimal(10.0))),
        ("orders_total", Some(Datum::Integer(1))),
        ("satisfaction_latest", None),
    ];
    assert_eq!(read(&book.explain("li").rules[0]), li.map(|(field, value)| (field.to_owned(), value)));

    let why = |answer| take!(answer, Explanation).dimensions[0].reasons[0].text.clone();
    let command = |customer: &str| Command::Explain { customer: customer.into(), dimension: None, as_of: None };
    assert_eq!(why(book.ask(command("wang"))), "Spent 1,200.50, 1,000.00 make an A.");
    assert_eq!(why(book.ask_zh(command("wang"))), "消费 1,200.50，满 1,000.00 为A级");
    assert_eq!(why(book.ask(command("li"))), "QUIET", "a code without a template is shown itself");
    let name = |answer| take!(answer, Explanation).dimensions[0].name.clone();
    assert_eq!((name(book.ask(command("li"))), name(book.ask_zh(command("li")))), ("class B".into(), "B级".into()));
    let command = Command::Explain { customer: "wang".into(), dimension: Some("grde".into()), as_of: None };
    let error = book.try_ask(command).unwrap_err();
    assert_eq!((error.code, error.hint.as_deref()), (ErrorCode::Invalid, Some("there are grade")));
}

/// Writes customers out as they were at the end of a day.
fn export(book: &Book, as_of: Option<&str>) -> String {
    let fields = ["id", "orders_total", "class.grade"].map(str::to_owned).to_vec();
    let (what, format) = (ExportKind::Customers, ExportFormat::Csv);
    let command = Command::Export { what, fields, as_of: as_of.map(day), format, file: None };
    ask_with(book.host(), command, b"").1
}

#[test]
fn a_past_day_answers_from_facts_and_kept_decisions() {
    let book = Book::new("2026-01-10", &[dimension("grade", "", &["A", "B"])], &[("grade.rhai", GRADE)]);
    book.orders("wang,o1,2026-01-05,tea,10");
    book.set_day("2026-02-01");
    book.orders("wang,o2,2026-01-31,tea,2000\nli,o3,2026-02-01,tea,10");
    book.set_day("2026-02-20");
    book.set_class("wang", "grade", "B", Some("2026-02-25")).unwrap();
    book.set_day(TODAY);
    let before = book.show("wang");

    let head = "id,orders_total,class.grade\n";
    assert_eq!(export(&book, None), format!("{head}wang,2,A\nli,1,B\n"));
    assert_eq!(export(&book, Some(TODAY)), export(&book, None));
    assert_eq!(export(&book, Some("2026-02-25")), format!("{head}wang,2,B\nli,1,B\n"));
    assert_eq!(export(&book, Some("2026-02-19")), format!("{head}wang,2,A\nli,1,B\n"));
    // On the last day of January the order was there; that it made an A was decided on the day after.
    assert_eq!(export(&book, Some("2026-01-31")), format!("{head}wang,2,B\n"));
    assert_eq!(export(&book, Some("2026-01-07")), format!("{head}wang,1,\n"), "not graded yet");
    assert_eq!(export(&book, Some("2026-01-04")), head);

    let explain = |as_of: &str| {
        book.try_ask(Command::Explain { customer: "wang".into(), dimension: None, as_of: Some(day(as_of)) })
    };
    let receipt = take!(explain("2026-02-22").unwrap(), Explanation);
    assert_eq!((receipt.day, receipt.dimensions[0].class.as_str()), (day("2026-02-20"), "B"));
    assert_eq!(receipt.dimensions[0].by_rules.as_deref(), Some("A"));
    assert!(receipt.dimensions[0].overridden.is_some());
    let receipt = take!(explain("2026-02-10").unwrap(), Explanation);
    assert_eq!((receipt.day, receipt.dimensions[0].class.as_str()), (day("2026-02-01"), "A"));
    assert_eq!(explain("2026-01-09").unwrap_err().code, ErrorCode::NotFound);

    let show = |as_of: &str| book.try_ask(Command::CustomersShow { customer: "wang".into(), as_of: Some(day(as_of)) });
    let then = take!(show("2026-02-22").unwrap(), Customer);
    assert_eq!((then.classes[0].class.as_str(), then.classes[0].since), ("B", day("2026-02-20")));
    assert!(then.classes[0].overridden.is_some());
    assert_eq!(then.decided, Some(day("2026-02-20")), "the reasons speak of that day");
    assert_eq!((then.facts_total, then.history.len()), (3, 3), "two orders and a word; its end is yet to come");
    let then = take!(show("2026-01-07").unwrap(), Customer);
    assert_eq!((then.classes.len(), then.facts_total, then.history.len()), (0, 1, 0));
    assert_eq!(show("2026-01-04").unwrap_err().code, ErrorCode::NotFound);
    assert_eq!(take!(show(TODAY).unwrap(), Customer), Box::new(before.clone()));

    let history: Vec<(String, MoveCause)> =
        book.history("wang").into_iter().map(|(day, cause, _)| (day, cause)).collect();
    let expected = [
        ("2026-03-02", MoveCause::Override),
        ("2026-02-20", MoveCause::Override),
        ("2026-02-01", MoveCause::Import),
        ("2026-01-10", MoveCause::Import),
    ];
    assert_eq!(history, expected.map(|(day, cause)| (day.to_owned(), cause)));
    assert_eq!(book.show("wang"), before, "looking back writes nothing");
}

#[test]
fn what_nobody_records_is_unknown_and_not_nothing() {
    let peace = r#"
        fn classify(customer, ctx) {
            if customer.complaints_90d.is_missing { return class("peace", "unheard"); }
            class("peace", if customer.complaints_90d == 0 { "calm" } else { "cross" })
        }
    "#;
    let book = Book::new(TODAY, &[dimension("peace", "", &["calm", "cross", "unheard"])], &[("peace.rhai", peace)]);
    book.orders("wang,o1,2026-03-01,tea,10\nli,o2,2026-03-01,tea,10");
    assert_eq!(book.class("wang", "peace").as_deref(), Some("unheard"));
    let field = |customer: &str| {
        let fields = book.show(customer).fields.into_iter();
        fields.filter(|it| it.field == "complaints_90d").map(|it| it.value).next().unwrap()
    };
    assert_eq!(field("wang"), None);
    // With the first complaint the book is known to record them: nobody else has any.
    let report = book.feedback("li,f1,2026-03-01,complaint,,").regrade.unwrap();
    assert_eq!((report.customers, report.changed), (2, 2));
    assert_eq!(book.class("li", "peace").as_deref(), Some("cross"));
    assert_eq!(book.class("wang", "peace").as_deref(), Some("calm"));
    assert_eq!((field("wang"), field("li")), (Some(Datum::Integer(0)), Some(Datum::Integer(1))));
}

#[test]
fn a_regrade_tells_who_went_from_where_to_where() {
    let mut book = Book::new(TODAY, &[dimension("grade", "", &["A", "B"])], &[("grade.rhai", GRADE)]);
    let report = book.orders("wang,o1,2026-03-01,tea,2000\nli,o2,2026-03-01,tea,500\nzhao,o3,2026-03-01,tea,10");
    let matrix = &report.regrade.unwrap().dimensions[0];
    assert_eq!((matrix.initial(), matrix.moved()), (3, 0));
    assert_eq!((matrix.count(None, "A"), matrix.count(None, "B")), (1, 2));
    book.restart(|workspace| workspace.replace("scripts/grade.rhai", "1000.0", "400.0"));
    assert_eq!(book.class("li", "grade").as_deref(), Some("A"));
    let report = book.orders("zhao,o4,2026-03-01,tea,900").regrade.unwrap();
    let matrix = &report.dimensions[0];
    assert_eq!((report.cause, report.customers, report.changed), (MoveCause::Import, 3, 1));
    assert_eq!((matrix.moved(), matrix.count(Some("B"), "A"), matrix.count(Some("A"), "A")), (1, 1, 2));
}

/// A failing case was told wherever the letters of its name stood first: `big` in `big_from`, `a` in `[[case]]`.
#[test]
fn a_case_that_fails_is_told_where_its_expectation_stands() {
    let workspace = Workspace::shipped(TODAY);
    let script = "fn classify(customer, ctx) {\n    if ctx.params.big_from == 2 { throw \"two\"; }\n    \
                  class(\"grade\", \"A\").because(\"BIG\")\n}\n";
    workspace.write("scripts/big.rhai", script);
    workspace.write("scripts/big.toml", "parameters = { big_from = 1 }\n");
    let told = |cases: &str| {
        workspace.write("scripts/big.cases.toml", cases);
        let problems = take!(ask(&workspace.open(), Command::RulesCheck), Check).problems;
        let told = problems.into_iter().filter(|problem| problem.unit == "big").map(|problem| {
            let place = problem.place.unwrap();
            assert_eq!(place.file, "scripts/big.cases.toml");
            (place.line, place.column, problem.message)
        });
        told.collect::<Vec<_>>()
    };
    let cases = "[parameters]\nbig_from = 3\n[[case]]\nday = \"2026-03-01\"\nname = \"big\"\n[case.expect]\n\
                 reasons = []\nclass = { grade = \"B\" }\n[[case]]\nname = \"a\"\nday = \"2026-03-01\"\n\
                 expect = { fault = \"failed\", follow_ups = [], warnings = [\n  { cause = \"silence\" } ] }\n";
    let expected = [
        (8, 9, "case `big`: class: expected {\"grade\": \"B\"}, got {\"grade\": \"A\"}"),
        (7, 11, "case `big`: reasons: expected [], got [\"BIG\"]"),
        (12, 20, "case `a`: expected the fault failed, got none"),
        (12, 58, "case `a`: warnings: expected [\"silence\"], got []"),
    ];
    assert_eq!(told(cases), expected.map(|(line, column, text)| (line, column, text.to_owned())));
    // What is nowhere expected is told at the name.
    let cases = "[parameters]\nbig_from = 2\n[[case]]\nname = \"big\"\nday = \"2026-03-01\"\nexpect = {}\n";
    let told = told(cases);
    assert_eq!((told.len(), told[0].0, told[0].1), (1, 4, 8), "{told:?}");
}

/// A case that expected a field which there is none of to be missing passed, and proved nothing.
#[test]
fn a_case_expects_nothing_of_a_field_that_there_is_none_of() {
    let workspace = Workspace::shipped(TODAY);
    workspace.write("scripts/big.rhai", "fn classify(customer, ctx) { class(\"grade\", \"A\") }\n");
    let case = "[[case]]\nname = \"a\"\nday = \"2026-03-01\"\n[case.expect]\nfields = { order_total = \"missing\" }\n";
    workspace.write("scripts/big.cases.toml", case);
    let report = take!(ask(&workspace.open(), Command::RulesTest { rule: Some("big".to_owned()) }), Test);
    let [problem] = report.problems.as_slice() else { panic!("{:?}", report.problems) };
    assert_eq!(problem.message, "case `a`: there is no field `order_total`");
    assert_eq!(problem.hint.as_deref(), Some("did you mean `orders_total`?"));
    assert_eq!(problem.place.as_ref().map(|place| (place.line, place.column)), Some((5, 26)));
    assert!(!report.is_passed());
}
