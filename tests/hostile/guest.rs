//! Plugins that mean harm, or were built wrong, on a live host. Those that break down are files in `hostile/guest/`: items of a
//! module, with a function `$strike` that gets the number of a record and leaves the address of an answer.

use std::fs;

use tierhook_server::api::{Command, ProblemRow, RuleRow, RuleState};
use tierhook_server::{Serving, Settings};

use super::{Den, OTHERS, VICTIM};
use crate::support::guest::written::{Data, Table, compile_bomb, foreign, laid_out};
use crate::support::guest::{self, Save};
use crate::support::{ask, root, take, wait_for};

const HEAD: &str = "dimensions = [\"trap\"]\nreads = [\"net_revenue_total\"]\n";

/// What only the victim has spent.
const AIMED: &str =
    "(f64.eq (f64.load (i32.add (local.get $values) (i32.shl (local.get $i) (i32.const 3)))) (f64.const 666))";

/// The items of a hostile guest.
fn items(name: &str) -> String {
    let file = root().join("tests/hostile/guest").join(format!("{name}.wat"));
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// A component that strikes at the records for which `aim` holds, and wants nothing for the others.
fn striking(aim: &str, items: &str) -> Vec<u8> {
    // The values of the first column lie behind its name, validity and tag.
    let body = format!(
        "(local $i i32) (local $values i32)
        (local.set $values (i32.load offset=20 (local.get 9)))
        (block $end (loop $next
            (br_if $end (i32.ge_u (local.get $i) (local.get 8)))
            (if {aim} (then (return (call $strike (local.get $i)))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $next)))
        (i32.const 1024)"
    );
    guest::classifying(&body, items)
}

/// Items whose `$strike` gives an answer, with the number of the record as the first value of its first column.
fn saying(tables: &[Table<'_>]) -> String {
    let (data, at) = laid_out(tables, &[]);
    format!(
        "{data}
        (func $strike (param $record i32) (result i32)
            (i64.store
                (i32.load offset=20 (i32.load offset=12 (i32.load offset=4 (i32.const {at}))))
                (i64.extend_i32_u (local.get $record)))
            (i32.const {at}))"
    )
}

fn save(den: &Den, component: &[u8], head: &str) {
    den.workspace.save_plugin("hostile", &guest::manifest("hostile", 1, head, component), component, Save::Renamed);
}

impl Den {
    /// Opens a host with a plugin. Nothing here depends on how fast the machine is: there is time enough for all fuel.
    fn of_plugin(component: &[u8], head: &str) -> Self {
        let set = |settings: &mut Settings| {
            settings.limits.wall_ms = 600_000;
            // What loops for everybody takes its time all the same.
            settings.limits.plugin.fuel = 100_000;
        };
        Self::beside_honest(set, |workspace| {
            workspace.grant("hostile", &["net_revenue_total"]);
            let manifest = guest::manifest("hostile", 1, head, component);
            workspace.save_plugin("hostile", &manifest, component, Save::Renamed);
        })
    }

    fn serve(&self) -> Serving {
        self.host.as_ref().expect("the host is open").start_serving(None).unwrap()
    }

    /// Takes orders in, of which the victim's come to a sum that nobody else has.
    fn aimed_orders(&self) -> tierhook_server::api::ImportReport {
        self.orders_of("li,o1,2026-03-01,tea,10\nmallory,o2,2026-03-01,tea,666\nwang,o3,2026-03-01,tea,500\n")
    }

    /// Waits until the hostile plugin stands like this, and checks what is said of it in the list of rules, in the status and in
    /// explanations. While it is looked for, all others keep their grades.
    fn await_refusal(&self, state: RuleState, code: Option<&str>, says: &[&str]) -> RuleRow {
        let told = |rule: &RuleRow| rule.state == state && rule.problems.iter().any(|problem| says_all(problem, says));
        let rule = wait_for(&format!("{says:?}"), || self.rule(), told);
        let fatal: Vec<&ProblemRow> = rule.problems.iter().filter(|problem| problem.fatal).collect();
        let [problem] = fatal.as_slice() else { panic!("expected one problem: {:#?}", rule.problems) };
        assert!(says_all(problem, says), "{problem:#?}");
        assert_eq!(problem.unit, "hostile");
        assert!(problem.file.starts_with("plugins/hostile/plugin."), "{problem:#?}");
        assert!(problem.hint.as_ref().is_some_and(|hint| !hint.is_empty()), "nothing says what to do: {problem:#?}");
        if let Some(code) = code {
            assert_eq!(problem.code, code, "{problem:#?}");
        }
        assert_eq!(self.problems(), rule.problems);
        self.assert_graded();
        for id in [VICTIM, OTHERS[0], OTHERS[1]] {
            let explained = self.explain(id);
            let [refused] = explained.refused.as_slice() else { panic!("{id}: {:#?}", explained.refused) };
            assert_eq!((&*refused.name, &refused.version), ("hostile", &rule.version), "{id}");
            assert_eq!(refused.problems.iter().collect::<Vec<_>>(), fatal, "{id}");
        }
        rule
    }
}

fn says_all(problem: &ProblemRow, says: &[&str]) -> bool {
    let said = format!("{}; {}", problem.message, problem.hint.as_deref().unwrap_or_default());
    says.iter().all(|says| said.contains(says))
}

/// Lets a plugin strike at one customer, and then, while the host serves, at all.
fn strikes(items: &str, code: &str, says: &[&str]) {
    let den = Den::of_plugin(&striking(AIMED, items), HEAD);
    assert_eq!(den.problems(), [], "it does nothing to customers that it does not aim at");
    let serving = den.serve();
    strikes_at_one(&den, code, says);
    let aimed = den.rule();
    save(&den, &striking("(i32.const 1)", items), HEAD);
    let refused = den.await_refusal(RuleState::LastGood, Some(code), says);
    assert_eq!(refused.version, aimed.version, "the version before goes on");
    serving.stop();
}

/// Lets a plugin say of one customer what it must not. Who has to bear a fault is that customer; it would have to fault for half of
/// them to be refused as a whole.
fn says_of_one(tables: &[Table<'_>], code: &str, says: &[&str]) {
    let den = Den::of_plugin(&striking(AIMED, &saying(tables)), HEAD);
    assert_eq!(den.problems(), []);
    strikes_at_one(&den, code, says);
}

fn strikes_at_one(den: &Den, code: &str, says: &[&str]) {
    let import = den.aimed_orders();
    let faults = import.regrade.expect("an import grades").faults;
    let [fault] = faults.as_slice() else { panic!("expected the faults of one rule: {faults:#?}") };
    assert_eq!((fault.rule.as_str(), fault.customers), ("hostile", 1), "{}", fault.message);
    assert!(fault.message.contains(VICTIM), "{}", fault.message);
    den.assert_graded();
    for id in OTHERS {
        let explained = den.explain(id);
        assert!(explained.rules.iter().all(|trace| trace.fault.is_none()), "{explained:#?}");
    }
    assert_eq!(den.status().faulted, 1);
    let explained = den.explain(VICTIM);
    let hostile = explained.rules.iter().find(|trace| trace.rule == "hostile").expect("it was asked");
    let fault = hostile.fault.as_ref().expect("it faulted");
    assert_eq!(fault.code, code, "{}", fault.message);
    for said in says {
        assert!(fault.message.contains(said), "`{said}` is not in: {}", fault.message);
    }
    let rule = den.rule();
    assert_eq!((rule.state, rule.usage.faults > 0), (RuleState::Active, true));
}

#[test]
fn an_endless_loop() {
    strikes(&items("endless_loop"), "operations", &["used up its fuel", "`limits.plugin.fuel`"]);
}

#[test]
fn a_memory_bomb() {
    let says = ["bytes of memory; 16777216 are allowed", "`limits.plugin.memory_bytes`"];
    strikes(&items("memory_bomb"), "memory", &says);
}

#[test]
fn a_table_bomb() {
    let says = ["elements of a table; 10000 are allowed", "`limits.plugin.table_elements`"];
    strikes(&items("table_bomb"), "memory", &says);
}

#[test]
fn a_stack_overflow() {
    strikes(&items("stack_overflow"), "depth", &["its stack of 524288 bytes", "recursion"]);
}

#[test]
fn a_trap() {
    strikes(&items("trap"), "failed", &["it trapped", "unreachable"]);
}

#[test]
fn reading_beyond_its_memory() {
    strikes(&items("beyond_memory"), "failed", &["it trapped", "out of bounds"]);
}

#[test]
fn an_answer_beyond_its_memory() {
    strikes(&items("answer_beyond_memory"), "failed", &["it failed"]);
}

#[test]
fn a_flood_of_log() {
    let says = ["more than 4194304 bytes", "`limits.plugin.host_call_bytes`"];
    strikes(&items("log_flood"), "output", &says);
    strikes(&items("trace_flood"), "output", &says);
}

#[test]
fn ten_megabytes_of_reasons() {
    strikes(&items("megabytes_of_reasons"), "output", &["`limits.plugin.host_call_bytes`"]);
}

#[test]
fn a_trap_on_one_record_in_256() {
    let den = Den::of_plugin(&striking(AIMED, &items("trap")), HEAD);
    let rows: String = (0..255).map(|at| format!("c{at},o{at},2026-03-01,tea,{at}\n")).collect();
    let import = den.orders_of(&format!("{rows}mallory,o,2026-03-01,tea,666\n"));
    let faults = import.regrade.expect("an import grades").faults;
    let [fault] = faults.as_slice() else { panic!("expected the faults of one rule: {faults:#?}") };
    assert_eq!((fault.rule.as_str(), fault.customers), ("hostile", 1));
    assert_eq!((den.status().faulted, den.rule().usage.faults), (1, 1));
    let grades = crate::support::classes(den.host(), "grade");
    assert_eq!(grades.values().filter(|grade| *grade == "A").count(), 156);
    let trace = den.explain(VICTIM).rules.into_iter().find(|trace| trace.rule == "hostile").unwrap();
    assert!(trace.fault.is_some_and(|fault| fault.message.contains("it trapped")));
}

type Columns<'a> = &'a [(&'a str, Data<'a>)];

#[test]
fn a_class_that_does_not_exist() {
    let columns: Columns<'_> = &[
        ("record", Data::Integers(&[Some(0)])),
        ("dimension", Data::Texts(&[Some("trap")])),
        ("class", Data::Texts(&[Some("nowhere")])),
    ];
    says_of_one(&[("classes", 1, columns)], "bad-wish", &["dimension `trap` has no class `nowhere`"]);
}

#[test]
fn a_dimension_that_is_none_of_its_business() {
    let columns: Columns<'_> = &[
        ("record", Data::Integers(&[Some(0)])),
        ("dimension", Data::Texts(&[Some("grade")])),
        ("class", Data::Texts(&[Some("A")])),
    ];
    let says = ["`grade` is not among the dimensions that this rule decides"];
    says_of_one(&[("classes", 1, columns)], "bad-wish", &says);
}

#[test]
fn a_score_that_is_no_number() {
    let classes: Columns<'_> = &[("record", Data::Integers(&[Some(0)])), ("dimension", Data::Texts(&[Some("trap")]))];
    let groups: Columns<'_> = &[
        ("class", Data::Integers(&[Some(0)])),
        ("name", Data::Texts(&[Some("spend")])),
        ("attainable", Data::Decimals(&[Some(10.0)])),
        ("points", Data::Decimals(&[Some(f64::NAN)])),
    ];
    let bands: Columns<'_> = &[
        ("dimension", Data::Texts(&[Some("trap")])),
        ("class", Data::Texts(&[Some("in")])),
        ("from", Data::Decimals(&[Some(0.0)])),
    ];
    let tables: [Table<'_>; 3] = [("classes", 1, classes), ("groups", 1, groups), ("bands", 1, bands)];
    says_of_one(&tables, "bad-wish", &["the number of points is NaN"]);
}

#[test]
fn a_thousand_reasons() {
    let classes: Columns<'_> = &[
        ("record", Data::Integers(&[Some(0)])),
        ("dimension", Data::Texts(&[Some("trap")])),
        ("class", Data::Texts(&[Some("in")])),
    ];
    let (wishes, codes) = (vec![Some(0); 1_000], vec![Some("WHY"); 1_000]);
    let reasons: Columns<'_> = &[("wish", Data::Integers(&wishes)), ("code", Data::Texts(&codes))];
    let tables: [Table<'_>; 2] = [("classes", 1, classes), ("reasons", 1_000, reasons)];
    says_of_one(&tables, "output", &["`limits.reasons`"]);
}

/// What is wrong with the shape of an answer is held against the whole batch: nobody knows what else of it is wrong. It strikes when
/// the victim is in it, and is refused when it always does.
fn misshapen(tables: &[Table<'_>], says: &[&str]) {
    let (data, at) = laid_out(tables, &[]);
    let items = format!("{data} (func $strike (param $record i32) (result i32) (i32.const {at}))");
    let den = Den::of_plugin(&striking(AIMED, &items), HEAD);
    assert_eq!(den.problems(), []);
    let serving = den.serve();
    let faults = den.aimed_orders().regrade.expect("an import grades").faults;
    let [fault] = faults.as_slice() else { panic!("expected the faults of one rule: {faults:#?}") };
    assert_eq!((fault.rule.as_str(), fault.customers), ("hostile", 3), "{}", fault.message);
    den.assert_graded();
    let aimed = den.rule();
    save(&den, &striking("(i32.const 1)", &items), HEAD);
    let refused = den.await_refusal(RuleState::LastGood, Some("bad-wish"), says);
    assert_eq!(refused.version, aimed.version);
    serving.stop();
}

#[test]
fn a_wrong_number_of_results() {
    let columns: Columns<'_> = &[("record", Data::Integers(&[Some(0)]))];
    misshapen(&[("classes", 2, columns)], &["`classes` has 2 rows, but its column `record` has 1", "`record outcome`"]);
}

#[test]
fn results_for_records_that_it_was_not_given() {
    let columns: Columns<'_> = &[
        ("record", Data::Integers(&[Some(100_000)])),
        ("dimension", Data::Texts(&[Some("trap")])),
        ("class", Data::Texts(&[Some("in")])),
    ];
    misshapen(&[("classes", 1, columns)], &["`record` of `classes` is 100000", "`record outcome`"]);
}

/// A good plugin: it wants nothing.
fn harmless() -> Vec<u8> {
    guest::classifying("(i32.const 1024)", "")
}

/// Checks that a plugin is refused and named where there was none before, and while the host serves where a good one was.
fn refused_as(component: &[u8], head: &str, says: &[&str]) {
    let den = Den::of_plugin(component, head);
    let serving = den.serve();
    den.aimed_orders();
    den.await_refusal(RuleState::Refused, None, says);
    assert_eq!(den.rule().version, None);

    save(&den, &harmless(), HEAD);
    let good = wait_for("the good one", || den.rule(), |rule| rule.state == RuleState::Active);
    assert_eq!(good.problems, []);
    save(&den, component, head);
    let refused = den.await_refusal(RuleState::LastGood, None, says);
    assert_eq!(refused.version, good.version, "the version before goes on");
    let report = take!(ask(den.host(), Command::Evaluate { customer: None }), Regrade);
    assert_eq!((report.faults.len(), report.refused), (0, vec!["hostile".to_owned()]));
    serving.stop();
}

fn refused(component: &[u8], says: &[&str]) {
    refused_as(component, HEAD, says);
}

#[test]
fn what_imports_wasi() {
    let wit = "package wasi:clocks@0.2.0; interface wall-clock { now: func() -> u64; } world spy { import wall-clock; export run: func(); }";
    let module =
        "(module (import \"wasi:clocks/wall-clock@0.2.0\" \"now\" (func (result i64))) (func (export \"run\")))";
    refused(&foreign(wit, "spy", module), &["`wasi:clocks/wall-clock@0.2.0`", "wasm32-unknown-unknown"]);
}

#[test]
fn what_imports_an_interface_that_nobody_knows() {
    let wit = "package acme:spy@1.0.0; interface net { send: func(); } world spy { import net; export run: func(); }";
    let module = "(module (import \"acme:spy/net@1.0.0\" \"send\" (func)) (func (export \"run\")))";
    refused(&foreign(wit, "spy", module), &["`acme:spy/net@1.0.0`", "import nothing but"]);
}

#[test]
fn what_exports_no_hook() {
    let wit = "package acme:nothing@1.0.0; world nothing { export run: func(); }";
    refused(&foreign(wit, "nothing", "(module (func (export \"run\")))"), &["no hook"]);
}

#[test]
fn what_is_for_another_version_of_the_contract() {
    let wit = "package tierhook:hooks@0.9.0; interface classify { classify: func(); } world later { export classify; }";
    let module = "(module (func (export \"tierhook:hooks/classify@0.9.0#classify\")))";
    refused(&foreign(wit, "later", module), &["classify@0.9.0", "tierhook:hooks@0.1.0"]);
}

#[test]
fn a_hook_of_another_type() {
    let wit = "package tierhook:hooks@0.1.0; interface classify { classify: func(n: u32) -> u32; } world wrong { export classify; }";
    let module =
        "(module (func (export \"tierhook:hooks/classify@0.1.0#classify\") (param i32) (result i32) (local.get 0)))";
    refused(&foreign(wit, "wrong", module), &["does not fit the contract", "tierhook:hooks@0.1.0"]);
}

#[test]
fn a_component_that_was_cut_off() {
    let whole = harmless();
    for part in [0, 4, whole.len() / 2, whole.len() - 1] {
        refused(&whole[..part], &["it"]);
    }
}

#[test]
fn random_bytes() {
    let mut state = 7_u64;
    let random = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    let bytes: Vec<u8> = (0..4000).map(random).collect();
    refused(&bytes, &["it is no WebAssembly"]);
    // With a head as if it were one.
    let headed = [b"\0asm\x0d\0\x01\0".as_slice(), &bytes].concat();
    refused(&headed, &["it"]);
}

#[test]
fn a_component_bigger_than_allowed() {
    // A section that means nothing, of nine megabytes.
    let mut section = vec![0];
    let (name, mut length) = (b"\x03pad", 9_u32 << 20);
    length += name.len() as u32;
    while length >= 0x80 {
        section.push(length as u8 | 0x80);
        length >>= 7;
    }
    section.push(length as u8);
    let component = [harmless(), section, name.to_vec(), vec![0; 9 << 20]].concat();
    refused(&component, &["8388608 are allowed", "heavy = true"]);
}

#[test]
fn a_compile_bomb() {
    let bomb = compile_bomb();
    let component = guest::classifying("(i32.const 1024)", &bomb);
    let head = format!("{HEAD}limits = {{ plugin = {{ compile_ms = 1 }} }}\n");
    refused_as(&component, &head, &["compiling it took longer than 1 ms", "`compile_ms`"]);
}

#[test]
fn a_start_function_that_loops() {
    let component = striking(AIMED, &items("looping_start"));
    refused(&component, &["when it was started", "a loop that never ends"]);
}

#[test]
fn more_memories_than_one() {
    let component = guest::classifying("(i32.const 1024)", "(memory $second 1) (memory $third 1)");
    refused(&component, &["memories"]);
}

/// A guest that no test names would do its harm unseen.
#[test]
fn no_hostile_guest_is_forgotten() {
    let tests = include_str!("guest.rs");
    let mut guests = 0;
    for entry in fs::read_dir(root().join("tests/hostile/guest")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let name = name.strip_suffix(".wat").expect("only guests lie here");
        guests += 1;
        assert!(tests.contains(&format!("items(\"{name}\")")), "no test names {name}.wat");
    }
    assert!(guests > 10, "{guests} guests were found");
}
