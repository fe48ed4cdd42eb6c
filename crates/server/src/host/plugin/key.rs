//! The keys that the operator trusts and revoked.

use std::sync::PoisonError;

use tierhook_package::{PublicKey, TRUST_FILE};

use super::super::text::Texts;
use super::{Host, not_edited};
use crate::api::{Answer, ApiError, Event, KeyList, KeyRow, RegradeReport};
use crate::plugin::read_trust;

impl Host {
    /// Lists the keys.
    pub(in crate::host) fn keys(&self) -> Result<Answer, ApiError> {
        self.key_list(None, Vec::new(), None)
    }

    /// Trusts a key.
    pub(in crate::host) fn trust_key(
        &self,
        name: &str,
        key: &str,
        texts: &Texts,
        events: &mut dyn FnMut(Event),
    ) -> Result<Answer, ApiError> {
        let key = parse(key)?;
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c)) {
            return Err(ApiError::invalid(format!("`{name}` is no name for a key"))
                .with_hint("let it have letters, digits, `_`, `-` and `.`"));
        }
        let _one_at_a_time = self.grading.lock().unwrap_or_else(PoisonError::into_inner);
        let trust = read_trust(&self.workspace)?;
        if trust.is_revoked(&key) {
            return Err(ApiError::conflict(format!("the key {key} was revoked"))
                .with_hint(format!("if that was a mistake, take it out of [revoked] in {TRUST_FILE} by hand")));
        }
        match trust.name_of(&key) {
            Some(known) if known == name => return self.key_list(None, Vec::new(), None),
            Some(known) => {
                return Err(ApiError::conflict(format!("the key {key} is trusted as `{known}` already"))
                    .with_hint(format!("to call it otherwise, change the name in {TRUST_FILE}")));
            }
            None => {}
        }
        self.edit_trust(|text| {
            tierhook_loader::trust_key(text, name, &key.to_string())
                .map_err(|error| not_edited(&error).with_hint("revoke that one first, or give this one another name"))
        })?;
        let regrade = self.take_up(texts, events)?;
        self.key_list(Some(TRUST_FILE), Vec::new(), regrade)
    }

    /// Revokes a key, by itself or by its name.
    pub(in crate::host) fn revoke_key(
        &self,
        named: &str,
        texts: &Texts,
        events: &mut dyn FnMut(Event),
    ) -> Result<Answer, ApiError> {
        let _one_at_a_time = self.grading.lock().unwrap_or_else(PoisonError::into_inner);
        let trust = read_trust(&self.workspace)?;
        let key = match trust.keys.get(named) {
            Some(key) => *key,
            None => named.parse().map_err(|_| {
                let known: Vec<&str> = trust.keys.keys().map(String::as_str).collect();
                let hint = if known.is_empty() { "none is trusted".to_owned() } else { known.join(", ") };
                ApiError::not_found(format!("`{named}` is neither a key nor the name of a trusted one"))
                    .with_hint(format!("trusted keys: {hint}"))
            })?,
        };
        let names = trust.keys.iter().filter(|(_, known)| **known == key).map(|(name, _)| name.clone());
        let names: Vec<String> = names.collect();
        if names.is_empty() && trust.is_revoked(&key) {
            return self.key_list(None, Vec::new(), None);
        }
        let ran = self.running()?;
        self.edit_trust(|text| {
            tierhook_loader::revoke_key(text, &names, &key.to_string()).map_err(|error| not_edited(&error))
        })?;
        let regrade = self.take_up(texts, events)?;
        self.key_list(Some(TRUST_FILE), self.stopped(ran)?, regrade)
    }

    fn key_list(
        &self,
        changed: Option<&str>,
        stopped: Vec<String>,
        regrade: Option<RegradeReport>,
    ) -> Result<Answer, ApiError> {
        let trust = read_trust(&self.workspace)?;
        let row = |name: Option<&String>, key: &PublicKey| KeyRow {
            name: name.cloned(),
            key: key.to_string(),
            id: key.id(),
            is_revoked: trust.is_revoked(key),
        };
        let trusted = trust.keys.iter().map(|(name, key)| row(Some(name), key));
        let revoked = trust.revoked_keys.iter().filter(|key| trust.name_of(key).is_none()).map(|key| row(None, key));
        Ok(Answer::Keys(KeyList {
            changed: changed.map(str::to_owned),
            rows: trusted.chain(revoked).collect(),
            revoked_releases: trust.revoked_manifests.iter().cloned().collect(),
            stopped,
            regrade,
        }))
    }
}

fn parse(key: &str) -> Result<PublicKey, ApiError> {
    key.parse().map_err(|error| {
        ApiError::invalid(format!("`{key}`: {error}")).with_hint("`tierhook keys new FILE` prints the public key")
    })
}
