//! Fields: the value of any field of the catalogue, for one record.

use std::cell::OnceCell;

use tierhook_model::{Currency, Day, FeatureKey, FieldSource, Population, Record, Value, ValueRef};

use crate::Observation;
use crate::feature::{NextPurchase, look};

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
    match source {
        FieldSource::Class(dimension) => classes(dimension).map(Value::Text),
        _ => Seen::new(record, context).value(source).map(|value| value.to_value()),
    }
}

/// One record of which several fields are asked for. What they have in common is computed once.
#[derive(Debug)]
pub struct Seen<'a> {
    record: &'a Record,
    observation: Observation<'a>,
    next: OnceCell<Option<NextPurchase<'a>>>,
}

impl<'a> Seen<'a> {
    /// Looks at a record.
    pub fn new(record: &'a Record, context: &FieldContext<'a>) -> Self {
        Self { record, observation: context.observe(record), next: OnceCell::new() }
    }

    /// The record.
    pub fn record(&self) -> &'a Record {
        self.record
    }

    /// Returns the value of a feature where it lies; `None` is missing.
    pub fn feature(&self, key: FeatureKey) -> Option<ValueRef<'a>> {
        look(key, &self.observation, &self.next)
    }

    /// Returns the value of a field where it lies; `None` is missing. What an evaluation decides is not known here.
    pub fn value(&self, source: &FieldSource) -> Option<ValueRef<'a>> {
        let record = self.record;
        let standing = &record.standing;
        match source {
            FieldSource::ExternalId => Some(ValueRef::Text(&record.external.id)),
            FieldSource::Profile(key) => record.profile.get(*key).map(ValueRef::from),
            FieldSource::Consents => consents(record),
            FieldSource::Feature(key) => self.feature(*key),
            FieldSource::Measure(name) => {
                let measures = &record.aggregates.measures;
                let at = measures.binary_search_by(|latest| latest.name.as_str().cmp(name)).ok()?;
                Some(ValueRef::Decimal(measures[at].value))
            }
            FieldSource::Custom(name) => record.profile.custom(name).map(ValueRef::from),
            FieldSource::StandingClass(dimension) => standing.class(dimension).map(|held| ValueRef::Text(&held.class)),
            FieldSource::StandingDays(dimension) => {
                let day = self.observation.day;
                standing.class(dimension).map(|held| ValueRef::Integer(day.since(held.since).max(0).into()))
            }
            FieldSource::OpenFollowUps => {
                let open = standing.follow_ups.iter().filter(|follow_up| follow_up.state.is_open()).count();
                Some(ValueRef::Integer(open as i64))
            }
            FieldSource::LastChurnCause => standing.last_churn_cause.as_deref().map(ValueRef::Text),
            FieldSource::Class(_) => None,
        }
    }
}

/// No consent at all and no word on consents are two things.
fn consents(record: &Record) -> Option<ValueRef<'_>> {
    let consents = &record.profile.consents;
    let given = consents.iter().filter(|consent| consent.given).map(|consent| consent.purpose.as_str());
    (!consents.is_empty()).then(|| ValueRef::TextList(given.collect()))
}

#[cfg(test)]
mod tests;
