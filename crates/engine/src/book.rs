//! The open book: the store, what decides now, and what day it is.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use tierhook_features::PopulationBuilder;
use tierhook_hooks::Ruleset;
use tierhook_model::{
    Aggregates, BookClock, ClockMode, Connected, Day, FactSeq, GenerationId, HistoryEntry, Population, Position,
    Record, RecordId,
};
use tierhook_store::{MetaKey, Store, Stored, WriteBatch};

use crate::tally::Tally;
use crate::{Conventions, EngineError, Generation};

/// How many records are read and evaluated together.
pub(crate) const BATCH: usize = 1024;
/// How often a write is tried again when others change the same record at the same time.
pub(crate) const ATTEMPTS: usize = 32;

/// The open book. Calls from many threads at a time are fine.
#[derive(Debug)]
pub struct Engine {
    pub(crate) store: Store,
    pub(crate) conventions: Conventions,
    view: ArcSwap<Snapshot>,
    /// Held while the view is replaced, so that two replacements never start from the same one.
    replacing: Mutex<()>,
    /// Held by whoever's write was refused, until it is in: many who change one record would else refuse each other
    /// without end.
    retrying: Mutex<()>,
    pub(crate) tally: Tally,
}

/// What decides now, and what day it is: read once at the start of a piece of work, and the same to its end.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// What decides.
    pub generation: Arc<Generation>,
    /// The book's clock.
    pub clock: BookClock,
    /// Which kinds of facts the book has.
    pub connected: Connected,
    /// The day of the newest fact.
    pub last_fact: Option<Day>,
}

/// What is kept of a snapshot across restarts, besides the clock.
#[derive(Clone, Copy, Debug, Default, serde::Serialize, serde::Deserialize)]
struct Seen {
    connected: Connected,
    last_fact: Option<Day>,
}

impl Engine {
    /// Opens the book in a store. Nothing decides yet: [`Engine::activate`] comes next.
    ///
    /// # Errors
    /// [`EngineError::Read`] if the store cannot be read.
    pub fn open(store: Store, conventions: Conventions) -> Result<Self, EngineError> {
        let id = store.meta::<GenerationId>(MetaKey::Generation)?.unwrap_or_default();
        let population = store.meta::<Population>(MetaKey::Population)?.unwrap_or_default();
        let seen = store.meta::<Seen>(MetaKey::Calibrated)?.unwrap_or_default();
        let snapshot = Snapshot {
            generation: Arc::new(Generation { id, ruleset: Arc::default(), population: Arc::new(population) }),
            clock: store.meta(MetaKey::Clock)?.unwrap_or_default(),
            connected: seen.connected,
            last_fact: seen.last_fact,
        };
        Ok(Self {
            store,
            conventions,
            view: ArcSwap::from_pointee(snapshot),
            replacing: Mutex::new(()),
            retrying: Mutex::new(()),
            tally: Tally::default(),
        })
    }

    /// What decides now, and what day it is.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.view.load_full()
    }

    /// Tells whether a dimension or a class was called something else before.
    pub(crate) fn has_renamed(&self) -> bool {
        self.view.load().generation.ruleset.dimensions.has_past()
    }

    /// Brings a record to the present ids of dimensions and classes.
    pub(crate) fn renew(&self, record: &mut Record) {
        self.view.load().generation.ruleset.dimensions.renew(record);
    }

    /// The store behind the book.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The book's conventions.
    pub fn conventions(&self) -> &Conventions {
        &self.conventions
    }

    /// Makes a set of rules the one that decides. Decisions of earlier generations that are not committed yet are
    /// refused from here on and made again. Returns the new generation's number.
    ///
    /// # Errors
    /// [`EngineError::Write`] if the new number cannot be made durable; then nothing has changed.
    pub fn activate(&self, ruleset: Arc<Ruleset>) -> Result<GenerationId, EngineError> {
        self.store.learn(&ruleset.names())?;
        let former = self.snapshot();
        let version = |ruleset: &Ruleset, rule: &str| ruleset.hooks.rule(rule).map(|it| it.meta().digest.clone());
        // What a version cost or got wrong is nothing that the next one did.
        self.tally.retain(|rule| version(&ruleset, rule) == version(&former.generation.ruleset, rule));
        self.replace_generation(|current| Generation { ruleset, ..current.clone() })
    }

    /// Puts the rules in place that decided before the book was closed: nothing changes by it, so the generation
    /// keeps its number.
    pub fn resume(&self, ruleset: Arc<Ruleset>) {
        let _replacing = self.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.snapshot();
        let generation = Arc::new(Generation { ruleset, ..(*current.generation).clone() });
        self.view.store(Arc::new(Snapshot { generation, ..(*current).clone() }));
    }

    /// Computes anew what the whole book tells about each customer, as of the book's day. Makes a new generation if
    /// it differs from what stood; returns whether it did.
    ///
    /// # Errors
    /// [`EngineError`] if the store cannot be read or written.
    pub fn calibrate(&self) -> Result<bool, EngineError> {
        let snapshot = self.snapshot();
        let (mut connected, mut newest) = (snapshot.connected, snapshot.last_fact);
        let builder = self.observe_on(snapshot.clock.day, |day, record| {
            // What a crash may have kept from being noted is in the records themselves.
            connected = connected.union(kinds_of(&record.aggregates));
            newest = newest.max(newest_of(&record.aggregates));
            self.on_day(day, record, &[])
        })?;
        self.note_facts(connected, newest)?;
        if self.snapshot().clock.day != snapshot.clock.day {
            // The first facts moved a clock that follows them.
            return self.calibrate();
        }
        let population = builder.finish(connected);
        if population == *snapshot.generation.population {
            return Ok(false);
        }
        self.put_meta(MetaKey::Population, &population)?;
        let population = Arc::new(population);
        self.replace_generation(|current| Generation { population, ..current.clone() })?;
        Ok(true)
    }

    /// Replaces the clock by what it should be, asked under the lock: two replacements never start from the same one.
    pub(crate) fn replace_clock(&self, next: impl FnOnce(&Snapshot) -> BookClock) -> Result<BookClock, EngineError> {
        let _replacing = self.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.snapshot();
        let clock = next(&current);
        self.put_meta(MetaKey::Clock, &clock)?;
        self.view.store(Arc::new(Snapshot { clock, ..(*current).clone() }));
        Ok(clock)
    }

    /// Waits until whoever is refused may try again: the view that a replacement is about to show has to be there,
    /// and of those who are refused over and over one goes at a time.
    pub(crate) fn await_turn<'e>(&'e self, turn: &mut Option<MutexGuard<'e, ()>>) {
        drop(self.replacing.lock().unwrap_or_else(PoisonError::into_inner));
        if turn.is_none() {
            *turn = Some(self.retrying.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// Reads one record, in the present ids of dimensions and classes.
    ///
    /// # Errors
    /// [`EngineError::NoRecord`] if there is none with this number.
    pub fn record(&self, id: RecordId) -> Result<Record, EngineError> {
        let mut record = self.load(id)?.record;
        self.renew(&mut record);
        Ok(record)
    }

    /// Reads the newest decisions on a record that changed something, newest first, in the present ids of dimensions
    /// and classes.
    ///
    /// # Errors
    /// [`EngineError::Read`] if the store cannot be read.
    pub fn history(&self, id: RecordId, newest: usize) -> Result<Vec<(Position, HistoryEntry)>, EngineError> {
        let mut history = self.store.history(id, newest)?;
        let snapshot = self.snapshot();
        history.iter_mut().for_each(|(_, entry)| snapshot.generation.ruleset.dimensions.renew_history(entry));
        Ok(history)
    }

    /// Calls `each` for every record that is listed ([`Record::is_listed`]), in the order of their numbers and in the
    /// present ids of dimensions and classes.
    ///
    /// # Errors
    /// [`EngineError::Read`] if the store cannot be read.
    pub fn for_each_record(&self, mut each: impl FnMut(Record)) -> Result<(), EngineError> {
        let snapshot = self.snapshot();
        let mut after = None;
        loop {
            let batch = self.store.scan(after, BATCH)?;
            let Some(last) = batch.last() else { return Ok(()) };
            after = Some(last.record.id);
            for mut record in batch.into_iter().map(|stored| stored.record).filter(Record::is_listed) {
                snapshot.generation.ruleset.dimensions.renew(&mut record);
                each(record);
            }
        }
    }

    pub(crate) fn load(&self, id: RecordId) -> Result<Stored, EngineError> {
        let found = self.store.load(&[id])?.into_iter().next().flatten();
        found.ok_or(EngineError::NoRecord { record: id })
    }

    /// Observes the population as of a day: all records, which `as_of` brings to that day.
    pub(crate) fn observe_on(
        &self,
        day: Day,
        mut as_of: impl for<'r> FnMut(Day, &'r Record) -> Result<Cow<'r, Record>, EngineError>,
    ) -> Result<PopulationBuilder, EngineError> {
        let mut builder = PopulationBuilder::new(day);
        let mut after = None;
        loop {
            let batch = self.store.scan_raw(after, BATCH)?;
            let Some(last) = batch.last() else { return Ok(builder) };
            after = Some(last.id());
            for raw in &batch {
                let stored = self.store.read(raw)?;
                if stored.record.is_listed() {
                    builder.observe(&as_of(day, &stored.record)?.aggregates);
                }
            }
        }
    }

    /// Remembers that facts of these kinds came in, the newest on this day; a clock that follows it shows the day of
    /// the first ones at once. Returns whether a kind is new to the book: then fields that were missing are 0 from now
    /// on, and the book wants calibrating.
    pub(crate) fn note_facts(&self, connected: Connected, newest: Option<Day>) -> Result<bool, EngineError> {
        let before = self.snapshot();
        let known = before.connected.union(connected) == before.connected;
        if known && newest <= before.last_fact {
            return Ok(false);
        }
        let _replacing = self.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.snapshot();
        let mut next = Snapshot {
            connected: current.connected.union(connected),
            last_fact: current.last_fact.max(newest),
            ..(*current).clone()
        };
        let mut batch = WriteBatch::default();
        if let (ClockMode::LastFact, None, Some(first)) = (current.clock.mode, current.last_fact, next.last_fact) {
            // Until now it followed the computer's, and would not go back by itself.
            next.clock.day = first;
            batch.set_meta(MetaKey::Clock, &next.clock)?;
        }
        batch.set_meta(MetaKey::Calibrated, &Seen { connected: next.connected, last_fact: next.last_fact })?;
        self.store.write(batch)?;
        self.view.store(Arc::new(next));
        Ok(!known)
    }

    /// Sets which kinds of facts the book has, and of which day the newest is, after some were taken back. A clock that
    /// follows the newest fact goes back with it.
    pub(crate) fn set_facts(&self, connected: Connected, last_fact: Option<Day>) -> Result<(), EngineError> {
        let _replacing = self.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = Snapshot { connected, last_fact, ..(*self.snapshot()).clone() };
        let mut batch = WriteBatch::default();
        if let (ClockMode::LastFact, Some(newest)) = (next.clock.mode, last_fact)
            && newest < next.clock.day
        {
            next.clock.day = newest;
            batch.set_meta(MetaKey::Clock, &next.clock)?;
        }
        batch.set_meta(MetaKey::Calibrated, &Seen { connected, last_fact })?;
        self.store.write(batch)?;
        self.view.store(Arc::new(next));
        Ok(())
    }

    pub(crate) fn allocate_facts(&self, count: usize) -> FactSeq {
        self.store.allocate_facts(count as u64)
    }

    /// Makes a value about the book durable.
    ///
    /// # Errors
    /// [`EngineError::Write`] if it cannot be written.
    pub fn put_meta<T: serde::Serialize>(&self, key: MetaKey, value: &T) -> Result<(), EngineError> {
        let mut batch = WriteBatch::default();
        batch.set_meta(key, value)?;
        self.store.write(batch)?;
        Ok(())
    }

    fn replace_generation(&self, next: impl FnOnce(&Generation) -> Generation) -> Result<GenerationId, EngineError> {
        let _replacing = self.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.snapshot();
        let id = GenerationId(current.generation.id.0 + 1);
        self.store.set_generation(id)?;
        let generation = Arc::new(Generation { id, ..next(&current.generation) });
        self.view.store(Arc::new(Snapshot { generation, ..(*current).clone() }));
        Ok(id)
    }
}

/// The kinds of facts that a record has.
pub(crate) fn kinds_of(aggregates: &Aggregates) -> Connected {
    Connected {
        sales: aggregates.orders > 0 || aggregates.refunds > 0 || aggregates.cancellations > 0,
        contacts: aggregates.contacts > 0,
        consultations: aggregates.consultations > 0,
        web_views: aggregates.web_views > 0,
        complaints: aggregates.complaints > 0,
        returns: aggregates.returns > 0,
    }
}

/// The day of the newest fact of a record that says that something happened.
pub(crate) fn newest_of(aggregates: &Aggregates) -> Option<Day> {
    let bucket = aggregates.days.last().map(|bucket| bucket.day);
    let settled = aggregates.settled_complaint.as_ref().map(|settled| settled.day);
    let measured = aggregates.measures.iter().map(|measure| measure.day).max();
    [bucket, settled, measured, aggregates.satisfaction_day].into_iter().flatten().max()
}
