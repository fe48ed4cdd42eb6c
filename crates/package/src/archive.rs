//! A plugin as one file: `.tierhook`, a zip of what its manifest lists.
//!
//! Packing the same files gives the same bytes. Unpacking trusts nothing that an archive says about itself: every entry
//! is read up to a limit, whatever size it claims to have.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read, Write as _};
use std::sync::Arc;

use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::contents::is_passed_over;
use crate::manifest::is_plain_path;
use crate::{COMPONENT_FILE, Contents, MANIFEST_FILE, MAX_COMPONENT_BYTES, MAX_FILES, MAX_REST_BYTES, SIGNATURE_FILE};

/// What the name of an archive ends with.
pub const ARCHIVE_SUFFIX: &str = ".tierhook";
/// The most bytes that an archive itself may have.
pub const MAX_ARCHIVE_BYTES: u64 = MAX_COMPONENT_BYTES + MAX_REST_BYTES + 1024 * 1024;
/// The most entries, those that are passed over among them.
const MAX_ENTRIES: usize = 4 * MAX_FILES;

/// Why an archive cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// It is no zip, or a damaged one.
    #[error("it is no archive of a plugin, or was damaged: {why}")]
    Malformed {
        /// The reason.
        why: String,
    },
    /// It holds more than a plugin may have.
    #[error("it holds more than {limit}")]
    TooLarge {
        /// The limit in words.
        limit: String,
    },
    /// An entry is of no kind that belongs in a plugin.
    #[error("its entry `{entry}` {what}")]
    Entry {
        /// The entry as it names itself.
        entry: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// It cannot be written.
    #[error("the archive cannot be written: {why}")]
    Unwritable {
        /// The reason.
        why: String,
    },
}

impl ArchiveError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Malformed { .. } => "get it again; `tierhook plugins pack FOLDER` makes one".to_owned(),
            Self::TooLarge { .. } => "have it packed by `tierhook plugins pack`, which packs what is listed".to_owned(),
            Self::Entry { .. } => {
                "do not unpack it by other means; `tierhook plugins pack FOLDER` makes archives without such entries"
                    .to_owned()
            }
            Self::Unwritable { .. } => "see whether there is memory left".to_owned(),
        }
    }
}

/// Packs a plugin. The same files give the same bytes, wherever and whenever. Whether they are those of the manifest is
/// another question.
///
/// # Errors
/// [`ArchiveError::Unwritable`] if the zip cannot be made.
pub fn pack(contents: &Contents) -> Result<Vec<u8>, ArchiveError> {
    let unwritable = |why: String| ArchiveError::Unwritable { why };
    let options = SimpleFileOptions::DEFAULT
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::DEFAULT)
        .unix_permissions(0o644);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    // Who looks into it sees the manifest first.
    let first = [MANIFEST_FILE, SIGNATURE_FILE];
    let head = first.iter().filter_map(|path| contents.files().get_key_value(*path));
    let rest = contents.files().iter().filter(|(path, _)| !first.contains(&path.as_str()));
    for (path, bytes) in head.chain(rest) {
        writer.start_file(path.as_str(), options).map_err(|error| unwritable(error.to_string()))?;
        writer.write_all(bytes).map_err(|error| unwritable(error.to_string()))?;
    }
    Ok(writer.finish().map_err(|error| unwritable(error.to_string()))?.into_inner())
}

/// Unpacks an archive into memory. Whether the files are those of the manifest is another question.
///
/// # Errors
/// [`ArchiveError`] if it is none, is larger than a plugin may be, or has entries that lead out of it.
pub fn unpack(bytes: &[u8]) -> Result<Contents, ArchiveError> {
    if bytes.len() as u64 > MAX_ARCHIVE_BYTES {
        return Err(ArchiveError::TooLarge { limit: format!("{MAX_ARCHIVE_BYTES} bytes") });
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(malformed)?;
    if archive.len() > MAX_ENTRIES {
        return Err(ArchiveError::TooLarge { limit: format!("{MAX_ENTRIES} entries") });
    }
    if archive.has_duplicate_names() {
        return Err(ArchiveError::Malformed { why: "two entries have the same name".to_owned() });
    }
    let mut files: BTreeMap<String, Arc<[u8]>> = BTreeMap::new();
    let mut room = MAX_REST_BYTES;
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).map_err(malformed)?;
        let path = match std::str::from_utf8(entry.name_raw()) {
            Ok(path) => path.to_owned(),
            Err(_) => return Err(refused(&String::from_utf8_lossy(entry.name_raw()), "has a name that is not UTF-8")),
        };
        check_kind(&path, entry.unix_mode())?;
        if entry.is_dir() || is_passed_over(&path) {
            continue;
        }
        if files.len() == MAX_FILES {
            return Err(ArchiveError::TooLarge { limit: format!("{MAX_FILES} files") });
        }
        let is_component = path == COMPONENT_FILE;
        let limit = if is_component { MAX_COMPONENT_BYTES } else { room };
        let bytes = read(&mut entry, limit).map_err(malformed)?.ok_or_else(|| ArchiveError::TooLarge {
            limit: match is_component {
                true => format!("{MAX_COMPONENT_BYTES} bytes of component"),
                false => format!("{MAX_REST_BYTES} bytes of other files"),
            },
        })?;
        if !is_component {
            room -= bytes.len() as u64;
        }
        if files.insert(path.clone(), bytes.into()).is_some() {
            return Err(refused(&path, "is there twice"));
        }
    }
    Ok(Contents::new(files))
}

/// Checks that an entry is a file or folder that stays inside.
fn check_kind(path: &str, mode: Option<u32>) -> Result<(), ArchiveError> {
    // The kind of a file, a link's among them, is in the upper bits of its mode, where there are any.
    let kind = mode.map_or(0, |mode| mode & 0o170_000);
    if !matches!(kind, 0 | 0o100_000 | 0o040_000) {
        return Err(refused(path, "is neither a file nor a folder"));
    }
    let name = path.strip_suffix('/').unwrap_or(path);
    let is_own = name == MANIFEST_FILE || name == SIGNATURE_FILE;
    let leads_out =
        name.split('/').any(|part| part == ".." || part == "." || part.is_empty()) || name.contains(['\\', ':', '\0']);
    if leads_out || !(is_own || is_passed_over(path) || is_plain_path(name)) {
        return Err(refused(path, "leads out of the plugin's folder"));
    }
    Ok(())
}

/// Reads an entry to its end; `None` if that is beyond the limit. Nothing is reserved on the word of the archive.
fn read(entry: &mut impl Read, limit: u64) -> Result<Option<Vec<u8>>, ZipError> {
    let mut bytes = Vec::new();
    entry.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(|error: io::Error| ZipError::Io(error))?;
    Ok(Some(bytes).filter(|bytes| bytes.len() as u64 <= limit))
}

fn refused(entry: &str, what: &'static str) -> ArchiveError {
    ArchiveError::Entry { entry: entry.to_owned(), what }
}

fn malformed(error: ZipError) -> ArchiveError {
    ArchiveError::Malformed { why: error.to_string().replace('\n', " ") }
}

#[cfg(test)]
mod tests;
