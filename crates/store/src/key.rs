//! Keys of the one tree: a byte for the family, then big-endian numbers, so that the tree's order is the book's.

use std::fmt;

use tierhook_model::{
    Day, ExternalRef, FactKind, FactOrder, FactSeq, ImportId, Moment, Position, RecordId, RecordKind,
};

use crate::MetaKey;

/// What a key names. The byte is stored: it never changes its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Family {
    /// A fact, under record and canonical order.
    Fact = b'f',
    /// What a decision changed, under record and position.
    History = b'h',
    /// An import, under its number.
    Import = b'i',
    /// Where a fact is, under its kind and its key in its source.
    FactKey = b'k',
    /// A value about the book.
    Meta = b'm',
    /// A name that receipts repeat, under its number.
    Name = b'n',
    /// The mark of a record whose decision is still to come.
    Pending = b'p',
    /// A record, under its number.
    Record = b'r',
    /// That an external reference was erased, under the reference's digest.
    Tombstone = b't',
    /// Which record an external reference names.
    Reference = b'x',
}

/// The meta key of the format version: big-endian, without a version byte, so that every release can read it.
pub(crate) const FORMAT: [u8; 2] = [Family::Meta as u8, 0];
/// The meta key of the largest numbers that are in use.
pub(crate) const PROGRESS: [u8; 2] = [Family::Meta as u8, 0xff];

impl Family {
    /// All families in the order in which a backup holds them and an audit goes through them: what the others are
    /// judged by comes first.
    pub(crate) const ALL: [Self; 10] = [
        Self::Meta,
        Self::Name,
        Self::Tombstone,
        Self::Reference,
        Self::Record,
        Self::FactKey,
        Self::Fact,
        Self::History,
        Self::Import,
        Self::Pending,
    ];

    /// The family that a key belongs to, if it is a known one.
    pub(crate) fn of(key: &[u8]) -> Option<Self> {
        let first = key.first()?;
        Self::ALL.into_iter().find(|family| *family as u8 == *first)
    }

    /// The family's place in [`Family::ALL`].
    pub(crate) fn rank(self) -> usize {
        Self::ALL.iter().position(|family| *family == self).expect("all families are listed")
    }

    /// The first key that belongs to the family, or the end of the one before it.
    pub(crate) fn start(self) -> Vec<u8> {
        vec![self as u8]
    }

    /// The first key behind the family.
    pub(crate) fn end(self) -> Vec<u8> {
        vec![self as u8 + 1]
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fact => "fact",
            Self::History => "history",
            Self::Import => "import",
            Self::FactKey => "fact key",
            Self::Meta => "meta",
            Self::Name => "name",
            Self::Pending => "pending mark",
            Self::Record => "record",
            Self::Tombstone => "tombstone",
            Self::Reference => "external reference",
        })
    }
}

pub(crate) fn record(id: RecordId) -> Vec<u8> {
    numbered(Family::Record, id.0)
}

pub(crate) fn pending(id: RecordId) -> Vec<u8> {
    numbered(Family::Pending, id.0)
}

/// What all facts of a record begin with.
pub(crate) fn facts(id: RecordId) -> Vec<u8> {
    numbered(Family::Fact, id.0)
}

pub(crate) fn fact(id: RecordId, order: FactOrder) -> Vec<u8> {
    let mut key = facts(id);
    key.extend(ordered_i32(order.day.0).to_be_bytes());
    key.extend(ordered_i64(order.occurred.0).to_be_bytes());
    key.extend(order.seq.0.to_be_bytes());
    key
}

/// Reads a fact's key; `None` if it is none.
pub(crate) fn read_fact(key: &[u8]) -> Option<(RecordId, FactOrder)> {
    let (family, rest) = key.split_first()?;
    let (id, rest) = rest.split_first_chunk::<8>()?;
    let (day, rest) = rest.split_first_chunk::<4>()?;
    let (occurred, rest) = rest.split_first_chunk::<8>()?;
    let seq: [u8; 8] = rest.try_into().ok()?;
    (*family == Family::Fact as u8).then(|| {
        let order = FactOrder {
            day: Day((u32::from_be_bytes(*day) ^ (1 << 31)) as i32),
            occurred: Moment((u64::from_be_bytes(*occurred) ^ (1 << 63)) as i64),
            seq: FactSeq(u64::from_be_bytes(seq)),
        };
        (RecordId(u64::from_be_bytes(*id)), order)
    })
}

pub(crate) fn fact_key(kind: FactKind, key: &ExternalRef) -> Vec<u8> {
    external(Family::FactKey, kind as u8, key)
}

pub(crate) fn reference(kind: RecordKind, reference: &ExternalRef) -> Vec<u8> {
    external(Family::Reference, kind as u8, reference)
}

/// What all external references of a kind of record begin with.
pub(crate) fn references(kind: RecordKind) -> Vec<u8> {
    vec![Family::Reference as u8, kind as u8]
}

/// The first key behind all that begin like this one.
pub(crate) fn behind(mut prefix: Vec<u8>) -> Vec<u8> {
    while let Some(last) = prefix.pop() {
        if last < u8::MAX {
            prefix.push(last + 1);
            break;
        }
    }
    prefix
}

/// What all history of a record begins with.
pub(crate) fn histories(id: RecordId) -> Vec<u8> {
    numbered(Family::History, id.0)
}

pub(crate) fn history(id: RecordId, position: Position) -> Vec<u8> {
    let mut key = histories(id);
    key.extend(position.0.to_be_bytes());
    key
}

pub(crate) fn import(id: ImportId) -> Vec<u8> {
    let mut key = Family::Import.start();
    key.extend(id.0.to_be_bytes());
    key
}

pub(crate) fn meta(key: MetaKey) -> Vec<u8> {
    vec![Family::Meta as u8, key as u8]
}

pub(crate) fn name(number: u32) -> Vec<u8> {
    let mut key = Family::Name.start();
    key.extend(number.to_be_bytes());
    key
}

/// Reads the number of a name's key; `None` if it is none.
pub(crate) fn read_name(key: &[u8]) -> Option<u32> {
    key.get(1..)?.try_into().ok().map(u32::from_be_bytes)
}

pub(crate) fn tombstone(digest: &[u8; 16]) -> Vec<u8> {
    let mut key = Family::Tombstone.start();
    key.extend(digest);
    key
}

/// Reads which record the key of a record, a mark, a fact or a history entry is about; `None` if it is too short.
pub(crate) fn record_of(key: &[u8]) -> Option<RecordId> {
    key.get(1..)?.first_chunk::<8>().map(|bytes| RecordId(u64::from_be_bytes(*bytes)))
}

/// Reads the number of a record's or a mark's key; `None` if it is none.
pub(crate) fn read_numbered(key: &[u8]) -> Option<RecordId> {
    (key.len() == 9).then(|| record_of(key)).flatten()
}

/// Reads the key of an external reference or of a fact's key in its source: the byte of the kind, the source and the
/// id; `None` if it is none.
pub(crate) fn read_external(key: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (kind, rest) = key.get(1..)?.split_first()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (source, id) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    Some((*kind, source, id))
}

/// Reads the number that a key ends with; `None` if the key is too short.
pub(crate) fn last_number(key: &[u8]) -> Option<u64> {
    key.last_chunk::<8>().map(|bytes| u64::from_be_bytes(*bytes))
}

fn numbered(family: Family, number: u64) -> Vec<u8> {
    // Room for the longest key that begins like this, a fact's.
    let mut key = Vec::with_capacity(29);
    key.push(family as u8);
    key.extend(number.to_be_bytes());
    key
}

/// The source's length goes first, so that no source and id run together with another pair.
fn external(family: Family, kind: u8, reference: &ExternalRef) -> Vec<u8> {
    let mut key = Vec::with_capacity(6 + reference.source.len() + reference.id.len());
    key.extend([family as u8, kind]);
    key.extend((reference.source.len() as u32).to_be_bytes());
    key.extend(reference.source.as_bytes());
    key.extend(reference.id.as_bytes());
    key
}

/// Turns the sign bit round, so that the bytes of negative numbers come before those of positive ones.
fn ordered_i32(number: i32) -> u32 {
    number as u32 ^ (1 << 31)
}

fn ordered_i64(number: i64) -> u64 {
    number as u64 ^ (1 << 63)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn order() -> impl Strategy<Value = FactOrder> {
        (any::<i32>(), any::<i64>(), any::<u64>()).prop_map(|(day, occurred, seq)| FactOrder {
            day: Day(day),
            occurred: Moment(occurred),
            seq: FactSeq(seq),
        })
    }

    proptest! {
        #[test]
        fn the_order_of_fact_keys_is_the_canonical_order(a in (any::<u64>(), order()), b in (any::<u64>(), order())) {
            let key = |(id, order): (u64, FactOrder)| fact(RecordId(id), order);
            prop_assert_eq!(key(a).cmp(&key(b)), a.cmp(&b));
            prop_assert_eq!(read_fact(&key(a)), Some((RecordId(a.0), a.1)));
        }
    }

    #[test]
    fn every_family_is_listed_and_has_a_byte_of_its_own() {
        for (rank, family) in Family::ALL.into_iter().enumerate() {
            assert_eq!((Family::of(&family.start()), family.rank()), (Some(family), rank));
        }
        assert_eq!((Family::of(b"z"), Family::of(b"")), (None, None));
    }

    #[test]
    fn an_external_key_is_read_back() {
        let key = reference(RecordKind::Product, &ExternalRef::new("erp", "42"));
        assert_eq!(read_external(&key), Some((RecordKind::Product as u8, &b"erp"[..], &b"42"[..])));
        assert_eq!(read_external(&key[..4]), None);
        assert_eq!(read_external(&[b'x', 0, 0, 0, 0, 9, b'e']), None);
    }

    #[test]
    fn references_that_read_alike_are_told_apart() {
        let keys = [("ab", "c"), ("a", "bc"), ("", "abc")].map(|(source, id)| {
            let external = ExternalRef::new(source, id);
            [reference(RecordKind::Customer, &external), reference(RecordKind::Product, &external)]
        });
        let mut all: Vec<Vec<u8>> = keys.into_iter().flatten().collect();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 6);
    }
}
