//! How likely it is that a customer who is silent has left.
//!
//! Two things are known of buyers: after any purchase a share of them never buys again, and the others wait for a time that varies
//! round their own rhythm. The first is the model of P. Fader, B. Hardie and K. Lee, "'Counting Your Customers' the Easy Way: An
//! Alternative to the Pareto/NBD Model", Marketing Science 24 (2005). For the second, times between purchases are taken to be log-normal
//! (R. Lawrence, "The Lognormal Distribution of Buying Frequency Rates", Journal of Marketing Research 17, 1980), of the customer's own mean
//! and spread, since regular buyers are missed sooner than others with as many purchases (M. Platzer, T. Reutterer, "Ticking Away
//! the Moments: Timing Regularity Helps to Better Predict Customer Activity", Marketing Science 35, 2016).

use tierhook_sdk::Day;

/// The spread of the logarithms of intervals that is taken for granted before any is known, and how many intervals that weighs.
const PRIOR: (f64, f64) = (0.6, 3.0);
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
    /// regular as they look.
    pub fn habits(&self) -> Habits {
        let weighted = || self.gaps.iter().enumerate().map(|(at, gap)| (0.5_f64.powf(at as f64 / HALF_LIFE), gap.ln()));
        let weights: f64 = weighted().map(|(weight, _)| weight).sum();
        let mean = weighted().map(|(weight, log)| weight * log).sum::<f64>() / weights.max(f64::MIN_POSITIVE);
        let squares: f64 = weighted().map(|(weight, log)| weight * (log - mean) * (log - mean)).sum();
        let (spread, weight) = PRIOR;
        Habits { mean, spread: ((weight * spread * spread + squares) / (weight + weights)).sqrt() }
    }

    /// The mean interval before and lately, if the last three were half as long again as those before.
    pub fn stretched(&self) -> Option<(f64, f64)> {
        let (lately, before) = self.gaps.split_at_checked(3)?;
        let mean = |gaps: &[f64]| gaps.iter().sum::<f64>() / gaps.len() as f64;
        (before.len() >= 3 && mean(lately) >= 1.5 * mean(before)).then(|| (mean(before), mean(lately)))
    }
}

impl Habits {
    /// The interval that half of all are shorter than, in days.
    pub fn usual(&self) -> f64 {
        self.mean.exp()
    }

    /// The chance that a customer who has been silent for so many days will buy again, by Bayes' rule: `dropout` is the share that buys no
    /// more after any purchase.
    pub fn alive(&self, silent: f64, dropout: f64) -> f64 {
        let waits = (1.0 - dropout) * survival(silent, self.mean, self.spread);
        waits / (dropout + waits)
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
