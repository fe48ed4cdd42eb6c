//! Dimensions and their classes: label sets are data, never enums.

mod past;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::Text;

/// The class of a record that the rules have no word on. Every dimension has it without naming it.
pub const UNRATED: &str = "unrated";

/// One axis of classification. Its classes exclude each other and are in order, best first.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dimension {
    /// The id in rules and files: lower case letters, digits and `_`.
    pub id: String,
    /// Ids that it had before. Customers, people's words and the history that say one of them mean this dimension.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub was: Vec<String>,
    /// The name.
    pub name: Text,
    /// What it tells.
    #[serde(default)]
    pub description: Text,
    /// An icon, for example an emoji.
    #[serde(default)]
    pub icon: String,
    /// A colour as `#rrggbb`.
    #[serde(default)]
    pub colour: String,
    /// How the words of several rules are put together.
    #[serde(default)]
    pub combine: Combination,
    /// What holds when a rule that has a word on it faults.
    #[serde(default)]
    pub on_fault: OnFault,
    /// The class that [`OnFault::Default`] gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_class: Option<String>,
    /// For [`Combination::Points`]: the share of points from which each class is given, best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bands: Vec<Band>,
    /// Classes that are no more, each with the class that takes its customers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub removed: BTreeMap<String, String>,
    /// The classes, best first.
    #[serde(default, rename = "class")]
    pub classes: Vec<Class>,
}

/// One class of a dimension.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// The id in rules and files.
    pub id: String,
    /// Ids that it had before. Customers, people's words and the history that say one of them mean this class.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub was: Vec<String>,
    /// The name.
    pub name: Text,
    /// What it tells.
    #[serde(default)]
    pub description: Text,
    /// An icon.
    #[serde(default)]
    pub icon: String,
    /// A colour as `#rrggbb`.
    #[serde(default)]
    pub colour: String,
    /// What its customers are entitled to, for the staff who serve them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entitlements: Vec<Text>,
}

/// How the words of several rules on one dimension are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Combination {
    /// The first rule in order that has a word decides.
    #[default]
    First,
    /// Rules bring points; the share of what was attainable is looked up in the bands.
    Points,
    /// The best class that any rule names.
    Best,
    /// The worst class that any rule names.
    Worst,
}

/// What holds on a dimension when a rule that has a word on it faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFault {
    /// What stood before.
    #[default]
    Keep,
    /// What the other rules say.
    Skip,
    /// The default class.
    Default,
    /// Nothing of this evaluation of the record: it fails as a whole and is reported.
    Fail,
}

/// The share of points from which a class is given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// The class.
    pub class: String,
    /// The share, 0 to 1.
    pub from: f64,
}

/// What is wrong with a set of dimensions.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DimensionError {
    /// An id has other characters than it may, or is reserved.
    #[error("`{id}` cannot be the id of a {what}: {why}")]
    BadId {
        /// The id.
        id: String,
        /// `dimension` or `class`.
        what: &'static str,
        /// Why not.
        why: &'static str,
    },
    /// An id is there twice.
    #[error("{what} `{id}` is there twice; remove or rename one")]
    Twice {
        /// The id, for a class as `dimension.class`.
        id: String,
        /// `dimension` or `class`.
        what: &'static str,
    },
    /// A dimension has no class.
    #[error("dimension `{dimension}` has no class; add at least one [[dimension.class]]")]
    NoClass {
        /// The dimension.
        dimension: String,
    },
    /// `bands`, `default_class` or `removed` name a class that is not there.
    #[error("dimension `{dimension}` names the class `{class}` in its {place}, but has no such class")]
    UnknownClass {
        /// The dimension.
        dimension: String,
        /// The class.
        class: String,
        /// `bands`, `default_class` or `removed`.
        place: &'static str,
    },
    /// An id that something had before is another one's as well.
    #[error("{what} `{id}` is a former id of `{of}` as well; take it out of `was` or `removed`, or choose another id")]
    Former {
        /// The id, for a class as `dimension.class`.
        id: String,
        /// `dimension` or `class`.
        what: &'static str,
        /// Whose former id it is.
        of: String,
    },
    /// Bands are missing, not in falling order, or outside 0 to 1.
    #[error("dimension `{dimension}`: {why}")]
    BadBands {
        /// The dimension.
        dimension: String,
        /// What is wrong with them.
        why: &'static str,
    },
}

/// All dimensions, checked.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Dimensions {
    all: Vec<Dimension>,
    /// Dimensions that are no more.
    removed: BTreeSet<String>,
}

impl Dimensions {
    /// Checks a list of dimensions.
    ///
    /// # Errors
    /// A [`DimensionError`] for the first thing that is wrong.
    pub fn new(all: Vec<Dimension>) -> Result<Self, DimensionError> {
        let mut ids = BTreeSet::new();
        for dimension in &all {
            let id = &dimension.id;
            if !is_identifier(id) {
                let why = "use lower case letters, digits and `_`, beginning with a letter";
                return Err(DimensionError::BadId { id: id.clone(), what: "dimension", why });
            }
            if !ids.insert(id) {
                return Err(DimensionError::Twice { id: id.clone(), what: "dimension" });
            }
            check_classes(dimension)?;
            check_bands(dimension)?;
        }
        past::check(&all)?;
        Ok(Self { all, removed: BTreeSet::new() })
    }

    /// Returns the dimension with an id.
    pub fn get(&self, id: &str) -> Option<&Dimension> {
        self.all.iter().find(|dimension| dimension.id == id)
    }

    /// Iterates over the dimensions in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Dimension> {
        self.all.iter()
    }

    /// Returns the number of dimensions.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Tells whether there is no dimension.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

impl Dimension {
    /// Returns the class with an id.
    pub fn class(&self, id: &str) -> Option<&Class> {
        self.classes.iter().find(|class| class.id == id)
    }

    /// Tells whether a record may be in this class; it may always be `unrated`.
    pub fn allows(&self, class: &str) -> bool {
        class == UNRATED || self.class(class).is_some()
    }
}

fn check_classes(dimension: &Dimension) -> Result<(), DimensionError> {
    if dimension.classes.is_empty() {
        return Err(DimensionError::NoClass { dimension: dimension.id.clone() });
    }
    let mut ids = BTreeSet::new();
    for class in &dimension.classes {
        let bad = |why| Err(DimensionError::BadId { id: class.id.clone(), what: "class", why });
        if class.id == UNRATED {
            return bad("every dimension has it already");
        }
        if class.id.is_empty() || class.id.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return bad("it is empty or has white space");
        }
        if !ids.insert(&class.id) {
            return Err(DimensionError::Twice { id: format!("{}.{}", dimension.id, class.id), what: "class" });
        }
    }
    if let Some(class) = dimension.default_class.as_deref().filter(|class| !dimension.allows(class)) {
        let (dimension, class) = (dimension.id.clone(), class.to_owned());
        return Err(DimensionError::UnknownClass { dimension, class, place: "default_class" });
    }
    Ok(())
}

fn check_bands(dimension: &Dimension) -> Result<(), DimensionError> {
    let bad = |why| Err(DimensionError::BadBands { dimension: dimension.id.clone(), why });
    if dimension.on_fault == OnFault::Default && dimension.default_class.is_none() {
        return bad("on_fault = \"default\" needs a default_class");
    }
    if dimension.combine == Combination::Points && dimension.bands.is_empty() {
        return bad("combine = \"points\" needs bands");
    }
    for band in &dimension.bands {
        if !dimension.allows(&band.class) {
            let (dimension, class) = (dimension.id.clone(), band.class.clone());
            return Err(DimensionError::UnknownClass { dimension, class, place: "bands" });
        }
        if !(0.0..=1.0).contains(&band.from) {
            return bad("every band begins at a share between 0 and 1");
        }
    }
    if dimension.bands.windows(2).any(|pair| pair[0].from <= pair[1].from) {
        return bad("bands stand in falling order, best class first");
    }
    Ok(())
}

fn is_identifier(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}
