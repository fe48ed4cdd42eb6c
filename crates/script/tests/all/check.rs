//! What is wrong with a script is said before it runs: with file, line, column, source line and what to do.

use tierhook_hooks::{FaultCode, Hook, ParameterValue, Segments};

use tierhook_script::{ScriptSource, ValuesFile};

use super::support::{compile, faults, host, one, parameters, show, source};

/// Compiles and expects one fault, shown with its place.
fn check(text: &str, expected: &str) {
    check_with(text, None, expected);
}

fn check_with(text: &str, manifest: Option<&str>, expected: &str) {
    assert_eq!(show(&faults(text, manifest)).trim_end(), expected);
}

#[test]
fn a_syntax_error_has_its_place_and_line() {
    let found = faults("fn classify(customer, ctx) {\n    let x = ;\n}", None);
    let place = found[0].place.clone().unwrap();
    assert_eq!((place.line, place.column, place.source.as_str()), (2, 13, "    let x = ;"));
    assert_eq!(found[0].code, FaultCode::Syntax);
    check(
        "fn classify(customer, ctx) {\n    let x = 1\n    let y = 2;\n}",
        "syntax: scripts/rule.rhai:3:5: a `;` is missing; look at the end of the statement before this place",
    );
    check(
        "fn classify(customer, ctx) { let total = 1; totl }",
        "syntax: scripts/rule.rhai:1:45: there is no variable `totl`; a function sees its parameters and its own variables only",
    );
    check(
        "let x = 1;\nfn classify(customer, ctx) { }",
        "syntax: scripts/rule.rhai:1:1: a rule consists of functions; this statement would never run; \
         move it into a function, or make its value a parameter in the manifest",
    );
}

#[test]
fn a_misspelt_field_gets_a_suggestion() {
    check(
        "fn classify(customer, ctx) {\n    if customer.tenure_dys < 3 { return class(\"grade\", \"new\"); }\n}",
        "unknown-field: scripts/rule.rhai:2:17: there is no field `tenure_dys`; did you mean `tenure_days`?",
    );
    check(
        "fn classify(customer, ctx) { customer.standing.grad.or(\"A\"); }",
        "unknown-field: scripts/rule.rhai:1:48: there is no field `standing.grad`; did you mean `standing.grade`?",
    );
    check(
        "fn classify(customer, ctx) { customer[\"tenure_dayz\"]; }",
        "unknown-field: scripts/rule.rhai:1:39: there is no field `tenure_dayz`; did you mean `tenure_days`?",
    );
    check(
        "fn helper(customer) { customer.nothing_like_it }\nfn classify(customer, ctx) { helper(customer); }",
        "unknown-field: scripts/rule.rhai:1:32: there is no field `nothing_like_it`; `tierhook fields` lists all fields",
    );
    // Behind a switch, whose source is compiled with a guard, places still fit.
    check(
        "fn classify(customer, ctx) { switch customer.region { \"a\" => customer.regon, _ => 1 } }",
        "unknown-field: scripts/rule.rhai:1:71: there is no field `regon`; did you mean `region`?",
    );
}

#[test]
fn a_misspelt_function_gets_a_suggestion() {
    check(
        "fn classify(customer, ctx) { clas(\"grade\", \"A\") }",
        "unknown-function: scripts/rule.rhai:1:30: there is no function `clas`; did you mean `class`?",
    );
    check(
        "fn classify(customer, ctx) { class(\"grade\", \"A\").becuase(\"X\") }",
        "unknown-function: scripts/rule.rhai:1:50: there is no function `becuase`; did you mean `because`?",
    );
    check(
        "fn half(x) { x / 2 }\nfn classify(customer, ctx) { halve(4); hal(2); }",
        "unknown-function: scripts/rule.rhai:2:30: there is no function `halve`; did you mean `half`?\n\
         unknown-function: scripts/rule.rhai:2:40: there is no function `hal`; did you mean `half`?",
    );
    check(
        "fn classify(customer, ctx) { scaled(1, 2); }",
        "unknown-function: scripts/rule.rhai:1:30: `scaled` takes 3 arguments, not 2 arguments; add or remove arguments",
    );
}

#[test]
fn a_script_needs_a_hook_with_two_parameters() {
    check(
        "fn clasify(customer, ctx) { }",
        "unknown-function: scripts/rule.rhai:1:1: `clasify` is no hook and nobody calls it; did you mean `classify`?",
    );
    check(
        "fn half(x) { x / 2 }\nfn classify(customer) { }",
        "unknown-function: scripts/rule.rhai:2:1: hook `classify` has 1 parameters; a hook has two: `fn classify(customer, ctx)`",
    );
    check(
        "fn helper() { }",
        "unknown-function: the script has no hook; define at least one of `classify`, `churn_warning`, `follow_up` \
         with two parameters",
    );
    check(
        "fn follow_ups(customer, ctx) { }\nfn classify(customer, ctx) { }",
        "unknown-function: scripts/rule.rhai:1:1: `follow_ups` is no hook and nobody calls it; did you mean `follow_up`?",
    );
    let rule = compile("fn classified(a, b) { a + b }\nfn classify(customer, ctx) { classified(1, 2); }", None);
    assert_eq!(rule.meta().hooks, [Hook::Classify]);
}

#[test]
fn unknown_dimensions_and_classes_get_a_suggestion() {
    check(
        "fn classify(customer, ctx) { class(\"grad\", \"A\") }",
        "bad-wish: scripts/rule.rhai:1:30: there is no dimension `grad`; did you mean `grade`?",
    );
    check(
        "fn classify(customer, ctx) { class(\"grade\", \"nwe\") }",
        "bad-wish: scripts/rule.rhai:1:30: dimension `grade` has no class `nwe`; did you mean `new`?",
    );
    check(
        "fn classify(customer, ctx) { score(\"grade\").group(\"g\", 1, 1).band(\"Z\", 0.5) }",
        "bad-wish: scripts/rule.rhai:1:62: dimension `grade` has no class `Z`; the classes in dimensions.toml are: A, B, C, new",
    );
    check(
        "fn classify(customer, ctx) { let d = \"grade\"; class(d, \"A\") }",
        "bad-wish: scripts/rule.rhai:1:47: the dimension is computed; \
         list the dimensions that may be meant in the manifest's `dimensions`",
    );
    check_with(
        "fn classify(customer, ctx) { }",
        Some("dimensions = [\"grades\"]"),
        "bad-wish: scripts/rule.toml:1:15: there is no dimension `grades` (in the manifest's `dimensions`); did you mean `grade`?",
    );
}

#[test]
fn parameters_and_the_context_are_checked() {
    check_with(
        "fn classify(customer, ctx) { ctx.params.a_form; }",
        Some("parameters = { a_from = 1 }"),
        "unknown-field: scripts/rule.rhai:1:41: there is no parameter `a_form`; did you mean `a_from`?",
    );
    check(
        "fn classify(customer, ctx) { ctx.today; }",
        "unknown-field: scripts/rule.rhai:1:34: the context has no `today`; it has day, params, currency, zone",
    );
    check_with(
        "fn classify(customer, ctx) { }",
        Some("order = 1\nordr = 3\n"),
        "failed: scripts/rule.toml:2:1: unknown field `ordr`, expected one of `description`, `order`, `dimensions`, \
         `reads`, `segments`, `parameters`, `checks`, `texts`, `follow_ups`, `causes`, `outcomes`, `limits`",
    );
    check_with(
        "fn classify(customer, ctx) { }",
        Some("[parameters]\nx = { value = 2.0, max = 1 }"),
        "failed: scripts/rule.toml:2:1: parameter `x` is 2, but has to lie at 1 or below",
    );
}

#[test]
fn a_parameter_is_no_date_and_no_table() {
    let told = |value: &str| {
        show(&faults("fn classify(customer, ctx) { }", Some(&format!("[parameters]\nfrom = 1\nx = {value}\n"))))
    };
    let date = "failed: scripts/rule.toml:3:5: a date cannot be the value of a parameter; \
                write it as a text in quotes, and let the rule make a day of it\n";
    for value in ["2026-01-01", "{ value = 2026-01-01T08:30:00Z }", "[\"2026-01-01\", 2026-01-01]"] {
        assert_eq!(told(value), date, "{value}");
    }
    assert_eq!(
        told("{ A = 30, B = 90 }"),
        "failed: scripts/rule.toml:3:1: parameter `x` is a table without a `value`; \
         write its values in `value = { ... }`, or make each of them a parameter of its own\n"
    );
    let mut set = source("fn classify(customer, ctx) { }", Some("parameters = { x = [] }"));
    let date =
        ParameterValue::Table([("$__toml_private_datetime".into(), ParameterValue::Text("2026-01-01".into()))].into());
    set.parameters = parameters(&[("x", ParameterValue::List(vec![date]))]);
    let told = show(&host().compile(set).unwrap_err());
    assert!(told.contains("a date is set for parameter `x` of scripts/rule.rhai"), "{told}");
}

/// What an operator sets was told of `rules.toml` as a whole, whatever rules and values stand there.
#[test]
fn what_is_wrong_with_an_operators_value_is_told_where_it_stands() {
    let manifest = "segments = [\"value\"]\n[parameters]\nfrom = { value = 0.5, max = 1 }\nupto = 2\n\
                    best = { value = [\"A\"], names = \"class.grade\" }\n[[checks]]\nthat = \"from < upto\"\n";
    let told = |line: &str, segment: &str| {
        let text =
            format!("[rules.other.parameters]\n{line}\n[rules.rule]\n{segment}\n[rules.rule.parameters]\n{line}\n");
        let file: toml::Table = toml::from_str(&text).unwrap();
        let mut set = source("fn classify(customer, ctx) { }", Some(manifest));
        let rule = &file["rules"]["rule"];
        set.parameters = rule["parameters"].clone().try_into().unwrap();
        set.segments = rule.get("segments").map(|values| Segments {
            dimension: rule["segment_by"].as_str().unwrap().to_owned(),
            values: values.clone().try_into().unwrap(),
        });
        let table = ["rules", "rule"].map(str::to_owned).to_vec();
        set.values = Some(ValuesFile { file: "rules.toml".into(), text, table });
        show(&host().compile(set).unwrap_err())
    };
    for (line, expected) in [
        ("from = 2", "rules.toml:6:1: parameter `from` of scripts/rule.rhai is 2, but has to lie at 1 or below"),
        ("form = 2", "rules.toml:6:1: a value is set for `form`, which is no parameter of scripts/rule.rhai"),
        ("from = \"x\"", "rules.toml:6:1: the value set for parameter `from` of scripts/rule.rhai is a text"),
        ("best = [\"Z\"]", "rules.toml:6:1: parameter `best` of scripts/rule.rhai: dimension `grade` has no class `Z`"),
        ("upto = 0", "rules.toml:6:1: `from < upto` does not hold"),
    ] {
        let told = told(line, "");
        assert!(told.contains(expected), "{told}");
    }
    for (segment, expected) in [
        ("segment_by = \"grade\"\nsegments.A = { from = 1 }", "rules.toml:4:1: the parameters of scripts/rule.rhai"),
        (
            "segment_by = \"value\"\nsegments.hihg = { from = 1 }",
            "rules.toml:5:10: dimension `value` has no class `hihg`",
        ),
        ("segment_by = \"value\"\nsegments.high = { from = 2 }", "rules.toml:5:19: parameter `from` of"),
    ] {
        let told = told("upto = 3", segment);
        assert!(told.contains(expected), "{told}");
    }
}

#[test]
fn an_operators_values_take_the_place_of_the_manifests() {
    let text = "fn classify(customer, ctx) { throw `${ctx.params.from}`; }";
    let compiled = |value| {
        let mut source = source(text, Some("parameters = { from = { value = 0.5, min = 0, max = 1 } }"));
        source.parameters = parameters(&[("from", value)]);
        host().compile(source)
    };
    let shown = |value| one(&compiled(value).unwrap(), Hook::Classify, &[]).result.unwrap_err().message;
    assert_eq!(shown(ParameterValue::Decimal(0.25)), "the script threw `0.25`");
    assert_eq!(shown(ParameterValue::Integer(1)), "the script threw `1.0`");
    let refused = |value| show(&compiled(value).unwrap_err());
    assert!(refused(ParameterValue::Decimal(2.0)).contains("between 0 and 1"));
    assert!(refused(ParameterValue::Text("x".into())).contains("is a text, but the manifest has a number"));
    let digest = |value| compiled(value).unwrap().meta().digest.clone();
    assert_ne!(digest(ParameterValue::Decimal(0.25)), digest(ParameterValue::Decimal(0.75)));
    assert_eq!(digest(ParameterValue::Decimal(0.25)), digest(ParameterValue::Decimal(0.25)));
    let mut unknown = source(text, None);
    unknown.text = "fn classify(customer, ctx) { }".to_owned();
    unknown.parameters = parameters(&[("frm", ParameterValue::Integer(1))]);
    assert!(show(&host().compile(unknown).unwrap_err()).contains("`frm`, which is no parameter"));
}

#[test]
fn parts_of_lists_and_tables_keep_their_types() {
    let manifest = "[parameters]\ncodes = [\"a\"]\ndays = { value = { A = 30, B = 90 } }\n";
    let refused = |name: &str, value: ParameterValue| {
        let mut source = source("fn classify(customer, ctx) { }", Some(manifest));
        source.parameters = parameters(&[(name, value)]);
        host().compile(source).err().map(|faults| show(&faults)).unwrap_or_default()
    };
    let number = ParameterValue::Integer(1);
    let table = |value: ParameterValue| ParameterValue::Table([("C".to_owned(), value)].into());
    assert_eq!(refused("codes", ParameterValue::List(vec![ParameterValue::Text("b".into())])), "");
    assert_eq!(refused("days", table(number.clone())), "");
    assert!(refused("codes", ParameterValue::List(vec![number.clone()])).contains("has parts of other types"));
    assert!(refused("days", table(ParameterValue::Text("b".into()))).contains("has parts of other types"));
    assert!(refused("days", number).contains("is a whole number, but the manifest has a table"));
}

#[test]
fn what_has_to_hold_between_parameters_is_checked() {
    let text = "fn classify(customer, ctx) { }";
    let check = "[[checks]]\nthat = \"a_from > b_from\"\nen = \"A begins above B\"\nzh = \"A 高于 B\"\n";
    let manifest = |a: &str| format!("{check}[parameters]\na_from = {a}\nb_from = 0.4\n");
    check_with(
        text,
        Some(&manifest("0.3")),
        "failed: scripts/rule.toml:2:9: `a_from > b_from` does not hold: a_from = 0.3, b_from = 0.4; \
         A begins above B / A 高于 B",
    );
    let tuned = |b: f64| {
        let manifest = manifest("0.7");
        let mut source = source(text, Some(&manifest));
        source.parameters = parameters(&[("b_from", ParameterValue::Decimal(b))]);
        host().compile(source).err().map(|faults| show(&faults)).unwrap_or_default()
    };
    assert_eq!(tuned(0.6), "");
    assert!(tuned(0.8).starts_with("failed: `a_from > b_from` does not hold: a_from = 0.7, b_from = 0.8"));
    let senseless = |that: &str, expected: &str| {
        let manifest = format!("parameters = {{ a_from = 1 }}\n[[checks]]\nthat = \"{that}\"\n");
        check_with(text, Some(&manifest), expected);
    };
    senseless("a_form > 0", "syntax: scripts/rule.toml:3:9: there is no variable `a_form`; did you mean `a_from`?");
    senseless(
        "a_from + 1",
        "failed: scripts/rule.toml:3:9: the check `a_from + 1` comes to a whole number, not to yes or no; \
         write a condition, for example `a_from > b_from`",
    );
    assert!(show(&faults(text, Some("[[checks]]\nthat = \"loop { }\"\n"))).contains("syntax"));
}

#[test]
fn a_field_is_known_under_whatever_name_the_record_is_handed_on() {
    check(
        "fn twice(c) { once(c, 2) }\nfn once(times, n) { times.tenure_dys * n }\n\
         fn classify(customer, ctx) { twice(customer) }",
        "unknown-field: scripts/rule.rhai:2:27: there is no field `tenure_dys`; did you mean `tenure_days`?",
    );
    check_with(
        "fn limit(c) { c.params.a_form }\nfn classify(customer, ctx) { limit(ctx) }",
        Some("parameters = { a_from = 1 }"),
        "unknown-field: scripts/rule.rhai:1:24: there is no parameter `a_form`; did you mean `a_from`?",
    );
    // What is not always the record is not held to its fields.
    compile("fn year(x) { x.year }\nfn classify(customer, ctx) { year(ctx.day); year(customer); }", None);
    compile("fn size(x) { x.len }\nfn classify(customer, ctx) { size(customer); [1].map(Fn(\"size\")); }", None);
}

#[test]
fn a_pointer_names_a_function_that_is_there() {
    check(
        "fn half(x) { x / 2 }\nfn classify(customer, ctx) { [1].map(Fn(\"halve\")) }",
        "unknown-function: scripts/rule.rhai:2:41: there is no function `halve`; did you mean `half`?",
    );
    check(
        "fn classify(customer, ctx) { Fn(\"sleep\").call(5) }",
        "unknown-function: scripts/rule.rhai:1:33: `sleep` is not available; \
         a rule cannot wait; it is called again when something changes",
    );
    compile("fn half(x) { x / 2 }\nfn classify(customer, ctx) { [1].map(Fn(\"half\")); [1].map(Fn(\"abs\")); }", None);
}

#[test]
fn comparisons_that_could_never_hold_are_refused() {
    check(
        "fn classify(customer, ctx) { if customer.region > 5 { } }",
        "failed: scripts/rule.rhai:1:49: `region` is of type text and cannot be compared with a number; \
         compare it with a value of its own type",
    );
    check(
        "fn classify(customer, ctx) { if \"2026-01-01\" < customer.last_order_day { } }",
        "failed: scripts/rule.rhai:1:46: `last_order_day` is of type day and cannot be compared with a text; \
         turn a text into a day with `day(\"2026-03-09\")`",
    );
    compile("fn classify(customer, ctx) { if customer.region == \"上海\" && customer.tenure_days > 1.5 { } }", None);
    compile("fn classify(customer, ctx) { if customer.region.len() > 5 || customer.measure.assets > 3 { } }", None);
}

#[test]
fn reads_are_found_for_each_hook() {
    let rule = compile(
        "fn spent(c) { c.net_revenue_365d + c.measure.assets }\n\
         fn classify(customer, ctx) { let before = customer.standing; if before.grade == \"A\" { spent(customer); } }\n\
         fn follow_up(who, ctx) { [1].map(|x| x + who.tenure_days + ctx.params.orders_total); who.class.grade == \"A\"; }\n\
         fn churn_warning(customer, ctx) { let f = Fn(\"spent\"); f.call(customer); customer[\"last_order_day\"]; }",
        Some("parameters = { orders_total = 1 }"),
    );
    let reads = |hook| rule.meta().reads(hook).join(" ");
    assert_eq!(reads(Hook::Classify), "measure.assets net_revenue_365d standing.grade");
    assert_eq!(reads(Hook::FollowUp), "class.grade tenure_days");
    assert_eq!(reads(Hook::ChurnWarning), "last_order_day measure.assets net_revenue_365d");
    assert_eq!(rule.meta().dimensions, [""; 0]);
}

#[test]
fn a_computed_name_needs_a_declaration() {
    let text = "fn classify(customer, ctx) { let name = \"tenure_\" + \"days\"; throw `${customer[name]}`; }";
    check(
        text,
        "unknown-field: scripts/rule.rhai:1:79: a field is read under a computed name; \
         list the fields that may be meant in the manifest's `reads`",
    );
    let run = |manifest| {
        let rule = compile(text, Some(manifest));
        one(&rule, Hook::Classify, &[("tenure_days", tierhook_model::Value::Integer(7))]).result.unwrap_err()
    };
    assert_eq!(run("reads = [\"tenure_days\"]").message, "the script threw `7`");
    let fault = run("reads = [\"region\"]");
    assert_eq!(fault.code, FaultCode::UnknownField);
    assert!(fault.to_string().contains("add it to `reads` in the manifest"), "{fault}");
    check_with(
        "fn classify(customer, ctx) { }",
        Some("reads = [\"tenure_dayz\"]"),
        "unknown-field: scripts/rule.toml:1:10: there is no field `tenure_dayz` (in the manifest's `reads`); did you mean `tenure_days`?",
    );
}

#[test]
fn dimensions_are_found_in_all_functions_that_classify_calls() {
    let rule = compile(
        "fn points(customer) { score(\"value\").group(\"g\", 1, 1) }\n\
         fn other() { class(\"grade\", \"A\") }\n\
         fn classify(customer, ctx) { points(customer) }",
        None,
    );
    assert_eq!(rule.meta().dimensions, ["value"]);
    assert_eq!(rule.meta().manifest.dimensions.as_deref(), Some(&["value".to_owned()][..]));
}

#[test]
fn several_faults_come_together_in_order() {
    let found = faults(
        "fn classify(customer, ctx) {\n    customer.zzzzzzzzz;\n    class(\"grad\", \"A\");\n    customer.tenure_dys;\n}",
        None,
    );
    let lines: Vec<usize> = found.iter().map(|fault| fault.place.as_ref().unwrap().line).collect();
    assert_eq!(lines, [2, 3, 4]);
}

#[test]
fn definitions_name_every_field_and_function() {
    let text = tierhook_script::definitions(&super::support::catalogue(), &super::support::dimensions());
    for field in super::support::catalogue().iter() {
        assert!(text.contains(&format!("let customer.{}: ", field.name)), "{}", field.name);
    }
    for name in text.lines().filter_map(|line| line.strip_prefix("fn ")).filter_map(|line| line.split('(').next()) {
        let call = format!("fn classify(customer, ctx) {{ let x = 1; x.{name}(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11); }}");
        let found = show(&faults(&call, None));
        assert!(found.contains(&format!("`{name}` takes")), "{found}");
    }
}

#[test]
fn a_class_that_there_is_none_of_is_found_where_it_is_compared() {
    let expected = |column: usize, class: &str, near: &str| {
        format!("bad-wish: scripts/rule.rhai:1:{column}: dimension `grade` has no class `{class}`; {near}")
    };
    let near = "did you mean `new`?";
    check("fn follow_up(customer, ctx) { if customer.class.grade == \"New\" { } }", &expected(55, "New", near));
    check("fn follow_up(c, ctx) { if \"New\" != c.standing.grade.or(\"A\") { } }", &expected(33, "New", near));
    check(
        "fn follow_up(c, ctx) { let grade = c.class.grade.or(\"A\"); if grade == \"New\" { } }",
        &expected(68, "New", near),
    );
    // Of a list that is written out, and of the cases of a switch; a default of one's own may be a case.
    check("fn follow_up(c, ctx) { if c.class.grade in [\"A\", \"New\"] { } }", &expected(50, "New", near));
    check("fn follow_up(c, ctx) { if [\"New\"].contains(c.class.grade.or(\"\")) { } }", &expected(28, "New", near));
    check(
        "fn follow_up(c, ctx) { let g = c.standing.grade; switch g { \"A\" | \"New\" => 1, _ => 2 } }",
        &expected(67, "New", near),
    );
    compile("fn follow_up(c, ctx) { switch c.class.grade.or(\"none\") { \"A\" => 1, \"none\" => 2 } }", None);
    compile("fn follow_up(c, ctx) { switch c.region.or(\"\") { \"New\" => 1, _ => c.class.grade == \"A\" } }", None);
    // `unrated` is a class of every dimension, and a variable that is written to may hold anything.
    compile("fn follow_up(c, ctx) { let g = c.class.grade.or(\"unrated\"); if g == \"unrated\" { } }", None);
    compile("fn follow_up(c, ctx) { let g = c.class.grade; g = \"none\"; if g == \"none\" { } }", None);
}

#[test]
fn parameters_name_what_there_is() {
    let script = "fn follow_up(customer, ctx) { customer.class[ctx.params.by] }";
    let manifest = |by: &str, from: &str| {
        format!(
            "reads = [\"class.grade\"]\n[parameters]\nby = {{ value = \"{by}\", names = \"dimension\" }}\n\
             of = {{ value = [\"A\", \"{from}\"], names = \"class.{{by}}\" }}\n\
             fixed = {{ value = \"high\", names = \"class.value\" }}"
        )
    };
    compile(script, Some(&manifest("grade", "B")));
    check_with(
        script,
        Some(&manifest("grade", "b")),
        "bad-wish: scripts/rule.toml:4:1: parameter `of`: dimension `grade` has no class `b`; did you mean `B`?",
    );
    check_with(
        script,
        Some(&manifest("value", "low")),
        "bad-wish: scripts/rule.toml:4:1: parameter `of`: dimension `value` has no class `A`; \
         the classes in dimensions.toml are: high, low",
    );
    let set = parameters(&[("by", ParameterValue::Text("grad".into()))]);
    let text = manifest("grade", "B");
    let tuned = ScriptSource { parameters: set, ..source(script, Some(&text)) };
    let faults = host().compile(tuned).unwrap_err();
    let told = "bad-wish: parameter `by` of scripts/rule.rhai: there is no dimension `grad`; did you mean `grade`?";
    assert!(show(&faults).contains(told), "{}", show(&faults));
    check_with(
        script,
        Some("[parameters]\nn = { value = 1, names = \"dimension\" }\nby = \"grade\""),
        "failed: scripts/rule.toml:2:1: parameter `n`: it names something, so its value is a text or a list of texts",
    );
}

#[test]
fn a_suggestion_is_measured_by_a_number_that_there_is() {
    let wrong = |parameter: &str| {
        let manifest = format!("[parameters]\nx = {{ {parameter} }}\n");
        show(&faults("fn classify(customer, ctx) { }", Some(&manifest))).trim_end().to_owned()
    };
    assert_eq!(
        wrong("value = 5, suggest = { field = \"orders_356d\", top = 0.1 }"),
        "unknown-field: scripts/rule.toml:2:18: `suggest` of parameter `x`: there is no field `orders_356d`; did you mean `orders_365d`?"
    );
    assert!(wrong("value = 5, suggest = { field = \"top_category\", top = 0.1 }").contains("is no number"));
    assert!(wrong("value = 5, suggest = { score = \"grad\", top = 0.1 }").contains("did you mean `grade`?"));
    assert!(wrong("value = \"5\", suggest = { score = \"grade\", top = 0.1 }").contains("its value is no number"));
    compile(
        "fn classify(customer, ctx) { }",
        Some("[parameters]\nx = { value = 5, suggest = { score = \"grade\", top = 0.1 } }"),
    );
}
