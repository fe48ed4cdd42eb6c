//! What an operator lets plugins see: `plugins/grants.toml`.
//!
//! Nothing is granted by default, neither fields of dimensions nor features that the host computes itself. A grant is
//! for a plugin's id and for one publisher: a plugin of the same name by somebody else has none.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use tierhook_hooks::{HistoryKind, Hook};

use crate::{FileError, PluginManifest, PublicKey, Publisher};

/// The file with the grants, relative to the workspace.
pub const GRANTS_FILE: &str = "plugins/grants.toml";

/// What an operator lets plugins see.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grants {
    /// The grants by the plugin's id.
    #[serde(default)]
    pub grants: BTreeMap<String, Grant>,
}

/// What an operator lets one plugin see.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Grant {
    /// The key of the publisher that it is for; `None` is a plugin that nobody signed.
    pub key: Option<PublicKey>,
    /// Fields.
    pub fields: BTreeSet<String>,
    /// Fields that are given as they are, where otherwise a token would stand for the value.
    pub clear: BTreeSet<String>,
    /// Kinds of facts.
    pub history: BTreeSet<HistoryKind>,
}

/// What a plugin gets to see: what it asks for, as far as it is granted.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Granted {
    /// What each hook sees.
    pub hooks: BTreeMap<Hook, HookGrant>,
    /// The fields among them that are given as they are.
    pub clear: BTreeSet<String>,
    /// How many of the newest facts of each kind it gets for each record.
    pub history: BTreeMap<HistoryKind, u32>,
}

/// What one hook gets to see.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct HookGrant {
    /// The fields: first those that it needs, then those that it can do without; sorted each.
    pub fields: Vec<String>,
    /// Fields that it can do without, and has to.
    pub withheld: Vec<String>,
}

/// Why a plugin cannot run with what is granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GrantError {
    /// It needs what nobody granted.
    #[error("`{plugin}` needs what is not granted: {}", wanted(.fields, .history))]
    Missing {
        /// The plugin.
        plugin: String,
        /// The fields that are missing, sorted.
        fields: Vec<String>,
        /// The kinds of facts that are missing.
        history: Vec<HistoryKind>,
        /// The lines for the plugin's table in `plugins/grants.toml`, as they would have to be.
        lines: Vec<String>,
    },
    /// There are grants, but for somebody else's plugin of the same name.
    #[error(
        "the grants of `{plugin}` are for {}, but it is {}: they do not hold",
        holder(.granted),
        signer(.publisher)
    )]
    OtherKey {
        /// The plugin.
        plugin: String,
        /// Whom they are for; `None` is a plugin that nobody signed.
        granted: Option<PublicKey>,
        /// Who signed it; `None` is nobody, or nobody looked.
        publisher: Option<Box<Publisher>>,
        /// What it needs, as the arguments of `grants add`.
        arguments: String,
    },
}

impl Grants {
    /// Reads the text of `plugins/grants.toml`.
    ///
    /// # Errors
    /// [`FileError`] with the place of what is unknown or malformed.
    pub fn parse(text: &str) -> Result<Self, FileError> {
        toml::from_str(text).map_err(|error| FileError::parser(GRANTS_FILE, text, &error))
    }
}

impl Grant {
    /// Tells whether it is for a publisher.
    pub fn is_for(&self, publisher: Option<&Publisher>) -> bool {
        self.key.as_ref() == publisher.map(|publisher| &publisher.key)
    }

    /// Tells whether a field is granted, as it is or as a token.
    pub fn covers(&self, field: &str) -> bool {
        self.fields.contains(field) || self.clear.contains(field)
    }
}

impl GrantError {
    /// What to do about it: the exact command, and what it writes.
    pub fn hint(&self) -> String {
        match self {
            Self::Missing { plugin, fields, history, lines } => {
                let arguments = arguments(fields, history);
                let lines: Vec<String> = lines.iter().map(|line| format!("`{line}`")).collect();
                format!(
                    "run `tierhook grants add {plugin} {arguments}`, or write under [grants.{plugin}] in {GRANTS_FILE}: {}",
                    lines.join(", ")
                )
            }
            Self::OtherKey { plugin, arguments, .. } => format!(
                "if this publisher may see the same, run `tierhook grants revoke {plugin}` and \
                 `tierhook grants add {plugin} {arguments}`"
            ),
        }
    }
}

/// Returns what a plugin gets to see.
///
/// # Errors
/// [`GrantError`] if a field or kind of facts that it needs is not granted, or only to somebody else.
pub fn granted(
    manifest: &PluginManifest,
    publisher: Option<&Publisher>,
    grants: &Grants,
) -> Result<Granted, GrantError> {
    let plugin = &manifest.plugin.id;
    let written = grants.grants.get(plugin);
    let none = Grant::default();
    let grant = written.filter(|grant| grant.is_for(publisher)).unwrap_or(&none);

    let mut all = Granted::default();
    let mut missing: BTreeSet<&str> = BTreeSet::new();
    for hook in Hook::ALL {
        let (needed, optional) = manifest.reads(hook);
        missing.extend(needed.iter().filter(|field| !grant.covers(field)));
        let (given, withheld): (Vec<&str>, Vec<&str>) = optional.iter().partition(|field| grant.covers(field));
        let fields: Vec<String> = needed.into_iter().chain(given).map(str::to_owned).collect();
        all.clear.extend(fields.iter().filter(|field| grant.clear.contains(*field)).cloned());
        let withheld = withheld.into_iter().map(str::to_owned).collect();
        all.hooks.insert(hook, HookGrant { fields, withheld });
    }
    let asked = &manifest.plugin.history;
    let history: Vec<HistoryKind> = asked.keys().filter(|kind| !grant.history.contains(kind)).copied().collect();
    if missing.is_empty() && history.is_empty() {
        all.history = asked.clone();
        return Ok(all);
    }
    let fields: Vec<String> = missing.into_iter().map(str::to_owned).collect();
    let plugin = plugin.clone();
    Err(match written.filter(|grant| !grant.is_for(publisher)) {
        Some(other) => GrantError::OtherKey {
            arguments: arguments(&fields, &history),
            plugin,
            granted: other.key,
            publisher: publisher.cloned().map(Box::new),
        },
        None => {
            let key = publisher.filter(|_| written.is_none()).map(|publisher| &publisher.key);
            let lines = lines(key, grant, &fields, &history);
            GrantError::Missing { plugin, fields, history, lines }
        }
    })
}

fn arguments(fields: &[String], history: &[HistoryKind]) -> String {
    let mut arguments: Vec<&str> = fields.iter().map(String::as_str).collect();
    if !history.is_empty() {
        arguments.push("--history");
        arguments.extend(history.iter().map(|kind| kind.name()));
    }
    arguments.join(" ")
}

/// The lines of a plugin's table as they would have to be; one that is not there yet begins with the key.
fn lines(key: Option<&PublicKey>, grant: &Grant, fields: &[String], history: &[HistoryKind]) -> Vec<String> {
    let list = |key: &str, names: BTreeSet<&str>| {
        let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
        format!("{key} = [{}]", names.join(", "))
    };
    let mut lines: Vec<String> = key.map(|key| format!("key = \"{key}\"")).into_iter().collect();
    if !fields.is_empty() {
        lines.push(list("fields", grant.fields.iter().chain(fields).map(String::as_str).collect()));
    }
    if !history.is_empty() {
        lines.push(list("history", grant.history.iter().chain(history).map(|kind| kind.name()).collect()));
    }
    lines
}

fn wanted(fields: &[String], history: &[HistoryKind]) -> String {
    let mut wanted: Vec<String> = fields.to_vec();
    wanted.extend(history.iter().map(|kind| format!("the history of {kind}")));
    wanted.join(", ")
}

fn holder(granted: &Option<PublicKey>) -> String {
    granted.map_or_else(|| "one that nobody signed".to_owned(), |key| format!("the key {key}"))
}

fn signer(publisher: &Option<Box<Publisher>>) -> String {
    match publisher {
        Some(publisher) => format!("signed by `{}` with the key {}", publisher.name, publisher.key),
        None => "run without a verified signature".to_owned(),
    }
}

#[cfg(test)]
mod tests;
