//! Building: a plugin's sources to its component, with the digests of what it ships.

mod compiler;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tierhook_hooks::Hook;
use tierhook_package::{COMPONENT_FILE, MANIFEST_FILE, PluginManifest, PluginManifestError, SOURCE_FOLDER};

use crate::component::{ComponentError, component, shape};
use crate::digest::{digests, with_files};
use crate::reads::{Read, compare, reads};

/// What came of a build.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The component's file.
    pub component: PathBuf,
    /// How large it is, in bytes.
    pub bytes: u64,
    /// The hooks that it has.
    pub hooks: Vec<Hook>,
    /// What it imports.
    pub imports: Vec<String>,
    /// What its code reads; `None` if it does not say.
    pub reads: Option<Vec<Read>>,
    /// What its manifest asks for in vain, and what else is worth a look.
    pub warnings: Vec<String>,
    /// The files that it ships, with their SHA-256 in hexadecimal.
    pub files: BTreeMap<String, String>,
}

/// Why a plugin could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A file can't be read or written.
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

/// Builds a plugin: compiles its sources, makes the component, compares it with the manifest, and writes `plugin.wasm` and the digests
/// of what is shipped into `plugin.toml`. Nothing is written before all of that has gone well.
///
/// The compiler is the `cargo` of the environment, and everything that steers it (`RUSTC`, `RUSTFLAGS`, `CARGO_TARGET_DIR`, profiles)
/// holds.
///
/// # Errors
/// [`BuildError`] with what to do.
pub fn build(folder: &Path) -> Result<Report, BuildError> {
    let manifest_path = folder.join(MANIFEST_FILE);
    let text = read_text(&manifest_path)?;
    let manifest = parse(&manifest_path, &text)?;
    let bytes = component(&compiler::compile(&folder.join(SOURCE_FOLDER))?)?;

    let shape = shape(&bytes)?;
    let Some(api) = shape.api else { return Err(BuildError::NoHook) };
    if api != manifest.plugin.api {
        return Err(BuildError::OtherApi { manifest: manifest.plugin.api, component: api });
    }
    let reads = reads(&bytes);
    let differences = reads.as_deref().map(|reads| compare(reads, &manifest)).unwrap_or_default();
    if !differences.errors.is_empty() {
        return Err(BuildError::Differs { differences: differences.errors });
    }
    let mut warnings = differences.warnings;
    warnings.extend(shape.other_exports.iter().map(|name| format!("`{name}` is exported, and nobody calls it")));

    let path = folder.join(COMPONENT_FILE);
    write(&path, &bytes)?;
    let files = digests(folder).map_err(|source| BuildError::File { path: folder.to_owned(), source })?;
    let signed = with_files(&text, &files);
    // The table was put in as text, so that comments stay: what came of it has to read as the same manifest with these files.
    let mut expected = manifest;
    expected.plugin.files.clone_from(&files);
    if parse(&manifest_path, &signed)? != expected {
        let message =
            "[plugin.files] cannot be replaced; let it be a table of its own at the end of the file".to_owned();
        return Err(BuildError::Differs { differences: vec![message] });
    }
    write(&manifest_path, signed.as_bytes())?;
    let hooks = shape.hooks;
    Ok(Report { component: path, bytes: bytes.len() as u64, hooks, imports: shape.imports, reads, warnings, files })
}

fn parse(path: &Path, text: &str) -> Result<PluginManifest, BuildError> {
    PluginManifest::parse(text).map_err(|source| BuildError::Manifest { path: path.to_owned(), source })
}

fn read_text(path: &Path) -> Result<String, BuildError> {
    fs::read_to_string(path).map_err(|source| BuildError::File { path: path.to_owned(), source })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), BuildError> {
    fs::write(path, bytes).map_err(|source| BuildError::File { path: path.to_owned(), source })
}
