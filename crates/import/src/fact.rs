//! Facts as JSON lines in Tierhook's own words, without a mapping: what a system sends as it happens.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};
use serde_json::{Map, Value as Json};
use tierhook_model::{
    Amount, Cancellation, Contact, ContactChange, Day, ExternalRef, FactBody, Feedback, FeedbackKind, Interaction,
    InteractionKind, Line, Measure, Moment, Order, ProfileChange, Refund,
};

use crate::contact::contact_key;
use crate::customer::statement_key;
use crate::money::{currency_of, to_amount, to_milli, to_minor};
use crate::number::NumberFormat;
use crate::phone::{PhoneRegion, normalise_phones};
use crate::read::ImportContext;
use crate::row::Rejection;
use crate::when::When;

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

/// The years in which something may have happened.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2199;

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
        let said = said(&kind, keys, region, context)?;
        if matches!(said, Said::Event(_)) && id.is_none() {
            return Err(refused("`id` is missing: by it the same fact is known again when it is sent twice"));
        }
        for (key, value) in [("customer", &customer.id), ("source", &source), ("id", id.as_ref().unwrap_or(&source))] {
            if value.len() > MOST_ID_BYTES || value.contains(char::is_control) {
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

/// An exact number: written as a number or as a text.
#[derive(Clone, Copy, Debug)]
struct Exact(Decimal);

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Json::deserialize(deserializer)?;
        let text = match &json {
            Json::Number(number) => number.to_string(),
            Json::String(text) => text.trim().to_owned(),
            other => return Err(D::Error::custom(format!("{other} is no number"))),
        };
        let number = NumberFormat { decimal: '.', thousands: None }.parse(&text);
        number.map(Self).ok_or_else(|| D::Error::custom(format!("`{text}` is no number; write it like 1288.50")))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderKeys {
    amount: Option<Exact>,
    currency: Option<String>,
    channel: Option<String>,
    #[serde(default)]
    lines: Vec<LineKeys>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename = "line")]
struct LineKeys {
    product: String,
    amount: Exact,
    name: Option<String>,
    category: Option<String>,
    group: Option<String>,
    quantity: Option<Exact>,
    goods: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BackKeys {
    amount: Exact,
    currency: Option<String>,
    order: Option<String>,
    reason: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TalkKeys {
    text: Option<String>,
    by: Option<String>,
    inbound: Option<bool>,
    product: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScoreKeys {
    score: Exact,
    text: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TextKeys {
    text: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ResolvedKeys {
    complaint: String,
    text: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReturnKeys {
    product: Option<String>,
    text: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MeasureKeys {
    name: String,
    value: Exact,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileKeys {
    fields: Map<String, Json>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonKeys {
    person: Person,
    #[serde(default)]
    removed: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename = "person")]
struct Person {
    name: String,
    id: Option<String>,
    role: Option<String>,
    #[serde(default)]
    phones: Vec<String>,
    #[serde(default)]
    emails: Vec<String>,
}

fn said(
    kind: &str,
    keys: Map<String, Json>,
    region: Option<PhoneRegion>,
    context: &ImportContext,
) -> Result<Said, Rejection> {
    let feedback = |kind, text| FactBody::Feedback(Feedback { kind, text });
    Ok(Said::Event(match kind {
        "order" => FactBody::Order(order(taken(kind, keys)?, context)?),
        "refund" => {
            let (order, amount, reason) = given_back(kind, taken(kind, keys)?, context)?;
            FactBody::Refund(Refund { order, amount, reason })
        }
        "cancellation" => {
            let (order, amount, reason) = given_back(kind, taken(kind, keys)?, context)?;
            FactBody::Cancellation(Cancellation { order, amount, reason })
        }
        "satisfaction" => {
            let ScoreKeys { score: Exact(score), text } = taken(kind, keys)?;
            if !(Decimal::ONE..=Decimal::from(5)).contains(&score) {
                return Err(refused(format!("`score` is {score}; it lies between 1 (not at all) and 5 (very)")));
            }
            let score_hundredths = (score * Decimal::ONE_HUNDRED).round().to_i32().unwrap_or_default();
            feedback(FeedbackKind::Satisfaction { score_hundredths }, text)
        }
        "complaint" => feedback(FeedbackKind::Complaint, taken::<TextKeys>(kind, keys)?.text),
        "remark" => feedback(FeedbackKind::Remark, taken::<TextKeys>(kind, keys)?.text),
        "complaint-resolved" => {
            let ResolvedKeys { complaint, text } = taken(kind, keys)?;
            feedback(FeedbackKind::ComplaintResolved { complaint }, text)
        }
        "return" => {
            let ReturnKeys { product, text } = taken(kind, keys)?;
            feedback(FeedbackKind::Return { product }, text)
        }
        "measure" => {
            let MeasureKeys { name, value: Exact(value) } = taken(kind, keys)?;
            // By way of the text: that gives the nearest float.
            let value =
                value.to_string().parse().map_err(|_| refused(format!("`value` is {value}, which is too large")))?;
            FactBody::Measure(Measure { name, value })
        }
        "profile" => return Ok(Said::Profile(fields(taken::<ProfileKeys>(kind, keys)?.fields)?)),
        "contact" => return Ok(Said::Person(person(taken(kind, keys)?, region)?)),
        _ => {
            let TalkKeys { text, by, inbound, product } = taken(kind, keys)?;
            let kind = match kind {
                "call" => InteractionKind::Call,
                "visit" => InteractionKind::Visit,
                "email" => InteractionKind::Email,
                "chat" => InteractionKind::Chat,
                "consultation" => InteractionKind::Consultation,
                _ => InteractionKind::WebView,
            };
            FactBody::Interaction(Interaction { kind, by, inbound, note: text, product })
        }
    }))
}

fn order(keys: OrderKeys, context: &ImportContext) -> Result<Order, Rejection> {
    let currency = currency_of(keys.currency.as_deref(), context)?;
    if keys.amount.is_none() && keys.lines.is_empty() {
        return Err(refused("an order has an `amount`, or `lines` that it is the sum of"));
    }
    let mut lines = Vec::with_capacity(keys.lines.len());
    let mut sum = Decimal::ZERO;
    for line in keys.lines {
        let product = line.product;
        let quantity = line.quantity.map_or(Decimal::ONE, |Exact(quantity)| quantity);
        if quantity.is_sign_negative() {
            return Err(refused(format!(
                "line `{product}`: `quantity` is {quantity}; what comes back is a `return` or a `refund`"
            )));
        }
        sum = sum.checked_add(line.amount.0).ok_or_else(|| too_large("amount", line.amount.0))?;
        lines.push(Line {
            name: line.name,
            category: line.category,
            group: line.group,
            quantity_milli: to_milli(quantity).ok_or_else(|| too_large("quantity", quantity))?,
            amount_minor: to_minor(line.amount.0, currency).ok_or_else(|| too_large("amount", line.amount.0))?,
            is_goods: line.goods.unwrap_or(true),
            product,
        });
    }
    let minor = match keys.amount {
        Some(Exact(amount)) => to_minor(amount, currency).ok_or_else(|| too_large("amount", amount))?,
        // The lines as they are kept, so that they and their sum agree.
        None => lines
            .iter()
            .try_fold(0_i64, |sum, line| sum.checked_add(line.amount_minor))
            .ok_or_else(|| too_large("amount", sum))?,
    };
    if minor < 0 {
        return Err(refused("the order comes to less than 0; money that goes back is a `refund` or a `cancellation`"));
    }
    let amount = to_amount(minor, currency, context.currency, &context.rates);
    let amount = amount.ok_or_else(|| too_large("amount", Decimal::from(minor)))?;
    Ok(Order { amount, lines, channel: keys.channel })
}

fn given_back(
    kind: &str,
    keys: BackKeys,
    context: &ImportContext,
) -> Result<(Option<String>, Amount, Option<String>), Rejection> {
    let currency = currency_of(keys.currency.as_deref(), context)?;
    let Exact(amount) = keys.amount;
    let minor = to_minor(amount, currency).ok_or_else(|| too_large("amount", amount))?;
    if minor <= 0 {
        return Err(refused(format!("`amount` of a {kind} is {amount}; write what goes back, above 0")));
    }
    let amount = to_amount(minor, currency, context.currency, &context.rates);
    Ok((keys.order, amount.ok_or_else(|| too_large("amount", Decimal::from(minor)))?, keys.reason))
}

/// The fields of a profile, as people write their values.
fn fields(fields: Map<String, Json>) -> Result<BTreeMap<String, Option<String>>, Rejection> {
    if fields.is_empty() {
        return Err(refused("`fields` is empty; a profile says something, for example {\"name\": \"王芳\"}"));
    }
    let plain = |name: &str, value: &Json| match value {
        Json::String(text) => Ok(text.clone()),
        Json::Number(number) => Ok(number.to_string()),
        Json::Bool(yes) => Ok(yes.to_string()),
        other => Err(refused(format!("`{name}` is {other}; write a text, a number, yes or no, or a list of texts"))),
    };
    let field = |(name, value): (String, Json)| {
        let is_number = |json: &Json| json.is_number();
        if name == "phones" && (is_number(&value) || value.as_array().is_some_and(|items| items.iter().any(is_number)))
        {
            return Err(refused("`phones` has a number; write telephone numbers as texts, or their digits are lost"));
        }
        let value = match &value {
            Json::Null => None,
            Json::Array(items) => {
                let items = items.iter().map(|item| plain(&name, item)).collect::<Result<Vec<_>, _>>()?;
                Some(items.join(",")).filter(|text| !text.is_empty())
            }
            other => Some(plain(&name, other)?),
        };
        Ok((name, value))
    };
    fields.into_iter().map(field).collect()
}

fn person(keys: PersonKeys, region: Option<PhoneRegion>) -> Result<ContactChange, Rejection> {
    let PersonKeys { person, removed } = keys;
    let name = person.name.trim().to_owned();
    if name.is_empty() {
        return Err(refused("`person.name` is empty"));
    }
    let phones = normalise_phones(&person.phones.join("\n"), region);
    let phones = phones.map_err(|error| refused(format!("`person.phones`: {error}")))?;
    let id = person.id.unwrap_or_else(|| name.clone());
    Ok(ContactChange { contact: Contact { id, name, role: person.role, phones, emails: person.emails }, removed })
}

/// Reads what a kind has besides.
fn taken<T: DeserializeOwned>(kind: &str, keys: Map<String, Json>) -> Result<T, Rejection> {
    serde_json::from_value(Json::Object(keys)).map_err(|error| refused(format!("{kind}: {error}")))
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
    let when = When::parse(text, &[]).filter(|when| YEARS.contains(&when.year()));
    let when = when
        .ok_or_else(|| refused(format!("`at` is `{text}`; write it like 2026-11-22 or 2026-11-22T09:30:00+08:00")))?;
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

fn too_large(key: &str, number: Decimal) -> Rejection {
    refused(format!("`{key}` is {number}, which is too large to be kept"))
}

#[cfg(test)]
mod tests;
