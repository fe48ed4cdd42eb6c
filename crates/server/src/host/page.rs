//! Pages of a list: the rows that come first, and where the next page goes on.

use std::cmp::Ordering;
use std::fmt;

use tierhook_model::{Field, FieldType, RecordId, Value};

use crate::api::ApiError;

/// How many rows may wait beyond those of a page before the rest is dropped.
const SPARE_ROWS: usize = 1024;

/// A place in a sorted list: the value of a customer, and its number. What stands behind it does not depend on what
/// is before it, so a page that goes on from here neither repeats nor passes over a customer that has not changed,
/// whoever came in meanwhile. It is written as `C12`, or `C12:value` where the list is sorted by a known value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) value: Option<Value>,
    pub(super) record: RecordId,
}

impl Place {
    /// Reads a place of a list that is sorted by a field.
    pub(super) fn read(text: &str, sort: Option<&Field>) -> Result<Self, ApiError> {
        let parse = || {
            let (number, value) = match text.split_once(':') {
                Some((number, value)) => (number, Some(value)),
                None => (text, None),
            };
            let record = RecordId(number.strip_prefix('C')?.parse().ok()?);
            let value = match (value, sort) {
                (None, _) => None,
                (Some(_), None) => return None,
                (Some(value), Some(field)) => Some(match field.ty {
                    FieldType::Integer => Value::Integer(value.parse().ok()?),
                    FieldType::Decimal | FieldType::Money => Value::Decimal(value.parse().ok()?),
                    FieldType::Boolean => Value::Boolean(value.parse().ok()?),
                    FieldType::Day => Value::Day(value.parse().ok()?),
                    FieldType::Text | FieldType::TextList => Value::Text(value.to_owned()),
                }),
            };
            Some(Self { value, record })
        };
        parse().ok_or_else(|| {
            ApiError::invalid(format!("`{text}` is no place in this list"))
                .with_hint("give `--after` as the page before printed it, and the same `--sort`")
        })
    }

    fn compare(&self, other: &Self, descending: bool) -> Ordering {
        by_value(self.value.as_ref(), other.value.as_ref(), descending).then(self.record.cmp(&other.record))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "C{}", self.record.0)?;
        match &self.value {
            None => Ok(()),
            // Written for people it has two digits, and would be another place.
            Some(Value::Decimal(number)) => write!(f, ":{number}"),
            Some(value) => write!(f, ":{value}"),
        }
    }
}

/// The first rows behind a place. A page of a large book takes no memory for all of it.
#[derive(Debug)]
pub(super) struct Page {
    rows: Vec<Place>,
    descending: bool,
    after: Option<Place>,
    offset: usize,
    limit: usize,
    /// How many rows were pushed.
    total: u64,
    /// How many of them are behind the place.
    behind: u64,
    /// The last row that may be listed; what comes behind it need not be kept.
    bar: Option<Place>,
}

/// A page that is whole.
#[derive(Debug, PartialEq)]
pub(super) struct Listed {
    /// The rows.
    pub(super) rows: Vec<RecordId>,
    /// How many fit in all.
    pub(super) total: u64,
    /// How many of them come before the first row.
    pub(super) offset: u64,
    /// Where the next page begins, if there is one.
    pub(super) next: Option<Place>,
}

impl Page {
    /// Begins a page of `limit` rows, `offset` rows behind a place or behind the beginning.
    pub(super) fn new(after: Option<Place>, offset: usize, limit: usize, descending: bool) -> Self {
        Self { rows: Vec::new(), descending, after, offset, limit, total: 0, behind: 0, bar: None }
    }

    pub(super) fn push(&mut self, row: Place) {
        self.total += 1;
        if self.after.as_ref().is_some_and(|after| row.compare(after, self.descending).is_le()) {
            return;
        }
        self.behind += 1;
        if self.bar.as_ref().is_some_and(|bar| row.compare(bar, self.descending).is_gt()) {
            return;
        }
        self.rows.push(row);
        if self.rows.len() >= self.keep().saturating_mul(2).saturating_add(SPARE_ROWS) {
            self.shorten();
        }
    }

    pub(super) fn finish(mut self) -> Listed {
        self.shorten();
        let has_more = self.behind > self.keep() as u64;
        let next = self.rows.last().filter(|_| has_more && self.limit > 0).cloned();
        let passed = self.total - self.behind;
        let rows = self.rows.iter().skip(self.offset).map(|row| row.record).collect();
        Listed { rows, total: self.total, offset: passed + self.offset as u64, next }
    }

    fn keep(&self) -> usize {
        self.offset.saturating_add(self.limit)
    }

    fn shorten(&mut self) {
        let descending = self.descending;
        self.rows.sort_by(|a, b| a.compare(b, descending));
        self.rows.truncate(self.keep());
        if self.rows.len() == self.keep() {
            self.bar = self.rows.last().cloned();
        }
    }
}

/// Compares values of one field; unknown ones come last either way.
fn by_value(a: Option<&Value>, b: Option<&Value>, descending: bool) -> Ordering {
    let known = match (a, b) {
        (None, None) => return Ordering::Equal,
        (None, _) => return Ordering::Greater,
        (_, None) => return Ordering::Less,
        (Some(Value::Integer(a)), Some(Value::Integer(b))) => a.cmp(b),
        (Some(Value::Decimal(a)), Some(Value::Decimal(b))) => a.total_cmp(b),
        (Some(Value::Boolean(a)), Some(Value::Boolean(b))) => a.cmp(b),
        (Some(Value::Day(a)), Some(Value::Day(b))) => a.cmp(b),
        (Some(a), Some(b)) => a.to_string().cmp(&b.to_string()),
    };
    if descending { known.reverse() } else { known }
}

#[cfg(test)]
mod tests {
    use tierhook_model::{Catalogue, Dimensions};

    use super::*;

    /// Every value several times, in no order, and some unknown.
    fn row(number: i64) -> Place {
        let value = (number % 7 != 0).then_some(Value::Integer(number * 7_919 % 1_000));
        Place { value, record: RecordId(number as u64) }
    }

    fn listed(mut page: Page, rows: impl Iterator<Item = i64>) -> Listed {
        rows.for_each(|number| {
            page.push(row(number));
            assert!(page.rows.len() <= 2 * page.keep() + SPARE_ROWS);
        });
        page.finish()
    }

    #[test]
    fn pages_one_after_the_other_are_all_rows_in_order() {
        let count = 3 * SPARE_ROWS as i64;
        for descending in [false, true] {
            let mut all: Vec<Place> = (0..count).map(row).collect();
            all.sort_by(|a, b| a.compare(b, descending));
            let all: Vec<RecordId> = all.into_iter().map(|row| row.record).collect();
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                // The rows come in another order each time.
                let page = listed(Page::new(after, 0, 500, descending), (0..count).rev());
                assert_eq!((page.total, page.offset), (count as u64, seen.len() as u64));
                seen.extend(page.rows);
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(seen, all);
            let further = listed(Page::new(None, 40, 60, descending), 0..count);
            assert_eq!((further.rows.as_slice(), further.offset), (&all[40..100], 40));
        }
    }

    #[test]
    fn a_place_is_read_as_it_is_written() {
        let catalogue = Catalogue::new(&Dimensions::default(), &[], &[]);
        let day = "2026-03-01".parse().unwrap();
        for (field, value) in [
            ("net_revenue_365d", Value::Decimal(1_234.567_8)),
            ("recency_days", Value::Integer(-3)),
            ("name", Value::Text("a: b".into())),
            ("last_order_day", Value::Day(day)),
        ] {
            let place = Place { value: Some(value), record: RecordId(12) };
            assert_eq!(Place::read(&place.to_string(), catalogue.get(field)).unwrap(), place, "{field}");
        }
        let unknown = Place { value: None, record: RecordId(7) };
        assert_eq!((unknown.to_string().as_str(), Place::read("C7", None).unwrap()), ("C7", unknown));
        for text in ["", "7", "C", "C7:5", "Cx"] {
            assert!(Place::read(text, None).is_err(), "{text}");
        }
        assert!(Place::read("C7:x", catalogue.get("recency_days")).is_err());
    }
}
