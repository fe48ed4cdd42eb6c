//! Which rows to list.

use serde::{Deserialize, Serialize};
use tierhook_model::{Day, Severity};

use super::{Condition, as_text};

/// Which customers to list.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct CustomerFilter {
    /// Pairs of dimension and class; all have to hold.
    pub classes: Vec<(String, String)>,
    /// Of this owner only.
    pub owner: Option<String>,
    /// With all of these tags only.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Only where [`Command::CustomersSearch`](super::Command::CustomersSearch) finds this.
    #[serde(default)]
    pub search: Option<String>,
    /// What values of fields have to be; all have to hold, and a customer without the value fits none.
    #[serde(default)]
    pub conditions: Vec<Condition>,
    /// Further fields to show.
    pub fields: Vec<String>,
    /// The field by which to sort; `None` is by the customers' numbers.
    pub sort: Option<String>,
    /// Whether the largest come first. Unknown values come last either way.
    pub descending: bool,
    /// Only those behind a place, as [`CustomerList::next`](super::CustomerList::next) says it.
    #[serde(default)]
    pub after: Option<String>,
    /// So many of those that fit are passed over first.
    #[serde(default)]
    pub offset: usize,
    /// At most so many.
    pub limit: usize,
}

/// Which follow-ups to list.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct FollowUpFilter {
    /// Of this customer only.
    pub customer: Option<String>,
    /// Of this owner's customers only.
    pub owner: Option<String>,
    /// Of this kind only.
    pub kind: Option<String>,
    /// Due on this day at the latest.
    #[serde(with = "as_text::option", default)]
    pub due: Option<Day>,
    /// Whether to list closed and snoozed ones too.
    pub all: bool,
    /// At most so many.
    pub limit: usize,
}

/// Which warnings to list.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct WarningFilter {
    /// Of this customer only.
    pub customer: Option<String>,
    /// Of this owner's customers only.
    pub owner: Option<String>,
    /// With this cause only.
    pub cause: Option<String>,
    /// At least so bad.
    pub severity: Option<Severity>,
    /// Whether to list closed and snoozed ones too.
    pub all: bool,
    /// At most so many.
    pub limit: usize,
}

/// Until when something holds or is put off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Until {
    /// Until this day.
    Day(#[serde(with = "as_text")] Day),
    /// Until so many days after the book's day.
    Days(u32),
}

impl Until {
    /// The day that is meant.
    pub fn day(self, today: Day) -> Day {
        match self {
            Self::Day(day) => day,
            Self::Days(days) => today.plus(i32::try_from(days).unwrap_or(i32::MAX)),
        }
    }
}
