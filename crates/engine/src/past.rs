//! Fields of records as of a day, also a past one.

use tierhook_features::{FieldContext, field_value, replay};
use tierhook_model::{Change, ClassStanding, Day, ExternalRef, Field, FieldSource, Record, RecordId, Standing, Value};

use crate::{Engine, EngineError};

/// The values of some fields of one record.
#[derive(Clone, Debug, PartialEq)]
pub struct PastRow {
    /// The record.
    pub record: RecordId,
    /// What it is called in its source.
    pub external: ExternalRef,
    /// One value for each field; `None` is missing.
    pub values: Vec<Option<Value>>,
}

impl Engine {
    /// Computes fields of every record as of the end of a day, in the order of their numbers. A past day answers from
    /// replayed facts and, for classes, from kept decisions; it never writes. Records that were not there yet are
    /// left out.
    ///
    /// # Errors
    /// [`EngineError::Read`] if the store cannot be read.
    pub fn fields_on(
        &self,
        day: Option<Day>,
        fields: &[&Field],
        mut each: impl FnMut(PastRow),
    ) -> Result<(), EngineError> {
        let snapshot = self.snapshot();
        let today = snapshot.clock.day;
        let day = day.unwrap_or(today);
        let past = day < today;
        let computed;
        let population = if past || day > today {
            let builder = self.observe_on(day, |day, record| self.on_day(day, record, &[]))?;
            computed = builder.finish(snapshot.connected);
            &computed
        } else {
            &*snapshot.generation.population
        };
        let context = FieldContext { population, day, currency: self.conventions.currency };
        self.records_on(Some(day), |record| {
            let class = |dimension: &str| Some(record.standing.class(dimension)?.class.clone());
            let value = |field: &&Field| field_value(&field.source, &record, &context, &class);
            let values = fields.iter().map(|field| if past && !is_kept(field) { None } else { value(field) }).collect();
            each(PastRow { record: record.id, external: record.external, values });
        })
    }

    /// Calls `each` for every record as it was at the end of a day, as [`Engine::fields_on`] sees it.
    ///
    /// # Errors
    /// [`EngineError::Read`] if the store cannot be read.
    pub fn records_on(&self, day: Option<Day>, mut each: impl FnMut(Record)) -> Result<(), EngineError> {
        let today = self.snapshot().clock.day;
        let day = day.unwrap_or(today);
        let mut failed = None;
        self.for_each_record(|record| {
            if failed.is_some() {
                return;
            }
            let brought =
                if day < today { self.past_record(day, record) } else { self.brought_to(day, record).map(Some) };
            match brought {
                Ok(Some(record)) => each(record),
                Ok(None) => {}
                Err(error) => failed = Some(error),
            }
        })?;
        failed.map_or(Ok(()), Err)
    }

    /// Reads one record as it was at the end of a day, as [`Engine::fields_on`] sees it; `None` if nothing was known
    /// of it then. Which follow-ups and warnings were open on a past day is not kept: it has none.
    ///
    /// # Errors
    /// [`EngineError::NoRecord`] if there is none with this number.
    pub fn record_on(&self, id: RecordId, day: Day) -> Result<Option<Record>, EngineError> {
        let record = self.record(id)?;
        if day < self.snapshot().clock.day {
            self.past_record(day, record)
        } else {
            self.brought_to(day, record).map(Some)
        }
    }

    /// Brings a record back to the end of a past day; `None` if nothing was known of it then.
    fn past_record(&self, day: Day, record: Record) -> Result<Option<Record>, EngineError> {
        let mut record = record;
        if record.aggregates.last.is_some_and(|last| last.day > day) {
            let (profile, aggregates) = replay(record.id, &self.facts_of(&record)?, Some(day));
            if aggregates.facts == 0 {
                return Ok(None);
            }
            record = Record { profile, aggregates, ..record };
        }
        record.standing = Standing::default();
        // Newest last, so that the last decision up to the day is what remains.
        for (_, entry) in self.history(record.id, usize::MAX)?.into_iter().rev() {
            if entry.receipt.day > day {
                continue;
            }
            for change in entry.changes {
                let Change::Class(class_move) = change else { continue };
                record.standing.classes.retain(|standing| standing.dimension != class_move.dimension);
                let decided = entry.receipt.dimensions.iter().find(|it| it.dimension == class_move.dimension);
                record.standing.classes.push(ClassStanding {
                    overridden: decided.is_some_and(|it| it.overridden.is_some()),
                    dimension: class_move.dimension,
                    class: class_move.to,
                    since: entry.receipt.day,
                });
            }
        }
        Ok(Some(record))
    }
}

impl Engine {
    /// Computes fields of one record as of the end of a day; `None` is the book's day.
    ///
    /// # Errors
    /// [`EngineError::NoRecord`] if there is none with this number.
    pub fn fields_of(
        &self,
        id: RecordId,
        day: Option<Day>,
        fields: &[&Field],
    ) -> Result<Vec<Option<Value>>, EngineError> {
        let snapshot = self.snapshot();
        let today = snapshot.clock.day;
        let day = day.unwrap_or(today);
        let record = self.record(id)?;
        let nothing = || vec![None; fields.len()];
        let view = if day < today {
            let Some(record) = self.past_record(day, record)? else { return Ok(nothing()) };
            record
        } else {
            self.brought_to(day, record)?
        };
        let computed;
        let population = if day == today {
            &*snapshot.generation.population
        } else {
            let builder = self.observe_on(day, |day, record| self.on_day(day, record, &[]))?;
            computed = builder.finish(snapshot.connected);
            &computed
        };
        let context = FieldContext { population, day, currency: self.conventions.currency };
        let class = |dimension: &str| Some(view.standing.class(dimension)?.class.clone());
        let value = |field: &&Field| field_value(&field.source, &view, &context, &class);
        Ok(fields.iter().map(|field| if day < today && !is_kept(field) { None } else { value(field) }).collect())
    }
}

/// Tells whether a field can be told for a past day: how many follow-ups were open then, and what was feared, is not
/// kept.
fn is_kept(field: &Field) -> bool {
    !matches!(field.source, FieldSource::OpenFollowUps | FieldSource::LastChurnCause)
}
