//! What must be true of each key, and what follows if it is not.

use std::fmt;

use serde::de::DeserializeOwned;
use sled::Tree;
use tierhook_model::{
    BookClock, Fact, FactSeq, GenerationId, ImportId, NewFact, Population, Position, Record, RecordId,
};

use super::Remedy;
use crate::folder::FORMAT_VERSION;
use crate::key::{self, Family};
use crate::name::Names;
use crate::prepared::Mend;
use crate::progress::Progress;
use crate::store::KnownFact;
use crate::tombstone::{self, Tombstone};
use crate::{ImportEntry, MetaKey, ReadError, value};

/// What is wrong with a key, and how it is mended where that follows from the rest of the book.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) what: String,
    pub(super) remedy: Remedy,
    pub(super) mend: Option<Mend>,
    /// The fact that the mend lets a key name.
    pub(super) claim: Option<FactSeq>,
}

impl Finding {
    fn lost(what: impl fmt::Display) -> Self {
        Self { what: what.to_string(), remedy: Remedy::Restore, mend: None, claim: None }
    }

    fn mendable(what: impl fmt::Display, mend: Mend) -> Self {
        Self { what: what.to_string(), remedy: Remedy::Repair, mend: Some(mend), claim: None }
    }

    /// A key that leads nowhere goes, if what it leads to is still not there.
    fn dangling(what: impl fmt::Display, key: &[u8], value: &[u8], target: Vec<u8>) -> Self {
        let stands = Some(value.to_vec());
        Self::mendable(what, Mend { key: key.to_vec(), stands, put: None, given: vec![(target, false)] })
    }
}

/// A finding ends the check of a key; a disk that cannot be read ends the audit.
enum Stop {
    Finding(Box<Finding>),
    Read(ReadError),
}

impl From<Finding> for Stop {
    fn from(finding: Finding) -> Self {
        Self::Finding(Box::new(finding))
    }
}

impl From<sled::Error> for Stop {
    fn from(source: sled::Error) -> Self {
        Self::Read(source.into())
    }
}

/// Checks one key with what it holds.
///
/// # Errors
/// [`ReadError::Disk`]; a damaged value is a finding.
pub(super) fn check(
    tree: &Tree,
    names: &Names,
    family: Family,
    key: &[u8],
    bytes: &[u8],
) -> Result<Option<Finding>, ReadError> {
    let checked = match family {
        Family::Meta => meta(key, bytes),
        Family::Name => name(key, bytes),
        Family::Tombstone => tombstone(key, bytes),
        Family::Reference => reference(tree, key, bytes),
        Family::Record => record(tree, key, bytes),
        Family::FactKey => fact_key(tree, key, bytes),
        Family::Fact => fact(tree, key, bytes),
        Family::History => history(tree, names, key, bytes),
        Family::Import => import(key, bytes),
        Family::Pending => pending(tree, key, bytes),
    };
    match checked {
        Ok(()) => Ok(None),
        Err(Stop::Finding(finding)) => Ok(Some(*finding)),
        Err(Stop::Read(error)) => Err(error),
    }
}

/// Takes note of the numbers that a key uses, as far as it can be read.
pub(super) fn note_numbers(family: Family, key: &[u8], bytes: &[u8], largest: &mut Progress) {
    match family {
        Family::Record => {
            if let Some(id) = key::read_numbered(key) {
                largest.note(id);
            }
        }
        Family::Fact => {
            if let Ok(fact) = value::decode::<Fact>(family, bytes) {
                largest.fact = largest.fact.max(fact.seq);
                largest.import = largest.import.max(fact.import.map_or(0, |import| import.0));
            }
        }
        Family::History if key.len() == 17 => {
            largest.position = largest.position.max(Position(key::last_number(key).unwrap_or(0)));
        }
        Family::Import => {
            if let Ok(entry) = value::decode::<ImportEntry>(family, bytes) {
                largest.import = largest.import.max(entry.id.0);
            }
        }
        _ => {}
    }
}

fn meta(key: &[u8], bytes: &[u8]) -> Result<(), Stop> {
    let &[_, number] = key else { return Err(Finding::lost("the key has another length than two bytes").into()) };
    if key == key::FORMAT {
        let is_known = bytes.try_into().is_ok_and(|bytes| u32::from_be_bytes(bytes) <= FORMAT_VERSION);
        return if is_known { Ok(()) } else { Err(Finding::lost("the format is no known one").into()) };
    }
    let family = Family::Meta;
    match number {
        _ if key == key::PROGRESS => decoded::<Progress>(family, bytes).map(drop),
        number if number == MetaKey::Clock as u8 => decoded::<BookClock>(family, bytes).map(drop),
        number if number == MetaKey::Population as u8 => decoded::<Population>(family, bytes).map(drop),
        number if number == MetaKey::Generation as u8 => decoded::<GenerationId>(family, bytes).map(drop),
        // Only whoever put the others there knows their shape.
        _ => value::check_version(family, bytes).map_err(|error| stop(&error)),
    }
}

fn name(key: &[u8], bytes: &[u8]) -> Result<(), Stop> {
    fits(key::read_name(key).is_some(), "the key has another length than five bytes")?;
    decoded::<String>(Family::Name, bytes).map(drop)
}

fn tombstone(key: &[u8], bytes: &[u8]) -> Result<(), Stop> {
    let tombstone: Tombstone = decoded(Family::Tombstone, bytes)?;
    fits(key::tombstone(&tombstone.digest) == key, "it stands under the key of another one")
}

fn reference(tree: &Tree, key: &[u8], bytes: &[u8]) -> Result<(), Stop> {
    fits(key::read_external(key).is_some(), "the key is cut off")?;
    let id: RecordId = decoded(Family::Reference, bytes)?;
    let target = key::record(id);
    if tree.contains_key(&target)? {
        return Ok(());
    }
    Err(Finding::dangling(format_args!("it names record {id}, which does not exist"), key, bytes, target).into())
}

fn record(tree: &Tree, key: &[u8], bytes: &[u8]) -> Result<(), Stop> {
    let id = key::read_numbered(key).ok_or_else(|| Finding::lost("the key has another length than nine bytes"))?;
    let (_, record): (u64, Record) = decoded(Family::Record, bytes)?;
    fits(record.id == id, format_args!("it says that it is record {}", record.id))?;
    let own = key::reference(record.kind, &record.external);
    if tree.contains_key(&own)? {
        return Ok(());
    }
    let what = format_args!("its external reference {} names no record", record.external);
    let digest = tombstone::digest_of_key(&own).expect("it was made from a reference");
    let put = Some(value::encode(&id).expect("a vector takes every number"));
    // An erased reference stays erased.
    let given = vec![(key.to_vec(), true), (key::tombstone(&digest), false)];
    Err(Finding::mendable(what, Mend { key: own, stands: None, put, given }).into())
}

fn fact_key(tree: &Tree, key: &[u8], bytes: &[u8]) -> Result<(), Stop> {
    fits(key::read_external(key).is_some(), "the key is cut off")?;
    let known: KnownFact = decoded(Family::FactKey, bytes)?;
    let target = key::fact(known.record, known.order);
    let Some(fact) = tree.get(&target)? else {
        let what = format_args!("it names fact {} of record {}, which does not exist", known.order.seq.0, known.record);
        return Err(Finding::dangling(what, key, bytes, target).into());
    };
    // A fact that cannot be read is found with its family.
    let Ok(fact) = value::decode::<Fact>(Family::Fact, &fact) else { return Ok(()) };
    if key::fact_key(fact.body.kind(), &fact.key) == key {
        return Ok(());
    }
    let what = format_args!("it names fact {}, which has another key: {}", fact.seq.0, fact.key);
    let mend = Mend { key: key.to_vec(), stands: Some(bytes.to_vec()), put: None, given: vec![(target, true)] };
    Err(Finding::mendable(what, mend).into())
}

fn fact(tree: &Tree, key: &[u8], bytes: &[u8]) -> Result<(), Stop> {
    let (id, order) = key::read_fact(key).ok_or_else(|| Finding::lost("the key is cut off"))?;
    let fact: Fact = decoded(Family::Fact, bytes)?;
    let own = (fact.record, fact.day, fact.occurred, fact.seq);
    fits(own == (id, order.day, order.occurred, order.seq), "it stands under the key of another one")?;
    let about = key::record(id);
    let Some(record) = tree.get(&about)? else {
        return Err(Finding::lost(format_args!("record {id} does not exist")).into());
    };
    let known_key = key::fact_key(fact.body.kind(), &fact.key);
    if tree.contains_key(&known_key)? {
        return Ok(());
    }
    let what = format_args!("its key {} names no fact", fact.key);
    let Ok((_, record)) = value::decode::<(u64, Record)>(Family::Record, &record) else {
        return Err(Finding::lost(what).into());
    };
    // The digest of what came in; a customer with several references may have come by another one, and then a
    // repetition of the fact passes for a conflict rather than for news.
    let came = NewFact {
        record: record.external,
        key: fact.key.clone(),
        occurred: fact.occurred,
        day: fact.day,
        contact: fact.contact.clone(),
        body: fact.body.clone(),
    };
    let known = KnownFact { record: id, order, content: came.content() };
    let put = Some(value::encode(&known).expect("a vector takes every number"));
    let given = vec![(key.to_vec(), true), (about, true)];
    let mut finding = Finding::mendable(what, Mend { key: known_key, stands: None, put, given });
    finding.claim = Some(fact.seq);
    Err(finding.into())
}

fn history(tree: &Tree, names: &Names, key: &[u8], bytes: &[u8]) -> Result<(), Stop> {
    fits(key.len() == 17, "the key has another length than seventeen bytes")?;
    value::decode_history(bytes, names).map_err(|error| stop(&error))?;
    let id = key::record_of(key).ok_or_else(|| Finding::lost("the key is cut off"))?;
    fits(tree.contains_key(key::record(id))?, format_args!("record {id} does not exist"))
}

fn import(key: &[u8], bytes: &[u8]) -> Result<(), Stop> {
    let entry: ImportEntry = decoded(Family::Import, bytes)?;
    let ImportId(number) = entry.id;
    fits(key::import(entry.id) == key, format_args!("it says that it is import {number}"))
}

fn pending(tree: &Tree, key: &[u8], bytes: &[u8]) -> Result<(), Stop> {
    let id = key::read_numbered(key).ok_or_else(|| Finding::lost("the key has another length than nine bytes"))?;
    value::check_version(Family::Pending, bytes).map_err(|error| stop(&error))?;
    let target = key::record(id);
    if tree.contains_key(&target)? {
        return Ok(());
    }
    Err(Finding::dangling(format_args!("record {id} does not exist"), key, bytes, target).into())
}

fn fits(is_so: bool, else_what: impl fmt::Display) -> Result<(), Stop> {
    if is_so { Ok(()) } else { Err(Finding::lost(else_what).into()) }
}

fn decoded<T: DeserializeOwned>(family: Family, bytes: &[u8]) -> Result<T, Stop> {
    value::decode(family, bytes).map_err(|error| stop(&error))
}

fn stop(error: &ReadError) -> Stop {
    let (what, remedy) = match error {
        ReadError::UnknownVersion { version, .. } => {
            (format!("it has format version {version}, which this release does not know"), Remedy::Upgrade)
        }
        ReadError::Damaged { reason, .. } => (format!("it cannot be decoded: {reason}"), Remedy::Restore),
        other => (other.to_string(), Remedy::Restore),
    };
    Finding { what, remedy, mend: None, claim: None }.into()
}
