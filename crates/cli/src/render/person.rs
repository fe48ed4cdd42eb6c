//! What was erased of a person, and what is left.

use std::path::Path;

use tierhook_server::api::{ErasureList, ErasureReport, PersonCopy, PlaceCount};

use super::customer::title;
use super::page::Page;
use crate::number::count;
use crate::screen::Style;
use crate::table::{Cell, Column, Table};
use crate::word::fill;

/// Renders what came of an erasure, or what would.
pub(super) fn erasure(page: &mut Page, report: &ErasureReport) {
    let words = page.words;
    title(page, &report.customer, "");
    match report.number {
        Some(number) => page.line(Style::Strong, &fill(words.erased_as, &[&number])),
        None => page.line(Style::Strong, words.would_erase),
    }
    let mut table = Table::new(vec![Column::text(""), Column::right("")]);
    for place in &report.removed {
        table.row(vec![place.place.as_str().into(), count(place.count).into()]);
    }
    page.table(2, &table);
    page.heading(words.not_reached);
    for left in &report.left {
        page.sentence(2, Style::Warn, &format!("{}: {}", left.place, left.what));
        page.sentence(4, Style::Faint, &left.remedy);
    }
    page.gap();
    match report.dry_run {
        true => page.sentence(0, Style::Warn, words.add_yes),
        false => page.sentence(0, Style::Plain, words.stays_erased),
    }
}

/// Renders the list of erasures.
pub(super) fn erasures(page: &mut Page, list: &ErasureList) {
    let words = page.words;
    if list.rows.is_empty() {
        page.line(Style::Plain, words.nobody_erased);
    } else {
        let mut table = Table::new(vec![
            Column::right(words.id),
            Column::left(words.when),
            Column::text(words.who),
            Column::sentence(words.why),
            Column::sentence(words.what),
        ]);
        for row in &list.rows {
            table.row(vec![
                row.number.to_string().into(),
                row.asked.to_string().into(),
                row.who.as_str().into(),
                row.why.as_str().into(),
                Cell::new(Style::Faint, counts(&row.removed)),
            ]);
        }
        page.table(0, &table);
    }
    if list.unlisted > 0 {
        page.sentence(0, Style::Faint, &fill(words.erased_unlisted, &[&count(list.unlisted)]));
    }
}

/// Renders what a copy holds, and where it is.
pub(super) fn copied(page: &mut Page, copy: &PersonCopy, path: Option<&Path>) {
    let words = page.words;
    title(page, &copy.customer, "");
    let held = fill(words.copy_holds, &[&count(copy.profile.len() as u64), &count(copy.facts.len() as u64)]);
    page.sentence(2, Style::Plain, &held);
    if let Some(path) = path {
        page.line(Style::Strong, &fill(words.copy_in, &[&path.display()]));
    }
}

fn counts(removed: &[PlaceCount]) -> String {
    removed.iter().map(|it| format!("{} {}", it.place, count(it.count))).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use tierhook_model::{Language, RecordId};
    use tierhook_server::api::{CustomerHead, LeftBehind};

    use super::*;
    use crate::screen::Screen;
    use crate::word::Words;

    fn show(number: Option<u32>, language: Language) -> String {
        let report = ErasureReport {
            customer: CustomerHead {
                record: RecordId(3),
                source: "shop".into(),
                id: "7".into(),
                name: Some("王芳".into()),
                owner: None,
                also: vec![],
            },
            dry_run: number.is_none(),
            number,
            removed: vec![PlaceCount { code: "facts".into(), place: "facts".into(), count: 1_204 }],
            left: vec![LeftBehind {
                place: "old.backup".into(),
                what: "a backup that may hold the person".into(),
                remedy: "destroy it".into(),
            }],
        };
        let mut page = Page::new(Words::of(language), Screen { width: None, is_coloured: false });
        erasure(&mut page, &report);
        page.finish()
    }

    #[test]
    fn an_erasure_says_what_went_and_what_did_not() {
        assert_eq!(
            show(Some(4), Language::En),
            "\
王芳  shop:7  C3
erased, number 4 in `tierhook customers erased`
  facts  1,204

Not reached
  old.backup: a backup that may hold the person
    destroy it

no import and no restored backup brings the customer back
"
        );
    }

    #[test]
    fn a_look_says_that_nothing_is_gone_and_how_to_go_on() {
        let text = show(None, Language::En);
        assert!(text.contains("nothing is erased yet") && text.ends_with("add --why and --yes to erase\n"), "{text}");
        assert!(show(None, Language::Zh).contains("尚未删除"));
    }
}
