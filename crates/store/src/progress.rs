//! The largest numbers that are in use: on disk as of the last commit, in memory as of the last allocation.

use std::array;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use tierhook_model::{FactSeq, ImportId, Position, RecordId};

use crate::census::Census;

/// A record's number is its partition in the top byte and this many bits within the partition.
const PARTITION_BITS: u32 = 56;

/// The largest numbers that were committed. It is part of every commit, so that no committed number is ever given
/// out again.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// The last commit.
    pub(crate) position: Position,
    /// The largest number of a fact.
    pub(crate) fact: FactSeq,
    /// The largest number of an import.
    pub(crate) import: u32,
    /// The largest number of a record within each partition.
    pub(crate) records: BTreeMap<u8, u64>,
    /// How much there is.
    pub(crate) census: Census,
}

impl Progress {
    /// Takes note of a record's number.
    pub(crate) fn note(&mut self, id: RecordId) {
        let largest = self.records.entry(id.partition()).or_default();
        *largest = (*largest).max(id.0 & ((1 << PARTITION_BITS) - 1));
    }

    /// Takes note of all numbers of another one.
    pub(crate) fn raise(&mut self, other: &Self) {
        self.position = self.position.max(other.position);
        self.fact = self.fact.max(other.fact);
        self.import = self.import.max(other.import);
        for (partition, largest) in &other.records {
            let own = self.records.entry(*partition).or_default();
            *own = (*own).max(*largest);
        }
    }
}

/// The numbers that were given out, and the last durable position.
#[derive(Debug)]
pub(crate) struct Counters {
    position: AtomicU64,
    fact: AtomicU64,
    import: AtomicU32,
    records: [AtomicU64; 256],
}

impl Counters {
    pub(crate) fn new(progress: &Progress) -> Self {
        let counters = Self {
            position: AtomicU64::new(0),
            fact: AtomicU64::new(0),
            import: AtomicU32::new(0),
            records: array::from_fn(|_| AtomicU64::new(0)),
        };
        counters.catch_up(progress);
        counters
    }

    /// Takes note of a commit that is durable now. Numbers that its writers did not get from here are skipped.
    pub(crate) fn catch_up(&self, progress: &Progress) {
        self.position.fetch_max(progress.position.0, Ordering::AcqRel);
        self.fact.fetch_max(progress.fact.0, Ordering::AcqRel);
        self.import.fetch_max(progress.import, Ordering::AcqRel);
        for (partition, largest) in &progress.records {
            self.records[usize::from(*partition)].fetch_max(*largest, Ordering::AcqRel);
        }
    }

    pub(crate) fn position(&self) -> Position {
        Position(self.position.load(Ordering::Acquire))
    }

    pub(crate) fn records(&self, partition: u8, count: u64) -> RecordId {
        // 2^56 records fill a partition; no book comes near.
        let first = self.records[usize::from(partition)].fetch_add(count, Ordering::AcqRel) + 1;
        RecordId(u64::from(partition) << PARTITION_BITS | first)
    }

    pub(crate) fn facts(&self, count: u64) -> FactSeq {
        FactSeq(self.fact.fetch_add(count, Ordering::AcqRel) + 1)
    }

    pub(crate) fn import(&self) -> ImportId {
        ImportId(self.import.fetch_add(1, Ordering::AcqRel) + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_on_behind_the_largest_committed_ones() {
        let mut progress = Progress { position: Position(9), fact: FactSeq(40), import: 3, ..Progress::default() };
        progress.note(RecordId(2 << 56 | 17));
        progress.note(RecordId(2 << 56 | 5));
        let counters = Counters::new(&progress);
        assert_eq!(counters.position(), Position(9));
        assert_eq!((counters.facts(10), counters.facts(1)), (FactSeq(41), FactSeq(51)));
        assert_eq!(counters.import(), ImportId(4));
        assert_eq!(counters.records(2, 3), RecordId(2 << 56 | 18));
        assert_eq!(counters.records(2, 1), RecordId(2 << 56 | 21));
        assert_eq!(counters.records(0, 1), RecordId(1));
        counters.catch_up(&progress);
        assert_eq!(counters.facts(1), FactSeq(52), "what was given out is not given out again");
    }
}
