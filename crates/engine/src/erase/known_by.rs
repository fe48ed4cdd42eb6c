//! What a person is known by: what to look for where others speak of them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use tierhook_model::{ExternalRef, Fact, FactBody, Profile, ProfileKey, Record, Value};

/// The fewest characters that a name needs to be looked for in free text, if all are Latin letters or digits.
const LATIN_NAME: usize = 4;
/// The fewest characters of any other name.
const OTHER_NAME: usize = 2;
/// The fewest characters of a phone number, an address or a handle.
const REACH: usize = 5;

/// What stands in a free text instead of what was taken out.
const GONE: &str = "[...]";

/// What a person is known by, now and before.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct KnownBy {
    /// What sources call the person.
    pub references: BTreeSet<ExternalRef>,
    /// Names.
    pub names: BTreeSet<String>,
    /// Phones, email addresses and other handles.
    pub reach: BTreeSet<String>,
    /// Whether names go from the words about others too. Others may have the same name.
    pub names_go: bool,
}

impl KnownBy {
    /// Learns from one of the person's records and all of its facts.
    pub fn learn(&mut self, record: &Record, facts: &[Fact]) {
        self.references.insert(record.external.clone());
        self.learn_profile(&record.profile);
        for fact in facts {
            if let FactBody::Profile(change) = &fact.body {
                change.fields.iter().for_each(|(key, value)| self.learn_field(*key, value.as_ref()));
            }
        }
    }

    fn learn_profile(&mut self, profile: &Profile) {
        profile.fields().for_each(|(key, value)| self.learn_field(key, Some(value)));
    }

    fn learn_field(&mut self, key: ProfileKey, value: Option<&Value>) {
        let into = match key {
            ProfileKey::Name => &mut self.names,
            ProfileKey::Phones | ProfileKey::Emails | ProfileKey::Handles => &mut self.reach,
            _ => return,
        };
        match value {
            Some(Value::Text(text)) => drop(into.insert(text.trim().to_owned())),
            Some(Value::TextList(list)) => into.extend(list.iter().map(|text| text.trim().to_owned())),
            _ => {}
        }
        into.remove("");
    }

    /// Tells whether a text as a whole means the person: a name, an id, or `source:id`.
    pub fn is_meant_by(&self, text: &str) -> bool {
        let text = text.trim();
        self.names.contains(text)
            || self.references.iter().any(|reference| reference.id == text || reference.to_string() == text)
    }

    /// Tells whether one of the texts is a phone, an address or a handle of the person.
    pub fn reaches(&self, texts: &[String]) -> bool {
        texts.iter().any(|text| self.reach.contains(text.trim()))
    }

    /// Tells whether a free text names the person: by name, phone, address, handle or `source:id`. Short names are not
    /// looked for: they are in too many words.
    pub fn is_named_in(&self, text: &str) -> bool {
        self.names_to_find().chain(self.own_words()).any(|word| text.contains(word.as_ref()))
    }

    /// Takes out of a free text what only this person has: phone, address, handle, `source:id`; names too if
    /// [`KnownBy::names_go`]. `None` if there is nothing of it.
    pub fn taken_out_of(&self, text: &str) -> Option<String> {
        let mut without = text.to_owned();
        for word in self.own_words().chain(self.names_to_find().filter(|_| self.names_go)) {
            if without.contains(word.as_ref()) {
                without = without.replace(word.as_ref(), GONE);
            }
        }
        (without != text).then_some(without)
    }

    /// Tells whether a text names the person by a word of its own: with neither letters nor digits before and behind.
    pub fn is_word_in(&self, text: &str) -> bool {
        self.names_to_find().chain(self.own_words()).any(|word| {
            text.match_indices(word.as_ref()).any(|(at, _)| {
                let (before, behind) = (&text[..at], &text[at + word.len()..]);
                !before.ends_with(char::is_alphanumeric) && !behind.starts_with(char::is_alphanumeric)
            })
        })
    }

    /// Names that are long enough to be looked for in free text.
    fn names_to_find(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let is_long = |name: &&String| {
            let least = if name.is_ascii() { LATIN_NAME } else { OTHER_NAME };
            name.chars().count() >= least
        };
        self.names.iter().filter(is_long).map(|name| Cow::Borrowed(name.as_str()))
    }

    /// What nobody else has.
    fn own_words(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let reach = self.reach.iter().filter(|reach| reach.chars().count() >= REACH);
        let references = self.references.iter().map(|reference| Cow::Owned(reference.to_string()));
        reach.map(|reach| Cow::Borrowed(reach.as_str())).chain(references)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_found_by_what_is_theirs_and_not_by_what_is_everybodys() {
        let mut known = KnownBy::default();
        known.references.insert(ExternalRef::new("shop", "7"));
        known.learn_field(ProfileKey::Name, Some(&Value::Text("李四".into())));
        known.learn_field(ProfileKey::Name, Some(&Value::Text("Li".into())));
        known.learn_field(ProfileKey::Phones, Some(&Value::TextList(vec!["13800000001".into(), "110".into()])));
        assert!(known.is_meant_by("7") && known.is_meant_by("shop:7") && known.is_meant_by(" Li "));
        assert!(!known.is_meant_by("Lily"));
        assert!(
            known.is_named_in("介绍人是李四")
                && known.is_named_in("call 13800000001")
                && known.is_named_in("see shop:7")
        );
        assert!(
            known.is_word_in("name = \"李四\"") && !known.is_word_in("李四光") && !known.is_word_in("x13800000001")
        );
        assert!(!known.is_named_in("Lily ordered 7 and called 110"));
        assert_eq!(known.taken_out_of("李四: 13800000001").as_deref(), Some("李四: [...]"));
        known.names_go = true;
        assert_eq!(known.taken_out_of("李四: 13800000001").as_deref(), Some("[...]: [...]"));
        assert_eq!(known.taken_out_of("Lily"), None);
        assert!(known.reaches(&["13800000001".into()]) && !known.reaches(&["13800000002".into()]));
    }
}
