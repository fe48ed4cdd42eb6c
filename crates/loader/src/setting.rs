//! Settings: what the operator says about rules in `rules.toml`.

mod edit;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tierhook_hooks::{Fault, FaultCode, Limits, ParameterValue, Segments};

use crate::document::Document;
use crate::tree::RULES_FILE;

pub use edit::{NewValue, SettingError, set_lowest_serial, set_parameters};

/// What the operator says about one rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RuleSettings {
    /// Whether it runs.
    pub(crate) enabled: bool,
    /// Where it stands among rules of the same stratum, whatever its manifest says.
    pub(crate) order: Option<i32>,
    /// Values of its parameters.
    pub(crate) parameters: BTreeMap<String, ParameterValue>,
    /// The dimension whose classes are the segments.
    pub(crate) segment_by: Option<String>,
    /// Values of its parameters for the customers in a segment.
    pub(crate) segments: BTreeMap<String, BTreeMap<String, ParameterValue>>,
    /// Lower limits than the host's and the author's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) limits: Option<Limits>,
    /// From which serial on older releases of a plugin are taken, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lowest_serial: Option<u64>,
}

impl RuleSettings {
    /// The segments, where a dimension tells them apart.
    pub(crate) fn segments(&self) -> Option<Segments> {
        let dimension = self.segment_by.clone()?;
        Some(Segments { dimension, values: self.segments.clone() })
    }
}

impl Default for RuleSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            order: None,
            parameters: BTreeMap::new(),
            segment_by: None,
            segments: BTreeMap::new(),
            limits: None,
            lowest_serial: None,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesFile {
    #[serde(default)]
    rules: BTreeMap<String, RuleSettings>,
}

/// Reads `rules.toml`: a table for each rule by its name.
pub(crate) fn parse(file: &str, bytes: &[u8]) -> Result<BTreeMap<String, RuleSettings>, Fault> {
    let document = Document::decode(file, bytes)?;
    let rules = document.toml::<RulesFile>()?.rules;
    for (rule, settings) in &rules {
        check_finite(&document, &["rules", rule, "parameters"], &settings.parameters)?;
        for (class, values) in &settings.segments {
            check_finite(&document, &["rules", rule, "segments", class], values)?;
        }
        if !settings.segments.is_empty() && settings.segment_by.is_none() {
            let message = format!("[rules.{rule}.segments] says nothing about whose classes these are");
            let hint = format!("write segment_by = \"size\", or another dimension, under [rules.{rule}]");
            let place = document.key(&["rules", rule, "segments"]);
            return Err(Fault { place, ..Fault::new(FaultCode::Syntax, message).with_hint(hint) });
        }
    }
    Ok(rules)
}

/// Tells from which serial on older releases of a plugin are taken, as `rules.toml` has it.
///
/// # Errors
/// A [`Fault`] with the place if the text is not fit to be read.
pub fn lowest_serial(bytes: &[u8], plugin: &str) -> Result<Option<u64>, Fault> {
    Ok(parse(RULES_FILE, bytes)?.get(plugin).and_then(|settings| settings.lowest_serial))
}

/// TOML can write `nan` and `inf`; no parameter means them.
pub(crate) fn check_finite(
    document: &Document<'_>,
    table: &[&str],
    parameters: &BTreeMap<String, ParameterValue>,
) -> Result<(), Fault> {
    let Some((name, _)) = parameters.iter().find(|(_, value)| !is_finite(value)) else { return Ok(()) };
    let message = format!("`{name}` in [{}] is not a finite number", table.join("."));
    let path: Vec<&str> = table.iter().copied().chain([name.as_str()]).collect();
    Err(Fault { place: document.key(&path), ..Fault::new(FaultCode::Syntax, message).with_hint("write a number") })
}

fn is_finite(value: &ParameterValue) -> bool {
    match value {
        ParameterValue::Decimal(number) => number.is_finite(),
        ParameterValue::List(values) => values.iter().all(is_finite),
        ParameterValue::Table(values) => values.values().all(is_finite),
        ParameterValue::Boolean(_) | ParameterValue::Integer(_) | ParameterValue::Text(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_is_not_named_runs_as_its_author_wrote_it() {
        let text = "[rules.abc_grade]\norder = 5\nparameters = { a_from = 0.8 }\n[rules.care]\nenabled = false\n";
        let rules = parse("rules.toml", text.as_bytes()).unwrap();
        assert_eq!(rules["abc_grade"].order, Some(5));
        assert_eq!(rules["abc_grade"].parameters["a_from"], ParameterValue::Decimal(0.8));
        assert!(rules["abc_grade"].enabled && !rules["care"].enabled);
    }

    #[test]
    fn an_older_release_of_a_plugin_is_taken_where_the_operator_says_so() {
        let rules = parse("rules.toml", b"[rules.guard]\nlowest_serial = 3\n[rules.care]\n").unwrap();
        assert_eq!(lowest_serial(b"[rules.guard]\nlowest_serial = 3\n", "guard").unwrap(), Some(3));
        assert_eq!((rules["guard"].lowest_serial, rules["care"].lowest_serial), (Some(3), None));
        let fault = parse("rules.toml", b"[rules.guard]\nlowest_serial = -1\n").unwrap_err();
        assert_eq!(fault.place.map(|place| place.line), Some(2));
    }

    #[test]
    fn an_operator_may_lower_limits() {
        let text = "[rules.guard.limits]\noperations = 500\nplugin = { fuel = 9000 }\n";
        let limits = parse("rules.toml", text.as_bytes()).unwrap()["guard"].limits.clone().unwrap();
        assert_eq!((limits.operations, limits.plugin.fuel, limits.reasons), (500, 9_000, Limits::default().reasons));
        let fault = parse("rules.toml", b"[rules.a.limits]\nfuel = 1\n").unwrap_err();
        assert!(fault.message.contains("fuel"), "{fault}");
    }

    #[test]
    fn what_is_wrong_has_a_place() {
        let fault = parse("rules.toml", b"[rules.abc_grade]\nenabeld = false\n").unwrap_err();
        assert_eq!(fault.place.as_ref().map(|place| place.line), Some(2));
        assert_eq!(fault.hint.as_deref(), Some("did you mean `enabled`?"));
        let line = |text: &[u8]| parse("rules.toml", text).unwrap_err().place.unwrap().line;
        assert_eq!(line(b"[rules.b]\n[rules.a.parameters]\nx = [1.0, nan]\n"), 3);
        assert_eq!(line(b"[rules.b]\n[rules.a.segments.large]\nx = 1\n"), 2);
        assert!(parse("rules.toml", b"[rules.a]\nsegment_by = \"size\"\n[rules.a.segments.large]\nx = nan\n").is_err());
        let fault = parse("rules.toml", b"[rules.a.segments.large]\nx = 1\n").unwrap_err();
        assert!(fault.hint.unwrap().contains("segment_by"));
    }
}
