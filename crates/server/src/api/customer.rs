//! Customers as they are listed and shown.

use serde::{Deserialize, Serialize};
use tierhook_model::{Contact, Day, FaultRecord, FieldGroup, GenerationId, Label, Moment, MoveCause, RecordId};

use super::{Datum, FollowUpRow, MergedRow, ReasonRow, WarningRow, as_text};

/// Who a customer is, in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerHead {
    /// The number in the book.
    pub record: RecordId,
    /// The source that brought the customer first.
    pub source: String,
    /// The id in that source.
    pub id: String,
    /// The name, where known.
    pub name: Option<String>,
    /// Who at the company looks after the customer.
    pub owner: Option<String>,
    /// The customers that were merged into it, as `source:id`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
}

/// A list of customers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CustomerList {
    /// The dimensions, in order; each row has a class for each.
    pub dimensions: Vec<DimensionHead>,
    /// The further fields asked for, in order; each row has a value for each.
    pub fields: Vec<FieldHead>,
    /// How many customers fit, whether listed or not.
    pub total: u64,
    /// How many of them were passed over before the first that is listed.
    #[serde(default)]
    pub offset: u64,
    /// The place behind which the next page begins, for [`CustomerFilter::after`](super::CustomerFilter::after); `None`
    /// if this is the last one.
    #[serde(default)]
    pub next: Option<String>,
    /// The customers.
    pub rows: Vec<CustomerRow>,
}

/// A dimension's id and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DimensionHead {
    /// The id.
    pub id: String,
    /// The name in the language asked for.
    pub name: String,
}

/// A field's name, and whether its values are numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldHead {
    /// The name as rules write it.
    pub name: String,
    /// Whether its values are numbers.
    pub number: bool,
}

/// One customer of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CustomerRow {
    /// Who it is.
    pub customer: CustomerHead,
    /// The class on each dimension of the list; `None` before the first grading.
    pub classes: Vec<Option<ClassCell>>,
    /// The values of the fields of the list; `None` is missing.
    pub values: Vec<Option<Datum>>,
    /// How many follow-ups are open.
    pub open_follow_ups: u32,
    /// How many warnings are open.
    pub open_warnings: u32,
}

/// The class on one dimension, in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassCell {
    /// The class.
    pub class: String,
    /// Its name in the language asked for.
    pub name: String,
    /// Whether a person's word holds it.
    pub overridden: bool,
}

/// Everything that is known about a customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CustomerDetail {
    /// Who it is.
    pub customer: CustomerHead,
    /// The day that the values are of.
    #[serde(with = "as_text")]
    pub day: Day,
    /// The day as of which the classes were decided, and of which the reasons speak: a day on which nothing changed leaves
    /// what was decided before.
    #[serde(with = "as_text::option", default)]
    pub decided: Option<Day>,
    /// The class on each dimension.
    pub classes: Vec<ClassRow>,
    /// Profile, custom fields, measures and features, in the catalogue's order.
    pub fields: Vec<FieldValue>,
    /// Customers that were merged into it.
    #[serde(default)]
    pub merged: Vec<MergedRow>,
    /// People at the customer.
    pub contacts: Vec<Contact>,
    /// What the customer agreed to or refused.
    pub consents: Vec<ConsentRow>,
    /// Follow-ups, open ones first.
    pub follow_ups: Vec<FollowUpRow>,
    /// Warnings, open ones first.
    pub warnings: Vec<WarningRow>,
    /// The newest facts, newest first.
    pub facts: Vec<FactRow>,
    /// How many facts there are.
    pub facts_total: u64,
    /// The newest decisions that changed something, newest first.
    pub history: Vec<HistoryRow>,
    /// Rules that faulted in the last evaluation.
    pub faults: Vec<FaultRecord>,
}

/// The class on one dimension, in full.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassRow {
    /// The dimension.
    pub dimension: DimensionHead,
    /// The class.
    pub class: String,
    /// Its name in the language asked for.
    pub name: String,
    /// The day since which it holds.
    #[serde(with = "as_text")]
    pub since: Day,
    /// The person's word that holds it.
    pub overridden: Option<OverrideRow>,
    /// What its customers are entitled to, for the staff who serve them.
    #[serde(default)]
    pub entitlements: Vec<String>,
    /// Why.
    pub reasons: Vec<ReasonRow>,
}

/// A person's word on a class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverrideRow {
    /// The class.
    pub class: String,
    /// Who said so.
    pub who: String,
    /// Why.
    pub why: String,
    /// The day on which it was said.
    #[serde(with = "as_text")]
    pub since: Day,
    /// The last day on which it holds; `None` is until it is released.
    #[serde(with = "as_text::option", default)]
    pub until: Option<Day>,
    /// The day from which somebody has to look at it again.
    #[serde(with = "as_text::option", default)]
    pub review: Option<Day>,
}

impl From<&tierhook_model::Override> for OverrideRow {
    fn from(word: &tierhook_model::Override) -> Self {
        Self {
            class: word.class.clone(),
            who: word.who.clone(),
            why: word.why.clone(),
            since: word.since,
            until: word.until,
            review: word.review,
        }
    }
}

/// A field with its value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldValue {
    /// The field's name as rules write it.
    pub field: String,
    /// Where it stands in the catalogue.
    pub group: FieldGroup,
    /// How carefully it has to be treated.
    pub label: Label,
    /// Its value; `None` is missing.
    pub value: Option<Datum>,
}

/// What the customer agreed to or refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentRow {
    /// The channel or purpose.
    pub purpose: String,
    /// Whether it was given.
    pub given: bool,
    /// Since when.
    #[serde(with = "as_text")]
    pub since: Day,
}

/// A fact in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactRow {
    /// The day on which it happened.
    #[serde(with = "as_text")]
    pub day: Day,
    /// What it is, in the language asked for, for example `order`.
    pub what: String,
    /// Its id in its source.
    pub id: String,
    /// What is to say about it, for example the amount.
    pub text: String,
    /// Whether it was retracted.
    pub retracted: bool,
}

/// A decision that changed something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryRow {
    /// When it was decided.
    #[serde(with = "as_text")]
    pub recorded: Moment,
    /// The day as of which it was decided.
    #[serde(with = "as_text")]
    pub day: Day,
    /// What brought it about.
    pub cause: MoveCause,
    /// The generation that decided.
    pub generation: GenerationId,
    /// What it changed.
    pub changes: Vec<ChangeRow>,
}

/// One change: in words, and for programs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeRow {
    /// What kind of change it is: `class`, `follow-up-opened`, `follow-up-changed`, `follow-up-closed`,
    /// `warning-opened`, `warning-closed`.
    pub code: String,
    /// The change in the language asked for, for example `Grade: B -> A`.
    pub text: String,
    /// The dimension of a move from class to class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimension: Option<String>,
    /// The class that the customer was in; `None` is the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The class that the customer is in now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The follow-up or the warning, for example `F12-5`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
}

/// What became of a person's word on a class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverrideReport {
    /// The customer.
    pub customer: CustomerHead,
    /// The dimension.
    pub dimension: DimensionHead,
    /// The class before; `None` before the first grading.
    pub before: Option<String>,
    /// Its name in the language asked for.
    #[serde(default)]
    pub before_name: Option<String>,
    /// The class from now on.
    pub class: String,
    /// Its name in the language asked for.
    pub name: String,
    /// The class that the rules alone give.
    pub by_rules: Option<String>,
    /// Its name in the language asked for.
    #[serde(default)]
    pub by_rules_name: Option<String>,
    /// The word that holds now; `None` where it was released.
    pub overridden: Option<OverrideRow>,
    /// Everything that changed by it.
    pub changes: Vec<ChangeRow>,
}
