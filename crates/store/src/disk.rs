//! What goes to the disk, so that tests can let it fail; and what its errors say.

use std::fs::File;
use std::io::{self, ErrorKind};

use sled::{Batch, Db};

/// What the writer asks of the disk for each group, in this order.
pub(crate) trait Disk: Send {
    /// Puts a batch into the tree, atomically.
    ///
    /// # Errors
    /// The database's. Nobody knows then what was kept.
    fn apply(&mut self, db: &Db, batch: Batch) -> sled::Result<()> {
        db.apply_batch(batch)
    }

    /// Makes what was put safe against the end of the process.
    ///
    /// # Errors
    /// As [`Disk::apply`].
    fn flush(&mut self, db: &Db) -> sled::Result<()> {
        db.flush().map(drop)
    }

    /// Makes what was flushed safe against the loss of power.
    ///
    /// # Errors
    /// What the system says.
    fn sync(&mut self) -> sled::Result<()>;
}

/// The disk that there is.
#[derive(Debug)]
pub(crate) struct RealDisk {
    /// The database's file.
    pub(crate) file: File,
}

impl Disk for RealDisk {
    fn sync(&mut self) -> sled::Result<()> {
        Ok(self.file.sync_data()?)
    }
}

/// What an error of the database says, with what to do where the disk is full or may not be written to.
pub(crate) fn reason(error: &sled::Error) -> String {
    match error {
        sled::Error::Io(source) => io_reason(source),
        // What the database says of that is for whoever works on it.
        sled::Error::Corruption { .. } => "its bytes are not those that were written".to_owned(),
        other => other.to_string(),
    }
}

/// As [`reason`], of an error of the system.
pub(crate) fn io_reason(source: &io::Error) -> String {
    let kind = source.kind();
    let source = plain(source);
    match kind {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            format!("the disk is full: {source}; free some space first")
        }
        ErrorKind::FileTooLarge => {
            format!("the file may not grow any more: {source}; raise the limit on the size of files first")
        }
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => {
            format!("the disk may not be written to: {source}; make it writable first")
        }
        _ => source,
    }
}

/// What the system said. The database hands its errors on in the notation of a program.
fn plain(source: &io::Error) -> String {
    let text = source.to_string();
    let within = text.split_once("message: \"").and_then(|(_, rest)| rest.split_once('"'));
    within.map_or_else(|| text.clone(), |(said, _)| said.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_is_full_or_read_only_says_what_to_do() {
        let said = |kind: ErrorKind| reason(&sled::Error::Io(kind.into()));
        assert!(said(ErrorKind::StorageFull).contains("free some space"));
        assert!(said(ErrorKind::QuotaExceeded).contains("free some space"));
        assert!(said(ErrorKind::FileTooLarge).contains("raise the limit"));
        assert!(said(ErrorKind::ReadOnlyFilesystem).contains("make it writable"));
        let damaged = sled::Error::Corruption { at: None, bt: () };
        assert_eq!(reason(&damaged), "its bytes are not those that were written");
        assert_eq!(said(ErrorKind::Interrupted), io::Error::from(ErrorKind::Interrupted).to_string());
        let handed_on = io::Error::other("Os { code: 28, kind: StorageFull, message: \"No space left on device\" }");
        assert_eq!(io_reason(&handed_on), "No space left on device");
    }
}
