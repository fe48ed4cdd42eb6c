//! Rows of order lists: lines of orders, of cancellations and of refunds.

use rust_decimal::Decimal;
use tierhook_model::{Currency, FactKind};

use crate::ImportError;
use crate::document::{Documents, Entry, Product};
use crate::formula::TermReader;
use crate::key::RowKeys;
use crate::mapping::{LineTerms, Mapping, OrderTerms, PriceTerms};
use crate::money::{currency_of, to_milli, to_minor};
use crate::read::{ImportContext, Taken};
use crate::row::{Rejection, Row};
use crate::said::Said;
use crate::sink::{Outlet, RejectedRow};

/// Takes the rows of an order list.
#[derive(Debug)]
pub(crate) struct OrderRows<'m> {
    mapping: &'m Mapping,
    terms: &'m OrderTerms,
    context: &'m ImportContext,
    documents: Documents,
    keys: RowKeys,
    said: Said<'m>,
}

impl<'m> OrderRows<'m> {
    pub(crate) fn new(mapping: &'m Mapping, terms: &'m OrderTerms, context: &'m ImportContext) -> Self {
        let said = Said::new(mapping, terms.about.as_deref(), context);
        Self { mapping, terms, context, documents: Documents::default(), keys: RowKeys::default(), said }
    }

    /// Takes a row. Those that belong to a document with an id are kept until [`OrderRows::finish`].
    pub(crate) fn take(&mut self, terms: &mut TermReader<'_>, row: &Row) -> Result<Taken, Rejection> {
        let id = terms.optional_id(self.mapping.id, row)?;
        let mut entry = self.entry(terms, row)?;
        let change = self.said.change(terms, row);
        let said = change.map(|change| (entry.customer.clone(), change, (entry.occurred, entry.day)));
        let Some(id) = id else {
            entry.id = self.keys.next(row);
            let mut alone = Documents::default();
            alone.add(entry)?;
            let finished = alone.finish(self.mapping, self.context);
            let facts = finished.map(|document| document.fact).collect::<Result<_, _>>()?;
            if let Some((customer, change, at)) = said {
                self.said.note(customer.clone(), change, at);
                self.said.take(&customer);
            }
            return Ok(Taken::Facts(facts));
        };
        entry.id = id;
        self.documents.add(entry)?;
        if let Some((customer, change, at)) = said {
            self.said.note(customer, change, at);
        }
        Ok(Taken::Kept)
    }

    /// Hands over the documents that were kept, and what was said about customers.
    pub(crate) fn finish(mut self, outlet: &mut Outlet<'_>) -> Result<(), ImportError> {
        for document in self.documents.finish(self.mapping, self.context) {
            match document.fact {
                Ok(fact) => {
                    outlet.taken(document.kind, document.rows.len() as u64);
                    let said = self.said.due(&fact.record.id, fact.occurred);
                    outlet.fact(fact)?;
                    said.into_iter().try_for_each(|fact| outlet.fact(fact))?;
                }
                Err(rejection) => {
                    for line in document.rows {
                        let Rejection { reason, detail } = rejection.clone();
                        outlet.reject(RejectedRow { line, reason, detail, row: String::new(), customer: None })?;
                    }
                }
            }
        }
        outlet.unread(self.said.unread());
        self.said.rest().try_for_each(|fact| outlet.fact(fact))
    }

    fn entry(&self, terms: &mut TermReader<'_>, row: &Row) -> Result<Entry, Rejection> {
        let (mapping, order) = (self.mapping, self.terms);
        let kind = self.kind(terms, row)?;
        let customer = terms.customer(row)?;
        let at = mapping.at.ok_or_else(|| Rejection::new("no date", "the mapping has no `at`"))?;
        let (occurred, day) = terms.happened(at, row, &self.context.zone)?.ok_or_else(|| terms.empty(at))?;
        let currency = self.currency(terms, row)?;
        let quantity = match order.line.as_ref().and_then(|line| line.quantity) {
            Some(quantity) => terms.required_number(quantity, row)?,
            None => Decimal::ONE,
        };
        let amount = match order.price {
            PriceTerms::Amount(amount) => terms.required_number(amount, row)?,
            PriceTerms::Unit(price) => {
                let price = terms.required_number(price, row)?;
                quantity.checked_mul(price).ok_or_else(|| out_of_range("the amount", quantity))?
            }
        };
        let discounts = order.line.as_ref().is_some_and(|line| line.discounts);
        if kind == FactKind::Order && !discounts && (is_negative(amount) || is_negative(quantity)) {
            let detail = format!(
                "the line has a quantity of {quantity} and comes to {amount}; say in `refund` or `cancellation` which \
                 rows give money back, in a `[[reject]]` which to leave out, or set `discounts = true` under `[line]`"
            );
            return Err(Rejection::new("the line is below 0", detail));
        }
        let product = match &order.line {
            Some(line) if kind == FactKind::Order => Some(product(terms, line, row, quantity, amount, currency)?),
            _ => None,
        };
        let given_back = kind != FactKind::Order;
        Ok(Entry {
            kind,
            id: String::new(),
            customer,
            contact: terms.optional(mapping.contact, row)?,
            currency,
            occurred,
            day,
            channel: if given_back { None } else { terms.optional(order.channel, row)? },
            order: if given_back { terms.optional(order.order, row)? } else { None },
            reason: if given_back { terms.optional(order.reason, row)? } else { None },
            amount,
            product,
            row: row.line(),
        })
    }

    fn kind(&self, terms: &mut TermReader<'_>, row: &Row) -> Result<FactKind, Rejection> {
        let mut says = |term: Option<_>| match term {
            Some(term) => Ok(terms.answer(term, row)?.unwrap_or(false)),
            None => Ok(false),
        };
        match (says(self.terms.cancellation)?, says(self.terms.refund)?) {
            (false, false) => Ok(FactKind::Order),
            (true, false) => Ok(FactKind::Cancellation),
            (false, true) => Ok(FactKind::Refund),
            (true, true) => {
                let detail = "`cancellation` and `refund` are both true for this row; let one exclude the other";
                Err(Rejection::new("both a cancellation and a refund", detail))
            }
        }
    }

    fn currency(&self, terms: &mut TermReader<'_>, row: &Row) -> Result<Currency, Rejection> {
        let code = match self.terms.currency {
            Some(term) => terms.text(term, row)?,
            None => None,
        };
        currency_of(code.as_deref(), self.context)
    }
}

fn product(
    terms: &mut TermReader<'_>,
    line: &LineTerms,
    row: &Row,
    quantity: Decimal,
    amount: Decimal,
    currency: Currency,
) -> Result<Product, Rejection> {
    Ok(Product {
        id: terms.required(line.product, row)?,
        name: terms.optional(line.name, row)?,
        category: terms.optional(line.category, row)?,
        group: terms.optional(line.group, row)?,
        quantity_milli: to_milli(quantity).ok_or_else(|| out_of_range("the quantity", quantity))?,
        amount_minor: to_minor(amount, currency).ok_or_else(|| out_of_range("the amount", amount))?,
        is_goods: match line.is_goods {
            Some(is_goods) => terms.answer(is_goods, row)?.unwrap_or(true),
            None => true,
        },
    })
}

fn is_negative(number: Decimal) -> bool {
    number.is_sign_negative() && !number.is_zero()
}

fn out_of_range(what: &str, number: Decimal) -> Rejection {
    Rejection::new(format!("{what} is too large"), format!("{what} is too large to be kept: {number}; check the row"))
}
