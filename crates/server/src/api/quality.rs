//! How good the book is: what is missing, contradicts itself, is old or cannot be.

use serde::{Deserialize, Serialize};
use tierhook_model::{Day, ImportId};

use super::{CustomerHead, FieldHead, as_text};

/// How good the book is. Everything that can be mended comes with the command that does it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QualityReport {
    /// How many customers there are.
    pub customers: u64,
    /// The sources, the one with most customers first.
    pub sources: Vec<SourceRow>,
    /// How many customers each field is known of: fields that rules read first, the least known first.
    pub fields: Vec<FieldShare>,
    /// Customers who may be the same one.
    pub duplicates: Vec<DuplicateRow>,
    /// How many groups of such customers there are, whether listed or not.
    pub duplicates_total: u64,
    /// Imports that left rows or facts out.
    pub imports: Vec<ImportFlaw>,
    /// Values that cannot be, and facts that refer to none.
    pub odd: Vec<OddRow>,
}

/// A source, and how new what it says is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRow {
    /// The source.
    pub source: String,
    /// How many customers it brought first.
    pub customers: u64,
    /// How many orders, contacts and the like came from it.
    pub events: u64,
    /// The day of the newest of them; `None` if it tells of none.
    #[serde(with = "as_text::option", default)]
    pub newest: Option<Day>,
    /// How many days that is before the book's day.
    pub days: Option<i32>,
    /// Whether that is so long that the source has run dry.
    pub is_stale: bool,
    /// What to do about it; empty if nothing is.
    pub remedy: String,
}

/// How many customers a field is known of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldShare {
    /// The field.
    pub field: FieldHead,
    /// Of how many customers it is known.
    pub known: u64,
    /// The same for the customers of each source, in the order of the sources.
    pub by_source: Vec<u64>,
    /// How many active rules read it.
    pub rules: u32,
}

/// Customers who may be the same one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DuplicateRow {
    /// What they have in common: `phone`, `email`, `name-and-company`.
    pub by: Vec<String>,
    /// The customers, the one with most facts first.
    pub customers: Vec<CustomerHead>,
    /// The command that makes them one.
    pub remedy: String,
}

/// An import that left rows or facts out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportFlaw {
    /// The import's number.
    pub import: ImportId,
    /// The file's name.
    pub file: String,
    /// Rows that could not be read.
    pub rejected: u64,
    /// Facts that the book has with other content.
    pub conflicts: u64,
    /// Whether it did not come to its end.
    pub is_unfinished: bool,
    /// What to do.
    pub remedy: String,
}

/// A value that cannot be, or a reference to a fact that is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OddRow {
    /// The field, or the kind of fact that refers: `refund`, `cancellation`, `complaint-resolved`.
    pub field: String,
    /// What is wrong, in the language asked for.
    pub what: String,
    /// How many customers have such a value.
    pub count: u64,
    /// The first of them.
    pub example: CustomerHead,
    /// The value there.
    pub value: String,
    /// The command that mends it there.
    pub remedy: String,
}
