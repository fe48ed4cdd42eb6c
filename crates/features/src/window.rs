//! Windows of civil days over the day buckets.

use tierhook_model::{Day, DayBucket};

/// Returns the buckets of the `days` civil days that end with `last`, which is one of them.
pub(crate) fn window(buckets: &[DayBucket], last: Day, days: i32) -> &[DayBucket] {
    let first = last.plus(1 - days);
    let from = buckets.partition_point(|bucket| bucket.day < first);
    let to = match buckets.last() {
        Some(newest) if newest.day > last => buckets.partition_point(|bucket| bucket.day <= last),
        _ => buckets.len(),
    };
    &buckets[from..to.max(from)]
}

/// Returns what the orders of these days brought after refunds and cancellations, in minor units.
pub(crate) fn net(buckets: &[DayBucket]) -> i64 {
    buckets.iter().fold(0, |sum: i64, bucket| sum.saturating_add(bucket.gross).saturating_sub(bucket.returned_money))
}

/// Returns the net revenue of the 90 days up to `day`, and that of the 90 days before those.
pub(crate) fn quarters(buckets: &[DayBucket], day: Day) -> (i64, i64) {
    (net(window(buckets, day, 90)), net(window(buckets, day.plus(-90), 90)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_includes_today_and_nothing_later() {
        let buckets: Vec<DayBucket> =
            [70, 71, 100, 101].map(|day| DayBucket { day: Day(day), ..DayBucket::default() }).into();
        let days = |last, days| window(&buckets, Day(last), days).iter().map(|bucket| bucket.day.0).collect::<Vec<_>>();
        assert_eq!(days(100, 30), [71, 100]);
        assert_eq!(days(100, 31), [70, 71, 100]);
        assert_eq!(days(100, 1), [100]);
        assert_eq!(days(60, 30), []);
    }
}
