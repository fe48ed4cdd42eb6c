//! Imports that are taken back, also by somebody who is stopped in the middle.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tierhook_engine::{EngineError, Recording, Selection};
use tierhook_model::{FactKind, ImportId, MoveCause, NewFact, Record, RecordId};
use tierhook_store::{ImportEntry, WriteBatch};

use crate::support::{Book, NOW, RECORDING, day, grade, order};

impl Book {
    fn import(&self, facts: &[NewFact]) -> ImportId {
        let id = self.engine.store().allocate_import();
        let entry = ImportEntry {
            id,
            file: "orders.csv".into(),
            kind: "orders".into(),
            started: NOW,
            finished: Some(NOW),
            rows: facts.len() as u64,
            taken: facts.len() as u64,
            rejected: 0,
            duplicates: 0,
            conflicts: 0,
            reverted: None,
        };
        let batch = WriteBatch { imports: vec![entry], ..WriteBatch::default() };
        self.engine.store().write(batch).unwrap();
        self.engine.append(facts, Recording { import: Some(id), amend: true, ..RECORDING }).unwrap();
        self.pending();
        id
    }

    fn pending(&self) {
        self.engine.regrade(&Selection::Pending, MoveCause::Import, NOW, |_| {}).unwrap();
    }

    /// Everybody who is listed, without the numbers of decisions.
    fn everybody(&self) -> BTreeMap<RecordId, Record> {
        let mut all = BTreeMap::new();
        let each = |mut record: Record| {
            record.standing.classes.iter_mut().for_each(|it| it.since = day("2026-03-02"));
            drop(all.insert(record.id, record));
        };
        self.engine.for_each_record(each).unwrap();
        all
    }
}

/// More than go in one batch.
const CUSTOMERS: usize = 600;

fn orders(id: &str, major: i64) -> Vec<NewFact> {
    (0..CUSTOMERS).map(|at| order(&format!("c{at}"), &format!("{id}{at}"), "2026-02-01", major)).collect()
}

#[test]
fn a_revert_that_was_stopped_in_the_middle_goes_on_where_it_was() {
    let book = Book::new("2026-03-02", vec![grade()]);
    book.import(&orders("first", 600)[..CUSTOMERS / 2]);
    let before = book.everybody();
    let import = book.import(&orders("second", 700));
    assert_eq!(book.everybody().len(), CUSTOMERS);

    let stopped = catch_unwind(AssertUnwindSafe(|| {
        book.engine.revert(import, "lin", false, NOW, |done| assert!(done > 300, "stopped after {done}"))
    }));
    assert!(stopped.is_err());
    let left = book.everybody().values().filter(|record| record.aggregates.gross >= 70_000).count();
    assert!(0 < left && left < CUSTOMERS, "{left} are left");
    let entry = book.engine.store().imports().unwrap().into_iter().find(|entry| entry.id == import).unwrap();
    assert_eq!(entry.reverted.unwrap().finished, None);

    let rest = book.engine.revert(import, "wu", false, NOW, |_| {}).unwrap();
    assert_eq!((rest.facts[&FactKind::Order], rest.gone), (left as u64, (CUSTOMERS - left) as u64));
    book.pending();
    assert_eq!(book.everybody(), before);
    book.assert_settled();
    assert_eq!(book.engine.audit(false, |_| {}).unwrap().drifted, []);
    assert!(book.engine.store().audit(false, &mut |_| ()).unwrap().is_sound());
    let twice = book.engine.revert(import, "wu", false, NOW, |_| {}).unwrap_err();
    assert!(matches!(twice, EngineError::RevertedBefore { who, .. } if who == "lin"));
}

#[test]
fn facts_that_come_in_while_an_import_is_reverted_stay() {
    let book = Book::new("2026-03-02", vec![grade()]);
    let import = book.import(&orders("first", 600));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for at in 0..60 {
                book.ingest(&[order(&format!("c{at}"), &format!("live{at}"), "2026-02-10", 5)]);
            }
        });
        book.engine.revert(import, "lin", false, NOW, |_| {}).unwrap();
    });
    book.pending();
    let everybody = book.everybody();
    assert_eq!(everybody.len(), 60);
    assert!(everybody.values().all(|record| record.aggregates.gross == 500));
    book.assert_settled();
    assert_eq!(book.engine.audit(false, |_| {}).unwrap().drifted, []);
}
