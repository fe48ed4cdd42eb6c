//! The plugins that are committed with their components do what their sources say, and those that were released once do what they
//! always did.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tierhook_engine::{Conventions, Engine};
use tierhook_hooks::{
    AnchorWish, BatchOutcome, Cell, ClassWish, Column, Context, FollowUpWish, Frame, Hook, HookSet, OfferWish,
    ParameterValue, Rule, RuleMeta, Ruleset, Since, Verdict, WarningWish, Wishes,
};
use tierhook_loader::{CaseFile, LoadSettings, Problem};
use tierhook_model::{
    Amount, Argument, Band, BookClock, BookZone, ClockMode, Currency, Day, ExternalRef, FactBody, Line, Measure,
    Moment, NewFact, Order, Reason, ScoreGroup, Severity, Value,
};
use tierhook_package::sha256_hex;
use tierhook_sample::Company;
use tierhook_sdk::testing::{Answers, Batch, Row, batch, row};
use tierhook_sdk::{self as sdk, Classes, Plan, Role, Warning};
use tierhook_server::api::Command;
use tierhook_store::{Options, Store};

use crate::support::{Workspace, ask, root, take};

const DAY: Day = Day(20_514);
const CUSTOMERS: usize = 400;

/// The plugins by their ids, and the folders that they are committed in.
const COMMITTED: [(&str, &str); 4] = [
    ("abc_grade", "tests/guests/abc_grade"),
    ("bank_tiers", "plugins/bank_tiers"),
    ("basket_advisor", "plugins/basket_advisor"),
    ("churn_guard", "plugins/churn_guard"),
];

const GRANTS: &str = "\n[grants.abc_grade]\n\
    fields = [\"complaints_365d\", \"net_revenue_365d\", \"orders_365d\", \"satisfaction_mean\", \"tenure_days\"]\n";

/// A workspace with the shipped scripts and all committed plugins; the grade comes from the plugin.
fn committed() -> Workspace {
    let workspace = Workspace::shipped("2026-03-02");
    COMMITTED.iter().for_each(|(id, folder)| workspace.copy_plugin(&root().join(folder), id));
    for file in ["abc_grade.rhai", "abc_grade.toml", "abc_grade.cases.toml"] {
        workspace.remove(&format!("scripts/{file}"));
    }
    let grants = fs::read_to_string(root().join("plugins/grants.toml")).unwrap();
    workspace.write("plugins/grants.toml", &(grants + GRANTS));
    workspace
}

/// The rules of a workspace; nothing may be wrong with them.
fn rules(workspace: &Workspace) -> Ruleset {
    let no_proof = |_: &Ruleset, _: &[CaseFile], _: &[String]| -> Vec<Problem> { Vec::new() };
    let loaded = tierhook_loader::check(workspace.path(), LoadSettings::default(), &no_proof).unwrap();
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    loaded.ruleset
}

/// The facts of the made-up company, with balances for most of its customers.
fn facts() -> Vec<NewFact> {
    let company = Company::new(1, CUSTOMERS, DAY, Currency::CNY);
    let facts: Vec<NewFact> = company.facts().collect();
    let customers: std::collections::BTreeSet<ExternalRef> = facts.iter().map(|fact| fact.record.clone()).collect();
    let mut balances = Vec::new();
    for (at, record) in customers.into_iter().enumerate().filter(|(at, _)| at % 5 != 0) {
        for number in 0..1 + at % 7 {
            let day = DAY.plus(-((number * 37 + at % 90) as i32));
            let value = 1_000.0 * (1 + (at * 7_919 + number * 104_729) % 8_000) as f64;
            balances.push(NewFact {
                record: record.clone(),
                key: ExternalRef::new("bank", format!("{at}-{number}")),
                occurred: Moment(i64::from(day.0) * 86_400),
                day,
                contact: None,
                body: FactBody::Measure(Measure { name: "assets".into(), value }),
            });
        }
    }
    facts.into_iter().chain(balances).collect()
}

/// What a plugin wants for a record, or what it faults with, and what it noted on the way.
type Said = (Result<Wishes, String>, Vec<String>);

/// Listens to a rule: is given what it was given, and what it answered.
type Listener = Arc<dyn Fn(&RuleMeta, Hook, &Frame, &Context, &BatchOutcome) + Send + Sync>;

/// A rule with somebody who listens.
struct Heard {
    rule: Arc<dyn Rule>,
    listener: Listener,
}

impl fmt::Debug for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rule.fmt(f)
    }
}

impl Rule for Heard {
    fn meta(&self) -> &RuleMeta {
        self.rule.meta()
    }

    fn call(&self, hook: Hook, frame: &Arc<Frame>, context: &Context) -> BatchOutcome {
        let outcome = self.rule.call(hook, frame, context);
        (self.listener)(self.meta(), hook, frame, context, &outcome);
        outcome
    }
}

/// Runs the rules of a workspace on facts, and lets somebody listen to the plugins among them.
fn rehearse(workspace: &Workspace, facts: Vec<NewFact>, listener: &Listener) {
    let rules = rules(workspace);
    let heard = |rule: &Arc<dyn Rule>| -> Arc<dyn Rule> {
        match rule.meta().is_plugin() {
            true => Arc::new(Heard { rule: rule.clone(), listener: listener.clone() }),
            false => rule.clone(),
        }
    };
    let hooks = HookSet::new(rules.hooks.rules().iter().map(heard).collect()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Options::default()).unwrap();
    let engine = Engine::open(store, Conventions { zone: BookZone::utc(), currency: Currency::CNY }).unwrap();
    engine.set_clock(BookClock { mode: ClockMode::Fixed, day: DAY }).unwrap();
    let sample = Engine::imagine(facts, DAY);
    let rehearsals = engine.rehearse(&Arc::new(Ruleset { hooks, ..rules }), &sample).unwrap();
    for (rule, rehearsal) in rehearsals {
        assert_eq!((rehearsal.records, rehearsal.unsteady), (sample.records.len() as u64, false), "{rule}");
    }
}

/// A value of a frame as a row of the author's test kit takes it.
fn with(row: Row, name: &str, cell: Cell<'_>) -> Row {
    match cell {
        Cell::Missing => row,
        Cell::Masked => row.masked(name),
        Cell::Text(text) => row.with(name, text),
        Cell::Integer(number) => row.with(name, number),
        Cell::Decimal(number) => row.with(name, number),
        Cell::Boolean(yes) => row.with(name, yes),
        Cell::Day(day) => row.with(name, sdk::Day(day.0)),
        Cell::TextList(items, from, to) => {
            let list: Vec<&str> = (from..to).map(|at| items.get(at)).collect();
            row.with(name, list.as_slice())
        }
    }
}

/// What a component was given, as the author's test kit takes it.
fn as_batch(meta: &RuleMeta, hook: Hook, frame: &Frame, context: &Context) -> Batch {
    let mut given = batch(sdk::Day(context.day.0));
    for (name, parameter) in &meta.manifest.parameters {
        given = match parameter.value() {
            ParameterValue::Boolean(yes) => given.param(name, *yes),
            ParameterValue::Integer(number) => given.param(name, *number),
            ParameterValue::Decimal(number) => given.param(name, *number),
            ParameterValue::Text(text) => given.param(name, text.as_str()),
            other => panic!("{name} is {other:?}"),
        };
    }
    for record in 0..frame.len() {
        let columns = meta.reads(hook).iter().filter_map(|name| Some((name, frame.column(name)?)));
        let mut made = columns.fold(row(), |row, (name, column)| with(row, name, frame.cell(column, record)));
        for (kind, most) in &meta.history {
            let history = frame.history(*kind).expect("what it asked for is there").newest(*most as usize);
            let fact = |at: usize| {
                history.columns.iter().fold(row(), |row, column: &Arc<Column>| with(row, &column.name, column.cell(at)))
            };
            made = made.history(kind.name(), history.rows(record).map(fact));
            if history.cut[record] {
                made = made.cut(kind.name());
            }
        }
        given = given.record(made);
    }
    given
}

/// Calls the function that a component was built of, as it is compiled for this machine.
fn native(id: &str, hook: Hook, given: Batch, records: usize) -> Vec<Said> {
    match (id, hook) {
        ("abc_grade", Hook::Classify) => said(&given.classify(abc_grade::grade), records, add_class),
        ("bank_tiers", Hook::Classify) => said(&given.classify(bank_tiers::tier), records, add_class),
        ("bank_tiers", Hook::FollowUp) => said(&given.follow_up(bank_tiers::talk), records, add_plan),
        ("basket_advisor", Hook::FollowUp) => said(&given.follow_up(basket_advisor::offer), records, add_plan),
        ("churn_guard", Hook::ChurnWarning) => said(&given.churn_warning(churn_guard::warning), records, add_warning),
        other => panic!("nobody knows the function of {other:?}"),
    }
}

fn said<W>(answers: &Answers<W>, records: usize, add: impl Fn(&mut Wishes, &W)) -> Vec<Said> {
    let one = |record: usize| {
        let wanted = match answers.fault(record) {
            Some(fault) => Err(fault.message.clone()),
            None => {
                let mut wishes = Wishes::default();
                answers.of(record).iter().for_each(|wish| add(&mut wishes, wish));
                Ok(wishes)
            }
        };
        (wanted, answers.traces(record as u32).into_iter().map(str::to_owned).collect())
    };
    (0..records).map(one).collect()
}

fn reason(reason: &sdk::Reason) -> Reason {
    let arguments = reason.arguments.iter().map(|(name, value)| {
        let value = match value {
            sdk::Argument::Unknown => None,
            sdk::Argument::Text(text) => Some(Value::Text(text.to_string())),
            sdk::Argument::Integer(number) => Some(Value::Integer(*number)),
            sdk::Argument::Decimal(number) => Some(Value::Decimal(*number)),
            sdk::Argument::Boolean(yes) => Some(Value::Boolean(*yes)),
            sdk::Argument::Day(day) => Some(Value::Day(Day(day.0))),
        };
        Argument { name: name.to_string(), value }
    });
    Reason { code: reason.code.to_string(), arguments: arguments.collect(), points: reason.points }
}

fn in_role(reasons: &[sdk::Reason], role: Role) -> Vec<Reason> {
    reasons.iter().filter(|it| it.role == role).map(reason).collect()
}

fn day(day: sdk::Day) -> Day {
    Day(day.0)
}

fn anchor(anchor: &sdk::Anchor) -> AnchorWish {
    match anchor {
        sdk::Anchor::Once => AnchorWish::Once,
        sdk::Anchor::Fact(id) => AnchorWish::Fact(id.to_string()),
        sdk::Anchor::Cycle(group) => AnchorWish::Cycle(group.to_string()),
        sdk::Anchor::Year(on) => AnchorWish::Year(day(*on)),
        sdk::Anchor::Episode(on) => AnchorWish::Episode(day(*on)),
        sdk::Anchor::Every(days, since) => {
            let since = match since {
                sdk::Since::Contact => Since::Contact,
                sdk::Since::Order => Since::Order,
                sdk::Since::FirstSeen => Since::FirstSeen,
                sdk::Since::Day(on) => Since::Day(day(*on)),
            };
            AnchorWish::Every { days: *days, since }
        }
    }
}

fn add_class(wishes: &mut Wishes, wish: &Classes) {
    let (dimension, reasons) = match wish {
        Classes::Class(class) => (&class.dimension, class.reasons()),
        Classes::Score(score) => (&score.dimension, score.reasons()),
    };
    let verdict = match wish {
        Classes::Class(class) => Verdict::Class(class.class.to_string()),
        Classes::Score(score) => Verdict::Score {
            groups: score
                .groups
                .iter()
                .map(|it| ScoreGroup { name: it.name.to_string(), attainable: it.attainable, points: it.points })
                .collect(),
            bands: score.bands.iter().map(|it| Band { class: it.class.to_string(), from: it.from }).collect(),
        },
    };
    let reasons = in_role(reasons, Role::Reason);
    wishes.classes.push(ClassWish { dimension: dimension.to_string(), verdict, reasons });
}

fn add_plan(wishes: &mut Wishes, wish: &Plan) {
    let one = |role| in_role(wish.reasons(), role).pop();
    wishes.follow_ups.push(FollowUpWish {
        kind: wish.kind.to_string(),
        anchor: anchor(&wish.anchor),
        due: wish.due.map(day),
        channel: wish.channel.map(|channel| format!("{channel:?}").to_lowercase()),
        priority: wish.priority,
        reasons: in_role(wish.reasons(), Role::Reason),
        action: one(Role::Action),
        offer: one(Role::Offer).map(|terms| OfferWish { terms, ends: wish.offer_ends.map(day) }),
    });
}

fn add_warning(wishes: &mut Wishes, wish: &Warning) {
    let severity = match wish.severity {
        sdk::Severity::Low => Severity::Low,
        sdk::Severity::Medium => Severity::Medium,
        sdk::Severity::High => Severity::High,
    };
    wishes.warnings.push(WarningWish {
        cause: wish.cause.to_string(),
        episode: anchor(&wish.anchor),
        severity,
        reasons: in_role(wish.reasons(), Role::Reason),
        suggestion: in_role(wish.reasons(), Role::Suggestion).pop(),
    });
}

/// What a component answered.
fn answered(outcome: &BatchOutcome) -> Vec<Said> {
    let one = |record: &tierhook_hooks::RecordOutcome| {
        let wanted = record.result.clone().map_err(|fault| fault.message);
        (wanted, record.hits.clone())
    };
    outcome.records.iter().map(one).collect()
}

#[test]
fn a_component_answers_what_its_source_does_for_everybody() {
    /// For each hook: records, and wishes.
    type Tally = BTreeMap<(String, &'static str), (usize, usize)>;
    let tally: Arc<Mutex<Tally>> = Arc::default();
    let told = tally.clone();
    let listener: Listener = Arc::new(move |meta, hook, frame, context, outcome| {
        let expected = native(&meta.name, hook, as_batch(meta, hook, frame, context), frame.len());
        let found = answered(outcome);
        let mut told = told.lock().unwrap();
        let (records, wishes) = told.entry((meta.name.clone(), hook.name())).or_default();
        for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert_eq!(found, expected, "{} for record {:?}", meta.name, frame.records()[at]);
            *records += 1;
            *wishes += found.0.as_ref().map_or(0, |it| it.classes.len() + it.follow_ups.len() + it.warnings.len());
        }
    });
    rehearse(&committed(), facts(), &listener);
    let tally = tally.lock().unwrap();
    assert_eq!(tally.len(), 5, "{tally:?}");
    for ((rule, hook), (records, wishes)) in tally.iter() {
        // First a few, then all of them twice.
        assert!(*records >= 2 * CUSTOMERS, "{hook} of {rule} was asked about {records}");
        assert!(*wishes >= 10, "{hook} of {rule} wants {wishes} things: nothing was compared");
    }
}

#[test]
fn committed_components_are_those_of_their_manifests_and_pass_their_cases() {
    let workspace = committed();
    let host = workspace.open();
    assert_eq!(take!(ask(&host, Command::Status), Status).problems, []);
    let cases = take!(ask(&host, Command::RulesTest { rule: None }), Test);
    assert!(cases.is_passed(), "{cases:#?}");
    for (id, folder) in COMMITTED {
        let folder = root().join(folder);
        let manifest: toml::Table = toml::from_str(&fs::read_to_string(folder.join("plugin.toml")).unwrap()).unwrap();
        let digest = manifest["plugin"]["files"]["plugin.wasm"].as_str().unwrap();
        assert_eq!(digest, sha256_hex(&fs::read(folder.join("plugin.wasm")).unwrap()), "{id}");
        let written = fs::read_to_string(folder.join("cases.toml")).unwrap().matches("[[case]]").count();
        let run = cases.cases.iter().filter(|case| case.rule == id).count();
        assert!(run == written && run > 2, "{id} has {written} cases, and {run} were run");
    }
}

/// The components of release 0.1.0, by their digests. They never change.
const FROZEN: [(&str, &str); 3] = [
    ("bank_tiers", "50ea9b1766e819a336a7e8e3bc94c2b5962dfae0a3ff7351417d8c33bc716be9"),
    ("basket_advisor", "9fe0e4f61426055f5c706e73332d85af36ddd60beca804b7b7617522677e5d23"),
    ("churn_guard", "a508373d222bd4cc066108612a602903178eee9c896b9d4a420463df34b6436d"),
];

fn frozen(id: &str) -> PathBuf {
    root().join("tests/guests/frozen_0_1_0").join(id)
}

#[test]
fn what_was_built_for_0_1_0_loads_and_answers_the_same_for_ever() {
    for (id, digest) in FROZEN {
        let component = fs::read(frozen(id).join("plugin.wasm")).unwrap();
        assert_eq!(sha256_hex(&component), digest, "{id} was frozen: add another one instead of changing it");
    }
    // With a vocabulary of its own: that of the shipped rules changes.
    let workspace = Workspace::empty("2026-03-02");
    for file in ["scripts/dimensions.toml", "plugins/grants.toml"] {
        fs::create_dir_all(workspace.path().join("plugins")).unwrap();
        let name = Path::new(file).file_name().unwrap().to_str().unwrap();
        fs::copy(frozen(name), workspace.path().join(file)).unwrap();
    }
    FROZEN.iter().for_each(|(id, _)| workspace.copy_plugin(&frozen(id), id));
    let host = workspace.open();
    assert_eq!(take!(ask(&host, Command::Status), Status).problems, []);
    for (id, cases) in FROZEN.map(|(id, _)| (id, take!(ask(&host, Command::RulesTest { rule: Some(id.into()) }), Test)))
    {
        assert!(cases.is_passed() && cases.cases.len() > 2, "{id}: {cases:#?}");
    }
    drop(host);

    let answers: Arc<Mutex<BTreeMap<String, String>>> = Arc::default();
    let told = answers.clone();
    let listener: Listener = Arc::new(move |meta, hook, frame, _, outcome| {
        let mut lines = String::new();
        for (at, (wanted, hits)) in answered(outcome).into_iter().enumerate() {
            writeln!(lines, "{} {}: {hits:?}", hook.name(), frame.records()[at].0).unwrap();
            match wanted {
                Ok(wishes) => lines += &in_words(&wishes),
                Err(fault) => writeln!(lines, "  fault {fault}").unwrap(),
            }
        }
        told.lock().unwrap().insert(format!("{} {}", meta.name, hook.name()), lines);
    });
    rehearse(&workspace, history(), &listener);
    let answers: String = std::mem::take(&mut *answers.lock().unwrap()).into_values().collect();
    let file = root().join("tests/guests/frozen_0_1_0/answers.txt");
    let expected = fs::read_to_string(&file).unwrap_or_default();
    assert!(answers == expected, "what frozen plugins answer has changed; it was\n{expected}\nand is\n{answers}");
}

/// What happened to three customers, told by hand: it never changes either.
fn history() -> Vec<NewFact> {
    let fact = |customer: &str, id: String, ago: i32, body: FactBody| {
        let day = DAY.plus(-ago);
        let occurred = Moment(i64::from(day.0) * 86_400 + 43_200);
        NewFact {
            record: ExternalRef::new("shop", customer),
            key: ExternalRef::new("shop", id),
            occurred,
            day,
            contact: None,
            body,
        }
    };
    let order = |customer: &str, ago: i32, group: &str, minor: i64| {
        let line = Line {
            product: format!("p-{group}"),
            name: None,
            category: Some(format!("{group} and more")),
            group: Some(group.to_owned()),
            quantity_milli: 2_000,
            amount_minor: minor,
            is_goods: true,
        };
        let postage = Line { product: "post".into(), group: None, amount_minor: 500, is_goods: false, ..line.clone() };
        let amount = Amount::in_base(minor + 500, Currency::CNY);
        let body = FactBody::Order(Order { amount, lines: vec![line, postage], channel: Some("wechat".into()) });
        fact(customer, format!("{customer}-{ago}"), ago, body)
    };
    let balance = |customer: &str, ago: i32, value: f64| {
        let body = FactBody::Measure(Measure { name: "assets".into(), value });
        fact(customer, format!("{customer}-b{ago}"), ago, body)
    };
    let mut facts = Vec::new();
    // Every ninth day for a year, and now nothing for two months, with smaller orders at the end.
    facts.extend((0..40).map(|at| order("regular", 60 + 9 * at, "nappies", if at < 3 { 2_000 } else { 31_900 })));
    facts.extend([balance("regular", 200, 470_000.0), balance("regular", 50, 480_000.5)]);
    // Now and then, lately.
    facts.extend([3, 40, 95, 200, 210].map(|ago| order("irregular", ago, "wipes", 9_990)));
    facts.extend([order("irregular", 5, "washing liquid", 4_500), balance("irregular", 10, 7_000_000.0)]);
    // Thirteen times within a quarter: an active client with less than gold asks for.
    facts.extend((0..13).map(|at| order("active", 1 + 6 * at, "rice", 1_234)));
    facts.extend([balance("active", 89, 42_000.0), balance("active", 30, 41_000.25)]);
    facts
}

/// Wishes in words that depend on no type of ours.
fn in_words(wishes: &Wishes) -> String {
    let mut words = String::new();
    for wish in &wishes.classes {
        match &wish.verdict {
            Verdict::Class(class) => writeln!(words, "  {} is {class}", wish.dimension).unwrap(),
            Verdict::Score { groups, bands } => {
                writeln!(words, "  {} by {} groups and {} bands", wish.dimension, groups.len(), bands.len()).unwrap();
            }
        }
        wish.reasons.iter().for_each(|it| words += &reason_in_words("because", it));
    }
    for wish in &wishes.follow_ups {
        let (kind, due, channel, priority) =
            (&wish.kind, wish.due.map(|day| day.to_string()), &wish.channel, wish.priority);
        writeln!(words, "  {kind}, {}, due {due:?}, {channel:?}, {priority}", anchor_in_words(&wish.anchor)).unwrap();
        wish.reasons.iter().for_each(|it| words += &reason_in_words("because", it));
        wish.action.iter().for_each(|it| words += &reason_in_words("do", it));
        if let Some(offer) = &wish.offer {
            words +=
                &reason_in_words(&format!("offer until {:?}", offer.ends.map(|day| day.to_string())), &offer.terms);
        }
    }
    for wish in &wishes.warnings {
        let severity = match wish.severity {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
        };
        writeln!(words, "  {}, {}, {severity}", wish.cause, anchor_in_words(&wish.episode)).unwrap();
        wish.reasons.iter().for_each(|it| words += &reason_in_words("because", it));
        wish.suggestion.iter().for_each(|it| words += &reason_in_words("suggest", it));
    }
    words
}

fn reason_in_words(what: &str, reason: &Reason) -> String {
    let value = |value: &Option<Value>| match value {
        None => "unknown".to_owned(),
        Some(Value::Text(text)) => format!("{text:?}"),
        Some(Value::Integer(number)) => number.to_string(),
        Some(Value::Decimal(number)) => format!("{number:?}"),
        Some(Value::Boolean(yes)) => yes.to_string(),
        Some(Value::Day(day)) => day.to_string(),
        Some(other) => format!("{other:?}"),
    };
    let arguments: Vec<String> =
        reason.arguments.iter().map(|argument| format!("{} {}", argument.name, value(&argument.value))).collect();
    format!("    {what} {} ({}) {:?}\n", reason.code, arguments.join(", "), reason.points)
}

fn anchor_in_words(anchor: &AnchorWish) -> String {
    match anchor {
        AnchorWish::Once => "once".to_owned(),
        AnchorWish::Fact(id) => format!("for {id}"),
        AnchorWish::Cycle(group) => format!("each cycle of {group}"),
        AnchorWish::Year(day) => format!("each year from {day}"),
        AnchorWish::Episode(day) => format!("since {day}"),
        AnchorWish::Every { days, since } => format!("every {days} days since {since:?}"),
    }
}
