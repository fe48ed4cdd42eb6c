//! An author's workshop: a new folder, and the component built from its sources.

use std::fs;
use std::path::Path;
use std::time::Duration;

use tierhook_kit::{BuildError, FieldList, Lang, ScaffoldError};
use tierhook_loader::edit_plugin_files;
use tierhook_package::{
    COMPONENT_FILE, Contents, MANIFEST_FILE, PackageError, PluginManifest, PluginManifestError, SIGNATURE_FILE,
    sha256_hex,
};

use super::author::{check_secrets, write};
use super::{file_rows, folder, refused};
use crate::api::{ApiError, BuildReport, ErrorCode, PluginMade};

/// The most bytes of a list of fields.
const MAX_FIELDS_BYTES: u64 = 16 * 1024 * 1024;

/// Makes the folder of a new plugin in a folder. `fields` is a file with what `tierhook fields --json` printed where it is to run.
///
/// # Errors
/// [`ErrorCode::Invalid`] if the name or the list of fields is none, [`ErrorCode::Conflict`] if the folder is there
/// already, [`ErrorCode::NotFound`] or [`ErrorCode::Io`] if a file cannot be read or written.
pub fn new_plugin(name: &str, parent: &Path, lang: Lang, fields: Option<&Path>) -> Result<PluginMade, ApiError> {
    let list = fields.map(field_list).transpose()?;
    // Paths are shown as they are typed.
    let parent = parent.strip_prefix(".").unwrap_or(parent);
    let made = tierhook_kit::scaffold(name, parent, list.as_ref(), lang).map_err(|error| {
        let message = error.to_string();
        match error {
            ScaffoldError::Name { .. } => ApiError::invalid(message),
            ScaffoldError::Exists { .. } => ApiError::conflict(message),
            _ => ApiError::new(ErrorCode::Io, message),
        }
    })?;
    let contents = folder::read(&made)?;
    let text = contents.manifest_text().map_err(|error| refused(name, &error))?;
    let manifest = PluginManifest::parse(text).map_err(|error| refused(name, &PackageError::Manifest(error)))?;
    let code = made.join(match lang {
        Lang::Rust => "source/src/lib.rs",
        Lang::Js => "source/app.js",
    });
    let folder = shown(&made);
    Ok(PluginMade {
        plugin: name.to_owned(),
        code: shown(&code),
        optional: manifest.plugin.optional,
        next: format!("tierhook plugins build {folder}"),
        folder,
    })
}

fn field_list(file: &Path) -> Result<FieldList, ApiError> {
    let hint = "write it with `tierhook fields --json > fields.json` in a workspace of whoever is to run the plugin";
    let bytes = folder::read_file(file, MAX_FIELDS_BYTES).map_err(|error| error.with_hint(hint))?;
    FieldList::parse(&String::from_utf8_lossy(&bytes))
        .map_err(|why| ApiError::invalid(format!("{} is no list of fields: {why}", file.display())).with_hint(hint))
}

/// Builds a plugin from its sources: writes `plugin.wasm`, and the digests of what it ships into `plugin.toml`. Nothing of it is
/// written before all has gone well.
///
/// # Errors
/// [`ErrorCode::Unfit`] with what the compiler said, or what code and manifest disagree in; [`ErrorCode::Failed`] if the compiler
/// could not be run; [`ErrorCode::NotFound`] or [`ErrorCode::Io`] if a file cannot be read or written.
pub fn build(plugin: &Path) -> Result<BuildReport, ApiError> {
    let place = plugin.display().to_string();
    let built = tierhook_kit::build(plugin).map_err(|error| not_built(&place, &error))?;
    let mut files = folder::read(plugin)?.files().clone();
    files.insert(COMPONENT_FILE.to_owned(), built.component.as_slice().into());
    let contents = Contents::new(files);
    check_secrets(&contents, &place)?;
    let text = contents.manifest_text().map_err(|error| refused(&place, &error))?;
    let listed = edit_plugin_files(text, &contents.digests())
        .map_err(|error| ApiError::new(ErrorCode::Unfit, format!("{place}: {error}")))?;

    let component = plugin.join(COMPONENT_FILE);
    write(&component, &built.component)?;
    if listed != text {
        write(&plugin.join(MANIFEST_FILE), listed.as_bytes())?;
    }
    let about = &built.manifest.plugin;
    let is_listed_anew = listed != text;
    let folder = shown(plugin);
    Ok(BuildReport {
        plugin: about.id.clone(),
        version: about.version.clone(),
        serial: about.serial,
        component: shown(&component),
        bytes: built.component.len() as u64,
        digest: sha256_hex(&built.component),
        hooks: built.hooks.iter().map(|hook| hook.name().to_owned()).collect(),
        warnings: built.warnings,
        files: file_rows(contents.files().iter().filter(|(path, _)| {
            let path = path.as_str();
            path != MANIFEST_FILE && path != SIGNATURE_FILE
        })),
        is_listed_anew,
        is_signature_stale: is_listed_anew && contents.file(SIGNATURE_FILE).is_some(),
        next: format!("tierhook plugins test {folder}"),
    })
}

fn not_built(place: &str, error: &BuildError) -> ApiError {
    let message = format!("{place}: {error}");
    match error {
        BuildError::File { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            ApiError::new(ErrorCode::NotFound, message)
                .with_hint("name a plugin's folder; `tierhook plugins new NAME` makes one")
        }
        BuildError::File { .. } => ApiError::new(ErrorCode::Io, message),
        BuildError::Manifest { source: PluginManifestError::Unusable { hint, .. }, .. } => {
            ApiError::new(ErrorCode::Unfit, message).with_hint(hint.clone())
        }
        BuildError::NoCommand { hint, .. } => ApiError::new(ErrorCode::Failed, message).with_hint(hint.clone()),
        BuildError::NoTarget { command } => {
            ApiError::new(ErrorCode::Failed, format!("{place}: the compiler has no standard library for WebAssembly"))
                .with_hint(format!("run `{command}`, once"))
        }
        BuildError::NoSource { .. } => ApiError::new(ErrorCode::Unfit, message)
            .with_hint("build where the sources are; a plugin that was packed or installed has none"),
        _ => ApiError::new(ErrorCode::Unfit, message),
    }
}

/// A path as it is typed: without `./` before it.
pub(super) fn shown(path: &Path) -> String {
    let short = path.strip_prefix(".").unwrap_or(path);
    // The folder in which one stands has no other name.
    if short.as_os_str().is_empty() { ".".to_owned() } else { short.display().to_string() }
}

/// A checkout writes all files within moments, in any order; that makes none of them newer.
const SAME_TIME: Duration = Duration::from_secs(30);

/// Tells whether a file below a folder of sources was changed after another file was written. What compilers make is passed over.
pub(super) fn is_newer(source: &Path, than: &Path) -> bool {
    let Some(built) = fs::metadata(than).and_then(|it| it.modified()).ok() else { return false };
    let Ok(entries) = fs::read_dir(source) else { return false };
    entries.flatten().any(|entry| {
        let name = entry.file_name();
        let Ok(kind) = entry.file_type() else { return false };
        if kind.is_dir() {
            return !["target", "node_modules", "build", ".git"].iter().any(|made| name == *made)
                && is_newer(&entry.path(), than);
        }
        let is_made = ["Cargo.lock", "package-lock.json"].iter().any(|made| name == *made);
        !is_made && entry.metadata().and_then(|it| it.modified()).is_ok_and(|changed| changed > built + SAME_TIME)
    })
}
