//! What loading a candidate came to.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tierhook_hooks::Ruleset;

use crate::archive::RuleVersion;
use crate::problem::Problem;

/// What loading a candidate came to: a whole set of rules that has been proved, and what became of each unit.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The rules, to be activated as one.
    pub ruleset: Ruleset,
    /// What became of each unit: dimensions, fields and `rules.toml` first, then the rules by name.
    pub units: Vec<UnitStatus>,
    /// Every problem: those of the units, then those of no unit.
    pub problems: Vec<Problem>,
    /// Whether the set differs from the one that was confirmed last, here or before a restart.
    pub changed: bool,
    /// The rules that were active and are not in this set.
    pub retired: Vec<String>,
    /// The digest of the candidate; empty if there was none and only the last good versions were loaded.
    pub candidate: String,
    pub(crate) choice: Choice,
}

/// Which files were chosen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choice {
    /// Files that belong to no single rule, with the digests of their bytes.
    pub(crate) shared: BTreeMap<String, String>,
    /// The rules of the set.
    pub(crate) rules: BTreeMap<String, RuleVersion>,
    /// The bytes of all these files.
    pub(crate) blobs: BTreeMap<String, Arc<[u8]>>,
}

/// What became of one unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitStatus {
    /// Its name: that of the rule, or `dimensions.toml`, `fields.toml`, `rules.toml`.
    pub name: String,
    /// What became of it.
    pub state: UnitState,
    /// The digest of the version in the set, in hexadecimal; `None` if there is none in it.
    pub version: Option<String>,
    /// Its main file, relative to the workspace.
    pub file: String,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

/// What can become of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnitState {
    /// What the disk shows is in the set.
    Active,
    /// What the disk shows is not fit; the last good version is in the set.
    LastGood,
    /// What the disk shows is not fit, and there is no last good version.
    Refused,
    /// It was active and is not any more: its file is gone, or no version of it works any longer.
    Retired,
    /// The operator switched it off.
    Disabled,
}

impl UnitStatus {
    /// Tells whether it is a rule, rather than a file that rules share.
    pub fn is_rule(&self) -> bool {
        self.file.ends_with(".rhai") || self.file.ends_with(".wasm")
    }
}

impl Loaded {
    /// Tells whether nothing is wrong but for warnings.
    pub fn is_sound(&self) -> bool {
        !self.problems.iter().any(Problem::is_error)
    }

    /// Returns the status of a unit by its name.
    pub fn unit(&self, name: &str) -> Option<&UnitStatus> {
        self.units.iter().find(|unit| unit.name == name)
    }
}
