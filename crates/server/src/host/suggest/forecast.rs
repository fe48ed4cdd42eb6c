//! What rules would make of the whole book.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tierhook_engine::{Engine, EngineError};
use tierhook_hooks::Ruleset;
use tierhook_model::RecordId;

use super::Texts;
use super::measure::Segment;
use crate::api::{ClassForecast, DimensionForecast};

/// What rules would make of the whole book.
#[derive(Clone, Debug, Default)]
pub(super) struct Forecast {
    pub(super) customers: u64,
    /// Customers by segment, dimension and class; no segment is everybody.
    classes: BTreeMap<(Option<Segment>, String), BTreeMap<String, u64>>,
    /// The shares of points, by dimension.
    pub(super) shares: BTreeMap<String, Vec<(RecordId, f64)>>,
    /// The classes, by dimension, that points gave to anybody.
    scored: BTreeMap<String, BTreeSet<String>>,
    /// The classes of the dimensions that segments go by.
    pub(super) members: BTreeMap<String, BTreeMap<RecordId, String>>,
}

impl Forecast {
    /// Runs rules on the whole book, deciding nothing. `by` are dimensions whose classes are looked at apart.
    pub(super) fn of(engine: &Engine, ruleset: &Arc<Ruleset>, by: &BTreeSet<String>) -> Result<Self, EngineError> {
        let mut forecast = Self::default();
        engine.foresee(ruleset, None, |record, foreseen| {
            forecast.customers += 1;
            let segments: Vec<Option<Segment>> = std::iter::once(None)
                .chain(by.iter().filter_map(|dimension| {
                    let class = foreseen.classes.get(dimension)?.class.clone();
                    forecast.members.entry(dimension.clone()).or_default().insert(record.id, class.clone());
                    Some(Some(Segment { dimension: dimension.clone(), class }))
                }))
                .collect();
            for (dimension, class) in foreseen.classes {
                if let Some(share) = class.share {
                    forecast.shares.entry(dimension.clone()).or_default().push((record.id, share));
                    forecast.scored.entry(dimension.clone()).or_default().insert(class.class.clone());
                }
                for segment in &segments {
                    let classes = forecast.classes.entry((segment.clone(), dimension.clone())).or_default();
                    *classes.entry(class.class.clone()).or_default() += 1;
                }
            }
        })?;
        Ok(forecast)
    }

    fn count(&self, segment: Option<&Segment>, dimension: &str, class: &str) -> u64 {
        let classes = self.classes.get(&(segment.cloned(), dimension.to_owned()));
        classes.and_then(|classes| classes.get(class)).copied().unwrap_or_default()
    }

    fn is_scored(&self, dimension: &str, class: &str) -> bool {
        self.scored.get(dimension).is_none_or(|classes| classes.contains(class))
    }
}

/// Compares two forecasts on the dimensions that some rules decide: of everybody, and of the segments of the rules that
/// have some.
pub(super) fn compare(
    ruleset: &Ruleset,
    rules: &BTreeMap<&str, Vec<Segment>>,
    before: &Forecast,
    after: &Forecast,
    texts: &Texts,
) -> Vec<DimensionForecast> {
    let mut forecasts = Vec::new();
    for dimension in ruleset.dimensions.iter() {
        let deciders = rules.iter().filter(|(rule, _)| {
            ruleset.hooks.rule(rule).is_some_and(|rule| rule.meta().dimensions.contains(&dimension.id))
        });
        let deciders: Vec<&Vec<Segment>> = deciders.map(|(_, segments)| segments).collect();
        if deciders.is_empty() {
            continue;
        }
        let segments: BTreeSet<&Segment> = deciders.into_iter().flatten().collect();
        for segment in std::iter::once(None).chain(segments.into_iter().map(Some)) {
            let classes = texts.classes(dimension).into_iter().map(|class| ClassForecast {
                now: before.count(segment, &dimension.id, &class.id),
                then: after.count(segment, &dimension.id, &class.id),
                waits: !before.is_scored(&dimension.id, &class.id) && !after.is_scored(&dimension.id, &class.id),
                class,
            });
            forecasts.push(DimensionForecast {
                dimension: texts.dimension(dimension),
                segment: segment.map(|segment| segment.head(texts)),
                classes: classes.filter(|class| class.now + class.then > 0).collect(),
            });
        }
    }
    forecasts
}
