//! What parameters are measured by.

use std::collections::BTreeMap;

use tierhook_features::{Allowed, End, Spread};
use tierhook_hooks::{DescribedParameter, Measured, ParameterValue, Part};
use tierhook_model::Value;

use super::forecast::Forecast;

/// How the values of fields and the shares of points lie over all customers.
#[derive(Clone, Debug, Default)]
pub(super) struct Measures {
    fields: BTreeMap<String, Spread>,
    scores: BTreeMap<String, Spread>,
}

impl Measures {
    pub(super) fn of_fields(values: BTreeMap<String, Vec<f64>>) -> Self {
        let fields = values.into_iter().map(|(field, values)| (field, Spread::new(values)));
        Self { fields: fields.collect(), scores: BTreeMap::new() }
    }

    /// The same with the points as they are forecast.
    pub(super) fn with_scores(self, forecast: &Forecast) -> Self {
        let scores = forecast.shares.iter().map(|(dimension, shares)| {
            let spread = Spread::new(shares.iter().copied());
            (dimension.clone(), spread)
        });
        Self { scores: scores.collect(), ..self }
    }

    pub(super) fn get(&self, of: &Measured) -> Option<&Spread> {
        match of {
            Measured::Field(field) => self.fields.get(field),
            Measured::Score(dimension) => self.scores.get(dimension),
        }
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
