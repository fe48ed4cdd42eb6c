//! Values as a case file writes them.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use tierhook_model::{FieldType, Value};

/// A plain value.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub(super) enum Plain {
    Boolean(bool),
    Integer(i64),
    Decimal(f64),
    Text(String),
    Texts(Vec<String>),
    Table(BTreeMap<String, Plain>),
}

impl Plain {
    /// Converts to a value of a field's type.
    pub(super) fn to_value(&self, ty: FieldType) -> Option<Value> {
        match (self, ty) {
            (Self::Text(text), FieldType::Text) => Some(Value::Text(text.clone())),
            (Self::Text(text), FieldType::Day) => text.parse().ok().map(Value::Day),
            (Self::Integer(number), FieldType::Integer) => Some(Value::Integer(*number)),
            (Self::Integer(number), FieldType::Decimal | FieldType::Money) => Some(Value::Decimal(*number as f64)),
            (Self::Decimal(number), FieldType::Decimal | FieldType::Money) => Some(Value::Decimal(*number)),
            (Self::Boolean(yes), FieldType::Boolean) => Some(Value::Boolean(*yes)),
            (Self::Texts(list), FieldType::TextList) => Some(Value::TextList(list.clone())),
            _ => None,
        }
    }
}

impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(yes) => yes.fmt(f),
            Self::Integer(number) => number.fmt(f),
            Self::Decimal(number) => number.fmt(f),
            Self::Text(text) => f.write_str(text),
            Self::Texts(list) => f.write_str(&list.join(", ")),
            Self::Table(_) => f.write_str("a table"),
        }
    }
}
