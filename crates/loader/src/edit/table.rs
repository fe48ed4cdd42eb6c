//! The tables of `dimensions.toml` as lists in order, and their texts.

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, TableLike, Value};

use super::{EditError, Spot, not_there};

/// The file, taken apart.
pub(super) struct File {
    document: DocumentMut,
    /// The comment that the file begins with; it belongs to no dimension.
    heading: String,
    pub(super) dimensions: List,
}

/// Dimensions or classes in their order.
pub(super) struct List {
    /// `dimension` or `class`.
    what: &'static str,
    pub(super) all: Vec<Entry>,
}

/// A dimension or a class, by its table.
pub(super) struct Entry {
    pub(super) table: Table,
    /// The classes of a dimension, once they are taken out of its table.
    classes: Option<List>,
}

impl File {
    /// Takes a document apart.
    pub(super) fn new(mut document: DocumentMut) -> Result<Self, EditError> {
        let mut dimensions = List::take(document.as_table_mut(), "dimension")?;
        let mut heading = String::new();
        if let Some(first) = dimensions.all.first_mut() {
            let prefix = prefix(&first.table);
            // What stands before the last empty line is about the file.
            let end = prefix.rfind("\n\n").map_or(0, |at| at + 2);
            heading = prefix[..end].to_owned();
            set_prefix(&mut first.table, &prefix[end..]);
        } else {
            // With no table behind it, a comment is what trails the document.
            heading.push_str(document.trailing().as_str().unwrap_or_default());
            document.set_trailing("");
        }
        Ok(Self { document, heading, dimensions })
    }

    /// Gives up dimensions that are no more.
    pub(super) fn give_up(&mut self, ids: impl Iterator<Item = String>) {
        let root = self.document.as_table_mut();
        let mut removed = texts_in(root.get("removed"));
        removed.extend(ids);
        removed.dedup();
        let is_new = !root.contains_key("removed");
        set_item(root, "removed", Value::Array(removed.into_iter().collect()));
        if is_new && let Some(mut key) = root.key_mut("removed") {
            key.leaf_decor_mut().set_prefix(std::mem::take(&mut self.heading));
        }
    }

    /// Puts the document together again.
    pub(super) fn finish(mut self) -> Result<String, EditError> {
        let is_first_line = self.document.as_table().is_empty() && self.heading.is_empty();
        let mut number = 0;
        let mut tables = ArrayOfTables::new();
        for (at, mut entry) in self.dimensions.all.into_iter().enumerate() {
            let own = prefix(&entry.table).trim_start_matches('\n').to_owned();
            let lead = match at {
                0 if is_first_line => "",
                0 if !self.heading.is_empty() => self.heading.as_str(),
                _ => "\n",
            };
            set_prefix(&mut entry.table, &format!("{lead}{own}"));
            if let Some(classes) = entry.classes {
                let classes = classes.all.into_iter().map(|class| class.table);
                entry.table.insert("class", Item::ArrayOfTables(classes.collect()));
            }
            renumber(&mut entry.table, &mut number);
            tables.push(entry.table);
        }
        if tables.is_empty() {
            self.document.remove("dimension");
            self.document.set_trailing(self.heading);
        } else {
            self.document.insert("dimension", Item::ArrayOfTables(tables));
        }
        Ok(self.document.to_string())
    }
}

impl List {
    fn take(table: &mut Table, what: &'static str) -> Result<Self, EditError> {
        let all = match table.remove(what) {
            None => Vec::new(),
            Some(Item::ArrayOfTables(tables)) => {
                tables.into_iter().map(|table| Entry { table, classes: None }).collect()
            }
            Some(_) => return Err(EditError::Form { what: format!("`{what}` is not written as [[{what}]]") }),
        };
        Ok(Self { what, all })
    }

    fn ids(&self) -> impl Iterator<Item = &str> + Clone {
        self.all.iter().map(Entry::id)
    }

    fn position(&self, id: &str) -> Result<usize, EditError> {
        self.ids().position(|known| known == id).ok_or_else(|| not_there(self.what, id, self.ids()))
    }

    /// Finds an entry.
    pub(super) fn get(&mut self, id: &str) -> Result<&mut Entry, EditError> {
        let at = self.position(id)?;
        Ok(&mut self.all[at])
    }

    /// Checks that no entry has an id.
    pub(super) fn must_be_free(&self, id: &str) -> Result<(), EditError> {
        match self.ids().any(|known| known == id) {
            true => Err(EditError::There { what: self.what, id: id.to_owned() }),
            false => Ok(()),
        }
    }

    /// Puts a new entry somewhere.
    pub(super) fn insert(&mut self, id: &str, table: Table, place: &Option<Spot>) -> Result<(), EditError> {
        self.must_be_free(id)?;
        let at = self.find(place.as_ref().unwrap_or(&Spot::Last))?;
        self.all.insert(at, Entry { table, classes: None });
        Ok(())
    }

    /// Puts an entry elsewhere.
    pub(super) fn relocate(&mut self, id: &str, place: &Spot) -> Result<(), EditError> {
        let entry = self.remove(id)?;
        let at = self.find(place)?;
        self.all.insert(at, entry);
        Ok(())
    }

    /// Takes an entry out.
    pub(super) fn remove(&mut self, id: &str) -> Result<Entry, EditError> {
        let at = self.position(id)?;
        Ok(self.all.remove(at))
    }

    fn find(&self, place: &Spot) -> Result<usize, EditError> {
        Ok(match place {
            Spot::First => 0,
            Spot::Last => self.all.len(),
            Spot::Before(id) => self.position(id)?,
            Spot::After(id) => self.position(id)? + 1,
        })
    }
}

impl Entry {
    fn id(&self) -> &str {
        self.table.get("id").and_then(Item::as_str).unwrap_or_default()
    }

    /// The classes of a dimension.
    pub(super) fn classes(&mut self) -> Result<&mut List, EditError> {
        let classes = match self.classes.take() {
            Some(classes) => classes,
            None => List::take(&mut self.table, "class")?,
        };
        Ok(self.classes.insert(classes))
    }
}

/// Sets a text and leaves the comment behind it.
pub(super) fn set(table: &mut dyn TableLike, key: &str, text: &str) {
    set_item(table, key, Value::from(text));
}

/// Sets a value and leaves the comment behind it.
pub(super) fn set_item(table: &mut dyn TableLike, key: &str, mut new: Value) {
    match table.get_mut(key) {
        Some(Item::Value(old)) => {
            *new.decor_mut() = old.decor().clone();
            *old = new;
        }
        _ => drop(table.insert(key, Item::Value(new))),
    }
}

/// Sets a text of a table within a table; an inline one is made where there is none.
pub(super) fn set_within(table: &mut Table, name: &str, key: &str, text: &str) {
    if table.get(name).and_then(Item::as_table_like).is_none() {
        table.insert(name, toml_edit::value(toml_edit::InlineTable::new()));
    }
    match table.get_mut(name) {
        Some(Item::Value(Value::InlineTable(inner))) => {
            let is_new = !inner.contains_key(key);
            set(inner, key, text);
            if is_new {
                inner.fmt();
            }
        }
        Some(Item::Table(inner)) => set(inner, key, text),
        _ => {}
    }
}

/// The texts of an array.
pub(super) fn texts_in(item: Option<&Item>) -> Vec<String> {
    let array = item.and_then(Item::as_array);
    array.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn prefix(table: &Table) -> String {
    table.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default().to_owned()
}

fn set_prefix(table: &mut Table, prefix: &str) {
    table.decor_mut().set_prefix(prefix);
}

/// Lets tables be written in the order in which they are held.
fn renumber(table: &mut Table, number: &mut isize) {
    table.set_position(Some(*number));
    *number += 1;
    let (mut inner, mut classes) = (Vec::new(), Vec::new());
    for (key, item) in table.iter_mut() {
        if key == "class" { classes.push(item) } else { inner.push(item) }
    }
    for item in inner.into_iter().chain(classes) {
        match item {
            Item::Table(table) => renumber(table, number),
            Item::ArrayOfTables(tables) => tables.iter_mut().for_each(|table| renumber(table, number)),
            _ => {}
        }
    }
}
