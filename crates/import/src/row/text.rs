//! Rows of text files: lines split into cells.

use std::fmt;

use super::split::{Splitter, quotes_match};
use super::{NextRow, Rejection, Row};
use crate::ImportError;
use crate::input::{LineState, Lines, Unpacked};
use crate::mapping::FileFormat;

/// The lines that one row may go over, at most: a stray quote must not swallow the file.
pub(super) const MAX_ROW_LINES: usize = 512;
/// The bytes that one row may have, at most.
const MAX_ROW_BYTES: usize = 1 << 20;

/// Reads the rows of a text file.
pub(super) struct TextRows<'r> {
    lines: Lines<'r>,
    format: &'r FileFormat,
    splitter: Splitter,
    line: Vec<u8>,
}

impl fmt::Debug for TextRows<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextRows").field("lines", &self.lines).finish_non_exhaustive()
    }
}

impl<'r> TextRows<'r> {
    /// Begins to read, behind the lines to skip.
    pub(super) fn open(file: Unpacked<'r>, format: &'r FileFormat) -> Result<Self, ImportError> {
        let lines = Lines::open(file, format.encoding)?;
        let mut rows = Self { lines, format, splitter: Splitter::new(format), line: Vec::new() };
        for _ in 0..format.skip {
            rows.read_line()?;
        }
        Ok(rows)
    }

    /// The number of the last line that was read, from 1.
    pub(super) fn line_number(&self) -> u64 {
        self.lines.number()
    }

    /// Bytes of the file that were read so far.
    pub(super) fn bytes(&self) -> u64 {
        self.lines.bytes()
    }

    /// Reads the next row that is not blank.
    pub(super) fn next(&mut self, row: &mut Row, columns: &[String]) -> NextRow {
        loop {
            let state = self.read_line()?;
            if state == LineState::End {
                return Ok(None);
            }
            row.line = self.lines.number();
            row.raw.clear();
            row.raw.extend_from_slice(&self.line);
            if state == LineState::TooLong {
                row.raw.truncate(1024);
                return Ok(Some(Err(too_long())));
            }
            if self.line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let split = self.split(row, columns)?;
            if split.is_ok() && row.cells().all(str::is_empty) {
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
    fn split(&mut self, row: &mut Row, columns: &[String]) -> Result<Result<(), Rejection>, ImportError> {
        self.splitter.begin();
        let mut complete = self.splitter.feed(&self.line);
        let mut more: Vec<(LineState, Vec<u8>)> = Vec::new();
        while !complete {
            let too_much = more.len() + 1 >= MAX_ROW_LINES || row.raw.len() > MAX_ROW_BYTES;
            if too_much || self.read_line()? == LineState::End {
                // Only the line with the quote is lost: reading goes on behind it.
                self.forget(row, more);
                let detail = "a quote is opened and never closed; close it, or write `quote = \"\"` under `[file]`";
                return Ok(Err(Rejection::new("a quote is not closed", detail)));
            }
            row.raw.push(b'\n');
            row.raw.extend_from_slice(&self.line);
            more.push((LineState::Whole, self.line.clone()));
            complete = self.splitter.feed(&self.line);
        }
        let sound = more.is_empty() || quotes_match(&row.raw, self.format);
        let quotes = if sound {
            Ok(())
        } else {
            let detail =
                "a quote is opened here, and closed lines later in the middle of a value; double it or take it out";
            Err(Rejection::new("a quote is not closed", detail))
        };
        let decoded = quotes.and_then(|()| self.splitter.decode(row, columns, self.format));
        let result = decoded.and_then(|()| row.fit(columns.len()));
        if result.is_err() {
            self.forget(row, more);
        }
        Ok(result)
    }

    /// Gives back the lines after the first one of a row that came to nothing.
    fn forget(&mut self, row: &mut Row, more: Vec<(LineState, Vec<u8>)>) {
        let rest: usize = more.iter().map(|(_, line)| line.len() + 1).sum();
        let length = row.raw.len();
        row.raw.truncate(length - rest);
        self.lines.give_back(more);
    }
}

/// The rejection of a line that is longer than any row.
pub(super) fn too_long() -> Rejection {
    let detail = format!("the line has more than {MAX_ROW_BYTES} bytes; check how its lines end");
    Rejection::new("the line is too long", detail)
}
