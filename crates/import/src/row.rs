//! Rows: what a file says about one thing, in cells; rows that cannot be split into cells are rejections.

mod json;
pub(crate) mod sheet;
mod split;
mod text;

use std::io::Read;

use json::JsonRows;
use sheet::SheetRows;
use text::TextRows;
use tierhook_model::digest128;

use crate::ImportError;
use crate::input::Unpacked;
use crate::mapping::{FileFormat, FileKind};

/// Why a row cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rejection {
    /// Why, without the row's own values.
    pub(crate) reason: String,
    /// Why, with the row's own values and what to do.
    pub(crate) detail: String,
}

impl Rejection {
    pub(crate) fn new(reason: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { reason: reason.into(), detail: detail.into() }
    }
}

/// A row of the file. It is reused for the next one.
#[derive(Debug, Default)]
pub(crate) struct Row {
    line: u64,
    raw: Vec<u8>,
    text: String,
    /// Where each cell's trimmed text begins and ends.
    cells: Vec<(usize, usize)>,
    /// The digest of the whole content, where the cells are not all of it.
    content: Option<[u8; 16]>,
}

impl Row {
    /// The line on which it begins, or its row in the sheet, from 1.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// The text of the column with a number, trimmed. Every row that is taken has all columns.
    pub(crate) fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", |(from, to)| &self.text[*from..*to])
    }

    /// All cells in order.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &str> {
        self.cells.iter().map(|(from, to)| &self.text[*from..*to])
    }

    /// The digest of what the row says.
    pub(crate) fn digest(&self) -> [u8; 16] {
        self.content.unwrap_or_else(|| {
            let cells: Vec<&[u8]> = self.cells().map(str::as_bytes).collect();
            digest128(&cells)
        })
    }

    /// The row as the file has it, that of a workbook as CSV; what is no text in it is replaced.
    pub(crate) fn raw(&self) -> String {
        if self.raw.is_empty() {
            return sheet::as_csv(self.cells());
        }
        String::from_utf8_lossy(&self.raw).into_owned()
    }

    fn begin(&mut self, line: u64) {
        self.line = line;
        self.raw.clear();
        self.text.clear();
        self.cells.clear();
    }

    /// Adds a cell.
    fn push(&mut self, text: &str) {
        let from = self.text.len();
        self.text.push_str(text.trim());
        self.cells.push((from, self.text.len()));
    }

    /// Checks that the row has a cell for each column; empty ones behind the last do not matter.
    fn fit(&mut self, columns: usize) -> Result<(), Rejection> {
        let cells = &mut self.cells;
        if columns == 0 || cells.iter().all(|(from, to)| from == to) {
            return Ok(());
        }
        while cells.len() > columns && cells.last().is_some_and(|(from, to)| from == to) {
            cells.pop();
        }
        if cells.len() == columns {
            return Ok(());
        }
        let detail = format!(
            "the row has {} values for {columns} columns; check for a delimiter inside a value, or a missing one",
            cells.len()
        );
        Err(Rejection::new("the row has too many or too few values", detail))
    }
}

/// Reads rows.
#[derive(Debug)]
pub(crate) struct RowReader<'r> {
    source: Source<'r>,
    columns: Vec<String>,
    row: Row,
}

/// Where the rows come from.
#[derive(Debug)]
enum Source<'r> {
    Text(Box<TextRows<'r>>),
    Json(JsonRows<'r>),
    Sheet(SheetRows),
}

/// What came of asking for a row: none at the end of the file.
type NextRow = Result<Option<Result<(), Rejection>>, ImportError>;

impl<'r> RowReader<'r> {
    /// Begins to read a file: finds out what it is and how it is packed, and reads its header.
    pub(crate) fn open(input: impl Read + 'r, format: &'r FileFormat, mapping_file: &str) -> Result<Self, ImportError> {
        let file = Unpacked::open(input)?;
        let found = file.kind(format.encoding)?;
        let kind = format.kind.unwrap_or(found);
        if kind != found && (kind == FileKind::Workbook || found == FileKind::Workbook) {
            return Err(ImportError::OtherKind { stated: kind.name(), found: found.name() });
        }
        let source = match kind {
            FileKind::Text => Source::Text(Box::new(TextRows::open(file, format)?)),
            FileKind::JsonLines => Source::Json(JsonRows::open(file, format)?),
            FileKind::Workbook => Source::Sheet(SheetRows::open(file, format)?),
        };
        let mut reader = Self { source, columns: Vec::new(), row: Row::default() };
        reader.columns = reader.head(format, mapping_file)?;
        let columns = &reader.columns;
        if let Some((_, twice)) = columns.iter().enumerate().find(|(at, column)| columns[..*at].contains(column)) {
            return Err(ImportError::TwiceNamed { column: twice.clone() });
        }
        Ok(reader)
    }

    /// Returns the names of the columns, from the mapping or from the file.
    fn head(&mut self, format: &FileFormat, mapping_file: &str) -> Result<Vec<String>, ImportError> {
        let named = format.columns.clone();
        if let Source::Json(rows) = &mut self.source {
            return named.map_or_else(|| rows.keys(), Ok);
        }
        if !format.header {
            return Ok(named.unwrap_or_default());
        }
        let found = match self.next()? {
            Some(Ok(())) => self.header(),
            Some(Err(rejection)) => {
                return Err(ImportError::Header { line: self.row.line, problem: rejection.detail });
            }
            None => return Err(ImportError::Empty { what: "header" }),
        };
        match named {
            Some(named) if named.len() != found.len() => {
                let (file, named) = (mapping_file.to_owned(), named.len());
                Err(ImportError::ColumnCount { file, named, found: found.len() })
            }
            named => Ok(named.unwrap_or(found)),
        }
    }

    /// The names of the columns.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The last row that was read.
    pub(crate) fn row(&self) -> &Row {
        &self.row
    }

    /// Tells whether the rows are those of a workbook, where dates are dates.
    pub(crate) fn is_workbook(&self) -> bool {
        matches!(self.source, Source::Sheet(_))
    }

    /// The number of the last line that was read, from 1.
    pub(crate) fn line_number(&self) -> u64 {
        match &self.source {
            Source::Text(rows) => rows.line_number(),
            Source::Json(rows) => rows.line_number(),
            Source::Sheet(_) => self.row.line,
        }
    }

    /// Bytes of the file that were read so far.
    pub(crate) fn bytes(&self) -> u64 {
        match &self.source {
            Source::Text(rows) => rows.bytes(),
            Source::Json(rows) => rows.bytes(),
            Source::Sheet(rows) => rows.bytes(),
        }
    }

    /// Reads the next row that is not blank: `None` at the end of the file, a rejection if it cannot be split into
    /// as many cells as there are columns.
    pub(crate) fn next(&mut self) -> NextRow {
        match &mut self.source {
            Source::Text(rows) => rows.next(&mut self.row, &self.columns),
            Source::Json(rows) => rows.next(&mut self.row, &self.columns),
            Source::Sheet(rows) => Ok(rows.next(&mut self.row, &self.columns)),
        }
    }

    fn header(&self) -> Vec<String> {
        let mut columns: Vec<String> = self.row.cells().map(str::to_owned).collect();
        while columns.last().is_some_and(String::is_empty) {
            columns.pop();
        }
        for (at, column) in columns.iter_mut().enumerate() {
            // Data frames write their index without a name.
            if column.is_empty() {
                *column = format!("column {}", at + 1);
            }
        }
        columns
    }
}

#[cfg(test)]
pub(crate) mod tests;
