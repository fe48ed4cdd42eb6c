//! What each kind of fact says besides.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};
use serde_json::{Map, Value as Json};
use tierhook_model::{
    Amount, Cancellation, Contact, ContactChange, FactBody, Feedback, FeedbackKind, Interaction, InteractionKind, Line,
    Measure, Order, Refund,
};

use super::{Said, refused};
use crate::money::{currency_of, to_amount, to_milli, to_minor};
use crate::number::NumberFormat;
use crate::phone::{PhoneRegion, normalise_phones};
use crate::read::ImportContext;
use crate::row::Rejection;

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

/// Reads what a kind says from the keys that are left.
pub(super) fn said(
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

fn too_large(key: &str, number: Decimal) -> Rejection {
    refused(format!("`{key}` is {number}, which is too large to be kept"))
}
