//! Finding customers.

use tierhook_model::{ExternalRef, ProfileKey, Record, RecordId, RecordKind, Value};

use super::Host;
use super::failure::api;
use crate::api::{ApiError, ErrorCode};

impl Host {
    /// Finds a customer by `source:id`, by its id where only one source has it, or by its number as `C12`. One that was
    /// merged names the customer that stands for it.
    pub(super) fn find(&self, name: &str) -> Result<Record, ApiError> {
        let found = self.candidates(name)?;
        match &found[..] {
            [] => Err(unknown(name)),
            [(leader, ..), others @ ..] if others.iter().all(|(other, ..)| other == leader) => {
                self.engine.record(*leader).map_err(api)
            }
            _ => Err(several(name, &found)),
        }
    }

    /// Finds a customer as [`Host::find`] does, whether or not another one stands for it.
    pub(super) fn find_named(&self, name: &str) -> Result<RecordId, ApiError> {
        let found = self.candidates(name)?;
        match &found[..] {
            [] => Err(unknown(name)),
            [(_, id, _)] => Ok(*id),
            _ => Err(several(name, &found)),
        }
    }

    /// The records that go by a name, each behind the one that stands for it.
    fn candidates(&self, name: &str) -> Result<Vec<(RecordId, RecordId, ExternalRef)>, ApiError> {
        let with_leader = |id: RecordId| -> Result<_, ApiError> {
            let (leader, own) = (self.engine.leader(id).map_err(api)?, self.engine.record(id).map_err(api)?);
            Ok(vec![(leader.id, id, own.external)])
        };
        let store = self.engine.store();
        if let Some((source, id)) = name.split_once(':') {
            let refs = [ExternalRef::new(source, id)];
            let found = store.resolve(RecordKind::Customer, &refs).map_err(api)?;
            if let Some(id) = found.into_iter().next().flatten() {
                return with_leader(id);
            }
        }
        let mut with_id = Vec::new();
        self.engine
            .for_each_record(|record| {
                let leader = record.id;
                let merged = record.merged.into_iter().map(|merged| (merged.id, merged.external));
                let family = std::iter::once((leader, record.external)).chain(merged);
                let named = family.filter(|(_, external)| external.id == name);
                with_id.extend(named.map(|(id, external)| (leader, id, external)));
            })
            .map_err(api)?;
        if !with_id.is_empty() {
            return Ok(with_id);
        }
        let number = name.strip_prefix(['C', 'c', '#']).and_then(|number| number.parse().ok());
        match number.map(|number| with_leader(RecordId(number))) {
            None => Ok(Vec::new()),
            Some(Err(error)) if error.code == ErrorCode::NotFound => Ok(Vec::new()),
            Some(found) => found,
        }
    }

    /// Tells whether a customer's id, name, company, phone, email or other handle contains a text in lower case.
    pub(super) fn matches(record: &Record, text: &str) -> bool {
        let contains = |candidate: &str| candidate.to_lowercase().contains(text);
        let keys = [ProfileKey::Name, ProfileKey::Company, ProfileKey::Phones, ProfileKey::Emails, ProfileKey::Handles];
        contains(&record.external.id)
            || record.merged.iter().any(|merged| contains(&merged.external.id))
            || keys.into_iter().filter_map(|key| record.profile.get(key)).any(|value| match value {
                Value::Text(candidate) => contains(candidate),
                Value::TextList(list) => list.iter().any(|candidate| contains(candidate)),
                _ => false,
            })
    }
}

fn unknown(name: &str) -> ApiError {
    ApiError::not_found(format!("there is no customer `{name}`")).with_hint(format!("tierhook customers search {name}"))
}

fn several(name: &str, found: &[(RecordId, RecordId, ExternalRef)]) -> ApiError {
    let names: Vec<String> = found.iter().map(|(.., external)| external.to_string()).collect();
    ApiError::conflict(format!("several customers have the id `{name}`"))
        .with_hint(format!("name one as {}", names.join(" or ")))
}
