//! Records: a struct whose fields are those of the catalogue.

use crate::Fault;
use crate::bindings::types::{Column, Frame, Table};
use crate::cell::{FromCell, cell, holds_any};

/// What a hook reads of a record, by `#[derive(Record)]` on a struct.
///
/// A field of the struct is the field of its name, or the one named by `#[field("class.grade")]`. Its type is `i64`, `f64`, `bool`,
/// `&str`, `String`, [`Day`](crate::Day), `Vec<&str>` or `Vec<String>`; where it is missing the record faults. An `Option` of these
/// is `None` where it is missing or masked, and a [`Known`](crate::Known) tells the two apart. `#[history(orders)]` on a
/// `Vec` or a [`History`](crate::History) of [`Fact`]s reads the facts of a kind, newest first.
pub trait Record<'f>: Sized {
    /// The fields that are read.
    const FIELDS: &'static [&'static str];
    /// The kinds of facts that are read, with what is read of each fact.
    const HISTORY: &'static [(&'static str, &'static [&'static str])];
    /// The columns, looked up once for a batch.
    type Columns;

    /// Looks the columns up.
    ///
    /// # Errors
    /// A fault of the batch if one that is needed is not there, or holds something else.
    fn columns(frame: &'f Frame) -> Result<Self::Columns, Fault>;

    /// Reads a record.
    ///
    /// # Errors
    /// A fault of the record if a field that is needed is missing.
    fn read(columns: &Self::Columns, row: usize) -> Result<Self, Fault>;
}

impl<'f> Record<'f> for () {
    const FIELDS: &'static [&'static str] = &[];
    const HISTORY: &'static [(&'static str, &'static [&'static str])] = &[];
    type Columns = ();

    fn columns(_: &'f Frame) -> Result<(), Fault> {
        Ok(())
    }

    fn read((): &(), _: usize) -> Result<Self, Fault> {
        Ok(())
    }
}

/// What is read of a fact, by `#[derive(Fact)]` on a struct. Fields are as in a [`Record`]; they are named like the columns of the
/// kind: see [`History`](crate::History).
pub trait Fact<'f>: Sized {
    /// The columns that are read.
    const FIELDS: &'static [&'static str];
    /// The columns, looked up once for a batch.
    type Columns;

    /// Looks the columns up.
    ///
    /// # Errors
    /// A fault of the batch if one that is needed is not there, or holds something else.
    fn columns(table: &'f Table) -> Result<Self::Columns, Fault>;

    /// Reads a fact.
    ///
    /// # Errors
    /// A fault of the record if something that is needed is missing.
    fn read(columns: &Self::Columns, row: usize) -> Result<Self, Fault>;
}

/// A column that was looked up.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub struct Slot<'f> {
    field: &'static str,
    column: Option<&'f Column>,
}

impl<'f> Slot<'f> {
    /// Looks up the column of a field that is read as `T`.
    pub fn find<T: FromCell<'f>>(columns: &'f [Column], field: &'static str) -> Result<Self, Fault> {
        let column = columns.iter().find(|column| column.name == field);
        let Some(found) = column else {
            if T::OPTIONAL {
                return Ok(Self { field, column });
            }
            let hint = format!("add `{field}` to `reads` in plugin.toml, or read it as an `Option`");
            return Err(Fault::new(format!("the host gave no `{field}`")).hint(hint));
        };
        // Where no value is there, its type does not matter.
        if holds_any(found) && !T::fits(&found.data) {
            return Err(crate::cell::Unread::OtherType.of(field, T::EXPECTED));
        }
        Ok(Self { field, column })
    }

    /// Reads a value.
    pub fn get<T: FromCell<'f>>(&self, row: usize) -> Result<T, Fault> {
        let found = self.column.map_or(crate::Cell::Missing, |column| cell(column, row));
        T::from_cell(found).map_err(|unread| unread.of(self.field, T::EXPECTED))
    }
}
