//! What rules would make of the whole book.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tierhook_engine::{Engine, EngineError};
use tierhook_hooks::Ruleset;

use super::Texts;
use crate::api::{ClassForecast, DimensionForecast};

/// What rules would make of the whole book.
#[derive(Clone, Debug, Default)]
pub(super) struct Forecast {
    pub(super) customers: u64,
    /// Customers by dimension and class.
    classes: BTreeMap<String, BTreeMap<String, u64>>,
    /// The shares of points, by dimension.
    pub(super) shares: BTreeMap<String, Vec<f64>>,
    /// The classes, by dimension, that points gave to anybody.
    scored: BTreeMap<String, BTreeSet<String>>,
}

impl Forecast {
    /// Runs rules on the whole book, deciding nothing.
    pub(super) fn of(engine: &Engine, ruleset: &Arc<Ruleset>) -> Result<Self, EngineError> {
        let mut forecast = Self::default();
        engine.foresee(ruleset, None, |_, foreseen| {
            forecast.customers += 1;
            for (dimension, class) in foreseen.classes {
                if let Some(share) = class.share {
                    forecast.shares.entry(dimension.clone()).or_default().push(share);
                    forecast.scored.entry(dimension.clone()).or_default().insert(class.class.clone());
                }
                *forecast.classes.entry(dimension).or_default().entry(class.class).or_default() += 1;
            }
        })?;
        Ok(forecast)
    }

    fn count(&self, dimension: &str, class: &str) -> u64 {
        self.classes.get(dimension).and_then(|classes| classes.get(class)).copied().unwrap_or_default()
    }

    fn is_scored(&self, dimension: &str, class: &str) -> bool {
        self.scored.get(dimension).is_none_or(|classes| classes.contains(class))
    }
}

/// Compares two forecasts on the dimensions that some rules decide.
pub(super) fn compare(
    ruleset: &Ruleset,
    rules: &[&str],
    before: &Forecast,
    after: &Forecast,
    texts: &Texts,
) -> Vec<DimensionForecast> {
    let decided: BTreeSet<&String> =
        rules.iter().filter_map(|rule| ruleset.hooks.rule(rule)).flat_map(|rule| &rule.meta().dimensions).collect();
    let dimensions = ruleset.dimensions.iter().filter(|dimension| decided.contains(&dimension.id));
    dimensions
        .map(|dimension| DimensionForecast {
            dimension: texts.dimension(dimension),
            classes: texts
                .classes(dimension)
                .into_iter()
                .map(|class| ClassForecast {
                    now: before.count(&dimension.id, &class.id),
                    then: after.count(&dimension.id, &class.id),
                    waits: !before.is_scored(&dimension.id, &class.id) && !after.is_scored(&dimension.id, &class.id),
                    class,
                })
                .filter(|class| class.now + class.then > 0)
                .collect(),
        })
        .collect()
}
