//! The tree of rule files, read as one candidate.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tierhook_model::digest256_hex;
use tierhook_package::{GRANTS_FILE, MAX_COMPONENT_BYTES, SOURCE_FOLDER, TRUST_FILE};

/// The folder of the rules, relative to the workspace.
pub(crate) const SCRIPTS: &str = "scripts";
/// The folder of the plugins, relative to the workspace.
pub(crate) const PLUGINS: &str = "plugins";
/// The operator's file, relative to the workspace.
pub(crate) const RULES_FILE: &str = "rules.toml";
/// The operator's files, relative to the workspace.
pub(crate) const OPERATORS_FILES: [&str; 3] = [RULES_FILE, GRANTS_FILE, TRUST_FILE];

/// Tells whether a file, relative to the workspace, is a module: a script in a folder below the scripts folder, or with a
/// name that begins with `_`.
pub(crate) fn is_module(file: &str) -> bool {
    let name = file.strip_prefix("scripts/").filter(|name| name.ends_with(".rhai"));
    name.is_some_and(|name| name.contains('/') || name.starts_with('_'))
}

/// All rule files of a workspace as they were at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    files: BTreeMap<String, Arc<[u8]>>,
    unreadable: BTreeMap<String, String>,
    folders: Vec<PathBuf>,
    digest: String,
}

/// How much a workspace's rule files may come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeLimits {
    /// Bytes of one file; a larger one counts as unreadable.
    pub file_bytes: u64,
    /// The same for a file of a plugin.
    pub plugin_file_bytes: u64,
    /// Bytes of all files together.
    pub total_bytes: u64,
    /// Number of files and folders, others than rule files among them.
    pub entries: usize,
    /// How deep folders may nest within the scripts folder.
    pub depth: usize,
}

impl Default for TreeLimits {
    fn default() -> Self {
        Self {
            file_bytes: 1024 * 1024,
            plugin_file_bytes: MAX_COMPONENT_BYTES,
            total_bytes: 256 * 1024 * 1024,
            entries: 4096,
            depth: 8,
        }
    }
}

/// Why there is no candidate. What is active stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TreeError {
    /// The folder is not there.
    #[error("the folder `{folder}` is gone; what is active goes on, put the folder back")]
    Vanished {
        /// The folder, relative to the workspace.
        folder: String,
    },
    /// The folder cannot be listed.
    #[error("the folder `{folder}` cannot be read: {why}; what is active goes on")]
    Unreadable {
        /// The folder, relative to the workspace.
        folder: String,
        /// The system's reason.
        why: String,
    },
    /// There is more than one could want to load.
    #[error("the folder `{folder}` holds more than {limit}; what is active goes on, move other files elsewhere")]
    TooLarge {
        /// The folder, relative to the workspace.
        folder: String,
        /// The limit in words.
        limit: String,
    },
}

impl Candidate {
    /// Reads the rule files of a workspace: scripts in the scripts folder and the folders below it, `.toml` files
    /// in the scripts folder itself, all files of plugins but their sources, and the operator's files beside these. What editors leave lying about is passed over;
    /// a file that cannot be read is noted and takes no other one with it. Links are followed where they stay inside
    /// their folder: what is wrong with a file is told with its text.
    ///
    /// # Errors
    /// [`TreeError`] if the scripts folder is gone, cannot be listed, or holds too much.
    pub fn read(workspace: &Path, limits: &TreeLimits) -> Result<Self, TreeError> {
        let mut walk = Walk {
            limits,
            files: BTreeMap::new(),
            unreadable: BTreeMap::new(),
            folders: Vec::new(),
            entries: 0,
            bytes: 0,
            above: Vec::new(),
        };
        let scripts = workspace.join(SCRIPTS);
        walk.folder(&scripts, SCRIPTS)?;
        let plugins = workspace.join(PLUGINS);
        if plugins.exists() {
            walk.folder(&plugins, PLUGINS)?;
        }
        for file in OPERATORS_FILES {
            walk.file(&workspace.join(file), file)?;
        }
        Ok(Self::assemble(walk.files, walk.unreadable, walk.folders))
    }

    /// Makes a candidate from files that are not on a disk, by paths relative to the workspace with `/` between
    /// their parts.
    pub fn from_files(files: BTreeMap<String, Arc<[u8]>>) -> Self {
        Self::assemble(files, BTreeMap::new(), Vec::new())
    }

    fn assemble(
        files: BTreeMap<String, Arc<[u8]>>,
        unreadable: BTreeMap<String, String>,
        folders: Vec<PathBuf>,
    ) -> Self {
        let mut parts: Vec<&[u8]> = Vec::new();
        for (path, bytes) in &files {
            parts.extend([b"file".as_slice(), path.as_bytes(), bytes]);
        }
        for (path, why) in &unreadable {
            parts.extend([b"unreadable".as_slice(), path.as_bytes(), why.as_bytes()]);
        }
        let digest = digest256_hex(&parts);
        Self { files, unreadable, folders, digest }
    }

    /// The same candidate with one file replaced, by its path relative to the workspace.
    #[must_use]
    pub fn with_file(&self, path: &str, bytes: &[u8]) -> Self {
        let mut files = self.files.clone();
        files.insert(path.to_owned(), bytes.into());
        Self::assemble(files, self.unreadable.clone(), self.folders.clone())
    }

    /// The files by path relative to the workspace, with `/` between the parts.
    pub fn files(&self) -> &BTreeMap<String, Arc<[u8]>> {
        &self.files
    }

    /// What could not be read, by path, and why.
    pub fn unreadable(&self) -> &BTreeMap<String, String> {
        &self.unreadable
    }

    /// The digest of all of it, in hexadecimal. Two candidates with the same one are the same.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The folders that it was read from.
    pub(crate) fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// Tells whether there was a folder of plugins.
    pub(crate) fn has_plugins(&self) -> bool {
        self.folders.iter().any(|folder| folder.file_name().is_some_and(|name| name == PLUGINS))
            || self.files.keys().chain(self.unreadable.keys()).any(|path| path.starts_with("plugins/"))
    }

    /// Tells whether the scripts folder was there, but with nothing in it: as likely a folder that is not mounted
    /// as the wish to have no rules.
    pub(crate) fn is_bare(&self) -> bool {
        !self.files.keys().chain(self.unreadable.keys()).any(|path| path.starts_with("scripts/"))
    }
}

fn leads_out(name: &str) -> String {
    format!("the link leads out of the {} folder", name.split('/').next().unwrap_or(name))
}

struct Walk<'a> {
    limits: &'a TreeLimits,
    files: BTreeMap<String, Arc<[u8]>>,
    unreadable: BTreeMap<String, String>,
    folders: Vec<PathBuf>,
    entries: usize,
    bytes: u64,
    /// The real paths of the folders that the walk is in, so that a link upwards ends it.
    above: Vec<PathBuf>,
}

impl Walk<'_> {
    fn folder(&mut self, path: &Path, name: &str) -> Result<(), TreeError> {
        let listed = fs::canonicalize(path).and_then(|real| Ok((real, list(path)?)));
        let (real, names) = match listed {
            Ok(listed) => listed,
            // Only the scripts folder itself takes everything with it.
            Err(error) if name == SCRIPTS && error.kind() == io::ErrorKind::NotFound => {
                return Err(TreeError::Vanished { folder: name.to_owned() });
            }
            Err(error) if name == SCRIPTS => {
                return Err(TreeError::Unreadable { folder: name.to_owned(), why: error.kind().to_string() });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => {
                self.unreadable.insert(name.to_owned(), error.kind().to_string());
                return Ok(());
            }
        };
        // Folders below hold modules only.
        if !self.is_inside(&real) {
            self.unreadable.insert(name.to_owned(), leads_out(name));
            return Ok(());
        }
        if self.above.contains(&real) {
            self.unreadable.insert(name.to_owned(), "the link leads back to a folder above it".to_owned());
            return Ok(());
        }
        if self.above.len() > self.limits.depth {
            self.unreadable.insert(name.to_owned(), format!("folders nest more than {} deep", self.limits.depth));
            return Ok(());
        }
        self.folders.push(path.to_owned());
        self.above.push(real);
        for entry in names {
            self.entry(path, name, &entry)?;
        }
        self.above.pop();
        Ok(())
    }

    fn entry(&mut self, folder: &Path, folder_name: &str, entry: &std::ffi::OsStr) -> Result<(), TreeError> {
        self.entries += 1;
        if self.entries > self.limits.entries {
            return Err(self.too_large(format!("{} files and folders", self.limits.entries)));
        }
        let path = folder.join(entry);
        let shown = entry.to_string_lossy();
        if shown.starts_with('.') {
            return Ok(());
        }
        let name = format!("{folder_name}/{shown}");
        let in_plugin = folder_name.starts_with("plugins/");
        if path.is_dir() {
            let is_source = shown == SOURCE_FOLDER && in_plugin && !folder_name[PLUGINS.len() + 1..].contains('/');
            return if is_source { Ok(()) } else { self.folder(&path, &name) };
        }
        let wanted = in_plugin || shown.ends_with(".rhai") || (folder_name == SCRIPTS && shown.ends_with(".toml"));
        let wanted = wanted && folder_name != PLUGINS;
        if !wanted {
            return Ok(());
        }
        if entry.to_str().is_none() {
            self.unreadable.insert(name, "its name is not UTF-8".to_owned());
            return Ok(());
        }
        self.file(&path, &name)
    }

    /// Tells whether a real path lies within the scripts folder's.
    fn is_inside(&self, real: &Path) -> bool {
        self.above.first().is_none_or(|scripts| real.starts_with(scripts))
    }

    fn file(&mut self, path: &Path, name: &str) -> Result<(), TreeError> {
        if fs::canonicalize(path).is_ok_and(|real| !self.is_inside(&real)) {
            self.unreadable.insert(name.to_owned(), leads_out(name));
            return Ok(());
        }
        let most = if name.starts_with("plugins/") { self.limits.plugin_file_bytes } else { self.limits.file_bytes };
        match read_file(path, most) {
            Ok(Some(bytes)) => {
                self.bytes += bytes.len() as u64;
                if self.bytes > self.limits.total_bytes {
                    return Err(self.too_large(format!("{} bytes", self.limits.total_bytes)));
                }
                self.files.insert(name.to_owned(), bytes.into());
            }
            Ok(None) => {}
            Err(why) => drop(self.unreadable.insert(name.to_owned(), why)),
        }
        Ok(())
    }

    fn too_large(&self, limit: String) -> TreeError {
        TreeError::TooLarge { folder: SCRIPTS.to_owned(), limit }
    }
}

fn list(path: &Path) -> io::Result<Vec<std::ffi::OsString>> {
    let mut names = fs::read_dir(path)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

/// Returns `None` for a file that is not there; it may have gone since it was listed.
fn read_file(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, String> {
    let too_large = || format!("it is larger than {limit} bytes");
    let meta = match fs::metadata(path) {
        Ok(meta) => meta,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let dangling = fs::symlink_metadata(path).is_ok_and(|meta| meta.is_symlink());
            return if dangling { Err("the link leads nowhere".to_owned()) } else { Ok(None) };
        }
        Err(error) => return Err(error.kind().to_string()),
    };
    // Opening a pipe would wait for somebody to write into it.
    if !meta.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    if meta.len() > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(meta.len() as usize);
    match fs::File::open(path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes)) {
        Ok(_) if bytes.len() as u64 > limit => Err(too_large()),
        Ok(_) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.kind().to_string()),
    }
}

#[cfg(test)]
mod tests;
