//! Rejected rows: why most of them were, by the first of them.

use std::collections::HashMap;

/// How many kinds of reason are told apart.
const MOST_KINDS: usize = 256;

/// What the rejected rows of an import say, kind by kind.
#[derive(Debug, Default)]
pub(crate) struct Rejects {
    kinds: HashMap<String, Kind>,
}

/// Rows that were rejected for the same reason.
#[derive(Debug)]
struct Kind {
    first: RejectedRow,
    rows: u64,
}

/// A rejected row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RejectedRow {
    /// The line on which it begins, from 1.
    pub(crate) line: u64,
    /// Why it was rejected, and what to do.
    pub(crate) reason: String,
}

impl Rejects {
    /// Takes a chunk of rejected rows: CSV with line, reason and row. What is no such row is its heading.
    pub(crate) fn take(&mut self, chunk: &str) {
        let reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(chunk.as_bytes());
        for record in reader.into_records().filter_map(Result::ok) {
            let (Some(Ok(line)), Some(reason)) = (record.get(0).map(str::parse), record.get(1)) else { continue };
            let kind = kind_of(reason);
            if let Some(kind) = self.kinds.get_mut(&kind) {
                kind.rows += 1;
            } else if self.kinds.len() < MOST_KINDS {
                let first = RejectedRow { line, reason: reason.to_owned() };
                self.kinds.insert(kind, Kind { first, rows: 1 });
            }
        }
    }

    /// The first row that was rejected for the most frequent reason, and how many were for the same.
    pub(crate) fn most_frequent(&self) -> Option<(&RejectedRow, u64)> {
        let kind = self.kinds.values().max_by_key(|kind| (kind.rows, std::cmp::Reverse(kind.first.line)))?;
        Some((&kind.first, kind.rows))
    }
}

/// A reason without what differs from row to row: quoted values and digits.
fn kind_of(reason: &str) -> String {
    let outside_quotes = reason.split('`').step_by(2);
    outside_quotes.map(|part| part.replace(|c: char| c.is_ascii_digit(), "")).collect::<Vec<_>>().join("`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_reason_is_told_by_its_first_row() {
        let mut rejects = Rejects::default();
        rejects.take("line,reason,row\n2,`at`: `x` is no date; the format is %Y,\"a,x\"\n");
        rejects.take("3,`amount`: `1.2.3` is no number; write digits,\"a\n1.2.3\"\n");
        rejects.take("9,\"`amount`: `7,,5` is no number; write digits\",row\n");
        let (first, rows) = rejects.most_frequent().unwrap();
        assert_eq!(*first, RejectedRow { line: 3, reason: "`amount`: `1.2.3` is no number; write digits".into() });
        assert_eq!(rows, 2);
        assert!(Rejects::default().most_frequent().is_none());
    }
}
