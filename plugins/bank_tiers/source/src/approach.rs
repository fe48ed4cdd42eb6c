//! Since when a client has been close to the next tier.

use std::ops::Range;

use tierhook_sdk::Day;

use crate::{Measure, Settings};

/// How many days back is looked.
const BACK: i32 = 4 * 365;

/// Finds the day on which a client's mean assets came into a range, which they have not been out of for `talk_days` since: who leaves
/// it for a week has not come anew. Measures come newest first; `cut` tells whether there are older ones. `None` where that was before
/// what is known.
pub fn near_since(measures: &[Measure<'_>], cut: bool, near: &Range<f64>, today: Day, p: &Settings) -> Option<Day> {
    let (first, means) = means(measures, today, p)?;
    let oldest = measures.iter().rfind(|measure| measure.name == p.measure)?.day;
    let is_all_known = !cut && oldest == first;
    // Where older balances are not known, the means of the first days are not either.
    let unknown = if is_all_known { 0 } else { p.window_days as usize };
    let mut since = None;
    for (at, mean) in means.iter().enumerate().skip(unknown).rev() {
        let day = first.plus(at as i32);
        if mean.is_some_and(|mean| near.contains(&mean)) {
            since = Some(day);
        } else if since.is_some_and(|since: Day| i64::from(since.since(day)) >= p.talk_days) {
            return since;
        }
    }
    since.filter(|_| is_all_known)
}

/// The first day that is looked at, and the mean of each day from there until today, as [`mean`](crate::mean) takes it.
fn means(measures: &[Measure<'_>], today: Day, p: &Settings) -> Option<(Day, Vec<Option<f64>>)> {
    let mut balances: Vec<&Measure<'_>> =
        measures.iter().filter(|measure| measure.name == p.measure && measure.day <= today).collect();
    balances.reverse();
    let first = balances.first()?.day.max(today.plus(-BACK));
    let window = p.window_days as usize;
    let (mut sums, mut means, mut next) = (vec![0.0], Vec::new(), 0);
    for at in 0..=today.since(first) as usize {
        let day = first.plus(at as i32);
        while balances.get(next).is_some_and(|balance| balance.day <= day) {
            next += 1;
        }
        let balance = balances[next - 1];
        sums.push(sums[at] + balance.value);
        let begin = (at + 1).saturating_sub(window);
        let is_fresh = i64::from(day.since(balance.day)) <= p.stale_days;
        means.push(is_fresh.then(|| (sums[at + 1] - sums[begin]) / (at + 1 - begin) as f64));
    }
    Some((first, means))
}
