//! Two hundred replacements of a plugin under load: good, broken and hostile in turn. The last good one serves throughout.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tierhook_hooks::Hook;
use tierhook_model::Day;
use tierhook_server::api::{Command, MappingFile, RuleRow, RuleState};

use super::storm::{Done, resident_kib};
use super::{DAY, Live};
use crate::support::book::dimension;
use crate::support::guest::written::{Data, Table, laid_out};
use crate::support::guest::{self, Save};
use crate::support::{Workspace, ask, ask_with, take, wait_for};

/// How often the plugin is replaced.
const REPLACEMENTS: usize = 200;
/// After how many replacements memory is measured first.
const SETTLED: usize = 20;
/// Customers that the book begins with.
const CUSTOMERS: usize = 24;

const HEAD: &str = "dimensions = [\"left\", \"right\"]\nreads = [\"orders_total\"]\n";

/// What is put in the plugin's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Release {
    /// Says `a`.
    A,
    /// Says `b`.
    B,
    Broken,
    Loop,
    Trap,
    Memory,
    World,
}

impl Release {
    /// What is saved at a turn. The good ones differ from turn to turn.
    fn at(turn: usize) -> Self {
        const BAD: [Release; 5] = [Release::Broken, Release::Loop, Release::Trap, Release::Memory, Release::World];
        match turn % 4 {
            0 => Self::A,
            2 => Self::B,
            1 => BAD[turn / 2 % BAD.len()],
            _ => BAD[(turn / 2 + 2) % BAD.len()],
        }
    }

    fn says(self) -> Option<&'static str> {
        match self {
            Self::A => Some("a"),
            Self::B => Some("b"),
            _ => None,
        }
    }

    /// A component whose bytes are like those of no other turn.
    fn component(self, turn: usize) -> Vec<u8> {
        let mark = format!("(data (i32.const 3000) \"{turn:08}\")");
        let strike = |items: &str, body: &str| guest::classifying(body, &format!("{items} {mark}"));
        match self {
            Self::A | Self::B => speaking(self.says().unwrap(), &mark),
            Self::Broken => {
                let mut bytes = speaking("a", &mark);
                bytes.truncate(bytes.len() / 2 + turn);
                bytes
            }
            Self::Loop => strike("", "(loop $on (br $on)) (i32.const 1024)"),
            Self::Trap => strike("", "unreachable"),
            Self::Memory => strike(
                "",
                "(loop $on (if (i32.eq (memory.grow (i32.const 64)) (i32.const -1)) (then unreachable)) (br $on)) unreachable",
            ),
            Self::World => guest::written::foreign(
                "package tierhook:hooks@0.9.0; interface classify { classify: func(); } world later { export classify; }",
                "later",
                &format!("(module (memory 1) {mark} (func (export \"tierhook:hooks/classify@0.9.0#classify\")))"),
            ),
        }
    }

    /// What has to be said of it where it is not fit.
    fn complaint(self) -> &'static str {
        match self {
            Self::A | Self::B => "",
            Self::Broken => "it is damaged",
            Self::Loop => "a loop that never ends",
            Self::Trap => "it trapped",
            Self::Memory => "bytes of memory",
            Self::World => "classify@0.9.0",
        }
    }
}

/// A component that gives every record the class `says` on both dimensions, and plans a follow-up of that name.
fn speaking(says: &str, mark: &str) -> Vec<u8> {
    // An answer for up to so many records, of which the tables' rows are set to as many as there are.
    const MOST: usize = 1024;
    let of: Vec<Option<i64>> = (0..2 * MOST as i64).map(|row| Some(row / 2)).collect();
    let sides: Vec<u32> = (0..2 * MOST as u32).map(|row| row % 2).collect();
    let classes = vec![0; 2 * MOST];
    let names = [says];
    let table: &[(&str, Data<'_>)] = &[
        ("record", Data::Integers(&of)),
        ("dimension", Data::Categories(&sides, &["left", "right"])),
        ("class", Data::Categories(&classes, &names)),
    ];
    let tables: [Table<'_>; 1] = [("classes", 2 * MOST as u32, table)];
    let (data, at) = laid_out(&tables, &[]);
    // Each list of the columns gets the length that fits: that of `validity` of numbers is none where all are there.
    let body = format!(
        "(local $table i32) (local $columns i32) (local $rows i32)
        (local.set $rows (i32.mul (local.get 8) (i32.const 2)))
        (local.set $table (i32.load offset=4 (i32.const {at})))
        (i32.store offset=8 (local.get $table) (local.get $rows))
        (local.set $columns (i32.load offset=12 (local.get $table)))
        (i32.store offset=12 (local.get $columns) (local.get $rows))
        (i32.store offset=24 (local.get $columns) (local.get $rows))
        (i32.store offset=68 (local.get $columns) (local.get $rows))
        (i32.store offset=112 (local.get $columns) (local.get $rows))
        (i32.const {at})"
    );
    guest::classifying(&body, &format!("{data} {mark}"))
}

fn workspace() -> Workspace {
    let mut workspace = Workspace::empty(DAY);
    // Loops and memory end by their limits, which are lower, so that many of them take little time.
    workspace.settings.limits.plugin.fuel = 100_000;
    workspace.settings.limits.plugin.fuel_per_batch = 100_000;
    let dimensions = [dimension("left", "", &["a", "b"]), dimension("right", "", &["a", "b"])];
    workspace.write("scripts/dimensions.toml", &dimensions.join("\n"));
    workspace.grant("guest", &["orders_total"]);
    let component = Release::A.component(0);
    workspace.save_plugin("guest", &guest::manifest("guest", 1, HEAD, &component), &component, Save::Renamed);
    workspace
}

impl Live {
    /// Asks why every customer is in its classes: always one version, on both dimensions, without a fault.
    /// Returns which version said what.
    fn check_explanations(&self, ids: impl Iterator<Item = String>) -> Vec<(String, String)> {
        let mut said = Vec::new();
        for customer in ids {
            let command = Command::Explain { customer: customer.clone(), dimension: None, as_of: None };
            let explained = take!(ask(&self.host, command), Explanation);
            let [left, right] = explained.dimensions.as_slice() else { panic!("{customer}: {explained:#?}") };
            assert_eq!(left.class, right.class, "{customer} is between two versions");
            let [trace] = explained.rules.as_slice() else { panic!("{customer}: {:#?}", explained.rules) };
            assert_eq!((trace.rule.as_str(), trace.hook, &trace.fault), ("guest", Hook::Classify, &None), "{customer}");
            said.push((trace.version.clone(), left.class.clone()));
        }
        said
    }

    /// Takes orders in, also of customers that nobody has seen before, and checks that nothing faults.
    fn check_orders(&self, number: usize) {
        let day: Day = DAY.parse().unwrap();
        let mapping = "kind = \"orders\"\nsource = \"shop\"\ncustomer = \"customer\"\nid = \"id\"\nat = \"day\"\n\
                       [line]\nproduct = \"product\"\namount = \"amount\"\n";
        let command = Command::Import {
            file: "orders.csv".into(),
            bytes: None,
            kind: None,
            mapping: Some(MappingFile { name: "orders.toml".into(), text: mapping.into() }),
            dry_run: false,
            amend: false,
            rejects: None,
        };
        let rows: String =
            (0..3).map(|row| format!("new-{},o{number}-{row},{day},tea,10\n", (number + row) % 20)).collect();
        let rows = format!("customer,id,day,product,amount\n{rows}");
        let import = take!(ask_with(&self.host, command, rows.as_bytes()).0, Import);
        let faults = import.regrade.map(|report| report.faults).unwrap_or_default();
        assert!(faults.is_empty(), "{faults:?}");
    }
}

/// Replaces the plugin again and again. Returns the memory in use early and at the end, in KiB.
fn replace_under_load() -> [u64; 2] {
    let mut workspace = workspace();
    workspace.settings.settle_ms = 10;
    let live = Live::start(workspace, CUSTOMERS);
    let done = AtomicBool::new(false);
    let mut measured = [0; 2];
    let mut said_of: BTreeMap<String, &str> = BTreeMap::new();
    let explained: Mutex<BTreeSet<(String, String)>> = Mutex::default();
    thread::scope(|scope| {
        // Bounded, since the facts of a book grow as they should, and would be taken for a leak.
        scope.spawn(|| {
            for number in 0.. {
                // The book stays as it is; the same orders come again, and each is graded by whatever decides then.
                live.check_orders(number % 40);
                if number >= 40 && done.load(Ordering::SeqCst) {
                    break;
                }
            }
        });
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                let said = live.check_explanations(live.numbers("orders_total").into_keys().take(8));
                explained.lock().unwrap().extend(said);
            }
        });
        let _done = Done(&done);
        let mut good = live.rule("guest").version;
        said_of.insert(good.clone().unwrap(), "a");
        for turn in 1..=REPLACEMENTS {
            let release = Release::at(turn);
            let component = release.component(turn);
            let manifest = guest::manifest("guest", 1 + turn as u64, HEAD, &component);
            let save = if turn / 4 % 2 == 0 { Save::Renamed } else { Save::Truncated };
            live.workspace.save_plugin("guest", &manifest, &component, save);
            match release.says() {
                Some(says) => {
                    let is_new = |rule: &RuleRow| rule.state == RuleState::Active && rule.version != good;
                    let rule = wait_for(&format!("{release:?} at turn {turn}"), || live.rule("guest"), is_new);
                    assert_eq!(rule.problems, [], "turn {turn}");
                    good = rule.version;
                    let other = said_of.insert(good.clone().unwrap(), says);
                    assert_eq!(other, None, "turn {turn}: each release has a version of its own");
                }
                None => {
                    let told = |rule: &RuleRow| {
                        let said = rule.problems.iter().map(|problem| {
                            format!("{}; {}", problem.message, problem.hint.as_deref().unwrap_or_default())
                        });
                        said.into_iter().any(|said| said.contains(release.complaint()))
                    };
                    let rule = wait_for(&format!("{release:?} at turn {turn}"), || live.rule("guest"), told);
                    assert_eq!((rule.state, &rule.version), (RuleState::LastGood, &good), "turn {turn}");
                }
            }
            if turn == SETTLED {
                measured[0] = resident_kib();
            }
        }
        measured[1] = resident_kib();
    });
    let explained = explained.into_inner().unwrap();
    assert!(explained.len() > 5, "{explained:?}");
    for (version, said) in explained {
        assert_eq!(said_of.get(&version), Some(&&*said), "a version speaks with one voice");
    }
    // What lies on the disk is what decides: the last turn was a good one.
    assert_eq!(REPLACEMENTS % 4, 0, "the last turn is a good one");
    let says = Release::at(REPLACEMENTS).says().unwrap();
    let status = live.until("the end of the grading", |status| status.pending == 0 && status.problems.is_empty());
    assert_eq!(status.faulted, 0);
    let check = take!(ask(&live.host, Command::RulesCheck), Check);
    let on_disk = check.rules.iter().find(|rule| rule.name == "guest").and_then(|rule| rule.version.clone());
    assert_eq!(on_disk, live.rule("guest").version);
    assert_eq!(said_of[&on_disk.unwrap()], says);
    let report = take!(ask(&live.host, Command::Evaluate { customer: None }), Regrade);
    assert_eq!((report.changed, report.faults.len()), (0, 0));
    assert_eq!(live.rule("guest").usage.faults, 0, "nothing that was not fit ever decided");
    for (id, [left, right]) in live.sides() {
        assert_eq!((left.as_deref(), right.as_deref()), (Some(says), Some(says)), "{id}");
    }
    measured
}

/// Names the file into which a process of its own writes what it measured: it may hold nothing but that test.
const MEASURED: &str = "TIERHOOK_TEST_MEASURED_PLUGIN";

#[test]
fn two_hundred_replacements_under_load_break_nothing_and_leave_nothing_in_memory() {
    if let Some(file) = std::env::var_os(MEASURED) {
        let [early, late] = replace_under_load();
        return fs::write(file, format!("{early} {late}")).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("measured");
    let name = "reload::replacement::two_hundred_replacements_under_load_break_nothing_and_leave_nothing_in_memory";
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name])
        .env(MEASURED, &file)
        .output()
        .unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&[child.stdout, child.stderr].concat()));
    let measured = fs::read_to_string(file).unwrap();
    let (early, late) = measured.split_once(' ').unwrap();
    let (early, late): (u64, u64) = (early.parse().unwrap(), late.parse().unwrap());
    let said = format!("{early} KiB after {SETTLED} replacements, {late} KiB after {REPLACEMENTS}");
    writeln!(std::io::stderr(), "{said}").unwrap();
    // Components that stayed, bytes and code, came to thirteen megabytes when it was tried.
    assert!(late.saturating_sub(early) < 8 * 1024, "{said}");
}
