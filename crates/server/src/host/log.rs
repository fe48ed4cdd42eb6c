//! What a serving host says of itself: rules that are loaded, problems, and who moved.

use std::fmt::Write as _;

use tierhook_loader::{Loaded, Problem, UnitState, UnitStatus};
use tierhook_model::{GenerationId, MoveCause};

use super::proof::SAMPLED;
use crate::api::RegradeReport;

/// Says what the host starts with.
pub(super) fn log_start(loaded: &Loaded) {
    let rules = loaded.units.iter().filter(|unit| unit.is_rule() && unit.version.is_some()).count();
    tracing::info!("{rules} rules on {} dimensions are active", loaded.ruleset.dimensions.len());
    loaded.problems.iter().for_each(log_problem);
    for unit in loaded.units.iter().filter(|unit| unit.state == UnitState::LastGood) {
        tracing::warn!("{}: the disk has something unfit; the last good version serves", unit.name);
    }
}

/// Says what came of loading saved rules.
pub(super) fn log_load(before: Option<&Loaded>, after: &Loaded, changed: bool, generation: GenerationId) {
    let known = before.map_or(&[][..], |before| &before.problems);
    after.problems.iter().filter(|problem| is_news(known, problem)).for_each(log_problem);
    let version = |loaded: Option<&Loaded>, name: &str| loaded?.unit(name)?.version.clone();
    let mut names = Vec::new();
    for unit in &after.units {
        let old = before.and_then(|before| before.unit(&unit.name));
        if is_newly_refused(old, unit) {
            tracing::warn!("{} is refused; the version before goes on", unit.file);
        }
        if unit.version.is_some() && version(before, &unit.name) != unit.version {
            names.push(unit.name.clone());
        }
    }
    names.extend(after.retired.iter().map(|name| format!("{name} (retired)")));
    if changed {
        let names = if names.is_empty() { "settings".to_owned() } else { names.join(", ") };
        tracing::info!("active as {generation}: {names}");
    } else if before.is_some_and(|before| !before.is_sound()) && after.is_sound() {
        tracing::info!("the rules on the disk are fit again");
    }
}

/// Tells whether a version that is not fit is another one than before: one refusal is said once, however often it is
/// found again beside other changes.
fn is_newly_refused(old: Option<&UnitStatus>, unit: &UnitStatus) -> bool {
    let was_refused = old.filter(|old| old.state == UnitState::LastGood);
    unit.state == UnitState::LastGood
        && was_refused.is_none_or(|old| unit.problems.iter().any(|problem| is_news(&old.problems, problem)))
}

/// Tells whether a problem was not there before. On how many records it shows, and on which, changes with the book.
fn is_news(known: &[Problem], problem: &Problem) -> bool {
    let said = |problem: &Problem| {
        let message = problem.fault.message.split(SAMPLED).next().unwrap_or_default().to_owned();
        (problem.unit.clone(), problem.file.clone(), problem.fault.code, problem.fault.place.clone(), message)
    };
    let this = said(problem);
    !known.iter().any(|known| said(known) == this)
}

fn log_problem(problem: &Problem) {
    let source = problem.fault.place.as_ref().map(|place| place.source.trim()).filter(|line| !line.is_empty());
    let source = source.map_or_else(String::new, |line| format!("\n    | {line}"));
    if problem.is_error() {
        tracing::error!("{problem}{source}");
    } else {
        tracing::warn!("{problem}{source}");
    }
}

/// Says what came of a regrade.
pub(super) fn log_report(report: &RegradeReport) {
    let cause = match report.cause {
        MoveCause::Initial => "first grading",
        MoveCause::Fact => "new facts",
        MoveCause::Time => "a new day",
        MoveCause::Rules => "new rules",
        MoveCause::Override => "a person's word",
        MoveCause::Asked => "asked for",
        MoveCause::Import => "an import",
        MoveCause::Clock => "the clock was set",
        MoveCause::Merge => "a merge",
        MoveCause::Revert => "an import was reverted",
    };
    let mut line =
        format!("customers graded: {}, as of {} ({cause}, {} ms): ", report.customers, report.day, report.duration_ms);
    let moves: Vec<String> = report
        .dimensions
        .iter()
        .filter(|matrix| matrix.moved() > 0)
        .map(|matrix| {
            let moved = matrix.cells.iter().filter(|cell| cell.from.as_ref().is_some_and(|from| *from != cell.to));
            let moves: Vec<String> = moved
                .filter_map(|cell| Some(format!("{} {} -> {}", cell.count, cell.from.as_deref()?, cell.to)))
                .collect();
            format!("{}: {} moved ({})", matrix.dimension.name, matrix.moved(), moves.join(", "))
        })
        .collect();
    let initial: u64 = report.dimensions.iter().map(crate::api::MoveMatrix::initial).max().unwrap_or_default();
    let mut parts = moves;
    if initial > 0 {
        parts.push(format!("{initial} graded for the first time"));
    }
    if parts.is_empty() {
        parts.push("nobody moved".to_owned());
    }
    line.push_str(&parts.join("; "));
    let _ = write!(
        line,
        "; follow-ups +{} -{}, warnings +{} -{}",
        report.follow_ups.opened, report.follow_ups.closed, report.warnings.opened, report.warnings.closed
    );
    tracing::info!("{line}");
    for fault in &report.faults {
        tracing::warn!("{} faulted for {} customers: {}", fault.rule, fault.customers, fault.message);
    }
}

#[cfg(test)]
mod tests {
    use tierhook_hooks::{Fault, FaultCode};

    use super::*;

    fn unit(state: UnitState, problems: &[&str]) -> UnitStatus {
        let problem =
            |message: &&str| Problem::error("abc", "scripts/abc.rhai", Fault::new(FaultCode::Failed, *message));
        UnitStatus {
            name: "abc".into(),
            state,
            version: Some("1".into()),
            file: "scripts/abc.rhai".into(),
            problems: problems.iter().map(problem).collect(),
        }
    }

    /// A rule that stays refused while orders come in and other files are saved was said to be refused each time.
    #[test]
    fn one_refusal_is_said_once() {
        let active = unit(UnitState::Active, &[]);
        let first = unit(UnitState::LastGood, &["it threw (on 3 of 60 sampled records, for example a)", "and so on"]);
        let again = unit(UnitState::LastGood, &["it threw (on 7 of 64 sampled records, for example b)"]);
        let other = unit(UnitState::LastGood, &["it loops (on 7 of 64 sampled records, for example b)"]);
        assert!(is_newly_refused(None, &first) && is_newly_refused(Some(&active), &first));
        assert!(!is_newly_refused(Some(&first), &first) && !is_newly_refused(Some(&first), &again));
        assert!(is_newly_refused(Some(&first), &other) && !is_newly_refused(Some(&first), &active));
        assert!(!is_news(&first.problems, &again.problems[0]) && is_news(&first.problems, &other.problems[0]));
    }
}
