use tierhook_sdk::testing::{Answers, Row, batch, row};

use super::*;

fn today() -> Day {
    Day::from_ymd(2026, 3, 1).unwrap()
}

/// A customer with orders so many days ago, newest first, of these amounts.
fn customer(ago: &[i32], amount: impl Fn(usize) -> f64) -> Row {
    let orders = ago.iter().enumerate();
    row().history("orders", orders.map(|(at, days)| row().with("day", today().plus(-days)).with("amount", amount(at))))
}

fn every(gap: i32, times: i32, silent: i32) -> Vec<i32> {
    (0..times).map(|at| silent + at * gap).collect()
}

fn warned(rows: impl IntoIterator<Item = Row>) -> Answers<Warning> {
    let mut asked = batch(today())
        .param("warn_from", 0.9)
        .param("high_from", 0.97)
        .param("worth_from", 2000.0)
        .param("least_intervals", 4)
        .param("floor_days", 14)
        .param("lost_days", 365)
        .param("dropout", 0.1);
    for row in rows {
        asked = asked.record(row);
    }
    asked.churn_warning(warning)
}

#[test]
fn who_comes_every_week_is_missed_after_three_and_who_comes_at_random_is_not() {
    let regular = customer(&every(7, 12, 21), |_| 100.0);
    let random = customer(&[31, 34, 61, 63, 100, 105, 150, 151, 210, 215, 270, 310], |_| 100.0);
    let answers = warned([regular, random]);
    let warning = &answers.of(0)[0];
    assert_eq!(
        (warning.severity, &warning.anchor),
        (Severity::High, &tierhook_sdk::Anchor::Episode(today().plus(-21)))
    );
    assert_eq!(warning.codes(), ["SILENT", "WORTH"]);
    assert_eq!(answers.traces(0), ["silent-beyond-rhythm"]);
    assert!(answers.of(1).is_empty());
}

#[test]
fn nobody_is_warned_of_without_a_rhythm_too_soon_or_too_late() {
    let few = customer(&every(7, 4, 60), |_| 100.0);
    let soon = customer(&every(3, 12, 13), |_| 100.0);
    let lost = customer(&every(7, 12, 366), |_| 100.0);
    let answers = warned([few, soon, lost, row()]);
    for record in 0..4 {
        assert!(answers.of(record).is_empty(), "{record}");
    }
}

#[test]
fn a_rhythm_that_stretched_and_orders_that_shrank_are_told() {
    let fading = [60, 85, 108, 130, 140, 150, 160, 170, 180, 190];
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
fn the_longer_the_silence_the_smaller_the_hope() {
    let habits = Rhythm::of([10, 18, 29, 35, 44, 60].into_iter().map(|days| today().plus(-days))).unwrap().habits();
    let hopes: Vec<f64> = (1..200).map(|days| habits.alive(f64::from(days), 0.1)).collect();
    assert!(hopes.windows(2).all(|pair| pair[0] >= pair[1]));
    assert!(hopes[0] > 0.89 && hopes[198] < 0.01);
}
