//! Two records that are one customer, and that are not after all.

use std::cell::Cell;
use std::thread;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tierhook_engine::{Appended, EngineError, MergeWord, OverrideWord, Reminder, Selection, WorkItem, WorkKind};
use tierhook_features::replay;
use tierhook_hooks::{AnchorWish, Hook, Wishes};
use tierhook_model::{
    Change, ExternalRef, Fact, FactBody, FollowUp, FollowUpState, Moment, MoveCause, NewFact, OutcomeKind,
    ProfileChange, ProfileKey, RecordId, RecordKind, Value,
};

use crate::sequence::{TODAY, body, rules, unnumbered, visible};
use crate::support::{Book, NOW, RECORDING, call, day, fact, grade, order, plan, rule};

fn word() -> MergeWord {
    MergeWord { who: "lin".into(), why: "same telephone".into() }
}

impl Book {
    fn id(&self, customer: &str) -> RecordId {
        let refs = [ExternalRef::new("shop", customer)];
        self.engine.store().resolve(RecordKind::Customer, &refs).unwrap()[0].unwrap()
    }

    fn merge(&self, keep: &str, duplicate: &str) -> Result<Vec<Change>, EngineError> {
        let merged = self.engine.merge(self.id(keep), self.id(duplicate), &word(), NOW)?;
        assert_eq!((merged.kept, merged.other), (self.id(keep), self.id(duplicate)));
        Ok(merged.changes)
    }

    fn unmerge(&self, duplicate: &str) -> Result<Vec<Change>, EngineError> {
        Ok(self.engine.unmerge(self.id(duplicate), &word(), NOW)?.other_changes)
    }

    fn listed(&self) -> Vec<String> {
        let mut listed = Vec::new();
        self.engine.for_each_record(|record| listed.push(record.external.id)).unwrap();
        listed.sort();
        listed
    }

    fn assert_sound(&self) {
        self.assert_settled();
        assert_eq!(self.engine.audit(false, |_| {}).unwrap().drifted, []);
        assert!(self.engine.store().audit(false, &mut |_| ()).unwrap().is_sound());
    }
}

fn region(name: &str) -> FactBody {
    let fields = vec![(ProfileKey::Region, Some(Value::Text(name.into())))];
    FactBody::Profile(ProfileChange { fields, ..ProfileChange::default() })
}

#[test]
fn a_merged_customer_is_what_the_facts_of_both_come_to() {
    let book = Book::new("2026-03-02", vec![grade()]);
    book.ingest(&[order("wang", "o1", "2026-02-01", 600), fact("wang", "p1", "2026-02-03", region("Anhui"))]);
    book.ingest(&[order("li", "o2", "2026-01-20", 700), fact("li", "p2", "2026-02-02", region("Zhejiang"))]);
    let (wang, li) = (book.record("wang"), book.record("li"));
    assert_eq!((book.grade("wang").as_deref(), book.grade("li").as_deref()), (Some("B"), Some("B")));

    let changes = book.merge("wang", "li").unwrap();
    assert!(matches!(&changes[..], [Change::Class(moved)] if moved.to == "A" && moved.cause == MoveCause::Merge));
    let both = book.record("wang");
    assert_eq!((both.aggregates.orders, both.aggregates.gross), (2, 130_000));
    assert_eq!(both.aggregates.first_order, Some(day("2026-01-20")));
    assert_eq!(both.profile.text(ProfileKey::Region), Some("Anhui"), "whoever said it last is right");
    assert_eq!(book.listed(), ["wang"]);
    assert_eq!(book.engine.leader(li.id).unwrap().id, wang.id);
    assert_eq!(book.engine.family(li.id).unwrap(), [wang.id, li.id]);
    assert_eq!(book.regrade().records, 1);

    // What comes in for either counts for both.
    book.ingest(&[order("li", "o3", "2026-03-01", 50), order("wang", "o4", "2026-02-20", 5)]);
    assert_eq!(book.record("wang").aggregates.gross, 135_500);
    assert_eq!(book.record("li").aggregates.gross, 75_000);
    let known = book.ingest(&[order("li", "o3", "2026-03-01", 50)]).remove(0);
    assert_eq!(known.appended, Appended::Duplicate(li.id));
    book.assert_sound();

    book.unmerge("li").unwrap();
    assert_eq!((book.record("wang").aggregates.gross, book.record("li").aggregates.gross), (60_500, 75_000));
    assert_eq!((book.grade("wang").as_deref(), book.grade("li").as_deref()), (Some("B"), Some("B")));
    assert_eq!(book.listed(), ["li", "wang"]);
    let said: Vec<Fact> = book.engine.store().facts(wang.id).unwrap();
    let merges = said.iter().filter_map(|fact| match &fact.body {
        FactBody::Merge(merge) => Some((merge.external.id.as_str(), merge.undo, merge.who.as_str())),
        _ => None,
    });
    assert_eq!(merges.collect::<Vec<_>>(), [("li", false, "lin"), ("li", true, "lin")]);
    book.assert_sound();
}

#[test]
fn of_what_both_say_at_the_same_moment_the_word_of_the_one_that_is_kept_stands() {
    let said = |book: &Book, customer: &str| book.record(customer).profile.text(ProfileKey::Region).map(str::to_owned);
    for [kept, duplicate] in [["wang", "li"], ["li", "wang"]] {
        let book = Book::new("2026-03-02", vec![grade()]);
        // Two rows of one list.
        book.ingest(&["wang", "li"].map(|customer| fact(customer, customer, "2026-02-01", region(customer))));
        book.merge(kept, duplicate).unwrap();
        assert_eq!(said(&book, kept).as_deref(), Some(kept));
        book.assert_sound();
        // A further one of that moment, and what is said later.
        book.ingest(&[fact(duplicate, "again", "2026-02-01", region("Anhui"))]);
        assert_eq!(said(&book, kept).as_deref(), Some(kept));
        assert_eq!(said(&book, duplicate).as_deref(), Some("Anhui"));
        book.ingest(&[fact(kept, "put right", "2026-02-01", region("Hebei"))]);
        assert_eq!(said(&book, kept).as_deref(), Some("Hebei"));
        book.assert_sound();
        book.ingest(&[fact(duplicate, "moved", "2026-02-02", region("Zhejiang"))]);
        assert_eq!(said(&book, kept).as_deref(), Some("Zhejiang"));
        book.unmerge(duplicate).unwrap();
        assert_eq!(said(&book, kept).as_deref(), Some("Hebei"));
        book.assert_sound();
    }
}

#[test]
fn what_cannot_be_merged_is_refused() {
    let book = Book::new("2026-03-02", vec![grade()]);
    book.ingest(&["wang", "li", "zhao"].map(|customer| order(customer, customer, "2026-02-01", 10)));
    assert!(matches!(book.merge("wang", "wang"), Err(EngineError::SameRecord { .. })));
    assert!(matches!(book.unmerge("li"), Err(EngineError::NotMerged { .. })));
    book.merge("wang", "li").unwrap();
    for (keep, duplicate) in [("wang", "li"), ("zhao", "li"), ("li", "zhao")] {
        let told = book.merge(keep, duplicate).unwrap_err().to_string();
        assert!(told.starts_with("shop:li is merged into shop:wang; name shop:wang"), "{told}");
    }
    let told = book.engine.note(book.id("li"), &[call()], NOW).unwrap_err();
    assert!(matches!(told, EngineError::MergedAway { .. }), "{told}");
    book.merge("zhao", "wang").unwrap();
    let told = book.unmerge("li").unwrap_err().to_string();
    assert!(told.starts_with("shop:wang is merged into shop:zhao"), "{told}");
    let product = tierhook_engine::Recording { kind: RecordKind::Product, ..RECORDING };
    book.engine.ingest(&[order("pram", "s1", "2026-02-01", 1)], product).unwrap();
    let pram = book.engine.store().resolve(RecordKind::Product, &[ExternalRef::new("shop", "pram")]).unwrap()[0];
    let told = book.engine.merge(book.id("zhao"), pram.unwrap(), &word(), NOW).unwrap_err();
    assert!(matches!(told, EngineError::OtherKind { .. }), "{told}");
    book.assert_sound();
}

#[test]
fn a_persons_word_holds_for_the_merged_customer_and_goes_back_with_the_record() {
    let book = Book::new("2026-03-02", vec![grade()]);
    book.ingest(&[order("wang", "o1", "2026-02-01", 10), order("li", "o2", "2026-02-01", 10)]);
    let word = OverrideWord {
        dimension: "grade".into(),
        class: Some("A".into()),
        who: "lin".into(),
        why: "opens a shop".into(),
        until: None,
        review: None,
    };
    book.engine.override_class(book.id("li"), &word, NOW).unwrap();
    book.merge("wang", "li").unwrap();
    assert_eq!(book.grade("wang").as_deref(), Some("A"));
    book.unmerge("li").unwrap();
    assert_eq!((book.grade("wang").as_deref(), book.grade("li").as_deref()), (Some("B"), Some("A")));
    book.assert_sound();
}

/// A thank-you for the last order, and a welcome.
fn care() -> std::sync::Arc<dyn tierhook_hooks::Rule> {
    rule("care", Hook::FollowUp, &["last_order_id"], &[], |row| {
        let mut follow_ups = vec![plan("welcome", AnchorWish::Once)];
        follow_ups.extend(row.text("last_order_id").map(|id| plan("thank", AnchorWish::Fact(id))));
        Ok(Wishes { follow_ups, ..Wishes::default() })
    })
}

impl Book {
    fn follow_up(&self, customer: &str, kind: &str) -> FollowUp {
        let found = self.record(customer).standing.follow_ups.into_iter().rev().find(|it| it.kind == kind);
        found.unwrap_or_else(|| panic!("{customer} has no {kind}"))
    }

    fn done(&self, item: WorkItem) {
        let item = self.engine.current_item(item).unwrap();
        self.engine.outcome(item, &OutcomeKind::Done { contact: false, cause: None }, "lin", None, NOW).unwrap();
    }

    fn item(&self, customer: &str, kind: &str) -> WorkItem {
        let number = self.follow_up(customer, kind).number;
        WorkItem { record: self.id(customer), number, kind: WorkKind::FollowUp }
    }

    fn open(&self, customer: &str) -> Vec<String> {
        let follow_ups = self.record(customer).standing.follow_ups;
        let mut open: Vec<String> = follow_ups.into_iter().filter(|it| it.state.is_open()).map(|it| it.kind).collect();
        open.sort();
        open
    }
}

#[test]
fn work_moves_along_and_goes_back() {
    let book = Book::new("2026-03-02", vec![care()]);
    book.ingest(&[order("wang", "o1", "2026-02-01", 10), order("li", "o2", "2026-02-10", 10)]);
    // Of the two welcomes one is done; a thank-you is done too.
    book.done(book.item("li", "welcome"));
    book.done(book.item("li", "thank"));
    let reminder = |text: &str| Reminder {
        text: text.into(),
        due: day("2026-03-20"),
        channel: None,
        who: "lin".into(),
        priority: 0,
    };
    book.engine.remind(book.id("wang"), &reminder("ask about the shop"), NOW).unwrap();
    for text in ["bring the catalogue", "ask for the invoice"] {
        book.engine.remind(book.id("li"), &reminder(text), NOW).unwrap();
    }
    let (first, second) = (book.record("li").standing.follow_ups[2].number, book.item("li", "reminder"));
    assert_eq!(book.open("wang"), ["reminder", "thank", "welcome"]);

    book.merge("wang", "li").unwrap();
    // Nobody is welcomed twice or thanked again; the reason of the older thank-you is gone.
    assert_eq!(book.open("wang"), ["reminder", "reminder", "reminder"]);
    // Who still has the old number at hand finds the follow-up by it.
    let moved = book.engine.current_item(second).unwrap();
    assert_eq!(moved.record, book.id("wang"));
    book.done(second);
    assert_eq!(book.open("wang"), ["reminder", "reminder"]);
    assert_eq!(book.regrade().changed, 0);
    book.assert_sound();

    let back = book.unmerge("li").unwrap();
    assert_eq!(back, [Change::FollowUpOpened(first)], "what is done does not come back");
    assert_eq!(book.open("wang"), ["reminder", "thank", "welcome"]);
    assert_eq!(book.open("li"), ["reminder"]);
    let left = book.record("li").standing.follow_ups;
    assert_eq!(left.iter().find(|it| it.state.is_open()).unwrap().number, first);
    let done = left.iter().find(|it| it.number == second.number).unwrap();
    assert_eq!(done.state, FollowUpState::Done { on: day("2026-03-02"), cause: None });
    assert_eq!(book.engine.current_item(second).unwrap(), second);
    book.assert_sound();
}

#[test]
fn merged_customers_may_be_merged_on() {
    let book = Book::new("2026-03-02", vec![grade()]);
    book.ingest(&["wang", "li", "zhao"].map(|customer| order(customer, customer, "2026-02-01", 400)));
    book.merge("wang", "li").unwrap();
    book.merge("zhao", "wang").unwrap();
    assert_eq!(book.engine.family(book.id("li")).unwrap(), [book.id("zhao"), book.id("wang"), book.id("li")]);
    book.ingest(&[order("li", "o2", "2026-01-01", 5)]);
    assert_eq!((book.listed(), book.record("zhao").aggregates.gross), (vec!["zhao".into()], 120_500));
    assert_eq!(book.grade("zhao").as_deref(), Some("A"));
    // An amendment that moves a fact within the family.
    book.amend(&order("zhao", "o2", "2026-01-01", 6));
    assert_eq!(book.record("zhao").aggregates.gross, 120_600);
    assert_eq!((book.record("wang").aggregates.gross, book.record("li").aggregates.gross), (80_000, 40_000));
    book.assert_sound();
    book.unmerge("wang").unwrap();
    assert_eq!((book.record("zhao").aggregates.gross, book.record("wang").aggregates.gross), (40_600, 80_000));
    assert_eq!(book.listed(), ["wang", "zhao"]);
    book.unmerge("li").unwrap();
    assert_eq!(book.listed(), ["li", "wang", "zhao"]);
    book.assert_sound();
}

#[test]
fn a_record_that_forgot_its_merges_is_found_and_put_right() {
    let book = Book::new("2026-03-02", vec![grade()]);
    book.ingest(&["wang", "li"].map(|customer| order(customer, customer, "2026-02-01", 600)));
    book.merge("wang", "li").unwrap();
    let wang = book.record("wang");
    let stored = book.engine.store().load(&[wang.id]).unwrap().remove(0).unwrap();
    let write = tierhook_store::RecordWrite {
        expect: Some(stored.version),
        decided_by: None,
        record: tierhook_model::Record { merged: Vec::new(), ..wang.clone() },
        pending: false,
        facts: Vec::new(),
        aliases: Vec::new(),
        history: None,
    };
    let batch = tierhook_store::WriteBatch { writes: vec![write], ..Default::default() };
    book.engine.store().write(batch).unwrap();
    let audit = book.engine.audit(true, |_| {}).unwrap();
    assert_eq!((audit.drifted.len(), audit.drifted[0].merges, audit.repaired), (1, true, 1));
    book.engine.regrade(&Selection::Pending, MoveCause::Fact, NOW, |_| {}).unwrap();
    assert_eq!(book.record("wang").merged, wang.merged);
    book.assert_sound();
}

const CUSTOMERS: [&str; 3] = ["wang", "li", "zhao"];

#[derive(Clone, Debug)]
enum Action {
    Fact { customer: usize, offset: i32, body: Box<FactBody>, at_once: bool },
    Merge(usize, usize),
    Unmerge(usize),
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let fact = (0..3_usize, 0_i32..190, body(), any::<bool>())
        .prop_map(|(customer, offset, body, at_once)| Action::Fact { customer, offset, body: Box::new(body), at_once });
    let action = prop_oneof![
        5 => fact,
        2 => (0..3_usize, 0..3_usize).prop_map(|(keep, duplicate)| Action::Merge(keep, duplicate)),
        1 => (0..3_usize).prop_map(Action::Unmerge),
    ];
    prop::collection::vec(action, 4..24)
}

/// Merging and unmerging, with facts of all coming in between in whatever order, leaves everybody as if nobody had ever
/// been merged; and whoever leads in between is what the facts of all of them come to.
#[test]
fn merged_and_unmerged_is_as_if_never_merged() {
    let (book, never) = (Book::new(TODAY, rules()), Book::new(TODAY, rules()));
    let case = Cell::new(0);
    let config = Config { cases: 32, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&actions(), |actions| {
        case.set(case.get() + 1);
        let name = |customer: usize| format!("{}{}", CUSTOMERS[customer], case.get());
        let pending = |book: &Book| {
            book.engine.regrade(&Selection::Pending, MoveCause::Fact, NOW, |_| {}).unwrap();
        };
        let fact = |at: usize, customer: usize, offset: i32, body: &FactBody| {
            let day = day("2026-01-01").plus(offset);
            NewFact {
                record: ExternalRef::new("shop", name(customer)),
                key: ExternalRef::new("case", format!("{}:{at}", case.get())),
                occurred: Moment(i64::from(day.0) * 86_400 + at as i64),
                day,
                contact: None,
                body: body.clone(),
            }
        };
        for (at, customer) in (0..3).enumerate() {
            let first = fact(1_000 + at, customer, 0, &call());
            book.ingest(std::slice::from_ref(&first));
            never.ingest(&[first]);
        }
        let mut merged: Vec<usize> = Vec::new();
        for (at, action) in actions.iter().enumerate() {
            match action {
                Action::Fact { customer, offset, body, at_once } => {
                    let fact = [fact(at, *customer, *offset, body)];
                    match at_once {
                        true => drop(book.ingest(&fact)),
                        false => drop(book.engine.append(&fact, RECORDING).unwrap()),
                    }
                    never.ingest(&fact);
                }
                Action::Merge(keep, duplicate) => {
                    if book.merge(&name(*keep), &name(*duplicate)).is_ok() {
                        merged.push(*duplicate);
                    }
                }
                Action::Unmerge(duplicate) => {
                    if book.unmerge(&name(*duplicate)).is_ok() {
                        merged.retain(|it| it != duplicate);
                    }
                }
            }
            for customer in 0..3 {
                let family = book.engine.family(book.id(&name(customer))).unwrap();
                let names = (0..3).map(name).filter(|name| family.contains(&book.id(name)));
                let facts: Vec<Fact> =
                    names.flat_map(|name| never.engine.store().facts(never.id(&name)).unwrap()).collect();
                let leader = book.engine.leader(book.id(&name(customer))).unwrap();
                let (profile, aggregates) = replay(never.id(&leader.external.id), &facts, None);
                prop_assert_eq!(&leader.profile, &profile);
                let mut expected = leader.clone();
                expected.aggregates = aggregates;
                prop_assert_eq!(unnumbered(&leader), unnumbered(&expected));
            }
        }
        // The one merged last is nobody's leader but its own.
        for duplicate in merged.into_iter().rev() {
            book.unmerge(&name(duplicate)).unwrap();
        }
        pending(&book);
        for customer in (0..3).map(name) {
            let (record, expected) = (book.record(&customer), never.record(&customer));
            prop_assert_eq!(&record.profile, &expected.profile);
            prop_assert_eq!(unnumbered(&record), unnumbered(&expected));
            prop_assert_eq!(visible(&record.standing), visible(&expected.standing));
            prop_assert_eq!((record.merged_into, record.merged), (None, vec![]));
        }
        Ok(())
    });
    outcome.unwrap();
    book.assert_sound();
    assert_eq!(book.regrade().changed, 0, "a regrade without news changes nothing");
}

#[test]
fn facts_come_in_while_customers_are_merged_and_unmerged() {
    let book = Book::new("2026-03-02", vec![grade(), care()]);
    book.ingest(&["wang", "li"].map(|customer| order(customer, customer, "2026-02-01", 1)));
    thread::scope(|scope| {
        for customer in ["wang", "li"] {
            let book = &book;
            scope.spawn(move || {
                for at in 0..25 {
                    book.ingest(&[order(customer, &format!("{customer}{at}"), "2026-02-10", 1)]);
                }
            });
        }
        for _ in 0..6 {
            book.merge("wang", "li").unwrap();
            book.unmerge("li").unwrap();
        }
    });
    assert_eq!((book.record("wang").aggregates.orders, book.record("li").aggregates.orders), (26, 26));
    book.merge("li", "wang").unwrap();
    assert_eq!(book.record("li").aggregates.orders, 52);
    book.assert_sound();
}
