//! Profiles as people keep them: customers entered, edited, tagged, handed over.

use std::sync::PoisonError;

use tierhook_engine::{Appended, Recording};
use tierhook_features::replay;
use tierhook_import::normalise_phones;
use tierhook_model::{
    ExternalRef, FactBody, Field, FieldSource, NewFact, Profile, ProfileChange, ProfileKey, Record, RecordId,
    RecordKind, Value,
};

use super::Host;
use super::condition::{read_value, yes};
use super::failure::api;
use super::text::Texts;
use crate::api::{Answer, ApiError, Datum, EditReport, EditRow, FieldChange};

/// The source of what is entered here.
pub(super) const SOURCE: &str = "tierhook";

/// Before the purpose of a consent.
const CONSENT: &str = "consent.";

impl Host {
    /// Enters a customer by hand.
    pub(super) fn add_customer(
        &self,
        id: &str,
        set: &[(String, String)],
        tags: &[String],
        owner: Option<&str>,
        texts: &Texts,
    ) -> Result<Answer, ApiError> {
        if id.is_empty() || id.contains(|c: char| c == ':' || c.is_whitespace() || c.is_control()) {
            return Err(ApiError::invalid(format!("`{id}` cannot be an id: an id has no spaces and no colon"))
                .with_hint("choose one like 1001 or shop-7; a name goes with --set name=..."));
        }
        let mut change = self.profile_change(set, &[], texts)?;
        if !tags.is_empty() {
            let given =
                change.fields.iter().find(|(key, _)| *key == ProfileKey::Tags).and_then(|(_, tags)| tags.clone());
            put(&mut change, ProfileKey::Tags, retagged(texts_of(given.as_ref()), tags, &[])?);
        }
        if let Some(owner) = owner {
            put(&mut change, ProfileKey::Owner, Some(person(owner)?));
        }
        if !change.fields.iter().any(|(key, _)| *key == ProfileKey::Created) {
            put(&mut change, ProfileKey::Created, Some(Value::Day(texts.day())));
        }
        let _one_at_a_time = self.editing.lock().unwrap_or_else(PoisonError::into_inner);
        let external = ExternalRef::new(SOURCE, id);
        for (known, record) in self.engine.store().resolve_id(RecordKind::Customer, id).map_err(api)? {
            // Who is listed no more, because all that was known was taken back, may be entered again.
            if self.engine.leader(record).map_err(api)?.is_listed() {
                return Err(ApiError::conflict(format!("there is a customer `{id}` already: {known}"))
                    .with_hint(format!("`tierhook customers edit {known} --set FIELD=VALUE` changes it")));
            }
        }
        let now = self.now();
        let fact = NewFact {
            record: external.clone(),
            key: self.own_key(),
            occurred: self.engine.moment_within(texts.day(), now),
            day: texts.day(),
            contact: None,
            body: FactBody::Profile(change.clone()),
        };
        let recording = Recording { recorded: now, import: None, amend: false, kind: RecordKind::Customer };
        let ingested = self.engine.ingest(&[fact], recording).map_err(api)?;
        let ingested = ingested.into_iter().next().ok_or_else(|| ApiError::failed("the customer was not recorded"))?;
        let id = match ingested.appended {
            Appended::Recorded(id) => id,
            Appended::Erased { on } => {
                let day = self.engine.conventions().zone.day_of(on);
                return Err(ApiError::conflict(format!("{external} was erased on {day}, and stays so"))
                    .with_hint("enter the customer under another id"));
            }
            _ => return Err(ApiError::conflict(format!("{external} was not recorded; try again"))),
        };
        let record = self.engine.record(id).map_err(api)?;
        Ok(Answer::Edit(EditReport {
            rows: vec![EditRow {
                customer: Texts::head(&record),
                is_new: true,
                fields: differences(&change, &Profile::default()),
                changes: ingested.changes.iter().map(|change| texts.change(&record, change)).collect(),
            }],
        }))
    }

    /// A key that no other fact has.
    pub(super) fn own_key(&self) -> ExternalRef {
        ExternalRef::new(SOURCE, format!("entered:{}", self.engine.store().allocate_facts(1).0))
    }

    /// Changes the profile of a customer.
    pub(super) fn edit_customer(
        &self,
        name: &str,
        set: &[(String, String)],
        clear: &[String],
        texts: &Texts,
    ) -> Result<Answer, ApiError> {
        let change = self.profile_change(set, clear, texts)?;
        let id = self.find(name)?.id;
        self.change_profile(id, texts, |_| Ok(change.clone())).map(one)
    }

    /// Gives and takes tags.
    pub(super) fn tag_customer(
        &self,
        name: &str,
        add: &[String],
        remove: &[String],
        texts: &Texts,
    ) -> Result<Answer, ApiError> {
        let id = self.find(name)?.id;
        let row = self.change_profile(id, texts, |record| {
            let mut change = ProfileChange::default();
            put(&mut change, ProfileKey::Tags, retagged(self.tags(record)?, add, remove)?);
            Ok(change)
        });
        row.map(one)
    }

    /// The tags of a customer. Where another one is merged into it, its own may stand behind that one's: what is written
    /// now would be all that is left of them.
    fn tags(&self, record: &Record) -> Result<Vec<String>, ApiError> {
        let mut tags = texts_of(record.profile.get(ProfileKey::Tags));
        if !record.merged.is_empty() {
            let facts = self.engine.store().facts(record.id).map_err(api)?;
            let mut own = texts_of(replay(record.id, &facts, None).0.get(ProfileKey::Tags));
            own.retain(|tag| !tags.contains(tag));
            tags.splice(0..0, own);
        }
        Ok(tags)
    }

    /// Hands customers to somebody.
    pub(super) fn assign_customers(
        &self,
        names: &[String],
        owner: Option<&str>,
        texts: &Texts,
    ) -> Result<Answer, ApiError> {
        if names.is_empty() {
            return Err(ApiError::invalid("nobody is named who is to be handed over")
                .with_hint("tierhook customers assign CUSTOMER... --owner NAME"));
        }
        if let Some(owner) = owner {
            self.refuse_customer_as_owner(owner)?;
        }
        let mut change = ProfileChange::default();
        put(&mut change, ProfileKey::Owner, owner.map(person).transpose()?);
        // All are found before any is changed, so that a slip in the last one changes none.
        let mut ids: Vec<RecordId> = Vec::new();
        for name in names {
            let id = self.find(name)?.id;
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        let rows = ids.into_iter().map(|id| self.change_profile(id, texts, |_| Ok(change.clone())));
        Ok(Answer::Edit(EditReport { rows: rows.collect::<Result<_, _>>()? }))
    }

    /// Refuses a customer where an owner is meant: with the owner forgotten, the last customer would be taken for one.
    /// Who is an owner already may be called like a customer.
    fn refuse_customer_as_owner(&self, owner: &str) -> Result<(), ApiError> {
        if !matches!(self.find_by_id(owner), Ok(Some(_))) {
            return Ok(());
        }
        let mut is_owner = false;
        self.each_of(None, Some(owner), |_| is_owner = true)?;
        if is_owner {
            return Ok(());
        }
        Err(ApiError::invalid(format!("`{owner}` is a customer, and nobody's owner so far")).with_hint(
            "name the owner last, or with --owner; `customers edit CUSTOMER --set owner=NAME` takes any name",
        ))
    }

    /// Reads which fields are to change. A field may not be named twice.
    pub(super) fn profile_change(
        &self,
        set: &[(String, String)],
        clear: &[String],
        texts: &Texts,
    ) -> Result<ProfileChange, ApiError> {
        let mut change = ProfileChange::default();
        let mut named: Vec<&str> =
            set.iter().map(|(name, _)| name.as_str()).chain(clear.iter().map(String::as_str)).collect();
        named.sort_unstable();
        if let Some(twice) = named.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(ApiError::invalid(format!("`{}` is named twice", twice[0])).with_hint("name each field once"));
        }
        for (name, text) in set {
            if let Some(purpose) = name.strip_prefix(CONSENT).filter(|purpose| !purpose.is_empty()) {
                let given = yes(text.trim()).ok_or_else(|| {
                    ApiError::invalid(format!("`{name}` takes yes or no, not `{text}`"))
                        .with_hint(format!("write it like {name}=no"))
                })?;
                change.consents.push((purpose.to_owned(), given));
                continue;
            }
            let field = self.editable(name, texts)?;
            if text.trim().is_empty() {
                return Err(ApiError::invalid(format!("`{name}` gets no value"))
                    .with_hint(format!("--clear {name} takes a value away")));
            }
            let value = match field.source {
                FieldSource::Profile(ProfileKey::Phones) => Value::TextList(self.phones(name, text)?),
                _ => read_value(&field, text)?,
            };
            put_field(&mut change, &field, Some(value));
        }
        for name in clear {
            let field = self.editable(name, texts)?;
            put_field(&mut change, &field, None);
        }
        Ok(change)
    }

    /// Reads telephone numbers as an import does.
    pub(super) fn phones(&self, field: &str, text: &str) -> Result<Vec<String>, ApiError> {
        match normalise_phones(text, self.phone_region) {
            Ok(numbers) if numbers.is_empty() => Err(ApiError::invalid(format!("`{text}` is no telephone number"))
                .with_hint(format!("write `{field}` like 13812345678, 0571-88886666 or +49 30 901820"))),
            Ok(numbers) => Ok(numbers),
            Err(error) => Err(ApiError::invalid(format!("`{field}`: {error}"))),
        }
    }

    /// Finds a field that people may change.
    fn editable(&self, name: &str, texts: &Texts) -> Result<Field, ApiError> {
        let catalogue = &texts.snapshot.generation.ruleset.catalogue;
        let field = self.fields_named(catalogue, &[name.to_owned()])?[0];
        let instead = match &field.source {
            FieldSource::Profile(_) | FieldSource::Custom(_) => return Ok(field.clone()),
            FieldSource::ExternalId => "an id stays as it is".to_owned(),
            FieldSource::Consents => "`--set consent.PURPOSE=yes`, or no, notes a consent".to_owned(),
            FieldSource::Measure(measure) => {
                format!("`tierhook log CUSTOMER measure --measure {measure} --value NUMBER` notes one")
            }
            FieldSource::Class(_) | FieldSource::StandingClass(_) => {
                "`tierhook customers set-class` puts a customer in a class".to_owned()
            }
            _ => "it is computed; `tierhook fields --group profile` lists what can be edited".to_owned(),
        };
        Err(ApiError::invalid(format!("`{name}` cannot be edited")).with_hint(instead))
    }

    /// Changes a profile, unless it says all of it already.
    fn change_profile(
        &self,
        id: RecordId,
        texts: &Texts,
        change: impl Fn(&Record) -> Result<ProfileChange, ApiError>,
    ) -> Result<EditRow, ApiError> {
        let _one_at_a_time = self.editing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.engine.record(id).map_err(api)?;
        let change = change(&before)?;
        let mut row =
            EditRow { customer: Texts::head(&before), is_new: false, fields: Vec::new(), changes: Vec::new() };
        if change.is_in(&before.profile) {
            return Ok(row);
        }
        row.fields = differences(&change, &before.profile);
        let changes = self.engine.note(id, &[FactBody::Profile(change)], self.now()).map_err(api)?;
        let record = self.engine.record(id).map_err(api)?;
        row.customer = Texts::head(&record);
        row.changes = changes.iter().map(|change| texts.change(&record, change)).collect();
        Ok(row)
    }
}

/// The answer about one customer.
pub(super) fn one(row: EditRow) -> Answer {
    Answer::Edit(EditReport { rows: vec![row] })
}

fn put(change: &mut ProfileChange, key: ProfileKey, value: Option<Value>) {
    change.fields.retain(|(known, _)| *known != key);
    change.fields.push((key, value));
}

fn put_field(change: &mut ProfileChange, field: &Field, value: Option<Value>) {
    match &field.source {
        FieldSource::Profile(key) => change.fields.push((*key, value)),
        FieldSource::Custom(name) => change.custom.push((name.clone(), value)),
        _ => {}
    }
}

fn person(name: &str) -> Result<Value, ApiError> {
    match name.trim() {
        "" => Err(ApiError::invalid("an owner has a name").with_hint("--nobody takes the owner away")),
        name => Ok(Value::Text(name.to_owned())),
    }
}

/// The items of a list; none where there is none.
fn texts_of(list: Option<&Value>) -> Vec<String> {
    match list {
        Some(Value::TextList(items)) => items.clone(),
        _ => Vec::new(),
    }
}

/// The tags with some given and some taken away; `None` if none is left.
fn retagged(known: Vec<String>, add: &[String], remove: &[String]) -> Result<Option<Value>, ApiError> {
    let mut tags = known;
    for tag in add.iter().map(|tag| tag.trim()) {
        if tag.is_empty() || tag.contains([',', '，']) {
            return Err(ApiError::invalid(format!("`{tag}` is no tag: a tag has letters and no comma"))
                .with_hint("give several by --add one --add another"));
        }
        if !tags.iter().any(|known| known == tag) {
            tags.push(tag.to_owned());
        }
    }
    tags.retain(|tag| !remove.iter().any(|gone| gone.trim() == tag));
    Ok((!tags.is_empty()).then_some(Value::TextList(tags)))
}

/// What a change makes different in a profile.
fn differences(change: &ProfileChange, profile: &Profile) -> Vec<FieldChange> {
    let datum = |value: Option<&Value>| value.map(Datum::from);
    let own = change.fields.iter().map(|(key, value)| FieldChange {
        field: key.name().to_owned(),
        before: datum(profile.get(*key)),
        after: datum(value.as_ref()),
    });
    let custom = change.custom.iter().map(|(name, value)| FieldChange {
        field: format!("custom.{name}"),
        before: datum(profile.custom(name)),
        after: datum(value.as_ref()),
    });
    let consents = change.consents.iter().map(|(purpose, given)| FieldChange {
        field: format!("{CONSENT}{purpose}"),
        before: profile.consents.iter().find(|it| it.purpose == *purpose).map(|it| Datum::Boolean(it.given)),
        after: Some(Datum::Boolean(*given)),
    });
    own.chain(custom).chain(consents).filter(|field| field.before != field.after).collect()
}
