//! Tiers of a bank's customers: by the mean of their assets over time, and by how often they transact.
//!
//! A script sees the latest balance, which is that of one day: pay day, or the day before. This weighs every balance by how long it
//! stood, as banks do, lets those who transact often have a tier for less, and does not take a tier away for a small dip.

mod approach;
mod balance;
mod tier;

use tierhook_sdk::{Channel, Class, Context, Day, Fact, History, Parameters, Plan, Record, class, plan};

pub use approach::near_since;
pub use balance::{Mean, mean};
pub use tier::{Tier, tier_of};

/// What is read of a customer to give it a tier.
#[derive(Debug, Record)]
pub struct Customer<'a> {
    /// Transactions in the last 90 days: the book's orders.
    pub orders_90d: Option<i64>,
    /// The tier before this evaluation.
    #[field("standing.tier")]
    pub standing: Option<&'a str>,
    /// Balances and other measures, newest first.
    #[history(measures)]
    pub measures: Vec<Measure<'a>>,
}

/// What is read of a customer to plan a talk.
#[derive(Debug, Record)]
pub struct Client<'a> {
    /// Transactions in the last 90 days.
    pub orders_90d: Option<i64>,
    /// The tier, a person's word included.
    #[field("class.tier")]
    pub tier: Option<&'a str>,
    /// Balances and other measures, newest first.
    #[history(measures)]
    pub measures: History<Measure<'a>>,
}

/// A measure.
#[derive(Clone, Copy, Debug, PartialEq, Fact)]
pub struct Measure<'a> {
    /// Its day.
    pub day: Day,
    /// Its name.
    pub name: &'a str,
    /// Its value.
    pub value: f64,
}

/// What an operator may set.
#[derive(Clone, Debug, PartialEq, Parameters)]
pub struct Settings {
    /// The measure that holds the assets.
    pub measure: String,
    /// Days over which the mean is taken.
    pub window_days: i64,
    /// Days after which a balance tells nothing any more.
    pub stale_days: i64,
    /// Mean assets of a private client.
    pub private_from: f64,
    /// Mean assets of a diamond client.
    pub diamond_from: f64,
    /// Mean assets of a gold client.
    pub gold_from: f64,
    /// Transactions in 90 days that make a client an active one.
    pub active_from: i64,
    /// How much less an active client needs, as a share.
    pub active_discount: f64,
    /// How far assets may fall before a tier is lost, as a share.
    pub keep_margin: f64,
    /// The share of the next tier's assets from which there is a talk.
    pub near_from: f64,
    /// Days from one talk to the next.
    pub talk_days: i64,
    /// Days within which there is a talk with who came close to the next tier.
    pub talk_within: i64,
}

/// Gives a customer its tier; without a balance that is not stale there is none.
pub fn tier(customer: &Customer<'_>, ctx: &Context<Settings>) -> Option<Class> {
    let p = &ctx.params;
    let Some(mean) = mean(&customer.measures, ctx.day, p) else {
        tierhook_sdk::trace("no-fresh-balance");
        return None;
    };
    let transactions = customer.orders_90d.unwrap_or(0);
    let active = transactions >= p.active_from;
    let earned = tier_of(mean.assets, active, None, p);
    let tier = tier_of(mean.assets, active, customer.standing.and_then(Tier::named), p);
    let missing = tier.next().map(|next| missing(mean.assets, next.needed(active, p)));
    let from = (tier > Tier::Standard).then(|| tier.needed(active, p));
    let mut word = class("tier", tier.name());
    word = word.because("MEAN_ASSETS").with("assets", mean.assets).with("days", mean.days);
    word = word.with("from", from).with("missing", missing);
    if active {
        tierhook_sdk::trace("active");
        word = word.because("ACTIVE").with("transactions", transactions).with("limit", p.active_from);
    }
    if tier > earned {
        tierhook_sdk::trace("kept");
        word = word.because("KEPT").with("from", from);
    }
    Some(word)
}

/// Plans a talk with who is close to the next tier.
pub fn talk(client: &Client<'_>, ctx: &Context<Settings>) -> Option<Plan> {
    let p = &ctx.params;
    let mean = mean(&client.measures, ctx.day, p)?;
    let next = Tier::named(client.tier?)?.next()?;
    let active = client.orders_90d.unwrap_or(0) >= p.active_from;
    let needed = next.needed(active, p);
    let near = p.near_from * needed..needed;
    if !near.contains(&mean.assets) {
        return None;
    }
    let every = u32::try_from(p.talk_days).unwrap_or(1).max(1);
    let wish = plan("tier-talk").every(every);
    // A cycle ends when its talk is due: the first one soon after the client came near.
    let wish = match near_since(&client.measures, client.measures.cut, &near, ctx.day, p) {
        Some(day) => wish.since(day.plus((p.talk_within - p.talk_days) as i32)),
        None => wish.since_first_seen(),
    };
    let missing = missing(mean.assets, needed);
    let wish = wish.channel(Channel::Call).priority(5);
    let wish = wish.because("NEAR_NEXT").with("assets", mean.assets).with("missing", missing);
    Some(wish.action("TALK").with("missing", missing))
}

/// How far assets are below a limit, rounded up.
fn missing(assets: f64, limit: f64) -> f64 {
    (limit - assets).ceil()
}

tierhook_sdk::classify!(tier);
tierhook_sdk::follow_up!(talk);

#[cfg(test)]
mod tests;
