//! Many changes in a row: nobody ends between two of them, and nothing of the old ones stays in memory.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tierhook_server::api::{ClassCell, Command, CustomerFilter, CustomerRow, MappingFile};

use super::{DAY, Live};
use crate::support::book::dimension;
use crate::support::{Workspace, ask, ask_with, take, wait_for};

/// How many classes there are, so that each of so many changes in a row moves everybody.
const CLASSES: usize = 10;

/// How often the rules are changed while orders come in.
const CHANGES: usize = 25;

fn module(number: usize) -> String {
    format!("fn name() {{ \"c{}\" }}\n", number % CLASSES)
}

/// Two rules on two dimensions that both say what one module says.
fn workspace() -> Workspace {
    let classes: Vec<String> = (0..CLASSES).map(|number| format!("c{number}")).collect();
    let classes: Vec<&str> = classes.iter().map(String::as_str).collect();
    let workspace = Workspace::empty(DAY);
    let dimensions = [dimension("left", "", &classes), dimension("right", "", &classes)];
    workspace.write("scripts/dimensions.toml", &dimensions.join("\n"));
    workspace.write("scripts/_current.rhai", &module(0));
    for side in ["left", "right"] {
        let text = format!(
            "import \"_current\" as current;\n\nfn classify(customer, ctx) {{\n    class(\"{side}\", current::name())\n}}\n"
        );
        workspace.write(&format!("scripts/{side}.rhai"), &text);
    }
    workspace
}

impl Live {
    /// Saves the module in one step.
    fn save(&self, text: &str) {
        let scripts = self.workspace.path().join("scripts");
        fs::write(scripts.join("next"), text).unwrap();
        fs::rename(scripts.join("next"), scripts.join("_current.rhai")).unwrap();
    }

    /// The classes of everybody on both sides.
    pub(super) fn sides(&self) -> Vec<(String, [Option<String>; 2])> {
        let filter = CustomerFilter { limit: usize::MAX, ..CustomerFilter::default() };
        let list = take!(ask(&self.host, Command::CustomersList(filter)), Customers);
        let class = |cell: &Option<_>| cell.as_ref().map(|cell: &ClassCell| cell.class.clone());
        let sides = |row: CustomerRow| (row.customer.id, [class(&row.classes[0]), class(&row.classes[1])]);
        list.rows.into_iter().map(sides).collect()
    }
}

/// Ends the threads of a test, however the test itself ends.
pub(super) struct Done<'a>(pub(super) &'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn nobody_ends_decided_by_an_older_generation_nor_by_two() {
    let live = Live::start(workspace(), 200);
    let done = AtomicBool::new(false);
    let before_last = thread::scope(|scope| {
        // Orders come in all the while, also for customers that nobody has seen before.
        scope.spawn(|| {
            let mapping = "kind = \"orders\"\nsource = \"shop\"\ncustomer = \"customer\"\nid = \"id\"\nat = \"day\"\n\
                           [line]\nproduct = \"product\"\namount = \"amount\"\n";
            for number in 0.. {
                let file = MappingFile { name: "orders.toml".into(), text: mapping.into() };
                let command = Command::Import {
                    file: "orders.csv".into(),
                    bytes: None,
                    kind: None,
                    mapping: Some(file),
                    dry_run: false,
                    amend: false,
                    rejects: None,
                };
                let rows: String =
                    (0..5).map(|row| format!("new-{},o{number}-{row},{DAY},tea,10\n", (number + row) % 40)).collect();
                let rows = format!("customer,id,day,product,amount\n{rows}");
                take!(ask_with(&live.host, command, rows.as_bytes()).0, Import);
                if number >= 10 && done.load(Ordering::SeqCst) {
                    break;
                }
            }
        });
        // Whoever looks at whatever moment sees every customer on one side as on the other.
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                for (id, [left, right]) in live.sides() {
                    assert_eq!(left, right, "{id} is between two generations");
                }
            }
        });
        // Each change is saved as soon as the one before decides, whether it has graded the book or not.
        let _done = Done(&done);
        let mut before_last = live.rules().generation;
        for number in 1..=CHANGES {
            let before = live.rule("left").version;
            before_last = live.rules().generation;
            live.save(&module(number));
            wait_for("the next generation", || live.rule("left").version, |version| *version != before);
        }
        before_last
    });
    let class = Some(format!("c{}", CHANGES % CLASSES));
    let all = wait_for("the last", || live.sides(), |all| all.iter().all(|(_, sides)| sides[0] == class));
    assert!(all.len() > 210, "{} customers", all.len());
    for (id, sides) in all {
        assert_eq!(sides, [class.clone(), class.clone()], "{id}");
        let history = live.customer(&id).history;
        // Every decision moved both sides to the same class.
        for decision in &history {
            let moves: Vec<&str> = decision
                .changes
                .iter()
                .filter(|change| change.code == "class")
                .filter_map(|change| change.text.split_once(": ").map(|(_, moved)| moved))
                .collect();
            let [left, right] = moves.as_slice() else { panic!("{id}: {decision:#?}") };
            assert_eq!(left, right, "{id}");
        }
        // What the book as a whole tells makes generations too, by which nobody moves; so the number may be a later one.
        assert!(history[0].generation > before_last, "{id} was decided last by an older generation");
        let numbers: Vec<u64> = history.iter().map(|decision| decision.generation.0).collect();
        assert!(numbers.windows(2).all(|pair| pair[0] > pair[1]), "{id} went back: {numbers:?}");
    }
}

/// Names the file into which a process of its own writes what it measured: it may hold nothing but that test.
#[cfg(target_os = "linux")]
const MEASURED: &str = "TIERHOOK_TEST_MEASURED";

#[cfg(target_os = "linux")]
#[test]
fn a_thousand_edits_in_a_row_leave_nothing_in_memory() {
    if let Some(file) = std::env::var_os(MEASURED) {
        let [early, late] = thousand_edits();
        return fs::write(file, format!("{early} {late}")).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("measured");
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "reload::storm::a_thousand_edits_in_a_row_leave_nothing_in_memory"])
        .env(MEASURED, &file)
        .output()
        .unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
    let measured = fs::read_to_string(file).unwrap();
    let (early, late) = measured.split_once(' ').unwrap();
    let (early, late): (u64, u64) = (early.parse().unwrap(), late.parse().unwrap());
    // Six kilobytes that stayed of each could not be missed; an engine takes hundreds.
    assert!(late.saturating_sub(early) < 4 * 1024, "{early} KiB after 300 edits, {late} KiB after 1,000");
}

/// Edits and activates a thousand times; returns the memory in use after 300 and after all, in KiB.
#[cfg(target_os = "linux")]
fn thousand_edits() -> [u64; 2] {
    let mut workspace = workspace();
    workspace.settings.settle_ms = 1;
    let live = Live::start(workspace, 10);
    let mut early = 0;
    for number in 1..=1000 {
        let before = live.rule("left").version;
        // Nobody moves: what is kept of moves is data, and grows as it should.
        live.save(&format!("// {number}\n{}", module(0)));
        wait_for("the next generation", || live.rule("left").version, |version| *version != before);
        if number == 300 {
            early = resident_kib();
        }
    }
    let late = resident_kib();
    let class = Some("c0".to_owned());
    wait_for("the last", || live.sides(), |all| all.iter().all(|(_, sides)| *sides == [class.clone(), class.clone()]));
    [early, late]
}

/// The memory that this process has in use, in KiB.
#[cfg(target_os = "linux")]
pub(super) fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse().unwrap()
}
