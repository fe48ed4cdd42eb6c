//! The index: who may fit, without looking at anybody who does not.

use std::collections::HashMap;
use std::mem::size_of;

use roaring::RoaringBitmap;
use tierhook_model::{Day, Record, RecordId};

use crate::document::{Document, Texts};
use crate::facet::{Facet, Facets, read_codes, write_codes};
use crate::found::{Found, Ranking};
use crate::gram;
use crate::query::{Query, Term};

/// What is asked of a list of customers: all of it has to hold.
#[derive(Clone, Debug, Default)]
pub struct Selection<'a> {
    /// The facets that a customer has to have.
    pub facets: Vec<Facet>,
    /// What has to be found in its texts.
    pub query: Option<&'a Query>,
}

/// An index of customers in memory: for each the texts by which it is found, and for each pair of characters, class,
/// owner and tag who has it. It is kept current by [`Index::put`] and [`Index::remove`].
#[derive(Clone, Debug)]
pub struct Index {
    slots: Vec<Slot>,
    by_record: HashMap<RecordId, u32>,
    /// Slots of records that are gone.
    free: Vec<u32>,
    /// Slots of customers that are listed.
    listed: RoaringBitmap,
    /// Slots of records that stand for others as well.
    leaders: RoaringBitmap,
    /// Slots of records that were merged, and what into.
    merged: RoaringBitmap,
    into: HashMap<u32, RecordId>,
    /// Who has a character, a pair of them or of sounds, by bucket.
    grams: Vec<RoaringBitmap>,
    facets: Facets,
    /// Room for the buckets of a record, so that it is not asked for each time.
    room: (Vec<u32>, Vec<u32>),
}

#[derive(Clone, Debug)]
struct Slot {
    record: RecordId,
    last_order: Option<Day>,
    /// How many bytes of `bytes` are facets.
    facets: u16,
    /// The codes of the facets, then the document.
    bytes: Box<[u8]>,
}

impl Slot {
    fn facets(&self) -> &[u8] {
        &self.bytes[..self.facets.into()]
    }

    fn texts(&self) -> Texts<'_> {
        Texts(&self.bytes[self.facets.into()..])
    }
}

impl Default for Index {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            by_record: HashMap::new(),
            free: Vec::new(),
            listed: RoaringBitmap::new(),
            leaders: RoaringBitmap::new(),
            merged: RoaringBitmap::new(),
            into: HashMap::new(),
            grams: vec![RoaringBitmap::new(); gram::BUCKETS],
            facets: Facets::default(),
            room: <(Vec<u32>, Vec<u32>)>::default(),
        }
    }
}

impl Index {
    /// How many customers are listed in it.
    pub fn len(&self) -> usize {
        self.listed.len() as usize
    }

    /// Tells whether nobody is listed in it.
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// Puts a record in, or what has changed about it. One that was merged is found as the customer that stands for it
    /// and has no class, owner or tag of its own; one that is not listed is taken out.
    pub fn put(&mut self, record: &Record) {
        if record.merged_into.is_none() && !record.is_listed() {
            return self.remove(record.id);
        }
        let facets = if record.merged_into.is_some() { Vec::new() } else { Facet::of(record) };
        let mut codes: Vec<u32> = facets.into_iter().map(|facet| self.facets.code(facet)).collect();
        codes.sort_unstable();
        let mut bytes = Vec::with_capacity(256);
        write_codes(&codes, &mut bytes);
        let facets = u16::try_from(bytes.len()).unwrap_or_else(|_| {
            // Nobody has thousands of tags; who had would be found by the first of them.
            bytes.truncate(usize::from(u16::MAX) - 4);
            while bytes.last().is_some_and(|byte| byte & 0x80 != 0) {
                bytes.pop();
            }
            bytes.len() as u16
        });
        bytes.extend(Document::of(record).bytes());
        let last_order = record.aggregates.last_order;
        let slot = Slot { record: record.id, last_order, facets, bytes: bytes.into_boxed_slice() };
        let at = match self.by_record.get(&record.id) {
            Some(at) => *at,
            None => self.take_slot(record.id),
        };
        self.replace(at, slot);
        self.relate(at, record.merged_into, !record.merged.is_empty());
    }

    /// Takes a record out, so that nothing is left of it.
    pub fn remove(&mut self, record: RecordId) {
        let Some(at) = self.by_record.remove(&record) else { return };
        self.replace(at, Slot { record, last_order: None, facets: 0, bytes: Box::default() });
        self.relate(at, None, false);
        self.listed.remove(at);
        self.free.push(at);
    }

    /// Gives back memory that was taken in advance; worth its time once many records were put in.
    pub fn settle(&mut self) {
        self.slots.shrink_to_fit();
        for bitmap in self.grams.iter_mut().chain(self.facets.bitmaps_mut()) {
            bitmap.optimize();
            // A copy has room for what is in it and no more.
            *bitmap = bitmap.clone();
        }
    }

    /// Finds who fits, the best first; `total` counts also those beyond `limit`.
    pub fn search(&self, query: &Query, limit: usize) -> Found {
        let mut ranking = Ranking::new(limit);
        for at in self.candidates(query) {
            let slot = &self.slots[at as usize];
            let Some(rank) = query.rank_of(slot.texts()) else { continue };
            if !self.leaders.contains(at) && !self.merged.contains(at) {
                ranking.add(slot.record, rank, slot.last_order);
            } else if let Some(leader) = self.leader(at) {
                let leader = &self.slots[leader as usize];
                ranking.add_member(leader.record, slot.record, rank, leader.last_order);
            }
        }
        ranking.finish()
    }

    /// Returns who is selected, in the order of their numbers.
    pub fn select(&self, selection: &Selection<'_>) -> Vec<RecordId> {
        let mut selected: Option<RoaringBitmap> = None;
        for facet in &selection.facets {
            let Some(bitmap) = self.facets.bitmap(facet) else { return Vec::new() };
            match &mut selected {
                None => selected = Some(bitmap.clone()),
                Some(selected) => *selected &= bitmap,
            }
        }
        if let Some(query) = selection.query {
            let mut candidates = self.candidates(query);
            if let Some(selected) = &selected {
                // Whom a merged record stands for is seen only when it is looked at.
                candidates &= selected | &self.merged;
            }
            let fits = |at: &u32| query.rank_of(self.slots[*at as usize].texts()).is_some();
            let fitting: RoaringBitmap = candidates.iter().filter(fits).filter_map(|at| self.leader(at)).collect();
            selected = Some(selected.map_or(fitting.clone(), |selected| selected & fitting));
        }
        let slots = selected.as_ref().unwrap_or(&self.listed).iter();
        let mut records: Vec<RecordId> = slots.map(|at| self.slots[at as usize].record).collect();
        records.sort_unstable();
        records
    }

    /// Counts who has a facet.
    pub fn count(&self, facet: &Facet) -> u64 {
        self.facets.bitmap(facet).map_or(0, RoaringBitmap::len)
    }

    /// How many bytes of memory it takes, about.
    pub fn bytes(&self) -> u64 {
        let bitmap = |bitmap: &RoaringBitmap| {
            let told = bitmap.statistics();
            // A block is a vector in a vector. The library counts four bytes for each value of an array, which takes
            // two, and bits for bytes where it keeps a bit for each.
            let blocks = u64::from(told.n_containers) * 48 + u64::from(told.n_bitset_containers) * 8192;
            told.n_bytes_array_containers / 2 + told.n_bytes_run_containers + blocks
        };
        let bitmaps: u64 = self.grams.iter().chain(self.facets.bitmaps()).map(bitmap).sum();
        let texts: usize = self.slots.iter().map(|slot| slot.bytes.len() + 16).sum();
        let slots = self.slots.capacity() * size_of::<Slot>();
        let numbers = self.by_record.capacity() * (size_of::<(RecordId, u32)>() + 1);
        let empty = self.grams.capacity() * size_of::<RoaringBitmap>();
        bitmaps + (texts + slots + numbers + empty) as u64
    }

    fn take_slot(&mut self, record: RecordId) -> u32 {
        let at = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { record, last_order: None, facets: 0, bytes: Box::default() });
            self.slots.len() as u32 - 1
        });
        self.by_record.insert(record, at);
        at
    }

    /// Notes what a record was merged into, and whether it stands for others.
    fn relate(&mut self, at: u32, into: Option<RecordId>, leads: bool) {
        match into {
            Some(into) => self.into.insert(at, into),
            None => self.into.remove(&at),
        };
        for (bitmap, is_in) in [
            (&mut self.merged, into.is_some()),
            (&mut self.listed, into.is_none()),
            (&mut self.leaders, into.is_none() && leads),
        ] {
            if is_in {
                bitmap.insert(at)
            } else {
                bitmap.remove(at)
            };
        }
    }

    /// The slot of the customer that a record is listed as; `None` if that one is not listed.
    fn leader(&self, at: u32) -> Option<u32> {
        let mut at = at;
        while let Some(into) = self.into.get(&at) {
            at = *self.by_record.get(into)?;
        }
        Some(at)
    }

    /// Puts something else into a slot, and into the bitmaps what is different about it.
    fn replace(&mut self, at: u32, slot: Slot) {
        let old = std::mem::replace(&mut self.slots[at as usize], slot);
        let new = &self.slots[at as usize];
        if old.facets() != new.facets() {
            let (before, after) = (read_codes(old.facets()), read_codes(new.facets()));
            before.iter().filter(|code| !after.contains(code)).for_each(|code| self.facets.remove(*code, at));
            after.iter().filter(|code| !before.contains(code)).for_each(|code| self.facets.insert(*code, at));
        }
        if old.texts().0 != new.texts().0 {
            let (before, after) = &mut self.room;
            gram::of_texts(old.texts(), before);
            gram::of_texts(new.texts(), after);
            for bucket in before.iter().filter(|bucket| after.binary_search(bucket).is_err()) {
                self.grams[*bucket as usize].remove(at);
            }
            for bucket in after.iter().filter(|bucket| before.binary_search(bucket).is_err()) {
                self.grams[*bucket as usize].insert(at);
            }
        }
    }

    /// Everybody who may fit, and some who do not.
    fn candidates(&self, query: &Query) -> RoaringBitmap {
        let mut each = query.words().iter().map(|term| self.candidates_of(term));
        let first = each.next().unwrap_or_default();
        each.fold(first, |all, more| all & more)
    }

    fn candidates_of(&self, term: &Term) -> RoaringBitmap {
        let sets = gram::of_term(term).into_iter();
        sets.fold(RoaringBitmap::new(), |all, buckets| {
            let mut bitmaps: Vec<&RoaringBitmap> = buckets.iter().map(|bucket| &self.grams[*bucket as usize]).collect();
            bitmaps.sort_unstable_by_key(|bitmap| bitmap.len());
            let mut bitmaps = bitmaps.into_iter();
            let mut found = bitmaps.next().cloned().unwrap_or_default();
            for bitmap in bitmaps {
                if found.is_empty() {
                    break;
                }
                found &= bitmap;
            }
            all | found
        })
    }
}

#[cfg(test)]
mod tests;
