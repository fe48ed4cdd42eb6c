//! Mean balances.

use tierhook_sdk::Day;

use crate::{Measure, Settings};

/// A mean balance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    /// The mean, in the base currency.
    pub assets: f64,
    /// Over how many days it was taken: fewer than the window where the first balance came later.
    pub days: i64,
}

/// Takes the mean of a customer's balances over the window that ends today, each weighed by the days for which it stood. Measures come
/// newest first. `None` without a balance that is not stale.
pub fn mean(measures: &[Measure<'_>], today: Day, p: &Settings) -> Option<Mean> {
    let balances = || measures.iter().filter(|measure| measure.name == p.measure && measure.day <= today);
    let newest = balances().next()?;
    if i64::from(today.since(newest.day)) > p.stale_days {
        return None;
    }
    let begin = today.plus(1 - p.window_days as i32);
    // A balance stands until the day before the next one, the newest until today.
    let (mut sum, mut days, mut end) = (0.0, 0_i64, today);
    for balance in balances() {
        let held = i64::from(end.since(balance.day.max(begin))) + 1;
        if held > 0 {
            sum += balance.value * held as f64;
            days += held;
            end = balance.day.plus(-1);
        }
        if balance.day <= begin {
            break;
        }
    }
    Some(Mean { assets: sum / days as f64, days })
}
