//! Values as people write them, and what they are compared with.

use std::cmp::Ordering;

use tierhook_model::{Day, Field, FieldSource, FieldType, ProfileKey, Value};

use crate::api::{ApiError, Comparison, Condition};

/// Reads the value that somebody writes for a field, by the field's type.
pub(super) fn read_value(field: &Field, text: &str) -> Result<Value, ApiError> {
    let text = text.trim();
    let value = match field.ty {
        _ if text.is_empty() => None,
        FieldType::Text => {
            words_of(field).is_none_or(|words| words.contains(&text)).then(|| Value::Text(text.to_owned()))
        }
        FieldType::Integer => text.parse().ok().map(Value::Integer),
        FieldType::Decimal | FieldType::Money => number(text).map(Value::Decimal),
        FieldType::Boolean => yes(text).map(Value::Boolean),
        FieldType::Day => text.parse().ok().map(Value::Day),
        FieldType::TextList => Some(list(text)).filter(|items| !items.is_empty()).map(Value::TextList),
    };
    value.ok_or_else(|| not_a_value(field, text, "="))
}

/// Reads several texts, which stand between commas of either kind. Each is there once.
fn list(text: &str) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    for item in text.split([',', '，']).map(str::trim).filter(|item| !item.is_empty()) {
        if !items.iter().any(|known| known == item) {
            items.push(item.to_owned());
        }
    }
    items
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Reads yes or no.
pub(super) fn yes(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "yes" | "true" | "是" => Some(true),
        "no" | "false" | "否" => Some(false),
        _ => None,
    }
}

/// The only values of a text, where it has no others.
fn words_of(field: &Field) -> Option<&'static [&'static str]> {
    match field.source {
        FieldSource::Profile(ProfileKey::Kind) => Some(&["person", "organisation"]),
        FieldSource::Profile(ProfileKey::SourceKind) => Some(&["online", "offline"]),
        _ => None,
    }
}

fn not_a_value(field: &Field, text: &str, sign: &str) -> ApiError {
    let (name, ty) = (&field.name, field.ty.name());
    let (what, example) = match field.ty {
        FieldType::Text => ("a text", words_of(field).map_or("...", |words| words[0])),
        FieldType::Integer => ("a whole number", "120"),
        FieldType::Decimal => ("a number", "0.25"),
        FieldType::Money => ("an amount", "1299.00"),
        FieldType::Boolean => ("yes or no", "yes"),
        FieldType::Day => ("a day", "2026-03-09"),
        FieldType::TextList => ("a list of texts", "first,second"),
    };
    let what = words_of(field).map_or_else(|| what.to_owned(), |words| words.join(" or "));
    ApiError::invalid(format!("`{name}` is of type {ty} and takes {what}, not `{text}`"))
        .with_hint(format!("write it like {name}{sign}{example}"))
}

/// A condition whose field and value fit each other.
#[derive(Clone, Debug)]
pub(super) struct ValueTest<'a> {
    /// The field that is looked at.
    pub(super) field: &'a Field,
    comparison: Comparison,
    wanted: Wanted,
}

#[derive(Clone, Debug)]
enum Wanted {
    Number(f64),
    Day(Day),
    Boolean(bool),
    Text(String),
}

impl<'a> ValueTest<'a> {
    /// Reads the value of a condition by the type of its field.
    ///
    /// # Errors
    /// [`ErrorCode::Invalid`](crate::api::ErrorCode::Invalid) if the field has no such values, or they cannot be
    /// compared so.
    pub(super) fn new(field: &'a Field, condition: &Condition) -> Result<Self, ApiError> {
        let (text, comparison) = (condition.value.as_str(), condition.comparison);
        let known: &[Comparison] = match field.ty {
            FieldType::Text | FieldType::TextList => &[Comparison::Equal, Comparison::NotEqual, Comparison::Contains],
            FieldType::Boolean => &[Comparison::Equal, Comparison::NotEqual],
            FieldType::Integer | FieldType::Decimal | FieldType::Money | FieldType::Day => &[
                Comparison::Equal,
                Comparison::NotEqual,
                Comparison::Less,
                Comparison::AtMost,
                Comparison::More,
                Comparison::AtLeast,
            ],
        };
        if !known.contains(&comparison) {
            let known: Vec<String> = known.iter().map(ToString::to_string).collect();
            let (name, ty) = (&field.name, field.ty.name());
            return Err(ApiError::invalid(format!(
                "`{name}` is of type {ty} and cannot be compared with {comparison}"
            ))
            .with_hint(format!("it can be with {}", known.join(" "))));
        }
        let wanted = match field.ty {
            FieldType::Text | FieldType::TextList if comparison == Comparison::Contains => {
                Some(Wanted::Text(text.to_lowercase()))
            }
            FieldType::Text | FieldType::TextList => Some(Wanted::Text(text.to_owned())),
            FieldType::Integer | FieldType::Decimal | FieldType::Money => number(text).map(Wanted::Number),
            FieldType::Boolean => yes(text).map(Wanted::Boolean),
            FieldType::Day => text.parse().ok().map(Wanted::Day),
        };
        let wanted = wanted.ok_or_else(|| not_a_value(field, text, &comparison.to_string()))?;
        Ok(Self { field, comparison, wanted })
    }

    /// Tells whether a value is as wanted. A missing one never is.
    pub(super) fn holds(&self, value: Option<&Value>) -> bool {
        match (&self.wanted, value) {
            (Wanted::Number(wanted), Some(Value::Integer(number))) => self.fits((*number as f64).partial_cmp(wanted)),
            (Wanted::Number(wanted), Some(Value::Decimal(number))) => self.fits(number.partial_cmp(wanted)),
            (Wanted::Day(wanted), Some(Value::Day(day))) => self.fits(Some(day.cmp(wanted))),
            (Wanted::Boolean(wanted), Some(Value::Boolean(yes))) => self.fits(Some(yes.cmp(wanted))),
            (Wanted::Text(wanted), Some(Value::Text(text))) => self.has(std::slice::from_ref(text), wanted),
            (Wanted::Text(wanted), Some(Value::TextList(items))) => self.has(items, wanted),
            _ => false,
        }
    }

    fn has(&self, items: &[String], wanted: &str) -> bool {
        match self.comparison {
            Comparison::Contains => items.iter().any(|item| item.to_lowercase().contains(wanted)),
            Comparison::NotEqual => items.iter().all(|item| item != wanted),
            _ => items.iter().any(|item| item == wanted),
        }
    }

    fn fits(&self, order: Option<Ordering>) -> bool {
        order.is_some_and(|order| match self.comparison {
            Comparison::Equal => order.is_eq(),
            Comparison::NotEqual => order.is_ne(),
            Comparison::Less => order.is_lt(),
            Comparison::AtMost => order.is_le(),
            Comparison::More => order.is_gt(),
            Comparison::AtLeast => order.is_ge(),
            Comparison::Contains => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use tierhook_model::{Catalogue, Dimensions};

    use super::*;

    fn catalogue() -> Catalogue {
        Catalogue::new(&Dimensions::default(), &[], &[])
    }

    #[test]
    fn values_are_read_by_the_type_of_their_field() {
        let catalogue = catalogue();
        let read = |name: &str, text: &str| read_value(catalogue.get(name).unwrap(), text);
        assert_eq!(read("name", " 王芳 ").unwrap(), Value::Text("王芳".into()));
        assert_eq!(read("employees", "120").unwrap(), Value::Integer(120));
        assert_eq!(read("birthday", "1990-02-28").unwrap(), Value::Day("1990-02-28".parse().unwrap()));
        let phones = Value::TextList(vec!["138".into(), "139".into()]);
        assert_eq!(read("phones", "138, 139，138,").unwrap(), phones);
        let told = |name: &str, text: &str| {
            let error = read(name, text).unwrap_err();
            format!("{}; {}", error.message, error.hint.unwrap_or_default())
        };
        assert_eq!(
            told("employees", "many"),
            "`employees` is of type integer and takes a whole number, not `many`; write it like employees=120"
        );
        assert_eq!(
            told("kind", "firm"),
            "`kind` is of type text and takes person or organisation, not `firm`; write it like kind=person"
        );
        assert!(told("birthday", "9.3.1990").ends_with("write it like birthday=2026-03-09"));
        assert!(read("name", " ").is_err() && read("phones", ",").is_err());
    }

    #[test]
    fn a_missing_value_fits_no_condition() {
        let catalogue = catalogue();
        let holds = |condition: &str, value: Option<Value>| {
            let condition: Condition = condition.parse().unwrap();
            ValueTest::new(catalogue.get(&condition.field).unwrap(), &condition).unwrap().holds(value.as_ref())
        };
        let tags = || Some(Value::TextList(vec!["VIP".into(), "twins".into()]));
        assert!(holds("employees>=5", Some(Value::Integer(5))) && !holds("employees>5", Some(Value::Integer(5))));
        assert!(holds("net_revenue_total<10.5", Some(Value::Decimal(10.49))));
        assert!(holds("birthday<=1990-02-28", Some(Value::Day("1990-02-28".parse().unwrap()))));
        assert!(holds("tags=VIP", tags()) && !holds("tags!=VIP", tags()) && holds("tags!=vip", tags()));
        assert!(holds("tags~vi", tags()) && holds("name~SCHMIDT", Some(Value::Text("Anna Schmidt".into()))));
        for condition in ["employees!=5", "employees<5", "tags!=VIP", "name~a"] {
            assert!(!holds(condition, None), "{condition}");
        }
    }

    #[test]
    fn what_cannot_be_compared_is_refused() {
        let catalogue = catalogue();
        for condition in ["name>5", "employees~5", "employees=many", "birthday>5"] {
            let condition: Condition = condition.parse().unwrap();
            let error = ValueTest::new(catalogue.get(&condition.field).unwrap(), &condition).unwrap_err();
            assert!(error.hint.is_some(), "{condition}: {error}");
        }
    }
}
