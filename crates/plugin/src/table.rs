//! Tables: what a component answered, checked before it is read.

use tierhook_hooks::{Fault, FaultCode};
use tierhook_model::Day;

use crate::contract::{CategoriesResult, ColumnDataResult, ColumnResult, TableResult, TextsResult};

/// The tables of an answer, by name.
#[derive(Debug)]
pub(crate) struct Tables<'a>(Vec<Table<'a>>);

/// One table, with its columns by name.
#[derive(Debug)]
pub(crate) struct Table<'a> {
    name: &'a str,
    rows: usize,
    columns: &'a [ColumnResult],
}

/// A column of texts; where there is none, all values are missing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Texts<'a>(Option<(&'a [u8], TextData<'a>)>);

#[derive(Clone, Copy, Debug)]
enum TextData<'a> {
    Texts(&'a TextsResult),
    Categories(&'a CategoriesResult),
}

/// A column of other values; where there is none, all values are missing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Values<'a, T>(Option<(&'a [u8], &'a [T])>);

/// A fault of the whole answer.
fn broken(message: String) -> Fault {
    Fault::new(FaultCode::BadWish, message).with_hint("see `record outcome` in hooks.wit for what an answer looks like")
}

impl<'a> Tables<'a> {
    /// Checks that tables are known and consistent. `known` has their names with those of their columns.
    ///
    /// # Errors
    /// A [`Fault`] that says what is wrong.
    pub(crate) fn new(tables: &'a [TableResult], known: &[(&str, &[&str])]) -> Result<Self, Fault> {
        let mut checked: Vec<Table<'a>> = Vec::with_capacity(tables.len());
        for table in tables {
            let name = table.name.as_str();
            let Some((_, columns)) = known.iter().find(|(known, _)| *known == name) else {
                let known: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
                return Err(broken(format!("it answered a table `{name}`; there are {}", known.join(", "))));
            };
            if checked.iter().any(|before| before.name == name) {
                return Err(broken(format!("it answered the table `{name}` twice")));
            }
            let rows = table.rows as usize;
            for (at, column) in table.columns.iter().enumerate() {
                if !columns.contains(&column.name.as_str()) {
                    let known = columns.join(", ");
                    return Err(broken(format!("`{name}` has a column `{}`; there are {known}", column.name)));
                }
                if table.columns[..at].iter().any(|before| before.name == column.name) {
                    return Err(broken(format!("`{name}` has the column `{}` twice", column.name)));
                }
                check(name, rows, column)?;
            }
            checked.push(Table { name, rows, columns: &table.columns });
        }
        Ok(Self(checked))
    }

    /// Returns a table; one that was left out has no rows.
    pub(crate) fn get(&self, name: &'static str) -> Table<'a> {
        let found = self.0.iter().find(|table| table.name == name);
        found.map_or(Table { name, rows: 0, columns: &[] }, |table| Table { ..*table })
    }
}

/// Checks that a column has as many values as its table has rows, and that what it points at is there.
fn check(table: &str, rows: usize, column: &ColumnResult) -> Result<(), Fault> {
    let name = &column.name;
    let (count, kind) = match &column.data {
        ColumnDataResult::Texts(texts) => (texts.ends.len(), "texts"),
        ColumnDataResult::Categories(categories) => (categories.codes.len(), "categories"),
        ColumnDataResult::Integers(values) => (values.len(), "integers"),
        ColumnDataResult::Decimals(values) => (values.len(), "decimals"),
        ColumnDataResult::Booleans(values) => (values.len(), "booleans"),
        ColumnDataResult::Days(values) => (values.len(), "days"),
        ColumnDataResult::Moments(values) => (values.len(), "moments"),
        ColumnDataResult::TextLists(lists) => (lists.ends.len(), "lists of texts"),
    };
    if count != rows {
        return Err(broken(format!("`{table}` has {rows} rows, but its column `{name}` has {count} {kind}")));
    }
    if !column.validity.is_empty() && column.validity.len() != rows {
        let count = column.validity.len();
        return Err(broken(format!(
            "`{table}` has {rows} rows, but its column `{name}` tells of {count} if they are there"
        )));
    }
    let whole = match &column.data {
        ColumnDataResult::Texts(texts) => is_cut_well(texts),
        ColumnDataResult::Categories(categories) => {
            categories.codes.iter().all(|code| (*code as usize) < categories.words.len())
        }
        ColumnDataResult::TextLists(lists) => {
            is_cut_well(&lists.items) && is_rising(&lists.ends, lists.items.ends.len())
        }
        _ => true,
    };
    if whole { Ok(()) } else { Err(broken(format!("the column `{name}` of `{table}` points beyond its texts"))) }
}

fn is_cut_well(texts: &TextsResult) -> bool {
    is_rising(&texts.ends, texts.bytes.len())
        && texts.ends.iter().all(|end| texts.bytes.is_char_boundary(*end as usize))
}

fn is_rising(ends: &[u32], most: usize) -> bool {
    ends.is_sorted() && ends.last().is_none_or(|last| *last as usize <= most)
}

impl<'a> Table<'a> {
    /// Returns the number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Returns a column of texts.
    ///
    /// # Errors
    /// A [`Fault`] if it holds something else.
    pub(crate) fn texts(&self, name: &str) -> Result<Texts<'a>, Fault> {
        let Some(column) = self.column(name) else { return Ok(Texts(None)) };
        let data = match &column.data {
            ColumnDataResult::Texts(texts) => TextData::Texts(texts),
            ColumnDataResult::Categories(categories) => TextData::Categories(categories),
            _ => return Err(self.of_another_type(name, "texts")),
        };
        Ok(Texts(Some((&column.validity, data))))
    }

    /// Returns a column of whole numbers.
    ///
    /// # Errors
    /// A [`Fault`] if it holds something else.
    pub(crate) fn integers(&self, name: &str) -> Result<Values<'a, i64>, Fault> {
        self.values(name, "integers", |data| match data {
            ColumnDataResult::Integers(values) => Some(values),
            _ => None,
        })
    }

    /// Returns a column of numbers with a fraction.
    ///
    /// # Errors
    /// A [`Fault`] if it holds something else.
    pub(crate) fn decimals(&self, name: &str) -> Result<Values<'a, f64>, Fault> {
        self.values(name, "decimals", |data| match data {
            ColumnDataResult::Decimals(values) => Some(values),
            _ => None,
        })
    }

    /// Returns a column of yes and no.
    ///
    /// # Errors
    /// A [`Fault`] if it holds something else.
    pub(crate) fn booleans(&self, name: &str) -> Result<Values<'a, bool>, Fault> {
        self.values(name, "booleans", |data| match data {
            ColumnDataResult::Booleans(values) => Some(values),
            _ => None,
        })
    }

    /// Returns a column of days.
    ///
    /// # Errors
    /// A [`Fault`] if it holds something else.
    pub(crate) fn days(&self, name: &str) -> Result<Values<'a, i32>, Fault> {
        self.values(name, "days", |data| match data {
            ColumnDataResult::Days(values) => Some(values),
            _ => None,
        })
    }

    fn values<T>(
        &self,
        name: &str,
        wanted: &str,
        of: impl Fn(&'a ColumnDataResult) -> Option<&'a Vec<T>>,
    ) -> Result<Values<'a, T>, Fault> {
        let Some(column) = self.column(name) else { return Ok(Values(None)) };
        let values = of(&column.data).ok_or_else(|| self.of_another_type(name, wanted))?;
        Ok(Values(Some((&column.validity, values))))
    }

    fn column(&self, name: &str) -> Option<&'a ColumnResult> {
        self.columns.iter().find(|column| column.name == name)
    }

    fn of_another_type(&self, name: &str, wanted: &str) -> Fault {
        broken(format!("the column `{name}` of `{}` does not hold {wanted}", self.name))
    }

    /// A row number that another table points at.
    ///
    /// # Errors
    /// A [`Fault`] if there is none, or no such row.
    pub(crate) fn points_at(&self, column: &str, value: Option<i64>, rows: usize) -> Result<usize, Fault> {
        match value {
            Some(row) if (0..rows as i64).contains(&row) => Ok(row as usize),
            Some(row) => {
                Err(broken(format!("`{column}` of `{}` is {row}, and there are {rows} of them, from 0", self.name)))
            }
            None => Err(broken(format!("`{column}` of `{}` is missing", self.name))),
        }
    }
}

fn is_there(validity: &[u8], row: usize) -> bool {
    validity.is_empty() || validity[row] == 0
}

impl<'a> Texts<'a> {
    /// Returns the text in a row.
    pub(crate) fn get(&self, row: usize) -> Option<&'a str> {
        let (validity, data) = self.0.filter(|(validity, _)| is_there(validity, row))?;
        debug_assert!(validity.is_empty() || row < validity.len(), "rows are of the table");
        Some(match data {
            TextData::Texts(texts) => {
                let from = if row == 0 { 0 } else { texts.ends[row - 1] as usize };
                &texts.bytes[from..texts.ends[row] as usize]
            }
            TextData::Categories(categories) => &categories.words[categories.codes[row] as usize],
        })
    }
}

impl<T: Copy> Values<'_, T> {
    /// Returns the value in a row.
    pub(crate) fn get(&self, row: usize) -> Option<T> {
        let (_, values) = self.0.filter(|(validity, _)| is_there(validity, row))?;
        Some(values[row])
    }
}

impl Values<'_, i64> {
    /// Counts the rows from one on that have the same value, up to eight: for how many there should be room at first.
    pub(crate) fn run(&self, row: usize) -> usize {
        let rest = self.0.map_or(&[][..], |(_, values)| &values[row..]);
        rest.iter().take(8).take_while(|value| **value == rest[0]).count()
    }
}

impl Values<'_, i32> {
    /// Returns the day in a row.
    pub(crate) fn day(&self, row: usize) -> Option<Day> {
        self.get(row).map(Day)
    }
}
