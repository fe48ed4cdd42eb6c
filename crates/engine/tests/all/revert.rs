//! Imports that are taken back, also by somebody who is stopped in the middle.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tierhook_engine::{EngineError, MergeWord, Recording, Selection};
use tierhook_model::{
    ExternalRef, FactBody, FactKind, ImportId, MoveCause, NewFact, ProfileChange, ProfileKey, Record, RecordId,
    RecordKind, Value,
};
use tierhook_store::{ImportEntry, WriteBatch};

use crate::sequence::{unnumbered, visible};
use crate::support::{Book, NOW, RECORDING, day, fact, grade, order, order_of};

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

/// One row of a list: whose, under which key, on which day, and whether it is an order rather than a word about the
/// region.
type Row = (usize, usize, i32, bool);

#[derive(Clone, Debug)]
enum Action {
    Import(Vec<Row>),
    /// Which of the imports so far, counted from the newest.
    Revert(usize),
    Merge(usize, usize),
    Unmerge(usize),
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let row = (0..3_usize, 0..4_usize, 0..5_i32, prop::bool::weighted(0.7));
    let action = prop_oneof![
        5 => prop::collection::vec(row, 1..5).prop_map(Action::Import),
        4 => (0..4_usize).prop_map(Action::Revert),
        1 => (0..3_usize, 0..3_usize).prop_map(|(keep, duplicate)| Action::Merge(keep, duplicate)),
        1 => (0..3_usize).prop_map(Action::Unmerge),
    ];
    prop::collection::vec(action, 2..16)
}

/// Lists that change each other's rows and move them between customers, taken back in whatever order, with customers
/// merged and unmerged in between: what is left is what the others alone would have come to.
#[test]
fn what_is_left_is_what_the_other_imports_alone_come_to() {
    let (book, others) = (Book::new("2026-03-02", vec![grade()]), Book::new("2026-03-02", vec![grade()]));
    let case = Cell::new(0);
    let config = Config { cases: 32, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&actions(), |actions| {
        case.set(case.get() + 1);
        let name = |customer: usize| format!("{}:{customer}", case.get());
        let id = |book: &Book, customer: usize| -> Option<RecordId> {
            let refs = [ExternalRef::new("shop", name(customer))];
            book.engine.store().resolve(RecordKind::Customer, &refs).unwrap()[0]
        };
        // No two rows say the same, so every row of a list is new or changes another one.
        let facts = |list: usize, rows: &[Row]| -> Vec<NewFact> {
            let mut facts: Vec<NewFact> = Vec::new();
            for (at, (customer, key, offset, is_order)) in rows.iter().enumerate() {
                let unique = (list * 100 + at) as i64;
                let region = (ProfileKey::Region, Some(Value::Text(format!("region {unique}"))));
                let body = match is_order {
                    true => order_of(100 + unique),
                    false => FactBody::Profile(ProfileChange { fields: vec![region], ..ProfileChange::default() }),
                };
                let key = format!("{}:{key}", case.get());
                let on = day("2026-02-01").plus(*offset).to_string();
                let fact = fact(&name(*customer), &key, &on, body);
                if !facts.iter().any(|known| (known.body.kind(), &known.key) == (fact.body.kind(), &fact.key)) {
                    facts.push(fact);
                }
            }
            facts
        };
        let word = MergeWord { who: "lin".into(), why: String::new() };
        let (mut lists, mut reverted): (Vec<(ImportId, Vec<NewFact>)>, Vec<usize>) = (Vec::new(), Vec::new());
        for action in &actions {
            match action {
                Action::Import(rows) => {
                    let facts = facts(lists.len(), rows);
                    lists.push((book.import(&facts), facts));
                }
                Action::Revert(back) => {
                    let Some(at) = lists.len().checked_sub(back + 1).filter(|at| !reverted.contains(at)) else {
                        continue;
                    };
                    book.engine.revert(lists[at].0, "lin", false, NOW, |_| {}).unwrap();
                    reverted.push(at);
                    book.pending();
                }
                Action::Merge(keep, duplicate) => {
                    let both = id(&book, *keep).zip(id(&book, *duplicate));
                    if let Some((keep, duplicate)) = both {
                        drop(book.engine.merge(keep, duplicate, &word, NOW));
                    }
                }
                Action::Unmerge(duplicate) => {
                    if let Some(duplicate) = id(&book, *duplicate) {
                        drop(book.engine.unmerge(duplicate, &word, NOW));
                    }
                }
            }
        }
        for (at, (_, facts)) in lists.iter().enumerate() {
            if !reverted.contains(&at) {
                others.import(facts);
            }
        }
        // Those above come out first.
        for _ in 0..3 {
            for customer in (0..3).filter_map(|customer| id(&book, customer)) {
                drop(book.engine.unmerge(customer, &word, NOW));
            }
        }
        for customer in 0..3 {
            let of = |book: &Book| id(book, customer).map(|id| book.engine.record(id).unwrap());
            let (left, expected) = (of(&book), of(&others));
            let listed = |record: &Option<Record>| record.as_ref().is_some_and(Record::is_listed);
            prop_assert_eq!(listed(&left), listed(&expected));
            if let Some((left, expected)) = left.zip(expected).filter(|(left, _)| left.is_listed()) {
                prop_assert_eq!(&left.profile, &expected.profile);
                prop_assert_eq!(unnumbered(&left), unnumbered(&expected));
                prop_assert_eq!(visible(&left.standing), visible(&expected.standing));
            }
        }
        Ok(())
    });
    outcome.unwrap();
    book.assert_settled();
    assert_eq!(book.engine.audit(false, |_| {}).unwrap().drifted, []);
    assert!(book.engine.store().audit(false, &mut |_| ()).unwrap().is_sound());
}
