//! What the columns of a file were taken for.

use std::path::Path;

use tierhook_server::api::{GuessReport, GuessedColumn};

use super::page::Page;
use crate::screen::Style;
use crate::table::{Cell, Column, Table};
use crate::word::fill;

/// Renders a guess, and by which command to say otherwise.
pub(super) fn guess(page: &mut Page, report: &GuessReport, place: &Path, command: &str) {
    let words = page.words;
    page.line(Style::Strong, &fill(words.guessed, &[&report.file, &words.code(report.rows_are.name())]));
    columns(page, report);
    questions(page, report);
    page.gap();
    let place = place.display();
    page.sentence(0, Style::Plain, &fill(words.guess_written, &[&place]));
    if report.is_doubtful() {
        page.sentence(0, Style::Warn, &fill(words.guess_doubtful, &[&place, &command]));
    } else {
        page.sentence(0, Style::Faint, &fill(words.guess_otherwise, &[&place, &command]));
    }
    page.gap();
}

/// Renders what each column was taken for, with a few values.
pub(super) fn columns(page: &mut Page, report: &GuessReport) {
    let words = page.words;
    let mut table = Table::new(vec![
        Column::text(words.file_column),
        Column::left(words.taken_for),
        Column::left("").optional(),
        Column::text(words.for_example),
    ]);
    let taken = |column: &&GuessedColumn| column.key.is_some();
    for column in report.columns.iter().filter(taken) {
        let unsure = if column.is_unsure() { words.unsure } else { "" };
        table.row(vec![
            column.column.as_str().into(),
            words.mapping_key(column.key.as_deref().unwrap_or_default()).into(),
            Cell::new(Style::Warn, unsure),
            Cell::new(Style::Faint, column.examples.join(" | ")),
        ]);
    }
    page.table(2, &table);
    let left: Vec<&str> =
        report.columns.iter().filter(|column| !taken(column)).map(|column| column.column.as_str()).collect();
    if !left.is_empty() {
        page.sentence(2, Style::Faint, &fill(words.columns_left, &[&left.join(", ")]));
    }
}

fn questions(page: &mut Page, report: &GuessReport) {
    let words = page.words;
    if report.questions.is_empty() {
        return;
    }
    page.heading(words.to_check);
    for question in &report.questions {
        page.sentence(2, Style::Plain, question);
    }
}
