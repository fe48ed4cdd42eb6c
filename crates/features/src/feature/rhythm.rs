//! The rhythm of purchases: intervals from one purchase day to the next.

use tierhook_model::{Day, MAX_PURCHASE_DAYS};

const MAX_INTERVALS: usize = MAX_PURCHASE_DAYS - 1;
/// From how many intervals on their spread says something.
const MIN_FOR_SPREAD: usize = 3;
/// From how many intervals on a customer has a rhythm of its own.
const MIN_FOR_RHYTHM: usize = 4;

/// Returns the median interval in days; `None` with fewer than 2 purchase days.
pub(super) fn median(purchase_days: &[Day]) -> Option<f64> {
    let mut buffer = [0.0; MAX_INTERVALS];
    middle(intervals(purchase_days, &mut buffer))
}

/// Returns the median absolute deviation from the median interval, in days; `None` with fewer than 3 intervals.
pub(super) fn spread(purchase_days: &[Day]) -> Option<f64> {
    let mut buffer = [0.0; MAX_INTERVALS];
    let intervals = intervals(purchase_days, &mut buffer);
    if intervals.len() < MIN_FOR_SPREAD {
        return None;
    }
    let median = middle(intervals)?;
    for interval in intervals.iter_mut() {
        *interval = (*interval - median).abs();
    }
    middle(intervals)
}

/// Returns the days since the last purchase day as a multiple of the median interval; `None` with fewer than 4
/// intervals.
pub(super) fn ratio(purchase_days: &[Day], day: Day) -> Option<f64> {
    if purchase_days.len() <= MIN_FOR_RHYTHM {
        return None;
    }
    let recency = day.since(*purchase_days.last()?);
    Some(f64::from(recency) / median(purchase_days)?)
}

fn intervals<'a>(purchase_days: &[Day], buffer: &'a mut [f64; MAX_INTERVALS]) -> &'a mut [f64] {
    let mut count = 0;
    for (interval, pair) in buffer.iter_mut().zip(purchase_days.windows(2)) {
        *interval = f64::from(pair[1].since(pair[0]));
        count += 1;
    }
    &mut buffer[..count]
}

/// Returns the median of the numbers, which it sorts; `None` of none.
pub(crate) fn middle(numbers: &mut [f64]) -> Option<f64> {
    numbers.sort_unstable_by(f64::total_cmp);
    let half = numbers.len() / 2;
    match numbers.len() {
        0 => None,
        count if count % 2 == 1 => Some(numbers[half]),
        _ => Some(f64::midpoint(numbers[half - 1], numbers[half])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(days: &[i32]) -> Vec<Day> {
        days.iter().copied().map(Day).collect()
    }

    #[test]
    fn medians_are_of_sorted_intervals() {
        assert_eq!(median(&days(&[7])), None);
        assert_eq!(median(&days(&[0, 30])), Some(30.0));
        assert_eq!(median(&days(&[0, 30, 40])), Some(20.0));
        assert_eq!(median(&days(&[0, 30, 40, 60])), Some(20.0));
    }

    #[test]
    fn the_spread_is_that_of_the_middle() {
        assert_eq!(spread(&days(&[0, 30, 40])), None);
        // Intervals 30, 10, 20: deviations from 20 are 10, 10, 0.
        assert_eq!(spread(&days(&[0, 30, 40, 60])), Some(10.0));
        assert_eq!(spread(&days(&[0, 10, 20, 30])), Some(0.0));
    }

    #[test]
    fn a_rhythm_takes_four_intervals() {
        assert_eq!(ratio(&days(&[0, 10, 20, 30]), Day(60)), None);
        assert_eq!(ratio(&days(&[0, 10, 20, 30, 40]), Day(65)), Some(2.5));
    }
}
