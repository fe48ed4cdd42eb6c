//! Names that many receipts repeat. Each is kept once in the book, under a number; receipts hold the numbers.
//!
//! Only what rules, dimensions and fields are called may come in here (see [`crate::Store::learn`]), never what is known
//! of a customer: a name is not erased with any record.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use sled::Tree;

use crate::key::{self, Family};
use crate::prepared::Put;
use crate::{ReadError, value};

/// How many names a book keeps. Receipts spell out those that come later.
const MOST: usize = 65_535;
/// How many bytes a name has at most; longer ones are texts.
const MOST_BYTES: usize = 64;

/// All names that a book keeps, with their numbers from 1 on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    numbers: HashMap<Arc<str>, u32>,
    names: BTreeMap<u32, Arc<str>>,
}

impl Names {
    /// Reads the names of a book.
    ///
    /// # Errors
    /// [`ReadError`] if the disk cannot be read. A name that cannot be read is left out: an audit finds it, and reading
    /// a receipt that needs it says so.
    pub(crate) fn of_tree(tree: &Tree) -> Result<Self, ReadError> {
        let mut names = Self::default();
        for item in tree.scan_prefix(Family::Name.start()) {
            let (key, bytes) = item?;
            if let (Some(number), Ok(name)) = (key::read_name(&key), value::decode::<String>(Family::Name, &bytes)) {
                names.insert(number, name.into());
            }
        }
        Ok(names)
    }

    /// Returns the number of a name; `None` if the book does not keep it.
    pub(crate) fn number(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// Returns the name with a number.
    pub(crate) fn name(&self, number: u32) -> Option<&str> {
        self.names.get(&number).map(|name| &**name)
    }

    /// Takes in those names that are not kept yet, and returns what has to be written before anybody uses them.
    pub(crate) fn learn<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) -> Vec<Put> {
        let mut puts = Vec::new();
        let mut next = self.names.last_key_value().map_or(1, |(last, _)| last + 1);
        for name in names {
            let is_short = (1..=MOST_BYTES).contains(&name.len());
            if !is_short || self.numbers.contains_key(name) || self.names.len() >= MOST {
                continue;
            }
            self.insert(next, name.into());
            puts.push((key::name(next), value::encode(name).expect("a vector takes every text")));
            next += 1;
        }
        puts
    }

    fn insert(&mut self, number: u32, name: Arc<str>) {
        self.numbers.insert(name.clone(), number);
        self.names.insert(number, name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_learned_once_and_a_text_is_none() {
        let mut names = Names::default();
        let long = "x".repeat(MOST_BYTES + 1);
        assert_eq!(names.learn(["grade", "value", "grade", "", &long]).len(), 2);
        assert_eq!((names.number("value"), names.number(&long)), (Some(2), None));
        let puts = names.learn(["value", "spend"]);
        assert_eq!(puts, [(key::name(3), value::encode("spend").unwrap())]);
        assert_eq!((names.name(3), names.name(4)), (Some("spend"), None));
    }

    #[test]
    fn a_full_book_of_names_takes_no_more() {
        let mut names = Names::default();
        let many: Vec<String> = (0..=MOST).map(|at| format!("n{at}")).collect();
        assert_eq!(names.learn(many.iter().map(String::as_str)).len(), MOST);
        assert_eq!(names.number(&many[MOST]), None);
    }
}
