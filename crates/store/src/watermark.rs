//! The watermark: the last acknowledged commit, kept outside the database.
//!
//! The database takes a file that was cut short for a shorter one, and one whose end was overwritten for one that
//! ended before: it opens without a word, and what was written after is gone. So the number of the last commit stands
//! in a plain file beside it, written before anybody is told that the commit is kept. A book that ends before its
//! watermark has lost something.
//!
//! The file has two places that are written by turns, each with a digest, so that one that a crash tears leaves the
//! other. Between opening and closing it is written without waiting for the disk: that costs a few microseconds a
//! group, and survives the end of the process. After a loss of power it may be a few commits behind, never ahead: the
//! database's file was made durable before.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use tierhook_model::{Position, digest128};

use crate::folder::sync_folders;

/// The file in the data folder.
const WATERMARK_FILE: &str = "acknowledged";
/// The bytes from one place to the other: no sector of a disk holds both.
const PLACE_BYTES: u64 = 4096;
/// The bytes of an entry: twenty digits, a space, a word of six letters, a space, the digest in sixteen, a line feed.
const ENTRY_BYTES: usize = 45;

const CLOSED: &str = "closed";
const OPEN: &str = "opened";

/// What a watermark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark {
    /// The last acknowledged commit.
    pub(crate) position: Position,
    /// Whether the book was closed then, or has only been opened since: the database knows where all of it is.
    pub(crate) is_closed: bool,
}

/// The last acknowledged commit, in a file of its own.
#[derive(Debug)]
pub(crate) struct Watermark {
    file: File,
    /// Which place is written next.
    next: u64,
    /// Whether the file has said already that it cannot be written.
    is_lame: bool,
}

/// Reads the watermark of a data folder; `None` if there is none, as in a book of a release that kept none, or
/// if nothing of it can be read.
///
/// # Errors
/// What the system says.
pub(crate) fn read(folder: &Path) -> io::Result<Option<Mark>> {
    match fs::read(folder.join(WATERMARK_FILE)) {
        Ok(bytes) => {
            let found = latest(&bytes).map(|(_, mark)| mark);
            if found.is_none() {
                tracing::warn!(folder = %folder.display(), "the file `{WATERMARK_FILE}` cannot be read; it is written anew");
            }
            Ok(found)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl Watermark {
    /// Opens the watermark of a data folder whose database was opened, and sets it, durably.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn open(folder: &Path, position: Position) -> io::Result<Self> {
        let path = folder.join(WATERMARK_FILE);
        let mut file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path)?;
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut file, &mut bytes)?;
        let standing = latest(&bytes);
        let next = standing.map_or(0, |(place, _)| 1 - place);
        let mut watermark = Self { file, next, is_lame: false };
        let mark = Mark { position, is_closed: true };
        if standing.is_none_or(|(_, standing)| standing != mark) {
            // Both places: what is refused as ahead of the book, and then accepted, must not come back.
            watermark.write(mark)?;
            watermark.write(mark)?;
            watermark.file.sync_all()?;
        }
        if bytes.is_empty() {
            sync_folders(folder)?;
        }
        Ok(watermark)
    }

    /// Sets the watermark to a commit that is durable. If that fails, the book is right without it: the one that stands
    /// is only further behind.
    pub(crate) fn raise(&mut self, position: Position) {
        if let Err(error) = self.write(Mark { position, is_closed: false })
            && !std::mem::replace(&mut self.is_lame, true)
        {
            tracing::error!(%error, "the file `{WATERMARK_FILE}` cannot be written: a shortened book may not be noticed");
        }
    }

    /// Makes it durable.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn write(&mut self, mark: Mark) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.next * PLACE_BYTES))?;
        self.file.write_all(entry(mark).as_bytes())?;
        self.next = 1 - self.next;
        Ok(())
    }
}

/// The place with the later commit, and what it says.
fn latest(bytes: &[u8]) -> Option<(u64, Mark)> {
    let at = |place: u64| {
        let from = usize::try_from(place * PLACE_BYTES).ok()?;
        let text = std::str::from_utf8(bytes.get(from..from + ENTRY_BYTES)?).ok()?;
        let mark = Mark { position: Position(text.get(..20)?.parse().ok()?), is_closed: text.get(21..27)? == CLOSED };
        (entry(mark) == text).then_some((place, mark))
    };
    [at(0), at(1)].into_iter().flatten().max_by_key(|(_, mark)| *mark)
}

fn entry(mark: Mark) -> String {
    let said = format!("{:020} {}", mark.position.0, if mark.is_closed { CLOSED } else { OPEN });
    let digest = digest128(&[said.as_bytes()]);
    let digest = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("{said} {digest}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_of_two_places_counts_and_a_torn_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()).unwrap(), None);
        let mut watermark = Watermark::open(folder.path(), Position(7)).unwrap();
        let mark = |position, is_closed| Some(Mark { position: Position(position), is_closed });
        assert_eq!(read(folder.path()).unwrap(), mark(7, true));
        for position in 8..=11 {
            watermark.raise(Position(position));
            assert_eq!(read(folder.path()).unwrap(), mark(position, false));
        }
        watermark.sync().unwrap();
        let path = folder.path().join(WATERMARK_FILE);
        let whole = fs::read(&path).unwrap();
        for place in [0, PLACE_BYTES as usize] {
            for length in 1..ENTRY_BYTES - 1 {
                let mut torn = whole.clone();
                torn[place..place + length].fill(b'9');
                fs::write(&path, torn).unwrap();
                let read = read(folder.path()).unwrap();
                assert!(read == mark(10, false) || read == mark(11, false), "{read:?}");
            }
        }
        fs::write(&path, &whole[..5]).unwrap();
        assert_eq!(read(folder.path()).unwrap(), None);
        Watermark::open(folder.path(), Position(3)).unwrap();
        assert_eq!(read(folder.path()).unwrap(), mark(3, true), "it is written anew");
    }

    #[test]
    fn opening_sets_it_for_good() {
        let folder = tempfile::tempdir().unwrap();
        let mut ahead = Watermark::open(folder.path(), Position(1)).unwrap();
        ahead.raise(Position(90));
        ahead.raise(Position(91));
        drop(ahead);
        let mut watermark = Watermark::open(folder.path(), Position(40)).unwrap();
        assert_eq!(read(folder.path()).unwrap(), Some(Mark { position: Position(40), is_closed: true }));
        watermark.raise(Position(41));
        assert_eq!(read(folder.path()).unwrap(), Some(Mark { position: Position(41), is_closed: false }));
    }
}
