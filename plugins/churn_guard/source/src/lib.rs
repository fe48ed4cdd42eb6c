//! Warns when a customer is silent for longer than its own rhythm explains.
//!
//! A script sees one number of the rhythm, its median. This looks at every interval between days with an order: one who comes every
//! seventh day to the day is missed after a fortnight, one who comes twice a year at random is not missed after four months.

mod risk;

use tierhook_sdk::{Context, Day, Fact, Parameters, Record, Severity, Warning, warn};

pub use risk::{Habits, Rhythm, survival};

/// What is read of a customer.
#[derive(Debug, Record)]
pub struct Customer<'a> {
    /// Category with the highest spend.
    pub top_category: Option<&'a str>,
    /// Complaints that are not resolved.
    pub open_complaints: Option<i64>,
    /// The orders, newest first.
    #[history(orders)]
    pub orders: Vec<Order>,
}

/// What is read of an order.
#[derive(Debug, Fact)]
pub struct Order {
    /// The day.
    pub day: Day,
    /// What was paid, in the base currency.
    pub amount: f64,
}

/// What an operator may set.
#[derive(Debug, Parameters)]
pub struct Settings {
    /// The chance that the customer is gone from which there is a warning.
    pub warn_from: f64,
    /// The chance from which it is a matter of urgency.
    pub high_from: f64,
    /// What a customer has to be worth a year for somebody to call.
    pub worth_from: f64,
    /// Intervals below which nothing is known of a rhythm.
    pub least_intervals: i64,
    /// Days without an order below which nobody is warned of.
    pub floor_days: i64,
    /// Days without an order from which the customer counts as lost.
    pub lost_days: i64,
    /// The share of customers that buy no more after any purchase.
    pub dropout: f64,
}

/// Warns of a customer.
pub fn warning(customer: &Customer<'_>, ctx: &Context<Settings>) -> Option<Warning> {
    let p = &ctx.params;
    let rhythm = Rhythm::of(customer.orders.iter().map(|order| order.day))?;
    let silent = i64::from(ctx.day.since(rhythm.last));
    if (rhythm.gaps.len() as i64) < p.least_intervals || silent < p.floor_days || silent > p.lost_days {
        return None;
    }
    let habits = rhythm.habits();
    let risk = 1.0 - habits.alive(silent as f64, p.dropout);
    if risk < p.warn_from {
        return None;
    }
    tierhook_sdk::trace("silent-beyond-rhythm");
    let worth = worth(&customer.orders, habits.usual());
    let complaints = customer.open_complaints.unwrap_or(0);
    let severity = match (risk >= p.high_from, worth >= p.worth_from) {
        (true, true) => Severity::High,
        (false, false) => Severity::Low,
        _ => Severity::Medium,
    };
    let mut wish = warn("own-rhythm").severity(severity).episode(rhythm.last);
    wish = wish.because("SILENT").with("days", silent).with("usual", whole(habits.usual())).with("risk", percent(risk));
    if let Some((before, lately)) = rhythm.stretched() {
        wish = wish.because("STRETCHED").with("before", whole(before)).with("lately", whole(lately));
    }
    if let Some((before, lately)) = shrunk(&customer.orders) {
        wish = wish.because("SHRUNK").with("before", whole(before)).with("lately", whole(lately));
    }
    if complaints > 0 {
        wish = wish.because("COMPLAINT").with("complaints", complaints);
        return Some(wish.suggest("SETTLE_FIRST").with("complaints", complaints));
    }
    let wish = wish.because("WORTH").with("worth", whole(worth));
    Some(if worth >= p.worth_from {
        wish.suggest("CALL").with("category", customer.top_category)
    } else {
        wish.suggest("WRITE").with("category", customer.top_category)
    })
}

tierhook_sdk::churn_warning!(warning);

/// What the customer brings a year at the usual rhythm.
fn worth(orders: &[Order], usual: f64) -> f64 {
    let mean = orders.iter().map(|order| order.amount).sum::<f64>() / orders.len().max(1) as f64;
    mean * 365.0 / usual.max(1.0)
}

/// The mean order before and lately, if the last three orders were less than half of what they used to be.
fn shrunk(orders: &[Order]) -> Option<(f64, f64)> {
    let (lately, before) = orders.split_at_checked(3)?;
    let mean = |orders: &[Order]| orders.iter().map(|order| order.amount).sum::<f64>() / orders.len() as f64;
    (before.len() >= 3 && mean(lately) < 0.5 * mean(before)).then(|| (mean(before), mean(lately)))
}

fn percent(share: f64) -> i64 {
    // What is all but certain is not certain.
    ((share * 100.0).floor() as i64).min(99)
}

fn whole(number: f64) -> i64 {
    number.round() as i64
}

#[cfg(test)]
mod tests;
