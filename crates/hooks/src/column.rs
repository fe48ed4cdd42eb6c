//! Columns: the values of one field for a batch of records.

use std::collections::HashMap;
use std::iter;
use std::sync::Arc;

use tierhook_model::{Day, FieldType, ValueRef};

use crate::Cell;

/// The names of a frame's columns. Frames with the same columns share them.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ColumnNames {
    names: Vec<Arc<str>>,
    by_name: HashMap<Arc<str>, usize>,
}

/// The values of one field for all records of a frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The field's name.
    pub name: Arc<str>,
    /// The values; where one is missing or masked, an arbitrary one stands in its place.
    pub data: ColumnData,
    /// Which values there are.
    pub validity: Vec<Validity>,
}

/// Whether a value is there. Missing, masked and zero are three things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// It is there.
    Present,
    /// Nobody knows it.
    Missing,
    /// The rule may not see it.
    Masked,
}

/// The values of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnData {
    /// Texts.
    Text(TextColumn),
    /// Whole numbers.
    Integer(Vec<i64>),
    /// Numbers with a fraction; money in major units.
    Decimal(Vec<f64>),
    /// Yes or no.
    Boolean(Vec<bool>),
    /// Civil days.
    Day(Vec<Day>),
    /// Several texts for each record.
    TextList {
        /// Where each record's texts end in `items`; the first begins at 0.
        ends: Vec<u32>,
        /// The texts of all records.
        items: TextColumn,
    },
}

/// How many bytes a text has, about: most of them are classes.
const TEXT_BYTES: usize = 8;

/// Texts, one behind the other.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct TextColumn {
    /// Where each text ends in `bytes`; the first begins at 0.
    pub ends: Vec<u32>,
    /// All texts.
    pub bytes: String,
}

impl TextColumn {
    /// Begins a column with room for so many short texts.
    pub fn with_capacity(texts: usize) -> Self {
        Self { ends: Vec::with_capacity(texts), bytes: String::with_capacity(TEXT_BYTES * texts) }
    }

    /// Adds a text.
    pub fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len() as u32);
    }

    /// Returns the text with a number.
    pub fn get(&self, at: usize) -> &str {
        let from = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        &self.bytes[from..self.ends[at] as usize]
    }

    /// Returns the number of texts.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

impl ColumnNames {
    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Iterates over the names in the columns' order.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<str>> {
        self.names.iter()
    }

    /// Returns the number of the column with a name.
    pub fn get(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }
}

impl<N: Into<Arc<str>>> FromIterator<N> for ColumnNames {
    fn from_iter<I: IntoIterator<Item = N>>(names: I) -> Self {
        let names: Vec<Arc<str>> = names.into_iter().map(Into::into).collect();
        let by_name = names.iter().enumerate().map(|(at, name)| (name.clone(), at)).collect();
        Self { names, by_name }
    }
}

fn empty_column(ty: FieldType, rows: usize) -> ColumnData {
    match ty {
        FieldType::Text => ColumnData::Text(TextColumn::with_capacity(rows)),
        FieldType::Integer => ColumnData::Integer(Vec::with_capacity(rows)),
        FieldType::Decimal | FieldType::Money => ColumnData::Decimal(Vec::with_capacity(rows)),
        FieldType::Boolean => ColumnData::Boolean(Vec::with_capacity(rows)),
        FieldType::Day => ColumnData::Day(Vec::with_capacity(rows)),
        FieldType::TextList => ColumnData::TextList { ends: Vec::with_capacity(rows), items: TextColumn::default() },
    }
}

impl Column {
    /// Begins a column for so many records.
    pub fn new(name: Arc<str>, ty: FieldType, rows: usize) -> Self {
        Self { name, data: empty_column(ty, rows), validity: Vec::with_capacity(rows) }
    }

    /// Makes a column of some of its rows.
    pub(crate) fn select(&self, rows: impl ExactSizeIterator<Item = usize>) -> Self {
        let count = rows.len();
        let mut some =
            Self { name: self.name.clone(), data: self.data.empty_like(count), validity: Vec::with_capacity(count) };
        for row in rows {
            some.push(self.cell(row).value().as_ref().map(ValueRef::from));
            // What is masked stays masked: it is not the same as missing.
            if let Some(validity) = some.validity.last_mut() {
                *validity = self.validity[row];
            }
        }
        some
    }

    /// Returns the value in a row, which must be one of the column's.
    pub fn cell(&self, row: usize) -> Cell<'_> {
        match self.validity[row] {
            Validity::Missing => Cell::Missing,
            Validity::Masked => Cell::Masked,
            Validity::Present => match &self.data {
                ColumnData::Text(texts) => Cell::Text(texts.get(row)),
                ColumnData::Integer(numbers) => Cell::Integer(numbers[row]),
                ColumnData::Decimal(numbers) => Cell::Decimal(numbers[row]),
                ColumnData::Boolean(answers) => Cell::Boolean(answers[row]),
                ColumnData::Day(days) => Cell::Day(days[row]),
                ColumnData::TextList { ends, items } => {
                    let from = if row == 0 { 0 } else { ends[row - 1] as usize };
                    Cell::TextList(items, from, ends[row] as usize)
                }
            },
        }
    }

    /// Adds the value of the next record; one that does not fit the column's type counts as missing.
    pub fn push(&mut self, value: Option<ValueRef<'_>>) {
        self.extend(iter::once(value));
    }

    /// Adds the values of the next records; one that does not fit the column's type counts as missing.
    pub fn extend<'v>(&mut self, values: impl Iterator<Item = Option<ValueRef<'v>>>) {
        let validity = &mut self.validity;
        // What the column has is found once for all of them.
        match &mut self.data {
            ColumnData::Text(texts) => values.for_each(|value| {
                let text = if let Some(ValueRef::Text(text)) = value { Some(text) } else { None };
                texts.push(text.unwrap_or_default());
                validity.push(Validity::of(text.is_some()));
            }),
            ColumnData::TextList { ends, items } => values.for_each(|value| {
                let list = if let Some(ValueRef::TextList(list)) = value { Some(list) } else { None };
                list.iter().flatten().for_each(|text| items.push(text));
                ends.push(items.len() as u32);
                validity.push(Validity::of(list.is_some()));
            }),
            ColumnData::Integer(numbers) => fill(numbers, validity, 0, values, |value| match value {
                ValueRef::Integer(number) => Some(number),
                _ => None,
            }),
            ColumnData::Decimal(numbers) => fill(numbers, validity, 0.0, values, |value| match value {
                ValueRef::Decimal(number) => Some(number),
                _ => None,
            }),
            ColumnData::Boolean(answers) => fill(answers, validity, false, values, |value| match value {
                ValueRef::Boolean(yes) => Some(yes),
                _ => None,
            }),
            ColumnData::Day(days) => fill(days, validity, Day(0), values, |value| match value {
                ValueRef::Day(day) => Some(day),
                _ => None,
            }),
        }
    }
}

/// Adds what values are of the wanted type, and `nothing` in place of the others.
fn fill<'v, T: Copy>(
    cells: &mut Vec<T>,
    validity: &mut Vec<Validity>,
    nothing: T,
    values: impl Iterator<Item = Option<ValueRef<'v>>>,
    wanted: impl Fn(ValueRef<'v>) -> Option<T>,
) {
    for value in values {
        let found = value.and_then(&wanted);
        cells.push(found.unwrap_or(nothing));
        validity.push(Validity::of(found.is_some()));
    }
}

impl Validity {
    fn of(is_there: bool) -> Self {
        if is_there { Self::Present } else { Self::Missing }
    }
}

impl ColumnData {
    fn empty_like(&self, rows: usize) -> Self {
        match self {
            Self::Text(_) => Self::Text(TextColumn::with_capacity(rows)),
            Self::Integer(_) => Self::Integer(Vec::with_capacity(rows)),
            Self::Decimal(_) => Self::Decimal(Vec::with_capacity(rows)),
            Self::Boolean(_) => Self::Boolean(Vec::with_capacity(rows)),
            Self::Day(_) => Self::Day(Vec::with_capacity(rows)),
            Self::TextList { .. } => Self::TextList { ends: Vec::with_capacity(rows), items: TextColumn::default() },
        }
    }
}
