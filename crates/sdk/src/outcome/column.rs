//! A column while it is filled.

use crate::bindings::types::{Categories, Column, ColumnData, Texts};
use crate::outcome::table::Put;

/// How many different texts are few.
const FEW: usize = 64;

/// A column while it is filled. What it holds is decided by the first value that is there.
#[derive(Debug)]
pub(crate) struct ColumnBuilder {
    name: &'static str,
    rows: usize,
    /// Whether a value is there, from the first row on where one is not.
    validity: Vec<u8>,
    data: Option<ColumnData>,
}

impl ColumnBuilder {
    /// Begins a column.
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, rows: 0, validity: Vec::new(), data: None }
    }

    /// Adds the value of the next row.
    pub(crate) fn push(&mut self, value: Put<'_>) {
        let missing = matches!(value, Put::Nothing);
        if missing && self.validity.is_empty() {
            self.validity = vec![0; self.rows];
        }
        if missing || !self.validity.is_empty() {
            self.validity.push(u8::from(missing));
        }
        if self.data.is_none() && !missing {
            self.data = begin(value, self.rows);
        }
        if let Some(data) = &mut self.data {
            add(data, value);
        }
        self.rows += 1;
    }

    /// Ends the column; `None` if it has no value.
    pub(crate) fn finish(self) -> Option<Column> {
        Some(Column { name: self.name.to_owned(), validity: self.validity, data: self.data? })
    }
}

/// Begins a column with values like this one, behind rows where none is there.
fn begin(like: Put<'_>, rows: usize) -> Option<ColumnData> {
    Some(match like {
        Put::Nothing => return None,
        Put::Text(_) => ColumnData::Categories(Categories {
            codes: vec![0; rows],
            words: if rows == 0 { Vec::new() } else { vec![String::new()] },
        }),
        Put::Integer(_) => ColumnData::Integers(vec![0; rows]),
        Put::Decimal(_) => ColumnData::Decimals(vec![0.0; rows]),
        Put::Boolean(_) => ColumnData::Booleans(vec![false; rows]),
        Put::Day(_) => ColumnData::Days(vec![0; rows]),
    })
}

fn add(data: &mut ColumnData, value: Put<'_>) {
    match (data, value) {
        (ColumnData::Integers(numbers), Put::Integer(number)) => numbers.push(number),
        (ColumnData::Decimals(numbers), Put::Decimal(number)) => numbers.push(number),
        (ColumnData::Booleans(answers), Put::Boolean(yes)) => answers.push(yes),
        (ColumnData::Days(days), Put::Day(day)) => days.push(day.0),
        (ColumnData::Texts(texts), Put::Text(text)) => append(texts, text),
        (data @ ColumnData::Categories(_), Put::Text(text)) => categorise(data, text),
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
        ColumnData::Categories(categories) => categories.codes.push(0),
        ColumnData::Moments(moments) => moments.push(0),
        ColumnData::TextLists(lists) => lists.ends.push(lists.items.ends.len() as u32),
    }
}

/// Adds a text by the number of its word; once there are too many words, the column becomes one of texts.
fn categorise(data: &mut ColumnData, text: &str) {
    let ColumnData::Categories(categories) = data else { return };
    let known = categories.words.iter().position(|word| word == text);
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
        values.iter().for_each(|value| builder.push(*value));
        builder.finish().unwrap()
    }

    #[test]
    fn rows_without_a_value_before_and_behind_keep_their_places() {
        let column = column(&[Put::Nothing, Put::Text("a"), Put::Nothing, Put::Text("a")]);
        let cells: Vec<Cell<'_>> = (0..4).map(|row| cell(&column, row)).collect();
        assert_eq!(cells, [Cell::Missing, Cell::Text("a"), Cell::Missing, Cell::Text("a")]);
        assert_eq!(column.validity, [1, 0, 1, 0]);
    }

    #[test]
    fn a_column_where_all_is_there_has_no_validity_and_one_where_nothing_is_is_none() {
        assert!(column(&[Put::Integer(1), Put::Integer(2)]).validity.is_empty());
        let mut nothing = ColumnBuilder::new("x");
        nothing.push(Put::Nothing);
        assert!(nothing.finish().is_none());
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
