//! Failures: what went wrong in the engine, as faults.

use std::any::Any;
use std::sync::Arc;

use rhai::{Dynamic, EvalAltResult, ParseError, ParseErrorType, Position};
use tierhook_hooks::{Fault, FaultCode, Limits, closest};

use crate::budget;
use crate::source::{Source, Sources};

/// Makes a fault an error of the script.
pub(crate) fn raise(fault: Fault) -> Box<EvalAltResult> {
    EvalAltResult::ErrorRuntime(Dynamic::from(fault), Position::NONE).into()
}

/// Turns an error of the parser into a fault. `names` are the variables that there are.
pub(crate) fn from_parse<'a>(
    error: &ParseError,
    source: &Source,
    limits: &Limits,
    names: impl IntoIterator<Item = &'a str>,
) -> Fault {
    let position = error.position();
    let fault = match error.err_type() {
        ParseErrorType::MissingToken(token, _) if token == ";" => Fault::new(FaultCode::Syntax, "a `;` is missing")
            .with_hint("look at the end of the statement before this place"),
        ParseErrorType::MissingToken(token, what) => {
            Fault::new(FaultCode::Syntax, format!("expected `{token}` {what}").trim_end().to_owned())
        }
        ParseErrorType::VariableUndefined(name) => {
            let fault = Fault::new(FaultCode::Syntax, format!("there is no variable `{name}`"));
            match closest(name, names) {
                Some(near) => fault.with_hint(format!("did you mean `{near}`?")),
                None => fault.with_hint("a function sees its parameters and its own variables only"),
            }
        }
        ParseErrorType::ModuleUndefined(name) => {
            Fault::new(FaultCode::UnknownFunction, format!("there is no module `{name}` here"))
                .with_hint(format!("import it above the functions: `import \"lib/{name}\" as {name};`"))
        }
        ParseErrorType::ExprTooDeep => {
            let (inside, outside) = (limits.function_expression_depth, limits.expression_depth);
            let message = format!("expressions are nested more than {inside} deep, or {outside} outside functions");
            Fault::new(FaultCode::Depth, message).with_hint(
                "split it into several statements; `limits.function_expression_depth` and `limits.expression_depth` \
                 set how deep",
            )
        }
        ParseErrorType::TooManyFunctions => {
            Fault::new(FaultCode::Depth, format!("there are more than {} functions", limits.functions))
                .with_hint("split the script; `limits.functions` sets how many one file may have")
        }
        ParseErrorType::LiteralTooLarge(what, _) => too_large(what, limits),
        other => Fault::new(FaultCode::Syntax, lower_first(&other.to_string())),
    };
    source.place(fault, position)
}

/// Turns an error of a running expression into a fault, with the place of its innermost position.
pub(crate) fn from_eval(error: EvalAltResult, source: &Source, limits: &Limits) -> Fault {
    let (error, position, _) = innermost(error, 0, (Position::NONE, 0), &|_, _, from| from);
    explain(error, position, source, limits, &[])
}

/// The same for a rule, of which is known which fields it found missing. Where the engine's error tells only that
/// something was missing, they tell what.
pub(crate) fn from_rule(error: EvalAltResult, sources: &Sources, limits: &Limits, missing: &[Arc<str>]) -> Fault {
    let callee = |function: &str, file: &str, from| sources.callee(function, file, from);
    let (error, position, at) = innermost(error, 0, (Position::NONE, 0), &callee);
    explain(error, position, sources.file(at), limits, missing)
}

fn explain(error: EvalAltResult, position: Position, source: &Source, limits: &Limits, missing: &[Arc<str>]) -> Fault {
    let fault = match error {
        EvalAltResult::ErrorRuntime(value, _) | EvalAltResult::ErrorTerminated(value, _) => match value.try_cast() {
            Some(fault) => fault,
            None => Fault::new(FaultCode::Failed, "the script threw an error"),
        },
        EvalAltResult::ErrorTooManyOperations(_) => Fault::new(
            FaultCode::Operations,
            format!("it used up the {} operations that it has for one record", limits.operations),
        )
        .with_hint("look for a loop that does not end; `limits.operations` sets how many there are"),
        EvalAltResult::ErrorStackOverflow(_) => {
            Fault::new(FaultCode::Depth, format!("calls are nested more than {} deep", limits.call_depth))
                .with_hint("look for a function that calls itself; `limits.call_depth` sets how deep")
        }
        EvalAltResult::ErrorDataTooLarge(what, _) => too_large(&what, limits),
        EvalAltResult::ErrorTooManyVariables(_) => {
            Fault::new(FaultCode::Memory, format!("there are more than {} variables", limits.variables))
                .with_hint("`limits.variables` sets how many there may be")
        }
        EvalAltResult::ErrorPropertyNotFound(name, _) => {
            Fault::new(FaultCode::Failed, format!("there is no `{name}` in this map"))
                .with_hint("check the name, or ask with `\"name\" in map` first")
        }
        EvalAltResult::ErrorFunctionNotFound(signature, _) if signature.contains("Missing") => {
            budget::suspected().unwrap_or_else(|| nameless(source, position, missing))
        }
        EvalAltResult::ErrorFunctionNotFound(signature, _) => {
            let signature = signature.replace("&str | ImmutableString | String", "string");
            let fault = Fault::new(FaultCode::UnknownFunction, format!("there is no function `{signature}`"));
            fault.with_hint("check its name and the types of what it is called with")
        }
        EvalAltResult::ErrorMismatchDataType(_, actual, _) if actual.contains("Missing") => {
            nameless(source, position, missing)
        }
        EvalAltResult::ErrorIndexingType(types, _) if types.contains("Missing") => nameless(source, position, missing),
        EvalAltResult::ErrorMismatchDataType(wanted, actual, _) if !wanted.is_empty() => {
            Fault::new(FaultCode::Failed, format!("`{wanted}` was expected here, not `{actual}`"))
        }
        EvalAltResult::ErrorAssignmentToConstant(name, _) => immutable(format!("`{name}` cannot be changed")),
        EvalAltResult::ErrorNonPureMethodCallOnConstant(function, _) => {
            immutable(format!("`{function}` would change what cannot be changed"))
        }
        mut other => {
            other.clear_position();
            Fault::new(FaultCode::Failed, lower_first(&other.to_string()))
        }
    };
    source.place(fault, position)
}

/// Turns a panic into a fault.
pub(crate) fn from_panic(panic: &dyn Any) -> Fault {
    let message = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "unknown".to_owned());
    Fault::new(FaultCode::Failed, format!("the script host failed: {message}"))
        .with_hint("this is a defect of the host; report it together with the script")
}

/// Follows an error into the functions that it came from. Returns its position and the number of the file of that;
/// `callee` tells the file of a function by its name, the file that the engine names, and the file of the call. The
/// error is one of file `at`; where it has no position, `outer` is the nearest.
fn innermost(
    error: EvalAltResult,
    at: usize,
    outer: (Position, usize),
    callee: &dyn Fn(&str, &str, usize) -> usize,
) -> (EvalAltResult, Position, usize) {
    let here = error.position();
    let known = if here.is_none() { outer } else { (here, at) };
    match error {
        EvalAltResult::ErrorInFunctionCall(function, file, inner, _) => {
            innermost(*inner, callee(&function, &file, at), known, callee)
        }
        EvalAltResult::ErrorInModule(_, inner, _) => innermost(*inner, at, known, callee),
        EvalAltResult::ErrorRuntime(value, _) if value.is_string() => {
            let fault = Fault::new(FaultCode::Failed, format!("the script threw `{value}`"));
            (EvalAltResult::ErrorRuntime(Dynamic::from(fault), known.0), known.0, known.1)
        }
        other => (other, known.0, known.1),
    }
}

fn immutable(message: String) -> Fault {
    Fault::new(FaultCode::Failed, message).with_hint("copy what is to be changed first, as in `let p = ctx.params;`")
}

fn too_large(what: &str, limits: &Limits) -> Fault {
    let (what, limit, setting) = if what.contains("string") {
        ("a text", format!("{} bytes", limits.string_bytes), "string_bytes")
    } else {
        ("a list or map", format!("{} items", limits.collection_items), "collection_items")
    };
    Fault::new(FaultCode::Memory, format!("{what} grew over {limit}"))
        .with_hint(format!("`limits.{setting}` sets how large one may be"))
}

/// Something is missing, and the error does not tell what.
fn nameless(source: &Source, position: Position, missing: &[Arc<str>]) -> Fault {
    let path = source.path_at(position).unwrap_or_default();
    let (_, field) = path.split_once('.').unwrap_or_default();
    let what = match missing {
        [] => "a value".to_owned(),
        [only] => format!("`{only}`"),
        several => match several.iter().find(|name| ***name == *field) {
            Some(name) => format!("`{name}`"),
            None => {
                let names: Vec<String> = several.iter().map(|name| format!("`{name}`")).collect();
                format!("one of {}", names.join(", "))
            }
        },
    };
    Fault::new(FaultCode::MissingValue, format!("{what} is missing here"))
        .with_hint("guard it with `.or(value)` or `.is_missing`")
}

fn lower_first(text: &str) -> String {
    let mut rest = text.trim_end_matches('.').chars();
    rest.next().map_or_else(String::new, |first| first.to_lowercase().chain(rest).collect())
}
