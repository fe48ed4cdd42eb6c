//! The book's clock: moved on, set, made to follow something, and shown the day of facts that are about to come.

use tierhook_model::{BookClock, ClockMode, Day, Moment};

use crate::{Engine, EngineError, Snapshot};

impl Engine {
    /// Moves the clock on to what its mode says now. Returns the new day if it is another one.
    ///
    /// # Errors
    /// [`EngineError::Write`] if the day cannot be made durable.
    pub fn tick(&self, now: Moment) -> Result<Option<Day>, EngineError> {
        let system_day = self.conventions.zone.day_of(now);
        let moved = |snapshot: &Snapshot| snapshot.clock.moved_on(system_day, snapshot.last_fact);
        let snapshot = self.snapshot();
        if moved(&snapshot) == snapshot.clock {
            return Ok(None);
        }
        // Somebody may set the clock meanwhile: what it says is asked again under the lock.
        let clock = self.replace_clock(moved)?;
        Ok((clock.day != snapshot.clock.day).then_some(clock.day))
    }

    /// Sets the clock. Unlike [`Engine::tick`] this may turn it back.
    ///
    /// # Errors
    /// [`EngineError::Write`] if it cannot be made durable.
    pub fn set_clock(&self, clock: BookClock) -> Result<(), EngineError> {
        self.replace_clock(|_| clock).map(drop)
    }

    /// Lets the clock follow something from now on; it shows that day at once, even if it is an earlier one.
    ///
    /// # Errors
    /// [`EngineError::Write`] if it cannot be made durable.
    pub fn follow(&self, mode: ClockMode, now: Moment) -> Result<BookClock, EngineError> {
        let system_day = self.conventions.zone.day_of(now);
        self.replace_clock(|snapshot| {
            let day = match mode {
                ClockMode::System => system_day,
                ClockMode::Fixed => snapshot.clock.day,
                ClockMode::LastFact => snapshot.last_fact.unwrap_or(system_day),
            };
            BookClock { mode, day }
        })
    }

    /// Lets a clock that follows the newest fact show the day of facts that are about to be recorded, so that they are
    /// decided as of that day. Whoever has tried to record them calls [`Engine::settle_day`].
    ///
    /// # Errors
    /// [`EngineError::Write`] if it cannot be made durable.
    pub fn expect_day(&self, newest: Day) -> Result<(), EngineError> {
        self.show_day(|snapshot| match snapshot.last_fact {
            None => newest,
            Some(_) => newest.max(snapshot.clock.day),
        })
    }

    /// Lets such a clock show the day of the newest fact again, should those that were expected have been refused.
    ///
    /// # Errors
    /// [`EngineError::Write`] if it cannot be made durable.
    pub fn settle_day(&self) -> Result<(), EngineError> {
        self.show_day(|snapshot| snapshot.last_fact.unwrap_or(snapshot.clock.day))
    }

    /// Lets a clock that follows the newest fact show a day; any other stays.
    fn show_day(&self, day: impl Fn(&Snapshot) -> Day) -> Result<(), EngineError> {
        let shown = |snapshot: &Snapshot| match snapshot.clock.mode {
            ClockMode::LastFact => BookClock { day: day(snapshot), ..snapshot.clock },
            _ => snapshot.clock,
        };
        let snapshot = self.snapshot();
        if shown(&snapshot) == snapshot.clock {
            return Ok(());
        }
        self.replace_clock(shown).map(drop)
    }
}
