//! What the value of a field has to be.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What the value of a field has to be, written as `net_revenue_365d>=1000`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The field's name as rules write it.
    pub field: String,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what, as people write it.
    pub value: String,
}

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The same; of several texts one of them.
    Equal,
    /// Another; of several texts none of them.
    NotEqual,
    /// Less, or earlier.
    Less,
    /// Not more, or not later.
    AtMost,
    /// More, or later.
    More,
    /// Not less, or not earlier.
    AtLeast,
    /// The text, or one of several, has it in it; capitals do not matter.
    Contains,
}

impl Comparison {
    /// How they are written; where one begins with another the longer one comes first.
    const WRITTEN: [(&'static str, Self); 7] = [
        (">=", Self::AtLeast),
        ("<=", Self::AtMost),
        ("!=", Self::NotEqual),
        (">", Self::More),
        ("<", Self::Less),
        ("=", Self::Equal),
        ("~", Self::Contains),
    ];
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = Self::WRITTEN.iter().find(|(_, comparison)| comparison == self);
        f.write_str(written.expect("the table has all of them").0)
    }
}

/// What is written is no condition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no condition; write field>=value, for example net_revenue_365d>=1000 (=, !=, <, <=, >, >=, ~)")]
pub struct BadCondition {
    /// The text as given.
    pub text: String,
}

impl FromStr for Condition {
    type Err = BadCondition;

    fn from_str(text: &str) -> Result<Self, BadCondition> {
        let parse = || {
            let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
            let (field, rest) = text.trim().split_at(text.trim().find(|c| !is_name(c))?);
            let rest = rest.trim_start();
            let (sign, comparison) = Comparison::WRITTEN.iter().find(|(sign, _)| rest.starts_with(sign))?;
            let value = rest[sign.len()..].trim();
            // `field==value` and `field=>value` are slips of the pen.
            let is_whole = !field.is_empty() && !value.is_empty() && !value.starts_with(['=', '<', '>']);
            is_whole.then(|| Self { field: field.to_owned(), comparison: *comparison, value: value.to_owned() })
        };
        parse().ok_or_else(|| BadCondition { text: text.to_owned() })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.field, self.comparison, self.value)
    }
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_as_they_are_written() {
        for text in ["recency_days>=30", "a<=1", "class.grade!=A", "a>1", "a<1", "name=a=b", "name~王", "measure.x=-3"]
        {
            assert_eq!(text.parse::<Condition>().unwrap().to_string(), text);
        }
        let spaced: Condition = " recency_days >= 30 ".parse().unwrap();
        assert_eq!(
            (spaced.field.as_str(), spaced.comparison, spaced.value.as_str()),
            ("recency_days", Comparison::AtLeast, "30")
        );
        for text in ["", "recency_days", "=3", "name=", "name ? x", "name => 3", "name==x"] {
            assert!(text.parse::<Condition>().is_err(), "{text}");
        }
    }
}
