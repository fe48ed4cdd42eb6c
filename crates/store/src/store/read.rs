//! What a store can be asked.

use std::ops::Bound;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use tierhook_model::{ExternalRef, Fact, FactKind, FactOrder, HistoryEntry, Position, Record, RecordId, RecordKind};

use super::{KnownFact, LookedUp, RawRecord, Store, Stored, read_meta};
use crate::key::{self, Family};
use crate::{ImportEntry, MetaKey, ReadError, value};

/// How many facts are looked up in one go at most: the writer waits for that.
const AT_ONCE: usize = 256;

impl Store {
    /// Returns which record each external reference names, aliases included.
    ///
    /// # Errors
    /// [`ReadError`] if the disk or a value cannot be read.
    pub fn resolve(&self, kind: RecordKind, refs: &[ExternalRef]) -> Result<Vec<Option<RecordId>>, ReadError> {
        let keys: Vec<Vec<u8>> = refs.iter().map(|reference| key::reference(kind, reference)).collect();
        self.get_each(Family::Reference, &keys)
    }

    /// Returns which records have an id, whatever its source, aliases included: one for each source that has it. It
    /// takes a look for each source, not for each record.
    ///
    /// # Errors
    /// [`ReadError`] if the disk or a value cannot be read.
    pub fn resolve_id(&self, kind: RecordKind, id: &str) -> Result<Vec<(ExternalRef, RecordId)>, ReadError> {
        let mut found = Vec::new();
        let (mut from, end) = (key::references(kind), key::behind(key::references(kind)));
        while let Some(item) = self.inner.db.range(from..end.clone()).next() {
            let (key, _) = item?;
            let damaged = || ReadError::damaged(Family::Reference, "the key is no reference");
            let (_, source, _) = key::read_external(&key).ok_or_else(damaged)?;
            let source = std::str::from_utf8(source).map_err(|_| damaged())?;
            let reference = ExternalRef::new(source, id);
            let named = self.get(Family::Reference, &key::reference(kind, &reference))?;
            found.extend(named.map(|record| (reference, record)));
            from = key::behind(key::reference(kind, &ExternalRef::new(source, "")));
        }
        Ok(found)
    }

    /// Looks up what whoever brings facts has to know: which records the references name, these records, and then what is
    /// known of the facts. For facts that are on their way it waits, as [`Store::known`] does. Of up to 256 facts it is all
    /// as of one commit.
    ///
    /// # Errors
    /// As [`Store::known`].
    pub fn look_up(
        &self,
        kind: RecordKind,
        refs: &[ExternalRef],
        keys: &[(FactKind, ExternalRef)],
    ) -> Result<LookedUp, ReadError> {
        let refs: Vec<Vec<u8>> = refs.iter().map(|reference| key::reference(kind, reference)).collect();
        let keys: Vec<Vec<u8>> = keys.iter().map(|(kind, reference)| key::fact_key(*kind, reference)).collect();
        let look = || -> Result<_, ReadError> {
            let named = self.get_each::<RecordId>(Family::Reference, &refs)?;
            let mut ids: Vec<RecordId> = named.iter().flatten().copied().collect();
            ids.sort_unstable();
            ids.dedup();
            // Records before facts: a fact that somebody else commits in between then shows as a stale version.
            Ok((named, self.load_raw(&ids)?, self.get_each(Family::FactKey, &keys)?))
        };
        let as_of = self.position();
        let (named, records, found) = match keys.len() <= AT_ONCE {
            true => self.inner.shared.cut.still(look)?,
            false => look()?,
        };
        let known = self.settled(&keys, found)?;
        Ok(LookedUp { as_of, named, records, known })
    }

    /// Returns the records with these numbers.
    ///
    /// # Errors
    /// [`ReadError`] if the disk or a value cannot be read.
    pub fn load(&self, ids: &[RecordId]) -> Result<Vec<Option<Stored>>, ReadError> {
        ids.iter().map(|id| self.raw(*id)?.map(|raw| raw.read()).transpose()).collect()
    }

    /// Returns those of these records that are there, not decoded yet.
    ///
    /// # Errors
    /// [`ReadError`] if the disk cannot be read.
    pub fn load_raw(&self, ids: &[RecordId]) -> Result<Vec<RawRecord>, ReadError> {
        ids.iter().filter_map(|id| self.raw(*id).transpose()).collect()
    }

    /// Returns up to `limit` records behind `after`, in the order of their numbers; fewer only at the end. Records
    /// that are written meanwhile are seen before or after that.
    ///
    /// # Errors
    /// [`ReadError`] if the disk or a value cannot be read.
    pub fn scan(&self, after: Option<RecordId>, limit: usize) -> Result<Vec<Stored>, ReadError> {
        self.raw_behind(after).take(limit).map(|raw| raw?.read()).collect()
    }

    /// The same, not decoded yet.
    ///
    /// # Errors
    /// [`ReadError`] if the disk cannot be read.
    pub fn scan_raw(&self, after: Option<RecordId>, limit: usize) -> Result<Vec<RawRecord>, ReadError> {
        self.raw_behind(after).take(limit).collect()
    }

    /// Decodes a record, or hands out what it was decoded to before. Meant for whoever reads the same records over and
    /// over; for the others decoded ones are not kept.
    ///
    /// # Errors
    /// [`ReadError`] if the value is damaged.
    pub fn read(&self, raw: &RawRecord) -> Result<Arc<Stored>, ReadError> {
        self.inner.shared.decoded.read(raw)
    }

    /// Returns what is known of facts by their kinds and their keys in their sources. Only what is durable is said
    /// to be known; for what is on its way it waits. Whoever will write a record on the strength of the answer must
    /// have loaded it *before* asking: then a fact that comes in between makes the write stale.
    ///
    /// # Errors
    /// [`ReadError::Unsettled`] if nobody knows whether one of them was kept; else if the disk or a value cannot be
    /// read.
    pub fn known(&self, keys: &[(FactKind, ExternalRef)]) -> Result<Vec<Option<KnownFact>>, ReadError> {
        let keys: Vec<Vec<u8>> = keys.iter().map(|(kind, reference)| key::fact_key(*kind, reference)).collect();
        let found = self.get_each(Family::FactKey, &keys)?;
        self.settled(&keys, found)
    }

    /// Waits until what was found is durable, and looks again if that took waiting.
    fn settled(
        &self,
        keys: &[Vec<u8>],
        mut found: Vec<Option<KnownFact>>,
    ) -> Result<Vec<Option<KnownFact>>, ReadError> {
        while self.inner.shared.settling.wait(keys)? {
            found = self.get_each(Family::FactKey, keys)?;
        }
        Ok(found)
    }

    /// Returns the facts of a record in canonical order, retracted ones and retractions among them. What one commit
    /// brought is there as a whole or not at all.
    ///
    /// # Errors
    /// [`ReadError`] if the disk or a value cannot be read.
    pub fn facts(&self, record: RecordId) -> Result<Vec<Fact>, ReadError> {
        // The database's iterators are no snapshots, but a commit that adds facts always moves the version.
        let mut version = self.version(record)?;
        loop {
            let facts = self
                .inner
                .db
                .scan_prefix(key::facts(record))
                .map(|item| value::decode(Family::Fact, &item?.1))
                .collect::<Result<_, ReadError>>()?;
            let after = self.version(record)?;
            if after == version {
                return Ok(facts);
            }
            version = after;
        }
    }

    /// Returns where the facts are that `wanted` wants, in the order of records. It reads all facts of the book.
    ///
    /// # Errors
    /// [`ReadError`] if the disk or a value cannot be read.
    pub fn facts_where(&self, mut wanted: impl FnMut(&Fact) -> bool) -> Result<Vec<(RecordId, FactOrder)>, ReadError> {
        let mut found = Vec::new();
        for item in self.behind(Family::Fact, None) {
            let (key, bytes) = item?;
            if wanted(&value::decode(Family::Fact, &bytes)?) {
                let place = key::read_fact(&key);
                found.push(place.ok_or_else(|| ReadError::damaged(Family::Fact, "the key is too short"))?);
            }
        }
        Ok(found)
    }

    /// Returns the `newest` last changes of a record, the last one first.
    ///
    /// # Errors
    /// [`ReadError`] if the disk or a value cannot be read.
    pub fn history(&self, record: RecordId, newest: usize) -> Result<Vec<(Position, HistoryEntry)>, ReadError> {
        let entries = self.inner.db.scan_prefix(key::histories(record)).rev().take(newest);
        let names = self.names();
        entries
            .map(|item| {
                let (key, bytes) = item?;
                let position = number(Family::History, &key)?;
                Ok((Position(position), value::decode_history(&bytes, &names)?))
            })
            .collect()
    }

    /// Returns up to `limit` records behind `after` whose decision is still to come, in the order of their numbers.
    ///
    /// # Errors
    /// [`ReadError`] if the disk or a value cannot be read.
    pub fn pending(&self, after: Option<RecordId>, limit: usize) -> Result<Vec<RecordId>, ReadError> {
        self.behind(Family::Pending, after.map(key::pending))
            .take(limit)
            .map(|item| Ok(RecordId(number(Family::Pending, &item?.0)?)))
            .collect()
    }

    /// Returns a value about the book.
    ///
    /// # Errors
    /// [`ReadError`] if the disk cannot be read, or the value is none of this type.
    pub fn meta<T: DeserializeOwned>(&self, key: MetaKey) -> Result<Option<T>, ReadError> {
        read_meta(&self.inner.db, &key::meta(key))
    }

    /// Returns all imports in the order of their numbers.
    ///
    /// # Errors
    /// [`ReadError`] if the disk or a value cannot be read.
    pub fn imports(&self) -> Result<Vec<ImportEntry>, ReadError> {
        self.behind(Family::Import, None).map(|item| value::decode(Family::Import, &item?.1)).collect()
    }

    fn raw(&self, id: RecordId) -> Result<Option<RawRecord>, ReadError> {
        Ok(self.inner.db.get(key::record(id))?.map(|bytes| RawRecord { id, bytes }))
    }

    fn raw_behind(&self, after: Option<RecordId>) -> impl Iterator<Item = Result<RawRecord, ReadError>> {
        self.behind(Family::Record, after.map(key::record)).map(|item| {
            let (key, bytes) = item?;
            Ok(RawRecord { id: RecordId(number(Family::Record, &key)?), bytes })
        })
    }

    fn version(&self, record: RecordId) -> Result<Option<u64>, ReadError> {
        self.inner.db.get(key::record(record))?.map(|bytes| value::version_of(&bytes)).transpose()
    }

    fn get<T: DeserializeOwned>(&self, family: Family, key: &[u8]) -> Result<Option<T>, ReadError> {
        self.inner.db.get(key)?.map(|bytes| value::decode(family, &bytes)).transpose()
    }

    fn get_each<T: DeserializeOwned>(&self, family: Family, keys: &[Vec<u8>]) -> Result<Vec<Option<T>>, ReadError> {
        keys.iter().map(|key| self.get(family, key)).collect()
    }

    /// Iterates over a family's keys behind one of them.
    fn behind(&self, family: Family, after: Option<Vec<u8>>) -> sled::Iter {
        let from = Bound::Excluded(after.unwrap_or_else(|| family.start()));
        self.inner.db.range::<Vec<u8>, _>((from, Bound::Excluded(family.end())))
    }
}

impl From<(u64, Record)> for Stored {
    fn from((version, record): (u64, Record)) -> Self {
        Self { version, record }
    }
}

fn number(family: Family, key: &[u8]) -> Result<u64, ReadError> {
    key::last_number(key).ok_or_else(|| ReadError::damaged(family, "the key is too short"))
}
