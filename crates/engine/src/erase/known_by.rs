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

/// The fewest digits of a phone number.
const PHONE_DIGITS: usize = 7;
/// How many runs of digits a phone number is written in at most.
const PHONE_RUNS: usize = 6;

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
        texts.iter().any(|text| self.reach.contains(text.trim()) || self.is_phone_of(text))
    }

    /// Tells whether a free text names the person: by name, phone, address, handle or `source:id`. Short names are not
    /// looked for: they are in too many words.
    pub fn is_named_in(&self, text: &str) -> bool {
        self.names_to_find().chain(self.own_words()).any(|word| text.contains(word.as_ref()))
            || !self.phones_in(text).is_empty()
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
        // The same number, written otherwise.
        for (from, to) in self.phones_in(&without).into_iter().rev() {
            without.replace_range(from..to, GONE);
        }
        (without != text).then_some(without)
    }

    /// Finds phone numbers of the person in a text, as places of bytes.
    fn phones_in(&self, text: &str) -> Vec<(usize, usize)> {
        let runs = runs_of_digits(text);
        let (mut found, mut at) = (Vec::new(), 0);
        while at < runs.len() {
            // Few runs before many: two numbers with a blank between them are two.
            let joined = (at..runs.len().min(at + PHONE_RUNS))
                .take_while(|last| *last == at || text[runs[last - 1].1..runs[*last].0].chars().all(is_between_digits));
            let phone = joined
                .map(|last| (last, (runs[at].0, runs[last].1)))
                .find(|(_, (from, to))| self.is_phone_of(&text[*from..*to]));
            at = phone.map_or(at, |(last, _)| last) + 1;
            found.extend(phone.map(|(_, place)| place));
        }
        found
    }

    /// Tells whether a text is a phone number of the person, however it is written: with or without country code,
    /// with blanks or hyphens.
    fn is_phone_of(&self, text: &str) -> bool {
        let Some(asked) = significant(text) else { return false };
        let is_same = |known: &String| asked.ends_with(known.as_str()) || known.ends_with(asked.as_str());
        self.reach.iter().filter_map(|known| significant(known)).any(|known| is_same(&known))
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

/// Returns the digits of a phone number without the zeros before them; `None` if the text is none. Behind a country
/// code there is no such zero, so that one number's digits are the end of another's if both are the same.
fn significant(text: &str) -> Option<String> {
    let (number, extension) = text.split_once('x').unwrap_or((text, ""));
    let is_number = |c: char| c.is_ascii_digit() || is_between_digits(c);
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_start_matches('0');
    let is_phone = number.trim().chars().all(is_number) && extension.chars().all(|c| c.is_ascii_digit());
    (is_phone && digits.len() >= PHONE_DIGITS).then(|| format!("{digits}{extension}"))
}

/// Tells whether a character may stand in a phone number beside digits.
fn is_between_digits(c: char) -> bool {
    matches!(c, '+' | ' ' | '-' | '(' | ')')
}

/// Finds the runs of digits in a text, as places of bytes; a plus belongs to the digits behind it.
fn runs_of_digits(text: &str) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (at, c) in text.char_indices().filter(|(_, c)| c.is_ascii_digit() || *c == '+') {
        match runs.last_mut() {
            Some((_, to)) if *to == at && c != '+' => *to = at + 1,
            _ => runs.push((at, at + 1)),
        }
    }
    runs
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

    #[test]
    fn a_phone_is_the_same_however_it_is_written() {
        let mut known_by = KnownBy::default();
        known_by.reach.extend(["+8613800138001".to_owned(), "0571-88886666".to_owned()]);
        for text in ["13800138001", "+86 138 0013 8001", "0086 138-0013-8001", "057188886666", "+86 571 8888 6666"] {
            assert!(known_by.reaches(&[text.to_owned()]), "{text}");
            let told = known_by.taken_out_of(&format!("call {text}, then 13700137003"));
            assert_eq!(told.as_deref(), Some("call [...], then 13700137003"));
        }
        for text in ["13800138002", "8001", "2026-03-01", "1380013800", "order 138001"] {
            assert!(!known_by.reaches(&[text.to_owned()]) && known_by.taken_out_of(text).is_none(), "{text}");
        }
        let two = known_by.taken_out_of("13700137003 13800138001");
        assert_eq!(two.as_deref(), Some("13700137003 [...]"));
    }
}
