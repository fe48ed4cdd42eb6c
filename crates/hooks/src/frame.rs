//! Frames: a batch of records, column by column.

use std::sync::Arc;

use tierhook_model::{Day, FieldType, RecordId, Value, ValueRef};

use crate::column::{Column, ColumnNames, TextColumn};
use crate::history::{History, HistoryKind};

/// How many columns a frame may have.
pub const MAX_COLUMNS: usize = 256;

/// A batch of records projected to some fields, column by column.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    records: Arc<[RecordId]>,
    columns: Vec<Arc<Column>>,
    names: Arc<ColumnNames>,
    history: Vec<Arc<History>>,
}

/// One value of a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Nobody knows it.
    Missing,
    /// The rule may not see it.
    Masked,
    /// A text.
    Text(&'a str),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Decimal(f64),
    /// Yes or no.
    Boolean(bool),
    /// A civil day.
    Day(Day),
    /// Several texts: those from one number to before another in the column.
    TextList(&'a TextColumn, usize, usize),
}

impl Cell<'_> {
    /// Returns it as the model's value, `None` where it is missing or masked.
    pub fn value(self) -> Option<Value> {
        match self {
            Self::Missing | Self::Masked => None,
            Self::Text(text) => Some(Value::Text(text.to_owned())),
            Self::Integer(number) => Some(Value::Integer(number)),
            Self::Decimal(number) => Some(Value::Decimal(number)),
            Self::Boolean(yes) => Some(Value::Boolean(yes)),
            Self::Day(day) => Some(Value::Day(day)),
            Self::TextList(items, from, to) => {
                Some(Value::TextList((from..to).map(|at| items.get(at).to_owned()).collect()))
            }
        }
    }
}

/// Which columns of a frame a rule read for one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ReadSet([u64; MAX_COLUMNS / 64]);

impl ReadSet {
    /// Makes a set from its words, lowest columns first.
    pub fn from_words(words: [u64; MAX_COLUMNS / 64]) -> Self {
        Self(words)
    }

    /// Adds a column.
    pub fn insert(&mut self, column: usize) {
        if let Some(word) = self.0.get_mut(column / 64) {
            *word |= 1 << (column % 64);
        }
    }

    /// Iterates over the columns in order.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..MAX_COLUMNS).filter(move |column| self.0[column / 64] >> (column % 64) & 1 == 1)
    }
}

impl Frame {
    /// Puts a frame together from columns of the same records, each with a value for every record, in the order of
    /// their names.
    pub fn new(records: Arc<[RecordId]>, columns: Vec<Arc<Column>>, names: Arc<ColumnNames>) -> Self {
        debug_assert!(columns.iter().all(|column| column.validity.len() == records.len()), "columns are of one length");
        debug_assert!(columns.iter().map(|column| &column.name).eq(names.iter()), "columns are in the order of names");
        Self { records, columns, names, history: Vec::new() }
    }

    /// Adds facts of the same records, sorted by their kinds' names.
    #[must_use]
    pub fn with_history(mut self, history: Vec<Arc<History>>) -> Self {
        debug_assert!(history.iter().all(|of| of.ends.len() == self.records.len()), "history is of the same records");
        self.history = history;
        self
    }

    /// Returns the number of records.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Tells whether there are no records.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The records, in order.
    pub fn records(&self) -> &[RecordId] {
        &self.records
    }

    /// The columns, in order.
    pub fn columns(&self) -> &[Arc<Column>] {
        &self.columns
    }

    /// The facts of one kind, where a rule of the stratum asked for them.
    pub fn history(&self, kind: HistoryKind) -> Option<&Arc<History>> {
        self.history.iter().find(|of| of.kind == kind)
    }

    /// Returns the number of the column of a field.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.names.get(name)
    }

    /// Returns one value. Both numbers must be within the frame.
    pub fn cell(&self, column: usize, row: usize) -> Cell<'_> {
        self.columns[column].cell(row)
    }

    /// Makes a frame of some of the records, given by their numbers in this one.
    pub fn select(&self, rows: &[usize]) -> Self {
        Self {
            records: rows.iter().map(|row| self.records[*row]).collect(),
            columns: self.columns.iter().map(|column| Arc::new(column.select(rows.iter().copied()))).collect(),
            names: self.names.clone(),
            history: self.history.iter().map(|of| Arc::new(of.select(rows))).collect(),
        }
    }

    /// Returns one value as the model's, `None` where it is missing or masked.
    pub fn value(&self, column: usize, row: usize) -> Option<Value> {
        self.cell(column, row).value()
    }
}

/// Builds a frame row by row: one value for each column, then the next record.
#[derive(Debug)]
pub struct FrameBuilder {
    records: Vec<RecordId>,
    columns: Vec<Column>,
}

impl FrameBuilder {
    /// Begins a frame with these columns. More than [`MAX_COLUMNS`] columns are refused when rules are put
    /// together, so there are never more here.
    pub fn new<'a>(columns: impl IntoIterator<Item = (&'a str, FieldType)>, rows: usize) -> Self {
        let columns = columns.into_iter().map(|(name, ty)| Column::new(name.into(), ty, rows)).collect();
        Self { records: Vec::with_capacity(rows), columns }
    }

    /// Adds a record. `value` gives the value of the column with a number; a value that does not fit the
    /// column's type counts as missing.
    pub fn push(&mut self, record: RecordId, mut value: impl FnMut(usize) -> Option<Value>) {
        self.records.push(record);
        for (at, column) in self.columns.iter_mut().enumerate() {
            column.push(value(at).as_ref().map(ValueRef::from));
        }
    }

    /// Ends the frame.
    pub fn finish(self) -> Frame {
        let names = self.columns.iter().map(|column| column.name.clone()).collect();
        Frame::new(self.records.into(), self.columns.into_iter().map(Arc::new).collect(), Arc::new(names))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_and_zero_are_two_things() {
        let columns = [("orders_total", FieldType::Integer), ("tags", FieldType::TextList), ("name", FieldType::Text)];
        let mut builder = FrameBuilder::new(columns, 2);
        let first = [
            Some(Value::Integer(0)),
            Some(Value::TextList(vec!["vip".into(), "母婴".into()])),
            Some(Value::Text("王芳".into())),
        ];
        builder.push(RecordId(1), |column| first[column].clone());
        builder.push(RecordId(2), |_| None);
        let frame = builder.finish();
        assert_eq!(frame.cell(0, 0), Cell::Integer(0));
        assert_eq!(frame.cell(0, 1), Cell::Missing);
        assert_eq!(frame.value(1, 0), first[1]);
        assert_eq!(frame.value(2, 0), first[2]);
        assert_eq!(frame.value(1, 1), None);
        assert_eq!(frame.column("tags"), Some(1));
        let turned = frame.select(&[1, 0]);
        assert_eq!(turned.records(), [RecordId(2), RecordId(1)]);
        assert_eq!((turned.cell(0, 0), turned.cell(0, 1)), (Cell::Missing, Cell::Integer(0)));
        assert_eq!(turned.value(1, 1), first[1]);
    }

    #[test]
    fn a_read_set_gives_its_columns_back_in_order() {
        let mut set = ReadSet::default();
        for column in [255, 3, 64] {
            set.insert(column);
        }
        assert_eq!(set.iter().collect::<Vec<_>>(), [3, 64, 255]);
    }
}
