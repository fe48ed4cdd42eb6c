//! Building: a plugin's sources to its component, compared with its manifest.

mod compiler;

use std::fs;
use std::path::{Path, PathBuf};

use tierhook_hooks::Hook;
use tierhook_package::{MANIFEST_FILE, PluginManifest, PluginManifestError, SOURCE_FOLDER};

use crate::component::{ComponentError, component, shape};
use crate::reads::{Read, compare, reads};

/// What came of a build.
#[derive(Clone, Debug, PartialEq)]
pub struct Built {
    /// The component.
    pub component: Vec<u8>,
    /// The manifest that it was compared with.
    pub manifest: PluginManifest,
    /// The hooks that it has.
    pub hooks: Vec<Hook>,
    /// What it imports.
    pub imports: Vec<String>,
    /// What its code reads; `None` if it does not say.
    pub reads: Option<Vec<Read>>,
    /// What its manifest asks for in vain, and what else is worth a look.
    pub warnings: Vec<String>,
}

/// Why a plugin could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A file can't be read.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: std::io::Error,
    },
    /// The manifest is none.
    #[error("{}: {source}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        source: PluginManifestError,
    },
    /// There is nothing to build.
    #[error("{} has neither a Cargo.toml nor a package.json", path.display())]
    NoSource {
        /// The folder with the sources.
        path: PathBuf,
    },
    /// The command that builds could not be run.
    #[error("`{command}` could not be run: {source}; {hint}")]
    NoCommand {
        /// The command.
        command: String,
        /// What went wrong.
        source: std::io::Error,
        /// What to install.
        hint: String,
    },
    /// The compiler does not know WebAssembly yet.
    #[error("the compiler has no standard library for WebAssembly; run `{command}`")]
    NoTarget {
        /// The one command to run.
        command: String,
    },
    /// The compiler refused the sources.
    #[error("`{command}` failed:\n{output}")]
    Compiler {
        /// The command.
        command: String,
        /// What it said.
        output: String,
    },
    /// What the compiler wrote is no plugin.
    #[error(transparent)]
    Component(#[from] ComponentError),
    /// The component has no hook.
    #[error("the component has no hook; export one, for example with `tierhook_sdk::classify!(...)`")]
    NoHook,
    /// The component is built for another contract than the manifest says.
    #[error(
        "plugin.toml says api = \"{manifest}\", and the component is built for {component}; write that into plugin.toml"
    )]
    OtherApi {
        /// What the manifest says.
        manifest: String,
        /// What the component says.
        component: String,
    },
    /// Code and manifest do not agree.
    #[error("code and plugin.toml do not agree:\n{}", differences.join("\n"))]
    Differs {
        /// What to do about each difference.
        differences: Vec<String>,
    },
}

/// Builds a plugin: compiles its sources, makes the component, and compares it with the manifest. Nothing is written but what the
/// compiler keeps for itself.
///
/// The compiler is the `cargo` of the environment, and everything that steers it (`RUSTC`, `RUSTFLAGS`, `CARGO_TARGET_DIR`, profiles)
/// holds.
///
/// # Errors
/// [`BuildError`] with what to do.
pub fn build(folder: &Path) -> Result<Built, BuildError> {
    let manifest_path = folder.join(MANIFEST_FILE);
    let manifest = parse(&manifest_path, &read_text(&manifest_path)?)?;
    let component = component(&compiler::compile(&folder.join(SOURCE_FOLDER))?)?;

    let shape = shape(&component)?;
    let Some(api) = shape.api else { return Err(BuildError::NoHook) };
    if api != manifest.plugin.api {
        return Err(BuildError::OtherApi { manifest: manifest.plugin.api, component: api });
    }
    let reads = reads(&component);
    let differences = reads.as_deref().map(|reads| compare(reads, &manifest)).unwrap_or_default();
    if !differences.errors.is_empty() {
        return Err(BuildError::Differs { differences: differences.errors });
    }
    let mut warnings = differences.warnings;
    warnings.extend(shape.other_exports.iter().map(|name| format!("`{name}` is exported, and nobody calls it")));
    Ok(Built { component, manifest, hooks: shape.hooks, imports: shape.imports, reads, warnings })
}

fn parse(path: &Path, text: &str) -> Result<PluginManifest, BuildError> {
    PluginManifest::parse(text).map_err(|source| BuildError::Manifest { path: path.to_owned(), source })
}

fn read_text(path: &Path) -> Result<String, BuildError> {
    fs::read_to_string(path).map_err(|source| BuildError::File { path: path.to_owned(), source })
}
