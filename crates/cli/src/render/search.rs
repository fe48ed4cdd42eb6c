//! Customers that were found, and why.

use tierhook_server::api::{CustomerHead, FoundText, SearchReport, TextPiece};

use super::customer::{Ids, class, more, name};
use super::page::Page;
use crate::screen::{Style, width};
use crate::table::{Cell, Column, Table};
use crate::word::fill;

/// How many columns of a text are shown before what was found in it.
const LEAD: usize = 16;

/// Renders what was found.
pub(super) fn search(page: &mut Page, report: &SearchReport) {
    let words = page.words;
    if report.rows.is_empty() {
        page.line(Style::Plain, &fill(words.not_found, &[&report.text]));
        page.sentence(0, Style::Faint, words.not_found_hint);
        return;
    }
    let heads: Vec<&CustomerHead> = report.rows.iter().map(|row| &row.customer).collect();
    let ids = Ids::of(&heads);
    let mut columns =
        vec![Column::left(words.customer), Column::text(words.name).optional(), Column::text(words.found_in)];
    // The first dimension is the one that the company put first.
    columns.extend(report.dimensions.first().map(|dimension| Column::left(&dimension.name)));
    columns.extend([Column::text(words.owner).optional(), Column::left(words.last_order)]);
    let mut table = Table::new(columns);
    for row in &report.rows {
        let found: Vec<String> = row.found.iter().map(found_in).collect();
        let mut cells = vec![ids.show(&row.customer).into(), name(&row.customer), found.join(", ").into()];
        cells.extend(row.classes.iter().take(1).map(|cell| class(words, cell)));
        cells.push(row.customer.owner.as_deref().unwrap_or_default().into());
        cells.push(match row.last_order {
            Some(day) => day.to_string().into(),
            None => Cell::new(Style::Faint, "-"),
        });
        table.row(cells);
    }
    page.table(0, &table);
    if report.rows.iter().flat_map(|row| row.classes.first()).flatten().any(|class| class.overridden) {
        page.line(Style::Faint, words.by_hand);
    }
    more(page, report.rows.len(), report.total);
}

/// The field and its text, with what was found between brackets.
fn found_in(found: &FoundText) -> String {
    let mut text = match &found.merged {
        Some(merged) => format!("{merged}: {} ", found.name),
        None => format!("{} ", found.name),
    };
    for (at, TextPiece { text: piece, fits }) in found.pieces.iter().enumerate() {
        match (at, fits) {
            (_, true) => text.extend(["[", piece, "]"]),
            (0, false) => text.push_str(&end_of(piece)),
            (_, false) => text.push_str(piece),
        }
    }
    text
}

/// The end of a text that takes much room.
fn end_of(text: &str) -> String {
    if width(text) <= LEAD {
        return text.to_owned();
    }
    let mut kept = 0;
    let cut = text.char_indices().rev().take_while(|(_, c)| {
        kept += width(c.encode_utf8(&mut [0; 4]));
        kept < LEAD
    });
    format!("…{}", cut.last().map_or("", |(at, _)| text[at..].trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_marked_and_in_sight() {
        let found = |pieces: &[(&str, bool)]| {
            let pieces = pieces.iter().map(|(text, fits)| TextPiece { text: (*text).to_owned(), fits: *fits });
            found_in(&FoundText { field: "notes".into(), name: "notes".into(), merged: None, pieces: pieces.collect() })
        };
        assert_eq!(found(&[("张", true), ("三", false)]), "notes [张]三");
        assert_eq!(
            found(&[("asked for prams and for ", false), ("twins", true), (" in May", false)]),
            "notes …prams and for [twins] in May"
        );
        assert_eq!(found(&[("一二三四五六七八九", false), ("十", true)]), "notes …三四五六七八九[十]");
    }
}
