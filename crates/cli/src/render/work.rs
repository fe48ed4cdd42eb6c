//! Follow-ups and warnings in lists and in full.

use tierhook_model::Severity;
use tierhook_server::api::{
    ChangeRow, CustomerHead, FollowUpChanged, FollowUpList, FollowUpRow, ReasonRow, StateRow, WarningChanged,
    WarningList, WarningRow,
};

use super::customer::{Ids, more, name, reasons, title};
use super::page::Page;
use crate::screen::{Style, quoted};
use crate::table::{Cell, Column, Table};
use crate::word::{Words, fill};

/// Renders a list of follow-ups.
pub(super) fn follow_ups(page: &mut Page, list: &FollowUpList) {
    let words = page.words;
    if list.rows.is_empty() {
        page.line(Style::Plain, words.no_follow_ups);
        page.sentence(0, Style::Faint, words.no_follow_ups_hint);
        return;
    }
    follow_up_table(page, &list.rows);
    more(page, list.rows.len(), list.total);
}

/// Adds follow-ups of many customers, one a row.
pub(super) fn follow_up_table(page: &mut Page, rows: &[FollowUpRow]) {
    let words = page.words;
    let heads: Vec<&CustomerHead> = rows.iter().map(|row| &row.customer).collect();
    let ids = Ids::of(&heads);
    let mut table = Table::new(vec![
        Column::left(words.id),
        Column::left(words.due),
        Column::left(words.customer),
        Column::text(words.name).optional(),
        Column::left(words.how).optional(),
        Column::sentence(words.what),
        Column::sentence(words.why).optional(),
    ]);
    for row in rows {
        table.row(vec![
            row.id.to_string().into(),
            due(words, row),
            ids.show(&row.customer).into(),
            name(&row.customer),
            words.code(row.channel.as_deref().unwrap_or_default()).into(),
            what(row.action.as_ref(), &row.name).into(),
            Cell::new(Style::Faint, why(words, &row.reasons)),
        ]);
    }
    page.table(0, &table);
}

/// Renders what became of a follow-up.
pub(super) fn follow_up(page: &mut Page, changed: &FollowUpChanged) {
    title(page, &changed.follow_up.customer, "");
    follow_up_details(page, std::slice::from_ref(&changed.follow_up));
    changes(page, &changed.changes);
    still_complains(page, &changed.follow_up.customer, &changed.open_complaints);
}

/// Says which complaints are open still, for whoever takes what was done for the end of it.
fn still_complains(page: &mut Page, customer: &CustomerHead, open: &[String]) {
    let Some(first) = open.first() else { return };
    let customer = quoted(&format!("{}:{}", customer.source, customer.id));
    let mut command = format!("tierhook log {customer} resolved");
    if open.len() > 1 {
        command.push_str(&format!(" --complaint {}", quoted(first)));
    }
    page.sentence(0, Style::Faint, &fill(page.words.still_complains, &[&command]));
}

/// Renders a list of warnings.
pub(super) fn warnings(page: &mut Page, list: &WarningList) {
    let words = page.words;
    if list.rows.is_empty() {
        page.line(Style::Plain, words.no_warnings);
        page.sentence(0, Style::Faint, words.no_warnings_hint);
        return;
    }
    warning_table(page, &list.rows);
    more(page, list.rows.len(), list.total);
}

/// Adds warnings of many customers, one a row.
pub(super) fn warning_table(page: &mut Page, rows: &[WarningRow]) {
    let words = page.words;
    let heads: Vec<&CustomerHead> = rows.iter().map(|row| &row.customer).collect();
    let ids = Ids::of(&heads);
    let mut table = Table::new(vec![
        Column::left(words.id),
        Column::left(words.severity),
        Column::left(words.customer),
        Column::text(words.name).optional(),
        Column::text(words.cause),
        Column::left(words.since_heading),
        Column::text(words.state),
        Column::sentence(words.why).optional(),
        Column::sentence(words.what_to_do).optional(),
    ]);
    for row in rows {
        table.row(vec![
            row.id.to_string().into(),
            Cell::new(severity_style(row.severity), words.severity_name(row.severity)),
            ids.show(&row.customer).into(),
            name(&row.customer),
            row.name.as_str().into(),
            row.opened.to_string().into(),
            state(words, &row.state).into(),
            Cell::new(Style::Faint, why(words, &row.reasons)),
            row.suggestion.as_deref().unwrap_or_default().into(),
        ]);
    }
    page.table(0, &table);
}

/// Renders what became of a warning.
pub(super) fn warning(page: &mut Page, changed: &WarningChanged) {
    title(page, &changed.warning.customer, "");
    warning_details(page, std::slice::from_ref(&changed.warning));
    changes(page, &changed.changes);
    still_complains(page, &changed.warning.customer, &changed.open_complaints);
}

/// Adds follow-ups of one customer in full.
pub(super) fn follow_up_details(page: &mut Page, rows: &[FollowUpRow]) {
    let words = page.words;
    for row in rows {
        let due = format!("{}{}", fill(words.due_on, &[&row.due]), late(words, row));
        let state = state(words, &row.state);
        let style = if row.state.is_open() { Style::Strong } else { Style::Faint };
        let id = row.id.to_string();
        let channel = words.code(row.channel.as_deref().unwrap_or_default());
        page.pieces(
            2,
            &[(style, &id), (style, &row.name), (Style::Plain, channel), (Style::Plain, &due), (Style::Faint, &state)],
        );
        if let Some(action) = &row.action {
            page.sentence(4, Style::Plain, action);
        }
        if let Some(offer) = &row.offer {
            let ends = offer.ends.map_or_else(String::new, |ends| fill(words.offer_until, &[&ends]));
            page.sentence(4, Style::Plain, &format!("{}{ends}", fill(words.offer, &[&offer.text])));
        }
        reasons(page, 4, &row.reasons);
    }
}

/// Adds warnings of one customer in full.
pub(super) fn warning_details(page: &mut Page, rows: &[WarningRow]) {
    let words = page.words;
    for row in rows {
        let is_open = row.state.is_open();
        let style = if is_open { severity_style(row.severity) } else { Style::Faint };
        let severity = fill(words.severity_of, &[&words.severity_name(row.severity)]);
        let since = fill(words.since, &[&row.opened]);
        page.pieces(
            2,
            &[
                (if is_open { Style::Strong } else { Style::Faint }, &row.id.to_string()),
                (style, &row.name),
                (style, &severity),
                (Style::Plain, &since),
                (Style::Faint, &state(words, &row.state)),
            ],
        );
        reasons(page, 4, &row.reasons);
        if let Some(suggestion) = &row.suggestion {
            page.sentence(4, Style::Plain, &fill(words.suggestion, &[suggestion]));
        }
    }
}

/// Adds what changed, one a line.
pub(super) fn changes(page: &mut Page, changes: &[ChangeRow]) {
    for change in changes {
        page.sentence(2, Style::Plain, &change.text);
    }
}

fn due(words: &Words, row: &FollowUpRow) -> Cell {
    let style = match row.state.is_open() {
        false => Style::Faint,
        true if row.days_late > 0 => Style::Bad,
        true => Style::Plain,
    };
    if row.state.code == "open" {
        Cell::new(style, format!("{}{}", row.due, late(words, row)))
    } else {
        Cell::new(style, state(words, &row.state))
    }
}

fn late(words: &Words, row: &FollowUpRow) -> String {
    if row.days_late == 0 { String::new() } else { fill(words.late, &[&row.days_late]) }
}

fn what<'a>(action: Option<&'a String>, name: &'a str) -> &'a str {
    action.map_or(name, String::as_str)
}

/// Puts reasons on one line: sentences one behind the other, what is none with a semicolon between.
fn why(words: &Words, reasons: &[ReasonRow]) -> String {
    let mut text = String::new();
    for reason in reasons {
        if !text.is_empty() {
            text.push_str(if text.ends_with('.') { " " } else { words.between });
        }
        text.push_str(&reason.text);
    }
    text
}

fn state(words: &Words, state: &StateRow) -> String {
    let mut text = words.code(&state.code).to_owned();
    if let Some(day) = state.day {
        text.push_str(&format!(" {day}"));
    }
    if let Some(detail) = &state.detail {
        text.push_str(&format!(" ({})", state.text.as_deref().unwrap_or_else(|| words.code(detail))));
    }
    text
}

fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Low => Style::Plain,
        Severity::Medium => Style::Warn,
        Severity::High => Style::Bad,
    }
}
