//! The trail: files about people that commands wrote beside the book, so that an erasure knows where to look.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use serde::{Deserialize, Serialize};
use tierhook_model::Moment;
use tierhook_store::MetaKey;

use super::Host;
use super::failure::api;
use crate::api::ApiError;

/// From how many files on those that are no more are taken off the list.
const MANY: usize = 1024;

/// What a file is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum FileKind {
    /// The rejected rows of an import.
    Rejected,
    /// A person's copy of their data.
    Copy,
    /// A backup of the book.
    Backup,
    /// Rows of the book.
    Export,
}

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct WrittenFile {
    pub(super) kind: FileKind,
    /// Where, from the root on.
    pub(super) path: String,
    pub(super) written: Moment,
    /// The number of the import that it belongs to.
    pub(super) import: Option<u32>,
}

impl WrittenFile {
    /// Where the file is while it is being written. What was killed meanwhile has left that.
    pub(super) fn part(&self) -> PathBuf {
        let mut part = OsString::from(&self.path);
        part.push(".part");
        part.into()
    }
}

impl Host {
    /// Returns the files that were written, the oldest first.
    pub(super) fn written_files(&self) -> Result<Vec<WrittenFile>, ApiError> {
        Ok(self.engine.store().meta(MetaKey::Files).map_err(api)?.unwrap_or_default())
    }

    /// Notes that a file is about to be written.
    pub(super) fn note_file(&self, kind: FileKind, path: &str, import: Option<u32>) -> Result<(), ApiError> {
        let _one_at_a_time = self.trailing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut files = self.written_files()?;
        files.retain(|file| file.path != path);
        if files.len() >= MANY {
            files.retain(|file| Path::new(&file.path).exists() || file.part().exists());
        }
        files.push(WrittenFile { kind, path: path.to_owned(), written: self.now(), import });
        self.engine.put_meta(MetaKey::Files, &files).map_err(api)
    }
}
