//! Foreseeing: what other rules, or the same ones on another day, would say about the whole book, deciding nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use tierhook_features::PopulationBuilder;
use tierhook_hooks::Ruleset;
use tierhook_model::{Day, GenerationId, Population, Record};

use crate::evaluate::evaluate;
use crate::{Engine, EngineError, Generation};

/// How many records are held at a time.
const BATCH: usize = 1024;
/// How many records one core evaluates at a time.
const SHARE: usize = 128;

/// What rules would say about one record.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Foreseen {
    /// The class that the rules alone give, by dimension, with the share of points where points decide.
    pub classes: BTreeMap<String, ForeseenClass>,
    /// The causes of the warnings that they would raise.
    pub warnings: Vec<String>,
}

/// The class that the rules alone give.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ForeseenClass {
    /// The class.
    pub class: String,
    /// The share of the points that can be had in known groups, 0 to 1.
    pub share: Option<f64>,
}

impl Engine {
    /// Runs a set of rules on every record as of the end of a day, `None` being the book's, and calls `each` in the order
    /// of their numbers. Nothing is decided or written. On a past day records are as [`Engine::records_on`] tells them,
    /// and so is what the whole book told then.
    ///
    /// # Errors
    /// [`EngineError::Read`] if the store cannot be read.
    pub fn foresee(
        &self,
        ruleset: &Arc<Ruleset>,
        day: Option<Day>,
        mut each: impl FnMut(&Record, Foreseen),
    ) -> Result<(), EngineError> {
        let snapshot = self.snapshot();
        let today = snapshot.clock.day;
        let day = day.unwrap_or(today);
        let population =
            if day == today { snapshot.generation.population.clone() } else { Arc::new(self.population_of(day)?) };
        let generation = Generation { id: GenerationId::default(), ruleset: ruleset.clone(), population };
        let mut batch = Vec::with_capacity(BATCH);
        let mut failed = None;
        let mut run = |batch: &mut Vec<Record>| {
            match self.foresee_batch(batch, &generation, day) {
                Ok(foreseen) => batch.iter().zip(foreseen).for_each(|(record, foreseen)| each(record, foreseen)),
                Err(error) => drop(failed.get_or_insert(error)),
            }
            batch.clear();
        };
        self.records_on(Some(day), |record| {
            batch.push(record);
            if batch.len() == BATCH {
                run(&mut batch);
            }
        })?;
        run(&mut batch);
        failed.map_or(Ok(()), Err)
    }

    /// What the whole book told at the end of a day.
    fn population_of(&self, day: Day) -> Result<Population, EngineError> {
        let mut builder = PopulationBuilder::new(day);
        self.records_on(Some(day), |record| builder.observe(&record.aggregates))?;
        Ok(builder.finish(self.snapshot().connected))
    }

    fn foresee_batch(&self, batch: &[Record], generation: &Generation, day: Day) -> Result<Vec<Foreseen>, EngineError> {
        let shares = batch.par_chunks(SHARE).map(|share| {
            let told = self.told(share, &generation.ruleset.hooks, day, &[])?;
            let evaluation = evaluate(share, &told, generation, &self.conventions, day);
            let foresee = |row: usize| Foreseen {
                classes: evaluation
                    .decided(row)
                    .filter_map(|(dimension, decided)| {
                        let share = decided.score.as_ref().and_then(|score| score.share);
                        let class = ForeseenClass { class: decided.by_rules.clone()?, share };
                        Some((dimension.to_owned(), class))
                    })
                    .collect(),
                warnings: evaluation
                    .warnings(row)
                    .filter_map(|wishes| wishes.result.ok())
                    .flat_map(|wishes| wishes.warnings.iter().map(|warning| warning.cause.clone()))
                    .collect(),
            };
            Ok((0..share.len()).map(foresee).collect::<Vec<_>>())
        });
        Ok(shares.collect::<Result<Vec<_>, EngineError>>()?.concat())
    }
}
