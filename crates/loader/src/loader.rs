//! The loader: candidates in, proved sets of rules out, last good versions behind.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tierhook_hooks::{Fault, FaultCode, Limits};
use tierhook_model::Moment;
use tierhook_package::Policy;
use tierhook_plugin::{HostSecret, PluginHost, PluginHostSettings, SecretError};

use crate::archive::{Activation, Archive, ArchiveError};
use crate::assembly::{Assembly, Bench, LastGood, LastRule};
use crate::loaded::Loaded;
use crate::problem::Problem;
use crate::proof::{Prover, Verdicts};
use crate::shared::{Disk, unit};
use crate::tree::{Candidate, SCRIPTS, TreeError, TreeLimits};

/// How rules are loaded.
#[derive(Clone, Debug, Default)]
pub struct LoadSettings {
    /// What a rule may use up; manifests can only lower it.
    pub limits: Limits,
    /// How much the rule files may come to.
    pub tree: TreeLimits,
    /// Which plugins have to be signed.
    pub policy: Policy,
    /// What runs plugins; without it, the loader makes one for itself.
    pub plugins: Option<Arc<PluginHost>>,
}

impl LoadSettings {
    /// Makes what runs plugins, unless it is there.
    fn plugin_host(&self, data_dir: Option<&Path>) -> Result<Arc<PluginHost>, SecretError> {
        if let Some(plugins) = &self.plugins {
            return Ok(plugins.clone());
        }
        let secret = data_dir.map_or_else(HostSecret::random, |data| HostSecret::open(&data.join("host.key")))?;
        let cache = data_dir.map(|data| data.join("compiled"));
        let settings = PluginHostSettings { limits: self.limits.clone(), cache, ..PluginHostSettings::new(secret) };
        Ok(Arc::new(PluginHost::new(settings)))
    }
}

/// Loads the rules of one workspace and remembers which versions were good.
#[derive(Debug)]
pub struct Loader {
    workspace: PathBuf,
    settings: LoadSettings,
    plugins: Arc<PluginHost>,
    archive: Option<Archive>,
    last: LastGood,
    /// What was wrong with the archive when it was opened.
    damage: Vec<Problem>,
    verdicts: Verdicts,
    /// The newest answer, by the candidate and what was active when it was given.
    newest: Option<(String, Loaded)>,
}

impl Loader {
    /// Opens the loader of a workspace whose versions are kept in a data directory. Versions that are damaged
    /// there are problems of everything that is loaded, until the next confirmation writes them anew.
    ///
    /// # Errors
    /// [`ArchiveError`] if the data directory cannot be read or written.
    pub fn open(workspace: &Path, data_dir: &Path, settings: LoadSettings) -> Result<Self, ArchiveError> {
        let (archive, problem) = Archive::open(data_dir)?;
        let plugins = settings.plugin_host(Some(data_dir))?;
        let mut loader = Self::new(workspace, settings, plugins);
        if let Some(why) = problem {
            let fault = Fault::new(FaultCode::Failed, format!("what was active before is not known: {why}"));
            loader.damage.push(Problem::warning("active.json", "active.json", fault));
        }
        loader.last = read_last(&archive, &mut loader.damage);
        loader.archive = Some(archive);
        Ok(loader)
    }

    /// Makes a loader that keeps nothing on a disk: last good versions last as long as it does.
    ///
    /// # Errors
    /// [`ArchiveError::Secret`] if the system gives no random bytes.
    pub fn detached(workspace: &Path, settings: LoadSettings) -> Result<Self, ArchiveError> {
        let plugins = settings.plugin_host(None)?;
        Ok(Self::new(workspace, settings, plugins))
    }

    fn new(workspace: &Path, settings: LoadSettings, plugins: Arc<PluginHost>) -> Self {
        Self {
            workspace: workspace.to_owned(),
            settings,
            plugins,
            archive: None,
            last: LastGood::default(),
            damage: Vec::new(),
            verdicts: Verdicts::default(),
            newest: None,
        }
    }

    /// What runs plugins.
    pub fn plugins(&self) -> &Arc<PluginHost> {
        &self.plugins
    }

    /// The highest serial of a plugin that ever was active.
    pub fn highest_serial(&self, plugin: &str) -> Option<u64> {
        self.last.serials.get(plugin).copied()
    }

    /// Reads what the workspace shows now.
    ///
    /// # Errors
    /// [`TreeError`] if there is nothing to load.
    pub fn read(&self) -> Result<Candidate, TreeError> {
        Candidate::read(&self.workspace, &self.settings.tree)
    }

    /// Puts a candidate together to a set that is proved. What is broken in it falls back to its last good version;
    /// a rule without one stays out. A scripts folder with nothing in it where there were rules before is taken
    /// for a mishap, and what was active stays.
    ///
    /// Nothing is written, and nothing is active by this alone: see [`Loader::confirm`].
    pub fn load(&mut self, candidate: &Candidate, prover: &dyn Prover) -> Loaded {
        if candidate.is_bare() && self.last.active().next().is_some() {
            let fault = Fault::new(FaultCode::Failed, "the folder is empty; what is active goes on");
            let fault = fault.with_hint("put the files back, or leave a dimensions.toml if there should be no rule");
            return self.put_together(Disk::Gone(&Problem::error(SCRIPTS, SCRIPTS, fault)), prover);
        }
        match &self.newest {
            Some((known, loaded)) if known == candidate.digest() => loaded.clone(),
            _ => {
                let loaded = self.put_together(Disk::There(candidate), prover);
                self.newest = Some((candidate.digest().to_owned(), loaded.clone()));
                loaded
            }
        }
    }

    /// Puts what was active last together again, for a start without a scripts folder. `why` tells what became
    /// of it.
    pub fn load_last_good(&mut self, why: &TreeError, prover: &dyn Prover) -> Loaded {
        let fault = Fault::new(FaultCode::Failed, why.to_string());
        self.put_together(Disk::Gone(&Problem::error(SCRIPTS, SCRIPTS, fault)), prover)
    }

    /// Notes that a loaded set is active from now on: its versions are the last good ones, also after a restart.
    /// To be called after every load whose set became or stayed active; what is noted already is not written
    /// again.
    ///
    /// # Errors
    /// [`ArchiveError`] if it cannot be written. What was noted before then still is.
    pub fn confirm(&mut self, loaded: &Loaded, at: Moment) -> Result<(), ArchiveError> {
        let choice = &loaded.choice;
        if let Some(archive) = &mut self.archive {
            let (shared, rules) = (choice.shared.clone(), choice.rules.clone());
            archive.activate(Activation { digest: loaded.ruleset.digest.clone(), at, shared, rules }, &choice.blobs)?;
        }
        let files = |digests: &BTreeMap<String, String>| -> BTreeMap<String, Arc<[u8]>> {
            digests.iter().map(|(path, digest)| (path.clone(), choice.blobs[digest].clone())).collect()
        };
        let rule = |version: &crate::archive::RuleVersion| LastRule {
            files: files(&version.files),
            settings: version.settings.clone(),
        };
        let mut serials = std::mem::take(&mut self.last.serials);
        for (name, version) in &choice.rules {
            if let Some(serial) = version.serial {
                let highest = serials.entry(name.clone()).or_default();
                *highest = (*highest).max(serial);
            }
        }
        self.last = LastGood {
            serials,
            digest: Some(loaded.ruleset.digest.clone()),
            shared: files(&choice.shared),
            rules: choice.rules.iter().map(|(name, version)| (name.clone(), rule(version))).collect(),
            ..LastGood::default()
        };
        self.damage.clear();
        self.newest = None;
        Ok(())
    }

    /// Keeps a version of a rule for good, by its digest, because the history names it. Without this the versions
    /// of the last ten activations are kept. Returns whether the version is there to be kept.
    ///
    /// # Errors
    /// [`ArchiveError`] if it cannot be written.
    pub fn keep(&mut self, version: &str) -> Result<bool, ArchiveError> {
        self.archive.as_mut().map_or(Ok(false), |archive| archive.keep(version))
    }

    /// Forgets all verdicts, so that the next load proves anew: for when records have changed that a proof failed
    /// of.
    pub fn forget(&mut self) {
        self.verdicts.clear();
        self.newest = None;
    }

    pub(crate) fn archive_mut(&mut self) -> Option<&mut Archive> {
        self.archive.as_mut()
    }

    fn put_together(&mut self, disk: Disk<'_>, prover: &dyn Prover) -> Loaded {
        let bench = Bench { limits: &self.settings.limits, plugins: &self.plugins, policy: self.settings.policy };
        let assembly = Assembly::new(disk, &self.last, bench);
        let mut loaded = assembly.run(prover, &mut self.verdicts);
        loaded.problems.extend(self.damage.iter().cloned());
        loaded
    }
}

/// Checks a workspace by itself, without a data directory: what `rules check` and `rules test` show. Nothing is
/// written and nothing becomes active.
///
/// # Errors
/// [`CheckError`] if there is nothing to check, or nothing to check it with.
pub fn check(workspace: &Path, settings: LoadSettings, prover: &dyn Prover) -> Result<Loaded, CheckError> {
    let mut loader = Loader::detached(workspace, settings)?;
    let candidate = loader.read()?;
    Ok(loader.load(&candidate, prover))
}

/// Why a workspace cannot be checked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// There is nothing to check.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// There is nothing to check it with.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

/// Reads what was active from the archive. A version that is damaged is told and left out.
fn read_last(archive: &Archive, damage: &mut Vec<Problem>) -> LastGood {
    let Some(active) = archive.active() else { return LastGood::default() };
    let serials = archive.serials().clone();
    let mut last = LastGood { digest: Some(active.digest.clone()), serials, ..LastGood::default() };
    let mut read = |unit: &str, files: &BTreeMap<String, String>| {
        let mut all = BTreeMap::new();
        for (path, digest) in files {
            match archive.read(digest) {
                Ok(bytes) => drop(all.insert(path.clone(), bytes)),
                Err(why) => {
                    let fault = Fault::new(FaultCode::Failed, format!("its last good version is lost: {why}"));
                    damage.push(Problem::warning(unit, path, fault));
                    return None;
                }
            }
        }
        Some(all)
    };
    for (path, digest) in &active.shared {
        match read(unit(path), &[(path.clone(), digest.clone())].into()) {
            Some(files) => last.shared.extend(files),
            None => last.damaged = true,
        }
    }
    for (name, version) in &active.rules {
        match read(name, &version.files) {
            Some(files) => {
                last.rules.insert(name.clone(), LastRule { files, settings: version.settings.clone() });
            }
            None => drop(last.lost.insert(name.clone())),
        }
    }
    last
}

#[cfg(test)]
mod tests;
