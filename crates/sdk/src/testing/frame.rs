//! Rows to the frame that a host would give.

use std::collections::BTreeSet;

use super::{Row, Value};
use crate::Record;
use crate::bindings::types::{Column, ColumnData, Frame, History, Table, TextLists, Texts};

/// Builds the frame of some records: a column for each field that is read or given.
pub(super) fn build<R: Record<'static>>(rows: &[Row]) -> Frame {
    let all: Vec<&Row> = rows.iter().collect();
    let columns = columns(&all, R::FIELDS);
    let given = rows.iter().flat_map(|row| row.history.keys().map(String::as_str));
    let kinds: BTreeSet<&str> = given.chain(R::HISTORY.iter().map(|(kind, _)| *kind)).collect();
    let history = kinds.into_iter().map(|kind| {
        let read = R::HISTORY.iter().find(|(other, _)| *other == kind).map_or(&[][..], |(_, fields)| fields);
        history(rows, kind, read)
    });
    Frame { records: rows.len() as u32, columns, history: history.collect() }
}

fn history(rows: &[Row], kind: &str, read: &[&str]) -> History {
    let (mut facts, mut ends, mut cut) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        let own = row.history.get(kind);
        facts.extend(own.into_iter().flat_map(|(facts, _)| facts));
        ends.push(facts.len() as u32);
        cut.push(own.is_some_and(|(_, cut)| *cut));
    }
    let table = Table { name: kind.to_owned(), rows: facts.len() as u32, columns: columns(&facts, read) };
    History { ends, cut, facts: table }
}

fn columns(rows: &[&Row], read: &[&str]) -> Vec<Column> {
    let given = rows.iter().flat_map(|row| row.values.keys().map(String::as_str));
    let names: BTreeSet<&str> = given.chain(read.iter().copied()).collect();
    let column = |name: &str| {
        let values: Vec<Option<&Value>> = rows.iter().map(|row| row.values.get(name)).collect();
        let validity = values.iter().map(|value| match value {
            None => 1,
            Some(Value::Masked) => 2,
            Some(_) => 0,
        });
        let validity: Vec<u8> = validity.collect();
        let validity = if validity.contains(&1) || validity.contains(&2) { validity } else { Vec::new() };
        Column { name: name.to_owned(), validity, data: data(&values) }
    };
    names.into_iter().map(column).collect()
}

/// The values of a column, of the type of the first that is there.
fn data(values: &[Option<&Value>]) -> ColumnData {
    let first = values.iter().flatten().find(|value| !matches!(value, Value::Masked));
    match first {
        Some(Value::Decimal(_)) => ColumnData::Decimals(each(values, |value| match value {
            Value::Decimal(number) => Some(*number),
            Value::Integer(number) => Some(*number as f64),
            _ => None,
        })),
        Some(Value::Integer(_)) => ColumnData::Integers(each(values, |value| match value {
            Value::Integer(number) => Some(*number),
            _ => None,
        })),
        Some(Value::Boolean(_)) => ColumnData::Booleans(each(values, |value| match value {
            Value::Boolean(yes) => Some(*yes),
            _ => None,
        })),
        Some(Value::Day(_)) => ColumnData::Days(each(values, |value| match value {
            Value::Day(day) => Some(day.0),
            _ => None,
        })),
        Some(Value::TextList(_)) => {
            let lists = each(values, |value| match value {
                Value::TextList(list) => Some(list.clone()),
                _ => None,
            });
            let mut ends = Vec::new();
            for list in &lists {
                ends.push(ends.last().copied().unwrap_or(0) + list.len() as u32);
            }
            ColumnData::TextLists(TextLists { ends, items: texts(lists.iter().flatten().map(String::as_str)) })
        }
        Some(Value::Text(_) | Value::Masked) | None => {
            let given = each(values, |value| match value {
                Value::Text(text) => Some(text.as_str()),
                _ => None,
            });
            ColumnData::Texts(texts(given.into_iter()))
        }
    }
}

/// The values that fit, in place of the others what stands for none.
///
/// # Panics
/// If a value is of another type than those before it.
fn each<'v, T: Default>(values: &[Option<&'v Value>], fit: impl Fn(&'v Value) -> Option<T>) -> Vec<T> {
    let one = |value: &Option<&'v Value>| match value {
        None | Some(Value::Masked) => T::default(),
        Some(value) => fit(value).unwrap_or_else(|| panic!("{value:?} stands in a column of another type")),
    };
    values.iter().map(one).collect()
}

fn texts<'t>(all: impl Iterator<Item = &'t str>) -> Texts {
    let mut texts = Texts { ends: Vec::new(), bytes: String::new() };
    for text in all {
        texts.bytes.push_str(text);
        texts.ends.push(texts.bytes.len() as u32);
    }
    texts
}
