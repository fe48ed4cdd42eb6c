//! The clock, the fields, and how the book and the host are.

use tierhook_model::{ClockMode, Label, UNRATED};
use tierhook_server::api::{BookStamp, ClockReport, DimensionCount, FieldList, RuleCount, StatusReport};

use super::customer::named;
use super::page::Page;
use super::regrade::regrade;
use super::rule::problems;
use crate::number::{bytes, count, counted, percent};
use crate::screen::Style;
use crate::table::{Cell, Column, Table};
use crate::word::{Words, fill};

/// Renders the book's clock.
pub(super) fn clock(page: &mut Page, clock: &ClockReport) {
    let words = page.words;
    let mut pairs = vec![
        (words.book_day, clock.day.to_string()),
        (words.follows, words.clock_follows(clock.mode, clock.last_fact.is_none()).to_owned()),
        (words.time_zone, clock.time_zone.clone()),
    ];
    if clock.mode != ClockMode::System {
        pairs.push((words.computer_day, clock.system_day.to_string()));
    }
    let newest = clock.last_fact.map_or_else(|| words.none.to_owned(), |day| day.to_string());
    pairs.push((words.newest_fact, newest));
    page.pairs(0, pairs);
    // Of an empty book there is nothing more to say.
    if let Some(report) = clock.regrade.as_ref().filter(|report| report.customers > 0) {
        regrade(page, report);
    }
}

/// Renders the fields that rules may read.
pub(super) fn fields(page: &mut Page, list: &FieldList) {
    let words = page.words;
    if list.rows.is_empty() {
        page.line(Style::Plain, words.no_fields);
        return;
    }
    let mut group = None;
    let mut table = None;
    for row in &list.rows {
        if group != Some(row.group) {
            if let Some(table) = table.take() {
                page.table(2, &table);
            }
            page.heading(words.field_group(row.group));
            group = Some(row.group);
        }
        let columns = || {
            Table::new(vec![
                Column::left(words.field),
                Column::left(words.ty),
                Column::left(words.unit).optional(),
                Column::left(words.label),
                Column::sentence(words.meaning),
                Column::text(words.used_by).optional(),
            ])
        };
        table.get_or_insert_with(columns).row(vec![
            row.name.as_str().into(),
            Cell::new(Style::Faint, row.ty.name()),
            Cell::new(Style::Faint, words.unit_name(row.unit)),
            Cell::new(label_style(row.label), words.label_name(row.label)),
            row.description.as_str().into(),
            Cell::new(Style::Faint, row.used_by.join(", ")),
        ]);
    }
    if let Some(table) = table {
        page.table(2, &table);
    }
    page.gap();
    page.line(Style::Faint, words.fields_hint);
}

/// Renders how the book and the host are.
pub(super) fn status(page: &mut Page, book: &BookStamp, status: &StatusReport) {
    let words = page.words;
    let host = match status.serving_since {
        Some(since) => fill(words.serving, &[&since, &status.version]),
        None => fill(words.not_serving, &[&status.version]),
    };
    let since = status.active_since.map_or_else(String::new, |since| fill(words.generation_since, &[&since]));
    let size = status.disk_bytes.map_or_else(String::new, |size| format!(" ({})", bytes(size)));
    let clock = words.clock(status.clock.mode, status.clock.last_fact.is_none());
    let customers = |number| counted(number, words.one_customer, words.many_customers);
    let work = fill(words.open_due, &[&count(status.open_follow_ups), &count(status.due_follow_ups)]);
    let mut pairs = vec![
        (words.host, host),
        (words.workspace, status.workspace.clone()),
        (words.data, format!("{}{size}", status.data)),
        (words.book_day, format!("{} ({clock}, {})", status.clock.day, status.clock.time_zone)),
        (words.currency, book.currency.to_string()),
        (words.generation, fill(words.generation_text, &[&book.generation, &since, &status.digest])),
        (words.rules, rules(words, status.rules)),
        (words.customers, count(status.customers)),
        (words.facts, count(status.facts)),
        (words.follow_ups, work),
        (words.warnings, fill(words.open, &[&count(status.open_warnings)])),
    ];
    if status.due_reviews > 0 {
        pairs.push((words.reviews_name, fill(words.reviews_due, &[&count(status.due_reviews)])));
    }
    if !status.is_graded {
        pairs.push((words.grading, words.grading_text.to_owned()));
    }
    if status.pending > 0 {
        pairs.push((words.waiting, fill(words.waiting_text, &[&customers(status.pending)])));
    }
    if status.running > 0 {
        pairs.push((words.running, fill(words.running_text, &[&count(status.running)])));
    }
    if status.faulted > 0 {
        pairs.push((words.faults, fill(words.faults_text, &[&customers(status.faulted)])));
    }
    page.pairs(0, pairs);
    let is_known = |of: &&DimensionCount| of.classes.iter().any(|it| it.count > 0 && it.class.id != UNRATED);
    let (known, unrated): (Vec<_>, Vec<_>) = status.dimensions.iter().partition(is_known);
    known.into_iter().for_each(|of| dimension(page, of));
    if status.customers > 0 && !unrated.is_empty() {
        page.gap();
        page.unrated(0, unrated.iter().map(|of| of.dimension.name.as_str()));
    }
    if status.customers == 0 {
        page.gap();
        page.sentence(0, Style::Faint, words.book_empty);
    }
    problems(page, status.problems.iter());
}

fn dimension(page: &mut Page, of: &DimensionCount) {
    let total: u64 = of.classes.iter().map(|class| class.count).sum();
    page.heading(&of.dimension.name);
    let mut table = Table::new(vec![Column::text(""), Column::right(""), Column::right("")]);
    for class in of.classes.iter().filter(|class| class.count > 0) {
        let share = percent(class.count as f64 / total as f64);
        table.row(vec![
            named(&class.class.id, &class.class.name).into(),
            count(class.count).into(),
            Cell::new(Style::Faint, share),
        ]);
    }
    page.table(2, &table);
}

fn rules(words: &Words, rules: RuleCount) -> String {
    let mut text = fill(words.rules_active, &[&rules.active]);
    for (number, what) in [
        (rules.last_good, words.rules_last_good),
        (rules.refused, words.rules_refused),
        (rules.disabled, words.rules_disabled),
    ] {
        if number > 0 {
            text.push_str(&fill(what, &[&number]));
        }
    }
    text
}

fn label_style(label: Label) -> Style {
    match label {
        Label::Public | Label::Internal => Style::Faint,
        Label::Pii => Style::Warn,
        Label::Sensitive => Style::Bad,
    }
}
