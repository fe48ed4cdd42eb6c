//! Customers that are merged, and unmerged.

use tierhook_server::api::{MergeReport, MergedRow};

use super::customer::title;
use super::edit::fields;
use super::page::Page;
use super::work::changes;
use crate::screen::Style;
use crate::word::fill;

/// Renders what a merge or its end changed.
pub(super) fn merge(page: &mut Page, report: &MergeReport) {
    let words = page.words;
    let other = format!("{}:{}", report.other.source, report.other.id);
    let kept = format!("{}:{}", report.kept.source, report.kept.id);
    title(page, &report.kept, "");
    let outcome = if report.undone { words.unmerged } else { words.merged };
    page.sentence(2, Style::Strong, &fill(outcome, &[&other, &kept]));
    fields(page, &report.fields);
    changes(page, &report.changes);
    if report.undone {
        title(page, &report.other, "");
        changes(page, &report.other_changes);
    }
}

/// Renders who was merged into a customer.
pub(super) fn merged(page: &mut Page, rows: &[MergedRow]) {
    if rows.is_empty() {
        return;
    }
    let words = page.words;
    page.heading(words.merged_heading);
    for row in rows {
        let why = if row.why.is_empty() { String::new() } else { format!(": {}", row.why) };
        let text = fill(words.merged_by, &[&row.customer, &row.since, &row.who]);
        page.sentence(2, Style::Plain, &format!("{text}{why}"));
    }
}
