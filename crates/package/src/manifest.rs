//! The manifest of a plugin: `plugin.toml`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tierhook_hooks::{HistoryKind, Hook, MAX_HISTORY, Manifest};

/// The name of the manifest's file in a plugin's folder.
pub const MANIFEST_FILE: &str = "plugin.toml";
/// The name of the component's file.
pub const COMPONENT_FILE: &str = "plugin.wasm";
/// The name of the file with golden cases; it may be left out.
pub const CASES_FILE: &str = "cases.toml";
/// The name of the file with the signature over the manifest; it may be left out.
pub const SIGNATURE_FILE: &str = "plugin.sig";
/// The folder that belongs to the author: it is neither read by a host nor packed.
pub const SOURCE_FOLDER: &str = "source";

/// What a plugin says about itself. Everything outside the `[plugin]` table is what the manifest of a script has, too.
#[derive(Clone, Debug, PartialEq)]
pub struct PluginManifest {
    /// What it has in common with scripts. Its `reads` are what every hook reads and needs.
    pub rule: Manifest,
    /// What only plugins have.
    pub plugin: PluginTable,
}

/// The `[plugin]` table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PluginTable {
    /// The name: letters, digits, `_` and `-`, as the folder is called.
    pub id: String,
    /// The version as people see it.
    pub version: String,
    /// Counts releases: a host takes none below the highest that it has run, unless the operator says so.
    pub serial: u64,
    /// The version of the contract that the component was built for: `0.1.0`.
    pub api: String,
    /// Whether it needs the limits of guests that bring their own interpreter.
    #[serde(default)]
    pub heavy: bool,
    /// Fields that it reads where they are granted, and does without where not.
    #[serde(default)]
    pub optional: Vec<String>,
    /// What single hooks read besides.
    #[serde(default)]
    pub hooks: BTreeMap<Hook, HookTable>,
    /// The kinds of facts that it looks at one by one, with how many of the newest it wants for each record.
    #[serde(default)]
    pub history: BTreeMap<HistoryKind, u32>,
    /// Every other file that it ships, by its path in the folder, with the SHA-256 of its bytes in hexadecimal.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
}

/// What one hook reads besides.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookTable {
    /// Fields that it needs.
    #[serde(default)]
    pub reads: Vec<String>,
}

/// What is wrong with a plugin's manifest.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PluginManifestError {
    /// It is no TOML, or has keys or values that a manifest has not.
    #[error("{message}")]
    Malformed {
        /// The parser's message.
        message: String,
        /// Where in the text, in bytes.
        span: Option<std::ops::Range<usize>>,
    },
    /// A value is not one that could be meant.
    #[error("{message}")]
    Unusable {
        /// What is wrong: lower case, no final dot.
        message: String,
        /// What to do.
        hint: String,
    },
}

impl PluginManifest {
    /// Reads a manifest from TOML.
    ///
    /// # Errors
    /// [`PluginManifestError`] with what is wrong and, where known, the place in the text.
    pub fn parse(text: &str) -> Result<Self, PluginManifestError> {
        let malformed = |error: toml::de::Error| PluginManifestError::Malformed {
            message: error.message().trim().to_owned(),
            span: error.span(),
        };
        let parts: Parts = toml::from_str(text).map_err(malformed)?;
        let rule = Manifest::parse_without(text, "plugin").map_err(|error| match error {
            tierhook_hooks::ManifestError::Malformed { message, span } => {
                PluginManifestError::Malformed { message, span }
            }
            other => unusable(other.to_string(), "let its value lie within its range"),
        })?;
        let manifest = Self { rule, plugin: parts.plugin };
        manifest.check()?;
        Ok(manifest)
    }

    /// The fields that one hook reads: first those that it needs, then those that it can do without; sorted each.
    pub fn reads(&self, hook: Hook) -> (Vec<&str>, Vec<&str>) {
        let own = self.plugin.hooks.get(&hook).map(|table| table.reads.as_slice()).unwrap_or_default();
        let mut needed: Vec<&str> = self.rule.reads.iter().chain(own).map(String::as_str).collect();
        needed.sort_unstable();
        needed.dedup();
        let mut optional: Vec<&str> = self.plugin.optional.iter().map(String::as_str).collect();
        optional.retain(|field| !needed.contains(field));
        optional.sort_unstable();
        optional.dedup();
        (needed, optional)
    }

    fn check(&self) -> Result<(), PluginManifestError> {
        let plugin = &self.plugin;
        if plugin.id.is_empty() || !plugin.id.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-') {
            let hint = "let it have letters, digits, `_` and `-`, and name the folder like it";
            return Err(unusable(format!("`{}` is no id for a plugin", plugin.id), hint));
        }
        if plugin.version.trim().is_empty() {
            return Err(unusable("the version is empty", "write a version such as \"1.0.0\""));
        }
        for (kind, most) in &plugin.history {
            if !(1..=MAX_HISTORY).contains(most) {
                let hint = format!("ask for 1 to {MAX_HISTORY}");
                return Err(unusable(format!("`{kind} = {most}` in [plugin.history]"), hint));
            }
        }
        for (path, digest) in &plugin.files {
            if !is_plain_path(path) {
                let hint = "name files by their path in the plugin's folder, with `/` between the parts";
                return Err(unusable(format!("`{path}` in [plugin.files] leads out of the folder"), hint));
            }
            if digest.len() != 64 || !digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
                let hint = "run `tierhook plugins build` or `tierhook plugins sign`, which write the digests";
                return Err(unusable(format!("`{path}` in [plugin.files] has no SHA-256 in hexadecimal"), hint));
            }
        }
        Ok(())
    }
}

/// The manifest as it is written, with what belongs to scripts passed over.
#[derive(Deserialize)]
struct Parts {
    plugin: PluginTable,
}

fn unusable(message: impl Into<String>, hint: impl Into<String>) -> PluginManifestError {
    PluginManifestError::Unusable { message: message.into(), hint: hint.into() }
}

/// Tells whether a path stays in its folder and is written in the one way that there is.
pub(crate) fn is_plain_path(path: &str) -> bool {
    !path.is_empty()
        && !path.contains(['\\', ':', '\0'])
        && path.split('/').all(|part| !part.is_empty() && !part.starts_with('.'))
        && path != MANIFEST_FILE
        && path != SIGNATURE_FILE
        && path.split('/').next() != Some(SOURCE_FOLDER)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
description = { en = "Tiers by assets." }
dimensions = ["tier"]
reads = ["assets", "orders_total"]

[parameters]
gold_from = 1000.0

[plugin]
id = "bank_tiers"
version = "1.2.0"
serial = 3
api = "0.1.0"
optional = ["customer.industry", "assets"]

[plugin.hooks.follow_up]
reads = ["class.tier"]

[plugin.history]
orders = 200
"#;

    #[test]
    fn it_is_the_manifest_of_a_script_with_a_table_more() {
        let manifest = PluginManifest::parse(TEXT).unwrap();
        assert_eq!(manifest.rule.dimensions.as_deref(), Some(["tier".to_owned()].as_slice()));
        assert_eq!((manifest.plugin.serial, manifest.plugin.history[&HistoryKind::Orders]), (3, 200));
        assert_eq!(manifest.reads(Hook::Classify), (vec!["assets", "orders_total"], vec!["customer.industry"]));
        assert_eq!(manifest.reads(Hook::FollowUp).0, ["assets", "class.tier", "orders_total"]);
    }

    #[test]
    fn unknown_keys_are_errors_wherever_they_stand() {
        for (from, to) in [("serial", "serail"), ("dimensions", "dimension"), ("orders = 200", "order = 200")] {
            let error = PluginManifest::parse(&TEXT.replace(from, to)).unwrap_err();
            assert!(matches!(error, PluginManifestError::Malformed { span: Some(_), .. }), "{from}: {error:?}");
        }
        assert!(PluginManifest::parse(&TEXT.replace("[plugin", "[plug")).is_err());
    }

    #[test]
    fn files_stay_in_the_folder() {
        let with = |path: &str| format!("{TEXT}\n[plugin.files]\n\"{path}\" = \"{}\"\n", "a".repeat(64));
        assert!(PluginManifest::parse(&with("tables/pairs.csv")).is_ok());
        for path in ["../x", "/etc/passwd", "a//b", "plugin.toml", "source/lib.rs", ".hidden", "a/../b", "C:x"] {
            assert!(PluginManifest::parse(&with(path)).is_err(), "{path}");
        }
    }
}
