//! Moments and days as files write them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime::BrokenDownTime;
use tierhook_model::{BookZone, Day, Moment};

use crate::width::half_width;

/// The years in which something may have happened.
pub(crate) const YEARS: std::ops::RangeInclusive<i16> = 1900..=2199;

/// A date, with or without a time, as a file writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// A civil day.
    Day(Date),
    /// A civil date and time.
    Civil(DateTime),
    /// A moment that knows its zone.
    Instant(Timestamp),
}

impl When {
    /// Reads a text by the first of the formats that fits, or by the ISO forms if there are no formats.
    pub(crate) fn parse(text: &str, formats: &[String]) -> Option<Self> {
        let text = &*half_width(text);
        // As Chinese has it, what halves the day stands before the hour.
        let halved = [("上午", "AM"), ("下午", "PM")]
            .into_iter()
            .find_map(|(half, sign)| text.split_once(half).map(|(before, after)| format!("{before}{after} {sign}")));
        let text = halved.as_deref().unwrap_or(text);
        if formats.is_empty() { iso(text) } else { formats.iter().find_map(|format| by_format(text, format)) }
    }

    /// The year as it is written; of a moment, that in UTC.
    pub(crate) fn year(self) -> i16 {
        match self {
            Self::Day(date) => date.year(),
            Self::Civil(at) => at.year(),
            Self::Instant(at) => at.to_zoned(jiff::tz::TimeZone::UTC).year(),
        }
    }

    /// Returns the moment and the book's civil day. Civil times are those of `zone`; a day without time is that
    /// day in the book, wherever the file comes from.
    pub(crate) fn resolve(self, zone: &BookZone, book: &BookZone) -> (Moment, Day) {
        match self {
            Self::Day(date) => {
                let day = Day::from_date(date);
                (book.start_of(day), day)
            }
            Self::Civil(at) => {
                let moment = zone.moment_of(at);
                let day = if zone.name() == book.name() { Day::from_date(at.date()) } else { book.day_of(moment) };
                (moment, day)
            }
            Self::Instant(at) => {
                let moment = Moment(at.as_second());
                (moment, book.day_of(moment))
            }
        }
    }
}

fn iso(text: &str) -> Option<When> {
    if text.len() <= "2011-12-09".len() {
        return text.parse().ok().map(When::Day);
    }
    // First with an offset: without one, the offset of a text that has one would be passed over.
    match text.parse::<Timestamp>() {
        Ok(at) => Some(When::Instant(at)),
        Err(_) => text.parse().ok().map(When::Civil),
    }
}

fn by_format(text: &str, format: &str) -> Option<When> {
    let parsed = BrokenDownTime::parse(format, text).ok()?;
    if parsed.timestamp().is_some() || parsed.offset().is_some() {
        return parsed.to_timestamp().ok().map(When::Instant);
    }
    let date = parsed.to_date().ok()?;
    if parsed.hour().is_none() {
        return Some(When::Day(date));
    }
    Some(When::Civil(date.to_datetime(parsed.to_time().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, formats: &[&str], zone: &str, book: &str) -> Option<String> {
        let formats: Vec<String> = formats.iter().map(|format| (*format).to_owned()).collect();
        let (zone, book) = (BookZone::named(zone).unwrap(), BookZone::named(book).unwrap());
        let (moment, day) = When::parse(text, &formats)?.resolve(&zone, &book);
        Some(format!("{moment} on {day}"))
    }

    #[test]
    fn iso_forms_need_no_format() {
        let utc = |text| read(text, &[], "UTC", "UTC");
        assert_eq!(utc("2011-12-09"), Some("2011-12-09T00:00:00Z on 2011-12-09".into()));
        assert_eq!(utc("2010-12-01 08:26:00"), Some("2010-12-01T08:26:00Z on 2010-12-01".into()));
        assert_eq!(utc("2010-12-01T08:26"), Some("2010-12-01T08:26:00Z on 2010-12-01".into()));
        assert_eq!(utc("2010-12-01T23:30:00-02:00"), Some("2010-12-02T01:30:00Z on 2010-12-02".into()));
        for wrong in ["", "2011-02-30", "09/12/2011", "2010-12-01 25:00:00", "yesterday"] {
            assert_eq!(utc(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_first_format_that_fits_is_taken() {
        let formats = ["%d/%m/%Y %H:%M", "%d/%m/%Y", "%Y%m%d", "%s"];
        let utc = |text| read(text, &formats, "UTC", "UTC");
        assert_eq!(utc("9/12/2011 14:05"), Some("2011-12-09T14:05:00Z on 2011-12-09".into()));
        assert_eq!(utc("09/12/2011"), Some("2011-12-09T00:00:00Z on 2011-12-09".into()));
        assert_eq!(utc("19970101"), Some("1997-01-01T00:00:00Z on 1997-01-01".into()));
        assert_eq!(utc("2011-12-09"), None);
        assert_eq!(utc("９／１２／２０１１　１４：０５"), utc("9/12/2011 14:05"));
        let halves = |text| read(text, &["%Y年%m月%d日 %I:%M %p"], "UTC", "UTC");
        assert_eq!(halves("2026年2月5日 下午3:20"), Some("2026-02-05T15:20:00Z on 2026-02-05".into()));
        assert_eq!(halves("2026年2月5日 上午12:20"), Some("2026-02-05T00:20:00Z on 2026-02-05".into()));
        assert_eq!(halves("2026年2月5日 下午15:20"), None);
        assert_eq!(
            read("1767200400", &["%s"], "UTC", "Asia/Shanghai"),
            Some("2025-12-31T17:00:00Z on 2026-01-01".into())
        );
    }

    #[test]
    fn a_time_of_another_zone_may_be_another_day_in_the_book_but_a_day_stays_that_day() {
        let shanghai = |text| read(text, &[], "Europe/London", "Asia/Shanghai");
        assert_eq!(shanghai("2025-12-31 17:00:00"), Some("2025-12-31T17:00:00Z on 2026-01-01".into()));
        assert_eq!(shanghai("2025-12-31"), Some("2025-12-30T16:00:00Z on 2025-12-31".into()));
    }
}
