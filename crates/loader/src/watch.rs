//! Watching a workspace: hints, settling, candidates.
//!
//! Whatever says that something may have changed is a hint: the system's notification, the rescan timer, a poke.
//! What counts is the digest of the whole tree, twice the same with a pause between. So no way of saving a file,
//! of replacing a folder or of missing a notification needs a case of its own.

mod arm;
mod signal;

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use self::arm::Arm;
use self::signal::{Signal, Woken};
use crate::tree::{Candidate, TreeError, TreeLimits};

/// How a workspace is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchSettings {
    /// How long the tree has to stay as it is.
    pub settle: Duration,
    /// How often to look without having been told to.
    pub rescan: Duration,
    /// Whether to ask the system for notifications.
    pub notifications: bool,
    /// How much the rule files may come to.
    pub limits: TreeLimits,
}

impl Default for WatchSettings {
    fn default() -> Self {
        Self {
            settle: Duration::from_millis(250),
            rescan: Duration::from_secs(2),
            notifications: true,
            limits: TreeLimits::default(),
        }
    }
}

/// What watching came upon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sighting {
    /// The tree has settled on something else than before, or has come back after an alarm.
    Settled(Arc<Candidate>),
    /// There is nothing to load. What is active has to stay.
    Alarm(TreeError),
}

/// Why watching cannot begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WatchError {
    /// The system gives no thread.
    #[error("cannot start the thread that watches the rules: {source}")]
    Thread {
        /// The system's reason.
        source: std::io::Error,
    },
}

/// A watched workspace. Dropping it ends the watching.
#[derive(Debug)]
pub struct Watch {
    signal: Arc<Signal>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Begins to watch a workspace on a thread of its own. `sink` is called on that thread, first with what is there
    /// unless its digest is `known`, then with every change. While it runs nothing is looked at; what changes
    /// meanwhile is seen afterwards.
    ///
    /// # Errors
    /// [`WatchError`] if there is no thread to be had. Missing notifications are no error: the rescan timer
    /// does without, and [`Watch::unnotified`] says why.
    pub fn start(
        workspace: impl Into<PathBuf>,
        settings: WatchSettings,
        known: Option<String>,
        sink: impl FnMut(Sighting) + Send + 'static,
    ) -> Result<Self, WatchError> {
        let signal = Arc::new(Signal::default());
        let workspace = workspace.into();
        let arm = settings.notifications.then(|| Arm::new(&workspace, &signal));
        let looker = Looker { workspace, settings, signal: signal.clone(), arm, told: known.map(Ok), sink };
        let thread = thread::Builder::new()
            .name("tierhook-watch".to_owned())
            .spawn(move || looker.run())
            .map_err(|source| WatchError::Thread { source })?;
        Ok(Self { signal, thread: Some(thread) })
    }

    /// Asks to look now.
    pub fn poke(&self) {
        self.signal.hint();
    }

    /// Tells why the system gives no notifications, if it should and does not. The rescan timer still sees
    /// every change.
    pub fn unnotified(&self) -> Option<String> {
        self.signal.unnotified()
    }

    /// Ends the watching and waits until the sink is at rest.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.signal.stop();
        let Some(thread) = self.thread.take() else { return };
        // The sink itself may drop the watch; a thread cannot wait for itself.
        if thread.thread().id() != thread::current().id() && thread.join().is_err() {
            tracing::error!("the thread that watched the rules had failed");
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.end();
    }
}

/// What tells one look from another.
type Seen = Result<String, TreeError>;

struct Looker<S> {
    workspace: PathBuf,
    settings: WatchSettings,
    signal: Arc<Signal>,
    arm: Option<Arm>,
    told: Option<Seen>,
    sink: S,
}

impl<S: FnMut(Sighting)> Looker<S> {
    fn run(mut self) {
        // A burst of hints, one for each of fifty files, is worth one look.
        let quiet = self.settings.settle / 5;
        loop {
            let Some(sighting) = self.settle() else {
                match self.signal.wait(self.settings.rescan) {
                    Woken::Stop => return,
                    Woken::Hint if self.signal.pause(quiet) => return,
                    Woken::Hint | Woken::Timeout => continue,
                }
            };
            (self.sink)(sighting);
        }
    }

    /// Returns what the tree has settled on, if that is news and the end has not come.
    fn settle(&mut self) -> Option<Sighting> {
        let mut look = self.look();
        loop {
            let seen = seen(&look);
            if self.told.as_ref() == Some(&seen) || self.signal.pause(self.settings.settle) {
                return None;
            }
            look = self.look();
            if self::seen(&look) == seen {
                self.told = Some(seen);
                return Some(match look {
                    Ok(candidate) => Sighting::Settled(Arc::new(candidate)),
                    Err(error) => Sighting::Alarm(error),
                });
            }
        }
    }

    fn look(&mut self) -> Result<Candidate, TreeError> {
        let Some(arm) = &mut self.arm else { return Candidate::read(&self.workspace, &self.settings.limits) };
        // Armed before it is read, so that nothing is missed in between; again where reading found new folders.
        arm.refresh(&[]);
        let mut look = Candidate::read(&self.workspace, &self.settings.limits);
        if let Ok(candidate) = &look
            && arm.refresh(candidate.folders())
        {
            look = Candidate::read(&self.workspace, &self.settings.limits);
        }
        look
    }
}

fn seen(look: &Result<Candidate, TreeError>) -> Seen {
    match look {
        Ok(candidate) => Ok(candidate.digest().to_owned()),
        Err(error) => Err(error.clone()),
    }
}

#[cfg(test)]
mod tests;
