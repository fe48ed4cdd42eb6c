//! A copy of one person's data for that person: everything, and nothing of others.

use std::collections::BTreeSet;

use tierhook_model::{Fact, FactBody, Field, FieldGroup, FieldSource, ProfileKey, Value};

use super::Host;
use super::customer::{class_rows, consent_rows, follow_up_rows, warning_rows};
use super::failure::api;
use super::text::Texts;
use super::trail::FileKind;
use crate::api::{Answer, ApiError, CopiedFact, CopiedField, Datum, DescribedValue, ImportRow, PersonCopy};

/// Fields of the profile that name another person.
const OF_OTHERS: [ProfileKey; 1] = [ProfileKey::ReferredBy];

impl Host {
    /// Copies everything that the book holds of a person.
    pub(super) fn copy(&self, name: &str, file: Option<&str>, texts: &Texts) -> Result<Answer, ApiError> {
        let id = self.find(name)?.id;
        let explained = self.engine.explain(id, usize::MAX).map_err(api)?;
        let record = explained.record;
        let facts = self.engine.facts_of(&record).map_err(api)?;
        let mut history = explained.history;
        for merged in &record.merged {
            history.extend(self.engine.history(merged.id, usize::MAX).map_err(api)?);
        }
        history.sort_by_key(|(position, _)| std::cmp::Reverse(*position));
        let retracted = tierhook_features::retracted(&facts);
        let catalogue = &texts.snapshot.generation.ruleset.catalogue;
        let holding: Vec<&Fact> = facts.iter().filter(|fact| !retracted.contains(&fact.seq)).collect();
        let (mut profile, mut withheld) = (Vec::new(), Vec::new());
        for field in catalogue.iter() {
            let value = match &field.source {
                FieldSource::Profile(key) => record.profile.get(*key),
                FieldSource::Custom(name) => record.profile.custom(name),
                _ => None,
            };
            let Some(value) = value else { continue };
            if matches!(&field.source, FieldSource::Profile(key) if OF_OTHERS.contains(key)) {
                withheld.push(field.description.get(texts.language).to_owned());
                continue;
            }
            let said = holding.iter().rev().find(|fact| says(&fact.body, &field.source));
            profile.push(CopiedField {
                field: field.name.clone(),
                meaning: field.description.get(texts.language).to_owned(),
                label: field.label,
                value: Datum::from(value),
                source: said.map_or_else(|| record.external.source.clone(), |fact| fact.key.source.clone()),
                day: said.map_or(texts.day(), |fact| fact.day),
            });
        }
        // Reasons of rules may name them.
        let others: Vec<&str> = facts.iter().flat_map(named_in).collect();
        let without = |text: &mut String| {
            for other in &others {
                if text.contains(other) {
                    *text = text.replace(other, "[...]");
                }
            }
        };
        let computed: Vec<&Field> =
            catalogue.iter().filter(|field| matches!(field.group, FieldGroup::Feature | FieldGroup::Measure)).collect();
        let values = self.engine.fields_of(id, None, &computed).map_err(api)?;
        let features = computed.iter().zip(values).filter_map(|(field, value)| {
            Some(DescribedValue {
                field: field.name.clone(),
                meaning: field.description.get(texts.language).to_owned(),
                value: Datum::from(&value?),
            })
        });
        let brought: BTreeSet<u32> = facts.iter().filter_map(|fact| fact.import).map(|import| import.0).collect();
        let Answer::Imports(imports) = self.imports()? else {
            unreachable!("the list of imports is what was asked for")
        };
        let copied = facts.iter().map(|fact| CopiedFact {
            day: fact.day,
            what: super::fact_text::kind(&fact.body, texts).to_owned(),
            text: super::fact_text::in_full(&fact.body, texts, &OF_OTHERS),
            source: fact.key.source.clone(),
            id: fact.key.id.clone(),
            recorded: fact.recorded,
            import: fact.import.map(|import| import.0),
            retracted: retracted.contains(&fact.seq),
        });
        let mut copy = PersonCopy {
            customer: Texts::head(&record),
            day: texts.day(),
            made: self.now(),
            ids: [&record.external]
                .into_iter()
                .chain(record.merged.iter().map(|merged| &merged.external))
                .map(ToString::to_string)
                .collect(),
            profile,
            withheld,
            contacts: record.profile.contacts.clone(),
            consents: consent_rows(&record),
            facts: copied.collect(),
            imports: imports.rows.into_iter().filter(|row: &ImportRow| brought.contains(&row.import.0)).collect(),
            classes: class_rows(&record, &explained.receipt, texts),
            features: features.collect(),
            follow_ups: follow_up_rows(&record, texts),
            warnings: warning_rows(&record, texts),
            history: history.iter().map(|(_, entry)| texts.history(&record, entry)).collect(),
        };
        let of_classes = copy.classes.iter_mut().flat_map(|row| &mut row.reasons);
        let of_follow_ups = copy.follow_ups.iter_mut().flat_map(|row| &mut row.reasons);
        let of_warnings = copy.warnings.iter_mut().flat_map(|row| &mut row.reasons);
        of_classes.chain(of_follow_ups).chain(of_warnings).for_each(|reason| without(&mut reason.text));
        copy.follow_ups.iter_mut().filter_map(|row| row.action.as_mut()).for_each(without);
        copy.warnings.iter_mut().filter_map(|row| row.suggestion.as_mut()).for_each(without);
        if let Some(file) = file {
            self.note_file(FileKind::Copy, file, None)?;
        }
        Ok(Answer::Copy(Box::new(copy)))
    }
}

/// Other people whom a fact names in a field of its own.
fn named_in(fact: &Fact) -> Vec<&str> {
    let FactBody::Profile(change) = &fact.body else { return Vec::new() };
    let of_others = change.fields.iter().filter(|(key, _)| OF_OTHERS.contains(key));
    let texts = of_others.filter_map(|(_, value)| value.as_ref().and_then(Value::as_text));
    texts.filter(|text| !text.trim().is_empty()).collect()
}

/// Tells whether a fact says something about a field of the profile.
fn says(body: &FactBody, source: &FieldSource) -> bool {
    let FactBody::Profile(change) = body else { return false };
    match source {
        FieldSource::Profile(key) => change.fields.iter().any(|(said, _)| said == key),
        FieldSource::Custom(name) => change.custom.iter().any(|(said, _)| said == name),
        _ => false,
    }
}
