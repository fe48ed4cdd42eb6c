//! What is kept of a record's facts so that its features need no replay.
//!
//! An [`Aggregates`] is a pure function of the record's facts in their canonical order ([`FactOrder`]); it is
//! bounded, however many facts there are. Where a bound makes a feature approximate, the catalogue says so.

use serde::{Deserialize, Serialize};

use crate::{Day, FactSeq, Moment, Override};

/// How many civil days back the day buckets reach from the newest fact.
pub const RETAINED_DAYS: i32 = 400;
/// How many of the latest purchase days are kept for intervals.
pub const MAX_PURCHASE_DAYS: usize = 33;
/// How many distinct products are told apart; a customer with more counts as having this many.
pub const MAX_PRODUCTS: usize = 512;
/// How many categories are told apart; the first ones bought from are kept.
pub const MAX_CATEGORIES: usize = 32;
/// How many consumption groups are followed: first those whose own cycle still runs, then those bought last.
pub const MAX_CYCLES: usize = 16;
/// How many open complaints are kept by name; the oldest are.
pub const MAX_OPEN_COMPLAINTS: usize = 16;
/// How many viewed products that were not bought are followed; those viewed last are.
pub const MAX_VIEWED: usize = 8;
/// How many named measures are kept; the first ones are.
pub const MAX_MEASURES: usize = 64;

/// The canonical order of facts within a record: by civil day, then moment, then number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FactOrder {
    /// The civil day.
    pub day: Day,
    /// The moment.
    pub occurred: Moment,
    /// The number.
    pub seq: FactSeq,
}

/// What a record's facts come to. All money is in minor units of the base currency.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Aggregates {
    /// The newest fact that is counted here.
    pub last: Option<FactOrder>,
    /// How many facts are counted here, retracted ones and retractions not.
    pub facts: u32,
    /// The day of the first order, refund, cancellation, interaction, feedback or measure: the first sign of the
    /// customer itself.
    pub first_seen: Option<Day>,
    /// Number of orders, cancelled ones included.
    pub orders: u32,
    /// The day of the first order.
    pub first_order: Option<Day>,
    /// The day of the last order.
    pub last_order: Option<Day>,
    /// The id of the last order in its source.
    pub last_order_id: Option<String>,
    /// The sum of all orders.
    pub gross: i64,
    /// The largest order.
    pub largest: i64,
    /// The sum of all refunds.
    pub refunded: i64,
    /// The number of refunds.
    pub refunds: u32,
    /// The sum of all cancellations.
    pub cancelled: i64,
    /// The number of cancellations.
    pub cancellations: u32,
    /// One bucket for each day on which something happened, ascending, back to [`RETAINED_DAYS`] before the
    /// newest fact.
    pub days: Vec<DayBucket>,
    /// The latest purchase days, ascending, at most [`MAX_PURCHASE_DAYS`].
    pub purchase_days: Vec<Day>,
    /// How many different purchase days there were in all.
    pub purchase_day_count: u32,
    /// Hashes of the products bought, ascending, at most [`MAX_PRODUCTS`].
    pub products: Vec<u32>,
    /// Spend by category, in the order of the first purchase, at most [`MAX_CATEGORIES`].
    pub categories: Vec<(String, i64)>,
    /// What is known of how fast each consumption group is used up.
    pub cycles: Vec<Cycle>,
    /// The day of the last contact.
    pub last_contact: Option<Day>,
    /// Number of contacts of any kind.
    pub contacts: u32,
    /// Number of consultations.
    pub consultations: u32,
    /// The oldest consultation that nobody has answered.
    pub open_consultation: Option<OpenConsultation>,
    /// Number of web views.
    pub web_views: u32,
    /// Products that were viewed and not bought since, at most [`MAX_VIEWED`], the one viewed last at the end.
    pub viewed: Vec<Viewed>,
    /// The latest satisfaction, in hundredths of points.
    pub satisfaction_latest: Option<i32>,
    /// The day of the latest satisfaction.
    pub satisfaction_day: Option<Day>,
    /// The sum of all satisfaction scores, in hundredths of points.
    pub satisfaction_sum: i64,
    /// The number of satisfaction scores.
    pub satisfaction_count: u32,
    /// Number of complaints.
    pub complaints: u32,
    /// Complaints without an end, oldest first.
    pub open_complaints: Vec<OpenComplaint>,
    /// The complaint that came to an end last.
    pub settled_complaint: Option<SettledComplaint>,
    /// Number of returns.
    pub returns: u32,
    /// The latest value of each named measure, by name.
    pub measures: Vec<LatestMeasure>,
    /// Overrides by dimension, ended ones excepted. Whether one still holds depends on the day.
    pub overrides: Vec<(String, Override)>,
    /// The cause that was noted last with a follow-up or a warning.
    pub noted_cause: Option<NotedCause>,
}

/// Why a customer left, or nearly did, as somebody noted it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotedCause {
    /// The cause.
    pub cause: String,
    /// The day on which it was noted.
    pub day: Day,
}

/// What happened on one civil day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DayBucket {
    /// The day.
    pub day: Day,
    /// Orders.
    pub orders: u32,
    /// The sum of the orders.
    pub gross: i64,
    /// The sum of refunds and cancellations.
    pub returned_money: i64,
    /// The sum of refunds alone.
    pub refunded: i64,
    /// Contacts.
    pub contacts: u32,
    /// Consultations.
    pub consultations: u32,
    /// Web views.
    pub web_views: u32,
    /// Complaints.
    pub complaints: u32,
    /// Returns of goods.
    pub returns: u32,
}

/// How fast a customer uses up a consumption group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cycle {
    /// The consumption group.
    pub group: String,
    /// Whether the source named the group, rather than the product being its own: then it is known to be used up, and
    /// what other customers use is a guide.
    pub is_named: bool,
    /// The name to show for it: that of the product last bought from it.
    pub name: String,
    /// The day of the last purchase.
    pub last: Day,
    /// How many units were bought on that day, in thousandths.
    pub last_quantity_milli: i64,
    /// How many complete cycles there were, from one purchase day to the next.
    pub cycles: u32,
    /// The days of all complete cycles together.
    pub days: u32,
    /// The units used up in them, in thousandths.
    pub quantity_milli: i64,
}

/// A complaint without an end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenComplaint {
    /// Its id in its source.
    pub id: String,
    /// The day on which it was made.
    pub day: Day,
}

/// The end of a complaint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettledComplaint {
    /// The complaint's id in its source.
    pub id: String,
    /// The day on which it was settled.
    pub day: Day,
}

/// A consultation that nobody has answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenConsultation {
    /// Its id in its source.
    pub id: String,
    /// The day on which the customer asked.
    pub day: Day,
}

/// A product that was viewed and not bought since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewed {
    /// The product as the view names it.
    pub product: String,
    /// The day of the last view.
    pub last: Day,
    /// How many views there were.
    pub times: u32,
}

/// The latest value of a named measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LatestMeasure {
    /// Its name.
    pub name: String,
    /// The day of the value.
    pub day: Day,
    /// The value.
    pub value: f64,
}
