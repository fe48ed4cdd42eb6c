//! Projecting: a batch of records to the fields that rules read, column by column.

use std::collections::HashMap;

use tierhook_features::{FieldContext, field_value};
use tierhook_hooks::{Column, Frame, FrameBuilder, Stratum};
use tierhook_model::{Day, Field, FieldSource, Record, Value};

use crate::{Conventions, Engine, Generation};

/// Projects one batch for one stratum after the other. What a field says is computed once, however many strata read
/// it; only what the strata before decided is looked up anew.
#[derive(Debug, Default)]
pub(crate) struct Projector {
    computed: HashMap<String, Column>,
}

impl Projector {
    /// Builds the frame of a stratum: the fields that its rules read, for all records. `class` tells what was decided
    /// for the record in a row on a dimension.
    pub(crate) fn frame(
        &mut self,
        stratum: &Stratum,
        records: &[Record],
        (generation, conventions, day): (&Generation, &Conventions, Day),
        class: impl Fn(usize, &str) -> Option<String>,
    ) -> Frame {
        let (catalogue, dimensions) = (&generation.ruleset.catalogue, &generation.ruleset.dimensions);
        let fields: Vec<&Field> = stratum.columns.iter().filter_map(|name| catalogue.get(name)).collect();
        let new: Vec<&Field> =
            fields.iter().copied().filter(|field| !self.computed.contains_key(&field.name)).collect();
        let context = FieldContext { population: &generation.population, day, currency: conventions.currency };
        let mut builder = FrameBuilder::new(new.iter().map(|field| (field.name.as_str(), field.ty)), records.len());
        for (row, record) in records.iter().enumerate() {
            let class = |dimension: &str| class(row, dimension);
            builder.push(record.id, |column| {
                let source = &new[column].source;
                let value = field_value(source, record, &context, &class);
                match (source, &value) {
                    // Of a class that is no more, rules see the one that takes its place.
                    (FieldSource::StandingClass(of), Some(Value::Text(class))) => {
                        let class = dimensions.get(of).map_or(class.as_str(), |it| it.successor(class));
                        Some(Value::Text(class.to_owned()))
                    }
                    _ => value,
                }
            });
        }
        let (ids, columns) = builder.finish().into_parts();
        self.computed.extend(new.iter().map(|field| field.name.clone()).zip(columns));
        let columns = fields.iter().filter_map(|field| self.computed.get(&field.name).cloned()).collect();
        let frame = Frame::from_parts(ids, columns);
        self.computed.retain(|name, _| {
            !new.iter().any(|field| field.name == *name && matches!(field.source, FieldSource::Class(_)))
        });
        frame
    }
}

impl Engine {
    /// Projects records to what each stratum of the active rules reads, as if what stands had just been decided. The
    /// book's day must not lie before the newest fact of a record.
    pub fn project(&self, records: &[Record]) -> Vec<Frame> {
        let snapshot = self.snapshot();
        let generation = &*snapshot.generation;
        let mut projector = Projector::default();
        let class = |row: usize, dimension: &str| Some(records[row].standing.class(dimension)?.class.clone());
        let as_of = (generation, &self.conventions, snapshot.clock.day);
        let strata = generation.ruleset.hooks.strata().iter();
        strata.map(|stratum| projector.frame(stratum, records, as_of, class)).collect()
    }
}
