//! A small rule as people write them, of three fields: the logic of `tests/bench/points/points.rhai` to the letter.

use tierhook_sdk::{Class, Context, Parameters, Record, class};

/// What is read of a customer.
#[derive(Debug, Record)]
pub struct Customer {
    net_revenue_365d: Option<f64>,
    orders_365d: Option<i64>,
    contacts_90d: Option<i64>,
}

/// What an operator may set.
#[derive(Debug, Parameters)]
pub struct Settings {
    spend_high: f64,
    spend_low: f64,
    orders_high: i64,
    a_from: i64,
    b_from: i64,
}

/// Grades a customer by points.
pub fn grade(customer: &Customer, ctx: &Context<Settings>) -> Class {
    let p = &ctx.params;
    let spend = customer.net_revenue_365d.unwrap_or(0.0);
    let mut points = if spend >= p.spend_high {
        45
    } else if spend >= p.spend_low {
        20
    } else {
        0
    };
    if customer.orders_365d.unwrap_or(0) >= p.orders_high {
        points += 30;
    }
    if customer.contacts_90d.unwrap_or(0) > 0 {
        points += 5;
    }
    let grade = if points >= p.a_from {
        "A"
    } else if points >= p.b_from {
        "B"
    } else {
        "C"
    };
    class("grade", grade).because("POINTS").with("points", points)
}

tierhook_sdk::classify!(grade);
