//! Why a customer is in its classes.

use tierhook_model::Combined;
use tierhook_server::api::{DimensionExplanation, Explanation, ReasonRow, RefusedRule, RuleTrace, ScoreRow};

use super::customer::{entitled, field_value, named, override_text, reasons, title};
use super::page::Page;
use super::rule::problems;
use super::work::{follow_up_details, warning_details};
use crate::number::{percent, points};
use crate::screen::Style;
use crate::table::{Cell, Column, Table};
use crate::word::fill;

/// Renders an explanation: first what was decided on each dimension, then what the rules looked at.
pub(super) fn explanation(page: &mut Page, explanation: &Explanation) {
    let words = page.words;
    let as_of = fill(words.as_of, &[&explanation.day]);
    title(page, &explanation.customer, &format!("{as_of}, {}", explanation.generation));
    if explanation.pending {
        page.sentence(0, Style::Warn, words.pending);
    }
    if explanation.dimensions.is_empty() {
        page.line(Style::Plain, words.not_graded_yet);
    }
    // Whoever asks for one dimension wants to hear that no rule has a word on it.
    let has_word = |of: &&DimensionExplanation| explanation.dimensions.len() == 1 || !is_untold(of);
    let (told, untold): (Vec<_>, Vec<_>) = explanation.dimensions.iter().partition(has_word);
    told.into_iter().for_each(|of| dimension(page, of));
    if !untold.is_empty() {
        page.gap();
        page.unrated(0, untold.iter().map(|of| of.dimension.name.as_str()));
        page.indented(2, Style::Faint, words.no_word);
    }
    if !explanation.follow_ups.is_empty() {
        page.heading(words.follow_ups_heading);
        for row in &explanation.follow_ups {
            follow_up_details(page, std::slice::from_ref(row));
            page.indented(4, Style::Faint, &fill(words.wanted_by, &[&row.rule]));
        }
    }
    if !explanation.warnings.is_empty() {
        page.heading(words.warnings_heading);
        for row in &explanation.warnings {
            warning_details(page, std::slice::from_ref(row));
            page.indented(4, Style::Faint, &fill(words.wanted_by, &[&row.rule]));
        }
    }
    if !explanation.rules.is_empty() {
        page.heading(words.reads);
        explanation.rules.iter().for_each(|trace| rule(page, trace));
    }
    if !explanation.refused.is_empty() {
        page.heading(words.refused_rules);
        explanation.refused.iter().for_each(|of| refused(page, of));
    }
}

/// Adds a rule that decided nothing, because what is saved of it is not fit.
fn refused(page: &mut Page, refused: &RefusedRule) {
    let words = page.words;
    let line = match &refused.version {
        Some(version) => fill(words.refused_for_version, &[&refused.name, &version]),
        None => fill(words.refused_for_none, &[&refused.name]),
    };
    page.sentence(2, Style::Warn, &line);
    problems(page, refused.problems.iter());
}

fn dimension(page: &mut Page, of: &DimensionExplanation) {
    let words = page.words;
    let class = named(&of.class, &of.name);
    page.heading_pieces(&[
        (Style::Strong, &of.dimension.name),
        (Style::Strong, &class),
        (Style::Faint, &of.since.map_or_else(String::new, |since| fill(words.since, &[&since]))),
        (
            Style::Faint,
            &of.before.as_ref().filter(|before| **before != of.class).map_or_else(String::new, |id| {
                fill(words.before, &[&named(id, of.before_name.as_deref().unwrap_or(id))])
            }),
        ),
    ]);
    match &of.overridden {
        None => page.sentence(2, Style::Faint, &how(page, of)),
        Some(word) => {
            page.sentence(2, Style::Warn, &override_text(words, word));
            let by_rules = of.by_rules.as_deref().map(|id| named(id, of.by_rules_name.as_deref().unwrap_or(id)));
            let alone = fill(words.rules_alone, &[&by_rules.as_deref().unwrap_or(words.nothing)]);
            page.sentence(2, Style::Faint, &fill(words.alone_how, &[&alone, &how(page, of)]));
        }
    }
    match &of.score {
        None => reasons(page, 2, &of.reasons),
        Some(points) => score(page, points, &of.reasons),
    }
    entitled(page, 2, &of.entitlements);
}

/// Tells whether nobody has a word on a dimension: no rule, and no person.
fn is_untold(of: &DimensionExplanation) -> bool {
    of.combined == Combined::Unrated && of.overridden.is_none() && of.reasons.is_empty() && of.score.is_none()
}

fn how(page: &Page, of: &DimensionExplanation) -> String {
    let rules = of.decided_by.join(", ");
    match of.combined {
        Combined::First => fill(page.words.graded_by, &[&rules]),
        Combined::Points => fill(page.words.by_points, &[&rules]),
        Combined::Best => fill(page.words.by_best, &[&rules]),
        Combined::Worst => fill(page.words.by_worst, &[&rules]),
        Combined::Unrated => page.words.no_word.to_owned(),
        Combined::KeptAfterFault => page.words.kept_after_fault.to_owned(),
    }
}

fn score(page: &mut Page, score: &ScoreRow, why: &[ReasonRow]) {
    let words = page.words;
    let has = |points: Option<f64>| match points {
        Some(points) => Cell::from(format!("{points:.1}")),
        None => Cell::new(Style::Warn, words.unknown),
    };
    // Where every group has its reason, the reason says what the group is about.
    let is_told = score.groups.len() == why.len()
        && score.groups.iter().zip(why).all(|(group, reason)| group.points == reason.points);
    if is_told {
        let mut table = Table::new(vec![Column::right(""), Column::left(""), Column::sentence("")]);
        for (group, reason) in score.groups.iter().zip(why) {
            let of = fill(words.of, &[&points(group.attainable)]);
            let about = if reason.text.is_empty() { &group.name } else { &reason.text };
            table.row(vec![has(group.points), Cell::new(Style::Faint, of), about.as_str().into()]);
        }
        page.table(2, &table);
    } else {
        reasons(page, 2, why);
        let columns =
            vec![Column::text(words.points_for), Column::right(words.points_has), Column::right(words.points_of)];
        let mut table = Table::new(columns);
        for group in &score.groups {
            table.row(vec![group.name.as_str().into(), has(group.points), points(group.attainable).into()]);
        }
        page.table(2, &table);
    }
    let known = percent(score.known);
    let share = match score.share {
        None => (Style::Warn, fill(words.too_little, &[&known])),
        Some(share) if score.known < 1.0 => (Style::Strong, fill(words.share_known, &[&percent(share), &known])),
        Some(share) => (Style::Strong, fill(words.share, &[&percent(share)])),
    };
    page.sentence(2, share.0, &share.1);
    let next = score.next.as_ref().map(|next| {
        fill(words.short_of, &[&format!("{:.1}", next.missing_points), &words.class(&next.class, &next.name)])
    });
    let bands =
        score.bands.iter().map(|band| fill(words.band, &[&words.class(&band.class, &band.name), &percent(band.from)]));
    let bands = bands.collect::<Vec<_>>().join(", ");
    page.pieces(2, &[(Style::Faint, &bands), (Style::Good, &next.unwrap_or_default())]);
}

/// Lists what one rule read: on one line where it fits.
fn rule(page: &mut Page, trace: &RuleTrace) {
    let words = page.words;
    let read = trace.read.iter().map(|field| {
        format!("{}\u{a0}{}", field.field, field_value(words, field).unwrap_or_else(|| words.unknown.to_owned()))
    });
    let facts = trace.history.iter().map(|kind| fill(words.newest, &[&words.code(&kind.kind), &kind.most]));
    let read = read.chain(facts).collect::<Vec<_>>().join(", ");
    let read = if read.is_empty() { words.nothing } else { &read };
    let version = match &trace.release {
        Some(release) => format!("{release} ({})", trace.version),
        None => trace.version.clone(),
    };
    page.sentence(2, Style::Plain, &format!("{} {version}: {read}", trace.rule));
    if !trace.hits.is_empty() {
        page.sentence(4, Style::Faint, &fill(words.noted, &[&trace.hits.join(", ")]));
    }
    if let Some(fault) = &trace.fault {
        page.sentence(4, Style::Bad, &format!("{}: {}", fault.code, fault.message));
    }
}
