//! Facts that are sent as they happen.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ApiError, ChangeRow, CustomerHead};

/// What became of one line: a JSON object on a line of its own, which goes ahead of the report as
/// [`Event::Chunk`](super::Event::Chunk).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactAnswer {
    /// The line, from 1.
    pub line: u64,
    /// What became of it. What is recorded, known or amended is durable.
    pub outcome: FactOutcome,
    /// The fact, as `source:id`, if it has an id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact: Option<String>,
    /// What it is, as it was sent, for example `web-view`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The same in words, for example `web view`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
    /// Whom it is about, as things stand now: one who was merged is named by who leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerHead>,
    /// The customer's classes now, by dimension.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub classes: BTreeMap<String, String>,
    /// The rules that faulted for the customer: what they decide stays as it was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faulted: Vec<String>,
    /// What the decision changed, but for dimensions on which nothing is known yet. Facts of one customer that arrive together share one decision; it is told with the last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ChangeRow>,
    /// Why it was not recorded, and what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ApiError>,
}

/// What became of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FactOutcome {
    /// It is in the book, and decided.
    Recorded,
    /// The book had it with the same content.
    Known,
    /// It took the place of one with the same id.
    Amended,
    /// The book has one with the same id and other content: it was not stored.
    Conflict,
    /// Whom it is about was erased, and stays so: it was not stored.
    Erased,
    /// It is no fact: it was not stored.
    Rejected,
}

/// What became of all lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IngestReport {
    /// Facts that are new.
    pub recorded: u64,
    /// Facts that the book had with the same content.
    pub known: u64,
    /// Facts that took the place of others with the same id.
    pub amended: u64,
    /// Facts that the book has with other content.
    pub conflicts: u64,
    /// Facts about customers who were erased.
    pub erased: u64,
    /// Lines that are no facts.
    pub rejected: u64,
    /// Whether one was the first of its kind in a book that has others: what was unknown of the other customers is none
    /// from now on, so all are graded again.
    #[serde(default)]
    pub is_first: bool,
}

impl FactAnswer {
    /// An answer that says nothing yet but what became of the line.
    pub(crate) fn new(line: u64, outcome: FactOutcome) -> Self {
        Self {
            line,
            outcome,
            fact: None,
            kind: None,
            what: None,
            customer: None,
            classes: BTreeMap::new(),
            faulted: Vec::new(),
            changes: Vec::new(),
            error: None,
        }
    }
}

impl IngestReport {
    /// Counts an outcome.
    pub(crate) fn count(&mut self, outcome: FactOutcome) {
        *match outcome {
            FactOutcome::Recorded => &mut self.recorded,
            FactOutcome::Known => &mut self.known,
            FactOutcome::Amended => &mut self.amended,
            FactOutcome::Conflict => &mut self.conflicts,
            FactOutcome::Erased => &mut self.erased,
            FactOutcome::Rejected => &mut self.rejected,
        } += 1;
    }

    /// How many lines are not in the book, though somebody sent them.
    pub fn refused(&self) -> u64 {
        self.conflicts + self.erased + self.rejected
    }
}
