//! Opening the data folder: locks, damage, formats.

use std::any::Any;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use sled::Db;

use crate::disk;
use crate::{OpenError, key};

/// The format that this release writes, and the latest that it reads.
pub(crate) const FORMAT_VERSION: u32 = 1;
/// The database's file within the data folder.
const DATABASE_FILE: &str = "db";
/// A file that says that there is a book. The database takes a file that was wiped for a new one.
const MARK_FILE: &str = "book";

/// How long to wait for a lock that a process leaves behind for a moment when it ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    pub(crate) attempts: u32,
    pub(crate) pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { attempts: 60, pause: Duration::from_millis(50) }
    }
}

/// Opens the database in a folder, making the folder if there is none. Also returns the database's file: what is
/// flushed is durable once that was synced.
///
/// # Errors
/// [`OpenError`] if the folder cannot be used, another process has it, or what is in it cannot be read.
pub(crate) fn open(path: &Path, cache_bytes: u64, patience: Patience) -> Result<(Db, File), OpenError> {
    make(path)?;
    let db = open_whole(path, cache_bytes, patience)?;
    let file = File::open(path.join(DATABASE_FILE)).map_err(|source| folder_error(path, source))?;
    if caught(path, || check_format(path, &db))? {
        db.flush().map_err(|source| damaged(path, disk::reason(&source)))?;
        file.sync_data().map_err(|source| folder_error(path, source))?;
    }
    mark(path).map_err(|source| folder_error(path, source))?;
    Ok((db, file))
}

/// Makes the folder if there is none. The folder that it is in must be there: a mistyped path should be noticed,
/// not made.
fn make(path: &Path) -> Result<(), OpenError> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => return Ok(()),
        Ok(_) => return Err(OpenError::NotAFolder { path: path.to_owned() }),
        Err(source) if source.kind() == ErrorKind::NotFound => {}
        Err(source) => return Err(folder_error(path, source)),
    }
    let parent = parent(path);
    if !parent.is_dir() {
        return Err(OpenError::MissingParent { path: path.to_owned(), parent });
    }
    fs::create_dir(path).map_err(|source| folder_error(path, source))
}

pub(crate) fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Opens the database. If it finds damage and its summary of the log is unreadable, it gets another chance without: what is
/// in there is in the log, too, which it then reads from the beginning. If that is no better, all is as it was.
fn open_whole(path: &Path, cache_bytes: u64, patience: Patience) -> Result<Db, OpenError> {
    let error = match open_locked(path, cache_bytes, patience) {
        Err(error @ OpenError::Damaged { .. }) => error,
        opened => return opened,
    };
    let aside = set_aside(path).map_err(|source| folder_error(path, source))?;
    if aside.is_empty() {
        return Err(error);
    }
    if let Ok(db) = open_locked(path, cache_bytes, patience) {
        let files: Vec<_> = aside.iter().map(|(_, to)| to.display().to_string()).collect();
        tracing::warn!(
            files = files.join(", "),
            "set aside what could not be read; nothing that was kept is in there alone"
        );
        return Ok(db);
    }
    for (from, to) in aside {
        fs::rename(to, from).map_err(|source| folder_error(path, source))?;
    }
    Err(error)
}

/// Renames summaries of the log that cannot be read. Returns from what to what.
fn set_aside(path: &Path) -> io::Result<Vec<(PathBuf, PathBuf)>> {
    let mut aside = Vec::new();
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        let Some(name) = name.to_str().filter(|name| name.starts_with("snap.")) else { continue };
        let (from, to) = (path.join(name), path.join(format!("unreadable-{name}")));
        if !is_readable(&fs::read(&from)?) {
            fs::rename(&from, &to)?;
            aside.push((from, to));
        }
    }
    Ok(aside)
}

/// Tells whether a summary of the log is as it was written: its length in eight bytes and its check in four stand behind it.
fn is_readable(summary: &[u8]) -> bool {
    let Some((body, check)) = summary.split_last_chunk::<4>() else { return false };
    let Some((body, _)) = body.split_last_chunk::<8>() else { return false };
    !body.is_empty() && crc32fast::hash(body) == u32::from_le_bytes(*check)
}

fn open_locked(path: &Path, cache_bytes: u64, patience: Patience) -> Result<Db, OpenError> {
    let mut attempt = 1;
    loop {
        // The writer flushes whenever it answers, so a second thread that flushes would only be in its way.
        let config = sled::Config::new().path(path).cache_capacity(cache_bytes).flush_every_ms(None);
        remove_unfinished(path).map_err(|source| folder_error(path, source))?;
        // The database panics on some kinds of damage.
        match panic::catch_unwind(AssertUnwindSafe(|| config.open())) {
            Ok(Ok(db)) => return Ok(db),
            Ok(Err(error)) if is_lock(&error) => {
                if attempt >= patience.attempts {
                    return Err(OpenError::Locked { path: path.to_owned() });
                }
                attempt += 1;
                thread::sleep(patience.pause);
            }
            Ok(Err(sled::Error::Io(source))) => return Err(folder_error(path, source)),
            Ok(Err(error)) => return Err(damaged(path, disk::reason(&error))),
            Err(payload) => return Err(damaged(path, panic_text(payload.as_ref()))),
        }
    }
}

/// Removes what a killed process left of the summary of the log that it was writing. The database would take it for the
/// newest one, and find it damaged; the one before is still there. While another process has the database open, nothing
/// is removed.
fn remove_unfinished(path: &Path) -> io::Result<()> {
    let Ok(database) = File::open(path.join("db")) else { return Ok(()) };
    if database.try_lock().is_err() {
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with("snap.") && name.ends_with(".generating")) {
            tracing::info!(file = ?entry.path(), "removed what a killed process left half written");
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Reads something of a database that may be damaged: it panics on some kinds of damage only when it is read.
///
/// # Errors
/// What reading says, and [`OpenError::Damaged`] if the database panicked.
pub(crate) fn caught<T>(path: &Path, read: impl FnOnce() -> Result<T, OpenError>) -> Result<T, OpenError> {
    panic::catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|payload| Err(damaged(path, panic_text(payload.as_ref()))))
}

/// The database wraps what the system says about the lock in a text, so the text is all there is to go by.
fn is_lock(error: &sled::Error) -> bool {
    let text = error.to_string();
    matches!(error, sled::Error::Io(_)) && text.contains("could not acquire lock") && text.contains("WouldBlock")
}

/// Checks the format, and tells whether the book was begun just now.
fn check_format(path: &Path, db: &Db) -> Result<bool, OpenError> {
    let stored = db.get(key::FORMAT).map_err(|source| damaged(path, disk::reason(&source)))?;
    match stored {
        Some(bytes) => match bytes.as_ref().try_into().map(u32::from_be_bytes) {
            Ok(found) if found <= FORMAT_VERSION => Ok(false),
            Ok(found) => Err(OpenError::NewerFormat { path: path.to_owned(), found, known: FORMAT_VERSION }),
            Err(_) => Err(damaged(path, "the format version is no number")),
        },
        None if path.join(MARK_FILE).exists() => Err(damaged(path, "nothing is left of what was in it")),
        None if db.is_empty() => {
            db.insert(key::FORMAT, &FORMAT_VERSION.to_be_bytes())
                .map_err(|source| damaged(path, disk::reason(&source)))?;
            Ok(true)
        }
        None => Err(OpenError::NotABook { path: path.to_owned() }),
    }
}

/// Marks the folder as a book's, once the book is durable.
fn mark(path: &Path) -> io::Result<()> {
    let mark = path.join(MARK_FILE);
    if mark.exists() {
        return Ok(());
    }
    let mut file = File::create(mark)?;
    file.write_all(b"A Tierhook customer book. Without this file a damaged book would pass for a new one.\n")?;
    file.sync_all()?;
    sync_folders(path)
}

/// A new file is on disk only once the folder that names it is.
#[cfg(unix)]
pub(crate) fn sync_folders(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()?;
    File::open(parent(path))?.sync_all()
}

/// Elsewhere a folder cannot be opened as a file.
#[cfg(not(unix))]
pub(crate) fn sync_folders(_: &Path) -> io::Result<()> {
    Ok(())
}

pub(crate) fn folder_error(path: &Path, source: io::Error) -> OpenError {
    let path = path.to_owned();
    match source.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => OpenError::NotWritable { path, source },
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => OpenError::Full { path, source },
        // The database says it of a file that ends too early or holds what it never wrote.
        ErrorKind::InvalidData | ErrorKind::UnexpectedEof => OpenError::Damaged { path, reason: source.to_string() },
        _ => OpenError::Folder { path, source },
    }
}

fn damaged(path: &Path, reason: impl ToString) -> OpenError {
    OpenError::Damaged { path: path.to_owned(), reason: reason.to_string() }
}

fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "the database panicked".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(path: &Path) -> OpenError {
        open(path, 1 << 20, Patience { attempts: 1, pause: Duration::ZERO }).unwrap_err()
    }

    #[test]
    fn a_path_that_cannot_be_a_data_folder_is_named() {
        let room = tempfile::tempdir().unwrap();
        let file = room.path().join("notes.txt");
        fs::write(&file, "hello").unwrap();
        assert!(matches!(refusal(&file), OpenError::NotAFolder { .. }));
        let missing = refusal(&room.path().join("no").join("data"));
        assert!(matches!(&missing, OpenError::MissingParent { parent, .. } if parent.ends_with("no")), "{missing}");
        assert!(!room.path().join("no").exists(), "a mistyped path is not made");
    }

    #[test]
    fn a_refusal_by_the_system_says_what_to_do() {
        let denied = folder_error(Path::new("data"), ErrorKind::PermissionDenied.into());
        assert!(denied.to_string().contains("write access"), "{denied}");
        let read_only = folder_error(Path::new("data"), ErrorKind::ReadOnlyFilesystem.into());
        assert!(matches!(read_only, OpenError::NotWritable { .. }));
        let full = folder_error(Path::new("data"), ErrorKind::StorageFull.into());
        assert!(full.to_string().contains("free some space"), "{full}");
    }

    #[test]
    fn what_a_killed_process_left_half_written_is_no_damage() {
        let room = tempfile::tempdir().unwrap();
        let path = room.path().join("book");
        let patience = || Patience { attempts: 1, pause: Duration::ZERO };
        drop(open(&path, 1 << 20, patience()).unwrap());
        // The database sorts it behind all others.
        let half = path.join("snap.7FFFFFFFFFFFFFFF.generating");
        fs::write(&half, [7; 40]).unwrap();
        let (database, _) = open(&path, 1 << 20, patience()).unwrap();
        assert!(!half.exists());
        // What a process that has the book open is writing stays.
        fs::write(&half, [7; 40]).unwrap();
        assert!(matches!(refusal(&path), OpenError::Locked { .. }));
        assert!(half.exists());
        drop(database);
    }

    #[test]
    fn a_summary_that_cannot_be_read_costs_nothing() {
        let harms: [fn(&mut Vec<u8>); 3] =
            [|bytes| bytes.clear(), |bytes| bytes.truncate(bytes.len() / 2), |bytes| bytes[5] ^= 1];
        for harm in harms {
            let room = tempfile::tempdir().unwrap();
            let path = room.path().join("book");
            let (db, _) = open(&path, 1 << 20, Patience::default()).unwrap();
            for number in 0..500_u32 {
                db.insert(number.to_be_bytes(), vec![7; 500]).unwrap();
            }
            drop(db);
            // Opening writes it.
            drop(open(&path, 1 << 20, Patience::default()).unwrap());
            let summaries = |prefix: &str| -> Vec<PathBuf> {
                let entries = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path());
                entries.filter(|it| it.file_name().unwrap().to_str().unwrap().starts_with(prefix)).collect()
            };
            let [summary] = &summaries("snap.")[..] else { panic!("there is one summary") };
            let mut bytes = fs::read(summary).unwrap();
            assert!(is_readable(&bytes));
            harm(&mut bytes);
            fs::write(summary, &bytes).unwrap();
            let (db, _) = open(&path, 1 << 20, Patience::default()).unwrap();
            assert_eq!(db.range(0_u32.to_be_bytes()..500_u32.to_be_bytes()).count(), 500);
            assert_eq!(fs::read(&summaries("unreadable-")[0]).unwrap(), bytes);
        }
    }

    #[test]
    fn a_database_that_is_no_book_is_left_alone() {
        let room = tempfile::tempdir().unwrap();
        let other = sled::Config::new().path(room.path()).flush_every_ms(None).open().unwrap();
        other.insert("song", "la").unwrap();
        drop(other);
        let error = open(room.path(), 1 << 20, Patience::default()).unwrap_err();
        assert!(matches!(error, OpenError::NotABook { .. }), "{error}");
    }

    /// Fills a book, damages a file, and returns why the book cannot be opened.
    fn damage(file: &str, how: impl FnOnce(&mut Vec<u8>)) -> OpenError {
        let room = tempfile::tempdir().unwrap();
        let (db, _) = open(room.path(), 1 << 20, Patience::default()).unwrap();
        for number in 0..3_000_u32 {
            db.insert(number.to_be_bytes(), vec![7; 500]).unwrap();
            if number % 100 == 0 {
                db.flush().unwrap();
            }
        }
        drop(db);
        let file = room.path().join(file);
        let mut bytes = fs::read(&file).unwrap();
        how(&mut bytes);
        fs::write(&file, bytes).unwrap();
        let error = open(room.path(), 1 << 20, Patience::default()).unwrap_err();
        assert!(error.to_string().contains("restore a backup"), "{error}");
        error
    }

    #[test]
    fn damage_that_the_database_reports_says_what_to_do() {
        let error = damage("conf", |bytes| *bytes = b"segment_size: many\nuse_compression: false\n....".into());
        assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
    }

    #[test]
    fn damage_that_the_database_panics_on_says_what_to_do() {
        // Where the database puts what is not the same each time: from some places on it finds nothing rather than damage.
        let refusals =
            [500_000, 600_000, 700_000, 800_000].map(|from| damage(DATABASE_FILE, |it| it[from..].fill(b'Z')));
        let reason = |error: &OpenError| match error {
            OpenError::Damaged { reason, .. } => reason.clone(),
            other => panic!("{other}"),
        };
        let reasons = refusals.each_ref().map(reason);
        assert!(reasons.iter().any(|reason| !reason.contains("nothing is left")), "{reasons:?}");
    }

    #[test]
    fn a_wiped_book_does_not_pass_for_a_new_one() {
        let error = damage(DATABASE_FILE, |bytes| bytes.fill(0));
        assert!(matches!(&error, OpenError::Damaged { reason, .. } if reason.contains("nothing is left")), "{error}");
        let error = damage(DATABASE_FILE, Vec::clear);
        assert!(matches!(&error, OpenError::Damaged { reason, .. } if reason.contains("nothing is left")), "{error}");
    }

    #[test]
    fn what_a_panic_says_is_kept() {
        let caught = panic::catch_unwind(|| panic!("segment {} is torn", 3)).unwrap_err();
        assert_eq!(panic_text(caught.as_ref()), "segment 3 is torn");
    }
}
