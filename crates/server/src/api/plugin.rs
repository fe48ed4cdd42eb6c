//! Plugins, the keys that they are signed with, and what they may see.

use serde::{Deserialize, Serialize};

pub use tierhook_package::Policy;

use super::{ProblemRow, RegradeReport, RuleState};

/// A plugin that was verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginDescription {
    /// Its id.
    pub id: String,
    /// Its version as people see it.
    pub version: String,
    /// Its number in the order of releases.
    pub serial: u64,
    /// The version of the contract that it was built for.
    pub api: String,
    /// The policy that it was verified under.
    pub policy: Policy,
    /// Who signed it; `None` for one that runs as a local plugin.
    pub publisher: Option<PublisherRow>,
    /// Whether it has a signature, looked at or not.
    pub is_signed: bool,
    /// The SHA-256 of its manifest: the name of this very release.
    pub digest: String,
    /// Its files.
    pub files: Vec<PluginFile>,
    /// The fields that it needs.
    pub needs: Vec<String>,
    /// The fields that it can do without.
    pub optional: Vec<String>,
    /// The facts that it looks at one by one.
    pub history: Vec<PluginHistory>,
}

/// Whom a plugin is by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublisherRow {
    /// The name that the operator gave the key.
    pub name: String,
    /// The key.
    pub key: String,
}

/// A file of a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginFile {
    /// Its path in the plugin's folder.
    pub path: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its SHA-256.
    pub digest: String,
}

/// Facts of a kind that a plugin looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginHistory {
    /// The kind.
    pub kind: String,
    /// How many of the newest for each record.
    pub most: u32,
}

/// A release of a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginRelease {
    /// The version as people see it.
    pub version: String,
    /// The number in the order of releases.
    pub serial: u64,
}

/// What keeps a plugin from running.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obstacle {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// What came of installing a plugin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PluginInstalled {
    /// The plugin.
    pub plugin: PluginDescription,
    /// Its folder, relative to the workspace.
    pub folder: String,
    /// The release that was there before.
    pub replaced: Option<PluginRelease>,
    /// The operator's files that were changed, relative to the workspace.
    pub changed: Vec<String>,
    /// The fields and kinds of facts that were granted with it.
    pub granted: Vec<String>,
    /// What it needs and nobody granted.
    pub missing: Option<Obstacle>,
    /// How it stands among the rules; `None` where the host says nothing of it.
    pub state: Option<RuleState>,
    /// What keeps it from running.
    pub problems: Vec<ProblemRow>,
    /// The dimensions that it decides and others do, too, where the first rule that has a word decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared: Vec<SharedDimension>,
    /// What grading anew came to; `None` if nothing changed.
    pub regrade: Option<RegradeReport>,
}

/// A dimension that several rules decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedDimension {
    /// The dimension.
    pub dimension: String,
    /// The rules, the one that is asked first at the head.
    pub rules: Vec<String>,
}

impl PluginInstalled {
    /// Tells whether it is in place and yet decides nothing: it lacks grants, or what it has is not fit.
    pub fn is_held_back(&self) -> bool {
        self.missing.is_some() || matches!(self.state, Some(RuleState::Refused | RuleState::LastGood))
    }
}

/// What came of uninstalling a plugin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PluginUninstalled {
    /// Its id.
    pub plugin: String,
    /// The folder that is gone, relative to the workspace.
    pub folder: String,
    /// Whether grants for it are left.
    pub has_grants: bool,
    /// What grading anew came to; `None` if nothing changed.
    pub regrade: Option<RegradeReport>,
}

/// The plugins of a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginList {
    /// The policy that they are verified under.
    pub policy: Policy,
    /// The plugins by id.
    pub rows: Vec<PluginRow>,
}

/// One plugin on the disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginRow {
    /// Its id: the name of its folder.
    pub id: String,
    /// Its release; `None` where the manifest cannot be read.
    pub release: Option<PluginRelease>,
    /// Whether it was verified under the policy.
    pub is_verified: bool,
    /// Who signed it; `None` for a local plugin, and for one that is not verified.
    pub publisher: Option<PublisherRow>,
    /// How it stands among the rules; `None` where the host says nothing of it.
    pub state: Option<RuleState>,
    /// What keeps it from running, with what to do: it is not verified, or needs what is not granted.
    pub problem: Option<Obstacle>,
}

/// The keys that an operator trusts and revoked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeyList {
    /// The file that was changed, relative to the workspace; `None` if none was.
    pub changed: Option<String>,
    /// The keys: trusted ones by name, then revoked ones.
    pub rows: Vec<KeyRow>,
    /// The releases that were revoked, each by the SHA-256 of its manifest.
    pub revoked_releases: Vec<String>,
    /// The plugins that ran until this change, and do not any more.
    pub stopped: Vec<String>,
    /// What grading anew came to; `None` if nothing changed.
    pub regrade: Option<RegradeReport>,
}

/// A key that an operator trusts or revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRow {
    /// The name that the operator gave it; `None` for a revoked one that has none.
    pub name: Option<String>,
    /// The key.
    pub key: String,
    /// Its number, as minisign shows it.
    pub id: String,
    /// Whether it was revoked.
    pub is_revoked: bool,
}

/// What plugins may see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GrantList {
    /// The file that was changed, relative to the workspace; `None` if none was.
    pub changed: Option<String>,
    /// The plugins by id.
    pub rows: Vec<GrantRow>,
    /// The plugins that ran until this change, and do not any more.
    pub stopped: Vec<String>,
    /// What grading anew came to; `None` if nothing changed.
    pub regrade: Option<RegradeReport>,
}

/// What one plugin may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantRow {
    /// The plugin's id.
    pub plugin: String,
    /// The publisher that it holds for: the name of the key if it is trusted, else the key; `None` for a plugin that
    /// nobody signed.
    pub publisher: Option<String>,
    /// Fields.
    pub fields: Vec<String>,
    /// Fields that are given as they are rather than as a token.
    pub clear: Vec<String>,
    /// Kinds of facts.
    pub history: Vec<String>,
    /// Whether the plugin is installed.
    pub is_installed: bool,
    /// What it needs besides.
    pub missing: Option<Obstacle>,
}
