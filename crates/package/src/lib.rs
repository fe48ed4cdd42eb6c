//! What a plugin ships in: its manifest, its files, its signature, and whom an operator trusts with what.
//!
//! This crate knows no WebAssembly: to it the component is a file among others.

mod manifest;

pub use manifest::{
    CASES_FILE, COMPONENT_FILE, HookTable, MANIFEST_FILE, PluginManifest, PluginManifestError, PluginTable,
    SIGNATURE_FILE, SOURCE_FOLDER,
};
