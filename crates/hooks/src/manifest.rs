//! Manifests: what the author of a rule declares about it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tierhook_model::Text;

use crate::{Limits, Suggestion};

/// What the author of a rule declares about it. Everything may be left out.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Manifest {
    /// What the rule is for.
    pub description: Text,
    /// Where it stands among rules of the same stratum: lower first. Rules with the same order go by name.
    pub order: Option<i32>,
    /// Dimensions that it decides. Without this, those that its source names.
    pub dimensions: Option<Vec<String>>,
    /// Fields that it reads under a name that it computes.
    pub reads: Vec<String>,
    /// Dimensions by whose classes an operator may give parameters different values.
    pub segments: Vec<String>,
    /// Parameters by name.
    pub parameters: BTreeMap<String, Parameter>,
    /// What has to hold between parameters.
    pub checks: Vec<ParameterCheck>,
    /// Texts for the codes of reasons, actions, offers and suggestions.
    pub texts: BTreeMap<String, Text>,
    /// Names of the kinds of follow-up that it proposes.
    pub follow_ups: BTreeMap<String, Text>,
    /// Names of the causes that it warns of.
    pub causes: BTreeMap<String, Text>,
    /// What can come of a kind of follow-up, or be behind a cause, by its code: the causes that can be noted when it is done
    /// or resolved. Without a list for it they are [`tierhook_model::CAUSES`].
    pub outcomes: BTreeMap<String, BTreeMap<String, Text>>,
    /// Lower limits than the host's.
    pub limits: Option<Limits>,
}

/// A parameter: a value that an operator may change without touching the code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, try_from = "Written")]
pub enum Parameter {
    /// A value with what it means and where it may lie.
    Described(DescribedParameter),
    /// A value alone.
    Plain(ParameterValue),
}

/// A parameter as it is written. A list comes first: it would also do for the parts of a described one, in order.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    List(Vec<ParameterValue>),
    Described(DescribedParameter),
    Plain(ParameterValue),
}

impl TryFrom<Written> for Parameter {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let has_date = match &written {
            Written::List(list) => list.iter().any(ParameterValue::has_date),
            Written::Described(described) => described.value.has_date(),
            Written::Plain(value) => value.has_date(),
        };
        if has_date {
            return Err(format!("a date cannot be the value of a parameter; {DATE_HINT}"));
        }
        match written {
            Written::List(list) => Ok(Self::Plain(ParameterValue::List(list))),
            Written::Described(described) => Ok(Self::Described(described)),
            // Meant to be described, with a key misspelt or of another type.
            Written::Plain(ParameterValue::Table(table)) if table.contains_key("value") => {
                let keys: Vec<&str> = table.keys().map(String::as_str).collect();
                let known =
                    "value, min and max (numbers), names, suggest (field or score, top or bottom), en and zh (texts)";
                Err(format!("a parameter with a `value` may also have {known}; this one has {}", keys.join(", ")))
            }
            Written::Plain(value) => Ok(Self::Plain(value)),
        }
    }
}

/// A parameter with what it means and where it may lie.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DescribedParameter {
    /// The value.
    pub value: ParameterValue,
    /// The lowest number allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The highest number allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// What its texts name: `dimension`, or the classes of a dimension as `class.grade`, or as `class.{dimension}` those
    /// of the dimension that the parameter in braces names. Others than there are are refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<String>,
    /// What part of the customers it tells apart, so that a value can be suggested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggest: Option<Suggestion>,
    /// What it means in English.
    #[serde(default)]
    pub en: String,
    /// What it means in Chinese.
    #[serde(default)]
    pub zh: String,
}

/// What has to hold between parameters, whoever sets their values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParameterCheck {
    /// A condition in the language of rules, over the names of parameters: `a_from > b_from`.
    pub that: String,
    /// Why, in English.
    #[serde(default)]
    pub en: String,
    /// Why, in Chinese.
    #[serde(default)]
    pub zh: String,
}

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ParameterValue {
    /// Yes or no.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Decimal(f64),
    /// A text.
    Text(String),
    /// Several values.
    List(Vec<ParameterValue>),
    /// Values by name.
    Table(BTreeMap<String, ParameterValue>),
}

/// What to do about a date where a value is expected.
pub const DATE_HINT: &str = "write it as a text in quotes, and let the rule make a day of it";

/// What is wrong with a manifest.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// It is no TOML, or has keys or values that a manifest has not.
    #[error("{message}")]
    Malformed {
        /// The parser's message.
        message: String,
        /// Where in the text, in bytes.
        span: Option<std::ops::Range<usize>>,
    },
    /// A parameter lies outside its range.
    #[error("parameter `{name}` is {value}, but has to lie {range}")]
    OutOfRange {
        /// The parameter.
        name: String,
        /// Its value.
        value: f64,
        /// The range in words.
        range: String,
    },
}

impl Manifest {
    /// Reads a manifest from TOML and checks the ranges of its parameters.
    ///
    /// # Errors
    /// [`ManifestError`] with what is wrong and, where known, the place in the text.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        Self::parse_without(text, "")
    }

    /// The same for a text in which a table besides belongs to somebody else.
    ///
    /// # Errors
    /// [`ManifestError`] with what is wrong and, where known, the place in the text.
    pub fn parse_without(text: &str, table: &str) -> Result<Self, ManifestError> {
        let malformed = |error: toml::de::Error| ManifestError::Malformed {
            message: error.message().trim().to_owned(),
            span: error.span(),
        };
        let mut tables = toml::de::DeTable::parse(text).map_err(malformed)?;
        tables.get_mut().remove(table);
        let manifest = Self::deserialize(toml::de::Deserializer::from(tables)).map_err(malformed)?;
        for (name, parameter) in &manifest.parameters {
            parameter.check(name)?;
        }
        Ok(manifest)
    }
}

impl Parameter {
    /// The value.
    pub fn value(&self) -> &ParameterValue {
        match self {
            Self::Plain(value) => value,
            Self::Described(described) => &described.value,
        }
    }

    /// Checks that every number of the value is finite and lies within the range. `name` is the parameter's, for the
    /// message.
    ///
    /// # Errors
    /// [`ManifestError::OutOfRange`] if one does not.
    pub fn check(&self, name: &str) -> Result<(), ManifestError> {
        let (min, max) = match self {
            Self::Plain(_) => (None, None),
            Self::Described(described) => (described.min, described.max),
        };
        let within = min.unwrap_or(f64::MIN)..=max.unwrap_or(f64::MAX);
        let Some(value) = self.value().numbers().into_iter().find(|value| !within.contains(value)) else {
            return Ok(());
        };
        let range = match (min, max) {
            (Some(min), Some(max)) => format!("between {min} and {max}"),
            (Some(min), None) => format!("at {min} or above"),
            (None, Some(max)) => format!("at {max} or below"),
            (None, None) => "within the numbers".to_owned(),
        };
        Err(ManifestError::OutOfRange { name: name.to_owned(), value, range })
    }
}

impl ParameterValue {
    /// Tells whether it is a date of TOML, or has one in it: there is no such value, and it comes as a table with this key.
    pub fn has_date(&self) -> bool {
        match self {
            Self::Table(values) => {
                values.contains_key("$__toml_private_datetime") || values.values().any(Self::has_date)
            }
            Self::List(values) => values.iter().any(Self::has_date),
            Self::Boolean(_) | Self::Integer(_) | Self::Decimal(_) | Self::Text(_) => false,
        }
    }

    /// All numbers in it.
    fn numbers(&self) -> Vec<f64> {
        match self {
            Self::Integer(value) => vec![*value as f64],
            Self::Decimal(value) => vec![*value],
            Self::List(values) => values.iter().flat_map(Self::numbers).collect(),
            Self::Table(values) => values.values().flat_map(Self::numbers).collect(),
            Self::Boolean(_) | Self::Text(_) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Measured, Part};

    #[test]
    fn a_parameter_may_be_plain_or_described() {
        let manifest = Manifest::parse(
            "[parameters]\na_from = 0.7\nb_from = { value = 0.4, min = 0, max = 1, en = \"share for B\" }\n",
        )
        .unwrap();
        assert_eq!(manifest.parameters["a_from"].value(), &ParameterValue::Decimal(0.7));
        assert_eq!(manifest.parameters["b_from"].value(), &ParameterValue::Decimal(0.4));
    }

    #[test]
    fn a_list_and_a_table_are_values_like_others() {
        let manifest = Manifest::parse("[parameters]\nsteps = [1, 2, 3]\ndays = { A = 30, B = 90 }\n").unwrap();
        let number = ParameterValue::Integer;
        assert_eq!(
            manifest.parameters["steps"],
            Parameter::Plain(ParameterValue::List(vec![number(1), number(2), number(3)]))
        );
        let days = [("A".to_owned(), number(30)), ("B".to_owned(), number(90))].into();
        assert_eq!(manifest.parameters["days"], Parameter::Plain(ParameterValue::Table(days)));
    }

    #[test]
    fn a_parameter_may_say_what_part_of_the_customers_it_stands_for() {
        let suggest = |text: &str| {
            let manifest = Manifest::parse(&format!("[parameters]\nx = {{ value = 5, suggest = {{ {text} }} }}\n"));
            manifest.map(|manifest| match &manifest.parameters["x"] {
                Parameter::Described(parameter) => parameter.suggest.clone().unwrap(),
                Parameter::Plain(value) => panic!("{value:?}"),
            })
        };
        let of = Measured::Field("orders_365d".to_owned());
        assert_eq!(suggest("field = \"orders_365d\", top = 0.1").unwrap(), Suggestion { of, part: Part::Top(0.1) });
        let of = Measured::Score("grade".to_owned());
        assert_eq!(suggest("score = \"grade\", bottom = 0.4").unwrap(), Suggestion { of, part: Part::Bottom(0.4) });
        for wrong in
            ["field = \"a\"", "field = \"a\", score = \"b\", top = 0.1", "field = \"a\", top = 10", "top = 0.1"]
        {
            let error = suggest(wrong).unwrap_err().to_string();
            assert!(error.contains("suggest (field or score, top or bottom)"), "{error}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let error = |text: &str| Manifest::parse(text).unwrap_err().to_string();
        assert_eq!(
            error("[parameters]\nx = { value = 2.0, max = 1 }"),
            "parameter `x` is 2, but has to lie at 1 or below"
        );
        assert!(error("ordr = 3").contains("unknown field `ordr`"));
        assert!(error("[parameters]\nx = nan").contains("is NaN"));
        assert!(error("[parameters]\nx = { value = 1, mni = 0 }").ends_with("this one has mni, value"));
        for date in ["2026-01-01", "[\"a\", 2026-01-01]", "{ value = 2026-01-01, en = \"from\" }", "{ A = 08:30:00 }"] {
            assert!(error(&format!("[parameters]\nx = {date}")).starts_with("a date cannot be the value"), "{date}");
        }
        assert_eq!(
            error("[parameters]\nx = { value = { A = 30, B = 0 }, min = 1 }"),
            "parameter `x` is 0, but has to lie at 1 or above"
        );
    }
}
