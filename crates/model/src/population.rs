//! What the whole book tells about each customer: trend, consumption rates, connected sources.

use serde::{Deserialize, Serialize};

use crate::Day;

/// What was computed over all customers as of a day; part of a generation, and named in receipts.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Population {
    /// The day that it describes.
    pub day: Day,
    /// Number of customers.
    pub customers: u64,
    /// Net revenue of the last 90 days, in minor units of the base currency.
    pub net_90: i64,
    /// Net revenue of the 90 days before those.
    pub net_previous_90: i64,
    /// Days per unit of each consumption group for which enough customers are known, by name.
    pub groups: Vec<GroupRate>,
    /// Which kinds of facts the book has at all.
    pub connected: Connected,
}

/// How fast customers use up a consumption group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupRate {
    /// The group.
    pub group: String,
    /// The median over customers of their days per unit.
    pub days_per_unit: f64,
    /// How many customers that rests on.
    pub customers: u32,
}

/// Which kinds of facts the book has at all. Counts and sums are 0 only for those; for the others they are
/// missing, because nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Connected {
    /// Orders, refunds or cancellations.
    pub sales: bool,
    /// Calls, visits, emails, chats or consultations.
    pub contacts: bool,
    /// Consultations.
    pub consultations: bool,
    /// Web views.
    pub web_views: bool,
    /// Complaints.
    pub complaints: bool,
    /// Returns of goods.
    pub returns: bool,
}

impl Connected {
    /// Returns what either knows of.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            sales: self.sales | other.sales,
            contacts: self.contacts | other.contacts,
            consultations: self.consultations | other.consultations,
            web_views: self.web_views | other.web_views,
            complaints: self.complaints | other.complaints,
            returns: self.returns | other.returns,
        }
    }
}

impl Population {
    /// Returns the days per unit of a consumption group, if enough customers are known.
    pub fn days_per_unit(&self, group: &str) -> Option<f64> {
        let at = self.groups.binary_search_by(|rate| rate.group.as_str().cmp(group)).ok()?;
        Some(self.groups[at].days_per_unit)
    }
}
