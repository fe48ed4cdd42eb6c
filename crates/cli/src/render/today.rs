//! What somebody has to do today.

use tierhook_server::api::TodayReport;

use super::customer::more;
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
    let total = report.coming.iter().map(|day| day.count).sum();
    let mut coming = counted(total, words.one_follow_up, words.many_follow_ups);
    if total > 0 {
        let days: Vec<String> = report.coming.iter().map(|it| format!("{}: {}", it.day, count(it.count))).collect();
        coming = fill(words.coming_days, &[&coming, &days.join(", ")]);
    }
    page.gap();
    page.sentence(0, Style::Plain, &fill(words.coming, &[&report.coming_days, &coming]));
}
