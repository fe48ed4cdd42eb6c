//! Parameters: the values of a manifest with what the operator put in their place, as scripts see them.

mod names;

use rhai::{Array, Dynamic, Engine, Map, Position, Scope};
use tierhook_hooks::{
    DATE_HINT, Fault, FaultCode, Limits, Manifest, Parameter, ParameterCheck, ParameterValue, Place, closest,
};

use crate::argument;
use crate::budget;
use crate::failure::{from_eval, from_parse};
use crate::host::ScriptSource;
use crate::source::Source;

pub(crate) use names::check_names;

/// Puts an operator's values in the place of the manifest's, and checks what has to hold between them. `table` are the keys
/// of the table that has them.
///
/// # Errors
/// A [`Fault`] for each value whose parameter there is none of, or that has another type or lies out of range; and for
/// each check that does not hold, or makes no sense.
pub(crate) fn overridden(
    manifest: &mut Manifest,
    source: &ScriptSource,
    table: &[&str],
    engine: &Engine,
    limits: &Limits,
) -> Result<(), Vec<Fault>> {
    let relations = Relations { engine, limits, source, table };
    relations.check(manifest, true)?;
    let mut faults = Vec::new();
    let file = source.file.as_str();
    for (name, value) in &source.parameters {
        let mut wrong = |fault: Fault| faults.push(Fault { place: relations.place_of_value(name), ..fault });
        let Some(parameter) = manifest.parameters.get_mut(name) else {
            let fault =
                Fault::new(FaultCode::Failed, format!("a value is set for `{name}`, which is no parameter of {file}"));
            wrong(match closest(name, manifest.parameters.keys().map(String::as_str)) {
                Some(near) => fault.with_hint(format!("did you mean `{near}`?")),
                None => fault.with_hint("remove the value, or add the parameter to the manifest"),
            });
            continue;
        };
        if value.has_date() {
            let message = format!("a date is set for parameter `{name}` of {file}, and no parameter can be one");
            wrong(Fault::new(FaultCode::Failed, message).with_hint(DATE_HINT));
            continue;
        }
        let Some(value) = same_type(parameter.value(), value) else {
            let (wanted, given) = (type_name(parameter.value()), type_name(value));
            let message = if wanted == given {
                format!("the value set for parameter `{name}` of {file} has parts of other types than in the manifest")
            } else {
                format!("the value set for parameter `{name}` of {file} is {given}, but the manifest has {wanted}")
            };
            wrong(Fault::new(FaultCode::Failed, message).with_hint("set a value of the same type"));
            continue;
        };
        match parameter {
            Parameter::Plain(plain) => *plain = value,
            Parameter::Described(described) => described.value = value,
        }
        if let Err(error) = parameter.check(name) {
            let of = format!("parameter `{name}`");
            let message = error.to_string().replacen(&of, &format!("{of} of {file}"), 1);
            wrong(Fault::new(FaultCode::Failed, message).with_hint("set a value within the range"));
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    if source.parameters.is_empty() { Ok(()) } else { relations.check(manifest, false) }
}

/// The new value if it can stand for the old one. A whole number can stand for one with a fraction; a list has items
/// like those of the old one, and a table values like the old ones of the same name, or like any of them.
fn same_type(old: &ParameterValue, new: &ParameterValue) -> Option<ParameterValue> {
    match (old, new) {
        (ParameterValue::Decimal(_), ParameterValue::Integer(number)) => Some(ParameterValue::Decimal(*number as f64)),
        (ParameterValue::List(old), ParameterValue::List(new)) => {
            let item = |value| old.first().map_or_else(|| Some(Clone::clone(value)), |old| same_type(old, value));
            new.iter().map(item).collect::<Option<_>>().map(ParameterValue::List)
        }
        (ParameterValue::Table(old), ParameterValue::Table(new)) => {
            let entry = |(name, value): (&String, &ParameterValue)| {
                let old = old.get(name).or_else(|| old.values().next());
                let value = old.map_or_else(|| Some(value.clone()), |old| same_type(old, value))?;
                Some((name.clone(), value))
            };
            new.iter().map(entry).collect::<Option<_>>().map(ParameterValue::Table)
        }
        (old, new) => (std::mem::discriminant(old) == std::mem::discriminant(new)).then(|| new.clone()),
    }
}

/// What has to hold between the parameters of a rule.
struct Relations<'a> {
    engine: &'a Engine,
    limits: &'a Limits,
    source: &'a ScriptSource,
    /// The keys of the table with the operator's values.
    table: &'a [&'a str],
}

impl Relations<'_> {
    /// Checks all of them. The author's own values are placed in the manifest; an operator's stand elsewhere.
    fn check(&self, manifest: &Manifest, is_authors: bool) -> Result<(), Vec<Fault>> {
        let mut scope = Scope::new();
        for (name, parameter) in &manifest.parameters {
            scope.push_constant_dynamic(name.as_str(), dynamic(parameter.value()));
        }
        let faults: Vec<Fault> = manifest
            .checks
            .iter()
            .filter_map(|check| {
                let place = self.place(check);
                let fault = match self.holds(check, &scope, &place, manifest) {
                    Ok(true) => return None,
                    Ok(false) => broken(check, manifest),
                    Err(fault) => fault,
                };
                Some(if is_authors {
                    place.place(fault, BEGINNING)
                } else {
                    Fault { place: names_in(check).find_map(|name| self.place_of_value(name)), ..fault }
                })
            })
            .collect();
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    fn holds(&self, check: &ParameterCheck, scope: &Scope, place: &Source, manifest: &Manifest) -> Result<bool, Fault> {
        let names = manifest.parameters.keys().map(String::as_str);
        let compiled = self.engine.compile_expression_with_scope(scope, &check.that);
        let compiled = compiled.map_err(|error| from_parse(&error, place, self.limits, names))?;
        let watched = budget::begin(self.limits, self.limits.wall(1));
        let result = self.engine.eval_ast_with_scope::<Dynamic>(&mut scope.clone(), &compiled);
        if let Some((fault, position, _)) = watched.stopped() {
            return Err(place.place(fault, position));
        }
        let value = result.map_err(|error| from_eval(*error, place, self.limits))?;
        value.as_bool().map_err(|_| {
            let message =
                format!("the check `{}` comes to {}, not to yes or no", check.that, argument::type_name(&value));
            Fault::new(FaultCode::Failed, message).with_hint("write a condition, for example `a_from > b_from`")
        })
    }

    /// Where the operator sets a parameter.
    fn place_of_value(&self, name: &str) -> Option<Place> {
        let path: Vec<&str> = self.table.iter().copied().chain([name]).collect();
        self.source.value_place(&path)
    }

    /// Where a check stands in the manifest.
    fn place(&self, check: &ParameterCheck) -> Source {
        let text = self.source.manifest.as_deref().unwrap_or_default();
        let at = text.find(&check.that).unwrap_or(0);
        let before = &text[..at];
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Source::within(self.source.manifest_file.clone(), &check.that, before.matches('\n').count() + 1, column)
    }
}

/// What has no position of its own is placed where the check begins.
const BEGINNING: Position = Position::new(1, 1);

/// The words of a check, names of parameters among them.
fn names_in(check: &ParameterCheck) -> impl Iterator<Item = &str> {
    check.that.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

fn broken(check: &ParameterCheck, manifest: &Manifest) -> Fault {
    let named = manifest.parameters.iter().filter(|(name, _)| names_in(check).any(|word| word == name.as_str()));
    let values: Vec<String> =
        named.map(|(name, parameter)| format!("{name} = {}", dynamic(parameter.value()))).collect();
    let message = format!("`{}` does not hold: {}", check.that, values.join(", "));
    let why: Vec<&str> = [check.en.as_str(), check.zh.as_str()].into_iter().filter(|why| !why.is_empty()).collect();
    let hint = if why.is_empty() { "change one of the parameters".to_owned() } else { why.join(" / ") };
    Fault::new(FaultCode::Failed, message).with_hint(hint)
}

fn type_name(value: &ParameterValue) -> &'static str {
    match value {
        ParameterValue::Boolean(_) => "yes or no",
        ParameterValue::Integer(_) => "a whole number",
        ParameterValue::Decimal(_) => "a number",
        ParameterValue::Text(_) => "a text",
        ParameterValue::List(_) => "a list",
        ParameterValue::Table(_) => "a table",
    }
}

/// The parameters as a script sees them.
pub(crate) fn map(manifest: &Manifest) -> Map {
    manifest.parameters.iter().map(|(name, parameter)| (name.as_str().into(), dynamic(parameter.value()))).collect()
}

fn dynamic(value: &ParameterValue) -> Dynamic {
    match value {
        ParameterValue::Boolean(yes) => Dynamic::from_bool(*yes),
        ParameterValue::Integer(number) => Dynamic::from_int(*number),
        ParameterValue::Decimal(number) => Dynamic::from_float(*number),
        ParameterValue::Text(text) => Dynamic::from(text.clone()),
        ParameterValue::List(list) => Dynamic::from_array(list.iter().map(dynamic).collect::<Array>()),
        ParameterValue::Table(table) => {
            Dynamic::from_map(table.iter().map(|(name, value)| (name.as_str().into(), dynamic(value))).collect())
        }
    }
}
