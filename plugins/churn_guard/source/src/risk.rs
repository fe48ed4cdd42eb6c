//! How likely it is that a customer who is silent stays silent.
//!
//! Two things are known of buyers: after any purchase a share of them leaves, and the others wait for a time that varies
//! round their own rhythm. The first is the model of P. Fader, B. Hardie and K. Lee, "'Counting Your Customers' the Easy Way: An
//! Alternative to the Pareto/NBD Model", Marketing Science 24 (2005). For the second, times between purchases are taken to be log-normal
//! (R. Lawrence, "The Lognormal Distribution of Buying Frequency Rates", Journal of Marketing Research 17, 1980), of the customer's own mean
//! and spread, since regular buyers are missed sooner than others with as many purchases (M. Platzer, T. Reutterer, "Ticking Away
//! the Moments: Timing Regularity Helps to Better Predict Customer Activity", Marketing Science 35, 2016).
//!
//! What is stated is the chance of no order in the next [`AHEAD`] days, which a book can check, unlike "never again". The constants and
//! the parameter `dropout` come from a fit on two books; the guide for plugins shows how the chances did.

use tierhook_sdk::Day;

/// The days ahead that the chance is stated for.
pub const AHEAD: i64 = 90;
/// The spread of the logarithms of intervals that is taken for granted before any is known, and how many intervals that weighs.
const PRIOR: (f64, f64) = (1.0, 5.0);
/// The share of those who left that order again within [`AHEAD`] days all the same: nobody is ever quite gone.
const COMEBACK: f64 = 0.1;
/// After how many intervals one counts half: a rhythm changes with the customer's life.
const HALF_LIFE: f64 = 8.0;

/// The days from one day with an order to the next.
#[derive(Clone, Debug, PartialEq)]
pub struct Rhythm {
    /// The intervals in days, newest first.
    pub gaps: Vec<f64>,
    /// The last day with an order.
    pub last: Day,
}

/// Mean and spread of the logarithms of a customer's intervals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Habits {
    /// The mean.
    pub mean: f64,
    /// The standard deviation.
    pub spread: f64,
}

impl Rhythm {
    /// Takes the rhythm of days with orders, newest first. Several orders on a day are one. `None` without an order.
    pub fn of(days: impl Iterator<Item = Day>) -> Option<Self> {
        let mut days: Vec<Day> = days.collect();
        days.dedup();
        let gaps = days.windows(2).map(|pair| f64::from(pair[0].since(pair[1]).max(1)));
        Some(Self { gaps: gaps.collect(), last: *days.first()? })
    }

    /// Mean and spread of the logarithms. The newest intervals weigh most, and a customer with few of them is not taken to be as
    /// regular as they look; nor is the mean of few taken to be the true one, which widens the spread by the square root of 1 + 1/n.
    pub fn habits(&self) -> Habits {
        let weighted = || self.gaps.iter().enumerate().map(|(at, gap)| (0.5_f64.powf(at as f64 / HALF_LIFE), gap.ln()));
        let weights: f64 = weighted().map(|(weight, _)| weight).sum();
        let mean = weighted().map(|(weight, log)| weight * log).sum::<f64>() / weights.max(f64::MIN_POSITIVE);
        let squares: f64 = weighted().map(|(weight, log)| weight * (log - mean) * (log - mean)).sum();
        let (spread, weight) = PRIOR;
        let variance = (weight * spread * spread + squares) / (weight + weights);
        Habits { mean, spread: (variance * (1.0 + 1.0 / weights.max(f64::MIN_POSITIVE))).sqrt() }
    }

    /// The mean interval before and lately, if the last three were half as long again as those before.
    pub fn stretched(&self) -> Option<(f64, f64)> {
        let (lately, before) = self.gaps.split_at_checked(3)?;
        let mean = |gaps: &[f64]| gaps.iter().sum::<f64>() / gaps.len() as f64;
        (before.len() >= 3 && mean(lately) >= 1.5 * mean(before)).then(|| (mean(before), mean(lately)))
    }
}

impl Habits {
    /// The share of the customer's waits that last longer than so many days.
    pub fn longer(&self, days: f64) -> f64 {
        survival(days, self.mean, self.spread)
    }

    /// The chance that a customer who has been silent for so many days does not order in the next [`AHEAD`] either, by Bayes' rule:
    /// `dropout` is the share that leaves after any purchase.
    pub fn stays_silent(&self, silent: f64, dropout: f64) -> f64 {
        let waits = |days: f64| (1.0 - dropout) * self.longer(days);
        (dropout * (1.0 - COMEBACK) + waits(silent + AHEAD as f64)) / (dropout + waits(silent))
    }
}

/// The share of log-normal times that last longer than `time`.
pub fn survival(time: f64, mean: f64, spread: f64) -> f64 {
    if time <= 0.0 { 1.0 } else { 0.5 * complementary_error((time.ln() - mean) / (spread * std::f64::consts::SQRT_2)) }
}

/// The complementary error function to within 1.5e-7: M. Abramowitz, I. Stegun, "Handbook of Mathematical Functions" (1964), 7.1.26.
fn complementary_error(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x.abs());
    let series = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592];
    let tail = series.iter().fold(0.0, |sum, factor| (sum + factor) * t) * (-x * x).exp();
    if x >= 0.0 { tail } else { 2.0 - tail }
}
