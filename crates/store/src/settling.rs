//! Fact keys that are applied and not yet durable.
//!
//! Whoever is told that a fact is known will not bring it again, so that may be said only of what survives.

use std::collections::HashSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::ReadError;

/// The fact keys of the group that the writer is about to apply or has just applied.
#[derive(Debug, Default)]
pub(crate) struct Settling {
    state: Mutex<State>,
    settled: Condvar,
}

#[derive(Debug, Default)]
struct State {
    keys: HashSet<Vec<u8>>,
    failed: bool,
}

impl Settling {
    /// Takes note of the keys that are about to be applied.
    pub(crate) fn begin(&self, keys: HashSet<Vec<u8>>) {
        self.lock().keys = keys;
    }

    /// The keys are durable.
    pub(crate) fn finish(&self) {
        self.lock().keys.clear();
        self.settled.notify_all();
    }

    /// Nobody knows what became of the keys.
    pub(crate) fn fail(&self) {
        self.lock().failed = true;
        self.settled.notify_all();
    }

    /// Waits until none of the keys is settling, and tells whether that took waiting; if so, what was read before
    /// may have changed.
    ///
    /// # Errors
    /// [`ReadError::Unsettled`] if nobody knows what became of one of them.
    pub(crate) fn wait(&self, keys: &[Vec<u8>]) -> Result<bool, ReadError> {
        let mut state = self.lock();
        let mut waited = false;
        while keys.iter().any(|key| state.keys.contains(key)) {
            if state.failed {
                return Err(ReadError::Unsettled);
            }
            waited = true;
            state = self.settled.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        Ok(waited)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
