//! Rules: listed, checked, tested.

use tierhook_server::api::{CheckReport, ProblemRow, RuleList, RuleRow, RuleState, TestReport};

use super::page::Page;
use crate::number::{count, counted};
use crate::screen::{Style, tame, width};
use crate::table::{Cell, Column, Table};

/// Renders the rules.
pub(super) fn list(page: &mut Page, list: &RuleList) {
    if list.rules.is_empty() && list.problems.is_empty() {
        page.line(Style::Plain, "no rules");
        page.line(Style::Faint, "put scripts into scripts/, or write a workspace with `tierhook init DIR`");
        return;
    }
    let mut table = Table::new(vec![
        Column::left("rule"),
        Column::left("state"),
        Column::left("version"),
        Column::left("hooks"),
        Column::text("decides"),
        Column::right("reads"),
        Column::right("most operations"),
        Column::right("faults"),
        Column::text("what for"),
    ]);
    for rule in &list.rules {
        let hooks: Vec<&str> = rule.hooks.iter().map(|hook| hook.name()).collect();
        let faults = if rule.usage.faults > 0 { Style::Bad } else { Style::Faint };
        table.row(vec![
            rule.name.as_str().into(),
            state(rule),
            rule.version.as_deref().unwrap_or("-").into(),
            hooks.join(", ").into(),
            rule.dimensions.join(", ").into(),
            count(rule.reads.len() as u64).into(),
            count(rule.usage.most_operations).into(),
            Cell::new(faults, count(rule.usage.faults)),
            rule.description.as_str().into(),
        ]);
    }
    page.table(0, &table);
    page.line(Style::Faint, &format!("generation {}, digest {}", list.generation, list.digest));
    problems(page, list.problems.iter().chain(list.rules.iter().flat_map(|rule| &rule.problems)));
}

/// Renders what came of a check.
pub(super) fn check(page: &mut Page, report: &CheckReport) {
    if !report.rules.is_empty() {
        let mut table = Table::new(vec![
            Column::left("rule"),
            Column::left("version"),
            Column::left("hooks"),
            Column::text("decides"),
            Column::right("cases"),
        ]);
        for rule in &report.rules {
            let hooks: Vec<&str> = rule.hooks.iter().map(|hook| hook.name()).collect();
            let version = match &rule.version {
                Some(version) => Cell::from(version),
                None => Cell::new(Style::Bad, "refused"),
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
    let rules = counted(report.rules.len() as u64, "rule", "rules");
    let dimensions = counted(report.dimensions.into(), "dimension", "dimensions");
    let cases = counted(report.cases_passed.into(), "case", "cases");
    let (style, verdict) = if report.is_fit() { (Style::Good, "fit to run") } else { (Style::Bad, "not fit to run") };
    page.line(style, &format!("{verdict}: {rules}, {dimensions}, {cases} passed"));
}

/// Renders what came of golden cases.
pub(super) fn test(page: &mut Page, report: &TestReport) {
    if report.cases.is_empty() && report.problems.is_empty() {
        page.line(Style::Plain, "no cases");
        page.line(Style::Faint, "cases stand in <rule>.cases.toml beside the script");
        return;
    }
    for case in &report.cases {
        let (style, verdict) = if case.failures.is_empty() { (Style::Good, "pass") } else { (Style::Bad, "FAIL") };
        page.pieces(0, &[(style, verdict), (Style::Plain, &case.rule), (Style::Plain, &case.name)]);
        for failure in &case.failures {
            page.indented(6, Style::Plain, failure);
        }
        if !case.failures.is_empty() {
            page.indented(6, Style::Faint, &format!("in {}", case.file));
        }
    }
    problems(page, report.problems.iter());
    let failed = report.cases.iter().filter(|case| !case.failures.is_empty()).count();
    let passed = report.cases.len() - failed;
    page.gap();
    let style = if report.is_passed() { Style::Good } else { Style::Bad };
    page.line(style, &format!("{passed} passed, {failed} failed"));
}

/// Adds problems, each with its place, the line's text and what to do.
pub(super) fn problems<'a>(page: &mut Page, problems: impl Iterator<Item = &'a ProblemRow>) {
    for problem in problems {
        page.gap();
        let (style, weight) = if problem.fatal { (Style::Bad, "error") } else { (Style::Warn, "warning") };
        let file = match &problem.place {
            Some(place) => format!("{}:{}:{}", place.file, place.line, place.column),
            None => problem.file.clone(),
        };
        page.pieces(0, &[(style, &format!("{weight}: {file}: {}", problem.message))]);
        if let Some(place) = problem.place.as_ref().filter(|place| !place.source.trim().is_empty()) {
            // Tabs would put the mark in the wrong column.
            let source = tame(&place.source);
            let before: String = source.chars().take(place.column.saturating_sub(1)).collect();
            let column = width(before.trim_start());
            page.indented(2, Style::Plain, &format!("| {}", source.trim()));
            page.indented(2, style, &format!("| {}^", " ".repeat(column)));
        }
        if let Some(hint) = &problem.hint {
            page.indented(2, Style::Faint, &format!("= {hint}"));
        }
    }
}

fn state(rule: &RuleRow) -> Cell {
    match rule.state {
        RuleState::Active => Cell::new(Style::Good, "active"),
        RuleState::LastGood => Cell::new(Style::Warn, "last good"),
        RuleState::Refused => Cell::new(Style::Bad, "refused"),
        RuleState::Disabled => Cell::new(Style::Faint, "disabled"),
    }
}
