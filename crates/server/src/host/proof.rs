//! Proof: the golden cases, and a rehearsal on records.

use std::sync::Arc;

use tierhook_engine::{CaseFailure, CaseSet, CaseSetError, Conventions, Engine, Homeless, Rehearsal, Sample};
use tierhook_hooks::{Fault, FaultCode, Place, Ruleset};
use tierhook_loader::{CaseFile, Problem, Prover};
use tierhook_model::Day;
use tierhook_sample::Company;
use tierhook_store::MetaKey;

use super::failure::api;
use super::grading::GradedBy;
use crate::api::{ApiError, CaseRow};

/// On how many records a rule is rehearsed.
const SAMPLE: usize = 256;
/// The share of faulting records from which on a rule is not fit to run.
const TOO_MANY_FAULTS: f64 = 0.5;
/// The unit that the dimensions are.
const DIMENSIONS: &str = "dimensions.toml";
/// How many customers are made up for a book that has none.
const MADE_UP: usize = 64;

/// Proves rules on the golden cases, on records of the book, and on made-up ones where it has none.
#[derive(Debug)]
pub(super) struct BookProver<'a> {
    pub(super) engine: &'a Engine,
}

impl Prover for BookProver<'_> {
    fn prove(&self, ruleset: &Ruleset, cases: &[CaseFile], changed: &[String]) -> Vec<Problem> {
        let (_, mut problems) = run_cases(ruleset, cases, self.engine.conventions(), |_| true);
        match self.homeless(ruleset) {
            Ok(homeless) => problems.extend(homeless.iter().map(left_without)),
            Err(error) => {
                let fault = Fault::new(FaultCode::Failed, format!("who is in which class cannot be read: {error}"));
                problems.push(Problem::error("scripts", "scripts", fault));
            }
        }
        let rehearsed = self.engine.sample(SAMPLE).and_then(|sample| {
            let sample = if sample.records.is_empty() { made_up(self.engine) } else { sample };
            self.engine.rehearse(&Arc::new(ruleset.clone()), &sample)
        });
        let rehearsals = match rehearsed {
            Ok(rehearsals) => rehearsals,
            Err(error) => {
                let fault = Fault::new(FaultCode::Failed, format!("the sample of records cannot be read: {error}"));
                problems.push(Problem::error("scripts", "scripts", fault));
                return problems;
            }
        };
        for (rule, rehearsal) in rehearsals {
            let file = ruleset.hooks.rule(&rule).map(|rule| rule.meta().file.clone()).unwrap_or_default();
            let is_new = changed.contains(&rule);
            problems.extend(verdict(&rule, &file, &rehearsal, is_new));
        }
        problems
    }
}

/// What stands between a fault and the records that show it.
pub(super) const SAMPLED: &str = " (on ";

impl BookProver<'_> {
    /// Whom the dimensions of these rules would leave without a class; nobody if the whole book stands by them already.
    fn homeless(&self, ruleset: &Ruleset) -> Result<Vec<Homeless>, ApiError> {
        let graded: GradedBy = self.engine.store().meta(MetaKey::Swept).map_err(api)?.unwrap_or_default();
        if graded.rules == ruleset.digest {
            return Ok(Vec::new());
        }
        self.engine.homeless(&ruleset.dimensions).map_err(api)
    }
}

/// Refuses dimensions that would take somebody's class away.
fn left_without(homeless: &Homeless) -> Problem {
    let Homeless { dimension, class, records, by_word } = homeless;
    let who = match records {
        1 => "1 customer is".to_owned(),
        many => format!("{many} customers are"),
    };
    let by_word = if *by_word > 0 { format!(", {by_word} of them by a person's word") } else { String::new() };
    let (message, hint) = match class {
        Some(class) => (
            format!("{who} in the class `{class}` of `{dimension}`{by_word}, and it is gone"),
            format!(
                "say who takes them, `removed = {{ {class} = \"...\" }}` under the dimension, or if it is only called \
                 otherwise, `was = [\"{class}\"]` under the class that it is now"
            ),
        ),
        None => (
            format!("{who} classed on the dimension `{dimension}`{by_word}, and it is gone"),
            format!(
                "give its classes up with `removed = [\"{dimension}\"]` at the top of the file, or if it is only called \
                 otherwise, write `was = [\"{dimension}\"]` under the dimension that it is now"
            ),
        ),
    };
    let fault = Fault::new(FaultCode::Failed, message).with_hint(hint);
    Problem::error(DIMENSIONS, format!("scripts/{DIMENSIONS}"), fault)
}

/// What a rehearsal tells of a rule. A rule that was active before is only warned about: taking it away would help
/// nobody.
fn verdict(rule: &str, file: &str, rehearsal: &Rehearsal, is_new: bool) -> Option<Problem> {
    if rehearsal.unsteady {
        let fault = Fault::new(FaultCode::Failed, "it says different things about the same record")
            .with_hint("a rule may depend on nothing but the fields it reads, the day and its parameters");
        return Some(Problem::error(rule, file, fault));
    }
    let (who, first) = rehearsal.first.as_ref()?;
    let share = rehearsal.faults as f64 / rehearsal.records.max(1) as f64;
    let own_limit = first.code.is_limit() && first.code != FaultCode::Deadline;
    let unfit = is_new && (own_limit || share >= TOO_MANY_FAULTS);
    let mut fault = first.clone();
    fault.message = format!(
        "{}{SAMPLED}{} of {} sampled records, for example {who})",
        fault.message, rehearsal.faults, rehearsal.records
    );
    Some(if unfit { Problem::error(rule, file, fault) } else { Problem::warning(rule, file, fault) })
}

fn made_up(engine: &Engine) -> Sample {
    let conventions = engine.conventions();
    let day = engine.snapshot().clock.day;
    // A book without a day yet has no time zone's day to be as of either.
    let day = if day == Day::default() { Day(20_000) } else { day };
    let company = Company::new(1, MADE_UP, day, conventions.currency).with_zone(conventions.zone.clone());
    Engine::imagine(company.facts(), day)
}

/// Runs the golden cases of the rules that `wanted` accepts by name. Returns a row for each, and a problem for each
/// that failed.
pub(crate) fn run_cases(
    ruleset: &Ruleset,
    cases: &[CaseFile],
    conventions: &Conventions,
    wanted: impl Fn(&str) -> bool,
) -> (Vec<CaseRow>, Vec<Problem>) {
    let (mut rows, mut problems) = (Vec::new(), Vec::new());
    for file in cases {
        let rule = &file.rule.meta().name;
        if !wanted(rule) {
            continue;
        }
        let set: CaseSet = match toml::from_str(&file.text) {
            Ok(set) => set,
            Err(error) => {
                let fault = Fault::new(FaultCode::Syntax, error.message().trim().to_owned());
                let fault = match error.span() {
                    Some(span) => fault.at(Place::of_byte(&file.file, &file.text, span.start)),
                    None => fault,
                };
                problems.push(Problem::error(rule, &file.file, fault));
                continue;
            }
        };
        let failures = match set.run(file.rule.as_ref(), ruleset, conventions) {
            Ok(failures) => failures,
            Err(error) => {
                problems.push(Problem::error(rule, &file.file, case_fault(&error, file)));
                continue;
            }
        };
        for (at, failure) in failures.iter().enumerate() {
            let says_the_same = |other: &&CaseFailure| other.message == failure.message;
            if failures[..at].iter().any(|other| says_the_same(&other)) {
                continue;
            }
            // A rule that faults does so in most cases: whoever mends it wants to read why once.
            let message = match failures[at + 1..].iter().filter(says_the_same).count() {
                0 => format!("case `{}`: {}", failure.case, failure.message),
                more => format!("case `{}` and {more} more: {}", failure.case, failure.message),
            };
            let fault = Fault::new(FaultCode::Failed, message)
                .with_hint("mend the rule, or the case if the rule is meant to say this now")
                .at(Place::of_byte(&file.file, &file.text, failure.span.start));
            problems.push(Problem::error(rule, &file.file, fault));
        }
        rows.extend(set.names().map(|name| CaseRow {
            rule: rule.clone(),
            file: file.file.clone(),
            name: name.to_owned(),
            failures: failures.iter().filter(|it| it.case == name).map(|it| it.message.clone()).collect(),
        }));
    }
    (rows, problems)
}

/// What a case says that cannot be, and where.
fn case_fault(error: &CaseSetError, file: &CaseFile) -> Fault {
    let fault = Fault::new(FaultCode::Failed, error.to_string());
    let (fault, span) = match error {
        CaseSetError::BadCase { span, .. } => (fault, span),
        CaseSetError::NoField { near, span, .. } => {
            let hint = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`tierhook fields` lists all fields".to_owned(),
            };
            (fault.with_hint(hint), span)
        }
        CaseSetError::NoClass { dimension, class, now, span, .. } => {
            let word = class.as_ref().unwrap_or(dimension);
            let hint = match now {
                Some(now) => format!("`{word}` is called `{now}` now"),
                None => "`tierhook dimensions list` shows them all".to_owned(),
            };
            (fault.with_hint(hint), span)
        }
        _ => return fault,
    };
    fault.at(Place::of_byte(&file.file, &file.text, span.start))
}
