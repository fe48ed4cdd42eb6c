//! Editing `dimensions.toml` by command: the text changes where it has to, comments and order stay.
//!
//! An edit is text in, text out. Whether the result may become active is found out by loading it, before it is
//! written.

mod file;
pub(crate) mod path;
mod table;

use serde::{Deserialize, Serialize};
use tierhook_model::{Combination, UNRATED};
use toml_edit::{Array, DocumentMut, Item, Table, Value, value};

pub use self::file::{FileEditError, NewGrant, add_grants, edit_plugin_files, revoke_grants, revoke_key, trust_key};
use self::table::{File, set, set_item, set_within, texts_in};
use crate::document::closest;

/// A change of the dimensions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "edit", rename_all = "kebab-case")]
pub enum DimensionEdit {
    /// Adds a dimension.
    Add {
        /// Its id.
        dimension: String,
        /// Its name, description, icon and colour.
        look: Look,
        /// How the words of several rules are put together.
        combine: Combination,
        /// Its classes, best first.
        classes: Vec<NewClass>,
        /// Where it stands; `None` is at the end.
        place: Option<Spot>,
    },
    /// Adds a class.
    AddClass {
        /// The dimension.
        dimension: String,
        /// The class.
        class: NewClass,
        /// Where it stands; `None` is at the end.
        place: Option<Spot>,
    },
    /// Changes the id, name, description, icon or colour of a dimension or a class. Customers keep their classes.
    Change {
        /// The dimension.
        dimension: String,
        /// The class; `None` is the dimension itself.
        class: Option<String>,
        /// The new id.
        id: Option<String>,
        /// What it looks like from now on.
        look: Look,
    },
    /// Puts a dimension or a class elsewhere in the order.
    Move {
        /// The dimension.
        dimension: String,
        /// The class; `None` is the dimension itself.
        class: Option<String>,
        /// Where.
        place: Spot,
    },
    /// Removes a dimension.
    Remove {
        /// The dimension.
        dimension: String,
        /// Whether the classes that customers have on it are given up.
        drop: bool,
    },
    /// Removes a class.
    RemoveClass {
        /// The dimension.
        dimension: String,
        /// The class.
        class: String,
        /// The class that takes its customers.
        to: Option<String>,
    },
}

/// How a dimension or class is shown; what is `None` stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Look {
    /// The name in English.
    pub name_en: Option<String>,
    /// The name in Chinese.
    pub name_zh: Option<String>,
    /// The description in English.
    pub description_en: Option<String>,
    /// The description in Chinese.
    pub description_zh: Option<String>,
    /// The icon, for example an emoji.
    pub icon: Option<String>,
    /// The colour as `#rrggbb`.
    pub colour: Option<String>,
}

/// A class that is added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewClass {
    /// Its id.
    pub id: String,
    /// Its name, description, icon and colour.
    pub look: Look,
}

/// A place in an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spot {
    /// At the beginning.
    First,
    /// At the end.
    Last,
    /// Before another one, by its id.
    Before(String),
    /// Behind another one, by its id.
    After(String),
}

/// Why an edit makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// The file is no TOML.
    #[error("scripts/dimensions.toml cannot be edited as it is no TOML: {why}; put it right by hand first")]
    Malformed {
        /// The parser's reason.
        why: String,
    },
    /// The file has another form than is known here.
    #[error("scripts/dimensions.toml cannot be edited by command: {what}; edit it by hand")]
    Form {
        /// What is otherwise.
        what: String,
    },
    /// There is no such dimension or class.
    #[error("there is no {what} `{id}`; {hint}")]
    NotThere {
        /// `dimension` or `class`.
        what: &'static str,
        /// The id.
        id: String,
        /// What may be meant.
        hint: String,
    },
    /// There is one with this id already.
    #[error("there is a {what} `{id}` already")]
    There {
        /// `dimension` or `class`.
        what: &'static str,
        /// The id.
        id: String,
    },
    /// It would say nothing.
    #[error("{what}")]
    Nothing {
        /// What is missing, and what to do.
        what: String,
    },
}

/// Returns the text of `dimensions.toml` after an edit.
///
/// # Errors
/// [`EditError`] if the edit is about something that is not there, or the file cannot be edited. Whether the new text
/// would load is another question.
pub fn edit_dimensions(text: &str, edit: &DimensionEdit) -> Result<String, EditError> {
    let document: DocumentMut = text
        .parse()
        .map_err(|error: toml_edit::TomlError| EditError::Malformed { why: error.message().replace('\n', " ") })?;
    let mut file = File::new(document)?;
    match edit {
        DimensionEdit::Add { dimension, look, combine, classes, place } => {
            file.dimensions.insert(dimension, new_dimension(dimension, look, *combine, classes), place)?;
        }
        DimensionEdit::AddClass { dimension, class, place } => {
            let classes = file.dimensions.get(dimension)?.classes()?;
            classes.insert(&class.id, new_entry(&class.id, &class.look), place)?;
        }
        DimensionEdit::Change { dimension, class: None, id, look } => {
            if let Some(id) = id.as_ref().filter(|id| *id != dimension) {
                file.dimensions.must_be_free(id)?;
            }
            let found = file.dimensions.get(dimension)?;
            change(&mut found.table, dimension, id.as_deref(), look)?;
        }
        DimensionEdit::Change { dimension, class: Some(class), id, look } => {
            let found = file.dimensions.get(dimension)?;
            let classes = found.classes()?;
            if let Some(id) = id.as_ref().filter(|id| *id != class) {
                classes.must_be_free(id)?;
            }
            change(&mut classes.get(class)?.table, class, id.as_deref(), look)?;
            if let Some(id) = id {
                name_class_otherwise(&mut found.table, class, id);
            }
        }
        DimensionEdit::Move { dimension, class: None, place } => {
            file.dimensions.relocate(dimension, place)?;
        }
        DimensionEdit::Move { dimension, class: Some(class), place } => {
            file.dimensions.get(dimension)?.classes()?.relocate(class, place)?;
        }
        DimensionEdit::Remove { dimension, drop } => {
            let gone = file.dimensions.remove(dimension)?;
            if *drop {
                let ids = texts_in(gone.table.get("was")).into_iter().chain([dimension.clone()]);
                file.give_up(ids);
            }
        }
        DimensionEdit::RemoveClass { dimension, class, to } => {
            let found = file.dimensions.get(dimension)?;
            if let Some(to) = to {
                if to == class {
                    let what = format!("`{class}` cannot take its own customers; name another class");
                    return Err(EditError::Nothing { what });
                }
                if to != UNRATED {
                    found.classes()?.get(to)?;
                }
            }
            let classes = found.classes()?;
            let gone = classes.remove(class)?;
            if classes.all.is_empty() {
                let what = format!("`{class}` is the last class of `{dimension}`; remove the dimension");
                return Err(EditError::Nothing { what });
            }
            if let Some(to) = to {
                let ids = texts_in(gone.table.get("was")).into_iter().chain([class.clone()]).collect();
                hand_over(&mut found.table, ids, to);
            }
        }
    }
    file.finish()
}

fn new_entry(id: &str, look: &Look) -> Table {
    let mut table = Table::new();
    table.insert("id", value(id));
    // A name is what everybody sees: without one, the id has to do in both languages.
    let named = |name: &Option<String>| name.clone().or_else(|| Some(id.to_owned()));
    let (name_en, name_zh) = match (&look.name_en, &look.name_zh) {
        (None, None) => (named(&None), named(&None)),
        (en, zh) => (en.clone(), zh.clone()),
    };
    paint(&mut table, &Look { name_en, name_zh, ..look.clone() });
    table.decor_mut().set_prefix("\n");
    table
}

fn new_dimension(id: &str, look: &Look, combine: Combination, classes: &[NewClass]) -> Table {
    let mut table = new_entry(id, look);
    let how = match combine {
        Combination::First => None,
        Combination::Points => Some("points"),
        Combination::Best => Some("best"),
        Combination::Worst => Some("worst"),
    };
    if let Some(how) = how {
        table.insert("combine", value(how));
    }
    let classes = classes.iter().map(|class| new_entry(&class.id, &class.look));
    table.insert("class", Item::ArrayOfTables(classes.collect()));
    table
}

/// Writes what is given of a look.
fn paint(table: &mut Table, look: &Look) {
    let texts = [("name", &look.name_en, &look.name_zh), ("description", &look.description_en, &look.description_zh)];
    for (key, en, zh) in texts {
        for (language, text) in [("en", en), ("zh", zh)] {
            let Some(text) = text else { continue };
            set_within(table, key, language, text);
        }
    }
    for (key, text) in [("icon", &look.icon), ("colour", &look.colour)] {
        if let Some(text) = text {
            set(table, key, text);
        }
    }
}

/// Changes an entry; its old id stays beside it.
fn change(table: &mut Table, old: &str, id: Option<&str>, look: &Look) -> Result<(), EditError> {
    if id.is_none_or(|id| id == old) && *look == Look::default() {
        let what = "nothing to change; give a name, a description, an icon, a colour or an id".to_owned();
        return Err(EditError::Nothing { what });
    }
    paint(table, look);
    let Some(id) = id.filter(|id| *id != old) else { return Ok(()) };
    set(table, "id", id);
    let mut was = texts_in(table.get("was"));
    was.retain(|was| was != id);
    was.push(old.to_owned());
    set_item(table, "was", Value::Array(Array::from_iter(was)));
    Ok(())
}

/// Names a class otherwise wherever its dimension does.
fn name_class_otherwise(table: &mut Table, old: &str, new: &str) {
    each_band(table, &mut |band| {
        if band.get("class").and_then(Item::as_str) == Some(old) {
            set(band, "class", new);
        }
    });
    if table.get("default_class").and_then(Item::as_str) == Some(old) {
        set(table, "default_class", new);
    }
    name_target_otherwise(table, old, new);
}

/// Names a class otherwise where it takes the customers of others.
fn name_target_otherwise(table: &mut Table, old: &str, new: &str) {
    let Some(removed) = table.get("removed").and_then(Item::as_table_like) else { return };
    let keys = removed.iter().filter(|(_, to)| to.as_str() == Some(old)).map(|(key, _)| key.to_owned());
    let keys: Vec<String> = keys.collect();
    keys.iter().for_each(|key| set_within(table, "removed", key, new));
}

fn each_band(table: &mut Table, each: &mut dyn FnMut(&mut dyn toml_edit::TableLike)) {
    match table.get_mut("bands") {
        Some(Item::Value(Value::Array(bands))) => {
            bands.iter_mut().filter_map(Value::as_inline_table_mut).for_each(|band| each(band));
        }
        Some(Item::ArrayOfTables(bands)) => bands.iter_mut().for_each(|band| each(band)),
        _ => {}
    }
}

/// Hands the customers of a class that is no more to another one, and its share of the points.
fn hand_over(table: &mut Table, ids: Vec<String>, to: &str) {
    let old = ids.last().cloned().unwrap_or_default();
    name_target_otherwise(table, &old, to);
    ids.iter().for_each(|id| set_within(table, "removed", id, to));
    if table.get("default_class").and_then(Item::as_str) == Some(&old) {
        set(table, "default_class", to);
    }
    merge_bands(table, &old, to);
}

/// Lets the band of a class go: one above that takes its customers begins where it began, one below grows by itself.
fn merge_bands(table: &mut Table, old: &str, to: &str) {
    let mut all: Vec<(String, Option<Value>)> = Vec::new();
    each_band(table, &mut |band| {
        let class = band.get("class").and_then(Item::as_str).unwrap_or_default().to_owned();
        all.push((class, band.get("from").and_then(Item::as_value).cloned()));
    });
    let at = |class: &str| all.iter().position(|(of, _)| of == class);
    let Some(gone) = at(old) else { return };
    if at(to).is_some_and(|above| above + 1 == gone)
        && let Some(from) = all[gone].1.clone()
    {
        each_band(table, &mut |band| {
            if band.get("class").and_then(Item::as_str) == Some(to) {
                band.insert("from", Item::Value(from.clone()));
            }
        });
    }
    match table.get_mut("bands") {
        Some(Item::Value(Value::Array(bands))) => drop(bands.remove(gone)),
        Some(Item::ArrayOfTables(bands)) => drop(bands.remove(gone)),
        _ => {}
    }
}

/// The error for an id that there is none of.
fn not_there<'a>(what: &'static str, id: &str, known: impl Iterator<Item = &'a str> + Clone) -> EditError {
    let hint = match closest(id, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", known.collect::<Vec<_>>().join(", ")),
    };
    EditError::NotThere { what, id: id.to_owned(), hint }
}

#[cfg(test)]
mod tests;
