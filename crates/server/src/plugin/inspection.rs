//! A look into a plugin: what can be told without running it.

use std::path::Path;

use tierhook_hooks::{Hook, Limits};
use tierhook_kit::{ComponentShape, Read, ReadKind};
use tierhook_package::{
    COMPONENT_FILE, Contents, MAX_ARCHIVE_BYTES, MAX_COMPONENT_BYTES, PackageError, PluginManifest, Policy, Publisher,
    SOURCE_FOLDER, Trust, sha256_hex, unpack,
};

use super::workshop::shown;
use super::{describe_parts, folder, read_trust, refused, unreadable};
use crate::api::{ApiError, CodeRead, ComponentRow, HookReads, LimitRow, Obstacle, PluginInspection};
use crate::settings::Settings;

/// The first bytes of WebAssembly, of components as of modules.
const MAGIC: &[u8] = b"\0asm";

/// Looks into a plugin's folder, its archive, or a component alone. With a workspace, it is verified under its policy, and the
/// limits are those that the workspace sets. What a host would refuse is no error here: it is told beside what can be seen.
///
/// # Errors
/// [`ErrorCode::Unfit`](crate::api::ErrorCode::Unfit) if there is nothing of a plugin to be seen,
/// [`ErrorCode::NotFound`](crate::api::ErrorCode::NotFound) or [`ErrorCode::Io`](crate::api::ErrorCode::Io) if it cannot be read,
/// [`ErrorCode::Invalid`](crate::api::ErrorCode::Invalid) if `plugins/trust.toml` is malformed.
pub fn inspect(place: &Path, workspace: Option<(&Path, &Settings)>) -> Result<PluginInspection, ApiError> {
    let limits = workspace.map_or_else(Limits::default, |(_, settings)| settings.limits.clone());
    let mut found = PluginInspection {
        place: shown(place),
        plugin: None,
        workspace: workspace.map(|(folder, _)| folder.display().to_string()),
        reads: Vec::new(),
        component: None,
        limits: None,
        warnings: Vec::new(),
        problems: Vec::new(),
        next: None,
    };
    let is_folder = place.is_dir();
    let contents = if is_folder {
        folder::read(place)?
    } else {
        let bytes = folder::read_file(place, MAX_ARCHIVE_BYTES.max(MAX_COMPONENT_BYTES))?;
        if bytes.starts_with(MAGIC) {
            found.component = look(&mut found, &bytes, None);
            return Ok(found);
        }
        unpack(&bytes).map_err(|error| unreadable(&found.place, &error))?
    };
    let text = contents.manifest_text().map_err(|error| refused(&found.place, &error))?;
    let manifest =
        PluginManifest::parse(text).map_err(|error| refused(&found.place, &PackageError::Manifest(error)))?;

    let publisher = match verified(&contents, workspace)? {
        Ok(publisher) => publisher,
        Err(error) => {
            let hint = match (&error, place.join(SOURCE_FOLDER).is_dir()) {
                // Whoever has its sources at hand is told what an author does, not what an operator does.
                (PackageError::NoComponent, true) => format!("run `tierhook plugins build {}`", found.place),
                (PackageError::Missing { .. } | PackageError::Differs { .. } | PackageError::Unlisted { .. }, true) => {
                    format!("run `tierhook plugins sign {} --key FILE`, which lists what is there", found.place)
                }
                _ => error.hint(),
            };
            found.problems.push(Obstacle { message: error.to_string(), hint });
            None
        }
    };
    let policy = workspace.map_or(Policy::Off, |(_, settings)| settings.plugins.policy);
    found.plugin = Some(describe_parts(&manifest, publisher.as_ref(), &contents, policy));
    found.reads = Hook::ALL.iter().map(|hook| hook_reads(*hook, &manifest)).collect();
    found.limits = Some(limit_row(&limits, &manifest));
    if let Some(bytes) = contents.file(COMPONENT_FILE) {
        found.component = look(&mut found, bytes, Some(&manifest));
    }
    if let Some(component) = &found.component {
        found.reads.retain(|reads| component.hooks.contains(&reads.hook));
    }
    found.next = next(&found, is_folder);
    Ok(found)
}

fn verified(
    contents: &Contents,
    workspace: Option<(&Path, &Settings)>,
) -> Result<Result<Option<Publisher>, PackageError>, ApiError> {
    let (policy, trust) = match workspace {
        Some((folder, settings)) => (settings.plugins.policy, read_trust(folder)?),
        None => (Policy::Off, Trust::default()),
    };
    Ok(tierhook_package::verify(contents, policy, &trust).map(|verified| verified.publisher))
}

/// Looks at a component, and compares it with a manifest.
fn look(found: &mut PluginInspection, bytes: &[u8], manifest: Option<&PluginManifest>) -> Option<ComponentRow> {
    if let Err(fault) = tierhook_plugin::inspect(bytes) {
        let hint = fault.hint.unwrap_or_else(|| "build it again".to_owned());
        found.problems.push(Obstacle { message: format!("{COMPONENT_FILE}: {}", fault.message), hint });
    }
    let shape = tierhook_kit::shape(bytes).ok()?;
    let reads = tierhook_kit::reads(bytes);
    if let Some(manifest) = manifest {
        let compared = reads.as_deref().map(|reads| tierhook_kit::compare(reads, manifest)).unwrap_or_default();
        let hint = || "mend plugin.toml or the code, and build it again".to_owned();
        found.problems.extend(compared.errors.into_iter().map(|message| Obstacle { message, hint: hint() }));
        found.warnings.extend(compared.warnings);
        if shape.api.as_ref().is_some_and(|api| *api != manifest.plugin.api) {
            let built = shape.api.as_deref().unwrap_or_default();
            let message =
                format!("plugin.toml says api = \"{}\", and the component is built for {built}", manifest.plugin.api);
            found.problems.push(Obstacle { message, hint: format!("write api = \"{built}\" into plugin.toml") });
        }
    }
    found.warnings.extend(shape.other_exports.iter().map(|name| format!("`{name}` is exported, and nobody calls it")));
    let ComponentShape { hooks, exports, imports, api, modules, .. } = shape;
    Some(ComponentRow {
        bytes: bytes.len() as u64,
        digest: sha256_hex(bytes),
        modules,
        api,
        hooks: hooks.iter().map(|hook| hook.name().to_owned()).collect(),
        exports,
        imports,
        reads: reads.map(|reads| reads.into_iter().map(code_read).collect()),
    })
}

fn code_read(read: Read) -> CodeRead {
    let kind = match read.what {
        ReadKind::Field => "field",
        ReadKind::History => "history",
        ReadKind::Parameter => "parameter",
    };
    CodeRead { kind: kind.to_owned(), name: read.name, ty: read.ty, optional: read.optional }
}

fn hook_reads(hook: Hook, manifest: &PluginManifest) -> HookReads {
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    let (needs, optional) = manifest.reads(hook);
    HookReads { hook: hook.name().to_owned(), needs: owned(needs), optional: owned(optional) }
}

/// The limits of the host, as far as the manifest does not lower them.
fn limit_row(ceiling: &Limits, manifest: &PluginManifest) -> LimitRow {
    let lowered = manifest.rule.limits.as_ref().map(|lower| ceiling.lowered_by(lower));
    let limits = lowered.as_ref().unwrap_or(ceiling);
    let heavy = manifest.plugin.heavy;
    let plugin = if heavy { &limits.heavy } else { &limits.plugin };
    LimitRow {
        heavy,
        fuel: plugin.fuel,
        fuel_per_batch: plugin.fuel_per_batch,
        wall_ms: limits.wall_ms,
        wall_ms_per_record: limits.wall_ms_per_record,
        memory_bytes: plugin.memory_bytes as u64,
        component_bytes: plugin.component_bytes as u64,
        compile_ms: plugin.compile_ms,
        reasons: limits.reasons,
        output_bytes: limits.output_bytes,
        log_bytes: limits.log_bytes,
    }
}

/// What an author does next with a folder, and an operator with an archive.
fn next(found: &PluginInspection, is_folder: bool) -> Option<String> {
    let plugin = found.plugin.as_ref().filter(|_| found.problems.is_empty())?;
    let place = &found.place;
    Some(match (is_folder, plugin.is_signed) {
        (true, false) => format!("tierhook plugins test {place}"),
        (true, true) => format!("tierhook plugins pack {place}"),
        (false, _) => format!("tierhook plugins install {place}"),
    })
}
