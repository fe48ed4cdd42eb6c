//! The signal between those who hint and the thread that looks.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Hints run together into one; the end is never missed.
#[derive(Debug, Default)]
pub(super) struct Signal {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    hint: bool,
    stop: bool,
    unnotified: Option<String>,
}

/// Why a wait is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Woken {
    /// Something may have changed.
    Hint,
    /// Nobody said anything.
    Timeout,
    /// It is the end.
    Stop,
}

impl Signal {
    /// Says that something may have changed.
    pub(super) fn hint(&self) {
        self.lock().hint = true;
        self.changed.notify_all();
    }

    /// Says that it is the end.
    pub(super) fn stop(&self) {
        self.lock().stop = true;
        self.changed.notify_all();
    }

    /// Waits for a hint, and takes it.
    pub(super) fn wait(&self, longest: Duration) -> Woken {
        let (mut state, _) = self
            .changed
            .wait_timeout_while(self.lock(), longest, |state| !state.hint && !state.stop)
            .unwrap_or_else(PoisonError::into_inner);
        let hint = std::mem::take(&mut state.hint);
        match (state.stop, hint) {
            (true, _) => Woken::Stop,
            (false, true) => Woken::Hint,
            (false, false) => Woken::Timeout,
        }
    }

    /// Waits the whole time, and takes the hints of it. Returns whether the end has come.
    pub(super) fn pause(&self, time: Duration) -> bool {
        let (mut state, _) = self
            .changed
            .wait_timeout_while(self.lock(), time, |state| !state.stop)
            .unwrap_or_else(PoisonError::into_inner);
        state.hint = false;
        state.stop
    }

    /// Notes why there are no notifications, or that there are. Returns whether that is new.
    pub(super) fn set_unnotified(&self, why: Option<String>) -> bool {
        let mut state = self.lock();
        let new = state.unnotified != why;
        state.unnotified = why;
        new
    }

    /// Why there are no notifications.
    pub(super) fn unnotified(&self) -> Option<String> {
        self.lock().unnotified.clone()
    }

    // Each assignment leaves the state whole, so a panic elsewhere does it no harm.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
