//! Who is told which records have changed, and how an id is found whatever its source.

use tierhook_model::{ExternalRef, Moment, RecordId, RecordKind};
use tierhook_store::{Erasure, RecordWrite, WriteBatch, WriteOutcome};

use crate::room::{external, open, plain, record, write};

#[test]
fn a_watch_tells_each_changed_record_once_the_write_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let ids: Vec<RecordId> = (0..3).map(|_| store.allocate_records(0, 1)).collect();
    write(&store, plain(None, record(ids[0], "before", 0)));
    let (watch, other) = (store.watch(), store.watch());
    assert_eq!(watch.take(), []);
    write(&store, plain(None, record(ids[2], "wang", 0)));
    write(&store, plain(None, record(ids[1], "li", 0)));
    write(&store, plain(Some(1), record(ids[1], "li", 1)));
    // What is refused changes nothing.
    assert_eq!(write(&store, plain(Some(7), record(ids[0], "before", 1))), WriteOutcome::Stale { version: Some(1) });
    let taken = watch.take();
    assert_eq!((taken.as_slice(), watch.take()), (&ids[1..], vec![]));
    watch.put_back(&taken[..1]);
    let erasure = Erasure { record: ids[0], expect: 1, erased: Moment(0) };
    store.write(WriteBatch { erasures: vec![erasure], ..WriteBatch::default() }).unwrap();
    assert_eq!(watch.take(), ids[..2]);
    assert_eq!(other.take(), ids);
}

#[test]
fn whoever_waits_hears_of_a_write_and_of_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let watch = store.watch();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let mut told = Vec::new();
            while watch.wait() {
                told.extend(watch.take());
            }
            told
        });
        let id = store.allocate_records(0, 1);
        write(&store, plain(None, record(id, "wang", 0)));
        while !waiting.is_finished() {
            // It has heard of the write once there is nothing left to take.
            let left = watch.take();
            if left.is_empty() {
                watch.end();
            } else {
                watch.put_back(&left);
                std::thread::yield_now();
            }
        }
        assert_eq!(waiting.join().unwrap(), [id]);
    });
}

#[test]
fn an_id_is_found_in_every_source_and_by_its_aliases() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let ids: Vec<RecordId> = (0..4).map(|_| store.allocate_records(0, 1)).collect();
    let of = |source: &str, id: &str, at: usize| {
        let mut record = record(ids[at], id, 0);
        record.external = ExternalRef::new(source, id);
        plain(None, record)
    };
    write(&store, of("shop", "1001", 0));
    write(&store, of("erp", "1001", 1));
    write(&store, of("", "10010", 2));
    write(&store, RecordWrite { aliases: vec![ExternalRef::new("wechat", "1001")], ..of("shop2", "x", 3) });
    let mut found = store.resolve_id(RecordKind::Customer, "1001").unwrap();
    found.sort();
    let expected = [("erp", 1), ("shop", 0), ("wechat", 3)];
    assert_eq!(found, expected.map(|(source, at)| (ExternalRef::new(source, "1001"), ids[at])));
    assert_eq!(store.resolve_id(RecordKind::Customer, "10010").unwrap(), [(ExternalRef::new("", "10010"), ids[2])]);
    assert_eq!(store.resolve_id(RecordKind::Customer, "100").unwrap(), []);
    assert_eq!(store.resolve_id(RecordKind::Product, "1001").unwrap(), []);
    assert_eq!(store.resolve(RecordKind::Customer, &[external("1001")]).unwrap().len(), 1);
}
