//! A database file that was cut, overwritten or exchanged: refused, or nothing acknowledged is missing.
//!
//! The database takes a log that was cut or overwritten for a short one. It once opened a book whose file was
//! overwritten from an eighth on as an empty one.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tierhook_model::{Position, RecordId, RecordKind, Value};
use tierhook_store::{Loss, OpenError, Options, ReadError, RecordWrite, Store};

use crate::room::{batch, external, fact, history, open, plain, record, stamp};

/// Records of a book; every round writes each of them once.
const RECORDS: u64 = 40;
/// Rounds before the older copy of the book is made, and rounds in all.
const EARLY: u64 = 3;
const ROUNDS: u64 = 16;
/// At how many places the file is damaged.
const PLACES: usize = 12;

/// One book, as it was left in three ways.
struct Books {
    room: TempDir,
}

/// What a damaged book does.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// It is refused as a whole.
    Refused,
    /// What is damaged is refused when it is read.
    Unreadable,
    /// Everything is there.
    Whole,
    /// Something that was acknowledged is missing, and nobody says so.
    Missing(String),
}

impl Books {
    fn write() -> Self {
        let books = Self { room: tempfile::tempdir().unwrap() };
        let book = books.closed();
        let store = open(&book);
        (1..=EARLY).for_each(|number| round(&store, number));
        drop(store);
        copy(&book, &books.older());
        let store = open(&book);
        (EARLY + 1..=ROUNDS).for_each(|number| round(&store, number));
        // What was acknowledged is in the files: this is what kill -9 would leave.
        copy(&book, &books.killed());
        drop(store);
        books
    }

    /// A book that was closed.
    fn closed(&self) -> PathBuf {
        self.room.path().join("closed")
    }

    /// A book whose process was killed.
    fn killed(&self) -> PathBuf {
        self.room.path().join("killed")
    }

    /// The same book, some time before.
    fn older(&self) -> PathBuf {
        self.room.path().join("older")
    }

    /// Copies a book, changes the copy's database file, and looks what becomes of it.
    fn damaged(&self, book: &Path, how: impl FnOnce(&mut Vec<u8>)) -> Found {
        let tried = self.room.path().join("tried");
        let _ = fs::remove_dir_all(&tried);
        copy(book, &tried);
        let mut bytes = fs::read(tried.join("db")).unwrap();
        how(&mut bytes);
        fs::write(tried.join("db"), bytes).unwrap();
        look(&tried)
    }
}

/// Writes every record once more, with a new fact, a decision, and a text that makes the file grow.
fn round(store: &Store, round: u64) {
    for number in 0..RECORDS {
        let name = format!("c{number}");
        let id = store.resolve(RecordKind::Customer, &[external(&name)]).unwrap()[0];
        let id = id.unwrap_or_else(|| store.allocate_records(0, 1));
        let mut record = record(id, &name, round);
        record.profile.set_custom("text", Some(Value::Text(format!("{number}/{round} ").repeat(500))));
        let facts = vec![fact(store.allocate_facts(1), id, &format!("{name}/{round}"), round as i32)];
        let expect = (round > 1).then(|| round - 1);
        store.write(batch([RecordWrite { facts, history: Some(history("A")), ..plain(expect, record) }])).unwrap();
    }
}

fn look(book: &Path) -> Found {
    match Store::open(book, Options { cache_bytes: 8 << 20 }) {
        Ok(store) => look_through(&store).unwrap_or(Found::Unreadable),
        Err(error @ (OpenError::Damaged { .. } | OpenError::Shortened { .. } | OpenError::Incomplete { .. })) => {
            assert!(error.to_string().contains("restore a backup"), "{error}");
            Found::Refused
        }
        Err(error) => panic!("it says that something else is wrong: {error}"),
    }
}

fn look_through(store: &Store) -> Result<Found, ReadError> {
    for number in 0..RECORDS {
        let name = format!("c{number}");
        let missing = |what: &str| Ok(Found::Missing(format!("{what} of {name}")));
        let Some(id) = store.resolve(RecordKind::Customer, &[external(&name)])?[0] else { return missing("the id") };
        let Some(stored) = store.load(&[id])?.remove(0) else { return missing("the record") };
        if stamp(&stored.record) != ROUNDS {
            return missing("the last version");
        }
        if store.facts(id)?.len() as u64 != ROUNDS {
            return missing("a fact");
        }
        if store.history(id, usize::MAX)?.len() as u64 != ROUNDS {
            return missing("a decision");
        }
    }
    Ok(Found::Whole)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

/// Places all over a file, not only where something begins.
fn places(bytes: &[u8]) -> Vec<usize> {
    let length = bytes.len();
    (0..PLACES).map(|number| length * number / PLACES + number * 41).chain([length - 1]).collect()
}

#[test]
fn a_file_that_was_cut_or_overwritten_to_its_end_is_refused_or_nothing_is_missing() {
    let books = Books::write();
    let mut refused = 0;
    for book in [books.closed(), books.killed()] {
        assert_eq!(books.damaged(&book, |_| ()), Found::Whole);
        for place in places(&fs::read(book.join("db")).unwrap()) {
            let found = [
                books.damaged(&book, |bytes| bytes.truncate(place)),
                books.damaged(&book, |bytes| bytes[place..].fill(0)),
                books.damaged(&book, |bytes| bytes[place..].fill(b'Z')),
            ];
            let is_told = |found: &Found| !matches!(found, Found::Missing(_));
            assert!(found.iter().all(is_told), "{} at {place}: {found:?}", book.display());
            refused += found.iter().filter(|found| **found == Found::Refused).count();
        }
    }
    assert!(refused > PLACES, "only {refused} were refused");
}

#[test]
fn a_book_that_is_damaged_anywhere_is_refused_or_nothing_is_missing() {
    let books = Books::write();
    let mut noticed = 0;
    for book in [books.closed(), books.killed()] {
        for place in places(&fs::read(book.join("db")).unwrap()) {
            let found = [
                books.damaged(&book, |bytes| bytes[place] ^= 1),
                books.damaged(&book, |bytes| bytes.iter_mut().skip(place).take(30_000).for_each(|byte| *byte = 0)),
            ];
            let is_told = |found: &Found| !matches!(found, Found::Missing(_));
            assert!(found.iter().all(is_told), "{} at {place}: {found:?}", book.display());
            noticed += found.iter().filter(|found| **found != Found::Whole).count();
        }
    }
    // How much of a file is still of use is the database's choice: it differs from book to book and from run to run.
    assert!(noticed > PLACES, "only {noticed} were noticed");
}

#[test]
fn an_older_copy_of_the_file_is_refused() {
    let books = Books::write();
    let older = fs::read(books.older().join("db")).unwrap();
    for book in [books.closed(), books.killed()] {
        assert_eq!(books.damaged(&book, |bytes| bytes.clone_from(&older)), Found::Refused);
    }
    // The older file with all that belongs to it, but for the watermark: an old book, whole in itself.
    let mixed = books.room.path().join("mixed");
    copy(&books.older(), &mixed);
    fs::copy(books.closed().join("acknowledged"), mixed.join("acknowledged")).unwrap();
    let (found, acknowledged) = (Position(EARLY * RECORDS), Position(ROUNDS * RECORDS));
    let refused = || Store::open(&mixed, Options::default()).unwrap_err();
    let error = refused();
    assert!(
        matches!(&error, OpenError::Shortened { found: at, acknowledged: until, .. } if (*at, *until) == (found, acknowledged)),
        "{error}"
    );
    assert!(error.to_string().contains("ends with commit 120, but commit 640"), "{error}");
    assert!(matches!(refused(), OpenError::Shortened { .. }), "being refused does not cure it");

    assert_eq!(Store::accept_loss(&mixed).unwrap(), Some(Loss { found, acknowledged, missing: None }));
    assert_eq!(Store::accept_loss(&mixed).unwrap(), None);
    let store = open(&mixed);
    assert_eq!(store.position(), found);
    round(&store, EARLY + 1);
    drop(store);
    assert_eq!(open(&mixed).position(), Position((EARLY + 1) * RECORDS));
}

#[test]
fn a_book_without_watermark_and_one_that_was_moved_open_as_before() {
    let room = tempfile::tempdir().unwrap();
    let (book, moved) = (room.path().join("book"), room.path().join("moved"));
    let write = |store: &Store, name: &str| {
        let id: RecordId = store.allocate_records(0, 1);
        store.write(batch([plain(None, record(id, name, 1))])).unwrap();
    };
    write(&open(&book), "a");
    fs::remove_file(book.join("acknowledged")).unwrap();
    write(&open(&book), "b");
    fs::rename(&book, &moved).unwrap();
    write(&open(&moved), "c");
    copy(&moved, &book);
    for folder in [&book, &moved] {
        // One that cannot be read is as good as none.
        fs::write(folder.join("acknowledged"), "?").unwrap();
        assert_eq!(open(folder).position(), Position(3));
    }
    assert_eq!(Store::accept_loss(&room.path().join("nowhere")).unwrap(), None);
    assert!(!room.path().join("nowhere").exists());
}
