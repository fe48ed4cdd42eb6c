//! From the bytes of a plugin to one that may be compiled.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{Contents, PackageError, PluginManifest, Policy, PublicKey, SIGNATURE_FILE, Signature, Trust, sha256_hex};

/// Who signed a plugin, and under which name the operator trusts them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publisher {
    /// The name that the operator gave the key.
    pub name: String,
    /// The key.
    pub key: PublicKey,
}

/// A plugin whose files are those of its manifest, and whose manifest is that of its publisher.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified {
    /// The manifest.
    pub manifest: PluginManifest,
    /// The SHA-256 of the manifest's bytes in hexadecimal. It names the release: every other file is in it.
    pub manifest_digest: String,
    /// Who signed it; `None` for a local plugin.
    pub publisher: Option<Publisher>,
    /// The manifest, the signature and the listed files: exactly the bytes that were verified.
    pub files: BTreeMap<String, Arc<[u8]>>,
}

/// Verifies a plugin: its signature as the policy asks for it, then its files against its manifest.
///
/// # Errors
/// [`PackageError`] with what is wrong; its hint says what to do.
pub fn verify(contents: &Contents, policy: Policy, trust: &Trust) -> Result<Verified, PackageError> {
    let bytes = contents.manifest()?;
    let manifest_digest = sha256_hex(bytes);
    if trust.revoked_manifests.contains(&manifest_digest) {
        return Err(PackageError::RevokedManifest { digest: manifest_digest });
    }
    let publisher = match (policy, contents.file(SIGNATURE_FILE)) {
        (Policy::Off, _) | (Policy::Vendors, None) => None,
        (Policy::Required, None) => return Err(PackageError::Unsigned),
        (Policy::Vendors | Policy::Required, Some(signature)) => {
            // Bytes that are no text have no four lines either.
            let signature =
                Signature::parse(&String::from_utf8_lossy(signature)).map_err(PackageError::BadSignature)?;
            Some(trust.publisher(bytes, &signature)?)
        }
    };
    let manifest = PluginManifest::parse(contents.manifest_text()?).map_err(PackageError::Manifest)?;
    contents.check(&manifest)?;
    Ok(Verified { manifest, manifest_digest, publisher, files: contents.files().clone() })
}

/// Checks that a plugin is no older than the newest release that was here before. `highest` is the highest serial that
/// was seen of its id; from `allowed` on, the operator takes older ones.
///
/// # Errors
/// [`PackageError::Downgrade`] if it is older than that.
pub fn check_serial(verified: &Verified, highest: Option<u64>, allowed: Option<u64>) -> Result<(), PackageError> {
    let plugin = &verified.manifest.plugin;
    match highest {
        Some(highest) if plugin.serial < highest && allowed.is_none_or(|allowed| plugin.serial < allowed) => {
            Err(PackageError::Downgrade { plugin: plugin.id.clone(), serial: plugin.serial, highest })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::contents::tests::plugin;
    use crate::{COMPONENT_FILE, MANIFEST_FILE, SecretKey};

    pub(crate) fn key(seed: u8) -> SecretKey {
        SecretKey::from_seed([seed; 32])
    }

    /// The plugin signed with the key of a seed.
    fn signed(seed: u8) -> Contents {
        changed(seed, |_| {})
    }

    /// The same with files changed after it was signed.
    fn changed(seed: u8, change: impl Fn(&mut BTreeMap<String, Arc<[u8]>>)) -> Contents {
        let contents = plugin(&[]);
        let text = key(seed).sign(contents.manifest().unwrap(), "guard 1.0.0").unwrap();
        let mut files = contents.files().clone();
        files.insert(SIGNATURE_FILE.to_owned(), text.as_bytes().into());
        change(&mut files);
        Contents::new(files)
    }

    fn trust() -> Trust {
        Trust { keys: [("vendor".to_owned(), key(1).public())].into(), ..Trust::default() }
    }

    #[test]
    fn a_policy_decides_which_plugins_run() {
        let outcome = |contents: &Contents, policy| {
            let verified = verify(contents, policy, &trust());
            verified
                .map(|verified| verified.publisher.map(|publisher| publisher.name))
                .map_err(|error| error.to_string())
        };
        let (local, vendors, stranger) = (plugin(&[]), signed(1), signed(9));
        let strange = format!("it is signed with the key {}, which is not trusted here", key(9).public().id());
        let unsigned = PackageError::Unsigned.to_string();
        for (contents, policy, expected) in [
            (&local, Policy::Off, Ok(None)),
            (&vendors, Policy::Off, Ok(None)),
            (&stranger, Policy::Off, Ok(None)),
            (&local, Policy::Vendors, Ok(None)),
            (&vendors, Policy::Vendors, Ok(Some("vendor".to_owned()))),
            (&stranger, Policy::Vendors, Err(strange.clone())),
            (&local, Policy::Required, Err(unsigned)),
            (&vendors, Policy::Required, Ok(Some("vendor".to_owned()))),
            (&stranger, Policy::Required, Err(strange)),
        ] {
            assert_eq!(outcome(contents, policy), expected, "{policy}");
        }
    }

    #[test]
    fn what_was_verified_is_what_is_handed_out() {
        let contents = changed(1, |files| drop(files.insert("source/lib.rs".to_owned(), b"x".as_slice().into())));
        let verified = verify(&contents, Policy::Required, &trust()).unwrap();
        let paths: Vec<&str> = verified.files.keys().map(String::as_str).collect();
        assert_eq!(paths, ["cases.toml", "plugin.sig", "plugin.toml", "plugin.wasm", "tables/pairs.csv"]);
        assert_eq!(verified.manifest.plugin.id, "guard");
        assert_eq!(verified.manifest_digest, sha256_hex(&verified.files[MANIFEST_FILE]));
    }

    #[test]
    fn a_signed_plugin_that_was_changed_is_refused_whatever_was_changed() {
        let byte = changed(1, |files| drop(files.insert(COMPONENT_FILE.to_owned(), b"\0asn".as_slice().into())));
        let error = verify(&byte, Policy::Vendors, &trust()).unwrap_err();
        assert!(matches!(&error, PackageError::Differs { file, .. } if file == COMPONENT_FILE), "{error}");
        let more = changed(1, |files| drop(files.insert("extra.csv".to_owned(), b"".as_slice().into())));
        let error = verify(&more, Policy::Vendors, &trust()).unwrap_err();
        assert_eq!(error, PackageError::Unlisted { file: "extra.csv".to_owned() });
        let manifest = changed(1, |files| {
            let text = String::from_utf8(files[MANIFEST_FILE].to_vec()).unwrap().replace("serial = 7", "serial = 8");
            files.insert(MANIFEST_FILE.to_owned(), text.as_bytes().into());
        });
        let error = verify(&manifest, Policy::Vendors, &trust()).unwrap_err();
        assert_eq!(error, PackageError::Forged { publisher: "vendor".to_owned() });
        let signature = changed(1, |files| drop(files.insert(SIGNATURE_FILE.to_owned(), b"\xff\n".as_slice().into())));
        let error = verify(&signature, Policy::Vendors, &trust()).unwrap_err();
        assert!(matches!(error, PackageError::BadSignature(_)), "{error}");
        assert!(verify(&manifest, Policy::Off, &trust()).is_ok(), "under `off` signatures are not looked at");
        assert!(verify(&byte, Policy::Off, &trust()).is_err(), "files are");
    }

    #[test]
    fn a_revoked_key_is_worth_nothing_under_whatever_number_and_name() {
        let renumbered: PublicKey = {
            use base64::Engine as _;
            let engine = base64::engine::general_purpose::STANDARD;
            let mut bytes = engine.decode(key(1).public().to_string()).unwrap();
            bytes[5] ^= 1;
            engine.encode(bytes).parse().unwrap()
        };
        for revoked in [key(1).public(), renumbered] {
            let trust = Trust { revoked_keys: vec![revoked], ..trust() };
            for policy in [Policy::Vendors, Policy::Required] {
                let error = verify(&signed(1), policy, &trust).unwrap_err();
                assert_eq!(error, PackageError::RevokedKey { key: revoked });
            }
            assert!(verify(&signed(1), Policy::Off, &trust).is_ok());
            assert!(verify(&plugin(&[]), Policy::Vendors, &trust).is_ok());
        }
    }

    #[test]
    fn a_revoked_release_is_refused_under_every_policy() {
        let digest = sha256_hex(plugin(&[]).manifest().unwrap());
        let trust = Trust { revoked_manifests: [digest.clone()].into(), ..trust() };
        for contents in [plugin(&[]), signed(1)] {
            for policy in [Policy::Off, Policy::Vendors, Policy::Required] {
                let error = verify(&contents, policy, &trust).unwrap_err();
                assert_eq!(error, PackageError::RevokedManifest { digest: digest.clone() });
            }
        }
    }

    #[test]
    fn a_serial_goes_up_unless_the_operator_says_otherwise() {
        let verified = verify(&plugin(&[]), Policy::Vendors, &trust()).unwrap();
        for (highest, allowed) in
            [(None, None), (Some(6), None), (Some(7), None), (Some(9), Some(7)), (Some(9), Some(3))]
        {
            assert_eq!(check_serial(&verified, highest, allowed), Ok(()), "{highest:?} {allowed:?}");
        }
        for (highest, allowed) in [(8, None), (9, Some(8))] {
            let error = check_serial(&verified, Some(highest), allowed).unwrap_err();
            assert_eq!(error, PackageError::Downgrade { plugin: "guard".to_owned(), serial: 7, highest });
            assert!(error.hint().contains("`lowest_serial = 7` under [rules.guard]"), "{}", error.hint());
        }
    }
}
