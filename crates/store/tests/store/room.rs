//! Small books for tests, and what goes into them.

use std::path::Path;

use tierhook_model::{
    ClassMove, Day, ExternalRef, Fact, FactBody, FactSeq, GenerationId, HistoryEntry, Measure, Moment, MoveCause,
    Receipt, Record, RecordId, RecordKind, Value,
};
use tierhook_store::{NewlyRecorded, Options, RecordWrite, Store, WriteBatch, WriteOutcome};

/// Opens a book with a small cache.
pub(crate) fn open(folder: &Path) -> Store {
    Store::open(folder, Options { cache_bytes: 8 << 20 }).unwrap()
}

/// A record with a number in a custom field, by which one state of it is told from another.
pub(crate) fn record(id: RecordId, name: &str, stamp: u64) -> Record {
    let mut record = Record::new(id, RecordKind::Customer, external(name));
    record.profile.set_custom("stamp", Some(Value::Integer(stamp as i64)));
    record
}

/// The number in the custom field.
pub(crate) fn stamp(record: &Record) -> u64 {
    match record.profile.custom("stamp") {
        Some(Value::Integer(stamp)) => *stamp as u64,
        other => panic!("no stamp but {other:?}"),
    }
}

pub(crate) fn external(id: &str) -> ExternalRef {
    ExternalRef::new("shop", id)
}

/// A measure on a day, with a digest made of its number.
pub(crate) fn fact(seq: FactSeq, record: RecordId, id: &str, day: i32) -> NewlyRecorded {
    let body = FactBody::Measure(Measure { name: "seats".into(), value: day.into() });
    let fact = Fact {
        seq,
        record,
        key: external(id),
        occurred: Moment(i64::from(day) * 86_400),
        day: Day(day),
        recorded: Moment(0),
        import: None,
        contact: None,
        body,
    };
    NewlyRecorded { fact, content: [seq.0 as u8; 16], replaces: None }
}

pub(crate) fn history(to: &str) -> HistoryEntry {
    let moved = ClassMove { dimension: "grade".into(), from: None, to: to.into(), cause: MoveCause::Fact };
    HistoryEntry {
        recorded: Moment(1),
        cause: MoveCause::Fact,
        changes: vec![tierhook_model::Change::Class(moved)],
        receipt: Receipt { generation: GenerationId(1), ..Receipt::default() },
    }
}

/// The write of a record and nothing else.
pub(crate) fn plain(expect: Option<u64>, record: Record) -> RecordWrite {
    RecordWrite { expect, decided_by: None, record, pending: false, facts: vec![], aliases: vec![], history: None }
}

pub(crate) fn batch(writes: impl IntoIterator<Item = RecordWrite>) -> WriteBatch {
    WriteBatch { writes: writes.into_iter().collect(), ..WriteBatch::default() }
}

/// Writes one record and returns what came of it.
pub(crate) fn write(store: &Store, write: RecordWrite) -> WriteOutcome {
    let outcomes = store.write(batch([write])).unwrap();
    assert_eq!(outcomes.len(), 1);
    outcomes[0]
}

/// The version that was committed.
pub(crate) fn committed(outcome: WriteOutcome) -> u64 {
    match outcome {
        WriteOutcome::Committed { version, .. } => version,
        other => panic!("refused: {other:?}"),
    }
}
