//! When customers run out of what they buy again and again.

use super::*;

/// A tin lasts three weeks, and two tins last six.
#[test]
fn milk_powder_runs_out_by_how_much_was_bought() {
    let bought = facts([
        ("2026-01-01", order_with(vec![milk(1)])),
        ("2026-01-22", order_with(vec![milk(1)])),
        ("2026-02-12", order_with(vec![milk(2), postage()])),
    ]);
    let next = |key, on| value(key, &bought, on);
    assert_eq!(next(FeatureKey::NextPurchaseDays, "2026-02-12"), whole(42));
    assert_eq!(next(FeatureKey::NextPurchaseDay, "2026-02-12"), on("2026-03-26"));
    assert_eq!(next(FeatureKey::NextPurchaseDays, "2026-03-26"), whole(0));
    // Overdue by a cycle, and by more than that.
    assert_eq!(next(FeatureKey::NextPurchaseDays, "2026-05-07"), whole(-42));
    assert_eq!(next(FeatureKey::NextPurchaseDays, "2026-05-08"), None);
    // One complete cycle of its own is not enough.
    assert_eq!(next(FeatureKey::NextPurchaseDays, "2026-02-11"), None);
}

#[test]
fn a_new_buyer_runs_out_when_others_would() {
    let rate = GroupRate { group: "milk-powder".into(), days_per_unit: 20.4, customers: 5 };
    let others = Population { groups: vec![rate], ..book(ALL_CONNECTED) };
    let facts = facts([("2026-01-01", order_with(vec![milk(2), toy(), postage()]))]);
    let next = |key| observe(key, &facts, "2026-01-01", &others);
    assert_eq!(next(FeatureKey::NextPurchaseCycleDays), whole(41));
    assert_eq!(next(FeatureKey::NextPurchaseProduct), text("Milk powder 3"));
}

#[test]
fn a_customers_own_rate_stands_above_that_of_others() {
    let rate = GroupRate { group: "milk-powder".into(), days_per_unit: 7.0, customers: 5 };
    let others = Population { groups: vec![rate], ..book(ALL_CONNECTED) };
    let facts =
        facts([1, 22, 43].map(|at| (["2026-01-01", "2026-01-22", "2026-02-12"][at / 21], order_with(vec![milk(1)]))));
    let lasts = |on| observe(FeatureKey::NextPurchaseCycleDays, &facts, on, &others);
    assert_eq!(lasts("2026-01-22"), whole(7));
    assert_eq!(lasts("2026-02-12"), whole(21));
}

#[test]
fn the_group_that_runs_out_first_is_next() {
    let tea = || Line { name: Some("Tea".into()), ..line("TEA", 1, 100) };
    let facts = facts([
        ("2026-01-01", order_with(vec![milk(1), tea()])),
        ("2026-01-11", order_with(vec![tea()])),
        ("2026-01-21", order_with(vec![tea()])),
        ("2026-01-22", order_with(vec![milk(1)])),
        ("2026-02-12", order_with(vec![milk(1)])),
    ]);
    // The tea has been out since 2026-01-31, and was given up on 2026-02-10.
    assert_eq!(value(FeatureKey::NextPurchaseGroup, &facts, "2026-01-25"), text("TEA"));
    assert_eq!(value(FeatureKey::NextPurchaseProduct, &facts, "2026-01-25"), text("Tea"));
    assert_eq!(value(FeatureKey::NextPurchaseGroup, &facts, "2026-02-12"), text("milk-powder"));
}
