//! Exit codes.

use tierhook_server::api::{Answer, ErrorCode, ImportReport};

/// Done.
pub(crate) const DONE: u8 = 0;
/// A file, the store or the host failed.
pub(crate) const FAILED: u8 = 1;
/// Arguments or settings are wrong.
pub(crate) const USAGE: u8 = 2;
/// There is no such customer, follow-up, warning or rule.
pub(crate) const NOT_FOUND: u8 = 3;
/// It contradicts what stands, or a check or test found something.
pub(crate) const REFUSED: u8 = 4;
/// The store or the host is not to be had.
pub(crate) const UNAVAILABLE: u8 = 5;

/// Returns the exit code of an error.
pub(crate) fn of_error(code: ErrorCode) -> u8 {
    match code {
        ErrorCode::Invalid => USAGE,
        ErrorCode::NotFound => NOT_FOUND,
        ErrorCode::Conflict | ErrorCode::Unfit => REFUSED,
        ErrorCode::Locked | ErrorCode::Version | ErrorCode::Unavailable => UNAVAILABLE,
        _ => FAILED,
    }
}

/// Returns the exit code of an answer: some say no.
pub(crate) fn of_answer(answer: &Answer) -> u8 {
    match answer {
        Answer::Check(report) if !report.is_fit() => REFUSED,
        Answer::Test(report) if !report.is_passed() => REFUSED,
        Answer::Doctor(report) if !report.is_sound() => REFUSED,
        Answer::PluginInstalled(report) if report.is_held_back() => REFUSED,
        Answer::Ingested(report) if report.refused() > 0 => REFUSED,
        Answer::Import(report) if report.conflicts > 0 || took_nothing(report) => REFUSED,
        _ => DONE,
    }
}

/// Tells whether an import rejected every row, or found none.
pub(crate) fn took_nothing(report: &ImportReport) -> bool {
    (report.rows == 0 || report.rejected_rows() > 0)
        && report.taken.iter().all(|taken| taken.count == 0)
        && report.known == 0
}
