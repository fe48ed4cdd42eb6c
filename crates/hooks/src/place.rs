//! Places: where something stands in a file of the workspace.

use serde::{Deserialize, Serialize};
use toml::de::DeTable;

/// A place in a file of the workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file, relative to the workspace.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// The line's text.
    pub source: String,
}

impl Place {
    /// Returns the place of a byte in the text of a file; one beyond the end is the end.
    pub fn of_byte(file: &str, text: &str, at: usize) -> Self {
        let at = text.floor_char_boundary(at);
        let before = &text[..at];
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: text[start..at].chars().count() + 1,
            source: text[start..].lines().next().unwrap_or_default().to_owned(),
        }
    }

    /// Returns the place of a key in a text that is TOML, by the keys of the tables that it is in and itself. `None`
    /// if it is not there.
    pub fn of_key(file: &str, text: &str, path: &[&str]) -> Option<Self> {
        let tables = DeTable::parse(text).ok()?;
        let (key, above) = path.split_last()?;
        let mut table = tables.get_ref();
        for key in above {
            table = table.get(*key)?.get_ref().as_table()?;
        }
        let (key, _) = table.get_key_value(*key)?;
        Some(Self::of_byte(file, text, key.span().start))
    }

    /// Returns the place of a text in the list that is the value of a key, or else that of the key.
    pub fn of_item(file: &str, text: &str, key: &str, item: &str) -> Option<Self> {
        let tables = DeTable::parse(text).ok()?;
        let list = tables.get_ref().get(key).and_then(|value| value.get_ref().as_array());
        let found = list.and_then(|list| list.iter().find(|value| value.get_ref().as_str() == Some(item)));
        match found {
            Some(value) => Some(Self::of_byte(file, text, value.span().start)),
            None => Self::of_key(file, text, &[key]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_wherever_its_table_is_written() {
        let text = "# from\nreads = [\"a\",\n  \"名\", \"b\"]\n[parameters]\nfrom_x = 1\nfrom = { value = 2 }\n[rules.\"a b\"]\nx = 3\n";
        let at = |place: Option<Place>| place.map(|place| (place.line, place.column));
        let key = |path: &[&str]| at(Place::of_key("a.toml", text, path));
        assert_eq!(key(&["parameters", "from"]), Some((6, 1)));
        assert_eq!(key(&["parameters", "from", "value"]), Some((6, 10)));
        assert_eq!(key(&["rules", "a b", "x"]), Some((8, 1)));
        assert_eq!((key(&["parameters", "gone"]), key(&["gone", "from"])), (None, None));
        let item = |item| at(Place::of_item("a.toml", text, "reads", item));
        assert_eq!((item("b"), item("c")), (Some((3, 8)), Some((2, 1))));
    }
}
