//! What went in and what went out: imports, exports, the made-up company.

use serde::{Deserialize, Serialize};
use tierhook_model::{Day, ImportId, Moment};

use super::{ExportKind, ImportKind, RegradeReport, as_text};

/// What came of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportReport {
    /// The import's number; `None` if nothing was to be stored.
    pub import: Option<ImportId>,
    /// The file's name.
    pub file: String,
    /// What its rows are.
    pub rows_are: ImportKind,
    /// Whether it was only to say what would happen.
    pub dry_run: bool,
    /// Rows read, the heading not counted.
    pub rows: u64,
    /// What the rows were taken as, for example `order lines`.
    pub taken: Vec<Counted>,
    /// Why rows were rejected.
    pub rejected: Vec<Counted>,
    /// Facts that are new.
    pub added: u64,
    /// Facts that the book has already, with the same content.
    pub known: u64,
    /// Facts that took the place of others with the same id.
    pub amended: u64,
    /// Facts that the book has with other content: they were not stored.
    pub conflicts: u64,
    /// The first of them, as `source:id`.
    pub conflict_examples: Vec<String>,
    /// Facts about customers who were erased: they stay so, and nothing was stored.
    #[serde(default)]
    pub erased: u64,
    /// The days on which they were, at most a few.
    #[serde(default)]
    pub erased_on: Vec<String>,
    /// Customers that the book did not have before.
    pub new_customers: u64,
    /// What whoever imports should know, for example that the newest fact is old.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// What the new evaluation came to.
    pub regrade: Option<RegradeReport>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
}

impl ImportReport {
    /// Returns how many rows were rejected.
    pub fn rejected_rows(&self) -> u64 {
        self.rejected.iter().map(|counted| counted.count).sum()
    }
}

/// What was imported, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportList {
    /// The imports.
    pub rows: Vec<ImportRow>,
}

/// One import: what came in, and what became of its rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRow {
    /// The import's number.
    pub import: ImportId,
    /// The file's name.
    pub file: String,
    /// What its rows were read as, for example `orders`.
    pub rows_are: String,
    /// When it began.
    #[serde(with = "as_text")]
    pub started: Moment,
    /// When it was done; `None` if it is not.
    #[serde(with = "as_text::option", default)]
    pub finished: Option<Moment>,
    /// Rows read.
    pub rows: u64,
    /// Rows that became facts.
    pub taken: u64,
    /// Rows that were rejected.
    pub rejected: u64,
    /// Facts that the book had already.
    pub known: u64,
    /// Facts that the book has with other content: they were not stored.
    pub conflicts: u64,
    /// When somebody began to revert it; `None` if nobody did.
    #[serde(with = "as_text::option", default)]
    pub reverting: Option<Moment>,
    /// When it was reverted.
    #[serde(with = "as_text::option", default)]
    pub reverted: Option<Moment>,
    /// Who wanted it reverted.
    #[serde(default)]
    pub reverted_by: Option<String>,
}

/// What reverting an import came to, or would.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevertReport {
    /// The import's number.
    pub import: ImportId,
    /// The file's name.
    pub file: String,
    /// Whether it was only to say what would happen.
    pub dry_run: bool,
    /// Facts that do not hold any more, for example `orders`.
    pub facts: Vec<Counted>,
    /// Facts of the import that did not hold already: something later took their place, or an earlier attempt took
    /// them back.
    pub gone: u64,
    /// Facts that the import had replaced and that hold again.
    pub restored: u64,
    /// Customers whose facts changed.
    pub customers: u64,
    /// Those of them of whom no fact is left, so that they are not listed any more.
    pub vanished: u64,
    /// Later imports of the same kind with rows that the book had already: if it had them from this one, they are taken
    /// back with it.
    #[serde(default)]
    pub repeated: Vec<RepeatedRows>,
    /// What the new evaluation came to.
    pub regrade: Option<RegradeReport>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
}

/// An import with rows that the book had already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepeatedRows {
    /// Its number.
    pub import: ImportId,
    /// The file's name.
    pub file: String,
    /// How many rows.
    pub rows: u64,
}

/// How often something was the case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// What.
    pub what: String,
    /// How often.
    pub count: u64,
}

/// What was written out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportReport {
    /// What.
    pub what: ExportKind,
    /// The columns in order.
    pub columns: Vec<String>,
    /// How many rows.
    pub rows: u64,
    /// As of the end of which day; `None` is now.
    #[serde(with = "as_text::option", default)]
    pub as_of: Option<Day>,
}

/// What came of filling a book with a made-up company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleReport {
    /// Whether the book was filled; it is not if it has customers.
    pub filled: bool,
    /// How many customers the book has now.
    pub customers: u64,
    /// How many facts were recorded.
    pub facts: u64,
    /// What the first evaluation came to.
    pub regrade: Option<RegradeReport>,
}
