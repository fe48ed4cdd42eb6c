//! Missing values fail loudly wherever something is computed with them, and guards let them through.

use tierhook_hooks::{FaultCode, Hook};
use tierhook_model::Value;

use super::support::{classify, compile, day, one, text, thrown};

/// Runs a statement for a record whose `satisfaction_mean`, `tags` and the like are missing.
fn check(statement: &str) {
    let fault = classify(statement, &[("tenure_days", Value::Integer(7)), ("region", text("上海"))])
        .expect_err(&format!("`{statement}` should fail"));
    assert_eq!(fault.code, FaultCode::MissingValue, "{statement}: {fault}");
    assert!(fault.message.contains("`satisfaction_mean`") || fault.message.contains("`tags`"), "{statement}: {fault}");
    assert!(fault.message.ends_with("is missing here"), "{statement}: {fault}");
    assert_eq!(fault.hint.as_deref(), Some("guard it with `.or(value)` or `.is_missing`"), "{statement}");
    let place = fault.place.unwrap_or_else(|| panic!("`{statement}` has no place"));
    assert_eq!((place.file.as_str(), place.source.as_str()), ("scripts/rule.rhai", statement), "{statement}");
    assert_eq!(place.line, 2, "{statement}");
}

#[test]
fn every_binary_operator_fails_on_either_side() {
    for operator in ["+", "-", "*", "/", "%", "**", "<<", ">>", "&", "|", "^", "<", "<=", ">", ">=", "==", "!="] {
        for other in
            ["1", "2.5", "\"text\"", "true", "customer.tenure_days", "ctx.day", "customer.satisfaction_mean", "[1]"]
        {
            check(&format!("let m = customer.satisfaction_mean; let x = m {operator} {other};"));
            check(&format!("let m = customer.satisfaction_mean; let x = {other} {operator} m;"));
        }
    }
}

#[test]
fn assignments_and_signs_fail() {
    for operator in ["+=", "-=", "*=", "/=", "%=", "**=", "<<=", ">>=", "&=", "|=", "^="] {
        check(&format!("let x = 1; x {operator} customer.satisfaction_mean;"));
        check(&format!("let x = 1.5; x {operator} customer.satisfaction_mean;"));
        check(&format!("let x = customer.satisfaction_mean; x {operator} 1;"));
    }
    check("let x = \"a\"; x += customer.satisfaction_mean;");
    check("let x = -customer.satisfaction_mean;");
    check("let x = !customer.satisfaction_mean;");
}

#[test]
fn conditions_fail() {
    check("if customer.satisfaction_mean { return; }");
    check("while customer.satisfaction_mean { return; }");
    check("do { let x = 1; } while customer.satisfaction_mean;");
    check("let x = true && customer.satisfaction_mean;");
    check("let x = customer.satisfaction_mean || true;");
    check("let x = if customer.satisfaction_mean { 1 } else { 2 };");
    check("if customer.tags { if customer.satisfaction_mean { return; } }");
}

#[test]
fn a_switch_fails_instead_of_taking_the_default() {
    check("switch customer.satisfaction_mean { 1 => (), _ => () }");
    check("let x = customer.satisfaction_mean; let y = 2; switch x { 1 => (), _ => () }");
    check("let x = switch customer.satisfaction_mean { 1 => 1, _ => 2 };");
    check("let x = [switch (customer.satisfaction_mean) { 1..5 => #{ a: switch 2 { _ => 3 } }, _ => 2 }];");
    check("let x = `text ${switch customer.satisfaction_mean { 1 => 2, _ => 3 }} text`;");
}

#[test]
fn membership_loops_and_texts_fail() {
    check("let x = customer.satisfaction_mean in [1, 2];");
    check("let x = customer.satisfaction_mean in [];");
    check("let x = customer.satisfaction_mean in \"text\";");
    check("let x = customer.satisfaction_mean in #{ a: 1 };");
    check("let x = customer.satisfaction_mean in 1..3;");
    check("let x = \"vip\" in customer.tags;");
    check("let x = \"vip\" !in customer.tags;");
    check("let x = customer.tags.contains(\"vip\");");
    check("for x in customer.tags { let y = x; }");
    check("let x = `score ${customer.satisfaction_mean}`;");
    check("let x = \"score \" + customer.satisfaction_mean;");
    check("let x = customer.satisfaction_mean.to_string();");
    check("print(customer.satisfaction_mean);");
}

#[test]
fn calls_properties_and_indexes_fail() {
    check("let x = customer.satisfaction_mean.round();");
    check("let x = max(customer.satisfaction_mean, 3);");
    check("let x = customer.satisfaction_mean.year;");
    check("let x = customer.satisfaction_mean.plus(3);");
    check("let x = customer.tags[0];");
    check("let x = [1, 2][customer.satisfaction_mean];");
    check("let x = ctx.day.plus(customer.satisfaction_mean);");
    check("class(customer.satisfaction_mean, \"A\")");
    check("class(\"grade\", customer.satisfaction_mean)");
    check("score(\"grade\").group(\"g\", customer.satisfaction_mean, 1)");
    check("scaled(1, customer.satisfaction_mean, 5)");
    check("plan(customer.satisfaction_mean)");
    check("plan(\"x\").due(customer.satisfaction_mean)");
    check("plan(\"x\").every(customer.satisfaction_mean)");
    check("warn(\"x\").episode(customer.satisfaction_mean)");
}

#[test]
fn a_missing_answer_fails() {
    let fault = classify("customer.satisfaction_mean", &[]).unwrap_err();
    assert_eq!(
        fault.to_string(),
        "scripts/rule.rhai:1:1: `satisfaction_mean` is missing here; guard it with `.or(value)` or `.is_missing`"
    );
}

#[test]
fn guards_work_on_missing_and_on_present_values() {
    let known = [("satisfaction_mean", Value::Decimal(4.5))];
    let check = |expression: &str, present: &str, missing: &str| {
        assert_eq!(thrown(expression, &known), present, "{expression}");
        assert_eq!(thrown(expression, &[]), missing, "{expression}");
    };
    check("customer.satisfaction_mean.or(3.0)", "4.5", "3.0");
    check("customer.satisfaction_mean.is_missing", "false", "true");
    check("customer.satisfaction_mean.is_known", "true", "false");
    check("customer.satisfaction_mean == ()", "false", "true");
    check("() == customer.satisfaction_mean", "false", "true");
    check("customer.satisfaction_mean != ()", "true", "false");
    check("() != customer.satisfaction_mean", "true", "false");
    check("customer.satisfaction_mean.is_known && customer.satisfaction_mean > 4", "true", "false");
    check("scaled(customer.satisfaction_mean, 1, 5).is_missing", "false", "true");
}

#[test]
fn guards_work_on_every_type() {
    let record = [
        ("tenure_days", Value::Integer(1)),
        ("satisfaction_mean", Value::Decimal(1.5)),
        ("region", text("上海")),
        ("last_order_day", day("2026-01-31")),
        ("tags", Value::TextList(vec!["vip".to_owned()])),
    ];
    for (field, shown) in [
        ("tenure_days", "1"),
        ("satisfaction_mean", "1.5"),
        ("region", "上海"),
        ("last_order_day", "2026-01-31"),
        ("tags", "[\"vip\"]"),
    ] {
        assert_eq!(thrown(&format!("customer.{field}.or(0)"), &record), shown);
        let asked = format!("[customer.{field}.is_missing, customer.{field}.is_known, customer.{field} == ()]");
        assert_eq!(thrown(&asked, &record), "[false, true, false]", "{field}");
        assert_eq!(thrown(&asked, &[]), "[true, false, true]", "{field}");
    }
}

#[test]
fn in_arguments_a_missing_value_is_an_unknown_one() {
    let wishes =
        classify("class(\"grade\", \"A\").because(\"WHY\", #{ score: customer.satisfaction_mean })", &[]).unwrap();
    assert_eq!(wishes.classes[0].reasons[0].arguments[0].value, None);
}

#[test]
fn where_the_error_does_not_tell_the_field_the_text_does() {
    let fault = classify(
        "let a = customer.tags.is_missing; let b = customer.region.is_missing;\nif customer.satisfaction_mean { }",
        &[],
    )
    .unwrap_err();
    assert_eq!(fault.message, "`satisfaction_mean` is missing here");
}

#[test]
fn only_what_was_really_read_is_recorded() {
    let rule = compile(
        "fn classify(customer, ctx) {\n\
         if customer.tenure_days < 30 { return class(\"grade\", \"new\"); }\n\
         if customer.satisfaction_mean.or(0.0) > 4.0 { return class(\"grade\", \"A\"); }\n\
         }",
        None,
    );
    let reads = |record| {
        let outcome = one(&rule, Hook::Classify, record);
        let names: Vec<String> =
            outcome.read.iter().map(|column| rule.meta().reads(Hook::Classify)[column].clone()).collect();
        names
    };
    assert_eq!(rule.meta().reads(Hook::Classify), ["satisfaction_mean", "tenure_days"]);
    assert_eq!(reads(&[("tenure_days", Value::Integer(3))]), ["tenure_days"]);
    assert_eq!(reads(&[("tenure_days", Value::Integer(300))]), ["satisfaction_mean", "tenure_days"]);
}
