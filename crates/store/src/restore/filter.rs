//! What of a backup was erased since it was made.

use std::collections::HashSet;

use tierhook_model::RecordId;

use super::own_digest;
use crate::key::{self, Family};
use crate::store::KnownFact;
use crate::{Tombstone, tombstone, value};

/// Leaves out records whose references were erased, and all that lies under them. Keys come in the order of a backup:
/// references and records before the rest.
#[derive(Debug)]
pub(super) struct Filter {
    erased: HashSet<[u8; 16]>,
    gone: HashSet<RecordId>,
    left_out: u64,
}

impl Filter {
    pub(super) fn new(tombstones: &[Tombstone]) -> Self {
        let erased = tombstones.iter().map(|tombstone| tombstone.digest).collect();
        Self { erased, gone: HashSet::new(), left_out: 0 }
    }

    /// How many records were left out.
    pub(super) fn left_out(&self) -> u64 {
        self.left_out
    }

    pub(super) fn has_left_out_records(&self) -> bool {
        !self.gone.is_empty()
    }

    /// Tells whether a key stays. What cannot be decoded stays: an audit names it.
    pub(super) fn keeps(&mut self, family: Family, key: &[u8], value: &[u8]) -> bool {
        if self.erased.is_empty() {
            return true;
        }
        let is_erased = |digest: Option<[u8; 16]>| digest.is_some_and(|digest| self.erased.contains(&digest));
        match family {
            Family::Reference => {
                let Ok(id) = value::decode::<RecordId>(family, value) else { return true };
                if is_erased(tombstone::digest_of_key(key)) {
                    self.gone.insert(id);
                }
                !self.gone.contains(&id)
            }
            Family::Record => {
                let Some(id) = key::record_of(key) else { return true };
                // A record that was merged may have handed its reference over: its own value still says it.
                if is_erased(own_digest(value)) {
                    self.gone.insert(id);
                }
                let is_gone = self.gone.contains(&id);
                self.left_out += u64::from(is_gone);
                !is_gone
            }
            Family::FactKey => {
                value::decode::<KnownFact>(family, value).map_or(true, |known| !self.gone.contains(&known.record))
            }
            Family::Fact | Family::History | Family::Pending => {
                key::record_of(key).is_none_or(|id| !self.gone.contains(&id))
            }
            Family::Meta | Family::Name | Family::Tombstone | Family::Import => true,
        }
    }
}
