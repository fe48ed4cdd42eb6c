//! What somebody has to do today.

use tierhook_server::api::{CustomerHead, EntitlementRow, ReviewRow, TodayReport};

use super::customer::{Ids, in_a_row, more, override_text};
use super::page::Page;
use super::work::{follow_up_table, warning_table};
use crate::number::{count, counted};
use crate::screen::Style;
use crate::word::fill;

/// Renders what is due, who is about to leave, and what comes.
pub(super) fn today(page: &mut Page, report: &TodayReport) {
    let words = page.words;
    if let Some(owner) = report.owner.as_ref().filter(|_| report.customers == 0) {
        page.line(Style::Warn, &fill(words.nobody_owned, &[owner]));
        return;
    }
    let due = count(report.due);
    match (report.due, report.late) {
        (0, _) => page.heading(words.nothing_due),
        (_, 0) => page.heading(&fill(words.due_heading, &[&due])),
        (_, late) => page.heading(&fill(words.due_late, &[&due, &count(late)])),
    }
    if !report.follow_ups.is_empty() {
        follow_up_table(page, &report.follow_ups);
        more(page, report.follow_ups.len(), report.due);
    }
    match report.open_warnings {
        0 => page.heading(words.no_warnings),
        open => page.heading(&fill(words.open_warnings, &[&count(open)])),
    }
    if !report.warnings.is_empty() {
        warning_table(page, &report.warnings);
        more(page, report.warnings.len(), report.open_warnings);
    }
    reviews(page, &report.reviews);
    entitlements(page, &report.entitlements);
    let total = report.coming.iter().map(|day| day.count).sum();
    let mut coming = counted(total, words.one_follow_up, words.many_follow_ups);
    if total > 0 {
        let days: Vec<String> = report.coming.iter().map(|it| format!("{}: {}", it.day, count(it.count))).collect();
        coming = fill(words.coming_days, &[&coming, &days.join(", ")]);
    }
    page.gap();
    page.sentence(0, Style::Plain, &fill(words.coming, &[&report.coming_days, &coming]));
}

fn reviews(page: &mut Page, reviews: &[ReviewRow]) {
    let words = page.words;
    if reviews.is_empty() {
        return;
    }
    page.heading(&fill(words.reviews, &[&count(reviews.len() as u64)]));
    let heads: Vec<&CustomerHead> = reviews.iter().map(|row| &row.customer).collect();
    let ids = Ids::of(&heads);
    for row in reviews {
        let name = row.customer.name.as_deref().unwrap_or_default();
        let word = override_text(words, &row.word);
        let row = fill(words.review_row, &[&ids.show(&row.customer), &name, &row.dimension.name, &word]);
        page.sentence(0, Style::Warn, &row);
    }
    page.sentence(0, Style::Faint, words.reviews_hint);
}

/// What those who are listed are entitled to: one line a class.
fn entitlements(page: &mut Page, rows: &[EntitlementRow]) {
    let words = page.words;
    if rows.is_empty() {
        return;
    }
    page.heading(words.entitlements);
    let heads: Vec<&CustomerHead> = rows.iter().flat_map(|row| &row.customers).collect();
    let ids = Ids::of(&heads);
    for row in rows {
        let customers: Vec<String> = row.customers.iter().map(|customer| ids.show(customer)).collect();
        let (who, what) = (customers.join(", "), in_a_row(words, &row.entitlements));
        page.sentence(0, Style::Plain, &fill(words.entitlement_row, &[&row.dimension.name, &row.name, &who, &what]));
    }
}
