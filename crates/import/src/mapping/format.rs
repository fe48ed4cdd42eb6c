//! How the file is written: what stands between values, names of columns, numbers, bytes to text.

use std::ops::Range;

use encoding_rs::Encoding;
use serde::Deserialize;
use toml::Spanned;

use super::shape::FileShape;
use super::term::Terms;
use crate::MappingError;
use crate::number::NumberFormat;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum FileKind {
    /// A text with columns.
    #[serde(rename = "csv")]
    Text,
    /// One JSON object a line.
    #[serde(rename = "json-lines")]
    JsonLines,
    /// A workbook with sheets.
    #[serde(rename = "xlsx")]
    Workbook,
}

impl FileKind {
    /// The kind's name in mappings.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "csv",
            Self::JsonLines => "json-lines",
            Self::Workbook => "xlsx",
        }
    }
}

/// How a file is written.
#[derive(Clone, Debug)]
pub(crate) struct FileFormat {
    /// What it is; `None` if its first bytes tell.
    pub(crate) kind: Option<FileKind>,
    /// The sheet of a workbook; `None` is the first.
    pub(crate) sheet: Option<String>,
    /// How many lines stand before the header.
    pub(crate) skip: u64,
    /// What may stand before or after a number and is no part of it.
    pub(crate) symbols: Vec<String>,
    /// What stands between the values of a row.
    pub(crate) delimiter: Delimiter,
    /// What a value may be put in; `None` if there is no such thing.
    pub(crate) quote: Option<u8>,
    /// Whether the first row names the columns.
    pub(crate) header: bool,
    /// The names of the columns, in place of those of the header.
    pub(crate) columns: Option<Vec<String>>,
    /// The columns that expressions see as numbers.
    pub(crate) numbers: Vec<String>,
    /// How numbers are written.
    pub(crate) number: NumberFormat,
    /// How the bytes become text.
    pub(crate) encoding: &'static Encoding,
}

/// What stands between the values of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delimiter {
    /// One ASCII character.
    Byte(u8),
    /// One or more blanks and tabs; those at the ends of a line do not count.
    Spaces,
}

impl Default for FileFormat {
    /// Commas, quotes, a header, UTF-8 and plain numbers.
    fn default() -> Self {
        Self {
            kind: None,
            sheet: None,
            skip: 0,
            symbols: Vec::new(),
            delimiter: Delimiter::Byte(b','),
            quote: Some(b'"'),
            header: true,
            columns: None,
            numbers: Vec::new(),
            number: NumberFormat { decimal: '.', thousands: None },
            encoding: encoding_rs::UTF_8,
        }
    }
}

impl FileFormat {
    pub(super) fn checked(shape: &FileShape, terms: &Terms<'_>) -> Result<Self, MappingError> {
        let delimiter = match &shape.delimiter {
            None => Delimiter::Byte(b','),
            Some(text) => match (text.get_ref().as_str(), text.get_ref().as_bytes()) {
                ("tab", _) => Delimiter::Byte(b'\t'),
                ("spaces", _) => Delimiter::Spaces,
                (_, [byte]) if byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | b'"') => Delimiter::Byte(*byte),
                (other, _) => {
                    let problem =
                        format!("`{other}` is no delimiter; write one ASCII character, \"tab\" or \"spaces\"");
                    return Err(terms.bad_value("file.delimiter", &text.span(), problem));
                }
            },
        };
        let quote = match &shape.quote {
            None => Some(b'"'),
            Some(text) => match text.get_ref().as_bytes() {
                [] => None,
                [byte] if byte.is_ascii_punctuation() => Some(*byte),
                _ => {
                    let problem = "write one ASCII character, or \"\" if values are never quoted".to_owned();
                    return Err(terms.bad_value("file.quote", &text.span(), problem));
                }
            },
        };
        let encoding = match &shape.encoding {
            None => encoding_rs::UTF_8,
            Some(label) => Encoding::for_label(label.get_ref().as_bytes()).ok_or_else(|| {
                let problem = format!(
                    "`{}` is no encoding; write for example \"utf-8\", \"gbk\", \"big5\" or \"windows-1252\"",
                    label.get_ref()
                );
                terms.bad_value("file.encoding", &label.span(), problem)
            })?,
        };
        if let Some((key, span, needed)) = contradiction(shape) {
            let problem = format!("it is for files of format \"{needed}\"; take it or `format` out");
            return Err(terms.bad_value(key, &span, problem));
        }
        if !shape.header && shape.columns.is_none() {
            return Err(MappingError::MissingKey {
                file: terms.file.to_owned(),
                kind: "a file without header",
                key: "file.columns",
                remedy: "write the names of the columns in order",
            });
        }
        let number = number_format(shape, terms)?;
        let columns = shape.columns.as_ref().map(|columns| columns.get_ref().clone());
        if let Some(columns) = &shape.columns
            && let Some(twice) = columns
                .get_ref()
                .iter()
                .enumerate()
                .find_map(|(at, column)| columns.get_ref()[..at].contains(column).then_some(column))
        {
            let problem = format!("two columns are named `{twice}`; give each a name of its own");
            return Err(terms.bad_value("file.columns", &columns.span(), problem));
        }
        let (header, numbers) = (shape.header, shape.numbers.clone());
        // Whoever names a sheet means a workbook.
        let sheet = shape.sheet.as_ref().map(|sheet| sheet.get_ref().clone());
        let kind = shape.format.or(sheet.is_some().then_some(FileKind::Workbook));
        let (skip, symbols) = (shape.skip, shape.symbols.clone());
        Ok(Self { kind, sheet, skip, symbols, delimiter, quote, header, columns, numbers, number, encoding })
    }
}

/// Returns a key that has no meaning for the format that is stated, and the format that it is for.
fn contradiction(shape: &FileShape) -> Option<(&'static str, Range<usize>, &'static str)> {
    let stated = shape.format?;
    let span = |text: &Option<Spanned<String>>| text.as_ref().map(Spanned::span);
    [
        ("file.sheet", span(&shape.sheet), FileKind::Workbook),
        ("file.delimiter", span(&shape.delimiter), FileKind::Text),
        ("file.quote", span(&shape.quote), FileKind::Text),
    ]
    .into_iter()
    .find_map(|(key, span, needed)| Some((key, span.filter(|_| needed != stated)?, needed.name())))
}

fn number_format(shape: &FileShape, terms: &Terms<'_>) -> Result<NumberFormat, MappingError> {
    let decimal = match &shape.decimal {
        None => '.',
        Some(text) => match text.get_ref().as_str() {
            "." => '.',
            "," => ',',
            _ => {
                let problem = "write \".\" or \",\"".to_owned();
                return Err(terms.bad_value("file.decimal", &text.span(), problem));
            }
        },
    };
    let mut thousands = None;
    if let Some(text) = &shape.thousands {
        let mut characters = text.get_ref().chars();
        thousands = characters.next();
        if thousands.is_none_or(|c| c.is_ascii_digit() || c == decimal || c == '-') || characters.next().is_some() {
            let problem = "write the one character that groups digits, other than the decimal sign".to_owned();
            return Err(terms.bad_value("file.thousands", &text.span(), problem));
        }
    }
    Ok(NumberFormat { decimal, thousands })
}
