//! What an order list says about its customers besides: the newest row of each counts.

use std::collections::HashMap;

use tierhook_model::{Day, ExternalRef, FactBody, Moment, NewFact, ProfileChange};

use crate::customer::statement_key;
use crate::formula::TermReader;
use crate::mapping::{CustomerTerms, Mapping};
use crate::read::ImportContext;
use crate::row::{Rejection, Row};

/// What was said about customers so far. An order list names a customer again with each order; all of it is one
/// statement for each, as of the newest order that says something.
#[derive(Debug)]
pub(crate) struct Said<'m> {
    mapping: &'m Mapping,
    terms: Option<&'m CustomerTerms>,
    context: &'m ImportContext,
    customers: HashMap<String, Newest>,
}

#[derive(Debug)]
struct Newest {
    change: ProfileChange,
    at: (Moment, Day),
}

impl<'m> Said<'m> {
    pub(crate) fn new(mapping: &'m Mapping, terms: Option<&'m CustomerTerms>, context: &'m ImportContext) -> Self {
        Self { mapping, terms, context, customers: HashMap::new() }
    }

    /// Reads what a row says; nothing if the mapping asks for nothing.
    pub(crate) fn change(&self, terms: &mut TermReader<'_>, row: &Row) -> Result<ProfileChange, Rejection> {
        self.terms.map_or_else(|| Ok(ProfileChange::default()), |about| about.change(self.context, terms, row))
    }

    /// Notes what a row says about a customer at a moment.
    pub(crate) fn note(&mut self, customer: String, change: ProfileChange, at: (Moment, Day)) {
        if change.fields.is_empty() && change.custom.is_empty() {
            return;
        }
        let Some(known) = self.customers.get_mut(&customer) else {
            self.customers.insert(customer, Newest { change, at });
            return;
        };
        let is_newer = at.0 >= known.at.0;
        merge(&mut known.change.fields, change.fields, is_newer);
        merge(&mut known.change.custom, change.custom, is_newer);
        known.at = if is_newer { at } else { known.at };
    }

    /// Returns what was said about a customer up to a moment, once: behind the order that said it, facts go in order.
    pub(crate) fn due(&mut self, customer: &str, occurred: Moment) -> Option<NewFact> {
        self.customers.get(customer).filter(|newest| newest.at.0 <= occurred)?;
        let (customer, newest) = self.customers.remove_entry(customer)?;
        Some(self.fact(customer, newest))
    }

    /// Returns what has not been handed over, in the order of customers.
    pub(crate) fn rest(mut self) -> impl Iterator<Item = NewFact> {
        let mut rest: Vec<(String, Newest)> = std::mem::take(&mut self.customers).into_iter().collect();
        rest.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        rest.into_iter().map(move |(customer, newest)| self.fact(customer, newest))
    }

    fn fact(&self, customer: String, Newest { change, at: (occurred, day) }: Newest) -> NewFact {
        // Without the moment: the same words in next month's list are the same fact.
        let key = statement_key(&customer, &change, None);
        NewFact {
            record: ExternalRef::new(&self.mapping.customer_source, customer),
            key: ExternalRef::new(&self.mapping.source, key),
            occurred,
            day,
            contact: None,
            body: FactBody::Profile(change),
        }
    }
}

/// Puts what two rows say together, in the order of the fields, so that the digest does not hang on that of the rows.
fn merge<K: Ord, V>(known: &mut Vec<(K, V)>, more: Vec<(K, V)>, is_newer: bool) {
    for (key, value) in more {
        match known.binary_search_by(|(other, _)| other.cmp(&key)) {
            Ok(at) if is_newer => known[at].1 = value,
            Ok(_) => {}
            Err(at) => known.insert(at, (key, value)),
        }
    }
}
