//! What a list tells before there is a book.

use serde::{Deserialize, Serialize};
use tierhook_model::Day;

use super::{ClassHead, GuessReport, ImportReport, RegradeReport, SuggestReport, WarningRow, as_text};

/// What a list of orders tells about its customers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrialReport {
    /// What its columns were taken for; `None` if there was a mapping.
    pub guess: Option<GuessReport>,
    /// What was taken in, and what was rejected and why.
    pub import: ImportReport,
    /// How much there is.
    pub extent: TrialExtent,
    /// Values of parameters that fit the list. All that follows is graded by them.
    pub suggestions: SuggestReport,
    /// How many customers are in each class, as of the day of the newest fact.
    pub graded: RegradeReport,
    /// How many customers are about to leave.
    pub warned: u64,
    /// What these brought in the last 365 days, net, in major units.
    pub at_stake: f64,
    /// Those of them with the worst warnings and the most revenue.
    pub at_risk: Vec<AtRiskRow>,
    /// How the warnings of an earlier day did; `None` where the list is too short for it.
    pub backtest: Option<Backtest>,
}

/// How much a list holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrialExtent {
    /// Customers.
    pub customers: u64,
    /// Orders.
    pub orders: u64,
    /// Net revenue in major units.
    pub net_revenue: f64,
    /// The currency, if the list names it.
    pub currency: Option<String>,
    /// The day of the first order.
    #[serde(with = "as_text")]
    pub first: Day,
    /// The day of the newest fact.
    #[serde(with = "as_text")]
    pub last: Day,
    /// Whether that is so long ago that a book would have to be told which day it is.
    pub is_old: bool,
}

/// A customer who is about to leave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AtRiskRow {
    /// The worst warning.
    pub warning: WarningRow,
    /// The class on the first dimension.
    pub class: Option<ClassHead>,
    /// What the customer brought in the last 365 days, net, in major units.
    pub net_revenue_365d: f64,
}

/// How the warnings of an earlier day did, among customers who were regular then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backtest {
    /// The day on which was warned, with nothing known of what came later.
    #[serde(with = "as_text")]
    pub as_of: Day,
    /// How many days there were after it.
    pub days: u32,
    /// On how many days a customer had ordered to count as regular.
    pub purchase_days: u32,
    /// How many of those were warned of.
    pub warned: u64,
    /// How many of these bought again.
    pub warned_bought: u64,
    /// How many others there were.
    pub others: u64,
    /// How many of these bought again.
    pub others_bought: u64,
}

impl Backtest {
    /// Tells whether there are enough on both sides to compare them.
    pub fn is_telling(&self) -> bool {
        self.warned >= 20 && self.others >= 20
    }
}
