//! Rows of a workbook's sheet: what the cells show, as text.
//!
//! Formulas are what they last came to, whole numbers have no fraction, and dates are written as ISO dates. The sheet
//! is read at once, because a workbook cannot be read from front to back; its texts are kept in one piece.

use std::io::{Cursor, Read};

use calamine::{DataRef, ExcelDateTime, Reader as _, Xlsx, XlsxError};

use super::{Rejection, Row};
use crate::ImportError;
use crate::input::Unpacked;
use crate::mapping::FileFormat;

/// The bytes of a workbook, at most.
const MAX_FILE_BYTES: u64 = 512 << 20;

/// The rows of a sheet.
#[derive(Debug, Default)]
pub(super) struct SheetRows {
    text: String,
    /// Where each cell's text ends.
    cells: Vec<usize>,
    /// The number of each row in the sheet, from 1, and where its cells end.
    rows: Vec<(u32, usize)>,
    next: usize,
    bytes: u64,
}

/// The names of a workbook's sheets, in their order.
pub(crate) fn sheets(bytes: Vec<u8>) -> Result<Vec<String>, ImportError> {
    Ok(Xlsx::new(Cursor::new(bytes)).map_err(broken)?.sheet_names())
}

impl SheetRows {
    /// Reads a sheet: the one that the mapping names, or the first.
    pub(super) fn open(file: Unpacked<'_>, format: &FileFormat) -> Result<Self, ImportError> {
        let mut bytes = Vec::new();
        file.take(MAX_FILE_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(|source| ImportError::Read { line: 0, source })?;
        let length = bytes.len() as u64;
        if length > MAX_FILE_BYTES {
            return Err(ImportError::Workbook { problem: format!("it has more than {} MiB", MAX_FILE_BYTES >> 20) });
        }
        let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(broken)?;
        let sheets = workbook.sheet_names();
        let sheet = match &format.sheet {
            Some(name) if sheets.contains(name) => name.clone(),
            Some(name) => {
                let sheets = sheets.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                return Err(ImportError::NoSheet { name: name.clone(), sheets });
            }
            None => sheets.into_iter().next().ok_or(ImportError::Empty { what: "sheet" })?,
        };
        let mut rows = Self { bytes: length, ..Self::default() };
        rows.read(&mut workbook, &sheet, format).map_err(broken)?;
        Ok(rows)
    }

    fn read(
        &mut self,
        workbook: &mut Xlsx<Cursor<Vec<u8>>>,
        sheet: &str,
        format: &FileFormat,
    ) -> Result<(), XlsxError> {
        let mut reader = workbook.worksheet_cells_reader(sheet)?;
        let (mut row, mut first) = (None, 0);
        while let Some(cell) = reader.next_cell()? {
            let (at, column) = cell.get_position();
            if u64::from(at) < format.skip {
                continue;
            }
            if row != Some(at) {
                self.end_row(row);
                (row, first) = (Some(at), self.cells.len());
            }
            let column = column as usize;
            if *cell.get_value() == DataRef::Empty || column < self.cells.len() - first {
                continue;
            }
            // Cells that are not there are empty ones.
            self.cells.resize(first + column, self.text.len());
            write(&mut self.text, cell.get_value(), format.number.decimal);
            self.cells.push(self.text.len());
        }
        self.end_row(row);
        Ok(())
    }

    fn end_row(&mut self, row: Option<u32>) {
        if let Some(row) = row {
            self.rows.push((row + 1, self.cells.len()));
        }
    }

    /// Bytes of the file.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Gives the next row that is not blank.
    pub(super) fn next(&mut self, row: &mut Row, columns: &[String]) -> Option<Result<(), Rejection>> {
        loop {
            let (line, end) = *self.rows.get(self.next)?;
            let begin = self.next.checked_sub(1).map_or(0, |before| self.rows[before].1);
            self.next += 1;
            row.begin(u64::from(line));
            let mut from = begin.checked_sub(1).map_or(0, |before| self.cells[before]);
            for &to in &self.cells[begin..end] {
                row.push(&self.text[from..to]);
                from = to;
            }
            if row.cells().all(str::is_empty) {
                continue;
            }
            // Empty cells at the end are not written.
            while row.cells.len() < columns.len() {
                row.push("");
            }
            return Some(row.fit(columns.len()));
        }
    }
}

/// Writes cells as a line of CSV.
pub(super) fn as_csv<'c>(cells: impl Iterator<Item = &'c str>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written = writer.write_record(cells).ok().and_then(|()| writer.into_inner().ok());
    let text = String::from_utf8(written.unwrap_or_default()).unwrap_or_default();
    text.trim_end_matches('\n').to_owned()
}

fn broken(error: XlsxError) -> ImportError {
    ImportError::Workbook { problem: error.to_string() }
}

fn write(text: &mut String, value: &DataRef<'_>, decimal: char) {
    match value {
        DataRef::Empty => {}
        DataRef::String(cell) => text.push_str(cell),
        DataRef::SharedString(cell) => text.push_str(cell),
        DataRef::DateTimeIso(cell) | DataRef::DurationIso(cell) => text.push_str(cell),
        DataRef::Int(number) => text.push_str(&number.to_string()),
        DataRef::Float(number) => text.push_str(&as_number(*number).replace('.', decimal.encode_utf8(&mut [0; 4]))),
        DataRef::Bool(yes) => text.push_str(if *yes { "true" } else { "false" }),
        DataRef::DateTime(at) => text.push_str(&as_date(*at)),
        DataRef::Error(error) => text.push_str(&error.to_string()),
    }
}

/// Writes a number with the 15 digits that a spreadsheet keeps; what lies behind them is the noise of binary
/// fractions. A number with more digits before its point has lost some for good, and is written so that it cannot be
/// taken for a whole id.
fn as_number(number: f64) -> String {
    let rounded: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    if rounded.abs() >= 1e15 { format!("{rounded:E}").replace('E', "E+") } else { rounded.to_string() }
}

fn as_date(at: ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
    if at.is_duration() || at.as_f64() < 1.0 {
        let hours = f64::from(hour) + if at.is_duration() { at.as_f64().floor() * 24.0 } else { 0.0 };
        return format!("{hours:02}:{minute:02}:{second:02}");
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    let whole = (hour, minute, second) == (0, 0, 0);
    if whole { date } else { format!("{date} {hour:02}:{minute:02}:{second:02}") }
}
