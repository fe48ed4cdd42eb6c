//! Asking the system for notifications about folders, again and again.
//!
//! Folders are watched, never files: a watched file is lost with its first rename. A watch belongs to the folder
//! that stood behind the path when it was asked for, so it is asked for again at every look: that costs a call
//! for each folder, and neither a folder made anew nor a link that leads elsewhere now goes unseen for long.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use notify::{ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::signal::Signal;
use crate::tree::{OPERATORS_FILES, PLUGINS, SCRIPTS};

/// The folders of which the system tells.
#[derive(Debug)]
pub(super) struct Arm {
    watcher: Option<RecommendedWatcher>,
    signal: Arc<Signal>,
    always: [PathBuf; 3],
    armed: BTreeMap<PathBuf, Identity>,
}

/// What stands behind a path.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Identity {
    real: PathBuf,
    #[cfg(unix)]
    inode: (u64, u64),
}

impl Arm {
    /// Asks for a watcher that hints at what concerns the rules of a workspace.
    pub(super) fn new(workspace: &Path, signal: &Arc<Signal>) -> Self {
        let (root, hinted) = (workspace.to_owned(), signal.clone());
        let handler = move |event: notify::Result<Event>| {
            if concerns(&root, &event) {
                hinted.hint();
            }
        };
        let watcher = notify::recommended_watcher(handler).map_err(|error| note(signal, Some(&error))).ok();
        let always = [workspace.to_owned(), workspace.join(SCRIPTS), workspace.join(PLUGINS)];
        Self { watcher, signal: signal.clone(), always, armed: BTreeMap::new() }
    }

    /// Asks for the workspace, the scripts folder and these folders. Returns whether one of them is new.
    pub(super) fn refresh(&mut self, folders: &[PathBuf]) -> bool {
        let Some(watcher) = &mut self.watcher else { return false };
        let mut new = false;
        let mut failed = None;
        for folder in self.always.iter().chain(folders) {
            let identity = identity(folder);
            if self.armed.get(folder) != identity.as_ref() && self.armed.remove(folder).is_some() {
                // It fails where the watch went with the folder, which is as good.
                drop(watcher.unwatch(folder));
            }
            let Some(identity) = identity else { continue };
            match watcher.watch(folder, RecursiveMode::NonRecursive) {
                Ok(()) => new |= self.armed.insert(folder.clone(), identity).is_none(),
                Err(error) if matches!(error.kind, ErrorKind::PathNotFound) => {}
                Err(error) => failed = Some(error),
            }
        }
        note(&self.signal, failed.as_ref());
        new
    }
}

fn note(signal: &Signal, error: Option<&notify::Error>) {
    let why = error.map(ToString::to_string);
    if signal.set_unnotified(why.clone())
        && let Some(why) = why
    {
        tracing::warn!(why, "no notifications about the rules; changes are found by looking every few seconds");
    }
}

fn identity(folder: &Path) -> Option<Identity> {
    let real = fs::canonicalize(folder).ok()?;
    #[cfg(unix)]
    let inode = {
        use std::os::unix::fs::MetadataExt as _;
        let meta = fs::metadata(&real).ok()?;
        (meta.dev(), meta.ino())
    };
    Some(Identity {
        real,
        #[cfg(unix)]
        inode,
    })
}

/// Reading the files is itself an event; what else goes on in the workspace is none of ours.
fn concerns(root: &Path, event: &notify::Result<Event>) -> bool {
    let Ok(event) = event else { return true };
    if event.need_rescan() || event.paths.is_empty() {
        return true;
    }
    if matches!(event.kind, EventKind::Access(_)) {
        return false;
    }
    let folders = [SCRIPTS, PLUGINS].map(|folder| root.join(folder));
    let files = OPERATORS_FILES.map(|file| root.join(file));
    let is_rules =
        |path: &Path| folders.iter().any(|folder| path.starts_with(folder)) || files.iter().any(|it| path == it);
    event.paths.iter().any(|path| is_rules(path) || path == root)
}

#[cfg(test)]
mod tests {
    use notify::event::{AccessKind, Flag, ModifyKind};

    use super::*;

    #[test]
    fn only_what_changes_rules_is_a_hint() {
        let root = Path::new("/w");
        let event = |kind, path: &str| Ok(Event::new(kind).add_path(path.into()));
        let modify = EventKind::Modify(ModifyKind::Any);
        assert!(concerns(root, &event(modify, "/w/scripts/a.rhai")));
        assert!(concerns(root, &event(modify, "/w/plugins/a/plugin.wasm")));
        assert!(concerns(root, &event(modify, "/w/rules.toml")));
        assert!(concerns(root, &event(modify, "/w/plugins/grants.toml")));
        assert!(concerns(root, &event(modify, "/w")));
        assert!(!concerns(root, &event(modify, "/w/host.log")));
        assert!(!concerns(root, &event(EventKind::Access(AccessKind::Any), "/w/scripts/a.rhai")));
        assert!(concerns(root, &Ok(Event::new(EventKind::Other).set_flag(Flag::Rescan).add_path("/x".into()))));
    }
}
