//! Finding the one customer that somebody names.

use tierhook_model::{ExternalRef, ProfileKey, Record, RecordId, RecordKind};
use tierhook_search::{Fit, Hit, Query};

use super::Host;
use super::failure::api;
use crate::api::{ApiError, ErrorCode};

/// How many customers are told apart where several fit.
const TOLD: usize = 6;

/// A record that goes by a name, and the one that stands for it.
#[derive(Clone, Debug)]
struct Named {
    leader: RecordId,
    own: RecordId,
    external: ExternalRef,
}

impl Host {
    /// Finds a customer by `source:id`, by its id where only one source has it, by its number as `C12`, by a whole
    /// telephone number, email address or handle, or by a part of a name that nobody else has. One that was merged
    /// names the customer that stands for it.
    pub(super) fn find(&self, name: &str) -> Result<Record, ApiError> {
        match self.find_by_id(name)? {
            Some(record) => Ok(record),
            None => self.engine.record(self.find_by_text(name)?.record).map_err(api),
        }
    }

    /// Finds a customer by `source:id`, by its id where only one source has it, or by its number as `C12`.
    pub(super) fn find_by_id(&self, name: &str) -> Result<Option<Record>, ApiError> {
        let found = self.named(name)?;
        match found.first() {
            None => Ok(None),
            Some(first) if found.iter().all(|it| it.leader == first.leader) => {
                self.engine.record(first.leader).map(Some).map_err(api)
            }
            Some(_) => Err(several(name, &found)),
        }
    }

    /// Finds a customer as [`Host::find`] does, whether or not another one stands for it.
    pub(super) fn find_named(&self, name: &str) -> Result<RecordId, ApiError> {
        let found = self.named(name)?;
        match &found[..] {
            [] => Ok(self.find_by_text(name)?.via),
            [only] => Ok(only.own),
            _ => Err(several(name, &found)),
        }
    }

    /// The records that go by an id or a number.
    fn named(&self, name: &str) -> Result<Vec<Named>, ApiError> {
        let store = self.engine.store();
        if let Some((source, id)) = name.split_once(':') {
            let external = ExternalRef::new(source, id);
            let found = store.resolve(RecordKind::Customer, std::slice::from_ref(&external)).map_err(api)?;
            if let Some(own) = found.into_iter().next().flatten() {
                let leader = self.engine.leader(own).map_err(api)?.id;
                return Ok(vec![Named { leader, own, external }]);
            }
        }
        let mut with_id = Vec::new();
        for (external, own) in store.resolve_id(RecordKind::Customer, name).map_err(api)? {
            let leader = self.engine.leader(own).map_err(api)?;
            if leader.is_listed() {
                with_id.push(Named { leader: leader.id, own, external });
            }
        }
        if !with_id.is_empty() {
            return Ok(with_id);
        }
        let Some(own) = numbered(name) else { return Ok(Vec::new()) };
        match self.engine.leader(own).map_err(api) {
            Err(error) if error.code == ErrorCode::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
            Ok(leader) => {
                let external = self.engine.record(own).map_err(api)?.external;
                // Where ids are written like numbers, one that is gone must not name somebody else.
                let is_id = !name.starts_with('#') && is_written_like(name, &external.id);
                Ok(if is_id { Vec::new() } else { vec![Named { leader: leader.id, own, external }] })
            }
        }
    }

    fn find_by_text(&self, name: &str) -> Result<Hit, ApiError> {
        let Some(query) = Query::naming(name) else { return Err(nobody(name)) };
        let found = self.found(&query, TOLD)?;
        let exact = found.hits.iter().filter(|hit| hit.rank.fit == Fit::Exact).count();
        match found.hits.first() {
            None => Err(nobody(name)),
            Some(only) if found.total == 1 || exact == 1 => Ok(*only),
            Some(_) => {
                let told = found.hits.iter().filter_map(|hit| self.engine.record(hit.record).ok());
                let mut told: Vec<String> = told.map(|record| told_apart(&record)).collect();
                if found.total > told.len() as u64 {
                    told.push(format!("`tierhook customers search {name}` lists more"));
                }
                let message = format!("`{name}` may be any of {} customers", found.total);
                Err(ApiError::conflict(message).with_hint(format!("name one of them: {}", told.join("; "))))
            }
        }
    }
}

/// The number in the book that a customer is named by, as `C12` or `#12`.
fn numbered(name: &str) -> Option<RecordId> {
    let digits = name.strip_prefix(['C', 'c', '#'])?;
    let number = digits.parse().ok()?;
    (!digits.starts_with(['0', '+'])).then_some(RecordId(number))
}

/// Tells whether a number may be meant as an id, if ids are like this one.
fn is_written_like(name: &str, id: &str) -> bool {
    let Some(digits) = id.strip_prefix(['C', 'c']) else { return false };
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_number && (!digits.starts_with('0') || id.len() == name.len())
}

fn nobody(name: &str) -> ApiError {
    ApiError::not_found(format!("there is no customer `{name}`"))
        .with_hint(format!("`tierhook customers search {name}` looks everywhere"))
}

fn several(name: &str, found: &[Named]) -> ApiError {
    let names: Vec<String> = found.iter().map(|it| it.external.to_string()).collect();
    ApiError::conflict(format!("several customers have the id `{name}`"))
        .with_hint(format!("name one as {}", names.join(" or ")))
}

/// A customer in a few words: how to name it, what it is called, and where it is.
fn told_apart(record: &Record) -> String {
    let text = |key| record.profile.text(key);
    let name = text(ProfileKey::Name).or_else(|| text(ProfileKey::Company)).unwrap_or_default();
    let region = text(ProfileKey::Region).map_or_else(String::new, |region| format!(", {region}"));
    format!("{} ({name}{region})", record.external)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_without_leading_zeros() {
        assert_eq!(numbered("C12"), Some(RecordId(12)));
        assert_eq!(numbered("#12"), Some(RecordId(12)));
        assert_eq!(["C012", "C+12", "C", "12", "C1a"].map(numbered), [None; 5]);
    }

    #[test]
    fn a_number_that_may_be_an_id_is_told() {
        assert!(is_written_like("C1041", "C1040"));
        assert!(is_written_like("C100041", "C000040"));
        assert!(!is_written_like("C1041", "C001040"));
        assert!(!is_written_like("C12", "1012"));
        assert!(!is_written_like("C12", "Cafe 12"));
    }
}
