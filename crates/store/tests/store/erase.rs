//! Erasure: nothing is left, and nothing comes back.

use tierhook_model::{ExternalRef, FactKind, Moment, Position, RecordId, RecordKind};
use tierhook_store::{Erasure, NewlyRecorded, RecordWrite, Removed, Store, Tombstone, WriteBatch, WriteOutcome};

use crate::room::{batch, external, fact, history, open, plain, record, write};
use crate::whole::backup;

const ASKED: Moment = Moment(1_700_000_000);

fn erase(store: &Store, id: RecordId, expect: u64) -> WriteOutcome {
    let erasures = vec![Erasure { record: id, expect, erased: ASKED }];
    store.write(WriteBatch { erasures, ..WriteBatch::default() }).unwrap()[0]
}

/// A record with everything that a record can have.
fn fill(store: &Store, name: &str) -> RecordId {
    let id = store.allocate_records(0, 1);
    let facts: Vec<NewlyRecorded> =
        (0..3).map(|day| fact(store.allocate_facts(1), id, &format!("{name}/{day}"), day)).collect();
    let whole = RecordWrite {
        pending: true,
        facts,
        aliases: vec![ExternalRef::new("erp", name)],
        history: Some(history("A")),
        ..plain(None, record(id, name, 1))
    };
    assert!(matches!(write(store, whole), WriteOutcome::Committed { .. }));
    id
}

fn is_gone(store: &Store, id: RecordId, name: &str) {
    assert_eq!(store.load(&[id]).unwrap(), [None]);
    assert_eq!(store.facts(id).unwrap(), []);
    assert_eq!(store.history(id, 9).unwrap(), []);
    assert!(!store.pending(None, usize::MAX).unwrap().contains(&id));
    let refs = [external(name), ExternalRef::new("erp", name)];
    assert_eq!(store.resolve(RecordKind::Customer, &refs).unwrap(), [None, None]);
    assert_eq!(store.tombstoned(RecordKind::Customer, &refs).unwrap(), [true, true]);
    let keys: Vec<_> = (0..3).map(|day| (FactKind::Measure, external(&format!("{name}/{day}")))).collect();
    assert_eq!(store.known(&keys).unwrap(), [None, None, None]);
    let audit = store.audit(false, &mut |_| ()).unwrap();
    assert!(audit.is_sound(), "{:?}", audit.problems);
}

#[test]
fn an_erased_record_is_gone_everywhere_and_does_not_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (wang, li) = (fill(&store, "wang"), fill(&store, "li"));
    let removed = Removed { facts: 3, fact_keys: 3, history: 1, references: 2, marks: 1 };
    assert_eq!(erase(&store, wang, 7), WriteOutcome::Stale { version: Some(1) });
    assert_eq!(erase(&store, wang, 1), WriteOutcome::Removed { removed, position: Position(3) });
    assert_eq!(erase(&store, wang, 1), WriteOutcome::Stale { version: None });
    is_gone(&store, wang, "wang");
    assert_eq!(store.load(&[li]).unwrap()[0].as_ref().unwrap().version, 1, "the others stay");
    assert_eq!(store.facts(li).unwrap().len(), 3);

    drop(store);
    let store = open(folder.path());
    is_gone(&store, wang, "wang");
    let again = plain(None, record(store.allocate_records(0, 1), "wang", 2));
    assert_eq!(write(&store, again), WriteOutcome::Erased);
    let by_alias = RecordWrite { aliases: vec![external("wang")], ..plain(Some(1), record(li, "li", 2)) };
    assert_eq!(write(&store, by_alias), WriteOutcome::Erased);
    assert_eq!(store.tombstoned(RecordKind::Product, &[external("wang")]).unwrap(), [false], "a name of its kind");
}

#[test]
fn nothing_of_an_erased_record_is_in_a_later_backup() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("book"));
    let id = fill(&store, "wang-of-the-shop");
    let holds = |bytes: &[u8]| bytes.windows(16).any(|window| window == b"wang-of-the-shop");
    assert!(holds(&backup(&store).0));
    erase(&store, id, 1);
    assert!(!holds(&backup(&store).0));
}

#[test]
fn records_that_were_merged_are_erased_together() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (a, b) = (fill(&store, "a"), fill(&store, "b"));
    let merged =
        RecordWrite { aliases: vec![external("b"), ExternalRef::new("erp", "b")], ..plain(Some(1), record(a, "a", 2)) };
    write(&store, merged);
    let erasures = [(a, 2), (b, 1)].map(|(record, expect)| Erasure { record, expect, erased: ASKED }).into();
    let outcomes = store.write(WriteBatch { erasures, ..WriteBatch::default() }).unwrap();
    assert!(outcomes.iter().all(|outcome| matches!(outcome, WriteOutcome::Removed { .. })), "{outcomes:?}");
    is_gone(&store, a, "a");
    is_gone(&store, b, "b");
}

#[test]
fn a_merged_record_that_is_erased_alone_leaves_the_other_its_references() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (a, b) = (fill(&store, "a"), fill(&store, "b"));
    write(&store, RecordWrite { aliases: vec![external("b")], ..plain(Some(1), record(a, "a", 2)) });
    let WriteOutcome::Removed { removed, .. } = erase(&store, b, 1) else { panic!("it was to go") };
    assert_eq!(removed.references, 1, "that of the other source");
    assert_eq!(store.resolve(RecordKind::Customer, &[external("b")]).unwrap(), [Some(a)]);
    assert_eq!(store.tombstoned(RecordKind::Customer, &[external("b")]).unwrap(), [false]);
}

#[test]
fn an_erasure_after_the_backup_survives_its_restore() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    let store = open(&book);
    let (wang, li) = (fill(&store, "wang"), fill(&store, "li"));
    // A record that was merged into another one before the backup, and so is only known by its own value.
    let merged = fill(&store, "merged");
    let both = vec![external("merged"), ExternalRef::new("erp", "merged")];
    write(&store, RecordWrite { aliases: both, ..plain(Some(1), record(wang, "wang", 2)) });
    let (bytes, report) = backup(&store);
    let erasures = [(wang, 2), (merged, 1)].map(|(record, expect)| Erasure { record, expect, erased: ASKED });
    store.write(WriteBatch { erasures: erasures.into(), ..WriteBatch::default() }).unwrap();
    let tombstones = store.tombstones().unwrap();
    assert_eq!(tombstones.len(), 4);
    drop(store);

    // The book is damaged beyond opening: its tombstones can be read all the same.
    std::fs::write(book.join("db"), vec![b'Z'; 700_000]).unwrap();
    std::fs::write(book.join("conf"), "segment_size: many").unwrap();
    let mut kept = Store::kept_tombstones(&book).unwrap();
    kept.sort_unstable();
    assert_eq!(kept, tombstones);
    assert!(
        kept.contains(&Tombstone { digest: Tombstone::digest(RecordKind::Customer, &external("wang")), erased: ASKED })
    );

    let target = folder.path().join("restored");
    let restored = Store::restore(&mut &bytes[..], &target, &kept, &mut |_| ()).unwrap();
    assert_eq!((restored.position, restored.erased), (report.position, 2));
    let store = open(&target);
    is_gone(&store, wang, "wang");
    is_gone(&store, merged, "merged");
    assert_eq!(store.facts(li).unwrap().len(), 3);
    assert_eq!(store.tombstones().unwrap(), tombstones, "and the next backup has them");
    assert_eq!(Store::kept_tombstones(&target).unwrap().len(), 4);
    let again = plain(None, record(store.allocate_records(0, 1), "wang", 2));
    assert_eq!(write(&store, again), WriteOutcome::Erased);
    assert!(!std::fs::read(target.join("db")).unwrap().windows(6).any(|window| window == b"wang/1"));
}

#[test]
fn an_erasure_cannot_follow_a_write_of_the_same_batch() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let id = fill(&store, "wang");
    let facts = vec![fact(store.allocate_facts(1), id, "late", 9)];
    let mut both = batch([RecordWrite { facts, ..plain(Some(1), record(id, "wang", 2)) }]);
    both.erasures = vec![Erasure { record: id, expect: 2, erased: ASKED }];
    let outcomes = store.write(both).unwrap();
    assert_eq!(outcomes[1], WriteOutcome::Stale { version: Some(2) }, "it would have left the late fact behind");
    assert!(matches!(erase(&store, id, 2), WriteOutcome::Removed { removed: Removed { facts: 4, .. }, .. }));
}
