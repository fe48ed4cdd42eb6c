//! Finding customers.

use tierhook_model::{ExternalRef, ProfileKey, Record, RecordId, RecordKind, Value};

use super::Host;
use super::failure::api;
use crate::api::{ApiError, ErrorCode};

impl Host {
    /// Finds a customer by `source:id`, by its id where only one source has it, or by its number as `C12`.
    pub(super) fn find(&self, name: &str) -> Result<Record, ApiError> {
        let store = self.engine.store();
        if let Some((source, id)) = name.split_once(':') {
            let refs = [ExternalRef::new(source, id)];
            let found = store.resolve(RecordKind::Customer, &refs).map_err(api)?;
            if let Some(id) = found.into_iter().next().flatten() {
                return self.engine.record(id).map_err(api);
            }
        }
        let mut with_id = Vec::new();
        self.engine
            .for_each_record(|record| {
                if record.external.id == name {
                    with_id.push(record);
                }
            })
            .map_err(api)?;
        match with_id.len() {
            1 => return Ok(with_id.remove(0)),
            0 => {}
            _ => {
                let names: Vec<String> = with_id.iter().map(|record| record.external.to_string()).collect();
                return Err(ApiError::conflict(format!("several customers have the id `{name}`"))
                    .with_hint(format!("name one as {}", names.join(" or "))));
            }
        }
        let number = name.strip_prefix(['C', 'c', '#']).and_then(|number| number.parse().ok());
        if let Some(number) = number {
            match self.engine.record(RecordId(number)).map_err(api) {
                Err(error) if error.code == ErrorCode::NotFound => {}
                other => return other,
            }
        }
        Err(ApiError::not_found(format!("there is no customer `{name}`"))
            .with_hint(format!("tierhook customers search {name}")))
    }

    /// Tells whether a customer's id, name, company, phone, email or other handle contains a text in lower case.
    pub(super) fn matches(record: &Record, text: &str) -> bool {
        let contains = |candidate: &str| candidate.to_lowercase().contains(text);
        let keys = [ProfileKey::Name, ProfileKey::Company, ProfileKey::Phones, ProfileKey::Emails, ProfileKey::Handles];
        contains(&record.external.id)
            || keys.into_iter().filter_map(|key| record.profile.get(key)).any(|value| match value {
                Value::Text(candidate) => contains(candidate),
                Value::TextList(list) => list.iter().any(|candidate| contains(candidate)),
                _ => false,
            })
    }
}
