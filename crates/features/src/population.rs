//! Population statistics: what all customers together tell about each.

use std::cmp::Reverse;
use std::collections::HashMap;

use tierhook_model::{
    Aggregates, Connected, Day, Fact, FactBody, FeedbackKind, GroupRate, InteractionKind, Population,
};

use crate::feature::middle;
use crate::fold::cycle::days_per_unit;
use crate::window::quarters;

/// How many customers a consumption group's rate rests on at least.
const MIN_CUSTOMERS: usize = 5;
/// How many consumption groups a population names at most.
const MAX_GROUPS: usize = 20_000;
/// How many rates, one for each customer and group, are kept at most.
const MAX_RATES: usize = 500_000;

/// Puts together what all customers tell, in any order and over any number of threads.
///
/// Memory is bounded: where customers have more than 500,000 rates of consumption together, those of a sample of
/// customers are kept. Which customers is decided by a hash of the number of their newest fact, so that the outcome
/// depends on the customers alone, and not on the order in which they are observed and merged. Groups that only few
/// of the sample buy have no rate then.
#[derive(Clone, Debug)]
pub struct PopulationBuilder {
    day: Day,
    customers: u64,
    net_90: i128,
    net_previous_90: i128,
    rates: HashMap<String, Vec<Rate>>,
    kept: usize,
    max_rates: usize,
    /// Customers with this rank or a higher one are outside the sample.
    ranks_end: u64,
}

/// One customer's rate in one group.
#[derive(Clone, Copy, Debug)]
struct Rate {
    /// The customer's place in the order in which customers are taken into the sample.
    rank: u64,
    days_per_unit: f64,
}

impl PopulationBuilder {
    /// Begins with no customers, as of a day.
    pub fn new(day: Day) -> Self {
        Self {
            day,
            customers: 0,
            net_90: 0,
            net_previous_90: 0,
            rates: HashMap::new(),
            kept: 0,
            max_rates: MAX_RATES,
            ranks_end: u64::MAX,
        }
    }

    /// Adds a customer.
    pub fn observe(&mut self, customer: &Aggregates) {
        self.customers += 1;
        let (now, before) = quarters(&customer.days, self.day);
        self.net_90 += i128::from(now);
        self.net_previous_90 += i128::from(before);
        let Some(last) = customer.last else { return };
        let rank = scatter(last.seq.0);
        if rank >= self.ranks_end {
            return;
        }
        for cycle in &customer.cycles {
            if let Some(days_per_unit) = days_per_unit(cycle).filter(|_| cycle.is_named) {
                self.keep(&cycle.group, Rate { rank, days_per_unit });
            }
        }
        self.thin_out(self.max_rates + self.max_rates / 4);
    }

    /// Adds the customers of another builder of the same day.
    pub fn merge(&mut self, other: Self) {
        self.customers += other.customers;
        self.net_90 += other.net_90;
        self.net_previous_90 += other.net_previous_90;
        let end = self.ranks_end.min(other.ranks_end);
        self.end_ranks_at(end);
        for (group, rates) in other.rates {
            for rate in rates.into_iter().filter(|rate| rate.rank < end) {
                self.keep(&group, rate);
            }
        }
        self.thin_out(self.max_rates + self.max_rates / 4);
    }

    /// Ends with what was observed. `connected` is what kinds of facts the book has at all.
    pub fn finish(mut self, connected: Connected) -> Population {
        self.thin_out(self.max_rates);
        let mut groups: Vec<GroupRate> = self
            .rates
            .into_iter()
            .filter(|(_, rates)| rates.len() >= MIN_CUSTOMERS)
            .filter_map(|(group, rates)| {
                let customers = u32::try_from(rates.len()).unwrap_or(u32::MAX);
                let mut rates: Vec<f64> = rates.into_iter().map(|rate| rate.days_per_unit).collect();
                Some(GroupRate { group, days_per_unit: middle(&mut rates)?, customers })
            })
            .collect();
        groups.sort_unstable_by(|a, b| (Reverse(a.customers), &a.group).cmp(&(Reverse(b.customers), &b.group)));
        groups.truncate(MAX_GROUPS);
        groups.sort_unstable_by(|a, b| a.group.cmp(&b.group));
        Population {
            day: self.day,
            customers: self.customers,
            net_90: clamp(self.net_90),
            net_previous_90: clamp(self.net_previous_90),
            groups,
            connected,
        }
    }

    fn keep(&mut self, group: &str, rate: Rate) {
        self.kept += 1;
        match self.rates.get_mut(group) {
            Some(rates) => rates.push(rate),
            None => drop(self.rates.insert(group.to_owned(), vec![rate])),
        }
    }

    /// Where more than `limit` rates are kept, narrows the sample until at most `max_rates` are left.
    ///
    /// What is kept are always *all* rates below `ranks_end`, and that never falls below the rank of the first rate
    /// that is too many in the whole book; so the end result is the same whenever this is called.
    fn thin_out(&mut self, limit: usize) {
        if self.kept <= limit {
            return;
        }
        let mut ranks: Vec<u64> = self.rates.values().flatten().map(|rate| rate.rank).collect();
        let (_, end, _) = ranks.select_nth_unstable(self.max_rates);
        let end = *end;
        self.end_ranks_at(end);
    }

    fn end_ranks_at(&mut self, end: u64) {
        if end == self.ranks_end {
            return;
        }
        self.ranks_end = end;
        self.kept = 0;
        self.rates.retain(|_, rates| {
            rates.retain(|rate| rate.rank < end);
            self.kept += rates.len();
            !rates.is_empty()
        });
    }
}

/// Tells which kinds of facts a book has that has this one.
pub fn connected(fact: &Fact) -> Connected {
    let mut connected = Connected::default();
    match &fact.body {
        FactBody::Order(_) | FactBody::Refund(_) | FactBody::Cancellation(_) => connected.sales = true,
        FactBody::Interaction(interaction) => {
            connected.contacts = interaction.kind.is_contact();
            connected.consultations = interaction.kind == InteractionKind::Consultation;
            connected.web_views = interaction.kind == InteractionKind::WebView;
        }
        FactBody::Feedback(feedback) => match feedback.kind {
            FeedbackKind::Complaint | FeedbackKind::ComplaintResolved { .. } => connected.complaints = true,
            FeedbackKind::Return { .. } => connected.returns = true,
            FeedbackKind::Satisfaction { .. } | FeedbackKind::Remark => {}
        },
        FactBody::Measure(_)
        | FactBody::Profile(_)
        | FactBody::Contact(_)
        | FactBody::Override(_)
        | FactBody::Outcome(_)
        | FactBody::Merge(_)
        | FactBody::Retraction(_) => {}
    }
    connected
}

/// Returns the whole book's net revenue of the last 90 days as a multiple of that of the 90 days before; `None` if
/// those brought nothing.
pub fn trend(population: &Population) -> Option<f64> {
    let (now, before) = (population.net_90, population.net_previous_90);
    (before > 0).then(|| now as f64 / before as f64)
}

fn clamp(sum: i128) -> i64 {
    sum.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood, 2014): neighbouring numbers come out far apart, and different
/// ones stay different.
fn scatter(number: u64) -> u64 {
    let mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests;
