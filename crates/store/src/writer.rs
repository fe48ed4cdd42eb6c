//! The one writer: takes a group, applies it, makes it durable, answers.

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use sled::Db;
use tierhook_model::GenerationId;

use crate::WriteError;
use crate::group::Group;
use crate::progress::{Counters, Progress};
use crate::queue::{Job, Queue};
use crate::settling::Settling;

/// Makes all that was applied durable, or says why it cannot.
pub(crate) type Harden = Box<dyn FnMut(&Db) -> Result<(), String> + Send>;

/// The writer's side of a store.
pub(crate) struct Writer {
    pub(crate) db: Db,
    pub(crate) harden: Harden,
    pub(crate) shared: Arc<Shared>,
    pub(crate) progress: Progress,
    pub(crate) generation: GenerationId,
}

/// What the writer shares with those who read and bring batches.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) queue: Queue,
    pub(crate) counters: Counters,
    pub(crate) settling: Settling,
}

/// Refuses everything once the writer is gone, however it went.
struct Farewell(Arc<Shared>);

impl Drop for Farewell {
    fn drop(&mut self) {
        self.0.settling.fail();
        self.0.queue.stop("the writer has ended");
    }
}

impl Writer {
    /// Starts the writer's thread.
    ///
    /// # Errors
    /// What the system says if there can be no thread.
    pub(crate) fn spawn(self) -> io::Result<JoinHandle<()>> {
        thread::Builder::new().name("tierhook-writer".into()).spawn(move || self.run())
    }

    fn run(mut self) {
        let _farewell = Farewell(Arc::clone(&self.shared));
        while let Some(jobs) = self.shared.queue.take() {
            if let Err(reason) = self.commit(jobs) {
                // Nobody knows what is on disk, so nothing may be written on top of what is in memory.
                tracing::error!(reason, "the writer stops: the outcome of the last writes is unknown");
                self.shared.queue.stop(&reason);
                return;
            }
        }
    }

    /// Writes a group and answers it. An error is the reason why its outcome is unknown.
    fn commit(&mut self, jobs: Vec<Job>) -> Result<(), String> {
        let mut group = Group::new(&self.db, self.progress.clone(), self.generation);
        let answers: Vec<_> = jobs.into_iter().map(|job| (job.reply, group.add(job.prepared))).collect();
        let mut unknown = None;
        if let Some(applied) = group.finish() {
            self.shared.settling.begin(applied.fact_keys);
            let written = self.db.apply_batch(applied.batch).map_err(|source| source.to_string());
            match written.and_then(|()| (self.harden)(&self.db)) {
                Ok(()) => {
                    self.shared.counters.catch_up(&applied.progress);
                    self.shared.settling.finish();
                    (self.progress, self.generation) = (applied.progress, applied.generation);
                }
                Err(reason) => {
                    self.shared.settling.fail();
                    unknown = Some(reason);
                }
            }
        }
        for (reply, answer) in answers {
            let answer = match &unknown {
                Some(reason) => Err(WriteError::UnknownOutcome { reason: reason.clone() }),
                None => answer,
            };
            // Whoever does not wait for the answer has dropped the other end.
            let _ = reply.send(answer);
        }
        unknown.map_or(Ok(()), Err)
    }
}
