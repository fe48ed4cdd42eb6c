//! How a file is laid out: what it is, its encoding and delimiter, and where its header stands.

use std::io::Read as _;

use encoding_rs::{Encoding, UTF_8};

use super::GuessError;
use super::column::looks_like_data;
use crate::encoding::likely;
use crate::input::Unpacked;
use crate::mapping::{Delimiter, FileFormat, FileKind};
use crate::row::RowReader;
use crate::row::sheet::sheets;

/// How many rows are looked at.
const MAX_ROWS: usize = 20_000;
/// How many bytes of a compressed sample are unpacked.
const MAX_UNPACKED: u64 = 64 << 20;

/// A sample of a file, in cells.
#[derive(Debug)]
pub(super) struct Table {
    /// The sample without its compression, without the line that it breaks off in.
    pub(super) bytes: Vec<u8>,
    pub(super) kind: FileKind,
    /// The sheets of a workbook, first the one that is read; none of other files.
    pub(super) sheets: Vec<String>,
    /// The encoding to be stated; `None` for UTF-8 and where a byte order mark tells.
    pub(super) encoding: Option<&'static Encoding>,
    pub(super) delimiter: Delimiter,
    /// How many lines stand before the header.
    pub(super) skip: u64,
    pub(super) header: bool,
    /// Whether the mapping has to name the columns: there is no header, or it has a name twice.
    pub(super) named: bool,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

impl Table {
    /// Takes a sample apart.
    pub(super) fn read(sample: &[u8]) -> Result<Self, GuessError> {
        let mut bytes = unpacked(sample);
        let encoding = likely(&bytes);
        let kind = Unpacked::open(&bytes[..])?.kind(encoding)?;
        if kind != FileKind::Workbook {
            cut(&mut bytes, encoding);
        }
        let stated = (kind != FileKind::Workbook && encoding != UTF_8 && Encoding::for_bom(&bytes).is_none())
            .then_some(encoding);
        let mut format = FileFormat { encoding: stated.unwrap_or(UTF_8), ..FileFormat::default() };
        if kind == FileKind::JsonLines {
            return Self::of_json(bytes, stated, &format);
        }
        format.header = false;
        if kind == FileKind::Text {
            format.delimiter = delimiter(&bytes, &format);
        }
        let mut sheets = if kind == FileKind::Workbook { sheets(bytes.clone())? } else { Vec::new() };
        let rows = match sheets.len() {
            0 | 1 => rows(&bytes, &format)?,
            _ => first_list(&bytes, &mut format, &mut sheets)?,
        };
        let typical = typical(&rows);
        let enough = (typical * 3).div_ceil(5).max(typical.min(2));
        let first = rows.iter().position(|(_, cells)| filled(cells) >= enough).ok_or(GuessError::NoRows)?;
        let (line, head) = &rows[first];
        let skip = if first == 0 { 0 } else { line - 1 };
        let header = !head.iter().any(|cell| looks_like_data(cell));
        let body = &rows[first + usize::from(header)..];
        let mut columns: Vec<String> = if header { head.clone() } else { Vec::new() };
        while columns.last().is_some_and(String::is_empty) {
            columns.pop();
        }
        if !header {
            columns.resize(body.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0), String::new());
        }
        let mut named = !header;
        for at in 0..columns.len() {
            if columns[at].is_empty() {
                columns[at] = format!("column {}", at + 1);
            } else if columns[..at].contains(&columns[at]) {
                columns[at] = format!("{} {}", columns[at], at + 1);
                named = true;
            }
        }
        let width = columns.len();
        let body = body.iter().map(|(_, cells)| {
            let mut cells = cells.clone();
            cells.resize(width, String::new());
            cells
        });
        let rows = body.collect();
        Ok(Self {
            bytes,
            kind,
            sheets,
            encoding: stated,
            delimiter: format.delimiter,
            skip,
            header,
            named,
            columns,
            rows,
        })
    }

    fn of_json(bytes: Vec<u8>, encoding: Option<&'static Encoding>, format: &FileFormat) -> Result<Self, GuessError> {
        let reader = RowReader::open(&bytes[..], format, "")?;
        let columns = reader.columns().to_vec();
        let rows = collect(reader)?.into_iter().map(|(_, cells)| cells).collect();
        let (kind, delimiter) = (FileKind::JsonLines, format.delimiter);
        let sheets = Vec::new();
        Ok(Self { bytes, kind, sheets, encoding, delimiter, skip: 0, header: true, named: false, columns, rows })
    }

    /// The values of a column in their order, empty ones among them.
    pub(super) fn values(&self, column: usize) -> Vec<&str> {
        self.rows.iter().map(|row| row[column].as_str()).collect()
    }
}

/// Takes the compression off, as far as the sample goes.
fn unpacked(sample: &[u8]) -> Vec<u8> {
    if !sample.starts_with(&[0x1f, 0x8b]) {
        return sample.to_vec();
    }
    let mut bytes = Vec::new();
    // A sample may break off anywhere: what was read until then counts.
    let _ = flate2::read::MultiGzDecoder::new(sample).take(MAX_UNPACKED).read_to_end(&mut bytes);
    bytes
}

/// Cuts off the line in which a sample breaks off, if enough is left.
fn cut(bytes: &mut Vec<u8>, encoding: &'static Encoding) {
    let width = if encoding == encoding_rs::UTF_16LE || encoding == encoding_rs::UTF_16BE { 2 } else { 1 };
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let lines = bytes.iter().filter(|byte| is_end(byte)).count();
    if width == 1
        && lines > 20
        && let Some(end) = bytes.iter().rposition(is_end)
    {
        bytes.truncate(end + 1);
    }
}

/// Returns the delimiter by which most rows have the same number of cells.
fn delimiter(bytes: &[u8], format: &FileFormat) -> Delimiter {
    let start = &bytes[..bytes.len().min(1 << 17)];
    let mut best = (0.0, Delimiter::Byte(b','));
    for delimiter in [b',', b'\t', b';', b'|'].map(Delimiter::Byte).into_iter().chain([Delimiter::Spaces]) {
        let format = FileFormat { delimiter, ..format.clone() };
        let Ok(rows) = rows(start, &format) else { continue };
        let widths: Vec<usize> = rows.iter().map(|(_, cells)| cells.len()).collect();
        let usual = median(widths.clone());
        let share = widths.iter().filter(|width| **width == usual).count() as f64 / widths.len().max(1) as f64;
        // Words have blanks between them: only a file without any other delimiter is split at them.
        let fits = if delimiter == Delimiter::Spaces { share > 0.95 && best.0 == 0.0 } else { share > 0.5 };
        let score = share + usual as f64 / 1000.0;
        if usual > 1 && fits && score > best.0 {
            best = (score, delimiter);
        }
    }
    best.1
}

/// The rows of the first sheet that may be a list, rather than a page of words; that sheet becomes the first.
fn first_list(bytes: &[u8], format: &mut FileFormat, sheets: &mut [String]) -> Result<Vec<NumberedRow>, GuessError> {
    for at in 0..sheets.len() {
        format.sheet = Some(sheets[at].clone());
        let rows = rows(bytes, format)?;
        if rows.len() > 1 && typical(&rows) > 1 {
            sheets[..=at].rotate_right(1);
            return Ok(rows);
        }
    }
    format.sheet = None;
    rows(bytes, format)
}

/// How many cells of a row are filled as a rule.
fn typical(rows: &[NumberedRow]) -> usize {
    median(rows.iter().map(|(_, cells)| filled(cells)).collect())
}

/// The number of a line or row in its file, and its cells.
type NumberedRow = (u64, Vec<String>);

fn rows(bytes: &[u8], format: &FileFormat) -> Result<Vec<NumberedRow>, GuessError> {
    collect(RowReader::open(bytes, format, "")?)
}

fn collect(mut reader: RowReader<'_>) -> Result<Vec<NumberedRow>, GuessError> {
    let mut rows = Vec::new();
    while let Some(split) = reader.next()? {
        if split.is_ok() {
            rows.push((reader.row().line(), reader.row().cells().map(str::to_owned).collect()));
        }
        if rows.len() == MAX_ROWS {
            break;
        }
    }
    Ok(rows)
}

fn filled(cells: &[String]) -> usize {
    cells.iter().filter(|cell| !cell.is_empty()).count()
}

fn median(mut counts: Vec<usize>) -> usize {
    counts.sort_unstable();
    counts.get(counts.len() / 2).copied().unwrap_or(0)
}
