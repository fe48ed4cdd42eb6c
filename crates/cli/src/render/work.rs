//! Follow-ups and warnings in lists and in full.

use tierhook_model::Severity;
use tierhook_server::api::{
    ChangeRow, CustomerHead, FollowUpChanged, FollowUpList, FollowUpRow, ReasonRow, StateRow, WarningChanged,
    WarningList, WarningRow,
};

use super::customer::{Ids, more, name, reasons, title};
use super::page::Page;
use crate::screen::Style;
use crate::table::{Cell, Column, Table};

/// Renders a list of follow-ups.
pub(super) fn follow_ups(page: &mut Page, list: &FollowUpList) {
    if list.rows.is_empty() {
        page.line(Style::Plain, "nothing to do");
        page.line(Style::Faint, "`--all` lists closed and snoozed ones too, `tierhook evaluate` looks for new ones");
        return;
    }
    let heads: Vec<&CustomerHead> = list.rows.iter().map(|row| &row.customer).collect();
    let ids = Ids::of(&heads);
    let mut table = Table::new(vec![
        Column::left("id"),
        Column::left("due"),
        Column::left("customer"),
        Column::text("name"),
        Column::text("what"),
        Column::left("how"),
        Column::text("why"),
    ]);
    for row in &list.rows {
        table.row(vec![
            row.id.to_string().into(),
            due(row),
            ids.show(&row.customer).into(),
            name(&row.customer),
            what(row.action.as_ref(), &row.name).into(),
            row.channel.as_deref().unwrap_or_default().into(),
            why(&row.reasons).into(),
        ]);
    }
    page.table(0, &table);
    more(page, list.rows.len(), list.total, "follow-up", "follow-ups");
}

/// Renders what became of a follow-up.
pub(super) fn follow_up(page: &mut Page, changed: &FollowUpChanged) {
    title(page, &changed.follow_up.customer, "");
    follow_up_details(page, std::slice::from_ref(&changed.follow_up));
    changes(page, &changed.changes);
}

/// Renders a list of warnings.
pub(super) fn warnings(page: &mut Page, list: &WarningList) {
    if list.rows.is_empty() {
        page.line(Style::Plain, "no warnings");
        page.line(Style::Faint, "`--all` lists closed and snoozed ones too");
        return;
    }
    let heads: Vec<&CustomerHead> = list.rows.iter().map(|row| &row.customer).collect();
    let ids = Ids::of(&heads);
    let mut table = Table::new(vec![
        Column::left("id"),
        Column::left("severity"),
        Column::left("customer"),
        Column::text("name"),
        Column::text("cause"),
        Column::left("since"),
        Column::left("state"),
        Column::text("why"),
        Column::text("what to do"),
    ]);
    for row in &list.rows {
        table.row(vec![
            row.id.to_string().into(),
            severity(row.severity),
            ids.show(&row.customer).into(),
            name(&row.customer),
            row.name.as_str().into(),
            row.opened.to_string().into(),
            state(&row.state).into(),
            why(&row.reasons).into(),
            row.suggestion.as_deref().unwrap_or_default().into(),
        ]);
    }
    page.table(0, &table);
    more(page, list.rows.len(), list.total, "warning", "warnings");
}

/// Renders what became of a warning.
pub(super) fn warning(page: &mut Page, changed: &WarningChanged) {
    title(page, &changed.warning.customer, "");
    warning_details(page, std::slice::from_ref(&changed.warning));
    changes(page, &changed.changes);
}

/// Adds follow-ups of one customer in full.
pub(super) fn follow_up_details(page: &mut Page, rows: &[FollowUpRow]) {
    for row in rows {
        let due = format!("due {}{}", row.due, late(row));
        let state = state(&row.state);
        let style = if row.state.is_open() { Style::Strong } else { Style::Faint };
        let id = row.id.to_string();
        let channel = row.channel.as_deref().unwrap_or_default();
        page.pieces(
            2,
            &[(style, &id), (style, &row.name), (Style::Plain, channel), (Style::Plain, &due), (Style::Faint, &state)],
        );
        if let Some(action) = &row.action {
            page.indented(4, Style::Plain, action);
        }
        if let Some(offer) = &row.offer {
            let ends = offer.ends.map_or_else(String::new, |ends| format!(" (until {ends})"));
            page.indented(4, Style::Plain, &format!("offer: {}{ends}", offer.text));
        }
        reasons(page, 4, &row.reasons);
    }
}

/// Adds warnings of one customer in full.
pub(super) fn warning_details(page: &mut Page, rows: &[WarningRow]) {
    for row in rows {
        let is_open = row.state.is_open();
        let style = if is_open { severity_style(row.severity) } else { Style::Faint };
        let severity = format!("{} severity", severity_name(row.severity));
        let since = format!("since {}", row.opened);
        page.pieces(
            2,
            &[
                (if is_open { Style::Strong } else { Style::Faint }, &row.id.to_string()),
                (style, &row.name),
                (style, &severity),
                (Style::Plain, &since),
                (Style::Faint, &state(&row.state)),
            ],
        );
        reasons(page, 4, &row.reasons);
        if let Some(suggestion) = &row.suggestion {
            page.indented(4, Style::Plain, &format!("do: {suggestion}"));
        }
    }
}

fn changes(page: &mut Page, changes: &[ChangeRow]) {
    for change in changes {
        page.indented(2, Style::Plain, &change.text);
    }
}

fn due(row: &FollowUpRow) -> Cell {
    let style = match row.state.is_open() {
        false => Style::Faint,
        true if row.days_late > 0 => Style::Bad,
        true => Style::Plain,
    };
    if row.state.code == "open" {
        Cell::new(style, format!("{}{}", row.due, late(row)))
    } else {
        Cell::new(style, state(&row.state))
    }
}

fn late(row: &FollowUpRow) -> String {
    if row.days_late == 0 { String::new() } else { format!(" ({} d late)", row.days_late) }
}

fn what<'a>(action: Option<&'a String>, name: &'a str) -> &'a str {
    action.map_or(name, String::as_str)
}

fn why(reasons: &[ReasonRow]) -> String {
    reasons.iter().map(|reason| reason.text.as_str()).collect::<Vec<_>>().join("; ")
}

fn state(state: &StateRow) -> String {
    let mut text = state.code.clone();
    if let Some(day) = state.day {
        text.push_str(if state.code == "snoozed" { " until " } else { " " });
        text.push_str(&day.to_string());
    }
    if let Some(detail) = &state.detail {
        text.push_str(&format!(" ({detail})"));
    }
    text
}

fn severity(severity: Severity) -> Cell {
    Cell::new(severity_style(severity), severity_name(severity))
}

fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
    }
}

fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Low => Style::Plain,
        Severity::Medium => Style::Warn,
        Severity::High => Style::Bad,
    }
}
