//! Suggested values of parameters.

use serde::{Deserialize, Serialize};

use super::{ClassHead, DimensionHead};

/// Values of parameters that fit the book, and what they would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SuggestReport {
    /// How many customers the book has.
    pub customers: u64,
    /// The parameters whose manifests say what they stand for.
    pub rows: Vec<SuggestRow>,
    /// What the dimensions would look like that these parameters decide.
    pub dimensions: Vec<DimensionForecast>,
    /// Whether customers of different kinds are better graded apart, and how, in the language asked for.
    #[serde(default)]
    pub advice: Vec<String>,
    /// Whether the values were written into `rules.toml`.
    pub written: bool,
}

/// A parameter with its value and a better one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SuggestRow {
    /// The rule.
    pub rule: String,
    /// The parameter.
    pub parameter: String,
    /// The class whose customers it is for; `None` is everybody.
    pub segment: Option<ClassHead>,
    /// What it means, in the language asked for.
    pub description: String,
    /// What it is measured by: a field, or `points for` a dimension, in the language asked for.
    pub measure: String,
    /// Whether it tells the customers at the value or above it apart; else those at it or below.
    pub is_top: bool,
    /// The part of the customers that it should tell apart, 0 to 1.
    pub wanted: f64,
    /// Of how many customers the measure is known.
    pub known: u64,
    /// The value that holds.
    pub current: f64,
    /// The part that it tells apart.
    pub current_share: f64,
    /// The suggested value; `None` where no number would do.
    pub suggested: Option<f64>,
    /// The part that that tells apart.
    pub suggested_share: Option<f64>,
}

impl SuggestRow {
    /// Tells whether the suggestion is another value than the one that holds.
    pub fn is_change(&self) -> bool {
        self.suggested.is_some_and(|suggested| suggested != self.current)
    }
}

/// How many customers are in each class of a dimension, now and with the suggested values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DimensionForecast {
    /// The dimension.
    pub dimension: DimensionHead,
    /// The class of another dimension whose customers these are; `None` is everybody.
    pub segment: Option<ClassHead>,
    /// Its classes, best first.
    pub classes: Vec<ClassForecast>,
}

/// How many customers are in a class, now and with the suggested values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassForecast {
    /// The class.
    pub class: ClassHead,
    /// By the values that hold.
    pub now: u64,
    /// With the suggested ones.
    pub then: u64,
    /// Whether its customers are graded by points, or wait for them, where the others of the dimension are.
    pub waits: bool,
}

impl DimensionForecast {
    /// The part of those who do not wait for points that is in a class, now and then, 0 to 1; `None` for a class in which
    /// customers wait.
    pub fn shares(&self, class: &ClassForecast) -> Option<(f64, f64)> {
        let sum = |of: fn(&ClassForecast) -> u64| -> u64 {
            self.classes.iter().filter(|class| !class.waits).map(of).sum::<u64>().max(1)
        };
        let (now, then) = (sum(|class| class.now), sum(|class| class.then));
        (!class.waits).then(|| (class.now as f64 / now as f64, class.then as f64 / then as f64))
    }
}
