//! Dimensions and their classes.

mod edit;
pub(super) mod meant;

use std::collections::HashMap;

use tierhook_model::Dimension;

use super::Host;
use super::failure::api;
use super::text::Texts;
use crate::api::{Answer, ApiError, ClassDefinition, DimensionList, DimensionRow};

impl Host {
    /// Lists the dimensions with their classes, and how many customers are in each.
    pub(super) fn dimensions(&self, texts: &Texts) -> Result<Answer, ApiError> {
        let mut customers = 0;
        let mut counts: HashMap<(String, String), u64> = HashMap::new();
        self.engine
            .for_each_record(|record| {
                customers += 1;
                for standing in record.standing.classes {
                    *counts.entry((standing.dimension, standing.class)).or_default() += 1;
                }
            })
            .map_err(api)?;
        let count = |dimension: &str, class: &str| {
            counts.get(&(dimension.to_owned(), class.to_owned())).copied().unwrap_or_default()
        };
        let dimensions = texts.snapshot.generation.ruleset.dimensions.iter();
        let rows = dimensions.map(|dimension| row(dimension, customers, &count, texts)).collect();
        Ok(Answer::Dimensions(DimensionList { rows }))
    }
}

fn row(dimension: &Dimension, customers: u64, count: &dyn Fn(&str, &str) -> u64, texts: &Texts) -> DimensionRow {
    let classes: Vec<ClassDefinition> = dimension
        .classes
        .iter()
        .map(|class| ClassDefinition {
            id: class.id.clone(),
            name: texts.class_name(&dimension.id, &class.id),
            description: class.description.get(texts.language).to_owned(),
            icon: class.icon.clone(),
            colour: class.colour.clone(),
            from: dimension.bands.iter().find(|band| band.class == class.id).map(|band| band.from),
            count: count(&dimension.id, &class.id),
        })
        .collect();
    let classed: u64 = classes.iter().map(|class| class.count).sum();
    let rules = texts.snapshot.generation.ruleset.hooks.rules().iter().map(|rule| rule.meta());
    DimensionRow {
        dimension: texts.dimension(dimension),
        description: dimension.description.get(texts.language).to_owned(),
        icon: dimension.icon.clone(),
        colour: dimension.colour.clone(),
        combine: dimension.combine,
        on_fault: dimension.on_fault,
        default_class: dimension.default_class.clone(),
        rules: rules.filter(|meta| meta.dimensions.contains(&dimension.id)).map(|meta| meta.name.clone()).collect(),
        classes,
        unrated: customers.saturating_sub(classed),
    }
}
