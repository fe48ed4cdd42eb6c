//! Rows of JSON lines: one object a line, flattened to cells.
//!
//! `{"a": {"b": 1}}` has the column `a.b`. Numbers are taken as they are written, so that none goes through a binary
//! fraction. A list of plain values is one cell with `;` between them.

use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use tierhook_model::digest128;

use super::text::too_long;
use super::{NextRow, Rejection, Row};
use crate::ImportError;
use crate::encoding::as_text;
use crate::input::{LineState, Lines, Unpacked};
use crate::mapping::FileFormat;

/// How many lines are looked at to learn the keys, at most, and how many bytes.
const KEY_LINES: usize = 1000;
const KEY_BYTES: usize = 4 << 20;

/// How deep objects are taken apart; what is deeper is one cell.
const MAX_DEPTH: usize = 8;

/// Reads the rows of a file with one JSON object a line.
pub(super) struct JsonRows<'r> {
    lines: Lines<'r>,
    format: &'r FileFormat,
    line: Vec<u8>,
    /// The number of each column.
    columns: HashMap<String, usize>,
}

impl fmt::Debug for JsonRows<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonRows").field("lines", &self.lines).finish_non_exhaustive()
    }
}

impl<'r> JsonRows<'r> {
    /// Begins to read, behind the lines to skip.
    pub(super) fn open(file: Unpacked<'r>, format: &'r FileFormat) -> Result<Self, ImportError> {
        let lines = Lines::open(file, format.encoding)?;
        let mut rows = Self { lines, format, line: Vec::new(), columns: HashMap::new() };
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

    /// Returns the keys of the first 1,000 lines in the order in which they first appear.
    pub(super) fn keys(&mut self) -> Result<Vec<String>, ImportError> {
        let (mut seen, mut bytes, mut keys) = (Vec::new(), 0, Vec::new());
        let mut known = HashMap::new();
        while seen.len() < KEY_LINES && bytes < KEY_BYTES {
            let state = self.read_line()?;
            if state == LineState::End {
                break;
            }
            bytes += self.line.len();
            for (key, _) in self.pairs().unwrap_or_default() {
                if known.insert(key.clone(), ()).is_none() {
                    keys.push(key);
                }
            }
            seen.push((state, std::mem::take(&mut self.line)));
        }
        self.lines.give_back(seen);
        if keys.is_empty() { Err(ImportError::Empty { what: "line with a JSON object" }) } else { Ok(keys) }
    }

    /// Reads the next row that is not blank.
    pub(super) fn next(&mut self, row: &mut Row, columns: &[String]) -> NextRow {
        if self.columns.is_empty() {
            self.columns = columns.iter().enumerate().map(|(at, name)| (name.clone(), at)).collect();
        }
        loop {
            let state = self.read_line()?;
            if state == LineState::End {
                return Ok(None);
            }
            row.begin(self.lines.number());
            row.raw.extend_from_slice(&self.line);
            if state == LineState::TooLong {
                row.raw.truncate(1024);
                return Ok(Some(Err(too_long())));
            }
            if self.line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let pairs = match self.pairs() {
                Ok(pairs) => pairs,
                Err(rejection) => return Ok(Some(Err(rejection))),
            };
            if pairs.iter().all(|(_, value)| value.is_empty()) {
                continue;
            }
            self.fill(row, pairs, columns.len());
            return Ok(Some(Ok(())));
        }
    }

    fn read_line(&mut self) -> Result<LineState, ImportError> {
        let line = self.lines.number();
        self.lines.next(&mut self.line).map_err(|source| ImportError::Read { line, source })
    }

    /// Takes the line apart into keys and values.
    fn pairs(&self) -> Result<Vec<(String, String)>, Rejection> {
        let text = as_text(&self.line, self.format.encoding).map_err(|problem| problem.of("the line"))?;
        let entries: Entries<'_> = serde_json::from_str(text).map_err(|error| {
            let detail = format!("the line is no JSON object: {error}; write one object on each line");
            Rejection::new("not a JSON object", detail)
        })?;
        let mut pairs = Vec::with_capacity(entries.0.len());
        for (key, value) in entries.0 {
            flatten(key, value, 1, &mut pairs);
        }
        Ok(pairs)
    }

    /// Writes the values of the columns into the row, and a digest of all values: keys that first appear late in a
    /// file have no column, but make a row another one all the same.
    fn fill(&self, row: &mut Row, mut pairs: Vec<(String, String)>, columns: usize) {
        let mut cells = vec![""; columns];
        for (key, value) in &pairs {
            if let Some(at) = self.columns.get(key) {
                cells[*at] = value;
            }
        }
        cells.iter().for_each(|cell| row.push(cell));
        pairs.retain(|(_, value)| !value.is_empty());
        pairs.sort_unstable();
        let parts: Vec<&[u8]> = pairs.iter().flat_map(|(key, value)| [key.as_bytes(), value.as_bytes()]).collect();
        row.content = Some(digest128(&parts));
    }
}

fn flatten(key: String, value: &RawValue, depth: usize, pairs: &mut Vec<(String, String)>) {
    let text = value.get();
    match text.as_bytes().first() {
        Some(b'{') if depth < MAX_DEPTH => {
            if let Ok(entries) = serde_json::from_str::<Entries<'_>>(text) {
                for (name, value) in entries.0 {
                    flatten(format!("{key}.{name}"), value, depth + 1, pairs);
                }
            }
        }
        Some(b'[') => match serde_json::from_str::<Vec<&RawValue>>(text) {
            Ok(items) if items.iter().all(|item| !item.get().starts_with(['[', '{'])) => {
                let items: Vec<String> =
                    items.iter().map(|item| plain(item.get())).filter(|item| !item.is_empty()).collect();
                pairs.push((key, items.join(";")));
            }
            _ => pairs.push((key, text.to_owned())),
        },
        _ => pairs.push((key, plain(text))),
    }
}

/// The text of a value that is no object and no list.
fn plain(text: &str) -> String {
    match text.as_bytes().first() {
        Some(b'"') => serde_json::from_str(text).unwrap_or_default(),
        Some(b'n') => String::new(),
        _ => text.to_owned(),
    }
}

/// An object's entries in their order, not yet read any further.
struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<'de>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry::<String, &'de RawValue>()? {
            entries.push(entry);
        }
        Ok(Entries(entries))
    }
}
