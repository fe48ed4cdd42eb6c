//! Customers as they are found.

use serde::{Deserialize, Serialize};
use tierhook_model::Day;

use super::{ClassCell, CustomerHead, DimensionHead, as_text};

/// Customers that have what was looked for, the best first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchReport {
    /// What was looked for.
    pub text: String,
    /// The dimensions, in order; each row has a class for each.
    pub dimensions: Vec<DimensionHead>,
    /// How many customers fit, whether listed or not.
    pub total: u64,
    /// The customers.
    pub rows: Vec<SearchRow>,
}

/// One customer that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchRow {
    /// Who it is.
    pub customer: CustomerHead,
    /// Why it was found: the best text for what was looked for, or one for each word.
    pub found: Vec<FoundText>,
    /// The class on each dimension of the report; `None` before the first grading.
    pub classes: Vec<Option<ClassCell>>,
    /// The day of the last order.
    #[serde(with = "as_text::option", default)]
    pub last_order: Option<Day>,
}

/// A text of a customer in which something was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundText {
    /// The field's name as rules write it; `contacts` for people at the customer.
    pub field: String,
    /// What the field is called, in the language asked for.
    pub name: String,
    /// The record that has it, if that was merged into the customer: `source:id`.
    #[serde(default)]
    pub merged: Option<String>,
    /// The text, in pieces that together are all of it.
    pub pieces: Vec<TextPiece>,
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextPiece {
    /// The piece.
    pub text: String,
    /// Whether this is what was found.
    pub fits: bool,
}
