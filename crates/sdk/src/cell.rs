//! Cells: one value of a column, and the types that it may be read as.

use crate::bindings::types::{Column, ColumnData, Texts};
use crate::{Day, Fault};

/// A moment, in milliseconds since 1970-01-01 00:00 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

/// One value of a column, where it lies.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'f> {
    /// Nobody knows it.
    Missing,
    /// It is there, but not for this plugin.
    Masked,
    /// A text.
    Text(&'f str),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction; money in major units.
    Decimal(f64),
    /// Yes or no.
    Boolean(bool),
    /// A civil day.
    Day(Day),
    /// A moment.
    Moment(Moment),
    /// Several texts.
    TextList(Vec<&'f str>),
}

/// A value that may be missing or masked, where the difference between the two matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known<T> {
    /// This is the value.
    Known(T),
    /// Nobody knows it.
    Missing,
    /// It is there, but not for this plugin.
    Masked,
}

impl<T> Known<T> {
    /// Returns the value, if it is known.
    pub fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Missing | Self::Masked => None,
        }
    }
}

/// Why a cell is not of the type that it is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(hidden)]
pub enum Unread {
    Missing,
    Masked,
    OtherType,
}

/// A type that a field may be read as.
pub trait FromCell<'f>: Sized {
    /// What the type is called in messages.
    const EXPECTED: &'static str;
    /// Whether there is a value even where the field is missing or masked.
    const OPTIONAL: bool = false;

    /// Tells whether a column holds values of this type.
    fn fits(data: &ColumnData) -> bool;

    /// Reads a cell.
    ///
    /// # Errors
    /// Why it is not of this type.
    fn from_cell(cell: Cell<'f>) -> Result<Self, Unread>;
}

macro_rules! from_cell {
    ($($ty:ty, $expected:literal, $($data:ident)|+, $($cell:pat => $value:expr),+;)*) => {$(
        impl<'f> FromCell<'f> for $ty {
            const EXPECTED: &'static str = $expected;

            fn fits(data: &ColumnData) -> bool {
                matches!(data, $(ColumnData::$data(_))|+)
            }

            fn from_cell(cell: Cell<'f>) -> Result<Self, Unread> {
                match cell {
                    $($cell => Ok($value),)+
                    Cell::Missing => Err(Unread::Missing),
                    Cell::Masked => Err(Unread::Masked),
                    _ => Err(Unread::OtherType),
                }
            }
        }
    )*};
}

from_cell! {
    &'f str, "texts", Texts | Categories, Cell::Text(text) => text;
    String, "texts", Texts | Categories, Cell::Text(text) => text.to_owned();
    i64, "whole numbers", Integers, Cell::Integer(number) => number;
    // A count may be computed with like any other number.
    f64, "numbers", Decimals | Integers, Cell::Decimal(number) => number, Cell::Integer(number) => number as f64;
    bool, "yes or no", Booleans, Cell::Boolean(yes) => yes;
    Day, "days", Days, Cell::Day(day) => day;
    Moment, "moments", Moments, Cell::Moment(moment) => moment;
    Vec<&'f str>, "lists of texts", TextLists, Cell::TextList(list) => list;
    Vec<String>, "lists of texts", TextLists, Cell::TextList(list) => list.into_iter().map(str::to_owned).collect();
}

impl<'f, T: FromCell<'f>> FromCell<'f> for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    const OPTIONAL: bool = true;

    fn fits(data: &ColumnData) -> bool {
        T::fits(data)
    }

    fn from_cell(cell: Cell<'f>) -> Result<Self, Unread> {
        match T::from_cell(cell) {
            Ok(value) => Ok(Some(value)),
            Err(Unread::Missing | Unread::Masked) => Ok(None),
            Err(other) => Err(other),
        }
    }
}

impl<'f, T: FromCell<'f>> FromCell<'f> for Known<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    const OPTIONAL: bool = true;

    fn fits(data: &ColumnData) -> bool {
        T::fits(data)
    }

    fn from_cell(cell: Cell<'f>) -> Result<Self, Unread> {
        match T::from_cell(cell) {
            Ok(value) => Ok(Self::Known(value)),
            Err(Unread::Missing) => Ok(Self::Missing),
            Err(Unread::Masked) => Ok(Self::Masked),
            Err(other) => Err(other),
        }
    }
}

/// Returns the value in a row. Rows beyond the end are missing.
pub(crate) fn cell(column: &Column, row: usize) -> Cell<'_> {
    match column.validity.get(row) {
        None | Some(0) => {}
        Some(2) => return Cell::Masked,
        Some(_) => return Cell::Missing,
    }
    let found = match &column.data {
        ColumnData::Texts(texts) => text(texts, row).map(Cell::Text),
        ColumnData::Categories(categories) => {
            let word = categories.codes.get(row).and_then(|code| categories.words.get(*code as usize));
            word.map(|word| Cell::Text(word))
        }
        ColumnData::Integers(numbers) => numbers.get(row).map(|number| Cell::Integer(*number)),
        ColumnData::Decimals(numbers) => numbers.get(row).map(|number| Cell::Decimal(*number)),
        ColumnData::Booleans(answers) => answers.get(row).map(|yes| Cell::Boolean(*yes)),
        ColumnData::Days(days) => days.get(row).map(|day| Cell::Day(Day(*day))),
        ColumnData::Moments(moments) => moments.get(row).map(|moment| Cell::Moment(Moment(*moment))),
        ColumnData::TextLists(lists) => {
            let range = range(&lists.ends, row);
            range.map(|range| Cell::TextList(range.filter_map(|at| text(&lists.items, at)).collect()))
        }
    };
    found.unwrap_or(Cell::Missing)
}

/// Tells whether a column has a value in any row.
pub(crate) fn holds_any(column: &Column) -> bool {
    let rows = match &column.data {
        ColumnData::Texts(texts) => texts.ends.len(),
        ColumnData::Categories(categories) => categories.codes.len(),
        ColumnData::Integers(numbers) => numbers.len(),
        ColumnData::Decimals(numbers) => numbers.len(),
        ColumnData::Booleans(answers) => answers.len(),
        ColumnData::Days(days) => days.len(),
        ColumnData::Moments(moments) => moments.len(),
        ColumnData::TextLists(lists) => lists.ends.len(),
    };
    rows > 0 && (column.validity.is_empty() || column.validity.contains(&0))
}

/// Returns the numbers of the items that belong to a row.
pub(crate) fn range(ends: &[u32], row: usize) -> Option<std::ops::Range<usize>> {
    let from = if row == 0 { 0 } else { *ends.get(row - 1)? as usize };
    Some(from..*ends.get(row)? as usize)
}

fn text(texts: &Texts, row: usize) -> Option<&str> {
    texts.bytes.get(range(&texts.ends, row)?)
}

impl Unread {
    /// Says it of a field.
    pub(crate) fn of(self, field: &str, expected: &str) -> Fault {
        match self {
            Self::Missing => {
                Fault::new(format!("`{field}` is missing")).hint("read it as an `Option` where the rule can do without")
            }
            Self::Masked => Fault::new(format!("`{field}` is masked"))
                .hint("grant it, or read it as an `Option` where the rule can do without"),
            Self::OtherType => Fault::new(format!("`{field}` does not hold {expected}"))
                .hint("read it as the type that `tierhook fields` tells"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::types::{Categories, TextLists};

    fn column(validity: Vec<u8>, data: ColumnData) -> Column {
        Column { name: "x".to_owned(), validity, data }
    }

    #[test]
    fn texts_and_categories_read_alike() {
        let texts = Texts { ends: vec![2, 2, 8], bytes: "ab王芳".to_owned() };
        let plain = column(vec![], ColumnData::Texts(texts));
        let few = Categories { codes: vec![1, 0, 2], words: vec![String::new(), "ab".to_owned(), "王芳".to_owned()] };
        let few = column(vec![], ColumnData::Categories(few));
        for row in 0..3 {
            assert_eq!(cell(&plain, row), cell(&few, row));
        }
        assert_eq!(<&str>::from_cell(cell(&plain, 2)), Ok("王芳"));
        assert_eq!(cell(&plain, 3), Cell::Missing);
    }

    #[test]
    fn missing_masked_and_zero_are_three_things() {
        let counts = column(vec![0, 1, 2], ColumnData::Integers(vec![0, 7, 7]));
        assert_eq!(Known::<i64>::from_cell(cell(&counts, 0)), Ok(Known::Known(0)));
        assert_eq!(Known::<i64>::from_cell(cell(&counts, 1)), Ok(Known::Missing));
        assert_eq!(Known::<i64>::from_cell(cell(&counts, 2)), Ok(Known::Masked));
        assert_eq!(Option::<f64>::from_cell(cell(&counts, 0)), Ok(Some(0.0)));
        assert_eq!(Option::<f64>::from_cell(cell(&counts, 2)), Ok(None));
        assert_eq!(i64::from_cell(cell(&counts, 1)), Err(Unread::Missing));
        assert_eq!(bool::from_cell(cell(&counts, 0)), Err(Unread::OtherType));
    }

    #[test]
    fn a_list_of_texts_may_be_empty() {
        let items = Texts { ends: vec![3, 6], bytes: "vip母".to_owned() };
        let lists = column(vec![], ColumnData::TextLists(TextLists { ends: vec![0, 2], items }));
        assert_eq!(cell(&lists, 0), Cell::TextList(vec![]));
        assert_eq!(Vec::<String>::from_cell(cell(&lists, 1)).unwrap(), ["vip", "母"]);
    }
}
