//! Records that were decoded before: to decode one takes nearly as long as a small rule takes to judge it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sled::IVec;
use tierhook_model::RecordId;

use crate::{RawRecord, ReadError, Stored};

/// How many times the bytes of a record it takes in memory, about, once it is decoded.
const SWELL: u64 = 4;
/// What it takes besides.
const FIXED_BYTES: u64 = 1_024;

/// Decoded records for whoever reads the whole book over and over. One is handed out only for the very bytes that it was
/// decoded from, so it is right whether or not somebody says that a record has changed.
///
/// Each record has one place, which is found by its number: in a walk through the book the next one lies beside the last.
/// Whoever comes first stays until it changes. In a book that is too large for that, one that comes later would else drive
/// out what the next walk begins with.
#[derive(Debug)]
pub(crate) struct Decoded {
    places: Box<[Mutex<Option<Kept>>]>,
    /// What all of them take, about.
    bytes: AtomicU64,
    most_bytes: u64,
}

/// A record with what it was decoded from.
#[derive(Debug)]
struct Kept {
    id: RecordId,
    from: IVec,
    stored: Arc<Stored>,
}

impl Decoded {
    /// Makes room for so many bytes.
    pub(crate) fn new(most_bytes: u64) -> Self {
        let places = most_bytes / (2 * FIXED_BYTES);
        Self { places: (0..places).map(|_| Mutex::default()).collect(), bytes: AtomicU64::new(0), most_bytes }
    }

    /// Decodes a record, unless it is here.
    ///
    /// # Errors
    /// [`ReadError`] if the value is damaged.
    pub(crate) fn read(&self, raw: &RawRecord) -> Result<Arc<Stored>, ReadError> {
        let Some(mut place) = self.place(raw.id) else { return raw.read().map(Arc::new) };
        match &*place {
            Some(kept) if kept.id != raw.id => return raw.read().map(Arc::new),
            Some(kept) if is_same(&kept.from, &raw.bytes) => return Ok(kept.stored.clone()),
            _ => self.empty(&mut place),
        }
        let stored = Arc::new(raw.read()?);
        let kept = Kept { id: raw.id, from: raw.bytes.clone(), stored: stored.clone() };
        if self.bytes.load(Ordering::Relaxed) + kept.weight() <= self.most_bytes {
            self.bytes.fetch_add(kept.weight(), Ordering::Relaxed);
            *place = Some(kept);
        }
        Ok(stored)
    }

    /// Forgets records that are other ones now, or gone.
    pub(crate) fn forget(&self, records: &[RecordId]) {
        for id in records {
            if let Some(mut place) = self.place(*id)
                && place.as_ref().is_some_and(|kept| kept.id == *id)
            {
                self.empty(&mut place);
            }
        }
    }

    fn place(&self, id: RecordId) -> Option<MutexGuard<'_, Option<Kept>>> {
        let at = id.0.checked_rem(self.places.len() as u64)?;
        Some(self.places[at as usize].lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn empty(&self, place: &mut Option<Kept>) {
        if let Some(kept) = place.take() {
            self.bytes.fetch_sub(kept.weight(), Ordering::Relaxed);
        }
    }
}

impl Kept {
    fn weight(&self) -> u64 {
        FIXED_BYTES + SWELL * self.from.len() as u64
    }
}

/// The database hands out the same bytes again as long as it has them in memory.
fn is_same(kept: &IVec, read: &IVec) -> bool {
    kept.as_ptr() == read.as_ptr() && kept.len() == read.len() || kept == read
}

#[cfg(test)]
mod tests {
    use tierhook_model::{ExternalRef, Record, RecordKind};

    use super::*;
    use crate::value;

    fn raw(id: u64, name: &str) -> RawRecord {
        let record = Record::new(RecordId(id), RecordKind::Customer, ExternalRef::new("crm", name));
        let bytes = value::encode(&(1_u64, record)).unwrap();
        RawRecord { id: RecordId(id), bytes: bytes.into() }
    }

    fn name(stored: &Stored) -> &str {
        &stored.record.external.id
    }

    #[test]
    fn a_record_is_decoded_once_until_it_changes() {
        let decoded = Decoded::new(1 << 20);
        let (old, new) = (raw(7, "wang"), raw(7, "li"));
        let first = decoded.read(&old).unwrap();
        assert!(Arc::ptr_eq(&first, &decoded.read(&old).unwrap()));
        let same_bytes_elsewhere = raw(7, "wang");
        assert!(Arc::ptr_eq(&first, &decoded.read(&same_bytes_elsewhere).unwrap()));

        let changed = decoded.read(&new).unwrap();
        assert_eq!((name(&first), name(&changed)), ("wang", "li"));
        // Whoever read it before it changed still gets what it read.
        assert_eq!(name(&decoded.read(&old).unwrap()), "wang");
        decoded.forget(&[RecordId(7), RecordId(8)]);
        assert_eq!(decoded.bytes.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn it_takes_no_more_than_it_may_and_the_first_ones_stay() {
        let decoded = Decoded::new(20 * FIXED_BYTES);
        let walk = |decoded: &Decoded| -> Vec<Arc<Stored>> {
            (1..=100).map(|id| decoded.read(&raw(id, "somebody")).unwrap()).collect()
        };
        let (first, second) = (walk(&decoded), walk(&decoded));
        let kept: Vec<bool> = first.iter().zip(&second).map(|(a, b)| Arc::ptr_eq(a, b)).collect();
        let count = kept.iter().filter(|kept| **kept).count();
        assert!((5..=decoded.places.len()).contains(&count) && kept[..count].iter().all(|kept| *kept), "{kept:?}");
        assert!(decoded.bytes.load(Ordering::Relaxed) <= decoded.most_bytes);
        assert!(first.iter().zip(1..).all(|(stored, id)| stored.record.id == RecordId(id)));
    }

    #[test]
    fn what_is_damaged_is_not_kept() {
        let decoded = Decoded::new(1 << 20);
        let whole = raw(7, "wang");
        let cut = RawRecord { id: whole.id, bytes: whole.bytes[..whole.bytes.len() - 1].into() };
        decoded.read(&cut).unwrap_err();
        assert_eq!(name(&decoded.read(&whole).unwrap()), "wang");
        // Without any room everything is decoded each time.
        let none = Decoded::new(0);
        assert_eq!(name(&none.read(&whole).unwrap()), "wang");
    }
}
