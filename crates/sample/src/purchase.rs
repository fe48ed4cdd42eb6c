//! What the made-up customers buy, and when they buy next.

use fastrand::Rng;
use tierhook_model::{Amount, Currency, Day, Line, Order};

use crate::assortment::{KEPT, POSTAGE, Product, USED_UP, in_minor, postage_line};
use crate::chance::{between, happens, waiting, weighted};
use crate::customer::{Customer, Manner};

/// How many days before something runs out a customer who is buying anyway takes it along.
const TAKEN_ALONG_DAYS: i32 = 4;

impl Customer {
    /// Makes the order that the customer places on a day.
    pub(crate) fn order(&mut self, day: Day, base: Currency) -> Order {
        let mut lines = match self.manner {
            Manner::Habitual => self.what_runs_out(day, base),
            Manner::Wholesale => self.by_the_dozen(base),
            Manner::Whale => vec![kind(&mut self.rng, USED_UP, 1.0).line(self.rng.i64(250..=600), 0, base)],
            Manner::Prospect | Manner::Once | Manner::Occasional => self.now_and_then(base),
        };
        merge_same(&mut lines);
        let goods: i64 = lines.iter().map(|line| line.amount_minor).sum();
        let (channel, online) = self.channel();
        if online && goods < in_minor(POSTAGE.1, base) {
            lines.push(postage_line(base));
        }
        let total = lines.iter().map(|line| line.amount_minor).sum();
        self.orders += 1;
        Order { amount: Amount::in_base(total, base), lines, channel: Some(channel.to_owned()) }
    }

    /// Returns the day of the next purchase after one on `day`; `None` if the customer buys no more.
    pub(crate) fn next_purchase(&mut self, day: Day) -> Option<Day> {
        let next = match self.manner {
            Manner::Prospect | Manner::Once | Manner::Whale => return None,
            Manner::Occasional => day.plus(3 + waiting(&mut self.rng, self.gap) as i32),
            Manner::Wholesale => day.plus((self.gap * between(&mut self.rng, 0.75, 1.3)) as i32),
            Manner::Habitual => {
                let soonest = self.habits.iter().map(|habit| habit.due).min()?;
                let late = if happens(&mut self.rng, 0.7) { 0 } else { self.rng.i32(1..=4) };
                soonest.plus(late).max(day.plus(1))
            }
        };
        (next <= self.leaves).then_some(next)
    }

    fn what_runs_out(&mut self, day: Day, base: Currency) -> Vec<Line> {
        let rng = &mut self.rng;
        let mut lines = Vec::new();
        for habit in &mut self.habits {
            if habit.due > day.plus(TAKEN_ALONG_DAYS) {
                continue;
            }
            let product = &USED_UP[habit.product];
            let units = if happens(rng, 0.85) { habit.units } else { rng.i64(1..=habit.units + 1) };
            let lasts = product.lasts * habit.pace * units as f64 * between(rng, 0.92, 1.08);
            habit.due = day.plus((lasts.round() as i32).max(2));
            lines.push(product.line(units, 0, base));
        }
        if lines.is_empty() || happens(rng, 0.22) {
            lines.push(kind(rng, KEPT, self.budget).line(1, 0, base));
        }
        lines
    }

    fn by_the_dozen(&mut self, base: Currency) -> Vec<Line> {
        let rng = &mut self.rng;
        (0..rng.usize(3..=7))
            .map(|_| {
                let units = (between(rng, 6.0, 30.0) * self.budget.clamp(0.5, 4.0)).ceil() as i64;
                kind(rng, USED_UP, 1.0).line(units, 18, base)
            })
            .collect()
    }

    fn now_and_then(&mut self, base: Currency) -> Vec<Line> {
        let rng = &mut self.rng;
        (0..1 + weighted(rng, &[6.0, 3.0, 1.0]))
            .map(|_| {
                let more = if happens(rng, 0.2) { self.budget.min(4.0).ceil() as i64 } else { 0 };
                if happens(rng, 0.55) {
                    kind(rng, USED_UP, 1.0).line(1 + more, 0, base)
                } else {
                    kind(rng, KEPT, self.budget).line(1, 0, base)
                }
            })
            .collect()
    }
}

/// Picks a product. Those who have more to spend take dear ones more often.
fn kind<'a>(rng: &mut Rng, all: &'a [Product], budget: f64) -> &'a Product {
    let weights: Vec<f64> =
        all.iter().map(|product| product.weight * if product.is_dear() { budget } else { 1.0 }).collect();
    &all[weighted(rng, &weights)]
}

/// Puts lines of the same product together.
fn merge_same(lines: &mut Vec<Line>) {
    let mut merged: Vec<Line> = Vec::with_capacity(lines.len());
    for line in lines.drain(..) {
        match merged.iter_mut().find(|earlier| earlier.product == line.product) {
            Some(earlier) => {
                earlier.quantity_milli += line.quantity_milli;
                earlier.amount_minor += line.amount_minor;
            }
            None => merged.push(line),
        }
    }
    *lines = merged;
}
