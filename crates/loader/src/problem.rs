//! Problems: what is wrong with a file of the workspace, as data.

use std::fmt;

use serde::{Deserialize, Serialize};
use tierhook_hooks::Fault;

/// What is wrong with a unit of the workspace, where, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The unit: the name of a rule, or `dimensions.toml`, `fields.toml`, `rules.toml`, `scripts`.
    pub unit: String,
    /// The file that it is about, relative to the workspace.
    pub file: String,
    /// How much it weighs.
    pub weight: Weight,
    /// What it is; its place names line, column and the line's text where they are known.
    pub fault: Fault,
}

/// How much a problem weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// Worth knowing; it holds nothing up.
    Warning,
    /// The version that has it does not become active.
    Error,
}

impl Problem {
    /// Makes a problem that keeps a version from becoming active. The fault's place overrules the file.
    pub fn error(unit: impl Into<String>, file: impl Into<String>, fault: Fault) -> Self {
        Self::new(unit.into(), file.into(), Weight::Error, fault)
    }

    /// Makes a problem that holds nothing up. The fault's place overrules the file.
    pub fn warning(unit: impl Into<String>, file: impl Into<String>, fault: Fault) -> Self {
        Self::new(unit.into(), file.into(), Weight::Warning, fault)
    }

    /// Tells whether it keeps a version from becoming active.
    pub fn is_error(&self) -> bool {
        self.weight == Weight::Error
    }

    fn new(unit: String, file: String, weight: Weight, fault: Fault) -> Self {
        let file = fault.place.as_ref().map_or(file, |place| place.file.clone());
        Self { unit, file, weight, fault }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.fault.place.is_none() {
            write!(f, "{}: ", self.file)?;
        }
        self.fault.fmt(f)
    }
}
