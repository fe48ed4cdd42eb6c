//! The archive: versions by content, and which of them are active.
//!
//! `versions/<digest>` holds a file's bytes under their digest; `active.json` says which files the active rules were
//! made of. Both are written aside, synced and renamed, so that a crash leaves the one before or the one after.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tierhook_model::{Moment, digest256_hex};
use tierhook_plugin::SecretError;

use crate::redaction::ForgottenVersions;
use crate::setting::RuleSettings;

/// How many activations are kept with all their versions.
const KEPT_ACTIVATIONS: usize = 10;
const FORMAT: u32 = 1;

/// Why the archive cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The system refuses.
    #[error("cannot {what} `{}`: {source}; see that the data directory exists and can be written", .path.display())]
    Io {
        /// What was tried: `create`, `read`, `write`, `list`.
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A newer Tierhook wrote it.
    #[error("`{}` has the format {format}, but this version reads {FORMAT}; use the version that wrote it", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u32,
    },
    /// There is no secret for plugins.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

/// The versions that are kept in a data directory.
#[derive(Debug)]
pub(crate) struct Archive {
    folder: PathBuf,
    index: Index,
}

/// What `active.json` says.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
struct Index {
    format: u32,
    active: Option<Activation>,
    /// The ones before, newest first.
    previous: Vec<Activation>,
    /// Versions of rules that somebody asked to keep, by digest.
    kept: BTreeMap<String, RuleVersion>,
    /// The highest serial of each plugin that ever was active.
    #[serde(default)]
    serials: BTreeMap<String, u64>,
}

/// What was active from some moment on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Activation {
    /// The digest of the rule set.
    pub(crate) digest: String,
    /// When it was activated.
    pub(crate) at: Moment,
    /// The files that belong to no single rule, with the digests of their bytes.
    pub(crate) shared: BTreeMap<String, String>,
    /// The rules by name.
    pub(crate) rules: BTreeMap<String, RuleVersion>,
}

/// One version of a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RuleVersion {
    /// The rule's digest.
    pub(crate) version: String,
    /// Its files with the digests of their bytes.
    pub(crate) files: BTreeMap<String, String>,
    /// What the operator said about it.
    pub(crate) settings: RuleSettings,
    /// The serial of a plugin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) serial: Option<u64>,
}

impl Archive {
    /// Opens the archive of a data directory, or makes one. Returns what is wrong with `active.json`, if it cannot
    /// be understood; it then counts as not there.
    pub(crate) fn open(data_dir: &Path) -> Result<(Self, Option<String>), ArchiveError> {
        let versions = data_dir.join("versions");
        fs::create_dir_all(&versions).map_err(io_error("create", &versions))?;
        let path = data_dir.join("active.json");
        let (index, problem) = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => (Index::default(), None),
            Err(error) => return Err(io_error("read", &path)(error)),
            Ok(bytes) => match read_index(&bytes) {
                Ok(index) if index.format > FORMAT => return Err(ArchiveError::Newer { path, format: index.format }),
                Ok(index) => (index, None),
                Err(why) => (Index::default(), Some(why)),
            },
        };
        Ok((Self { folder: data_dir.to_owned(), index }, problem))
    }

    /// What was activated last.
    pub(crate) fn active(&self) -> Option<&Activation> {
        self.index.active.as_ref()
    }

    /// The highest serial of each plugin that ever was active.
    pub(crate) fn serials(&self) -> &BTreeMap<String, u64> {
        &self.index.serials
    }

    /// Reads a version. Bytes with another digest than their name are never returned.
    pub(crate) fn read(&self, digest: &str) -> Result<Arc<[u8]>, String> {
        // The name comes from a file that anybody may have edited.
        if digest.len() != 64 || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(format!("`{digest}` is no digest"));
        }
        let bytes = fs::read(self.blob(digest)).map_err(|error| error.kind().to_string())?;
        if content_digest(&bytes) != digest {
            return Err("its bytes have changed since they were written".to_owned());
        }
        Ok(bytes.into())
    }

    /// Writes what is active now. `blobs` has the bytes of all files that it names. If only the moment is
    /// another one, nothing is written.
    pub(crate) fn activate(
        &mut self,
        activation: Activation,
        blobs: &BTreeMap<String, Arc<[u8]>>,
    ) -> Result<(), ArchiveError> {
        for (digest, bytes) in blobs {
            // Read rather than asked for: a damaged one is written anew.
            if self.read(digest).is_err() {
                replace(&self.blob(digest), bytes)?;
            }
        }
        let mut index = self.index.clone();
        if let Some(before) = index.active.take() {
            if (Activation { at: activation.at, ..before.clone() }) == activation {
                return Ok(());
            }
            index.previous.insert(0, before);
            index.previous.truncate(KEPT_ACTIVATIONS - 1);
        }
        for (name, rule) in &activation.rules {
            if let Some(serial) = rule.serial {
                let highest = index.serials.entry(name.clone()).or_default();
                *highest = (*highest).max(serial);
            }
        }
        index.active = Some(activation);
        self.write(index)?;
        self.sweep()
    }

    /// Keeps a version of a rule for good, by its digest. Returns whether it is there to be kept.
    pub(crate) fn keep(&mut self, version: &str) -> Result<bool, ArchiveError> {
        if self.index.kept.contains_key(version) {
            return Ok(true);
        }
        let mut activations = self.index.active.iter().chain(&self.index.previous);
        let found = activations.find_map(|one| one.rules.values().find(|rule| rule.version == version)).cloned();
        let Some(found) = found else { return Ok(false) };
        let mut index = self.index.clone();
        index.kept.insert(version.to_owned(), found);
        self.write(index)?;
        Ok(true)
    }

    /// Forgets the versions in which `speaks` finds something, with the activations that name them; what is active
    /// stays.
    pub(crate) fn purge(&mut self, speaks: &dyn Fn(&str) -> bool) -> Result<ForgottenVersions, ArchiveError> {
        let folder = self.folder.join("versions");
        let mut found = BTreeSet::new();
        for entry in fs::read_dir(&folder).map_err(io_error("list", &folder))? {
            let path = entry.map_err(io_error("list", &folder))?.path();
            let bytes = fs::read(&path).map_err(io_error("read", &path))?;
            if speaks(&String::from_utf8_lossy(&bytes)) {
                found.extend(path.file_name().and_then(|name| name.to_str()).map(str::to_owned));
            }
        }
        if found.is_empty() {
            return Ok(ForgottenVersions::default());
        }
        let names = |activation: &Activation| {
            let files = activation.rules.values().flat_map(|rule| rule.files.values());
            files.chain(activation.shared.values()).any(|digest| found.contains(digest))
        };
        let mut index = self.index.clone();
        index.previous.retain(|activation| !names(activation));
        index.kept.retain(|_, rule| !rule.files.values().any(|digest| found.contains(digest)));
        self.write(index)?;
        self.sweep()?;
        let active = found.iter().filter(|digest| self.blob(digest).exists()).count() as u64;
        Ok(ForgottenVersions { removed: found.len() as u64 - active, active })
    }

    fn write(&mut self, index: Index) -> Result<(), ArchiveError> {
        let index = Index { format: FORMAT, ..index };
        let path = self.folder.join("active.json");
        let json = serde_json::to_vec_pretty(&index).map_err(|error| io_error("write", &path)(error.into()))?;
        replace(&path, &json)?;
        self.index = index;
        Ok(())
    }

    /// Removes the versions that nothing names, and what a crash left of a write.
    fn sweep(&self) -> Result<(), ArchiveError> {
        let activations = self.index.active.iter().chain(&self.index.previous);
        let (shared, rules): (Vec<_>, Vec<_>) =
            activations.map(|one| (one.shared.values(), one.rules.values())).unzip();
        let rules = rules.into_iter().flatten().chain(self.index.kept.values());
        let named: BTreeSet<&String> =
            shared.into_iter().flatten().chain(rules.flat_map(|rule| rule.files.values())).collect();
        let folder = self.folder.join("versions");
        for entry in fs::read_dir(&folder).map_err(io_error("list", &folder))? {
            let entry = entry.map_err(io_error("list", &folder))?;
            let name = entry.file_name();
            if name.to_str().is_none_or(|name| !named.contains(&name.to_owned()))
                && let Err(error) = fs::remove_file(entry.path())
            {
                // One file too many does no harm.
                tracing::warn!(%error, file = %entry.path().display(), "cannot remove an old version");
            }
        }
        Ok(())
    }

    fn blob(&self, digest: &str) -> PathBuf {
        self.folder.join("versions").join(digest)
    }
}

/// Returns the digest under which bytes are kept.
pub(crate) fn content_digest(bytes: &[u8]) -> String {
    digest256_hex(&[bytes])
}

/// The format is read first: a newer one may have another shape.
fn read_index(bytes: &[u8]) -> Result<Index, String> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let format = serde_json::from_slice::<Format>(bytes).map_err(|error| error.to_string())?.format;
    if format > FORMAT {
        return Ok(Index { format, ..Index::default() });
    }
    serde_json::from_slice(bytes).map_err(|error| error.to_string())
}

fn replace(path: &Path, bytes: &[u8]) -> Result<(), ArchiveError> {
    let aside = path.with_extension("tmp");
    let written = fs::File::create(&aside).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(io_error("write", &aside))?;
    fs::rename(&aside, path).map_err(io_error("write", path))?;
    // The rename itself lasts only when the folder is synced; not every system can open one.
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(io_error("write", folder))?;
    }
    Ok(())
}

fn io_error(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ArchiveError {
    let path = path.to_owned();
    move |source| ArchiveError::Io { what, path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn activation(text: &str) -> (Activation, BTreeMap<String, Arc<[u8]>>) {
        let (digest, bytes) = (content_digest(text.as_bytes()), Arc::from(text.as_bytes()));
        let version = RuleVersion {
            serial: None,
            version: format!("version of {text}"),
            files: [("scripts/a.rhai".to_owned(), digest.clone())].into(),
            settings: RuleSettings::default(),
        };
        let rules = [("a".to_owned(), version)].into();
        (
            Activation { digest: text.to_owned(), at: Moment(1), shared: BTreeMap::new(), rules },
            [(digest, bytes)].into(),
        )
    }

    fn activate(archive: &mut Archive, text: &str) {
        let (activation, blobs) = activation(text);
        archive.activate(activation, &blobs).unwrap();
    }

    fn holds(archive: &Archive, text: &str) -> bool {
        archive.read(&content_digest(text.as_bytes())).is_ok_and(|bytes| bytes.as_ref() == text.as_bytes())
    }

    #[test]
    fn what_is_active_survives_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let (mut archive, _) = Archive::open(folder.path()).unwrap();
        assert_eq!(archive.active(), None);
        activate(&mut archive, "one");
        let (archive, problem) = Archive::open(folder.path()).unwrap();
        assert_eq!(problem, None);
        assert_eq!(archive.active(), Some(&activation("one").0));
        assert!(holds(&archive, "one"));
    }

    #[test]
    fn ten_activations_are_kept_and_what_was_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let (mut archive, _) = Archive::open(folder.path()).unwrap();
        for at in 0..12 {
            activate(&mut archive, &at.to_string());
            if at == 0 {
                assert!(archive.keep("version of 0").unwrap());
                assert!(!archive.keep("version of nothing").unwrap());
            }
        }
        assert!(holds(&archive, "0") && !holds(&archive, "1") && holds(&archive, "2") && holds(&archive, "11"));
        assert!(Archive::open(folder.path()).unwrap().0.keep("version of 0").unwrap());
    }

    #[test]
    fn versions_that_speak_of_somebody_are_forgotten_unless_they_are_active() {
        let folder = tempfile::tempdir().unwrap();
        let (mut archive, _) = Archive::open(folder.path()).unwrap();
        ["wang 1", "li", "wang 2"].into_iter().for_each(|text| activate(&mut archive, text));
        assert!(archive.keep("version of wang 1").unwrap());
        let forgotten = archive.purge(&|text| text.contains("wang")).unwrap();
        assert_eq!(forgotten, ForgottenVersions { removed: 1, active: 1 });
        assert!(!holds(&archive, "wang 1") && holds(&archive, "li") && holds(&archive, "wang 2"));
        assert_eq!(archive.purge(&|text| text.contains("zhao")).unwrap(), ForgottenVersions::default());
    }

    #[test]
    fn the_same_again_is_no_activation() {
        let folder = tempfile::tempdir().unwrap();
        let (mut archive, _) = Archive::open(folder.path()).unwrap();
        activate(&mut archive, "one");
        let (again, blobs) = activation("one");
        archive.activate(Activation { at: Moment(2), ..again }, &blobs).unwrap();
        assert_eq!(archive.active().unwrap().at, Moment(1));
        assert_eq!(archive.index.previous, []);
    }

    #[test]
    fn damaged_bytes_are_never_used_and_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        let (mut archive, _) = Archive::open(folder.path()).unwrap();
        activate(&mut archive, "one");
        let digest = content_digest(b"one");
        fs::write(archive.blob(&digest), "oen").unwrap();
        assert!(archive.read(&digest).unwrap_err().contains("have changed"));
        assert!(archive.read("../active.json").unwrap_err().contains("no digest"));
        activate(&mut archive, "one");
        assert!(holds(&archive, "one"));
    }

    #[test]
    fn an_index_that_makes_no_sense_is_reported_and_a_newer_one_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("active.json"), "{\"format\": 1, \"act").unwrap();
        let (archive, problem) = Archive::open(folder.path()).unwrap();
        assert!(archive.active().is_none() && problem.is_some());
        fs::write(folder.path().join("active.json"), "{\"format\": 7, \"shape\": []}").unwrap();
        assert!(matches!(Archive::open(folder.path()), Err(ArchiveError::Newer { format: 7, .. })));
    }
}
