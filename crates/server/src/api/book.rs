//! How the book and the host are: clock, fields, status.

use serde::{Deserialize, Serialize};
use tierhook_model::{ClockMode, Day, FieldGroup, FieldType, Label, Moment, Position, Unit};

use super::{ClassHead, DimensionHead, ProblemRow, RegradeReport, as_text};

/// The book's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockReport {
    /// What it follows.
    pub mode: ClockMode,
    /// The book's day.
    #[serde(with = "as_text")]
    pub day: Day,
    /// The computer's day in the book's time zone.
    #[serde(with = "as_text")]
    pub system_day: Day,
    /// The day of the newest fact.
    #[serde(with = "as_text::option", default)]
    pub last_fact: Option<Day>,
    /// The book's time zone, as an IANA name.
    pub time_zone: String,
    /// What the new evaluation came to, if the clock was moved.
    pub regrade: Option<RegradeReport>,
}

/// The fields that rules may read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldList {
    /// The fields in the catalogue's order.
    pub rows: Vec<FieldRow>,
}

/// A field that rules may read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldRow {
    /// The name as rules write it after `customer.`.
    pub name: String,
    /// The type of its values.
    #[serde(rename = "type")]
    pub ty: FieldType,
    /// The unit of its values.
    pub unit: Unit,
    /// How carefully it has to be treated.
    pub label: Label,
    /// Where it stands in the catalogue.
    pub group: FieldGroup,
    /// What it means, in the language asked for.
    pub description: String,
    /// How it is computed, and when it is missing.
    pub computed: String,
    /// The active rules that read it.
    pub used_by: Vec<String>,
}

/// How the book and the host are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatusReport {
    /// The host's version.
    pub version: String,
    /// The workspace's folder.
    pub workspace: String,
    /// The data directory.
    pub data: String,
    /// Since when it serves; `None` if the command opened the store itself.
    #[serde(with = "as_text::option", default)]
    pub serving_since: Option<Moment>,
    /// The book's clock.
    pub clock: ClockReport,
    /// Since when the generation is active.
    #[serde(with = "as_text::option", default)]
    pub active_since: Option<Moment>,
    /// The first digits of the digest of all that the generation was made from.
    pub digest: String,
    /// How many rules stand how.
    pub rules: RuleCount,
    /// How many customers there are.
    pub customers: u64,
    /// How many facts there are.
    pub facts: u64,
    /// How many customers are in which class.
    pub dimensions: Vec<DimensionCount>,
    /// How many follow-ups are open.
    pub open_follow_ups: u64,
    /// How many of them are due today or late.
    pub due_follow_ups: u64,
    /// How many warnings are open.
    pub open_warnings: u64,
    /// How many persons' words on classes somebody has to look at again.
    #[serde(default)]
    pub due_reviews: u64,
    /// For how many customers a rule faulted in the last evaluation.
    pub faulted: u64,
    /// Whether the whole book was graded by the active rules as of the book's day; if not, it is under way.
    pub is_graded: bool,
    /// How many customers wait for their evaluation.
    pub pending: u64,
    /// How many commands the host carries out besides this one.
    #[serde(default)]
    pub running: u64,
    /// The position of the last commit.
    pub position: Position,
    /// How much room the data directory takes, in bytes.
    pub disk_bytes: Option<u64>,
    /// What is wrong with the workspace's files.
    pub problems: Vec<ProblemRow>,
}

/// How many rules stand how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RuleCount {
    /// Active as on the disk.
    pub active: u32,
    /// The disk has something unfit; an earlier version serves.
    pub last_good: u32,
    /// The disk has something unfit; none serves.
    pub refused: u32,
    /// Switched off.
    pub disabled: u32,
}

/// How many customers are in which class of a dimension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DimensionCount {
    /// The dimension.
    pub dimension: DimensionHead,
    /// The classes in order, best first; `unrated` is last.
    pub classes: Vec<ClassCount>,
}

/// How many customers are in a class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassCount {
    /// The class.
    pub class: ClassHead,
    /// How many.
    pub count: u64,
}
