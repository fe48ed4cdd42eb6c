//! Functions on texts, and exact numbers from texts.

use std::str::FromStr as _;

use rhai::{Dynamic, Engine, EvalAltResult, ImmutableString, NativeCallContext, Token};
use rust_decimal::Decimal;
use tierhook_hooks::{Fault, FaultCode};

use crate::failure::raise;

/// Registers the functions. Unlike the engine's own, `trim` and `replace` give the new text back and leave the old
/// one as it is: what they are called on is mostly a field or a column, which cannot change.
pub(crate) fn register(engine: &mut Engine) {
    engine.register_fn("trim", |text: &mut ImmutableString| ImmutableString::from(text.trim()));
    engine.register_fn("lower", |text: &mut ImmutableString| ImmutableString::from(text.to_lowercase()));
    engine.register_fn("upper", |text: &mut ImmutableString| ImmutableString::from(text.to_uppercase()));
    engine.register_fn("replace", |call: NativeCallContext, text: &str, from: &str, to: &str| {
        replaced(&call, text, from, to)
    });
    engine.register_fn("replace", |call: NativeCallContext, text: &str, from: char, to: &str| {
        replaced(&call, text, from.encode_utf8(&mut [0; 4]), to)
    });
    engine.register_fn("replace", |call: NativeCallContext, text: &str, from: &str, to: char| {
        replaced(&call, text, from, to.encode_utf8(&mut [0; 4]))
    });
    engine.register_fn("replace", |call: NativeCallContext, text: &str, from: char, to: char| {
        replaced(&call, text, from.encode_utf8(&mut [0; 4]), to.encode_utf8(&mut [0; 4]))
    });
    engine.register_fn("num", |text: &str| -> Result<Dynamic, Box<EvalAltResult>> {
        decimal(text).map(Dynamic::from_decimal).map_err(|()| {
            let hint = "write digits with at most one point, for example 1234.50";
            raise(Fault::new(FaultCode::Failed, format!("`{text}` is not a number")).with_hint(hint))
        })
    });
    engine.register_fn("num", |number: i64| Dynamic::from_decimal(Decimal::from(number)));
    engine.register_fn("num", |number: Decimal| Dynamic::from_decimal(number));
}

/// The text with every `from` replaced. The engine looks at the size of a text when it is there; two long texts would
/// make one of hundreds of megabytes first.
fn replaced(call: &NativeCallContext, text: &str, from: &str, to: &str) -> Result<ImmutableString, Box<EvalAltResult>> {
    let found = text.matches(from).count();
    let length = (text.len() - found * from.len()).saturating_add(found.saturating_mul(to.len()));
    if length > call.engine().max_string_size() {
        return Err(EvalAltResult::ErrorDataTooLarge("Length of string".to_owned(), call.call_position()).into());
    }
    Ok(text.replace(from, to).into())
}

/// Reads an exact number from a text; white space round it does not count.
pub(crate) fn decimal(text: &str) -> Result<Decimal, ()> {
    let text = text.trim();
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.'));
    // More digits than fit would be rounded quietly by `from_str`.
    if is_plain {
        return Decimal::from_str_exact(text).map_err(|_| ());
    }
    Decimal::from_scientific(text).map_err(|_| ())
}

/// Turns a number with a fraction in the source into an exact decimal, so that no amount goes through binary fractions.
pub(crate) fn exact(token: Token) -> Token {
    let Token::FloatConstant(number) = token else { return token };
    let (_, written) = &*number;
    let digits = written.replace('_', "");
    match Decimal::from_str(&digits).or_else(|_| Decimal::from_scientific(&digits)) {
        Ok(exact) => Token::DecimalConstant(Box::new((exact, written.clone()))),
        Err(_) => Token::FloatConstant(number),
    }
}
