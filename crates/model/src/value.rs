//! Values of fields, and their types.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Day;

/// The type of a field. A field's value is of this type or missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldType {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// A number with a fraction.
    Decimal,
    /// An amount of money in major units of the base currency.
    Money,
    /// Yes or no.
    Boolean,
    /// A civil day.
    Day,
    /// Several texts.
    TextList,
}

impl FieldType {
    /// The type's name in files and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Money => "money",
            Self::Boolean => "boolean",
            Self::Day => "day",
            Self::TextList => "text-list",
        }
    }
}

/// A field's value. "Missing" is `None` beside it, never a value of its own here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction; money in major units of the base currency.
    Decimal(f64),
    /// Yes or no.
    Boolean(bool),
    /// A civil day.
    Day(Day),
    /// Several texts.
    TextList(Vec<String>),
}

/// A field's value where it lies: a [`Value`] that owns none of its texts.
#[derive(Clone, Debug, PartialEq)]
pub enum ValueRef<'a> {
    /// Text.
    Text(&'a str),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction; money in major units of the base currency.
    Decimal(f64),
    /// Yes or no.
    Boolean(bool),
    /// A civil day.
    Day(Day),
    /// Several texts.
    TextList(Vec<&'a str>),
}

impl ValueRef<'_> {
    /// Makes a value of its own.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Text(text) => Value::Text((*text).to_owned()),
            Self::Integer(number) => Value::Integer(*number),
            Self::Decimal(number) => Value::Decimal(*number),
            Self::Boolean(yes) => Value::Boolean(*yes),
            Self::Day(day) => Value::Day(*day),
            Self::TextList(texts) => Value::TextList(texts.iter().map(|text| (*text).to_owned()).collect()),
        }
    }
}

impl<'a> From<&'a Value> for ValueRef<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Text(text) => Self::Text(text),
            Value::Integer(number) => Self::Integer(*number),
            Value::Decimal(number) => Self::Decimal(*number),
            Value::Boolean(yes) => Self::Boolean(*yes),
            Value::Day(day) => Self::Day(*day),
            Value::TextList(texts) => Self::TextList(texts.iter().map(String::as_str).collect()),
        }
    }
}

impl Value {
    /// Tells whether the value may stand in a field of this type.
    pub fn fits(&self, ty: FieldType) -> bool {
        matches!(
            (self, ty),
            (Self::Text(_), FieldType::Text)
                | (Self::Integer(_), FieldType::Integer)
                | (Self::Decimal(_), FieldType::Decimal | FieldType::Money)
                | (Self::Boolean(_), FieldType::Boolean)
                | (Self::Day(_), FieldType::Day)
                | (Self::TextList(_), FieldType::TextList)
        )
    }

    /// Returns the text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Integer(number) => number.fmt(f),
            Self::Decimal(number) => {
                // Two digits are what a reader wants; more only where two would say 0.
                if *number != 0.0 && number.abs() < 0.01 { number.fmt(f) } else { write!(f, "{number:.2}") }
            }
            Self::Boolean(yes) => yes.fmt(f),
            Self::Day(day) => day.fmt(f),
            Self::TextList(list) => f.write_str(&list.join(", ")),
        }
    }
}
