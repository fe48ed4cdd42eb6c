//! The golden cases of a plugin's folder, run as a host runs them, without one.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use tierhook_engine::Conventions;
use tierhook_hooks::{HistoryKind, Hook, Ruleset};
use tierhook_loader::{
    Candidate, CaseFile, DIMENSIONS_FILE, FIELDS_FILE, LoadSettings, Loader, NewGrant, Problem, add_grants,
    edit_plugin_files,
};
use tierhook_package::{
    COMPONENT_FILE, Contents, GRANTS_FILE, MANIFEST_FILE, PackageError, PluginManifest, Policy, SOURCE_FOLDER,
};

use super::workshop::{is_newer, shown};
use super::{folder, read_text, refused};
use crate::api::{ApiError, CaseRow, ErrorCode, PluginTestReport, ProblemRow, TestReport};
use crate::host::{problem_row, run_cases};
use crate::settings::Settings;

/// The dimensions and fields that cases are about, and what else they rest on.
#[derive(Clone, Debug, Default)]
pub struct CaseBook {
    /// The workspace that it is that of; `None` for that of a new one.
    workspace: Option<String>,
    dimensions: String,
    fields: String,
    settings: Settings,
}

impl CaseBook {
    /// The book of a new workspace, with these files about dimensions and fields.
    pub fn new(dimensions: &str, fields: &str) -> Self {
        let (dimensions, fields) = (dimensions.to_owned(), fields.to_owned());
        Self { workspace: None, dimensions, fields, settings: Settings::default() }
    }

    /// The book of a workspace.
    ///
    /// # Errors
    /// [`ErrorCode::Io`] or [`ErrorCode::Invalid`] if its files about dimensions and fields cannot be read.
    pub fn of_workspace(workspace: &Path, settings: &Settings) -> Result<Self, ApiError> {
        Ok(Self {
            workspace: Some(workspace.display().to_string()),
            dimensions: read_text(workspace, DIMENSIONS_FILE)?,
            fields: read_text(workspace, FIELDS_FILE)?,
            settings: settings.clone(),
        })
    }
}

/// Runs the golden cases of a plugin's folder. It sees all that it asks for, its parameters are those of its manifest and cases, and
/// its files are taken as they are, whatever the manifest lists.
///
/// # Errors
/// [`ErrorCode::Unfit`] if the folder is no plugin or was not built, [`ErrorCode::NotFound`] or [`ErrorCode::Io`] if it cannot be
/// read, [`ErrorCode::Invalid`] if the time zone is none.
pub fn test(plugin: &Path, book: &CaseBook) -> Result<PluginTestReport, ApiError> {
    let place = shown(plugin);
    let contents = folder::read(plugin)?;
    let text = contents.manifest_text().map_err(|error| refused(&place, &error))?;
    let manifest = PluginManifest::parse(text).map_err(|error| refused(&place, &PackageError::Manifest(error)))?;
    if contents.file(COMPONENT_FILE).is_none() {
        return Err(ApiError::new(ErrorCode::Unfit, format!("{place} has no {COMPONENT_FILE} yet"))
            .with_hint(format!("run `tierhook plugins build {place}`")));
    }
    let id = manifest.plugin.id.clone();
    let candidate = candidate(&contents, text, &manifest, book)
        .map_err(|why| ApiError::new(ErrorCode::Unfit, format!("{place}: {why}")))?;

    let zone = book.settings.zone().map_err(|error| ApiError::invalid(error.to_string()))?;
    let conventions = Conventions { zone, currency: book.settings.currency };
    let limits = book.settings.limits.clone();
    let settings = LoadSettings { limits, policy: Policy::Off, ..LoadSettings::default() };
    let mut loader = Loader::detached(plugin, settings)
        .map_err(|error| ApiError::new(ErrorCode::Failed, format!("plugins cannot be run: {error}")))?;
    let outcome: RefCell<(Vec<CaseRow>, Vec<Problem>)> = RefCell::default();
    let prover = |ruleset: &Ruleset, cases: &[CaseFile], _: &[String]| {
        if !cases.is_empty() {
            *outcome.borrow_mut() = run_cases(ruleset, cases, &conventions, |_| true);
        }
        Vec::new()
    };
    let loaded = loader.load(&candidate, &prover);
    let (mut cases, unrun) = outcome.into_inner();
    // What a case failed with stands beside the case; without a row, none could be run.
    let unrun = unrun.iter().filter(|problem| cases.is_empty() || !problem.fault.message.starts_with("case `"));
    let mut problems: Vec<ProblemRow> = loaded.problems.iter().chain(unrun).map(problem_row).collect();
    // What stands in a workspace for the loader stands in the author's folder.
    let own = format!("plugins/{id}/");
    let here = |file: &mut String| {
        if let Some(rest) = file.strip_prefix(&own) {
            *file = Path::new(&place).join(rest).display().to_string();
        }
    };
    for problem in &mut problems {
        here(&mut problem.file);
        if let Some(place) = &mut problem.place {
            here(&mut place.file);
        }
    }
    cases.iter_mut().for_each(|case| here(&mut case.file));
    let report = TestReport { cases, problems };
    let is_component_older = is_newer(&plugin.join(SOURCE_FOLDER), &plugin.join(COMPONENT_FILE));
    let next = match is_component_older {
        true => Some(format!("tierhook plugins build {place}")),
        false => report.is_passed().then(|| format!("tierhook plugins sign {place} --key FILE")),
    };
    Ok(PluginTestReport { plugin: id, workspace: book.workspace.clone(), is_component_older, report, next })
}

/// A workspace with nothing but the plugin in it, which is granted what it needs.
fn candidate(contents: &Contents, text: &str, manifest: &PluginManifest, book: &CaseBook) -> Result<Candidate, String> {
    let id = &manifest.plugin.id;
    // Files that were changed after the build are tested before they are listed.
    let listed = edit_plugin_files(text, &contents.digests()).map_err(|error| error.to_string())?;
    let mut fields: Vec<String> =
        Hook::ALL.iter().flat_map(|hook| manifest.reads(*hook).0).map(str::to_owned).collect();
    fields.sort();
    fields.dedup();
    let history = manifest.plugin.history.keys().map(|kind: &HistoryKind| kind.name().to_owned()).collect();
    let grant = NewGrant { plugin: id.clone(), key: None, fields, clear: Vec::new(), history };
    let grants = add_grants("", &grant).map_err(|error| error.to_string())?;

    let mut files: BTreeMap<String, Arc<[u8]>> = BTreeMap::new();
    for (path, text) in [(DIMENSIONS_FILE, &book.dimensions), (FIELDS_FILE, &book.fields), (GRANTS_FILE, &grants)] {
        if !text.is_empty() {
            files.insert(path.to_owned(), text.as_bytes().into());
        }
    }
    files.extend(contents.files().iter().map(|(path, bytes)| (format!("plugins/{id}/{path}"), bytes.clone())));
    files.insert(format!("plugins/{id}/{MANIFEST_FILE}"), listed.as_bytes().into());
    Ok(Candidate::from_files(files))
}
