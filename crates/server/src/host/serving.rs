//! Serving: the host stays, watches the rules, and keeps the book in step with them and with the day.

use std::fmt::Write as _;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tierhook_engine::Recording;
use tierhook_loader::{Sighting, Watch, WatchSettings};
use tierhook_model::{Moment, RecordKind};
use tierhook_sample::Company;

use super::drift::Drift;
use super::failure::api;
use super::index::LiveIndex;
use super::late::Tries;
use super::log::{log_load, log_report, log_start};
use super::{Host, failure};
use crate::api::ApiError;

/// How often the day and what is due are looked at.
const PULSE: Duration = Duration::from_secs(1);
/// How many seconds pass between two events of the made-up company.
const TRICKLE_SECONDS: i64 = 15;

/// A made-up company whose life goes on while the host serves.
#[derive(Clone, Copy, Debug)]
pub struct LiveSample {
    /// The seed that it was made with.
    pub seed: u64,
    /// How many customers it was made with.
    pub customers: usize,
}

/// A host that serves. Dropping it ends the watching and the upkeep; what runs is finished first.
#[derive(Debug)]
pub struct Serving {
    watch: Option<Watch>,
    pulse: Arc<Pulse>,
    upkeep: Option<JoinHandle<()>>,
    host: Arc<Host>,
    indexing: Option<JoinHandle<()>>,
}

/// Wakes the upkeep before its time.
#[derive(Debug, Default)]
struct Pulse {
    state: Mutex<PulseState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct PulseState {
    poked: bool,
    stopped: bool,
}

impl Pulse {
    fn poke(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).poked = true;
        self.changed.notify_all();
    }

    fn stop(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).stopped = true;
        self.changed.notify_all();
    }

    /// Waits for a poke or the next pulse; returns whether to go on.
    fn wait(&self) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = |state: &mut PulseState| !state.poked && !state.stopped;
        let (mut state, _) =
            self.changed.wait_timeout_while(state, PULSE, waiting).unwrap_or_else(PoisonError::into_inner);
        state.poked = false;
        !state.stopped
    }
}

impl Host {
    /// Says that this host serves from now on: commands that reach it no longer bring the book up to date themselves.
    pub fn announce(&self) {
        *self.serving_since.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.now());
    }

    /// Begins to watch the rules and to keep the book up: rules that are saved and proved are active at once and
    /// regrade the book; so does a new day. Problems and moves are logged.
    ///
    /// # Errors
    /// [`ErrorCode::Failed`](crate::api::ErrorCode::Failed) if the system gives no threads.
    pub fn start_serving(self: &Arc<Self>, sample: Option<LiveSample>) -> Result<Serving, ApiError> {
        self.serving_since.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| self.now());
        let loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(loaded) = &loaded {
            log_start(loaded);
        }
        let pulse = Arc::new(Pulse::default());
        let upkeep = {
            let (host, pulse) = (self.clone(), pulse.clone());
            let run = move || host.keep_up(&pulse, sample);
            thread::Builder::new()
                .name("tierhook-upkeep".to_owned())
                .spawn(run)
                .map_err(|error| failure::thread(&error))?
        };
        let indexing = {
            let host = self.clone();
            self.index.get_or_init(|| LiveIndex::new(self.engine.store()));
            thread::Builder::new()
                .name("tierhook-index".to_owned())
                .spawn(move || host.keep_index())
                .map_err(|error| failure::thread(&error))?
        };
        let settings = WatchSettings {
            settle: Duration::from_millis(self.settings.settle_ms),
            rescan: Duration::from_secs(self.settings.rescan_seconds.max(1)),
            ..WatchSettings::default()
        };
        let known = loaded.map(|loaded| loaded.candidate).filter(|digest| !digest.is_empty());
        let sink = {
            let (host, pulse) = (self.clone(), pulse.clone());
            move |sighting: Sighting| {
                host.sighted(&sighting);
                pulse.poke();
            }
        };
        let mut serving =
            Serving { watch: None, pulse, upkeep: Some(upkeep), host: self.clone(), indexing: Some(indexing) };
        let watch = Watch::start(&self.workspace, settings, known, sink)
            .map_err(|error| ApiError::failed(error.to_string()))?;
        if let Some(why) = watch.unnotified() {
            tracing::warn!("no notifications of saved files ({why}); the folder is looked at now and then instead");
        }
        serving.watch = Some(watch);
        Ok(serving)
    }

    /// Why the book cannot be written any more, if a write failed. Whoever serves it has to end then: what it reads may not
    /// have been kept.
    pub fn failure(&self) -> Option<String> {
        self.engine.store().failure()
    }

    /// Tells whether customers are looked for in an index by now. Until it is built, every one of them is looked at.
    pub fn is_indexed(&self) -> bool {
        self.index.get().is_some_and(LiveIndex::is_built)
    }

    /// Builds the index of customers and keeps it current until it is told to stop.
    fn keep_index(&self) {
        let Some(index) = self.index.get() else { return };
        if let Err(error) = index.run(self.engine.store()) {
            tracing::error!("the index of customers is not kept ahead of searches: {error}");
        }
    }

    /// Loads what was sighted and says what came of it.
    fn sighted(&self, sighting: &Sighting) {
        let before = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match self.load(sighting) {
            Err(error) => tracing::error!("the rules cannot be loaded: {error}; what is active goes on"),
            Ok(changed) => {
                let after = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).clone();
                if let Some(after) = after {
                    log_load(before.as_ref(), &after, changed, self.engine.snapshot().generation.id);
                }
            }
        }
    }

    /// Keeps the book up until it is told to stop.
    fn keep_up(&self, pulse: &Pulse, sample: Option<LiveSample>) {
        let company = sample.map(|sample| self.company(sample.seed, sample.customers));
        let mut last_trickle = self.now();
        let (mut complained, mut tries) = (false, Tries::default());
        let mut drift = Drift::new(self, Instant::now());
        loop {
            let texts = self.texts(self.settings.language.unwrap_or_default());
            let graded = self.bring_up_to_date(None, &texts, &mut |_| {});
            let graded = graded.and_then(|report| match report {
                None => self.measure_again(&mut drift, Instant::now(), &texts),
                report => Ok(report),
            });
            let graded = graded.and_then(|report| match report {
                None => self.try_late_again(&mut tries, Instant::now(), &texts),
                report => Ok(report),
            });
            match graded {
                Ok(Some(report)) => log_report(&report),
                Ok(None) => complained = false,
                // Said once, not every second.
                Err(error) if !complained => {
                    tracing::error!("the book cannot be graded: {error}");
                    complained = true;
                }
                Err(_) => {}
            }
            if let Some(company) = &company
                && self.now().0 - last_trickle.0 >= TRICKLE_SECONDS
            {
                last_trickle = self.now();
                if let Err(error) = self.trickle(company, last_trickle) {
                    tracing::warn!("a made-up event was not recorded: {error}");
                }
            }
            if !pulse.wait() {
                return;
            }
        }
    }

    /// Lets something happen in the made-up company.
    fn trickle(&self, company: &Company, now: Moment) -> Result<(), ApiError> {
        let day = self.engine.snapshot().clock.day;
        let facts = company.live(day, now);
        let recording = Recording { recorded: now, import: None, amend: false, kind: RecordKind::Customer };
        let mut told = None;
        for (ingested, fact) in self.engine.ingest(&facts, recording).map_err(api)?.iter().zip(&facts) {
            let (tierhook_engine::Appended::Recorded(id) | tierhook_engine::Appended::Amended(id)) = ingested.appended
            else {
                continue;
            };
            let texts = self.texts(self.settings.language.unwrap_or_default());
            let record = self.engine.record(id).map_err(api)?;
            let mut line = format!("{} of {}", super::fact_text::kind(&fact.body, &texts), fact.record);
            let said = super::fact_text::text(&fact.body, &texts);
            if !said.is_empty() {
                let _ = write!(line, " ({said})");
            }
            // Facts of one customer share a decision; it is told once.
            let is_told = told.replace(id) == Some(id);
            for change in ingested.changes.iter().filter(|_| !is_told) {
                let _ = write!(line, "; {}", texts.change(&record, change).text);
            }
            tracing::info!("{line}");
        }
        Ok(())
    }
}

impl Serving {
    /// Ends the watching and the upkeep; what runs is finished first.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(watch) = self.watch.take() {
            watch.stop();
        }
        self.pulse.stop();
        if let Some(index) = self.host.index.get() {
            index.end();
        }
        if let Some(indexing) = self.indexing.take()
            && indexing.join().is_err()
        {
            tracing::error!("the thread that kept the index had failed");
        }
        if let Some(upkeep) = self.upkeep.take()
            && upkeep.join().is_err()
        {
            tracing::error!("the thread that kept the book up had failed");
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.end();
    }
}
