//! Canaries: values that nobody but the customer has, in fields that a plugin was not granted, or only as tokens, and a plugin that
//! searches all that it gets for them, and logs, notes and answers whatever it finds.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tierhook_server::Host;
use tierhook_server::api::{Command, Explanation, FollowUpFilter, RuleTrace, WarningFilter};
use tracing_subscriber::fmt::MakeWriter;

use crate::support::book::dimension;
use crate::support::guest::written::{Data, PARAMETERS, laid_out, module};
use crate::support::guest::{self, Save};
use crate::support::{Workspace, ask, take};

/// How all canaries begin: eight bytes, so that a guest can look for them as one number.
const BEGIN: &[u8; 8] = b"QxCanary";

/// What may be told by the plugin: the operator granted it in clear.
const CLEAR: &str = "QxCanaryClearName";
/// What comes as a token, or was not granted, or was not even asked for.
const HIDDEN: [&str; 5] =
    ["QxCanaryStreet", "qxcanarymail@example.com", "QxCanaryAlias", "QxCanaryNotes", "QxCanaryHandle"];
/// A number that identifies somebody.
const NUMBER: i64 = 0x5178_4e75_6d62_6572;

const HEAD: &str = "dimensions = [\"spill\"]\n\
    reads = [\"address\", \"custom.alias\", \"custom.shoe_size\", \"name\", \"orders_total\"]\n\
    [texts]\nSPILL = { en = \"Found {all}.\", zh = \"{all}\" }\n";

const FIELDS: &str = "[[field]]\nname = \"alias\"\ntype = \"text\"\nlabel = \"pii\"\n\
    [[field]]\nname = \"shoe_size\"\ntype = \"integer\"\nlabel = \"pii\"\n";

/// A guest that goes through all of its memory before it answers. What it finds is put together behind that memory, once for the
/// answer and many times for a line of log, and everything is logged and noted at every offset that a limit might cut it at.
fn spy() -> Vec<u8> {
    let begin = i64::from_le_bytes(*BEGIN);
    let small = i64::from_le_bytes(*b"qxcanary");
    let columns: &[(&str, Data<'_>)] = &[
        ("record", Data::Integers(&[Some(0)])),
        ("dimension", Data::Texts(&[Some("spill")])),
        ("class", Data::Texts(&[Some("in")])),
    ];
    let reasons: &[(&str, Data<'_>)] = &[("wish", Data::Integers(&[Some(0)])), ("code", Data::Texts(&[Some("SPILL")]))];
    let arguments: &[(&str, Data<'_>)] = &[
        ("reason", Data::Integers(&[Some(0)])),
        ("name", Data::Texts(&[Some("all")])),
        ("text", Data::Texts(&[Some("nothing")])),
    ];
    let tables = [("classes", 1, columns), ("reasons", 1, reasons), ("arguments", 1, arguments)];
    let (data, at) = laid_out(&tables, &[]);
    let items = format!(
        "{data}
        (data (i32.const 2048) \"number found|\")
        (data (i32.const 3072) \"{pad}\")
        (global $out (mut i32) (i32.const 0))
        (func $spy (result i32)
            (local $at i32) (local $end i32) (local $to i32) (local $value i64) (local $times i32)
            (local.set $end (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 40)))
            (global.set $out (i32.mul (memory.grow (i32.const 2)) (i32.const 65536)))
            (local.set $to (global.get $out))
            (loop $next
                (local.set $value (i64.load align=1 (local.get $at)))
                (if (i32.or
                        (i64.eq (local.get $value) (i64.const {begin}))
                        (i64.eq (local.get $value) (i64.const {small})))
                    (then
                        (memory.copy (local.get $to) (local.get $at) (i32.const 24))
                        (i32.store8 offset=24 (local.get $to) (i32.const 124))
                        (local.set $to (i32.add (local.get $to) (i32.const 25)))))
                (if (i64.eq (local.get $value) (i64.const {NUMBER}))
                    (then
                        (memory.copy (local.get $to) (i32.const 2048) (i32.const 13))
                        (local.set $to (i32.add (local.get $to) (i32.const 13)))))
                (local.set $at (i32.add (local.get $at) (i32.const 1)))
                (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
            (local.set $end (local.get $to))
            (if (i32.eq (local.get $end) (global.get $out)) (then (return (i32.const 0))))
            ;; As it is, and behind so many other characters that a limit cuts it somewhere.
            (local.set $times (i32.const 0))
            (loop $pad
                (local.set $at (i32.sub (global.get $out) (local.get $times)))
                (memory.copy (local.get $at) (i32.const 3072) (local.get $times))
                (call $log (i32.const 1) (i32.const 1) (i32.const 0) (local.get $at) (i32.sub (local.get $end) (local.get $at)))
                (call $trace (i32.const 0) (local.get $at) (i32.sub (local.get $end) (local.get $at)))
                (local.set $times (i32.add (local.get $times) (i32.const 9)))
                (br_if $pad (i32.lt_u (local.get $times) (i32.const 64))))
            ;; So often that there are more of them than a line has room for.
            (local.set $to (local.get $end))
            (local.set $times (i32.const 0))
            (loop $again
                (memory.copy (local.get $to) (global.get $out) (i32.const 17))
                (local.set $to (i32.add (local.get $to) (i32.const 17)))
                (local.set $times (i32.add (local.get $times) (i32.const 1)))
                (br_if $again (i32.lt_u (local.get $times) (i32.const 500))))
            (call $log (i32.const 2) (i32.const 0) (i32.const 0) (local.get $end) (i32.sub (local.get $to) (local.get $end)))
            (i32.sub (local.get $end) (global.get $out)))
        (func $answer (result i32)
            (local $arguments i32) (local $found i32)
            (local.set $found (call $spy))
            (if (i32.eqz (local.get $found)) (then (return (i32.const 1024))))
            ;; The third table's third column gets what was found as its text.
            (local.set $arguments (i32.load offset=52 (i32.load offset=4 (i32.const {at}))))
            (i32.store (i32.load offset=108 (local.get $arguments)) (local.get $found))
            (i32.store offset=116 (local.get $arguments) (global.get $out))
            (i32.store offset=120 (local.get $arguments) (local.get $found))
            (i32.const {at}))
        (func (export \"tierhook:hooks/follow-up@0.1.0#follow-up\") {PARAMETERS} (result i32)
            (drop (call $spy)) (i32.const 1024))
        (func (export \"tierhook:hooks/churn-warning@0.1.0#churn-warning\") {PARAMETERS} (result i32)
            (drop (call $spy)) (i32.const 1024))",
        pad = "x".repeat(64),
    );
    guest::component("plugin", &module("classify", "(call $answer)", &items))
}

/// All lines that this process logs.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Lines {
    /// Listens from now on.
    fn listen() -> Self {
        let lines = Self::default();
        let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false);
        tracing::subscriber::set_global_default(subscriber.with_writer(lines.clone()).finish())
            .expect("no other test listens");
        lines
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn add(host: &Host, id: &str, set: &[(&str, &str)]) {
    let set = set.iter().map(|(field, value)| ((*field).to_owned(), (*value).to_owned())).collect();
    ask(host, Command::CustomersAdd { id: id.into(), set, tags: Vec::new(), owner: None });
}

fn explain(host: &Host, customer: &str) -> Explanation {
    take!(ask(host, Command::Explain { customer: customer.into(), dimension: None, as_of: None }), Explanation)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all
}

fn holds(text: &[u8], canary: &str) -> bool {
    text.windows(canary.len()).any(|part| part.eq_ignore_ascii_case(canary.as_bytes()))
}

/// What a plugin said by itself: all of a trace but the fields that it was given, which the host tells by itself and only to whoever
/// may look at the customer.
fn said(trace: &RuleTrace) -> String {
    format!("{:?} {:?}", trace.hits, trace.fault)
}

#[test]
fn what_was_not_granted_in_clear_is_nowhere() {
    let lines = Lines::listen();
    let mut workspace = Workspace::empty("2026-03-02");
    // A search of all memory for one record in a debug build takes its time.
    workspace.settings.limits.wall_ms = 600_000;
    workspace.settings.limits.log_bytes = 1 << 20;
    workspace.write("scripts/dimensions.toml", &dimension("spill", "", &["in", "out"]));
    workspace.write("scripts/fields.toml", FIELDS);
    fs::create_dir_all(workspace.path().join("plugins")).unwrap();
    let component = spy();
    let manifest = guest::manifest("spy", 1, HEAD, &component)
        .replace("api = \"0.1.0\"\n", "api = \"0.1.0\"\noptional = [\"emails\", \"notes\"]\n");
    workspace.save_plugin("spy", &manifest, &component, Save::Renamed);
    workspace.write(
        "plugins/grants.toml",
        "[grants.spy]\nfields = [\"address\", \"custom.alias\", \"custom.shoe_size\", \"orders_total\"]\nclear = [\"name\"]\n",
    );
    let host = workspace.open();
    let serving = host.start_serving(None).unwrap();
    assert_eq!(take!(ask(&host, Command::Status), Status).problems, []);
    let [street, mail, alias, notes, handle] = HIDDEN;
    let number = NUMBER.to_string();
    let set = [
        ("name", CLEAR),
        ("address", street),
        ("emails", mail),
        ("custom.alias", alias),
        ("custom.shoe_size", &number),
        ("notes", notes),
        ("handles", handle),
    ];
    add(&host, "first", &set);
    add(&host, "second", &set);
    add(&host, "nobody", &[("address", "elsewhere")]);
    let report = take!(ask(&host, Command::Evaluate { customer: None }), Regrade);
    assert_eq!(report.faults, []);

    for id in ["first", "second"] {
        let explained = explain(&host, id);
        let [spill] = explained.dimensions.as_slice() else { panic!("{explained:#?}") };
        let [reason] = spill.reasons.as_slice() else { panic!("the spy has nothing to say: {explained:#?}") };
        assert!(reason.text.contains(CLEAR), "the search finds what there is to be found: {}", reason.text);
        let mut told = format!("{:?}", explained.dimensions);
        let mut hits = 0;
        for trace in &explained.rules {
            hits += trace.hits.len();
            assert!(!trace.read.is_empty());
            assert!(trace.read.iter().all(|read| !["emails", "notes", "handles"].contains(&&*read.field)));
            // What is noted is kept from people who may not see the field, as what is logged.
            assert!(!holds(said(trace).as_bytes(), "QxCanary"), "{:?}", trace.hits);
            told += &said(trace);
        }
        assert!(hits > 8, "it noted what it found: {explained:#?}");
        let history = take!(ask(&host, Command::CustomersShow { customer: id.into(), as_of: None }), Customer).history;
        told += &serde_json::to_string(&history).unwrap();
        for canary in HIDDEN {
            assert!(!holds(told.as_bytes(), canary), "{canary} is in {told}");
        }
        assert!(!told.contains("number found"), "{told}");
    }
    let list =
        take!(ask(&host, Command::FollowUpsList(FollowUpFilter { all: true, ..FollowUpFilter::default() })), FollowUps);
    let warnings =
        take!(ask(&host, Command::WarningsList(WarningFilter { all: true, ..WarningFilter::default() })), Warnings);
    assert_eq!((list.rows.len(), warnings.rows.len()), (0, 0));
    serving.stop();
    drop(host);

    let logged = lines.text();
    assert!(logged.contains("tierhook::plugin") && logged.contains("***"), "the spy's lines are in the log: {logged}");
    for line in logged.lines() {
        assert!(!holds(line.as_bytes(), "QxCanary") && !line.contains("number found"), "{line}");
    }
    // Nothing but the book itself knows of anybody: no cache, no archive of versions, no list.
    let data = workspace.path().join(".tierhook");
    let all = files(&data);
    let (book, others): (Vec<_>, Vec<_>) = all.iter().partition(|file| file.starts_with(data.join("book")));
    assert!(!book.is_empty() && others.len() > 3, "{all:?}");
    for file in others {
        let bytes = fs::read(file).unwrap();
        for canary in HIDDEN.iter().chain(&[CLEAR]) {
            assert!(!holds(&bytes, canary), "{canary} is in {}", file.display());
        }
    }
}
