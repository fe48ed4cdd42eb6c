//! Backups while others write, and what they restore to.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, mpsc};

use tierhook_model::{Position, RecordId, RecordKind};
use tierhook_store::{BackupError, BackupReport, RecordWrite, RestoreError, Store, WriteBatch, WriteOutcome};

use crate::room::{batch, committed, external, fact, history, open, plain, record, stamp, write};

pub(crate) fn backup(store: &Store) -> (Vec<u8>, BackupReport) {
    let mut bytes = Vec::new();
    let report = store.backup(&mut bytes, &mut |_| ()).unwrap();
    (bytes, report)
}

pub(crate) fn restore(bytes: &[u8], folder: &Path) -> Result<u64, RestoreError> {
    Store::restore(&mut &bytes[..], folder, &[], &mut |_| ()).map(|report| report.keys)
}

/// What one commit wrote.
#[derive(Clone, Debug)]
struct Commit {
    id: RecordId,
    version: u64,
    stamp: u64,
    is_decided: bool,
    pending: bool,
}

/// Each thread works on records of its own, so that the log by position says what any state must be. Facts, history
/// and marks come and go, and keys are written before and behind where the backup is.
#[test]
fn a_backup_taken_while_four_threads_write_is_the_book_at_its_position() {
    const RECORDS: u64 = 400;
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("book"));
    let log: Mutex<BTreeMap<u64, Commit>> = Mutex::default();
    let first = store.allocate_records(0, 4 * RECORDS).0;
    let round = |thread: u64, which: u64, number: u64| {
        let id = RecordId(first + thread * RECORDS + which);
        let commit = Commit {
            id,
            version: number,
            stamp: number * 7 + thread,
            is_decided: number.is_multiple_of(2),
            pending: number % 3 == 1,
        };
        let facts = vec![fact(store.allocate_facts(1), id, &format!("{id}/{number}"), number as i32 % 5)];
        let write = RecordWrite {
            pending: commit.pending,
            facts,
            history: commit.is_decided.then(|| history("A")),
            ..plain((number > 1).then(|| number - 1), record(id, &format!("c{id}"), commit.stamp))
        };
        (write, commit)
    };
    let put = |thread: u64, rounds: Vec<(u64, u64)>| {
        let (writes, commits): (Vec<_>, Vec<_>) =
            rounds.into_iter().map(|(which, number)| round(thread, which, number)).unzip();
        let outcomes = store.write(WriteBatch { bulk: thread == 3, ..batch(writes) }).unwrap();
        for (outcome, commit) in outcomes.into_iter().zip(commits) {
            let WriteOutcome::Committed { version, position } = outcome else { panic!("{outcome:?}") };
            assert_eq!(version, commit.version);
            log.lock().unwrap().insert(position.0, commit);
        }
    };
    for thread in 0..4 {
        put(thread, (0..RECORDS / 2).map(|which| (which, 1)).collect());
    }
    let (say, heard) = mpsc::channel();
    let backups: Vec<(Vec<u8>, BackupReport)> = std::thread::scope(|scope| {
        for thread in 0..4 {
            let (put, say) = (&put, say.clone());
            scope.spawn(move || {
                // Old records change from both ends to the middle, and new ones come.
                for step in 0..RECORDS / 2 {
                    let old = if step.is_multiple_of(2) { step } else { RECORDS / 2 - step };
                    put(thread, vec![(old, 2), (RECORDS / 2 + step, 1)]);
                    // Nobody listens any more once the backups are made.
                    let _ = say.send(());
                }
            });
        }
        drop(say);
        // Between two chunks of a backup a few batches are written.
        let mut between = |_| heard.iter().take(5).for_each(drop);
        let made = (0..4).map(|_| {
            let mut bytes = Vec::new();
            let report = store.backup(&mut bytes, &mut between).unwrap();
            (bytes, report)
        });
        made.collect()
    });
    let log = log.into_inner().unwrap();
    let positions: Vec<u64> = backups.iter().map(|(_, report)| report.position.0).collect();
    assert!(positions.windows(2).all(|pair| pair[0] + 50 < pair[1]), "they wrote while it was made: {positions:?}");
    for (number, (bytes, report)) in backups.iter().enumerate() {
        assert_eq!(report.bytes, bytes.len() as u64);
        let target = folder.path().join(format!("restored{number}"));
        assert_eq!(restore(bytes, &target).unwrap(), report.keys);
        is_at(&open(&target), report.position, &log);
    }
}

/// Checks that a book is what the log says it was at a position.
fn is_at(store: &Store, position: Position, log: &BTreeMap<u64, Commit>) {
    assert_eq!(store.position(), position);
    let mut expected: BTreeMap<RecordId, Vec<(u64, &Commit)>> = BTreeMap::new();
    for (at, commit) in log.range(..=position.0) {
        expected.entry(commit.id).or_default().push((*at, commit));
    }
    let found = store.scan(None, usize::MAX).unwrap();
    assert!(found.iter().map(|stored| &stored.record.id).eq(expected.keys()));
    let mut pending = Vec::new();
    for stored in &found {
        let id = stored.record.id;
        let commits = &expected[&id];
        let (_, last) = commits[commits.len() - 1];
        assert_eq!((stored.version, stamp(&stored.record)), (last.version, last.stamp), "{id}");
        assert_eq!(store.facts(id).unwrap().len(), commits.len(), "{id}");
        let decided: Vec<u64> =
            commits.iter().rev().filter(|(_, commit)| commit.is_decided).map(|(at, _)| *at).collect();
        let history: Vec<u64> = store.history(id, usize::MAX).unwrap().iter().map(|(at, _)| at.0).collect();
        assert_eq!(history, decided, "{id}");
        pending.extend(last.pending.then_some(id));
    }
    assert_eq!(store.pending(None, usize::MAX).unwrap(), pending);
    let audit = store.audit(false, &mut |_| ()).unwrap();
    assert!(audit.is_sound(), "{:?}", audit.problems);
}

#[test]
fn a_restored_book_goes_on_where_the_backup_was() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("book"));
    let id = store.allocate_records(0, 1);
    write(&store, plain(None, record(id, "wang", 1)));
    let (bytes, report) = backup(&store);
    assert_eq!(report.position, Position(1));
    assert_eq!(committed(write(&store, plain(Some(1), record(id, "wang", 2)))), 2);

    let target = folder.path().join("restored");
    let mut seen = 0;
    let restored = Store::restore(&mut &bytes[..], &target, &[], &mut |keys| seen = keys).unwrap();
    assert_eq!((restored.position, restored.keys, restored.digest), (report.position, report.keys, report.digest));
    assert_eq!((seen, restored.erased), (report.keys, 0));
    let again = open(&target);
    assert_eq!(again.resolve(RecordKind::Customer, &[external("wang")]).unwrap(), [Some(id)]);
    assert_eq!(stamp(&again.load(&[id]).unwrap()[0].as_ref().unwrap().record), 1);
    assert_eq!(again.allocate_records(0, 1), RecordId(id.0 + 1));
    assert_eq!(write(&again, plain(Some(1), record(id, "wang", 3))).position(), Some(Position(2)));
}

trait HasPosition {
    fn position(&self) -> Option<Position>;
}

impl HasPosition for WriteOutcome {
    fn position(&self) -> Option<Position> {
        match self {
            Self::Committed { position, .. } => Some(*position),
            _ => None,
        }
    }
}

#[test]
fn only_one_backup_is_made_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    write(&store, plain(None, record(store.allocate_records(0, 1), "wang", 1)));
    let mut second = None;
    let first = store.backup(&mut Vec::new(), &mut |_| {
        second.get_or_insert_with(|| store.backup(&mut Vec::new(), &mut |_| ()));
    });
    first.unwrap();
    assert!(matches!(second, Some(Err(BackupError::Running))));
    backup(&store);
}

#[test]
fn a_backup_that_cannot_be_written_says_what_to_do_and_frees_the_way() {
    struct Full(usize);
    impl std::io::Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(std::io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    write(&store, plain(None, record(store.allocate_records(0, 1), "wang", 1)));
    let error = store.backup(&mut Full(100), &mut |_| ()).unwrap_err();
    assert!(error.to_string().contains("free some space"), "{error}");
    backup(&store);
}

#[test]
fn a_backup_goes_only_where_nothing_is_and_a_bad_one_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    let store = open(&book);
    write(&store, plain(None, record(store.allocate_records(0, 1), "wang", 1)));
    let (bytes, _) = backup(&store);
    assert!(matches!(restore(&bytes, &book), Err(RestoreError::Occupied { .. })), "the open book is left alone");
    drop(store);
    assert!(matches!(restore(&bytes, &book), Err(RestoreError::Occupied { .. })));
    let lost = folder.path().join("no").join("book");
    assert!(matches!(restore(&bytes, &lost), Err(RestoreError::MissingParent { .. })));

    let target = folder.path().join("restored");
    let cut = restore(&bytes[..bytes.len() - 1], &target).unwrap_err();
    assert!(matches!(cut, RestoreError::Truncated { .. }), "{cut}");
    let mut altered = bytes.clone();
    altered[200] ^= 4;
    let altered = restore(&altered, &target).unwrap_err();
    assert!(matches!(altered, RestoreError::Altered { .. }), "{altered}");
    assert!(matches!(restore(b"id,name\n1,wang\n", &target), Err(RestoreError::NotABackup)));
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["book"], "nothing is left of the attempts");

    std::fs::create_dir(&target).unwrap();
    restore(&bytes, &target).unwrap();
    assert_eq!(open(&target).position(), Position(1));
}
