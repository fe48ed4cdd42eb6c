//! Keys in words.

use std::fmt::Write as _;

use tierhook_model::{FactKind, RecordKind};

use crate::key::{self, Family};

const RECORD_KINDS: [RecordKind; 4] =
    [RecordKind::Customer, RecordKind::Opportunity, RecordKind::Product, RecordKind::Campaign];

const FACT_KINDS: [FactKind; 12] = [
    FactKind::Order,
    FactKind::Refund,
    FactKind::Cancellation,
    FactKind::Interaction,
    FactKind::Feedback,
    FactKind::Measure,
    FactKind::Profile,
    FactKind::Contact,
    FactKind::Override,
    FactKind::Outcome,
    FactKind::Merge,
    FactKind::Retraction,
];

/// Says what a key names; one that names nothing is given in hexadecimal digits.
pub(super) fn key(bytes: &[u8]) -> String {
    said(bytes).unwrap_or_else(|| format!("key {}", hex(bytes)))
}

fn said(bytes: &[u8]) -> Option<String> {
    Some(match Family::of(bytes)? {
        Family::Meta if bytes == key::FORMAT => "the format".to_owned(),
        Family::Meta if bytes == key::PROGRESS => "the largest numbers in use".to_owned(),
        Family::Meta => format!("value {} about the book", bytes.get(1)?),
        Family::Name => format!("name {}", key::read_name(bytes)?),
        Family::Tombstone => format!("tombstone {}", hex(bytes.get(1..)?)),
        Family::Reference => external(bytes, |kind| Some(RECORD_KINDS.get(kind)?.to_string()))?,
        Family::FactKey => external(bytes, |kind| Some(FACT_KINDS.get(kind)?.to_string()))?,
        Family::Record => format!("record {}", key::read_numbered(bytes)?),
        Family::Pending => format!("mark of record {}", key::read_numbered(bytes)?),
        Family::Fact => {
            let (record, order) = key::read_fact(bytes)?;
            format!("fact {} of record {record}", order.seq.0)
        }
        Family::History => {
            let record = key::record_of(bytes).filter(|_| bytes.len() == 17)?;
            format!("history of record {record} at commit {}", key::last_number(bytes)?)
        }
        Family::Import => format!("import {}", u32::from_be_bytes(bytes.get(1..)?.try_into().ok()?)),
    })
}

fn external(bytes: &[u8], kind: impl Fn(usize) -> Option<String>) -> Option<String> {
    let (number, source, id) = key::read_external(bytes)?;
    Some(format!("{} {}:{}", kind(number.into())?, String::from_utf8_lossy(source), String::from_utf8_lossy(id)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use tierhook_model::{ExternalRef, ImportId, Position, RecordId};

    use super::*;

    #[test]
    fn kinds_are_listed_at_the_place_that_is_stored() {
        assert!(RECORD_KINDS.into_iter().enumerate().all(|(at, kind)| kind as usize == at));
        assert!(FACT_KINDS.into_iter().enumerate().all(|(at, kind)| kind as usize == at));
    }

    #[test]
    fn keys_are_said_in_words() {
        let wang = ExternalRef::new("shop", "wang");
        assert_eq!(key(&key::reference(RecordKind::Product, &wang)), "product shop:wang");
        assert_eq!(key(&key::fact_key(FactKind::Refund, &wang)), "refund shop:wang");
        assert_eq!(key(&key::history(RecordId(5), Position(9))), "history of record #5 at commit 9");
        assert_eq!(key(&key::import(ImportId(3))), "import 3");
        assert_eq!(key(&key::record(RecordId(5))[..4]), "key 72000000");
        assert_eq!(key(b"z1"), "key 7a31");
    }
}
