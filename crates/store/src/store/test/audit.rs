//! Damage of every kind is found, and what follows from the rest of the book is mended.

use super::*;
use crate::{AuditReport, Remedy};

fn audit(store: &Store, repair: bool) -> AuditReport {
    store.audit(repair, &mut |_| ()).unwrap()
}

/// A book with a whole record, and what is needed to damage it.
fn book() -> (tempfile::TempDir, Store, RecordWrite) {
    let folder = tempfile::tempdir().unwrap();
    let store = opened(folder.path(), Seam::default()).unwrap();
    let whole = new_record(&store, "wang");
    store.write(batch(whole.clone())).unwrap();
    assert!(audit(&store, false).is_sound());
    (folder, store, whole)
}

/// Damages a book and checks that the damage is found with a remedy, that repairing does what that says, and that
/// nothing else happens.
fn check(damage: impl FnOnce(&Db, &RecordWrite), said: &str, remedy: Remedy) {
    let (_folder, store, whole) = book();
    damage(&store.inner.db, &whole);
    let found = audit(&store, false);
    let [problem] = &found.problems[..] else { panic!("{:?}", found.problems) };
    assert!(format!("{} {}: {}", problem.family, problem.key, problem.what).contains(said), "{problem:?}");
    assert_eq!((problem.remedy, found.mended), (remedy, 0));
    assert!(!found.is_sound());

    let repaired = audit(&store, true);
    let is_mended = remedy == Remedy::Repair;
    assert_eq!(repaired.problems[0].remedy, if is_mended { Remedy::Mended } else { remedy });
    assert_eq!(audit(&store, false).is_sound(), is_mended);
}

fn fact_key_of(whole: &RecordWrite) -> Vec<u8> {
    let fact = &whole.facts[0].fact;
    key::fact_key(fact.body.kind(), &fact.key)
}

#[test]
fn a_fact_key_that_is_missing_is_set_again() {
    let said = "fact fact 1 of record #1: its key shop:wang names no fact";
    check(|db, whole| drop(db.remove(fact_key_of(whole)).unwrap()), said, Remedy::Repair);
    let (_folder, store, whole) = book();
    store.inner.db.remove(fact_key_of(&whole)).unwrap();
    audit(&store, true);
    let key = (FactKind::Measure, ExternalRef::new("shop", "wang"));
    let known = store.known(&[key]).unwrap()[0].unwrap();
    assert_eq!((known.record, known.order), (whole.record.id, whole.facts[0].order()));
}

#[test]
fn of_two_facts_with_one_key_the_later_one_gets_it() {
    let (_folder, store, whole) = book();
    let first = &whole.facts[0].fact;
    // Earlier on the calendar, later in the book, and the other way round.
    let seqs = [2, 3].map(|_| store.allocate_facts(1));
    for (seq, day) in seqs.into_iter().zip([9, -9]) {
        let fact = Fact { seq, day: Day(day), ..first.clone() };
        let order = FactOrder { day: fact.day, occurred: fact.occurred, seq };
        store.inner.db.insert(key::fact(fact.record, order), value::encode(&fact).unwrap()).unwrap();
    }
    store.inner.db.remove(fact_key_of(&whole)).unwrap();
    let repaired = audit(&store, true);
    assert!(repaired.is_sound(), "{:?}", repaired.problems);
    // Three facts, and the largest number, which lay below those that were put in behind the store's back.
    assert_eq!(repaired.mended, 4);
    let known = store.known(&[(FactKind::Measure, ExternalRef::new("shop", "wang"))]).unwrap();
    assert_eq!(known[0].unwrap().order.seq, seqs[1]);
    assert!(audit(&store, false).problems.is_empty());
}

#[test]
fn a_fact_key_that_leads_nowhere_goes() {
    let lost = |db: &Db, _: &RecordWrite| {
        let order = FactOrder { day: Day(1), occurred: Moment(1), seq: FactSeq(77) };
        let known = KnownFact { record: RecordId(1), order, content: [0; 16] };
        let key = key::fact_key(FactKind::Order, &ExternalRef::new("shop", "o1"));
        db.insert(key, value::encode(&known).unwrap()).unwrap();
    };
    check(lost, "fact key order shop:o1: it names fact 77 of record #1, which does not exist", Remedy::Repair);
    let crossed = |db: &Db, whole: &RecordWrite| {
        let known = KnownFact { record: RecordId(1), order: whole.facts[0].order(), content: [0; 16] };
        let key = key::fact_key(FactKind::Order, &ExternalRef::new("shop", "o1"));
        db.insert(key, value::encode(&known).unwrap()).unwrap();
    };
    check(crossed, "it names fact 1, which has another key: shop:wang", Remedy::Repair);
}

#[test]
fn references_and_marks_of_records_that_do_not_exist_go() {
    let reference = |db: &Db, _: &RecordWrite| {
        let key = key::reference(RecordKind::Product, &ExternalRef::new("erp", "p1"));
        db.insert(key, value::encode(&RecordId(99)).unwrap()).unwrap();
    };
    check(reference, "external reference product erp:p1: it names record #99", Remedy::Repair);
    let mark = |db: &Db, _: &RecordWrite| drop(db.insert(key::pending(RecordId(99)), value::wrap(&[])).unwrap());
    check(mark, "pending mark mark of record #99: record #99 does not exist", Remedy::Repair);
}

#[test]
fn a_record_whose_reference_is_missing_is_found_by_it_again() {
    let missing = |db: &Db, whole: &RecordWrite| {
        db.remove(key::reference(RecordKind::Customer, &whole.record.external)).unwrap();
    };
    check(missing, "record record #1: its external reference shop:wang names no record", Remedy::Repair);
}

#[test]
fn numbers_that_would_be_given_out_again_are_raised() {
    let lowered = |db: &Db, _: &RecordWrite| {
        let progress = Progress { position: Position(1), ..Progress::default() };
        db.insert(key::PROGRESS, value::encode(&progress).unwrap()).unwrap();
    };
    check(lowered, "the largest numbers in use: it lies below a number that is in use", Remedy::Repair);
}

#[test]
fn what_is_missing_without_a_trace_is_counted() {
    let fact = |db: &Db, whole: &RecordWrite| {
        let fact = &whole.facts[0].fact;
        db.remove(key::fact(fact.record, whole.facts[0].order())).unwrap();
        db.remove(key::fact_key(FactKind::Measure, &fact.key)).unwrap();
    };
    check(fact, "the largest numbers in use: 1 facts are missing that had been acknowledged", Remedy::Restore);
    let earlier = |db: &Db, whole: &RecordWrite| {
        let record = value::with_version(0, &postcard::to_stdvec(&whole.record).unwrap());
        db.insert(key::record(whole.record.id), record).unwrap();
    };
    check(earlier, "1 writes of records are missing that had been acknowledged", Remedy::Restore);
}

#[test]
fn what_is_lost_or_of_a_later_release_is_told() {
    let history = |db: &Db, _: &RecordWrite| {
        db.insert(key::history(RecordId(1), Position(1)), &[1, 2, 3]).unwrap();
    };
    check(history, "history of record #1 at commit 1: it cannot be decoded", Remedy::Restore);
    let orphan = |db: &Db, whole: &RecordWrite| {
        let fact = Fact { record: RecordId(7), ..whole.facts[0].fact.clone() };
        db.insert(key::fact(RecordId(7), whole.facts[0].order()), value::encode(&fact).unwrap()).unwrap();
    };
    check(orphan, "fact 1 of record #7: record #7 does not exist", Remedy::Restore);
    let later = |db: &Db, _: &RecordWrite| drop(db.insert(key::record(RecordId(1)), &[200, 1]).unwrap());
    check(later, "record record #1: it has format version 200", Remedy::Upgrade);
    let stranger = |db: &Db, _: &RecordWrite| drop(db.insert(b"z1", b"?").unwrap());
    check(stranger, "unknown key 7a31: the key belongs to no family", Remedy::Upgrade);
    let first = |db: &Db, _: &RecordWrite| drop(db.insert(b"a", b"?").unwrap());
    check(first, "unknown key 61", Remedy::Upgrade);
    let moved = |db: &Db, _: &RecordWrite| {
        let tombstone = crate::Tombstone { digest: [1; 16], erased: Moment(0) };
        db.insert(key::tombstone(&[2; 16]), value::encode(&tombstone).unwrap()).unwrap();
    };
    check(moved, "it stands under the key of another one", Remedy::Restore);
}

#[test]
fn an_audit_of_a_book_that_is_written_to_finds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = opened(folder.path(), Seam::default()).unwrap();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for number in 0..150 {
                let writes: Vec<_> = (0..8).map(|which| new_record(&store, &format!("{number}/{which}"))).collect();
                let ids: Vec<RecordId> = writes.iter().map(|write| write.record.id).collect();
                store.write(WriteBatch { writes, ..WriteBatch::default() }).unwrap();
                let erasures =
                    ids[..2].iter().map(|id| crate::Erasure { record: *id, expect: 1, erased: Moment(0) }).collect();
                store.write(WriteBatch { erasures, ..WriteBatch::default() }).unwrap();
            }
        });
        while !writer.is_finished() {
            let found = audit(&store, true);
            assert!(found.problems.is_empty(), "{:?}", found.problems);
        }
        writer.join().unwrap();
    });
    let checked = audit(&store, false).checked;
    assert!(checked.contains(&("record".to_owned(), 900)) && checked.contains(&("tombstone".to_owned(), 300)));
}
