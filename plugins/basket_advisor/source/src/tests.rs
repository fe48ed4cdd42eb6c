use tierhook_sdk::Anchor;
use tierhook_sdk::testing::{Batch, Row, batch, row};

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
        let line = row().with("order", format!("o{ago}")).with("day", today().plus(-ago)).with("product", "p1");
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
    assert_eq!(wish.codes(), ["TOGETHER"]);
    let pair = table::PAIRS.iter().find(|pair| (pair.bought, pair.offer) == ("wipes", "玩具 toys")).unwrap();
    let said = &wish.reasons()[0].arguments;
    assert_eq!(said[2], ("share".into(), percent(pair.confidence)));
    assert_eq!(said[3], ("base".into(), percent(pair.confidence / pair.lift)));
    assert_eq!((percent(0.408), percent(0.004)), (Argument::Integer(41), Argument::Decimal(0.4)));
    assert_eq!(answers.traces(0), ["wipes -> 玩具 toys"]);
}

#[test]
fn what_the_customer_has_is_not_offered_and_old_evidence_counts_for_nothing() {
    // As a host tells it: what is not used up has itself as its group.
    let toy = row().with("order", "o6").with("day", today().plus(-6)).with("product", "t1").with("group", "t1");
    let toy = toy.with("category", "玩具 toys").with("goods", true);
    let wipes = row().with("order", "o5").with("day", today().plus(-5)).with("product", "w1").with("group", "wipes");
    let both = row().with("kind", "person").history("lines", [wipes.with("goods", true), toy]);
    let old = buyer(&[(3, "postage"), (180, "wipes")]);
    let answers = pinned().record(both).record(old).follow_up(offer);
    assert!(answers.of(0).iter().all(|wish| offered(wish) != Argument::from("玩具 toys")));
    assert!(answers.of(1).is_empty());
}

#[test]
fn a_line_counts_as_its_group_else_its_category_else_its_product_and_only_that_goes_by_its_name() {
    let line = |group, category| Line {
        order: "o1",
        day: today(),
        product: "85123A",
        name: Some("HANGING HEART"),
        group,
        category,
        goods: true,
    };
    let itself = Some("85123A");
    let items = [line(Some("wipes"), Some("baby")), line(itself, Some("decoration")), line(itself, None)];
    assert_eq!(items.map(|line| line.item()), ["wipes", "decoration", "85123A"]);
    assert_eq!(items.map(|line| line.called()), ["wipes", "decoration", "HANGING HEART"]);
    let names = [("21", "CLOCK"), ("85123A", "HANGING HEART")];
    assert_eq!(["21", "85123A", "9"].map(|item| called(&names, item)), ["CLOCK", "HANGING HEART", "9"]);
}

#[test]
fn there_is_no_offer_long_after_the_order_nor_while_a_complaint_is_open() {
    let stale = buyer(&[(15, "wipes")]);
    let upset = buyer(&[(5, "wipes")]).with("open_complaints", 1);
    let answers = pinned().record(stale).record(upset).record(row()).follow_up(offer);
    assert!((0..3).all(|record| answers.of(record).is_empty()));
}

#[test]
fn of_all_that_fits_the_pair_with_the_highest_lift_is_offered() {
    static TABLE: [Pair; 4] = {
        const fn pair(bought: &'static str, offer: &'static str, confidence: f64, lift: f64) -> Pair {
            Pair { segment: "person", bought, offer, confidence, lift }
        }
        [
            pair("a", "often", 0.9, 1.4),
            pair("a", "rare", 0.2, 9.0),
            pair("b", "apt", 0.5, 3.0),
            pair("b", "c", 0.5, 4.0),
        ]
    };
    let line = |product| Line {
        order: "o1",
        day: today(),
        product,
        name: None,
        group: Some(product),
        category: None,
        goods: true,
    };
    let advised = |bought: &[&'static str]| {
        let lines: Vec<Line<'_>> = bought.iter().map(|product| line(product)).collect();
        advise(&TABLE, "person", &lines, today(), &settings()).map(|advice| advice.pair.offer)
    };
    assert_eq!(
        [&["a"][..], &["a", "b"], &["a", "b", "c"], &["d"]].map(advised),
        [Some("often"), Some("c"), Some("apt"), None]
    );
    assert_eq!(advise(&TABLE, "organisation", &[line("a")], today(), &settings()), None);
}

fn settings() -> Settings {
    Settings {
        fresh_days: 14,
        evidence_days: 180,
        again_days: 180,
        offer_from: 0.35,
        least_lift: 1.3,
        percent: 10,
        offer_days: 21,
    }
}

#[test]
fn the_table_is_sorted_and_says_what_can_be_true() {
    assert!(table::PAIRS.len() > 50);
    assert!(table::PAIRS.is_sorted_by(|a, b| (a.segment, a.bought) <= (b.segment, b.bought)));
    assert!(table::NAMES.is_sorted_by(|a, b| a.0 < b.0));
    for pair in table::PAIRS {
        assert!(pair.bought != pair.offer && (0.0..=1.0).contains(&pair.confidence) && pair.lift >= 1.25, "{pair:?}");
    }
}
