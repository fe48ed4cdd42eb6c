//! {name}: customers who spend much are thanked within a week of the order that made them so.
//!
//! Change it to what your company wants, run `cargo test` here, and `tierhook plugins build .` in the folder above.

use tierhook_sdk::{Channel, Context, Day, Fault, Parameters, Plan, Record, plan};

/// What is read of a customer. Names are those of `tierhook fields`, and stand in `reads` or `optional` in plugin.toml.
///
/// A plain type faults for a customer of whom it is missing; an `Option` is `None` there.
#[derive(Debug, Record)]
pub struct Customer {
    /// Day of the last order.
    pub last_order_day: Option<Day>,
    /// Id of the last order in its source.
    pub last_order_id: Option<String>,
    /// Net revenue of the last 90 days.
    pub net_revenue_90d: Option<f64>,
    /// Category with the highest spend.
    pub top_category: Option<String>,
}

/// What an operator may set; [parameters] in plugin.toml has the defaults.
#[derive(Debug, Parameters)]
pub struct Settings {
    /// Net revenue of 90 days from which we say thank you.
    pub from: f64,
}

/// Plans what should be open for a customer as of `ctx.day`. What is not wanted any more is closed.
///
/// # Errors
/// A fault, which concerns this customer alone.
pub fn thank(customer: &Customer, ctx: &Context<Settings>) -> Result<Option<Plan>, Fault> {
    let (Some(order), Some(day)) = (&customer.last_order_id, customer.last_order_day) else { return Ok(None) };
    let spent = customer.net_revenue_90d.unwrap_or(0.0);
    if spent < ctx.params.from {
        return Ok(None);
    }
    tierhook_sdk::trace("spent-much");
    let wish = plan("thank-you").per_fact(order.clone()).due(day.plus(7)).channel(Channel::Call);
    let wish = wish.because("SPENT").with("spent", spent);
    Ok(Some(wish.action("THANK").with("category", customer.top_category.as_deref())))
}

tierhook_sdk::follow_up!(thank);

#[cfg(test)]
mod tests {
    use tierhook_sdk::testing::{batch, row};

    use super::*;

    #[test]
    fn large_spending_is_thanked_for_within_a_week() {
        let day = Day::from_ymd(2026, 3, 1).unwrap();
        let large =
            row().with("last_order_id", "o1").with("last_order_day", day.plus(-3)).with("net_revenue_90d", 3200.0);
        let small = large.clone().with("net_revenue_90d", 2999.0);
        let answers = batch(day).param("from", 3000.0).record(large).record(small).record(row()).follow_up(thank);
        assert_eq!(answers.of(0)[0].due, Some(day.plus(4)));
        assert_eq!(answers.of(0)[0].codes(), ["SPENT"]);
        assert!(answers.of(1).is_empty() && answers.of(2).is_empty());
    }
}
