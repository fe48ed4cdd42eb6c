//! Components that mean harm, or were built wrong.

use tierhook_hooks::{FaultCode, Hook};

use crate::answer::answering;
use crate::support::{
    catalogue, classify, classifying, component_of, context, dimensions, frame, host, refused, rule, source,
};
use crate::written::{Data, compile_bomb, foreign, module};

/// A body that strikes at the record whose number of orders is 7. Records of a frame are counted from 0, as are their orders.
/// The columns are the list at parameters 9 and 10; the first one's integers lie behind its name, validity and tag.
fn at_seven(strike: &str) -> String {
    format!(
        "(local $i i32) (local $values i32)
        (local.set $values (i32.load offset=20 (local.get 9)))
        (block $end (loop $next
            (br_if $end (i32.ge_u (local.get $i) (local.get 8)))
            (if (i64.eq (i64.load (i32.add (local.get $values) (i32.mul (local.get $i) (i32.const 8)))) (i64.const 7))
                (then {strike}))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $next)))
        (i32.const 1024)"
    )
}

/// Strikes at one record in 256: it alone faults, and the fault says what and what to do.
fn strikes(strike: &str, items: &str, code: FaultCode, says: &[&str]) {
    let rule = rule(source(classifying(&at_seven(strike), items), &["orders_total"]));
    let outcome = classify(&*rule, &frame(256));
    let faulted: Vec<usize> = (0..256).filter(|row| outcome.records[*row].result.is_err()).collect();
    assert_eq!(faulted, [7]);
    assert_eq!(outcome.usage.faults, 1);
    let fault = outcome.records[7].result.as_ref().unwrap_err();
    assert_eq!(fault.code, code, "{fault}");
    for says in says {
        assert!(fault.to_string().contains(says), "`{says}` is not in: {fault}");
    }
    // And the next batch is served as if nothing had been.
    assert_eq!(classify(&*rule, &frame(4)).usage.faults, 0);
}

#[test]
fn a_trap_on_one_record_in_256() {
    strikes("unreachable", "", FaultCode::Failed, &["it trapped", "unreachable"]);
}

/// On a slow machine the clock may strike before the fuel is used up; either way it is the one record that faults.
#[test]
fn an_endless_loop() {
    let rule = rule(source(classifying(&at_seven("(loop $on (br $on))"), ""), &["orders_total"]));
    let outcome = classify(&*rule, &frame(256));
    let fault = outcome.records[7].result.as_ref().unwrap_err();
    assert!(matches!(fault.code, FaultCode::Operations | FaultCode::Deadline), "{fault}");
    assert!(fault.to_string().contains("look for a loop that never ends; `limits."), "{fault}");
    let late = |row: &usize| outcome.records[*row].result.as_ref().is_err_and(|it| it.code != FaultCode::Deadline);
    assert!((0..256).filter(late).all(|row| row == 7), "others may at most have had no time");
}

#[test]
fn a_memory_bomb() {
    let bomb = "(loop $on (if (i32.eq (memory.grow (i32.const 16)) (i32.const -1)) (then unreachable)) (br $on))";
    strikes(bomb, "", FaultCode::Memory, &["bytes of memory; 16777216 are allowed", "`limits.plugin.memory_bytes`"]);
}

#[test]
fn a_table_bomb() {
    let bomb = "(loop $on
        (if (i32.eq (table.grow $t (ref.null func) (i32.const 1000)) (i32.const -1)) (then unreachable)) (br $on))";
    strikes(bomb, "(table $t 1 funcref)", FaultCode::Memory, &["elements of a table; 10000 are allowed"]);
}

#[test]
fn a_recursion_without_end() {
    let items = "(func $down (param i32) (result i32)
        (i32.add (call $down (i32.add (local.get 0) (i32.const 1))) (local.get 0)))";
    strikes("(drop (call $down (i32.const 0)))", items, FaultCode::Depth, &["stack of 524288 bytes", "recursion"]);
}

#[test]
fn a_flood_of_log() {
    let flood = "(loop $on
        (call $log (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 4096) (i32.const 60000)) (br $on))";
    strikes(flood, "", FaultCode::Output, &["more than 4194304 bytes", "`limits.plugin.host_call_bytes`"]);
}

#[test]
fn reading_beyond_its_memory() {
    strikes("(drop (i32.load (i32.const -8)))", "", FaultCode::Failed, &["out of bounds memory access"]);
}

#[test]
fn an_answer_beyond_its_memory() {
    strikes("(return (i32.const -16))", "", FaultCode::Failed, &["it failed"]);
}

#[test]
fn a_trap_for_all_ends_after_64() {
    let rule = rule(source(classifying("unreachable", ""), &["orders_total"]));
    let outcome = classify(&*rule, &frame(1024));
    assert_eq!(outcome.usage.faults, 1024);
    // Halving 1,024 records down to the last would be 2,047 calls.
    assert!(outcome.usage.operations < 400 * 1024, "{:?}", outcome.usage);
}

#[test]
fn loops_for_all_end_in_the_time_of_the_batch() {
    let rule = rule(source(classifying("(loop $on (br $on)) (i32.const 1024)", ""), &[]));
    let outcome = classify(&*rule, &frame(512));
    assert_eq!(outcome.usage.faults, 512);
    let codes: Vec<FaultCode> = outcome.records.iter().map(|it| it.result.as_ref().unwrap_err().code).collect();
    assert!(codes.iter().all(|code| matches!(code, FaultCode::Operations | FaultCode::Deadline)));
}

#[test]
fn a_start_function_that_loops_is_refused_when_it_is_loaded() {
    let component = classifying("(i32.const 1024)", "(func $loop (loop $on (br $on))) (start $loop)");
    let said = refused(source(component, &[]));
    assert!(said.contains("when it was started") && said.contains("a loop that never ends"), "{said}");
}

#[test]
fn ten_megabytes_of_reasons() {
    let code = "x".repeat(1_000);
    let codes = vec![Some(code.as_str()); 40];
    let wishes = vec![Some(0); 40];
    let reasons: &[(&str, Data<'_>)] = &[("wish", Data::Integers(&wishes)), ("code", Data::Texts(&codes))];
    let classes: &[(&str, Data<'_>)] = &[
        ("record", Data::Integers(&[Some(0)])),
        ("dimension", Data::Texts(&[Some("grade")])),
        ("class", Data::Texts(&[Some("A")])),
    ];
    let long = rule(source(answering(&[("classes", 1, classes), ("reasons", 40, reasons)], &[]), &[]));
    let outcome = classify(&*long, &frame(2));
    assert!(outcome.records[0].result.as_ref().unwrap_err().message.contains("1000 characters; 64 are allowed"));
    assert!(outcome.records[1].result.is_ok());

    let codes = vec![Some("CODE"); 40];
    let reasons: &[(&str, Data<'_>)] = &[("wish", Data::Integers(&wishes)), ("code", Data::Texts(&codes))];
    let many = rule(source(answering(&[("classes", 1, classes), ("reasons", 40, reasons)], &[]), &[]));
    let fault = classify(&*many, &frame(2)).records.remove(0).result.unwrap_err();
    assert!(fault.code == FaultCode::Output && fault.to_string().contains("`limits.reasons`"), "{fault}");

    // Ten megabytes of one text: the answer is longer than what calls of the host may carry.
    let body = "(drop (memory.grow (i32.const 200)))
        (i32.store (i32.const 3004) (i32.const 3072)) (i32.store (i32.const 3008) (i32.const 1))
        (i32.store (i32.const 3072) (i32.const 8192)) (i32.store (i32.const 3076) (i32.const 10000000))
        (i32.const 3000)";
    let huge = rule(source(classifying(body, ""), &[]));
    let fault = classify(&*huge, &frame(1)).records.remove(0).result.unwrap_err();
    assert!(fault.code == FaultCode::Output && fault.to_string().contains("host_call_bytes"), "{fault}");
}

#[test]
fn imports_and_exports_that_no_host_has() {
    let spy = foreign(
        "package acme:spy@1.0.0; interface net { send: func(); } world spy { import net; export run: func(); }",
        "spy",
        "(module (import \"acme:spy/net@1.0.0\" \"send\" (func)) (func (export \"run\")))",
    );
    let said = refused(source(spy, &[]));
    assert!(said.contains("`acme:spy/net@1.0.0`") && said.contains("import nothing but"), "{said}");

    let later = foreign(
        "package tierhook:hooks@0.9.0; interface classify { classify: func(); } world later { export classify; }",
        "later",
        "(module (func (export \"tierhook:hooks/classify@0.9.0#classify\")))",
    );
    let said = refused(source(later, &[]));
    assert!(said.contains("classify@0.9.0") && said.contains("tierhook:hooks@0.1.0"), "{said}");

    // The right name with another type: the number of arguments and of results is wrong.
    let wrong = foreign(
        "package tierhook:hooks@0.1.0; interface classify { classify: func(n: u32) -> u32; } world wrong { export classify; }",
        "wrong",
        "(module (func (export \"tierhook:hooks/classify@0.1.0#classify\") (param i32) (result i32) (local.get 0)))",
    );
    let said = refused(source(wrong, &[]));
    assert!(said.contains("does not fit the contract"), "{said}");
}

#[test]
fn bytes_that_are_no_component() {
    let good = classifying("(i32.const 1024)", "");
    let mut state = 7_u64;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    for _ in 0..200 {
        let cut = random() % good.len();
        let said = refused(source(good[..cut].to_vec(), &[]));
        assert!(["no WebAssembly", "damaged", "no hook"].iter().any(|part| said.contains(part)), "{cut}: {said}");
        // A flipped bit may leave a component as good as before; it must never do harm.
        let mut flipped = good.clone();
        flipped[random() % good.len()] ^= 1 << (random() % 8);
        if let Ok(compiled) = host().compile(source(flipped, &[]), &catalogue(), &dimensions()) {
            compiled.rule.call(Hook::Classify, &frame(4), &context());
        }
    }
}

#[test]
fn one_that_is_larger_than_allowed() {
    let big = format!("(data (i32.const 8192) \"{}\")", "a".repeat(100));
    let component = classifying("(i32.const 1024)", &big);
    let mut lowered = source(component, &[]);
    let mut limits = tierhook_hooks::Limits::default();
    limits.plugin.component_bytes = 1_000;
    lowered.manifest.limits = Some(limits);
    let said = refused(lowered);
    assert!(said.contains("1000 are allowed") && said.contains("heavy = true"), "{said}");
}

#[test]
fn a_compile_bomb() {
    let bomb = compile_bomb();
    let component = component_of("classifies", &module("classify", "(i32.const 1024)", &bomb));
    let mut hasty = source(component, &[]);
    let mut limits = tierhook_hooks::Limits::default();
    limits.plugin.compile_ms = 1;
    hasty.manifest.limits = Some(limits);
    let host = host();
    for _ in 0..2 {
        let faults = host.compile(hasty.clone(), &catalogue(), &dimensions()).unwrap_err();
        let said = faults[0].to_string();
        assert!(said.contains("compiling it took longer than 1 ms") && said.contains("compile_ms"), "{said}");
    }
    // The host goes on.
    assert!(host.compile(source(classifying("(i32.const 1024)", ""), &[]), &catalogue(), &dimensions()).is_ok());
}
