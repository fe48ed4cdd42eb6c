//! Imports, as they are kept.

use serde::{Deserialize, Serialize};
use tierhook_model::{ImportId, Moment};

/// One import: what came in, and what became of its rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportEntry {
    /// The import's number.
    pub id: ImportId,
    /// The file's name.
    pub file: String,
    /// What the rows were read as, for example `orders`.
    pub kind: String,
    /// When it began.
    pub started: Moment,
    /// When it was done; `None` if it is not.
    pub finished: Option<Moment>,
    /// Number of rows.
    pub rows: u64,
    /// Rows that became facts.
    pub taken: u64,
    /// Rows that could not be read.
    pub rejected: u64,
    /// Rows that the book had already.
    pub duplicates: u64,
    /// Rows that the book has with other content.
    pub conflicts: u64,
    /// That it was reverted, if it was.
    pub reverted: Option<Reversal>,
}

/// That an import was reverted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reversal {
    /// Who wanted it.
    pub who: String,
    /// When it began. From then on the facts of the import are void.
    pub began: Moment,
    /// When it was done; `None` if it is not.
    pub finished: Option<Moment>,
}
