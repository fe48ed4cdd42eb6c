//! The writer's queue: two bounded lanes, the second behind the first.

use std::collections::VecDeque;
use std::sync::mpsc::SyncSender;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::prepared::Prepared;
use crate::{WriteError, WriteOutcome};

/// How many puts may wait in a lane before those who bring more have to wait too. One batch always may.
const LANE_PUTS: usize = 32_768;

/// How many puts make a group: many enough that the flush weighs little, few enough that nobody waits long for the
/// answer (some 50 ms). A larger batch is a group of its own.
const GROUP_PUTS: usize = 4_096;

/// What the writer answers to a batch.
pub(crate) type Answer = Result<Vec<WriteOutcome>, WriteError>;

/// A batch, and whom to answer.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) prepared: Prepared,
    pub(crate) reply: SyncSender<Answer>,
}

/// The queue between all who write and the one writer.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    /// Something happened that the writer may wait for.
    filled: Condvar,
    /// Something happened that those who bring batches may wait for.
    emptied: Condvar,
}

#[derive(Debug, Default)]
struct State {
    ingest: Lane,
    bulk: Lane,
    end: Option<End>,
}

/// Why nothing more comes in.
#[derive(Debug)]
enum End {
    /// The store is being closed; what waits is still written.
    Closing,
    /// The writer stopped.
    Stopped { reason: String },
}

#[derive(Debug, Default)]
struct Lane {
    jobs: VecDeque<Job>,
    puts: usize,
}

impl Lane {
    fn has_room(&self) -> bool {
        self.jobs.is_empty() || self.puts < LANE_PUTS
    }

    fn push(&mut self, job: Job) {
        self.puts += job.prepared.puts();
        self.jobs.push_back(job);
    }

    /// Moves the next job into a group, if there is one and `fits` says of its puts that it may.
    fn pop_into(&mut self, group: &mut Vec<Job>, fits: impl FnOnce(usize) -> bool) -> Option<usize> {
        let puts = self.jobs.front()?.prepared.puts();
        if !fits(puts) {
            return None;
        }
        group.extend(self.jobs.pop_front());
        self.puts -= puts;
        Some(puts)
    }
}

impl Queue {
    /// Adds a batch, waiting for room in its lane.
    ///
    /// # Errors
    /// [`WriteError::Stopped`] if nothing more is taken.
    pub(crate) fn push(&self, job: Job) -> Result<(), WriteError> {
        let mut state = self.lock();
        loop {
            if let Some(end) = &state.end {
                return Err(end.refusal());
            }
            let lane = if job.prepared.bulk { &mut state.bulk } else { &mut state.ingest };
            if lane.has_room() {
                lane.push(job);
                self.filled.notify_one();
                return Ok(());
            }
            state = self.emptied.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes what waits, as much as makes a group, and waits only while there is nothing. Bulk batches come behind
    /// all others; one of them gets into every group, so that steady ingest cannot hold them off for ever.
    /// `None` is the end.
    pub(crate) fn take(&self) -> Option<Vec<Job>> {
        let mut state = self.lock();
        while state.ingest.jobs.is_empty() && state.bulk.jobs.is_empty() {
            if state.end.is_some() {
                return None;
            }
            state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let (mut group, mut puts) = (Vec::new(), 0);
        while let Some(more) = state.ingest.pop_into(&mut group, |more| puts == 0 || puts + more <= GROUP_PUTS) {
            puts += more;
        }
        let alone = group.is_empty();
        while let Some(more) = state.bulk.pop_into(&mut group, |more| puts == 0 || puts + more <= GROUP_PUTS) {
            puts += more;
            if !alone {
                break;
            }
        }
        self.emptied.notify_all();
        Some(group)
    }

    /// Lets nothing more in; what waits is still written.
    pub(crate) fn close(&self) {
        self.lock().end.get_or_insert(End::Closing);
        self.filled.notify_all();
        self.emptied.notify_all();
    }

    /// Lets nothing more in, and refuses what waits.
    pub(crate) fn stop(&self, reason: &str) {
        let mut state = self.lock();
        let end = match state.end.take() {
            // The first reason is the one that matters.
            Some(End::Stopped { reason }) => End::Stopped { reason },
            _ => End::Stopped { reason: reason.to_owned() },
        };
        let State { ingest, bulk, .. } = &mut *state;
        for job in ingest.jobs.drain(..).chain(bulk.jobs.drain(..)) {
            // Whoever does not wait for the answer has dropped the other end.
            let _ = job.reply.send(Err(end.refusal()));
        }
        state.end = Some(end);
        drop(state);
        self.filled.notify_all();
        self.emptied.notify_all();
    }

    /// Why nothing more is written, if the writer stopped.
    pub(crate) fn failure(&self) -> Option<String> {
        match &self.lock().end {
            Some(End::Stopped { reason }) => Some(reason.clone()),
            Some(End::Closing) | None => None,
        }
    }

    /// Nothing panics while it holds the lock, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl End {
    fn refusal(&self) -> WriteError {
        let reason = match self {
            Self::Closing => "the book is being closed".to_owned(),
            Self::Stopped { reason } => reason.clone(),
        };
        WriteError::Stopped { reason }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, sync_channel};

    use super::*;

    /// A batch of so many puts, with the end that its answer comes out of.
    fn job(puts: usize, bulk: bool) -> (Job, Receiver<Answer>) {
        let plain = vec![(vec![b'm', 1], vec![]); puts];
        let (reply, answer) = sync_channel(1);
        (Job { prepared: Prepared { plain, bulk, ..Prepared::default() }, reply }, answer)
    }

    fn sizes(group: Option<Vec<Job>>) -> Option<Vec<usize>> {
        group.map(|jobs| jobs.iter().map(|job| job.prepared.puts()).collect())
    }

    #[test]
    fn ingest_goes_first_and_one_bulk_batch_gets_into_every_group() {
        let queue = Queue::default();
        for (puts, bulk) in [(1, true), (2, true), (3, false), (4, true), (5, false)] {
            queue.push(job(puts, bulk).0).unwrap();
        }
        assert_eq!(sizes(queue.take()), Some(vec![3, 5, 1]));
        assert_eq!(sizes(queue.take()), Some(vec![2, 4]));
    }

    #[test]
    fn a_group_ends_where_it_is_large_enough() {
        let queue = Queue::default();
        for puts in [GROUP_PUTS - 1, 1, 1, GROUP_PUTS * 3, 2] {
            queue.push(job(puts, false).0).unwrap();
        }
        assert_eq!(sizes(queue.take()), Some(vec![GROUP_PUTS - 1, 1]));
        assert_eq!(sizes(queue.take()), Some(vec![1]));
        assert_eq!(sizes(queue.take()), Some(vec![GROUP_PUTS * 3]));
        assert_eq!(sizes(queue.take()), Some(vec![2]));
    }

    #[test]
    fn a_closed_queue_gives_out_what_waits_and_takes_no_more() {
        let queue = Queue::default();
        queue.push(job(1, false).0).unwrap();
        queue.close();
        assert!(matches!(queue.push(job(1, false).0), Err(WriteError::Stopped { .. })));
        assert_eq!(sizes(queue.take()), Some(vec![1]));
        assert_eq!(sizes(queue.take()), None);
    }

    #[test]
    fn a_stopped_queue_refuses_what_waits_with_the_first_reason() {
        let queue = Queue::default();
        let (waiting, answer) = job(1, true);
        queue.push(waiting).unwrap();
        queue.stop("no space is left");
        queue.stop("the writer has ended");
        let refused =
            |error: WriteError| matches!(error, WriteError::Stopped { reason } if reason == "no space is left");
        assert!(refused(answer.recv().unwrap().unwrap_err()));
        assert!(refused(queue.push(job(1, false).0).unwrap_err()));
        assert_eq!(sizes(queue.take()), None);
    }

    #[test]
    fn a_full_lane_makes_the_next_one_wait_until_the_writer_took_some() {
        let queue = Queue::default();
        queue.push(job(LANE_PUTS, false).0).unwrap();
        assert!(!queue.lock().ingest.has_room() && queue.lock().bulk.has_room());
        std::thread::scope(|scope| {
            let pushed = scope.spawn(|| queue.push(job(1, false).0));
            assert_eq!(sizes(queue.take()), Some(vec![LANE_PUTS]));
            pushed.join().unwrap().unwrap();
        });
        assert_eq!(sizes(queue.take()), Some(vec![1]));
    }
}
