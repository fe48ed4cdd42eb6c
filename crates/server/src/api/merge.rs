//! Customers that are merged, and unmerged.

use serde::{Deserialize, Serialize};
use tierhook_model::{Day, RecordId};

use super::{ChangeRow, CustomerHead, FieldChange, as_text};

/// A customer that was merged into another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergedRow {
    /// The number in the book.
    pub record: RecordId,
    /// Its reference as `source:id`.
    pub customer: String,
    /// The day on which it was merged.
    #[serde(with = "as_text")]
    pub since: Day,
    /// Who said that it is the same customer.
    pub who: String,
    /// Why; empty if nobody said.
    pub why: String,
}

/// What a merge or its end changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MergeReport {
    /// Whether it was the end of a merge.
    pub undone: bool,
    /// The customer that stands for both, or did until now.
    pub kept: CustomerHead,
    /// The fields that have other values now: what was said last about either holds.
    pub fields: Vec<FieldChange>,
    /// What changed for it.
    pub changes: Vec<ChangeRow>,
    /// The customer that was merged into it, or stands for itself again.
    pub other: CustomerHead,
    /// What changed for that one; nothing while it is merged.
    pub other_changes: Vec<ChangeRow>,
}
