//! Projecting: a batch of records to the fields that rules read, column by column.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;

use tierhook_features::{FieldContext, Seen};
use tierhook_hooks::{Column, Frame, Stratum};
use tierhook_model::{Day, Field, FieldSource, FieldType, Record, RecordId, ValueRef};

use crate::{Conventions, Engine, Generation};

/// Projects one batch for one stratum after the other. What a field says is computed once, however many strata read
/// it; only what the strata before decided is looked up anew.
#[derive(Debug)]
pub(crate) struct Projector<'a> {
    generation: &'a Generation,
    ids: Arc<[RecordId]>,
    seen: Vec<Seen<'a>>,
    computed: HashMap<Arc<str>, Arc<Column>>,
}

impl<'a> Projector<'a> {
    pub(crate) fn new(records: &[&'a Record], generation: &'a Generation, conventions: &Conventions, day: Day) -> Self {
        let columns = generation.ruleset.hooks.strata().iter().map(|stratum| stratum.columns.len()).sum();
        let context = FieldContext { population: &generation.population, day, currency: conventions.currency };
        Self {
            generation,
            ids: records.iter().map(|record| record.id).collect(),
            seen: records.iter().map(|record| Seen::new(record, &context)).collect(),
            computed: HashMap::with_capacity(columns),
        }
    }

    /// Builds the frame of a stratum: the fields that its rules read, for all records. `class` tells what was decided
    /// for the record in a row on a dimension.
    pub(crate) fn frame<'c>(&mut self, stratum: &Stratum, class: impl Fn(usize, &str) -> Option<&'c str>) -> Frame
    where
        'a: 'c,
    {
        let columns = stratum.columns.iter().map(|name| {
            if let Some(column) = self.computed.get(name) {
                return column.clone();
            }
            let field = self.generation.ruleset.catalogue.get(name);
            let column = Arc::new(self.column(name, field, &class));
            if !field.is_some_and(|field| matches!(field.source, FieldSource::Class(_))) {
                self.computed.insert(name.clone(), column.clone());
            }
            column
        });
        let columns = columns.collect();
        Frame::new(self.ids.clone(), columns, stratum.columns.clone())
    }

    /// Computes one field of all records; one that the catalogue has not is known of nobody.
    fn column<'c>(
        &self,
        name: &Arc<str>,
        field: Option<&Field>,
        class: impl Fn(usize, &str) -> Option<&'c str>,
    ) -> Column
    where
        'a: 'c,
    {
        let mut column = Column::new(name.clone(), field.map_or(FieldType::Text, |field| field.ty), self.seen.len());
        let seen = self.seen.iter();
        // Which kind of field it is, is found once for all records.
        match field.map(|field| &field.source) {
            None => column.extend(seen.map(|_| None)),
            Some(FieldSource::Class(dimension)) => {
                column.extend((0..self.seen.len()).map(|row| class(row, dimension).map(ValueRef::Text)));
            }
            // Of a class that is no more, rules see the one that takes its place.
            Some(FieldSource::StandingClass(of)) => {
                let dimension = self.generation.ruleset.dimensions.get(of);
                let mut place = 0;
                column.extend(seen.map(|seen| {
                    let held = seen.record().standing.class_near(of, &mut place)?.class.as_str();
                    Some(ValueRef::Text(dimension.map_or(held, |dimension| dimension.successor(held))))
                }));
            }
            Some(FieldSource::Feature(key)) => column.extend(seen.map(|seen| seen.feature(*key))),
            Some(FieldSource::Profile(key)) => {
                column.extend(seen.map(|seen| seen.record().profile.get(*key).map(ValueRef::from)));
            }
            Some(source) => column.extend(seen.map(|seen| seen.value(source))),
        }
        column
    }
}

impl Engine {
    /// Projects records to what each stratum of the active rules reads, as if what stands had just been decided. The
    /// book's day must not lie before the newest fact of a record.
    pub fn project(&self, records: &[Record]) -> Vec<Frame> {
        let snapshot = self.snapshot();
        let generation = &*snapshot.generation;
        let views: Vec<&Record> = records.iter().collect();
        let mut projector = Projector::new(&views, generation, &self.conventions, snapshot.clock.day);
        let place = Cell::new(0);
        let class = |row: usize, dimension: &str| {
            let mut near = place.get();
            let held = records[row].standing.class_near(dimension, &mut near);
            place.set(near);
            held.map(|held| held.class.as_str())
        };
        generation.ruleset.hooks.strata().iter().map(|stratum| projector.frame(stratum, class)).collect()
    }
}
