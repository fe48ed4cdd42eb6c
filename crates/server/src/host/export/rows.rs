//! Rows on their way out, in chunks of whole lines.

use crate::api::{Datum, Event, ExportFormat};

/// How many bytes are written out together.
const CHUNK: usize = 64 * 1024;

/// Writes rows and hands them on in chunks of whole lines.
pub(super) struct Rows<'a> {
    pub(super) columns: Vec<String>,
    format: ExportFormat,
    buffer: Vec<u8>,
    pub(super) rows: u64,
    events: &'a mut dyn FnMut(Event),
}

impl<'a> Rows<'a> {
    pub(super) fn new(columns: Vec<String>, format: ExportFormat, events: &'a mut dyn FnMut(Event)) -> Self {
        let mut rows = Self { columns, format, buffer: Vec::with_capacity(CHUNK), rows: 0, events };
        if format == ExportFormat::Csv {
            let heading = rows.columns.clone();
            rows.csv(heading.iter().map(String::as_str));
        }
        rows
    }

    /// Writes one row; it has a value for each column.
    pub(super) fn push(&mut self, values: &[Option<Datum>]) {
        self.rows += 1;
        match self.format {
            ExportFormat::Csv => {
                let texts: Vec<String> =
                    values.iter().map(|value| value.as_ref().map_or_else(String::new, exact)).collect();
                self.csv(texts.iter().map(String::as_str));
            }
            ExportFormat::JsonLines => {
                let row: serde_json::Map<String, serde_json::Value> = self
                    .columns
                    .iter()
                    .zip(values)
                    .map(|(column, value)| {
                        let value = value.as_ref().and_then(|value| serde_json::to_value(value).ok());
                        (column.clone(), value.unwrap_or(serde_json::Value::Null))
                    })
                    .collect();
                self.buffer.extend_from_slice(serde_json::Value::Object(row).to_string().as_bytes());
                self.buffer.push(b'\n');
            }
        }
        if self.buffer.len() >= CHUNK {
            self.flush();
        }
    }

    fn csv<'t>(&mut self, fields: impl Iterator<Item = &'t str>) {
        let mut writer = csv::WriterBuilder::new().from_writer(&mut self.buffer);
        writer.write_record(fields).expect("a row of texts can always be written to memory");
        writer.flush().expect("memory takes every write");
    }

    /// Hands on what is still here.
    pub(super) fn flush(&mut self) {
        let text = String::from_utf8(std::mem::take(&mut self.buffer)).expect("rows are made of texts");
        if !text.is_empty() {
            (self.events)(Event::Chunk(text));
        }
    }
}

/// A value as other programs want it: numbers with all their digits.
fn exact(value: &Datum) -> String {
    match value {
        Datum::Decimal(number) => number.to_string(),
        Datum::List(list) => list.join("; "),
        other => other.to_string(),
    }
}

/// A value that is there.
pub(super) fn text(text: impl ToString) -> Option<Datum> {
    Some(Datum::Text(text.to_string()))
}

/// A value that may be missing.
pub(super) fn maybe<T: ToString>(value: Option<T>) -> Option<Datum> {
    value.map(|value| Datum::Text(value.to_string()))
}
