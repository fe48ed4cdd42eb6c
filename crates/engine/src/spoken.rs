//! One record about which somebody said something, decided at once.

use tierhook_model::{Change, Fact, Moment, MoveCause, Record};
use tierhook_store::{NewlyRecorded, RecordWrite};

use crate::decide::decide;
use crate::evaluate::evaluate;
use crate::{Engine, EngineError, Snapshot};

/// A record about which something was said, before the rules have had their say.
pub(crate) struct Spoken {
    pub(crate) record: Record,
    /// The version that must stand.
    pub(crate) expect: u64,
    /// What was said.
    pub(crate) facts: Vec<NewlyRecorded>,
    /// What it changed by itself.
    pub(crate) changes: Vec<Change>,
}

impl Engine {
    /// Decides one record anew. Returns its write, and everything that changed for it.
    pub(crate) fn decide_one(
        &self,
        snapshot: &Snapshot,
        spoken: Spoken,
        cause: MoveCause,
        now: Moment,
    ) -> Result<(RecordWrite, Vec<Change>), EngineError> {
        let Spoken { record, expect, facts, changes } = spoken;
        let day = snapshot.clock.day;
        let unsaved: Vec<&Fact> = facts.iter().map(|recorded| &recorded.fact).collect();
        let view = self.on_day(day, &record, &unsaved)?;
        let views = std::slice::from_ref(&view);
        let told = self.told(views, &snapshot.generation.ruleset.hooks, day, &[unsaved])?;
        let evaluation = evaluate(views, &told, &snapshot.generation, &self.conventions, day);
        self.tally.note(&evaluation, views);
        let mut decision = decide(&evaluation, 0, &view, cause);
        decision.add(changes);
        let history = decision.history(&evaluation, 0, &view, cause, now);
        let write = RecordWrite {
            expect: Some(expect),
            decided_by: Some(snapshot.generation.id),
            record: Record { standing: decision.standing, ..record },
            pending: false,
            facts,
            aliases: Vec::new(),
            history,
        };
        Ok((write, decision.changes))
    }
}
