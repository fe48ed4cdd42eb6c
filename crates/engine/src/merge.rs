//! Merging: two records turn out to be the same customer, and that can be taken back.
//!
//! Both keep their own facts. The one that is kept leads: it is what the facts of both come to, and it is the one that
//! is listed, graded and worked with. The other one waits, kept in step with its own facts, until it is unmerged.

mod work;

use tierhook_features::replay;
use tierhook_model::{Change, ExternalRef, Fact, FactBody, Merge, MergedRecord, Moment, MoveCause, Record, RecordId};
use tierhook_store::{NewlyRecorded, RecordWrite};

use crate::book::ATTEMPTS;
use crate::spoken::Spoken;
use crate::{Engine, EngineError, WorkItem};

/// Who says that two records are the same customer, or that they are not, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeWord {
    /// Who says so.
    pub who: String,
    /// Why; empty if nobody said.
    pub why: String,
}

/// What a merge or its end changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// The record that leads, or led until now.
    pub kept: RecordId,
    /// What changed for it.
    pub changes: Vec<Change>,
    /// The record that was merged, or stands for itself again.
    pub other: RecordId,
    /// What changed for it; nothing while it is merged.
    pub other_changes: Vec<Change>,
}

impl Engine {
    /// Merges a record into another one and decides at once. Its open follow-ups and warnings move along, and get new
    /// numbers; of two with the same anchor one stays, the one on which people have got further.
    ///
    /// # Errors
    /// [`EngineError::SameRecord`], [`EngineError::MergedAway`] and [`EngineError::OtherKind`] if the two cannot be
    /// merged.
    pub fn merge(
        &self,
        keep: RecordId,
        duplicate: RecordId,
        word: &MergeWord,
        now: Moment,
    ) -> Result<Merged, EngineError> {
        let mut turn = None;
        for _ in 0..ATTEMPTS {
            let snapshot = self.snapshot();
            let (kept, gone) = (self.load(keep)?, self.load(duplicate)?);
            self.check_merge(&kept.record, &gone.record)?;
            let fact = self.merge_fact(&kept.record, &gone.record, false, word, now);
            let (mut record, mut other) = (kept.record, gone.record);
            record.merged.push(MergedRecord { id: other.id, external: other.external.clone() });
            record.merged.extend(other.merged.iter().cloned());
            other.merged_into = Some(record.id);
            (record.profile, record.aggregates) = replay(record.id, &self.facts_of(&record)?, None);
            let changes = work::bring(&mut record.standing, &other, snapshot.clock.day);
            let spoken = Spoken { record, expect: kept.version, facts: vec![fact], changes };
            let (write, changes) = self.decide_one(&snapshot, spoken, MoveCause::Merge, now)?;
            if self.commit(vec![vec![write, waiting(other, gone.version)]], false)?[0].is_taken() {
                return Ok(Merged { kept: keep, changes, other: duplicate, other_changes: Vec::new() });
            }
            self.await_turn(&mut turn);
        }
        Err(EngineError::Contended { kind: tierhook_model::FactKind::Merge, key: keep.to_string() })
    }

    /// Lets a record stand for itself again and decides both at once. Facts that came in for it meanwhile are its own;
    /// what people did for it meanwhile goes back with it.
    ///
    /// # Errors
    /// [`EngineError::NotMerged`] if it stands for itself already, [`EngineError::MergedAway`] if the record that it
    /// was merged into was merged itself since.
    pub fn unmerge(&self, duplicate: RecordId, word: &MergeWord, now: Moment) -> Result<Merged, EngineError> {
        let mut turn = None;
        for _ in 0..ATTEMPTS {
            let snapshot = self.snapshot();
            let gone = self.load(duplicate)?;
            let Some(into) = gone.record.merged_into else {
                return Err(EngineError::NotMerged { customer: gone.record.external });
            };
            let kept = self.load(into)?;
            self.check_leads(&kept.record)?;
            let fact = self.merge_fact(&kept.record, &gone.record, true, word, now);
            let (mut record, mut other) = (kept.record, gone.record);
            record.merged.retain(|it| it.id != other.id && !other.merged.iter().any(|under| under.id == it.id));
            other.merged_into = None;
            (record.profile, record.aggregates) = replay(record.id, &self.facts_of(&record)?, None);
            let changes = work::hand_back(&mut record.standing, &mut other);
            let spoken = Spoken { record, expect: kept.version, facts: vec![fact], changes };
            let (write, changes) = self.decide_one(&snapshot, spoken, MoveCause::Merge, now)?;
            let changes_back = work::open_again(&other.standing);
            let spoken = Spoken { record: other, expect: gone.version, facts: Vec::new(), changes: changes_back };
            let (other_write, other_changes) = self.decide_one(&snapshot, spoken, MoveCause::Merge, now)?;
            if self.commit(vec![vec![write, other_write]], false)?[0].is_taken() {
                return Ok(Merged { kept: into, changes, other: duplicate, other_changes });
            }
            self.await_turn(&mut turn);
        }
        Err(EngineError::Contended { kind: tierhook_model::FactKind::Merge, key: duplicate.to_string() })
    }

    /// Finds a follow-up or warning that moved because its record was merged, where it is now.
    ///
    /// # Errors
    /// [`EngineError::NoRecord`] if there is no such record.
    pub fn current_item(&self, item: WorkItem) -> Result<WorkItem, EngineError> {
        let (mut item, mut record) = (item, self.record(item.record)?);
        while let Some(into) = record.merged_into {
            record = self.record(into)?;
            let Some(number) = work::moved(&record.standing, item) else { return Ok(item) };
            item = WorkItem { record: into, number, ..item };
        }
        Ok(item)
    }

    /// Refuses what is merged: another record stands for it.
    pub(crate) fn check_leads(&self, record: &Record) -> Result<(), EngineError> {
        if record.merged_into.is_none() {
            return Ok(());
        }
        let into = self.leader(record.id)?.external;
        Err(EngineError::MergedAway { customer: record.external.clone(), into })
    }

    fn check_merge(&self, keep: &Record, duplicate: &Record) -> Result<(), EngineError> {
        if keep.id == duplicate.id {
            return Err(EngineError::SameRecord { customer: keep.external.clone() });
        }
        self.check_leads(keep)?;
        self.check_leads(duplicate)?;
        if keep.kind != duplicate.kind {
            return Err(EngineError::OtherKind { keep: keep.kind, duplicate: duplicate.kind });
        }
        Ok(())
    }

    fn merge_fact(&self, keep: &Record, other: &Record, undo: bool, word: &MergeWord, now: Moment) -> NewlyRecorded {
        let seq = self.allocate_facts(1);
        let day = self.snapshot().clock.day;
        let fact = Fact {
            seq,
            record: keep.id,
            key: ExternalRef::new("tierhook", format!("said:{}", seq.0)),
            occurred: self.moment_within(day, now),
            day,
            recorded: now,
            import: None,
            contact: None,
            body: FactBody::Merge(Merge {
                other: other.id,
                external: other.external.clone(),
                undo,
                who: word.who.clone(),
                why: word.why.clone(),
            }),
        };
        NewlyRecorded { fact, content: [0; 16], replaces: None }
    }
}

/// The write of a record that is not listed: it waits for no decision.
pub(crate) fn waiting(record: Record, version: u64) -> RecordWrite {
    RecordWrite {
        expect: Some(version),
        decided_by: None,
        record,
        pending: false,
        facts: Vec::new(),
        aliases: Vec::new(),
        history: None,
    }
}
