//! What plugins may see.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use tierhook_hooks::{HistoryKind, Hook};
use tierhook_loader::NewGrant;
use tierhook_package::{GRANTS_FILE, PluginManifest};

use super::super::text::Texts;
use super::{Host, not_edited};
use crate::api::{Answer, ApiError, Event, GrantList, GrantRow, RegradeReport};
use crate::plugin::{read_grants, read_trust};

impl Host {
    /// Lists what plugins may see.
    pub(in crate::host) fn grants(&self) -> Result<Answer, ApiError> {
        self.grant_list(None, Vec::new(), None)
    }

    /// Lets an installed plugin see more. It holds for the publisher of what is installed now.
    pub(in crate::host) fn add_grants(
        &self,
        wanted: NewGrant,
        texts: &Texts,
        events: &mut dyn FnMut(Event),
    ) -> Result<Answer, ApiError> {
        let _one_at_a_time = self.grading.lock().unwrap_or_else(PoisonError::into_inner);
        let verified = self.verify_installed(&wanted.plugin)?;
        for kind in &wanted.history {
            if HistoryKind::from_name(kind).is_none() {
                let known = HistoryKind::ALL.map(HistoryKind::name).join(", ");
                return Err(ApiError::invalid(format!("`{kind}` is no kind of history"))
                    .with_hint(format!("there are {known}")));
            }
        }
        for field in wanted.fields.iter().chain(&wanted.clear) {
            check_field(field, &verified.manifest, texts)?;
        }
        let key = verified.publisher.map(|publisher| publisher.key.to_string());
        let wanted = NewGrant { key, ..wanted };
        let is_changed = self.edit_grants(|text| {
            tierhook_loader::add_grants(text, &wanted).map_err(|error| {
                not_edited(&error).with_hint(format!("`tierhook grants revoke {}` takes these away", wanted.plugin))
            })
        })?;
        let regrade = if is_changed { self.take_up(texts, events)? } else { None };
        self.grant_list(is_changed.then_some(GRANTS_FILE), Vec::new(), regrade)
    }

    /// Lets a plugin see less.
    pub(in crate::host) fn revoke_grants(
        &self,
        plugin: &str,
        names: &[String],
        texts: &Texts,
        events: &mut dyn FnMut(Event),
    ) -> Result<Answer, ApiError> {
        let _one_at_a_time = self.grading.lock().unwrap_or_else(PoisonError::into_inner);
        let ran = self.running()?;
        self.edit_grants(|text| {
            tierhook_loader::revoke_grants(text, plugin, names)
                .map_err(|error| not_edited(&error).with_hint("`tierhook grants list` shows what is granted"))
        })?;
        let regrade = self.take_up(texts, events)?;
        self.grant_list(Some(GRANTS_FILE), self.stopped(ran)?, regrade)
    }

    fn grant_list(
        &self,
        changed: Option<&str>,
        stopped: Vec<String>,
        regrade: Option<RegradeReport>,
    ) -> Result<Answer, ApiError> {
        let (grants, trust) = (read_grants(&self.workspace)?.grants, read_trust(&self.workspace)?);
        let mut plugins: BTreeSet<String> = self.installed()?.into_iter().collect();
        plugins.extend(grants.keys().cloned());
        let rows = plugins.into_iter().map(|plugin| {
            let grant = grants.get(&plugin).cloned().unwrap_or_default();
            let name =
                |key: &tierhook_package::PublicKey| trust.name_of(key).map_or_else(|| key.to_string(), str::to_owned);
            GrantRow {
                publisher: grant.key.as_ref().map(name),
                fields: grant.fields.into_iter().collect(),
                clear: grant.clear.into_iter().collect(),
                history: grant.history.iter().map(|kind| kind.name().to_owned()).collect(),
                is_installed: self.is_installed(&plugin),
                // What is not verified has its row among the plugins.
                missing: self.verify_installed(&plugin).ok().and_then(|verified| self.missing(&verified)),
                plugin,
            }
        });
        Ok(Answer::Grants(GrantList { changed: changed.map(str::to_owned), rows: rows.collect(), stopped, regrade }))
    }
}

/// Checks that a field is one that the book has, or the plugin asks for.
fn check_field(field: &str, manifest: &PluginManifest, texts: &Texts) -> Result<(), ApiError> {
    let catalogue = &texts.snapshot.generation.ruleset.catalogue;
    let asked = Hook::ALL.into_iter().any(|hook| {
        let (needed, optional) = manifest.reads(hook);
        needed.contains(&field) || optional.contains(&field)
    });
    if asked || catalogue.get(field).is_some() {
        return Ok(());
    }
    let like = |known: &&str| strsim::normalized_damerau_levenshtein(field, known);
    let near = catalogue.iter().map(|known| known.name.as_str()).max_by(|a, b| like(a).total_cmp(&like(b)));
    let hint = match near.filter(|near| like(near) >= 0.6) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`tierhook fields` lists them".to_owned(),
    };
    Err(ApiError::not_found(format!("there is no field `{field}`")).with_hint(hint))
}
