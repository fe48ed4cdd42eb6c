//! The folder in which a book is put together before it gets its name.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::folder::{parent, sync_folders};
use crate::{RestoreError, disk};

/// The file that is locked for as long as somebody works in the folder.
const LOCK_FILE: &str = "restoring";

/// Two restores of one process must not meet in one folder.
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A folder beside the data folder to be. It is removed when it is dropped.
#[derive(Debug)]
pub(super) struct Room {
    path: PathBuf,
    lock: Option<File>,
}

impl Room {
    /// Makes the folder, if there is nothing yet where the book shall go. Clears away what interrupted restores of
    /// the same book left.
    ///
    /// # Errors
    /// [`RestoreError::Occupied`], [`RestoreError::MissingParent`], [`RestoreError::Output`].
    pub(super) fn beside(folder: &Path) -> Result<Self, RestoreError> {
        let output =
            |source: io::Error| RestoreError::Output { path: folder.to_owned(), reason: disk::io_reason(&source) };
        if !is_vacant(folder).map_err(output)? {
            return Err(RestoreError::Occupied { path: folder.to_owned() });
        }
        let parent = parent(folder);
        if !parent.is_dir() {
            return Err(RestoreError::MissingParent { path: folder.to_owned() });
        }
        // A path that ends in `..` names a folder that exists.
        let name = folder.file_name().ok_or_else(|| RestoreError::Occupied { path: folder.to_owned() })?;
        let prefix = [OsStr::new("."), name, OsStr::new(".restoring-")].into_iter().collect::<OsString>();
        clear(&parent, &prefix).map_err(output)?;
        let own = format!("{}-{}", process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = parent.join([prefix, own.into()].into_iter().collect::<OsString>());
        fs::create_dir(&path).map_err(output)?;
        let mut room = Self { path, lock: None };
        let lock = File::create(room.path.join(LOCK_FILE)).map_err(output)?;
        lock.try_lock().map_err(|error| room.output(error.to_string()))?;
        room.lock = Some(lock);
        Ok(room)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The error that says that the book cannot be written.
    pub(super) fn output(&self, reason: String) -> RestoreError {
        RestoreError::Output { path: self.path.clone(), reason }
    }

    /// Makes everything durable and gives the folder its name.
    ///
    /// # Errors
    /// [`RestoreError::Occupied`] if something has come there meanwhile, [`RestoreError::Output`].
    pub(super) fn publish(mut self, folder: &Path) -> Result<(), RestoreError> {
        let failed =
            |source: io::Error| RestoreError::Output { path: folder.to_owned(), reason: disk::io_reason(&source) };
        self.lock = None;
        fs::remove_file(self.path.join(LOCK_FILE)).map_err(failed)?;
        sync_below(&self.path).map_err(failed)?;
        // An empty folder makes room; one that is not empty any more stays, and the renaming fails.
        match fs::remove_dir(folder) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(RestoreError::Occupied { path: folder.to_owned() });
            }
            _ => {}
        }
        fs::rename(&self.path, folder).map_err(failed)?;
        sync_folders(folder).map_err(failed)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.lock = None;
        // It has its name by now, or it is of no use. What cannot be removed is tried again by the next restore.
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn is_vacant(folder: &Path) -> io::Result<bool> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotADirectory => Ok(false),
        Err(error) => Err(error),
    }
}

/// Removes what interrupted restores left: folders in which nobody works.
fn clear(parent: &Path, prefix: &OsStr) -> io::Result<()> {
    for entry in fs::read_dir(parent)? {
        let entry = entry?;
        if !entry.file_name().as_encoded_bytes().starts_with(prefix.as_encoded_bytes()) {
            continue;
        }
        let is_in_use = match File::open(entry.path().join(LOCK_FILE)) {
            Ok(lock) => matches!(lock.try_lock(), Err(TryLockError::WouldBlock)),
            Err(_) => false,
        };
        if !is_in_use {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// Makes all files and folders below a folder durable.
fn sync_below(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_below(&entry.path())?;
        } else {
            File::open(entry.path())?.sync_all()?;
        }
    }
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}
