//! Checks of what a manifest says its parameters stand for.

use tierhook_hooks::{Fault, FaultCode, Measured, Parameter, ParameterValue, Suggestion, closest};
use tierhook_model::FieldType;

use super::Checker;

impl Checker<'_> {
    /// A parameter with a suggestion is a number, and is measured by a number.
    pub(super) fn check_suggestions(&mut self) {
        for (name, parameter) in &self.manifest.parameters {
            let Parameter::Described(parameter) = parameter else { continue };
            let Some(suggestion) = &parameter.suggest else { continue };
            let is_number = matches!(parameter.value, ParameterValue::Integer(_) | ParameterValue::Decimal(_));
            let wrong = if is_number { self.mismeasured(suggestion) } else { Some(not_a_number()) };
            if let Some(fault) = wrong {
                let message = format!("`suggest` of parameter `{name}`: {}", fault.message);
                let place = self.source.manifest_place(&["parameters", name, "suggest"]);
                self.faults.push(Fault { message, place, ..fault });
            }
        }
    }

    fn mismeasured(&self, suggestion: &Suggestion) -> Option<Fault> {
        match &suggestion.of {
            Measured::Field(field) => match self.catalogue.get(field).map(|field| field.ty) {
                None => Some(self.fields.unknown(field)),
                Some(FieldType::Integer | FieldType::Decimal | FieldType::Money) => None,
                Some(_) => Some(
                    Fault::new(FaultCode::Failed, format!("`{field}` is no number"))
                        .with_hint("name a field that is a number"),
                ),
            },
            Measured::Score(id) if self.dimensions.get(id).is_some() => None,
            Measured::Score(id) => {
                let fault = Fault::new(FaultCode::Failed, format!("there is no dimension `{id}`"));
                Some(match closest(id, self.dimensions.iter().map(|dimension| dimension.id.as_str())) {
                    Some(near) => fault.with_hint(format!("did you mean `{near}`?")),
                    None => fault.with_hint("scripts/dimensions.toml defines dimensions"),
                })
            }
        }
    }
}

fn not_a_number() -> Fault {
    Fault::new(FaultCode::Failed, "its value is no number").with_hint("only numbers can be suggested; take it out")
}
