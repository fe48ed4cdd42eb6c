//! Writing values into `rules.toml`: the text changes where it has to, comments and order stay.

use tierhook_hooks::ParameterValue;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, Value};

use crate::edit::path::table_at;

/// A value of a parameter that is to be set.
#[derive(Clone, Debug, PartialEq)]
pub struct NewValue {
    /// The rule.
    pub rule: String,
    /// The class of the segmenting dimension that it holds for; `None` is everybody else.
    pub segment: Option<String>,
    /// The parameter.
    pub parameter: String,
    /// The value.
    pub value: ParameterValue,
}

/// Why values cannot be written into a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingError {
    /// The file is no TOML.
    #[error("rules.toml cannot be edited as it is no TOML: {why}; put it right by hand first")]
    Malformed {
        /// The parser's reason.
        why: String,
    },
    /// Something stands where a table should be.
    #[error("rules.toml cannot be edited by command: `{key}` is no table; edit it by hand")]
    Form {
        /// What is otherwise.
        key: String,
    },
}

/// Returns the text of `rules.toml` with values set. `by` are rules with the dimension whose classes their segments are.
///
/// # Errors
/// [`SettingError`] if the text cannot be edited. Whether the new text would load is another question.
pub fn set_parameters(text: &str, by: &[(String, String)], values: &[NewValue]) -> Result<String, SettingError> {
    let mut document = parse(text)?;
    for (rule, dimension) in by {
        let table = tables(document.as_table_mut(), &["rules", rule])?;
        set(table, "segment_by", Value::from(dimension));
    }
    for new in values {
        let mut path = vec!["rules", new.rule.as_str()];
        match &new.segment {
            Some(segment) => path.extend(["segments", segment.as_str()]),
            None => path.push("parameters"),
        }
        set(tables(document.as_table_mut(), &path)?, &new.parameter, written(&new.value));
    }
    Ok(document.to_string())
}

/// Returns the text of `rules.toml` with older releases of a plugin taken from a serial on, or none.
///
/// # Errors
/// [`SettingError`] if the text cannot be edited.
pub fn set_lowest_serial(text: &str, plugin: &str, serial: Option<u64>) -> Result<String, SettingError> {
    let mut document = parse(text)?;
    let table = tables(document.as_table_mut(), &["rules", plugin])?;
    match serial {
        Some(serial) => set(table, "lowest_serial", Value::from(i64::try_from(serial).unwrap_or(i64::MAX))),
        None => drop(table.remove("lowest_serial")),
    }
    if table.is_empty() {
        tables(document.as_table_mut(), &["rules"])?.remove(plugin);
    }
    Ok(document.to_string())
}

fn parse(text: &str) -> Result<DocumentMut, SettingError> {
    text.parse()
        .map_err(|error: toml_edit::TomlError| SettingError::Malformed { why: error.message().replace('\n', " ") })
}

fn tables<'t>(root: &'t mut Table, path: &[&str]) -> Result<&'t mut dyn TableLike, SettingError> {
    table_at(root, path).map_err(|key| SettingError::Form { key })
}

/// Sets a value; what stands round the old one stays.
fn set(table: &mut dyn TableLike, key: &str, mut value: Value) {
    if let Some(old) = table.get_mut(key).and_then(Item::as_value_mut) {
        *value.decor_mut() = old.decor().clone();
        *old = value;
    } else {
        table.insert(key, Item::Value(value));
    }
}

fn written(value: &ParameterValue) -> Value {
    match value {
        ParameterValue::Boolean(yes) => Value::from(*yes),
        ParameterValue::Integer(number) => Value::from(*number),
        ParameterValue::Decimal(number) => Value::from(*number),
        ParameterValue::Text(text) => Value::from(text),
        ParameterValue::List(list) => Value::Array(list.iter().map(written).collect::<Array>()),
        ParameterValue::Table(table) => {
            let pairs = table.iter().map(|(name, value)| (name.as_str(), written(value)));
            Value::InlineTable(pairs.collect::<InlineTable>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(rule: &str, parameter: &str, value: f64) -> NewValue {
        let (rule, parameter) = (rule.to_owned(), parameter.to_owned());
        NewValue { rule, segment: None, parameter, value: ParameterValue::Decimal(value) }
    }

    #[test]
    fn comments_and_what_is_not_meant_stay() {
        let text = "# ours\n[rules.grade]\norder = 5 # early\nparameters = { full = 150.0, days = 6 } # as agreed\n\n\
                    [rules.care]\nenabled = false\n[rules.value.parameters]\n# from the board\nhigh = 3.0 # EUR\n";
        let values = [new("grade", "full", 200.0), new("grade", "a", 0.5), new("value", "high", 4.0)];
        let edited = set_parameters(text, &[], &values).unwrap();
        let expected = text
            .replace("full = 150.0, days = 6 }", "full = 200.0, days = 6 , a = 0.5 }")
            .replace("high = 3.0", "high = 4.0");
        assert_eq!(edited.replace("6, a", "6 , a"), expected);
    }

    #[test]
    fn a_file_that_is_not_there_is_begun() {
        let values = [
            new("grade", "full", 200.0),
            NewValue { segment: Some("large".to_owned()), ..new("grade", "full", 900.0) },
        ];
        let text = set_parameters("", &[("grade".to_owned(), "size".to_owned())], &values).unwrap();
        assert_eq!(
            text,
            "[rules.grade]\nsegment_by = \"size\"\n\n[rules.grade.parameters]\nfull = 200.0\n\n\
             [rules.grade.segments.large]\nfull = 900.0\n"
        );
        assert_eq!(set_parameters(&text, &[], &values).unwrap(), text);
    }

    #[test]
    fn an_older_release_is_let_in_beside_what_else_is_said_of_the_rule() {
        let text = "[rules.guard]\norder = 5 # early\n";
        let edited = set_lowest_serial(text, "guard", Some(3)).unwrap();
        assert_eq!(edited, format!("{text}lowest_serial = 3\n"));
        assert_eq!(set_lowest_serial(&edited, "guard", Some(2)).unwrap(), format!("{text}lowest_serial = 2\n"));
        assert_eq!(set_lowest_serial(&edited, "guard", None).unwrap(), text);
        let alone = set_lowest_serial("# ours\n[rules.care]\norder = 1\n", "guard", Some(3)).unwrap();
        assert_eq!(set_lowest_serial(&alone, "guard", None).unwrap(), "# ours\n[rules.care]\norder = 1\n");
    }

    #[test]
    fn what_cannot_be_edited_is_said() {
        let error = |text: &str| set_parameters(text, &[], &[new("grade", "full", 1.0)]).unwrap_err().to_string();
        assert!(error("[rules").contains("no TOML"));
        assert!(error("[rules]\ngrade = 3\n").contains("`rules.grade` is no table"));
    }
}
