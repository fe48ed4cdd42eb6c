//! The clock, the fields, and how the book and the host are.

use tierhook_model::{ClockMode, FieldGroup, Label, Unit};
use tierhook_server::api::{BookStamp, ClockReport, DimensionCount, FieldList, RuleCount, StatusReport};

use super::customer::named;
use super::page::Page;
use super::regrade::regrade;
use super::rule::problems;
use crate::number::{bytes, count, percent};
use crate::screen::Style;
use crate::table::{Cell, Column, Table};

/// Renders the book's clock.
pub(super) fn clock(page: &mut Page, clock: &ClockReport) {
    let mut pairs = vec![
        ("book's day", clock.day.to_string()),
        ("follows", follows(clock.mode).to_owned()),
        ("time zone", clock.time_zone.clone()),
    ];
    if clock.mode != ClockMode::System {
        pairs.push(("computer's day", clock.system_day.to_string()));
    }
    pairs.push(("newest fact", clock.last_fact.map_or_else(|| "none".to_owned(), |day| day.to_string())));
    page.pairs(0, pairs);
    if let Some(report) = &clock.regrade {
        regrade(page, report);
    }
}

/// Renders the fields that rules may read.
pub(super) fn fields(page: &mut Page, list: &FieldList) {
    if list.rows.is_empty() {
        page.line(Style::Plain, "no fields in this group");
        return;
    }
    let mut group = None;
    let mut table = None;
    for row in &list.rows {
        if group != Some(row.group) {
            if let Some(table) = table.take() {
                page.table(2, &table);
            }
            page.heading(group_name(row.group));
            group = Some(row.group);
        }
        let columns = || {
            Table::new(vec![
                Column::left("field"),
                Column::left("type"),
                Column::left("unit"),
                Column::left("label"),
                Column::text("meaning"),
                Column::text("used by"),
            ])
        };
        table.get_or_insert_with(columns).row(vec![
            row.name.as_str().into(),
            Cell::new(Style::Faint, row.ty.name()),
            Cell::new(Style::Faint, unit(row.unit)),
            label(row.label),
            row.description.as_str().into(),
            Cell::new(Style::Faint, row.used_by.join(", ")),
        ]);
    }
    if let Some(table) = table {
        page.table(2, &table);
    }
    page.gap();
    page.line(Style::Faint, "--json tells how each is computed, and when it is missing");
}

/// Renders how the book and the host are.
pub(super) fn status(page: &mut Page, book: &BookStamp, status: &StatusReport) {
    let host = match status.serving_since {
        Some(since) => format!("serving since {since}, version {}", status.version),
        None => format!("not running; version {}", status.version),
    };
    let since = status.active_since.map_or_else(String::new, |since| format!(" since {since}"));
    let mut pairs = vec![
        ("host", host),
        ("workspace", status.workspace.clone()),
        ("data", status.disk_bytes.map_or_else(|| status.data.clone(), |b| format!("{} ({})", status.data, bytes(b)))),
        ("book's day", format!("{} ({}, {})", status.clock.day, follows(status.clock.mode), status.clock.time_zone)),
        ("currency", book.currency.to_string()),
        ("generation", format!("{}{since}, digest {}", book.generation, status.digest)),
        ("rules", rules(status.rules)),
        ("customers", count(status.customers)),
        ("facts", count(status.facts)),
        ("follow-ups", format!("{} open, {} due", count(status.open_follow_ups), count(status.due_follow_ups))),
        ("warnings", format!("{} open", count(status.open_warnings))),
    ];
    if status.pending > 0 {
        pairs.push(("waiting", format!("{} for their evaluation", count(status.pending))));
    }
    if status.faulted > 0 {
        pairs.push(("faults", format!("a rule faulted for {} in the last evaluation", count(status.faulted))));
    }
    page.pairs(0, pairs);
    status.dimensions.iter().for_each(|of| dimension(page, of));
    if status.customers == 0 {
        page.gap();
        page.line(Style::Faint, "the book is empty: `tierhook import FILE --as orders` or `tierhook serve --sample`");
    }
    problems(page, status.problems.iter());
}

fn dimension(page: &mut Page, of: &DimensionCount) {
    let total: u64 = of.classes.iter().map(|class| class.count).sum();
    if total == 0 {
        return;
    }
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

fn rules(rules: RuleCount) -> String {
    let mut text = format!("{} active", rules.active);
    for (number, what) in
        [(rules.last_good, "serving the last good version"), (rules.refused, "refused"), (rules.disabled, "disabled")]
    {
        if number > 0 {
            text.push_str(&format!(", {number} {what}"));
        }
    }
    text
}

fn follows(mode: ClockMode) -> &'static str {
    match mode {
        ClockMode::System => "the computer's clock",
        ClockMode::Fixed => "nothing; it was set",
        ClockMode::LastFact => "the newest fact",
    }
}

fn group_name(group: FieldGroup) -> &'static str {
    match group {
        FieldGroup::Profile => "Profile",
        FieldGroup::Feature => "Features",
        FieldGroup::Measure => "Measures",
        FieldGroup::Custom => "Custom fields",
        FieldGroup::Standing => "What was decided earlier",
        FieldGroup::Class => "What this evaluation has decided",
    }
}

fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::None => "",
        Unit::Days => "days",
        Unit::Money => "money",
        Unit::Count => "count",
        Unit::Ratio => "ratio",
        Unit::Points => "points",
    }
}

fn label(label: Label) -> Cell {
    match label {
        Label::Public => Cell::new(Style::Faint, "public"),
        Label::Internal => Cell::new(Style::Faint, "internal"),
        Label::Pii => Cell::new(Style::Warn, "pii"),
        Label::Sensitive => Cell::new(Style::Bad, "sensitive"),
    }
}
