//! People at customers.

use std::sync::PoisonError;

use tierhook_model::{Contact, ContactChange, FactBody};

use super::Host;
use super::failure::api;
use super::profile::one;
use super::text::Texts;
use crate::api::{Answer, ApiError, ContactEdit, Datum, EditRow, FieldChange};

impl Host {
    /// Enters, changes or removes a person at a customer.
    pub(super) fn edit_contact(
        &self,
        name: &str,
        edit: &ContactEdit,
        remove: bool,
        texts: &Texts,
    ) -> Result<Answer, ApiError> {
        let id = self.find(name)?.id;
        let _one_at_a_time = self.editing.lock().unwrap_or_else(PoisonError::into_inner);
        let record = self.engine.record(id).map_err(api)?;
        let known = record.profile.contacts.iter().find(|contact| contact.id == edit.id);
        if remove && known.is_none() {
            let error = ApiError::not_found(format!("{} has no contact `{}`", record.external, edit.id));
            let ids: Vec<&str> = record.profile.contacts.iter().map(|contact| contact.id.as_str()).collect();
            return Err(if ids.is_empty() { error } else { error.with_hint(format!("there are {}", ids.join(", "))) });
        }
        let contact = match (known, remove) {
            (Some(known), true) => known.clone(),
            _ => edited(&self.with_phones(edit)?, known)?,
        };
        let after = (!remove).then(|| contact.clone());
        let row = EditRow { customer: Texts::head(&record), is_new: false, fields: Vec::new(), changes: Vec::new() };
        if known == after.as_ref() {
            return Ok(one(row));
        }
        let field = FieldChange {
            field: format!("contact.{}", edit.id),
            before: known.map(contact_text),
            after: after.as_ref().map(contact_text),
        };
        let body = FactBody::Contact(ContactChange { contact, removed: remove });
        let changes = self.engine.note(id, &[body], self.now()).map_err(api)?;
        let record = self.engine.record(id).map_err(api)?;
        let changes = changes.iter().map(|change| texts.change(&record, change)).collect();
        Ok(one(EditRow { fields: vec![field], changes, ..row }))
    }

    /// Writes the telephone numbers of an edit as an import does.
    fn with_phones(&self, edit: &ContactEdit) -> Result<ContactEdit, ApiError> {
        let mut phones = Vec::new();
        for text in &edit.phones {
            phones.extend(self.phones("phone", text)?);
        }
        phones.dedup();
        Ok(ContactEdit { phones, ..edit.clone() })
    }
}

/// Who a person is after an edit.
fn edited(edit: &ContactEdit, known: Option<&Contact>) -> Result<Contact, ApiError> {
    let id = edit.id.trim();
    if id.is_empty() {
        return Err(ApiError::invalid("a contact has an id").with_hint("choose one, for example --id k1"));
    }
    let given = |text: &Option<String>| text.as_ref().map(|text| text.trim().to_owned());
    let name = given(&edit.name).or_else(|| known.map(|known| known.name.clone())).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| {
        ApiError::invalid(format!("the contact `{id}` has no name")).with_hint("add --name, for example --name 王芳")
    })?;
    let role = match given(&edit.role) {
        Some(role) => Some(role).filter(|role| !role.is_empty()),
        None => known.and_then(|known| known.role.clone()),
    };
    let several = |given: &[String], known: Option<&Vec<String>>| match given {
        [] => known.cloned().unwrap_or_default(),
        given => given.to_vec(),
    };
    Ok(Contact {
        id: id.to_owned(),
        name,
        role,
        phones: several(&edit.phones, known.map(|known| &known.phones)),
        emails: several(&edit.emails, known.map(|known| &known.emails)),
    })
}

fn contact_text(contact: &Contact) -> Datum {
    let parts = std::iter::once(&contact.name).chain(&contact.role).chain(&contact.phones).chain(&contact.emails);
    Datum::Text(parts.map(String::as_str).collect::<Vec<_>>().join(", "))
}
