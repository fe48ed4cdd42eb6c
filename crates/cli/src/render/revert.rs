//! What became of an import that was reverted.

use tierhook_server::api::{Counted, RepeatedRows, RevertReport};

use super::page::Page;
use super::regrade::regrade;
use crate::number::{count, duration};
use crate::screen::Style;
use crate::table::{Cell, Column, Table};
use crate::word::fill;

/// Renders what reverting an import came to, or would.
pub(super) fn revert(page: &mut Page, report: &RevertReport) {
    let words = page.words;
    let heading = if report.dry_run { words.revert_dry } else { words.reverted };
    page.line(Style::Strong, &fill(heading, &[&report.file, &report.import.0]));
    let mut table = Table::new(vec![Column::text(""), Column::right("")]);
    let mut add = |style: Style, number: u64, what: &str| {
        if number > 0 {
            table.row(vec![Cell::new(style, what), Cell::new(style, count(number))]);
        }
    };
    for Counted { what, count } in &report.facts {
        add(Style::Plain, *count, &fill(words.taken_back, &[what]));
    }
    add(Style::Good, report.restored, words.hold_again);
    add(Style::Faint, report.gone, words.gone_before);
    add(Style::Plain, report.customers, words.customers_concerned);
    add(Style::Warn, report.vanished, words.customers_vanished);
    page.table(2, &table);
    if report.customers == 0 {
        page.line(Style::Faint, words.nothing_to_revert);
    }
    for RepeatedRows { import, file, rows } in &report.repeated {
        page.sentence(0, Style::Warn, &fill(words.repeated_rows, &[&import.0, file, &count(*rows)]));
    }
    if report.dry_run {
        return;
    }
    page.line(Style::Faint, &fill(words.took, &[&duration(report.duration_ms)]));
    if let Some(report) = &report.regrade {
        regrade(page, report);
    }
}
