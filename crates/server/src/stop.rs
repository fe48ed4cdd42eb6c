//! The sign to stop, for threads and for tasks.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// The sign to stop: given once, seen by every thread and task that holds a clone.
#[derive(Clone, Debug)]
pub struct StopSignal {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    stopped: Mutex<bool>,
    changed: Condvar,
    tasks: watch::Sender<bool>,
}

impl StopSignal {
    /// Makes a signal that was not given yet.
    pub fn new() -> Self {
        let inner = Inner { stopped: Mutex::new(false), changed: Condvar::new(), tasks: watch::Sender::new(false) };
        Self { inner: Arc::new(inner) }
    }

    /// Gives the signal.
    pub fn stop(&self) {
        *self.inner.stopped.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.inner.changed.notify_all();
        self.inner.tasks.send_replace(true);
    }

    /// Tells whether the signal was given.
    pub fn is_stopped(&self) -> bool {
        *self.inner.tasks.borrow()
    }

    /// Blocks the thread until the signal is given, but not for longer than `at_most`. Returns whether it was given.
    pub fn wait(&self, at_most: Duration) -> bool {
        let stopped = self.inner.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.inner.changed.wait_timeout_while(stopped, at_most, |stopped| !*stopped);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Waits until the signal is given.
    pub async fn stopped(&self) {
        let mut tasks = self.inner.tasks.subscribe();
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = tasks.wait_for(|stopped| *stopped).await;
    }
}

impl Default for StopSignal {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiting_thread_is_woken() {
        let signal = StopSignal::new();
        assert!(!signal.wait(Duration::ZERO));
        let waiting = std::thread::spawn({
            let signal = signal.clone();
            move || signal.wait(Duration::from_secs(60))
        });
        signal.stop();
        assert!(waiting.join().unwrap());
        assert!(signal.is_stopped() && signal.wait(Duration::from_secs(60)));
    }
}
