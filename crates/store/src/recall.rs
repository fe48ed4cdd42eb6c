//! What the writer recalls of the tree, so that the guard need not look it up: when keys were last changed, and whether
//! there are marks.
//!
//! Keys share slots by their hash, so the table does not grow; a key that shares its slot with one that was changed is
//! looked up for nothing. It is the table of versions of "Transactional Locking II" (Dice, Shalev, Shavit 2006), for one
//! writer.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use sled::Tree;
use tierhook_model::Position;

use crate::key::Family;

/// How many slots there are, of 8 bytes each: a group changes up to some thousand keys.
const SLOTS: usize = 1 << 16;

/// What the writer recalls.
#[derive(Debug)]
pub(crate) struct Recall {
    hasher: RandomState,
    /// The last commit of the last group that changed a key of each slot.
    slots: Box<[Position]>,
    /// Whether there may be marks of decisions to come.
    marks: bool,
}

impl Recall {
    /// Begins behind a commit: of what was before nothing is known.
    pub(crate) fn new(position: Position) -> Self {
        Self { hasher: RandomState::new(), slots: vec![position; SLOTS].into(), marks: true }
    }

    /// Takes note of keys that a group of commits changes, of which this is the last.
    pub(crate) fn note<'a>(&mut self, keys: impl Iterator<Item = &'a Vec<u8>>, position: Position) {
        for key in keys {
            let slot = self.slot(key);
            self.slots[slot] = position;
            self.marks |= Family::of(key) == Some(Family::Pending);
        }
    }

    /// Looks whether there are marks, if there may be.
    pub(crate) fn look_for_marks(&mut self, tree: &Tree) {
        let (start, end) = (Family::Pending.start(), Family::Pending.end());
        self.marks = self.marks && tree.range(start..end).next().is_some();
    }

    /// Tells for certain that nobody has changed a key since a commit was durable. `false`: somebody may have.
    pub(crate) fn is_unchanged_since(&self, key: &[u8], position: Position) -> bool {
        self.slots[self.slot(key)] <= position
    }

    /// Tells for certain that the tree does not hold a key. `false`: it may.
    pub(crate) fn rules_out(&self, key: &[u8]) -> bool {
        !self.marks && Family::of(key) == Some(Family::Pending)
    }

    fn slot(&self, key: &[u8]) -> usize {
        self.hasher.hash_one(key) as usize % SLOTS
    }
}

#[cfg(test)]
mod tests {
    use tierhook_model::RecordId;

    use super::*;
    use crate::key;

    #[test]
    fn what_was_read_before_a_change_is_not_taken_to_stand() {
        let mut recall = Recall::new(Position(7));
        let (one, other) = (vec![1, 2, 3], vec![4]);
        assert!(recall.is_unchanged_since(&one, Position(7)) && !recall.is_unchanged_since(&one, Position(6)));
        recall.note([&one].into_iter(), Position(9));
        assert!(recall.is_unchanged_since(&one, Position(9)) && !recall.is_unchanged_since(&one, Position(8)));
        let share = recall.slot(&one) == recall.slot(&other);
        assert_eq!(recall.is_unchanged_since(&other, Position(8)), !share);
    }

    #[test]
    fn a_mark_is_ruled_out_only_while_there_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let db = sled::Config::new().path(folder.path()).flush_every_ms(None).open().unwrap();
        let (mark, record) = (key::pending(RecordId(5)), key::record(RecordId(5)));
        let mut recall = Recall::new(Position(0));
        assert!(!recall.rules_out(&mark), "nobody has looked yet");
        db.insert(&mark, b"").unwrap();
        recall.look_for_marks(&db);
        assert!(!recall.rules_out(&mark));
        db.remove(&mark).unwrap();
        recall.look_for_marks(&db);
        assert!(recall.rules_out(&mark) && !recall.rules_out(&record));
        recall.note([&record].into_iter(), Position(1));
        assert!(recall.rules_out(&mark));
        recall.note([&mark].into_iter(), Position(2));
        assert!(!recall.rules_out(&mark));
    }
}
