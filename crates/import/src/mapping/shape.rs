//! The mapping file as it is written, before anything is checked but names and types.

use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::{self, MapAccess, Visitor, value::MapAccessDeserializer};
use tierhook_model::FieldType;
use toml::Spanned;

use super::{FileKind, ImportKind};

/// A term with its place in the file.
pub(super) type Placed = Spanned<TermShape>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shape {
    pub(super) kind: ImportKind,
    pub(super) source: Spanned<String>,
    pub(super) customer_source: Option<Spanned<String>>,
    pub(super) region: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) file: FileShape,
    #[serde(default)]
    pub(super) reject: Vec<RejectShape>,
    pub(super) customer: Placed,
    #[serde(default)]
    pub(super) customer_is: CustomerShape,
    pub(super) id: Option<Placed>,
    pub(super) at: Option<Placed>,
    pub(super) contact: Option<Placed>,
    pub(super) currency: Option<Placed>,
    pub(super) channel: Option<Placed>,
    pub(super) cancellation: Option<Placed>,
    pub(super) refund: Option<Placed>,
    pub(super) order: Option<Placed>,
    pub(super) reason: Option<Placed>,
    pub(super) amount: Option<Placed>,
    pub(super) line: Option<Spanned<LineShape>>,
    pub(super) empty: Option<Spanned<EmptyShape>>,
    pub(super) fields: Option<Spanned<BTreeMap<String, Placed>>>,
    pub(super) custom: Option<Spanned<BTreeMap<String, Placed>>>,
    pub(super) consents: Option<Spanned<BTreeMap<String, Placed>>>,
    pub(super) name: Option<Placed>,
    pub(super) role: Option<Placed>,
    pub(super) phones: Option<Placed>,
    pub(super) emails: Option<Placed>,
    pub(super) removed: Option<Placed>,
    pub(super) what: Option<Placed>,
    pub(super) by: Option<Placed>,
    pub(super) inbound: Option<Placed>,
    pub(super) note: Option<Placed>,
    pub(super) product: Option<Placed>,
    pub(super) score: Option<Placed>,
    pub(super) complaint: Option<Placed>,
    pub(super) text: Option<Placed>,
    pub(super) measure: Option<Placed>,
    pub(super) value: Option<Placed>,
    pub(super) measures: Option<Spanned<BTreeMap<String, Placed>>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RejectShape {
    pub(super) when: Placed,
    pub(super) reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LineShape {
    pub(super) product: Placed,
    pub(super) name: Option<Placed>,
    pub(super) category: Option<Placed>,
    pub(super) group: Option<Placed>,
    pub(super) quantity: Option<Placed>,
    pub(super) unit_price: Option<Placed>,
    pub(super) amount: Option<Placed>,
    pub(super) is_goods: Option<Placed>,
    #[serde(default)]
    pub(super) discounts: bool,
}

/// What tells customers apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum CustomerShape {
    #[default]
    Id,
    Phone,
}

/// What an empty cell of a customer list means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum EmptyShape {
    #[default]
    Keep,
    Clear,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FileShape {
    pub(super) format: Option<FileKind>,
    pub(super) sheet: Option<Spanned<String>>,
    pub(super) skip: u64,
    pub(super) symbols: Vec<String>,
    pub(super) delimiter: Option<Spanned<String>>,
    pub(super) quote: Option<Spanned<String>>,
    pub(super) header: bool,
    pub(super) columns: Option<Spanned<Vec<String>>>,
    pub(super) numbers: Vec<String>,
    pub(super) decimal: Option<Spanned<String>>,
    pub(super) thousands: Option<Spanned<String>>,
    pub(super) encoding: Option<Spanned<String>>,
}

impl Default for FileShape {
    fn default() -> Self {
        Self {
            format: None,
            sheet: None,
            skip: 0,
            symbols: Vec::new(),
            delimiter: None,
            quote: None,
            header: true,
            columns: None,
            numbers: Vec::new(),
            decimal: None,
            thousands: None,
            encoding: None,
        }
    }
}

/// A value as the mapping writes it: an expression, a constant, or a table with either and how to read it.
#[derive(Clone, Debug)]
pub(super) struct TermShape {
    pub(super) source: TermSource,
    pub(super) formats: Option<Vec<String>>,
    pub(super) zone: Option<String>,
    pub(super) split: Option<String>,
    pub(super) ty: Option<FieldType>,
}

/// Where a term's value comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TermSource {
    /// An expression over the row's columns.
    Expression(String),
    /// The same text for each row.
    Text(String),
    /// The same number for each row.
    Number(Decimal),
    /// The same answer for each row.
    Boolean(bool),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TermTable {
    value: Option<String>,
    text: Option<String>,
    formats: Option<Vec<String>>,
    zone: Option<String>,
    split: Option<String>,
    #[serde(rename = "type")]
    ty: Option<FieldType>,
}

impl TermShape {
    fn plain(source: TermSource) -> Self {
        Self { source, formats: None, zone: None, split: None, ty: None }
    }
}

impl<'de> Deserialize<'de> for TermShape {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TermVisitor)
    }
}

/// Tells the forms of a term apart itself: an untagged enum would answer every mistake with "no variant matched".
struct TermVisitor;

impl<'de> Visitor<'de> for TermVisitor {
    type Value = TermShape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an expression, a number, true or false, or a table with `value` or `text`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<TermShape, E> {
        if text.trim().is_empty() {
            return Err(E::custom("the expression is empty; name a column, or leave the key out"));
        }
        Ok(TermShape::plain(TermSource::Expression(text.to_owned())))
    }

    fn visit_bool<E: de::Error>(self, yes: bool) -> Result<TermShape, E> {
        Ok(TermShape::plain(TermSource::Boolean(yes)))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<TermShape, E> {
        Ok(TermShape::plain(TermSource::Number(Decimal::from(number))))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<TermShape, E> {
        // The shortest text of the float is what the author wrote, so the decimal is exact.
        let number = number.to_string().parse().map_err(|_| E::custom("the number is too large"))?;
        Ok(TermShape::plain(TermSource::Number(number)))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TermShape, A::Error> {
        let table = TermTable::deserialize(MapAccessDeserializer::new(map))?;
        let source = match (table.value, table.text) {
            (Some(expression), None) => self.visit_str(&expression)?.source,
            (None, Some(text)) => TermSource::Text(text),
            _ => return Err(de::Error::custom("write either `value` (an expression) or `text` (taken literally)")),
        };
        Ok(TermShape { source, formats: table.formats, zone: table.zone, split: table.split, ty: table.ty })
    }
}
