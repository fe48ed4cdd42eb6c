//! Values of the tree: a version byte, then postcard.
//!
//! postcard does not describe itself, so a change of shape is a new version byte. Whoever changes the shape of what
//! is stored, once a release has written it:
//!
//! 1. keeps the old shape as a private type in a module `value/v<N>.rs`, with a `From` into the new one;
//! 2. raises [`VERSION`], and gives the old byte an arm in [`decode`] that decodes the old shape and converts it (and
//!    one in [`version_of`] if the front of a record has changed);
//! 3. adds the new bytes to `value/kept.rs` beside the old ones, which stay and must decode for ever, and a new book to
//!    `tests/kept/`.
//!
//! Variants that are added at the end of an enum change no bytes that were written, and need none of this. The format
//! of the book as a whole (`folder.rs`) is raised only when earlier releases must not open it any more.

mod atom;
mod history;
#[cfg(test)]
mod kept;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tierhook_model::{HistoryEntry, Record};

use self::history::KeptEntry;
use crate::ReadError;
use crate::key::Family;
use crate::name::Names;

/// The version that this release writes.
const VERSION: u8 = 1;

/// The bytes that most values find room in, so that they need not move while they are encoded.
const ROOM: usize = 128;
/// The same of records.
const RECORD_ROOM: usize = 1024;

/// Encodes a value.
///
/// # Errors
/// postcard's error if the value cannot be encoded.
pub(crate) fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, postcard::Error> {
    let mut bytes = Vec::with_capacity(ROOM);
    bytes.push(VERSION);
    postcard::to_extend(value, bytes)
}

/// Encodes a record, for [`with_version`].
///
/// # Errors
/// As [`encode`].
pub(crate) fn encode_record(record: &Record) -> Result<Vec<u8>, postcard::Error> {
    postcard::to_extend(record, Vec::with_capacity(RECORD_ROOM))
}

/// Puts the version byte before what is postcard already.
pub(crate) fn wrap(encoded: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + encoded.len());
    bytes.push(VERSION);
    bytes.extend(encoded);
    bytes
}

/// Puts a record's version before the record: the same bytes as [`encode`] makes of the two together.
pub(crate) fn with_version(version: u64, record: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(11 + record.len());
    bytes.push(VERSION);
    let mut bytes = postcard::to_extend(&version, bytes).expect("a vector takes every number");
    bytes.extend(record);
    bytes
}

/// Decodes a value; bytes that are left over are damage.
///
/// # Errors
/// [`ReadError::UnknownVersion`] and [`ReadError::Damaged`].
pub(crate) fn decode<T: DeserializeOwned>(family: Family, bytes: &[u8]) -> Result<T, ReadError> {
    match postcard::take_from_bytes(body(family, bytes)?) {
        Ok((value, [])) => Ok(value),
        Ok(_) => Err(ReadError::damaged(family, "bytes are left over")),
        Err(source) => Err(ReadError::damaged(family, source)),
    }
}

/// Encodes a history entry by the names that the book keeps.
///
/// # Errors
/// postcard's error if the entry cannot be encoded.
pub(crate) fn encode_history(entry: &HistoryEntry, names: &Names) -> Result<Vec<u8>, postcard::Error> {
    encode(&KeptEntry::of(entry, names))
}

/// Decodes a history entry.
///
/// # Errors
/// [`ReadError::UnknownVersion`] and [`ReadError::Damaged`], also if a name is not there.
pub(crate) fn decode_history(bytes: &[u8], names: &Names) -> Result<HistoryEntry, ReadError> {
    let family = Family::History;
    match postcard::take_from_bytes::<KeptEntry<'_>>(body(family, bytes)?) {
        Ok((entry, [])) => entry.spelled_out(names).map_err(|error| ReadError::damaged(family, error)),
        Ok(_) => Err(ReadError::damaged(family, "bytes are left over")),
        Err(source) => Err(ReadError::damaged(family, source)),
    }
}

/// Reads a record's version without decoding the record.
///
/// # Errors
/// [`ReadError::UnknownVersion`] and [`ReadError::Damaged`].
pub(crate) fn version_of(bytes: &[u8]) -> Result<u64, ReadError> {
    match postcard::take_from_bytes(body(Family::Record, bytes)?) {
        Ok((version, _)) => Ok(version),
        Err(source) => Err(ReadError::damaged(Family::Record, source)),
    }
}

/// Checks the version byte of a value whose shape is not known here.
///
/// # Errors
/// [`ReadError::UnknownVersion`] and [`ReadError::Damaged`].
pub(crate) fn check_version(family: Family, bytes: &[u8]) -> Result<(), ReadError> {
    body(family, bytes).map(drop)
}

fn body(family: Family, bytes: &[u8]) -> Result<&[u8], ReadError> {
    match bytes.split_first() {
        Some((&VERSION, body)) => Ok(body),
        Some((&version, _)) => Err(ReadError::UnknownVersion { family: family.to_string(), version }),
        None => Err(ReadError::damaged(family, "the value is empty")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_and_a_record_encoded_apart_are_one_value() {
        let record = ("shop".to_owned(), 7_u32);
        let bytes = with_version(300, &postcard::to_stdvec(&record).unwrap());
        assert_eq!(bytes, encode(&(300_u64, &record)).unwrap());
        assert_eq!(decode::<(u64, (String, u32))>(Family::Record, &bytes).unwrap(), (300, record));
        assert_eq!(version_of(&bytes).unwrap(), 300);
    }

    #[test]
    fn an_unknown_version_names_the_family_and_the_version() {
        let error = decode::<u64>(Family::History, &[9, 1]).unwrap_err();
        assert!(error.to_string().contains("history value has format version 9"), "{error}");
    }

    #[test]
    fn damage_is_noticed() {
        assert!(matches!(decode::<String>(Family::Fact, &[VERSION, 5, b'a']), Err(ReadError::Damaged { .. })));
        assert!(matches!(decode::<u8>(Family::Fact, &[VERSION, 5, 5]), Err(ReadError::Damaged { .. })));
        assert!(matches!(decode::<u8>(Family::Fact, &[]), Err(ReadError::Damaged { .. })));
    }

    /// The first bytes that were ever written: they must stay readable.
    #[test]
    fn values_of_version_1_are_read() {
        assert_eq!(decode::<(u64, String)>(Family::Record, &[1, 0xac, 2, 2, b'h', b'i']).unwrap(), (300, "hi".into()));
    }
}
