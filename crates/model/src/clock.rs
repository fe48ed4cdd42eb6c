//! The book's clock: which civil day it is in the book.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Day;

/// What the book's day follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockMode {
    /// The computer's clock, in the book's time zone.
    #[default]
    System,
    /// A day that somebody set; it stays until it is set again or advanced.
    Fixed,
    /// The day of the newest fact; until there is one, the computer's clock. The command spells it `last-fact`, and so
    /// may the settings.
    #[serde(alias = "last-fact")]
    LastFact,
}

/// The book's clock as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BookClock {
    /// What it follows.
    pub mode: ClockMode,
    /// The day that it last showed. It never goes back by itself: only an explicit setting does that.
    pub day: Day,
}

impl BookClock {
    /// Returns the clock moved on to what its mode says now. `system_day` is the computer's civil day in the
    /// book's time zone, `last_fact` the day of the newest fact.
    pub fn moved_on(self, system_day: Day, last_fact: Option<Day>) -> Self {
        let candidate = match self.mode {
            ClockMode::System => system_day,
            ClockMode::Fixed => self.day,
            ClockMode::LastFact => last_fact.unwrap_or(system_day),
        };
        Self { mode: self.mode, day: self.day.max(candidate) }
    }
}

impl fmt::Display for ClockMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System => "system",
            Self::Fixed => "fixed",
            Self::LastFact => "last fact",
        })
    }
}
