//! Facts on their way into the book: brought once, and again where others were first.

use std::collections::HashMap;

use tierhook_features::connected;
use tierhook_model::{Change, Connected, Day, NewFact, Position, RecordId};
use tierhook_store::WriteOutcome;

use super::prepared::Prepared;
use super::transfer::Transfers;
use super::{Appended, Recording};
use crate::book::ATTEMPTS;
use crate::family::Commit;
use crate::share::on_all_cores;
use crate::{Engine, EngineError};

/// Facts on their way into the book.
#[derive(Debug)]
pub(super) struct Attempt<F> {
    pub(super) facts: F,
    pub(super) recording: Recording,
    /// Whether they are decided at once.
    decides: bool,
    /// What became of each fact, as far as that is known.
    pub(super) answers: Vec<Option<Appended>>,
    /// The facts that are still to be recorded.
    pub(super) todo: Vec<usize>,
    /// The store's position before anything was read of what they are recorded on.
    pub(super) as_of: Option<Position>,
    /// What the decision changed that a fact took part in.
    pub(super) changes: HashMap<(usize, RecordId), Vec<Change>>,
    kinds: Connected,
    newest: Option<Day>,
    pub(super) transfers: Transfers,
    sent: Option<Sent>,
}

/// What is on its way to the disk.
#[derive(Debug)]
struct Sent {
    /// The facts of each record of each family.
    families: Vec<Vec<(RecordId, Vec<usize>)>>,
    commit: Commit,
}

impl Engine {
    /// Reads and decides facts, if that is wanted, and brings them on their way.
    pub(super) fn begin<F: AsRef<[NewFact]>>(
        &self,
        facts: F,
        recording: Recording,
        decides: bool,
    ) -> Result<Attempt<F>, EngineError> {
        let count = facts.as_ref().len();
        let mut attempt = Attempt {
            facts,
            recording,
            decides,
            answers: vec![None; count],
            todo: (0..count).collect(),
            as_of: None,
            changes: HashMap::new(),
            kinds: Connected::default(),
            newest: None,
            transfers: Transfers::default(),
            sent: None,
        };
        self.send(&mut attempt)?;
        Ok(attempt)
    }

    /// Prepares what is to be done, decides it, and brings it on its way.
    fn send<F: AsRef<[NewFact]>>(&self, attempt: &mut Attempt<F>) -> Result<(), EngineError> {
        let snapshot = self.snapshot();
        let prepared = self.prepare(attempt)?;
        for fact in prepared.iter().flat_map(Prepared::facts) {
            attempt.kinds = attempt.kinds.union(connected(fact));
            if fact.body.is_event() {
                attempt.newest = attempt.newest.max(Some(fact.day));
            }
        }
        let origins = |prepared: &Prepared| -> Vec<(RecordId, Vec<usize>)> {
            prepared.members().map(|member| (member.record.id, member.origins.clone())).collect()
        };
        let families = prepared.iter().map(origins).collect();
        let (as_of, bulk) = (attempt.as_of, attempt.recording.import.is_some());
        let commit = if attempt.decides {
            let decide = |share| self.decide_prepared(share, &snapshot, attempt.recording.recorded, as_of, bulk);
            // If one cannot be decided, none is written.
            let decided = on_all_cores(prepared, snapshot.generation.ruleset.hooks.rules().len(), decide)?;
            let (encoded, changes): (Vec<_>, Vec<_>) = decided.into_iter().unzip();
            attempt.changes.extend(changes.into_iter().flatten());
            self.submit(encoded.into_iter().flatten())
        } else {
            let undecided = prepared.into_iter().map(|one| {
                let merged = one.merged.into_iter().map(|member| member.write(false));
                std::iter::once(one.leader.write(true)).chain(merged).collect()
            });
            // The next ones are encoded while the first are written.
            self.submit(self.encode(undecided, as_of, bulk))
        };
        attempt.sent = Some(Sent { families, commit });
        Ok(())
    }

    /// Waits for what is on its way, and does what was refused again.
    pub(super) fn finish<F: AsRef<[NewFact]>>(&self, mut attempt: Attempt<F>) -> Result<Attempt<F>, EngineError> {
        let mut turn = None;
        for left in (0..ATTEMPTS).rev() {
            let Some(Sent { families, commit }) = attempt.sent.take() else { break };
            let outcomes = commit.wait()?;
            attempt.todo.clear();
            for (outcome, family) in outcomes.iter().zip(families) {
                self.settle(&mut attempt, *outcome, family)?;
            }
            attempt.transfers.keep_halves();
            attempt.todo.sort_unstable();
            attempt.todo.dedup();
            if !attempt.todo.is_empty() && left > 0 {
                self.await_turn(&mut turn);
                self.send(&mut attempt)?;
            }
        }
        if let Some(first) = attempt.todo.first() {
            let fact = &attempt.facts.as_ref()[*first];
            return Err(EngineError::Contended { kind: fact.body.kind(), key: fact.key.to_string() });
        }
        self.note_facts(attempt.kinds, attempt.newest)?;
        Ok(attempt)
    }

    /// Takes note of what came of a family's writes.
    fn settle<F: AsRef<[NewFact]>>(
        &self,
        attempt: &mut Attempt<F>,
        outcome: WriteOutcome,
        family: Vec<(RecordId, Vec<usize>)>,
    ) -> Result<(), EngineError> {
        for (record, origins) in family {
            match outcome {
                WriteOutcome::Committed { .. } => attempt.transfers.written(record, &origins),
                WriteOutcome::Erased => {
                    for at in origins {
                        let of = std::slice::from_ref(&attempt.facts.as_ref()[at].record);
                        let recording = &attempt.recording;
                        let on = self.store.erased_on(recording.kind, of)?[0].unwrap_or(recording.recorded);
                        attempt.answers[at] = Some(Appended::Erased { on });
                    }
                }
                _ => attempt.todo.extend(origins),
            }
        }
        Ok(())
    }
}
