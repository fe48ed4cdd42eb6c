//! The path of one event: snapshot, features, evaluate, decide, commit.

mod attempt;
mod draft;
mod prepared;
mod transfer;

use std::borrow::Cow;
use std::collections::HashMap;

use tierhook_features::replay;
use tierhook_model::{
    Amount, Change, Day, ExternalRef, Fact, FactKind, ImportId, Moment, MoveCause, NewFact, Position, Record, RecordId,
    RecordKind,
};
use tierhook_store::{KnownFact, LookedUp, RecordWrite, Stored};

use self::attempt::Attempt;
use self::draft::{Draft, is_news};
use self::prepared::{Prepared, families};
use self::transfer::Rest;
use crate::decide::decide;
use crate::evaluate::evaluate;
use crate::family::Encoded;
use crate::{Engine, EngineError, Snapshot};

/// How facts are recorded.
#[derive(Clone, Copy, Debug)]
pub struct Recording {
    /// When.
    pub recorded: Moment,
    /// The import that brings them.
    pub import: Option<ImportId>,
    /// Whether a fact with a known id but other content replaces the known one; else it is a conflict.
    pub amend: bool,
    /// What the records are that the facts are about.
    pub kind: RecordKind,
}

/// What became of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Appended {
    /// It is recorded.
    Recorded(RecordId),
    /// It was known with the same content; nothing has changed.
    Duplicate(RecordId),
    /// It replaces a known one with the same id.
    Amended(RecordId),
    /// It has the id of a known one and other content; nothing has changed.
    Conflict(RecordId),
    /// The record that it is about was erased, and stays so; nothing has changed.
    Erased {
        /// When the erasure was asked for.
        on: Moment,
    },
}

/// What became of a fact, and what it changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Ingested {
    /// What became of it.
    pub appended: Appended,
    /// What the decision changed for its record; facts of the same record share one decision.
    pub changes: Vec<Change>,
}

/// Facts that are decided and on their way to the disk.
#[derive(Debug)]
#[must_use = "what became of the facts is known only from `Engine::finish_ingest`"]
pub struct Ingesting<F>(Attempt<F>);

/// Decided customers for the writer, and what the decision changed that a fact took part in: one that moves takes part in
/// that of two records.
type DecidedShare = (Vec<Encoded>, Vec<((usize, RecordId), Vec<Change>)>);

impl Engine {
    /// Records facts and decides at once: each record's facts and decision are one commit. The answers are in the
    /// order of the facts.
    ///
    /// # Errors
    /// [`EngineError`] if the store cannot be read or written; what was acknowledged stays.
    pub fn ingest(&self, facts: &[NewFact], recording: Recording) -> Result<Vec<Ingested>, EngineError> {
        self.finish_ingest(self.begin_ingest(facts, recording)?)
    }

    /// Decides facts and brings them on their way to the disk, without waiting for it: [`Engine::finish_ingest`] does. So
    /// the next ones can be decided while these are being written. Whoever brings facts of a customer of whom some are on
    /// their way finishes those first; else they may be taken in another order.
    ///
    /// Whoever drops the answer has brought the facts all the same, but for those that are refused and that nobody tries
    /// again; what kinds of facts the book has by them, and of which day, it learns with the next [`Engine::calibrate`].
    ///
    /// # Errors
    /// [`EngineError`] if the store cannot be read; nothing of the facts is recorded then.
    pub fn begin_ingest<F: AsRef<[NewFact]>>(
        &self,
        facts: F,
        recording: Recording,
    ) -> Result<Ingesting<F>, EngineError> {
        self.begin(facts, recording, true).map(Ingesting)
    }

    /// Waits until facts are durable, and decides those anew whose records have changed meanwhile. The answers are in the
    /// order of the facts.
    ///
    /// # Errors
    /// [`EngineError`] if the store cannot be read or written; what was acknowledged stays.
    pub fn finish_ingest<F: AsRef<[NewFact]>>(&self, ingesting: Ingesting<F>) -> Result<Vec<Ingested>, EngineError> {
        let Attempt { answers, mut changes, .. } = self.finish(ingesting.0)?;
        let with_changes = |(origin, appended)| {
            let changes = match appended {
                Appended::Recorded(of) | Appended::Amended(of) => changes.remove(&(origin, of)).unwrap_or_default(),
                Appended::Duplicate(_) | Appended::Conflict(_) | Appended::Erased { .. } => Vec::new(),
            };
            Ingested { appended, changes }
        };
        Ok(answers.into_iter().flatten().enumerate().map(with_changes).collect())
    }

    /// Records facts without deciding: a mark stays with each record until [`Engine::regrade`] has decided it. The
    /// answers are in the order of the facts.
    ///
    /// # Errors
    /// [`EngineError`] if the store cannot be read or written; what was acknowledged stays.
    pub fn append(&self, facts: &[NewFact], recording: Recording) -> Result<Vec<Appended>, EngineError> {
        let Attempt { answers, .. } = self.finish(self.begin(facts, recording, false)?)?;
        Ok(answers.into_iter().flatten().collect())
    }

    /// Reads what the facts need, sorts out known ones, and folds the others into their records.
    fn prepare<F: AsRef<[NewFact]>>(&self, attempt: &mut Attempt<F>) -> Result<Vec<Prepared>, EngineError> {
        let Attempt { facts, recording, answers, todo, as_of, transfers, .. } = attempt;
        let (facts, recording, todo) = (facts.as_ref(), *recording, todo.as_slice());
        let keys: Vec<(FactKind, ExternalRef)> =
            todo.iter().map(|at| (facts[*at].body.kind(), facts[*at].key.clone())).collect();
        let mut refs: Vec<ExternalRef> = todo.iter().map(|at| facts[*at].record.clone()).collect();
        refs.sort_unstable();
        refs.dedup();
        let LookedUp { as_of: read, named, records, known } = self.store.look_up(recording.kind, &refs, &keys)?;
        *as_of = Some(read);
        let targets = self.targets(refs, named);
        let mut stored: HashMap<RecordId, Stored> = HashMap::with_capacity(records.len());
        for raw in records {
            stored.insert(raw.id(), raw.read()?);
        }
        let known = self.standing(known)?;
        let mut drafts: HashMap<RecordId, Vec<Draft>> = HashMap::new();
        let mut order: Vec<RecordId> = Vec::new();
        let mut seen: HashMap<&(FactKind, ExternalRef), ([u8; 16], RecordId)> = HashMap::new();
        for (slot, &at) in todo.iter().enumerate() {
            let fact = &facts[at];
            let (content, record) = (fact.content(), targets[&fact.record].0);
            // What was taken back counts as unknown, but its key is taken over from it.
            let former = known[slot].map(|known| known.fact.order.seq);
            let standing = known[slot].filter(|known| known.holds).map(|known| known.fact);
            let earlier = seen.get(&keys[slot]).copied().or(standing.map(|known| (known.content, known.record)));
            let rest = transfers.rest(at);
            let mut answer = match earlier {
                _ if rest.is_some() => Appended::Amended(record),
                None => Appended::Recorded(record),
                Some((same, by)) if same == content => {
                    let current = stored.get(&record).map(|stored| &stored.record.profile);
                    let said_later = standing.is_some_and(|known| fact.occurred > known.order.occurred);
                    if said_later && !seen.contains_key(&keys[slot]) && is_news(&fact.body, current) {
                        Appended::Recorded(record)
                    } else {
                        Appended::Duplicate(by)
                    }
                }
                // Of money in another currency, what it came to hangs on the rate of the day on which it was recorded.
                Some((_, by)) if !seen.contains_key(&keys[slot]) && self.is_rated_anew(standing, fact)? => {
                    Appended::Duplicate(by)
                }
                Some((_, by)) if !recording.amend || seen.contains_key(&keys[slot]) => Appended::Conflict(by),
                Some(_) => Appended::Amended(record),
            };
            let mut draft = Draft { replaces: former, ..Draft::of(at, content, fact) };
            if standing.is_some() && matches!(answer, Appended::Recorded(_)) {
                // What was said before, then otherwise, is said again: a fact of its own.
                draft.key.id = format!("{}@{}", draft.key.id, fact.occurred.0);
                let said = self.known(&[(keys[slot].0, draft.key.clone())])?[0];
                draft.replaces = said.map(|said| said.fact.order.seq);
                if let Some(said) = said.filter(|said| said.holds) {
                    answer = Appended::Duplicate(said.fact.record);
                }
            }
            answers[at] = Some(answer.clone());
            if !matches!(answer, Appended::Recorded(_) | Appended::Amended(_)) {
                continue;
            }
            seen.insert(&keys[slot], (content, record));
            let mut add = |record: RecordId, draft: Draft| {
                let list = drafts.entry(record).or_default();
                if list.is_empty() {
                    order.push(record);
                }
                list.push(draft);
            };
            match (rest, &answer, standing) {
                (Some(Rest::Retraction(known)), ..) => {
                    add(known.record, self.taken_back(at, &known, fact)?);
                    continue;
                }
                (None, Appended::Amended(_), Some(known)) => {
                    add(known.record, self.taken_back(at, &known, fact)?);
                    if known.record != record {
                        transfers.begin(at, known);
                    }
                }
                _ => {}
            }
            add(record, draft);
        }
        let new: HashMap<RecordId, &ExternalRef> =
            targets.iter().filter(|(_, (_, new))| *new).map(|(external, (id, _))| (*id, external)).collect();
        // A fact that moves from one record to another is taken back from where it was.
        let others: Vec<RecordId> =
            order.iter().filter(|id| !stored.contains_key(id) && !new.contains_key(id)).copied().collect();
        // New records have numbers in a row; in that order they are written fastest.
        order.sort_unstable();
        let loaded = self.store.load(&others)?;
        stored.extend(loaded.into_iter().flatten().map(|stored| (stored.record.id, stored)));
        self.load_leaders(&mut stored)?;
        let families = families(&order, &stored);
        let mut member = |id: RecordId| match (stored.remove(&id), new.get(&id)) {
            (Some(stored), _) => Ok((stored.record, Some(stored.version))),
            (None, Some(external)) => Ok((Record::new(id, recording.kind, (*external).clone()), None)),
            (None, None) => Err(EngineError::NoRecord { record: id }),
        };
        let mut prepared = Vec::new();
        for family in families {
            let members = family.into_iter().map(|id| {
                let (record, expect) = member(id)?;
                Ok((record, expect, drafts.remove(&id).unwrap_or_default()))
            });
            let members = members.collect::<Result<Vec<_>, EngineError>>()?;
            prepared.push(self.fold(members, recording)?);
        }
        Ok(prepared)
    }

    /// Tells whether a fact says what a known one does, but for the rate by which money was converted.
    fn is_rated_anew(&self, known: Option<KnownFact>, fact: &NewFact) -> Result<bool, EngineError> {
        let is_foreign = |amount: &Amount| amount.original.currency != self.conventions.currency;
        let (Some(known), Some(_)) = (known, fact.body.amount().filter(|amount| is_foreign(amount))) else {
            return Ok(false);
        };
        let facts = self.store.facts(known.record)?;
        let before = facts.iter().find(|it| it.seq == known.order.seq).and_then(|it| it.body.amount());
        let (mut again, Some(before)) = (fact.clone(), before) else { return Ok(false) };
        again.body.amount_mut().into_iter().for_each(|amount| amount.base = before.base);
        Ok(again.content() == known.content)
    }

    /// Says that a new fact takes the place of a known one.
    fn taken_back(&self, origin: usize, known: &KnownFact, fact: &NewFact) -> Result<Draft, EngineError> {
        let before = self.retraction_of(known.order.seq)?;
        Ok(Draft::retraction(origin, known, before.map(|before| before.fact.order.seq), fact))
    }

    /// Says which record each reference names; those that the book does not know get a number.
    fn targets(&self, refs: Vec<ExternalRef>, named: Vec<Option<RecordId>>) -> HashMap<ExternalRef, (RecordId, bool)> {
        let missing = named.iter().filter(|named| named.is_none()).count() as u64;
        let mut next = if missing > 0 { self.store.allocate_records(0, missing).0 } else { 0 };
        let numbered = refs.into_iter().zip(named).map(|(external, named)| match named {
            Some(id) => (external, (id, false)),
            None => {
                next += 1;
                (external, (RecordId(next - 1), true))
            }
        });
        numbered.collect()
    }

    /// Evaluates and decides prepared records under one generation, and encodes them for the writer.
    fn decide_prepared(
        &self,
        prepared: Vec<Prepared>,
        snapshot: &Snapshot,
        recorded: Moment,
        as_of: Option<Position>,
        bulk: bool,
    ) -> Result<DecidedShare, EngineError> {
        let day = snapshot.clock.day;
        let mut views = Vec::with_capacity(prepared.len());
        let mut unsaved = Vec::with_capacity(prepared.len());
        for one in &prepared {
            let facts: Vec<&Fact> = one.facts().collect();
            views.push(self.on_day(day, &one.leader.record, &facts)?);
            unsaved.push(facts);
        }
        let told = self.told(&views, &snapshot.generation.ruleset.hooks, day, &unsaved)?;
        let evaluation = evaluate(&views, &told, &snapshot.generation, &self.conventions, day);
        self.tally.note(&evaluation, &views);
        let decide = |(row, view): (usize, &Cow<'_, Record>)| {
            let decision = decide(&evaluation, row, view, MoveCause::Fact);
            let history = decision.history(&evaluation, row, view, MoveCause::Fact, recorded);
            (decision, history)
        };
        let decisions: Vec<_> = views.iter().enumerate().map(decide).collect();
        drop(views);
        let mut changes = Vec::new();
        let decided = prepared.into_iter().zip(decisions).map(|(one, (decision, history))| {
            for member in one.members() {
                let of = member.origins.iter().map(|origin| (*origin, member.record.id));
                changes.extend(of.map(|part| (part, decision.changes.clone())));
            }
            let write = one.leader.write(false);
            let write = RecordWrite {
                decided_by: Some(snapshot.generation.id),
                record: Record { standing: decision.standing, ..write.record },
                history,
                ..write
            };
            let merged = one.merged.into_iter().map(|member| member.write(false));
            std::iter::once(write).chain(merged).collect()
        });
        let encoded = self.encode(decided, as_of, bulk).collect();
        Ok((encoded, changes))
    }

    /// Returns the record as rules see it on a day: without what happens later, but with all that is known today of
    /// who it is and what people said about it, in the present ids of dimensions and classes. Facts that are not in the
    /// store yet are passed in.
    pub(crate) fn on_day<'r>(
        &self,
        day: Day,
        record: &'r Record,
        unsaved: &[&Fact],
    ) -> Result<Cow<'r, Record>, EngineError> {
        let mut view = Cow::Borrowed(record);
        if record.aggregates.last.is_some_and(|last| last.day > day) {
            let mut facts = self.facts_of(record)?;
            facts.extend(unsaved.iter().map(|fact| (*fact).clone()));
            facts.retain(|fact| fact.day <= day || !fact.body.is_event());
            let view = view.to_mut();
            (view.profile, view.aggregates) = replay(record.id, &facts, None);
        }
        if self.has_renamed() {
            self.renew(view.to_mut());
        }
        Ok(view)
    }

    /// The same of a record that nobody else needs.
    pub(crate) fn brought_to(&self, day: Day, record: Record) -> Result<Record, EngineError> {
        let brought = match self.on_day(day, &record, &[])? {
            Cow::Owned(brought) => Some(brought),
            Cow::Borrowed(_) => None,
        };
        Ok(brought.unwrap_or(record))
    }
}
