//! Tables by their paths, and lists of texts in them.

use toml_edit::{Array, DocumentMut, Item, Table, TableLike, Value};

/// Finds a table by its path, and makes what is not there. The error is the path of what is no table.
pub(crate) fn table_at<'t>(root: &'t mut Table, path: &[&str]) -> Result<&'t mut dyn TableLike, String> {
    let mut table: &mut dyn TableLike = root;
    for (at, key) in path.iter().enumerate() {
        // Only the last one has a heading of its own if it is new.
        let is_last = at + 1 == path.len();
        if table.get(key).is_none_or(Item::is_none) {
            let mut new = Table::new();
            new.set_implicit(!is_last);
            table.insert(key, Item::Table(new));
        }
        let item = table.get_mut(key).filter(|item| item.is_table_like());
        let found = item.and_then(Item::as_table_like_mut);
        table = found.ok_or_else(|| path[..=at].join("."))?;
    }
    Ok(table)
}

/// Adds texts to a list that lacks them; a list that is not there is begun. The error is the key of what is no list.
pub(super) fn add_texts(table: &mut dyn TableLike, key: &str, texts: &[String]) -> Result<(), String> {
    if texts.is_empty() {
        return Ok(());
    }
    if table.get(key).is_none_or(Item::is_none) {
        table.insert(key, Item::Value(Value::Array(Array::new())));
    }
    let array = table.get_mut(key).and_then(Item::as_array_mut).ok_or_else(|| key.to_owned())?;
    for text in texts {
        if array.iter().any(|known| known.as_str() == Some(text)) {
            continue;
        }
        let mut value = Value::from(text);
        // One below the other if that is how they stand, else behind one another.
        let broken = array.iter().last().and_then(|last| last.decor().prefix()?.as_str().map(str::to_owned));
        match broken.filter(|prefix| prefix.contains('\n')) {
            Some(prefix) => {
                let indent = prefix.rfind('\n').map_or("", |at| &prefix[at..]).to_owned();
                value.decor_mut().set_prefix(indent);
                array.push_formatted(value);
            }
            None => array.push(value),
        }
    }
    Ok(())
}

/// Takes texts out of a list. Returns those that were in it.
pub(super) fn remove_texts(table: &mut dyn TableLike, key: &str, texts: &[String]) -> Vec<String> {
    let Some(array) = table.get_mut(key).and_then(Item::as_array_mut) else { return Vec::new() };
    let mut gone = Vec::new();
    array.retain(|value| match value.as_str().filter(|text| texts.iter().any(|gone| gone == text)) {
        Some(text) => {
            gone.push(text.to_owned());
            false
        }
        None => true,
    });
    // What stood second begins the list now.
    let first = array.iter_mut().next();
    if let Some(first) = first
        && first.decor().prefix().and_then(|prefix| prefix.as_str()) == Some(" ")
    {
        first.decor_mut().set_prefix("");
    }
    gone
}

/// Removes a table of a table. The comment that the file begins with stays.
pub(super) fn remove_table(document: &mut DocumentMut, parent: &str, key: &str) {
    let Some(tables) = document.get_mut(parent).and_then(Item::as_table_like_mut) else { return };
    let Some(gone) = tables.remove(key) else { return };
    let Item::Table(gone) = gone else { return };
    let prefix = gone.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
    // What stands before the last empty line is not about this table.
    let kept = prefix.rfind("\n\n").map_or("", |at| &prefix[..at + 2]).to_owned();
    if kept.trim().is_empty() {
        return;
    }
    let behind = |table: &&mut Table| table.position() > gone.position() && !table.is_implicit();
    let next = tables.iter_mut().filter_map(|(_, item)| item.as_table_mut()).filter(behind);
    match next.min_by_key(|table| table.position()) {
        Some(next) => {
            let own = next.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
            let whole = format!("{kept}{}", own.trim_start_matches('\n'));
            next.decor_mut().set_prefix(whole);
        }
        None => {
            let trailing = document.trailing().as_str().unwrap_or_default().to_owned();
            document.set_trailing(format!("{kept}{trailing}"));
        }
    }
}
