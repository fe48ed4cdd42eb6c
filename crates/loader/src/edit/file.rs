//! Editing the files about plugins by command: `plugins/grants.toml`, `plugins/trust.toml`, and the list of files in a manifest.
//!
//! Every edit is text in, text out; comments and order stay.

use std::collections::BTreeMap;

use toml_edit::{DocumentMut, Item};

use super::path::{add_texts, remove_table, remove_texts, table_at};
use super::table::set;

const GRANTS: &str = "plugins/grants.toml";
const TRUST: &str = "plugins/trust.toml";
const MANIFEST: &str = "plugin.toml";

/// What is granted to a plugin besides what it has.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct NewGrant {
    /// The plugin's id.
    pub plugin: String,
    /// The key of its publisher; `None` for one that nobody signed.
    pub key: Option<String>,
    /// Fields.
    pub fields: Vec<String>,
    /// Fields that are given as they are rather than as a token.
    pub clear: Vec<String>,
    /// Kinds of facts.
    pub history: Vec<String>,
}

/// Why a file cannot be edited by command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileEditError {
    /// The file is no TOML.
    #[error("{file} cannot be edited as it is no TOML: {why}; put it right by hand first")]
    Malformed {
        /// The file.
        file: &'static str,
        /// The parser's reason.
        why: String,
    },
    /// Something has another form than is known here.
    #[error("{file} cannot be edited by command: `{key}` is not written as usual; edit it by hand")]
    Form {
        /// The file.
        file: &'static str,
        /// What is otherwise.
        key: String,
    },
    /// What is to be taken away is not there.
    #[error("{file} has no {what}")]
    NotThere {
        /// The file.
        file: &'static str,
        /// What is not there, in words.
        what: String,
    },
    /// What is to be added is there already, and is something else.
    #[error("{file} has {what} already")]
    There {
        /// The file.
        file: &'static str,
        /// What is there, in words.
        what: String,
    },
}

/// Returns the text of `plugins/grants.toml` with more granted.
///
/// # Errors
/// [`FileEditError::There`] if the plugin has grants for another key, else if the file cannot be edited.
pub fn add_grants(text: &str, grant: &NewGrant) -> Result<String, FileEditError> {
    let mut document = parse(GRANTS, text)?;
    let id = grant.plugin.as_str();
    let is_new = existing(&document, "grants", id).is_none();
    let table = table_at(document.as_table_mut(), &["grants", id]).map_err(form(GRANTS))?;
    let key = table.get("key").and_then(Item::as_str).map(str::to_owned);
    if !is_new && key != grant.key {
        return Err(FileEditError::There { file: GRANTS, what: format!("grants of `{id}` for another key") });
    }
    if let Some(key) = &grant.key {
        set(table, "key", key);
    }
    for (list, texts) in [("fields", &grant.fields), ("clear", &grant.clear), ("history", &grant.history)] {
        add_texts(table, list, texts).map_err(|key| form(GRANTS)(format!("grants.{id}.{key}")))?;
    }
    set_apart(&mut document, "grants", id, is_new);
    Ok(document.to_string())
}

/// Returns the text of `plugins/grants.toml` with what was granted to a plugin taken away: these fields and kinds of facts, or
/// everything if none is named.
///
/// # Errors
/// [`FileEditError::NotThere`] if one was not granted, else if the file cannot be edited.
pub fn revoke_grants(text: &str, plugin: &str, names: &[String]) -> Result<String, FileEditError> {
    let mut document = parse(GRANTS, text)?;
    let not_there = |what: String| FileEditError::NotThere { file: GRANTS, what };
    if existing(&document, "grants", plugin).is_none() {
        return Err(not_there(format!("grants of `{plugin}`")));
    }
    if names.is_empty() {
        remove_table(&mut document, "grants", plugin);
        return Ok(document.to_string());
    }
    let table = table_at(document.as_table_mut(), &["grants", plugin]).map_err(form(GRANTS))?;
    let mut gone = remove_texts(table, "fields", names);
    gone.extend(remove_texts(table, "clear", names));
    // A kind of facts is meant only where no field is called the same.
    let rest: Vec<String> = names.iter().filter(|name| !gone.contains(name)).cloned().collect();
    gone.extend(remove_texts(table, "history", &rest));
    match rest.iter().find(|name| !gone.contains(name)) {
        Some(name) => Err(not_there(format!("`{name}` among the grants of `{plugin}`"))),
        None => Ok(document.to_string()),
    }
}

/// Returns the text of `plugins/trust.toml` with a key trusted under a name.
///
/// # Errors
/// [`FileEditError::There`] if the name has a key already, else if the file cannot be edited.
pub fn trust_key(text: &str, name: &str, key: &str) -> Result<String, FileEditError> {
    let mut document = parse(TRUST, text)?;
    if existing(&document, "keys", name).is_some() {
        return Err(FileEditError::There { file: TRUST, what: format!("a key of `{name}`") });
    }
    let table = table_at(document.as_table_mut(), &["keys", name]).map_err(form(TRUST))?;
    set(table, "key", key);
    set_apart(&mut document, "keys", name, true);
    Ok(document.to_string())
}

/// Returns the text of `plugins/trust.toml` with a key revoked; the names under which it was trusted go.
///
/// # Errors
/// [`FileEditError`] if the file cannot be edited.
pub fn revoke_key(text: &str, names: &[String], key: &str) -> Result<String, FileEditError> {
    let mut document = parse(TRUST, text)?;
    names.iter().for_each(|name| remove_table(&mut document, "keys", name));
    let is_new = document.get("revoked").is_none();
    let table = table_at(document.as_table_mut(), &["revoked"]).map_err(form(TRUST))?;
    add_texts(table, "keys", &[key.to_owned()]).map_err(|key| form(TRUST)(format!("revoked.{key}")))?;
    if let Some(Item::Table(table)) = document.get_mut("revoked").filter(|_| is_new && !text.trim().is_empty()) {
        table.decor_mut().set_prefix("\n");
    }
    Ok(document.to_string())
}

/// Returns the text of `plugin.toml` with `[plugin.files]` listing these files with these digests, and no others.
///
/// # Errors
/// [`FileEditError`] if the file cannot be edited.
pub fn edit_plugin_files(text: &str, digests: &BTreeMap<String, String>) -> Result<String, FileEditError> {
    let mut document = parse(MANIFEST, text)?;
    if document.get("plugin").is_none() {
        return Err(FileEditError::NotThere { file: MANIFEST, what: "[plugin] table".to_owned() });
    }
    let is_new = existing(&document, "plugin", "files").is_none();
    let table = table_at(document.as_table_mut(), &["plugin", "files"]).map_err(form(MANIFEST))?;
    let gone = table.iter().map(|(path, _)| path.to_owned()).filter(|path| !digests.contains_key(path));
    let gone: Vec<String> = gone.collect();
    gone.iter().for_each(|path| drop(table.remove(path)));
    for (path, digest) in digests {
        set(table, path, digest);
    }
    set_apart(&mut document, "plugin", "files", is_new);
    Ok(document.to_string())
}

fn parse(file: &'static str, text: &str) -> Result<DocumentMut, FileEditError> {
    text.parse().map_err(|error: toml_edit::TomlError| FileEditError::Malformed {
        file,
        why: error.message().replace('\n', " "),
    })
}

fn form(file: &'static str) -> impl Fn(String) -> FileEditError {
    move |key| FileEditError::Form { file, key }
}

fn existing<'d>(document: &'d DocumentMut, parent: &str, key: &str) -> Option<&'d Item> {
    document.get(parent)?.as_table_like()?.get(key)
}

/// Sets a new table apart from what stands before it.
fn set_apart(document: &mut DocumentMut, parent: &str, key: &str, is_new: bool) {
    if !is_new {
        return;
    }
    // A comment that nothing stands below begins the file.
    let heading = document.trailing().as_str().unwrap_or_default().to_owned();
    let is_first = document
        .as_table()
        .iter()
        .all(|(name, item)| name == parent && item.as_table_like().is_none_or(|tables| tables.len() == 1))
        && parent != "plugin";
    let tables = document.get_mut(parent).and_then(Item::as_table_like_mut);
    let Some(Item::Table(table)) = tables.and_then(|tables| tables.get_mut(key)) else { return };
    match (is_first, heading.is_empty()) {
        (true, true) => table.decor_mut().set_prefix(""),
        (_, true) => table.decor_mut().set_prefix("\n"),
        (_, false) => {
            let apart = if heading.ends_with("\n\n") { "" } else { "\n" };
            table.decor_mut().set_prefix(format!("{heading}{apart}"));
            document.set_trailing("");
        }
    }
}

#[cfg(test)]
mod tests;
