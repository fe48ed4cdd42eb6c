//! What one evaluation of one record came to, and why.

use serde::{Deserialize, Serialize};

use crate::{Day, GenerationId, Moment, Override, Value};

/// A reason: a code that a template explains, with arguments, and the points that it brought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// The code, for example `HIGH_SPEND`.
    pub code: String,
    /// The arguments by name; `None` is an unknown value.
    pub arguments: Vec<Argument>,
    /// Points that it brought, if it is about points.
    pub points: Option<f64>,
}

/// A named argument of a reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Argument {
    /// Its name in the template.
    pub name: String,
    /// Its value; `None` is unknown.
    pub value: Option<Value>,
}

/// One group of points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreGroup {
    /// The group's name.
    pub name: String,
    /// How many points can be had.
    pub attainable: f64,
    /// How many the record has; `None` if what they depend on is unknown.
    pub points: Option<f64>,
}

/// Why a record is in its classes: everything that one evaluation looked at and came to.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Receipt {
    /// The generation that decided.
    pub generation: GenerationId,
    /// The day as of which it decided.
    pub day: Day,
    /// What happened on each dimension.
    pub dimensions: Vec<DimensionReceipt>,
    /// What each rule did.
    pub rules: Vec<RuleReceipt>,
}

/// What happened on one dimension.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DimensionReceipt {
    /// The dimension.
    pub dimension: String,
    /// The class before.
    pub before: Option<String>,
    /// The class from now on.
    pub class: String,
    /// The class that the rules alone would have given.
    pub by_rules: Option<String>,
    /// The rules that decided, by name.
    pub decided_by: Vec<String>,
    /// How their words were put together.
    pub combined: Combined,
    /// The points, where points decided.
    pub score: Option<ScoreReceipt>,
    /// The reasons.
    pub reasons: Vec<Reason>,
    /// The person's word that stands above the rules.
    pub overridden: Option<Override>,
}

/// How the rules' words on a dimension were put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Combined {
    /// The first rule in order that had a word decided.
    First,
    /// Points were added and bands looked up.
    Points,
    /// No rule had a word.
    Unrated,
    /// A rule faulted, so what stood before stays.
    KeptAfterFault,
    /// The best class that any rule named.
    Best,
    /// The worst class that any rule named.
    Worst,
}

/// The points on a dimension.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreReceipt {
    /// The groups.
    pub groups: Vec<ScoreGroup>,
    /// The points of the known groups as a share of what was attainable in them, 0 to 1; `None` where under
    /// half of all attainable points are in known groups.
    pub share: Option<f64>,
    /// The known part of all attainable points, 0 to 1.
    pub known: f64,
    /// The share from which each class is given, best first.
    pub bands: Vec<(String, f64)>,
}

/// What one rule did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleReceipt {
    /// The rule's name.
    pub rule: String,
    /// The first digits of its digest.
    pub version: String,
    /// Which hook was called.
    pub hook: String,
    /// The fields it really read, with their values.
    pub read: Vec<FieldRead>,
    /// What a plugin noted about the record on its way.
    pub hits: Vec<String>,
    /// The fault, if it had one.
    pub fault: Option<FaultRecord>,
}

/// A field that a rule read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldRead {
    /// The field's name.
    pub field: String,
    /// Its value; `None` is missing.
    pub value: Option<Value>,
}

/// A fault of a rule, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultRecord {
    /// A code, for example `missing-value`, `operations`, `deadline`.
    pub code: String,
    /// What happened, where, and what to do.
    pub message: String,
}

/// What a decision changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Change {
    /// A class on a dimension.
    Class(ClassMove),
    /// A follow-up was opened, by its number.
    FollowUpOpened(u32),
    /// A follow-up's due day or terms changed, by its number.
    FollowUpChanged(u32),
    /// A follow-up was closed, by its number.
    FollowUpClosed {
        /// Its number.
        number: u32,
        /// Why, as a code.
        why: String,
    },
    /// A warning was raised, by its number.
    WarningOpened(u32),
    /// A warning was closed, by its number.
    WarningClosed {
        /// Its number.
        number: u32,
        /// Why, as a code.
        why: String,
    },
}

/// A record goes from one class to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassMove {
    /// The dimension.
    pub dimension: String,
    /// From which class; `None` is the first grading.
    pub from: Option<String>,
    /// To which class.
    pub to: String,
    /// What brought it about.
    pub cause: MoveCause,
}

/// What brought a move about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MoveCause {
    /// The record had never been graded on the dimension.
    Initial,
    /// A fact came in.
    Fact,
    /// Days went by.
    Time,
    /// Rules, dimensions or parameters changed.
    Rules,
    /// A person's word began or ended.
    Override,
    /// Somebody asked for a new evaluation.
    Asked,
    /// An import came in.
    Import,
    /// The book's clock was set.
    Clock,
    /// Two records were merged, or unmerged.
    Merge,
    /// An import was reverted.
    Revert,
}

/// One evaluation that changed something, as it is kept for ever.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// When it was decided.
    pub recorded: Moment,
    /// What brought it about.
    pub cause: MoveCause,
    /// What it changed.
    pub changes: Vec<Change>,
    /// Why.
    pub receipt: Receipt,
}
