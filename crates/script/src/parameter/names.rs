//! Parameters that name dimensions or classes, held against what there is.

use tierhook_hooks::{Fault, FaultCode, Manifest, Parameter, ParameterValue, unknown_class, unknown_dimension};
use tierhook_model::Dimensions;

use crate::host::ScriptSource;

/// Checks that parameters name dimensions and classes that there are, whoever set their values.
///
/// # Errors
/// A [`Fault`] for each name that there is none of. The author's own values are placed in the manifest; an operator's
/// stand elsewhere.
pub(crate) fn check_names(
    manifest: &Manifest,
    source: &ScriptSource,
    dimensions: &Dimensions,
) -> Result<(), Vec<Fault>> {
    let mut faults = Vec::new();
    for (name, parameter) in &manifest.parameters {
        let Parameter::Described(described) = parameter else { continue };
        let Some(names) = &described.names else { continue };
        let by = names.strip_prefix("class.{").and_then(|rest| rest.strip_suffix('}'));
        let found = match (texts(&described.value), names.as_str(), by) {
            (None, ..) => Err(wrong("it names something, so its value is a text or a list of texts".to_owned())),
            (Some(texts), "dimension", _) => match texts.iter().find(|id| dimensions.get(id).is_none()) {
                Some(id) => Err(unknown_dimension(dimensions, id)),
                None => Ok(()),
            },
            (Some(texts), _, Some(by)) => match manifest.parameters.get(by).map(Parameter::value) {
                Some(ParameterValue::Text(id)) => classes(dimensions, id, &texts),
                _ => Err(wrong(format!(
                    "it names classes of the dimension in `{by}`, which is no parameter with a text"
                ))),
            },
            (Some(texts), names, None) => match names.strip_prefix("class.") {
                Some(id) => classes(dimensions, id, &texts),
                None => Err(wrong(format!("`names` is `{names}`"))
                    .with_hint("write `dimension`, `class.grade`, or `class.{dimension}` for that of a parameter")),
            },
        };
        if let Err(fault) = found {
            let set = [Some(name.as_str()), by].into_iter().flatten().find(|it| source.parameters.contains_key(*it));
            let (of, place) = match set {
                Some(set) => (format!(" of {}", source.file), source.value_place(&["parameters", set])),
                None => (String::new(), source.manifest_place(&["parameters", name])),
            };
            faults.push(Fault { message: format!("parameter `{name}`{of}: {}", fault.message), place, ..fault });
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

fn wrong(message: String) -> Fault {
    Fault::new(FaultCode::Failed, message)
}

fn classes(dimensions: &Dimensions, id: &str, texts: &[&str]) -> Result<(), Fault> {
    let dimension = dimensions.get(id).ok_or_else(|| unknown_dimension(dimensions, id))?;
    match texts.iter().find(|class| !dimension.allows(class)) {
        Some(class) => Err(unknown_class(dimension, class)),
        None => Ok(()),
    }
}

/// The texts of a value; `None` if it is something else.
fn texts(value: &ParameterValue) -> Option<Vec<&str>> {
    match value {
        ParameterValue::Text(text) => Some(vec![text]),
        ParameterValue::List(list) => list.iter().map(|item| texts(item)?.first().copied()).collect(),
        _ => None,
    }
}
