//! What was found, the best first.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use tierhook_model::{Day, Record, RecordId};

use crate::query::{Query, Rank};

/// A customer that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The customer.
    pub record: RecordId,
    /// Whose texts fit: the customer itself, or a record that was merged into it.
    pub via: RecordId,
    /// How well it fits.
    pub rank: Rank,
}

/// Customers that fit: by how well they do, those who bought last before others, then by their numbers.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Found {
    /// How many there are in all.
    pub total: u64,
    /// The best of them.
    pub hits: Vec<Hit>,
}

/// The best so far.
#[derive(Debug)]
pub(crate) struct Ranking {
    limit: usize,
    total: u64,
    best: BinaryHeap<(Rank, Reverse<Option<Day>>, RecordId, RecordId)>,
    /// The best of each family, by the record that leads.
    families: HashMap<RecordId, (Rank, RecordId, Option<Day>)>,
}

/// Looks through records one by one, those that were merged among them. What it finds is the same as what an
/// [`Index`](crate::Index) of them finds.
#[derive(Debug)]
pub struct Scan<'a> {
    query: &'a Query,
    ranking: Ranking,
    /// The records that stand for others, and when they bought last.
    leaders: HashMap<RecordId, Option<Day>>,
    /// What each record was merged into.
    into: HashMap<RecordId, RecordId>,
    /// Records of families that fit.
    members: Vec<(RecordId, Rank)>,
}

impl Ranking {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, total: 0, best: BinaryHeap::new(), families: HashMap::new() }
    }

    /// Adds a record that stands for itself alone.
    pub(crate) fn add(&mut self, record: RecordId, rank: Rank, last_order: Option<Day>) {
        self.push(record, record, rank, last_order);
    }

    /// Adds a record of a family; each family counts once.
    pub(crate) fn add_member(&mut self, leader: RecordId, via: RecordId, rank: Rank, last_order: Option<Day>) {
        let best = self.families.entry(leader).or_insert((rank, via, last_order));
        let order = |rank: Rank, via: RecordId| (rank, via != leader, via);
        if order(rank, via) < order(best.0, best.1) {
            *best = (rank, via, last_order);
        }
    }

    pub(crate) fn finish(mut self) -> Found {
        for (leader, (rank, via, last_order)) in std::mem::take(&mut self.families) {
            self.push(leader, via, rank, last_order);
        }
        let best = self.best.into_sorted_vec().into_iter();
        Found { total: self.total, hits: best.map(|(rank, _, record, via)| Hit { record, via, rank }).collect() }
    }

    fn push(&mut self, record: RecordId, via: RecordId, rank: Rank, last_order: Option<Day>) {
        self.total += 1;
        self.best.push((rank, Reverse(last_order), record, via));
        if self.best.len() > self.limit {
            self.best.pop();
        }
    }
}

impl<'a> Scan<'a> {
    /// Begins to look for what fits; the best `limit` are kept.
    pub fn new(query: &'a Query, limit: usize) -> Self {
        let (leaders, into, members) = (HashMap::new(), HashMap::new(), Vec::new());
        Self { query, ranking: Ranking::new(limit), leaders, into, members }
    }

    /// Looks at one record.
    pub fn look(&mut self, record: &Record) {
        match record.merged_into {
            Some(into) => drop(self.into.insert(record.id, into)),
            None if !record.is_listed() => return,
            None if !record.merged.is_empty() => {
                self.leaders.insert(record.id, record.aggregates.last_order);
            }
            None => {}
        }
        let Some(rank) = self.query.rank(record) else { return };
        if record.merged_into.is_some() || !record.merged.is_empty() {
            self.members.push((record.id, rank));
        } else {
            self.ranking.add(record.id, rank, record.aggregates.last_order);
        }
    }

    /// Returns what was found.
    pub fn finish(mut self) -> Found {
        for (via, rank) in self.members {
            let mut leader = via;
            while let Some(into) = self.into.get(&leader) {
                leader = *into;
            }
            if let Some(last_order) = self.leaders.get(&leader) {
                self.ranking.add_member(leader, via, rank, *last_order);
            }
        }
        self.ranking.finish()
    }
}
