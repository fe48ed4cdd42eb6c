//! Why a customer is in its classes.

use tierhook_model::Combined;
use tierhook_server::api::{BandRow, DimensionExplanation, Explanation, RuleTrace, ScoreRow};

use super::customer::{fields, named, override_text, reasons, title};
use super::page::Page;
use crate::number::percent;
use crate::screen::Style;
use crate::table::{Cell, Column, Table};

/// Renders an explanation.
pub(super) fn explanation(page: &mut Page, explanation: &Explanation) {
    title(page, &explanation.customer, &format!("as of {}, {}", explanation.day, explanation.generation));
    if explanation.pending {
        page.line(Style::Warn, "the rules want something else by now; `tierhook evaluate --customer` decides");
    }
    if explanation.dimensions.is_empty() {
        page.line(Style::Plain, "not graded yet; `tierhook evaluate` does it");
    }
    explanation.dimensions.iter().for_each(|of| dimension(page, of));
    explanation.rules.iter().for_each(|trace| rule(page, trace));
}

fn dimension(page: &mut Page, of: &DimensionExplanation) {
    page.heading(&format!("{}: {}", of.dimension.name, named(&of.class, &of.name)));
    let mut line = how(of);
    if let Some(since) = of.since {
        line.push_str(&format!("; since {since}"));
    }
    if let Some(before) = of.before.as_ref().filter(|before| **before != of.class) {
        line.push_str(&format!("; before: {before}"));
    }
    page.indented(2, Style::Faint, &line);
    if let Some(word) = &of.overridden {
        page.indented(2, Style::Warn, &override_text(word));
        let by_rules = of.by_rules.as_deref().unwrap_or("nothing");
        page.indented(2, Style::Faint, &format!("the rules alone say {by_rules}"));
    }
    reasons(page, 2, &of.reasons);
    if let Some(points) = &of.score {
        score(page, points);
    }
}

fn how(of: &DimensionExplanation) -> String {
    let rules = of.decided_by.join(", ");
    match of.combined {
        Combined::First => format!("decided by {rules}"),
        Combined::Points => format!("by points from {rules}"),
        Combined::Unrated => "no rule has a word on it".to_owned(),
        Combined::KeptAfterFault => "a rule faulted, so what stood before stays".to_owned(),
    }
}

fn score(page: &mut Page, score: &ScoreRow) {
    let mut table = Table::new(vec![Column::text("points for"), Column::right("has"), Column::right("of")]);
    for group in &score.groups {
        let has = match group.points {
            Some(points) => Cell::from(format!("{points:.1}")),
            None => Cell::new(Style::Warn, "unknown"),
        };
        table.row(vec![group.name.as_str().into(), has, format!("{:.1}", group.attainable).into()]);
    }
    page.table(2, &table);
    let known = if score.known < 1.0 { format!(" ({} is known)", percent(score.known)) } else { String::new() };
    match score.share {
        Some(share) => page.indented(2, Style::Strong, &format!("{} of what can be had{known}", percent(share))),
        None => page.indented(2, Style::Warn, &format!("too little is known to decide{known}")),
    }
    if let Some(next) = &score.next {
        let (class, missing) = (named(&next.class, &next.name), percent(next.missing_share));
        page.indented(2, Style::Good, &format!("{missing} short of {class}: {:.1} points", next.missing_points));
    }
    let bands: Vec<String> = score.bands.iter().map(band).collect();
    page.indented(2, Style::Faint, &bands.join(", "));
}

fn band(band: &BandRow) -> String {
    format!("{} from {}", band.class, percent(band.from))
}

fn rule(page: &mut Page, trace: &RuleTrace) {
    page.gap();
    let hook = trace.hook.name();
    page.pieces(0, &[(Style::Strong, &trace.rule), (Style::Faint, hook), (Style::Faint, &trace.version)]);
    if let Some(fault) = &trace.fault {
        page.indented(2, Style::Bad, &format!("{}: {}", fault.code, fault.message));
    }
    page.table(2, &fields(&trace.read.iter().collect::<Vec<_>>()));
}
