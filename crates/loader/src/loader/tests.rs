//! What becomes of a set when files break, go, come back or are proved wrong.

use std::cell::RefCell;
use std::fs;
use std::time::Duration;

use tierhook_hooks::{ParameterValue, Ruleset};

use super::*;
use crate::{CaseFile, Sighting, UnitState, Watch, WatchSettings, Weight};

const DIMENSIONS: &str = "[[dimension]]\nid = \"grade\"\nname = { en = \"Grade\" }\n\
    [[dimension.class]]\nid = \"A\"\nname = { en = \"A\" }\n[[dimension.class]]\nid = \"B\"\nname = { en = \"B\" }\n\
    [[dimension]]\nid = \"loyalty\"\nname = { en = \"Loyalty\" }\n[[dimension.class]]\nid = \"loyal\"\nname = { en = \"L\" }\n";
const GRADE: &str = "fn classify(customer, ctx) {\n    if customer.orders_total > ctx.params.a_from { class(\"grade\", \"A\") } else { class(\"grade\", \"B\") }\n}\n";
const GRADE_MANIFEST: &str = "[parameters]\na_from = 3\n";
const LOYALTY: &str =
    "fn classify(customer, ctx) { if customer.class.grade == \"A\" { class(\"loyalty\", \"loyal\") } }\n";
const BROKEN: &str = "fn classify(customer, ctx) {\n    class(\"grade\", \"A\"\n}\n";

struct Bench {
    data: tempfile::TempDir,
    loader: Loader,
    files: BTreeMap<String, Arc<[u8]>>,
    /// What the prover says is wrong with each rule, if its script has a word in it.
    objections: Vec<(&'static str, &'static str)>,
    proofs: RefCell<Vec<Vec<String>>>,
}

/// A workspace with two rules, one of which reads what the other decides. It is active already.
fn bench() -> Bench {
    let data = tempfile::tempdir().unwrap();
    let loader = Loader::open(Path::new("nowhere"), data.path(), LoadSettings::default()).unwrap();
    let files = BTreeMap::new();
    let mut bench = Bench { data, loader, files, objections: Vec::new(), proofs: RefCell::default() };
    bench.write("scripts/dimensions.toml", DIMENSIONS);
    bench.write("scripts/abc_grade.rhai", GRADE);
    bench.write("scripts/abc_grade.toml", GRADE_MANIFEST);
    bench.write("scripts/loyalty.rhai", LOYALTY);
    let loaded = bench.activate();
    assert_eq!(loaded.problems, []);
    assert!(loaded.changed);
    bench
}

impl Bench {
    fn write(&mut self, path: &str, text: &str) {
        self.files.insert(path.to_owned(), Arc::from(text.as_bytes()));
    }

    fn remove(&mut self, path: &str) {
        assert!(self.files.remove(path).is_some());
    }

    fn load(&mut self) -> Loaded {
        let candidate = Candidate::from_files(self.files.clone());
        let prover = |ruleset: &Ruleset, cases: &[CaseFile], changed: &[String]| {
            self.proofs.borrow_mut().push(changed.to_vec());
            objections(&self.objections, ruleset, cases)
        };
        self.loader.load(&candidate, &prover)
    }

    fn activate(&mut self) -> Loaded {
        let loaded = self.load();
        self.loader.confirm(&loaded, Moment(1)).unwrap();
        loaded
    }

    fn restart(&mut self) {
        self.loader = Loader::open(Path::new("nowhere"), self.data.path(), LoadSettings::default()).unwrap();
    }
}

/// Objects to a rule when a golden case of it has a word in it.
fn objections(objections: &[(&str, &str)], ruleset: &Ruleset, cases: &[CaseFile]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (unit, word) in objections {
        let fault = Fault::new(FaultCode::Failed, "it is not as expected");
        let objected = match ruleset.hooks.rule(unit) {
            Some(rule) => {
                let file = format!("scripts/{unit}.cases.toml");
                let text =
                    cases.iter().filter(|case| case.file == file).map(|case| case.text.as_str()).collect::<String>();
                rule.meta().manifest.description.en.contains(word) || text.contains(word)
            }
            None => ruleset.dimensions.iter().any(|dimension| dimension.description.en.contains(word)),
        };
        if objected {
            problems.push(Problem::error(*unit, format!("scripts/{unit}"), fault));
        }
    }
    problems
}

fn state(loaded: &Loaded, unit: &str) -> UnitState {
    loaded.unit(unit).unwrap().state
}

fn rules(loaded: &Loaded) -> Vec<&str> {
    loaded.ruleset.hooks.rules().iter().map(|rule| rule.meta().name.as_str()).collect()
}

fn errors(loaded: &Loaded) -> Vec<String> {
    loaded.problems.iter().filter(|problem| problem.is_error()).map(ToString::to_string).collect()
}

#[test]
fn what_is_active_is_no_change_and_a_comment_in_dimensions_neither() {
    let mut bench = bench();
    assert!(!bench.load().changed);
    bench.write("scripts/dimensions.toml", &format!("# as agreed\n{DIMENSIONS}"));
    assert!(!bench.load().changed);
    bench.write("scripts/abc_grade.toml", "[parameters]\na_from = 4\n");
    let loaded = bench.load();
    assert!(loaded.changed && loaded.retired.is_empty());
    assert_eq!(state(&loaded, "abc_grade"), UnitState::Active);
}

#[test]
fn a_broken_script_is_named_while_the_old_version_goes_on() {
    let mut bench = bench();
    let before = bench.load().unit("abc_grade").unwrap().version.clone();
    bench.write("scripts/abc_grade.rhai", BROKEN);
    bench.write("scripts/loyalty.rhai", &format!("// better\n{LOYALTY}"));
    bench.write("scripts/new.rhai", "fn classify(customer, ctx) { class(\"grade\", customer.nmae) }");
    let loaded = bench.load();
    let grade = loaded.unit("abc_grade").unwrap();
    assert_eq!((grade.state, &grade.version), (UnitState::LastGood, &before));
    let place = grade.problems[0].fault.place.as_ref().unwrap();
    assert_eq!(place.file, "scripts/abc_grade.rhai");
    assert!(place.line >= 2, "{place:?}");
    assert_eq!(state(&loaded, "loyalty"), UnitState::Active);
    assert_eq!(state(&loaded, "new"), UnitState::Refused);
    assert_eq!(rules(&loaded), ["abc_grade", "loyalty"]);
    assert!(loaded.changed && !loaded.is_sound() && loaded.retired.is_empty());
}

#[test]
fn a_restart_with_a_broken_folder_serves_the_last_good() {
    let mut bench = bench();
    let before = bench.load().ruleset.digest;
    bench.write("scripts/abc_grade.rhai", BROKEN);
    bench.write("scripts/dimensions.toml", "[[dimension]]\nid = 3\n");
    bench.write("scripts/loyalty.rhai", "\u{0}");
    bench.restart();
    let loaded = bench.load();
    assert_eq!(loaded.ruleset.digest, before);
    assert!(!loaded.changed);
    for unit in ["dimensions.toml", "abc_grade", "loyalty"] {
        assert_eq!(state(&loaded, unit), UnitState::LastGood, "{unit}");
        assert!(!loaded.unit(unit).unwrap().problems.is_empty(), "{unit}");
    }
}

#[test]
fn a_broken_file_of_dimensions_holds_nothing_else_up() {
    let mut bench = bench();
    bench.write("scripts/dimensions.toml", &DIMENSIONS.replacen("name =", "nme =", 1));
    bench.write("scripts/loyalty.rhai", &format!("// better\n{LOYALTY}"));
    let loaded = bench.load();
    let dimensions = loaded.unit("dimensions.toml").unwrap();
    assert_eq!(dimensions.state, UnitState::LastGood);
    assert_eq!(dimensions.problems[0].fault.place.as_ref().unwrap().line, 3);
    assert_eq!(state(&loaded, "loyalty"), UnitState::Active);
    assert!(loaded.changed);
    bench.remove("scripts/dimensions.toml");
    assert_eq!(state(&bench.load(), "dimensions.toml"), UnitState::LastGood);
}

#[test]
fn with_broken_dimensions_from_the_start_one_error_is_told_and_rules_wait() {
    let mut bench = bench();
    bench.data = tempfile::tempdir().unwrap();
    bench.restart();
    bench.write("scripts/dimensions.toml", "[[dimension]]\n");
    let loaded = bench.load();
    assert_eq!(errors(&loaded).len(), 1, "{:?}", loaded.problems);
    assert_eq!(rules(&loaded), [""; 0]);
    assert_eq!(state(&loaded, "abc_grade"), UnitState::Refused);
}

#[test]
fn a_class_is_renamed_in_dimensions_and_script_in_one_go_or_not_at_all() {
    let mut bench = bench();
    bench.write("scripts/dimensions.toml", &DIMENSIONS.replace("\"B\"", "\"C\""));
    let loaded = bench.load();
    assert_eq!(state(&loaded, "dimensions.toml"), UnitState::LastGood);
    assert_eq!(state(&loaded, "abc_grade"), UnitState::Active);
    assert!(!loaded.changed);
    assert!(errors(&loaded)[0].contains("the rule `abc_grade` does not work with it"), "{:?}", loaded.problems);
    bench.write("scripts/abc_grade.rhai", &GRADE.replace("\"B\"", "\"C\""));
    let loaded = bench.load();
    assert_eq!(errors(&loaded), [""; 0]);
    assert!(loaded.changed);
}

#[test]
fn a_field_that_a_rule_needs_is_not_taken_from_it() {
    let mut bench = bench();
    bench.write("scripts/fields.toml", "[[field]]\nname = \"shoe\"\ntype = \"integer\"\n");
    bench.write(
        "scripts/shoe.rhai",
        "fn classify(customer, ctx) { if customer.custom.shoe > 40 { class(\"grade\", \"A\") } }",
    );
    assert_eq!(errors(&bench.activate()), [""; 0]);
    bench.remove("scripts/fields.toml");
    let loaded = bench.load();
    assert_eq!(state(&loaded, "fields.toml"), UnitState::LastGood);
    assert!(rules(&loaded).contains(&"shoe") && !loaded.changed);
    bench.remove("scripts/shoe.rhai");
    let loaded = bench.load();
    assert_eq!(loaded.retired, ["shoe"]);
    assert!(loaded.unit("fields.toml").is_none() && loaded.is_sound());
}

const SHARED: &str = "import \"lib/tiers\" as tiers;\n\
    fn classify(customer, ctx) { class(\"grade\", tiers::best(customer)) }\n";
const TIERS: &str = "fn best(c) { if c.orders_total > 3 { \"A\" } else { \"B\" } }\n";

/// The bench with two rules that share a module; both are active.
fn bench_with_module() -> Bench {
    let mut bench = bench();
    bench.write("scripts/lib/tiers.rhai", TIERS);
    bench.write("scripts/first.rhai", SHARED);
    bench.write("scripts/second.rhai", &format!("// also\n{SHARED}"));
    let loaded = bench.activate();
    assert_eq!(loaded.problems, []);
    bench.proofs.borrow_mut().clear();
    bench
}

#[test]
fn a_changed_module_proves_the_rules_that_import_it() {
    let mut bench = bench_with_module();
    bench.write("scripts/lib/unused.rhai", "fn x() { 1 }");
    assert!(!bench.load().changed);
    assert_eq!(*bench.proofs.borrow(), [[""; 0]], "nothing that is used has changed");
    bench.write("scripts/lib/tiers.rhai", &TIERS.replace('3', "4"));
    let loaded = bench.activate();
    assert!(loaded.changed);
    assert_eq!(bench.proofs.borrow()[1], ["first", "second"]);
}

#[test]
fn a_broken_module_is_named_and_its_rules_go_on_with_the_one_before() {
    let mut bench = bench_with_module();
    let before = bench.load().ruleset.digest;
    bench.write("scripts/lib/tiers.rhai", &TIERS.replace("orders_total", "orders_totl"));
    // Also after a restart: the module's text is kept with the rule.
    for _ in 0..2 {
        let loaded = bench.load();
        for rule in ["first", "second"] {
            let unit = loaded.unit(rule).unwrap();
            assert_eq!(unit.state, UnitState::LastGood);
            assert_eq!(
                (unit.problems[0].unit.as_str(), unit.problems[0].file.as_str()),
                (rule, "scripts/lib/tiers.rhai")
            );
        }
        assert_eq!((state(&loaded, "abc_grade"), &loaded.ruleset.digest), (UnitState::Active, &before));
        bench.restart();
    }
    // The same where it is no text, or gone.
    bench.files.insert("scripts/lib/tiers.rhai".into(), Arc::from(b"\xff\xfe".as_slice()));
    let loaded = bench.load();
    assert!(
        errors(&loaded)[0].starts_with("scripts/lib/tiers.rhai:1:1: the file is not UTF-8"),
        "{:?}",
        errors(&loaded)
    );
    bench.remove("scripts/lib/tiers.rhai");
    let loaded = bench.load();
    assert!(errors(&loaded)[0].contains("there is no module `lib/tiers`"), "{:?}", errors(&loaded));
    assert_eq!(loaded.ruleset.digest, before);
    bench.write("scripts/lib/tiers.rhai", TIERS);
    assert!(bench.load().is_sound() && !bench.load().changed);
}

#[test]
fn a_cure_may_lie_in_a_module() {
    let mut bench = bench_with_module();
    bench.write("scripts/first.rhai", &SHARED.replace("best", "fairest"));
    let loaded = bench.load();
    assert_eq!((state(&loaded, "first"), state(&loaded, "second")), (UnitState::LastGood, UnitState::Active));
    bench.write("scripts/lib/tiers.rhai", &format!("{TIERS}fn fairest(c) {{ best(c) }}\n"));
    let loaded = bench.load();
    assert_eq!(errors(&loaded), [""; 0]);
    assert!(loaded.changed);
}

/// Between two steps of a save the script is gone for a moment, and the rule took every class and follow-up with it.
#[test]
fn a_script_that_is_gone_while_its_other_files_are_there_retires_nothing() {
    let mut bench = bench();
    bench.remove("scripts/abc_grade.rhai");
    let told = "scripts/abc_grade.rhai: the script is gone, but scripts/abc_grade.toml is still there; its last good version \
        goes on; put scripts/abc_grade.rhai back, or remove scripts/abc_grade.toml as well to retire the rule";
    for loaded in [bench.activate(), bench.load()] {
        assert_eq!(errors(&loaded), [told]);
        assert_eq!((state(&loaded, "abc_grade"), rules(&loaded)), (UnitState::LastGood, vec!["abc_grade", "loyalty"]));
        assert!(!loaded.changed && loaded.retired.is_empty() && loaded.problems.len() == 1);
    }
    bench.restart();
    bench.write("scripts/abc_grade.cases.toml", "");
    let loaded = bench.load();
    assert!(errors(&loaded)[0].contains("or remove scripts/abc_grade.toml and scripts/abc_grade.cases.toml as well"));
    assert_eq!(state(&loaded, "abc_grade"), UnitState::LastGood);
    // Under another name, with its manifest still to follow, both are there.
    bench.write("scripts/value_grade.rhai", "fn classify(customer, ctx) { class(\"grade\", \"B\") }\n");
    assert_eq!(bench.load().ruleset.hooks.rules().len(), 3);
    bench.remove("scripts/abc_grade.toml");
    bench.remove("scripts/abc_grade.cases.toml");
    let loaded = bench.load();
    assert_eq!((errors(&loaded).len(), loaded.retired.as_slice()), (0, ["abc_grade".to_owned()].as_slice()));
    // Without a last good version there is nothing that could go on.
    bench.write("scripts/other.toml", "");
    let loaded = bench.load();
    assert!(loaded.is_sound() && loaded.unit("other").is_none() && loaded.problems[0].file == "scripts/other.toml");
}

#[test]
fn a_removed_rule_retires() {
    let mut bench = bench();
    bench.remove("scripts/loyalty.rhai");
    let loaded = bench.activate();
    assert_eq!(
        (loaded.retired.as_slice(), state(&loaded, "loyalty")),
        (["loyalty".to_owned()].as_slice(), UnitState::Retired)
    );
    assert!(loaded.changed && loaded.is_sound());
    let loaded = bench.load();
    assert!(loaded.unit("loyalty").is_none() && loaded.retired.is_empty() && !loaded.changed);
}

/// A rule that was renamed with a slip in the same save took its classes from everybody.
#[test]
fn a_rule_that_is_renamed_with_a_mistake_in_it_goes_on_under_its_old_name() {
    let mut bench = bench();
    bench.write("rules.toml", "[rules.abc_grade.parameters]\na_from = 4\n");
    bench.activate();
    bench.remove("scripts/abc_grade.rhai");
    bench.remove("scripts/abc_grade.toml");
    bench.write("scripts/grade_abc.rhai", &GRADE.replace("orders_total", "orders_totl"));
    bench.write("scripts/grade_abc.toml", GRADE_MANIFEST);
    for _ in 0..2 {
        let loaded = bench.activate();
        assert!(!loaded.changed && loaded.retired.is_empty(), "{:?}", loaded.problems);
        assert_eq!(state(&loaded, "abc_grade"), UnitState::LastGood);
        let told = errors(&loaded).join("\n");
        assert!(told.contains("`grade_abc`, which is much the same, is refused"), "{told}");
    }
    bench.write("scripts/grade_abc.rhai", GRADE);
    let loaded = bench.activate();
    assert_eq!(
        (rules(&loaded), loaded.retired.as_slice()),
        (vec!["grade_abc", "loyalty"], &["abc_grade".to_owned()][..])
    );
    let told: Vec<String> = loaded.problems.iter().map(|problem| problem.fault.message.clone()).collect();
    assert_eq!(told, ["[rules.abc_grade] is about no rule"], "its values went with the old name, and that is told");
}

#[test]
fn another_rule_that_is_refused_keeps_nothing_that_was_removed() {
    let mut bench = bench();
    bench.remove("scripts/loyalty.rhai");
    bench.write("scripts/shoe.rhai", BROKEN);
    assert_eq!(bench.activate().retired, ["loyalty"]);
}

#[test]
fn an_empty_or_vanished_folder_keeps_what_was_active() {
    let mut bench = bench();
    let before = bench.load().ruleset.digest;
    bench.files.clear();
    let loaded = bench.load();
    assert_eq!((loaded.changed, state(&loaded, "abc_grade")), (false, UnitState::LastGood));
    assert!(errors(&loaded)[0].contains("the folder is empty"), "{:?}", loaded.problems);
    bench.restart();
    let why = TreeError::Vanished { folder: "scripts".into() };
    let loaded = bench.loader.load_last_good(&why, &|_: &Ruleset, _: &[CaseFile], _: &[String]| Vec::new());
    assert_eq!(loaded.ruleset.digest, before);
    assert!(errors(&loaded)[0].contains("is gone"), "{:?}", loaded.problems);
    // Dimensions alone say that no rule is wanted.
    bench.write("scripts/dimensions.toml", DIMENSIONS);
    assert_eq!(bench.load().retired, ["abc_grade", "loyalty"]);
}

#[test]
fn a_file_that_is_no_text_or_cannot_be_read_falls_back_alone() {
    let mut bench = bench();
    bench.files.insert("scripts/abc_grade.toml".into(), Arc::from(b"[parameters]\n# \xb9\xd8\n".as_slice()));
    let loaded = bench.load();
    assert_eq!((state(&loaded, "abc_grade"), state(&loaded, "loyalty")), (UnitState::LastGood, UnitState::Active));
    assert!(
        errors(&loaded)[0].starts_with("scripts/abc_grade.toml:2:3: the file is not UTF-8"),
        "{:?}",
        errors(&loaded)
    );
}

#[test]
fn the_operator_switches_off_orders_and_tunes() {
    let mut bench = bench();
    bench.write(
        "rules.toml",
        "[rules.abc_grade]\norder = 500\nparameters = { a_from = 9 }\n[rules.loyalty]\nenabled = false\n",
    );
    let loaded = bench.activate();
    assert_eq!((rules(&loaded), state(&loaded, "loyalty")), (vec!["abc_grade"], UnitState::Disabled));
    assert_eq!(loaded.ruleset.hooks.rules()[0].meta().manifest.order, Some(500));
    assert_eq!(loaded.retired, ["loyalty"]);
    // A wrong value is the rule's matter alone, and its tuning before goes on.
    bench.write("rules.toml", "[rules.abc_grade]\norder = 500\nparameters = { b_from = 9 }\n");
    let loaded = bench.load();
    assert_eq!((state(&loaded, "abc_grade"), state(&loaded, "loyalty")), (UnitState::LastGood, UnitState::Active));
    assert!(errors(&loaded)[0].starts_with("rules.toml:3:16: a value is set for `b_from`"), "{:?}", errors(&loaded));
    bench.write("rules.toml", "[rules.loyalty]\n[rules.abc_grade.parameters]\na_from = 2026-01-01\n");
    let told = errors(&bench.load());
    assert!(told[0].starts_with("rules.toml:3:1: a date is set for parameter `a_from`"), "{told:?}");
    // So is one that is pinned for golden cases.
    bench.write("rules.toml", "");
    bench.write("scripts/abc_grade.cases.toml", "[parameters]\na_from = \"9\"\n");
    let told = errors(&bench.load());
    assert!(told[0].starts_with("scripts/abc_grade.cases.toml:2:1: the value set for parameter `a_from`"), "{told:?}");
    bench.remove("scripts/abc_grade.cases.toml");
    // A file that cannot be understood leaves all settings as they were.
    bench.write("rules.toml", "[rules.abc_grade\n");
    let loaded = bench.load();
    assert_eq!((state(&loaded, "rules.toml"), state(&loaded, "loyalty")), (UnitState::LastGood, UnitState::Disabled));
    assert!(!loaded.changed);
    bench.write("rules.toml", "[rules.abc_grad]\nenabled = false\n");
    let loaded = bench.load();
    let told = "rules.toml:1:8: [rules.abc_grad] is about no rule; did you mean `abc_grade`?";
    assert!(loaded.problems.iter().any(|problem| problem.to_string() == told), "{:?}", loaded.problems);
}

/// A slip in the first one retired every rule as the host began again.
#[test]
fn a_broken_file_that_is_the_first_of_its_kind_leaves_what_was_without_it() {
    let mut bench = bench();
    let before = bench.load().ruleset.digest;
    bench.write("rules.toml", "[rules.abc_grade]\nenable = false\n");
    bench.restart();
    let loaded = bench.load();
    assert_eq!((state(&loaded, "rules.toml"), loaded.changed), (UnitState::LastGood, false));
    assert_eq!((rules(&loaded), &loaded.ruleset.digest), (vec!["abc_grade", "loyalty"], &before));
    assert!(errors(&loaded)[0].starts_with("rules.toml:2:1: unknown field `enable`"), "{:?}", errors(&loaded));
    bench.write("rules.toml", "[rules.abc_grade]\nenabled = false\n");
    assert_eq!(rules(&bench.activate()), ["loyalty"]);
}

#[test]
fn a_circle_falls_back_to_what_was_none() {
    let mut bench = bench();
    let circle = "fn classify(customer, ctx) { if customer.class.loyalty == \"loyal\" { class(\"grade\", \"A\") } }";
    bench.write("scripts/abc_grade.rhai", circle);
    let loaded = bench.load();
    assert_eq!((state(&loaded, "abc_grade"), state(&loaded, "loyalty")), (UnitState::LastGood, UnitState::Active));
    assert!(errors(&loaded)[0].contains("in a circle"), "{:?}", loaded.problems);
    assert!(!loaded.changed);
}

#[test]
fn what_is_not_proved_falls_back_and_the_rest_is_proved_again() {
    let mut bench = bench();
    bench.objections = vec![("abc_grade", "bad")];
    bench.write("scripts/abc_grade.cases.toml", "# bad\n");
    bench.write("scripts/loyalty.rhai", &format!("// better\n{LOYALTY}"));
    bench.proofs.borrow_mut().clear();
    let loaded = bench.load();
    assert_eq!((state(&loaded, "abc_grade"), state(&loaded, "loyalty")), (UnitState::LastGood, UnitState::Active));
    assert_eq!(*bench.proofs.borrow(), [vec!["abc_grade".to_owned(), "loyalty".into()], vec!["loyalty".into()]]);
    // The same again needs no proof, also if something else changed in between and back.
    bench.load();
    let files = bench.files.clone();
    bench.write("scripts/other.rhai", BROKEN);
    bench.load();
    bench.files = files;
    bench.load();
    assert_eq!(bench.proofs.borrow().len(), 2);
    bench.loader.forget();
    bench.load();
    assert_eq!(bench.proofs.borrow().len(), 4);
    bench.write("scripts/abc_grade.cases.toml", "# good\n");
    assert_eq!(state(&bench.load(), "abc_grade"), UnitState::Active);
}

#[test]
fn a_proof_can_hold_a_change_up_but_not_retire_what_was_active() {
    let mut bench = bench();
    bench.write("scripts/abc_grade.cases.toml", "# word\n");
    bench.activate();
    bench.objections = vec![("abc_grade", "word")];
    bench.restart();
    let loaded = bench.load();
    assert_eq!((state(&loaded, "abc_grade"), loaded.changed), (UnitState::Active, false));
    assert_eq!(loaded.unit("abc_grade").unwrap().problems[0].weight, Weight::Warning);
    // If it is the vocabulary that changed, that is held up.
    let described = DIMENSIONS.replacen("name =", "description = { en = \"other\" }\nname =", 1);
    bench.write("scripts/dimensions.toml", &described);
    let loaded = bench.load();
    assert_eq!(state(&loaded, "dimensions.toml"), UnitState::LastGood);
    assert!(!loaded.changed);
}

#[test]
fn a_problem_of_the_whole_is_held_against_all_that_changed() {
    let mut bench = bench();
    bench.objections = vec![("the whole", "other")];
    let described = DIMENSIONS.replacen("name =", "description = { en = \"other\" }\nname =", 1);
    bench.write("scripts/dimensions.toml", &described);
    bench.write("scripts/loyalty.rhai", &format!("// better\n{LOYALTY}"));
    let loaded = bench.load();
    assert_eq!(
        (state(&loaded, "dimensions.toml"), state(&loaded, "loyalty")),
        (UnitState::LastGood, UnitState::Active)
    );
    bench.restart();
    bench.objections = vec![("the whole", "")];
    bench.write("scripts/dimensions.toml", DIMENSIONS);
    let loaded = bench.load();
    assert_eq!(state(&loaded, "loyalty"), UnitState::LastGood);
    assert!(!loaded.changed);
}

#[test]
fn golden_cases_pin_parameters_above_the_operators() {
    let mut bench = bench();
    bench.write("rules.toml", "[rules.abc_grade.parameters]\na_from = 9\n");
    bench.write("scripts/abc_grade.cases.toml", "[parameters]\na_from = 5\n[[case]]\nname = \"x\"\n");
    let seen = RefCell::new(Vec::new());
    let prover = |ruleset: &Ruleset, cases: &[CaseFile], _: &[String]| {
        let live = ruleset.hooks.rule("abc_grade").unwrap().meta().digest.clone();
        seen.borrow_mut().extend(cases.iter().map(|case| (case.file.clone(), case.rule.meta().digest != live)));
        Vec::new()
    };
    let loaded = bench.loader.load(&Candidate::from_files(bench.files.clone()), &prover);
    assert_eq!(*seen.borrow(), [("scripts/abc_grade.cases.toml".to_owned(), true)]);
    assert_eq!(loaded.choice.rules["abc_grade"].settings.parameters["a_from"], ParameterValue::Integer(9));
    bench.write("scripts/abc_grade.cases.toml", "[parameters]\nb_from = 5\n");
    let loaded = bench.load();
    assert_eq!(loaded.unit("abc_grade").unwrap().problems[0].file, "scripts/abc_grade.cases.toml");
    assert_eq!(state(&loaded, "abc_grade"), UnitState::LastGood);
}

#[test]
fn a_damaged_version_is_told_never_used_and_written_anew() {
    let mut bench = bench();
    let blob = bench.data.path().join("versions").join(crate::archive::content_digest(LOYALTY.as_bytes()));
    fs::write(&blob, "fn classify(customer, ctx) { class(\"grade\", \"A\") }").unwrap();
    bench.restart();
    bench.write("scripts/loyalty.rhai", BROKEN);
    let loaded = bench.load();
    assert_eq!((rules(&loaded), state(&loaded, "loyalty")), (vec!["abc_grade"], UnitState::Retired));
    assert_eq!(loaded.retired, ["loyalty"]);
    assert!(loaded.problems.iter().any(|problem| problem.to_string().contains("is lost")), "{:?}", loaded.problems);
    bench.write("scripts/loyalty.rhai", LOYALTY);
    bench.activate();
    assert_eq!(fs::read_to_string(&blob).unwrap(), LOYALTY);
    bench.restart();
    assert_eq!(bench.load().problems, []);
}

#[test]
fn saving_reaches_the_set_through_the_watch() {
    let folder = tempfile::tempdir().unwrap();
    let at = |path: &str| folder.path().join(path);
    fs::create_dir(at("scripts")).unwrap();
    fs::write(at("scripts/dimensions.toml"), DIMENSIONS).unwrap();
    fs::write(at("scripts/abc_grade.rhai"), GRADE).unwrap();
    fs::write(at("scripts/abc_grade.toml"), GRADE_MANIFEST).unwrap();
    let mut loader = Loader::open(folder.path(), &at("data"), LoadSettings::default()).unwrap();
    let (sender, sightings) = std::sync::mpsc::channel();
    let settings = WatchSettings { settle: Duration::from_millis(40), ..WatchSettings::default() };
    let _watch = Watch::start(folder.path(), settings, None, move |sighting| drop(sender.send(sighting))).unwrap();
    let fine = |_: &Ruleset, _: &[CaseFile], _: &[String]| Vec::new();
    let mut next = || match sightings.recv_timeout(Duration::from_secs(30)).unwrap() {
        Sighting::Settled(candidate) => {
            let loaded = loader.load(&candidate, &fine);
            loader.confirm(&loaded, Moment(1)).unwrap();
            (loaded.changed, state(&loaded, "abc_grade"))
        }
        Sighting::Alarm(error) => panic!("{error}"),
    };
    // In one step, so that no half of it can settle.
    let save = |path: &str, text: &str| {
        fs::write(at("scripts/.save"), text).unwrap();
        fs::rename(at("scripts/.save"), at(path)).unwrap();
    };
    assert_eq!(next(), (true, UnitState::Active));
    save("scripts/abc_grade.toml", "[parameters]\na_from = 4\n");
    assert_eq!(next(), (true, UnitState::Active));
    save("scripts/abc_grade.rhai", BROKEN);
    assert_eq!(next(), (false, UnitState::LastGood));
    save("scripts/abc_grade.rhai", &GRADE.replace("\"B\"", "\"A\""));
    assert_eq!(next(), (true, UnitState::Active));
}

#[test]
fn a_workspace_is_checked_without_a_trace() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("scripts")).unwrap();
    fs::write(folder.path().join("scripts/dimensions.toml"), DIMENSIONS).unwrap();
    fs::write(folder.path().join("scripts/abc_grade.rhai"), BROKEN).unwrap();
    let fine = |_: &Ruleset, _: &[CaseFile], _: &[String]| Vec::new();
    let loaded = check(folder.path(), LoadSettings::default(), &fine).unwrap();
    assert_eq!(state(&loaded, "abc_grade"), UnitState::Refused);
    assert!(!loaded.is_sound());
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["scripts"]);
}
