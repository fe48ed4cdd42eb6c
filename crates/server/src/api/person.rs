//! One person's data: what was erased, and a copy for the person.

use serde::{Deserialize, Serialize};
use tierhook_model::{Contact, Day, Label, Moment};

use super::{ClassRow, ConsentRow, CustomerHead, Datum, FollowUpRow, HistoryRow, ImportRow, WarningRow, as_text};

/// What came of an erasure, or what would.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ErasureReport {
    /// Who it was.
    pub customer: CustomerHead,
    /// Whether it was only to say what would happen.
    pub dry_run: bool,
    /// The number of the erasure in the list of erasures; `None` if nothing was erased.
    pub number: Option<u32>,
    /// How much went, place by place; places with nothing are left out.
    pub removed: Vec<PlaceCount>,
    /// What is left and whose it is to deal with.
    pub left: Vec<LeftBehind>,
}

/// How much went from one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceCount {
    /// The place as a code, for example `facts`.
    pub code: String,
    /// The place in the language asked for.
    pub place: String,
    /// How much.
    pub count: u64,
}

/// Something about the person that an erasure does not reach.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftBehind {
    /// Where it is: a file, or another customer.
    pub place: String,
    /// What it is, in the language asked for.
    pub what: String,
    /// What to do, in the language asked for.
    pub remedy: String,
}

/// The erasures so far, the newest first. They do not say whose data it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureList {
    /// The erasures.
    pub rows: Vec<ErasureRow>,
    /// How many ids are blocked by erasures that are not in the list: a backup from before them was restored.
    pub unlisted: u64,
}

/// One erasure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureRow {
    /// Its number.
    pub number: u32,
    /// When.
    #[serde(with = "as_text")]
    pub asked: Moment,
    /// Who asked for it.
    pub who: String,
    /// Why.
    pub why: String,
    /// How much went, place by place.
    pub removed: Vec<PlaceCount>,
}

/// Everything that the book holds of a person, for that person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersonCopy {
    /// Who it is.
    pub customer: CustomerHead,
    /// The book's day.
    #[serde(with = "as_text")]
    pub day: Day,
    /// When the copy was made.
    #[serde(with = "as_text")]
    pub made: Moment,
    /// What sources call the person, as `source:id`.
    pub ids: Vec<String>,
    /// Who the person is, with where each value came from.
    pub profile: Vec<CopiedField>,
    /// Fields that name another person and are left out for that.
    pub withheld: Vec<String>,
    /// People at the customer.
    pub contacts: Vec<Contact>,
    /// What was agreed to or refused.
    pub consents: Vec<ConsentRow>,
    /// What happened, in order.
    pub facts: Vec<CopiedFact>,
    /// The files that facts came from.
    pub imports: Vec<ImportRow>,
    /// The class on each dimension, with reasons.
    pub classes: Vec<ClassRow>,
    /// What was computed from the facts.
    pub features: Vec<DescribedValue>,
    /// Follow-ups, open ones first.
    pub follow_ups: Vec<FollowUpRow>,
    /// Warnings, open ones first.
    pub warnings: Vec<WarningRow>,
    /// The decisions that changed something, newest first.
    pub history: Vec<HistoryRow>,
}

/// A value of the profile, and where it came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CopiedField {
    /// The field's name as rules write it.
    pub field: String,
    /// What it means, in the language asked for.
    pub meaning: String,
    /// How carefully it has to be treated.
    pub label: Label,
    /// The value.
    pub value: Datum,
    /// The source that said so last.
    pub source: String,
    /// The day on which it said so.
    #[serde(with = "as_text")]
    pub day: Day,
}

/// A value that was computed, and what it means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DescribedValue {
    /// The field's name as rules write it.
    pub field: String,
    /// What it means, in the language asked for.
    pub meaning: String,
    /// The value.
    pub value: Datum,
}

/// A fact in full.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopiedFact {
    /// The day on which it happened.
    #[serde(with = "as_text")]
    pub day: Day,
    /// What it is, in the language asked for, for example `order`.
    pub what: String,
    /// What it says.
    pub text: String,
    /// The source that it came from.
    pub source: String,
    /// Its id in that source.
    pub id: String,
    /// When it was recorded.
    #[serde(with = "as_text")]
    pub recorded: Moment,
    /// The number of the import that brought it.
    pub import: Option<u32>,
    /// Whether it was retracted.
    pub retracted: bool,
}
