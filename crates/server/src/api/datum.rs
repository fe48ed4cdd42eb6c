//! Values as plain JSON.

use std::fmt;

use serde::{Deserialize, Serialize};
use tierhook_model::Value;

/// A value as plain JSON. Days are texts (`2026-03-09`), money is in major units of the base currency; a missing
/// value is `None` beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Datum {
    /// Yes or no.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Decimal(f64),
    /// A text or a day.
    Text(String),
    /// Several texts.
    List(Vec<String>),
}

impl From<&Value> for Datum {
    fn from(value: &Value) -> Self {
        match value {
            Value::Text(text) => Self::Text(text.clone()),
            Value::Integer(number) => Self::Integer(*number),
            Value::Decimal(number) => Self::Decimal(*number),
            Value::Boolean(yes) => Self::Boolean(*yes),
            Value::Day(day) => Self::Text(day.to_string()),
            Value::TextList(list) => Self::List(list.clone()),
        }
    }
}

impl Datum {
    /// Tells whether it is a number.
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Integer(_) | Self::Decimal(_))
    }
}

impl fmt::Display for Datum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(yes) => f.write_str(if *yes { "yes" } else { "no" }),
            Self::Integer(number) => number.fmt(f),
            Self::Decimal(number) => Value::Decimal(*number).fmt(f),
            Self::Text(text) => f.write_str(text),
            Self::List(list) => f.write_str(&list.join(", ")),
        }
    }
}
