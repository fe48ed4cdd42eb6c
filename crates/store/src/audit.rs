//! Looking through the whole book for what should not be, and mending what can be derived.
//!
//! Every key of the book is checked by itself and against the few keys that it has to do with ([`check`]), while
//! others read and write. The database's iterators are no snapshots, so what looks wrong may only be on its way: a
//! suspicion is checked again while nothing is being applied, and only what still is wrong then is a problem. Mends
//! go through the writer, each with what must still be the case.
//!
//! Whether a record's state is what its facts come to is not known here: that takes a replay.

mod check;
mod word;

use std::collections::HashMap;
use std::fmt;

use sled::IVec;
use tierhook_model::{FactSeq, Position};

use self::check::Finding;
use crate::census::Census;
use crate::key::{self, Family};
use crate::prepared::{Mend, Prepared};
use crate::progress::Progress;
use crate::{AuditError, BackupError, ReadError, Store, WriteError, WriteOutcome, value};

/// How many problems a report names; the others are counted.
const MOST_PROBLEMS: usize = 10_000;
/// How many keys are checked between two words of progress.
const PROGRESS_KEYS: u64 = 4_096;
/// How many mends go to the writer together.
const MEND_KEYS: usize = 1_024;

/// What an audit came to.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct AuditReport {
    /// The last durable commit when it ended.
    pub position: Position,
    /// How many keys of each family were checked.
    pub checked: Vec<(String, u64)>,
    /// What is wrong, mended or not; the first 10,000.
    pub problems: Vec<Problem>,
    /// How many problems there are beyond those.
    pub unnamed: u64,
    /// How many problems were mended.
    pub mended: u64,
}

/// Something in the book that should not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What the key names, for example `fact` or `external reference`.
    pub family: String,
    /// The key in words, for example `fact 17 of record #5`.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// What is to be done, or was.
    pub remedy: Remedy,
}

/// What is to be done about a [`Problem`], or was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// An audit that repairs mends it: it follows from the rest of the book.
    Repair,
    /// This audit mended it.
    Mended,
    /// What is lost is nowhere else in the book.
    Restore,
    /// A later release wrote it.
    Upgrade,
}

impl AuditReport {
    /// Tells whether nothing is left to be done.
    pub fn is_sound(&self) -> bool {
        self.unnamed == 0 && self.problems.iter().all(|problem| problem.remedy == Remedy::Mended)
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Repair => "run the audit with repair",
            Self::Mended => "mended",
            Self::Restore => "restore a backup",
            Self::Upgrade => "use the release that wrote it, or a later one",
        })
    }
}

impl Store {
    /// Checks that every key of the book can be read and fits the others: facts and their keys both ways, references,
    /// marks and history against records, the largest numbers against those in use. Others may read and write
    /// meanwhile. With `repair`, mends what follows from the rest of the book. Tells `progress` the number of keys so
    /// far.
    ///
    /// # Errors
    /// [`AuditError`] if the disk cannot be read, or mends cannot be written. Damage is no error: it is in the report.
    pub fn audit(&self, repair: bool, progress: &mut dyn FnMut(u64)) -> Result<AuditReport, AuditError> {
        let mut audit = Audit { store: self, repair, report: AuditReport::default(), mends: Vec::new(), keys: 0 };
        let mut largest = Progress::default();
        for family in Family::ALL {
            audit.family(family, &mut largest, progress)?;
        }
        audit.strangers()?;
        audit.numbers(largest)?;
        audit.census()?;
        progress(audit.keys);
        audit.report.position = self.position();
        Ok(audit.report)
    }
}

/// The keys that no fact is found by, each with the last fact that has it and the place of its mend: of several facts
/// with one key the last one gets it, as it did when they were written.
type Claims = HashMap<Vec<u8>, (FactSeq, usize)>;

struct Audit<'a> {
    store: &'a Store,
    repair: bool,
    report: AuditReport,
    /// What is to be mended, each with the place of its problem in the report, if it is named there.
    mends: Vec<(Mend, Option<usize>)>,
    keys: u64,
}

impl Audit<'_> {
    fn family(
        &mut self,
        family: Family,
        largest: &mut Progress,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), AuditError> {
        let before = self.keys;
        let mut claims = Claims::new();
        for item in self.store.inner.db.scan_prefix(family.start()) {
            let (key, value) = item.map_err(ReadError::from)?;
            self.keys += 1;
            if self.keys.is_multiple_of(PROGRESS_KEYS) {
                progress(self.keys);
            }
            if let Some(finding) = self.confirmed(family, &key, &value)? {
                self.note(family, &key, finding, &mut claims);
            }
            check::note_numbers(family, &key, &value, largest);
            // Facts wait for the end: a later one may have the same key.
            if self.mends.len() >= MEND_KEYS && family != Family::Fact {
                self.mend()?;
            }
        }
        // The next family is judged by what this one holds then.
        self.mend()?;
        self.report.checked.push((family.to_string(), self.keys - before));
        Ok(())
    }

    /// Checks a key, and once more while nothing is being applied if something seems wrong.
    fn confirmed(&self, family: Family, key: &[u8], bytes: &[u8]) -> Result<Option<Finding>, ReadError> {
        let db = &self.store.inner.db;
        let check = |bytes: &[u8]| check::check(db, &self.store.names(), family, key, bytes);
        if check(bytes)?.is_none() {
            return Ok(None);
        }
        self.store.inner.shared.cut.still(|| match db.get(key)? {
            Some(bytes) => check(&bytes),
            None => Ok(None),
        })
    }

    fn note(&mut self, family: Family, key: &IVec, finding: Finding, claims: &mut Claims) {
        let Finding { what, remedy, mend, claim } = finding;
        let place = self.problem(Problem { family: family.to_string(), key: word::key(key), what, remedy });
        let Some(mend) = mend.filter(|_| self.repair) else { return };
        let Some(seq) = claim else { return self.mends.push((mend, place)) };
        match claims.get_mut(&mend.key) {
            // The key will name a later fact, which is all that was wrong.
            Some((standing, _)) if *standing > seq => self.is_mended(place),
            Some((standing, at)) => {
                *standing = seq;
                let (_, earlier) = std::mem::replace(&mut self.mends[*at], (mend, place));
                self.is_mended(earlier);
            }
            None => {
                claims.insert(mend.key.clone(), (seq, self.mends.len()));
                self.mends.push((mend, place));
            }
        }
    }

    fn problem(&mut self, problem: Problem) -> Option<usize> {
        if self.report.problems.len() == MOST_PROBLEMS {
            self.report.unnamed += 1;
            return None;
        }
        self.report.problems.push(problem);
        Some(self.report.problems.len() - 1)
    }

    fn is_mended(&mut self, place: Option<usize>) {
        self.report.mended += 1;
        match place {
            Some(place) => self.report.problems[place].remedy = Remedy::Mended,
            None => self.report.unnamed -= 1,
        }
    }

    /// Lets the writer mend what was found. What has changed since is left for the next audit.
    fn mend(&mut self) -> Result<(), WriteError> {
        let mut mends = std::mem::take(&mut self.mends);
        while !mends.is_empty() {
            let some = mends.drain(..mends.len().min(MEND_KEYS));
            let (mends, places): (Vec<Mend>, Vec<Option<usize>>) = some.unzip();
            for (outcome, place) in self.send(Prepared { mends, ..Prepared::default() })?.into_iter().zip(places) {
                if matches!(outcome, WriteOutcome::Committed { .. }) {
                    self.is_mended(place);
                }
            }
        }
        Ok(())
    }

    fn send(&self, prepared: Prepared) -> Result<Vec<WriteOutcome>, WriteError> {
        crate::PendingWrite::of(self.store.send(Prepared { bulk: true, ..prepared })).wait()
    }

    /// Finds keys that belong to no family.
    fn strangers(&mut self) -> Result<(), ReadError> {
        let mut known: Vec<u8> = Family::ALL.into_iter().map(|family| family as u8).collect();
        known.sort_unstable();
        let mut from: Vec<u8> = Vec::new();
        for byte in known.into_iter().map(Some).chain([None]) {
            let db = &self.store.inner.db;
            let range = match byte {
                Some(byte) => db.range(from.clone()..vec![byte]),
                None => db.range(from.clone()..),
            };
            for key in range.keys() {
                let what = "the key belongs to no family that this release knows".to_owned();
                let key = word::key(&key?);
                self.problem(Problem { family: "unknown".to_owned(), key, what, remedy: Remedy::Upgrade });
            }
            from = byte.map_or_else(Vec::new, |byte| vec![byte + 1]);
        }
        Ok(())
    }

    /// Compares how much there is with how much there should be, as of one commit.
    fn census(&mut self) -> Result<(), ReadError> {
        let inner = &self.store.inner;
        let position = || inner.shared.counters.position();
        let mut reader = match inner.shared.cut.begin(&inner.db, inner.aside_bytes, position) {
            Ok(reader) => reader,
            // A backup is being made, or the writer stopped: the next audit counts.
            Err(_) => return Ok(()),
        };
        let (mut found, mut counted) = (Census::default(), None);
        loop {
            let chunk = match reader.next() {
                Ok(chunk) => chunk,
                Err(BackupError::Read(error)) => return Err(error),
                // More was written meanwhile than there is room for.
                Err(_) => return Ok(()),
            };
            if chunk.is_empty() {
                break;
            }
            for (key, value) in &chunk {
                if key == &key::PROGRESS {
                    counted = value::decode::<Progress>(Family::Meta, value).ok();
                } else if let Some(family) = Family::of(key) {
                    found.count(family, value);
                }
            }
        }
        drop(reader);
        if let Some(missing) = counted.and_then(|progress| progress.census.missing(found)) {
            let what = format!("{missing} are missing that had been acknowledged");
            let key = word::key(&key::PROGRESS);
            self.problem(Problem { family: Family::Meta.to_string(), key, what, remedy: Remedy::Restore });
        }
        Ok(())
    }

    /// Compares the largest numbers with those that were seen in use.
    fn numbers(&mut self, largest: Progress) -> Result<(), AuditError> {
        let db = &self.store.inner.db;
        let stored = self.store.inner.shared.cut.still(|| db.get(key::PROGRESS)).map_err(ReadError::from)?;
        // A value that cannot be decoded was found with its family.
        let stored = stored.map_or_else(|| Ok(Progress::default()), |bytes| value::decode(Family::Meta, &bytes));
        let Ok(stored) = stored else { return Ok(()) };
        let mut raised: Progress = stored.clone();
        raised.raise(&largest);
        if raised == stored {
            return Ok(());
        }
        let what = "it lies below a number that is in use, which would be given out again".to_owned();
        let key = word::key(&key::PROGRESS);
        let place = self.problem(Problem { family: Family::Meta.to_string(), key, what, remedy: Remedy::Repair });
        if self.repair {
            self.send(Prepared { floor: Some(largest), ..Prepared::default() })?;
            self.is_mended(place);
        }
        Ok(())
    }
}
