//! Warns when a customer is silent for longer than its own rhythm explains.
//!
//! A script sees one number of the rhythm, its median. This looks at every interval between days with an order: one who comes every
//! seventh day to the day is missed after a fortnight, one who comes twice a year at random is not missed after four months.

mod risk;

use tierhook_sdk::{Context, Day, Fact, Parameters, Record, Severity, Warning, warn};

pub use risk::{AHEAD, Habits, Rhythm, survival};

/// The share of the customer's own waits that last longer, above which a silence is in rhythm: who comes once a year is not missed
/// after a month, although most such months are followed by three without an order.
const BEYOND: f64 = 0.2;

/// What is read of a customer.
#[derive(Debug, Record)]
pub struct Customer<'a> {
    /// Category with the highest spend.
    pub top_category: Option<&'a str>,
    /// Net revenue of the last 365 days, in the base currency.
    pub net_revenue_365d: Option<f64>,
    /// Median days from one purchase day to the next.
    pub purchase_interval_median: Option<f64>,
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
    /// The chance of no order in the next [`AHEAD`] days from which there is a warning.
    pub warn_from: f64,
    /// The chance from which it is a matter of urgency.
    pub high_from: f64,
    /// Net revenue of the last 365 days from which somebody calls.
    pub worth_from: f64,
    /// Intervals below which nothing is known of a rhythm.
    pub least_intervals: i64,
    /// Days without an order below which nobody is warned of.
    pub floor_days: i64,
    /// Days without an order from which the customer counts as lost.
    pub lost_days: i64,
    /// The share of customers that leave after any purchase.
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
    let risk = habits.stays_silent(silent as f64, p.dropout);
    if risk < p.warn_from || habits.longer(silent as f64) > BEYOND {
        return None;
    }
    tierhook_sdk::trace("silent-beyond-rhythm");
    let worth = customer.net_revenue_365d.unwrap_or(0.0);
    let complaints = customer.open_complaints.unwrap_or(0);
    let severity = match (risk >= p.high_from, worth >= p.worth_from) {
        (true, true) => Severity::High,
        (false, false) => Severity::Low,
        _ => Severity::Medium,
    };
    let mut wish = warn("own-rhythm").severity(severity).episode(rhythm.last);
    wish = wish.because("SILENT").with("days", silent).with("usual", customer.purchase_interval_median.map(whole));
    wish = wish.with("risk", percent(risk)).with("ahead", AHEAD);
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
    let wish = wish.because("WORTH").with("worth", worth);
    Some(if worth >= p.worth_from {
        wish.suggest("CALL").with("category", customer.top_category)
    } else {
        wish.suggest("WRITE").with("category", customer.top_category)
    })
}

tierhook_sdk::churn_warning!(warning);

/// The mean order before and lately, if the last three orders were less than half of what they used to be.
fn shrunk(orders: &[Order]) -> Option<(f64, f64)> {
    let (lately, before) = orders.split_at_checked(3)?;
    let mean = |orders: &[Order]| orders.iter().map(|order| order.amount).sum::<f64>() / orders.len() as f64;
    (before.len() >= 3 && mean(lately) < 0.5 * mean(before)).then(|| (mean(before), mean(lately)))
}

fn percent(share: f64) -> i64 {
    (share * 100.0).round() as i64
}

fn whole(number: f64) -> i64 {
    number.round() as i64
}

#[cfg(test)]
mod tests;
