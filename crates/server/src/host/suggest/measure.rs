//! What parameters are measured by.

use std::collections::BTreeMap;

use tierhook_features::{Allowed, End, Spread};
use tierhook_hooks::{DescribedParameter, Measured, ParameterValue, Part};
use tierhook_model::{RecordId, Value};

use super::Texts;
use super::forecast::Forecast;
use crate::api::ClassHead;

/// The customers in one class of a dimension.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Segment {
    pub(super) dimension: String,
    pub(super) class: String,
}

impl Segment {
    /// The class for people.
    pub(super) fn head(&self, texts: &Texts) -> ClassHead {
        ClassHead { id: self.class.clone(), name: texts.class_name(&self.dimension, &self.class) }
    }
}

/// The values of fields and the shares of points of all customers, and who is in which segment.
#[derive(Clone, Debug, Default)]
pub(super) struct Measures {
    fields: BTreeMap<String, Vec<(RecordId, f64)>>,
    scores: BTreeMap<String, Vec<(RecordId, f64)>>,
    members: BTreeMap<String, BTreeMap<RecordId, String>>,
}

impl Measures {
    pub(super) fn of_fields(fields: BTreeMap<String, Vec<(RecordId, f64)>>, forecast: &Forecast) -> Self {
        Self { fields, scores: BTreeMap::new(), members: forecast.members.clone() }
    }

    /// The same with the points as they are forecast.
    pub(super) fn with_scores(self, forecast: &Forecast) -> Self {
        Self { scores: forecast.shares.clone(), ..self }
    }

    /// How the values of everybody lie, or of those in a segment.
    pub(super) fn get(&self, of: &Measured, segment: Option<&Segment>) -> Option<Spread> {
        let values = match of {
            Measured::Field(field) => self.fields.get(field)?,
            Measured::Score(dimension) => self.scores.get(dimension)?,
        };
        let Some(segment) = segment else { return Some(Spread::new(values.iter().map(|(_, value)| *value))) };
        let members = self.members.get(&segment.dimension)?;
        let inside = values.iter().filter(|(record, _)| members.get(record) == Some(&segment.class));
        Some(Spread::new(inside.map(|(_, value)| *value)))
    }
}

pub(super) fn end(part: Part) -> End {
    match part {
        Part::Top(_) => End::Top,
        Part::Bottom(_) => End::Bottom,
    }
}

/// The numbers that a parameter may be.
pub(super) fn allowed(parameter: &DescribedParameter) -> Allowed {
    Allowed {
        min: parameter.min.unwrap_or(f64::MIN),
        max: parameter.max.unwrap_or(f64::MAX),
        whole: matches!(parameter.value, ParameterValue::Integer(_)),
    }
}

/// A value as a number, if it is one.
pub(in crate::host) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Decimal(number) => Some(*number),
        _ => None,
    }
}
