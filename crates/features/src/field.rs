//! Fields: the value of any field of the catalogue, for one record.

use tierhook_model::{Currency, Day, FieldSource, Population, Record, Value};

use crate::{Observation, feature};

/// What fields are computed from besides the record itself.
#[derive(Clone, Copy, Debug)]
pub struct FieldContext<'a> {
    /// What the book tells.
    pub population: &'a Population,
    /// The day as of which fields are computed. It must not lie before the newest fact of a record.
    pub day: Day,
    /// The book's base currency.
    pub currency: Currency,
}

impl<'a> FieldContext<'a> {
    /// Observes a record as it stands.
    pub fn observe(&self, record: &'a Record) -> Observation<'a> {
        Observation {
            profile: &record.profile,
            aggregates: &record.aggregates,
            population: self.population,
            day: self.day,
            currency: self.currency,
        }
    }
}

/// Returns the value of a field for one record; `None` is missing. `classes` gives the class that this evaluation
/// has decided on a dimension, `None` if it has not.
pub fn field_value(
    source: &FieldSource,
    record: &Record,
    context: &FieldContext<'_>,
    classes: &dyn Fn(&str) -> Option<String>,
) -> Option<Value> {
    let standing = &record.standing;
    match source {
        FieldSource::ExternalId => Some(Value::Text(record.external.id.clone())),
        FieldSource::Profile(key) => record.profile.get(*key).cloned(),
        FieldSource::Consents => consents(record),
        FieldSource::Feature(key) => feature(*key, &context.observe(record)),
        FieldSource::Measure(name) => {
            let measures = &record.aggregates.measures;
            let at = measures.binary_search_by(|latest| latest.name.as_str().cmp(name)).ok()?;
            Some(Value::Decimal(measures[at].value))
        }
        FieldSource::Custom(name) => record.profile.custom(name).cloned(),
        FieldSource::StandingClass(dimension) => standing.class(dimension).map(|held| Value::Text(held.class.clone())),
        FieldSource::StandingDays(dimension) => {
            standing.class(dimension).map(|held| Value::Integer(context.day.since(held.since).max(0).into()))
        }
        FieldSource::OpenFollowUps => {
            let open = standing.follow_ups.iter().filter(|follow_up| follow_up.state.is_open()).count();
            Some(Value::Integer(open as i64))
        }
        FieldSource::LastChurnCause => standing.last_churn_cause.clone().map(Value::Text),
        FieldSource::Class(dimension) => classes(dimension).map(Value::Text),
    }
}

/// No consent at all and no word on consents are two things.
fn consents(record: &Record) -> Option<Value> {
    let consents = &record.profile.consents;
    let given = consents.iter().filter(|consent| consent.given).map(|consent| consent.purpose.clone());
    (!consents.is_empty()).then(|| Value::TextList(given.collect()))
}

#[cfg(test)]
mod tests;
