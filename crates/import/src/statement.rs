//! Statements: what a row says about a customer, from a moment on.

use tierhook_model::{Day, ExternalRef, FactBody, Moment, NewFact};

use crate::formula::TermReader;
use crate::key::SeenIds;
use crate::mapping::Mapping;
use crate::read::{ImportContext, Taken};
use crate::row::{Rejection, Row};

/// Makes statements of rows.
#[derive(Debug)]
pub(crate) struct Statements<'m> {
    mapping: &'m Mapping,
    context: &'m ImportContext,
    seen: SeenIds,
}

/// Of whom a row speaks, and since when it is so, if it says that.
#[derive(Debug)]
pub(crate) struct Heading {
    pub(crate) customer: String,
    pub(crate) at: Option<(Moment, Day)>,
}

impl<'m> Statements<'m> {
    pub(crate) fn new(mapping: &'m Mapping, context: &'m ImportContext) -> Self {
        Self { mapping, context, seen: SeenIds::default() }
    }

    pub(crate) fn heading(&self, terms: &mut TermReader<'_>, row: &Row) -> Result<Heading, Rejection> {
        let customer = terms.customer(row)?;
        let at = match self.mapping.at {
            Some(at) => terms.happened(at, row, &self.context.zone)?,
            None => None,
        };
        Ok(Heading { customer, at })
    }

    /// Makes the fact. Its key is that of whom it is about and of the content, so that the same content is the same fact
    /// however often it is imported, and other content is another fact, not a conflict.
    pub(crate) fn take(
        &mut self,
        heading: Heading,
        key: &str,
        contact: Option<String>,
        body: FactBody,
        row: &Row,
    ) -> Result<Taken, Rejection> {
        if !self.seen.note(key, "", row.line())? {
            return Ok(Taken::Repeated);
        }
        let now = self.context.now;
        let (occurred, day) = heading.at.unwrap_or_else(|| (now, self.context.zone.day_of(now)));
        Ok(Taken::Facts(vec![NewFact {
            record: ExternalRef::new(&self.mapping.customer_source, heading.customer),
            key: ExternalRef::new(&self.mapping.source, key),
            occurred,
            day,
            contact,
            body,
        }]))
    }
}
