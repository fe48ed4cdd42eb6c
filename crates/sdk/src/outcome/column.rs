//! A column while it is filled.

use crate::bindings::types::{Categories, Column, ColumnData, Texts};
use crate::outcome::table::Put;

/// How many different texts are few.
const FEW: usize = 64;

/// A column while it is filled. What it holds is decided by the first value that is there; rows that are passed over have none.
#[derive(Debug)]
pub(crate) struct ColumnBuilder {
    name: &'static str,
    /// How many rows were filled, those that were passed over among them.
    rows: usize,
    /// Which values there are, once one is not.
    validity: Vec<u8>,
    data: Option<ColumnData>,
    /// The number of the word that was added last: what comes next is often what came next the last time.
    last: usize,
}

impl ColumnBuilder {
    /// Begins a column.
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, rows: 0, validity: Vec::new(), data: None, last: 0 }
    }

    /// Puts a value into a row, which comes behind those that were filled.
    pub(crate) fn put(&mut self, row: usize, value: Put<'_>) {
        if self.data.is_none() {
            self.data = begin(value);
        }
        self.pass_over(row);
        if let Some(data) = &mut self.data {
            add(data, value, &mut self.last);
        }
        if !self.validity.is_empty() {
            self.validity.push(0);
        }
        self.rows += 1;
    }

    /// Leaves the rows before this one without a value.
    fn pass_over(&mut self, row: usize) {
        if row == self.rows {
            return;
        }
        self.validity.resize(self.rows, 0);
        self.validity.resize(row, 1);
        if let Some(data) = &mut self.data {
            (self.rows..row).for_each(|_| add_nothing(data));
        }
        self.rows = row;
    }

    /// Ends the column after so many rows; `None` if it has no value.
    pub(crate) fn finish(mut self, rows: usize) -> Option<Column> {
        self.pass_over(rows);
        Some(Column { name: self.name.to_owned(), validity: self.validity, data: self.data? })
    }
}

/// Begins a column with values like this one.
fn begin(like: Put<'_>) -> Option<ColumnData> {
    Some(match like {
        Put::Nothing => return None,
        Put::Text(_) => ColumnData::Categories(Categories { codes: Vec::new(), words: Vec::new() }),
        Put::Integer(_) => ColumnData::Integers(Vec::new()),
        Put::Decimal(_) => ColumnData::Decimals(Vec::new()),
        Put::Boolean(_) => ColumnData::Booleans(Vec::new()),
        Put::Day(_) => ColumnData::Days(Vec::new()),
    })
}

fn add(data: &mut ColumnData, value: Put<'_>, last: &mut usize) {
    match (data, value) {
        (ColumnData::Integers(numbers), Put::Integer(number)) => numbers.push(number),
        (ColumnData::Decimals(numbers), Put::Decimal(number)) => numbers.push(number),
        (ColumnData::Booleans(answers), Put::Boolean(yes)) => answers.push(yes),
        (ColumnData::Days(days), Put::Day(day)) => days.push(day.0),
        (ColumnData::Texts(texts), Put::Text(text)) => append(texts, text),
        (data @ ColumnData::Categories(_), Put::Text(text)) => categorise(data, text, last),
        (data, _) => add_nothing(data),
    }
}

fn add_nothing(data: &mut ColumnData) {
    match data {
        ColumnData::Integers(numbers) => numbers.push(0),
        ColumnData::Decimals(numbers) => numbers.push(0.0),
        ColumnData::Booleans(answers) => answers.push(false),
        ColumnData::Days(days) => days.push(0),
        ColumnData::Texts(texts) => append(texts, ""),
        ColumnData::Categories(categories) => {
            if categories.words.is_empty() {
                categories.words.push(String::new());
            }
            categories.codes.push(0);
        }
        ColumnData::Moments(moments) => moments.push(0),
        ColumnData::TextLists(lists) => lists.ends.push(lists.items.ends.len() as u32),
    }
}

/// Adds a text by the number of its word; once there are too many words, the column becomes one of texts.
fn categorise(data: &mut ColumnData, text: &str, last: &mut usize) {
    let ColumnData::Categories(categories) = data else { return };
    let guess = if *last + 1 < categories.words.len() { *last + 1 } else { 0 };
    let guessed = categories.words.get(guess).is_some_and(|word| word == text);
    let known = if guessed { Some(guess) } else { categories.words.iter().position(|word| word == text) };
    if known.is_none() && categories.words.len() == FEW {
        let mut texts = Texts { ends: Vec::with_capacity(categories.codes.len() + 1), bytes: String::new() };
        for code in &categories.codes {
            append(&mut texts, categories.words.get(*code as usize).map_or("", String::as_str));
        }
        append(&mut texts, text);
        *data = ColumnData::Texts(texts);
        return;
    }
    let code = known.unwrap_or_else(|| {
        categories.words.push(text.to_owned());
        categories.words.len() - 1
    });
    categories.codes.push(code as u32);
    *last = code;
}

fn append(texts: &mut Texts, text: &str) {
    texts.bytes.push_str(text);
    texts.ends.push(texts.bytes.len() as u32);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cell;
    use crate::cell::cell;

    fn column(values: &[Put<'_>]) -> Column {
        let mut builder = ColumnBuilder::new("x");
        let there = values.iter().enumerate().filter(|(_, value)| !matches!(value, Put::Nothing));
        there.for_each(|(row, value)| builder.put(row, *value));
        builder.finish(values.len()).unwrap()
    }

    #[test]
    fn rows_without_a_value_before_and_behind_keep_their_places() {
        let column = column(&[Put::Nothing, Put::Text("a"), Put::Nothing, Put::Text("a"), Put::Nothing]);
        let cells: Vec<Cell<'_>> = (0..5).map(|row| cell(&column, row)).collect();
        assert_eq!(cells, [Cell::Missing, Cell::Text("a"), Cell::Missing, Cell::Text("a"), Cell::Missing]);
        assert_eq!(column.validity, [1, 0, 1, 0, 1]);
        assert!(matches!(column.data, ColumnData::Categories(few) if few.codes.len() == 5));
    }

    #[test]
    fn a_column_where_all_is_there_has_no_validity_and_one_where_nothing_is_is_none() {
        assert!(column(&[Put::Integer(1), Put::Integer(2)]).validity.is_empty());
        assert!(ColumnBuilder::new("x").finish(3).is_none());
    }

    #[test]
    fn many_different_texts_are_no_categories() {
        let texts: Vec<String> = (0..100).map(|number| format!("text {}", number % 80)).collect();
        let column = column(&texts.iter().map(|text| Put::Text(text)).collect::<Vec<_>>());
        assert!(matches!(column.data, ColumnData::Texts(_)));
        for (row, text) in texts.iter().enumerate() {
            assert_eq!(cell(&column, row), Cell::Text(text));
        }
        let few = self::column(&[Put::Text("a"), Put::Text("b"), Put::Text("a")]);
        let words = vec!["a".to_owned(), "b".to_owned()];
        assert!(matches!(few.data, ColumnData::Categories(found) if found.words == words && found.codes == [0, 1, 0]));
    }
}
