//! Any sequence of writes leaves what a plain map would hold.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tierhook_model::{FactKind, FactSeq, GenerationId, Position, RecordId, RecordKind};
use tierhook_store::{NewlyRecorded, RecordWrite, Store, WriteBatch, WriteOutcome};

use crate::room::{batch, external, fact, history, open, plain, record, stamp};

/// How many records the sequences are about.
const RECORDS: u64 = 4;
/// How many fact keys they use.
const KEYS: u8 = 5;

#[derive(Clone, Debug)]
struct Step {
    record: u64,
    /// How far the expected version is from the one that stands; `None` creates.
    expect: Option<i8>,
    /// The external reference of a creation.
    name: u64,
    generation: Option<u64>,
    pending: bool,
    /// Keys with days, and whether the fact is said to replace the one that stands.
    facts: Vec<(u8, i32, bool)>,
    alias: Option<u64>,
    decided: bool,
}

#[derive(Clone, Debug)]
enum Action {
    Write {
        steps: Vec<Step>,
        bulk: bool,
        together: bool,
        as_read: bool,
    },
    /// Somebody reads the book, to write on the strength of it later.
    Read,
    Generation(u64),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let expect = prop_oneof![2 => Just(None), 6 => Just(Some(0)), 1 => Just(Some(1)), 1 => Just(Some(-1))];
    let generation = prop_oneof![3 => Just(None), 1 => (0_u64..3).prop_map(Some)];
    let facts = prop::collection::vec((0..KEYS, -3..3, prop::bool::weighted(0.8)), 0..3);
    let alias = prop_oneof![4 => Just(None), 1 => (0..RECORDS).prop_map(Some)];
    (0..RECORDS, expect, 0..RECORDS, generation, any::<bool>(), facts, alias, any::<bool>()).prop_map(
        |(record, expect, name, generation, pending, facts, alias, decided)| Step {
            record,
            expect,
            name,
            generation,
            pending,
            facts,
            alias,
            decided,
        },
    )
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        12 => (prop::collection::vec(step(), 1..5), any::<bool>(), prop::bool::weighted(0.3), any::<bool>())
            .prop_map(|(steps, bulk, together, as_read)| Action::Write { steps, bulk, together, as_read }),
        4 => Just(Action::Read),
        2 => (0_u64..3).prop_map(Action::Generation),
        1 => Just(Action::Reopen),
    ]
}

/// What a book holds, in the plainest form.
#[derive(Clone, Debug, Default)]
struct Plain {
    generation: u64,
    position: u64,
    records: BTreeMap<RecordId, (u64, u64)>,
    /// The external reference that each record was created with.
    names: BTreeMap<RecordId, u64>,
    references: BTreeMap<u64, RecordId>,
    facts: BTreeMap<RecordId, Vec<NewlyRecorded>>,
    known: BTreeMap<u8, NewlyRecorded>,
    history: BTreeMap<RecordId, Vec<u64>>,
    pending: BTreeSet<RecordId>,
}

impl Plain {
    /// What the store should be asked to do, and what should come of it. Whoever writes on the strength of what was `read`
    /// expects just that.
    fn step(&mut self, step: &Step, read: Option<&Self>, store: &Store) -> (RecordWrite, WriteOutcome) {
        let id = RecordId(1 + step.record);
        let standing = self.records.get(&id).map(|(version, _)| *version);
        let expect = match read {
            Some(read) => read.records.get(&id).map(|(version, _)| *version),
            None => step.expect.map(|off| standing.unwrap_or(1).saturating_add_signed(off.into())),
        };
        let stamp = self.position;
        // A record keeps the reference that it was created with.
        let name = expect.and_then(|_| self.names.get(&id).copied()).unwrap_or(step.name);
        let mut standing_facts: BTreeMap<u8, FactSeq> =
            self.known.iter().map(|(key, known)| (*key, known.fact.seq)).collect();
        let mut are_expected = true;
        let facts: Vec<NewlyRecorded> = step
            .facts
            .iter()
            .map(|(key, day, replaces)| {
                let new = fact(store.allocate_facts(1), id, &format!("k{key}"), *day);
                let stands = standing_facts.insert(*key, new.fact.seq);
                let replaces = match read {
                    Some(read) => read.known.get(key).map(|known| known.fact.seq),
                    None => stands.filter(|_| *replaces),
                };
                are_expected &= replaces == stands;
                NewlyRecorded { replaces, ..new }
            })
            .collect();
        let write = RecordWrite {
            decided_by: step.generation.map(GenerationId),
            pending: step.pending,
            facts: facts.clone(),
            aliases: step.alias.iter().map(|alias| external(&format!("n{alias}"))).collect(),
            history: step.decided.then(|| history("A")),
            ..plain(expect, record(id, &format!("n{name}"), stamp))
        };
        if step.generation.is_some_and(|by| by != self.generation) {
            return (write, WriteOutcome::OldGeneration { active: GenerationId(self.generation) });
        }
        if expect != standing || expect.is_none() && self.references.contains_key(&step.name) || !are_expected {
            return (write, WriteOutcome::Stale { version: standing });
        }
        let version = standing.unwrap_or(0) + 1;
        self.position += 1;
        self.records.insert(id, (version, stamp));
        self.names.insert(id, name);
        self.references.extend(expect.is_none().then_some((name, id)));
        self.references.extend(step.alias.map(|alias| (alias, id)));
        if step.pending {
            self.pending.insert(id);
        } else {
            self.pending.remove(&id);
        }
        self.known.extend(step.facts.iter().map(|(key, ..)| *key).zip(facts.iter().cloned()));
        self.facts.entry(id).or_default().extend(facts);
        if step.decided {
            self.history.entry(id).or_default().push(self.position);
        }
        (write, WriteOutcome::Committed { version, position: Position(self.position) })
    }

    fn check(&self, store: &Store) {
        assert_eq!(store.position(), Position(self.position));
        let records: BTreeMap<RecordId, (u64, u64)> = store
            .scan(None, usize::MAX)
            .unwrap()
            .iter()
            .map(|stored| (stored.record.id, (stored.version, stamp(&stored.record))))
            .collect();
        assert_eq!(records, self.records);
        assert_eq!(store.pending(None, usize::MAX).unwrap(), self.pending.iter().copied().collect::<Vec<_>>());
        let names: Vec<_> = (0..RECORDS).map(|name| external(&format!("n{name}"))).collect();
        let resolved: Vec<_> = (0..RECORDS).map(|name| self.references.get(&name).copied()).collect();
        assert_eq!(store.resolve(RecordKind::Customer, &names).unwrap(), resolved);
        let keys: Vec<_> = (0..KEYS).map(|key| (FactKind::Measure, external(&format!("k{key}")))).collect();
        for (known, plain) in store.known(&keys).unwrap().into_iter().zip((0..KEYS).map(|key| self.known.get(&key))) {
            let known = known.map(|known| (known.record, known.order, known.content));
            assert_eq!(known, plain.map(|new| (new.fact.record, new.order(), new.content)));
        }
        for id in (1..=RECORDS).map(RecordId) {
            let mut facts = self.facts.get(&id).cloned().unwrap_or_default();
            facts.sort_by_key(NewlyRecorded::order);
            let facts: Vec<_> = facts.into_iter().map(|new| new.fact).collect();
            assert_eq!(store.facts(id).unwrap(), facts);
            let history: Vec<u64> = store.history(id, usize::MAX).unwrap().iter().map(|(at, _)| at.0).collect();
            let newest: Vec<u64> = self.history.get(&id).into_iter().flatten().rev().copied().collect();
            assert_eq!(history, newest);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_book_holds_what_a_plain_map_would(actions in prop::collection::vec(action(), 1..24)) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = open(folder.path());
        let mut plain = Plain::default();
        let mut read: Option<(Position, Plain)> = None;
        for action in actions {
            match action {
                Action::Write { steps, bulk, together, as_read } => {
                    let read = read.as_ref().filter(|_| as_read);
                    let (as_of, read) = (read.map(|(as_of, _)| *as_of), read.map(|(_, read)| read));
                    let before = plain.clone();
                    let (writes, mut expected): (Vec<_>, Vec<_>) =
                        steps.iter().map(|step| plain.step(step, read, &store)).unzip();
                    if together && !expected.iter().all(WriteOutcome::is_taken) {
                        plain = before;
                        let taken = expected.iter_mut().filter(|outcome| outcome.is_taken());
                        taken.for_each(|outcome| *outcome = WriteOutcome::Withheld);
                    }
                    let outcomes = store.write(WriteBatch { bulk, together, as_of, ..batch(writes) }).unwrap();
                    prop_assert_eq!(outcomes, expected);
                }
                Action::Read => read = Some((store.position(), plain.clone())),
                Action::Generation(next) => {
                    let set = store.set_generation(GenerationId(next));
                    prop_assert_eq!(set.is_ok(), next >= plain.generation);
                    plain.position += u64::from(set.is_ok());
                    plain.generation = plain.generation.max(next);
                }
                Action::Reopen => {
                    drop(store);
                    store = open(folder.path());
                }
            }
        }
        plain.check(&store);
        let audit = store.audit(false, &mut |_| ()).unwrap();
        prop_assert!(audit.is_sound(), "{:?}", audit.problems);
        drop(store);
        plain.check(&open(folder.path()));
    }
}
