//! Parameters: what an operator may set without touching the code.

use std::collections::BTreeMap;

use crate::Fault;
use crate::bindings::types::{Parameter, ParameterValue};

/// The parameters of a plugin, by `#[derive(Parameters)]` on a struct. They are read once for a batch.
///
/// A field is the parameter of its name, or the one named by `#[parameter("days.A")]`; a `BTreeMap<String, T>` takes a whole table.
pub trait Parameters: Sized {
    /// Reads them.
    ///
    /// # Errors
    /// A fault of the batch if one is not there or of another type.
    fn from_values(values: Values<'_>) -> Result<Self, Fault>;
}

impl Parameters for () {
    fn from_values(_: Values<'_>) -> Result<Self, Fault> {
        Ok(())
    }
}

/// The parameters as the host gives them.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub struct Values<'a> {
    all: &'a [Parameter],
}

impl<'a> Values<'a> {
    pub(crate) fn new(all: &'a [Parameter]) -> Self {
        Self { all }
    }

    /// Reads the parameter with a name.
    pub fn get<T: FromParameter>(&self, name: &str) -> Result<T, Fault> {
        T::from_parameter(name, self.all)
    }
}

/// A type that a parameter may have: `bool`, `i64`, `f64`, `String`, lists of them, and maps of them for a table.
pub trait FromParameter: Sized {
    /// Reads the parameter with a name.
    ///
    /// # Errors
    /// A fault if it is not there or of another type.
    fn from_parameter(name: &str, all: &[Parameter]) -> Result<Self, Fault>;
}

/// A type that a single value may have.
#[doc(hidden)]
pub trait FromValue: Sized {
    const EXPECTED: &'static str;
    fn from_value(value: &ParameterValue) -> Option<Self>;
}

macro_rules! from_value {
    ($($ty:ty, $expected:literal, $($pattern:pat $(if $guard:expr)? => $value:expr),+;)*) => {$(
        impl FromValue for $ty {
            const EXPECTED: &'static str = $expected;

            fn from_value(value: &ParameterValue) -> Option<Self> {
                match value {
                    $($pattern $(if $guard)? => Some($value),)+
                    _ => None,
                }
            }
        }

        impl FromParameter for $ty {
            fn from_parameter(name: &str, all: &[Parameter]) -> Result<Self, Fault> {
                let found = all.iter().find(|parameter| parameter.name == name).ok_or_else(|| absent(name))?;
                Self::from_value(&found.value).ok_or_else(|| unfit::<Self>(name))
            }
        }
    )*};
}

// A list without any is one of texts, whatever it was meant to hold.
from_value! {
    bool, "yes or no", ParameterValue::Boolean(yes) => *yes;
    i64, "a whole number", ParameterValue::Integer(number) => *number;
    f64, "a number", ParameterValue::Decimal(number) => *number, ParameterValue::Integer(number) => *number as f64;
    String, "a text", ParameterValue::Text(text) => text.clone();
    Vec<bool>, "a list of yes or no", ParameterValue::Booleans(list) => list.clone(),
        ParameterValue::Texts(list) if list.is_empty() => Vec::new();
    Vec<i64>, "a list of whole numbers", ParameterValue::Integers(list) => list.clone(),
        ParameterValue::Texts(list) if list.is_empty() => Vec::new();
    Vec<f64>, "a list of numbers",
        ParameterValue::Decimals(list) => list.clone(),
        ParameterValue::Integers(list) => list.iter().map(|number| *number as f64).collect(),
        ParameterValue::Texts(list) if list.is_empty() => Vec::new();
    Vec<String>, "a list of texts", ParameterValue::Texts(list) => list.clone();
}

impl<T: FromValue> FromParameter for BTreeMap<String, T> {
    fn from_parameter(name: &str, all: &[Parameter]) -> Result<Self, Fault> {
        let of_table = |parameter: &Parameter| Some(parameter.name.strip_prefix(name)?.strip_prefix('.')?.to_owned());
        let values = all.iter().filter_map(|parameter| Some((of_table(parameter)?, parameter)));
        values
            .map(|(key, parameter)| {
                let value = T::from_value(&parameter.value).ok_or_else(|| unfit::<T>(&parameter.name))?;
                Ok((key, value))
            })
            .collect()
    }
}

fn absent(name: &str) -> Fault {
    Fault::new(format!("there is no parameter `{name}`")).hint(format!("add `{name}` to [parameters] in plugin.toml"))
}

fn unfit<T: FromValue>(name: &str) -> Fault {
    Fault::new(format!("parameter `{name}` is not {}", T::EXPECTED)).hint("give it a value of that type")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_name_and_type() {
        let all: Vec<Parameter> = [
            ("days.A", ParameterValue::Integer(30)),
            ("days.B", ParameterValue::Integer(90)),
            ("from", ParameterValue::Integer(5)),
            ("steps", ParameterValue::Texts(vec![])),
        ]
        .into_iter()
        .map(|(name, value)| Parameter { name: name.to_owned(), value })
        .collect();
        let values = Values::new(&all);
        assert_eq!(values.get::<f64>("from"), Ok(5.0));
        assert_eq!(values.get::<i64>("days.B"), Ok(90));
        assert_eq!(values.get::<BTreeMap<String, f64>>("days").unwrap()["A"], 30.0);
        assert_eq!(values.get::<Vec<i64>>("steps"), Ok(vec![]));
        assert_eq!(values.get::<bool>("from").unwrap_err().message, "parameter `from` is not yes or no");
        assert_eq!(values.get::<bool>("form").unwrap_err().message, "there is no parameter `form`");
    }
}
