//! Failures: what went wrong in the engine, as faults with a place.

use std::any::Any;
use std::sync::Arc;

use rhai::{Dynamic, EvalAltResult, ParseError, ParseErrorType, Position};
use tierhook_hooks::{Fault, FaultCode, Limits, Place};

use crate::budget;

/// The text of a script and where it stands, so that a position becomes a place.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    file: String,
    lines: Vec<String>,
    /// Where the text begins in the file; both from 1.
    begins: (usize, usize),
    /// What was put into the text before it was compiled: line and column in the original, number of characters.
    inserted: Vec<(usize, usize, usize)>,
}

impl Source {
    /// A whole file.
    pub(crate) fn file(file: &str, text: &str) -> Self {
        Self::within(file.to_owned(), text, 1, 1)
    }

    /// A text within a file.
    pub(crate) fn within(file: String, text: &str, line: usize, column: usize) -> Self {
        let lines = text.lines().map(str::to_owned).collect();
        Self { file, lines, begins: (line.max(1), column.max(1)), inserted: Vec::new() }
    }

    /// The same text, compiled with insertions: line and column in the original, number of characters, in order.
    pub(crate) fn with_insertions(mut self, inserted: Vec<(usize, usize, usize)>) -> Self {
        self.inserted = inserted;
        self
    }

    /// Adds the place of a position, unless the fault has one.
    pub(crate) fn place(&self, mut fault: Fault, position: Position) -> Fault {
        if fault.place.is_none() {
            fault.place = self.at(position);
        }
        fault
    }

    /// The place of a position.
    pub(crate) fn at(&self, position: Position) -> Option<Place> {
        let (line, column) = self.original(position)?;
        let source = self.lines.get(line - 1).cloned().unwrap_or_default();
        let (begins_line, begins_column) = self.begins;
        let shift = if line == 1 { begins_column - 1 } else { 0 };
        Some(Place { file: self.file.clone(), line: begins_line + line - 1, column: column + shift, source })
    }

    /// Adds the place where a function is defined, unless the fault has a place: what stops a function as a whole has no
    /// position of its own.
    pub(crate) fn place_in_function(&self, mut fault: Fault, name: &str) -> Fault {
        if fault.place.is_none() {
            let begins = |line: &String| {
                let rest = line.trim_start().strip_prefix("fn ").map(str::trim_start);
                rest.and_then(|rest| rest.strip_prefix(name)).is_some_and(|rest| rest.trim_start().starts_with('('))
            };
            let line = self.lines.iter().position(begins).and_then(|line| u16::try_from(line + 1).ok());
            fault.place = line.and_then(|line| self.at(Position::new(line, 1)));
        }
        fault
    }

    /// Line and column of a position in the text as it was written.
    fn original(&self, position: Position) -> Option<(usize, usize)> {
        let (line, mut column) = (position.line()?, position.position().unwrap_or(1));
        let mut shift = 0;
        for (_, at, length) in self.inserted.iter().filter(|(on, ..)| *on == line) {
            if column > at + shift {
                shift += (*length).min(column - at - shift);
            }
        }
        column -= shift;
        Some((line, column.max(1)))
    }

    /// What stands at a position as far as it looks like `a.b.c`.
    fn path_at(&self, position: Position) -> Option<String> {
        let (line, column) = self.original(position)?;
        let rest = self.lines.get(line - 1)?.chars().skip(column - 1);
        Some(rest.take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '.')).collect())
    }
}

/// Makes a fault an error of the script.
pub(crate) fn raise(fault: Fault) -> Box<EvalAltResult> {
    EvalAltResult::ErrorRuntime(Dynamic::from(fault), Position::NONE).into()
}

/// Returns the name that looks most like another, if one is near enough to be meant.
pub(crate) fn closest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (name.chars().count().div_ceil(3)).clamp(1, 4);
    names
        .into_iter()
        .filter(|candidate| *candidate != name)
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Turns an error of the parser into a fault. `names` are the variables that there are.
pub(crate) fn from_parse<'a>(error: &ParseError, source: &Source, names: impl IntoIterator<Item = &'a str>) -> Fault {
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
        ParseErrorType::ExprTooDeep => Fault::new(FaultCode::Depth, "expressions are nested too deeply")
            .with_hint("split it into several statements"),
        ParseErrorType::TooManyFunctions => {
            Fault::new(FaultCode::Depth, "there are too many functions").with_hint("split the script")
        }
        ParseErrorType::LiteralTooLarge(what, limit) => {
            Fault::new(FaultCode::Memory, format!("{what} is over the limit of {limit}").to_lowercase())
        }
        other => Fault::new(FaultCode::Syntax, lower_first(&other.to_string())),
    };
    source.place(fault, position)
}

/// Turns an error of the running script into a fault, with the place of its innermost position.
pub(crate) fn from_eval(error: EvalAltResult, source: &Source, limits: &Limits) -> Fault {
    from_eval_with(error, source, limits, &[])
}

/// The same, for a script of which is known which fields it found missing. Where the engine's error tells only that
/// something was missing, they tell what.
pub(crate) fn from_eval_with(error: EvalAltResult, source: &Source, limits: &Limits, missing: &[Arc<str>]) -> Fault {
    let (error, position) = innermost(error, Position::NONE);
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
        EvalAltResult::ErrorModuleNotFound(path, _) => no_modules(&path),
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
        mut other => {
            other.clear_position();
            Fault::new(FaultCode::Failed, lower_first(&other.to_string()))
        }
    };
    source.place(fault, position)
}

/// The fault for an import.
pub(crate) fn no_modules(path: &str) -> Fault {
    Fault::new(FaultCode::Failed, format!("`{path}` cannot be imported: rules import nothing"))
        .with_hint("copy the functions that are needed into this file")
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

/// Follows an error into the functions that it came from.
fn innermost(error: EvalAltResult, outer: Position) -> (EvalAltResult, Position) {
    let here = error.position();
    let position = if here.is_none() { outer } else { here };
    match error {
        EvalAltResult::ErrorInFunctionCall(_, _, inner, _) | EvalAltResult::ErrorInModule(_, inner, _) => {
            innermost(*inner, position)
        }
        EvalAltResult::ErrorRuntime(value, _) if value.is_string() => {
            let fault = Fault::new(FaultCode::Failed, format!("the script threw `{value}`"));
            (EvalAltResult::ErrorRuntime(Dynamic::from(fault), position), position)
        }
        other => (other, position),
    }
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
