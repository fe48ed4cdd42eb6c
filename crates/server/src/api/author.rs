//! What the author of a plugin is told, without a host.

use serde::{Deserialize, Serialize};

use super::{Obstacle, PluginDescription, PluginFile, TestReport};

/// What came of signing a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignReport {
    /// The plugin.
    pub plugin: PluginDescription,
    /// The file with the signature.
    pub signature: String,
    /// The public key to verify it with.
    pub key: String,
    /// Whether the list of files in the manifest had to be brought up to date.
    pub is_listed_anew: bool,
    /// The command that comes next.
    pub next: String,
}

/// What came of packing a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackReport {
    /// The plugin.
    pub plugin: PluginDescription,
    /// The archive.
    pub file: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its SHA-256, which `plugins install URL --sha256` asks for.
    pub digest: String,
    /// The command that comes next: that of whoever trusts the key, or of the author where it is not signed.
    pub next: String,
}

/// A key that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyMade {
    /// The file with the secret key.
    pub file: String,
    /// The public key.
    pub key: String,
    /// Its number, as minisign shows it.
    pub id: String,
}

/// A new plugin's folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginMade {
    /// The plugin's id.
    pub plugin: String,
    /// Its folder.
    pub folder: String,
    /// The file to change first.
    pub code: String,
    /// The company's own fields that it may read.
    pub optional: Vec<String>,
    /// The command that comes next.
    pub next: String,
}

/// What came of building a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildReport {
    /// The plugin's id.
    pub plugin: String,
    /// Its version as people see it.
    pub version: String,
    /// Its number in the order of releases.
    pub serial: u64,
    /// The component.
    pub component: String,
    /// The component's size in bytes.
    pub bytes: u64,
    /// The component's SHA-256.
    pub digest: String,
    /// The hooks that it has.
    pub hooks: Vec<String>,
    /// What its manifest asks for in vain, and what else is worth a look.
    pub warnings: Vec<String>,
    /// The files that it ships.
    pub files: Vec<PluginFile>,
    /// Whether the list of files in the manifest had to be brought up to date.
    pub is_listed_anew: bool,
    /// Whether it has a signature that holds no more.
    pub is_signature_stale: bool,
    /// The command that comes next.
    pub next: String,
}

/// What came of a plugin's golden cases, which were run without a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginTestReport {
    /// The plugin's id.
    pub plugin: String,
    /// The workspace whose dimensions, fields, currency and time zone hold; `None` for those of a new one.
    pub workspace: Option<String>,
    /// Whether sources were changed after the component was built.
    pub is_component_older: bool,
    /// The cases.
    pub report: TestReport,
    /// The command that comes next; `None` where a case or a problem has to be seen to first.
    pub next: Option<String>,
}

/// What can be seen of a plugin without running it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginInspection {
    /// What was looked at.
    pub place: String,
    /// Its manifest; `None` for a component alone.
    pub plugin: Option<PluginDescription>,
    /// The workspace under whose policy it was verified; `None` without one, and then under none.
    pub workspace: Option<String>,
    /// What each hook reads as the manifest says.
    pub reads: Vec<HookReads>,
    /// Its component; `None` if there is none.
    pub component: Option<ComponentRow>,
    /// The limits that hold for it.
    pub limits: Option<LimitRow>,
    /// What is asked for in vain, and what else is worth a look.
    pub warnings: Vec<String>,
    /// Why a host would refuse it.
    pub problems: Vec<Obstacle>,
    /// The command that comes next.
    pub next: Option<String>,
}

/// What a hook reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookReads {
    /// The hook.
    pub hook: String,
    /// The fields that it needs.
    pub needs: Vec<String>,
    /// The fields that it can do without.
    pub optional: Vec<String>,
}

/// A component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentRow {
    /// Its size in bytes.
    pub bytes: u64,
    /// Its SHA-256.
    pub digest: String,
    /// How many core modules it is made of.
    pub modules: usize,
    /// The version of the contract that it is built for; `None` if it has no hook.
    pub api: Option<String>,
    /// The hooks that it has.
    pub hooks: Vec<String>,
    /// What it exports.
    pub exports: Vec<String>,
    /// What it imports.
    pub imports: Vec<String>,
    /// What its code says that it reads; `None` if it does not say.
    pub reads: Option<Vec<CodeRead>>,
}

/// Something that a plugin's code says that it reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeRead {
    /// `field`, `history` or `parameter`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The type that it is read as.
    #[serde(rename = "type")]
    pub ty: String,
    /// Whether the code can do without.
    pub optional: bool,
}

/// The limits that hold for a plugin: those of the host, as far as its manifest does not lower them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitRow {
    /// Whether they are those of a plugin that brings its own interpreter.
    pub heavy: bool,
    /// Fuel for each record.
    pub fuel: u64,
    /// Fuel of a batch, on top of it.
    pub fuel_per_batch: u64,
    /// Wall clock of a batch, in milliseconds.
    pub wall_ms: u64,
    /// Wall clock for each record, on top of it, in milliseconds.
    pub wall_ms_per_record: u64,
    /// Bytes of memory.
    pub memory_bytes: u64,
    /// Bytes of the component.
    pub component_bytes: u64,
    /// Time that compiling may take, in milliseconds.
    pub compile_ms: u64,
    /// Reasons for one record.
    pub reasons: usize,
    /// Bytes of answers for one record.
    pub output_bytes: usize,
    /// Bytes of log for one record.
    pub log_bytes: usize,
}
