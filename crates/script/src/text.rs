//! Functions on texts, and exact numbers from texts.

use std::str::FromStr as _;

use rhai::{Dynamic, Engine, EvalAltResult, ImmutableString, Token};
use rust_decimal::Decimal;
use tierhook_hooks::{Fault, FaultCode};

use crate::failure::raise;

/// Registers the functions. Unlike the engine's own, `trim` and `replace` give the new text back and leave the old
/// one as it is: what they are called on is mostly a field or a column, which cannot change.
pub(crate) fn register(engine: &mut Engine) {
    engine.register_fn("trim", |text: &mut ImmutableString| ImmutableString::from(text.trim()));
    engine.register_fn("lower", |text: &mut ImmutableString| ImmutableString::from(text.to_lowercase()));
    engine.register_fn("upper", |text: &mut ImmutableString| ImmutableString::from(text.to_uppercase()));
    engine.register_fn("replace", |text: &mut ImmutableString, from: &str, to: &str| {
        ImmutableString::from(text.replace(from, to))
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
