//! Follow-ups and warnings: the work.

use serde::{Deserialize, Serialize};
use tierhook_model::{Day, FollowUpState, Severity, WarningState};

use super::{ChangeRow, CustomerHead, DimensionHead, FollowUpId, OverrideRow, ReasonRow, WarningId, as_text};

/// A list of follow-ups, the most urgent first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FollowUpList {
    /// How many fit, whether listed or not.
    pub total: u64,
    /// The follow-ups.
    pub rows: Vec<FollowUpRow>,
}

/// Something to do for a customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FollowUpRow {
    /// The id.
    pub id: FollowUpId,
    /// For whom.
    pub customer: CustomerHead,
    /// The kind, for example `care-call`.
    pub kind: String,
    /// The kind's name in the language asked for.
    pub name: String,
    /// What its life has come to.
    pub state: StateRow,
    /// The day on which it should be done.
    #[serde(with = "as_text")]
    pub due: Day,
    /// How many days it is late; 0 if it is not.
    pub days_late: u32,
    /// The day on which it was opened.
    #[serde(with = "as_text")]
    pub opened: Day,
    /// How to do it, for example `call`.
    pub channel: Option<String>,
    /// How much it matters: higher first.
    pub priority: i32,
    /// The rule that wants it.
    pub rule: String,
    /// Why.
    pub reasons: Vec<ReasonRow>,
    /// What to do.
    pub action: Option<String>,
    /// What the customer can be offered.
    pub offer: Option<OfferRow>,
}

/// What a customer can be offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferRow {
    /// Condition and benefit in words.
    pub text: String,
    /// The last day on which it holds.
    #[serde(with = "as_text::option", default)]
    pub ends: Option<Day>,
}

/// What the life of a follow-up or warning has come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateRow {
    /// `open`, `snoozed`, `acknowledged`, `done`, `resolved`, `lost`, `false-alarm` or `withdrawn`.
    pub code: String,
    /// Until when it is snoozed; for the others since when it is so, where known.
    #[serde(with = "as_text::option", default)]
    pub day: Option<Day>,
    /// Who is on it, or why it was closed.
    pub detail: Option<String>,
    /// The same in the language asked for, where the rule has words of its own for it.
    #[serde(default)]
    pub text: Option<String>,
}

impl StateRow {
    fn new(code: &str, day: Option<Day>, detail: Option<&str>) -> Self {
        Self { code: code.to_owned(), day, detail: detail.map(str::to_owned), text: None }
    }

    /// Tells whether there is still something to do.
    pub fn is_open(&self) -> bool {
        matches!(self.code.as_str(), "open" | "snoozed" | "acknowledged")
    }
}

impl From<&FollowUpState> for StateRow {
    fn from(state: &FollowUpState) -> Self {
        match state {
            FollowUpState::Open => Self::new("open", None, None),
            FollowUpState::Snoozed { until } => Self::new("snoozed", Some(*until), None),
            FollowUpState::Done { on, cause } => Self::new("done", Some(*on), cause.as_deref()),
            FollowUpState::Withdrawn { on, why } => Self::new("withdrawn", Some(*on), Some(why)),
        }
    }
}

impl From<&WarningState> for StateRow {
    fn from(state: &WarningState) -> Self {
        match state {
            WarningState::Open => Self::new("open", None, None),
            WarningState::Acknowledged { on, who } => Self::new("acknowledged", Some(*on), Some(who)),
            WarningState::Snoozed { until } => Self::new("snoozed", Some(*until), None),
            WarningState::Resolved { on, cause } => Self::new("resolved", Some(*on), Some(cause)),
            WarningState::Lost { on, cause } => Self::new("lost", Some(*on), Some(cause)),
            WarningState::FalseAlarm { on } => Self::new("false-alarm", Some(*on), None),
            WarningState::Withdrawn { on, why } => Self::new("withdrawn", Some(*on), Some(why)),
        }
    }
}

/// What became of a follow-up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FollowUpChanged {
    /// The follow-up from now on.
    pub follow_up: FollowUpRow,
    /// Complaints of the customer that are open still, if it was done: doing it settles none.
    #[serde(default)]
    pub open_complaints: Vec<String>,
    /// What else changed by it.
    pub changes: Vec<ChangeRow>,
}

/// A list of warnings, the worst first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WarningList {
    /// How many fit, whether listed or not.
    pub total: u64,
    /// The warnings.
    pub rows: Vec<WarningRow>,
}

/// The company is about to lose a customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WarningRow {
    /// The id.
    pub id: WarningId,
    /// Which customer.
    pub customer: CustomerHead,
    /// Why, as the rule's cause, for example `silence`.
    pub cause: String,
    /// The cause's name in the language asked for.
    pub name: String,
    /// How bad it is.
    pub severity: Severity,
    /// What its life has come to.
    pub state: StateRow,
    /// The day on which it was raised.
    #[serde(with = "as_text")]
    pub opened: Day,
    /// The rule that warned.
    pub rule: String,
    /// The evidence.
    pub reasons: Vec<ReasonRow>,
    /// What to do.
    pub suggestion: Option<String>,
}

/// What became of a warning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WarningChanged {
    /// The warning from now on.
    pub warning: WarningRow,
    /// Complaints of the customer that are open still, if it was closed and the customer stays: closing it settles none.
    #[serde(default)]
    pub open_complaints: Vec<String>,
    /// What else changed by it.
    pub changes: Vec<ChangeRow>,
}

/// What somebody has to do today, in one page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TodayReport {
    /// Whose customers it is about; `None` is everybody's.
    pub owner: Option<String>,
    /// How many customers these are.
    pub customers: u64,
    /// How many follow-ups are due, late ones among them.
    pub due: u64,
    /// How many of them are late.
    pub late: u64,
    /// Those that are listed: what is urgent, promises among it, then the others; each time what is late, by priority.
    pub follow_ups: Vec<FollowUpRow>,
    /// How many warnings are open or acknowledged.
    pub open_warnings: u64,
    /// Those that are listed, the worst first.
    pub warnings: Vec<WarningRow>,
    /// Persons' words on classes that somebody has to look at again, the oldest first.
    #[serde(default)]
    pub reviews: Vec<ReviewRow>,
    /// What the customers that are listed are entitled to, class by class.
    #[serde(default)]
    pub entitlements: Vec<EntitlementRow>,
    /// What comes in the days after today, day by day; days with nothing are left out.
    pub coming: Vec<DayCount>,
    /// How many days `coming` looks ahead.
    pub coming_days: u32,
}

/// A person's word on a class that somebody has to look at again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewRow {
    /// The customer.
    pub customer: CustomerHead,
    /// The dimension.
    pub dimension: DimensionHead,
    /// The class's name in the language asked for.
    pub name: String,
    /// The word.
    pub word: OverrideRow,
}

/// What the customers of a class are entitled to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntitlementRow {
    /// The dimension.
    pub dimension: DimensionHead,
    /// The class's name in the language asked for.
    pub name: String,
    /// What they are entitled to.
    pub entitlements: Vec<String>,
    /// Those of them that are listed.
    pub customers: Vec<CustomerHead>,
}

/// How many follow-ups a day brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCount {
    /// The day.
    #[serde(with = "as_text")]
    pub day: Day,
    /// How many.
    pub count: u64,
}
