//! Hostile scripts: each runs into its limit, is told so, and leaves the records after it alone.

use tierhook_hooks::{Fault, FaultCode, Hook, Limits};
use tierhook_model::Value;

use super::support::{batch, compile, host_with, one, show, source};

/// What a script comes to that has more than time enough, whatever the machine does besides.
fn fault(functions: &str) -> Fault {
    let limits = Limits { wall_ms: 60_000, ..Limits::default() };
    let rule = host_with(limits).compile(source(functions, None)).unwrap_or_else(|faults| panic!("{}", show(&faults)));
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
fn replacing_ends_at_the_size_of_a_text_before_it_is_made() {
    // Together they would be a quarter of a gigabyte.
    for from in ["\"x\"", "'x'", "\"\""] {
        let fault = body(&format!(
            "let s = \"x\"; s.pad(16000, 'x'); let t = s; let n = 0; loop {{ s.replace({from}, t); n += 1; }}"
        ));
        assert_eq!(fault.code, FaultCode::Memory, "{fault}");
    }
    assert_eq!(
        body("throw \"a-b-a\".replace(\"a\", \"cc\").replace('-', '+').replace(\"cc\", 'd');").message,
        "the script threw `d+b+d`"
    );
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
fn a_growing_map_ends_at_its_size() {
    // The engine itself does not look at these.
    for fill in [
        "m[`k${i}`] = i;",
        "m.inner[`k${i}`] = i;",
        "m[\"inner\"][`k${i}`] = [i];",
        "[i].for_each(|| m[`k${this}`] = i);",
        "m.put(i);",
    ] {
        let fault = fault(&format!(
            "fn put(n) {{ this[`k${{n}}`] = n; }}\n\
             fn follow_up(customer, ctx) {{ let m = #{{ inner: #{{}} }}; let i = 0; loop {{ {fill} i += 1; }} }}"
        ));
        assert_eq!(fault.code, FaultCode::Memory, "{fill}: {fault}");
        assert!(fault.to_string().contains("over 1024 items"), "{fill}: {fault}");
    }
    let texts =
        body("let t = \"x\"; t.pad(15000, \"x\"); let m = #{}; let i = 0; loop { m[i.to_string()] = t + i; i += 1; }");
    assert_eq!(texts.code, FaultCode::Memory, "{texts}");
    assert!(texts.to_string().contains("`limits.string_bytes`"), "{texts}");
    // What stays within the limits is as it was.
    let counted =
        "let m = #{}; for i in 0..900 { m[`k${i}`] = i; } let l = [0, 0]; l[1 - 1] = 3; throw `${m.len()} ${l[0]}`;";
    assert_eq!(body(counted).message, "the script threw `900 3`");
}

#[test]
fn a_pointer_is_bound_to_nothing() {
    // Bound to itself a few dozen times it would take all the memory there is.
    for bound in ["f = f.curry(f);", "f = curry(f, f);"] {
        let text = format!("fn follow_up(customer, ctx) {{ let f = |x, y| x; loop {{ {bound} }} }}");
        let faults = super::support::faults(&text, None);
        assert_eq!(faults[0].code, FaultCode::UnknownFunction, "{bound}: {}", show(&faults));
        assert!(show(&faults).contains("`curry` is not available"), "{}", show(&faults));
    }
    assert!(body("let f = |x, y| x; Fn(\"cur\" + \"ry\").call(f, f);").message.contains("curry"));
}

#[test]
fn a_closure_is_kept_by_nobody() {
    // What it shares would hold it, and it would hold what it shares, after the call and for good.
    for kept in [
        "let held = []; let f = || held; held = [f];",
        "let held = []; held.push(|| held);",
        "let held = #{}; held.f = || held;",
        "let held = 1; keep(|| held);",
        "let held = 1; [1].map(|x| [x].push(|| held));",
    ] {
        let text = format!("fn keep(f) {{ f }}\nfn follow_up(customer, ctx) {{ {kept} }}");
        let faults = super::support::faults(&text, None);
        assert_eq!(faults[0].code, FaultCode::Memory, "{kept}: {}", show(&faults));
        assert!(faults[0].place.is_some() && show(&faults).contains("is kept"), "{}", show(&faults));
    }
    let used = "let from = 2; let f = |x| x > 1; let list = [1, 2, 3].filter(|x| x >= from).map(|x| x * from); \
                list.retain(f); throw `${list}`;";
    assert_eq!(body(used).message, "the script threw `[4, 6]`");
    let own = "fn map(f) { f }\nfn follow_up(customer, ctx) { let held = 1; [1].map(|x| held); }";
    assert!(show(&super::support::faults(own, None)).contains("is kept"));
}

#[test]
fn a_map_of_texts_is_stopped() {
    assert_eq!(body("let m = #{ a: \"xxxxxxxx\" }; loop { m = #{ a: m, b: m }; }").code, FaultCode::Memory);
}

#[test]
fn too_many_variables_are_refused() {
    // Not known to the parser: each turn of the loop in the functions below nests one more scope.
    let statements: String = (0..300).map(|n| format!("let v{n} = {n};")).collect();
    let fault = body(&statements);
    assert_eq!(fault.code, FaultCode::Memory);
    assert!(fault.to_string().contains("256 variables") && fault.to_string().contains("`limits.variables`"), "{fault}");
}

#[test]
fn printing_ends_at_the_size_of_the_log() {
    let fault = body("for i in 0..1000 { print(\"0123456789\"); debug(\"0123456789\"); }");
    assert_eq!(fault.code, FaultCode::Output, "{fault}");
    assert!(fault.to_string().contains("1024 bytes") && fault.to_string().contains("`limits.log_bytes`"), "{fault}");
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
    assert!(
        show(&faults).contains("more than 32 deep") && show(&faults).contains("`limits.function_expression_depth`")
    );
}

#[test]
fn too_many_functions_do_not_compile() {
    let functions: String = (0..5000).map(|n| format!("fn f{n}() {{ {n} }}\n")).collect();
    let faults = super::support::faults(&functions, None);
    assert_eq!(faults[0].code, FaultCode::Depth, "{}", show(&faults));
    assert!(show(&faults).contains("more than 256 functions") && show(&faults).contains("`limits.functions`"));
}

#[test]
fn too_large_a_source_does_not_compile() {
    let faults =
        super::support::faults(&format!("//{}\nfn follow_up(customer, ctx) {{}}", "x".repeat(256 * 1024)), None);
    assert_eq!(faults[0].code, FaultCode::Memory, "{}", show(&faults));
    assert!(show(&faults).contains("262144 are allowed") && show(&faults).contains("`limits.source_bytes`"));
}

#[test]
fn limits_cannot_be_caught() {
    assert_eq!(body("try { loop { } } catch { }").code, FaultCode::Operations);
    assert_eq!(body("loop { try { let s = \"x\"; loop { s += s; } } catch { } }").code, FaultCode::Memory);
}

#[test]
fn sleeping_evaluating_importing_and_the_clock_are_not_there() {
    for statement in ["sleep(5);", "sleep(5.0);", "exit();", "timestamp();", "get_fn_metadata_list();"] {
        let faults = super::support::faults(&format!("fn follow_up(customer, ctx) {{ {statement} }}"), None);
        assert_eq!(faults[0].code, FaultCode::UnknownFunction, "{statement}: {}", show(&faults));
    }
    let faults = super::support::faults("fn follow_up(customer, ctx) { eval(\"1\"); }", None);
    assert_eq!(faults[0].code, FaultCode::Syntax, "{}", show(&faults));
    let faults = super::support::faults("fn follow_up(customer, ctx) { import \"lib/tiers\" as t; }", None);
    assert!(faults[0].message.contains("cannot be imported inside a function"), "{}", show(&faults));
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
fn the_clock_is_read_where_single_operations_are_slow() {
    // The list waits for itself, fifty milliseconds each time; the engine goes on sorting when a comparison was stopped.
    // Told by operations, not by the clock: far fewer than are made between two looks where all is fast.
    let limits = Limits { operations: u64::MAX, ..Limits::default() };
    let stopped = |body: &str| {
        let text = format!("fn follow_up(customer, ctx) {{ {body} }}");
        let outcome = batch(&host_with(limits.clone()).compile(source(&text, None)).unwrap(), Hook::FollowUp, &[&[]]);
        assert_eq!(outcome.records[0].result.as_ref().unwrap_err().code, FaultCode::Deadline, "{body}");
        outcome.usage.most_operations
    };
    let waiting = stopped("let l = [1]; loop { try { l.for_each(|| l.len()); } catch { } }");
    assert!(waiting < 256, "{waiting} operations");
    stopped("let l = []; l.pad(1000, 0); loop { l.sort(|a, b| b - a); }");
}

#[test]
fn a_manifest_may_only_lower_limits() {
    let operations = |manifest: &str| {
        let rule = compile("fn follow_up(customer, ctx) { loop { } }", Some(manifest));
        batch(&rule, Hook::FollowUp, &[&[]]).usage.most_operations
    };
    assert_eq!(operations("limits = { operations = 500 }"), 500);
    assert_eq!(operations("limits = { operations = 100000 }"), 100_000);
    let faults =
        crate::support::faults("fn follow_up(customer, ctx) { }", Some("limits = { operations = 1000000000 }"));
    assert!(faults[0].message.contains("`operations` of 1000000000 is above the host's 100000"), "{faults:?}");
}
