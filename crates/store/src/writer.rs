//! The one writer: takes a group, applies it, makes it durable, answers.

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use sled::Db;
use tierhook_model::GenerationId;

use crate::WriteError;
use crate::cut::Cut;
use crate::decoded::Decoded;
use crate::disk::{self, Disk};
use crate::group::{Applied, Group, Taken};
use crate::progress::{Counters, Progress};
use crate::queue::{Job, Queue};
use crate::recall::Recall;
use crate::settling::Settling;
use crate::tombstone::Copy;
use crate::watch::Watches;
use crate::watermark::Watermark;

/// The writer's side of a store.
pub(crate) struct Writer {
    pub(crate) db: Db,
    pub(crate) disk: Box<dyn Disk>,
    /// The tombstones in a file of their own.
    pub(crate) copy: Copy,
    /// The last acknowledged commit in a file of its own.
    pub(crate) watermark: Watermark,
    pub(crate) shared: Arc<Shared>,
    pub(crate) progress: Progress,
    pub(crate) generation: GenerationId,
    pub(crate) recall: Recall,
}

/// What the writer shares with those who read and bring batches.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) queue: Queue,
    pub(crate) counters: Counters,
    pub(crate) settling: Settling,
    pub(crate) cut: Cut,
    pub(crate) watches: Watches,
    pub(crate) decoded: Decoded,
}

/// How the writer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The book was closed, and nothing had been written.
    Idle,
    /// The book was closed, and what had been written is durable.
    Written,
    /// A write failed.
    Failed,
}

/// Refuses everything once the writer is gone, however it went.
struct Farewell(Arc<Shared>);

impl Drop for Farewell {
    fn drop(&mut self) {
        self.0.settling.fail();
        self.0.cut.fail();
        self.0.queue.stop("the writer has ended");
    }
}

impl Writer {
    /// Starts the writer's thread. It tells how it ended.
    ///
    /// # Errors
    /// What the system says if there can be no thread.
    pub(crate) fn spawn(self) -> io::Result<JoinHandle<End>> {
        thread::Builder::new().name("tierhook-writer".into()).spawn(move || self.run())
    }

    fn run(mut self) -> End {
        let _farewell = Farewell(Arc::clone(&self.shared));
        let opened_at = self.progress.position;
        while let Some(jobs) = self.shared.queue.take() {
            if let Err(reason) = self.commit(jobs) {
                // Nobody knows what is on disk, so nothing may be written on top of what is in memory.
                tracing::error!(reason, "the writer stops: the disk failed");
                self.shared.queue.stop(&reason);
                return End::Failed;
            }
        }
        if self.progress.position == opened_at {
            return End::Idle;
        }
        if let Err(error) = self.watermark.sync() {
            tracing::warn!(%error, "the number of the last commit may not survive a loss of power");
        }
        End::Written
    }

    /// Writes a group and answers it. An error is the reason why nothing more may be written.
    fn commit(&mut self, jobs: Vec<Job>) -> Result<(), String> {
        let mut group = Group::new(&self.db, &self.recall, self.progress.clone(), self.generation);
        let answers: Vec<_> = jobs.into_iter().map(|job| (job.reply, group.add(job.prepared))).collect();
        let (failure, is_begun) = match group.finish() {
            Ok(None) => (None, false),
            Ok(Some(applied)) => (self.write(applied).err().map(|error| disk::reason(&error)), true),
            Err(reason) => (Some(reason), false),
        };
        if failure.is_some() {
            self.shared.settling.fail();
            self.shared.cut.fail();
        }
        for (reply, answer) in answers {
            let answer = match &failure {
                None => answer.map(|taken| taken.outcomes),
                Some(reason) => Err(failed(answer, reason, is_begun)),
            };
            // Whoever does not wait for the answer has dropped the other end.
            let _ = reply.send(answer);
        }
        failure.map_or(Ok(()), Err)
    }

    /// Applies what passed and makes it durable. An error leaves it unknown what was kept.
    fn write(&mut self, applied: Applied) -> sled::Result<()> {
        self.recall.note(applied.changes.keys(), applied.progress.position);
        self.shared.settling.begin(applied.fact_keys);
        self.shared.cut.apply(&mut *self.disk, &self.db, applied.changes)?;
        self.disk.flush(&self.db)?;
        self.disk.sync()?;
        // The book is right without the copy, and opening it makes up for what the copy lacks.
        if let Err(error) = self.copy.append(&applied.tombstones) {
            tracing::error!(%error, "erasures are not in the file that a restore reads; open the book again");
        }
        // Before anybody is answered: what is acknowledged is never above the watermark.
        self.watermark.raise(applied.progress.position);
        self.shared.counters.catch_up(&applied.progress);
        self.shared.settling.finish();
        self.shared.cut.settle(applied.progress.position);
        self.shared.decoded.forget(&applied.records);
        self.shared.watches.note(&applied.records);
        self.recall.look_for_marks(&self.db);
        (self.progress, self.generation) = (applied.progress, applied.generation);
        Ok(())
    }
}

/// What a batch of a group that failed is answered. Only what was on its way to the disk may have been kept: what was
/// refused was not written, even if it was refused on the strength of what nobody knows now.
fn failed(answer: Result<Taken, WriteError>, reason: &str, is_begun: bool) -> WriteError {
    let reason = reason.to_owned();
    match answer {
        Ok(Taken { is_change: true, .. }) if is_begun => WriteError::UnknownOutcome { reason },
        Ok(_) | Err(WriteError::Unreadable { .. }) => WriteError::Stopped { reason },
        Err(error) => error,
    }
}
