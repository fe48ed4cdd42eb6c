//! Rows: lines split into cells, with what cannot be split as a rejection.

mod split;

use std::fmt;
use std::io::Read;

use split::{Splitter, quotes_match};

use crate::ImportError;
use crate::input::{LineState, Lines};
use crate::mapping::FileFormat;

/// The lines that one row may go over, at most: a stray quote must not swallow the file.
const MAX_ROW_LINES: usize = 512;
/// The bytes that one row may have, at most.
const MAX_ROW_BYTES: usize = 1 << 20;

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
}

impl Row {
    /// The line on which it begins, from 1.
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

    /// The row as the file has it; what is no text in it is replaced.
    pub(crate) fn raw(&self) -> String {
        String::from_utf8_lossy(&self.raw).into_owned()
    }
}

/// Reads rows.
pub(crate) struct RowReader<'r> {
    lines: Lines<'r>,
    format: &'r FileFormat,
    splitter: Splitter,
    columns: Vec<String>,
    row: Row,
    line: Vec<u8>,
}

impl fmt::Debug for RowReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowReader").field("lines", &self.lines).field("columns", &self.columns).finish_non_exhaustive()
    }
}

impl<'r> RowReader<'r> {
    /// Begins to read a file: finds out how it is packed, and reads its header.
    pub(crate) fn open(input: impl Read + 'r, format: &'r FileFormat, mapping_file: &str) -> Result<Self, ImportError> {
        let lines = Lines::open(input, format.encoding)?;
        let splitter = Splitter::new(format);
        let mut reader = Self { lines, format, splitter, columns: Vec::new(), row: Row::default(), line: Vec::new() };
        let mut columns = format.columns.clone();
        if format.header {
            let found = match reader.next()? {
                Some(Ok(())) => reader.header(),
                Some(Err(_)) => return Err(ImportError::NotText { what: "not text in the encoding given" }),
                None => return Err(ImportError::Empty { what: "header" }),
            };
            if let Some(named) = &columns
                && named.len() != found.len()
            {
                let (file, named) = (mapping_file.to_owned(), named.len());
                return Err(ImportError::ColumnCount { file, named, found: found.len() });
            }
            columns = columns.or(Some(found));
        }
        reader.columns = columns.unwrap_or_default();
        if let Some((_, twice)) =
            reader.columns.iter().enumerate().find(|(at, column)| reader.columns[..*at].contains(column))
        {
            return Err(ImportError::TwiceNamed { column: twice.clone() });
        }
        Ok(reader)
    }

    /// The names of the columns.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The last row that was read.
    pub(crate) fn row(&self) -> &Row {
        &self.row
    }

    /// The number of the last line that was read, from 1.
    pub(crate) fn line_number(&self) -> u64 {
        self.lines.number()
    }

    /// Bytes of the file that were read so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.lines.bytes()
    }

    /// Reads the next row that is not blank: `None` at the end of the file, a rejection if it cannot be split into
    /// as many cells as there are columns.
    pub(crate) fn next(&mut self) -> Result<Option<Result<(), Rejection>>, ImportError> {
        loop {
            let state = self.read_line()?;
            if state == LineState::End {
                return Ok(None);
            }
            self.row.line = self.lines.number();
            self.row.raw.clear();
            self.row.raw.extend_from_slice(&self.line);
            if state == LineState::TooLong {
                let detail = format!("the line has more than {MAX_ROW_BYTES} bytes; check how its lines end");
                self.row.raw.truncate(1024);
                return Ok(Some(Err(Rejection::new("the line is too long", detail))));
            }
            if self.line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let split = self.split()?;
            if split.is_ok() && self.row.cells().all(str::is_empty) {
                // Spreadsheets leave rows of delimiters at the end.
                continue;
            }
            return Ok(Some(split));
        }
    }

    fn read_line(&mut self) -> Result<LineState, ImportError> {
        let line = self.lines.number();
        self.lines.next(&mut self.line).map_err(|source| ImportError::Read { line, source })
    }

    /// Splits the line just read, and those after it while a quote is open.
    fn split(&mut self) -> Result<Result<(), Rejection>, ImportError> {
        self.splitter.begin();
        let mut complete = self.splitter.feed(&self.line);
        let mut more: Vec<Vec<u8>> = Vec::new();
        while !complete {
            let too_much = more.len() + 1 >= MAX_ROW_LINES || self.row.raw.len() > MAX_ROW_BYTES;
            if too_much || self.read_line()? == LineState::End {
                // Only the line with the quote is lost: reading goes on behind it.
                self.forget(more);
                let detail = "a quote is opened and never closed; close it, or write `quote = \"\"` under `[file]`";
                return Ok(Err(Rejection::new("a quote is not closed", detail)));
            }
            self.row.raw.push(b'\n');
            self.row.raw.extend_from_slice(&self.line);
            more.push(self.line.clone());
            complete = self.splitter.feed(&self.line);
        }
        let sound = more.is_empty() || quotes_match(&self.row.raw, self.format);
        let quotes = if sound {
            Ok(())
        } else {
            let detail =
                "a quote is opened here, and closed lines later in the middle of a value; double it or take it out";
            Err(Rejection::new("a quote is not closed", detail))
        };
        let decoded = quotes.and_then(|()| self.splitter.decode(&mut self.row, &self.columns, self.format));
        let result = decoded.and_then(|()| self.fit());
        if result.is_err() {
            self.forget(more);
        }
        Ok(result)
    }

    /// Gives back the lines after the first one of a row that came to nothing.
    fn forget(&mut self, more: Vec<Vec<u8>>) {
        let rest: usize = more.iter().map(|line| line.len() + 1).sum();
        let length = self.row.raw.len();
        self.row.raw.truncate(length - rest);
        self.lines.give_back(more);
    }

    /// Checks that the row has a cell for each column; empty ones behind the last do not matter.
    fn fit(&mut self) -> Result<(), Rejection> {
        let columns = self.columns.len();
        let cells = &mut self.row.cells;
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
mod tests;
