//! Hostile scripts: each runs into its limit, is told so, and leaves the records after it alone.

use tierhook_hooks::{Fault, FaultCode, Hook, Limits};
use tierhook_model::Value;

use super::support::{batch, compile, host_with, one, show, source};

fn fault(functions: &str) -> Fault {
    let rule = compile(functions, None);
    one(&rule, Hook::FollowUp, &[]).result.expect_err("the script should fault")
}

fn body(statements: &str) -> Fault {
    fault(&format!("fn follow_up(customer, ctx) {{ {statements} }}"))
}

#[test]
fn an_endless_loop_uses_up_its_operations() {
    let fault = body("loop { }");
    assert_eq!(fault.code, FaultCode::Operations);
    assert!(
        fault.to_string().contains("100000 operations") && fault.to_string().contains("`limits.operations`"),
        "{fault}"
    );
    assert!(fault.place.is_some());
}

#[test]
fn a_recursion_ends_at_the_call_depth() {
    let fault = fault("fn deeper(n) { deeper(n + 1) + 1 }\nfn follow_up(customer, ctx) { deeper(0) }");
    assert_eq!(fault.code, FaultCode::Depth, "{fault}");
    assert!(fault.to_string().contains("`limits.call_depth`"), "{fault}");
    assert_eq!(fault.place.map(|place| place.file).as_deref(), Some("scripts/rule.rhai"));
}

#[test]
fn mutual_recursion_ends_too() {
    let fault = fault("fn a(n) { b(n) }\nfn b(n) { a(n) }\nfn follow_up(customer, ctx) { a(0) }");
    assert_eq!(fault.code, FaultCode::Depth, "{fault}");
}

#[test]
fn a_growing_text_ends_at_its_size() {
    let fault = body("let s = \"x\"; loop { s += s; }");
    assert_eq!(fault.code, FaultCode::Memory, "{fault}");
    assert!(
        fault.to_string().contains("16384 bytes") && fault.to_string().contains("`limits.string_bytes`"),
        "{fault}"
    );
}

#[test]
fn padding_ends_at_the_size_of_a_text() {
    assert_eq!(body("let s = \"x\"; s.pad(1000000000, \"y\");").code, FaultCode::Memory);
}

#[test]
fn a_growing_list_ends_at_its_size() {
    let fault = body("let a = []; loop { a.push(1); }");
    assert_eq!(fault.code, FaultCode::Memory, "{fault}");
    assert!(fault.to_string().contains("1024 items"), "{fault}");
}

#[test]
fn nested_lists_count_together() {
    assert_eq!(body("let a = [1, 2]; loop { a = [a, a]; }").code, FaultCode::Memory);
}

#[test]
fn a_blob_ends_at_the_size_of_a_list() {
    assert_eq!(body("let b = blob(1000000000);").code, FaultCode::Memory);
}

#[test]
fn a_growing_map_is_stopped() {
    let fault = body("let m = #{}; let i = 0; loop { m[`k${i}`] = i; i += 1; }");
    assert!(fault.code.is_limit(), "{fault}");
}

#[test]
fn a_map_of_texts_is_stopped() {
    assert_eq!(body("let m = #{ a: \"xxxxxxxx\" }; loop { m = #{ a: m, b: m }; }").code, FaultCode::Memory);
}

#[test]
fn too_many_variables_are_refused() {
    // Not known to the parser: each turn of the loop in the functions below nests one more scope.
    let statements: String = (0..300).map(|n| format!("let v{n} = {n};")).collect();
    assert_eq!(body(&statements).code, FaultCode::Memory);
}

#[test]
fn printing_ends_at_the_size_of_the_log() {
    let fault = body("for i in 0..1000 { print(\"0123456789\"); debug(\"0123456789\"); }");
    assert_eq!(fault.code, FaultCode::Output, "{fault}");
    assert!(fault.to_string().contains("`limits.log_bytes`"), "{fault}");
}

#[test]
fn too_many_reasons_are_refused() {
    let fault = body("let p = plan(\"x\"); for i in 0..100 { p.because(\"R\"); } p");
    assert_eq!(fault.code, FaultCode::Output, "{fault}");
    let fault = body("let all = []; for i in 0..20 { all.push(plan(`p${i}`).because(\"R\")); } all");
    assert_eq!(fault.code, FaultCode::Output, "{fault}");
    assert_eq!(fault.message, "there are 20 reasons; 16 are allowed");
}

#[test]
fn too_large_an_answer_is_refused() {
    let fault = body(
        "let s = \"0123456789\"; s.pad(3000, \"x\"); [plan(\"a\").because(\"R\", #{ s: s }), plan(\"b\").because(\"R\", #{ s: s })]",
    );
    assert_eq!(fault.code, FaultCode::Output, "{fault}");
    assert!(fault.to_string().contains("4096") && fault.to_string().contains("`limits.output_bytes`"), "{fault}");
}

#[test]
fn deep_expressions_do_not_compile() {
    let deep = format!("fn follow_up(customer, ctx) {{ let x = {}1{}; }}", "(1 + ".repeat(200), ")".repeat(200));
    let faults = super::support::faults(&deep, None);
    assert_eq!(faults[0].code, FaultCode::Depth, "{}", show(&faults));
}

#[test]
fn too_large_a_source_does_not_compile() {
    let faults =
        super::support::faults(&format!("//{}\nfn follow_up(customer, ctx) {{}}", "x".repeat(256 * 1024)), None);
    assert_eq!(faults[0].code, FaultCode::Memory, "{}", show(&faults));
}

#[test]
fn limits_cannot_be_caught() {
    assert_eq!(body("try { loop { } } catch { }").code, FaultCode::Operations);
    assert_eq!(body("loop { try { let s = \"x\"; loop { s += s; } } catch { } }").code, FaultCode::Memory);
}

#[test]
fn sleeping_evaluating_importing_and_the_clock_are_not_there() {
    for statement in ["sleep(5);", "sleep(5.0);", "exit();", "timestamp();"] {
        let faults = super::support::faults(&format!("fn follow_up(customer, ctx) {{ {statement} }}"), None);
        assert_eq!(faults[0].code, FaultCode::UnknownFunction, "{statement}: {}", show(&faults));
    }
    let faults = super::support::faults("fn follow_up(customer, ctx) { eval(\"1\"); }", None);
    assert_eq!(faults[0].code, FaultCode::Syntax, "{}", show(&faults));
    let faults = super::support::faults("fn follow_up(customer, ctx) { import \"../secrets\" as s; }", None);
    assert!(faults[0].message.contains("cannot be imported"), "{}", show(&faults));
    // Through a pointer the name is not seen before it runs.
    assert_eq!(body("let f = Fn(\"sl\" + \"eep\"); f.call(5);").code, FaultCode::UnknownFunction);
}

#[test]
fn a_bad_record_leaves_the_others_alone() {
    let rule = compile("fn follow_up(customer, ctx) { if customer.tenure_days == 1 { loop { } } plan(\"x\") }", None);
    let records: [&[(&str, Value)]; 3] = [
        &[("tenure_days", Value::Integer(0))],
        &[("tenure_days", Value::Integer(1))],
        &[("tenure_days", Value::Integer(2))],
    ];
    let outcome = batch(&rule, Hook::FollowUp, &records);
    assert_eq!(outcome.records.iter().map(|record| record.result.is_ok()).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!((outcome.usage.records, outcome.usage.faults), (3, 1));
    assert_eq!(outcome.usage.most_operations, 100_000);
    assert!(outcome.usage.operations > 100_000 && outcome.usage.operations < 100_200, "{:?}", outcome.usage);
}

#[test]
fn without_time_a_record_faults_and_after_64_the_rule_is_not_called_any_more() {
    let limits = Limits { wall_ms: 0, wall_ms_per_record: 0, ..Limits::default() };
    let rule = host_with(limits).compile(source("fn follow_up(customer, ctx) { plan(\"x\") }", None)).unwrap();
    let records = vec![&[] as &[(&str, Value)]; 100];
    let outcome = batch(&rule, Hook::FollowUp, &records);
    let codes: Vec<FaultCode> = outcome.records.iter().map(|record| record.result.as_ref().unwrap_err().code).collect();
    assert_eq!(codes, [FaultCode::Deadline; 100]);
    let called = |record: usize| !outcome.records[record].result.as_ref().unwrap_err().message.contains("not called");
    assert!(called(63) && !called(64) && !called(99));
    assert_eq!(outcome.usage.faults, 100);
}

#[test]
fn the_deadline_ends_a_loop_that_has_operations_left() {
    let limits = Limits { operations: u64::MAX, wall_ms: 5, wall_ms_per_record: 0, ..Limits::default() };
    let rule = host_with(limits).compile(source("fn follow_up(customer, ctx) { loop { } }", None)).unwrap();
    let fault = one(&rule, Hook::FollowUp, &[]).result.unwrap_err();
    assert_eq!(fault.code, FaultCode::Deadline, "{fault}");
    assert!(fault.place.is_some() && fault.to_string().contains("5 ms"), "{fault}");
}

#[test]
fn a_manifest_may_only_lower_limits() {
    let operations = |manifest: &str| {
        let rule = compile("fn follow_up(customer, ctx) { loop { } }", Some(manifest));
        batch(&rule, Hook::FollowUp, &[&[]]).usage.most_operations
    };
    assert_eq!(operations("limits = { operations = 500 }"), 500);
    assert_eq!(operations("limits = { operations = 1000000000 }"), 100_000);
}
