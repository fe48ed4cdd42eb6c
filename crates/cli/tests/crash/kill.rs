//! The process is killed at random moments, and nothing that was acknowledged is missing, nor done twice.
//!
//! `TIERHOOK_CRASH_KILLS` says how often, `TIERHOOK_CRASH_SEED` in which sequence of operations; both are told when a
//! check fails. `TIERHOOK_CRASH_ONLY` names one operation to kill in the midst of. Only a kill that met a running
//! operation counts.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::book::{Book, DAY, Host, argument, kill, module, said};
use crate::journal::{Entry, Journal};
use crate::operation::{Operation, Random, Step, Task};

/// How often the process is killed unless the environment says otherwise.
const KILLS: u64 = 9;
/// After so many kills another book is begun: an old one takes long to look through.
const KILLS_OF_A_BOOK: u64 = 40;

/// Whom the signal goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Victim {
    /// A command that has opened the book itself.
    Command,
    /// The host, while a command waits for it.
    Host,
    /// A command that waits for the host, which goes on.
    Waiting,
}

/// One kill.
#[derive(Debug)]
struct Round {
    number: u32,
    operation: Operation,
    victim: Victim,
    /// When, as a share of how long the operation took the last time. How long that was depends on the machine.
    at: f64,
}

/// What came of the kills of a kind.
#[derive(Debug, Default)]
struct Tally {
    kills: u64,
    /// How many of them came before the operation was acknowledged; the others came after its last acknowledgement.
    unacknowledged: u64,
}

#[test]
fn a_killed_process_loses_nothing_and_does_nothing_twice() {
    let number = |name: &str, usual| env::var(name).map_or(usual, |text| text.parse().unwrap());
    let (kills, seed) = (number("TIERHOOK_CRASH_KILLS", KILLS), number("TIERHOOK_CRASH_SEED", 1));
    let only = env::var("TIERHOOK_CRASH_ONLY").ok();
    let is_wanted = |it: &Operation| only.as_ref().is_none_or(|only| format!("{it:?}") == *only);
    let operations: Vec<Operation> = Operation::ALL.into_iter().filter(is_wanted).collect();
    assert!(!operations.is_empty(), "TIERHOOK_CRASH_ONLY is none of {:?}", Operation::ALL);
    let mut random = Random(seed);
    let mut tallies: BTreeMap<(Operation, Victim), Tally> = BTreeMap::new();
    let mut durations = BTreeMap::new();
    let (mut killed, mut round) = (0, 0);
    while killed < kills {
        let mut desk = Desk::open();
        let until = kills.min(killed + KILLS_OF_A_BOOK);
        while killed < until {
            round += 1;
            let plan = Round::draw(round, &operations, &mut random);
            say(&format!("seed {seed}, {killed} of {kills}: {plan:?}"));
            let outcome = desk.play(&plan, &mut random, &mut durations);
            if outcome != Outcome::Missed {
                killed += 1;
                let tally = tallies.entry((plan.operation, plan.victim)).or_default();
                tally.kills += 1;
                tally.unacknowledged += u64::from(outcome == Outcome::Interrupted);
            }
        }
        desk.check();
        desk.doctor();
    }
    for ((operation, victim), tally) in tallies {
        say(&format!("{operation:?} {victim:?}: {tally:?}"));
    }
}

impl Round {
    fn draw(number: u32, operations: &[Operation], random: &mut Random) -> Self {
        // Each operation in its turn, so that a few rounds meet many of them.
        let operation = operations[number as usize % operations.len()];
        let victim = match random.below(5) {
            0 | 1 => Victim::Command,
            2 | 3 => Victim::Host,
            _ => Victim::Waiting,
        };
        let victim = if operation == Operation::Restore { Victim::Command } else { victim };
        Self { number, operation, victim, at: random.share() }
    }
}

/// What a kill met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// The operation was over.
    Missed,
    /// Some of it had not been acknowledged.
    Interrupted,
    /// The process ran, but all of it had been acknowledged.
    Late,
}

/// A book with its journal, and the host if there is one.
struct Desk {
    book: Book,
    journal: Journal,
    host: Option<Host>,
}

impl Desk {
    /// A book with some orders.
    fn open() -> Self {
        let mut desk = Self { book: Book::with_sides(), journal: Journal::default(), host: None };
        let day = [Entry::Day(DAY.to_owned())];
        desk.journal.try_all(&day);
        desk.journal.acknowledge(&day);
        let task = Operation::Import.prepare(&desk.book, 0, &mut Random(0), 0);
        desk.finish(&task);
        desk
    }

    /// Plays a round: kills, looks what is left, and does it again to its end.
    fn play(
        &mut self,
        round: &Round,
        random: &mut Random,
        durations: &mut BTreeMap<(Operation, bool), u64>,
    ) -> Outcome {
        let is_hosted = round.victim != Victim::Command;
        self.host = is_hosted.then(|| self.book.serve());
        let task = round.operation.prepare(&self.book, round.number, random, self.journal.class);
        self.journal.try_all(&task.brought);
        self.journal.acknowledge(&task.brought);
        self.run(&task.before, &task);
        let kind = (round.operation, is_hosted);
        let usual = durations.get(&kind).copied().unwrap_or(if is_hosted { 150 } else { 600 });
        let after = (usual as f64 * round.at) as u64;
        let outcome = self.interrupt(&task, round.victim, Duration::from_millis(after));
        if round.victim == Victim::Host {
            self.host = None;
        }
        self.examine(&task);
        if !is_hosted {
            self.host = None;
        }
        let began = Instant::now();
        self.finish(&task);
        // Doing it again may be less to do, and may be more: what was missed took less than that.
        let took = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        if let Some(before) = &task.like_before {
            self.book.json(&["evaluate"]);
            assert_same(before, &self.book.everything());
        }
        durations.insert(kind, if outcome == Outcome::Missed { took.min(after) } else { took }.max(20));
        self.host = None;
        outcome
    }

    /// Lets a task run for a time and kills somebody.
    fn interrupt(&mut self, task: &Task, victim: Victim, after: Duration) -> Outcome {
        if let Some(class) = task.class {
            self.journal.class = class;
            self.book.save_module(&module(class));
        }
        let running = Arc::new(Mutex::new(None));
        let is_over = Arc::new(AtomicBool::new(false));
        let (done, was_running) = thread::scope(|scope| {
            let commands = scope.spawn(|| {
                let mut done = 0;
                for step in &task.steps {
                    if is_over.load(Ordering::SeqCst) {
                        break;
                    }
                    *running.lock().unwrap() = Some(step.command(&self.book).spawn().unwrap());
                    if !succeeds(&running) {
                        break;
                    }
                    done += 1;
                }
                done
            });
            thread::sleep(after);
            is_over.store(true, Ordering::SeqCst);
            let was_running = match victim {
                Victim::Host => {
                    let was_running = !commands.is_finished();
                    self.host.as_ref().expect("there is one where it is the victim").kill();
                    was_running
                }
                Victim::Command | Victim::Waiting => running.lock().unwrap().as_mut().is_some_and(kill),
            };
            (commands.join().unwrap(), was_running)
        });
        for (number, step) in task.steps.iter().enumerate().take(done + 1) {
            self.journal.try_all(&step.entries);
            self.journal.acknowledge(&if number < done { step.entries.clone() } else { step.answered() });
        }
        match (was_running, done == task.steps.len()) {
            (false, _) => Outcome::Missed,
            (true, true) => Outcome::Late,
            (true, false) => Outcome::Interrupted,
        }
    }

    /// Looks through what a kill left.
    fn examine(&mut self, task: &Task) {
        self.doctor();
        match &self.host {
            // Whatever becomes of who waits for it, the host finds the rules that were saved.
            Some(host) if task.class.is_some() => host.wait_for_line("active as"),
            Some(_) => {}
            // What was left undecided is decided by the host that comes next, asked by nobody.
            None => self.host = Some(self.book.serve()),
        }
        if let Some(backup) = &task.backup {
            self.check_backup(backup);
        }
        if let Some(data) = &task.restored
            && data.join("book").exists()
        {
            self.check_restored(data);
            fs::remove_dir_all(data).unwrap();
        }
        self.check();
    }

    /// The book, at rest, is what the journal says.
    fn check(&mut self) {
        let status = self.book.wait_until_graded();
        self.journal.check(&self.book, &status);
    }

    fn doctor(&self) {
        let report = self.book.run(&["--json", "doctor"]);
        assert!(report.status.success(), "{}", said(&report));
    }

    /// A backup is whole, or it is refused.
    fn check_backup(&self, file: &Path) {
        let part = file.with_extension("part");
        let data = self.book.file("restored");
        for (file, is_named) in [(file, true), (part.as_path(), false)].into_iter().filter(|(file, _)| file.exists()) {
            let restored = self.book.run(&["--data", argument(&data), "restore", argument(file)]);
            if restored.status.success() {
                self.check_restored(&data);
                fs::remove_dir_all(&data).unwrap();
            } else {
                assert!(!is_named, "a backup that has its name is not whole: {}", said(&restored));
                assert!(!data.join("book").exists(), "a refused backup leaves no book");
            }
        }
    }

    /// A restored book is sound, and as large as this one or as it was.
    fn check_restored(&self, data: &Path) {
        let report = self.book.run(&["--json", "--data", argument(data), "doctor"]);
        assert!(report.status.success(), "{}", said(&report));
        let count = |arguments: &[&str]| self.book.json(arguments)["facts"].as_u64().unwrap();
        let (restored, own) = (count(&["--data", argument(data), "status"]), count(&["status"]));
        assert!(restored > 0 && restored <= own, "{restored} facts were restored, {own} are in the book");
    }

    /// Does a task from its beginning to its end.
    fn finish(&mut self, task: &Task) {
        self.run(&task.steps, task);
    }

    /// Runs commands of a task. One that finds its work done already says that it contradicts what stands.
    fn run(&mut self, steps: &[Step], task: &Task) {
        for step in steps {
            self.journal.try_all(&step.entries);
            let output = step.command(&self.book).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
            let may_be_done =
                |entry: &Entry| matches!(entry, Entry::Customer(_) | Entry::Merge { .. } | Entry::Back { .. });
            let was_done = step.entries.iter().any(may_be_done) && output.status.code() == Some(4);
            let is_backed_up = task.backup.as_ref().is_some_and(|file| file.exists());
            assert!(output.status.success() || was_done || is_backed_up, "{:?}: {}", step.arguments, said(&output));
            self.journal.acknowledge(&step.entries);
        }
    }
}

/// Compares what a book told with what it tells, line by line.
fn assert_same(before: &str, after: &str) {
    let differs = |(before, after): &(&str, &str)| before != after;
    let found: Vec<_> = before.lines().zip(after.lines()).filter(differs).take(5).collect();
    assert!(found.is_empty() && before.len() == after.len(), "the book is not what it was: {found:#?}");
}

/// Waits for the running command and tells whether it succeeded, letting others at it meanwhile.
fn succeeds(running: &Mutex<Option<Child>>) -> bool {
    loop {
        let ended = running.lock().unwrap().as_mut().map(|child| child.try_wait().unwrap());
        match ended {
            Some(None) => thread::sleep(Duration::from_millis(1)),
            Some(Some(status)) => return status.success(),
            None => return false,
        }
    }
}

#[allow(clippy::print_stderr, reason = "it says how far it is, and what came of it")]
fn say(text: &str) {
    eprintln!("{text}");
}
