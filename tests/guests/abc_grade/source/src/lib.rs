//! How much of our time a customer gets: the logic of `scripts/abc_grade.rhai` to the letter.

use tierhook_sdk::{Classes, Context, Fault, Parameters, Record, class, scaled, score};

/// What is read of a customer.
#[derive(Debug, Record)]
pub struct Customer {
    tenure_days: Option<i64>,
    net_revenue_365d: Option<f64>,
    orders_365d: Option<i64>,
    satisfaction_mean: Option<f64>,
    complaints_365d: Option<i64>,
}

/// What an operator may set.
#[derive(Debug, Parameters)]
pub struct Settings {
    a_from: f64,
    b_from: f64,
    spend_full: f64,
    orders_full: i64,
    complaints_worst: i64,
    new_days: i64,
}

/// Grades a customer.
///
/// # Errors
/// If the parameters leave no scale.
pub fn grade(customer: &Customer, ctx: &Context<Settings>) -> Result<Option<Classes>, Fault> {
    let p = &ctx.params;
    // Nobody can grade a customer of whom not even a first day is known.
    let Some(days) = customer.tenure_days else { return Ok(None) };
    if days < p.new_days {
        let word = class("grade", "new").because("NEW").with("days", days).with("limit", p.new_days);
        return Ok(Some(word.into()));
    }
    let count = |number: Option<i64>| number.map(|number| number as f64);
    // Net, not gross: an enormous order that was called off brings nothing.
    let word = score("grade")
        .group("spend", 45.0, scaled(customer.net_revenue_365d, 0.0, p.spend_full))
        .because("SPEND")
        .with("spend", customer.net_revenue_365d)
        .with("full", p.spend_full)
        .group("frequency", 25.0, scaled(count(customer.orders_365d), 0.0, p.orders_full as f64))
        .because("ORDERS")
        .with("orders", customer.orders_365d)
        .with("full", p.orders_full)
        .group("satisfaction", 15.0, scaled(customer.satisfaction_mean, 1.0, 5.0))
        .because("SATISFACTION")
        .with("score", customer.satisfaction_mean)
        .group("complaints", 15.0, scaled(count(customer.complaints_365d), p.complaints_worst as f64, 0.0))
        .because("COMPLAINTS")
        .with("complaints", customer.complaints_365d)
        .band("A", p.a_from)
        .band("B", p.b_from)
        .band("C", 0.0);
    Ok(Some(word.into()))
}

tierhook_sdk::classify!(grade);

#[cfg(test)]
mod tests {
    use super::*;
    use tierhook_sdk::Day;
    use tierhook_sdk::testing::{Batch, batch, row};

    fn pinned() -> Batch {
        batch(Day::from_ymd(2026, 3, 1).unwrap())
            .param("a_from", 0.65)
            .param("b_from", 0.35)
            .param("spend_full", 5000.0)
            .param("orders_full", 12)
            .param("complaints_worst", 3)
            .param("new_days", 90)
    }

    #[test]
    fn points_are_those_of_the_script() {
        let regular = row()
            .with("tenure_days", 790)
            .with("net_revenue_365d", 6000.0)
            .with("orders_365d", 6)
            .with("satisfaction_mean", 4.5)
            .with("complaints_365d", 0);
        let unheard = row().with("tenure_days", 790).with("net_revenue_365d", 2500.0).with("orders_365d", 1);
        let answers = pinned().record(regular).record(unheard).classify(grade);
        let share = |record: usize| match &answers.of(record)[0] {
            Classes::Score(score) => score.share().unwrap(),
            other => panic!("{other:?}"),
        };
        assert!((share(0) - (45.0 + 12.5 + 15.0 * 0.875 + 15.0) / 100.0).abs() < 1e-12);
        assert!((share(1) - (22.5 + 25.0 / 12.0) / 70.0).abs() < 1e-12);
        assert_eq!(answers.of(0)[0].codes(), ["SPEND", "ORDERS", "SATISFACTION", "COMPLAINTS"]);
    }

    #[test]
    fn a_new_customer_is_new_and_an_unknown_one_nothing() {
        let answers = pinned().record(row().with("tenure_days", 89)).record(row()).classify(grade);
        assert_eq!(answers.of(0)[0], class("grade", "new").because("NEW").with("days", 89).with("limit", 90).into());
        assert!(answers.of(1).is_empty());
    }
}
