//! What an author and an operator do with a plugin without a host: making, building, testing, inspecting, keys, signing, packing,
//! verifying, fetching.

mod author;
mod fetch;
pub(crate) mod folder;
mod golden;
mod inspection;
#[cfg(test)]
mod tests;
mod workshop;

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use tierhook_hooks::Hook;
use tierhook_package::{
    ArchiveError, Contents, FileError, GRANTS_FILE, Grants, MANIFEST_FILE, PackageError, PluginManifest, Policy,
    Publisher, SIGNATURE_FILE, TRUST_FILE, Trust, Verified, sha256_hex,
};

use crate::api::{ApiError, ErrorCode, PluginDescription, PluginFile, PluginHistory, PublisherRow};

pub use author::{new_key, pack, sign};
pub use fetch::{archive_of, verify, verify_with_key};
pub use golden::{CaseBook, test};
pub use inspection::inspect;
pub use tierhook_kit::Lang;
pub use workshop::{build, new_plugin};

/// Reads whom a workspace's operator trusts.
pub(crate) fn read_trust(workspace: &Path) -> Result<Trust, ApiError> {
    Trust::parse(&read_text(workspace, TRUST_FILE)?).map_err(|error| malformed(&error))
}

/// Reads what a workspace's operator grants.
pub(crate) fn read_grants(workspace: &Path) -> Result<Grants, ApiError> {
    Grants::parse(&read_text(workspace, GRANTS_FILE)?).map_err(|error| malformed(&error))
}

/// Reads a text below the workspace; one that is not there is empty.
pub(crate) fn read_text(workspace: &Path, file: &str) -> Result<String, ApiError> {
    match fs::read_to_string(workspace.join(file)) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(error) if error.kind() == ErrorKind::InvalidData => {
            Err(ApiError::invalid(format!("{file} is not UTF-8")).with_hint("save it as UTF-8"))
        }
        Err(error) => Err(ApiError::new(ErrorCode::Io, format!("{file} cannot be read: {error}"))),
    }
}

/// What is known of a plugin that was verified.
pub(crate) fn describe(verified: &Verified, policy: Policy) -> PluginDescription {
    let contents = Contents::new(verified.files.clone());
    describe_parts(&verified.manifest, verified.publisher.as_ref(), &contents, policy)
}

/// What a plugin says of itself; `publisher` is who is known to have said it.
fn describe_parts(
    manifest: &PluginManifest,
    publisher: Option<&Publisher>,
    contents: &Contents,
    policy: Policy,
) -> PluginDescription {
    let plugin = &manifest.plugin;
    let mut needs: Vec<String> = Vec::new();
    let mut optional: Vec<String> = Vec::new();
    for hook in Hook::ALL {
        let (needed, spare) = manifest.reads(hook);
        needs.extend(needed.into_iter().map(str::to_owned));
        optional.extend(spare.into_iter().map(str::to_owned));
    }
    needs.sort();
    needs.dedup();
    optional.sort();
    optional.dedup();
    PluginDescription {
        id: plugin.id.clone(),
        version: plugin.version.clone(),
        serial: plugin.serial,
        api: plugin.api.clone(),
        policy,
        publisher: publisher.map(|it| PublisherRow { name: it.name.clone(), key: it.key.to_string() }),
        is_signed: contents.file(SIGNATURE_FILE).is_some(),
        digest: contents.file(MANIFEST_FILE).map(|bytes| sha256_hex(bytes)).unwrap_or_default(),
        files: file_rows(contents.files().iter()),
        needs,
        optional,
        history: plugin
            .history
            .iter()
            .map(|(kind, most)| PluginHistory { kind: kind.to_string(), most: *most })
            .collect(),
    }
}

fn file_rows<'a>(files: impl Iterator<Item = (&'a String, &'a Arc<[u8]>)>) -> Vec<PluginFile> {
    files
        .map(|(path, bytes)| PluginFile { path: path.clone(), bytes: bytes.len() as u64, digest: sha256_hex(bytes) })
        .collect()
}

/// Verifies a plugin; `place` is where it is, for the message.
pub(crate) fn verified(contents: &Contents, place: &str, policy: Policy, trust: &Trust) -> Result<Verified, ApiError> {
    tierhook_package::verify(contents, policy, trust).map_err(|error| refused(place, &error))
}

/// The answer when a plugin is refused.
pub(crate) fn refused(place: &str, error: &PackageError) -> ApiError {
    ApiError::new(ErrorCode::Unfit, format!("{place}: {error}")).with_hint(error.hint())
}

/// The answer when an archive cannot be read.
pub(crate) fn unreadable(place: &str, error: &ArchiveError) -> ApiError {
    ApiError::new(ErrorCode::Unfit, format!("{place}: {error}")).with_hint(error.hint())
}

fn malformed(error: &FileError) -> ApiError {
    ApiError::invalid(error.to_string()).with_hint("put it right by hand")
}
