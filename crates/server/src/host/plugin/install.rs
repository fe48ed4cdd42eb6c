//! A plugin comes into the workspace, and goes.

use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::path::Path;
use std::sync::PoisonError;

use tierhook_loader::{NewGrant, lowest_serial, set_lowest_serial};
use tierhook_model::Combination;
use tierhook_package::{
    GRANTS_FILE, GrantError, MAX_ARCHIVE_BYTES, SOURCE_FOLDER, Verified, check_serial, granted, unpack,
};

use super::super::suggest::RULES_FILE;
use super::super::text::Texts;
use super::{Host, PLUGINS, not_edited};
use crate::api::{Answer, ApiError, ErrorCode, Event, PluginInstalled, PluginUninstalled, SharedDimension};
use crate::plugin::{describe, read_grants, read_text, read_trust, refused, unreadable, verified};

/// The folder of the scripts, relative to the workspace.
const SCRIPTS: &str = "scripts";

/// What is asked of an installation.
#[derive(Clone, Copy, Debug)]
pub(in crate::host) struct Install<'a> {
    /// Where the archive came from, for messages.
    pub(in crate::host) from: &'a str,
    /// Whether what it needs is granted with it.
    pub(in crate::host) grant: bool,
    /// Whether an older release than the one that is there is taken.
    pub(in crate::host) downgrade: bool,
}

impl Host {
    /// Puts a plugin into the workspace: verified first, then in place at once.
    pub(in crate::host) fn install_plugin(
        &self,
        install: &Install<'_>,
        upload: Option<&mut dyn Read>,
        texts: &Texts,
        events: &mut dyn FnMut(Event),
    ) -> Result<Answer, ApiError> {
        let from = install.from;
        let mut bytes = Vec::new();
        let upload = upload.ok_or_else(|| ApiError::invalid("an installation needs an archive"))?;
        upload
            .take(MAX_ARCHIVE_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| ApiError::new(ErrorCode::Io, format!("{from} cannot be read: {error}")))?;
        let contents = unpack(&bytes).map_err(|error| unreadable(from, &error))?;

        // Whom to trust does not change while this goes on.
        let _one_at_a_time = self.grading.lock().unwrap_or_else(PoisonError::into_inner);
        let verified = verified(&contents, from, self.policy(), &read_trust(&self.workspace)?)?;
        let id = verified.manifest.plugin.id.clone();
        let replaced = self.release(&id);
        let mut changed = Vec::new();
        self.check_name(&id)?;
        let (lowest, wanted) = self.check_older(install, &verified)?;
        let (new_grant, missing) = self.check_grants(install, &verified)?;
        self.keep_sources(&id)?;
        // The operator's files first: alone they change nothing, and the plugin finds them when it is there.
        if wanted != lowest
            && self.edit_file(RULES_FILE, |text| {
                set_lowest_serial(text, &id, wanted).map_err(|error| ApiError::invalid(error.to_string()))
            })?
        {
            changed.push(RULES_FILE.to_owned());
        }
        let granted = new_grant.as_ref().map(|grant| [grant.fields.as_slice(), &grant.history].concat());
        if let Some(grant) = &new_grant
            && self.edit_grants(|text| tierhook_loader::add_grants(text, grant).map_err(|error| not_edited(&error)))?
        {
            changed.push(GRANTS_FILE.to_owned());
        }
        put(&self.workspace.join(PLUGINS), &id, &verified).map_err(|error| cannot_place(&id, &error))?;
        let regrade = self.take_up(texts, events)?;
        let (state, problems) = self.rule_state(&id);
        Ok(Answer::PluginInstalled(Box::new(PluginInstalled {
            plugin: describe(&verified, self.policy()),
            folder: format!("{PLUGINS}/{id}"),
            replaced,
            changed,
            granted: granted.unwrap_or_default(),
            missing,
            state,
            problems,
            shared: self.shared(&id),
            regrade,
        })))
    }

    /// Takes a plugin out of the workspace.
    pub(in crate::host) fn uninstall_plugin(
        &self,
        id: &str,
        texts: &Texts,
        events: &mut dyn FnMut(Event),
    ) -> Result<Answer, ApiError> {
        let _one_at_a_time = self.grading.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.is_installed(id) {
            return Err(ApiError::not_found(format!("there is no plugin `{id}` in {PLUGINS}/"))
                .with_hint("`tierhook plugins list` shows them"));
        }
        self.keep_sources(id)?;
        let plugins = self.workspace.join(PLUGINS);
        let away = plugins.join(format!(".outgoing-{id}"));
        let taken = clear(&away).and_then(|()| fs::rename(plugins.join(id), &away)).and_then(|()| clear(&away));
        taken.map_err(|error| {
            ApiError::new(ErrorCode::Io, format!("{PLUGINS}/{id} cannot be removed: {error}"))
                .with_hint("see to the permissions of the folder")
        })?;
        let regrade = self.take_up(texts, events)?;
        let has_grants = read_grants(&self.workspace)?.grants.contains_key(id);
        let (plugin, folder) = (id.to_owned(), format!("{PLUGINS}/{id}"));
        Ok(Answer::PluginUninstalled(PluginUninstalled { plugin, folder, has_grants, regrade }))
    }

    /// The dimensions that a rule decides together with others, where the first that has a word decides.
    fn shared(&self, rule: &str) -> Vec<SharedDimension> {
        let snapshot = self.engine.snapshot();
        let ruleset = &snapshot.generation.ruleset;
        let Some(own) = ruleset.hooks.rule(rule) else { return Vec::new() };
        let dimensions =
            own.meta().dimensions.iter().filter(|id| {
                ruleset.dimensions.get(id).is_some_and(|dimension| dimension.combine == Combination::First)
            });
        let deciders = |dimension: &String| -> Vec<String> {
            let metas = ruleset.hooks.rules().iter().map(|rule| rule.meta());
            metas.filter(|meta| meta.dimensions.contains(dimension)).map(|meta| meta.name.clone()).collect()
        };
        let all = dimensions.map(|id| SharedDimension { dimension: id.clone(), rules: deciders(id) });
        all.filter(|shared| shared.rules.len() > 1).collect()
    }

    /// Refuses a plugin that could not run, as a script of its name does.
    fn check_name(&self, id: &str) -> Result<(), ApiError> {
        let script = format!("{SCRIPTS}/{id}.rhai");
        match self.workspace.join(&script).exists() {
            false => Ok(()),
            true => Err(ApiError::conflict(format!("there is {script}, and a rule is a script or a plugin"))
                .with_hint("remove or rename the script, or ask the plugin's author for another id")),
        }
    }

    /// Checks that a release is no older than any that was active or is there, or may be. Returns from which serial on
    /// older ones are taken by `rules.toml` now, and are to be from then on: what let an older one in ends with a newer
    /// one.
    fn check_older(&self, install: &Install<'_>, verified: &Verified) -> Result<(Option<u64>, Option<u64>), ApiError> {
        let plugin = &verified.manifest.plugin;
        let rules = read_text(&self.workspace, RULES_FILE)?;
        let lowest = lowest_serial(rules.as_bytes(), &plugin.id)
            .map_err(|fault| ApiError::invalid(format!("{RULES_FILE}: {}", fault.message)))?;
        let was_active = self.loader.lock().unwrap_or_else(PoisonError::into_inner).highest_serial(&plugin.id);
        // What is there says nothing unless it is what its author signed.
        let is_there = self.verify_installed(&plugin.id).ok().map(|there| there.manifest.plugin.serial);
        let highest = was_active.max(is_there);
        match check_serial(verified, highest, lowest) {
            Ok(()) if highest.is_none_or(|highest| plugin.serial >= highest) => {
                Ok((lowest, lowest.filter(|lowest| *lowest >= plugin.serial)))
            }
            Ok(()) => Ok((lowest, lowest)),
            Err(_) if install.downgrade => Ok((lowest, Some(plugin.serial))),
            Err(error) => Err(refused(install.from, &error)),
        }
    }

    /// Returns what is to be granted with a plugin, or else what it lacks.
    fn check_grants(
        &self,
        install: &Install<'_>,
        verified: &Verified,
    ) -> Result<(Option<NewGrant>, Option<crate::api::Obstacle>), ApiError> {
        let grants = read_grants(&self.workspace)?;
        let publisher = verified.publisher.as_ref();
        match granted(&verified.manifest, publisher, &grants) {
            Ok(_) => Ok((None, None)),
            Err(GrantError::Missing { plugin, fields, history, .. }) if install.grant => {
                let key = publisher.map(|publisher| publisher.key.to_string());
                let history = history.iter().map(|kind| kind.name().to_owned()).collect();
                Ok((Some(NewGrant { plugin, key, fields, clear: Vec::new(), history }), None))
            }
            // To whom else they were granted is for the operator to see, not to be overwritten.
            Err(error) if install.grant => {
                Err(ApiError::conflict(format!("{}: {error}", install.from)).with_hint(error.hint()))
            }
            Err(error) => Ok((None, Some(crate::api::Obstacle { message: error.to_string(), hint: error.hint() }))),
        }
    }

    /// Refuses to replace or remove a folder in which somebody works: the sources would be gone.
    fn keep_sources(&self, id: &str) -> Result<(), ApiError> {
        match self.plugin_folder(id).join(SOURCE_FOLDER).exists() {
            false => Ok(()),
            true => Err(ApiError::conflict(format!(
                "{PLUGINS}/{id} has its author's {SOURCE_FOLDER}/, which would be gone"
            ))
            .with_hint("move that elsewhere first, or work in the folder itself: saving a file there is enough")),
        }
    }
}

/// Puts the files of a plugin in place: written beside it, then exchanged for what is there.
fn put(plugins: &Path, id: &str, verified: &Verified) -> io::Result<()> {
    // Names that begin with a point are no plugins.
    let (coming, going, place) =
        (plugins.join(format!(".incoming-{id}")), plugins.join(format!(".outgoing-{id}")), plugins.join(id));
    fs::create_dir_all(plugins)?;
    clear(&coming)?;
    clear(&going)?;
    let written = verified.files.iter().try_for_each(|(path, bytes)| {
        let path = coming.join(path);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    });
    let exchanged = written.and_then(|()| {
        let was_there = fs::symlink_metadata(&place).is_ok();
        if was_there {
            fs::rename(&place, &going)?;
        }
        fs::rename(&coming, &place).inspect_err(|_| {
            // Whatever kept the new one out, the old one goes on.
            if was_there {
                fs::rename(&going, &place).ok();
            }
        })
    });
    if exchanged.is_err() {
        clear(&coming).ok();
    }
    exchanged?;
    // The new one is in place: what is left of the old one is cleared with the next installation at the latest.
    clear(&going).ok();
    Ok(())
}

/// Removes what an earlier attempt left.
fn clear(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn cannot_place(id: &str, error: &io::Error) -> ApiError {
    ApiError::new(ErrorCode::Io, format!("{PLUGINS}/{id} cannot be written: {error}; what was there stays"))
        .with_hint("see to the permissions of the folder and to the room on the disk")
}
