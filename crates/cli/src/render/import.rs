//! What went in and what went out.

use tierhook_server::api::{Counted, ExportReport, ImportReport, SampleReport};

use super::page::Page;
use super::regrade::regrade;
use crate::number::{count, counted, duration};
use crate::screen::Style;
use crate::table::{Cell, Column, Table};

/// Renders what came of an import.
pub(super) fn import(page: &mut Page, report: &ImportReport) {
    let heading = match (report.dry_run, report.import) {
        (true, _) => format!("{}: nothing is stored, this is what would happen", report.file),
        (false, Some(import)) => format!("{}: import {}", report.file, import.0),
        (false, None) => format!("{}: nothing to store", report.file),
    };
    page.line(Style::Strong, &heading);
    let mut table = Table::new(vec![Column::right(""), Column::text("")]);
    let mut add = |style: Style, number: u64, what: &str| {
        if number > 0 {
            table.row(vec![Cell::new(style, count(number)), Cell::new(style, what)]);
        }
    };
    add(Style::Plain, report.rows, &format!("rows of {} read", report.rows_are.name()));
    for Counted { what, count } in &report.taken {
        add(Style::Plain, *count, &format!("  taken as {what}"));
    }
    for Counted { what, count } in &report.rejected {
        add(Style::Warn, *count, &format!("  rejected: {what}"));
    }
    add(Style::Good, report.added, "facts added");
    add(Style::Plain, report.known, "facts known already");
    add(Style::Plain, report.amended, "facts amended");
    add(Style::Bad, report.conflicts, "conflicts: the book has them with other content; --amend replaces them");
    add(Style::Plain, report.new_customers, "new customers");
    page.table(2, &table);
    if !report.conflict_examples.is_empty() {
        page.indented(4, Style::Faint, &format!("for example {}", report.conflict_examples.join(", ")));
    }
    page.line(Style::Faint, &format!("in {}", duration(report.duration_ms)));
    if let Some(report) = &report.regrade {
        regrade(page, report);
    }
}

/// Renders what was exported.
pub(super) fn export(page: &mut Page, report: &ExportReport) {
    let as_of = report.as_of.map_or_else(String::new, |day| format!(" as of {day}"));
    let rows = counted(report.rows, "row", "rows");
    page.line(Style::Plain, &format!("{}{as_of}: {rows}, {} columns", report.what.name(), report.columns.len()));
}

/// Renders what came of filling a book with a made-up company.
pub(super) fn sample(page: &mut Page, report: &SampleReport) {
    let customers = counted(report.customers, "customer", "customers");
    if !report.filled {
        page.line(Style::Plain, &format!("the book has {customers} already; it stays as it is"));
        return;
    }
    let facts = counted(report.facts, "fact", "facts");
    page.line(Style::Plain, &format!("made up {customers} with {facts}; none of them is real"));
    if let Some(report) = &report.regrade {
        regrade(page, report);
    }
}
