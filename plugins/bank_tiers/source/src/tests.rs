use tierhook_sdk::testing::{Batch, Row, batch, row};

use super::*;

fn today() -> Day {
    Day::from_ymd(2026, 3, 1).unwrap()
}

fn pinned() -> Batch {
    batch(today())
        .param("measure", "assets")
        .param("window_days", 90)
        .param("stale_days", 180)
        .param("private_from", 6_000_000.0)
        .param("diamond_from", 500_000.0)
        .param("gold_from", 50_000.0)
        .param("active_from", 12)
        .param("active_discount", 0.2)
        .param("keep_margin", 0.1)
        .param("near_from", 0.9)
        .param("talk_days", 180)
}

/// A client with balances so many days ago, newest first.
fn client(balances: &[(i32, f64)]) -> Row {
    let measure =
        |(ago, value): &(i32, f64)| row().with("day", today().plus(-ago)).with("name", "assets").with("value", *value);
    row().with("orders_90d", 0).history("measures", balances.iter().map(measure))
}

#[test]
fn a_balance_counts_for_as_long_as_it_stood() {
    // Nine days at a million on the last of ninety do not make a diamond client.
    let answers = pinned()
        .record(client(&[(8, 1_000_000.0), (400, 10_000.0)]))
        .record(client(&[(80, 600_000.0), (81, 0.0), (300, 590_000.0)]))
        .record(client(&[(9, 700_000.0)]))
        .classify(tier);
    let class = |record: usize| match &answers.of(record)[0] {
        tierhook_sdk::Classes::Class(class) => class.class.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!([class(0), class(1), class(2)], ["gold", "diamond", "diamond"]);
    let p = settings();
    let measures = [(8, 1_000_000.0), (400, 10_000.0)];
    let measures = measures.map(|(ago, value)| Measure { day: today().plus(-ago), name: "assets", value });
    let expected = (9.0 * 1_000_000.0 + 81.0 * 10_000.0) / 90.0;
    assert_eq!(mean(&measures, today(), &p), Some(Mean { assets: expected, days: 90 }));
}

#[test]
fn who_transacts_often_needs_less_and_a_dip_takes_no_tier() {
    let answers = pinned()
        .record(client(&[(95, 410_000.0)]))
        .record(client(&[(95, 410_000.0)]).with("orders_90d", 12))
        .record(client(&[(95, 460_000.0)]).with("standing.tier", "private"))
        .record(client(&[(95, 460_000.0)]).with("standing.tier", "gold"))
        .classify(tier);
    let codes = |record: usize| answers.of(record)[0].codes();
    assert_eq!(codes(0), ["MEAN_ASSETS"]);
    assert_eq!(codes(1), ["MEAN_ASSETS", "ACTIVE"]);
    assert_eq!(codes(2), ["MEAN_ASSETS", "KEPT"]);
    assert_eq!(codes(3), ["MEAN_ASSETS"]);
    assert_eq!((answers.traces(1), answers.traces(2)), (vec!["active"], vec!["kept"]));
}

#[test]
fn nobody_is_judged_by_a_stale_balance_or_another_measure() {
    let other = row().with("day", today()).with("name", "seats").with("value", 9e9);
    let answers = pinned().record(client(&[(181, 9e9)])).record(row().history("measures", [other])).classify(tier);
    assert!(answers.of(0).is_empty() && answers.of(1).is_empty());
}

#[test]
fn there_is_a_talk_just_below_the_next_tier() {
    let near = client(&[(95, 460_000.0)]).with("class.tier", "gold");
    let far = client(&[(95, 440_000.0)]).with("class.tier", "gold");
    let there = client(&[(95, 460_000.0)]).with("class.tier", "diamond");
    let answers = pinned().record(near).record(far).record(there).follow_up(talk);
    let action = answers.of(0)[0].reasons().last().unwrap();
    assert_eq!(action.arguments[0].1, tierhook_sdk::Argument::Decimal(40_000.0));
    assert!(answers.of(1).is_empty() && answers.of(2).is_empty());
}

fn settings() -> Settings {
    Settings {
        measure: "assets".to_owned(),
        window_days: 90,
        stale_days: 180,
        private_from: 6_000_000.0,
        diamond_from: 500_000.0,
        gold_from: 50_000.0,
        active_from: 12,
        active_discount: 0.2,
        keep_margin: 0.1,
        near_from: 0.9,
        talk_days: 180,
    }
}
