//! Rules: listed, checked, tested.

use std::cell::RefCell;
use std::sync::{Arc, PoisonError};

use tierhook_hooks::{Hook, Parameter, ParameterValue, RuleMeta, Ruleset};
use tierhook_loader::{CaseFile, Loaded, Problem, UnitState, UnitStatus};
use tierhook_model::{FieldGroup, Language};

use super::proof::{BookProver, run_cases};
use super::text::Texts;
use super::{Host, failure};
use crate::api::{
    Answer, ApiError, CaseRow, CheckReport, CheckedRule, FieldList, FieldRow, ParameterRow, ProblemRow, RuleList,
    RuleRow, RuleState, TestReport,
};

impl Host {
    /// Lists the rules: those that are active, and what the disk has that is not.
    pub(super) fn rules(&self, texts: &Texts) -> Answer {
        let loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let ruleset = &texts.snapshot.generation.ruleset;
        let usage = self.engine.usage();
        let mut rules: Vec<RuleRow> = Vec::new();
        for rule in ruleset.hooks.rules() {
            let meta = rule.meta();
            let unit = loaded.as_ref().and_then(|loaded| loaded.unit(&meta.name));
            let mut reads: Vec<String> = Hook::ALL.iter().flat_map(|hook| meta.reads(*hook)).cloned().collect();
            reads.sort();
            reads.dedup();
            rules.push(RuleRow {
                name: meta.name.clone(),
                file: meta.file.clone(),
                version: Some(meta.version().to_owned()),
                state: unit.map_or(RuleState::Active, |unit| state(unit.state)),
                order: meta.manifest.order.unwrap_or(100),
                hooks: meta.hooks.clone(),
                dimensions: meta.dimensions.clone(),
                reads,
                description: meta.manifest.description.get(texts.language).to_owned(),
                parameters: meta
                    .manifest
                    .parameters
                    .iter()
                    .map(|(name, parameter)| parameter_row(name, parameter, texts.language))
                    .collect(),
                usage: usage.get(&meta.name).copied().unwrap_or_default(),
                limit_operations: self.limit_operations(meta),
                problems: unit.map_or_else(Vec::new, |unit| unit.problems.iter().map(problem_row).collect()),
            });
        }
        let units = loaded.iter().flat_map(rule_units);
        for unit in units.filter(|unit| ruleset.hooks.rule(&unit.name).is_none()) {
            rules.push(RuleRow {
                name: unit.name.clone(),
                file: unit.file.clone(),
                version: None,
                state: state(unit.state),
                order: 0,
                hooks: Vec::new(),
                dimensions: Vec::new(),
                reads: Vec::new(),
                description: String::new(),
                parameters: Vec::new(),
                usage: Default::default(),
                limit_operations: self.settings.limits.operations,
                problems: unit.problems.iter().map(problem_row).collect(),
            });
        }
        let named = |problem: &&Problem| !rules.iter().any(|rule| rule.name == problem.unit);
        let problems = loaded.iter().flat_map(|loaded| &loaded.problems).filter(named).map(problem_row).collect();
        Answer::Rules(RuleList {
            generation: texts.snapshot.generation.id,
            digest: short(&ruleset.digest),
            rules,
            problems,
        })
    }

    /// The operations (of a plugin: the fuel) that a rule may use for one record: the host's, unless its author wants
    /// fewer.
    fn limit_operations(&self, meta: &RuleMeta) -> u64 {
        let ceiling = &self.settings.limits;
        let limits = meta.manifest.limits.as_ref().map_or_else(|| ceiling.clone(), |lower| ceiling.lowered_by(lower));
        if meta.is_plugin() { limits.plugin.fuel } else { limits.operations }
    }

    /// Checks the rules on the disk, and activates nothing.
    pub(super) fn check(&self) -> Result<Answer, ApiError> {
        let (loaded, cases) = self.check_disk()?;
        let count = |rule: &str| cases.iter().filter(|case| case.rule == rule).count();
        let narrow = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let rules = loaded.units.iter().filter(|unit| unit.is_rule()).map(|unit| {
            let meta = loaded.ruleset.hooks.rule(&unit.name).map(|rule| rule.meta());
            CheckedRule {
                name: unit.name.clone(),
                file: unit.file.clone(),
                version: meta.map(|meta| meta.version().to_owned()),
                hooks: meta.map(|meta| meta.hooks.clone()).unwrap_or_default(),
                dimensions: meta.map(|meta| meta.dimensions.clone()).unwrap_or_default(),
                cases: narrow(count(&unit.name)),
            }
        });
        Ok(Answer::Check(CheckReport {
            rules: rules.collect(),
            dimensions: narrow(loaded.ruleset.dimensions.len()),
            cases_passed: narrow(cases.iter().filter(|case| case.failures.is_empty()).count()),
            problems: loaded.problems.iter().map(problem_row).collect(),
        }))
    }

    /// Runs the golden cases of the rules on the disk.
    pub(super) fn test(&self, rule: Option<&str>) -> Result<Answer, ApiError> {
        let (loaded, cases) = self.check_disk()?;
        if let Some(rule) = rule
            && loaded.unit(rule).is_none()
        {
            return Err(ApiError::not_found(format!("there is no rule `{rule}` in scripts/"))
                .with_hint("`tierhook rules list` shows them"));
        }
        let wanted = |name: &str| rule.is_none_or(|rule| rule == name);
        let cases: Vec<CaseRow> = cases.into_iter().filter(|case| wanted(&case.rule)).collect();
        // What a case failed with stands beside the case; where there is none, they could not be run.
        let stands_beside = |problem: &Problem| {
            problem.fault.message.starts_with("case `") && cases.iter().any(|case| case.rule == problem.unit)
        };
        let problems = loaded.problems.iter().filter(|problem| wanted(&problem.unit) && !stands_beside(problem));
        Ok(Answer::Test(TestReport { problems: problems.map(problem_row).collect(), cases }))
    }

    /// Loads what the disk shows beside what is active, proves it, and keeps every case's outcome.
    fn check_disk(&self) -> Result<(Loaded, Vec<CaseRow>), ApiError> {
        let outcomes: RefCell<Vec<CaseRow>> = RefCell::default();
        let prover = |ruleset: &Ruleset, cases: &[CaseFile], changed: &[String]| {
            let (rows, _) = run_cases(ruleset, cases, self.engine.conventions(), |_| true);
            let mut outcomes = outcomes.borrow_mut();
            for row in rows {
                // A rule whose case failed is left out of later rounds; its first outcome is what counts.
                if !outcomes.iter().any(|known| known.rule == row.rule && known.name == row.name) {
                    outcomes.push(row);
                }
            }
            tierhook_loader::Prover::prove(&BookProver { engine: &self.engine }, ruleset, cases, changed)
        };
        let loaded = tierhook_loader::check(&self.workspace, self.load_settings(), &prover)
            .map_err(|error| failure::unfit(&error))?;
        Ok((loaded, outcomes.into_inner()))
    }

    /// Lists the fields that rules may read.
    pub(super) fn fields(&self, group: Option<FieldGroup>, texts: &Texts) -> Answer {
        let ruleset = &texts.snapshot.generation.ruleset;
        let used_by = |name: &String| {
            let reads = |rule: &&Arc<dyn tierhook_hooks::Rule>| {
                Hook::ALL.iter().any(|hook| rule.meta().reads(*hook).contains(name))
            };
            ruleset.hooks.rules().iter().filter(reads).map(|rule| rule.meta().name.clone()).collect()
        };
        let rows = ruleset
            .catalogue
            .iter()
            .filter(|field| group.is_none_or(|group| field.group == group))
            .map(|field| FieldRow {
                name: field.name.clone(),
                ty: field.ty,
                unit: field.unit,
                label: field.label,
                group: field.group,
                description: field.description.get(texts.language).to_owned(),
                computed: field.computed.clone(),
                used_by: used_by(&field.name),
            })
            .collect();
        Answer::Fields(FieldList { rows })
    }
}

/// The rules among the units. One that was taken away, with nothing wrong about it, is no rule any more.
pub(super) fn rule_units(loaded: &Loaded) -> impl Iterator<Item = &UnitStatus> {
    let taken_away = |unit: &&UnitStatus| unit.state == UnitState::Retired && unit.problems.is_empty();
    loaded.units.iter().filter(|unit| unit.is_rule()).filter(move |unit| !taken_away(unit))
}

/// The first digits of a digest, as people see it.
pub(super) fn short(digest: &str) -> String {
    digest.chars().take(8).collect()
}

/// A problem as a row.
pub(crate) fn problem_row(problem: &Problem) -> ProblemRow {
    ProblemRow {
        unit: problem.unit.clone(),
        file: problem.file.clone(),
        code: problem.fault.code.name().to_owned(),
        message: problem.fault.message.clone(),
        place: problem.fault.place.clone(),
        hint: problem.fault.hint.clone(),
        fatal: problem.is_error(),
    }
}

/// How a unit stands, as a row tells it.
pub(super) fn state(state: UnitState) -> RuleState {
    match state {
        UnitState::Active => RuleState::Active,
        UnitState::LastGood => RuleState::LastGood,
        UnitState::Refused | UnitState::Retired => RuleState::Refused,
        UnitState::Disabled => RuleState::Disabled,
    }
}

fn parameter_row(name: &str, parameter: &Parameter, language: Language) -> ParameterRow {
    let (min, max, description) = match parameter {
        Parameter::Plain(_) => (None, None, ""),
        Parameter::Described(described) => {
            let description = match language {
                Language::En => &described.en,
                Language::Zh => &described.zh,
            };
            (described.min, described.max, description.as_str())
        }
    };
    ParameterRow {
        name: name.to_owned(),
        value: written(parameter.value()),
        min,
        max,
        description: description.to_owned(),
    }
}

/// A parameter's value as TOML writes it.
fn written(value: &ParameterValue) -> String {
    match value {
        ParameterValue::Boolean(yes) => yes.to_string(),
        ParameterValue::Integer(number) => number.to_string(),
        ParameterValue::Decimal(number) => format!("{number:?}"),
        ParameterValue::Text(text) => format!("{text:?}"),
        ParameterValue::List(list) => format!("[{}]", list.iter().map(written).collect::<Vec<_>>().join(", ")),
        ParameterValue::Table(table) => {
            let pairs: Vec<String> = table.iter().map(|(name, value)| format!("{name} = {}", written(value))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
    }
}
