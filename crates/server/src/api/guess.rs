//! What the columns of a file seem to be.

use serde::{Deserialize, Serialize};

use super::ImportKind;

/// A mapping that was guessed for a file that nobody has described.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GuessReport {
    /// The file's name.
    pub file: String,
    /// What its rows seem to be.
    pub rows_are: ImportKind,
    /// The mapping file, with comments on what is unsure.
    pub mapping: String,
    /// The columns of the file in their order.
    pub columns: Vec<GuessedColumn>,
    /// What somebody who knows the file should answer, and what was taken until then, in the language asked for.
    pub questions: Vec<String>,
    /// The source from which the book has half of the customers of the file or more, if it is open whether they are the same.
    pub may_be_of: Option<String>,
}

/// What a column was taken for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GuessedColumn {
    /// The column.
    pub column: String,
    /// The key in the mapping, such as `line.quantity`; `None` if it is not taken.
    pub key: Option<String>,
    /// How sure that is, from 0 to 1; 0 if the column is not taken.
    pub confidence: f64,
    /// Its first different values.
    pub examples: Vec<String>,
}

/// From how sure on a guess needs no second look.
const SURE: f64 = 0.6;

impl GuessReport {
    /// Tells whether somebody should look before anything is taken in: who the customer is, when it was or how much it
    /// was is a mere guess, or the book may have the customers already.
    pub fn is_doubtful(&self) -> bool {
        let matters = |key: &str| matches!(key, "customer" | "at" | "amount" | "line.amount" | "line.unit_price");
        self.may_be_of.is_some()
            || self.columns.iter().any(|column| column.is_unsure() && column.key.as_deref().is_some_and(matters))
    }
}

impl GuessedColumn {
    /// Tells whether it was taken for something that it may not be.
    pub fn is_unsure(&self) -> bool {
        self.key.is_some() && self.confidence < SURE
    }
}
