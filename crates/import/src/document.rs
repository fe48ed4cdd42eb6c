//! Documents: orders, cancellations and refunds that are put together from rows.
//!
//! Rows of one document usually stand together, but need not: so documents are kept until the end of the file. A
//! line takes about 56 bytes, because the texts of products repeat and are kept once each: five million lines fit
//! into 300 MB. Documents are then handed over in the order in which they happened.

use std::collections::HashMap;
use std::sync::Arc;

use rust_decimal::Decimal;
use tierhook_model::{
    Cancellation, Currency, Day, ExternalRef, FactBody, FactKind, Line, Moment, NewFact, Order, Refund,
};

use crate::mapping::Mapping;
use crate::money::{to_amount, to_minor};
use crate::read::ImportContext;
use crate::row::Rejection;

/// What one row says about the document that it belongs to.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Order, cancellation or refund.
    pub(crate) kind: FactKind,
    pub(crate) id: String,
    pub(crate) customer: String,
    pub(crate) contact: Option<String>,
    pub(crate) currency: Currency,
    pub(crate) occurred: Moment,
    pub(crate) day: Day,
    pub(crate) channel: Option<String>,
    pub(crate) order: Option<String>,
    pub(crate) reason: Option<String>,
    /// What the row comes to, exactly.
    pub(crate) amount: Decimal,
    /// What was bought, if the file says so.
    pub(crate) product: Option<Product>,
    /// The row's line in the file.
    pub(crate) row: u64,
}

/// What a row says was bought.
#[derive(Clone, Debug)]
pub(crate) struct Product {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) category: Option<String>,
    pub(crate) group: Option<String>,
    pub(crate) quantity_milli: i64,
    pub(crate) amount_minor: i64,
    pub(crate) is_goods: bool,
}

/// Documents that are being put together.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    by_id: HashMap<(FactKind, Arc<str>), u32>,
    documents: Vec<Document>,
    lines: Vec<StoredLine>,
    texts: Texts,
}

#[derive(Debug)]
struct Document {
    kind: FactKind,
    id: Arc<str>,
    customer: u32,
    contact: u32,
    channel: u32,
    order: u32,
    reason: u32,
    currency: Currency,
    occurred: Moment,
    day: Day,
    total: Decimal,
    first: u32,
    last: u32,
}

/// A line, linked to the next one of its document.
#[derive(Debug)]
struct StoredLine {
    row: u64,
    quantity_milli: i64,
    amount_minor: i64,
    next: u32,
    product: u32,
    name: u32,
    category: u32,
    group: u32,
    is_goods: bool,
}

/// No text, or no further line.
const NONE: u32 = u32::MAX;

/// A document that is complete.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) kind: FactKind,
    /// The lines in the file that it came from.
    pub(crate) rows: Vec<u64>,
    /// The fact, or why there is none.
    pub(crate) fact: Result<NewFact, Rejection>,
}

impl Documents {
    /// Adds a row to the document with its kind and id.
    pub(crate) fn add(&mut self, entry: Entry) -> Result<(), Rejection> {
        let line = StoredLine {
            row: entry.row,
            quantity_milli: entry.product.as_ref().map_or(0, |product| product.quantity_milli),
            amount_minor: entry.product.as_ref().map_or(0, |product| product.amount_minor),
            next: NONE,
            product: self.texts.add(entry.product.as_ref().map(|product| product.id.as_str())),
            name: self.texts.add(entry.product.as_ref().and_then(|product| product.name.as_deref())),
            category: self.texts.add(entry.product.as_ref().and_then(|product| product.category.as_deref())),
            group: self.texts.add(entry.product.as_ref().and_then(|product| product.group.as_deref())),
            is_goods: entry.product.as_ref().is_some_and(|product| product.is_goods),
        };
        let at = self.lines.len() as u32;
        let id: Arc<str> = entry.id.as_str().into();
        match self.by_id.get(&(entry.kind, Arc::clone(&id))) {
            Some(known) => {
                let document = &mut self.documents[*known as usize];
                let total = same_document(document, &entry, &self.texts, &self.lines)?;
                document.total = total;
                if entry.occurred < document.occurred {
                    (document.occurred, document.day) = (entry.occurred, entry.day);
                }
                for (kept, new) in [
                    (&mut document.contact, &entry.contact),
                    (&mut document.channel, &entry.channel),
                    (&mut document.order, &entry.order),
                    (&mut document.reason, &entry.reason),
                ] {
                    if *kept == NONE {
                        *kept = self.texts.add(new.as_deref());
                    }
                }
                self.lines[document.last as usize].next = at;
                document.last = at;
            }
            None => {
                self.by_id.insert((entry.kind, Arc::clone(&id)), self.documents.len() as u32);
                self.documents.push(Document {
                    kind: entry.kind,
                    id,
                    customer: self.texts.add(Some(&entry.customer)),
                    contact: self.texts.add(entry.contact.as_deref()),
                    channel: self.texts.add(entry.channel.as_deref()),
                    order: self.texts.add(entry.order.as_deref()),
                    reason: self.texts.add(entry.reason.as_deref()),
                    currency: entry.currency,
                    occurred: entry.occurred,
                    day: entry.day,
                    total: entry.amount,
                    first: at,
                    last: at,
                });
            }
        }
        self.lines.push(line);
        Ok(())
    }

    /// Gives the documents away one by one, earliest first.
    pub(crate) fn finish(mut self, mapping: &Mapping, context: &ImportContext) -> impl Iterator<Item = Finished> {
        self.by_id = HashMap::new();
        let mut order: Vec<u32> = (0..self.documents.len() as u32).collect();
        // Whoever replays facts is spared work by getting them in order.
        order.sort_by_key(|at| (self.documents[*at as usize].occurred, *at));
        order.into_iter().map(move |at| self.finished(&self.documents[at as usize], mapping, context))
    }

    fn finished(&self, document: &Document, mapping: &Mapping, context: &ImportContext) -> Finished {
        let (mut rows, mut lines, mut next) = (Vec::new(), Vec::new(), document.first);
        while next != NONE {
            let line = &self.lines[next as usize];
            rows.push(line.row);
            if let Some(product) = self.texts.get(line.product) {
                lines.push(Line {
                    product,
                    name: self.texts.get(line.name),
                    category: self.texts.get(line.category),
                    group: self.texts.get(line.group),
                    quantity_milli: line.quantity_milli,
                    amount_minor: line.amount_minor,
                    is_goods: line.is_goods,
                });
            }
            next = line.next;
        }
        let fact = self.body(document, lines, context).map(|body| NewFact {
            record: ExternalRef::new(&mapping.customer_source, self.texts.get(document.customer).unwrap_or_default()),
            key: ExternalRef::new(&mapping.source, &*document.id),
            occurred: document.occurred,
            day: document.day,
            contact: self.texts.get(document.contact),
            body,
        });
        Finished { kind: document.kind, rows, fact }
    }

    fn body(&self, document: &Document, lines: Vec<Line>, context: &ImportContext) -> Result<FactBody, Rejection> {
        let (kind, id) = (document.kind, &document.id);
        // A file may write what is given back with either sign; the kind says already which way it goes.
        let total = if kind == FactKind::Order { document.total } else { document.total.abs() };
        if total.is_sign_negative() && !total.is_zero() {
            let detail =
                format!("order `{id}` comes to {total}; say in `refund` or `cancellation` which rows give money back");
            return Err(Rejection::new("the order comes to less than 0", detail));
        }
        let amount = to_minor(total, document.currency)
            .and_then(|minor| to_amount(minor, document.currency, context.currency, &context.rates))
            .ok_or_else(|| too_large(kind, id))?;
        let (order, reason) = (self.texts.get(document.order), self.texts.get(document.reason));
        Ok(match kind {
            FactKind::Refund => FactBody::Refund(Refund { order, amount, reason }),
            FactKind::Cancellation => FactBody::Cancellation(Cancellation { order, amount, reason }),
            _ => FactBody::Order(Order { amount, lines, channel: self.texts.get(document.channel) }),
        })
    }
}

/// Checks that a row can belong to a document, and returns the sum of both.
fn same_document(
    document: &Document,
    entry: &Entry,
    texts: &Texts,
    lines: &[StoredLine],
) -> Result<Decimal, Rejection> {
    let (kind, id, first) = (document.kind, &document.id, lines[document.first as usize].row);
    let customer = texts.get(document.customer).unwrap_or_default();
    if customer != entry.customer {
        let here = &entry.customer;
        let detail = format!(
            "{kind} `{id}` is customer `{customer}`'s on line {first} and `{here}`'s here; give each its own id"
        );
        return Err(Rejection::new(format!("two customers for one {kind}"), detail));
    }
    if document.currency != entry.currency {
        let (there, here) = (document.currency, entry.currency);
        let detail = format!("{kind} `{id}` is in {there} on line {first} and in {here} here; give each its own id");
        return Err(Rejection::new(format!("two currencies for one {kind}"), detail));
    }
    document.total.checked_add(entry.amount).ok_or_else(|| too_large(kind, id))
}

fn too_large(kind: FactKind, id: &str) -> Rejection {
    Rejection::new("the amount is too large", format!("{kind} `{id}` is too large to be kept; check the numbers"))
}

/// Texts that are kept once each.
#[derive(Debug, Default)]
struct Texts {
    numbers: HashMap<Arc<str>, u32>,
    list: Vec<Arc<str>>,
}

impl Texts {
    fn add(&mut self, text: Option<&str>) -> u32 {
        let Some(text) = text else { return NONE };
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let (text, number) = (Arc::<str>::from(text), self.list.len() as u32);
        self.list.push(Arc::clone(&text));
        self.numbers.insert(text, number);
        number
    }

    fn get(&self, number: u32) -> Option<String> {
        self.list.get(number as usize).map(|text| text.as_ref().to_owned())
    }
}
