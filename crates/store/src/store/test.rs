//! What needs a disk that fails, waits, or holds something strange.

mod audit;
mod cut;
mod fault;

use std::io::ErrorKind;
use std::sync::Mutex;
use std::time::Duration;

use tierhook_model::{Day, ExternalRef, Fact, FactBody, FactKind, Measure, Moment, RecordKind};

use super::*;
use crate::progress::Progress;
use crate::{NewlyRecorded, RecordWrite, key};

/// A disk whose flush is a closure.
struct Flushing<F>(F);

impl<F: FnMut() -> std::io::Result<()> + Send> Disk for Flushing<F> {
    fn flush(&mut self, _: &Db) -> sled::Result<()> {
        Ok((self.0)()?)
    }
    fn sync(&mut self) -> sled::Result<()> {
        Ok(())
    }
}

fn flushing(flush: impl FnMut() -> std::io::Result<()> + Send + 'static) -> Seam {
    Seam { disk: Some(Box::new(Flushing(flush))), ..Seam::default() }
}

/// A disk that says when it flushes and then waits until it may.
fn gated() -> (Seam, Receiver<()>, mpsc::Sender<()>) {
    let (entered, at_flush) = mpsc::channel();
    let (go, may_go) = mpsc::channel::<()>();
    let may_go = Mutex::new(may_go);
    let flush = move || {
        entered.send(()).map_err(std::io::Error::other)?;
        may_go.lock().unwrap().recv().map_err(std::io::Error::other)
    };
    (flushing(flush), at_flush, go)
}

fn opened(folder: &Path, seam: Seam) -> Result<Store, OpenError> {
    Store::open_with(folder, Options { cache_bytes: 1 << 20 }, seam)
}

fn new_record(store: &Store, name: &str) -> RecordWrite {
    let record = Record::new(store.allocate_records(0, 1), RecordKind::Customer, ExternalRef::new("shop", name));
    let fact = Fact {
        seq: store.allocate_facts(1),
        record: record.id,
        key: ExternalRef::new("shop", name),
        occurred: Moment(0),
        day: Day(0),
        recorded: Moment(0),
        import: None,
        contact: None,
        body: FactBody::Measure(Measure { name: "seats".into(), value: 1.0 }),
    };
    let facts = vec![NewlyRecorded { fact, content: [7; 16], replaces: None }];
    RecordWrite { expect: None, decided_by: None, record, pending: true, facts, aliases: vec![], history: None }
}

fn batch(write: RecordWrite) -> WriteBatch {
    WriteBatch { writes: vec![write], ..WriteBatch::default() }
}

#[test]
fn a_flush_that_fails_after_the_write_was_applied_is_an_unknown_outcome() {
    let folder = tempfile::tempdir().unwrap();
    let store = opened(folder.path(), flushing(|| Err(ErrorKind::StorageFull.into()))).unwrap();
    let error = store.write(batch(new_record(&store, "wang"))).unwrap_err();
    assert!(matches!(&error, WriteError::UnknownOutcome { reason } if reason.contains("free some space")), "{error}");

    let key = (FactKind::Measure, ExternalRef::new("shop", "wang"));
    assert!(matches!(store.known(&[key]), Err(ReadError::Unsettled)), "it may not be called known");
    assert_eq!(store.position(), Position(0));

    let error = store.write(batch(new_record(&store, "li"))).unwrap_err();
    assert!(matches!(&error, WriteError::Stopped { reason } if reason.contains("free some space")), "{error}");
    assert!(store.failure().is_some_and(|reason| reason.contains("free some space")), "whoever serves it has to end");
}

#[test]
fn a_writer_that_panics_leaves_nobody_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let store = opened(folder.path(), flushing(|| panic!("the disk is gone"))).unwrap();
    let error = store.write(batch(new_record(&store, "wang"))).unwrap_err();
    assert!(matches!(error, WriteError::UnknownOutcome { .. }), "{error}");
    // The writer says farewell only after it has dropped what it was to answer, so this one may come before.
    let error = store.write(batch(new_record(&store, "li"))).unwrap_err();
    assert!(matches!(error, WriteError::Stopped { .. } | WriteError::UnknownOutcome { .. }), "{error}");
}

/// While the first batch is being made durable the others queue, and then go together.
#[test]
fn what_queued_during_a_flush_makes_one_group() {
    let folder = tempfile::tempdir().unwrap();
    let (seam, at_flush, go) = gated();
    let store = opened(folder.path(), seam).unwrap();
    let first = store.submit(batch(new_record(&store, "first")));
    at_flush.recv().unwrap();

    let bulk = store.submit(WriteBatch { bulk: true, ..batch(new_record(&store, "bulk")) });
    let names = ["a", "b", "c"];
    let others: Vec<_> = names.iter().map(|name| store.submit(batch(new_record(&store, name)))).collect();
    // A second creation of the same reference must see the first one of its group.
    let twin = store.submit(batch(RecordWrite { facts: vec![], ..new_record(&store, "c") }));
    assert_eq!(store.position(), Position(0), "the first is not durable yet");
    let waiter = std::thread::spawn({
        let store = store.clone();
        move || store.known(&[(FactKind::Measure, ExternalRef::new("shop", "first"))]).unwrap()
    });
    go.send(()).unwrap();
    at_flush.recv().unwrap();
    go.send(()).unwrap();

    let position = |pending: PendingWrite| match pending.wait().unwrap()[..] {
        [WriteOutcome::Committed { version: 1, position }] => position.0,
        ref other => panic!("{other:?}"),
    };
    assert_eq!(position(first), 1);
    assert_eq!(others.into_iter().map(position).collect::<Vec<_>>(), [2, 3, 4]);
    assert_eq!(twin.wait().unwrap(), [WriteOutcome::Stale { version: None }]);
    assert_eq!(position(bulk), 5, "bulk came first and goes last");
    assert!(waiter.join().unwrap()[0].is_some());
    assert!(at_flush.try_recv().is_err(), "one flush was enough for all of them");
}

/// Of two that read the same and come in one group the second is told that something else stands by now.
#[test]
fn what_was_read_before_a_batch_of_the_same_group_does_not_stand() {
    let folder = tempfile::tempdir().unwrap();
    let (seam, at_flush, go) = gated();
    let store = opened(folder.path(), seam).unwrap();
    let pass = || {
        at_flush.recv().unwrap();
        go.send(()).unwrap();
    };
    let new = new_record(&store, "read");
    let written = store.submit(batch(new.clone()));
    pass();
    written.wait().unwrap();

    let as_of = Some(store.position());
    let fact = |name: &str| new_record(&store, name).facts.remove(0);
    let write = |fact: NewlyRecorded| {
        let fact = NewlyRecorded { fact: Fact { record: new.record.id, ..fact.fact }, ..fact };
        WriteBatch { as_of, ..batch(RecordWrite { expect: Some(1), facts: vec![fact], ..new.clone() }) }
    };
    let other = new_record(&store, "other");
    let of_other = NewlyRecorded { fact: Fact { record: other.record.id, ..fact("one").fact }, ..fact("one") };

    let holds_up = store.submit(batch(new_record(&store, "first")));
    at_flush.recv().unwrap();
    let first = store.submit(write(fact("one")));
    let second = store.submit(write(fact("two")));
    let same_fact = store.submit(WriteBatch { as_of, ..batch(RecordWrite { facts: vec![of_other], ..other }) });
    go.send(()).unwrap();
    holds_up.wait().unwrap();
    pass();
    assert_eq!(first.wait().unwrap(), [WriteOutcome::Committed { version: 2, position: Position(3) }]);
    assert_eq!(second.wait().unwrap(), [WriteOutcome::Stale { version: Some(2) }]);
    assert_eq!(same_fact.wait().unwrap(), [WriteOutcome::Stale { version: None }]);
}

#[test]
fn a_book_that_is_open_elsewhere_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = opened(folder.path(), Seam::default()).unwrap();
    let patience = Patience { attempts: 2, pause: Duration::from_millis(1) };
    let error = opened(folder.path(), Seam { patience, ..Seam::default() }).unwrap_err();
    assert!(matches!(error, OpenError::Locked { .. }), "{error}");
    drop(store);
    opened(folder.path(), Seam::default()).unwrap();
}

#[test]
fn a_book_of_a_later_format_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = opened(folder.path(), Seam::default()).unwrap();
    store.inner.db.insert(key::FORMAT, &99_u32.to_be_bytes()).unwrap();
    drop(store);
    let error = opened(folder.path(), Seam::default()).unwrap_err();
    assert!(matches!(error, OpenError::NewerFormat { found: 99, known: 1, .. }), "{error}");
}

#[test]
fn an_unknown_value_is_an_error_of_that_value_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = opened(folder.path(), Seam::default()).unwrap();
    let (mut good, mut bad) = (new_record(&store, "good"), new_record(&store, "bad"));
    store.write(WriteBatch { writes: vec![good.clone(), bad.clone()], ..WriteBatch::default() }).unwrap();
    store.inner.db.insert(key::record(bad.record.id), &[200, 1]).unwrap();

    let error = store.load(&[bad.record.id]).unwrap_err();
    assert!(matches!(&error, ReadError::UnknownVersion { family, version: 200 } if family == "record"), "{error}");
    (good.expect, bad.expect) = (Some(1), Some(1));
    good.facts.clear();
    let refused = store.submit(WriteBatch { writes: vec![good.clone(), bad], ..WriteBatch::default() });
    assert!(matches!(refused.wait(), Err(WriteError::Unreadable { .. })));
    let taken = store.write(batch(good)).unwrap();
    assert_eq!(taken, [WriteOutcome::Committed { version: 2, position: Position(3) }]);
}

/// The database answers each question by itself, and a batch may go in between two of them.
#[test]
fn what_is_looked_up_together_is_as_of_one_commit() {
    let folder = tempfile::tempdir().unwrap();
    let store = opened(folder.path(), flushing(|| Ok(()))).unwrap();
    let writes: Vec<RecordWrite> = (0..40).map(|at| new_record(&store, &format!("c{at:02}"))).collect();
    let refs: Vec<ExternalRef> = writes.iter().map(|write| write.record.external.clone()).collect();
    let records: Vec<Record> = writes.iter().map(|write| write.record.clone()).collect();
    store.write(WriteBatch { writes, ..WriteBatch::default() }).unwrap();
    let again = |version: u64| {
        let write = |record: &Record| RecordWrite {
            expect: Some(version),
            decided_by: None,
            record: record.clone(),
            pending: false,
            facts: vec![],
            aliases: vec![],
            history: None,
        };
        WriteBatch { writes: records.iter().map(write).collect(), ..WriteBatch::default() }
    };
    std::thread::scope(|scope| {
        let written = scope.spawn(|| (1..=300).for_each(|version| drop(store.write(again(version)).unwrap())));
        while !written.is_finished() {
            let found = store.look_up(RecordKind::Customer, &refs, &[]).unwrap();
            let versions: Vec<u64> = found.records.iter().map(|raw| raw.read().unwrap().version).collect();
            assert!(versions.len() == 40 && versions.iter().all(|version| *version == versions[0]), "{versions:?}");
        }
    });
    assert_eq!(store.load(&[records[39].id]).unwrap()[0].as_ref().unwrap().version, 301);
}
