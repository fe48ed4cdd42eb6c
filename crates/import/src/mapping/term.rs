//! Terms: the values of a mapping, checked and numbered.

use std::collections::BTreeMap;
use std::ops::Range;

use tierhook_model::{BookZone, FieldType};
use toml::Spanned;

use super::shape::{Placed, TermShape, TermSource};
use crate::MappingError;

/// The number of a term within its mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TermId(pub(crate) usize);

/// A value of a mapping.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    /// Its key in the file, for example `line.unit_price`.
    pub(crate) key: String,
    /// The line in the file on which it begins, from 1.
    pub(crate) line: usize,
    /// The column in that line in which it begins, after the quote, from 1.
    pub(crate) column: usize,
    /// Where the value comes from.
    pub(crate) source: TermSource,
    /// How a moment or day is written; empty for the ISO forms.
    pub(crate) formats: Vec<String>,
    /// The zone of moments that name none; `None` is the book's.
    pub(crate) zone: Option<BookZone>,
    /// What stands between the items of a list, if the mapping says so.
    pub(crate) split: Option<String>,
}

/// What a term is for: that decides which keys its table may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A text, number or answer.
    Plain,
    /// A moment.
    Moment,
    /// A field of this type that the mapping cannot change.
    Field(FieldType),
    /// A field whose type the mapping says.
    Custom,
}

/// Checks terms and gives them numbers.
#[derive(Debug)]
pub(super) struct Terms<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
    pub(super) list: Vec<Term>,
}

impl Terms<'_> {
    /// Checks a term and gives it a number, and the type that it says or that its purpose has.
    pub(super) fn add(
        &mut self,
        key: &str,
        placed: &Placed,
        purpose: Purpose,
    ) -> Result<(TermId, FieldType), MappingError> {
        let (shape, span) = (placed.get_ref(), placed.span());
        let ty = match purpose {
            Purpose::Field(ty) => ty,
            Purpose::Custom => shape.ty.unwrap_or(FieldType::Text),
            Purpose::Plain | Purpose::Moment => FieldType::Text,
        };
        if let Some(problem) = misplaced(shape, purpose, ty) {
            return Err(self.bad_value(key, &span, problem));
        }
        let zone = match &shape.zone {
            Some(name) => Some(BookZone::named(name).map_err(|error| self.bad_value(key, &span, error.to_string()))?),
            None => None,
        };
        let split = shape.split.clone();
        if split.as_ref().is_some_and(String::is_empty) {
            return Err(self.bad_value(key, &span, "`split` is empty; write what stands between the items".to_owned()));
        }
        let formats = shape.formats.clone().unwrap_or_default();
        let (line, column) = self.place(&(span.start + self.opening(&span)..span.end));
        self.list.push(Term { key: key.to_owned(), line, column, source: shape.source.clone(), formats, zone, split });
        Ok((TermId(self.list.len() - 1), ty))
    }

    /// Checks a plain term and gives it a number.
    pub(super) fn plain(&mut self, key: &str, placed: &Placed) -> Result<TermId, MappingError> {
        Ok(self.add(key, placed, Purpose::Plain)?.0)
    }

    /// Does the same for one that may be left out.
    pub(super) fn optional(&mut self, key: &str, placed: Option<&Placed>) -> Result<Option<TermId>, MappingError> {
        placed.map(|placed| self.plain(key, placed)).transpose()
    }

    /// Checks a table of plain terms.
    pub(super) fn table(
        &mut self,
        key: &str,
        table: Option<&Spanned<BTreeMap<String, Placed>>>,
    ) -> Result<Vec<(String, TermId)>, MappingError> {
        let entries = table.into_iter().flat_map(|table| table.get_ref());
        entries.map(|(name, placed)| Ok((name.clone(), self.plain(&format!("{key}.{name}"), placed)?))).collect()
    }

    /// The bytes before the text of a string: its quotes, and a line end that directly follows three of them.
    fn opening(&self, span: &Range<usize>) -> usize {
        let text = self.text.get(span.clone()).unwrap_or_default();
        let rest = text.trim_start_matches(['"', '\'']);
        let rest = if text.len() - rest.len() >= 3 { rest.trim_start_matches(['\r', '\n']) } else { rest };
        text.len() - rest.len()
    }

    pub(super) fn bad_value(&self, key: &str, span: &Range<usize>, problem: String) -> MappingError {
        let (line, column) = self.place(span);
        MappingError::BadValue { file: self.file.to_owned(), line, column, key: key.to_owned(), problem }
    }

    pub(super) fn place(&self, span: &Range<usize>) -> (usize, usize) {
        place(self.text, span.start)
    }
}

/// Returns line and column, both from 1, of a byte of a text.
pub(super) fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

fn misplaced(shape: &TermShape, purpose: Purpose, ty: FieldType) -> Option<String> {
    let dated = purpose == Purpose::Moment || ty == FieldType::Day;
    if shape.formats.is_some() && !dated {
        return Some("`formats` is for moments and days only; take it out".to_owned());
    }
    if shape.zone.is_some() && !dated {
        return Some("`zone` is for moments and days only; take it out".to_owned());
    }
    if shape.split.is_some() && ty != FieldType::TextList {
        return Some("`split` is for lists only; take it out".to_owned());
    }
    if shape.ty.is_some() && purpose != Purpose::Custom {
        return Some("`type` is for the fields under `[custom]` only; take it out".to_owned());
    }
    None
}
