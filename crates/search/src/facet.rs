//! Who is in which class, whose customer one is, and who has which tag: a bitmap for each.

use std::collections::HashMap;

use roaring::RoaringBitmap;
use tierhook_model::{ProfileKey, Record, Value};

/// Something that many customers have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Facet {
    /// A class on a dimension, as it stands.
    Class {
        /// The dimension.
        dimension: String,
        /// The class.
        class: String,
    },
    /// Who looks after the customer.
    Owner(String),
    /// A tag.
    Tag(String),
}

impl Facet {
    /// Makes the facet of a class.
    pub fn class(dimension: impl Into<String>, class: impl Into<String>) -> Self {
        Self::Class { dimension: dimension.into(), class: class.into() }
    }

    /// Returns the facets that a record has, each once.
    pub fn of(record: &Record) -> Vec<Self> {
        let profile = &record.profile;
        let classes = record.standing.classes.iter().map(|standing| Self::class(&standing.dimension, &standing.class));
        let tags = match profile.get(ProfileKey::Tags) {
            Some(Value::TextList(tags)) => tags.as_slice(),
            _ => &[],
        };
        let owner = profile.text(ProfileKey::Owner).map(|owner| Self::Owner(owner.to_owned()));
        let mut facets: Vec<Self> = classes.chain(owner).chain(tags.iter().cloned().map(Self::Tag)).collect();
        facets.sort_unstable();
        facets.dedup();
        facets
    }
}

/// The bitmaps, by facet and by the number that each facet got. A facet that nobody has any more is forgotten: it may
/// have been about one person.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facets {
    codes: HashMap<Facet, u32>,
    names: Vec<Option<Facet>>,
    bitmaps: Vec<RoaringBitmap>,
    /// Numbers of facets that are forgotten.
    free: Vec<u32>,
}

impl Facets {
    /// The number of a facet; a new one gets the next.
    pub(crate) fn code(&mut self, facet: Facet) -> u32 {
        if let Some(code) = self.codes.get(&facet) {
            return *code;
        }
        let code = self.free.pop().unwrap_or_else(|| {
            self.bitmaps.push(RoaringBitmap::new());
            self.names.push(None);
            self.bitmaps.len() as u32 - 1
        });
        self.names[code as usize] = Some(facet.clone());
        self.codes.insert(facet, code);
        code
    }

    pub(crate) fn bitmap(&self, facet: &Facet) -> Option<&RoaringBitmap> {
        self.codes.get(facet).map(|code| &self.bitmaps[*code as usize])
    }

    pub(crate) fn insert(&mut self, code: u32, slot: u32) {
        self.bitmaps[code as usize].insert(slot);
    }

    pub(crate) fn remove(&mut self, code: u32, slot: u32) {
        let bitmap = &mut self.bitmaps[code as usize];
        if bitmap.remove(slot)
            && bitmap.is_empty()
            && let Some(facet) = self.names[code as usize].take()
        {
            self.codes.remove(&facet);
            self.free.push(code);
        }
    }

    /// Tells whether no facet is known.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.codes.is_empty() && self.names.iter().all(Option::is_none)
    }

    pub(crate) fn bitmaps_mut(&mut self) -> impl Iterator<Item = &mut RoaringBitmap> {
        self.bitmaps.iter_mut()
    }

    pub(crate) fn bitmaps(&self) -> &[RoaringBitmap] {
        &self.bitmaps
    }
}

/// Writes numbers in as few bytes as they take.
pub(crate) fn write_codes(codes: &[u32], bytes: &mut Vec<u8>) {
    for mut code in codes.iter().copied() {
        while code >= 0x80 {
            bytes.push(code as u8 | 0x80);
            code >>= 7;
        }
        bytes.push(code as u8);
    }
}

/// Reads what [`write_codes`] wrote.
pub(crate) fn read_codes(bytes: &[u8]) -> Vec<u32> {
    let (mut codes, mut code, mut shift) = (Vec::new(), 0, 0);
    for byte in bytes {
        code |= u32::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            codes.push(code);
            (code, shift) = (0, 0);
        }
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_they_were_written() {
        let codes = [0, 1, 127, 128, 300, 70_000, u32::MAX];
        let mut bytes = Vec::new();
        write_codes(&codes, &mut bytes);
        assert_eq!(read_codes(&bytes), codes);
    }
}
