//! Round trips, the guard, and what a reopened book remembers.

use tierhook_model::{
    BookClock, ClockMode, Day, ExternalRef, FactKind, FactOrder, FactSeq, GenerationId, ImportId, Moment, Position,
    RecordId, RecordKind,
};
use tierhook_store::{
    ImportEntry, KnownFact, MetaKey, NewlyRecorded, RecordWrite, Store, WriteBatch, WriteError, WriteOutcome,
};

use crate::room::{batch, committed, external, fact, history, open, plain, record, stamp, write};

fn import_entry(id: ImportId) -> ImportEntry {
    ImportEntry {
        id,
        file: "orders.csv".into(),
        kind: "orders".into(),
        started: Moment(5),
        finished: None,
        rows: 3,
        taken: 2,
        rejected: 1,
        duplicates: 0,
        conflicts: 0,
        reverted: None,
    }
}

#[test]
fn what_was_written_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let id = store.allocate_records(3, 1);
    assert_eq!(id.partition(), 3);
    let first = store.allocate_facts(3);
    // Written newest first, and one before 1970: they come back in canonical order.
    let facts: Vec<_> =
        [(0, 9), (1, -4), (2, 2)].map(|(at, day)| fact(FactSeq(first.0 + at), id, &format!("m{at}"), day)).into();
    let whole = RecordWrite {
        pending: true,
        facts: facts.clone(),
        aliases: vec![external("old-name")],
        history: Some(history("A")),
        ..plain(None, record(id, "wang", 7))
    };
    assert_eq!(write(&store, whole), WriteOutcome::Committed { version: 1, position: Position(1) });
    assert_eq!(store.position(), Position(1));

    let refs = [external("wang"), external("old-name"), external("li"), ExternalRef::new("erp", "wang")];
    assert_eq!(store.resolve(RecordKind::Customer, &refs).unwrap(), [Some(id), Some(id), None, None]);
    assert_eq!(store.resolve(RecordKind::Product, &refs[..1]).unwrap(), [None]);

    let loaded = store.load(&[RecordId(99), id]).unwrap();
    assert_eq!(loaded[0], None);
    let stored = loaded[1].as_ref().unwrap();
    assert_eq!((stored.version, &stored.record), (1, &record(id, "wang", 7)));

    let days: Vec<i32> = store.facts(id).unwrap().iter().map(|fact| fact.day.0).collect();
    assert_eq!(days, [-4, 2, 9]);
    let order = FactOrder { day: Day(9), occurred: Moment(9 * 86_400), seq: first };
    let known = KnownFact { record: id, order, content: facts[0].content };
    let keys = [(FactKind::Measure, external("m0")), (FactKind::Order, external("m0"))];
    assert_eq!(store.known(&keys).unwrap(), [Some(known), None]);

    assert_eq!(store.history(id, 9).unwrap(), [(Position(1), history("A"))]);
    assert_eq!(store.pending(None, 9).unwrap(), [id]);

    let decided = RecordWrite { history: Some(history("B")), ..plain(Some(1), record(id, "wang", 8)) };
    assert_eq!(committed(write(&store, decided)), 2);
    assert_eq!(store.pending(None, 9).unwrap(), []);
    assert_eq!(store.history(id, 1).unwrap(), [(Position(2), history("B"))]);
    assert_eq!(store.history(id, 9).unwrap().len(), 2);
}

#[test]
fn records_and_marks_are_listed_in_pieces() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let ids: Vec<RecordId> = [0, 0, 1, 255].into_iter().map(|partition| store.allocate_records(partition, 1)).collect();
    let writes =
        ids.iter().map(|id| RecordWrite { pending: true, ..plain(None, record(*id, &format!("c{}", id.0), 0)) });
    store.write(batch(writes)).unwrap();

    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let some = store.scan(after, 3).unwrap();
        seen.extend(some.iter().map(|stored| stored.record.id));
        let Some(last) = some.last() else { break };
        after = Some(last.record.id);
    }
    assert_eq!(seen, ids);
    assert_eq!(store.pending(None, 3).unwrap(), ids[..3]);
    assert_eq!(store.pending(Some(ids[2]), 3).unwrap(), ids[3..]);
}

#[test]
fn a_known_fact_key_is_only_taken_over_by_a_fact_that_replaces_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (id, other) = (store.allocate_records(0, 1), store.allocate_records(0, 1));
    let numbered = |id: RecordId, day: i32, replaces: Option<FactSeq>| NewlyRecorded {
        replaces,
        ..fact(store.allocate_facts(1), id, "m", day)
    };
    let first = numbered(id, 3, None);
    write(&store, RecordWrite { facts: vec![first.clone()], ..plain(None, record(id, "wang", 0)) });
    let is_known = |fact: &NewlyRecorded| {
        store.known(&[(FactKind::Measure, external("m"))]).unwrap()[0].unwrap().order == fact.order()
    };

    let again = RecordWrite { facts: vec![numbered(id, 4, None)], ..plain(Some(1), record(id, "wang", 1)) };
    assert_eq!(write(&store, again), WriteOutcome::Stale { version: Some(1) });
    let elsewhere = RecordWrite { facts: vec![numbered(other, 4, None)], ..plain(None, record(other, "li", 1)) };
    assert_eq!(write(&store, elsewhere), WriteOutcome::Stale { version: None });
    let unheard = numbered(id, 4, Some(FactSeq(99)));
    let unheard = RecordWrite { facts: vec![unheard], ..plain(Some(1), record(id, "wang", 1)) };
    assert_eq!(write(&store, unheard), WriteOutcome::Stale { version: Some(1) });
    assert!(is_known(&first));

    let later = numbered(id, 4, Some(first.fact.seq));
    let amended = RecordWrite { facts: vec![later.clone()], ..plain(Some(1), record(id, "wang", 1)) };
    assert_eq!(committed(write(&store, amended)), 2);
    assert!(is_known(&later));
    assert_eq!(store.facts(id).unwrap().len(), 2, "the earlier fact stays");

    let twice = vec![numbered(id, 5, Some(later.fact.seq)), numbered(id, 6, None)];
    let twice = RecordWrite { facts: twice, ..plain(Some(2), record(id, "wang", 2)) };
    assert_eq!(write(&store, twice), WriteOutcome::Stale { version: Some(2) }, "nor twice by one write");
}

/// Two imports that bring the same order under two customers: neither sees the other's when it asks what is known.
#[test]
fn of_two_threads_that_record_the_same_fact_on_two_records_one_wins() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for round in 0..20 {
        let key = format!("o{round}");
        let asked = store.known(&[(FactKind::Measure, external(&key))]).unwrap();
        assert_eq!(asked, [None]);
        let record_it = |side: &str| {
            let id = store.allocate_records(0, 1);
            let facts = vec![fact(store.allocate_facts(1), id, &key, 1)];
            write(&store, RecordWrite { facts, ..plain(None, record(id, &format!("{side}{round}"), 0)) })
        };
        let outcomes = std::thread::scope(|scope| {
            ["a", "b"].map(|side| scope.spawn(move || record_it(side))).map(|thread| thread.join().unwrap())
        });
        let stale = outcomes.iter().filter(|outcome| matches!(outcome, WriteOutcome::Stale { version: None })).count();
        assert_eq!(stale, 1, "{outcomes:?}");
    }
}

#[test]
fn a_stale_write_is_refused_whole_and_takes_no_other_down() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let first = store.allocate_records(0, 2).0;
    let (a, b) = (RecordId(first), RecordId(first + 1));
    store.write(batch([plain(None, record(a, "a", 0)), plain(None, record(b, "b", 0))])).unwrap();

    let stale = RecordWrite {
        pending: true,
        facts: vec![fact(store.allocate_facts(1), a, "m", 1)],
        aliases: vec![external("alias")],
        history: Some(history("A")),
        ..plain(Some(7), record(a, "a", 1))
    };
    let missing = plain(Some(1), record(RecordId(777), "nobody", 1));
    let twice = [plain(Some(1), record(b, "b", 1)), plain(Some(2), record(b, "b", 2))];
    let outcomes = store.write(batch([stale, missing].into_iter().chain(twice))).unwrap();
    let position = Position;
    assert_eq!(
        outcomes,
        [
            WriteOutcome::Stale { version: Some(1) },
            WriteOutcome::Stale { version: None },
            WriteOutcome::Committed { version: 2, position: position(3) },
            WriteOutcome::Committed { version: 3, position: position(4) },
        ]
    );
    let stored = store.load(&[a]).unwrap().remove(0).unwrap();
    assert_eq!((stored.version, stamp(&stored.record)), (1, 0));
    assert_eq!(store.facts(a).unwrap(), []);
    assert_eq!(store.known(&[(FactKind::Measure, external("m"))]).unwrap(), [None]);
    assert_eq!(store.history(a, 9).unwrap(), []);
    assert_eq!(store.pending(None, 9).unwrap(), []);
    assert_eq!(store.resolve(RecordKind::Customer, &[external("alias")]).unwrap(), [None]);
}

#[test]
fn writes_that_go_together_go_in_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let first = store.allocate_records(0, 3).0;
    let [a, b, c] = [0, 1, 2].map(|at| RecordId(first + at));
    store.write(batch([plain(None, record(a, "a", 0)), plain(None, record(b, "b", 0))])).unwrap();
    store.set_generation(GenerationId(3)).unwrap();
    let together = |writes: Vec<RecordWrite>| {
        let mut together = WriteBatch { together: true, imports: vec![import_entry(ImportId(9))], ..batch(writes) };
        together.set_meta(MetaKey::Clock, &BookClock::default()).unwrap();
        store.write(together).unwrap()
    };
    let whole = |version| RecordWrite {
        pending: true,
        facts: vec![fact(store.allocate_facts(1), a, "m", 1)],
        history: Some(history("A")),
        ..plain(Some(version), record(a, "a", 1))
    };
    let stale = WriteOutcome::Stale { version: Some(1) };
    let old = WriteOutcome::OldGeneration { active: GenerationId(3) };
    let by =
        |generation| RecordWrite { decided_by: Some(GenerationId(generation)), ..plain(Some(1), record(b, "b", 1)) };
    let new = plain(None, record(c, "c", 0));
    for (other, refused) in [(plain(Some(2), record(b, "b", 1)), stale), (by(2), old)] {
        let outcomes = together(vec![new.clone(), whole(1), other]);
        assert_eq!(outcomes, [WriteOutcome::Withheld, WriteOutcome::Withheld, refused]);
    }
    assert_eq!(store.position(), Position(3), "commits that were withheld have no place in the order");
    assert_eq!(store.load(&[c]).unwrap(), [None]);
    assert_eq!(stamp(&store.load(&[a]).unwrap()[0].as_ref().unwrap().record), 0);
    assert_eq!((store.facts(a).unwrap(), store.history(a, 9).unwrap()), (vec![], vec![]));
    assert_eq!(store.known(&[(FactKind::Measure, external("m"))]).unwrap(), [None]);
    assert_eq!(store.pending(None, 9).unwrap(), []);
    assert_eq!((store.imports().unwrap(), store.meta::<BookClock>(MetaKey::Clock).unwrap()), (vec![], None));

    let taken = together(vec![new, whole(1), by(3)]);
    assert!(taken.iter().all(WriteOutcome::is_taken), "{taken:?}");
    assert_eq!(store.position(), Position(7));
    assert_eq!((store.facts(a).unwrap().len(), store.imports().unwrap().len()), (1, 1));
    // An erasure that was overtaken holds the write back that it goes with.
    let erasures = vec![tierhook_store::Erasure { record: b, expect: 1, erased: Moment(7) }];
    let mixed = WriteBatch { together: true, erasures, ..batch([plain(Some(1), record(c, "c", 1))]) };
    let outcomes = store.write(mixed).unwrap();
    assert_eq!(outcomes, [WriteOutcome::Withheld, WriteOutcome::Stale { version: Some(2) }]);
    assert!(store.audit(false, &mut |_| ()).unwrap().is_sound());
}

#[test]
fn a_key_can_name_an_earlier_fact_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let id = store.allocate_records(0, 1);
    let first = fact(store.allocate_facts(1), id, "m", 3);
    let second = NewlyRecorded { replaces: Some(first.fact.seq), ..fact(store.allocate_facts(1), id, "m", 4) };
    write(&store, RecordWrite { facts: vec![first.clone()], ..plain(None, record(id, "wang", 0)) });
    write(&store, RecordWrite { facts: vec![second.clone()], ..plain(Some(1), record(id, "wang", 1)) });
    let again = NewlyRecorded { replaces: Some(second.fact.seq), ..first.clone() };
    write(&store, RecordWrite { facts: vec![again], ..plain(Some(2), record(id, "wang", 2)) });
    let known = store.known(&[(FactKind::Measure, external("m"))]).unwrap()[0].unwrap();
    assert_eq!((known.order, known.content), (first.order(), first.content));
    assert_eq!(store.facts(id).unwrap(), [first.fact, second.fact]);
    assert!(store.audit(false, &mut |_| ()).unwrap().is_sound());
}

#[test]
fn of_two_threads_that_create_the_same_customer_one_wins() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let create = |round: u64, store: &Store| {
        let id = store.allocate_records(0, 1);
        (id, write(store, plain(None, record(id, &format!("c{round}"), round))))
    };
    for round in 0..20 {
        let [one, other] = std::thread::scope(|scope| {
            [(); 2].map(|()| scope.spawn(|| create(round, &store))).map(|thread| thread.join().unwrap())
        });
        let (winner, loser) = if matches!(one.1, WriteOutcome::Committed { .. }) { (one, other) } else { (other, one) };
        assert_eq!(committed(winner.1), 1);
        assert_eq!(loser.1, WriteOutcome::Stale { version: None });
        let refs = [external(&format!("c{round}"))];
        assert_eq!(store.resolve(RecordKind::Customer, &refs).unwrap(), [Some(winner.0)]);
        assert_eq!(store.load(&[loser.0]).unwrap(), [None]);
    }
}

#[test]
fn an_existing_record_is_not_created_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let id = store.allocate_records(0, 1);
    write(&store, plain(None, record(id, "a", 0)));
    assert_eq!(write(&store, plain(None, record(id, "other", 1))), WriteOutcome::Stale { version: Some(1) });
    assert_eq!(store.resolve(RecordKind::Customer, &[external("other")]).unwrap(), [None]);
}

#[test]
fn an_alias_names_the_other_record_until_it_is_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (a, b) = (store.allocate_records(0, 1), store.allocate_records(0, 1));
    store.write(batch([plain(None, record(a, "a", 0)), plain(None, record(b, "b", 0))])).unwrap();
    let named = || store.resolve(RecordKind::Customer, &[external("b")]).unwrap()[0];
    write(&store, RecordWrite { aliases: vec![external("b")], ..plain(Some(1), record(a, "a", 1)) });
    assert_eq!(named(), Some(a));
    write(&store, plain(Some(1), record(b, "b", 1)));
    assert_eq!(named(), Some(a), "writing the merged record does not bring its reference back");
    write(&store, RecordWrite { aliases: vec![external("b")], ..plain(Some(2), record(b, "b", 2)) });
    assert_eq!(named(), Some(b));
}

#[test]
fn decisions_of_another_generation_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let id = store.allocate_records(0, 1);
    let decided = |by: u64, expect| RecordWrite {
        decided_by: Some(GenerationId(by)),
        history: Some(history("A")),
        ..plain(expect, record(id, "a", by))
    };
    store.set_generation(GenerationId(4)).unwrap();
    assert_eq!(committed(write(&store, decided(4, None))), 1);
    // The generation of a batch holds before its writes.
    let mut swap = batch([decided(4, Some(1)), decided(5, Some(1))]);
    swap.set_meta(MetaKey::Generation, &GenerationId(5)).unwrap();
    let active = GenerationId(5);
    assert_eq!(
        store.write(swap).unwrap(),
        [WriteOutcome::OldGeneration { active }, WriteOutcome::Committed { version: 2, position: Position(4) }]
    );
    let back = store.set_generation(GenerationId(4)).unwrap_err();
    assert!(matches!(back, WriteError::OlderGeneration { asked: GenerationId(4), active: GenerationId(5) }), "{back}");

    drop(store);
    let store = open(folder.path());
    assert_eq!(store.meta::<GenerationId>(MetaKey::Generation).unwrap(), Some(active));
    assert_eq!(write(&store, decided(4, Some(2))), WriteOutcome::OldGeneration { active });
    assert_eq!(committed(write(&store, plain(Some(2), record(id, "a", 0)))), 3, "a fact needs no generation");
}

#[test]
fn a_reopened_book_goes_on_where_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let import = store.allocate_import();
    let (id, far) = (store.allocate_records(0, 1), store.allocate_records(9, 5));
    let mut new = fact(FactSeq(store.allocate_facts(40).0 + 39), id, "m", 1);
    new.fact.import = Some(import);
    let clock = BookClock { mode: ClockMode::Fixed, day: Day(20_000) };
    let mut first = batch([
        RecordWrite { facts: vec![new.clone()], ..plain(None, record(id, "a", 1)) },
        plain(None, record(RecordId(far.0 + 4), "b", 2)),
    ]);
    first.imports = vec![import_entry(import)];
    first.set_meta(MetaKey::Clock, &clock).unwrap();
    store.write(first).unwrap();
    drop(store);

    let store = open(folder.path());
    assert_eq!(store.position(), Position(3));
    assert_eq!(store.meta::<BookClock>(MetaKey::Clock).unwrap(), Some(clock));
    assert_eq!(store.meta::<BookClock>(MetaKey::Settings).unwrap(), None);
    assert_eq!(store.imports().unwrap(), [import_entry(import)]);
    assert_eq!(store.facts_where(|fact| fact.import == Some(import)).unwrap(), [(id, new.order())]);
    assert_eq!(store.facts_where(|fact| fact.import == Some(ImportId(99))).unwrap(), []);
    assert_eq!(store.allocate_records(0, 1), RecordId(id.0 + 1));
    assert_eq!(store.allocate_records(9, 1), RecordId(far.0 + 5));
    assert_eq!(store.allocate_facts(1), FactSeq(new.fact.seq.0 + 1));
    assert_eq!(store.allocate_import(), ImportId(import.0 + 1));
    let next = write(&store, plain(Some(1), record(id, "a", 2)));
    assert_eq!(next, WriteOutcome::Committed { version: 2, position: Position(4) });
}

#[test]
fn closing_a_book_writes_what_nobody_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let ids: Vec<RecordId> = (0..50).map(|_| store.allocate_records(0, 1)).collect();
    let late: Vec<_> = ids
        .iter()
        .map(|id| store.submit(WriteBatch { bulk: true, ..batch([plain(None, record(*id, &id.to_string(), 0))]) }))
        .collect();
    drop(store);
    assert!(late.into_iter().all(|pending| pending.wait().is_ok()));
    assert_eq!(open(folder.path()).scan(None, 99).unwrap().len(), 50);
}

#[test]
fn a_fact_about_another_record_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (a, b) = (store.allocate_records(0, 1), store.allocate_records(0, 1));
    let foreign = fact(store.allocate_facts(1), b, "m", 1);
    let error =
        store.write(batch([RecordWrite { facts: vec![foreign], ..plain(None, record(a, "a", 0)) }])).unwrap_err();
    assert!(matches!(error, WriteError::ForeignFact { about, record, .. } if (about, record) == (b, a)), "{error}");
    assert_eq!(store.position(), Position(0));
}

/// Each commit adds one fact and counts them in the record, so facts that do not come in whole commits would show.
#[test]
fn facts_are_read_in_whole_commits_while_others_write() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let id = store.allocate_records(0, 1);
    write(&store, plain(None, record(id, "a", 0)));
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for round in 1..100_u64 {
                // Far apart, so that they do not share a page.
                let facts =
                    [-1, 1].map(|side| fact(store.allocate_facts(1), id, &format!("{side}/{round}"), side * 1_000));
                let next = RecordWrite { facts: facts.into(), ..plain(Some(round), record(id, "a", round)) };
                committed(write(&store, next));
            }
        });
        while !writer.is_finished() {
            let facts = store.facts(id).unwrap();
            let early = facts.iter().filter(|fact| fact.day < Day(0)).count();
            assert_eq!(early * 2, facts.len());
        }
        writer.join().unwrap();
    });
    assert_eq!(store.facts(id).unwrap().len(), 198);
}
