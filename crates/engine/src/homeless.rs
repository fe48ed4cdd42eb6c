//! Whom dimensions leave without a class: those whose class is no more and who were given no other.

use std::collections::{BTreeMap, BTreeSet};

use tierhook_model::{Day, Dimensions, Record, UNRATED};

use crate::book::BATCH;
use crate::{Engine, EngineError};

/// A class that is no more, or a whole dimension, and who is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Homeless {
    /// The dimension.
    pub dimension: String,
    /// The class; `None` if the whole dimension is no more.
    pub class: Option<String>,
    /// How many records are in it, those by a person's word among them.
    pub records: u64,
    /// How many of them are by a person's word.
    pub by_word: u64,
}

impl Engine {
    /// Counts whom other dimensions would leave without a class. Where every id of the active dimensions leads on to one
    /// of the new ones, nobody is asked.
    ///
    /// # Errors
    /// [`EngineError::Read`] if the store cannot be read.
    pub fn homeless(&self, dimensions: &Dimensions) -> Result<Vec<Homeless>, EngineError> {
        let snapshot = self.snapshot();
        let active = &snapshot.generation.ruleset;
        if !active.digest.is_empty() && leads_on(&active.dimensions, dimensions) {
            return Ok(Vec::new());
        }
        let mut found: BTreeMap<(String, Option<String>), (u64, u64)> = BTreeMap::new();
        let mut after = None;
        loop {
            let batch = self.store.scan(after, BATCH)?;
            let Some(last) = batch.last() else { break };
            after = Some(last.record.id);
            for stored in batch.iter().filter(|stored| stored.record.is_listed()) {
                let (standing, by_word) = lost(&stored.record, dimensions, snapshot.clock.day);
                for lost in standing.union(&by_word) {
                    let counts = found.entry(lost.clone()).or_default();
                    counts.0 += 1;
                    counts.1 += u64::from(by_word.contains(lost));
                }
            }
        }
        let homeless = |((dimension, class), (records, by_word))| Homeless { dimension, class, records, by_word };
        Ok(found.into_iter().map(homeless).collect())
    }
}

/// Tells whether every dimension and class of the old ones, former ids too, has its place in the new ones.
fn leads_on(old: &Dimensions, new: &Dimensions) -> bool {
    let place = |dimension: &str, class: &str| home(new, dimension, class).is_ok();
    old.iter().all(|dimension| {
        let classes = dimension.classes.iter().flat_map(|class| class.was.iter().chain([&class.id]));
        let classes: Vec<&String> = classes.chain(dimension.removed.keys()).collect();
        dimension.was.iter().chain([&dimension.id]).all(|id| classes.iter().all(|class| place(id, class)))
    })
}

/// Looks for the place of a class in other dimensions: `Err` with what there is none of.
fn home(dimensions: &Dimensions, dimension: &str, class: &str) -> Result<(), (String, Option<String>)> {
    match dimensions.present(dimension) {
        Some(found) if class == UNRATED || found.allows(found.successor(class)) => Ok(()),
        Some(found) => Err((found.id.clone(), Some(class.to_owned()))),
        None if dimensions.gave_up(dimension) => Ok(()),
        None => Err((dimension.to_owned(), None)),
    }
}

type Lost = BTreeSet<(String, Option<String>)>;

/// The classes of a record that have no place: those it stands in, and those by a person's word.
fn lost(record: &Record, dimensions: &Dimensions, day: Day) -> (Lost, Lost) {
    let standing = record.standing.classes.iter();
    let standing = standing.filter(|it| it.class != UNRATED);
    let standing = standing.filter_map(|it| home(dimensions, &it.dimension, &it.class).err());
    let words = record.aggregates.overrides.iter().filter(|(_, word)| word.holds_on(day));
    let words = words.filter_map(|(dimension, word)| home(dimensions, dimension, &word.class).err());
    (standing.collect(), words.collect())
}
