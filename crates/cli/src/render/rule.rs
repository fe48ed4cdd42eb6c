//! Rules: listed, checked, tested.

use tierhook_server::api::{CheckReport, ProblemRow, RuleList, RuleRow, RuleState, TestReport};

use super::page::Page;
use crate::number::{count, counted};
use crate::screen::{Style, tame, width};
use crate::table::{Cell, Column, Table};
use crate::word::{Words, fill};

/// Renders the rules.
pub(super) fn list(page: &mut Page, list: &RuleList) {
    let words = page.words;
    if list.rules.is_empty() && list.problems.is_empty() {
        page.line(Style::Plain, words.no_rules);
        page.sentence(0, Style::Faint, words.no_rules_hint);
        return;
    }
    let mut table = Table::new(vec![
        Column::left(words.rule),
        Column::left(words.state),
        Column::left(words.version),
        Column::left(words.hooks),
        Column::text(words.decides).optional(),
        Column::right(words.reads_count),
        Column::right(words.operations),
        Column::right(words.faults),
        Column::sentence(words.what_for).optional(),
    ]);
    for rule in &list.rules {
        let hooks: Vec<&str> = rule.hooks.iter().map(|hook| hook.name()).collect();
        let faults = if rule.usage.faults > 0 { Style::Bad } else { Style::Faint };
        table.row(vec![
            rule.name.as_str().into(),
            state(words, rule),
            rule.version.as_deref().unwrap_or("-").into(),
            hooks.join(", ").into(),
            rule.dimensions.join(", ").into(),
            count(rule.reads.len() as u64).into(),
            used(words, rule),
            Cell::new(faults, count(rule.usage.faults)),
            rule.description.as_str().into(),
        ]);
    }
    page.table(0, &table);
    page.line(Style::Faint, &fill(words.rules_generation, &[&list.generation, &list.digest]));
    problems(page, list.problems.iter().chain(list.rules.iter().flat_map(|rule| &rule.problems)));
}

/// Renders what came of a check.
pub(super) fn check(page: &mut Page, report: &CheckReport) {
    let words = page.words;
    if !report.rules.is_empty() {
        let mut table = Table::new(vec![
            Column::left(words.rule),
            Column::left(words.version),
            Column::left(words.hooks),
            Column::text(words.decides).optional(),
            Column::right(words.cases),
        ]);
        for rule in &report.rules {
            let hooks: Vec<&str> = rule.hooks.iter().map(|hook| hook.name()).collect();
            let has_problem = report.problems.iter().any(|problem| problem.unit == rule.name && problem.fatal);
            let version = match &rule.version {
                Some(version) => Cell::from(version),
                None if has_problem => Cell::new(Style::Bad, words.rule_state(RuleState::Refused)),
                None => Cell::new(Style::Faint, words.rule_state(RuleState::Disabled)),
            };
            table.row(vec![
                rule.name.as_str().into(),
                version,
                hooks.join(", ").into(),
                rule.dimensions.join(", ").into(),
                count(rule.cases.into()).into(),
            ]);
        }
        page.table(0, &table);
    }
    problems(page, report.problems.iter());
    page.gap();
    let rules = counted(report.rules.len() as u64, words.one_rule, words.many_rules);
    let dimensions = counted(report.dimensions.into(), words.one_dimension, words.many_dimensions);
    let cases = counted(report.cases_passed.into(), words.one_case, words.many_cases);
    let (style, verdict) = if report.is_fit() { (Style::Good, words.fit) } else { (Style::Bad, words.not_fit) };
    page.line(style, &fill(words.verdict, &[&verdict, &rules, &dimensions, &cases]));
}

/// Renders what came of golden cases.
pub(super) fn test(page: &mut Page, report: &TestReport) {
    let words = page.words;
    if report.cases.is_empty() && report.problems.is_empty() {
        page.line(Style::Plain, words.no_cases);
        page.line(Style::Faint, words.no_cases_hint);
        return;
    }
    for case in &report.cases {
        let (style, verdict) =
            if case.failures.is_empty() { (Style::Good, words.pass) } else { (Style::Bad, words.fail) };
        page.pieces(0, &[(style, verdict), (Style::Plain, &case.rule), (Style::Plain, &case.name)]);
        for failure in &case.failures {
            page.sentence(6, Style::Plain, failure);
        }
        if !case.failures.is_empty() {
            page.indented(6, Style::Faint, &fill(words.in_file, &[&case.file]));
        }
    }
    problems(page, report.problems.iter());
    let failed = report.cases.iter().filter(|case| !case.failures.is_empty()).count();
    let passed = report.cases.len() - failed;
    page.gap();
    let style = if report.is_passed() { Style::Good } else { Style::Bad };
    page.line(style, &fill(words.passed_failed, &[&passed, &failed]));
}

/// Adds problems, each with its place, the line's text and what to do.
pub(super) fn problems<'a>(page: &mut Page, problems: impl Iterator<Item = &'a ProblemRow>) {
    let words = page.words;
    for problem in problems {
        page.gap();
        let (style, weight) = match problem.fatal {
            true => (Style::Bad, words.error),
            false => (Style::Warn, words.problem_warning),
        };
        let file = match &problem.place {
            Some(place) => format!("{}:{}:{}", place.file, place.line, place.column),
            None => problem.file.clone(),
        };
        page.sentence(0, style, &format!("{weight}: {file}: {}", problem.message));
        if let Some(place) = problem.place.as_ref().filter(|place| !place.source.trim().is_empty()) {
            // Tabs would put the mark in the wrong column.
            let source = tame(&place.source);
            let before: String = source.chars().take(place.column.saturating_sub(1)).collect();
            let column = width(before.trim_start());
            page.indented(2, Style::Plain, &format!("| {}", source.trim()));
            page.indented(2, style, &format!("| {}^", " ".repeat(column)));
        }
        if let Some(hint) = &problem.hint {
            page.sentence(2, Style::Faint, &format!("= {hint}"));
        }
    }
}

/// The operations of the costliest record against what one may cost.
fn used(words: &Words, rule: &RuleRow) -> Cell {
    let (most, limit) = (rule.usage.most_operations, rule.limit_operations);
    // A rule that comes near its limit will run into it with some other record.
    let style = match most {
        _ if most >= limit => Style::Bad,
        _ if most >= limit / 2 => Style::Warn,
        _ => Style::Plain,
    };
    Cell::new(style, fill(words.used_of, &[&count(most), &count(limit)]))
}

fn state(words: &Words, rule: &RuleRow) -> Cell {
    let style = match rule.state {
        RuleState::Active => Style::Good,
        RuleState::LastGood => Style::Warn,
        RuleState::Refused => Style::Bad,
        RuleState::Disabled => Style::Faint,
    };
    Cell::new(style, words.rule_state(rule.state))
}
