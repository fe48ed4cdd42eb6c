//! What to offer.

use std::collections::{BTreeMap, BTreeSet};

use tierhook_sdk::Day;

use crate::{Line, Pair, Settings};

/// What to offer, and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Advice {
    /// What to offer.
    pub offer: &'static str,
    /// The chance of interest that all that was bought comes to.
    pub chance: f64,
    /// What of it points there most.
    pub bought: &'static str,
    /// The share of those who bought it that bought the other, too.
    pub confidence: f64,
    /// How many times that is the share among all.
    pub lift: f64,
}

/// Finds what most points to. Independent pieces of evidence add up as a noisy or: the chance that at least one of them is right (J. Pearl,
/// "Probabilistic Reasoning in Intelligent Systems", 1988). What was bought long ago counts less, down to nothing at the end of
/// `evidence_days`.
pub fn advise(table: &'static [Pair], segment: &str, lines: &[Line<'_>], today: Day, p: &Settings) -> Option<Advice> {
    // Lines come newest first: the first of each thing is the day on which it was last bought.
    let mut bought: BTreeMap<&str, Day> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.goods) {
        if let Some(item) = line.group.or(line.category) {
            bought.entry(item).or_insert(line.day);
        }
    }
    let age = |day: Day| i64::from(today.since(day));
    let owned: BTreeSet<&str> =
        bought.iter().filter(|(_, day)| age(**day) < p.again_days).map(|(item, _)| *item).collect();

    let mut offers: BTreeMap<&'static str, (f64, f64, &'static Pair)> = BTreeMap::new();
    for (item, day) in &bought {
        let weight = 1.0 - age(*day) as f64 / p.evidence_days as f64;
        let of_item = |pair: &&'static Pair| pair.segment == segment && pair.bought == *item;
        for pair in table.iter().filter(of_item) {
            if weight <= 0.0 || pair.lift < p.least_lift || owned.contains(pair.offer) {
                continue;
            }
            let evidence = weight * pair.confidence;
            let (miss, best, why) = offers.entry(pair.offer).or_insert((1.0, 0.0, pair));
            *miss *= 1.0 - evidence;
            if evidence > *best {
                (*best, *why) = (evidence, pair);
            }
        }
    }
    let best = offers.into_iter().map(|(offer, (miss, _, why))| (1.0 - miss, offer, why));
    // Of equals the first by name, so that equal records get equal offers.
    let (chance, offer, why) = best.reduce(|best, other| if other.0 > best.0 { other } else { best })?;
    let advice = Advice { offer, chance, bought: why.bought, confidence: why.confidence, lift: why.lift };
    (chance >= p.offer_from).then_some(advice)
}
