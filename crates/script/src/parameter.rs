//! Parameters: the values of a manifest with what the operator put in their place, as scripts see them.

use std::collections::BTreeMap;

use rhai::{Array, Dynamic, Map};
use tierhook_hooks::{Fault, FaultCode, Manifest, Parameter, ParameterValue};

use crate::failure::closest;

/// Puts an operator's values in the place of the manifest's.
///
/// # Errors
/// A [`Fault`] for each value whose parameter there is none of, or that has another type or lies out of range.
pub(crate) fn overridden(
    manifest: &mut Manifest,
    values: &BTreeMap<String, ParameterValue>,
    file: &str,
) -> Result<(), Vec<Fault>> {
    let mut faults = Vec::new();
    for (name, value) in values {
        let Some(parameter) = manifest.parameters.get_mut(name) else {
            let fault =
                Fault::new(FaultCode::Failed, format!("a value is set for `{name}`, which is no parameter of {file}"));
            faults.push(match closest(name, manifest.parameters.keys().map(String::as_str)) {
                Some(near) => fault.with_hint(format!("did you mean `{near}`?")),
                None => fault.with_hint("remove the value, or add the parameter to the manifest"),
            });
            continue;
        };
        let Some(value) = same_type(parameter.value(), value) else {
            let (wanted, given) = (type_name(parameter.value()), type_name(value));
            let message =
                format!("the value set for parameter `{name}` of {file} is {given}, but the manifest has {wanted}");
            faults.push(Fault::new(FaultCode::Failed, message).with_hint("set a value of the same type"));
            continue;
        };
        match parameter {
            Parameter::Plain(plain) => *plain = value,
            Parameter::Described(described) => described.value = value,
        }
        if let Err(error) = parameter.check(name) {
            faults.push(Fault::new(FaultCode::Failed, error.to_string()).with_hint("set a value within the range"));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// The new value if it can stand for the old one. A whole number can stand for one with a fraction.
fn same_type(old: &ParameterValue, new: &ParameterValue) -> Option<ParameterValue> {
    match (old, new) {
        (ParameterValue::Decimal(_), ParameterValue::Integer(number)) => Some(ParameterValue::Decimal(*number as f64)),
        (old, new) => (std::mem::discriminant(old) == std::mem::discriminant(new)).then(|| new.clone()),
    }
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
