//! What all customers together tell.

use tierhook_model::{Cycle, FactOrder, FactSeq, InteractionKind, Moment, RecordId};

use super::*;
use crate::example::{
    ALL_CONNECTED, cancellation_of, day, fact, facts, feedback, interaction, order_of, order_with, refund_of, resolved,
    satisfaction,
};
use crate::replay;

/// A customer whose newest fact has this number, with one unit of each group lasting so many days.
fn customer(seq: u64, groups: &[(&str, u32)]) -> Aggregates {
    let cycle = |(group, days): &(&str, u32)| Cycle {
        is_named: true,
        group: (*group).to_owned(),
        name: (*group).to_owned(),
        last: Day(100),
        last_quantity_milli: 1_000,
        cycles: 1,
        days: *days,
        quantity_milli: 1_000,
    };
    Aggregates {
        last: Some(FactOrder { day: Day(100), occurred: Moment(0), seq: FactSeq(seq) }),
        cycles: groups.iter().map(cycle).collect(),
        ..Aggregates::default()
    }
}

fn population(customers: &[Aggregates], max_rates: usize) -> Population {
    let mut builder = PopulationBuilder { max_rates, ..PopulationBuilder::new(Day(100)) };
    customers.iter().for_each(|customer| builder.observe(customer));
    builder.finish(ALL_CONNECTED)
}

#[test]
fn a_groups_rate_is_the_median_over_at_least_five_customers() {
    let rates = [("milk", 30), ("milk", 10), ("milk", 20), ("milk", 400), ("milk", 21)];
    let customers: Vec<Aggregates> = (1..).zip(rates).map(|(seq, rate)| customer(seq, &[rate, ("tea", 7)])).collect();
    let all = population(&customers, MAX_RATES);
    assert_eq!(all.customers, 5);
    assert_eq!(all.connected, ALL_CONNECTED);
    assert_eq!(all.days_per_unit("milk"), Some(21.0));
    assert_eq!(all.days_per_unit("tea"), Some(7.0));
    assert_eq!(population(&customers[..4], MAX_RATES).groups, []);
}

#[test]
fn a_group_bought_once_by_a_customer_has_no_rate() {
    let once: Vec<Aggregates> = (1..=9)
        .map(|seq| {
            replay(RecordId(1), &[fact(seq, Day(100), order_with(vec![crate::example::line("milk", 1, 1)]))], None).1
        })
        .collect();
    assert_eq!(population(&once, MAX_RATES).groups, []);
}

#[test]
fn the_books_trend_is_of_net_revenue() {
    let of = |facts: Vec<Fact>| replay(RecordId(1), &facts, None).1;
    let customers = [
        of(facts([("2026-01-02", order_of(1_000)), ("2026-04-01", order_of(900)), ("2026-04-02", refund_of(100))])),
        of(facts([("2026-01-01", order_of(99_999)), ("2026-06-30", order_of(800))])),
        of(facts([("2026-03-31", order_of(1_000)), ("2026-04-01", cancellation_of(500))])),
    ];
    let mut builder = PopulationBuilder::new(day("2026-06-29"));
    customers.iter().for_each(|customer| builder.observe(customer));
    let book = builder.finish(ALL_CONNECTED);
    // 90 days from 2026-04-01, and 90 from 2026-01-01 to 2026-03-31; tomorrow's order is not counted.
    assert_eq!((book.net_90, book.net_previous_90), (300, 101_999));
    assert_eq!(trend(&book), Some(300.0 / 101_999.0));
    assert_eq!(trend(&Population { net_previous_90: 0, ..book }), None);
}

/// Five thousand groups that one customer buys each, and one that every tenth customer buys.
fn big_catalogue() -> Vec<Aggregates> {
    (1..=5_000)
        .map(|seq| {
            let own = format!("only-{seq}");
            let days = u32::try_from(seq % 50 + 1).expect("it is below 51");
            if seq % 10 == 0 { customer(seq, &[(&own, 3), ("milk", days)]) } else { customer(seq, &[(&own, 3)]) }
        })
        .collect()
}

#[test]
fn a_sample_of_customers_stands_for_a_book_with_too_many_rates() {
    let customers = big_catalogue();
    let all = population(&customers, MAX_RATES);
    let sample = population(&customers, 1_000);
    assert_eq!(all.groups.len(), 1);
    assert_eq!(all.groups[0].customers, 500);
    assert_eq!(sample.customers, 5_000);
    // Of 1,000 kept rates about one in eleven is of the group that many buy.
    assert_eq!(sample.groups.len(), 1);
    assert!((50..150).contains(&sample.groups[0].customers), "{:?}", sample.groups);
}

#[test]
fn the_order_of_customers_and_merges_makes_no_difference() {
    let customers = big_catalogue();
    let expected = population(&customers, 1_000);
    for parts in [1, 2, 3, 7, 5_000] {
        let mut whole = PopulationBuilder { max_rates: 1_000, ..PopulationBuilder::new(Day(100)) };
        for part in customers.rchunks(customers.len() / parts) {
            let mut builder = PopulationBuilder { max_rates: 1_000, ..PopulationBuilder::new(Day(100)) };
            part.iter().for_each(|customer| builder.observe(customer));
            assert!(builder.kept <= 1_250);
            assert_eq!(builder.kept, builder.rates.values().map(Vec::len).sum::<usize>());
            whole.merge(builder);
        }
        assert_eq!(whole.finish(ALL_CONNECTED), expected, "{parts} parts");
    }
}

#[test]
fn a_fact_tells_which_kinds_the_book_has() {
    let none = Connected::default();
    let contacts = Connected { contacts: true, ..none };
    for (body, expected) in [
        (order_of(1), Connected { sales: true, ..none }),
        (refund_of(1), Connected { sales: true, ..none }),
        (cancellation_of(1), Connected { sales: true, ..none }),
        (interaction(InteractionKind::Chat), contacts),
        (interaction(InteractionKind::Consultation), Connected { consultations: true, ..contacts }),
        (interaction(InteractionKind::WebView), Connected { web_views: true, ..none }),
        (feedback(FeedbackKind::Complaint), Connected { complaints: true, ..none }),
        (resolved("f1"), Connected { complaints: true, ..none }),
        (feedback(FeedbackKind::Return { product: None }), Connected { returns: true, ..none }),
        (satisfaction(300), none),
    ] {
        let fact = fact(1, Day(0), body);
        assert_eq!(connected(&fact), expected, "{:?}", fact.body);
    }
}

/// Where the sample ends in the middle of a customer, all of that customer's rates are out, whichever came first.
#[test]
fn a_customer_is_in_the_sample_with_all_rates_or_none() {
    let groups = [("a", 1), ("b", 2), ("c", 3), ("d", 4)];
    let customers: Vec<Aggregates> = (1..=40).map(|seq| customer(seq, &groups[..seq as usize % 4 + 1])).collect();
    let forwards: Vec<&Aggregates> = customers.iter().collect();
    let backwards: Vec<&Aggregates> = customers.iter().rev().collect();
    let sample = |customers: &[&Aggregates], max_rates| {
        let mut builder = PopulationBuilder { max_rates, ..PopulationBuilder::new(Day(100)) };
        customers.iter().for_each(|customer| builder.observe(customer));
        builder.thin_out(max_rates);
        let mut ranks: Vec<u64> = builder.rates.values().flatten().map(|rate| rate.rank).collect();
        ranks.sort_unstable();
        ranks
    };
    let all = sample(&forwards, usize::MAX / 2);
    for max_rates in 1..all.len() {
        let expected: Vec<u64> = all.iter().copied().filter(|rank| *rank < all[max_rates]).collect();
        assert_eq!(sample(&forwards, max_rates), expected);
        assert_eq!(sample(&backwards, max_rates), expected);
    }
}
