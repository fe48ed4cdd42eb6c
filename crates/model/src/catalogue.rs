//! The field catalogue: every input that a rule may read, in one table.

mod feature;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

pub use feature::FeatureKey;

use crate::{Dimensions, FieldType, ProfileKey, Text};

/// The unit of a field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// No unit.
    None,
    /// Civil days.
    Days,
    /// Major units of the book's base currency.
    Money,
    /// A number of things.
    Count,
    /// One number divided by another.
    Ratio,
    /// Points from 1 (bad) to 5 (good).
    Points,
}

/// How carefully a field's value has to be treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// Anybody may see it.
    Public,
    /// For the company.
    Internal,
    /// It identifies a person.
    Pii,
    /// The law or decency protects it.
    Sensitive,
}

/// Where fields stand in the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldGroup {
    /// Who the customer is.
    Profile,
    /// Computed from facts.
    Feature,
    /// The latest value of a named measure.
    Measure,
    /// What the company added to the profile.
    Custom,
    /// What was decided earlier.
    Standing,
    /// What this evaluation has decided already.
    Class,
}

/// Where a field's value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FieldSource {
    /// The record's id in its source.
    ExternalId,
    /// A field of the profile.
    Profile(ProfileKey),
    /// The purposes that the customer consented to.
    Consents,
    /// A feature.
    Feature(FeatureKey),
    /// A named measure.
    Measure(String),
    /// A custom field.
    Custom(String),
    /// The class on a dimension as it stood before this evaluation.
    StandingClass(String),
    /// Days in that class.
    StandingDays(String),
    /// The number of open follow-ups before this evaluation.
    OpenFollowUps,
    /// The cause of the last churn warning.
    LastChurnCause,
    /// The class on a dimension as this evaluation decided it.
    Class(String),
}

/// A field: a named, typed, documented input of rules.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The name as rules write it after `customer.`, for example `recency_days` or `measure.assets`.
    pub name: String,
    /// The type of its values.
    pub ty: FieldType,
    /// The unit of its values.
    pub unit: Unit,
    /// How carefully it has to be treated.
    pub label: Label,
    /// Where it stands in the catalogue.
    pub group: FieldGroup,
    /// What it means.
    pub description: Text,
    /// How it is computed, and when it is missing.
    pub computed: String,
    /// Where its value comes from.
    pub source: FieldSource,
}

/// A field that the company declares in `fields.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomField {
    /// The name: lower case letters, digits and `_`.
    pub name: String,
    /// The type of its values.
    #[serde(rename = "type")]
    pub ty: FieldType,
    /// How carefully it has to be treated.
    #[serde(default = "pii")]
    pub label: Label,
    /// What it means.
    #[serde(default)]
    pub description: Text,
}

fn pii() -> Label {
    Label::Pii
}

/// All fields of a book.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Catalogue {
    fields: Vec<Field>,
    by_name: HashMap<String, usize>,
}

impl Catalogue {
    /// Makes the catalogue of the built-in fields, the fields of the dimensions, custom fields and measures.
    pub fn new(dimensions: &Dimensions, custom: &[CustomField], measures: &[CustomField]) -> Self {
        let mut catalogue = Self::default();
        catalogue.add_profile();
        for key in FeatureKey::ALL {
            catalogue.add(key.field());
        }
        for measure in measures {
            let source = FieldSource::Measure(measure.name.clone());
            let computed = "The latest value by the day of the measure; missing without one.";
            catalogue.add(declared(measure, "measure", FieldGroup::Measure, source, computed));
        }
        for field in custom {
            let source = FieldSource::Custom(field.name.clone());
            let computed = "As the source says; missing where it says nothing.";
            catalogue.add(declared(field, "custom", FieldGroup::Custom, source, computed));
        }
        catalogue.add_decided(dimensions);
        catalogue
    }

    /// Returns the field with a name.
    pub fn get(&self, name: &str) -> Option<&Field> {
        self.by_name.get(name).map(|at| &self.fields[*at])
    }

    /// Iterates over all fields in the catalogue's order.
    pub fn iter(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter()
    }

    fn add(&mut self, field: Field) {
        self.by_name.insert(field.name.clone(), self.fields.len());
        self.fields.push(field);
    }

    fn add_profile(&mut self) {
        self.add(Field {
            name: "id".into(),
            ty: FieldType::Text,
            unit: Unit::None,
            label: Label::Internal,
            group: FieldGroup::Profile,
            description: Text::new("Id in the source that brought the customer first.", "来源系统中的客户编号"),
            computed: "As the source says.".into(),
            source: FieldSource::ExternalId,
        });
        for key in ProfileKey::ALL {
            let (en, zh) = key.describe();
            self.add(Field {
                name: key.name().into(),
                ty: key.field_type(),
                unit: Unit::None,
                label: key.label(),
                group: FieldGroup::Profile,
                description: Text::new(en, zh),
                computed: "As the source says; missing where it says nothing.".into(),
                source: FieldSource::Profile(*key),
            });
        }
        self.add(Field {
            name: "consents".into(),
            ty: FieldType::TextList,
            unit: Unit::None,
            label: Label::Internal,
            group: FieldGroup::Profile,
            description: Text::new("Purposes that the customer consented to.", "客户已同意的用途"),
            computed: "The latest word on each purpose, where it is a yes; missing if there never was a word.".into(),
            source: FieldSource::Consents,
        });
    }

    fn add_decided(&mut self, dimensions: &Dimensions) {
        let plain = |name: String, ty, unit, group, description, computed: &str, source| Field {
            name,
            ty,
            unit,
            label: Label::Internal,
            group,
            description,
            computed: computed.to_owned(),
            source,
        };
        for dimension in dimensions.iter() {
            let (id, en, zh) = (&dimension.id, &dimension.name.en, &dimension.name.zh);
            self.add(plain(
                format!("standing.{id}"),
                FieldType::Text,
                Unit::None,
                FieldGroup::Standing,
                Text::new(format!("{en} before this evaluation."), format!("本次评估前的{zh}")),
                "The class that stood; missing before the first grading.",
                FieldSource::StandingClass(id.clone()),
            ));
            self.add(plain(
                format!("standing_days.{id}"),
                FieldType::Integer,
                Unit::Days,
                FieldGroup::Standing,
                Text::new(format!("Days in the standing {en}."), format!("处于当前{zh}的天数")),
                "Civil days since the class was given; missing before the first grading.",
                FieldSource::StandingDays(id.clone()),
            ));
            self.add(plain(
                format!("class.{id}"),
                FieldType::Text,
                Unit::None,
                FieldGroup::Class,
                Text::new(format!("{en} as this evaluation decided it."), format!("本次评估得出的{zh}")),
                "Decided now, after combining and overrides; a rule that reads it runs after those that decide it.",
                FieldSource::Class(id.clone()),
            ));
        }
        self.add(plain(
            "open_follow_ups".into(),
            FieldType::Integer,
            Unit::Count,
            FieldGroup::Standing,
            Text::new("Open follow-ups before this evaluation.", "本次评估前未完成的跟进数"),
            "Open and snoozed ones.",
            FieldSource::OpenFollowUps,
        ));
        self.add(plain(
            "last_churn_cause".into(),
            FieldType::Text,
            Unit::None,
            FieldGroup::Standing,
            Text::new("Cause of the last churn warning.", "最近一次流失预警的原因"),
            "Missing if there never was one.",
            FieldSource::LastChurnCause,
        ));
    }
}

fn declared(field: &CustomField, prefix: &str, group: FieldGroup, source: FieldSource, computed: &str) -> Field {
    Field {
        name: format!("{prefix}.{}", field.name),
        ty: field.ty,
        unit: Unit::None,
        label: field.label,
        group,
        description: field.description.clone(),
        computed: computed.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_named_once_and_described_in_both_languages() {
        let catalogue = Catalogue::new(&Dimensions::default(), &[], &[]);
        assert_eq!(catalogue.by_name.len(), catalogue.fields.len());
        for field in catalogue.iter() {
            assert!(!field.description.en.is_empty() && !field.description.zh.is_empty(), "{}", field.name);
            assert!(field.computed.ends_with('.'), "{}", field.name);
        }
    }
}
