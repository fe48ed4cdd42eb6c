use tierhook_sdk::testing::{Batch, Row, batch, row};
use tierhook_sdk::{Anchor, Argument};

use super::*;

fn today() -> Day {
    Day::from_ymd(2026, 3, 1).unwrap()
}

fn pinned() -> Batch {
    batch(today())
        .param("fresh_days", 14)
        .param("evidence_days", 180)
        .param("again_days", 180)
        .param("offer_from", 0.35)
        .param("least_lift", 1.3)
        .param("percent", 10)
        .param("offer_days", 21)
}

/// A person who bought things of these groups so many days ago, newest first.
fn buyer(bought: &[(i32, &str)]) -> Row {
    let line = |(ago, group): &(i32, &str)| {
        let line = row().with("order", format!("o{ago}")).with("day", today().plus(-ago));
        line.with("group", *group).with("goods", *group != "postage")
    };
    row().with("kind", "person").history("lines", bought.iter().map(line))
}

fn offered(wish: &Plan) -> Argument {
    let offer = wish.reasons().iter().find(|reason| reason.code == "DISCOUNT").unwrap();
    offer.arguments.iter().find(|(name, _)| name == "offer").unwrap().1.clone()
}

#[test]
fn after_an_order_what_goes_with_it_is_offered_once() {
    let answers = pinned().record(buyer(&[(5, "postage"), (5, "wipes")])).follow_up(offer);
    let wish = &answers.of(0)[0];
    assert_eq!(wish.anchor, Anchor::Fact("o5".into()));
    assert_eq!((wish.due, wish.offer_ends), (Some(today().plus(-3)), Some(today().plus(16))));
    assert_eq!(offered(wish), Argument::from("玩具 toys"));
    assert_eq!(answers.traces(0), ["wipes -> 玩具 toys"]);
}

#[test]
fn what_the_customer_has_is_not_offered_and_old_evidence_counts_for_nothing() {
    let has = row().with("order", "o6").with("day", today().plus(-6)).with("category", "玩具 toys").with("goods", true);
    let wipes = row().with("order", "o5").with("day", today().plus(-5)).with("group", "wipes").with("goods", true);
    let both = row().with("kind", "person").history("lines", [wipes, has]);
    let old = buyer(&[(3, "postage"), (170, "wipes")]);
    let answers = pinned().record(both).record(old).follow_up(offer);
    assert_ne!(offered(&answers.of(0)[0]), Argument::from("玩具 toys"));
    assert!(answers.of(1).is_empty());
}

#[test]
fn there_is_no_offer_long_after_the_order_nor_while_a_complaint_is_open() {
    let stale = buyer(&[(15, "wipes")]);
    let upset = buyer(&[(5, "wipes")]).with("open_complaints", 1);
    let answers = pinned().record(stale).record(upset).record(row()).follow_up(offer);
    assert!((0..3).all(|record| answers.of(record).is_empty()));
}

#[test]
fn two_things_that_point_to_the_same_are_more_than_one() {
    let p = || pinned().record(buyer(&[(5, "wipes"), (5, "nappies")])).record(buyer(&[(5, "wipes")]));
    let answers = p().follow_up(offer);
    let chance = |record: usize| {
        let reasons = answers.of(record)[0].reasons();
        reasons.iter().find(|reason| reason.code == "INTEREST").unwrap().arguments[0].1.clone()
    };
    let (Argument::Integer(two), Argument::Integer(one)) = (chance(0), chance(1)) else { panic!("no chance") };
    assert!(two > one, "{two} {one}");
}

#[test]
fn the_table_is_sorted_and_says_what_can_be_true() {
    assert!(table::PAIRS.len() > 50);
    assert!(table::PAIRS.is_sorted_by(|a, b| (a.segment, a.bought) <= (b.segment, b.bought)));
    for pair in table::PAIRS {
        assert!(pair.bought != pair.offer && (0.0..=1.0).contains(&pair.confidence) && pair.lift >= 1.25, "{pair:?}");
    }
}
