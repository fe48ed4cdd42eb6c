//! Arguments: what scripts hand to the functions for wishes, as values of the model.

use rhai::{Array, Dynamic, EvalAltResult, ImmutableString, Map};
use rust_decimal::prelude::ToPrimitive as _;
use tierhook_hooks::{Fault, FaultCode};
use tierhook_model::{Argument, Day, Reason, Value};

use crate::calendar::ScriptDay;
use crate::failure::raise;
use crate::missing::Missing;

pub(crate) type Failure = Box<EvalAltResult>;

/// An error that says that a wish cannot be.
pub(crate) fn bad(message: impl Into<String>, hint: impl Into<String>) -> Failure {
    raise(Fault::new(FaultCode::BadWish, message).with_hint(hint))
}

/// A short name, such as a kind, cause or code.
pub(crate) fn name(what: &str, value: &Dynamic) -> Result<ImmutableString, Failure> {
    let text = text(what, value)?;
    tierhook_hooks::check_name(what, &text).map_err(raise)?;
    Ok(text)
}

/// A text.
pub(crate) fn text(what: &str, value: &Dynamic) -> Result<ImmutableString, Failure> {
    present(value)?;
    value
        .as_immutable_string_ref()
        .map(|text| text.clone())
        .map_err(|_| bad(format!("the {what} is {}", type_name(value)), "a text is expected"))
}

/// A day.
pub(crate) fn day(what: &str, value: &Dynamic) -> Result<Day, Failure> {
    present(value)?;
    value.clone().try_cast::<ScriptDay>().map(|day| day.0).ok_or_else(|| {
        bad(format!("the {what} is {}", type_name(value)), "a day is expected, for example `ctx.day.plus(3)`")
    })
}

/// A finite number.
pub(crate) fn number(what: &str, value: &Dynamic) -> Result<f64, Failure> {
    present(value)?;
    let number = if let Ok(number) = value.as_int() {
        number as f64
    } else if let Ok(number) = value.as_float() {
        number
    } else if let Ok(number) = value.as_decimal() {
        number.to_f64().unwrap_or(f64::NAN)
    } else {
        return Err(bad(format!("the {what} is {}", type_name(value)), "a number is expected"));
    };
    if number.is_finite() {
        Ok(number)
    } else {
        Err(bad(format!("the {what} is {number}"), "a finite number is expected; check for a division by zero"))
    }
}

fn present(value: &Dynamic) -> Result<(), Failure> {
    match value.read_lock::<Missing>() {
        Some(missing) => Err(missing.raise()),
        None => Ok(()),
    }
}

/// A code with its arguments.
pub(crate) fn reason(what: &str, code: &Dynamic, arguments: &Map, points: Option<f64>) -> Result<Reason, Failure> {
    let arguments = arguments
        .iter()
        .map(|(name, value)| Ok(Argument { name: name.to_string(), value: argument(name, value)? }))
        .collect::<Result<_, Failure>>()?;
    Ok(Reason { code: name(what, code)?.into_owned(), arguments, points })
}

fn argument(name: &str, value: &Dynamic) -> Result<Option<Value>, Failure> {
    if value.is_unit() || value.is::<Missing>() {
        return Ok(None);
    }
    if let Ok(yes) = value.as_bool() {
        return Ok(Some(Value::Boolean(yes)));
    }
    if let Ok(number) = value.as_int() {
        return Ok(Some(Value::Integer(number)));
    }
    if value.is_float() || value.is_decimal() {
        return number(&format!("argument `{name}`"), value).map(|number| Some(Value::Decimal(number)));
    }
    if value.is_string() || value.is_char() {
        return Ok(Some(Value::Text(value.to_string())));
    }
    if let Some(day) = value.clone().try_cast::<ScriptDay>() {
        return Ok(Some(Value::Day(day.0)));
    }
    if let Some(list) = value.read_lock::<Array>()
        && list.iter().all(Dynamic::is_string)
    {
        return Ok(Some(Value::TextList(list.iter().map(Dynamic::to_string).collect())));
    }
    let hint = "use a number, a text, a day, yes or no, or a list of texts";
    Err(bad(format!("argument `{name}` is {}", type_name(value)), hint))
}

/// What a value is, in the words of a message.
pub(crate) fn type_name(value: &Dynamic) -> &'static str {
    match value.type_name() {
        "()" => "nothing",
        "bool" => "yes or no",
        "i64" => "a whole number",
        "f64" | "rust_decimal::decimal::Decimal" | "decimal" => "a number",
        "string" | "char" => "a text",
        "array" => "a list",
        "map" => "a map",
        name if name.ends_with("::ScriptDay") => "a day",
        name if name.ends_with("::Missing") => "a missing value",
        name if name.ends_with("::Row") => "a whole record",
        name if name.contains("::row::Group") => "a group of fields",
        name if name.ends_with("::ScriptClass") => "a class",
        name if name.ends_with("::ScriptScore") => "a score",
        name if name.ends_with("::ScriptPlan") => "a plan",
        name if name.ends_with("::ScriptWarning") => "a warning",
        _ => "a value of another type",
    }
}
