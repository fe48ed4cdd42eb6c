//! Who went from where to where.

use tierhook_model::UNRATED;
use tierhook_server::api::{ClassHead, Delta, MoveMatrix, RegradeReport};

use super::page::Page;
use crate::number::{count, counted, duration};
use crate::screen::Style;
use crate::table::{Cell, Column, Table};
use crate::word::{Words, fill};

/// Renders what a new evaluation came to.
pub(super) fn regrade(page: &mut Page, report: &RegradeReport) {
    let words = page.words;
    page.gap();
    let customers = |number| counted(number, words.one_customer, words.many_customers);
    let (took, cause) = (duration(report.duration_ms), words.move_cause(report.cause));
    page.line(
        Style::Plain,
        &fill(words.evaluated, &[&customers(report.customers), &report.day, &took, &report.generation, &cause]),
    );
    let (moving, still): (Vec<&MoveMatrix>, Vec<&MoveMatrix>) =
        report.dimensions.iter().partition(|matrix| matrix.moved() + matrix.initial() > 0);
    let (graded, moving): (Vec<&MoveMatrix>, Vec<&MoveMatrix>) =
        moving.into_iter().partition(|matrix| matrix.moved() == 0);
    if !graded.is_empty() {
        page.heading(words.graded_first);
        let (unrated, rated): (Vec<&MoveMatrix>, Vec<&MoveMatrix>) =
            graded.into_iter().partition(|of| of.count(None, UNRATED) == of.initial());
        page.pairs(2, rated.iter().map(|of| (of.dimension.name.as_str(), firsts(words, of))).collect());
        page.unrated(2, unrated.iter().map(|of| of.dimension.name.as_str()));
    }
    moving.iter().for_each(|of| matrix(page, of));
    // Where nobody is rated, nobody could have moved.
    let is_rated = |matrix: &&&MoveMatrix| matrix.cells.iter().any(|cell| cell.to != UNRATED);
    let names: Vec<&str> = still.iter().filter(is_rated).map(|matrix| matrix.dimension.name.as_str()).collect();
    if !names.is_empty() && report.customers > 0 {
        page.gap();
        page.line(Style::Faint, &fill(words.nobody_moved, &[&names.join(", ")]));
    }
    let follow_ups = delta(words, words.follow_ups, report.follow_ups);
    let warnings = delta(words, words.warnings, report.warnings);
    for line in [follow_ups, warnings].into_iter().flatten() {
        page.line(Style::Plain, &line);
    }
    if !report.refused.is_empty() {
        page.sentence(0, Style::Warn, &fill(words.not_fit_now, &[&report.refused.join(words.between_names)]));
    }
    for fault in &report.faults {
        let customers = customers(fault.customers);
        page.sentence(0, Style::Bad, &fill(words.faulted, &[&fault.rule, &customers, &fault.message]));
    }
}

/// How many were put in which class when they were graded for the first time.
fn firsts(words: &Words, matrix: &MoveMatrix) -> String {
    let counts = matrix.classes.iter().filter_map(|class| match matrix.count(None, &class.id) {
        0 => None,
        number => Some(format!("{} {}", count(number), words.class(&class.id, &class.name))),
    });
    counts.collect::<Vec<_>>().join(", ")
}

/// Lays one dimension out: a row for each class that somebody left or stayed in, a column for each that somebody is in
/// now.
fn matrix(page: &mut Page, matrix: &MoveMatrix) {
    let words = page.words;
    let (moved, initial) = (matrix.moved(), matrix.initial());
    let mut said = Vec::new();
    if moved > 0 {
        said.push(fill(words.moved, &[&count(moved)]));
    }
    if initial > 0 {
        said.push(fill(words.first_graded, &[&count(initial)]));
    }
    page.heading(&format!("{}: {}", matrix.dimension.name, said.join(", ")));
    let to: Vec<_> = matrix.classes.iter().filter(|class| matrix.cells.iter().any(|c| c.to == class.id)).collect();
    let shown = |class: &ClassHead| words.class(&class.id, &class.name).to_owned();
    let mut columns = vec![Column::left("")];
    columns.extend(to.iter().map(|class| Column::right(format!("-> {}", shown(class)))));
    let mut table = Table::new(columns);
    let from = matrix.classes.iter().map(Some).chain([None]);
    for from in from {
        let id = from.map(|class| class.id.as_str());
        if !matrix.cells.iter().any(|cell| cell.from.as_deref() == id) {
            continue;
        }
        let mut cells = vec![Cell::from(from.map_or_else(|| words.new_here.to_owned(), shown))];
        cells.extend(to.iter().map(|class| match matrix.count(id, &class.id) {
            0 => Cell::new(Style::Faint, "."),
            stayed if id == Some(class.id.as_str()) => Cell::new(Style::Faint, count(stayed)),
            moved => Cell::new(Style::Strong, count(moved)),
        }));
        table.row(cells);
    }
    page.table(2, &table);
}

fn delta(words: &Words, what: &str, delta: Delta) -> Option<String> {
    let parts: Vec<String> =
        [(words.opened, delta.opened), (words.changed, delta.changed), (words.closed, delta.closed)]
            .into_iter()
            .filter(|(_, number)| *number > 0)
            .map(|(text, number)| fill(text, &[&count(number)]))
            .collect();
    if parts.is_empty() { None } else { Some(format!("{what}: {}", parts.join(", "))) }
}
