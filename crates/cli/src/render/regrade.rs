//! Who went from where to where.

use tierhook_model::MoveCause;
use tierhook_server::api::{Delta, MoveMatrix, RegradeReport};

use super::page::Page;
use crate::number::{count, counted, duration};
use crate::screen::Style;
use crate::table::{Cell, Column, Table};

/// Renders what a new evaluation came to.
pub(super) fn regrade(page: &mut Page, report: &RegradeReport) {
    page.gap();
    let customers = counted(report.customers, "customer", "customers");
    let (day, generation, took) = (report.day, report.generation, duration(report.duration_ms));
    let cause = cause(report.cause);
    page.line(Style::Plain, &format!("evaluated {customers} as of {day} in {took} ({generation}, {cause})"));
    if report.superseded {
        page.line(Style::Warn, "a newer generation took over before the end");
    }
    let (moving, still): (Vec<&MoveMatrix>, Vec<&MoveMatrix>) =
        report.dimensions.iter().partition(|matrix| matrix.moved() + matrix.initial() > 0);
    moving.iter().for_each(|of| matrix(page, of));
    if !still.is_empty() && report.customers > 0 {
        let names: Vec<&str> = still.iter().map(|matrix| matrix.dimension.name.as_str()).collect();
        page.gap();
        page.line(Style::Faint, &format!("nobody moved on {}", names.join(", ")));
    }
    let follow_ups = delta("follow-ups", report.follow_ups);
    let warnings = delta("warnings", report.warnings);
    for line in [follow_ups, warnings].into_iter().flatten() {
        page.line(Style::Plain, &line);
    }
    for fault in &report.faults {
        let customers = counted(fault.customers, "customer", "customers");
        page.line(Style::Bad, &format!("{} faulted for {customers}: {}", fault.rule, fault.message));
    }
}

/// Says what brought a move about.
pub(super) fn cause(cause: MoveCause) -> &'static str {
    match cause {
        MoveCause::Initial => "first grading",
        MoveCause::Fact => "new facts",
        MoveCause::Time => "time",
        MoveCause::Rules => "new rules",
        MoveCause::Override => "a person's word",
        MoveCause::Asked => "asked for",
        MoveCause::Import => "import",
        MoveCause::Clock => "clock set",
    }
}

/// Lays one dimension out: a row for each class that somebody left or stayed in, a column for each that somebody is in
/// now.
fn matrix(page: &mut Page, matrix: &MoveMatrix) {
    let (moved, initial) = (matrix.moved(), matrix.initial());
    let mut said = Vec::new();
    if moved > 0 {
        said.push(format!("{} moved", count(moved)));
    }
    if initial > 0 {
        said.push(format!("{} graded for the first time", count(initial)));
    }
    page.heading(&format!("{}: {}", matrix.dimension.name, said.join(", ")));
    let to: Vec<_> = matrix.classes.iter().filter(|class| matrix.cells.iter().any(|c| c.to == class.id)).collect();
    let mut columns = vec![Column::left("")];
    columns.extend(to.iter().map(|class| Column::right(format!("-> {}", class.id))));
    let mut table = Table::new(columns);
    let from = matrix.classes.iter().map(|class| Some(class.id.as_str())).chain([None]);
    for from in from.filter(|from| matrix.cells.iter().any(|cell| cell.from.as_deref() == *from)) {
        let mut cells = vec![Cell::from(from.unwrap_or("new here"))];
        cells.extend(to.iter().map(|class| match matrix.count(from, &class.id) {
            0 => Cell::new(Style::Faint, "."),
            stayed if from == Some(class.id.as_str()) => Cell::new(Style::Faint, count(stayed)),
            moved => Cell::new(Style::Strong, count(moved)),
        }));
        table.row(cells);
    }
    page.table(2, &table);
}

fn delta(what: &str, delta: Delta) -> Option<String> {
    let parts: Vec<String> = [("opened", delta.opened), ("changed", delta.changed), ("closed", delta.closed)]
        .into_iter()
        .filter(|(_, number)| *number > 0)
        .map(|(verb, number)| format!("{} {verb}", count(number)))
        .collect();
    if parts.is_empty() { None } else { Some(format!("{what}: {}", parts.join(", "))) }
}
