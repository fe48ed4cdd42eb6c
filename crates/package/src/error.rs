//! Why a plugin is refused, and what to do about it.

use std::ops::Range;

use crate::{COMPONENT_FILE, KeyError, MANIFEST_FILE, PluginManifestError, PublicKey, SIGNATURE_FILE, TRUST_FILE};

/// Why a plugin may not run. [`PackageError::hint`] says what to do.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PackageError {
    /// There is no manifest.
    #[error("there is no {MANIFEST_FILE}")]
    NoManifest,
    /// The manifest is not one.
    #[error("{MANIFEST_FILE}: {0}")]
    Manifest(PluginManifestError),
    /// The manifest is not UTF-8.
    #[error("{MANIFEST_FILE} is not UTF-8")]
    NotText,
    /// There is no component.
    #[error("there is no {COMPONENT_FILE}")]
    NoComponent,
    /// A file that is listed is not there.
    #[error("`{file}` is listed in {MANIFEST_FILE}, but is not there")]
    Missing {
        /// The path in the plugin's folder.
        file: String,
    },
    /// A file has other bytes than the manifest says.
    #[error("`{file}` is not what {MANIFEST_FILE} lists: its SHA-256 is {found}, not {listed}")]
    Differs {
        /// The path in the plugin's folder.
        file: String,
        /// The digest that is listed.
        listed: String,
        /// The digest that it has.
        found: String,
    },
    /// A file is there that is not listed.
    #[error("`{file}` is not listed in {MANIFEST_FILE}")]
    Unlisted {
        /// The path in the plugin's folder.
        file: String,
    },
    /// There are more or larger files than a plugin may have.
    #[error("the plugin has {found}, and may have {limit}")]
    TooLarge {
        /// What it has, in words.
        found: String,
        /// The limit, in words.
        limit: String,
    },
    /// There is no signature where the policy asks for one.
    #[error("it is not signed: there is no {SIGNATURE_FILE}, and the policy is `required`")]
    Unsigned,
    /// The signature cannot be read.
    #[error("{SIGNATURE_FILE} is no signature: {0}")]
    BadSignature(KeyError),
    /// The signature is that of a trusted key, but of other bytes.
    #[error("{SIGNATURE_FILE} does not fit {MANIFEST_FILE}: one of them was changed after `{publisher}` signed")]
    Forged {
        /// The trusted key that the signature names.
        publisher: String,
    },
    /// The signature is that of a key that nobody trusts.
    #[error("it is signed with the key {key_id}, which is not trusted here")]
    UnknownKey {
        /// The key's number, as minisign shows it.
        key_id: String,
    },
    /// The signature is that of a key that was revoked.
    #[error("it says that it is signed with the key {key}, which was revoked")]
    RevokedKey {
        /// The key.
        key: PublicKey,
    },
    /// This very release was revoked.
    #[error("this release was revoked: {MANIFEST_FILE} with the SHA-256 {digest}")]
    RevokedManifest {
        /// The digest of the manifest.
        digest: String,
    },
    /// An older release than one that was here before.
    #[error(
        "`{plugin}` has the serial {serial}, but {highest} was here before: an older release may be known to be broken"
    )]
    Downgrade {
        /// The plugin.
        plugin: String,
        /// Its serial.
        serial: u64,
        /// The highest serial that was seen.
        highest: u64,
    },
}

impl PackageError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::NoManifest => format!("name a plugin's folder or archive: one with a {MANIFEST_FILE} at its top"),
            Self::Manifest(PluginManifestError::Unusable { hint, .. }) => hint.clone(),
            Self::Manifest(_) => format!("correct {MANIFEST_FILE}; after that sign it again"),
            Self::NotText => format!("save {MANIFEST_FILE} with the encoding UTF-8, and sign it again"),
            Self::NoComponent => {
                format!("build it with `tierhook plugins build`, which writes {COMPONENT_FILE} and lists it")
            }
            Self::Missing { .. } | Self::Differs { .. } => {
                "get the plugin again from whom you have it; its author runs `tierhook plugins sign`, which lists what is \
                 there"
                    .to_owned()
            }
            Self::Unlisted { file } => format!(
                "remove `{file}`, or move it to source/; the plugin's author runs `tierhook plugins sign`, which lists it"
            ),
            Self::TooLarge { .. } => "ship less with it; what only builds it belongs in source/".to_owned(),
            Self::Unsigned => "ask for a signed release or sign it with `tierhook plugins sign FOLDER --key FILE`; \
                 `policy = \"vendors\"` under [plugins] in tierhook.toml lets plugins without a signature run, from the \
                 host's next start on"
                .to_owned(),
            Self::Forged { publisher } => format!(
                "get the plugin again from whom you have it, and do not run this one; its author runs \
                 `tierhook plugins sign` after every change. If every release of theirs says so, the key of `{publisher}` in \
                 {TRUST_FILE} is not quite theirs"
            ),
            Self::BadSignature(_) => {
                "get the plugin again from whom you have it, and do not run this one; its author runs \
                 `tierhook plugins sign` after every change"
                    .to_owned()
            }
            Self::UnknownKey { .. } => {
                "if you trust whoever signed it, ask them for their public key and run `tierhook keys trust NAME KEY`"
                    .to_owned()
            }
            Self::RevokedKey { .. } => format!(
                "get a release that is signed with another key; the key stands under [revoked] in {TRUST_FILE}"
            ),
            Self::RevokedManifest { .. } => {
                format!("get a newer release; the digest stands under [revoked] in {TRUST_FILE}")
            }
            Self::Downgrade { plugin, serial, .. } => format!(
                "get a newer release; if you want the older one, write `lowest_serial = {serial}` under \
                 [rules.{plugin}] in rules.toml, or install it with --downgrade"
            ),
        }
    }
}

/// What is wrong with a file that the operator keeps.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {message}", place(*.line))]
pub struct FileError {
    /// The file, relative to the workspace.
    pub file: &'static str,
    /// What is wrong: lower case, no final dot.
    pub message: String,
    /// The line, from 1 on; `None` where it is about the file as a whole.
    pub line: Option<usize>,
    /// Where in the text, in bytes.
    pub span: Option<Range<usize>>,
}

impl FileError {
    /// Takes over what the parser of TOML says about a text.
    pub(crate) fn parser(file: &'static str, text: &str, error: &toml::de::Error) -> Self {
        let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        let message = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
        Self { file, message, line, span: error.span() }
    }
}

fn place(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!(":{line}"))
}
