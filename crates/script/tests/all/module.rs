//! Modules: what several rules share is checked, placed and counted like what is their own.

use tierhook_hooks::{Fault, FaultCode, Hook, Limits, Rule};
use tierhook_model::Value;

use super::support::{Fields, host, host_with, one, show, with_modules};

const TIERS: &str = "fn best(c) { if c.tenure_days > lowest() { \"A\" } else { \"B\" } }\nfn lowest() { 365 }\n";
const RULE: &str = "import \"lib/tiers\" as tiers;\n\
                    fn classify(customer, ctx) { class(\"grade\", tiers::best(customer)) }\n";

fn compile(text: &str, modules: &[(&str, &str)]) -> std::sync::Arc<dyn Rule> {
    host().compile(with_modules(text, modules)).unwrap_or_else(|faults| panic!("{}", show(&faults)))
}

fn check(text: &str, modules: &[(&str, &str)], expected: &str) {
    let faults = host().compile(with_modules(text, modules)).expect_err("the script should be refused");
    assert_eq!(show(&faults).trim_end(), expected);
}

/// What a rule throws for a record.
fn fault(text: &str, modules: &[(&str, &str)], record: Fields) -> Fault {
    one(&compile(text, modules), Hook::Classify, record).result.expect_err("the script should fault")
}

/// What a rule throws, where a module comes to a text.
fn thrown(expression: &str, modules: &[(&str, &str)]) -> String {
    let text = format!(
        "import \"lib/m\" as m;\nfn pick() {{ \"rule\" }}\nfn classify(customer, ctx) {{ throw {expression}; }}"
    );
    fault(&text, modules, &[]).message
}

#[test]
fn a_rule_calls_and_reads_through_its_module() {
    let rule = compile(RULE, &[("lib/tiers", TIERS), ("lib/other", "this is no script")]);
    assert_eq!(rule.meta().reads(Hook::Classify), ["tenure_days"]);
    assert_eq!(rule.meta().dimensions, ["grade"]);
    let class = |days| {
        let wishes = one(&rule, Hook::Classify, &[("tenure_days", Value::Integer(days))]).result.unwrap();
        format!("{:?}", wishes.classes[0].verdict)
    };
    assert_eq!((class(400), class(4)), ("Class(\"A\")".to_owned(), "Class(\"B\")".to_owned()));
}

#[test]
fn classes_that_a_module_gives_are_the_rules() {
    let module = "fn decide(c) { class(\"grade\", \"A\") }\nfn unused() { class(\"value\", \"high\") }";
    let rule = compile("import \"_m\" as m;\nfn classify(customer, ctx) { m::decide(customer) }", &[("_m", module)]);
    assert_eq!(rule.meta().dimensions, ["grade"]);
    assert!(one(&rule, Hook::Classify, &[]).result.is_ok());
}

#[test]
fn the_digest_has_the_modules_that_are_used_and_no_others() {
    let digest = |modules: &[(&str, &str)]| compile(RULE, modules).meta().digest.clone();
    let before = digest(&[("lib/tiers", TIERS)]);
    assert_eq!(digest(&[("lib/tiers", TIERS), ("lib/other", "fn x() { 1 }")]), before);
    assert_ne!(digest(&[("lib/tiers", &TIERS.replace("365", "300"))]), before);
    let through = "import \"lib/days\" as days;\nfn best(c) { days::year() }\n";
    let nested = |days: &str| digest(&[("lib/tiers", through), ("lib/days", days)]);
    assert_ne!(nested("fn year() { \"A\" }"), nested("fn year() { \"B\" }"));
}

#[test]
fn what_is_wrong_in_a_module_is_told_there() {
    check(
        RULE,
        &[("lib/tiers", &TIERS.replace("tenure_days", "tenure_dys"))],
        "unknown-field: scripts/lib/tiers.rhai:1:19: there is no field `tenure_dys`; did you mean `tenure_days`?",
    );
    check(
        RULE,
        &[("lib/tiers", &TIERS.replace("fn lowest()", "fn lowst()"))],
        "unknown-function: scripts/lib/tiers.rhai:1:33: there is no function `lowest`; did you mean `lowst`?",
    );
    check(
        RULE,
        &[("lib/tiers", "fn best(c) {\n    let x = ;\n}")],
        "syntax: scripts/lib/tiers.rhai:2:13: unexpected ';'",
    );
    check(
        RULE,
        &[("lib/tiers", "const LOWEST = 3;\nfn best(c) { 3 }")],
        "syntax: scripts/lib/tiers.rhai:1:1: a module consists of functions; this statement would never run; \
         make it a function that returns the value",
    );
    check(
        RULE,
        &[("lib/tiers", "fn best(c) { class(\"grade\", \"Z\"); sleep(5); \"A\" }")],
        "bad-wish: scripts/lib/tiers.rhai:1:14: dimension `grade` has no class `Z`; the classes in dimensions.toml are: A, B, C, new\n\
         unknown-function: scripts/lib/tiers.rhai:1:35: `sleep` is not available; \
         a rule cannot wait; it is called again when something changes",
    );
}

#[test]
fn calls_of_a_module_are_held_against_what_it_offers() {
    let rule = |call: &str| format!("import \"lib/tiers\" as tiers;\nfn classify(customer, ctx) {{ {call}; }}");
    let tiers = &[("lib/tiers", "fn best(c) { secret(c) }\nprivate fn secret(c) { c }")][..];
    let refused = |call: &str, expected: &str| {
        check(&rule(call), tiers, &format!("unknown-function: scripts/rule.rhai:2:{expected}"));
    };
    refused(
        "tiers::bst(customer)",
        "37: there is no function `bst` in scripts/lib/tiers.rhai; did you mean `tiers::best`?",
    );
    refused("tiers::best()", "37: `tiers::best` takes 1 arguments, not 0 arguments; add or remove arguments");
    refused("tiers::secret(1)", "37: `tiers::secret` is private to scripts/lib/tiers.rhai; remove `private` there");
    refused("best(customer)", "30: there is no function `best`; did you mean `tiers::best`?");
    refused(
        "tiers::LOWEST",
        "37: `tiers::LOWEST` is no function; a module offers functions only; let one return the value",
    );
    refused(
        "tier::best(1)",
        "30: there is no module `tier` here; import it above the functions: `import \"lib/tier\" as tier;`",
    );
}

#[test]
fn a_module_imports_others_but_not_in_a_circle() {
    let modules = [
        ("lib/a", "import \"lib/b\" as b;\nimport \"_c\" as c;\nfn name() { b::name() + c::name() }"),
        ("lib/b", "import \"_c\" as other;\nfn name() { \"b\" + other::name() }"),
        ("_c", "fn name() { \"c\" }"),
    ];
    let rule = "import \"lib/a\" as c;\nfn classify(customer, ctx) { throw c::name() + c::name(); }";
    assert_eq!(fault(rule, &modules, &[]).message, "the script threw `bccbcc`");
    // A module's own modules are its own affair.
    check(
        "import \"lib/a\" as a;\nfn classify(customer, ctx) { a::b::name() }",
        &modules,
        "unknown-function: scripts/rule.rhai:2:36: there is no module `a::b` here; a file sees the modules that it imports itself",
    );
    check(
        "import \"lib/a\" as a;\nfn classify(customer, ctx) { a::name() }",
        &[("lib/a", modules[0].1), ("lib/b", "import \"lib/a\" as a;\nfn name() { a::name() }"), modules[2]],
        "failed: scripts/lib/b.rhai:1:8: modules import each other in a circle: \
         scripts/lib/a.rhai -> scripts/lib/b.rhai -> scripts/lib/a.rhai; move what both need into a third module",
    );
}

#[test]
fn what_cannot_be_imported_is_refused_by_name() {
    let import = |path: &str| format!("import \"{path}\" as m;\nfn classify(customer, ctx) {{ m::best(1) }}");
    for path in ["../secrets", "/etc/passwd", "lib/../../x", "abc_grade", "lib/tiers.rhai", "C:\\\\x"] {
        let modules = [("lib/tiers", TIERS), ("abc_grade", TIERS), ("../secrets", TIERS)];
        let faults = host().compile(with_modules(&import(path), &modules)).unwrap_err();
        assert!(
            faults[0].message.contains(&format!("`{}` cannot be imported", path.replace("\\\\", "\\"))),
            "{}",
            show(&faults)
        );
        let place = faults[0].place.as_ref().unwrap();
        assert_eq!((place.file.as_str(), place.line, place.column), ("scripts/rule.rhai", 1, 8));
    }
    check(
        &import("lib/tirs"),
        &[("lib/tiers", TIERS)],
        "failed: scripts/rule.rhai:1:8: there is no module `lib/tirs`; it would be the file scripts/lib/tirs.rhai; \
         did you mean scripts/lib/tiers.rhai?",
    );
    let refused = |head: &str, expected: &str| {
        check(&format!("{head}\nfn classify(customer, ctx) {{ }}"), &[("lib/tiers", TIERS), ("_m", TIERS)], expected);
    };
    refused(
        "import \"lib/\" + \"tiers\" as m;",
        "syntax: scripts/rule.rhai:1:15: the path of an import is computed; write the path out, as a plain text in quotes",
    );
    refused(
        "import \"lib/tiers\";",
        "syntax: scripts/rule.rhai:1:1: the module has no name here; give it one: `import \"lib/tiers\" as name;`",
    );
    refused(
        "import \"lib/tiers\" as m; import \"_m\" as m;",
        "syntax: scripts/rule.rhai:1:41: `lib/tiers` and `_m` are both called `m`; give one of them another name",
    );
}

#[test]
fn a_function_finds_those_of_its_own_file_first() {
    let module = "fn own() { pick() }\nfn pick() { \"module\" }\nfn through(f) { f.call() }\n\
                  fn all() { let list = [1, 2]; list.map(|x| x + step()).reduce(|a, b| a + b, 0) }\nfn step() { 10 }\n\
                  fn pointed() { Fn(\"pick\").call() }";
    let thrown = |expression: &str| thrown(expression, &[("lib/m", module)]);
    assert_eq!(thrown("m::own()"), "the script threw `module`");
    assert_eq!(thrown("m::own() + pick() + m::pick()"), "the script threw `modulerulemodule`");
    assert_eq!(thrown("m::through(|| \"rule's\")"), "the script threw `rule's`");
    assert_eq!(thrown("`${m::all()}`"), "the script threw `23`");
    assert_eq!(thrown("m::pointed()"), "the script threw `module`");
}

#[test]
fn a_closure_calls_nothing_that_a_module_could_take_for_its_own() {
    // The engine would call the module's `pick`, silently.
    let module = ("lib/m", "fn through(f) { f.call() }\nfn pick() { \"module\" }");
    check(
        "import \"lib/m\" as m;\nfn pick() { \"rule\" }\nfn get() { pick() }\n\
         fn classify(customer, ctx) { m::through(|| get()) }",
        &[module],
        "failed: scripts/rule.rhai:3:12: a closure uses the function `pick`, \
         and scripts/lib/m.rhai has another one of that name; give one of them another name",
    );
    check(
        "import \"lib/m\" as m;\nimport \"lib/a\" as other;\nfn classify(customer, ctx) { m::through(|| other::name()) }",
        &[
            ("lib/m", "import \"lib/b\" as other;\nfn through(f) { f.call() }"),
            ("lib/a", "fn name() { 1 }"),
            ("lib/b", "fn name() { 2 }"),
        ],
        "failed: scripts/rule.rhai:3:51: a closure uses the module `other`, \
         and scripts/lib/m.rhai has another one of that name; give one of them another name",
    );
    // Without a closure everybody calls the own one.
    let text =
        "import \"lib/m\" as m;\nfn pick() { \"rule\" }\nfn classify(customer, ctx) { throw pick() + m::pick(); }";
    assert_eq!(fault(text, &[module], &[]).message, "the script threw `rulemodule`");
}

#[test]
fn what_fails_in_a_module_is_placed_there() {
    let module = "// first\nfn outer(c) {\n    inner(c)\n}\nfn inner(c) {\n    throw \"from within\";\n}\n\
                  fn each(c) {\n    [1].map(|x| c.tenure_days + x)\n}\nfn text(c) {\n    `${c.tenure_days}`\n}\n\
                  fn chosen(c) {\n    switch c.region { \"a\" => 1, _ => 2 }\n}\n";
    let at = |call: &str| {
        let text = format!("import \"lib/m\" as m;\nfn classify(customer, ctx) {{ {call}; }}");
        let fault = fault(&text, &[("lib/m", module)], &[]);
        let place = fault.place.clone().unwrap_or_else(|| panic!("{fault}"));
        (place.file, place.line, fault.code)
    };
    let there = |line, code| ("scripts/lib/m.rhai".to_owned(), line, code);
    assert_eq!(at("m::outer(customer)"), there(6, FaultCode::Failed));
    assert_eq!(at("m::each(customer)"), there(9, FaultCode::MissingValue));
    assert_eq!(at("m::text(customer)"), there(12, FaultCode::MissingValue));
    assert_eq!(at("m::chosen(customer)"), there(15, FaultCode::MissingValue));
    assert_eq!(at("customer.tenure_days + 1"), ("scripts/rule.rhai".to_owned(), 2, FaultCode::MissingValue));
    // A function of the rule that a module calls is the rule's.
    let text = "import \"lib/m\" as m;\nfn classify(customer, ctx) {\n    m::run(|c| c.tenure_days + 1, customer)\n}";
    let place = fault(text, &[("lib/m", "\n\n\n\nfn run(f, c) { f.call(c) }")], &[]).place.unwrap();
    assert_eq!((place.file.as_str(), place.line), ("scripts/rule.rhai", 3));
}

#[test]
fn modules_have_the_limits_of_the_rule() {
    let limited = |limits: Limits, modules: &[(&str, &str)]| {
        let rule = host_with(limits).compile(with_modules(RULE, modules));
        rule.map(|rule| one(&rule, Hook::Classify, &[]).result.unwrap_err())
            .unwrap_or_else(|mut faults| faults.remove(0))
    };
    let endless = limited(Limits::default(), &[("lib/tiers", "fn best(c) { loop { } }")]);
    assert_eq!(endless.code, FaultCode::Operations, "{endless}");
    let deep = limited(Limits::default(), &[("lib/tiers", "fn best(c) { best(c) }")]);
    assert_eq!(deep.code, FaultCode::Depth, "{deep}");
    let long = limited(Limits { source_bytes: 200, ..Limits::default() }, &[("lib/tiers", &TIERS.repeat(9))]);
    assert_eq!(long.code, FaultCode::Memory, "{long}");
    assert_eq!(long.place.map(|place| place.file).as_deref(), Some("scripts/lib/tiers.rhai"));
    let many: Vec<(String, String)> = (0..20)
        .map(|n| (format!("lib/m{n}"), format!("import \"lib/m{}\" as next;\nfn best(c) {{ next::best(c) }}", n + 1)))
        .chain([("lib/tiers".to_owned(), "import \"lib/m0\" as m;\nfn best(c) { m::best(c) }".to_owned())])
        .collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let many = limited(Limits::default(), &many);
    assert_eq!(many.code, FaultCode::Depth, "{many}");
    assert!(
        many.to_string().contains("more than 16 modules") && many.to_string().contains("`limits.modules`"),
        "{many}"
    );
}

#[test]
fn nothing_is_imported_while_a_rule_runs() {
    // The parser takes it, and nothing but the check stands before it; a pointer to it does not exist.
    let text = "fn classify(customer, ctx) { if false { import \"lib/tiers\" as tiers; } }";
    check(
        text,
        &[("lib/tiers", TIERS)],
        "failed: scripts/rule.rhai:1:48: a module cannot be imported inside a function; move the import to the top of the file",
    );
}
