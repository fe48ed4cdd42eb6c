//! Plugins in the workspace: which are there, whom the operator trusts, what they may see.

mod grant;
mod install;
mod key;

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::PoisonError;

use tierhook_loader::FileEditError;
use tierhook_package::{
    FileError, GRANTS_FILE, Grants, MANIFEST_FILE, PluginManifest, Policy, TRUST_FILE, Trust, Verified, granted,
};

use super::Host;
use super::log::log_load;
use super::replace::replace;
use super::rule::{problem_row, state};
use super::text::Texts;
use crate::api::{
    Answer, ApiError, ErrorCode, Event, Obstacle, PluginList, PluginRelease, PluginRow, ProblemRow, PublisherRow,
    RegradeReport, RuleState,
};
use crate::plugin::{folder, read_grants, read_text, read_trust, verified};

pub(super) use install::Install;

/// The folder of the plugins, relative to the workspace.
const PLUGINS: &str = "plugins";

impl Host {
    /// Lists the plugins of the workspace.
    pub(super) fn plugins(&self) -> Result<Answer, ApiError> {
        let rows = self.installed()?.into_iter().map(|id| self.plugin_row(id)).collect();
        Ok(Answer::Plugins(PluginList { policy: self.policy(), rows }))
    }

    fn policy(&self) -> Policy {
        self.settings.plugins.policy
    }

    fn plugin_folder(&self, id: &str) -> PathBuf {
        self.workspace.join(PLUGINS).join(id)
    }

    /// The ids of the plugins on the disk, sorted.
    fn installed(&self) -> Result<Vec<String>, ApiError> {
        let folder = self.workspace.join(PLUGINS);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(ApiError::new(ErrorCode::Io, format!("{PLUGINS}/ cannot be listed: {error}"))),
        };
        let mut ids: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| !name.starts_with('.') && folder::is_plugin(&folder.join(name)))
            .collect();
        ids.sort();
        Ok(ids)
    }

    /// Verifies a plugin of the workspace.
    fn verify_installed(&self, id: &str) -> Result<Verified, ApiError> {
        let place = format!("{PLUGINS}/{id}");
        if !self.is_installed(id) {
            return Err(ApiError::not_found(format!("there is no plugin `{id}` in {PLUGINS}/"))
                .with_hint("`tierhook plugins list` shows them, `tierhook plugins install` brings one in"));
        }
        let contents = folder::read(&self.plugin_folder(id))?;
        let verified = verified(&contents, &place, self.policy(), &read_trust(&self.workspace)?)?;
        match verified.manifest.plugin.id == id {
            true => Ok(verified),
            false => Err(ApiError::new(
                ErrorCode::Unfit,
                format!("{place} holds the plugin `{}`", verified.manifest.plugin.id),
            )
            .with_hint("let the folder be called like the plugin")),
        }
    }

    /// Tells whether a plugin is on the disk. Ids are names of folders: one that leads elsewhere is none.
    fn is_installed(&self, id: &str) -> bool {
        !id.is_empty()
            && !id.starts_with('.')
            && !id.contains(['/', '\\'])
            && folder::is_plugin(&self.plugin_folder(id))
    }

    /// The release of a plugin on the disk, verified or not.
    fn release(&self, id: &str) -> Option<PluginRelease> {
        let text = fs::read_to_string(self.plugin_folder(id).join(MANIFEST_FILE)).ok()?;
        let plugin = PluginManifest::parse(&text).ok()?.plugin;
        Some(PluginRelease { version: plugin.version, serial: plugin.serial })
    }

    fn plugin_row(&self, id: String) -> PluginRow {
        let checked = self.verify_installed(&id);
        let (state, problems) = self.rule_state(&id);
        let problem = match &checked {
            Ok(verified) => self.missing(verified).or_else(|| problems.iter().find(|it| it.fatal).map(written)),
            Err(error) => Some(told(error)),
        };
        let is_verified = checked.is_ok();
        let publisher = checked.ok().and_then(|verified| verified.publisher);
        PluginRow {
            release: self.release(&id),
            is_verified,
            publisher: publisher.map(|it| PublisherRow { name: it.name, key: it.key.to_string() }),
            state,
            problem,
            id,
        }
    }

    /// What a plugin needs and nobody granted.
    fn missing(&self, verified: &Verified) -> Option<Obstacle> {
        let grants = match read_grants(&self.workspace) {
            Ok(grants) => grants,
            Err(error) => return Some(told(&error)),
        };
        let error = granted(&verified.manifest, verified.publisher.as_ref(), &grants).err()?;
        Some(Obstacle { message: error.to_string(), hint: error.hint() })
    }

    /// How the rule of a plugin stands, and what is wrong with it, as it was loaded last.
    fn rule_state(&self, id: &str) -> (Option<RuleState>, Vec<ProblemRow>) {
        let loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(loaded) = loaded.as_ref() else { return (None, Vec::new()) };
        let is_its = |file: &str| file.starts_with(&format!("{PLUGINS}/{id}/"));
        let problems = loaded.problems.iter().filter(|problem| problem.unit == id);
        let unit = loaded.unit(id);
        // Where a script has the same name, the rule is the script.
        match unit.filter(|unit| is_its(&unit.file)) {
            Some(unit) => (Some(state(unit.state)), problems.map(problem_row).collect()),
            None => {
                let refused = unit.map(|_| RuleState::Refused);
                (refused, problems.filter(|problem| is_its(&problem.file)).map(problem_row).collect())
            }
        }
    }

    /// The plugins that decide something.
    fn running(&self) -> Result<Vec<String>, ApiError> {
        let decides = |id: &String| matches!(self.rule_state(id).0, Some(RuleState::Active | RuleState::LastGood));
        Ok(self.installed()?.into_iter().filter(decides).collect())
    }

    /// Those of some plugins that ran which do not any more.
    fn stopped(&self, ran: Vec<String>) -> Result<Vec<String>, ApiError> {
        let running = self.running()?;
        Ok(ran.into_iter().filter(|id| !running.contains(id)).collect())
    }

    /// Loads what the disk shows now, and grades anew if other rules decide by that. For whoever holds the lock on
    /// grading.
    fn take_up(&self, texts: &Texts, events: &mut dyn FnMut(Event)) -> Result<Option<RegradeReport>, ApiError> {
        let before = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let changed = self.load_disk()?;
        let after = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(after) = after.filter(|_| self.is_serving()) {
            log_load(before.as_ref(), &after, changed, self.engine.snapshot().generation.id);
        }
        self.bring_up(None, &self.texts(texts.language), events)
    }

    /// Rewrites `plugins/grants.toml`.
    fn edit_grants(&self, edit: impl FnOnce(&str) -> Result<String, ApiError>) -> Result<bool, ApiError> {
        self.edit_file(GRANTS_FILE, |text| {
            let edited = edit(text)?;
            Grants::parse(&edited).map_err(|error| by_hand(&error)).map(|_| edited)
        })
    }

    /// Rewrites `plugins/trust.toml`.
    fn edit_trust(&self, edit: impl FnOnce(&str) -> Result<String, ApiError>) -> Result<bool, ApiError> {
        self.edit_file(TRUST_FILE, |text| {
            let edited = edit(text)?;
            Trust::parse(&edited).map_err(|error| by_hand(&error)).map(|_| edited)
        })
    }

    /// Rewrites one of the operator's files. Returns whether it is another one now.
    fn edit_file(&self, file: &str, edit: impl FnOnce(&str) -> Result<String, ApiError>) -> Result<bool, ApiError> {
        let path = self.workspace.join(file);
        let text = read_text(&self.workspace, file)?;
        let edited = edit(&text)?;
        if edited == text {
            return Ok(false);
        }
        let read = path.exists().then_some(text.as_bytes());
        replace(&path, read, &edited)?;
        Ok(true)
    }
}

/// The answer when a file would not be read any more after an edit: it is written in a form that nobody thought of.
fn by_hand(error: &FileError) -> ApiError {
    ApiError::invalid(format!("{} stays as it is, as it would not be read afterwards: {}", error.file, error.message))
        .with_hint("edit it by hand")
}

fn told(error: &ApiError) -> Obstacle {
    Obstacle { message: error.message.clone(), hint: error.hint.clone().unwrap_or_default() }
}

/// A problem as a list tells it.
fn written(problem: &ProblemRow) -> Obstacle {
    Obstacle { message: problem.message.clone(), hint: problem.hint.clone().unwrap_or_default() }
}

/// The answer when a file cannot be edited.
fn not_edited(error: &FileEditError) -> ApiError {
    let code = match error {
        FileEditError::NotThere { .. } => ErrorCode::NotFound,
        FileEditError::There { .. } => ErrorCode::Conflict,
        _ => ErrorCode::Invalid,
    };
    ApiError::new(code, error.to_string())
}
