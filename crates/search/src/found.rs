//! What was found, the best first.

use std::collections::BinaryHeap;

use tierhook_model::{Day, Record, RecordId};

use crate::query::{Query, Rank};

/// A customer that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The customer.
    pub record: RecordId,
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
    best: BinaryHeap<(Rank, std::cmp::Reverse<Option<Day>>, RecordId)>,
}

/// Looks through records one by one. What it finds is the same as what an [`Index`](crate::Index) of them finds.
#[derive(Debug)]
pub struct Scan<'a> {
    query: &'a Query,
    ranking: Ranking,
}

impl Ranking {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, total: 0, best: BinaryHeap::new() }
    }

    pub(crate) fn add(&mut self, record: RecordId, rank: Rank, last_order: Option<Day>) {
        self.total += 1;
        self.best.push((rank, std::cmp::Reverse(last_order), record));
        if self.best.len() > self.limit {
            self.best.pop();
        }
    }

    pub(crate) fn finish(self) -> Found {
        let best = self.best.into_sorted_vec().into_iter();
        Found { total: self.total, hits: best.map(|(rank, _, record)| Hit { record, rank }).collect() }
    }
}

impl<'a> Scan<'a> {
    /// Begins to look for what fits; the best `limit` are kept.
    pub fn new(query: &'a Query, limit: usize) -> Self {
        Self { query, ranking: Ranking::new(limit) }
    }

    /// Looks at one record.
    pub fn look(&mut self, record: &Record) {
        if let Some(rank) = self.query.rank(record) {
            self.ranking.add(record.id, rank, record.aggregates.last_order);
        }
    }

    /// Returns what was found.
    pub fn finish(self) -> Found {
        self.ranking.finish()
    }
}
