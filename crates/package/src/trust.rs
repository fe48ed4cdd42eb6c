//! Whom an operator trusts, and what was revoked: `plugins/trust.toml`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::{FileError, PackageError, PublicKey, Publisher, Signature};

/// The file with the keys that an operator trusts, relative to the workspace.
pub const TRUST_FILE: &str = "plugins/trust.toml";

/// Whom an operator trusts, and what was revoked.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Trust {
    /// The trusted keys by the name that the operator gave them.
    pub keys: BTreeMap<String, PublicKey>,
    /// Keys that nothing may be signed with any more, whoever trusts them.
    pub revoked_keys: Vec<PublicKey>,
    /// Releases that may not run any more, each by the SHA-256 of its plugin.toml.
    pub revoked_manifests: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TrustFile {
    #[serde(default)]
    keys: BTreeMap<String, KeyTable>,
    #[serde(default)]
    revoked: RevokedTable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyTable {
    key: PublicKey,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RevokedTable {
    keys: Vec<PublicKey>,
    manifests: Vec<String>,
}

impl Trust {
    /// Reads the text of `plugins/trust.toml`.
    ///
    /// # Errors
    /// [`FileError`] with the place of what is no key, no digest, or unknown.
    pub fn parse(text: &str) -> Result<Self, FileError> {
        let file: TrustFile = toml::from_str(text).map_err(|error| FileError::parser(TRUST_FILE, text, &error))?;
        let is_digest = |digest: &&String| {
            digest.len() == 64 && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        if let Some(wrong) = file.revoked.manifests.iter().find(|digest| !is_digest(digest)) {
            let message = format!("`{wrong}` under [revoked] manifests is no SHA-256 in lower-case hexadecimal");
            return Err(FileError { file: TRUST_FILE, message, line: None, span: None });
        }
        Ok(Self {
            keys: file.keys.into_iter().map(|(name, table)| (name, table.key)).collect(),
            revoked_keys: file.revoked.keys,
            revoked_manifests: file.revoked.manifests.into_iter().collect(),
        })
    }

    /// Tells whether a key was revoked.
    pub fn is_revoked(&self, key: &PublicKey) -> bool {
        self.revoked_keys.contains(key)
    }

    /// The name under which a key is trusted.
    pub fn name_of(&self, key: &PublicKey) -> Option<&str> {
        self.keys.iter().find(|(_, known)| *known == key).map(|(name, _)| name.as_str())
    }

    /// Finds the trusted key that a signature of these bytes is by.
    pub(crate) fn publisher(&self, message: &[u8], signature: &Signature) -> Result<Publisher, PackageError> {
        // A key's number is but a hint, and anybody may write another one: what decides is which key verifies.
        if let Some(key) = self.revoked_keys.iter().find(|key| key.verifies(message, signature)) {
            return Err(PackageError::RevokedKey { key: *key });
        }
        if let Some((name, key)) = self.keys.iter().find(|(_, key)| key.verifies(message, signature)) {
            return Ok(Publisher { name: name.clone(), key: *key });
        }
        if let Some(key) = self.revoked_keys.iter().find(|key| key.is_named_by(signature)) {
            return Err(PackageError::RevokedKey { key: *key });
        }
        Err(match self.keys.iter().find(|(_, key)| key.is_named_by(signature)) {
            Some((name, _)) => PackageError::Forged { publisher: name.clone() },
            None => PackageError::UnknownKey { key_id: signature.key_id() },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SecretKey;

    fn key(seed: u8) -> PublicKey {
        SecretKey::from_seed([seed; 32]).public()
    }

    #[test]
    fn keys_have_names_and_what_was_revoked_is_listed() {
        let (vendor, gone) = (key(1), key(2));
        let digest = "ab".repeat(32);
        let text = format!(
            "# agreed on 3 May\n[keys.vendor]\nkey = \"{vendor}\"\n\n[revoked]\nkeys = [\"{gone}\"]\nmanifests = [\"{digest}\"]\n"
        );
        let trust = Trust::parse(&text).unwrap();
        assert_eq!((trust.name_of(&vendor), trust.name_of(&gone)), (Some("vendor"), None));
        assert!(trust.is_revoked(&gone) && !trust.is_revoked(&vendor));
        assert!(trust.revoked_manifests.contains(&digest));
        assert_eq!(Trust::parse(""), Ok(Trust::default()));
    }

    #[test]
    fn what_is_wrong_has_a_place() {
        let vendor = key(1);
        let shown = |text: &str| Trust::parse(text).unwrap_err().to_string();
        assert!(shown("\n[keys.a]\nkee = 1\n").starts_with("plugins/trust.toml:3: unknown field `kee`"));
        assert!(shown(&format!("[key.a]\nkey = \"{vendor}\"\n")).contains("unknown field `key`"));
        assert!(shown("[keys.a]\nkey = \"RWabc\"\n").contains("it is no public key"));
        assert!(shown("[revoked]\nmanifests = [\"AB\"]\n").contains("`AB` under [revoked] manifests"));
    }
}
