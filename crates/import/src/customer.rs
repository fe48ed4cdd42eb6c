//! Rows of customer lists: profile changes.

use tierhook_model::{Day, FactBody, FieldType, Moment, ProfileChange, ProfileKey, Value, digest128};

use crate::formula::TermReader;
use crate::mapping::{CustomerTerms, Mapping, TermId};
use crate::read::{ImportContext, Taken};
use crate::row::{Rejection, Row};
use crate::statement::Statements;

/// Takes the rows of a customer list.
#[derive(Debug)]
pub(crate) struct CustomerRows<'m> {
    terms: &'m CustomerTerms,
    context: &'m ImportContext,
    statements: Statements<'m>,
}

impl<'m> CustomerRows<'m> {
    pub(crate) fn new(mapping: &'m Mapping, terms: &'m CustomerTerms, context: &'m ImportContext) -> Self {
        Self { terms, context, statements: Statements::new(mapping, context) }
    }

    /// Makes the profile change of a row.
    pub(crate) fn take(&mut self, terms: &mut TermReader<'_>, row: &Row) -> Result<Taken, Rejection> {
        let heading = self.statements.heading(terms, row)?;
        let change = self.terms.change(self.context, terms, row, &mut Err)?;
        let key = statement_key(&heading.customer, &change, heading.at);
        self.statements.take(heading, &key, None, FactBody::Profile(change), row)
    }
}

impl CustomerTerms {
    /// Returns what a row says about its customer. `refused` hears of each value that cannot be read, and ends it or
    /// goes on without the value.
    pub(crate) fn change(
        &self,
        context: &ImportContext,
        terms: &mut TermReader<'_>,
        row: &Row,
        refused: &mut dyn FnMut(Rejection) -> Result<(), Rejection>,
    ) -> Result<ProfileChange, Rejection> {
        let mut change = ProfileChange::default();
        for (key, term) in &self.fields {
            let value = match key {
                ProfileKey::Phones => terms.phones(*term, row).map(|list| self.listed(list)),
                ProfileKey::Emails => terms.emails(*term, row).map(|list| self.listed(list)),
                _ => self.value(context, terms, row, key.field_type(), *term),
            };
            match value {
                Ok(Some(value)) => change.fields.push((*key, value)),
                Ok(None) => {}
                Err(rejection) => refused(rejection)?,
            }
        }
        for (name, ty, term) in &self.custom {
            match self.value(context, terms, row, *ty, *term) {
                Ok(Some(value)) => change.custom.push((name.clone(), value)),
                Ok(None) => {}
                Err(rejection) => refused(rejection)?,
            }
        }
        for (purpose, term) in &self.consents {
            match terms.answer(*term, row) {
                Ok(Some(given)) => change.consents.push((purpose.clone(), given)),
                Ok(None) => {}
                Err(rejection) => refused(rejection)?,
            }
        }
        Ok(change)
    }

    /// Returns what a list in a row says about a field.
    fn listed(&self, items: Vec<String>) -> Option<Option<Value>> {
        let value = (!items.is_empty()).then_some(Value::TextList(items));
        if value.is_none() && !self.clear_empty { None } else { Some(value) }
    }

    /// Returns what a row says about a field: a value, that there is none (`Some(None)`), or nothing at all.
    fn value(
        &self,
        context: &ImportContext,
        terms: &mut TermReader<'_>,
        row: &Row,
        ty: FieldType,
        term: TermId,
    ) -> Result<Option<Option<Value>>, Rejection> {
        let value = match ty {
            FieldType::Text => terms.text(term, row)?.map(|text| Value::Text(text.into_owned())),
            FieldType::TextList => terms.list(term, row)?.map(Value::TextList),
            FieldType::Boolean => terms.answer(term, row)?.map(Value::Boolean),
            FieldType::Day => terms.moment(term, row, &context.zone)?.map(|(_, day)| Value::Day(day)),
            FieldType::Integer => match terms.number(term, row)? {
                None => None,
                Some(number) => match i64::try_from(number.normalize()) {
                    Ok(whole) if number.is_integer() => Some(Value::Integer(whole)),
                    _ => {
                        let key = terms.key(term);
                        let detail = format!("`{key}`: {number} is no whole number; round it in the mapping");
                        return Err(Rejection::new(format!("`{key}` is no whole number"), detail));
                    }
                },
            },
            FieldType::Decimal | FieldType::Money => match terms.number(term, row)? {
                None => None,
                // By way of the text: that gives the nearest float.
                Some(number) => number.to_string().parse().ok().map(Value::Decimal),
            },
        };
        Ok(if value.is_none() && !self.clear_empty { None } else { Some(value) })
    }
}

/// Returns the key of what is said about a customer since a moment, if the file tells since when.
pub(crate) fn statement_key(customer: &str, change: &ProfileChange, at: Option<(Moment, Day)>) -> String {
    format!("profile:{customer}:{}", content(change, at))
}

/// Returns the digest of a change. It is part of stored keys and must not change. The moment of the import is not
/// in it: it would make the same file new each time.
fn content(change: &ProfileChange, at: Option<(Moment, Day)>) -> String {
    let mut parts = vec![at.map_or_else(String::new, |(moment, _)| moment.0.to_string())];
    let fields = change.fields.iter().map(|(key, value)| (ProfileKey::name(*key), value));
    for (name, value) in fields.chain(change.custom.iter().map(|(name, value)| (name.as_str(), value))) {
        parts.push(name.to_owned());
        match value {
            None => parts.push("-".to_owned()),
            Some(Value::Text(text)) => parts.push(format!("t{text}")),
            Some(Value::Integer(number)) => parts.push(format!("i{number}")),
            Some(Value::Decimal(number)) => parts.push(format!("f{:016x}", number.to_bits())),
            Some(Value::Boolean(yes)) => parts.push(format!("b{yes}")),
            Some(Value::Day(day)) => parts.push(format!("d{}", day.0)),
            Some(Value::TextList(items)) => {
                parts.push(format!("l{}", items.len()));
                parts.extend(items.iter().cloned());
            }
        }
    }
    for (purpose, given) in &change.consents {
        parts.push(format!("consent {purpose}"));
        parts.push(format!("b{given}"));
    }
    let parts: Vec<&[u8]> = parts.iter().map(String::as_bytes).collect();
    format!("{:032x}", u128::from_be_bytes(digest128(&parts)))
}
