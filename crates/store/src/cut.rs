//! A consistent view of the whole book while the writer goes on.
//!
//! The database's iterators are no snapshots. A cut pins the state after one durable commit: whoever reads it goes
//! through the tree from the first family to the last, a chunk at a time, and whenever the writer is about to change
//! a key that the reader has not reached yet, it first puts aside what the key holds. Where the reader has been, the
//! writer changes what it likes. The writer is held off only while one chunk is read.
//!
//! What is put aside lies in memory and is dropped when the reader gets there. It is bounded: a reader that is too
//! slow for the writer is told so.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, RwLock};

use sled::{Batch, IVec, Tree};
use tierhook_model::Position;

use crate::disk::{self, Disk};
use crate::group::Changes;
use crate::key::Family;
use crate::{BackupError, ReadError};

/// How much is put aside at most, in bytes.
pub(crate) const MOST_BYTES: usize = 256 << 20;
/// How many keys a chunk holds at most, and from how many bytes on it is full. Reading one takes well under 1 ms.
const CHUNK_KEYS: usize = 512;
const CHUNK_BYTES: usize = 256 << 10;
/// What a key that was put aside costs beyond its bytes.
const OVERHEAD: usize = 96;

/// Some keys with their values, in order.
pub(crate) type Chunk = Vec<(IVec, IVec)>;

/// Where the writer and the one who reads a cut meet.
#[derive(Debug, Default)]
pub(crate) struct Cut {
    state: Mutex<State>,
    begun: Condvar,
    /// Taken by the writer while it puts a batch, and shared by those who read several things in a row.
    putting: RwLock<()>,
}

#[derive(Debug, Default)]
struct State {
    /// Whether something was applied that is not durable yet.
    unsettled: bool,
    failed: bool,
    /// Somebody waits for the group to be durable, to begin a cut there; with the limit of that cut.
    wanted: Option<usize>,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    position: Position,
    /// The family that is being read, by rank, and the last key of it that was.
    rank: usize,
    last: Option<IVec>,
    /// What keys ahead held at the cut, by rank of the family; `None` is nothing.
    aside: [BTreeMap<IVec, Option<IVec>>; Family::ALL.len()],
    bytes: usize,
    limit: usize,
    /// Why the cut cannot be read any more.
    end: Option<End>,
}

#[derive(Clone, Debug)]
enum End {
    Overtaken,
    Unreadable(String),
}

/// A cut that is being read; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    cut: &'a Cut,
    tree: &'a Tree,
    /// The commit as of which it is.
    pub(crate) position: Position,
}

impl Cut {
    /// Begins a cut behind the last durable commit; `position` tells which that is.
    ///
    /// # Errors
    /// [`BackupError::Running`] and [`BackupError::Stopped`].
    pub(crate) fn begin<'a>(
        &'a self,
        tree: &'a Tree,
        limit: usize,
        position: impl FnOnce() -> Position,
    ) -> Result<Reader<'a>, BackupError> {
        let mut state = self.lock();
        if state.running.is_some() || state.wanted.is_some() {
            return Err(BackupError::Running);
        }
        if state.unsettled && !state.failed {
            // The writer begins it as soon as the group is durable: between two groups there may be no time to.
            state.wanted = Some(limit);
            while state.wanted.is_some() && !state.failed {
                state = self.begun.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            state.wanted = None;
        } else if !state.failed {
            state.running = Some(Running::new(position(), limit));
        }
        match &state.running {
            Some(running) if !state.failed => Ok(Reader { cut: self, tree, position: running.position }),
            _ => {
                state.running = None;
                Err(BackupError::Stopped)
            }
        }
    }

    /// Applies changes, putting aside what a cut still needs.
    ///
    /// # Errors
    /// The database's. Nobody knows then what was kept.
    pub(crate) fn apply(&self, disk: &mut dyn Disk, db: &sled::Db, changes: Changes) -> sled::Result<()> {
        let mut state = self.lock();
        state.unsettled = true;
        if let Some(running) = &mut state.running {
            running.put_aside(db, &changes);
        }
        let mut batch = Batch::default();
        for (key, value) in changes {
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        let _putting = self.putting.write().unwrap_or_else(PoisonError::into_inner);
        disk.apply(db, batch)
    }

    /// What was applied is durable, up to this commit.
    pub(crate) fn settle(&self, position: Position) {
        let mut state = self.lock();
        state.unsettled = false;
        if let Some(limit) = state.wanted.take() {
            state.running = Some(Running::new(position, limit));
            self.begun.notify_all();
        }
    }

    /// Nobody knows what became of what was applied, or nothing will be applied any more.
    pub(crate) fn fail(&self) {
        self.lock().failed = true;
        self.begun.notify_all();
    }

    /// Reads several things while nothing is being put. The database lets nobody read then anyway: who has begun reads on
    /// to the end, rather than being stopped in the middle.
    pub(crate) fn still<T>(&self, look: impl FnOnce() -> T) -> T {
        let _putting = self.putting.read().unwrap_or_else(PoisonError::into_inner);
        look()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader<'_> {
    /// Reads the next keys; empty at the end.
    ///
    /// # Errors
    /// [`BackupError::Overtaken`], [`BackupError::Read`].
    pub(crate) fn next(&mut self) -> Result<Chunk, BackupError> {
        let mut state = self.cut.lock();
        // Only this reader ends the cut.
        let Some(running) = &mut state.running else { return Err(BackupError::Stopped) };
        running.next(self.tree)
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        self.cut.lock().running = None;
    }
}

impl Running {
    fn new(position: Position, limit: usize) -> Self {
        let aside = std::array::from_fn(|_| BTreeMap::new());
        Self { position, rank: 0, last: None, aside, bytes: 0, limit, end: None }
    }

    fn put_aside(&mut self, tree: &Tree, changes: &Changes) {
        for key in changes.keys() {
            let Some(rank) = Family::of(key).map(Family::rank) else { continue };
            let is_behind = |last: &IVec| key.as_slice() <= last.as_ref();
            if self.end.is_some() || rank < self.rank || rank == self.rank && self.last.as_ref().is_some_and(is_behind)
            {
                continue;
            }
            if self.aside[rank].contains_key(key.as_slice()) {
                continue;
            }
            match tree.get(key) {
                Ok(held) => {
                    self.bytes += cost(key, held.as_ref());
                    self.aside[rank].insert(key.as_slice().into(), held);
                    self.end = (self.bytes > self.limit).then_some(End::Overtaken);
                }
                // That is the reader's loss; what the writer is about to do tells it what the disk is worth.
                Err(error) => self.end = Some(End::Unreadable(disk::reason(&error))),
            }
            if self.end.is_some() {
                self.aside = std::array::from_fn(|_| BTreeMap::new());
            }
        }
    }

    fn next(&mut self, tree: &Tree) -> Result<Chunk, BackupError> {
        match self.end.clone() {
            Some(End::Overtaken) => return Err(BackupError::Overtaken { limit_bytes: self.limit }),
            Some(End::Unreadable(reason)) => return Err(ReadError::Disk { reason }.into()),
            None => {}
        }
        while let Some(family) = Family::ALL.get(self.rank).copied() {
            let from = self.last.clone().unwrap_or_else(|| family.start().into());
            let range = (Bound::Excluded(from), Bound::Excluded(IVec::from(family.end())));
            let (mut chunk, mut bytes) = (Chunk::new(), 0);
            for item in tree.range::<IVec, _>(range) {
                let (key, value) = item.map_err(ReadError::from)?;
                bytes += key.len() + value.len();
                chunk.push((key, value));
                if chunk.len() == CHUNK_KEYS || bytes >= CHUNK_BYTES {
                    break;
                }
            }
            let is_full = chunk.len() == CHUNK_KEYS || bytes >= CHUNK_BYTES;
            let last = if is_full { chunk.last().map(|(key, _)| key.clone()) } else { None };
            let aside = self.take_aside(last.as_ref());
            match last {
                Some(last) => self.last = Some(last),
                None => (self.rank, self.last) = (self.rank + 1, None),
            }
            if !aside.is_empty() {
                let mut merged: BTreeMap<IVec, IVec> = chunk.into_iter().collect();
                for (key, held) in aside {
                    match held {
                        Some(value) => drop(merged.insert(key, value)),
                        None => drop(merged.remove(&key)),
                    }
                }
                chunk = merged.into_iter().collect();
            }
            // A chunk of keys that are all new is as good as none.
            if !chunk.is_empty() {
                return Ok(chunk);
            }
        }
        Ok(Chunk::new())
    }

    /// Takes out what was put aside of the family up to a key, or all of it.
    fn take_aside(&mut self, last: Option<&IVec>) -> BTreeMap<IVec, Option<IVec>> {
        let aside = &mut self.aside[self.rank];
        let later = match last {
            // The next possible key is this one with a zero behind it.
            Some(last) => aside.split_off([last.as_ref(), &[0]].concat().as_slice()),
            None => BTreeMap::new(),
        };
        let taken = std::mem::replace(aside, later);
        self.bytes -= taken.iter().map(|(key, held)| cost(key, held.as_ref())).sum::<usize>();
        taken
    }
}

fn cost(key: &[u8], held: Option<&IVec>) -> usize {
    OVERHEAD + key.len() + held.map_or(0, |value| value.len())
}
