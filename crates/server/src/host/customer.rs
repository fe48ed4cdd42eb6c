//! Customers: shown, classified by hand.

use std::collections::HashSet;

use tierhook_engine::OverrideWord;
use tierhook_model::{Day, Fact, FactBody, FactSeq, FaultRecord, Field, FieldGroup, Record};

use super::Host;
use super::dimension::meant;
use super::failure::api;
use super::merge::merged_rows;
use super::text::Texts;
use crate::api::{
    Answer, ApiError, ClassRow, ConsentRow, CustomerDetail, Datum, FactRow, FieldValue, FollowUpRow, OverrideReport,
    OverrideRow, WarningRow,
};

/// How many of a customer's facts and decisions are shown.
const SHOWN: usize = 12;

impl Host {
    /// Shows a customer with everything that is known, or that was at the end of a past day: classes and reasons by
    /// the decisions that were kept, and no follow-ups or warnings, of which only those that stand now are.
    pub(super) fn customer(&self, name: &str, as_of: Option<Day>, texts: &Texts) -> Result<Answer, ApiError> {
        let now = self.find(name)?;
        let (record, receipt, history) = match as_of.filter(|day| *day < texts.day()) {
            None => {
                let explained = self.engine.explain(now.id, SHOWN).map_err(api)?;
                (explained.record, explained.receipt, explained.history)
            }
            Some(day) => {
                let then = self.engine.record_on(now.id, day).map_err(api)?;
                let then = then.ok_or_else(|| {
                    ApiError::not_found(format!("nothing that is known of {} was so on {day} yet", now.external))
                })?;
                let mut history = self.engine.history(now.id, usize::MAX).map_err(api)?;
                history.retain(|(_, entry)| entry.receipt.day <= day);
                history.truncate(SHOWN);
                (then, self.kept_receipt(now.id, day)?.unwrap_or_default(), history)
            }
        };
        let day = as_of.unwrap_or(texts.day());
        let catalogue = &texts.snapshot.generation.ruleset.catalogue;
        let shown: Vec<&Field> =
            catalogue.iter().filter(|field| !matches!(field.group, FieldGroup::Standing | FieldGroup::Class)).collect();
        let values = self.engine.fields_of(record.id, as_of, &shown).map_err(api)?;
        let fields = shown.iter().zip(values).map(|(field, value)| FieldValue {
            field: field.name.clone(),
            group: field.group,
            label: field.label,
            value: value.as_ref().map(Datum::from),
        });
        let facts = self.engine.facts_of(&now).map_err(api)?;
        let merged = merged_rows(&record, &facts);
        let mut facts: Vec<Fact> = facts.into_iter().filter(|fact| as_of.is_none_or(|day| fact.day <= day)).collect();
        let retracted = tierhook_features::retracted(&facts);
        // What was taken back is marked as that. A reverted import would bury everything else below as many lines.
        facts.retain(|fact| !matches!(fact.body, FactBody::Retraction(_)));
        Ok(Answer::Customer(Box::new(CustomerDetail {
            customer: Texts::head(&record),
            day,
            decided: Some(receipt.day),
            classes: class_rows(&record, &receipt, texts),
            fields: fields.collect(),
            merged,
            contacts: record.profile.contacts.clone(),
            consents: consent_rows(&record),
            follow_ups: follow_up_rows(&record, texts),
            warnings: warning_rows(&record, texts),
            facts_total: facts.len() as u64,
            facts: fact_rows(&record, &facts, &retracted, texts),
            history: history.iter().map(|(_, entry)| texts.history(&now, entry)).collect(),
            faults: receipt.rules.into_iter().filter_map(|rule| rule.fault).collect::<Vec<FaultRecord>>(),
        })))
    }

    /// Puts a customer in a class by a person's word, or takes the word back.
    pub(super) fn set_class(&self, name: &str, mut word: OverrideWord, texts: &Texts) -> Result<Answer, ApiError> {
        let before = self.find(name)?;
        // What nobody means stays as it was typed, and is refused with what there is.
        if let Some(dimension) = meant::dimension(&texts.snapshot.generation.ruleset.dimensions, &word.dimension) {
            let class = word.class.as_deref().and_then(|typed| meant::class(dimension, typed));
            word.class = class.map(str::to_owned).or(word.class);
            word.dimension = dimension.id.clone();
        }
        let changes = self.engine.override_class(before.id, &word, self.now()).map_err(api)?;
        let record = self.engine.record(before.id).map_err(api)?;
        let explained = self.engine.explain(before.id, 0).map_err(api)?;
        let receipt = explained.receipt.dimensions.into_iter().find(|it| it.dimension == word.dimension);
        let class = record.standing.class(&word.dimension).map(|it| it.class.clone()).unwrap_or_default();
        let holds = record.aggregates.overrides.iter().find(|(dimension, _)| *dimension == word.dimension);
        let was = before.standing.class(&word.dimension).map(|it| it.class.as_str());
        let by_rules = receipt.and_then(|it| it.by_rules);
        Ok(Answer::Override(OverrideReport {
            customer: Texts::head(&record),
            dimension: texts.dimension_named(&word.dimension),
            before_name: was.map(|class| texts.class_name(&word.dimension, class)),
            before: was.map(str::to_owned),
            name: texts.class_name(&word.dimension, &class),
            class,
            by_rules_name: by_rules.as_deref().map(|class| texts.class_name(&word.dimension, class)),
            by_rules,
            overridden: holds.map(|(_, word)| OverrideRow::from(word)),
            changes: changes.iter().map(|change| texts.change(&record, change)).collect(),
        }))
    }
}

pub(super) fn class_rows(record: &Record, receipt: &tierhook_model::Receipt, texts: &Texts) -> Vec<ClassRow> {
    let dimensions = texts.snapshot.generation.ruleset.dimensions.iter();
    dimensions
        .filter_map(|dimension| {
            let standing = record.standing.class(&dimension.id)?;
            let decided = receipt.dimensions.iter().find(|it| it.dimension == dimension.id);
            Some(ClassRow {
                dimension: texts.dimension(dimension),
                class: standing.class.clone(),
                name: texts.class_name(&dimension.id, &standing.class),
                since: standing.since,
                overridden: decided.and_then(|it| it.overridden.as_ref()).map(OverrideRow::from),
                entitlements: texts.entitlements(&dimension.id, &standing.class),
                reasons: decided.map_or_else(Vec::new, |decided| {
                    decided.reasons.iter().map(|reason| texts.reason_of(&decided.decided_by, reason)).collect()
                }),
            })
        })
        .collect()
}

/// What the customer has allowed and refused.
pub(super) fn consent_rows(record: &Record) -> Vec<ConsentRow> {
    let consents = record.profile.consents.iter();
    consents.map(|it| ConsentRow { purpose: it.purpose.clone(), given: it.given, since: it.since }).collect()
}

/// The customer's follow-ups, those to be done first.
pub(super) fn follow_up_rows(record: &Record, texts: &Texts) -> Vec<FollowUpRow> {
    let mut all: Vec<_> = record.standing.follow_ups.iter().collect();
    all.sort_by_key(|it| (!it.state.is_open(), it.due));
    all.into_iter().map(|it| texts.follow_up(record, it)).collect()
}

/// The customer's warnings, the open ones first.
pub(super) fn warning_rows(record: &Record, texts: &Texts) -> Vec<WarningRow> {
    let mut all: Vec<_> = record.standing.warnings.iter().collect();
    all.sort_by_key(|it| (!it.state.is_open(), it.opened));
    all.into_iter().map(|it| texts.warning(record, it)).collect()
}

fn fact_rows(record: &Record, facts: &[Fact], retracted: &HashSet<FactSeq>, texts: &Texts) -> Vec<FactRow> {
    let newest = facts.iter().rev().take(SHOWN);
    newest
        .map(|fact| FactRow {
            day: fact.day,
            what: super::fact_text::kind(&fact.body, texts).to_owned(),
            id: fact.key.id.clone(),
            text: super::fact_text::with_contact(&fact.body, fact.contact.as_deref(), record, texts),
            retracted: retracted.contains(&fact.seq),
        })
        .collect()
}
