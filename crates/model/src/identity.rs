//! Identities: of records, facts, imports, generations, and positions in the book.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A record's number within the book. The top byte is its partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecordId(pub u64);

impl RecordId {
    /// The partition that owns the record (0..=255).
    pub fn partition(self) -> u8 {
        (self.0 >> 56) as u8
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// A fact's number: facts recorded later have larger ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FactSeq(pub u64);

/// A commit's place in the book's one order of commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(pub u64);

/// The number of a generation: later generations have larger ones; 0 is "before any".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GenerationId(pub u64);

impl fmt::Display for GenerationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "g{}", self.0)
    }
}

/// The number of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ImportId(pub u32);

/// Who a record or fact is in the system that it came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ExternalRef {
    /// The source system, for example `shop` or `tierhook` for what was entered here.
    pub source: String,
    /// The id within the source.
    pub id: String,
}

impl ExternalRef {
    /// Makes a reference from source and id.
    pub fn new(source: impl Into<String>, id: impl Into<String>) -> Self {
        Self { source: source.into(), id: id.into() }
    }
}

impl fmt::Display for ExternalRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.source, self.id)
    }
}

/// Returns the first 128 bits of the SHA-256 of the parts, each preceded by its length, so that no two
/// different lists of parts run together.
pub fn digest128(parts: &[&[u8]]) -> [u8; 16] {
    let full = digest(parts);
    let mut short = [0; 16];
    short.copy_from_slice(&full[..16]);
    short
}

/// Returns the SHA-256 of the parts, each preceded by its length, as 64 hexadecimal digits.
pub fn digest256_hex(parts: &[&[u8]]) -> String {
    use fmt::Write as _;
    digest(parts).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}
