//! A book in a folder of its own, rules written in Rust, and small facts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use tempfile::TempDir;
use tierhook_engine::{Appended, Conventions, Engine, Ingested, Recording, Selection};
use tierhook_hooks::{
    AnchorWish, BatchOutcome, ClassWish, Context, Fault, FollowUpWish, Frame, Hook, HookSet, Manifest, ReadSet,
    RecordOutcome, Rule, RuleMeta, Ruleset, Usage, Verdict, WarningWish, Wishes,
};
use tierhook_model::{
    Amount, BookClock, BookZone, Catalogue, Class, ClockMode, Currency, Day, Dimension, Dimensions, ExternalRef,
    FactBody, Feedback, FeedbackKind, Interaction, InteractionKind, Moment, MoveCause, NewFact, Order, Record,
    RecordKind, Severity, Text, Value,
};
use tierhook_store::{Options, Store};

/// When everything is recorded.
pub(crate) const NOW: Moment = Moment(1_772_452_800);

pub(crate) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// One record of a frame, as a rule sees it.
pub(crate) struct Row<'a> {
    frame: &'a Frame,
    row: usize,
    pub(crate) today: Day,
}

impl Row<'_> {
    pub(crate) fn value(&self, field: &str) -> Option<Value> {
        self.frame.value(self.frame.column(field).unwrap(), self.row)
    }

    pub(crate) fn integer(&self, field: &str) -> Option<i64> {
        match self.value(field)? {
            Value::Integer(number) => Some(number),
            other => panic!("{field} is {other:?}"),
        }
    }

    pub(crate) fn money(&self, field: &str) -> Option<f64> {
        match self.value(field)? {
            Value::Decimal(number) => Some(number),
            other => panic!("{field} is {other:?}"),
        }
    }

    pub(crate) fn text(&self, field: &str) -> Option<String> {
        self.value(field)?.as_text().map(str::to_owned)
    }

    pub(crate) fn day(&self, field: &str) -> Option<Day> {
        match self.value(field)? {
            Value::Day(day) => Some(day),
            other => panic!("{field} is {other:?}"),
        }
    }
}

type Body = Box<dyn Fn(&Row<'_>) -> Result<Wishes, Fault> + Send + Sync>;

/// A rule with one hook.
struct Native {
    meta: RuleMeta,
    body: Body,
}

impl fmt::Debug for Native {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.meta.name)
    }
}

impl Rule for Native {
    fn meta(&self) -> &RuleMeta {
        &self.meta
    }

    fn call(&self, _: Hook, frame: &Arc<Frame>, context: &Context) -> BatchOutcome {
        let records = (0..frame.len())
            .map(|row| RecordOutcome::new((self.body)(&Row { frame, row, today: context.day }), ReadSet::default()))
            .collect();
        BatchOutcome { records, usage: Usage::default() }
    }
}

/// Makes a rule. `decides` are its dimensions.
pub(crate) fn rule(
    name: &str,
    hook: Hook,
    reads: &[&str],
    decides: &[&str],
    body: impl Fn(&Row<'_>) -> Result<Wishes, Fault> + Send + Sync + 'static,
) -> Arc<dyn Rule> {
    let owned = |list: &[&str]| -> Vec<String> {
        let mut list: Vec<String> = list.iter().map(|item| (*item).to_owned()).collect();
        list.sort();
        list
    };
    let meta = RuleMeta {
        segments: None,
        release: None,
        history: BTreeMap::new(),
        name: name.to_owned(),
        digest: format!("{name:0>8}"),
        file: format!("scripts/{name}.rhai"),
        hooks: vec![hook],
        reads: [(hook, owned(reads))].into(),
        dimensions: owned(decides),
        words: BTreeSet::new(),
        manifest: Manifest::default(),
    };
    Arc::new(Native { meta, body: Box::new(body) })
}

/// The grade by net revenue: A from 1,000, else B; no word where there are no sales.
pub(crate) fn grade() -> Arc<dyn Rule> {
    rule("grade", Hook::Classify, &["net_revenue_total"], &["grade"], |row| {
        let class = |net: f64| class("grade", if net >= 1_000.0 { "A" } else { "B" });
        Ok(Wishes { classes: row.money("net_revenue_total").map(class).into_iter().collect(), ..Wishes::default() })
    })
}

/// The same grade for everybody.
pub(crate) fn grade_all(class_id: &'static str) -> Arc<dyn Rule> {
    rule("grade", Hook::Classify, &[], &["grade"], move |_| {
        Ok(Wishes { classes: vec![class("grade", class_id)], ..Wishes::default() })
    })
}

pub(crate) fn class(dimension: &str, class: &str) -> ClassWish {
    ClassWish { dimension: dimension.into(), verdict: Verdict::Class(class.into()), reasons: Vec::new() }
}

pub(crate) fn plan(kind: &str, anchor: AnchorWish) -> FollowUpWish {
    FollowUpWish {
        kind: kind.into(),
        anchor,
        due: None,
        channel: None,
        priority: 0,
        reasons: Vec::new(),
        action: None,
        offer: None,
    }
}

pub(crate) fn fear(cause: &str, episode: AnchorWish, severity: Severity) -> WarningWish {
    WarningWish { cause: cause.into(), episode, severity, reasons: Vec::new(), suggestion: None }
}

/// Puts rules together on the one dimension `grade` with the classes A and B.
pub(crate) fn ruleset(rules: Vec<Arc<dyn Rule>>) -> Arc<Ruleset> {
    let class = |id: &str| Class { id: id.to_owned(), name: Text::new(id, id), ..Class::default() };
    let grade = Dimension {
        id: "grade".into(),
        name: Text::new("Grade", "等级"),
        classes: ["A", "B"].map(class).into(),
        ..Dimension::default()
    };
    let dimensions = Dimensions::new(vec![grade]).unwrap();
    let catalogue = Arc::new(Catalogue::new(&dimensions, &[], &[]));
    let hooks = HookSet::new(rules).unwrap();
    Arc::new(Ruleset { hooks, dimensions: Arc::new(dimensions), catalogue, digest: String::new() })
}

/// A book on a fixed day.
pub(crate) struct Book {
    pub(crate) engine: Engine,
    _folder: TempDir,
}

impl Book {
    pub(crate) fn new(today: &str, rules: Vec<Arc<dyn Rule>>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("book"), Options { cache_bytes: 8 << 20 }).unwrap();
        let conventions = Conventions { zone: BookZone::utc(), currency: Currency::CNY };
        let engine = Engine::open(store, conventions).unwrap();
        engine.activate(ruleset(rules)).unwrap();
        let book = Self { engine, _folder: folder };
        book.set_day(today);
        book
    }

    pub(crate) fn set_day(&self, today: &str) {
        self.engine.set_clock(BookClock { mode: ClockMode::Fixed, day: day(today) }).unwrap();
    }

    /// Sets the clock and regrades.
    pub(crate) fn go_to(&self, today: &str) -> tierhook_engine::RegradeReport {
        self.set_day(today);
        self.regrade()
    }

    pub(crate) fn regrade(&self) -> tierhook_engine::RegradeReport {
        self.engine.regrade(&Selection::All, MoveCause::Asked, NOW, |_| {}).unwrap()
    }

    pub(crate) fn ingest(&self, facts: &[NewFact]) -> Vec<Ingested> {
        self.engine.ingest(facts, RECORDING).unwrap()
    }

    pub(crate) fn amend(&self, fact: &NewFact) -> Appended {
        let recording = Recording { amend: true, ..RECORDING };
        self.engine.ingest(std::slice::from_ref(fact), recording).unwrap().remove(0).appended
    }

    pub(crate) fn record(&self, customer: &str) -> Record {
        let refs = [ExternalRef::new("shop", customer)];
        let id = self.engine.store().resolve(RecordKind::Customer, &refs).unwrap()[0].unwrap();
        self.engine.record(id).unwrap()
    }

    /// The class on the grade.
    pub(crate) fn grade(&self, customer: &str) -> Option<String> {
        self.record(customer).standing.class("grade").map(|standing| standing.class.clone())
    }

    /// Asserts that nobody waits for a decision, and that the active rules want what stands.
    pub(crate) fn assert_settled(&self) {
        assert_eq!(self.engine.store().pending(None, 1).unwrap(), []);
        self.engine
            .for_each_record(|record| {
                let explained = self.engine.explain(record.id, 0).unwrap();
                assert!(!explained.pending, "{} is not as the rules want it: {record:?}", record.external);
            })
            .unwrap();
    }
}

pub(crate) const RECORDING: Recording =
    Recording { recorded: NOW, import: None, amend: false, kind: RecordKind::Customer };

/// Makes a fact at noon of a day.
pub(crate) fn fact(customer: &str, id: &str, on: &str, body: FactBody) -> NewFact {
    let day = day(on);
    NewFact {
        record: ExternalRef::new("shop", customer),
        key: ExternalRef::new("shop", id),
        occurred: Moment(i64::from(day.0) * 86_400 + 43_200),
        day,
        contact: None,
        body,
    }
}

pub(crate) fn order_of(major: i64) -> FactBody {
    FactBody::Order(Order { amount: Amount::in_base(major * 100, Currency::CNY), lines: Vec::new(), channel: None })
}

pub(crate) fn order(customer: &str, id: &str, on: &str, major: i64) -> NewFact {
    fact(customer, id, on, order_of(major))
}

pub(crate) fn call() -> FactBody {
    let kind = InteractionKind::Call;
    FactBody::Interaction(Interaction { kind, by: None, inbound: None, note: None, product: None })
}

pub(crate) fn feedback(kind: FeedbackKind) -> FactBody {
    FactBody::Feedback(Feedback { kind, text: None })
}
