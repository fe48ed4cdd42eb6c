//! What a new evaluation of many customers came to.

use serde::{Deserialize, Serialize};
use tierhook_model::{Day, GenerationId, MoveCause};

use super::{DimensionHead, as_text};

/// What a new evaluation of many customers came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegradeReport {
    /// What brought it about.
    pub cause: MoveCause,
    /// The day as of which it was decided.
    #[serde(with = "as_text")]
    pub day: Day,
    /// The generation that decided.
    pub generation: GenerationId,
    /// How many customers were evaluated.
    pub customers: u64,
    /// For how many of them anything changed.
    pub changed: u64,
    /// Who went from where to where, on each dimension.
    pub dimensions: Vec<MoveMatrix>,
    /// What became of follow-ups.
    pub follow_ups: Delta,
    /// What became of warnings.
    pub warnings: Delta,
    /// Rules that are not fit on the disk: their last good versions decided, or nothing.
    #[serde(default)]
    pub refused: Vec<String>,
    /// What went wrong in rules, most frequent first.
    pub faults: Vec<FaultCount>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
}

/// Who went from where to where on one dimension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveMatrix {
    /// The dimension.
    pub dimension: DimensionHead,
    /// The classes in order, best first; `unrated` is last.
    pub classes: Vec<ClassHead>,
    /// How many customers went from one class to another, or were graded for the first time. Those that stayed
    /// are here as well, from a class to itself. Counts of 0 are left out.
    pub cells: Vec<MoveCell>,
}

/// A class's id and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassHead {
    /// The id.
    pub id: String,
    /// The name in the language asked for.
    pub name: String,
}

/// How many customers went from one class to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveCell {
    /// From which class; `None` is the first grading.
    pub from: Option<String>,
    /// To which class.
    pub to: String,
    /// How many.
    pub count: u64,
}

impl MoveMatrix {
    /// Returns how many customers went from one class to another.
    pub fn count(&self, from: Option<&str>, to: &str) -> u64 {
        self.cells.iter().filter(|cell| cell.from.as_deref() == from && cell.to == to).map(|cell| cell.count).sum()
    }

    /// Returns how many customers moved: from one class to another. A first grading is no move.
    pub fn moved(&self) -> u64 {
        self.cells.iter().filter(|cell| cell.from.as_ref().is_some_and(|from| *from != cell.to)).map(|c| c.count).sum()
    }

    /// Returns how many customers were graded for the first time.
    pub fn initial(&self) -> u64 {
        self.cells.iter().filter(|cell| cell.from.is_none()).map(|cell| cell.count).sum()
    }
}

/// What became of follow-ups or warnings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Delta {
    /// How many were opened.
    pub opened: u64,
    /// How many changed.
    pub changed: u64,
    /// How many were closed.
    pub closed: u64,
}

/// What went wrong in a rule, how often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultCount {
    /// The rule.
    pub rule: String,
    /// The first fault in words, with the place.
    pub message: String,
    /// For how many customers.
    pub customers: u64,
}
