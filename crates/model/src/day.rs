//! Civil days and moments.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// A civil day, counted in days from 1970-01-01.
///
/// Windows and ages count civil days in the book's time zone; "the last 30 days" includes today.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub i32);

/// A moment in seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(pub i64);

/// What is wrong with a written day or time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DayError {
    /// The text is no civil day.
    #[error("`{text}` is not a day; write YYYY-MM-DD, for example 2026-03-09")]
    NotADay {
        /// The text as given.
        text: String,
    },
    /// The text is no moment.
    #[error("`{text}` is not a moment; write it as in 2026-03-09T08:30:00Z")]
    NotAMoment {
        /// The text as given.
        text: String,
    },
    /// The zone is not in the IANA database.
    #[error("`{name}` is not a known time zone; write an IANA name, for example Asia/Shanghai")]
    UnknownZone {
        /// The name as given.
        name: String,
    },
}

impl Day {
    /// The first day of the calendar, 0001-01-01.
    pub const MIN: Self = Self(-719_162);
    /// The last day of the calendar, 9999-12-31.
    pub const MAX: Self = Self(2_932_896);

    /// Makes a day from year, month and day of month; `None` if there is no such day in the calendar.
    pub fn from_ymd(year: i16, month: i8, day: i8) -> Option<Self> {
        Date::new(year, month, day).ok().map(Self::from_date).filter(|day| day.is_in_calendar())
    }

    /// Tells whether it lies between [`Day::MIN`] and [`Day::MAX`].
    pub fn is_in_calendar(self) -> bool {
        (Self::MIN..=Self::MAX).contains(&self)
    }

    /// Converts from the calendar library's date.
    pub fn from_date(date: Date) -> Self {
        let epoch = Date::constant(1970, 1, 1);
        let days = (date - epoch).get_days();
        Self(days)
    }

    /// Converts to the calendar library's date; days outside the calendar are clamped to its ends.
    pub fn to_date(self) -> Date {
        let epoch = Date::constant(1970, 1, 1);
        let days = self.clamp(Self::MIN, Self::MAX).0;
        epoch.checked_add(jiff::Span::new().days(days)).expect("the library's calendar holds ours")
    }

    /// Returns the day `days` later (earlier if negative).
    pub fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// Returns the number of days from `earlier` to this one.
    pub fn since(self, earlier: Self) -> i32 {
        self.0.saturating_sub(earlier.0)
    }

    /// Returns the next day on or after this one that is the anniversary of `of`. 29 February falls on
    /// 28 February in common years.
    pub fn next_anniversary(self, of: Self) -> Self {
        let (here, there) = (self.to_date(), of.to_date());
        let in_year = |year: i16| {
            Self::from_ymd(year, there.month(), there.day())
                .or_else(|| Self::from_ymd(year, there.month(), 28))
                .unwrap_or(self)
        };
        let this_year = in_year(here.year());
        if this_year >= self { this_year } else { in_year(here.year().saturating_add(1)) }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_date().fmt(f)
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        let day = text.trim().parse::<Date>().ok().map(Self::from_date).filter(|day| day.is_in_calendar());
        day.ok_or_else(|| DayError::NotADay { text: text.to_owned() })
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0) {
            Ok(at) => at.fmt(f),
            Err(_) => write!(f, "{}s", self.0),
        }
    }
}

impl FromStr for Moment {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        let at = text.trim().parse::<jiff::Timestamp>();
        at.map(|at| Self(at.as_second())).map_err(|_| DayError::NotAMoment { text: text.to_owned() })
    }
}

/// The book's time zone: what turns a moment into the book's civil day.
#[derive(Clone, Debug)]
pub struct BookZone {
    name: String,
    zone: TimeZone,
}

impl BookZone {
    /// Looks up an IANA time zone by name.
    ///
    /// # Errors
    /// [`DayError::UnknownZone`] if the database has no such zone.
    pub fn named(name: &str) -> Result<Self, DayError> {
        let zone = TimeZone::get(name).map_err(|_| DayError::UnknownZone { name: name.to_owned() })?;
        Ok(Self { name: name.to_owned(), zone })
    }

    /// The UTC zone.
    pub fn utc() -> Self {
        Self { name: "UTC".to_owned(), zone: TimeZone::UTC }
    }

    /// The zone's IANA name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the civil day of a moment in this zone.
    pub fn day_of(&self, moment: Moment) -> Day {
        let at = jiff::Timestamp::from_second(moment.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        Day::from_date(at.to_zoned(self.zone.clone()).date())
    }

    /// Returns the first moment of a civil day in this zone.
    pub fn start_of(&self, day: Day) -> Moment {
        self.moment_of(day.to_date().at(0, 0, 0, 0))
    }

    /// Returns the moment of a civil date and time in this zone. Times that a clock change skips or
    /// repeats are resolved to the later and the earlier moment respectively.
    pub fn moment_of(&self, at: jiff::civil::DateTime) -> Moment {
        self.zone
            .to_ambiguous_zoned(at)
            .compatible()
            .map_or(Moment(i64::from(Day::from_date(at.date()).0) * 86_400), |zoned| {
                Moment(zoned.timestamp().as_second())
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_round_trip_through_text() {
        for text in ["1970-01-01", "1997-06-30", "2011-12-09", "2024-02-29", "1935-11-02"] {
            assert_eq!(text.parse::<Day>().unwrap().to_string(), text);
        }
        assert_eq!("1970-01-02".parse::<Day>().unwrap(), Day(1));
        assert!("2023-02-30".parse::<Day>().is_err());
    }

    /// Days beyond 9909-12-07 and before 0001-06-12 were told as these two.
    #[test]
    fn every_day_of_the_calendar_is_itself_and_there_are_no_others() {
        for days in Day::MIN.0..=Day::MAX.0 {
            assert_eq!(Day::from_date(Day(days).to_date()), Day(days));
        }
        for (day, text) in [(Day::MIN, "0001-01-01"), (Day::MAX, "9999-12-31")] {
            assert_eq!((text.parse::<Day>().unwrap(), day.to_string().as_str()), (day, text));
        }
        assert_eq!(
            (Day::MIN.plus(-1).to_string(), Day::MAX.plus(1).to_string()),
            (Day::MIN.to_string(), Day::MAX.to_string())
        );
        assert!("0000-12-31".parse::<Day>().is_err() && "-000001-01-01".parse::<Day>().is_err());
        assert!(Day::from_ymd(0, 12, 31).is_none());
    }

    #[test]
    fn the_same_moment_is_another_day_in_another_zone() {
        let moment = Moment(1_767_200_400); // 2025-12-31T17:00:00Z
        assert_eq!(BookZone::utc().day_of(moment).to_string(), "2025-12-31");
        assert_eq!(BookZone::named("Asia/Shanghai").unwrap().day_of(moment).to_string(), "2026-01-01");
        assert!(BookZone::named("Asia/Nowhere").is_err());
    }

    #[test]
    fn a_leap_day_birthday_is_kept_in_common_years() {
        let born: Day = "1992-02-29".parse().unwrap();
        let next = |from: &str| from.parse::<Day>().unwrap().next_anniversary(born).to_string();
        assert_eq!(next("2026-01-10"), "2026-02-28");
        assert_eq!(next("2028-02-29"), "2028-02-29");
        assert_eq!(next("2026-03-01"), "2027-02-28");
    }
}
