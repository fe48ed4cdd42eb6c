//! Explaining: why a record is in its classes.

use tierhook_model::{HistoryEntry, MoveCause, Position, Receipt, Record, RecordId};

use crate::decide::decide;
use crate::evaluate::evaluate;
use crate::{Engine, EngineError};

/// Why a record stands as it does.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// The record as it stands.
    pub record: Record,
    /// What the rules say now, with everything that they looked at. Rules are pure: for as long as neither facts nor
    /// day nor generation change, this is the receipt of the decision that stands.
    pub receipt: Receipt,
    /// The decisions that changed something, newest first.
    pub history: Vec<(Position, HistoryEntry)>,
    /// Whether the rules, asked now, want something else than what stands: then the record awaits its decision.
    pub pending: bool,
}

impl Engine {
    /// Explains a record as of the book's day, with its newest decisions.
    ///
    /// # Errors
    /// [`EngineError::NoRecord`] if there is none with this number.
    pub fn explain(&self, id: RecordId, newest: usize) -> Result<Explained, EngineError> {
        let snapshot = self.snapshot();
        let record = self.record(id)?;
        let day = snapshot.clock.day;
        let view = self.on_day(day, &record, &[])?;
        let views = std::slice::from_ref(&view);
        let told = self.told(views, &snapshot.generation.ruleset.hooks, day, &[])?;
        let evaluation = evaluate(views, &told, &snapshot.generation, &self.conventions, day);
        let receipt = evaluation.receipt(0, &view);
        let pending = decide(&evaluation, 0, &view, MoveCause::Asked).touched;
        Ok(Explained { record, receipt, history: self.history(id, newest)?, pending })
    }
}
