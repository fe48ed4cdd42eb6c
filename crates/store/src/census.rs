//! The census: how much the book holds, counted by every commit.
//!
//! While the database goes through its log it passes over damaged entries, so a book whose process was killed, and
//! whose file was damaged then, may lack something in its midst and still end where it should. The numbers here are
//! part of every commit, and cost nothing; counting anew takes a look at every key.

use std::fmt;

use serde::{Deserialize, Serialize};
use sled::Tree;

use crate::key::Family;
use crate::{ReadError, value};

/// How much there is of what is only ever added, or removed with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Census {
    pub(crate) records: u64,
    /// How many times the records that are there were written: the sum of their versions.
    pub(crate) writes: u64,
    pub(crate) facts: u64,
    pub(crate) history: u64,
}

impl Census {
    /// Counts what a tree holds.
    ///
    /// # Errors
    /// [`ReadError`] if the disk cannot be read.
    pub(crate) fn of(tree: &Tree) -> Result<Self, ReadError> {
        let mut census = Self::default();
        for family in [Family::Record, Family::Fact, Family::History] {
            for item in tree.scan_prefix(family.start()) {
                census.count(family, &item?.1);
            }
        }
        Ok(census)
    }

    /// Counts an entry. Where the version of a record cannot be read, no write of any is called missing: that one is
    /// found for what it is.
    pub(crate) fn count(&mut self, family: Family, bytes: &[u8]) {
        match family {
            Family::Record => {
                self.records += 1;
                self.writes = self.writes.saturating_add(value::version_of(bytes).unwrap_or(u64::MAX));
            }
            Family::Fact => self.facts += 1,
            Family::History => self.history += 1,
            _ => {}
        }
    }

    /// Tells what is missing of what there should be; `None` if nothing is.
    pub(crate) fn missing(self, found: Self) -> Option<Missing> {
        let missing = Missing(Self {
            records: self.records.saturating_sub(found.records),
            writes: self.writes.saturating_sub(found.writes),
            facts: self.facts.saturating_sub(found.facts),
            history: self.history.saturating_sub(found.history),
        });
        (missing.0 != Self::default()).then_some(missing)
    }
}

/// What is missing, in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Missing(Census);

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Census { records, writes, facts, history } = self.0;
        let counts = [
            (records, "records"),
            (writes, "writes of records"),
            (facts, "facts"),
            (history, "entries of the history"),
        ];
        let counts: Vec<String> =
            counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        f.write_str(&counts.join(", "))
    }
}
