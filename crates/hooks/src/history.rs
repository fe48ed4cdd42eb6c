//! Raw history: the facts of some kinds, for rules that look at more than features.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Column;

/// The most facts of one kind that a rule may want for each record.
pub const MAX_HISTORY: u32 = 1000;

/// The kinds of facts that a rule may look at one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryKind {
    /// Orders that were not called off.
    Orders,
    /// The lines of these orders.
    Lines,
    /// Refunds.
    Refunds,
    /// Calls, visits, emails and whatever else happened between the company and the customer.
    Interactions,
    /// Scores and complaints.
    Feedback,
    /// Numbers at a date.
    Measures,
}

impl HistoryKind {
    /// All kinds, sorted by name.
    pub const ALL: [Self; 6] =
        [Self::Feedback, Self::Interactions, Self::Lines, Self::Measures, Self::Orders, Self::Refunds];

    /// The name as manifests and grants write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Lines => "lines",
            Self::Refunds => "refunds",
            Self::Interactions => "interactions",
            Self::Feedback => "feedback",
            Self::Measures => "measures",
        }
    }

    /// The kind with a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for HistoryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The facts of one kind for all records of a frame, the newest of each record first.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// The kind.
    pub kind: HistoryKind,
    /// Where the facts of each record end; those of the first begin at row 0.
    pub ends: Vec<u32>,
    /// For each record, whether it has older facts than these.
    pub cut: Vec<bool>,
    /// The facts, column by column.
    pub columns: Vec<Arc<Column>>,
}

impl History {
    /// The rows of the facts of one record.
    pub fn rows(&self, record: usize) -> std::ops::Range<usize> {
        let from = if record == 0 { 0 } else { self.ends[record - 1] as usize };
        from..self.ends[record] as usize
    }

    /// Makes a history with no more than so many facts of each record.
    #[must_use]
    pub fn newest(&self, most: usize) -> Self {
        let records = 0..self.ends.len();
        let kept = |record: usize| self.rows(record).take(most);
        let rows: Vec<usize> = records.clone().flat_map(kept).collect();
        let mut end = 0;
        let ends = records.clone().map(|record| {
            end += kept(record).len() as u32;
            end
        });
        let ends = ends.collect();
        let cut = records.map(|record| self.cut[record] || self.rows(record).len() > most).collect();
        let columns = self.columns.iter().map(|column| Arc::new(column.select(rows.iter().copied()))).collect();
        Self { kind: self.kind, ends, cut, columns }
    }

    /// Makes a history of some of the records, given by their numbers in this one.
    pub(crate) fn select(&self, records: &[usize]) -> Self {
        let rows: Vec<usize> = records.iter().flat_map(|record| self.rows(*record)).collect();
        let mut end = 0;
        let ends = records.iter().map(|record| {
            end += self.rows(*record).len() as u32;
            end
        });
        Self {
            kind: self.kind,
            ends: ends.collect(),
            cut: records.iter().map(|record| self.cut[*record]).collect(),
            columns: self.columns.iter().map(|column| Arc::new(column.select(rows.iter().copied()))).collect(),
        }
    }
}
