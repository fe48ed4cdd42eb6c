//! Dimensions with their classes.

use tierhook_server::api::{DimensionList, DimensionRow, DimensionsEdited};

use super::customer::named;
use super::page::Page;
use super::regrade::regrade;
use crate::number::{count, percent};
use crate::screen::Style;
use crate::table::{Cell, Column, Table};
use crate::word::fill;

/// Renders the dimensions.
pub(super) fn dimensions(page: &mut Page, list: &DimensionList) {
    let words = page.words;
    if list.rows.is_empty() {
        page.line(Style::Plain, words.no_dimensions);
        page.sentence(0, Style::Faint, words.no_dimensions_hint);
    }
    list.rows.iter().for_each(|row| dimension(page, row));
}

/// Renders what came of changing them.
pub(super) fn edited(page: &mut Page, report: &DimensionsEdited) {
    let words = page.words;
    page.line(Style::Good, &fill(words.file_changed, &[&report.file]));
    match &report.dimension {
        Some(row) => dimension(page, row),
        None => {
            let order: Vec<&str> = report.order.iter().map(|head| head.name.as_str()).collect();
            page.sentence(0, Style::Plain, &fill(words.dimensions_now, &[&order.join(", ")]));
        }
    }
    if let Some(report) = &report.regrade {
        regrade(page, report);
    }
}

fn dimension(page: &mut Page, row: &DimensionRow) {
    let words = page.words;
    page.heading_pieces(&[
        (Style::Plain, &row.icon),
        (Style::Strong, &named(&row.dimension.id, &row.dimension.name)),
        (Style::Faint, &row.colour),
    ]);
    if !row.description.is_empty() {
        page.sentence(2, Style::Plain, &row.description);
    }
    let how = words.combination(row.combine);
    let decided = match row.rules.as_slice() {
        [] => fill(words.decided_by_none, &[&how]),
        rules => fill(words.decided_how, &[&how, &rules.join(", ")]),
    };
    page.sentence(2, Style::Faint, &decided);
    let mut table = Table::new(vec![
        Column::left(words.icon).optional(),
        Column::left(words.class),
        Column::text(words.class_name),
        Column::right(words.from_points).optional(),
        Column::right(words.customers),
        Column::left(words.colour).optional(),
        Column::sentence(words.meaning).optional(),
    ]);
    for class in &row.classes {
        table.row(vec![
            class.icon.as_str().into(),
            class.id.as_str().into(),
            class.name.as_str().into(),
            class.from.map(percent).unwrap_or_default().into(),
            count(class.count).into(),
            Cell::new(Style::Faint, &class.colour),
            class.description.as_str().into(),
        ]);
    }
    if row.unrated > 0 {
        let cells = ["", words.not_rated, "", "", &count(row.unrated), "", ""];
        table.row(cells.map(|cell| Cell::new(Style::Faint, cell)).into());
    }
    page.table(2, &table);
}
