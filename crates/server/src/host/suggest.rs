//! Suggesting values of parameters that fit the book.

mod forecast;
mod measure;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::{fs, io};

use tierhook_features::Threshold;
use tierhook_hooks::{DescribedParameter, Measured, Parameter, ParameterValue, Part, Ruleset, Suggestion};
use tierhook_loader::{Candidate, CaseFile, Loaded, Loader, NewValue, Problem, Prover, TreeLimits, set_parameters};

use self::forecast::Forecast;
pub(super) use self::measure::number;
use self::measure::{Measures, allowed, end};
use super::Host;
use super::failure::{self, api};
use super::proof::BookProver;
use super::text::Texts;
use crate::api::{Answer, ApiError, ErrorCode, SuggestReport, SuggestRow};

/// The operator's file, relative to the workspace.
const RULES_FILE: &str = "rules.toml";
/// Of fewer customers no part can be told apart.
const FEWEST: usize = 20;

/// A parameter whose manifest says what it stands for.
struct Wanted<'a> {
    rule: &'a str,
    name: &'a str,
    parameter: &'a DescribedParameter,
    suggestion: &'a Suggestion,
}

/// Rules that are only asked what they would say need no proof.
struct Unproved;

impl Prover for Unproved {
    fn prove(&self, _: &Ruleset, _: &[CaseFile], _: &[String]) -> Vec<Problem> {
        Vec::new()
    }
}

impl Host {
    /// Finds values of parameters by what part of this book's customers they should tell apart. With `write` they go into
    /// `rules.toml`, once it is proved that the rules are fit with them.
    pub(super) fn suggest(&self, write: bool, texts: &Texts) -> Result<Answer, ApiError> {
        let candidate =
            Candidate::read(&self.workspace, &TreeLimits::default()).map_err(|error| failure::unfit(&error))?;
        let now = self.try_out(&candidate, &Unproved)?;
        let wanted = wanted(&now.ruleset);
        let text = candidate.files().get(RULES_FILE).map_or(Ok(""), |bytes| std::str::from_utf8(bytes));
        let text = text.map_err(|_| ApiError::invalid("rules.toml is no UTF-8 text; save it as UTF-8"))?;

        // First what is measured by fields; how the points then lie is seen with those values in force.
        let before = self.forecast(&now.ruleset)?;
        let fields = self.fields_measured(&wanted, &now.ruleset)?;
        let by_field = chosen(&wanted, &fields, |of| matches!(of, Measured::Field(_)));
        let halfway = self.try_out(&with(&candidate, text, &by_field)?, &Unproved)?;
        let scores = self.forecast(&halfway.ruleset)?;
        let measures = fields.with_scores(&scores);
        let all = chosen(&wanted, &measures, |_| true);
        let changed = with(&candidate, text, &all)?;
        let then = self.try_out(&changed, &BookProver { engine: &self.engine })?;
        let after = self.forecast(&then.ruleset)?;

        let standing = Measures::clone(&measures).with_scores(&before);
        let rows: Vec<SuggestRow> = wanted.iter().map(|it| row(it, &standing, &measures, texts)).collect();
        let written = write && rows.iter().any(SuggestRow::is_change);
        if written {
            let bytes = changed.files().get(RULES_FILE).cloned().unwrap_or_else(|| Arc::from([]));
            replace(&self.workspace.join(RULES_FILE), &bytes)?;
        }
        let decided: Vec<&str> = wanted.iter().map(|it| it.rule).collect();
        Ok(Answer::Suggest(SuggestReport {
            customers: before.customers,
            rows,
            dimensions: forecast::compare(&now.ruleset, &decided, &before, &after, texts),
            written,
        }))
    }

    /// Loads a candidate aside; all of it has to be fit.
    fn try_out(&self, candidate: &Candidate, prover: &dyn Prover) -> Result<Loaded, ApiError> {
        let loaded = Loader::detached(&self.workspace, self.load_settings()).load(candidate, prover);
        match loaded.problems.iter().find(|problem| problem.is_error()) {
            None => Ok(loaded),
            Some(Problem { file, fault, .. }) => {
                let error = ApiError::new(ErrorCode::Unfit, format!("the rules are not fit to run: {file}: {fault}"));
                Err(error.with_hint("put that right first; `tierhook rules check` tells all of it"))
            }
        }
    }

    fn forecast(&self, ruleset: &Ruleset) -> Result<Forecast, ApiError> {
        Forecast::of(&self.engine, &Arc::new(ruleset.clone())).map_err(api)
    }

    /// Measures the fields that parameters stand for.
    fn fields_measured(&self, wanted: &[Wanted<'_>], ruleset: &Ruleset) -> Result<Measures, ApiError> {
        let mut names: Vec<&str> = wanted
            .iter()
            .filter_map(|it| match &it.suggestion.of {
                Measured::Field(field) => Some(field.as_str()),
                Measured::Score(_) => None,
            })
            .collect();
        names.sort_unstable();
        names.dedup();
        let fields: Vec<_> = names.iter().filter_map(|name| ruleset.catalogue.get(name)).collect();
        let mut values: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        self.engine
            .fields_on(None, &fields, |row| {
                for (field, value) in fields.iter().zip(row.values) {
                    values.entry(field.name.clone()).or_default().extend(value.as_ref().and_then(number));
                }
            })
            .map_err(api)?;
        Ok(Measures::of_fields(values))
    }
}

/// The parameters whose manifests say what they stand for, in the order of the rules.
fn wanted(ruleset: &Ruleset) -> Vec<Wanted<'_>> {
    let mut wanted = Vec::new();
    for meta in ruleset.hooks.rules().iter().map(|rule| rule.meta()) {
        for (name, parameter) in &meta.manifest.parameters {
            if let Parameter::Described(parameter) = parameter
                && let Some(suggestion) = &parameter.suggest
            {
                wanted.push(Wanted { rule: &meta.name, name, parameter, suggestion });
            }
        }
    }
    wanted
}

/// The number that tells the wanted part apart, where enough customers are known for it.
fn threshold(wanted: &Wanted<'_>, measures: &Measures) -> Option<Threshold> {
    let spread = measures.get(&wanted.suggestion.of).filter(|spread| spread.len() >= FEWEST)?;
    let part = wanted.suggestion.part;
    spread.threshold(end(part), part.share(), allowed(wanted.parameter))
}

/// The values that are chosen for some of the parameters, those left out that hold already.
fn chosen(wanted: &[Wanted<'_>], measures: &Measures, which: impl Fn(&Measured) -> bool) -> Vec<NewValue> {
    let new = |it: &Wanted<'_>| {
        let threshold = threshold(it, measures)?;
        let value = match &it.parameter.value {
            ParameterValue::Integer(_) => ParameterValue::Integer(threshold.value as i64),
            _ => ParameterValue::Decimal(threshold.value),
        };
        (value != it.parameter.value).then(|| NewValue {
            rule: it.rule.to_owned(),
            segment: None,
            parameter: it.name.to_owned(),
            value,
        })
    };
    wanted.iter().filter(|it| which(&it.suggestion.of)).filter_map(new).collect()
}

/// The candidate with values set in `rules.toml`.
fn with(candidate: &Candidate, text: &str, values: &[NewValue]) -> Result<Candidate, ApiError> {
    if values.is_empty() {
        return Ok(candidate.clone());
    }
    let edited = set_parameters(text, &[], values).map_err(|error| ApiError::invalid(error.to_string()))?;
    Ok(candidate.with_file(RULES_FILE, edited.as_bytes()))
}

fn row(wanted: &Wanted<'_>, standing: &Measures, measures: &Measures, texts: &Texts) -> SuggestRow {
    let (parameter, part) = (wanted.parameter, wanted.suggestion.part);
    let current = match parameter.value {
        ParameterValue::Integer(number) => number as f64,
        ParameterValue::Decimal(number) => number,
        _ => 0.0,
    };
    let share = |measures: &Measures, value| measures.get(&wanted.suggestion.of).map(|it| it.share(end(part), value));
    let threshold = threshold(wanted, measures);
    SuggestRow {
        rule: wanted.rule.to_owned(),
        parameter: wanted.name.to_owned(),
        description: texts.pick(&parameter.en, &parameter.zh).to_owned(),
        measure: measured(&wanted.suggestion.of, texts),
        is_top: matches!(part, Part::Top(_)),
        wanted: part.share(),
        known: measures.get(&wanted.suggestion.of).map_or(0, |spread| spread.len() as u64),
        current,
        current_share: share(standing, current).unwrap_or_default(),
        suggested: threshold.map(|threshold| threshold.value),
        suggested_share: threshold.map(|threshold| threshold.share),
    }
}

fn measured(of: &Measured, texts: &Texts) -> String {
    match of {
        Measured::Field(field) => field.clone(),
        Measured::Score(dimension) => {
            let dimensions = &texts.snapshot.generation.ruleset.dimensions;
            let name = dimensions.get(dimension).map_or(dimension.as_str(), |it| it.name.get(texts.language));
            format!("{}{name}", texts.pick("points for ", "得分："))
        }
    }
}

/// Replaces a file by one that is complete before it is there. A link stays one.
fn replace(file: &Path, bytes: &[u8]) -> Result<(), ApiError> {
    let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let part = file.with_extension("toml.part");
    let refused = |error: io::Error| {
        ApiError::new(ErrorCode::Io, format!("cannot write {}: {error}", file.display()))
            .with_hint("see to its permissions; without --write the values are only shown")
    };
    fs::write(&part, bytes).map_err(refused)?;
    if let Ok(there) = fs::metadata(&file) {
        fs::set_permissions(&part, there.permissions()).map_err(refused)?;
    }
    fs::rename(&part, &file).map_err(refused)
}
