//! Explaining: the receipt of a decision in words.

use std::sync::PoisonError;

use tierhook_hooks::Hook;
use tierhook_model::{Day, DimensionReceipt, Receipt, Record, RecordId, RuleReceipt};

use super::Host;
use super::customer::{follow_up_rows, warning_rows};
use super::dimension::meant;
use super::failure::api;
use super::rule::problem_row;
use super::text::Texts;
use crate::api::{
    Answer, ApiError, BandRow, Datum, DimensionExplanation, Explanation, FieldValue, NextBand, OverrideRow,
    PluginHistory, RefusedRule, RuleTrace, ScoreRow,
};

impl Host {
    /// Explains why a customer is in its classes, now or as a past decision left it.
    pub(super) fn explain(
        &self,
        name: &str,
        dimension: Option<&str>,
        as_of: Option<Day>,
        texts: &Texts,
    ) -> Result<Answer, ApiError> {
        let record = self.find(name)?;
        let dimensions = &texts.snapshot.generation.ruleset.dimensions;
        let dimension = dimension.map(|typed| meant::known_dimension(dimensions, typed)).transpose()?;
        let dimension = dimension.map(|found| found.id.as_str());
        let past = as_of.filter(|day| *day < texts.day());
        let (receipt, pending) = match past {
            None => {
                let explained = self.engine.explain(record.id, 0).map_err(api)?;
                (explained.receipt, explained.pending)
            }
            Some(day) => {
                let kept = self.kept_receipt(record.id, day)?.ok_or_else(|| {
                    ApiError::not_found(format!("no decision on {} was kept up to {day}", record.external))
                        .with_hint("without --as-of, what stands now is explained")
                })?;
                (kept, false)
            }
        };
        let wanted = |it: &&DimensionReceipt| dimension.is_none_or(|dimension| it.dimension == dimension);
        let dimensions: Vec<DimensionExplanation> =
            receipt.dimensions.iter().filter(wanted).map(|it| explained(it, &record, past.is_none(), texts)).collect();
        let decides =
            |rule: &&RuleReceipt| dimension.is_none() || dimensions.iter().any(|it| it.decided_by.contains(&rule.rule));
        let is_whole = past.is_none() && dimension.is_none();
        let (mut follow_ups, mut warnings) = (follow_up_rows(&record, texts), warning_rows(&record, texts));
        follow_ups.retain(|row| is_whole && row.state.is_open());
        warnings.retain(|row| is_whole && row.state.is_open());
        Ok(Answer::Explanation(Explanation {
            customer: Texts::head(&record),
            follow_ups,
            warnings,
            day: receipt.day,
            generation: receipt.generation,
            rules: receipt.rules.iter().filter(decides).map(|rule| trace(rule, texts)).collect(),
            dimensions,
            pending,
            refused: if past.is_none() { self.refused_rules(dimension, texts) } else { Vec::new() },
        }))
    }

    /// What of the rules on the disk is not fit, and what decides instead. A rule that is known to decide other
    /// dimensions alone has nothing to do with the one that is asked for.
    pub(super) fn refused_rules(&self, dimension: Option<&str>, texts: &Texts) -> Vec<RefusedRule> {
        let loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let hooks = &texts.snapshot.generation.ruleset.hooks;
        let mut refused: Vec<RefusedRule> = Vec::new();
        for problem in loaded.iter().flat_map(|loaded| &loaded.problems).filter(|problem| problem.is_error()) {
            let active = hooks.rule(&problem.unit).map(|rule| rule.meta());
            let decides = |of: &str| active.is_none_or(|meta| meta.dimensions.iter().any(|decided| decided == of));
            if !dimension.is_none_or(decides) {
                continue;
            }
            match refused.iter_mut().find(|rule| rule.name == problem.unit) {
                Some(rule) => rule.problems.push(problem_row(problem)),
                None => refused.push(RefusedRule {
                    name: problem.unit.clone(),
                    version: active.map(|meta| meta.version().to_owned()),
                    problems: vec![problem_row(problem)],
                }),
            }
        }
        refused
    }

    /// The receipt of the last decision up to a day that changed something.
    pub(super) fn kept_receipt(&self, record: RecordId, day: Day) -> Result<Option<Receipt>, ApiError> {
        let history = self.engine.history(record, usize::MAX).map_err(api)?;
        Ok(history.into_iter().map(|(_, entry)| entry.receipt).find(|receipt| receipt.day <= day))
    }
}

fn explained(receipt: &DimensionReceipt, record: &Record, now: bool, texts: &Texts) -> DimensionExplanation {
    let name = |class: &str| texts.class_name(&receipt.dimension, class);
    let standing = record.standing.class(&receipt.dimension).filter(|it| now && it.class == receipt.class);
    DimensionExplanation {
        dimension: texts.dimension_named(&receipt.dimension),
        class: receipt.class.clone(),
        name: name(&receipt.class),
        since: standing.map(|it| it.since),
        before: receipt.before.clone(),
        before_name: receipt.before.as_deref().map(name),
        by_rules: receipt.by_rules.clone(),
        by_rules_name: receipt.by_rules.as_deref().map(name),
        decided_by: receipt.decided_by.clone(),
        combined: receipt.combined,
        score: receipt.score.as_ref().map(|score| {
            let bands: Vec<BandRow> = score
                .bands
                .iter()
                .map(|(class, from)| BandRow { class: class.clone(), name: name(class), from: *from })
                .collect();
            ScoreRow {
                groups: score.groups.clone(),
                share: score.share,
                known: score.known,
                next: score.share.and_then(|share| NextBand::above(share, &score.groups, &bands)),
                bands,
            }
        }),
        reasons: receipt.reasons.iter().map(|reason| texts.reason_of(&receipt.decided_by, reason)).collect(),
        overridden: receipt.overridden.as_ref().map(OverrideRow::from),
        entitlements: texts.entitlements(&receipt.dimension, &receipt.class),
    }
}

fn trace(rule: &RuleReceipt, texts: &Texts) -> RuleTrace {
    let catalogue = &texts.snapshot.generation.ruleset.catalogue;
    let read = rule.read.iter().filter_map(|read| {
        let field = catalogue.get(&read.field)?;
        Some(FieldValue {
            field: read.field.clone(),
            group: field.group,
            label: field.label,
            value: read.value.as_ref().map(Datum::from),
        })
    });
    // A receipt tells fields alone; which facts a version looks at never changes.
    let active = texts.snapshot.generation.ruleset.hooks.rule(&rule.rule).map(|active| active.meta());
    let active = active.filter(|meta| meta.version() == rule.version);
    let history = active.map(|meta| &meta.history).into_iter().flatten();
    RuleTrace {
        rule: rule.rule.clone(),
        version: rule.version.clone(),
        release: active.and_then(|meta| meta.release.clone()),
        hook: Hook::ALL.into_iter().find(|hook| hook.name() == rule.hook).unwrap_or(Hook::Classify),
        read: read.collect(),
        history: history.map(|(kind, most)| PluginHistory { kind: kind.to_string(), most: *most }).collect(),
        hits: rule.hits.clone(),
        fault: rule.fault.clone(),
    }
}
