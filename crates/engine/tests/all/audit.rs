//! Auditing: what is kept of a record has to be what its facts come to.

use tierhook_model::{Aggregates, Record};
use tierhook_store::{RecordWrite, WriteBatch};

use crate::support::{Book, grade, order};

#[test]
fn a_record_that_drifted_is_found_and_put_right() {
    let book = Book::new("2026-03-02", vec![grade()]);
    book.ingest(&[order("wang", "o1", "2026-03-01", 500), order("li", "o2", "2026-03-01", 10)]);
    let audit = book.engine.audit(false, |_| {}).unwrap();
    assert_eq!((audit.records, audit.facts, audit.drifted.len()), (2, 2, 0));

    let wang = book.record("wang");
    let stored = book.engine.store().load(&[wang.id]).unwrap().remove(0).unwrap();
    let write = RecordWrite {
        expect: Some(stored.version),
        decided_by: None,
        record: Record { aggregates: Aggregates::default(), ..wang.clone() },
        pending: false,
        facts: Vec::new(),
        aliases: Vec::new(),
        history: None,
    };
    book.engine.store().write(WriteBatch { writes: vec![write], ..WriteBatch::default() }).unwrap();

    let audit = book.engine.audit(false, |_| {}).unwrap();
    assert_eq!((audit.drifted.len(), audit.repaired), (1, 0));
    assert_eq!(
        (audit.drifted[0].record, audit.drifted[0].profile, audit.drifted[0].aggregates),
        (wang.id, false, true)
    );
    assert_eq!(book.engine.audit(true, |_| {}).unwrap().repaired, 1);
    assert_eq!(book.record("wang").aggregates, wang.aggregates);
    assert_eq!(book.engine.audit(false, |_| {}).unwrap().drifted, []);
    // It was put right without a decision, and waits for one.
    assert_eq!(book.engine.store().pending(None, 2).unwrap(), [wang.id]);
}
