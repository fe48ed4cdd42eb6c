//! Missing values: a value of its own that knows its field. Whatever computes with it fails and says so.

use std::fmt;
use std::sync::Arc;

use rhai::{Array, Dynamic, Engine, EvalAltResult, ImmutableString, Map, NativeCallContext};
use tierhook_hooks::{Fault, FaultCode};

use crate::budget;
use crate::failure::raise;

/// The value of a field that nobody knows, or that the rule may not see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Missing {
    field: Arc<str>,
    masked: bool,
}

type Failure = Box<EvalAltResult>;

impl Missing {
    /// Makes the missing value of a field.
    pub(crate) fn new(field: Arc<str>) -> Self {
        Self { field, masked: false }
    }

    /// Makes the value of a field that the rule may not see.
    pub(crate) fn masked(field: Arc<str>) -> Self {
        Self { field, masked: true }
    }

    /// The fault of computing with it.
    pub(crate) fn fault(&self) -> Fault {
        let field = &self.field;
        let what = if self.masked { "is hidden from this rule" } else { "is missing here" };
        Fault::new(FaultCode::MissingValue, format!("`{field}` {what}"))
            .with_hint("guard it with `.or(value)` or `.is_missing`")
    }

    /// The same as an error of the script.
    pub(crate) fn raise(&self) -> Failure {
        raise(self.fault())
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "missing {}", self.field)
    }
}

/// A loop over a missing value fails at its first turn.
impl IntoIterator for Missing {
    type Item = Result<Dynamic, Failure>;
    type IntoIter = std::iter::Once<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        std::iter::once(Err(self.raise()))
    }
}

/// Operators that fail on a missing value on either side. Those that the engine would answer itself, such as
/// comparisons, have to be here; the rest is here so that the message does not depend on the way they are called.
const OPERATORS: [&str; 17] =
    ["+", "-", "*", "/", "%", "**", "<<", ">>", "&", "|", "^", "<", "<=", ">", ">=", "==", "!="];

const ASSIGNMENTS: [&str; 11] = ["+=", "-=", "*=", "/=", "%=", "**=", "<<=", ">>=", "&=", "|=", "^="];

/// Registers the type, its operators and its guards.
pub(crate) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Missing>("Missing");
    for operator in OPERATORS.into_iter().chain(ASSIGNMENTS) {
        engine
            .register_fn(operator, |left: &mut Missing, _: Missing| -> Result<Dynamic, Failure> { Err(left.raise()) });
        engine
            .register_fn(operator, |left: &mut Missing, _: Dynamic| -> Result<Dynamic, Failure> { Err(left.raise()) });
        engine.register_fn(operator, |_: Dynamic, right: Missing| -> Result<Dynamic, Failure> { Err(right.raise()) });
    }
    // The engine's own functions for these types take anything as the other side, and would come first.
    macro_rules! exact {
        ($($ty:ty),*) => {$(
            for operator in ["+", "+="] {
                engine.register_fn(operator, |_: $ty, right: Missing| -> Result<Dynamic, Failure> { Err(right.raise()) });
                engine.register_fn(operator, |left: Missing, _: $ty| -> Result<Dynamic, Failure> { Err(left.raise()) });
            }
        )*};
    }
    exact!(ImmutableString, char, Array, Map);
    for operator in ["-", "+", "!"] {
        engine.register_fn(operator, |value: Missing| -> Result<Dynamic, Failure> { Err(value.raise()) });
    }
    engine.register_fn("==", |_: &mut Missing, (): ()| true);
    engine.register_fn("==", |(): (), _: Missing| true);
    engine.register_fn("!=", |_: &mut Missing, (): ()| false);
    engine.register_fn("!=", |(): (), _: Missing| false);
    // The array's own search would answer false for an empty array before it compares anything.
    engine.register_fn("contains", |_: &mut Array, item: Missing| -> Result<bool, Failure> { Err(item.raise()) });
    // Conversions to text cannot fail, so they stop the call instead.
    for conversion in ["to_string", "to_debug", "print", "debug"] {
        engine.register_fn(conversion, |call: NativeCallContext, value: &mut Missing| -> ImmutableString {
            let file = call.namespaces().last().and_then(|functions| functions.id());
            budget::stop(value.fault(), call.call_position(), file);
            ImmutableString::default()
        });
    }
    engine.register_iterator_result::<Missing, Dynamic>();
    engine.register_fn(KNOWN, |value: Dynamic| match value.read_lock::<Missing>() {
        Some(missing) => Err(missing.raise()),
        None => Ok(value.clone()),
    });
    register_guards(engine);
    register_catch_all(engine);
}

/// The function that passes on any value but a missing one. The name cannot be written in a script by accident.
pub(crate) const KNOWN: &str = "known__";

fn register_guards(engine: &mut Engine) {
    engine.register_fn("or", |_: Missing, other: Dynamic| other);
    engine.register_fn("or", |value: Dynamic, other: Dynamic| if value.is_unit() { other } else { value });
    engine.register_get("is_missing", |_: &mut Missing| true);
    engine.register_get("is_known", |_: &mut Missing| false);
    macro_rules! known {
        ($($ty:ty),*) => {$(
            engine.register_get("is_missing", |_: &mut $ty| false);
            engine.register_get("is_known", |_: &mut $ty| true);
        )*};
    }
    known!(i64, f64, bool, ImmutableString, Array, rust_decimal::Decimal, crate::calendar::ScriptDay);
    // Properties of missing values, such as `.year`, end here, as do indexes.
    engine.register_indexer_get(|value: &mut Missing, _: Dynamic| -> Result<Dynamic, Failure> { Err(value.raise()) });
}

/// Calls of any other function with a missing value among its arguments. The callback is told of every call that
/// failed and knows no position, so it only notes what was missing; the error itself goes on its way.
fn register_catch_all(engine: &mut Engine) {
    #[expect(deprecated, reason = "the callback is marked as volatile, not as going away; the rhai version is pinned")]
    engine.on_missing_function(|_, arguments, _, _| {
        if let Some(missing) = arguments.iter().find_map(|argument| argument.read_lock::<Missing>()) {
            budget::suspect(missing.fault());
        }
        Ok(None)
    });
}
