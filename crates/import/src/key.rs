//! Keys: what makes a fact the same one when the file is imported again.

use std::collections::HashMap;

use tierhook_model::digest128;

use crate::row::{Rejection, Row};

/// Keys of rows that have no id: the digest of the row's content and how many equal rows came before it in the
/// file. Real files have genuine duplicates, and the same file must give the same keys again.
#[derive(Debug, Default)]
pub(crate) struct RowKeys {
    /// How often each content was seen. Half a digest is enough: should two contents share it, their numbers are
    /// larger than they had to be, and still unique and the same each time.
    seen: HashMap<u64, u32>,
}

impl RowKeys {
    /// Returns the key of the next row.
    pub(crate) fn next(&mut self, row: &Row) -> String {
        let digest = u128::from_be_bytes(row.digest());
        let occurrence = self.seen.entry((digest >> 64) as u64).or_insert(0);
        *occurrence += 1;
        format!("row:{digest:032x}:{occurrence}")
    }
}

/// The ids that a file has used so far, where each may have one content only.
#[derive(Debug, Default)]
pub(crate) struct SeenIds {
    seen: HashMap<[u8; 16], SeenId>,
}

#[derive(Clone, Copy, Debug)]
struct SeenId {
    content: u64,
    line: u64,
}

impl SeenIds {
    /// Notes an id and tells whether it is new; `false` if the same was said before.
    pub(crate) fn note(&mut self, id: &str, content: &str, line: u64) -> Result<bool, Rejection> {
        let content = (u128::from_be_bytes(digest128(&[content.as_bytes()])) >> 64) as u64;
        let new = SeenId { content, line };
        let first = *self.seen.entry(digest128(&[id.as_bytes()])).or_insert(new);
        if first.content != new.content {
            let detail = format!("id `{id}` is on line {} with other content; an id may stand once", first.line);
            return Err(Rejection::new("the id is used twice", detail));
        }
        Ok(first.line == line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_may_be_repeated_but_not_contradicted() {
        let mut seen = SeenIds::default();
        assert_eq!(seen.note("a", "one", 2), Ok(true));
        assert_eq!(seen.note("a", "one", 3), Ok(false));
        assert_eq!(seen.note("b", "one", 4), Ok(true));
        assert!(seen.note("a", "two", 5).unwrap_err().detail.contains("on line 2"));
    }
}
