//! Erasing a person: everything that the book holds of one customer, and what others' facts say of them.

mod known_by;
mod redact;

use serde::{Deserialize, Serialize};
use tierhook_model::{ExternalRef, Moment, Record, RecordId};
use tierhook_store::{Erasure, MetaKey, Redaction, Removed, WriteBatch, WriteOutcome};

pub use self::known_by::KnownBy;
use self::redact::{redact_standing, redacted_entry, redacted_facts};
use crate::book::{ATTEMPTS, BATCH};
use crate::{Engine, EngineError};

/// What the book holds of one person.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct PersonTrace {
    /// The records, the one that was asked for first; those that were merged with it behind.
    pub records: Vec<Record>,
    /// What the person is known by.
    pub known_by: KnownBy,
    /// How many facts there are.
    pub facts: u64,
    /// How many decisions are kept.
    pub history: u64,
    /// How many people at the customer are known.
    pub contacts: u64,
    /// How many follow-ups, closed ones too.
    pub follow_ups: u64,
    /// How many warnings, closed ones too.
    pub warnings: u64,
    /// Other customers of whom something is said that is about this person.
    pub others: Vec<OtherTrace>,
}

/// What is said of another customer that is about the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherTrace {
    /// The other customer.
    pub record: RecordId,
    /// How its source names it.
    pub external: ExternalRef,
    /// Facts that say that the person referred it: they say so no more.
    pub references: u64,
    /// Facts on a person there with the same phone, email or handle: they name nobody any more.
    pub contacts: u64,
    /// Facts whose free text has a phone, address or handle of the person, or a name if names go too: without it.
    pub words: u64,
    /// How many facts say less after the erasure, for any of these reasons.
    pub redacted: u64,
    /// 1 if follow-ups or warnings have words that only this person has, else 0.
    pub work: u64,
    /// Facts and follow-ups whose free text has the person's name. Others may have it too, so they stay.
    pub mentions: u64,
}

/// An erasure as it is kept: who asked for it, when and why, and how much went. It does not say whose data it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureEntry {
    /// The number of the erasure; the first is 1.
    pub number: u32,
    /// When.
    pub asked: Moment,
    /// Who asked for it.
    pub who: String,
    /// Why.
    pub why: String,
    /// How many records went.
    pub records: u32,
    /// How much went, by place. Empty if a crash came between the erasure and its count.
    pub removed: Vec<(String, u64)>,
}

/// How much an erasure removed from the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Erased {
    /// What went with the person's own records.
    pub removed: Removed,
    /// Facts of others that say less now.
    pub others_facts: u64,
    /// Kept decisions on others that say less now.
    pub others_history: u64,
}

impl Engine {
    /// Finds everything that the book holds of a person, and changes nothing. With `names_go`, the person's name in
    /// the words about others is to go too. It reads all facts of the book; `progress` is told how many records are done.
    ///
    /// # Errors
    /// [`EngineError::NoRecord`] if there is none with this number.
    pub fn trace_person(
        &self,
        id: RecordId,
        names_go: bool,
        mut progress: impl FnMut(u64),
    ) -> Result<PersonTrace, EngineError> {
        let own = self.family(id)?;
        let mut trace = PersonTrace::default();
        trace.known_by.names_go = names_go;
        for id in &own {
            let (record, facts) = (self.record(*id)?, self.store.facts(*id)?);
            trace.known_by.learn(&record, &facts);
            trace.facts += facts.len() as u64;
            trace.history += self.store.history(*id, usize::MAX)?.len() as u64;
            trace.records.push(record);
        }
        // The one that leads has what there is of the others.
        let leader = &trace.records[0];
        trace.contacts = leader.profile.contacts.len() as u64;
        (trace.follow_ups, trace.warnings) =
            (leader.standing.follow_ups.len() as u64, leader.standing.warnings.len() as u64);
        let (mut done, mut after) = (0, None);
        loop {
            // Records that are not listed, too: they were merged, or nothing holds of them.
            let batch = self.store.scan(after, BATCH)?;
            let Some(last) = batch.last() else { return Ok(trace) };
            after = Some(last.record.id);
            for stored in batch.iter().filter(|stored| !own.contains(&stored.record.id)) {
                trace.others.extend(self.trace_in(&stored.record, &trace.known_by)?);
            }
            done += batch.len() as u64;
            progress(done);
        }
    }

    fn trace_in(&self, record: &Record, known_by: &KnownBy) -> Result<Option<OtherTrace>, EngineError> {
        let facts = self.store.facts(record.id)?;
        let redacted = redacted_facts(&facts, known_by);
        let (is_less, mentions) = redact_standing(&mut record.standing.clone(), known_by);
        let found = OtherTrace {
            record: record.id,
            external: record.external.clone(),
            references: redacted.references,
            contacts: redacted.contacts,
            words: redacted.words,
            redacted: redacted.facts.len() as u64,
            work: u64::from(is_less),
            mentions: redacted.mentions + mentions,
        };
        Ok((found.redacted + found.work + found.mentions > 0).then_some(found))
    }

    /// Removes a person: what others' facts say of them first, then all of their records in one commit, together with
    /// `entry` in the list of erasures. What others stand by is decided anew by the next regrade of what is pending.
    /// Two erasures at a time are for the caller to keep apart.
    ///
    /// # Errors
    /// [`EngineError`] if the store cannot be read or written, or the records kept changing; doing it again
    /// completes it.
    pub fn erase(&self, trace: &PersonTrace, entry: &ErasureEntry) -> Result<Erased, EngineError> {
        let mut erased = Erased::default();
        for other in trace.others.iter().filter(|other| other.redacted + other.work > 0) {
            self.redact_other(other.record, &trace.known_by, &mut erased)?;
        }
        let ids: Vec<RecordId> = trace.records.iter().map(|record| record.id).collect();
        let mut turn = None;
        for _ in 0..ATTEMPTS {
            let standing: Vec<Erasure> = self
                .store
                .load(&ids)?
                .into_iter()
                .flatten()
                .map(|stored| Erasure { record: stored.record.id, expect: stored.version, erased: entry.asked })
                .collect();
            if standing.is_empty() {
                return Ok(erased);
            }
            let mut batch = WriteBatch { erasures: standing, together: true, ..WriteBatch::default() };
            batch.set_meta(MetaKey::Erasures, &self.erasures_with(entry)?)?;
            let mut is_done = true;
            for outcome in self.store.write(batch)? {
                match outcome {
                    WriteOutcome::Removed { removed, .. } => add(&mut erased.removed, removed),
                    _ => is_done = false,
                }
            }
            if is_done {
                return Ok(erased);
            }
            self.await_turn(&mut turn);
        }
        Err(EngineError::Contended { kind: tierhook_model::FactKind::Profile, key: ids[0].to_string() })
    }

    /// Returns the erasures so far, the first one first.
    ///
    /// # Errors
    /// [`EngineError::Read`] if the store cannot be read.
    pub fn erasures(&self) -> Result<Vec<ErasureEntry>, EngineError> {
        Ok(self.store.meta(MetaKey::Erasures)?.unwrap_or_default())
    }

    /// Puts an erasure in the place of the one with its number, now that it is known how much went.
    ///
    /// # Errors
    /// [`EngineError`] if the store cannot be read or written.
    pub fn note_erasure(&self, entry: &ErasureEntry) -> Result<(), EngineError> {
        self.put_meta(MetaKey::Erasures, &self.erasures_with(entry)?)
    }

    fn erasures_with(&self, entry: &ErasureEntry) -> Result<Vec<ErasureEntry>, EngineError> {
        let mut all = self.erasures()?;
        all.retain(|known| known.number != entry.number);
        all.push(entry.clone());
        Ok(all)
    }

    /// Takes out of another customer's facts and kept decisions what they say of the person.
    fn redact_other(&self, id: RecordId, known_by: &KnownBy, erased: &mut Erased) -> Result<(), EngineError> {
        let redacted = redacted_facts(&self.store.facts(id)?, known_by).facts;
        let redacted: Vec<Redaction> = redacted.into_iter().map(Redaction::Fact).collect();
        erased.others_facts += self.store.redact(&redacted)?;
        // What other records stand for this one comes to other values too.
        for member in self.family(id)? {
            self.replay_other(member, known_by)?;
        }
        let history = self.store.history(id, usize::MAX)?.into_iter();
        let history = history.filter_map(|(position, entry)| {
            Some(Redaction::History { record: id, position, entry: redacted_entry(&entry, known_by)? })
        });
        erased.others_history += self.store.redact(&history.collect::<Vec<_>>())?;
        Ok(())
    }

    /// Makes another record what its redacted facts come to; whoever decided by what it was before is refused.
    fn replay_other(&self, id: RecordId, known_by: &KnownBy) -> Result<(), EngineError> {
        let mut turn = None;
        for _ in 0..ATTEMPTS {
            let Some(stored) = self.store.load(&[id])?.into_iter().next().flatten() else { return Ok(()) };
            let mut standing = stored.record.standing.clone();
            let (is_less, _) = redact_standing(&mut standing, known_by);
            let Some(mut write) = self.replayed(&stored, is_less)? else { return Ok(()) };
            write.record.standing = standing;
            let outcomes = self.store.write(WriteBatch { writes: vec![write], ..WriteBatch::default() })?;
            if matches!(outcomes.first(), Some(WriteOutcome::Committed { .. })) {
                return Ok(());
            }
            self.await_turn(&mut turn);
        }
        Err(EngineError::Contended { kind: tierhook_model::FactKind::Profile, key: id.to_string() })
    }
}

fn add(sum: &mut Removed, removed: Removed) {
    sum.facts += removed.facts;
    sum.fact_keys += removed.fact_keys;
    sum.history += removed.history;
    sum.references += removed.references;
    sum.marks += removed.marks;
}
