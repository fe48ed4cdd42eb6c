//! Backups and what the doctor found.

use tierhook_server::api::{BackupReport, DoctorReport, LossReport, RestoreReport};

use super::page::Page;
use crate::number::count;
use crate::screen::Style;
use crate::word::fill;

/// Renders what came of a backup.
pub(super) fn backup(page: &mut Page, report: &BackupReport) {
    let words = page.words;
    let mebibytes = format!("{:.1}", report.bytes as f64 / (1024.0 * 1024.0));
    page.line(Style::Plain, &fill(words.backed_up, &[&count(report.keys), &report.file, &mebibytes]));
    page.line(Style::Faint, &fill(words.backup_digest, &[&report.digest]));
}

/// Renders what came of a restore.
pub(super) fn restore(page: &mut Page, report: &RestoreReport) {
    let words = page.words;
    page.line(Style::Plain, &fill(words.restored, &[&count(report.keys), &report.file, &report.data]));
    if report.erased > 0 {
        page.line(Style::Warn, &fill(words.stay_erased, &[&count(report.erased)]));
    }
    page.sentence(0, Style::Faint, &fill(words.erasures_told_by, &[&report.told_by.join(", ")]));
}

/// Renders what a book goes on without.
pub(super) fn loss(page: &mut Page, report: &LossReport) {
    if report.acknowledged > report.found {
        let (first, last) = (count(report.found.0 + 1), count(report.acknowledged.0));
        page.line(Style::Warn, &fill(page.words.loss_accepted, &[&report.data, &first, &last]));
    }
    if let Some(missing) = &report.missing {
        page.line(Style::Warn, &fill(page.words.missing_accepted, &[&report.data, missing]));
    }
}

/// Renders what the doctor found.
pub(super) fn doctor(page: &mut Page, report: &DoctorReport) {
    let words = page.words;
    let checked: u64 = report.checked.iter().map(|(_, checked)| checked).sum();
    for problem in &report.problems {
        let style = if problem.is_mended { Style::Good } else { Style::Bad };
        page.line(style, &format!("{}: {}", problem.about, problem.what));
        if problem.is_mended {
            page.indented(2, Style::Faint, words.mended);
        } else {
            page.indented(2, Style::Faint, &problem.remedy);
        }
    }
    if report.unnamed > 0 {
        page.line(Style::Bad, &fill(words.more_problems, &[&count(report.unnamed)]));
    }
    if report.problems.is_empty() && report.unnamed == 0 {
        page.line(Style::Good, &fill(words.book_sound, &[&count(checked)]));
    } else if report.is_sound() {
        page.line(Style::Good, &fill(words.book_mended, &[&count(report.mended)]));
    }
}
