//! Facts as JSON lines in Tierhook's own words, without a mapping: what a system sends as it happens.

mod body;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use tierhook_model::{ContactChange, Day, ExternalRef, FactBody, Moment, ProfileChange};

use crate::contact::contact_key;
use crate::customer::statement_key;
use crate::phone::PhoneRegion;
use crate::read::ImportContext;
use crate::row::Rejection;
use crate::when::{When, YEARS};

/// A fact as a line of JSON says it.
///
/// Each line is an object with `kind`, `customer` and what the kind has besides. A key that the kind has not is refused.
///
/// | key | | |
/// |---|---|---|
/// | `kind` | always | what it is, below |
/// | `customer` | always | `source:id`; one that the book does not have is new |
/// | `id` | events | the fact's own id in its source: the same id with the same content is the same fact |
/// | `source` | | the system that says so, if it is not the customer's source |
/// | `at` | always | when it happened, or since when it is so: `2026-11-22`, or with a time, in the book's zone unless it says another |
/// | `contact` | | the person at the customer, by id |
///
/// | `kind` | besides |
/// |---|---|
/// | `order` | `amount`, or `lines` that it is the sum of; `currency`, `channel`; a line has `product`, `amount`, and `name`, `category`, `group`, `quantity` (1), `goods` (true) |
/// | `refund`, `cancellation` | `amount`; `currency`, `order` (its id), `reason` |
/// | `call`, `visit`, `email`, `chat`, `consultation`, `web-view` | `text`, `by`, `inbound`, `product` |
/// | `satisfaction` | `score` (1 to 5), `text` |
/// | `complaint`, `remark` | `text` |
/// | `complaint-resolved` | `complaint` (its id), `text` |
/// | `return` | `product`, `text` |
/// | `measure` | `name`, `value` |
/// | `profile` | `fields`: names as `tierhook fields --group profile` lists them, with their values; `null` takes one away |
/// | `contact` | `person`: `name`, `id` (its name), `role`, `phones`, `emails`; `removed` |
///
/// Amounts are in major units, as numbers or, exactly, as texts; they are rounded half to even to the minor units of the
/// currency. What was paid may be less than the lines. What people are or want has no id but what it says and when: the
/// same words at the same moment are the same statement.
#[derive(Clone, Debug, PartialEq)]
pub struct FactLine {
    /// Whom it is about.
    pub customer: ExternalRef,
    /// The system that says so.
    pub source: String,
    /// What it is, for example `order`.
    pub kind: String,
    /// The fact's id there, if it has one.
    pub id: Option<String>,
    /// When it happened, or since when it is so, and the book's day of that.
    pub at: (Moment, Day),
    /// The person at the customer.
    pub contact: Option<String>,
    /// What it says.
    pub said: Said,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// Something that happened.
    Event(FactBody),
    /// Something new about who the customer is: fields with their values, `None` for those to clear. Only the book knows
    /// which fields there are.
    Profile(BTreeMap<String, Option<String>>),
    /// Something new about a person there.
    Person(ContactChange),
}

/// Why a line is no fact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FactError {
    /// What is wrong, where, and what to do.
    pub message: String,
}

/// All kinds of facts that a line may be.
const KINDS: [&str; 17] = [
    "order",
    "refund",
    "cancellation",
    "call",
    "visit",
    "email",
    "chat",
    "consultation",
    "web-view",
    "satisfaction",
    "complaint",
    "complaint-resolved",
    "return",
    "remark",
    "measure",
    "profile",
    "contact",
];

/// How long a source or an id may be, in bytes.
const MOST_ID_BYTES: usize = 512;

impl FactLine {
    /// Reads a line. The moment of the context is not looked at.
    ///
    /// # Errors
    /// [`FactError`] if it is no object of this shape, or says what cannot be.
    pub fn read(line: &str, region: Option<PhoneRegion>, context: &ImportContext) -> Result<Self, FactError> {
        Self::parsed(line, region, context).map_err(|Rejection { detail, .. }| FactError { message: detail })
    }

    fn parsed(line: &str, region: Option<PhoneRegion>, context: &ImportContext) -> Result<Self, Rejection> {
        let json: Json = serde_json::from_str(line).map_err(|error| malformed(&error))?;
        let Json::Object(mut keys) = json else {
            return Err(refused("a line is one JSON object, as `{\"kind\": ...}`"));
        };
        let kind = required(&mut keys, "kind", "it is one of ", &KINDS.join(", "))?.replace('_', "-");
        if !KINDS.contains(&kind.as_str()) {
            let likeness = |known: &str| strsim::jaro(known, &kind);
            let near =
                KINDS.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b))).filter(|near| likeness(near) > 0.8);
            return Err(refused(match near {
                Some(near) => format!("there is no kind `{kind}`; did you mean `{near}`?"),
                None => format!("there is no kind `{kind}`; there are {}", KINDS.join(", ")),
            }));
        }
        let customer =
            required(&mut keys, "customer", "write whom it is about as ", "`source:id`, for example `shop:1042`")?;
        let (source, id) = customer
            .split_once(':')
            .filter(|(source, id)| ![source, id].iter().any(|it| it.trim().is_empty()))
            .ok_or_else(|| {
                refused(format!("`customer` is `{customer}`; write it with its source, for example `shop:1042`"))
            })?;
        let customer = ExternalRef::new(source.trim(), id.trim());
        let source = text(&mut keys, "source")?.unwrap_or_else(|| customer.source.clone());
        let id = text(&mut keys, "id")?;
        let at = required(&mut keys, "at", "write since when it is so, for example ", "2026-11-22T09:30:00+08:00")?;
        let at = moment(&at, context)?;
        // The person that a `contact` is about stands under `person`.
        let contact = if kind == "contact" { None } else { text(&mut keys, "contact")? };
        let said = body::said(&kind, keys, region, context)?;
        if matches!(said, Said::Event(_)) && id.is_none() {
            return Err(refused("`id` is missing: by it the same fact is known again when it is sent twice"));
        }
        let ids = [("customer", Some(&customer.source)), ("customer", Some(&customer.id)), ("source", Some(&source))];
        for (key, value) in ids.into_iter().chain([("id", id.as_ref())]) {
            if value.is_some_and(|value| value.len() > MOST_ID_BYTES || value.contains(char::is_control)) {
                let detail = format!(
                    "`{key}` has control characters, or more than {MOST_ID_BYTES} bytes; write the id as people do"
                );
                return Err(refused(detail));
            }
        }
        Ok(Self { customer, source, kind, id, at, contact, said })
    }

    /// The key of a statement that has no id of its own: the same statement is the same fact, as in an import.
    pub fn statement_key(&self, change: &ProfileChange) -> String {
        statement_key(&self.customer.id, change, Some(self.at))
    }

    /// The same for a person.
    pub fn person_key(&self, change: &ContactChange) -> String {
        contact_key(&self.customer.id, change, Some(self.at))
    }
}

/// Takes a text out of the keys; a number is taken as it is written.
fn text(keys: &mut Map<String, Json>, key: &str) -> Result<Option<String>, Rejection> {
    match keys.remove(key) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) if text.trim().is_empty() => Err(refused(format!("`{key}` is empty"))),
        Some(Json::String(text)) => Ok(Some(text.trim().to_owned())),
        Some(Json::Number(number)) => Ok(Some(number.to_string())),
        Some(other) => Err(refused(format!("`{key}` is {other}; a text is expected"))),
    }
}

fn required(keys: &mut Map<String, Json>, key: &str, hint: &str, what: &str) -> Result<String, Rejection> {
    text(keys, key)?.ok_or_else(|| refused(format!("`{key}` is missing: {hint}{what}")))
}

fn moment(text: &str, context: &ImportContext) -> Result<(Moment, Day), Rejection> {
    let when = When::parse(text, &[])
        .ok_or_else(|| refused(format!("`at` is `{text}`; write it like 2026-11-22 or 2026-11-22T09:30:00+08:00")))?;
    if !YEARS.contains(&when.year()) {
        let (first, last) = (YEARS.start(), YEARS.end());
        return Err(refused(format!("`at` is `{text}`; a year from {first} to {last} is expected")));
    }
    Ok(when.resolve(&context.zone, &context.zone))
}

/// What a parser says, with the column ahead; the line is known to whoever sent it.
fn malformed(error: &serde_json::Error) -> Rejection {
    let said = error.to_string();
    let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(said, _)| said);
    refused(format!("column {}: {said}", error.column()))
}

fn refused(detail: impl Into<String>) -> Rejection {
    Rejection::new("no fact", detail)
}
