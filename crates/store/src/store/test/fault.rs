//! Write errors at every step of every group: refused clearly, nothing acknowledged lost, the reopened book sound.

use super::*;

/// The steps of a group that can fail.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    /// Before anything of it is in the tree.
    Before,
    /// When it is in the tree.
    After,
    Flush,
    Sync,
}

/// A disk on which one step of one group fails.
struct Faulty {
    group: u32,
    /// Which group fails, where and how.
    fails: (u32, Step, ErrorKind),
}

impl Faulty {
    fn at(&self, step: Step) -> sled::Result<()> {
        let (group, failing, kind) = self.fails;
        if (group, failing) == (self.group, step) { Err(sled::Error::Io(kind.into())) } else { Ok(()) }
    }
}

impl Disk for Faulty {
    fn apply(&mut self, db: &Db, batch: sled::Batch) -> sled::Result<()> {
        self.group += 1;
        self.at(Step::Before)?;
        db.apply_batch(batch)?;
        self.at(Step::After)
    }
    fn flush(&mut self, db: &Db) -> sled::Result<()> {
        self.at(Step::Flush)?;
        db.flush().map(drop)
    }
    fn sync(&mut self) -> sled::Result<()> {
        self.at(Step::Sync)
    }
}

#[test]
fn a_write_error_at_any_step_of_any_group_loses_nothing_that_was_acknowledged() {
    for kind in [ErrorKind::StorageFull, ErrorKind::Other] {
        for step in [Step::Before, Step::After, Step::Flush, Step::Sync] {
            for group in [1, 2, 5] {
                fails_at(group, step, kind);
            }
        }
    }
}

fn fails_at(group: u32, step: Step, kind: ErrorKind) {
    let folder = tempfile::tempdir().unwrap();
    let faulty = Faulty { group: 0, fails: (group, step, kind) };
    let store = opened(folder.path(), Seam { disk: Some(Box::new(faulty)), ..Seam::default() }).unwrap();
    let name = |number: u32| ExternalRef::new("shop", format!("c{number}"));
    for number in 1..group {
        store.write(batch(new_record(&store, &name(number).id))).unwrap();
    }
    let unknown = store.write(batch(new_record(&store, &name(group).id))).unwrap_err();
    assert!(matches!(unknown, WriteError::UnknownOutcome { .. }), "{unknown}");
    assert_eq!(unknown.to_string().contains("free some space"), kind == ErrorKind::StorageFull, "{unknown}");
    let refused = store.write(batch(new_record(&store, "later"))).unwrap_err();
    assert!(matches!(refused, WriteError::Stopped { .. }), "{refused}");
    assert_eq!(store.position(), Position(u64::from(group - 1)), "only what is durable counts");
    let backup = store.backup(&mut Vec::new(), &mut |_| ()).unwrap_err();
    assert!(matches!(backup, crate::BackupError::Stopped), "{backup}");
    drop(store);

    let store = opened(folder.path(), Seam::default()).unwrap();
    let audit = store.audit(false, &mut |_| ()).unwrap();
    assert!(audit.is_sound(), "{:?}", audit.problems);
    let names: Vec<ExternalRef> = (1..group).map(name).chain([ExternalRef::new("shop", "later")]).collect();
    let found = store.resolve(RecordKind::Customer, &names).unwrap();
    let (later, acknowledged) = found.split_last().unwrap();
    assert!(acknowledged.iter().all(Option::is_some) && later.is_none());
    let position = store.position().0;
    assert!((position + 1 == group.into()) || position == u64::from(group), "the unknown one is in, or not");
    let next = store.write(batch(new_record(&store, "next"))).unwrap();
    assert_eq!(next, [WriteOutcome::Committed { version: 1, position: Position(position + 1) }]);
}

/// The group holds a creation and a repetition of it. The first one's outcome is unknown; the second was refused
/// because of it, so nothing of it was written, whatever became of the first.
#[test]
fn what_was_refused_in_a_group_that_failed_is_known_not_to_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let (entered, at_flush) = mpsc::channel();
    let (go, may_go) = mpsc::channel::<bool>();
    let may_go = Mutex::new(may_go);
    let flush = move || {
        entered.send(()).map_err(std::io::Error::other)?;
        let goes_well = may_go.lock().unwrap().recv().map_err(std::io::Error::other)?;
        if goes_well { Ok(()) } else { Err(ErrorKind::StorageFull.into()) }
    };
    let store = opened(folder.path(), flushing(flush)).unwrap();
    let first = store.submit(batch(new_record(&store, "first")));
    at_flush.recv().unwrap();
    let made = store.submit(batch(new_record(&store, "c")));
    let twin = store.submit(batch(RecordWrite { facts: vec![], ..new_record(&store, "c") }));
    go.send(true).unwrap();
    at_flush.recv().unwrap();
    go.send(false).unwrap();
    first.wait().unwrap();
    assert!(matches!(made.wait(), Err(WriteError::UnknownOutcome { .. })));
    assert!(matches!(twin.wait(), Err(WriteError::Stopped { .. })));
}
