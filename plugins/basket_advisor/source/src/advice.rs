//! What to offer.

use std::collections::{BTreeMap, BTreeSet};

use tierhook_sdk::Day;

use crate::{Line, Pair, Settings};

/// What to offer, and the line that points to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Advice<'a> {
    /// What was bought, what to offer, and how they go together.
    pub pair: &'static Pair,
    /// The line on which the one was last bought.
    pub line: Line<'a>,
}

/// Finds the pair with the highest lift of all that begin with something that was bought. Pairs are not put together into a chance: they
/// depend on each other, and a table of what was ever bought knows nothing of when.
pub fn advise<'a>(
    table: &'static [Pair],
    segment: &str,
    lines: &[Line<'a>],
    today: Day,
    p: &Settings,
) -> Option<Advice<'a>> {
    // Lines come newest first: the first of each thing is the one on which it was last bought.
    let mut bought: BTreeMap<&str, Line<'a>> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.goods) {
        bought.entry(line.item()).or_insert(*line);
    }
    let age = |line: &Line<'_>| i64::from(today.since(line.day));
    // A product may be called as its group is: it is had as both.
    let recent = lines.iter().filter(|line| line.goods && age(line) < p.again_days);
    let has: BTreeSet<&str> = recent.flat_map(|line| [line.item(), line.group.unwrap_or(line.product)]).collect();
    let fits = |pair: &Pair| pair.lift >= p.least_lift && pair.confidence >= p.offer_from && !has.contains(pair.offer);
    let evidence = bought.iter().filter(|(_, line)| age(line) < p.evidence_days);
    let advices = evidence.flat_map(|(item, line)| {
        let pairs = pairs_of(table, segment, item).iter().filter(|pair| fits(pair));
        pairs.map(|pair| Advice { pair, line: *line })
    });
    // Of equals the first by name, so that equal records get equal offers.
    let strength = |advice: &Advice<'_>| (advice.pair.lift, advice.pair.confidence);
    advices.reduce(|best, other| if strength(&other) > strength(&best) { other } else { best })
}

/// The pairs of a sorted table that begin with an item.
fn pairs_of(table: &'static [Pair], segment: &str, item: &str) -> &'static [Pair] {
    let key = |pair: &Pair| (pair.segment, pair.bought);
    let rest = &table[table.partition_point(|pair| key(pair) < (segment, item))..];
    &rest[..rest.partition_point(|pair| key(pair) == (segment, item))]
}
