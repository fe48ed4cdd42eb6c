//! How a large book behaves: import, first evaluation, regrade, reopening and search, at growing numbers of customers.
//!
//! `cargo bench -p tierhook-tests --bench million` measures 10,000 and 100,000 customers; numbers behind `--` name others,
//! `-- 10000 100000 1000000` the whole table. A million takes about 10 GB in the folder for temporary files. Each size runs
//! in a process of its own, so that its memory is its own; processor seconds mean more than seconds where others work, too.
#![expect(clippy::print_stdout, reason = "a bench tells what it measured")]

mod measure;

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command as Process;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use mimalloc::MiMalloc;
use tierhook_engine::{Conventions, Engine, Recording};
use tierhook_model::{BookClock, BookZone, ClockMode, Currency, Day, FactBody, Language, Moment, NewFact, RecordKind};
use tierhook_sample::Company;
use tierhook_server::api::{Answer, Command, Request, Service};
use tierhook_server::{Host, HostOptions, Settings};
use tierhook_store::{Options, Store};

use crate::measure::{Phase, disk_mb, table};

/// As in the program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const SIZES: [usize; 2] = [10_000, 100_000];
const DAY: Day = Day(20_500);
const NOW: Moment = Moment(20_500 * 86_400 + 43_200);
const CACHE_MB: u64 = 256;
/// How many customers are recorded together.
const PART: usize = 2_048;
/// What is searched for: the beginning of an id, Latin and Chinese parts of names.
const SEARCHED: [&str; 6] = ["C000123", "Zhu", "芳", "Café", "liu", "母婴"];
/// How often each of them is.
const TURNS: usize = 10;

fn main() {
    let asked: Vec<String> = env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    if let [one, folder] = &asked[..]
        && let Some(size) = one.strip_prefix("only=")
    {
        for phase in measure(size.parse().expect("it is a number"), Path::new(folder)) {
            println!("{}", phase.line());
        }
        return;
    }
    let asked: Vec<usize> = asked.iter().filter_map(|size| size.parse().ok()).collect();
    let sizes = if asked.is_empty() { SIZES.to_vec() } else { asked };
    let mut columns = Vec::new();
    for size in sizes {
        let folder = tempfile::tempdir().expect("there is room for a book");
        let program = env::current_exe().expect("this program has a path");
        let output = Process::new(program).arg(format!("only={size}")).arg(folder.path()).output();
        let output = output.expect("this program can be run");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{size} customers: {}", String::from_utf8_lossy(&output.stderr));
        columns.push((size, said.lines().filter_map(Phase::read).collect::<Vec<_>>()));
        println!("{}", table(&columns));
    }
}

/// Measures a book of so many customers in a folder.
fn measure(customers: usize, folder: &Path) -> Vec<Phase> {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts");
    fs::create_dir(folder.join("scripts")).expect("a folder can be made");
    for entry in fs::read_dir(scripts).expect("the rules are in the repository") {
        let path = entry.expect("an entry can be read").path();
        if let Some(name) = path.file_name().filter(|_| path.is_file()) {
            fs::copy(&path, folder.join("scripts").join(name)).expect("a file can be copied");
        }
    }
    fs::create_dir(folder.join("data")).expect("a folder can be made");
    let mut phases = Vec::new();
    let (orders, facts) = Phase::run(&mut phases, "import", customers, || import(customers, folder));
    phases.push(Phase::count("orders", orders));
    phases.push(Phase::count("facts", facts));
    phases.push(Phase::count("disk after import, MB", disk_mb(folder)));
    let host = Phase::run(&mut phases, "rules: load and prove", 1, || open(folder));
    Phase::run(&mut phases, "first evaluation", customers, || evaluate(&host, customers, customers));
    phases.push(Phase::count("disk, MB", disk_mb(folder)));
    Phase::run(&mut phases, "regrade, nothing new", customers, || evaluate(&host, customers, 0));
    drop(host);
    let host = Phase::run(&mut phases, "reopen", 1, || open(folder));
    Phase::run(&mut phases, "search, no host", 1, || search(&host, SEARCHED[0]));
    let serving = Phase::run(&mut phases, "index", customers, || {
        let serving = host.start_serving(None).expect("a host can serve");
        while !host.is_indexed() {
            thread::sleep(Duration::from_millis(10));
        }
        serving
    });
    Phase::run(&mut phases, "search, host serves", TURNS * SEARCHED.len(), || {
        (0..TURNS).for_each(|_| SEARCHED.iter().for_each(|text| search(&host, text)));
    });
    serving.stop();
    phases.push(Phase::count("disk at the end, MB", disk_mb(folder)));
    phases
}

/// Records the made-up company; returns how many orders and facts there are.
fn import(customers: usize, folder: &Path) -> (u64, u64) {
    let options = Options { cache_bytes: CACHE_MB << 20 };
    let store = Store::open(&folder.join("data/book"), options).expect("a book can be begun");
    let conventions = Conventions { zone: BookZone::utc(), currency: Currency::CNY };
    let engine = Engine::open(store, conventions).expect("the book can be read");
    engine.set_clock(BookClock { mode: ClockMode::Fixed, day: DAY }).expect("the clock can be set");
    let company = Company::new(1, customers, DAY.plus(-1), Currency::CNY);
    let recording = Recording { recorded: NOW, import: None, amend: false, kind: RecordKind::Customer };
    let (mut orders, mut facts) = (0, 0);
    for first in (0..customers).step_by(PART) {
        let part: Vec<NewFact> = company.facts_of(first..first + PART).collect();
        orders += part.iter().filter(|fact| matches!(fact.body, FactBody::Order(_))).count() as u64;
        facts += part.len() as u64;
        engine.append(&part, recording).expect("facts can be recorded");
    }
    (orders, facts)
}

fn open(folder: &Path) -> Arc<Host> {
    let settings = Settings { cache_mb: CACHE_MB, ..Settings::default() };
    let options =
        HostOptions { workspace: folder.to_owned(), data: folder.join("data"), settings, now: Arc::new(|| NOW) };
    Host::open(options).expect("the book can be opened")
}

fn ask(host: &Host, command: Command) -> Answer {
    let request = Request { language: Language::En, who: "bench".into(), command };
    host.run(request, None, &mut |_| {}).expect("the host answers").answer
}

fn evaluate(host: &Host, customers: usize, changed: usize) {
    let answer = ask(host, Command::Evaluate { customer: None });
    let Answer::Regrade(report) = answer else { panic!("an evaluation answers with a report: {answer:?}") };
    assert_eq!((report.customers, report.changed, report.faults), (customers as u64, changed as u64, Vec::new()));
}

fn search(host: &Host, text: &str) {
    let answer = ask(host, Command::CustomersSearch { text: text.to_owned(), limit: 20 });
    assert!(matches!(answer, Answer::Search(_)), "{answer:?}");
}
