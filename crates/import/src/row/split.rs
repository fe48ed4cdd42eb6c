//! Lines to cells.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::{Rejection, Row};
use crate::encoding::as_text;
use crate::mapping::{Delimiter, FileFormat};

/// Splits lines into cells.
#[derive(Debug)]
pub(super) struct Splitter {
    /// `None` splits at runs of blanks.
    reader: Option<Reader>,
    out: Vec<u8>,
    written: usize,
    ends: Vec<usize>,
    ended: usize,
}

impl Splitter {
    pub(super) fn new(format: &FileFormat) -> Self {
        let reader = match format.delimiter {
            Delimiter::Spaces => None,
            Delimiter::Byte(delimiter) => {
                let mut builder = ReaderBuilder::new();
                builder.delimiter(delimiter).quoting(format.quote.is_some()).quote(format.quote.unwrap_or(b'"'));
                Some(builder.build())
            }
        };
        Self { reader, out: Vec::new(), written: 0, ends: Vec::new(), ended: 0 }
    }

    pub(super) fn begin(&mut self) {
        if let Some(reader) = &mut self.reader {
            reader.reset();
        }
        (self.written, self.ended) = (0, 0);
    }

    /// Splits one more line and tells whether the row is complete with it; otherwise a quote is open.
    pub(super) fn feed(&mut self, line: &[u8]) -> bool {
        let room = line.len() + 2;
        self.out.resize(self.out.len().max(self.written + room), 0);
        self.ends.resize(self.ends.len().max(self.ended + room), 0);
        let Some(reader) = &mut self.reader else {
            for cell in line.split(u8::is_ascii_whitespace).filter(|cell| !cell.is_empty()) {
                self.out[self.written..self.written + cell.len()].copy_from_slice(cell);
                self.written += cell.len();
                self.ends[self.ended] = self.written;
                self.ended += 1;
            }
            return true;
        };
        for input in [line, b"\n".as_slice()] {
            if input.is_empty() {
                // The reader takes an empty input for the end of the file.
                continue;
            }
            let (result, _, written, ended) =
                reader.read_record(input, &mut self.out[self.written..], &mut self.ends[self.ended..]);
            self.written += written;
            self.ended += ended;
            if result == ReadRecordResult::Record {
                return true;
            }
        }
        false
    }

    /// Writes the cells' texts into the row.
    pub(super) fn decode(&self, row: &mut Row, columns: &[String], format: &FileFormat) -> Result<(), Rejection> {
        row.cells.clear();
        row.text.clear();
        let bytes = &self.out[..self.written];
        let ends = &self.ends[..self.ended];
        match as_text(bytes, format.encoding) {
            Ok(text) => row.text.push_str(text),
            Err(problem) => {
                let mut from = 0;
                let bad = ends.iter().position(|end| {
                    let cell = as_text(&bytes[from..*end], format.encoding);
                    from = *end;
                    cell.is_err()
                });
                let column = bad.and_then(|at| columns.get(at));
                return Err(problem.of(&column.map_or_else(|| "the row".to_owned(), |column| format!("`{column}`"))));
            }
        }
        let mut from = 0;
        for &end in ends {
            row.cells.push(trimmed(&row.text, from, end));
            from = end;
        }
        Ok(())
    }
}

/// Tells whether each quoted value ends where its quote is closed. The splitter reads on there, so that a stray quote
/// and the next value that really is quoted would make one value of all lines between them.
pub(super) fn quotes_match(raw: &[u8], format: &FileFormat) -> bool {
    let (Delimiter::Byte(delimiter), Some(quote)) = (format.delimiter, format.quote) else { return true };
    let (mut quoted, mut begins) = (false, true);
    let mut bytes = raw.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if quoted && byte == quote {
            match bytes.peek() {
                Some(next) if *next == quote => drop(bytes.next()),
                Some(next) if *next != delimiter => return false,
                _ => quoted = false,
            }
        } else if !quoted {
            quoted = begins && byte == quote;
            begins = byte == delimiter;
        }
    }
    true
}

/// Returns the bounds without white space at the ends, and without the `="..."` by which exports keep spreadsheets
/// from taking an id for a number.
fn trimmed(text: &str, from: usize, to: usize) -> (usize, usize) {
    let bytes = text.as_bytes();
    if from == to || (bytes[from].is_ascii_graphic() && bytes[to - 1].is_ascii_graphic() && bytes[from] != b'=') {
        return (from, to);
    }
    let cell = &text[from..to];
    let start = from + (cell.len() - cell.trim_start().len());
    let cell = cell.trim();
    match cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) if !inner.contains('"') => (start + 2, start + 2 + inner.len()),
        _ => (start, start + cell.len()),
    }
}
