//! Dimensions and their classes, as they are defined and how many customers are in each.

use serde::{Deserialize, Serialize};
use tierhook_model::{Combination, OnFault};

pub use tierhook_loader::{DimensionEdit, Look, NewClass, Spot};

use super::{DimensionHead, RegradeReport};

/// What came of changing the dimensions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DimensionsEdited {
    /// The file that was changed, relative to the workspace.
    pub file: String,
    /// The dimension that it was about, as it is now; `None` if it is no more.
    pub dimension: Option<DimensionRow>,
    /// All dimensions in their order.
    pub order: Vec<DimensionHead>,
    /// What grading anew came to; `None` if the change concerns no grade.
    pub regrade: Option<RegradeReport>,
}

/// The dimensions in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DimensionList {
    /// The dimensions.
    pub rows: Vec<DimensionRow>,
}

/// A dimension.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DimensionRow {
    /// Id and name.
    pub dimension: DimensionHead,
    /// What it tells, in the language asked for.
    pub description: String,
    /// Its icon; empty if it has none.
    pub icon: String,
    /// Its colour as `#rrggbb`; empty if it has none.
    pub colour: String,
    /// How the words of several rules are put together.
    pub combine: Combination,
    /// What holds when a rule that has a word on it faults.
    pub on_fault: OnFault,
    /// The class that holds then, where that is `default`.
    pub default_class: Option<String>,
    /// The active rules that decide, in their order.
    pub rules: Vec<String>,
    /// The classes, best first.
    pub classes: Vec<ClassDefinition>,
    /// How many customers are in no class, those that were never graded among them.
    pub unrated: u64,
}

/// A class of a dimension.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassDefinition {
    /// The id.
    pub id: String,
    /// The name in the language asked for.
    pub name: String,
    /// What it tells.
    pub description: String,
    /// Its icon; empty if it has none.
    pub icon: String,
    /// Its colour as `#rrggbb`; empty if it has none.
    pub colour: String,
    /// The share of points from which it is given, from 0 to 1, where points decide.
    pub from: Option<f64>,
    /// How many customers are in it.
    pub count: u64,
}
