//! Parameters, as the contract passes them on.

use std::collections::BTreeMap;

use tierhook_hooks::{Manifest, ParameterValue};

use crate::contract::{Parameter, ParameterValue as Value};

/// The parameters of a plugin, laid out flat: a value in a table has the table's name and a dot before its own.
#[derive(Clone, Debug, PartialEq, Default)]
pub(crate) struct Parameters(BTreeMap<String, Flat>);

#[derive(Clone, Debug, PartialEq)]
enum Flat {
    Boolean(bool),
    Integer(i64),
    Decimal(f64),
    Text(String),
    Booleans(Vec<bool>),
    Integers(Vec<i64>),
    Decimals(Vec<f64>),
    Texts(Vec<String>),
}

impl Parameters {
    /// Takes the parameters of a manifest.
    ///
    /// # Errors
    /// What cannot be passed on, and why.
    pub(crate) fn of(manifest: &Manifest) -> Result<Self, String> {
        let mut parameters = Self::default();
        for (name, parameter) in &manifest.parameters {
            parameters.add(name, parameter.value())?;
        }
        Ok(parameters)
    }

    fn add(&mut self, name: &str, value: &ParameterValue) -> Result<(), String> {
        let flat = match value {
            ParameterValue::Boolean(yes) => Flat::Boolean(*yes),
            ParameterValue::Integer(number) => Flat::Integer(*number),
            ParameterValue::Decimal(number) => Flat::Decimal(*number),
            ParameterValue::Text(text) => Flat::Text(text.clone()),
            ParameterValue::List(list) => list_of(name, list)?,
            ParameterValue::Table(table) => {
                return table.iter().try_for_each(|(key, value)| self.add(&format!("{name}.{key}"), value));
            }
        };
        match self.0.insert(name.to_owned(), flat) {
            None => Ok(()),
            Some(_) => Err(format!("there are two parameters `{name}` when tables are laid out flat")),
        }
    }

    /// Calls with the parameters as the contract passes them on.
    pub(crate) fn with<R>(&self, call: impl FnOnce(&[Parameter<'_>]) -> R) -> R {
        let texts: BTreeMap<&str, Vec<&str>> = self
            .0
            .iter()
            .filter_map(|(name, value)| match value {
                Flat::Texts(texts) => Some((name.as_str(), texts.iter().map(String::as_str).collect())),
                _ => None,
            })
            .collect();
        let parameters: Vec<Parameter<'_>> = self
            .0
            .iter()
            .map(|(name, value)| {
                let value = match value {
                    Flat::Boolean(yes) => Value::Boolean(*yes),
                    Flat::Integer(number) => Value::Integer(*number),
                    Flat::Decimal(number) => Value::Decimal(*number),
                    Flat::Text(text) => Value::Text(text),
                    Flat::Booleans(list) => Value::Booleans(list),
                    Flat::Integers(list) => Value::Integers(list),
                    Flat::Decimals(list) => Value::Decimals(list),
                    Flat::Texts(_) => Value::Texts(&texts[name.as_str()]),
                };
                Parameter { name, value }
            })
            .collect();
        call(&parameters)
    }
}

fn list_of(name: &str, list: &[ParameterValue]) -> Result<Flat, String> {
    let booleans = || list.iter().map(|item| if let ParameterValue::Boolean(yes) = item { Some(*yes) } else { None });
    let integers = || list.iter().map(|item| if let ParameterValue::Integer(n) = item { Some(*n) } else { None });
    let decimals = || {
        list.iter().map(|item| match item {
            ParameterValue::Integer(number) => Some(*number as f64),
            ParameterValue::Decimal(number) => Some(*number),
            _ => None,
        })
    };
    let texts =
        || list.iter().map(|item| if let ParameterValue::Text(text) = item { Some(text.clone()) } else { None });
    // An empty list is one of texts, so that comes first.
    let flat = (texts().collect::<Option<_>>().map(Flat::Texts))
        .or_else(|| booleans().collect::<Option<_>>().map(Flat::Booleans))
        .or_else(|| integers().collect::<Option<_>>().map(Flat::Integers))
        .or_else(|| decimals().collect::<Option<_>>().map(Flat::Decimals));
    flat.ok_or_else(|| {
        format!("the list `{name}` has items of several types, or lists in it; a plugin gets lists of one")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(text: &str) -> Result<Parameters, String> {
        Parameters::of(&Manifest::parse(&format!("[parameters]\n{text}")).unwrap())
    }

    #[test]
    fn tables_are_laid_out_flat_and_lists_have_one_type() {
        let some = parameters("a = 1\nlist = [1, 2.5]\nnone = []\n[parameters.bands]\nA = 0.5\nB = 0.2\n").unwrap();
        assert_eq!(some.0.keys().collect::<Vec<_>>(), ["a", "bands.A", "bands.B", "list", "none"]);
        assert_eq!(some.0["list"], Flat::Decimals(vec![1.0, 2.5]));
        assert_eq!(some.0["none"], Flat::Texts(Vec::new()));
        assert!(parameters("x = [1, \"a\"]\n").unwrap_err().contains("`x`"));
        some.with(|passed| assert_eq!(passed[1].name, "bands.A"));
    }
}
