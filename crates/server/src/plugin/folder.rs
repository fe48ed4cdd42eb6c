//! The files of a plugin in a folder.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use tierhook_package::{
    COMPONENT_FILE, Contents, MANIFEST_FILE, MAX_COMPONENT_BYTES, MAX_FILES, MAX_REST_BYTES, SOURCE_FOLDER,
};

use crate::api::{ApiError, ErrorCode};

/// Reads the files of a plugin's folder. What belongs to its author, or hides itself, is passed over; links are refused.
pub(crate) fn read(folder: &Path) -> Result<Contents, ApiError> {
    let mut files = BTreeMap::new();
    walk(folder, "", &mut files)?;
    Ok(Contents::new(files))
}

/// Tells whether a folder is a plugin's: has a manifest in it.
pub(crate) fn is_plugin(folder: &Path) -> bool {
    folder.join(MANIFEST_FILE).is_file()
}

fn walk(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Arc<[u8]>>) -> Result<(), ApiError> {
    let failed = |error: io::Error| cannot(folder, &error);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            return Err(unfit(&path, "has a name that is not UTF-8"));
        };
        if name.starts_with('.') || (prefix.is_empty() && name == SOURCE_FOLDER) {
            continue;
        }
        let inner = format!("{prefix}{name}");
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() {
            walk(&path, &format!("{inner}/"), files)?;
        } else if kind.is_file() {
            if files.len() == MAX_FILES {
                return Err(unfit(folder, &format!("has more than {MAX_FILES} files")));
            }
            let limit = if inner == COMPONENT_FILE { MAX_COMPONENT_BYTES } else { MAX_REST_BYTES };
            files.insert(inner, read_file(&path, limit)?.into());
        } else {
            return Err(unfit(&path, "is neither a file nor a folder"));
        }
    }
    Ok(())
}

/// Reads a file up to a limit.
pub(super) fn read_file(path: &Path, limit: u64) -> Result<Vec<u8>, ApiError> {
    let mut bytes = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes));
    read.map_err(|error| cannot(path, &error))?;
    if bytes.len() as u64 > limit {
        return Err(unfit(path, &format!("is larger than {limit} bytes")));
    }
    Ok(bytes)
}

pub(super) fn cannot(path: &Path, error: &io::Error) -> ApiError {
    let code = if error.kind() == io::ErrorKind::NotFound { ErrorCode::NotFound } else { ErrorCode::Io };
    ApiError::new(code, format!("{} cannot be read: {error}", path.display()))
        .with_hint("name a plugin's folder or archive")
}

fn unfit(path: &Path, what: &str) -> ApiError {
    ApiError::new(ErrorCode::Unfit, format!("{} {what}", path.display()))
        .with_hint("remove it, or move what only builds the plugin to source/")
}
