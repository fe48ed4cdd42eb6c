use tierhook_sdk::testing::{Batch, Row, batch, row};
use tierhook_sdk::{Anchor, Argument, Classes, Reason, Since};

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
        .param("talk_within", 7)
}

/// A client with balances so many days ago, newest first.
fn client(balances: &[(i32, f64)]) -> Row {
    let measure =
        |(ago, value): &(i32, f64)| row().with("day", today().plus(-ago)).with("name", "assets").with("value", *value);
    row().with("orders_90d", 0).history("measures", balances.iter().map(measure))
}

fn reasons(word: &Classes) -> &[Reason] {
    match word {
        Classes::Class(class) => class.reasons(),
        Classes::Score(score) => panic!("{score:?}"),
    }
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
        Classes::Class(class) => class.class.to_string(),
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
    let said = |record: usize, at: usize| reasons(&answers.of(record)[0])[at].arguments[2..].to_vec();
    let decimals = |from: f64, missing: f64| {
        [("from".into(), Argument::Decimal(from)), ("missing".into(), Argument::Decimal(missing))]
    };
    assert_eq!(said(0, 0), decimals(50_000.0, 90_000.0));
    assert_eq!(said(1, 0), decimals(400_000.0, 4_390_000.0));
}

#[test]
fn an_active_client_keeps_a_tier_by_the_limit_of_active_ones() {
    let kept = client(&[(95, 370_000.0)]).with("orders_90d", 12).with("standing.tier", "diamond");
    let plain = client(&[(95, 9_000.0)]);
    let top = client(&[(95, 7_000_000.0)]);
    let answers = pinned().record(kept).record(plain).record(top).classify(tier);
    let words = |record: usize| &answers.of(record)[0];
    assert_eq!(words(0).codes(), ["MEAN_ASSETS", "ACTIVE", "KEPT"]);
    assert_eq!(reasons(words(0))[2].arguments, [("from".into(), Argument::Decimal(400_000.0))]);
    // The lowest tier starts nowhere, and there is none above the highest.
    assert_eq!(reasons(words(1))[0].arguments[2].1, Argument::Unknown);
    assert_eq!(reasons(words(2))[0].arguments[3].1, Argument::Unknown);
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
    assert_eq!(action.arguments[0].1, Argument::Decimal(40_000.0));
    assert!(answers.of(1).is_empty() && answers.of(2).is_empty());
}

#[test]
fn a_talk_is_due_soon_after_a_client_came_near_and_then_once_in_the_period() {
    let near = |balances: &[(i32, f64)]| client(balances).with("class.tier", "gold");
    let since = |row: Row| match &pinned().record(row).follow_up(talk).of(0)[0].anchor {
        Anchor::Every(180, Since::Day(day)) => today().since(day.plus(180 - 7)),
        Anchor::Every(180, Since::FirstSeen) => -1,
        other => panic!("{other:?}"),
    };
    // Half a million since 50 days, after 400,000: the mean reached 450,000 on the 45th day of these.
    assert_eq!(since(near(&[(49, 500_000.0), (300, 400_000.0)])), 5);
    // Whose mean was too low for three months did not come anew, with half a year it is another approach.
    assert_eq!(since(near(&[(85, 470_000.0), (105, 300_000.0), (400, 470_000.0)])), 400);
    assert_eq!(since(near(&[(100, 470_000.0), (400, 300_000.0), (600, 470_000.0)])), 21);
    // What reaches back beyond what is known begins nowhere.
    assert_eq!(since(near(&[(100, 460_000.0)]).cut("measures")), -1);
    let always: Vec<(i32, f64)> = (0..12).map(|number| (number * 150, 460_000.0)).collect();
    assert_eq!(since(near(&always)), -1);
    // Nobody knows of a client what nobody counted for half a year.
    assert_eq!(since(near(&[(100, 460_000.0), (600, 460_000.0)])), 100);
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
        talk_within: 7,
    }
}
