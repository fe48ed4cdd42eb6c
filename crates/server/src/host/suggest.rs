//! Suggesting values of parameters that fit the book.

mod advice;
mod forecast;
mod measure;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::{fs, io};

use tierhook_features::Threshold;
use tierhook_hooks::{DescribedParameter, Measured, Parameter, ParameterValue, Part, Ruleset, Suggestion};
use tierhook_loader::{Candidate, CaseFile, Loaded, Loader, NewValue, Problem, Prover, TreeLimits, set_parameters};
use tierhook_model::{RecordId, UNRATED};

use self::advice::advice;
use self::forecast::Forecast;
pub(super) use self::measure::number;
use self::measure::{Measures, Segment, allowed, end};
use super::Host;
use super::dimension::meant;
use super::failure::{self, api};
use super::proof::BookProver;
use super::text::Texts;
use crate::api::{Answer, ApiError, ErrorCode, SuggestReport, SuggestRow};

/// The operator's file, relative to the workspace.
pub(super) const RULES_FILE: &str = "rules.toml";
/// Of fewer customers no part can be told apart.
const FEWEST: usize = 20;

/// A parameter whose manifest says what it stands for, for everybody or for those in a segment.
struct Wanted<'a> {
    rule: &'a str,
    name: &'a str,
    segment: Option<Segment>,
    parameter: &'a DescribedParameter,
    /// The value that holds.
    current: &'a ParameterValue,
    /// Whether it is for this segment alone.
    is_own: bool,
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
    /// Finds values of parameters by what part of this book's customers they should tell apart; where `by` names a
    /// dimension, also for the customers in each of its classes. With `write` they go into `rules.toml`, once it is
    /// proved that the rules are fit with them.
    pub(super) fn suggest(&self, by: Option<&str>, write: bool, texts: &Texts) -> Result<Answer, ApiError> {
        let candidate =
            Candidate::read(&self.workspace, &TreeLimits::default()).map_err(|error| failure::unfit(&error))?;
        let now = self.try_out(&candidate, &Unproved)?;
        let by = by.map(|by| meant::dimension(&now.ruleset.dimensions, by).map_or(by, |it| it.id.as_str()));
        let apart = apart(&now.ruleset, by)?;
        let text = candidate.files().get(RULES_FILE).map_or(Ok(""), |bytes| std::str::from_utf8(bytes));
        let text = text.map_err(|_| ApiError::invalid("rules.toml is no UTF-8 text; save it as UTF-8"))?;

        // First what is measured by fields; how the points then lie is seen with those values in force.
        let before = self.forecast(&now.ruleset)?;
        let is_field = |it: &Wanted<'_>| matches!(it.suggestion.of, Measured::Field(_));
        // Who is in which segment may hang on values that are suggested themselves.
        let placed = if apart.is_empty() {
            before.clone()
        } else {
            let wanted = wanted(&now.ruleset, &apart, &before);
            let fields = self.fields_measured(&wanted, &now.ruleset, &before)?;
            let of_all = |it: &Wanted<'_>| is_field(it) && it.segment.is_none();
            let of_all = chosen(&wanted, &thresholds(&wanted, &fields), of_all);
            self.forecast(&self.try_out(&with(&candidate, text, &apart, &of_all)?, &Unproved)?.ruleset)?
        };
        let wanted = wanted(&now.ruleset, &apart, &placed);
        let fields = self.fields_measured(&wanted, &now.ruleset, &placed)?;
        let by_field = chosen(&wanted, &thresholds(&wanted, &fields), is_field);
        let halfway = self.try_out(&with(&candidate, text, &apart, &by_field)?, &Unproved)?;
        let scores = self.forecast(&halfway.ruleset)?;
        let measures = fields.with_scores(&scores);
        let thresholds = thresholds(&wanted, &measures);
        let all = chosen(&wanted, &thresholds, |_| true);
        let changed = with(&candidate, text, &apart, &all)?;
        let then = self.try_out(&changed, &BookProver { engine: &self.engine })?;
        let after = self.forecast(&then.ruleset)?;

        let standing = Measures::clone(&measures).with_scores(&before);
        // Of a segment in which nothing can be told apart there is nothing to show.
        let shown: Vec<(&Wanted<'_>, Option<Threshold>)> = wanted.iter().zip(thresholds).collect();
        let shown = || shown.iter().filter(|(it, threshold)| it.segment.is_none() || threshold.is_some());
        let rows: Vec<SuggestRow> =
            shown().map(|(it, threshold)| row(it, *threshold, &standing, &measures, texts)).collect();
        let written = write && changed != candidate;
        if written {
            let bytes = changed.files().get(RULES_FILE).cloned().unwrap_or_else(|| Arc::from([]));
            replace(&self.workspace.join(RULES_FILE), &bytes)?;
        }
        let mut decided: BTreeMap<&str, Vec<Segment>> = BTreeMap::new();
        for (it, _) in shown() {
            decided.entry(it.rule).or_default().extend(it.segment.clone());
        }
        let advice = if by.is_none() { advice(&now.ruleset, &wanted, &measures, texts) } else { Vec::new() };
        Ok(Answer::Suggest(SuggestReport {
            customers: before.customers,
            rows,
            dimensions: forecast::compare(&now.ruleset, &decided, &before, &after, texts),
            advice,
            written,
        }))
    }

    /// Loads a candidate aside; all of it has to be fit.
    fn try_out(&self, candidate: &Candidate, prover: &dyn Prover) -> Result<Loaded, ApiError> {
        let mut loader =
            Loader::detached(&self.workspace, self.load_settings()).map_err(|error| failure::archive(&error))?;
        let loaded = loader.load(candidate, prover);
        match loaded.problems.iter().find(|problem| problem.is_error()) {
            None => Ok(loaded),
            Some(Problem { file, fault, .. }) => {
                let error = ApiError::new(ErrorCode::Unfit, format!("the rules are not fit to run: {file}: {fault}"));
                Err(error.with_hint("put that right first; `tierhook rules check` tells all of it"))
            }
        }
    }

    fn forecast(&self, ruleset: &Ruleset) -> Result<Forecast, ApiError> {
        let rules = ruleset.hooks.rules().iter().map(|rule| &rule.meta().manifest);
        let by = rules.flat_map(|manifest| manifest.segments.iter().cloned()).collect();
        Forecast::of(&self.engine, &Arc::new(ruleset.clone()), &by).map_err(api)
    }

    /// Measures the fields that parameters stand for.
    fn fields_measured(
        &self,
        wanted: &[Wanted<'_>],
        ruleset: &Ruleset,
        forecast: &Forecast,
    ) -> Result<Measures, ApiError> {
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
        let mut values: BTreeMap<String, Vec<(RecordId, f64)>> = BTreeMap::new();
        self.engine
            .fields_on(None, &fields, |row| {
                for (field, value) in fields.iter().zip(row.values) {
                    let known = value.as_ref().and_then(number).map(|value| (row.record, value));
                    values.entry(field.name.clone()).or_default().extend(known);
                }
            })
            .map_err(api)?;
        Ok(Measures::of_fields(values, forecast))
    }
}

/// The rules whose parameters are set apart, with the dimension: those that are so already, and those that may be by
/// what was asked for.
fn apart(ruleset: &Ruleset, by: Option<&str>) -> Result<BTreeMap<String, String>, ApiError> {
    let mut apart = BTreeMap::new();
    for meta in ruleset.hooks.rules().iter().map(|rule| rule.meta()) {
        let standing = meta.segments.as_ref().map(|segments| segments.dimension.as_str());
        let asked = by.filter(|by| meta.manifest.segments.iter().any(|allowed| allowed == by));
        if let Some(dimension) = asked.or(standing) {
            apart.insert(meta.name.clone(), dimension.to_owned());
        }
    }
    match by {
        Some(by) if ruleset.dimensions.get(by).is_none() => {
            let error = ApiError::invalid(format!("there is no dimension `{by}`"));
            Err(error.with_hint("`tierhook dimensions list` shows them"))
        }
        Some(by) if !apart.values().any(|dimension| dimension == by) => {
            let error = ApiError::invalid(format!("no rule lets its parameters be set apart by `{by}`"));
            Err(error.with_hint(format!("add segments = [\"{by}\"] to the manifest of one")))
        }
        _ => Ok(apart),
    }
}

/// The parameters whose manifests say what they stand for, in the order of the rules: for everybody, then for each
/// segment.
fn wanted<'a>(ruleset: &'a Ruleset, apart: &BTreeMap<String, String>, forecast: &Forecast) -> Vec<Wanted<'a>> {
    let mut wanted = Vec::new();
    for meta in ruleset.hooks.rules().iter().map(|rule| rule.meta()) {
        let mut segments = vec![None];
        if let Some(dimension) = apart.get(&meta.name) {
            let members: BTreeSet<&String> =
                forecast.members.get(dimension).into_iter().flat_map(BTreeMap::values).collect();
            let rated = members.into_iter().filter(|class| *class != UNRATED);
            segments.extend(rated.map(|class| Some(Segment { dimension: dimension.clone(), class: class.clone() })));
        }
        for segment in segments {
            for (name, parameter) in &meta.manifest.parameters {
                if let Parameter::Described(parameter) = parameter
                    && let Some(suggestion) = &parameter.suggest
                {
                    let own = segment.as_ref().and_then(|segment| {
                        let standing = meta.segments.as_ref().filter(|it| it.dimension == segment.dimension)?;
                        standing.value(&segment.class, name)
                    });
                    let (current, is_own) = (own.unwrap_or(&parameter.value), own.is_some() || segment.is_none());
                    let (rule, segment) = (meta.name.as_str(), segment.clone());
                    wanted.push(Wanted { rule, name, segment, parameter, current, is_own, suggestion });
                }
            }
        }
    }
    wanted
}

/// The number that tells the wanted part apart, where enough customers are known for it.
fn threshold(wanted: &Wanted<'_>, measures: &Measures) -> Option<Threshold> {
    let spread =
        measures.get(&wanted.suggestion.of, wanted.segment.as_ref()).filter(|spread| spread.len() >= FEWEST)?;
    let part = wanted.suggestion.part;
    spread.threshold(end(part), part.share(), allowed(wanted.parameter))
}

/// The numbers that tell the wanted parts apart. Where a greater part is told apart by no lower number, because too many
/// have the same value, the numbers would be no steps: those that hold stay.
fn thresholds(wanted: &[Wanted<'_>], measures: &Measures) -> Vec<Option<Threshold>> {
    let all: Vec<Option<Threshold>> = wanted.iter().map(|it| threshold(it, measures)).collect();
    let is_no_step = |(a, at): (&Wanted<'_>, Option<Threshold>), (b, bt): (&Wanted<'_>, Option<Threshold>)| {
        let same = (a.rule, &a.segment, &a.suggestion.of) == (b.rule, &b.segment, &b.suggestion.of);
        match (a.suggestion.part, b.suggestion.part, at, bt) {
            (Part::Top(small), Part::Top(great), Some(at), Some(bt)) => same && small < great && at.value <= bt.value,
            (Part::Bottom(small), Part::Bottom(great), Some(at), Some(bt)) => {
                same && small < great && at.value >= bt.value
            }
            _ => false,
        }
    };
    let each = || wanted.iter().zip(all.iter().copied());
    each().map(|one| one.1.filter(|_| !each().any(|other| is_no_step(one, other) || is_no_step(other, one)))).collect()
}

/// The values that are chosen for some of the parameters, those left out that hold already.
fn chosen(
    wanted: &[Wanted<'_>],
    thresholds: &[Option<Threshold>],
    which: impl Fn(&Wanted<'_>) -> bool,
) -> Vec<NewValue> {
    let new = |(it, threshold): (&Wanted<'_>, &Option<Threshold>)| {
        let threshold = (*threshold)?;
        let value = match &it.parameter.value {
            ParameterValue::Integer(_) => ParameterValue::Integer(threshold.value as i64),
            _ => ParameterValue::Decimal(threshold.value),
        };
        // What holds for a segment only because it holds for everybody may not go on when that changes.
        (!it.is_own || value != *it.current).then(|| NewValue {
            rule: it.rule.to_owned(),
            segment: it.segment.as_ref().map(|segment| segment.class.clone()),
            parameter: it.name.to_owned(),
            value,
        })
    };
    wanted.iter().zip(thresholds).filter(|(it, _)| which(it)).filter_map(new).collect()
}

/// The candidate with values set in `rules.toml`.
fn with(
    candidate: &Candidate,
    text: &str,
    apart: &BTreeMap<String, String>,
    values: &[NewValue],
) -> Result<Candidate, ApiError> {
    if values.is_empty() {
        return Ok(candidate.clone());
    }
    let in_segments = |rule: &String| values.iter().any(|new| new.rule == *rule && new.segment.is_some());
    let by: Vec<(String, String)> =
        apart.iter().filter(|(rule, _)| in_segments(rule)).map(|(rule, by)| (rule.clone(), by.clone())).collect();
    let edited = set_parameters(text, &by, values).map_err(|error| ApiError::invalid(error.to_string()))?;
    Ok(candidate.with_file(RULES_FILE, edited.as_bytes()))
}

fn row(
    wanted: &Wanted<'_>,
    threshold: Option<Threshold>,
    standing: &Measures,
    measures: &Measures,
    texts: &Texts,
) -> SuggestRow {
    let (parameter, part) = (wanted.parameter, wanted.suggestion.part);
    let current = match wanted.current {
        ParameterValue::Integer(number) => *number as f64,
        ParameterValue::Decimal(number) => *number,
        _ => 0.0,
    };
    let (of, segment) = (&wanted.suggestion.of, wanted.segment.as_ref());
    SuggestRow {
        rule: wanted.rule.to_owned(),
        parameter: wanted.name.to_owned(),
        segment: segment.map(|segment| segment.head(texts)),
        description: texts.pick(&parameter.en, &parameter.zh).to_owned(),
        measure: measured(of, texts),
        is_top: matches!(part, Part::Top(_)),
        wanted: part.share(),
        known: measures.get(of, segment).map_or(0, |spread| spread.len() as u64),
        current,
        current_share: standing.get(of, segment).map(|it| it.share(end(part), current)).unwrap_or_default(),
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
