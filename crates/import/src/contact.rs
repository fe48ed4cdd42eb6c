//! Rows of lists of contacts: what is new about people at customers.

use tierhook_model::{Contact, ContactChange, Day, FactBody, Moment, digest128};

use crate::formula::TermReader;
use crate::mapping::{ContactTerms, Mapping};
use crate::read::{ImportContext, Taken};
use crate::row::{Rejection, Row};
use crate::statement::Statements;

/// Takes the rows of a list of contacts.
#[derive(Debug)]
pub(crate) struct ContactRows<'m> {
    mapping: &'m Mapping,
    terms: &'m ContactTerms,
    statements: Statements<'m>,
}

impl<'m> ContactRows<'m> {
    pub(crate) fn new(mapping: &'m Mapping, terms: &'m ContactTerms, context: &'m ImportContext) -> Self {
        Self { mapping, terms, statements: Statements::new(mapping, context) }
    }

    /// Makes the contact change of a row.
    pub(crate) fn take(&mut self, terms: &mut TermReader<'_>, row: &Row) -> Result<Taken, Rejection> {
        let heading = self.statements.heading(terms, row)?;
        let change = self.change(terms, row)?;
        let key = contact_key(&heading.customer, &change, heading.at);
        self.statements.take(heading, &key, Some(change.contact.id.clone()), FactBody::Contact(change), row)
    }

    fn change(&self, terms: &mut TermReader<'_>, row: &Row) -> Result<ContactChange, Rejection> {
        let name = terms.required(self.terms.name, row)?;
        let id = terms.optional_id(self.mapping.id, row)?.unwrap_or_else(|| name.clone());
        let role = terms.optional(self.terms.role, row)?;
        let phones = self.terms.phones.map(|term| terms.phones(term, row)).transpose()?.unwrap_or_default();
        let emails = self.terms.emails.map(|term| terms.emails(term, row)).transpose()?.unwrap_or_default();
        let removed = match self.terms.removed {
            Some(removed) => terms.answer(removed, row)?.unwrap_or(false),
            None => false,
        };
        Ok(ContactChange { contact: Contact { id, name, role, phones, emails }, removed })
    }
}

/// Returns the key of what is said about a person since a moment, if the file tells since when.
pub(crate) fn contact_key(customer: &str, change: &ContactChange, at: Option<(Moment, Day)>) -> String {
    format!("contact:{customer}:{}:{}", change.contact.id, content(change, at))
}

/// Returns the digest of a change. It is part of stored keys and must not change.
fn content(change: &ContactChange, at: Option<(Moment, Day)>) -> String {
    let contact = &change.contact;
    let at = at.map_or_else(String::new, |(moment, _)| moment.0.to_string());
    let (phones, emails) = (contact.phones.join(";"), contact.emails.join(";"));
    let removed = change.removed.to_string();
    let role = contact.role.as_deref().unwrap_or_default();
    let parts = [&at, contact.name.as_str(), role, &phones, &emails, &removed];
    format!("{:032x}", u128::from_be_bytes(digest128(&parts.map(str::as_bytes))))
}
