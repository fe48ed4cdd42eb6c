//! Records with what new facts make of them, before they are committed.

use std::collections::HashMap;

use tierhook_model::{Fact, FactSeq, Record, RecordId};
use tierhook_store::{NewlyRecorded, RecordWrite, Stored};

use super::Recording;
use super::draft::Draft;
use crate::family::line;
use crate::{Engine, EngineError};

/// A record with what new facts make of it, which is not committed yet. Where it has merged records that facts are
/// about, they and it change together.
#[derive(Debug)]
pub(super) struct Prepared {
    /// The record that leads.
    pub(super) leader: Member,
    /// Those that were merged into it, as far as they change.
    pub(super) merged: Vec<Member>,
}

/// A record of a family.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) record: Record,
    pub(super) expect: Option<u64>,
    /// New facts about the record itself.
    pub(super) facts: Vec<NewlyRecorded>,
    /// Which of all facts they came from.
    pub(super) origins: Vec<usize>,
}

impl Prepared {
    pub(super) fn members(&self) -> impl Iterator<Item = &Member> {
        std::iter::once(&self.leader).chain(&self.merged)
    }

    pub(super) fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.members().flat_map(|member| &member.facts).map(|recorded| &recorded.fact)
    }
}

impl Member {
    /// The write of a record, decided by nobody.
    pub(super) fn write(self, pending: bool) -> RecordWrite {
        RecordWrite {
            expect: self.expect,
            decided_by: None,
            record: self.record,
            pending,
            facts: self.facts,
            aliases: Vec::new(),
            history: None,
        }
    }
}

impl Engine {
    /// Numbers new facts and folds them into their records, and into those that lead these; the first one leads all.
    pub(super) fn fold(
        &self,
        members: Vec<(Record, Option<u64>, Vec<Draft>)>,
        recording: Recording,
    ) -> Result<Prepared, EngineError> {
        let mut drafts = Vec::new();
        let mut folded: Vec<Member> = Vec::with_capacity(members.len());
        for (record, expect, own) in members {
            drafts.extend(own.into_iter().map(|draft| (folded.len(), draft)));
            folded.push(Member { record, expect, facts: Vec::new(), origins: Vec::new() });
        }
        drafts.sort_by_key(|(_, draft)| (draft.day, draft.occurred));
        let first = self.allocate_facts(drafts.len());
        let facts: Vec<(usize, NewlyRecorded)> = drafts
            .into_iter()
            .enumerate()
            .map(|(at, (of, draft))| {
                folded[of].origins.push(draft.origin);
                let fact = Fact {
                    seq: FactSeq(first.0 + at as u64),
                    record: folded[of].record.id,
                    key: draft.key,
                    occurred: draft.occurred,
                    day: draft.day,
                    recorded: recording.recorded,
                    import: recording.import,
                    contact: draft.contact,
                    body: draft.body,
                };
                (of, NewlyRecorded { content: draft.content, replaces: draft.replaces, fact })
            })
            .collect();
        for Member { record, expect, origins, .. } in &mut folded {
            let counts = |fact: &&Fact| fact.record == record.id || record.merged.iter().any(|it| it.id == fact.record);
            let facts: Vec<&Fact> = facts.iter().map(|(_, recorded)| &recorded.fact).filter(counts).collect();
            self.refold(record, expect.is_none(), &facts)?;
            origins.sort_unstable();
        }
        for (of, recorded) in facts {
            folded[of].facts.push(recorded);
        }
        let mut folded = folded.into_iter();
        let leader = folded.next().expect("a family has one that leads");
        Ok(Prepared { leader, merged: folded.collect() })
    }
}

/// Puts records together that are the same customer, the one that leads first.
pub(super) fn families(order: &[RecordId], stored: &HashMap<RecordId, Stored>) -> Vec<Vec<RecordId>> {
    let mut families: Vec<Vec<RecordId>> = Vec::new();
    let mut places: HashMap<RecordId, usize> = HashMap::new();
    for id in order {
        let line = line(*id, stored);
        let leader = line[line.len() - 1];
        let place = *places.entry(leader).or_insert_with(|| {
            families.push(vec![leader]);
            families.len() - 1
        });
        for id in line {
            if !families[place].contains(&id) {
                families[place].push(id);
            }
        }
    }
    families
}
