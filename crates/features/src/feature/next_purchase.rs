//! The next purchase: when a customer runs out of what it buys again and again.

use tierhook_model::{Cycle, Day};

use crate::Observation;
use crate::fold::cycle::{days_per_unit, last_purchase_lasts, still_runs};

/// From how many complete cycles on a customer's own rate counts rather than that of others.
const MIN_OWN_CYCLES: u32 = 2;

/// The consumption group that the customer runs out of next.
#[derive(Debug)]
pub(crate) struct NextPurchase<'a> {
    /// The group.
    pub(crate) cycle: &'a Cycle,
    /// The day on which it is used up.
    pub(crate) due: Day,
    /// How many days the last purchase lasts.
    pub(crate) lasts: i32,
}

/// Returns the soonest of the groups that are not overdue by more than a cycle, the first by name among equals.
pub(super) fn soonest<'a>(seen: &Observation<'a>) -> Option<NextPurchase<'a>> {
    let followed = seen.aggregates.cycles.iter().filter_map(|cycle| {
        let own = if cycle.cycles >= MIN_OWN_CYCLES { days_per_unit(cycle) } else { None };
        let others = || if cycle.is_named { seen.population.days_per_unit(&cycle.group) } else { None };
        let rate = own.or_else(others)?;
        let lasts = last_purchase_lasts(cycle, rate)?;
        still_runs(cycle, lasts, seen.day).then(|| NextPurchase { cycle, due: cycle.last.plus(lasts), lasts })
    });
    followed.min_by(|a, b| a.due.cmp(&b.due).then_with(|| a.cycle.group.cmp(&b.cycle.group)))
}
