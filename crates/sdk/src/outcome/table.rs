//! A table while it is filled, row by row.

use crate::Day;
use crate::bindings::types;
use crate::outcome::column::ColumnBuilder;

/// A value on its way into a column.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Put<'a> {
    Nothing,
    Text(&'a str),
    Integer(i64),
    Decimal(f64),
    Boolean(bool),
    Day(Day),
}

/// A table while it is filled.
#[derive(Debug)]
pub(crate) struct TableBuilder {
    name: &'static str,
    rows: usize,
    columns: Vec<ColumnBuilder>,
}

impl TableBuilder {
    /// Begins a table with columns of these names.
    pub(crate) fn new(name: &'static str, columns: &[&'static str]) -> Self {
        Self { name, rows: 0, columns: columns.iter().map(|name| ColumnBuilder::new(name)).collect() }
    }

    /// Returns how many rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Adds a row: a value for each column, in order.
    pub(crate) fn push<const N: usize>(&mut self, row: [Put<'_>; N]) {
        debug_assert_eq!(N, self.columns.len(), "a row of {} has a value for each column", self.name);
        for (column, value) in self.columns.iter_mut().zip(row) {
            if !matches!(value, Put::Nothing) {
                column.put(self.rows, value);
            }
        }
        self.rows += 1;
    }

    /// Ends the table; `None` if it has no rows. Columns where all is missing are left out.
    pub(crate) fn finish(self) -> Option<types::Table> {
        let columns = self.columns.into_iter().filter_map(|column| column.finish(self.rows)).collect();
        (self.rows > 0).then(|| types::Table { name: self.name.to_owned(), rows: self.rows as u32, columns })
    }
}
