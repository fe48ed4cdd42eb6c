//! Customers that turn out to be one, and customers that were not after all.

use tierhook_engine::{MergeWord, Merged};
use tierhook_model::{Fact, FactBody, Profile, ProfileKey, Record};

use super::Host;
use super::failure::api;
use super::text::Texts;
use crate::api::{Answer, ApiError, Datum, FieldChange, MergeReport, MergedRow};

impl Host {
    /// Merges a customer into another one.
    pub(super) fn merge(
        &self,
        keep: &str,
        duplicate: &str,
        who: &str,
        why: &str,
        texts: &Texts,
    ) -> Result<Answer, ApiError> {
        let (keep, duplicate) = (self.find_named(keep)?, self.find_named(duplicate)?);
        let word = MergeWord { who: who.to_owned(), why: why.trim().to_owned() };
        let before = self.engine.record(keep).map_err(api)?.profile;
        let merged = self.engine.merge(keep, duplicate, &word, self.now()).map_err(api)?;
        self.merge_report(&merged, &before, false, texts)
    }

    /// Lets a customer stand for itself again.
    pub(super) fn unmerge(&self, duplicate: &str, who: &str, why: &str, texts: &Texts) -> Result<Answer, ApiError> {
        let duplicate = self.find_named(duplicate)?;
        let word = MergeWord { who: who.to_owned(), why: why.trim().to_owned() };
        let before = self.engine.leader(duplicate).map_err(api)?.profile;
        let unmerged = self.engine.unmerge(duplicate, &word, self.now()).map_err(api)?;
        self.merge_report(&unmerged, &before, true, texts)
    }

    fn merge_report(&self, merged: &Merged, before: &Profile, undone: bool, texts: &Texts) -> Result<Answer, ApiError> {
        let (kept, other) =
            (self.engine.record(merged.kept).map_err(api)?, self.engine.record(merged.other).map_err(api)?);
        Ok(Answer::Merge(MergeReport {
            undone,
            fields: differences(before, &kept.profile),
            changes: merged.changes.iter().map(|change| texts.change(&kept, change)).collect(),
            other_changes: merged.other_changes.iter().map(|change| texts.change(&other, change)).collect(),
            kept: Texts::head(&kept),
            other: Texts::head(&other),
        }))
    }
}

/// Who was merged into a customer, by the facts of all of them.
pub(super) fn merged_rows(record: &Record, facts: &[Fact]) -> Vec<MergedRow> {
    let row = |merged: &tierhook_model::MergedRecord| {
        let said = facts.iter().rev().find_map(|fact| match &fact.body {
            FactBody::Merge(merge) if merge.other == merged.id && !merge.undo => Some((fact.day, merge)),
            _ => None,
        });
        said.map(|(since, merge)| MergedRow {
            record: merged.id,
            customer: merged.external.to_string(),
            since,
            who: merge.who.clone(),
            why: merge.why.clone(),
        })
    };
    record.merged.iter().filter_map(row).collect()
}

/// The fields that differ between two profiles.
fn differences(before: &Profile, after: &Profile) -> Vec<FieldChange> {
    let own = ProfileKey::ALL.iter().map(|key| (key.name().to_owned(), before.get(*key), after.get(*key)));
    let mut names: Vec<&str> = before.custom_fields().chain(after.custom_fields()).map(|(name, _)| name).collect();
    names.sort_unstable();
    names.dedup();
    let custom = names.into_iter().map(|name| (format!("custom.{name}"), before.custom(name), after.custom(name)));
    own.chain(custom)
        .filter(|(_, before, after)| before != after)
        .map(|(field, before, after)| FieldChange {
            field,
            before: before.map(Datum::from),
            after: after.map(Datum::from),
        })
        .collect()
}
