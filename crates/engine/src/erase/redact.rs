//! Redacting: what facts and decisions of others say of a person, taken out.

use std::collections::BTreeSet;

use tierhook_model::{Contact, ExternalRef, Fact, FactBody, HistoryEntry, ProfileKey, Standing, Value};

use super::KnownBy;

/// The field that names another person.
const REFERRED_BY: ProfileKey = ProfileKey::ReferredBy;
/// What a person at a customer is called who was erased.
const NOBODY: &str = "erased";

/// Facts that say less from now on.
#[derive(Debug, Default)]
pub(super) struct RedactedFacts {
    /// The facts as they shall be; those that stay as they are are not among them.
    pub(super) facts: Vec<Fact>,
    /// How many of them said that the person referred the customer.
    pub(super) references: u64,
    /// How many of them were about the person at the customer.
    pub(super) contacts: u64,
    /// How many of them had words that only this person has: a phone, an address, a handle, or a name if names go too.
    pub(super) words: u64,
    /// How many facts still have a name of the person in their words.
    pub(super) mentions: u64,
}

/// Takes what is said of a person out of another record's facts.
pub(super) fn redacted_facts(facts: &[Fact], known_by: &KnownBy) -> RedactedFacts {
    // A contact is the same person under all of its facts, also those from before the phone was known.
    let is_person = |contact: &Contact| known_by.reaches(&contact.phones) || known_by.reaches(&contact.emails);
    let contacts: BTreeSet<&str> = facts
        .iter()
        .filter_map(|fact| match &fact.body {
            FactBody::Contact(change) if is_person(&change.contact) => Some(change.contact.id.as_str()),
            _ => None,
        })
        .collect();
    let mut redacted = RedactedFacts::default();
    for fact in facts {
        let is_mute = matches!(fact.body, FactBody::Order(_) | FactBody::Measure(_) | FactBody::Retraction(_));
        if is_mute && fact.contact.is_none() {
            continue;
        }
        let mut less = fact.clone();
        let (mut has_less, mut is_named) = (false, false);
        for_each_text(&mut less.body, |text| {
            if let Some(without) = known_by.taken_out_of(text) {
                *text = without;
                has_less = true;
            }
            is_named |= known_by.is_named_in(text);
        });
        redacted.words += u64::from(has_less);
        redacted.mentions += u64::from(is_named);
        if less.contact.as_deref().is_some_and(|contact| contacts.contains(contact)) {
            less.contact = None;
        }
        match &mut less.body {
            FactBody::Profile(change) => {
                let is_reference = |value: &Option<Value>| {
                    value.as_ref().and_then(Value::as_text).is_some_and(|text| known_by.is_meant_by(text))
                };
                let before = change.fields.len();
                change.fields.retain(|(key, value)| *key != REFERRED_BY || !is_reference(value));
                redacted.references += u64::from(change.fields.len() < before);
            }
            FactBody::Contact(change) if contacts.contains(change.contact.id.as_str()) => {
                change.contact = Contact {
                    id: NOBODY.to_owned(),
                    name: String::new(),
                    role: None,
                    phones: Vec::new(),
                    emails: Vec::new(),
                };
                change.removed = true;
                redacted.contacts += 1;
            }
            // The two were taken for one customer once, and are not any more.
            FactBody::Merge(merge) if known_by.references.contains(&merge.external) => {
                merge.external = ExternalRef::new(NOBODY, NOBODY);
                redacted.references += 1;
            }
            _ => {}
        }
        if less != *fact {
            redacted.facts.push(less);
        }
    }
    redacted
}

/// Takes what is said of a person out of a kept decision on another record; `None` if it says nothing of them.
pub(super) fn redacted_entry(entry: &HistoryEntry, known_by: &KnownBy) -> Option<HistoryEntry> {
    let mut less = entry.clone();
    let mut values: Vec<Value> = Vec::new();
    for read in less.receipt.rules.iter_mut().flat_map(|rule| &mut rule.read) {
        let is_theirs = |value: &Value| value.as_text().is_some_and(|text| known_by.is_meant_by(text));
        if read.field == REFERRED_BY.name() && read.value.as_ref().is_some_and(is_theirs) {
            values.extend(read.value.take());
        }
    }
    for reason in less.receipt.dimensions.iter_mut().flat_map(|dimension| &mut dimension.reasons) {
        for argument in &mut reason.arguments {
            // An id alone may be any number, unless it was read as the person's.
            if argument.value.as_ref().is_some_and(|value| values.contains(value) || names(value, known_by)) {
                argument.value = None;
            }
        }
    }
    (less != *entry).then_some(less)
}

/// Tells whether a value of a reason names the person.
fn names(value: &Value, known_by: &KnownBy) -> bool {
    value.as_text().is_some_and(|text| known_by.names.contains(text) || known_by.is_named_in(text))
}

/// Takes what is said of a person out of another record's follow-ups and warnings: reminders are people's words. Returns
/// whether anything was, and in how many words the name is left.
pub(super) fn redact_standing(standing: &mut Standing, known_by: &KnownBy) -> (bool, u64) {
    let (mut is_less, mut mentions) = (false, 0);
    let of_follow_ups = standing.follow_ups.iter_mut().flat_map(|it| {
        it.reasons.iter_mut().chain(&mut it.action).chain(it.offer.as_mut().map(|offer| &mut offer.terms))
    });
    let of_warnings = standing.warnings.iter_mut().flat_map(|it| it.reasons.iter_mut().chain(&mut it.suggestion));
    for argument in of_follow_ups.chain(of_warnings).flat_map(|reason| &mut reason.arguments) {
        let Some(Value::Text(text)) = &mut argument.value else { continue };
        if let Some(without) = known_by.taken_out_of(text) {
            *text = without;
            is_less = true;
        }
        mentions += u64::from(known_by.is_named_in(text));
    }
    (is_less, mentions)
}

/// Calls `each` for every free text of a fact: what people wrote down, rather than picked from a list.
fn for_each_text(body: &mut FactBody, mut each: impl FnMut(&mut String)) {
    match body {
        FactBody::Interaction(interaction) => interaction.note.iter_mut().for_each(each),
        FactBody::Feedback(feedback) => feedback.text.iter_mut().for_each(each),
        FactBody::Refund(refund) => refund.reason.iter_mut().for_each(each),
        FactBody::Cancellation(cancellation) => cancellation.reason.iter_mut().for_each(each),
        FactBody::Override(word) => each(&mut word.why),
        FactBody::Outcome(outcome) => outcome.note.iter_mut().for_each(each),
        FactBody::Profile(change) => {
            let own = change.fields.iter_mut().filter(|(key, _)| *key == ProfileKey::Notes).map(|(_, value)| value);
            for value in own.chain(change.custom.iter_mut().map(|(_, value)| value)).flatten() {
                if let Value::Text(text) = value {
                    each(text);
                }
            }
        }
        FactBody::Merge(merge) => each(&mut merge.why),
        FactBody::Order(_) | FactBody::Measure(_) | FactBody::Contact(_) | FactBody::Retraction(_) => {}
    }
}
