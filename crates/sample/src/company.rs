//! The company: a seed, a size and a last day.

use std::ops::Range;

use tierhook_model::{BookZone, Currency, Day};

use crate::customer::Customer;
use crate::timeline::Facts;

/// The source of all made-up records and facts.
pub const SOURCE: &str = "sample";
/// How many customers a company has unless somebody says otherwise.
pub const DEFAULT_CUSTOMERS: usize = 2_000;
/// How many civil days of history there are.
pub const SPAN_DAYS: i32 = 730;

/// A made-up company.
///
/// ```
/// use tierhook_model::{Currency, Day};
/// use tierhook_sample::Company;
///
/// let company = Company::new(1, 20, "2026-03-01".parse::<Day>().unwrap(), Currency::CNY);
/// let facts: Vec<_> = company.facts().collect();
/// assert!(facts.is_sorted_by_key(|fact| fact.occurred));
/// assert!(facts.iter().all(|fact| fact.day <= company.until()));
/// ```
#[derive(Clone, Debug)]
pub struct Company {
    seed: u64,
    customers: usize,
    until: Day,
    base: Currency,
    zone: BookZone,
}

impl Company {
    /// Makes a company whose history ends with `until`. Its days are those of UTC; prices are the same numbers in
    /// every base currency.
    pub fn new(seed: u64, customers: usize, until: Day, base: Currency) -> Self {
        Self { seed, customers, until, base, zone: BookZone::utc() }
    }

    /// Puts the company's days into a book's time zone.
    #[must_use]
    pub fn with_zone(mut self, zone: BookZone) -> Self {
        self.zone = zone;
        self
    }

    /// Iterates over all facts in the order of time. A customer's first fact is the profile.
    pub fn facts(&self) -> Facts<'_> {
        self.facts_of(0..self.customers)
    }

    /// Iterates over the facts of some customers, by their numbers from 0 on, in the order of time. The facts of all
    /// parts together are those of the company; a part takes the memory of its own customers only.
    pub fn facts_of(&self, customers: Range<usize>) -> Facts<'_> {
        Facts::new(self, customers.start.min(self.customers)..customers.end.min(self.customers))
    }

    /// The number of customers in the history.
    pub fn customers(&self) -> usize {
        self.customers
    }

    /// The last day of the history.
    pub fn until(&self) -> Day {
        self.until
    }

    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    pub(crate) fn base(&self) -> Currency {
        self.base
    }

    pub(crate) fn zone(&self) -> &BookZone {
        &self.zone
    }

    /// Draws a customer as of before the first fact.
    pub(crate) fn customer(&self, index: u64) -> Customer {
        Customer::draw(self.seed, index, self.until.plus(1 - SPAN_DAYS), self.until)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use tierhook_model::{FactBody, FeedbackKind, Moment, NewFact};

    use super::*;

    fn company(seed: u64) -> Company {
        let zone = BookZone::named("Asia/Shanghai").unwrap();
        Company::new(seed, 800, "2026-03-01".parse().unwrap(), Currency::CNY).with_zone(zone)
    }

    /// Net money of each customer with an order, and the number of orders.
    fn spend(facts: &[NewFact]) -> BTreeMap<&str, (i64, u32)> {
        let mut spend: BTreeMap<&str, (i64, u32)> = BTreeMap::new();
        for fact in facts {
            let (amount, orders) = match &fact.body {
                FactBody::Order(order) => (order.amount.base, 1),
                FactBody::Refund(refund) => (-refund.amount.base, 0),
                FactBody::Cancellation(cancellation) => (-cancellation.amount.base, 0),
                _ => continue,
            };
            let entry = spend.entry(&fact.record.id).or_default();
            *entry = (entry.0 + amount, entry.1 + orders);
        }
        spend
    }

    #[test]
    fn the_same_seed_gives_the_same_facts_and_another_seed_others() {
        assert!(company(1).facts().eq(company(1).facts()));
        assert!(company(1).facts().ne(company(2).facts()));
    }

    #[test]
    fn the_parts_of_a_company_are_the_company() {
        let company = company(5);
        let mut whole: Vec<NewFact> = company.facts().collect();
        let mut parts: Vec<NewFact> =
            [0..300, 300..301, 301..800, 800..900].into_iter().flat_map(|part| company.facts_of(part)).collect();
        let key = |fact: &NewFact| fact.key.clone();
        whole.sort_by_key(key);
        parts.sort_by_key(key);
        assert_eq!(parts, whole);
    }

    #[test]
    fn facts_come_in_the_order_of_time_on_their_day_with_keys_of_their_own() {
        let company = company(3);
        let facts: Vec<NewFact> = company.facts().collect();
        assert!(facts.len() > 5_000, "{}", facts.len());
        assert!(facts.is_sorted_by_key(|fact| fact.occurred));
        let keys: BTreeSet<_> = facts.iter().map(|fact| &fact.key).collect();
        assert_eq!(keys.len(), facts.len());
        for fact in &facts {
            assert_eq!(company.zone().day_of(fact.occurred), fact.day);
            assert!(fact.day <= company.until() && fact.day > company.until().plus(-SPAN_DAYS));
        }
        let mut begun = BTreeSet::new();
        for fact in &facts {
            let first = begun.insert(&fact.record);
            assert!(!first || matches!(fact.body, FactBody::Profile(_)), "{:?}", fact.key);
        }
        assert_eq!(begun.len(), company.customers());
    }

    #[test]
    fn about_half_buy_once_and_a_fifth_bring_most_of_the_money() {
        let facts: Vec<NewFact> = company(4).facts().collect();
        let spend = spend(&facts);
        let once = spend.values().filter(|(_, orders)| *orders == 1).count() as f64 / spend.len() as f64;
        assert!((0.42..0.60).contains(&once), "{once}");
        let mut net: Vec<i64> = spend.values().map(|(net, _)| *net).collect();
        net.sort_unstable_by(|a, b| b.cmp(a));
        let top: i64 = net[..net.len() / 5].iter().sum();
        let share = top as f64 / net.iter().sum::<i64>() as f64;
        assert!((0.6..0.95).contains(&share), "{share}");
    }

    #[test]
    fn what_is_used_up_is_bought_again_when_it_is() {
        let facts: Vec<NewFact> = company(5).facts().collect();
        let mut bought: BTreeMap<(&str, &str), Vec<(Day, i64)>> = BTreeMap::new();
        for fact in &facts {
            let FactBody::Order(order) = &fact.body else { continue };
            for line in &order.lines {
                if let Some(group) = line.group.as_deref().filter(|_| line.is_goods && line.quantity_milli < 6_000) {
                    bought.entry((&fact.record.id, group)).or_default().push((fact.day, line.quantity_milli));
                }
            }
        }
        let mut per_tin: Vec<f64> = bought
            .iter()
            .filter(|((_, group), days)| *group == "milk powder" && days.len() >= 4)
            .flat_map(|(_, days)| days.windows(2))
            .map(|pair| f64::from(pair[1].0.since(pair[0].0)) * 1_000.0 / pair[0].1 as f64)
            .collect();
        per_tin.sort_unstable_by(f64::total_cmp);
        assert!(per_tin.len() > 100, "{}", per_tin.len());
        let median = per_tin[per_tin.len() / 2];
        assert!((15.0..25.0).contains(&median), "{median}");
    }

    #[test]
    fn some_fall_silent_some_complain_in_vain_and_enormous_orders_are_called_off() {
        let company = company(6);
        let facts: Vec<NewFact> = company.facts().collect();
        let mut open = BTreeSet::new();
        let (mut complaints, mut returns, mut postage) = (0, 0, 0);
        let mut last: BTreeMap<&str, (Day, u32)> = BTreeMap::new();
        for fact in &facts {
            match &fact.body {
                FactBody::Feedback(feedback) => match &feedback.kind {
                    FeedbackKind::Complaint => {
                        complaints += 1;
                        open.insert(fact.key.id.clone());
                    }
                    FeedbackKind::ComplaintResolved { complaint } => assert!(open.remove(complaint), "{complaint}"),
                    FeedbackKind::Return { .. } => returns += 1,
                    _ => {}
                },
                FactBody::Order(order) => {
                    let entry = last.entry(&fact.record.id).or_insert((fact.day, 0));
                    *entry = (fact.day, entry.1 + 1);
                    postage += order.lines.iter().filter(|line| !line.is_goods).count();
                }
                _ => {}
            }
        }
        assert!(complaints > 50 && (3..complaints / 2).contains(&open.len()), "{complaints} {}", open.len());
        assert!(returns > 10 && postage > 100, "{returns} {postage}");
        let silent = |(day, orders): &(Day, u32)| *orders >= 5 && company.until().since(*day) > 90;
        assert!(last.values().filter(|entry| silent(entry)).count() > 20);
        let spend = spend(&facts);
        let largest = facts.iter().filter_map(|fact| match &fact.body {
            FactBody::Order(order) if order.amount.base > 1_000_000 => Some(fact.record.id.as_str()),
            _ => None,
        });
        assert!(largest.filter(|customer| spend[customer] == (0, 1)).count() >= 1);
    }

    #[test]
    fn an_open_shop_brings_something_now_and_then_under_keys_of_its_own() {
        let company = company(7);
        let today = company.until().plus(1);
        let start = company.zone().start_of(today);
        let facts: Vec<NewFact> =
            (0..3_000).flat_map(|second| company.live(today, Moment(start.0 + 30_000 + second))).collect();
        assert!((1_700..2_300).contains(&facts.len()), "{}", facts.len());
        let history: Vec<NewFact> = company.facts().collect();
        let keys: BTreeSet<_> = facts.iter().chain(&history).map(|fact| &fact.key).collect();
        assert_eq!(keys.len(), facts.len() + history.len());
        let known: BTreeSet<_> = history.iter().map(|fact| &fact.record).collect();
        let new = facts.iter().filter(|fact| !known.contains(&fact.record)).count();
        assert!((1..400).contains(&new), "{new}");
        assert!(facts.iter().any(|fact| matches!(fact.body, FactBody::Order(_))));
        assert_eq!(company.live(today, Moment(5)), company.live(today, Moment(5)));
    }

    #[test]
    fn a_company_without_customers_has_no_history_but_may_get_one() {
        let company = Company::new(1, 0, "2026-03-01".parse().unwrap(), Currency::CNY);
        assert_eq!(company.facts().count(), 0);
        let today = company.until().plus(1);
        assert!((0..100).any(|second| !company.live(today, Moment(second)).is_empty()));
    }
}
