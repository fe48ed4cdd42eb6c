//! Consumption cycles: how fast a customer uses up what it buys again and again.

use tierhook_model::{Cycle, Day, Line, MAX_CYCLES};

use super::purchase::is_bought;

/// Follows the goods of one order. Purchases of a group on one day count together; a purchase on a later day
/// completes a cycle, in which the units of the purchase before were used up.
pub(super) fn follow(cycles: &mut Vec<Cycle>, day: Day, lines: &[Line]) {
    // Followed groups come first, so that a long order does not push out what a later line of it buys again.
    let mut others: Vec<&Line> = Vec::new();
    for line in lines.iter().filter(|line| is_bought(line)) {
        match find(cycles, line) {
            Some(cycle) => buy(cycle, day, line),
            None => others.push(line),
        }
    }
    for line in others {
        match find(cycles, line) {
            Some(cycle) => buy(cycle, day, line),
            None => begin(cycles, day, line),
        }
    }
}

/// Returns the days that one unit lasted in the complete cycles; `None` without one.
pub(crate) fn days_per_unit(cycle: &Cycle) -> Option<f64> {
    (cycle.cycles > 0 && cycle.quantity_milli > 0)
        .then(|| f64::from(cycle.days) * 1_000.0 / cycle.quantity_milli as f64)
}

/// Returns how many days the last purchase lasts, at least 1; `None` if nobody knows how much was bought.
pub(crate) fn last_purchase_lasts(cycle: &Cycle, days_per_unit: f64) -> Option<i32> {
    (cycle.last_quantity_milli > 0)
        .then(|| (cycle.last_quantity_milli as f64 / 1_000.0 * days_per_unit).round().max(1.0) as i32)
}

/// Tells whether a purchase that lasts so many days is used up by no more than as many days again.
pub(crate) fn still_runs(cycle: &Cycle, lasts: i32, day: Day) -> bool {
    day.since(cycle.last) <= lasts.saturating_mul(2)
}

fn group(line: &Line) -> &str {
    line.group.as_deref().unwrap_or(&line.product)
}

fn find<'a>(cycles: &'a mut [Cycle], line: &Line) -> Option<&'a mut Cycle> {
    let group = group(line);
    cycles.iter_mut().find(|cycle| cycle.group == group)
}

fn buy(cycle: &mut Cycle, day: Day, line: &Line) {
    if day > cycle.last {
        // Of a purchase without a quantity nobody knows how much was used up.
        if cycle.last_quantity_milli > 0 {
            cycle.cycles = cycle.cycles.saturating_add(1);
            cycle.days = cycle.days.saturating_add(day.since(cycle.last).unsigned_abs());
            cycle.quantity_milli = cycle.quantity_milli.saturating_add(cycle.last_quantity_milli);
        }
        cycle.last = day;
        cycle.last_quantity_milli = 0;
    }
    cycle.last_quantity_milli = cycle.last_quantity_milli.saturating_add(line.quantity_milli);
    cycle.is_named |= line.group.is_some();
    let name = line.name.as_deref().unwrap_or(&line.product);
    if cycle.name != name {
        name.clone_into(&mut cycle.name);
    }
}

fn begin(cycles: &mut Vec<Cycle>, day: Day, line: &Line) {
    let begun = Cycle {
        group: group(line).to_owned(),
        is_named: line.group.is_some(),
        name: line.name.as_deref().unwrap_or(&line.product).to_owned(),
        last: day,
        last_quantity_milli: line.quantity_milli,
        cycles: 0,
        days: 0,
        quantity_milli: 0,
    };
    if cycles.len() < MAX_CYCLES {
        cycles.push(begun);
    } else if let Some(least) = cycles.iter_mut().min_by_key(|cycle| worth(cycle, day))
        && worth(least, day) < worth(&begun, day)
    {
        *least = begun;
    }
}

/// Which groups are kept where there are too many: those whose own cycle still runs, then those bought last.
fn worth(cycle: &Cycle, day: Day) -> (bool, Day) {
    let lasts = days_per_unit(cycle).and_then(|rate| last_purchase_lasts(cycle, rate));
    (lasts.is_some_and(|lasts| still_runs(cycle, lasts, day)), cycle.last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::line;

    fn bought(orders: &[(i32, &[&str])]) -> Vec<Cycle> {
        let mut cycles = Vec::new();
        for (day, products) in orders {
            let lines: Vec<Line> = products.iter().map(|product| line(product, 1, 100)).collect();
            follow(&mut cycles, Day(*day), &lines);
        }
        cycles
    }

    fn followed(cycles: &[Cycle], group: &str) -> bool {
        cycles.iter().any(|cycle| cycle.group == group)
    }

    const TWENTY: [&str; 20] =
        ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t"];

    #[test]
    fn the_same_long_order_again_and_again_completes_cycles_in_whatever_order_its_lines_stand() {
        let backwards: Vec<&str> = TWENTY.into_iter().rev().collect();
        let cycles = bought(&[(0, &TWENTY), (10, &backwards), (20, &TWENTY)]);
        assert_eq!(cycles.len(), MAX_CYCLES);
        assert!(cycles.iter().all(|cycle| cycle.cycles == 2 && cycle.days == 20), "{cycles:?}");
    }

    #[test]
    fn a_running_cycle_outlives_a_long_order_of_other_goods() {
        let cycles = bought(&[(0, &["milk"]), (21, &["milk"]), (30, &TWENTY)]);
        assert!(followed(&cycles, "milk"));
        assert!(!followed(&cycles, "p"));
    }

    #[test]
    fn a_cycle_that_ran_out_long_ago_makes_way() {
        let cycles = bought(&[(0, &["milk"]), (21, &["milk"]), (100, &TWENTY)]);
        assert!(!followed(&cycles, "milk"));
        assert!(followed(&cycles, "p"));
    }

    #[test]
    fn groups_bought_longest_ago_make_way() {
        let cycles = bought(&[(0, &["old"]), (1, &["older than the rest"]), (2, &TWENTY[..14]), (3, &["new"])]);
        assert!(!followed(&cycles, "old"));
        assert!(followed(&cycles, "older than the rest") && followed(&cycles, "new"));
    }

    #[test]
    fn a_purchase_without_a_quantity_ends_a_cycle_and_begins_none() {
        let mut cycles = Vec::new();
        for (day, units) in [(0, 1), (10, 0), (30, 2), (50, 1)] {
            follow(&mut cycles, Day(day), &[line("milk", units, 100)]);
        }
        let milk = &cycles[0];
        assert_eq!((milk.cycles, milk.days, milk.quantity_milli), (2, 30, 3_000));
    }

    #[test]
    fn goods_given_back_and_services_are_not_followed() {
        let mut cycles = Vec::new();
        let postage = Line { is_goods: false, ..line("POST", 1, 100) };
        follow(&mut cycles, Day(0), &[line("milk", -1, -100), postage]);
        assert!(cycles.is_empty());
    }
}
