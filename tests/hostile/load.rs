//! Scripts that are refused before they ever run.

use std::fs;

use tierhook_server::api::{Explanation, RuleState};

use super::{Den, OTHERS, VICTIM, script};
use crate::support::Workspace;

/// What is said of a script that is refused.
struct Refusal<'a> {
    code: &'a str,
    line: Option<usize>,
    says: &'a [&'a str],
}

/// Checks that a script is refused and named from the start, and that everybody is graded without it.
fn refused(name: &str, code: &str, line: usize, says: &[&str]) {
    refused_as(&script(name), &Refusal { code, line: Some(line), says }, |_| {});
}

fn refused_as(text: &str, refusal: &Refusal, prepare: impl FnOnce(&Workspace)) -> Den {
    let den = Den::prepared(text, |settings| settings.limits.wall_ms = 600_000, prepare);
    check(&den, refusal, RuleState::Refused);
    den.orders();
    den.assert_graded();
    check(&den, refusal, RuleState::Refused);
    let explained = den.explain(VICTIM);
    assert!(explained.rules.iter().all(|trace| trace.rule == "honest"), "{explained:#?}");
    check_explained(&explained, refusal, None);
    assert_eq!(den.status().faulted, 0);

    // The same where a good version stands before it: that one goes on, and an explanation names it.
    let mut den = den;
    den.restart(|workspace| workspace.write("scripts/hostile.rhai", "fn classify(c, ctx) { class(\"trap\", \"in\") }"));
    assert_eq!(den.problems(), []);
    den.explain(VICTIM);
    let version = den.rule().version;
    den.restart(|workspace| workspace.write("scripts/hostile.rhai", text));
    check(&den, refusal, RuleState::LastGood);
    assert_eq!(den.rule().version, version);
    den.assert_graded();
    for id in [VICTIM, OTHERS[0], OTHERS[1]] {
        let explained = den.explain(id);
        let trace = explained.rules.iter().find(|trace| trace.rule == "hostile").expect("the good version decided");
        assert_eq!((Some(&trace.version), trace.fault.as_ref()), (version.as_ref(), None), "{id}");
        check_explained(&explained, refusal, version.as_ref());
    }
    den
}

/// Checks that an explanation names the rule that was refused, why, and which version decides instead.
fn check_explained(explained: &Explanation, refusal: &Refusal, version: Option<&String>) {
    let refused = explained.refused.iter().filter(|refused| refused.name == "hostile").collect::<Vec<_>>();
    let [refused] = refused.as_slice() else { panic!("{:#?}", explained.refused) };
    assert_eq!(refused.version.as_ref(), version);
    let [problem] = refused.problems.as_slice() else { panic!("{:#?}", refused.problems) };
    assert_eq!((problem.code.as_str(), problem.fatal), (refusal.code, true));
    assert_eq!(problem.place.as_ref().map(|place| place.line), refusal.line);
}

fn check(den: &Den, refusal: &Refusal, state: RuleState) {
    let problems = den.problems();
    let fatal: Vec<_> = problems.iter().filter(|problem| problem.fatal).collect();
    let [problem] = fatal.as_slice() else { panic!("expected one problem: {problems:#?}") };
    assert_eq!(problem.code, refusal.code, "{problem:#?}");
    assert_eq!(problem.place.as_ref().map(|place| place.line), refusal.line, "{problem:#?}");
    let said = format!("{}: {}; {}", problem.file, problem.message, problem.hint.as_deref().unwrap_or_default());
    for says in refusal.says {
        assert!(said.contains(says), "`{says}` is not in: {said}");
    }
    let rule = den.rule();
    assert_eq!((rule.state, &rule.problems), (state, &problems));
}

#[test]
fn an_import_from_above() {
    let text = script("import_above");
    let says = ["`../secrets` cannot be imported: it leads out of its folder"];
    refused_as(&text, &Refusal { code: "failed", line: Some(2), says: &says }, |workspace| {
        workspace.write("secrets.rhai", "fn class() { \"in\" }");
    });
}

#[test]
fn an_import_by_an_absolute_path() {
    let outside = tempfile::tempdir().unwrap();
    let secrets = outside.path().join("secrets");
    fs::write(secrets.with_extension("rhai"), "fn class() { \"in\" }").unwrap();
    let path = secrets.display().to_string().replace('\\', "/");
    let text = script("import_absolute").replace("ABSOLUTE", &path);
    let says = format!("`{path}` cannot be imported: it is an absolute path");
    refused_as(&text, &Refusal { code: "failed", line: Some(2), says: &[&says] }, |_| {});
}

#[cfg(unix)]
#[test]
fn an_import_through_links_that_leave_the_folder() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secrets.rhai"), "fn class() { \"in\" }").unwrap();
    let cases = [
        ("import_link", "scripts/lib/secrets.rhai: it cannot be read"),
        ("import_linked_folder", "scripts/outside: it cannot be read"),
    ];
    for (name, says) in cases {
        let says = [says, "the link leads out of the scripts folder"];
        refused_as(&script(name), &Refusal { code: "failed", line: None, says: &says }, |workspace| {
            let scripts = workspace.path().join("scripts");
            fs::create_dir(scripts.join("lib")).unwrap();
            match name {
                "import_link" => symlink(outside.path().join("secrets.rhai"), scripts.join("lib/secrets.rhai")),
                _ => symlink(outside.path(), scripts.join("outside")),
            }
            .unwrap();
        });
    }
}

#[test]
fn an_import_of_a_computed_path() {
    refused("import_computed", "syntax", 2, &["the path of an import is computed"]);
}

#[test]
fn an_import_while_it_runs() {
    refused("import_late", "failed", 3, &["a module cannot be imported inside a function"]);
}

#[test]
fn imports_in_a_circle() {
    let says = [
        "scripts/lib/turn.rhai: modules import each other in a circle",
        "scripts/lib/round.rhai -> scripts/lib/turn.rhai -> scripts/lib/round.rhai",
    ];
    refused_as(&script("import_circle"), &Refusal { code: "failed", line: Some(1), says: &says }, |workspace| {
        fs::create_dir(workspace.path().join("scripts/lib")).unwrap();
        workspace.write("scripts/lib/round.rhai", "import \"lib/turn\" as turn;\nfn class() { turn::class() }\n");
        workspace.write("scripts/lib/turn.rhai", "import \"lib/round\" as round;\nfn class() { round::class() }\n");
    });
}

#[test]
fn waiting() {
    refused("sleep", "unknown-function", 3, &["`sleep` is not available", "a rule cannot wait"]);
}

#[test]
fn reading_the_clock() {
    refused("timestamp", "unknown-function", 3, &["there is no function `timestamp`"]);
}

#[test]
fn running_a_text_as_code() {
    refused("eval", "syntax", 3, &["eval"]);
}

#[test]
fn ending_the_program() {
    refused("exit", "unknown-function", 3, &["`exit` is not available"]);
}

#[test]
fn listing_the_engine() {
    refused("listing", "unknown-function", 3, &["`get_fn_metadata_list` is not available"]);
}

#[test]
fn memory_that_nobody_would_free() {
    refused("kept_closure", "memory", 6, &["a closure that uses variables around it is kept"]);
}

#[test]
fn a_pointer_that_doubles_itself() {
    refused("doubled_pointer", "unknown-function", 4, &["`curry` is not available"]);
}

#[test]
fn a_megabyte_of_source() {
    let text = |bytes: usize| format!("{}// {}", script("large_source"), "x".repeat(bytes));
    let says = ["262144 are allowed", "`limits.source_bytes`"];
    refused_as(&text(1_000_000), &Refusal { code: "memory", line: Some(1), says: &says }, |_| {});
    // More than a file may have at all is not even read.
    let says = ["it cannot be read: it is larger than 1048576 bytes"];
    refused_as(&text(1024 * 1024), &Refusal { code: "failed", line: None, says: &says }, |_| {});
}

#[test]
fn thousands_of_functions() {
    let functions: String = (0..5000).map(|n| format!("fn f{n}() {{ {n} }}\n")).collect();
    let text = format!("{}{functions}", script("many_functions"));
    let says = ["there are more than 256 functions", "`limits.functions`"];
    // The line of the first function too many.
    let line = script("many_functions").lines().count() + 256;
    refused_as(&text, &Refusal { code: "depth", line: Some(line), says: &says }, |_| {});
}

#[test]
fn an_expression_without_end() {
    let says = ["more than 32 deep", "`limits.function_expression_depth`"];
    refused("deep_nesting", "depth", 3, &says);
}

#[test]
fn a_function_that_is_not_there() {
    refused("unknown_function", "unknown-function", 3, &["there is no function `steal`"]);
}

#[test]
fn a_wrong_number_of_arguments() {
    refused("wrong_count", "unknown-function", 3, &["`class` takes 2 arguments, not 3 arguments"]);
}

#[test]
fn a_field_that_is_not_there() {
    refused("unknown_field", "unknown-field", 3, &["there is no field `pasword`"]);
}

#[test]
fn a_class_that_is_not_there() {
    refused("never_a_class", "bad-wish", 3, &["dimension `trap` has no class `nowhere`"]);
}

#[test]
fn writing_to_a_customer() {
    refused("writes", "failed", 3, &["orders_total"]);
}

#[test]
fn something_outside_all_functions() {
    refused("statement", "syntax", 2, &["this statement would never run"]);
}
