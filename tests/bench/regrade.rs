//! Regrading everybody when nothing has changed, against nothing but the calls of the scripts.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::Criterion;
use rayon::{ThreadPool, ThreadPoolBuilder};
use rhai::{AST, CallFnOptions, Dynamic, Engine, INT, ImmutableString, Map, Scope};
use tierhook_features::{FieldContext, field_value};
use tierhook_hooks::{Context, Frame, FrameBuilder, Hook};
use tierhook_model::{BookZone, Currency, Record, Value};

use crate::book::{Book, DAY, GRADE, one_rule, shipped};
use crate::floor::Floors;

/// How many customers there are.
const CUSTOMERS: usize = 10_000;
/// The fields that the one rule reads.
const READ: [&str; 5] = ["net_revenue_365d", "orders_365d", "orders_total", "net_revenue_total", "contacts_90d"];

pub(crate) fn bench(criterion: &mut Criterion, floors: &mut Floors) {
    // One core on both sides: then the ratio is that of the work, whoever else is on the machine.
    let pool = ThreadPoolBuilder::new().num_threads(1).build().expect("a thread can be had");
    if Floors::wants("regrade/one script") {
        let book = Book::graded(CUSTOMERS, one_rule());
        let bare = Bare::new(&book);
        let ours = || regrade(&book, &pool);
        let work = (0.7, CUSTOMERS, "a record");
        let (_, floor) = floors.pair(criterion, "regrade/one script", work, ours, || bare.call());
        floors.note(on_all_cores(&book, floor));
        floors.note(guarded(&book, &bare));
    }
    if Floors::wants("regrade/all scripts") {
        let book = Book::graded(CUSTOMERS, shipped());
        let frames = frames(&book);
        let ours = || regrade(&book, &pool);
        let work = (0.6, CUSTOMERS, "a record");
        let (_, floor) = floors.pair(criterion, "regrade/all scripts", work, ours, || call(&book, &frames));
        floors.note(on_all_cores(&book, floor));
    }
}

fn regrade(book: &Book, pool: &ThreadPool) -> Duration {
    let began = Instant::now();
    assert_eq!(pool.install(|| book.regrade()), CUSTOMERS as u64);
    began.elapsed()
}

/// What a record takes where the book is regraded as the program does it.
fn on_all_cores(book: &Book, floor: Duration) -> String {
    const TURNS: u32 = 5;
    let began = Instant::now();
    (0..TURNS).for_each(|_| assert_eq!(book.regrade(), CUSTOMERS as u64));
    let each = began.elapsed() / (TURNS * CUSTOMERS as u32);
    let share = floor.as_secs_f64() / each.as_secs_f64() * 100.0;
    let cores = rayon::current_num_threads();
    format!("on {cores} cores, as the program does it: {each:.1?} a record, {share:.0} % of the bare calls on one core")
}

/// What calls cost as a rule makes them, with what it read noted, its limits kept and its wishes read: all scripts together
/// are measured against these, as the bare engine has nothing of what they call.
fn guarded(book: &Book, bare: &Bare) -> String {
    const TURNS: usize = 15;
    let frames = frames(book);
    let share = || bare.call().as_secs_f64() / call(book, &frames).as_secs_f64() * 100.0;
    let mut shares: Vec<f64> = (0..TURNS).map(|_| share()).collect();
    shares.sort_by(f64::total_cmp);
    format!("the calls alone, as a rule makes them: {:.0} % of the bare calls' speed", shares[TURNS / 2])
}

/// All records of a book.
fn records(book: &Book) -> Vec<Record> {
    let mut records = Vec::new();
    book.engine.for_each_record(|record| records.push(record)).expect("the book can be read");
    records
}

/// The script engine with just what the one rule needs, and the values that it reads.
struct Bare {
    engine: Engine,
    ast: AST,
    rows: Arc<Vec<[Dynamic; READ.len()]>>,
    context: Map,
}

/// A record as the bare engine sees it.
#[derive(Clone)]
struct BareRow {
    rows: Arc<Vec<[Dynamic; READ.len()]>>,
    at: usize,
}

/// A class with a reason as the bare engine sees it.
#[derive(Clone)]
struct BareWish {
    _class: ImmutableString,
    _reason: Option<(ImmutableString, Map)>,
}

impl Bare {
    fn new(book: &Book) -> Self {
        let snapshot = book.engine.snapshot();
        let generation = &snapshot.generation;
        let context = FieldContext { population: &generation.population, day: DAY, currency: Currency::CNY };
        let value = |record: &Record, name: &str| {
            let field = generation.ruleset.catalogue.get(name).expect("the field is in the catalogue");
            match field_value(&field.source, record, &context, &|_| None) {
                Some(Value::Integer(number)) => Dynamic::from_int(number),
                Some(Value::Decimal(number)) => Dynamic::from_float(number),
                // What the rule does with a missing value is done for it.
                None => Dynamic::from_int(0),
                Some(other) => panic!("{name} is no number: {other:?}"),
            }
        };
        let rows = records(book).iter().map(|record| READ.map(|name| value(record, name))).collect();
        let mut engine = Engine::new();
        engine.set_strict_variables(true).set_max_operations(100_000).set_max_call_levels(32);
        engine.register_type_with_name::<BareRow>("Customer");
        for (at, name) in READ.into_iter().enumerate() {
            engine.register_get(name, move |row: &mut BareRow| row.rows[row.at][at].clone());
        }
        engine.register_fn("or", |number: INT, _: INT| number);
        engine.register_fn("or", |number: f64, _: f64| number);
        engine.register_fn("or", |_: INT, number: f64| number);
        engine.register_fn("class", |_: ImmutableString, class: ImmutableString| BareWish {
            _class: class,
            _reason: None,
        });
        engine.register_fn("because", |wish: BareWish, code: ImmutableString, arguments: Map| BareWish {
            _reason: Some((code, arguments)),
            ..wish
        });
        let ast = engine.compile(GRADE).expect("the rule is a script");
        let mut parameters = Map::new();
        for (name, value) in [("spend_high", 5_000.0), ("spend_low", 800.0)] {
            parameters.insert(name.into(), Dynamic::from_float(value));
        }
        for (name, value) in [("orders_high", 12), ("orders_low", 3), ("a_from", 60), ("b_from", 25)] {
            parameters.insert(name.into(), Dynamic::from_int(value));
        }
        let mut context = Map::new();
        context.insert("params".into(), Dynamic::from_map(parameters));
        Self { engine, ast, rows: Arc::new(rows), context }
    }

    fn call(&self) -> Duration {
        let began = Instant::now();
        for at in 0..self.rows.len() {
            let arguments = (BareRow { rows: self.rows.clone(), at }, self.context.clone());
            let options = CallFnOptions::new().eval_ast(false).rewind_scope(true);
            let called = self.engine.call_fn_with_options::<Dynamic>(
                options,
                &mut Scope::new(),
                &self.ast,
                "classify",
                arguments,
            );
            drop(black_box(called.expect("the rule runs")));
        }
        began.elapsed()
    }
}

/// What one hook of one rule reads of everybody, in batches.
struct Frames {
    rule: usize,
    hook: Hook,
    batches: Vec<Arc<Frame>>,
}

fn frames(book: &Book) -> Vec<Frames> {
    let records = records(book);
    let snapshot = book.engine.snapshot();
    let generation = &snapshot.generation;
    let context = FieldContext { population: &generation.population, day: DAY, currency: Currency::CNY };
    let rules = generation.ruleset.hooks.rules().iter().enumerate();
    let hooks = rules.flat_map(|(at, rule)| rule.meta().hooks.iter().map(move |hook| (at, rule, *hook)));
    let frames = hooks.map(|(rule, it, hook)| {
        let catalogue = &generation.ruleset.catalogue;
        let fields: Vec<_> = it.meta().reads(hook).iter().filter_map(|name| catalogue.get(name)).collect();
        let batch = |records: &[Record]| {
            let columns = fields.iter().map(|field| (field.name.as_str(), field.ty));
            let mut builder = FrameBuilder::new(columns, records.len());
            for record in records {
                let class = |dimension: &str| Some(record.standing.class(dimension)?.class.clone());
                builder.push(record.id, |column| field_value(&fields[column].source, record, &context, &class));
            }
            Arc::new(builder.finish())
        };
        Frames { rule, hook, batches: records.chunks(128).map(batch).collect() }
    });
    frames.collect()
}

fn call(book: &Book, frames: &[Frames]) -> Duration {
    let snapshot = book.engine.snapshot();
    let rules = snapshot.generation.ruleset.hooks.rules();
    let context = Context {
        day: DAY,
        day_end: BookZone::utc().start_of(DAY.plus(1)),
        zone: "UTC".to_owned(),
        currency: Currency::CNY,
    };
    let began = Instant::now();
    for it in frames {
        for batch in &it.batches {
            black_box(rules[it.rule].call(it.hook, batch, &context));
        }
    }
    began.elapsed()
}
