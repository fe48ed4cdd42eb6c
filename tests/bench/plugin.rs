//! One small rule as a plugin: the host's own work besides the bare call, a regrade with it and with no rule at all, the same
//! rule in three languages, and how long it takes from saving it to having graded with it.

use std::env;
use std::hint::black_box;
use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use criterion::Criterion;
use rayon::ThreadPoolBuilder;
use tempfile::TempDir;
use tierhook_hooks::{
    BatchOutcome, Cell, ClassWish, Context, Frame, FrameBuilder, Hook, ReadSet, RecordOutcome, Rule, RuleMeta, Ruleset,
    Usage, Verdict, Wishes,
};
use tierhook_model::{Argument, BookZone, Currency, FieldType, Language, Moment, Reason, RecordId, Value};
use tierhook_server::api::{Answer, Command, Request, RuleState, Service as _};
use tierhook_server::plugin::archive_of;
use tierhook_server::{Host, HostOptions, Settings};
use wasmtime::component::{Component, HasSelf, InstancePre, Linker};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store};

use crate::book::{Book, DAY, NOW, no_rule, points_plugin, points_script, root};
use crate::floor::Floors;

mod bindings {
    #![allow(missing_docs, unreachable_pub, missing_debug_implementations, reason = "generated")]
    wasmtime::component::bindgen!({
        path: "../crates/sdk/wit",
        world: "tierhook:hooks/classifies",
        ownership: Borrowing { duplicate_if_necessary: true },
    });
}

use bindings::tierhook::hooks::types::{
    ColumnDataParam, ColumnParam, Context as GuestContext, Frame as GuestFrame, Parameter, ParameterValue,
};
use bindings::{Classifies, ClassifiesPre};

/// How many records there are in memory, and in one batch.
const RECORDS: usize = 100_000;
const BATCH: usize = 1_000;
/// How many there are in a batch of a regrade.
const SHARE: usize = 128;
/// How many customers there are in a book, unless `TIERHOOK_CUSTOMERS` says how many to regrade.
const CUSTOMERS: usize = 20_000;
/// The fields that the rule reads.
const READ: [(&str, FieldType); 3] =
    [("contacts_90d", FieldType::Integer), ("net_revenue_365d", FieldType::Money), ("orders_365d", FieldType::Integer)];

pub(crate) fn bench(criterion: &mut Criterion, floors: &mut Floors) {
    if Floors::wants("plugin/call") {
        call(criterion, floors);
    }
    if Floors::wants("plugin/regrade") {
        regrade(criterion, floors);
    }
    if Floors::wants("plugin/install") {
        install(floors);
    }
}

fn the_rule(rules: &Ruleset) -> &Arc<dyn Rule> {
    rules.hooks.rule("points").expect("the rule is there")
}

fn context() -> Context {
    let day_end = BookZone::utc().start_of(DAY.plus(1));
    Context { day: DAY, day_end, zone: "UTC".to_owned(), currency: Currency::CNY }
}

/// Records with numbers that take the rule along all of its ways; one in ten is missing something.
fn frames(batch: usize) -> Vec<Arc<Frame>> {
    let frame = |first: usize| {
        let mut frame = FrameBuilder::new(READ, batch);
        for at in first..(first + batch).min(RECORDS) {
            frame.push(RecordId(at as u64), |column| match column {
                0 => Some(Value::Integer((at % 3) as i64)),
                1 => (at % 10 > 0).then_some(Value::Decimal((at % 97) as f64 * 80.0)),
                _ => Some(Value::Integer((at % 17) as i64)),
            });
        }
        Arc::new(frame.finish())
    };
    (0..RECORDS).step_by(batch).map(frame).collect()
}

fn call_all(rule: &dyn Rule, frames: &[Arc<Frame>]) -> Duration {
    let context = context();
    let began = Instant::now();
    for frame in frames {
        let outcome = black_box(rule.call(Hook::Classify, frame, &context));
        assert_eq!(outcome.usage.faults, 0, "no record faults");
    }
    began.elapsed()
}

/// The rule in memory, against a bare call of the same component with columns that are ready.
fn call(criterion: &mut Criterion, floors: &mut Floors) {
    let (frames, small, rules) = (frames(BATCH), frames(SHARE), points_plugin());
    let rule = the_rule(&rules);
    let bare = Bare::new();
    let prepared: Vec<Prepared> = frames.iter().map(|frame| Prepared::of(frame)).collect();
    let ours = || call_all(&**rule, &frames);
    let floor = || bare.call_all(&prepared);
    let (ours, floor) = floors.pair(criterion, "plugin/call", (0.0, RECORDS, "a record"), ours, floor);
    let own = ours.saturating_sub(floor);
    let verdict = if own <= Duration::from_nanos(300) { "met" } else { "NOT MET" };
    floors.note(format!("the host's own work: {own:.2?} a record, at most 300 ns wanted: {verdict}"));

    let each = |time: Duration| time / RECORDS as u32;
    let script = points_script();
    let native = Native::new(the_rule(&script).meta().clone());
    let (first, rest) = (call_all(&**the_rule(&script), &frames), call_all(&native, &frames));
    floors.note(format!(
        "the same rule: {:.2?} a record as a script, {ours:.2?} as a plugin, {:.2?} in Rust",
        each(first),
        each(rest)
    ));
    floors.note(format!(
        "in batches of {SHARE}, as a regrade has them: {:.2?} a record",
        each(call_all(&**rule, &small))
    ));
    assert_same(&**rule, &**the_rule(&script), &native, &frames[0]);
}

/// The three say the same.
fn assert_same(plugin: &dyn Rule, script: &dyn Rule, native: &dyn Rule, frame: &Arc<Frame>) {
    let said = |rule: &dyn Rule| -> Vec<_> {
        let outcome = rule.call(Hook::Classify, frame, &context());
        outcome.records.into_iter().map(|record| record.result.expect("no record faults")).collect()
    };
    assert_eq!(said(plugin), said(script));
    assert_eq!(said(plugin), said(native));
}

/// A regrade of everybody with the rule, against one without any.
fn regrade(criterion: &mut Criterion, floors: &mut Floors) {
    let pool = ThreadPoolBuilder::new().num_threads(1).build().expect("a thread can be had");
    let customers = env::var("TIERHOOK_CUSTOMERS").ok();
    let customers = customers.map_or(CUSTOMERS, |customers| customers.parse().expect("TIERHOOK_CUSTOMERS is a number"));
    let [with, without] = Book::twins(customers, [points_plugin(), no_rule()]);
    let time = |book: &Book, customers: usize| {
        let began = Instant::now();
        assert_eq!(pool.install(|| book.regrade()), customers as u64);
        began.elapsed()
    };
    let (ours, floor) = (|| time(&with, customers), || time(&without, customers));
    floors.pair(criterion, "plugin/regrade", (1.0 / 1.1, customers, "a record"), ours, floor);
    let script = Book::graded(CUSTOMERS, points_script());
    let each = time(&script, CUSTOMERS) / CUSTOMERS as u32;
    floors.note(format!("with the same rule as a script, {CUSTOMERS} customers: {each:.2?} a record"));
}

/// From a saved folder to a rule that is active, and to everybody graded by it.
fn install(floors: &mut Floors) {
    let folder = tempfile::tempdir().expect("there is room for a workspace");
    let host = host(&folder);
    let archive = archive_of(&root().join("tests/guests/points").to_string_lossy(), None).expect("it can be packed");
    let (is_done, began) = (AtomicBool::new(false), Instant::now());
    let (reply, active) = thread::scope(|scope| {
        let active = scope.spawn(|| {
            while !is_active(&host) && !is_done.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(2));
            }
            began.elapsed()
        });
        let install = Command::PluginsInstall { from: "points".into(), grant: true, downgrade: false };
        let request = Request { language: Language::En, who: "bench".into(), command: install };
        let reply = host.run(request, Some(Box::new(Cursor::new(archive))), &mut |_| {});
        is_done.store(true, Ordering::Relaxed);
        (reply, active.join().expect("it does not panic"))
    });
    let Answer::PluginInstalled(installed) = reply.expect("the host answers").answer else {
        panic!("it was installed")
    };
    let graded = began.elapsed();
    assert_eq!(installed.state, Some(RuleState::Active), "{:?}", installed.problems);
    let compile = compile_time();
    floors.tell(format!(
        "plugin/install: active {active:.0?} after it came into a book of {CUSTOMERS}, under 1 s wanted: {}; everybody is graded \
         after {graded:.0?}; compiling alone takes {compile:.0?}",
        if active < Duration::from_secs(1) { "met" } else { "NOT MET" }
    ));
}

/// Tells whether the plugin is among the rules that decide.
fn is_active(host: &Host) -> bool {
    let Answer::Rules(list) = ask(host, Command::RulesList) else { panic!("rules were asked for") };
    list.rules.iter().any(|rule| rule.name == "points" && rule.state == RuleState::Active)
}

fn ask(host: &Host, command: Command) -> Answer {
    let request = Request { language: Language::En, who: "bench".into(), command };
    host.run(request, None, &mut |_| {}).expect("the host answers").answer
}

/// A host of made-up customers with the shipped scripts.
fn host(folder: &TempDir) -> Arc<Host> {
    crate::book::copy(&root().join("scripts"), &folder.path().join("scripts"));
    let options = HostOptions {
        workspace: folder.path().to_owned(),
        data: folder.path().join("data"),
        settings: Settings::default(),
        now: Arc::new(|| NOW),
    };
    let host = Host::open(options).expect("a host can be opened");
    ask(&host, Command::Sample { customers: CUSTOMERS, seed: 1 });
    host
}

fn compile_time() -> Duration {
    let component = std::fs::read(root().join("tests/guests/points/plugin.wasm")).expect("it was built");
    let engine = Bare::engine();
    let began = Instant::now();
    black_box(Component::from_binary(&engine, &component).expect("it compiles"));
    began.elapsed()
}

/// The component with nothing around it.
struct Bare {
    engine: Engine,
    component: ClassifiesPre<()>,
}

impl bindings::tierhook::hooks::host::Host for () {
    fn log(&mut self, _: bindings::tierhook::hooks::host::Level, _: Option<u32>, _: String) {}
    fn trace(&mut self, _: u32, _: String) {}
}

impl bindings::tierhook::hooks::types::Host for () {}

/// The columns of a batch as the contract passes them on.
struct Prepared {
    contacts: Vec<i64>,
    spend: Vec<f64>,
    is_known: Vec<u8>,
    orders: Vec<i64>,
}

impl Prepared {
    fn of(frame: &Frame) -> Self {
        let integer = |column: usize, row: usize| match frame.cell(column, row) {
            Cell::Integer(number) => number,
            _ => 0,
        };
        let rows = 0..frame.len();
        let spend = |row: usize| match frame.cell(1, row) {
            Cell::Decimal(number) => Some(number),
            _ => None,
        };
        Self {
            contacts: rows.clone().map(|row| integer(0, row)).collect(),
            spend: rows.clone().map(|row| spend(row).unwrap_or(0.0)).collect(),
            is_known: rows.clone().map(|row| u8::from(spend(row).is_none())).collect(),
            orders: rows.map(|row| integer(2, row)).collect(),
        }
    }
}

impl Bare {
    /// As the host has it.
    fn engine() -> Engine {
        let mut pool = PoolingAllocationConfig::new();
        pool.max_memory_size(16 << 20).total_memories(8).total_tables(64).total_core_instances(64);
        pool.linear_memory_keep_resident(128 << 10).table_keep_resident(16 << 10);
        let mut config = Config::new();
        config.consume_fuel(true).epoch_interruption(true).cranelift_nan_canonicalization(true);
        config.wasm_relaxed_simd(false).parallel_compilation(false);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        Engine::new(&config).expect("an engine can be had")
    }

    fn new() -> Self {
        let engine = Self::engine();
        let bytes = std::fs::read(root().join("tests/guests/points/plugin.wasm")).expect("it was built");
        let component = Component::from_binary(&engine, &bytes).expect("it compiles");
        let mut linker: Linker<()> = Linker::new(&engine);
        Classifies::add_to_linker::<_, HasSelf<()>>(&mut linker, |guest| guest).expect("it can be linked");
        let linked: InstancePre<()> = linker.instantiate_pre(&component).expect("it fits");
        Self { engine, component: ClassifiesPre::new(linked).expect("it classifies") }
    }

    fn call_all(&self, batches: &[Prepared]) -> Duration {
        let value = |name: &'static str, value| Parameter { name, value };
        let parameters = [
            value("a_from", ParameterValue::Integer(60)),
            value("b_from", ParameterValue::Integer(25)),
            value("orders_high", ParameterValue::Integer(12)),
            value("spend_high", ParameterValue::Decimal(5_000.0)),
            value("spend_low", ParameterValue::Decimal(800.0)),
        ];
        let Moment(day_end) = context().day_end;
        let began = Instant::now();
        for batch in batches {
            let mut store = Store::new(&self.engine, ());
            store.set_fuel(u64::MAX).expect("fuel is counted");
            store.set_epoch_deadline(1 << 40);
            let column = |name, validity, data| ColumnParam { name, validity, data };
            let columns = [
                column(READ[0].0, &[][..], ColumnDataParam::Integers(&batch.contacts)),
                column(READ[1].0, &batch.is_known, ColumnDataParam::Decimals(&batch.spend)),
                column(READ[2].0, &[][..], ColumnDataParam::Integers(&batch.orders)),
            ];
            let context = GuestContext {
                day: DAY.0,
                day_end: day_end * 1000,
                zone: "UTC",
                currency: "CNY",
                parameters: &parameters,
            };
            let frame = GuestFrame { records: BATCH as u32, columns: &columns, history: &[] };
            let guest = self.component.instantiate(&mut store).expect("it starts");
            let answer = guest.tierhook_hooks_classify().call_classify(&mut store, context, frame);
            black_box(answer.expect("it runs").expect("it answers"));
        }
        began.elapsed()
    }
}

/// The rule in Rust, inside the host.
#[derive(Debug)]
struct Native(RuleMeta);

impl Native {
    fn new(meta: RuleMeta) -> Self {
        Self(meta)
    }

    fn wishes(frame: &Frame, row: usize) -> Wishes {
        let integer = |column: usize| match frame.cell(column, row) {
            Cell::Integer(number) => number,
            _ => 0,
        };
        let spend = match frame.cell(1, row) {
            Cell::Decimal(number) => number,
            _ => 0.0,
        };
        let mut points = match spend {
            spend if spend >= 5_000.0 => 45,
            spend if spend >= 800.0 => 20,
            _ => 0,
        };
        points += if integer(2) >= 12 { 30 } else { 0 };
        points += if integer(0) > 0 { 5 } else { 0 };
        let grade = match points {
            60.. => "A",
            25.. => "B",
            _ => "C",
        };
        let argument = Argument { name: "points".into(), value: Some(Value::Integer(points)) };
        let reason = Reason { code: "POINTS".into(), arguments: vec![argument], points: None };
        let verdict = Verdict::Class(grade.into());
        Wishes {
            classes: vec![ClassWish { dimension: "grade".into(), verdict, reasons: vec![reason] }],
            ..Wishes::default()
        }
    }
}

impl Rule for Native {
    fn meta(&self) -> &RuleMeta {
        &self.0
    }

    fn call(&self, _: Hook, frame: &Arc<Frame>, _: &Context) -> BatchOutcome {
        let outcome = |row| RecordOutcome::new(Ok(Self::wishes(frame, row)), ReadSet::default());
        BatchOutcome { records: (0..frame.len()).map(outcome).collect(), usage: Usage::default() }
    }
}
