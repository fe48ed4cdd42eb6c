//! Books of the made-up company, graded by rules.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use tierhook_engine::{Conventions, Engine, Recording, Selection};
use tierhook_hooks::Ruleset;
use tierhook_loader::{CaseFile, LoadSettings, Loader, Problem};
use tierhook_model::{BookClock, BookZone, ClockMode, Currency, Day, Moment, MoveCause, NewFact, RecordKind};
use tierhook_sample::Company;
use tierhook_store::{Options, Store};

/// The book's day.
pub(crate) const DAY: Day = Day(20_500);
/// Now, as far as the book knows.
pub(crate) const NOW: Moment = Moment(20_500 * 86_400 + 43_200);

/// How the book records what happens.
pub(crate) const RECORDING: Recording =
    Recording { recorded: NOW, import: None, amend: false, kind: RecordKind::Customer };

/// The repository's folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A book in a folder of its own.
pub(crate) struct Book {
    pub(crate) folder: TempDir,
    pub(crate) engine: Engine,
}

impl Book {
    /// Makes a book of so many customers and grades it.
    pub(crate) fn graded(customers: usize, rules: Ruleset) -> Self {
        let book = Self::recorded(customers);
        book.grade(rules, customers);
        book
    }

    /// Makes the same book twice, graded by two sets of rules.
    pub(crate) fn twins(customers: usize, rules: [Ruleset; 2]) -> [Self; 2] {
        let Self { folder, engine } = Self::recorded(customers);
        drop(engine);
        let other = tempfile::tempdir().expect("there is room for a book");
        copy(&folder.path().join("book"), &other.path().join("book"));
        let mut folders = [folder, other].into_iter();
        rules.map(|rules| {
            let folder = folders.next().expect("there are two");
            let engine = open(&folder.path().join("book"));
            let book = Self { folder, engine };
            book.grade(rules, customers);
            book
        })
    }

    /// Makes a book of so many customers that nobody has graded.
    fn recorded(customers: usize) -> Self {
        let folder = tempfile::tempdir().expect("there is room for a book");
        let engine = open(&folder.path().join("book"));
        engine.set_clock(BookClock { mode: ClockMode::Fixed, day: DAY }).expect("the clock can be set");
        let company = Company::new(1, customers, DAY.plus(-1), Currency::CNY);
        for first in (0..customers).step_by(2_048) {
            let part: Vec<NewFact> = company.facts_of(first..(first + 2_048).min(customers)).collect();
            engine.append(&part, RECORDING).expect("facts can be recorded");
        }
        Self { folder, engine }
    }

    fn grade(&self, rules: Ruleset, customers: usize) {
        self.engine.activate(Arc::new(rules)).expect("the rules can decide");
        self.engine.calibrate().expect("the book can be read");
        assert_eq!(self.regrade(), customers as u64);
    }

    /// Regrades everybody; returns how many there are.
    pub(crate) fn regrade(&self) -> u64 {
        let report = self.engine.regrade(&Selection::All, MoveCause::Asked, NOW, |_| ());
        let report = report.expect("the book can be graded");
        assert!(report.faults.is_empty(), "no rule faults: {:?}", report.faults);
        report.records
    }

    /// Where the database is.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("book")
    }
}

/// Opens a book as a host would.
pub(crate) fn open(path: &Path) -> Engine {
    let store = Store::open(path, Options { cache_bytes: 256 << 20 }).expect("the book can be opened");
    let conventions = Conventions { zone: BookZone::utc(), currency: Currency::CNY };
    Engine::open(store, conventions).expect("the book can be read")
}

/// The scripts of the repository.
pub(crate) fn shipped() -> Ruleset {
    let folder = tempfile::tempdir().expect("there is room for scripts");
    copy(&root().join("scripts"), &folder.path().join("scripts"));
    load(folder.path())
}

/// A rule of three fields as a script.
pub(crate) fn points_script() -> Ruleset {
    let folder = tempfile::tempdir().expect("there is room for a script");
    lay_out(
        folder.path(),
        &[("points.rhai", include_str!("points/points.rhai")), ("points.toml", include_str!("points/points.toml"))],
    );
    load(folder.path())
}

/// The same rule as a plugin.
pub(crate) fn points_plugin() -> Ruleset {
    let folder = tempfile::tempdir().expect("there is room for a plugin");
    lay_out(folder.path(), &[]);
    install_points(folder.path());
    load(folder.path())
}

/// No rule at all, on the dimension of the others.
pub(crate) fn no_rule() -> Ruleset {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    lay_out(folder.path(), &[]);
    load(folder.path())
}

/// Puts the plugin into a workspace, with what it has to see.
fn install_points(workspace: &Path) {
    let plugins = workspace.join("plugins");
    let folder = plugins.join("points");
    fs::create_dir_all(&folder).expect("a folder can be made");
    for file in ["plugin.toml", "plugin.wasm"] {
        fs::copy(root().join("tests/guests/points").join(file), folder.join(file)).expect("a file can be copied");
    }
    let grants = "[grants.points]\nfields = [\"contacts_90d\", \"net_revenue_365d\", \"orders_365d\"]\n";
    fs::write(plugins.join("grants.toml"), grants).expect("a file can be written");
}

/// Writes the dimension of the benches and some scripts.
fn lay_out(workspace: &Path, scripts: &[(&str, &str)]) {
    let folder = workspace.join("scripts");
    fs::create_dir(&folder).expect("a folder can be made");
    for (name, text) in scripts.iter().chain(&[("dimensions.toml", include_str!("grade/dimensions.toml"))]) {
        fs::write(folder.join(name), text).expect("a file can be written");
    }
}

/// A rule of some twenty lines on a dimension of its own.
pub(crate) fn one_rule() -> Ruleset {
    let folder = tempfile::tempdir().expect("there is room for a script");
    lay_out(folder.path(), &[("grade.rhai", GRADE), ("grade.toml", include_str!("grade/grade.toml"))]);
    load(folder.path())
}

/// The rule of [`one_rule`].
pub(crate) const GRADE: &str = include_str!("grade/grade.rhai");

fn load(workspace: &Path) -> Ruleset {
    let mut loader = Loader::detached(workspace, LoadSettings::default()).expect("a loader");
    let candidate = loader.read().expect("the rules can be read");
    let no_proof = |_: &Ruleset, _: &[CaseFile], _: &[String]| -> Vec<Problem> { Vec::new() };
    let loaded = loader.load(&candidate, &no_proof);
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    loaded.ruleset
}

/// Copies a closed book.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("the book's folder can be read") {
        let entry = entry.expect("an entry can be read");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a file can be copied");
        }
    }
}
