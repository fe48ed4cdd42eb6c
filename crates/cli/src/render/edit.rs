//! What people entered, and what changed by it.

use tierhook_server::api::{EditReport, EditRow, FieldChange, LogReport};

use super::customer::title;
use super::page::Page;
use super::work::changes;
use crate::number::value;
use crate::screen::Style;
use crate::table::{Cell, Column, Table};
use crate::word::fill;

/// Renders what became of profiles.
pub(super) fn edit(page: &mut Page, report: &EditReport) {
    report.rows.iter().for_each(|row| edited(page, row));
}

fn edited(page: &mut Page, row: &EditRow) {
    let words = page.words;
    title(page, &row.customer, if row.is_new { words.added } else { "" });
    if row.fields.is_empty() && !row.is_new {
        page.indented(2, Style::Faint, words.stays_as_it_is);
    }
    fields(page, &row.fields);
    changes(page, &row.changes);
}

/// Adds fields with their values before and after.
pub(super) fn fields(page: &mut Page, fields: &[FieldChange]) {
    let words = page.words;
    let mut table = Table::new(vec![Column::left(""), Column::text("")]);
    for field in fields {
        let shown = |known: &Option<_>, none: &str| known.as_ref().map_or_else(|| none.to_owned(), value);
        let is_person = field.field.starts_with("contact.");
        let after = shown(&field.after, if is_person { words.removed } else { words.unknown });
        let text = match &field.before {
            Some(before) => format!("{} -> {after}", value(before)),
            None => after,
        };
        table.row(vec![Cell::new(Style::Faint, &field.field), text.into()]);
    }
    page.table(2, &table);
}

/// Renders what was noted.
pub(super) fn logged(page: &mut Page, report: &LogReport) {
    let words = page.words;
    title(page, &report.customer, "");
    let fact = &report.fact;
    page.pieces(2, &[(Style::Plain, &fact.day.to_string()), (Style::Strong, &fact.what), (Style::Plain, &fact.text)]);
    if report.is_complaint {
        page.sentence(4, Style::Faint, &fill(words.complaint_hint, &[&fact.id]));
    }
    if report.changes.is_empty() && !report.is_first {
        page.indented(2, Style::Faint, words.nothing_else);
    }
    changes(page, &report.changes);
    if report.is_first {
        page.sentence(2, Style::Warn, words.first_of_kind);
    }
}
