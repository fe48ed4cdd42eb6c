//! Rules: what implements hooks.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tierhook_model::{Currency, Day, Moment};

use crate::{Fault, Frame, HistoryKind, Manifest, ParameterValue, ReadSet, Wishes};

/// The hooks, in the order in which they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hook {
    /// Which class a record is in.
    Classify,
    /// Whether the company is about to lose the customer.
    ChurnWarning,
    /// What to do next.
    FollowUp,
}

impl Hook {
    /// All hooks in the order in which they run.
    pub const ALL: [Self; 3] = [Self::Classify, Self::ChurnWarning, Self::FollowUp];

    /// The name of the function that implements it in a script.
    pub fn name(self) -> &'static str {
        match self {
            Self::Classify => "classify",
            Self::ChurnWarning => "churn_warning",
            Self::FollowUp => "follow_up",
        }
    }
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is known about a rule without running it.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleMeta {
    /// The name: that of its file or folder.
    pub name: String,
    /// The version that its author calls it; scripts have none.
    pub release: Option<String>,
    /// The digest of its source, manifest and parameters, in hexadecimal.
    pub digest: String,
    /// The file with its code, relative to the workspace.
    pub file: String,
    /// The hooks that it implements.
    pub hooks: Vec<Hook>,
    /// The fields that each hook may read, by name, sorted.
    pub reads: BTreeMap<Hook, Vec<String>>,
    /// The dimensions that it may decide, by id, sorted.
    pub dimensions: Vec<String>,
    /// Texts that are written in it: codes of reasons, names of arguments and groups among them. What it reads of
    /// records is none of them.
    pub words: BTreeSet<String>,
    /// What its author declared, or what was inferred.
    pub manifest: Manifest,
    /// Values of parameters that hold for some customers only.
    pub segments: Option<Segments>,
    /// The kinds of facts that it looks at one by one, with how many of the newest it wants for each record.
    pub history: BTreeMap<HistoryKind, u32>,
}

/// Values of parameters by the class of a dimension. Where a class has no value of its own, and for customers without
/// such a class, that for everybody holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Segments {
    /// The dimension.
    pub dimension: String,
    /// The values by class and parameter.
    pub values: BTreeMap<String, BTreeMap<String, ParameterValue>>,
}

impl Segments {
    /// The field that tells which segment a record is in.
    pub fn field(&self) -> String {
        format!("class.{}", self.dimension)
    }

    /// The value of a parameter for a class; `None` is the one for everybody.
    pub fn value(&self, class: &str, parameter: &str) -> Option<&ParameterValue> {
        self.values.get(class)?.get(parameter)
    }
}

impl RuleMeta {
    /// The fields that one hook may read, by name, sorted.
    pub fn reads(&self, hook: Hook) -> &[String] {
        self.reads.get(&hook).map_or(&[], Vec::as_slice)
    }

    /// Tells whether it is a plugin, rather than a script.
    pub fn is_plugin(&self) -> bool {
        self.file.ends_with(".wasm")
    }

    /// The first digits of the digest: the version as people see it.
    pub fn version(&self) -> &str {
        self.digest.get(..8).unwrap_or(&self.digest)
    }
}

/// What a hook may know besides the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The book's civil day.
    pub day: Day,
    /// The moment at which that day ends.
    pub day_end: Moment,
    /// The book's time zone, as an IANA name.
    pub zone: String,
    /// The book's base currency.
    pub currency: Currency,
}

/// A script or plugin that implements hooks. Calls from many threads at a time are fine.
pub trait Rule: Send + Sync + fmt::Debug {
    /// What is known about it without running it.
    fn meta(&self) -> &RuleMeta;

    /// Calls one hook for every record of a frame. The answer has one outcome for each, in order.
    fn call(&self, hook: Hook, frame: &Arc<Frame>, context: &Context) -> BatchOutcome;
}

/// What came of a batch.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct BatchOutcome {
    /// One outcome for each record, in order.
    pub records: Vec<RecordOutcome>,
    /// What it cost.
    pub usage: Usage,
}

/// What came of one record.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordOutcome {
    /// What the rule wants, or how it failed.
    pub result: Result<Wishes, Fault>,
    /// The columns that it really read; of a plugin those that it was given.
    pub read: ReadSet,
    /// What a plugin noted about the record on its way.
    pub hits: Vec<String>,
}

impl RecordOutcome {
    /// Makes the outcome of a rule that noted nothing on its way.
    pub fn new(result: Result<Wishes, Fault>, read: ReadSet) -> Self {
        Self { result, read, hits: Vec::new() }
    }
}

/// What a batch cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// The operations of the costliest record (script), or the fuel of a record in the costliest batch (plugin).
    pub most_operations: u64,
    /// The operations or fuel of all records.
    pub operations: u64,
    /// How many records were evaluated.
    pub records: u64,
    /// How many of them faulted.
    pub faults: u64,
}

impl Usage {
    /// Adds another batch's cost.
    pub fn add(&mut self, other: Self) {
        self.most_operations = self.most_operations.max(other.most_operations);
        self.operations += other.operations;
        self.records += other.records;
        self.faults += other.faults;
    }
}
