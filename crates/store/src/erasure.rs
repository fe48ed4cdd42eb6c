//! What has to go when records are erased.

use std::collections::HashMap;

use sled::Tree;
use tierhook_model::{Fact, Record, RecordId};

use crate::key::{self, Family};
use crate::prepared::PreparedErasure;
use crate::store::KnownFact;
use crate::{Erasure, ReadError, value};

/// Finds everything that is kept of records, in the thread of whoever asks: the one writer only compares versions
/// then. It reads all external references of the book, once for all erasures.
///
/// # Errors
/// [`ReadError`] if the disk or a value cannot be read.
pub(crate) fn gather(tree: &Tree, erasures: Vec<Erasure>) -> Result<Vec<PreparedErasure>, ReadError> {
    let mut gathered = Vec::with_capacity(erasures.len());
    for erasure in erasures {
        gathered.push(own(tree, erasure)?);
    }
    let mut named: HashMap<RecordId, &mut PreparedErasure> =
        gathered.iter_mut().filter(|one| one.gathered.is_some()).map(|one| (one.id, one)).collect();
    if named.is_empty() {
        return Ok(gathered);
    }
    for item in tree.scan_prefix(Family::Reference.start()) {
        let (key, bytes) = item?;
        let id: RecordId = value::decode(Family::Reference, &bytes)?;
        if let Some(one) = named.get_mut(&id) {
            one.references.push(key.to_vec());
        }
    }
    // A fact that cannot be read does not tell its key, so all keys are asked.
    if named.values().any(|one| one.is_damaged) {
        for item in tree.scan_prefix(Family::FactKey.start()) {
            let (key, bytes) = item?;
            let Ok(known) = value::decode::<KnownFact>(Family::FactKey, &bytes) else { continue };
            if let Some(one) = named.get_mut(&known.record).filter(|one| one.is_damaged) {
                one.fact_keys.push(key.to_vec());
            }
        }
    }
    Ok(gathered)
}

/// What lies under the record's own number.
fn own(tree: &Tree, erasure: Erasure) -> Result<PreparedErasure, ReadError> {
    let id = erasure.record;
    let mut one = PreparedErasure {
        id,
        expect: erasure.expect,
        erased: erasure.erased,
        gathered: None,
        keys: Vec::new(),
        fact_keys: Vec::new(),
        references: Vec::new(),
        is_damaged: false,
    };
    let Some(bytes) = tree.get(key::record(id))? else { return Ok(one) };
    let (version, record): (u64, Record) = value::decode(Family::Record, &bytes)?;
    one.gathered = Some(version);
    if version != erasure.expect {
        return Ok(one);
    }
    // Its own reference even if it is not indexed.
    one.references.push(key::reference(record.kind, &record.external));
    one.keys.push(key::record(id));
    one.keys.extend(tree.contains_key(key::pending(id))?.then(|| key::pending(id)));
    for item in tree.scan_prefix(key::facts(id)) {
        let (key, bytes) = item?;
        one.keys.push(key.to_vec());
        match value::decode::<Fact>(Family::Fact, &bytes) {
            Ok(fact) => one.fact_keys.push(key::fact_key(fact.body.kind(), &fact.key)),
            Err(_) => one.is_damaged = true,
        }
    }
    for item in tree.scan_prefix(key::histories(id)) {
        one.keys.push(item?.0.to_vec());
    }
    Ok(one)
}
