use tierhook_sdk::Argument;
use tierhook_sdk::testing::{Answers, Row, batch, row};

use super::*;

fn today() -> Day {
    Day::from_ymd(2026, 3, 1).unwrap()
}

/// A customer with orders so many days ago, newest first, of these amounts.
fn customer(ago: &[i32], amount: impl Fn(usize) -> f64) -> Row {
    let orders = ago.iter().enumerate();
    let net: f64 = orders.clone().filter(|(_, days)| **days < 365).map(|(at, _)| amount(at)).sum();
    let orders = orders.map(|(at, days)| row().with("day", today().plus(-days)).with("amount", amount(at)));
    row().with("net_revenue_365d", net).with("purchase_interval_median", 7.4).history("orders", orders)
}

fn every(gap: i32, times: i32, silent: i32) -> Vec<i32> {
    (0..times).map(|at| silent + at * gap).collect()
}

fn warned(rows: impl IntoIterator<Item = Row>) -> Answers<Warning> {
    let mut asked = batch(today())
        .param("warn_from", 0.6)
        .param("high_from", 0.8)
        .param("worth_from", 2000.0)
        .param("least_intervals", 4)
        .param("floor_days", 14)
        .param("lost_days", 365)
        .param("dropout", 0.015);
    for row in rows {
        asked = asked.record(row);
    }
    asked.churn_warning(warning)
}

#[test]
fn who_comes_every_week_is_missed_after_two_months_and_who_comes_at_random_is_not() {
    let regular = customer(&every(7, 12, 60), |_| 200.0);
    let random = customer(&[60, 63, 90, 92, 129, 134, 179, 180, 239, 244, 299, 339], |_| 200.0);
    let answers = warned([regular, random]);
    let warning = &answers.of(0)[0];
    assert_eq!(
        (warning.severity, &warning.anchor),
        (Severity::High, &tierhook_sdk::Anchor::Episode(today().plus(-60)))
    );
    assert_eq!(warning.codes(), ["SILENT", "WORTH"]);
    let said = |at: usize| warning.reasons()[at].arguments.clone();
    let said_of_silence = [("days", 60), ("usual", 7), ("risk", 86), ("ahead", 90)];
    assert_eq!(said(0), said_of_silence.map(|(name, number)| (name.into(), Argument::Integer(number))));
    assert_eq!(said(1), [("worth".into(), Argument::Decimal(2400.0))]);
    assert_eq!(answers.traces(0), ["silent-beyond-rhythm"]);
    assert!(answers.of(1).is_empty());
}

#[test]
fn who_brought_little_gets_a_note_however_dear_an_order_was() {
    let orders = |at: usize| if at == 11 { 9e6 } else { 10.0 };
    let answers = warned([customer(&every(35, 12, 200), orders), customer(&every(7, 12, 60), |_| 10.0)]);
    assert!((0..2).all(|record| answers.of(record)[0].reasons().last().unwrap().code == "WRITE"));
}

#[test]
fn who_comes_once_a_year_is_not_missed_after_four_months() {
    let habits = Rhythm::of(every(350, 6, 120).into_iter().map(|days| today().plus(-days))).unwrap().habits();
    assert!(habits.stays_silent(120.0, 0.015) > 0.7);
    assert!(warned([customer(&every(350, 6, 120), |_| 100.0)]).of(0).is_empty());
}

#[test]
fn nobody_is_warned_of_without_a_rhythm_too_soon_or_too_late() {
    let few = customer(&every(7, 4, 90), |_| 100.0);
    let soon = customer(&every(3, 12, 13), |_| 100.0);
    let lost = customer(&every(7, 12, 366), |_| 100.0);
    let answers = warned([few, soon, lost, row()]);
    for record in 0..4 {
        assert!(answers.of(record).is_empty(), "{record}");
    }
}

#[test]
fn a_rhythm_that_stretched_and_orders_that_shrank_are_told() {
    let fading = [120, 145, 168, 190, 200, 210, 220, 230, 240, 250];
    let answers = warned([customer(&fading, |at| if at < 3 { 20.0 } else { 120.0 }).with("open_complaints", 2)]);
    let warning = &answers.of(0)[0];
    assert_eq!(warning.codes(), ["SILENT", "STRETCHED", "SHRUNK", "COMPLAINT"]);
    assert_eq!(warning.reasons().last().unwrap().code, "SETTLE_FIRST");
}

#[test]
fn several_orders_on_a_day_are_one() {
    let twice: Vec<i32> = every(7, 12, 21).into_iter().flat_map(|days| [days, days]).collect();
    let days = |ago: &[i32]| ago.iter().map(|days| today().plus(-days)).collect::<Vec<Day>>();
    let once = Rhythm::of(days(&every(7, 12, 21)).into_iter());
    assert_eq!(Rhythm::of(days(&twice).into_iter()), once);
    assert_eq!(once.unwrap().gaps, vec![7.0; 11]);
}

#[test]
fn half_of_all_times_are_longer_than_the_median() {
    assert!((survival(20.0, 20.0_f64.ln(), 0.5) - 0.5).abs() < 1e-7);
    // The known quantile of the normal distribution.
    let late = (1.959_964 * 0.5 + 20.0_f64.ln()).exp();
    assert!((survival(late, 20.0_f64.ln(), 0.5) - 0.025).abs() < 1e-6);
}

#[test]
fn the_longer_the_silence_the_smaller_the_hope_of_who_comes_often() {
    let habits = Rhythm::of([10, 18, 29, 35, 44, 60].into_iter().map(|days| today().plus(-days))).unwrap().habits();
    let chances: Vec<f64> = (1..365).map(|days| habits.stays_silent(f64::from(days), 0.015)).collect();
    assert!(chances.windows(2).all(|pair| pair[0] <= pair[1]));
    // Some of those who left come back, and so nobody is ever quite gone.
    assert!(chances[0] < 0.1 && (0.85..=0.9).contains(&chances[363]), "{} {}", chances[0], chances[363]);
}
