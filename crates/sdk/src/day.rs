//! Civil days.

use std::fmt;

/// A civil day in the book's time zone, counted in days from 1970-01-01. "The last 30 days" includes today.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// Makes a day from year, month (1 to 12) and day of month; `None` if there is no such day.
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        let made = Self::from_civil(year, month, day);
        (made.to_ymd() == (year, month, day)).then_some(made)
    }

    /// Returns year, month (1 to 12) and day of month.
    ///
    /// The count of days in eras of 400 years that begin in March: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
    pub fn to_ymd(self) -> (i32, u32, u32) {
        let shifted = i64::from(self.0) + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (year as i32, month as u32, day as u32)
    }

    fn from_civil(year: i32, month: u32, day: u32) -> Self {
        let (month, day) = (i64::from(month), i64::from(day));
        let year = i64::from(year) - i64::from(month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
        let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
        Self((era * 146_097 + of_era - 719_468) as i32)
    }

    /// Returns the day `days` later (earlier if negative).
    pub fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// Returns the number of days from `earlier` to this one.
    pub fn since(self, earlier: Self) -> i32 {
        self.0.saturating_sub(earlier.0)
    }

    /// Returns the day of the week: 1 is Monday, 7 is Sunday.
    pub fn weekday(self) -> u32 {
        (i64::from(self.0) + 3).rem_euclid(7) as u32 + 1
    }

    /// Returns the Sunday of the week.
    pub fn end_of_week(self) -> Self {
        self.plus(7 - self.weekday() as i32)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.to_ymd();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_each_others_inverse() {
        assert_eq!(Day::from_ymd(1970, 1, 1), Some(Day(0)));
        assert_eq!(Day::from_ymd(2026, 3, 1).unwrap().to_string(), "2026-03-01");
        for days in (-800_000..800_000).step_by(97) {
            let (year, month, day) = Day(days).to_ymd();
            assert_eq!(Day::from_ymd(year, month, day), Some(Day(days)));
        }
    }

    #[test]
    fn there_is_no_thirtieth_of_february() {
        assert_eq!(Day::from_ymd(2026, 2, 30), None);
        assert_eq!(Day::from_ymd(2026, 13, 1), None);
        assert!(Day::from_ymd(2028, 2, 29).is_some());
    }

    #[test]
    fn a_week_ends_on_sunday() {
        let sunday = Day::from_ymd(2026, 3, 1).unwrap();
        assert_eq!((sunday.weekday(), sunday.end_of_week()), (7, sunday));
        assert_eq!(sunday.plus(1).end_of_week(), sunday.plus(7));
        assert_eq!(Day::from_ymd(1969, 12, 29).unwrap().weekday(), 1);
    }
}
