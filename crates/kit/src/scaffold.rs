//! Scaffolds: the folder of a new plugin, which builds and passes its cases untouched.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::field_list::{FieldList, ListedField};
use crate::vendored::{CONTRACT, MANIFESTS, SOURCES};

/// The language of a new plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    /// Rust: small and fast.
    Rust,
    /// JavaScript: with an interpreter of its own, under the limits of heavy plugins.
    Js,
}

/// Why a plugin's folder could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScaffoldError {
    /// The name would be no plugin's.
    #[error(
        "`{name}` is no name for a plugin; let it begin with a letter and have letters, digits, `_` and `-`, all of ASCII"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// Something is there already.
    #[error("{} is there already; choose another name or folder", path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// A file can't be written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
}

/// The code of a new plugin. It stands as it is compiled in this crate's tests, with the fields that nobody listed.
const LIBRARY: &str = include_str!("../template/rust/lib.rs");

/// The fields that the rule of a new plugin reads, with their types and what they mean.
const READ: [(&str, &str, &str); 4] = [
    ("last_order_day", "Day", "Day of the last order."),
    ("last_order_id", "String", "Id of the last order in its source."),
    ("net_revenue_90d", "f64", "Net revenue of the last 90 days."),
    ("top_category", "String", "Category with the highest spend."),
];

/// Makes the folder of a new plugin in `folder`, named like it, and returns its path. A list of fields gives what the plugin reads their
/// descriptions, and adds the company's own fields and measures as optional ones.
///
/// # Errors
/// [`ScaffoldError`]; a folder that is there already is left alone.
pub fn scaffold(name: &str, folder: &Path, fields: Option<&FieldList>, lang: Lang) -> Result<PathBuf, ScaffoldError> {
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic());
    if !begins || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
        return Err(ScaffoldError::Name { name: name.to_owned() });
    }
    let plugin = folder.join(name);
    if plugin.exists() {
        return Err(ScaffoldError::Exists { path: plugin });
    }
    for (path, text) in files(name, fields, lang) {
        let path = plugin.join(path);
        write(&path, &text).map_err(|source| ScaffoldError::File { path, source })?;
    }
    Ok(plugin)
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(path, text)
}

/// The files of a new plugin by their paths.
fn files(name: &str, fields: Option<&FieldList>, lang: Lang) -> Vec<(String, String)> {
    let own: Vec<&ListedField> = fields.iter().flat_map(|list| list.own()).collect();
    let named = |text: &str| {
        text.replace("{name}", name).replace("{crate}", name).replace("{version}", env!("CARGO_PKG_VERSION"))
    };
    let mut files = vec![("cases.toml".to_owned(), include_str!("../template/cases.toml").to_owned())];
    let mut add = |path: &str, text: &str| files.push((path.to_owned(), named(text)));
    let manifest = include_str!("../template/plugin.toml");
    match lang {
        Lang::Rust => {
            add("plugin.toml", &manifest.replace("{plugin}\n", &asked_for(&own)));
            add(".gitignore", "/source/target\n");
            add("source/Cargo.toml", include_str!("../template/rust/Cargo.toml"));
            add("source/src/lib.rs", &LIBRARY.replace(&record(None, &[]), &record(fields, &own)));
            for (path, text) in SOURCES.iter().chain(MANIFESTS) {
                // Sources may hold braces of their own: only the manifests are templates.
                match path.ends_with("Cargo.toml") {
                    true => files.push((format!("source/sdk/{path}"), named(text))),
                    false => files.push((format!("source/sdk/{path}"), (*text).to_owned())),
                }
            }
        }
        Lang::Js => {
            add(
                "plugin.toml",
                &manifest.replace(
                    "{plugin}\n",
                    "heavy = true                                # it brings its own interpreter\n",
                ),
            );
            add(".gitignore", "/source/node_modules\n/source/build\n");
            add("source/package.json", include_str!("../template/js/package.json"));
            add("source/README.md", include_str!("../template/js/README.md"));
            add("source/app.js", include_str!("../template/js/app.js"));
            files.push(("source/wit/hooks.wit".to_owned(), CONTRACT.to_owned()));
        }
    }
    files
}

/// The company's own fields for the manifest.
fn asked_for(own: &[&ListedField]) -> String {
    if own.is_empty() {
        return String::new();
    }
    let names: Vec<String> = own.iter().map(|field| format!("{:?}", field.name)).collect();
    format!(
        "# Fields that it reads where they are granted, and does without where not.\noptional = [{}]\n",
        names.join(", ")
    )
}

/// The fields of the struct that is read.
fn record(fields: Option<&FieldList>, own: &[&ListedField]) -> String {
    let mut text = String::new();
    let mut line = |description: &str, attribute: &str, name: &str, ty: &str| {
        // Writing to a text cannot fail.
        let _ = write!(text, "    /// {description}\n{attribute}    pub {name}: Option<{ty}>,\n");
    };
    for (name, ty, usual) in READ {
        let listed = fields.and_then(|list| list.get(name)).map(|field| one_line(&field.description));
        line(listed.as_deref().unwrap_or(usual), "", name, ty);
    }
    let mut taken: Vec<String> = READ.iter().map(|(name, ..)| (*name).to_owned()).collect();
    for field in own {
        let mut name = field.identifier();
        if taken.contains(&name) {
            name = format!("{}_{name}", field.group);
        }
        let attribute = format!("    #[field({:?})]\n", field.name);
        line(&one_line(&field.description), &attribute, &name, field.rust_type());
        taken.push(name);
    }
    text
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<&str>>().join(" ")
}

#[cfg(test)]
mod tests;
