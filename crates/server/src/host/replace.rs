//! Writing an operator's file: as a whole, and only if it still is what was read.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use crate::api::{ApiError, ErrorCode};

/// Replaces a file as a whole, if it still is what was read; `None` is a file that was not there.
pub(super) fn replace(path: &Path, read: Option<&[u8]>, text: &str) -> Result<(), ApiError> {
    // Of a link, what it leads to is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let failed = |error: io::Error| {
        ApiError::new(ErrorCode::Io, format!("{} cannot be written: {error}", path.display()))
            .with_hint("see to the permissions of the folder and to the room on the disk")
    };
    let now = match fs::read(&path) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed(error)),
    };
    if now.as_deref() != read {
        return Err(ApiError::conflict(format!("somebody else has just saved {}", path.display()))
            .with_hint("do it again, on what is there now"));
    }
    // A name that begins with a point is no rule file.
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let part = path.with_file_name(format!(".{name}.part"));
    let write = || -> io::Result<()> {
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        let mut file = File::create(&part)?;
        if let Ok(meta) = fs::metadata(&path) {
            file.set_permissions(meta.permissions())?;
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&part, &path)
    };
    write().map_err(|error| {
        // It may not be there at all.
        fs::remove_file(&part).ok();
        failed(error)
    })
}
