//! Where a customer is found: which texts of a record are looked at, the telling ones first.

use std::borrow::Cow;

use tierhook_model::{ProfileKey, Record, Value};

/// How many characters of one text are looked at.
const MOST_CHARACTERS: usize = 256;
/// How many bytes of a customer's texts are looked at in all; what is behind that is not found.
const MOST_BYTES: usize = 4096;

/// What kind of text it is. Earlier ones are more telling; those from [`Place::Owner`] on say whom a customer has to
/// do with rather than who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Place {
    /// The id in the source that brought the customer first.
    Id,
    /// The name.
    Name,
    /// The company.
    Company,
    /// The name of a person at the customer.
    ContactName,
    /// A telephone number.
    Phone,
    /// An email address.
    Email,
    /// Another handle.
    Handle,
    /// A telephone number of a person at the customer.
    ContactPhone,
    /// An email address of a person at the customer.
    ContactEmail,
    /// Who looks after the customer.
    Owner,
    /// A tag.
    Tag,
    /// The region.
    Region,
    /// The address.
    Address,
    /// Any other text of the profile, custom fields included.
    Other,
    /// The notes.
    Notes,
}

/// The texts of a profile, in the order in which they are looked at.
const PROFILE: &[(ProfileKey, Place)] = &[
    (ProfileKey::Name, Place::Name),
    (ProfileKey::Company, Place::Company),
    (ProfileKey::Phones, Place::Phone),
    (ProfileKey::Emails, Place::Email),
    (ProfileKey::Handles, Place::Handle),
    (ProfileKey::Owner, Place::Owner),
    (ProfileKey::Tags, Place::Tag),
    (ProfileKey::Region, Place::Region),
    (ProfileKey::Address, Place::Address),
    (ProfileKey::Industry, Place::Other),
    (ProfileKey::Interests, Place::Other),
    (ProfileKey::Preferences, Place::Other),
    (ProfileKey::Needs, Place::Other),
    (ProfileKey::SourceChannel, Place::Other),
    (ProfileKey::ReferredBy, Place::Other),
];

impl Place {
    const ALL: [Self; 15] = [
        Self::Id,
        Self::Name,
        Self::Company,
        Self::ContactName,
        Self::Phone,
        Self::Email,
        Self::Handle,
        Self::ContactPhone,
        Self::ContactEmail,
        Self::Owner,
        Self::Tag,
        Self::Region,
        Self::Address,
        Self::Other,
        Self::Notes,
    ];

    pub(crate) fn of_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// Whether it says whom a customer has to do with, rather than who it is.
    pub(crate) fn is_aside(self) -> bool {
        self >= Self::Owner
    }

    pub(crate) fn is_phone(self) -> bool {
        matches!(self, Self::Phone | Self::ContactPhone)
    }

    /// Whether it is a name, which is found by its sound too.
    pub(crate) fn is_name(self) -> bool {
        matches!(self, Self::Name | Self::Company | Self::ContactName | Self::Owner)
    }
}

/// A text of a record that is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Looked<'a> {
    pub(crate) place: Place,
    /// The field's name as rules write it; `contacts` for people at the customer.
    pub(crate) field: Cow<'static, str>,
    pub(crate) text: &'a str,
}

/// Returns the texts of a record that are looked at, within the bounds of what is.
pub(crate) fn texts(record: &Record) -> Vec<Looked<'_>> {
    let mut bytes = 0;
    let mut texts = Vec::new();
    let mut add = |place: Place, field: Cow<'static, str>, text| {
        let text = cut(text);
        bytes += text.len();
        if bytes <= MOST_BYTES && !text.is_empty() {
            texts.push(Looked { place, field, text });
        }
    };
    let profile = &record.profile;
    add(Place::Id, "id".into(), &record.external.id);
    for (key, place) in PROFILE {
        if *place == Place::Owner {
            for contact in &profile.contacts {
                add(Place::ContactName, "contacts".into(), &contact.name);
                contact.phones.iter().for_each(|phone| add(Place::ContactPhone, "contacts".into(), phone));
                contact.emails.iter().for_each(|email| add(Place::ContactEmail, "contacts".into(), email));
            }
        }
        for text in profile.get(*key).map(all).unwrap_or_default() {
            add(*place, key.name().into(), text);
        }
    }
    for (name, value) in profile.custom_fields() {
        all(value).iter().for_each(|text| add(Place::Other, format!("custom.{name}").into(), text));
    }
    for text in profile.get(ProfileKey::Notes).map(all).unwrap_or_default() {
        add(Place::Notes, ProfileKey::Notes.name().into(), text);
    }
    texts
}

/// The texts of a value; numbers, days and the like have none.
fn all(value: &Value) -> &[String] {
    match value {
        Value::Text(text) => std::slice::from_ref(text),
        Value::TextList(texts) => texts,
        _ => &[],
    }
}

fn cut(text: &str) -> &str {
    // A text of so few bytes cannot have more characters.
    if text.len() <= MOST_CHARACTERS {
        return text;
    }
    let end = text.char_indices().nth(MOST_CHARACTERS).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use tierhook_model::{Contact, ExternalRef, RecordId, RecordKind};

    use super::*;

    #[test]
    fn the_telling_texts_come_first_and_secrets_not_at_all() {
        let mut record = Record::new(RecordId(1), RecordKind::Customer, ExternalRef::new("shop", "1001"));
        let profile = &mut record.profile;
        profile.set(ProfileKey::Notes, Some(Value::Text("长".repeat(300))));
        profile.set(ProfileKey::Name, Some(Value::Text("王芳".into())));
        profile.set(ProfileKey::Gender, Some(Value::Text("female".into())));
        profile.set(ProfileKey::EconomicStatus, Some(Value::Text("rich".into())));
        profile.set(ProfileKey::Employees, Some(Value::Integer(7)));
        profile.set(ProfileKey::Tags, Some(Value::TextList(vec!["VIP".into(), "twins".into()])));
        profile.set_custom("shop_name", Some(Value::Text("Corner".into())));
        profile.contacts.push(Contact {
            id: "k1".into(),
            name: "李伟".into(),
            role: None,
            phones: vec!["138".into()],
            emails: vec![],
        });
        let looked: Vec<_> = texts(&record).into_iter().map(|it| (it.field, it.text.chars().count())).collect();
        let expected = [
            ("id", 4),
            ("name", 2),
            ("contacts", 2),
            ("contacts", 3),
            ("tags", 3),
            ("tags", 5),
            ("custom.shop_name", 6),
            ("notes", MOST_CHARACTERS),
        ];
        assert_eq!(looked, expected.map(|(field, length)| (field.into(), length)));
    }

    #[test]
    fn places_are_told_by_their_codes() {
        for (code, place) in Place::ALL.into_iter().enumerate() {
            assert_eq!((place as usize, Place::of_code(code as u8)), (code, Some(place)));
        }
        assert_eq!(Place::of_code(Place::ALL.len() as u8), None);
    }
}
