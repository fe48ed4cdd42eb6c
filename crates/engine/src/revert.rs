//! Reverting an import: what it brought does not hold any more, and what it replaced holds again.
//!
//! A fact is void if its import was reverted or something took it back. What a reverted import had replaced holds again
//! if it is not void itself, nothing newer under its key could, and its key names nothing that holds. So imports can be
//! reverted in any order, and what later ones amended stays amended. Each record is one commit; doing it again goes on
//! where it stopped.

mod void;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use tierhook_features::{order, replay, retracted};
use tierhook_model::{
    Day, ExternalRef, Fact, FactBody, FactKind, FactSeq, ImportId, Moment, Record, RecordId, Retraction,
};
use tierhook_store::{ImportEntry, KnownFact, NewlyRecorded, RecordWrite, Reversal, Stored, WriteBatch};

use self::void::{content, is_void, replaced};
use crate::book::{ATTEMPTS, newest_of};
use crate::family::line;
use crate::known::retraction_key;
use crate::{Engine, EngineError};

/// How many records are reverted together.
const BATCH: usize = 256;

/// What reverting an import came to, or would.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Reverted {
    /// Facts that it brought and that do not hold any more, by kind.
    pub facts: BTreeMap<FactKind, u64>,
    /// Facts that it brought and that did not hold already: something later took their place, or an earlier attempt
    /// took them back.
    pub gone: u64,
    /// Facts that it had replaced and that hold again.
    pub restored: u64,
    /// The records whose facts changed, or those that stand for them. They wait for a decision.
    pub records: BTreeSet<RecordId>,
    /// Those of them of which no fact is left.
    pub emptied: BTreeSet<RecordId>,
}

/// What is reverted, and how.
struct Revert<'a> {
    import: ImportId,
    /// All imports whose facts are void, this one among them.
    void: &'a BTreeSet<ImportId>,
    /// Of all that they replaced and that is not void itself, the newest for each key, wherever it is.
    newest: &'a HashMap<(FactKind, ExternalRef), FactSeq>,
    reason: String,
    day: Day,
    now: Moment,
}

/// What becomes of one record.
#[derive(Default)]
struct Change {
    /// The writes of the record and of those that it was merged into.
    writes: Vec<RecordWrite>,
    report: Reverted,
}

impl Engine {
    /// Takes back what an import brought. Every record concerned gets a mark; [`Engine::regrade`] decides them. With
    /// `dry`, nothing is written. `progress` is told how many records are done.
    ///
    /// # Errors
    /// [`EngineError::NoImport`] and [`EngineError::RevertedBefore`]; else if the store cannot be read or written, and
    /// doing it again completes it.
    pub fn revert(
        &self,
        import: ImportId,
        who: &str,
        dry: bool,
        now: Moment,
        mut progress: impl FnMut(u64),
    ) -> Result<Reverted, EngineError> {
        let entries = self.store.imports()?;
        let entry = entries.iter().find(|entry| entry.id == import).ok_or(EngineError::NoImport { import })?;
        if let Some(Reversal { who, finished: Some(on), .. }) = &entry.reverted {
            return Err(EngineError::RevertedBefore { import, who: who.clone(), on: *on });
        }
        let begun = entry.reverted.clone().unwrap_or(Reversal { who: who.to_owned(), began: now, finished: None });
        if !dry {
            // From here on its facts are void, even if it stops in between.
            self.note_import(ImportEntry { reverted: Some(begun.clone()), ..entry.clone() })?;
        }
        let reverted = entries.iter().filter(|entry| entry.reverted.is_some()).map(|entry| entry.id);
        let void: BTreeSet<ImportId> = reverted.chain([import]).collect();
        // Where it, or an import that was reverted before, replaced something.
        let mut replacing: BTreeSet<RecordId> = BTreeSet::new();
        let concerns = |fact: &Fact| {
            let replaces = matches!(fact.body, FactBody::Retraction(_)) && is_void(fact, &void);
            replacing.extend(replaces.then_some(fact.record));
            replaces || fact.import == Some(import)
        };
        let mut records: Vec<RecordId> = self.store.facts_where(concerns)?.into_iter().map(|(id, _)| id).collect();
        records.dedup();
        let mut newest: HashMap<(FactKind, ExternalRef), FactSeq> = HashMap::new();
        for id in replacing {
            for (fact, _) in replaced(&self.store.facts(id)?, &void) {
                let newest = newest.entry((fact.body.kind(), fact.key.clone())).or_insert(fact.seq);
                *newest = (*newest).max(fact.seq);
            }
        }
        let revert = Revert {
            import,
            void: &void,
            newest: &newest,
            reason: format!("import {} was reverted", import.0),
            day: self.snapshot().clock.day,
            now,
        };
        let mut report = Reverted::default();
        for (at, batch) in records.chunks(BATCH).enumerate() {
            self.revert_batch(batch, &revert, dry, &mut report)?;
            progress((at * BATCH + batch.len()) as u64);
        }
        if !dry {
            self.recount()?;
            let done = Reversal { finished: Some(now), ..begun };
            self.note_import(ImportEntry { reverted: Some(done), ..entry.clone() })?;
        }
        Ok(report)
    }

    fn note_import(&self, entry: ImportEntry) -> Result<(), EngineError> {
        self.store.write(WriteBatch { imports: vec![entry], bulk: true, ..WriteBatch::default() })?;
        Ok(())
    }

    fn revert_batch(
        &self,
        records: &[RecordId],
        revert: &Revert<'_>,
        dry: bool,
        report: &mut Reverted,
    ) -> Result<(), EngineError> {
        let mut todo = records.to_vec();
        let mut turn = None;
        for _ in 0..ATTEMPTS {
            let mut changes = Vec::with_capacity(todo.len());
            for id in &todo {
                changes.push((*id, self.revert_record(*id, revert)?));
            }
            // What needs no write is done.
            let (written, idle): (Vec<_>, Vec<_>) =
                changes.into_iter().partition(|(_, change)| !change.writes.is_empty() && !dry);
            idle.into_iter().for_each(|(_, change)| report.add(change.report));
            let (reports, writes): (Vec<_>, Vec<_>) =
                written.into_iter().map(|(id, change)| ((id, change.report), change.writes)).unzip();
            todo.clear();
            for (outcome, (id, done)) in self.commit(writes, true)?.into_iter().zip(reports) {
                match outcome.is_taken() {
                    true => report.add(done),
                    false => todo.push(id),
                }
            }
            if todo.is_empty() {
                return Ok(());
            }
            self.await_turn(&mut turn);
        }
        Err(EngineError::Contended { kind: FactKind::Retraction, key: todo[0].to_string() })
    }

    /// Finds what becomes of one record. The record is read first: what comes in meanwhile makes its write stale.
    fn revert_record(&self, id: RecordId, revert: &Revert<'_>) -> Result<Change, EngineError> {
        let mut stored: HashMap<RecordId, Stored> = HashMap::from([(id, self.load(id)?)]);
        self.load_leaders(&mut stored)?;
        let facts = self.store.facts(id)?;
        let mut change = Change::default();
        let news = self.news(&stored[&id].record, &facts, revert, &mut change.report)?;
        if news.is_empty() {
            return Ok(change);
        }
        let there: HashSet<FactSeq> = facts.iter().map(|fact| fact.seq).collect();
        let new: Vec<Fact> =
            news.iter().map(|new| &new.fact).filter(|fact| !there.contains(&fact.seq)).cloned().collect();
        let mut news = Some(news);
        for id in line(id, &stored) {
            let Some(Stored { version, mut record }) = stored.remove(&id) else { continue };
            let mut all = self.facts_of(&record)?;
            all.extend_from_slice(&new);
            (record.profile, record.aggregates) = replay(record.id, &all, None);
            let leads = record.merged_into.is_none();
            if leads {
                change.report.records.insert(id);
                change.report.emptied.extend((record.aggregates.facts == 0).then_some(id));
            }
            change.writes.push(RecordWrite {
                expect: Some(version),
                decided_by: None,
                record,
                pending: leads,
                facts: news.take().unwrap_or_default(),
                aliases: Vec::new(),
                history: None,
            });
        }
        Ok(change)
    }

    /// The facts to record for one record: what takes back what the import brought, and what lets hold again what it
    /// replaced.
    fn news(
        &self,
        record: &Record,
        facts: &[Fact],
        revert: &Revert<'_>,
        report: &mut Reverted,
    ) -> Result<Vec<NewlyRecorded>, EngineError> {
        let taken_back = retracted(facts);
        let retractions: HashMap<FactSeq, FactSeq> = facts
            .iter()
            .filter_map(|fact| match &fact.body {
                FactBody::Retraction(retraction) => Some((retraction.fact, fact.seq)),
                _ => None,
            })
            .fold(HashMap::new(), |mut newest, (target, seq)| {
                let known = newest.entry(target).or_insert(seq);
                *known = seq.max(*known);
                newest
            });
        let mut targets: Vec<FactSeq> = Vec::new();
        for fact in facts.iter().filter(|fact| fact.import == Some(revert.import)) {
            match &fact.body {
                FactBody::Retraction(_) => {}
                _ if taken_back.contains(&fact.seq) => report.gone += 1,
                body => {
                    *report.facts.entry(body.kind()).or_default() += 1;
                    targets.push(fact.seq);
                }
            }
        }
        let mut handed_back = Vec::new();
        for (fact, retraction) in replaced(facts, revert.void) {
            let key = (fact.body.kind(), fact.key.clone());
            if revert.newest.get(&key) != Some(&fact.seq) {
                continue;
            }
            let named = self.store.known(&[key])?[0];
            let Some(named) = named.filter(|named| named.order.seq != fact.seq) else {
                targets.push(retraction);
                report.restored += 1;
                continue;
            };
            if !self.names_void(&named, facts, revert)? {
                continue;
            }
            targets.push(retraction);
            report.restored += 1;
            let content = content(&record.external, fact);
            handed_back.push(NewlyRecorded { fact: fact.clone(), content, replaces: Some(named.order.seq) });
        }
        let first = self.allocate_facts(targets.len());
        let retraction = |(at, target): (usize, FactSeq)| {
            let fact = Fact {
                seq: FactSeq(first.0 + at as u64),
                record: record.id,
                key: retraction_key(target),
                occurred: self.moment_within(revert.day, revert.now),
                day: revert.day,
                recorded: revert.now,
                import: None,
                contact: None,
                body: FactBody::Retraction(Retraction { fact: target, reason: revert.reason.clone() }),
            };
            NewlyRecorded { content: [0; 16], replaces: retractions.get(&target).copied(), fact }
        };
        Ok(targets.into_iter().enumerate().map(retraction).chain(handed_back).collect())
    }

    /// Tells whether what a key names is void, wherever it is. `facts` are those of the record at hand.
    fn names_void(&self, named: &KnownFact, facts: &[Fact], revert: &Revert<'_>) -> Result<bool, EngineError> {
        if !self.holds(named.order.seq)? {
            return Ok(true);
        }
        let is_here = facts.first().is_some_and(|fact| fact.record == named.record);
        let elsewhere = if is_here { Vec::new() } else { self.store.facts(named.record)? };
        let facts = if is_here { facts } else { &elsewhere };
        Ok(facts.binary_search_by_key(&named.order, order).is_ok_and(|at| is_void(&facts[at], revert.void)))
    }

    /// Finds out anew which kinds of facts the book has, and of which day the newest is.
    fn recount(&self) -> Result<(), EngineError> {
        let (mut kinds, mut newest) = (tierhook_model::Connected::default(), None);
        self.for_each_record(|record| {
            kinds = kinds.union(crate::book::kinds_of(&record.aggregates));
            newest = newest.max(newest_of(&record.aggregates));
        })?;
        self.set_facts(kinds, newest)
    }
}

impl Reverted {
    fn add(&mut self, other: Self) {
        for (kind, count) in other.facts {
            *self.facts.entry(kind).or_default() += count;
        }
        self.gone += other.gone;
        self.restored += other.restored;
        for id in &other.records {
            // Of several records that are one customer, the last write tells.
            self.emptied.remove(id);
        }
        self.records.extend(other.records);
        self.emptied.extend(other.emptied);
    }
}
