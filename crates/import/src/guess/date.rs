//! How a column writes its dates.

use std::collections::BTreeSet;

use crate::when::When;

/// How dates are written, as far as values tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DateStyle {
    /// The formats; empty for the ISO forms.
    pub(super) formats: Vec<String>,
    /// The formats that fit as well but mean other days, with the value that shows it.
    pub(super) doubt: Option<(Vec<String>, String)>,
}

const DAYS: &[&str] = &[
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y年%m月%d日",
    "%Y%m%d",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d-%b-%Y",
    "%d %b %Y",
    "%b %d, %Y",
    "%d-%b-%y",
    "%d-%m-%y",
    "%d.%m.%y",
    "%y/%m/%d",
    "%y-%m-%d",
    "%y.%m.%d",
];

const TIMES: &[&str] = &[
    "",
    " %H:%M:%S",
    " %H:%M",
    " %H:%M:%S%.f",
    "T%H:%M:%S",
    " %I:%M:%S %p",
    " %I:%M %p",
    "%H%M%S",
    " %H时%M分",
    " %H时%M分%S秒",
];

/// Of a column whose name does not say that it has dates, so many in a thousand may be something else; of ISO dates before
/// formats are looked for.
pub(super) const FEW: usize = 30;
/// How many formats a column has at most.
const MOST_FORMATS: usize = 4;

/// Returns how values write dates; `None` if more than so many in a thousand are none.
pub(super) fn date_style(values: &[&str], wrong: usize) -> Option<DateStyle> {
    let values: Vec<&str> = values.iter().copied().filter(|value| !value.is_empty()).take(400).collect();
    let may_be = |value: &&&str| (6..=40).contains(&value.chars().count()) && value.chars().any(char::is_numeric);
    if values.is_empty() || values.iter().take(10).filter(may_be).count() * 2 < values.len().min(10) {
        return None;
    }
    let enough = |count: usize, wrong: usize| count * 1000 >= values.len() * (1000 - wrong);
    let plain = values.iter().filter(|value| When::parse(value, &[]).is_some_and(plausible)).count();
    let iso = DateStyle { formats: Vec::new(), doubt: None };
    if enough(plain, FEW) {
        return Some(iso);
    }
    let all: Vec<String> = DAYS.iter().flat_map(|day| TIMES.iter().map(move |time| format!("{day}{time}"))).collect();
    let mut formats: Vec<String> = Vec::new();
    let mut left = values.clone();
    while formats.len() < MOST_FORMATS && !left.is_empty() {
        // Of several ways to write a day, those that begin with the year say by themselves what is day and what month.
        let same_day = |format: &&String| {
            formats.first().is_none_or(|first| day_of(format) == day_of(first) || format.starts_with("%Y"))
        };
        let fits =
            all.iter().filter(same_day).map(|format| (left.iter().filter(|it| matches(it, format)).count(), format));
        // The format of the most; the one that is named first among equals.
        let Some((count, format)) = fits.rev().max_by_key(|(count, _)| *count) else { break };
        if count == 0 {
            break;
        }
        left.retain(|value| !matches(value, format));
        formats.push(format.clone());
    }
    let fitting = values.len() - left.len();
    match () {
        () if fitting > plain && enough(fitting, wrong) => Some(settled(formats, &values)),
        () if enough(plain, wrong) => Some(iso),
        () => None,
    }
}

/// Settles what is day and what is year where both could be either, and then what is day and what is month.
fn settled(formats: Vec<String>, values: &[&str]) -> DateStyle {
    let year_first: Vec<String> = formats.iter().map(|format| with_year_first(format)).collect();
    let years = |formats: &[String]| -> Option<usize> {
        let when = values.iter().map(|value| When::parse(value, formats).filter(|when| plausible(*when)));
        let years: Option<BTreeSet<i16>> = when.map(|when| when.map(|when| key(when).year())).collect();
        years.map(|years| years.len())
    };
    // The days of a month are many, and the years of a list are few.
    if year_first != formats
        && let (Some(first), Some(last)) = (years(&year_first), years(&formats))
        && first <= last
        && let Some(telling) = values
            .iter()
            .find(|value| When::parse(value, &formats).map(key) != When::parse(value, &year_first).map(key))
    {
        let telling = (*telling).to_owned();
        return DateStyle { formats: year_first, doubt: Some((formats, telling)) };
    }
    let other: Vec<String> = formats.iter().map(|format| exchanged(format)).collect();
    let both = |value: &&&str| other.iter().any(|format| matches(value, format));
    if other == formats || values.iter().filter(both).count() < values.len() {
        return DateStyle { formats, doubt: None };
    }
    // Lists are mostly sorted by date: the reading that goes back less often is likelier, else day before month.
    let backwards = |formats: &[String]| {
        let days: Vec<_> = values.iter().filter_map(|value| When::parse(value, formats)).map(key).collect();
        let (up, down) =
            (days.windows(2).filter(|pair| pair[0] > pair[1]), days.windows(2).filter(|pair| pair[0] < pair[1]));
        up.count().min(down.count())
    };
    let telling =
        values.iter().find(|value| When::parse(value, &formats).map(key) != When::parse(value, &other).map(key));
    let Some(telling) = telling else { return DateStyle { formats, doubt: None } };
    let telling = (*telling).to_owned();
    if backwards(&other) < backwards(&formats) {
        return DateStyle { formats: other, doubt: Some((formats, telling)) };
    }
    DateStyle { formats, doubt: Some((other, telling)) }
}

/// Puts the year first in a format that has it last, in two digits.
fn with_year_first(format: &str) -> String {
    let (Some((front, rest)), Some(between)) = (format.split_at_checked(8), format.chars().nth(2)) else {
        return format.to_owned();
    };
    let of = |day: &str, month: &str| format!("{day}{between}{month}{between}%y");
    match front == of("%d", "%m") || front == of("%m", "%d") {
        true => format!("%y{between}%m{between}%d{rest}"),
        false => format.to_owned(),
    }
}

/// Exchanges day and month in a format that begins with either; with points between them it is always the day.
fn exchanged(format: &str) -> String {
    let day_first = format.starts_with("%d") && format.get(3..5) == Some("%m");
    let month_first = format.starts_with("%m") && format.get(3..5) == Some("%d");
    if !(day_first || month_first) || format.get(2..3) == Some(".") {
        return format.to_owned();
    }
    format!("{}{}{}{}", &format[3..5], &format[2..3], &format[..2], &format[5..])
}

fn day_of(format: &str) -> Option<&&str> {
    DAYS.iter().filter(|day| format.starts_with(**day)).max_by_key(|day| day.len())
}

fn matches(value: &str, format: &str) -> bool {
    // Eight digits are a date, fewer or more are some other number.
    if format.starts_with("%Y%m%d") {
        let expected = if format == "%Y%m%d" { 8 } else { 14 };
        if value.len() != expected && !value.contains(' ') {
            return false;
        }
    }
    When::parse(value, std::slice::from_ref(&format.to_owned())).is_some_and(plausible)
}

fn plausible(when: When) -> bool {
    let year = match when {
        When::Day(date) => date.year(),
        When::Civil(at) => at.year(),
        When::Instant(at) => return at.as_second() > 0,
    };
    (1900..2100).contains(&year)
}

/// What dates are compared by.
fn key(when: When) -> jiff::civil::DateTime {
    match when {
        When::Day(date) => date.at(0, 0, 0, 0),
        When::Civil(at) => at,
        When::Instant(at) => at.to_zoned(jiff::tz::TimeZone::UTC).datetime(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formats(values: &[&str]) -> String {
        match date_style(values, FEW) {
            None => "none".to_owned(),
            Some(style) => match style.doubt {
                None => style.formats.join(" | "),
                Some((other, value)) => format!("{} or {} for {value}", style.formats.join(" | "), other.join(" | ")),
            },
        }
    }

    #[test]
    fn dates_are_known_by_how_they_are_written() {
        assert_eq!(formats(&["2025-03-04", "", "2025-03-05 10:11:12"]), "");
        assert_eq!(formats(&["2025/3/4 8:05", "2025/12/14 18:05"]), "%Y/%m/%d %H:%M");
        assert_eq!(formats(&["2025/3/4 8:05:11", "2025/12/14"]), "%Y/%m/%d | %Y/%m/%d %H:%M:%S");
        assert_eq!(formats(&["2025年3月4日", "2025年12月14日"]), "%Y年%m月%d日");
        assert_eq!(formats(&["19970101", "19970118"]), "", "a form of ISO too");
        assert_eq!(formats(&["20250304100511", "20250305110512"]), "%Y%m%d%H%M%S");
        assert_eq!(formats(&["12345678"]), "none");
        assert_eq!(formats(&["02.11.1985"]), "%d.%m.%Y");
        assert_eq!(formats(&["13812345678", "13912345678"]), "none");
        assert_eq!(formats(&["00001", "00002"]), "none");
        assert_eq!(formats(&["12.50", "13.00"]), "none");
        assert_eq!(formats(&["85123A", "POST"]), "none");
        assert_eq!(formats(&["2026年2月5日 下午3:20", "2026年2月5日 上午9:05"]), "%Y年%m月%d日 %I:%M %p");
        assert_eq!(formats(&["２０２６年２月５日", "２０２６年２月１５日"]), "%Y年%m月%d日");
        let mixed = ["2026-02-05", "2026年2月6日", "2026/2/7", "2026/2/8"];
        assert_eq!(formats(&mixed), "%Y/%m/%d | %Y-%m-%d | %Y年%m月%d日");
    }

    #[test]
    fn two_digits_are_a_year_where_they_are_the_fewest() {
        let short = ["26/1/5", "26/1/20", "26/2/13", "25/12/31"];
        assert_eq!(formats(&short), "%y/%m/%d or %d/%m/%y for 26/1/5");
        assert_eq!(formats(&["5/1/26", "20/1/26", "13/2/26", "31/12/25"]), "%d/%m/%y");
        assert_eq!(formats(&["1/5/26", "1/20/26", "2/13/26", "12/31/25"]), "%m/%d/%y");
        assert_eq!(formats(&["26-1-5", "26-1-20"]), "%y-%m-%d or %d-%m-%y for 26-1-5");
        assert_eq!(formats(&["99/1/5", "99/1/20"]), "%y/%m/%d", "no month has so many days");
        assert_eq!(formats(&["26/1/5 8:05", "26/1/20 18:05"]), "%y/%m/%d %H:%M or %d/%m/%y %H:%M for 26/1/5 8:05");
    }

    #[test]
    fn where_the_name_says_so_single_values_may_be_no_dates() {
        let values = ["2026-02-05", "2026-13-05", "2026-02-07", "soon"];
        assert_eq!(date_style(&values, FEW), None);
        assert_eq!(date_style(&values, 500), Some(DateStyle { formats: vec![], doubt: None }));
        assert_eq!(date_style(&values[1..], 500), None);
    }

    #[test]
    fn what_may_be_day_or_month_is_settled_by_a_value_or_by_the_order_and_then_doubted() {
        assert_eq!(formats(&["3/4/2025", "13/4/2025"]), "%d/%m/%Y");
        assert_eq!(formats(&["3/4/2025", "4/13/2025"]), "%m/%d/%Y");
        assert_eq!(formats(&["03/04/2025", "05/04/2025"]), "%d/%m/%Y or %m/%d/%Y for 03/04/2025");
        // As days before months the list would go back and forth.
        let sorted = ["01/02/2025", "01/11/2025", "02/03/2025", "03/01/2025"];
        assert_eq!(formats(&sorted), "%m/%d/%Y or %d/%m/%Y for 01/02/2025");
        assert_eq!(formats(&["04/04/2025"]), "%d/%m/%Y", "either way it is the same day");
    }
}
