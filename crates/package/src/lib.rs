//! What a plugin ships in: its manifest, its files, its signature, and whom an operator trusts with what.
//!
//! [`verify()`] is the one way from bytes to a plugin that may be compiled: it checks the signature under the host's
//! [`Policy`] and [`Trust`], then every file against the manifest. [`granted`] tells what such a plugin gets to see.
//! This crate knows no WebAssembly: to it the component is a file among others. It reads no file, no clock and no
//! chance: bytes are given to it.

mod archive;
mod contents;
mod error;
mod grant;
mod manifest;
mod policy;
mod signature;
mod trust;
mod verify;

pub use archive::{ARCHIVE_SUFFIX, ArchiveError, MAX_ARCHIVE_BYTES, pack, unpack};
pub use contents::{Contents, MAX_COMPONENT_BYTES, MAX_FILES, MAX_REST_BYTES, sha256_hex};
pub use error::{FileError, PackageError};
pub use grant::{GRANTS_FILE, Grant, GrantError, Granted, Grants, HookGrant, granted};
pub use manifest::{
    CASES_FILE, COMPONENT_FILE, HookTable, MANIFEST_FILE, PluginManifest, PluginManifestError, PluginTable,
    SIGNATURE_FILE, SOURCE_FOLDER,
};
pub use policy::Policy;
pub use signature::{KeyError, PublicKey, SecretKey, Signature};
pub use trust::{TRUST_FILE, Trust};
pub use verify::{Publisher, Verified, check_serial, verify};
