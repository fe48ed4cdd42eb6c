//! What became of facts that were sent.

use tierhook_server::api::{FactAnswer, FactOutcome, IngestReport};

use super::page::Page;
use super::work::changes;
use crate::screen::Style;
use crate::word::fill;

/// Renders what became of one line.
pub(super) fn answer(page: &mut Page, answer: &FactAnswer) {
    let words = page.words;
    let (style, outcome) = match answer.outcome {
        FactOutcome::Recorded => (Style::Good, words.fact_recorded),
        FactOutcome::Known => (Style::Faint, words.fact_known),
        FactOutcome::Amended => (Style::Good, words.fact_amended),
        FactOutcome::Conflict => (Style::Bad, words.fact_conflict),
        FactOutcome::Erased => (Style::Warn, words.fact_erased),
        FactOutcome::Rejected => (Style::Bad, words.fact_rejected),
    };
    let named = |customer: &tierhook_server::api::CustomerHead| {
        let id = format!("{}:{}", customer.source, customer.id);
        customer.name.as_ref().map_or_else(|| id.clone(), |name| format!("{name} {id}"))
    };
    page.pieces(
        0,
        &[
            (Style::Faint, &fill(words.fact_line, &[&answer.line])),
            (style, outcome),
            (Style::Plain, answer.what.as_deref().unwrap_or_default()),
            (Style::Plain, answer.fact.as_deref().unwrap_or_default()),
            (Style::Strong, &answer.customer.as_ref().map_or_else(String::new, named)),
        ],
    );
    changes(page, &answer.changes);
    if !answer.faulted.is_empty() {
        page.sentence(2, Style::Warn, &fill(words.fact_faulted, &[&answer.faulted.join(words.between_names)]));
    }
    if let Some(error) = &answer.error {
        page.sentence(2, Style::Plain, &words.said(&error.message));
        if let Some(hint) = &error.hint {
            page.sentence(2, Style::Faint, &words.said(hint));
        }
    }
}

/// Renders what became of all lines.
pub(super) fn report(page: &mut Page, report: &IngestReport) {
    let words = page.words;
    let counts = [
        (report.recorded, Style::Good, words.fact_recorded),
        (report.amended, Style::Good, words.fact_amended),
        (report.known, Style::Plain, words.fact_known),
        (report.conflicts, Style::Bad, words.fact_conflict),
        (report.erased, Style::Warn, words.fact_erased),
        (report.rejected, Style::Bad, words.fact_rejected),
    ];
    let counts: Vec<(Style, String)> = counts
        .iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, style, what)| (*style, format!("{count} {what}")))
        .collect();
    let pieces: Vec<(Style, &str)> = counts.iter().map(|(style, text)| (*style, text.as_str())).collect();
    match pieces.as_slice() {
        [] => page.line(Style::Faint, words.no_facts),
        pieces => page.pieces(0, pieces),
    }
    if report.is_first {
        page.sentence(0, Style::Warn, words.first_of_kind);
    }
}
