//! A group of batches on its way into the tree: the guard, and what earlier writes of the group left.

use std::collections::{HashMap, HashSet};

use sled::{Batch, Tree};
use tierhook_model::{GenerationId, RecordId};

use crate::key;
use crate::prepared::{Prepared, PreparedWrite};
use crate::progress::Progress;
use crate::{ReadError, WriteError, WriteOutcome, value};

/// Batches that become durable together, as one atomic batch of the tree.
pub(crate) struct Group<'a> {
    tree: &'a Tree,
    batch: Batch,
    /// The largest numbers when the group is in.
    progress: Progress,
    /// The active generation when the group is in.
    generation: GenerationId,
    /// The versions that stand, with the group's writes so far.
    versions: HashMap<RecordId, Option<u64>>,
    /// Which external references are taken, with the group's writes so far.
    references: HashMap<Vec<u8>, bool>,
    fact_keys: HashSet<Vec<u8>>,
    changed: bool,
}

/// What a group comes to.
pub(crate) struct Applied {
    pub(crate) batch: Batch,
    pub(crate) progress: Progress,
    pub(crate) generation: GenerationId,
    /// The fact keys that it sets.
    pub(crate) fact_keys: HashSet<Vec<u8>>,
}

impl<'a> Group<'a> {
    /// Begins a group on what stands.
    pub(crate) fn new(tree: &'a Tree, progress: Progress, generation: GenerationId) -> Self {
        Self {
            tree,
            batch: Batch::default(),
            progress,
            generation,
            versions: HashMap::new(),
            references: HashMap::new(),
            fact_keys: HashSet::new(),
            changed: false,
        }
    }

    /// Adds a batch.
    ///
    /// # Errors
    /// [`WriteError`] if nothing of the batch is taken; the group goes on without it.
    pub(crate) fn add(&mut self, prepared: Prepared) -> Result<Vec<WriteOutcome>, WriteError> {
        if let Some(asked) = prepared.generation.filter(|asked| *asked < self.generation) {
            return Err(WriteError::OlderGeneration { asked, active: self.generation });
        }
        // All that can fail is done before the first change, so that a batch goes in whole or not at all.
        for write in &prepared.writes {
            self.look_up(write)?;
        }
        self.generation = prepared.generation.unwrap_or(self.generation);
        self.changed |= !prepared.plain.is_empty();
        self.progress.import = self.progress.import.max(prepared.import);
        for (key, value) in prepared.plain {
            self.batch.insert(key, value);
        }
        Ok(prepared.writes.into_iter().map(|write| self.write(write)).collect())
    }

    /// Ends the group; `None` if it changes nothing.
    pub(crate) fn finish(mut self) -> Option<Applied> {
        self.changed.then(|| {
            let progress = value::encode(&self.progress).expect("a vector takes every number");
            self.batch.insert(&key::PROGRESS, progress);
            Applied {
                batch: self.batch,
                progress: self.progress,
                generation: self.generation,
                fact_keys: self.fact_keys,
            }
        })
    }

    /// Reads what the guard needs to know, unless an earlier write of the group left it.
    fn look_up(&mut self, write: &PreparedWrite) -> Result<(), ReadError> {
        if !self.versions.contains_key(&write.id) {
            let stored = self.tree.get(key::record(write.id))?;
            let version = stored.map(|bytes| value::version_of(&bytes)).transpose()?;
            self.versions.insert(write.id, version);
        }
        if write.expect.is_none() && !self.references.contains_key(&write.reference) {
            let taken = self.tree.contains_key(&write.reference)?;
            self.references.insert(write.reference.clone(), taken);
        }
        Ok(())
    }

    fn write(&mut self, write: PreparedWrite) -> WriteOutcome {
        if write.decided_by.is_some_and(|by| by != self.generation) {
            return WriteOutcome::OldGeneration { active: self.generation };
        }
        let version = self.versions.get(&write.id).copied().flatten();
        let is_new = write.expect.is_none();
        if version != write.expect || is_new && self.references.get(&write.reference).copied().unwrap_or(false) {
            return WriteOutcome::Stale { version };
        }
        let version = version.unwrap_or(0) + 1;
        self.changed = true;
        self.progress.position.0 += 1;
        self.progress.fact = self.progress.fact.max(write.fact);
        self.progress.import = self.progress.import.max(write.import);
        self.progress.note(write.id);
        self.versions.insert(write.id, Some(version));
        let position = self.progress.position;
        self.batch.insert(key::record(write.id), value::with_version(version, &write.record));
        // The own reference is set once: whoever merges records may let it name another one later.
        let references = is_new.then_some(write.reference).into_iter().chain(write.aliases);
        for reference in references {
            self.batch.insert(reference.clone(), value::encode(&write.id).expect("a vector takes every number"));
            self.references.insert(reference, true);
        }
        if write.pending {
            self.batch.insert(key::pending(write.id), value::wrap(&[]));
        } else {
            self.batch.remove(key::pending(write.id));
        }
        for (key, fact) in write.facts {
            self.batch.insert(key, fact);
        }
        for (key, known) in write.fact_keys {
            self.fact_keys.insert(key.clone());
            self.batch.insert(key, known);
        }
        if let Some(entry) = write.history {
            self.batch.insert(key::history(write.id, position), entry);
        }
        WriteOutcome::Committed { version, position }
    }
}
