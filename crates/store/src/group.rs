//! A group of batches on its way into the tree: the guard, and what earlier writes of the group left.

use std::collections::{HashMap, HashSet};

use sled::Tree;
use tierhook_model::{FactSeq, GenerationId, Position, RecordId};

use crate::key::{self, Family};
use crate::prepared::{Mend, Prepared, PreparedErasure, PreparedWrite};
use crate::progress::Progress;
use crate::recall::Recall;
use crate::store::KnownFact;
use crate::tombstone::{self, Tombstone};
use crate::{ReadError, Removed, WriteError, WriteOutcome, value};

/// Keys with what they hold from now on; `None` is nothing.
pub(crate) type Changes = HashMap<Vec<u8>, Option<Vec<u8>>>;

/// Batches that become durable together, as one atomic batch of the tree.
pub(crate) struct Group<'a> {
    tree: &'a Tree,
    /// What is known of the tree without looking.
    recall: &'a Recall,
    /// As of when it was read what the batch that is being added expects, if that is known.
    as_of: Option<Position>,
    /// What the batches so far change.
    changes: Changes,
    /// What the batch that is being added changes.
    staged: Changes,
    /// The largest numbers when the group is in.
    progress: Progress,
    /// The active generation when the group is in.
    generation: GenerationId,
    /// Why the disk could not be read, if it could not.
    failure: Option<String>,
}

/// What came of a batch.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) outcomes: Vec<WriteOutcome>,
    /// Whether anything of it is in the group.
    pub(crate) is_change: bool,
}

/// What a group comes to.
pub(crate) struct Applied {
    pub(crate) changes: Changes,
    pub(crate) progress: Progress,
    pub(crate) generation: GenerationId,
    /// The fact keys that it sets.
    pub(crate) fact_keys: HashSet<Vec<u8>>,
    /// The tombstones that it sets.
    pub(crate) tombstones: Vec<Tombstone>,
    /// The records that it writes or removes.
    pub(crate) records: Vec<RecordId>,
}

impl<'a> Group<'a> {
    /// Begins a group on what stands.
    pub(crate) fn new(tree: &'a Tree, recall: &'a Recall, progress: Progress, generation: GenerationId) -> Self {
        let (changes, staged) = (Changes::new(), Changes::new());
        Self { tree, recall, as_of: None, changes, staged, progress, generation, failure: None }
    }

    /// Adds a batch.
    ///
    /// # Errors
    /// [`WriteError`] if nothing of the batch is taken; the group goes on without it.
    pub(crate) fn add(&mut self, prepared: Prepared) -> Result<Taken, WriteError> {
        if let Some(asked) = prepared.generation.filter(|asked| *asked < self.generation) {
            return Err(WriteError::OlderGeneration { asked, active: self.generation });
        }
        let before = (self.progress.clone(), self.generation);
        let together = prepared.together;
        self.staged.reserve(prepared.puts());
        match self.stage(prepared) {
            Ok(mut outcomes) => {
                if together && !outcomes.iter().all(WriteOutcome::is_taken) {
                    self.staged.clear();
                    (self.progress, self.generation) = before;
                    outcomes.iter_mut().filter(|it| it.is_taken()).for_each(|it| *it = WriteOutcome::Withheld);
                }
                let is_change = !self.staged.is_empty();
                match self.changes.is_empty() {
                    true => std::mem::swap(&mut self.changes, &mut self.staged),
                    false => self.changes.extend(self.staged.drain()),
                }
                Ok(Taken { outcomes, is_change })
            }
            Err(error) => {
                self.staged.clear();
                (self.progress, self.generation) = before;
                if let ReadError::Disk { reason } = &error {
                    self.failure.get_or_insert_with(|| reason.clone());
                }
                Err(error.into())
            }
        }
    }

    /// Ends the group; `None` if it changes nothing.
    ///
    /// # Errors
    /// Why the disk could not be read for the guard: nothing of the group may be written then.
    pub(crate) fn finish(self) -> Result<Option<Applied>, String> {
        let Self { mut changes, progress, generation, failure, .. } = self;
        if let Some(reason) = failure {
            return Err(reason);
        }
        if changes.is_empty() {
            return Ok(None);
        }
        changes.insert(key::PROGRESS.to_vec(), Some(encoded(&progress)));
        let set = |family: Family| changes.iter().filter(move |(key, _)| Family::of(key) == Some(family));
        let fact_keys = set(Family::FactKey).filter(|(_, value)| value.is_some()).map(|(key, _)| key.clone()).collect();
        let tombstones = set(Family::Tombstone)
            .filter_map(|(_, value)| value::decode(Family::Tombstone, value.as_ref()?).ok())
            .collect();
        let records = set(Family::Record).filter_map(|(key, _)| key::read_numbered(key)).collect();
        Ok(Some(Applied { fact_keys, tombstones, records, changes, progress, generation }))
    }

    fn stage(&mut self, prepared: Prepared) -> Result<Vec<WriteOutcome>, ReadError> {
        self.generation = prepared.generation.unwrap_or(self.generation);
        self.as_of = prepared.as_of;
        self.progress.import = self.progress.import.max(prepared.import);
        // What has no guard is a commit too: a book that lost it has lost something.
        self.progress.position.0 += u64::from(!prepared.plain.is_empty() || prepared.floor.is_some());
        for (key, value) in prepared.plain {
            self.put(key, value);
        }
        if let Some(floor) = prepared.floor {
            self.progress.raise(&floor);
            self.put(key::PROGRESS.to_vec(), encoded(&self.progress));
        }
        let mut outcomes = Vec::with_capacity(prepared.writes.len());
        for write in prepared.writes {
            outcomes.push(self.write(write)?);
        }
        for erasure in prepared.erasures {
            outcomes.push(self.erase(erasure)?);
        }
        for mend in prepared.mends {
            outcomes.push(self.mend(mend)?);
        }
        Ok(outcomes)
    }

    fn write(&mut self, write: PreparedWrite) -> Result<WriteOutcome, ReadError> {
        if write.decided_by.is_some_and(|by| by != self.generation) {
            return Ok(WriteOutcome::OldGeneration { active: self.generation });
        }
        // What is to be new was not read.
        let version = match write.expect {
            Some(expect) if self.stands(&key::record(write.id)) => Some(expect),
            _ => self.version(write.id)?,
        };
        if version != write.expect {
            return Ok(WriteOutcome::Stale { version });
        }
        let is_new = write.expect.is_none();
        // The own reference is set once: whoever merges records may let it name another one later.
        let references: Vec<Vec<u8>> = is_new.then_some(write.reference).into_iter().chain(write.aliases).collect();
        for reference in &references {
            let digest = tombstone::digest_of_key(reference).expect("it was made from a reference");
            if self.has(&key::tombstone(&digest))? {
                return Ok(WriteOutcome::Erased);
            }
        }
        if is_new && self.has(&references[0])? || !self.are_as_expected(&write.facts)? {
            return Ok(WriteOutcome::Stale { version });
        }
        let version = version.unwrap_or(0) + 1;
        self.progress.position.0 += 1;
        self.progress.fact = self.progress.fact.max(write.fact);
        self.progress.import = self.progress.import.max(write.import);
        self.progress.note(write.id);
        let mut again = 0;
        // Only a key that is handed back may come with a fact that is there already.
        for fact in write.facts.iter().filter(|fact| fact.replaces.is_some()) {
            again += u64::from(self.has(&fact.put.0)?);
        }
        let census = &mut self.progress.census;
        census.records += u64::from(is_new);
        census.writes = census.writes.saturating_add(1);
        census.facts += write.facts.len() as u64 - again;
        census.history += u64::from(write.history.is_some());
        let position = self.progress.position;
        self.put(key::record(write.id), value::with_version(version, &write.record));
        for reference in references {
            self.put(reference, encoded(&write.id));
        }
        match write.pending {
            true => self.put(key::pending(write.id), value::wrap(&[])),
            // To remove what is not there would cost as much as what is.
            false if self.has(&key::pending(write.id))? => self.remove(key::pending(write.id)),
            false => {}
        }
        for fact in write.facts {
            self.put(fact.put.0, fact.put.1);
            self.put(fact.known.0, fact.known.1);
        }
        if let Some(entry) = write.history {
            self.put(key::history(write.id, position), entry);
        }
        Ok(WriteOutcome::Committed { version, position })
    }

    fn erase(&mut self, erasure: PreparedErasure) -> Result<WriteOutcome, ReadError> {
        let version = self.version(erasure.id)?;
        // What there is to remove was gathered for one version.
        if version != Some(erasure.expect) || erasure.gathered != version {
            return Ok(WriteOutcome::Stale { version });
        }
        let mut removed = Removed::default();
        // Another record may have taken over a key or a reference since; then it is not ours any more.
        for key in erasure.fact_keys {
            let of = self.look(&key, |bytes| value::decode::<KnownFact>(Family::FactKey, bytes))?;
            if of.is_some_and(|known| known.record == erasure.id) {
                self.remove(key);
                removed.fact_keys += 1;
            }
        }
        for reference in erasure.references {
            let of = self.look(&reference, |bytes| value::decode::<RecordId>(Family::Reference, bytes))?;
            if of.is_some_and(|id| id != erasure.id) {
                continue;
            }
            if let Some(digest) = tombstone::digest_of_key(&reference) {
                let tombstone = Tombstone { digest, erased: erasure.erased };
                self.put(key::tombstone(&digest), encoded(&tombstone));
            }
            removed.references += u64::from(of.is_some());
            self.remove(reference);
        }
        for key in erasure.keys {
            match Family::of(&key) {
                Some(Family::Fact) => removed.facts += 1,
                Some(Family::History) => removed.history += 1,
                Some(Family::Pending) => removed.marks += 1,
                _ => {}
            }
            self.remove(key);
        }
        let census = &mut self.progress.census;
        census.records = census.records.saturating_sub(1);
        census.writes = census.writes.saturating_sub(erasure.expect);
        census.facts = census.facts.saturating_sub(removed.facts);
        census.history = census.history.saturating_sub(removed.history);
        self.progress.position.0 += 1;
        Ok(WriteOutcome::Removed { removed, position: self.progress.position })
    }

    fn mend(&mut self, mend: Mend) -> Result<WriteOutcome, ReadError> {
        let mut holds = self.look(&mend.key, |bytes| Ok(bytes.to_vec()))? == mend.stands;
        for (key, exists) in &mend.given {
            holds &= self.has(key)? == *exists;
        }
        if !holds {
            return Ok(WriteOutcome::Stale { version: None });
        }
        self.staged.insert(mend.key, mend.put);
        self.progress.position.0 += 1;
        Ok(WriteOutcome::Committed { version: 0, position: self.progress.position })
    }

    /// Tells whether each fact's key names what its writer thinks it does.
    fn are_as_expected(&self, facts: &[crate::prepared::PreparedFact]) -> Result<bool, ReadError> {
        let mut earlier: HashMap<&[u8], FactSeq> = HashMap::new();
        for fact in facts {
            let known = &fact.known.0;
            let standing = match earlier.get(known.as_slice()) {
                Some(seq) => Some(*seq),
                None if self.stands(known) => fact.replaces,
                None => self
                    .look(known, |bytes| value::decode::<KnownFact>(Family::FactKey, bytes))?
                    .map(|known| known.order.seq),
            };
            if standing != fact.replaces {
                return Ok(false);
            }
            earlier.insert(known, fact.seq);
        }
        Ok(true)
    }

    /// Tells for certain that a key still holds what it did when it was read for the batch. `false`: it may not.
    fn stands(&self, key: &[u8]) -> bool {
        self.as_of.is_some_and(|as_of| self.recall.is_unchanged_since(key, as_of))
            && !self.staged.contains_key(key)
            && !self.changes.contains_key(key)
    }

    fn version(&self, id: RecordId) -> Result<Option<u64>, ReadError> {
        self.look(&key::record(id), value::version_of)
    }

    fn has(&self, key: &[u8]) -> Result<bool, ReadError> {
        Ok(self.look(key, |_| Ok(()))?.is_some())
    }

    /// Reads what a key holds, with the group's changes so far.
    fn look<T>(&self, key: &[u8], read: impl FnOnce(&[u8]) -> Result<T, ReadError>) -> Result<Option<T>, ReadError> {
        match self.staged.get(key).or_else(|| self.changes.get(key)) {
            Some(change) => change.as_deref().map(read).transpose(),
            None if self.recall.rules_out(key) => Ok(None),
            None => self.tree.get(key)?.map(|bytes| read(&bytes)).transpose(),
        }
    }

    fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.staged.insert(key, Some(value));
    }

    fn remove(&mut self, key: Vec<u8>) {
        self.staged.insert(key, None);
    }
}

fn encoded<T: serde::Serialize>(item: &T) -> Vec<u8> {
    value::encode(item).expect("a vector takes every number")
}
