//! Offers what others of the segment who bought the same bought with it.
//!
//! A script has no place for a table of hundreds of pairs and does not see order lines. This carries a table that was built offline
//! (`examples/build_table.rs`), looks at every line that the customer bought, and offers the one thing that buyers of these bought most often
//! in comparison with everybody.
//! It learns nothing while it runs: another table is another version.

mod advice;
mod table;

use tierhook_sdk::{Argument, Channel, Context, Day, Fact, Parameters, Plan, Record, plan};

pub use advice::{Advice, advise};

/// Two things that go together in a segment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// The segment: the customer's `kind`.
    pub segment: &'static str,
    /// What was bought: see [`Line::item`].
    pub bought: &'static str,
    /// What goes with it.
    pub offer: &'static str,
    /// The share of those who bought the one that bought the other, too.
    pub confidence: f64,
    /// How many times that is the share among all customers of the segment.
    pub lift: f64,
}

/// What is read of a customer.
#[derive(Debug, Record)]
pub struct Customer<'a> {
    /// What the customer is: `person` or `organisation`.
    pub kind: Option<&'a str>,
    /// Complaints that are not resolved.
    pub open_complaints: Option<i64>,
    /// What was bought, newest first.
    #[history(lines)]
    pub lines: Vec<Line<'a>>,
}

/// What is read of an order line.
#[derive(Clone, Copy, Debug, PartialEq, Fact)]
pub struct Line<'a> {
    /// The id of the order.
    pub order: &'a str,
    /// The day of the order.
    pub day: Day,
    /// The product's id.
    pub product: &'a str,
    /// What the product is called.
    pub name: Option<&'a str>,
    /// The consumption group, the product itself where it has none.
    pub group: Option<&'a str>,
    /// The category.
    pub category: Option<&'a str>,
    /// Whether it is goods: postage goes with everything.
    pub goods: bool,
}

impl<'a> Line<'a> {
    /// What it counts as: a consumption group, else the category of what is not used up, else the product.
    pub fn item(&self) -> &'a str {
        self.group.filter(|group| *group != self.product).or(self.category).unwrap_or(self.product)
    }

    /// What that is called.
    fn called(&self) -> &'a str {
        let item = self.item();
        if item == self.product { self.name.unwrap_or(item) } else { item }
    }
}

/// What an operator may set.
#[derive(Debug, Parameters)]
pub struct Settings {
    /// Days after an order for which there is an offer.
    pub fresh_days: i64,
    /// Days for which what was bought is evidence.
    pub evidence_days: i64,
    /// Days in which nobody is offered what they bought.
    pub again_days: i64,
    /// The share of those who bought the one that has to have bought the other, too.
    pub offer_from: f64,
    /// How many times that has to be the share among all.
    pub least_lift: f64,
    /// Per cent off.
    pub percent: i64,
    /// Days for which the offer holds.
    pub offer_days: i64,
}

/// Plans an offer after an order.
pub fn offer(customer: &Customer<'_>, ctx: &Context<Settings>) -> Option<Plan> {
    let p = &ctx.params;
    let newest = customer.lines.first()?;
    // Nobody wants an offer who waits for an answer.
    if i64::from(ctx.day.since(newest.day)) > p.fresh_days || customer.open_complaints.unwrap_or(0) > 0 {
        return None;
    }
    let advice = advise(table::PAIRS, customer.kind.unwrap_or("person"), &customer.lines, ctx.day, p)?;
    let pair = advice.pair;
    tierhook_sdk::trace(format!("{} -> {}", pair.bought, pair.offer));
    let offered = called(table::NAMES, pair.offer);
    // All is counted from the order, so that the same order always makes the same plan.
    let ends = newest.day.plus(p.offer_days as i32);
    let wish = plan("next-offer").per_fact(newest.order.to_owned()).due(newest.day.plus(2)).channel(Channel::Chat);
    let wish = wish
        .because("TOGETHER")
        .with("bought", advice.line.called().to_owned())
        .with("offer", offered)
        .with("share", percent(pair.confidence))
        .with("base", percent(pair.confidence / pair.lift));
    let wish = wish.action("MENTION").with("offer", offered);
    Some(wish.offer("DISCOUNT").with("percent", p.percent).with("offer", offered).with("ends", ends).offer_ends(ends))
}

/// What an item is called, by a sorted table of names.
fn called(names: &[(&'static str, &'static str)], item: &'static str) -> &'static str {
    names.binary_search_by_key(&item, |(item, _)| item).map_or(item, |at| names[at].1)
}

/// A share in per cent; below one with decimals, since it is not nothing.
fn percent(share: f64) -> Argument {
    if share < 0.01 { Argument::Decimal(share * 100.0) } else { Argument::Integer((share * 100.0).round() as i64) }
}

tierhook_sdk::follow_up!(offer);

#[cfg(test)]
mod tests;
