//! Rules as they are listed, checked and tested.

use serde::{Deserialize, Serialize};
use tierhook_hooks::{Hook, Place, Usage};
use tierhook_model::GenerationId;

/// The rules, active or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleList {
    /// The active generation.
    pub generation: GenerationId,
    /// The first digits of the digest of all that it was made from.
    pub digest: String,
    /// The rules in the order in which they run.
    pub rules: Vec<RuleRow>,
    /// What is wrong with files that belong to no single rule, for example `dimensions.toml`.
    pub problems: Vec<ProblemRow>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleRow {
    /// The name.
    pub name: String,
    /// The file with its code, relative to the workspace.
    pub file: String,
    /// The first digits of the digest of the version that serves; `None` where none does.
    pub version: Option<String>,
    /// How it stands.
    pub state: RuleState,
    /// Where it stands among rules of the same stratum: lower first.
    pub order: i32,
    /// The hooks that it implements.
    pub hooks: Vec<Hook>,
    /// The dimensions that it may decide.
    pub dimensions: Vec<String>,
    /// The fields that it may read.
    pub reads: Vec<String>,
    /// What it is for, in the language asked for.
    pub description: String,
    /// Its parameters.
    pub parameters: Vec<ParameterRow>,
    /// What this version cost since the host started.
    pub usage: Usage,
    /// The operations that it may use for one record: what [`Usage::most_operations`] is held against.
    pub limit_operations: u64,
    /// What is wrong with what the disk has.
    pub problems: Vec<ProblemRow>,
}

/// How a rule stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleState {
    /// What the disk has is active.
    Active,
    /// The disk has something that is not fit to run; the last version that was goes on.
    LastGood,
    /// The disk has something that is not fit to run, and there is no earlier version.
    Refused,
    /// The operator switched it off.
    Disabled,
}

/// A parameter of a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParameterRow {
    /// The name.
    pub name: String,
    /// The value as it is written in TOML.
    pub value: String,
    /// The lowest number allowed.
    pub min: Option<f64>,
    /// The highest number allowed.
    pub max: Option<f64>,
    /// What it means, in the language asked for.
    pub description: String,
}

/// What is wrong with a file of the workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemRow {
    /// The rule or file that it is about.
    pub unit: String,
    /// The file, relative to the workspace.
    pub file: String,
    /// A code, for example `syntax` or `case`.
    pub code: String,
    /// What is wrong: lower case, no final dot.
    pub message: String,
    /// Where.
    pub place: Option<Place>,
    /// What to do.
    pub hint: Option<String>,
    /// Whether it keeps the unit from becoming active.
    pub fatal: bool,
}

/// What came of checking the rules on the disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckReport {
    /// The rules that were found.
    pub rules: Vec<CheckedRule>,
    /// How many dimensions there are.
    pub dimensions: u32,
    /// How many golden cases passed.
    pub cases_passed: u32,
    /// What is wrong.
    pub problems: Vec<ProblemRow>,
}

impl CheckReport {
    /// Tells whether nothing keeps the rules from becoming active.
    pub fn is_fit(&self) -> bool {
        self.problems.iter().all(|problem| !problem.fatal)
    }
}

/// A rule that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedRule {
    /// The name.
    pub name: String,
    /// The file.
    pub file: String,
    /// The first digits of its digest; `None` where it could not be compiled.
    pub version: Option<String>,
    /// The hooks that it implements.
    pub hooks: Vec<Hook>,
    /// The dimensions that it may decide.
    pub dimensions: Vec<String>,
    /// How many golden cases it has.
    pub cases: u32,
}

/// What came of the golden cases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestReport {
    /// The cases.
    pub cases: Vec<CaseRow>,
    /// What kept cases from being run.
    pub problems: Vec<ProblemRow>,
}

impl TestReport {
    /// Tells whether all cases passed, and all could be run.
    pub fn is_passed(&self) -> bool {
        self.problems.iter().all(|problem| !problem.fatal) && self.cases.iter().all(|case| case.failures.is_empty())
    }
}

/// One golden case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseRow {
    /// The rule that it belongs to.
    pub rule: String,
    /// Its file, relative to the workspace.
    pub file: String,
    /// Its name.
    pub name: String,
    /// What came out other than expected, one line each; empty if it passed.
    pub failures: Vec<String>,
}
