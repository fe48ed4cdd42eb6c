//! What an order list says about its customers besides: the newest row of each counts.

use std::collections::{BTreeMap, HashMap};

use tierhook_model::{Day, ExternalRef, FactBody, Moment, NewFact, ProfileChange, ProfileKey, Value};

use crate::customer::statement_key;
use crate::formula::TermReader;
use crate::mapping::{CustomerTerms, Mapping};
use crate::read::ImportContext;
use crate::row::{Rejection, Row};
use crate::sink::Unread;

/// What was said about customers so far. An order list names a customer again with each order; all of it is one
/// statement for each, as of the newest order that says something.
#[derive(Debug)]
pub(crate) struct Said<'m> {
    mapping: &'m Mapping,
    terms: Option<&'m CustomerTerms>,
    context: &'m ImportContext,
    customers: HashMap<String, Newest>,
    unread: BTreeMap<String, Unread>,
}

/// What the newest rows say about a customer, each field with its moment.
#[derive(Debug)]
struct Newest {
    fields: BTreeMap<ProfileKey, (Moment, Option<Value>)>,
    custom: BTreeMap<String, (Moment, Option<Value>)>,
    at: (Moment, Day),
    /// Whether an order of the customer is taken: of others nothing is said.
    is_taken: bool,
}

impl<'m> Said<'m> {
    pub(crate) fn new(mapping: &'m Mapping, terms: Option<&'m CustomerTerms>, context: &'m ImportContext) -> Self {
        Self { mapping, terms, context, customers: HashMap::new(), unread: BTreeMap::new() }
    }

    /// Reads what a row says; `None` if it says nothing, or the mapping asks for nothing. What cannot be read is noted: an
    /// order is no less for a mistyped telephone number.
    pub(crate) fn change(&mut self, terms: &mut TermReader<'_>, row: &Row) -> Option<ProfileChange> {
        let unread = &mut self.unread;
        let change = self.terms?.change(self.context, terms, row, &mut |Rejection { reason, detail }| {
            let first = || Unread { rows: 0, line: row.line(), detail };
            unread.entry(reason).or_insert_with(first).rows += 1;
            Ok(())
        });
        change.ok().filter(|change| !change.fields.is_empty() || !change.custom.is_empty())
    }

    /// Returns what could not be read.
    pub(crate) fn unread(&mut self) -> BTreeMap<String, Unread> {
        std::mem::take(&mut self.unread)
    }

    /// Notes what a row says about a customer at a moment.
    pub(crate) fn note(&mut self, customer: String, change: ProfileChange, at: (Moment, Day)) {
        let nothing = Newest { fields: BTreeMap::new(), custom: BTreeMap::new(), at, is_taken: false };
        let known = self.customers.entry(customer).or_insert(nothing);
        keep_newest(&mut known.fields, change.fields, at.0);
        keep_newest(&mut known.custom, change.custom, at.0);
        known.at = known.at.max(at);
    }

    /// Returns what was said about a customer of whom an order is taken, once: behind the order that said it, so that facts
    /// go in order.
    pub(crate) fn due(&mut self, customer: &str, occurred: Moment) -> Option<NewFact> {
        let newest = self.customers.get_mut(customer)?;
        newest.is_taken = true;
        if newest.at.0 > occurred {
            return None;
        }
        let (customer, newest) = self.customers.remove_entry(customer)?;
        Some(self.fact(customer, newest))
    }

    /// Notes that an order of a customer is taken, where orders are handed over as they are read.
    pub(crate) fn take(&mut self, customer: &str) {
        if let Some(newest) = self.customers.get_mut(customer) {
            newest.is_taken = true;
        }
    }

    /// Returns what has not been handed over, in the order of customers.
    pub(crate) fn rest(mut self) -> impl Iterator<Item = NewFact> {
        let rest = std::mem::take(&mut self.customers);
        let mut rest: Vec<(String, Newest)> = rest.into_iter().filter(|(_, newest)| newest.is_taken).collect();
        rest.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        rest.into_iter().map(move |(customer, newest)| self.fact(customer, newest))
    }

    fn fact(&self, customer: String, Newest { fields, custom, at: (occurred, day), .. }: Newest) -> NewFact {
        let fields = fields.into_iter().map(|(key, (_, value))| (key, value)).collect();
        let custom = custom.into_iter().map(|(name, (_, value))| (name, value)).collect();
        let change = ProfileChange { fields, custom, ..ProfileChange::default() };
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

/// Puts what a row says to what others said; of the same field the newest counts, wherever it stands in the file.
fn keep_newest<K: Ord, V>(known: &mut BTreeMap<K, (Moment, V)>, said: Vec<(K, V)>, at: Moment) {
    for (key, value) in said {
        if known.get(&key).is_none_or(|(before, _)| *before <= at) {
            known.insert(key, (at, value));
        }
    }
}
