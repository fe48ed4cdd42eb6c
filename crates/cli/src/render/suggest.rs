//! Suggested values of parameters.

use tierhook_server::api::{DimensionForecast, SuggestReport, SuggestRow};

use super::page::Page;
use crate::number::{count, decimal, percent};
use crate::screen::Style;
use crate::table::{Cell, Column, Table};
use crate::word::{Words, fill};

/// Renders suggestions, and what they would do.
pub(super) fn suggest(page: &mut Page, report: &SuggestReport) {
    let words = page.words;
    if report.rows.is_empty() {
        page.line(Style::Plain, words.no_suggestions);
        page.sentence(0, Style::Faint, words.no_suggestions_hint);
        return;
    }
    let mut table = Table::new(vec![
        Column::left(words.rule),
        Column::left(words.segment).optional(),
        Column::left(words.parameter),
        Column::right(words.value_now),
        Column::right(words.reached_by),
        Column::right(words.value_suggested),
        Column::right(words.reached_by),
        Column::right(words.wanted),
        Column::text(words.measured_by),
    ]);
    let mut rule = "";
    for row in &report.rows {
        let named = if row.rule == rule { "" } else { row.rule.as_str() };
        rule = &row.rule;
        let style = if row.is_change() { Style::Strong } else { Style::Faint };
        let of_some = |number: Option<f64>, show: fn(f64) -> String| number.map_or_else(|| "-".to_owned(), show);
        table.row(vec![
            named.into(),
            row.segment.as_ref().map_or("", |class| words.class(&class.id, &class.name)).into(),
            row.parameter.as_str().into(),
            decimal(row.current).into(),
            percent(row.current_share).into(),
            Cell::new(style, of_some(row.suggested, decimal)),
            Cell::new(style, of_some(row.suggested_share, percent)),
            Cell::new(Style::Faint, percent(row.wanted)),
            measure(words, row).into(),
        ]);
    }
    page.table(0, &table);
    if report.rows.iter().any(|row| row.suggested.is_none()) {
        page.sentence(0, Style::Faint, words.no_value);
    }
    if report.rows.iter().any(SuggestRow::is_change) {
        page.heading(words.what_it_does);
        let names: Vec<String> = report.dimensions.iter().map(|it| name(words, it)).collect();
        let forecasts = report.dimensions.iter().map(|it| forecast(words, it));
        page.pairs(2, names.iter().map(String::as_str).zip(forecasts).collect());
    }
    page.gap();
    for advice in &report.advice {
        page.sentence(0, Style::Warn, advice);
    }
    let outcome = match (report.written, report.rows.iter().any(SuggestRow::is_change)) {
        (true, _) => (Style::Good, words.suggestions_written),
        (false, true) => (Style::Faint, words.suggestions_hint),
        (false, false) if !report.rows.is_empty() && report.rows.iter().all(|row| row.suggested.is_none()) => {
            (Style::Warn, words.suggestions_none)
        }
        (false, false) => (Style::Good, words.suggestions_hold),
    };
    page.sentence(0, outcome.0, outcome.1);
}

fn measure(words: &Words, row: &SuggestRow) -> String {
    fill(if row.is_top { words.or_more } else { words.or_less }, &[&row.measure])
}

fn name(words: &Words, forecast: &DimensionForecast) -> String {
    match &forecast.segment {
        None => forecast.dimension.name.clone(),
        Some(class) => format!("  {}", words.class(&class.id, &class.name)),
    }
}

/// One dimension on a line: the part in each class now, and then.
fn forecast(words: &Words, forecast: &DimensionForecast) -> String {
    let class = |class: &tierhook_server::api::ClassForecast| {
        let name = words.class(&class.class.id, &class.class.name);
        match forecast.shares(class) {
            Some((now, then)) => format!("{name} {} -> {}", percent(now), percent(then)),
            None if class.now == class.then => format!("{name} ({})", count(class.now)),
            None => format!("{name} ({} -> {})", count(class.now), count(class.then)),
        }
    };
    forecast.classes.iter().map(class).collect::<Vec<_>>().join(", ")
}
