//! What was acknowledged survives kill -9, and no batch is torn.
//!
//! The test starts its own binary as a child that writes from several threads and says what was acknowledged, kills
//! it in the middle, and looks at what it left.

use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use tierhook_model::{FactKind, RecordId, RecordKind};
use tierhook_store::{RecordWrite, Store, WriteBatch, WriteOutcome};

use crate::room::{batch, external, fact, history, open, plain, record, stamp};

/// Tells the child which book it writes to.
const FOLDER: &str = "TIERHOOK_TEST_CRASH_FOLDER";
/// Threads of the child. The last one writes in bulk.
const THREADS: u64 = 4;
/// Records of each thread; each batch writes all of them.
const RECORDS: u64 = 5;
/// How many acknowledgements the child lives for, round by round.
const ROUNDS: [usize; 5] = [1, 37, 150, 400, 90];

#[test]
fn acknowledged_writes_survive_kill_9_and_no_batch_is_torn() {
    if let Some(folder) = env::var_os(FOLDER) {
        return write_until_killed(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = [0; THREADS as usize];
    for lives_for in ROUNDS {
        live(folder.path(), lives_for, &mut acknowledged);
        let store = open(folder.path());
        for (thread, acknowledged) in (0..).zip(&mut acknowledged) {
            let found = survived(&store, thread);
            assert!(found >= *acknowledged, "thread {thread}: {acknowledged} batches acknowledged, {found} found");
            *acknowledged = found;
        }
        let commits: u64 = acknowledged.iter().sum::<u64>() * RECORDS;
        assert_eq!(store.position().0, commits, "every commit has a position, and no position is lost");
    }
    assert!(acknowledged.iter().sum::<u64>() >= ROUNDS.iter().sum::<usize>() as u64);
}

/// Lets a child write until it has said so many acknowledgements, kills it, and takes down what it still said.
fn live(folder: &Path, lives_for: usize, acknowledged: &mut [u64; THREADS as usize]) {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "crash::acknowledged_writes_survive_kill_9_and_no_batch_is_torn", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut heard = 0;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        // The test harness has something to say too, and the last line may be cut.
        let line = line.unwrap();
        let mut words = line.split(' ');
        if let (Some("ack"), Some(thread), Some(number), Some("end")) =
            (words.next(), words.next(), words.next(), words.next())
        {
            let (thread, number): (usize, u64) = (thread.parse().unwrap(), number.parse().unwrap());
            acknowledged[thread] = acknowledged[thread].max(number);
            heard += 1;
            if heard == lives_for {
                child.kill().unwrap();
            }
        }
    }
    assert!(!child.wait().unwrap().success(), "the child was to be killed, not to end");
    assert!(heard >= lives_for, "the child ended after {heard} of {lives_for} acknowledgements");
}

fn write_until_killed(folder: &Path) {
    let store = open(folder);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let store = &store;
            scope.spawn(move || {
                for number in survived(store, thread) + 1.. {
                    write_batch(store, thread, number);
                    let mut out = io::stdout().lock();
                    writeln!(out, "ack {thread} {number} end").and_then(|()| out.flush()).unwrap();
                }
            });
        }
    });
}

/// Writes a thread's batch with a number: all its records get the number and a fact and a change each.
fn write_batch(store: &Store, thread: u64, number: u64) {
    let writes = (0..RECORDS).map(|which| {
        let name = name(thread, which);
        let found = store.resolve(RecordKind::Customer, &[external(&name)]).unwrap()[0];
        let id = found.unwrap_or_else(|| store.allocate_records(thread as u8, 1));
        let key = format!("{name}/{number}");
        RecordWrite {
            pending: number.is_multiple_of(2),
            facts: vec![fact(store.allocate_facts(1), id, &key, number as i32)],
            history: Some(history("A")),
            ..plain((number > 1).then(|| number - 1), record(id, &name, number))
        }
    });
    let outcomes = store.write(WriteBatch { bulk: thread + 1 == THREADS, ..batch(writes) }).unwrap();
    let expected =
        |outcome: &WriteOutcome| matches!(outcome, WriteOutcome::Committed { version, .. } if *version == number);
    assert!(outcomes.iter().all(expected), "{outcomes:?}");
}

/// Checks that a thread's batches are there as a whole, and returns how many there are.
fn survived(store: &Store, thread: u64) -> u64 {
    let names: Vec<_> = (0..RECORDS).map(|which| external(&name(thread, which))).collect();
    let ids = store.resolve(RecordKind::Customer, &names).unwrap();
    if ids.iter().all(Option::is_none) {
        return 0;
    }
    let ids: Vec<RecordId> = ids.into_iter().map(|id| id.expect("all records of the first batch")).collect();
    let stored: Vec<_> = store.load(&ids).unwrap().into_iter().flatten().collect();
    assert_eq!(stored.len(), ids.len());
    let count = stored[0].version;
    for (name, stored) in names.iter().zip(&stored) {
        let id = stored.record.id;
        assert_eq!((stored.version, stamp(&stored.record)), (count, count), "{id} is of another batch than the first");
        let facts = store.facts(id).unwrap();
        assert!(facts.iter().map(|fact| fact.day.0 as u64).eq(1..=count), "{id} lacks a fact, or has one too many");
        assert_eq!(store.history(id, usize::MAX).unwrap().len() as u64, count);
        let marked = store.pending(Some(RecordId(id.0 - 1)), 1).unwrap().first() == Some(&id);
        assert_eq!(marked, count.is_multiple_of(2));
        let keys: Vec<_> =
            (1..=count + 1).map(|number| (FactKind::Measure, external(&format!("{}/{number}", name.id)))).collect();
        let known = store.known(&keys).unwrap();
        assert_eq!(known.iter().flatten().count() as u64, count);
        assert!(known[count as usize].is_none());
    }
    count
}

fn name(thread: u64, which: u64) -> String {
    format!("t{thread}r{which}")
}
