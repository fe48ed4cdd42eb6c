//! What went in and what went out.

use std::path::Path;

use tierhook_server::api::{Counted, ExportReport, ImportList, ImportReport, ImportRow, SampleReport};

use super::page::Page;
use super::regrade::regrade;
use crate::exit::took_nothing;
use crate::number::{count, counted, duration};
use crate::reject::Rejects;
use crate::screen::Style;
use crate::table::{Cell, Column, Table};
use crate::word::{Words, fill};

/// Renders what came of an import.
pub(super) fn import(page: &mut Page, report: &ImportReport) {
    let words = page.words;
    let heading = match (report.dry_run, report.import) {
        (true, _) => fill(words.import_dry, &[&report.file]),
        (false, Some(import)) => fill(words.import_done, &[&report.file, &import.0]),
        (false, None) => fill(words.import_none, &[&report.file]),
    };
    page.line(Style::Strong, &heading);
    // Words first and numbers behind them, so that they read the same for one and for many.
    let mut table = Table::new(vec![Column::text(""), Column::right("")]);
    let mut add = |style: Style, number: u64, what: &str| {
        if number > 0 {
            table.row(vec![Cell::new(style, what), Cell::new(style, count(number))]);
        }
    };
    add(Style::Plain, report.rows, &fill(words.rows_read, &[&words.code(report.rows_are.name())]));
    for Counted { what, count } in &report.taken {
        add(Style::Plain, *count, &fill(words.rows_taken, &[what]));
    }
    let mut rejected: Vec<&Counted> = report.rejected.iter().collect();
    rejected.sort_by_key(|counted| std::cmp::Reverse(counted.count));
    for Counted { what, count } in rejected {
        add(Style::Warn, *count, &fill(words.rows_rejected, &[&words.said(words.code(what))]));
    }
    add(Style::Good, report.added, words.facts_added);
    add(Style::Plain, report.known, words.facts_known);
    add(Style::Plain, report.amended, words.facts_amended);
    add(Style::Bad, report.conflicts, words.conflicts);
    add(Style::Warn, report.erased, words.erased_facts);
    add(Style::Plain, report.new_customers, words.new_customers);
    page.table(2, &table);
    page.line(Style::Faint, &fill(words.took, &[&duration(report.duration_ms)]));
    if let Some(report) = &report.regrade {
        regrade(page, report);
    }
    // Last, because that is what is still on the screen after a long import.
    if report.conflicts > 0 {
        page.sentence(0, Style::Bad, &fill(words.conflicts_hint, &[&report.conflict_examples.join(", ")]));
    }
    if report.erased > 0 {
        page.sentence(0, Style::Warn, &fill(words.erased_hint, &[&report.erased_on.join(", ")]));
    }
    if took_nothing(report) {
        page.line(Style::Bad, if report.rows == 0 { words.no_rows } else { words.took_nothing });
    }
    if !report.warnings.is_empty() {
        page.gap();
    }
    for warning in &report.warnings {
        page.sentence(0, Style::Warn, &fill(words.warning, &[&words.said(warning)]));
    }
}

/// Renders what was imported.
pub(super) fn imports(page: &mut Page, list: &ImportList) {
    let words = page.words;
    if list.rows.is_empty() {
        page.line(Style::Plain, words.no_imports);
        return;
    }
    let mut table = Table::new(vec![
        Column::right(words.import_number),
        Column::left(words.started),
        Column::text(words.file),
        Column::left(words.rows_are),
        Column::right(words.rows),
        Column::right(words.taken),
        Column::right(words.rejected).optional(),
        Column::right(words.known).optional(),
        Column::right(words.conflicts_count).optional(),
        Column::left("").optional(),
    ]);
    let some = |style: Style, number: u64| match number {
        0 => Cell::new(style, ""),
        number => Cell::new(style, count(number)),
    };
    for row in &list.rows {
        table.row(vec![
            row.import.0.to_string().into(),
            row.started.to_string().into(),
            row.file.as_str().into(),
            words.code(&row.rows_are).into(),
            count(row.rows).into(),
            count(row.taken).into(),
            some(Style::Warn, row.rejected),
            some(Style::Plain, row.known),
            some(Style::Bad, row.conflicts),
            state(words, row),
        ]);
    }
    page.table(0, &table);
}

fn state(words: &Words, row: &ImportRow) -> Cell {
    let who = row.reverted_by.as_deref().unwrap_or_default();
    match (row.reverting, row.reverted, row.finished) {
        (_, Some(on), _) => Cell::new(Style::Warn, fill(words.reverted_by, &[&on, &who])),
        (Some(_), None, _) => Cell::new(Style::Bad, words.half_reverted),
        (None, None, None) => Cell::new(Style::Bad, words.not_finished),
        _ => "".into(),
    }
}

/// Renders where the rejected rows are, and why most of them were rejected.
pub(super) fn rejects(page: &mut Page, rejects: &Rejects, path: &Path) {
    let words = page.words;
    let place = fill(words.rejects_in, &[&path.display()]);
    match rejects.most_frequent() {
        None => page.line(Style::Plain, &place),
        Some((first, rows)) => {
            let like = fill(words.rejects_like, &[&count(rows), &count(first.line)]);
            page.line(Style::Warn, &format!("{place}{like}"));
            page.sentence(2, Style::Plain, &words.said(words.code(&first.reason)));
        }
    }
}

/// Renders what was exported.
pub(super) fn export(page: &mut Page, report: &ExportReport) {
    let words = page.words;
    let as_of = report.as_of.map_or_else(String::new, |day| fill(words.exported_as_of, &[&day]));
    let rows = counted(report.rows, words.one_row, words.many_rows);
    let columns = counted(report.columns.len() as u64, words.one_column, words.many_columns);
    let what = words.code(report.what.name());
    page.line(Style::Plain, &fill(words.exported, &[&what, &as_of, &rows, &columns]));
}

/// Renders what came of filling a book with a made-up company.
pub(super) fn sample(page: &mut Page, report: &SampleReport) {
    let words = page.words;
    let customers = counted(report.customers, words.one_customer, words.many_customers);
    if !report.filled {
        page.line(Style::Plain, &fill(words.sample_stays, &[&customers]));
        return;
    }
    let facts = counted(report.facts, words.one_fact, words.many_facts);
    page.line(Style::Plain, &fill(words.sample_made, &[&customers, &facts]));
    if let Some(report) = &report.regrade {
        regrade(page, report);
    }
}
