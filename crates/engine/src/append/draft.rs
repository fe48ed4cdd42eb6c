//! Facts on their way to records that are known by number.

use tierhook_model::{Day, ExternalRef, FactBody, FactSeq, Moment, NewFact, Profile, Retraction};
use tierhook_store::KnownFact;

use crate::known::retraction_key;

/// A fact on its way to a record that is known by number.
#[derive(Debug)]
pub(super) struct Draft {
    /// Which of the facts it came from.
    pub(super) origin: usize,
    pub(super) key: ExternalRef,
    pub(super) content: [u8; 16],
    /// The fact that its key names so far.
    pub(super) replaces: Option<FactSeq>,
    pub(super) occurred: Moment,
    pub(super) day: Day,
    pub(super) contact: Option<String>,
    pub(super) body: FactBody,
}

impl Draft {
    /// The fact itself.
    pub(super) fn of(origin: usize, content: [u8; 16], fact: &NewFact) -> Self {
        Self {
            origin,
            key: fact.key.clone(),
            content,
            replaces: None,
            occurred: fact.occurred,
            day: fact.day,
            contact: fact.contact.clone(),
            body: fact.body.clone(),
        }
    }

    /// The fact that says that a known one is replaced. `replaces` is an earlier retraction of it that does not hold
    /// any more.
    pub(super) fn retraction(origin: usize, known: &KnownFact, replaces: Option<FactSeq>, fact: &NewFact) -> Self {
        let reason = format!("replaced by a new version of {}", fact.key);
        Self {
            origin,
            key: retraction_key(known.order.seq),
            content: [0; 16],
            replaces,
            occurred: fact.occurred,
            day: fact.day,
            contact: None,
            body: FactBody::Retraction(Retraction { fact: known.order.seq, reason }),
        }
    }
}

/// Tells whether a statement that was made before does not hold any more, so that making it again is news.
pub(super) fn is_news(body: &FactBody, current: Option<&Profile>) -> bool {
    match (body, current) {
        (FactBody::Profile(change), Some(profile)) => !change.is_in(profile),
        (FactBody::Contact(change), Some(profile)) => profile.contacts.contains(&change.contact) == change.removed,
        _ => false,
    }
}
