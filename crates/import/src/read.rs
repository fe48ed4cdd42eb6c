//! The path of a file: rows, rejections, facts.

use std::collections::BTreeMap;
use std::io::Read;

use rust_decimal::Decimal;
use tierhook_model::{BookZone, Currency, ExternalRef, Moment, NewFact};

use crate::contact::ContactRows;
use crate::customer::CustomerRows;
use crate::event::EventRows;
use crate::formula::{Formulas, TermReader};
use crate::mapping::{Body, Mapping};
use crate::order::OrderRows;
use crate::row::{Rejection, Row, RowReader};
use crate::sink::{Outlet, ReadReport, RejectedRow, Sink};
use crate::{ImportError, Progress, Rates};

/// How many rows there are from one word on progress to the next.
const ROWS_PER_PROGRESS: u64 = 4096;

/// What an import has to know about the book.
#[derive(Clone, Debug)]
pub struct ImportContext {
    /// The book's time zone: what makes a moment a civil day.
    pub zone: BookZone,
    /// The book's base currency: that of amounts that name none.
    pub currency: Currency,
    /// The moment of the import: since when profiles hold that do not say it themselves.
    pub now: Moment,
    /// What one major unit of a currency is worth in major units of the base currency. A row in a currency without
    /// a rate is rejected.
    pub rates: BTreeMap<Currency, Decimal>,
}

impl ImportContext {
    /// Makes a context without rates for other currencies.
    pub fn new(zone: BookZone, currency: Currency, now: Moment) -> Self {
        Self { zone, currency, now, rates: BTreeMap::new() }
    }

    /// Adds rates for other currencies.
    #[must_use]
    pub fn with_rates(mut self, rates: &Rates) -> Self {
        self.rates.extend(rates.iter());
        self
    }
}

/// What came of a row.
#[derive(Debug)]
pub(crate) enum Taken {
    /// These facts.
    Facts(Vec<NewFact>),
    /// It is kept for a fact of several rows.
    Kept,
    /// An earlier row said the same.
    Repeated,
}

/// Reads a file by a mapping and hands facts and rejected rows to a sink.
///
/// The file is a text with columns, JSON lines or an .xlsx workbook. It may be compressed with gzip and begin with a byte
/// order mark. Facts of rows that stand for themselves
/// are handed over as they are read; orders with an id when the whole file is read, earliest first, because their
/// lines may stand anywhere in it.
///
/// # Errors
/// [`ImportError`] if the file cannot be read, has other columns than the mapping expects, or the sink fails. What
/// is wrong with a row is never an error.
pub fn import(
    input: impl Read,
    mapping: &Mapping,
    context: &ImportContext,
    sink: &mut dyn Sink,
) -> Result<ReadReport, ImportError> {
    let mut rows = RowReader::open(input, &mapping.format, &mapping.file_name)?;
    let formulas = Formulas::compile(mapping, rows.columns(), rows.is_workbook())?;
    let mut terms = formulas.reader();
    let mut kind = KindRows::new(mapping, context);
    let mut outlet = Outlet::new(sink);
    while let Some(split) = rows.next()? {
        outlet.row(rows.line_number());
        let row = rows.row();
        match split.and_then(|()| wanted(mapping, &mut terms, row)).and_then(|()| kind.take(&mut terms, row)) {
            Ok(Taken::Kept) => {}
            Ok(Taken::Repeated) => outlet.repeated(),
            Ok(Taken::Facts(facts)) => {
                if let Some(fact) = facts.first() {
                    outlet.taken(fact.body.kind(), 1);
                }
                facts.into_iter().try_for_each(|fact| outlet.fact(fact))?;
            }
            Err(Rejection { reason, detail }) => {
                let customer = customer(mapping, &mut terms, row);
                outlet.reject(RejectedRow { line: row.line(), reason, detail, row: row.raw(), customer })?;
            }
        }
        if outlet.rows().is_multiple_of(ROWS_PER_PROGRESS) {
            outlet.progress(Progress { bytes: rows.bytes(), rows: outlet.rows() });
        }
    }
    if let KindRows::Orders(orders) = kind {
        orders.finish(&mut outlet)?;
    }
    outlet.finish(rows.bytes())
}

/// Whom a row is about that was rejected, if it says so: whoever is erased goes from the rejected rows too.
fn customer(mapping: &Mapping, terms: &mut TermReader<'_>, row: &Row) -> Option<ExternalRef> {
    Some(ExternalRef::new(&mapping.customer_source, terms.customer_of_any(row)?))
}

/// Checks a row against the mapping's own reasons to leave rows out.
fn wanted(mapping: &Mapping, terms: &mut TermReader<'_>, row: &Row) -> Result<(), Rejection> {
    terms.begin(row)?;
    for (when, reason) in &mapping.rejects {
        if terms.answer(*when, row)? == Some(true) {
            return Err(Rejection::new(reason, reason));
        }
    }
    Ok(())
}

/// The rows of one kind of mapping.
#[derive(Debug)]
enum KindRows<'m> {
    Orders(Box<OrderRows<'m>>),
    Customers(CustomerRows<'m>),
    Contacts(ContactRows<'m>),
    Events(EventRows<'m>),
}

impl<'m> KindRows<'m> {
    fn new(mapping: &'m Mapping, context: &'m ImportContext) -> Self {
        match &mapping.body {
            Body::Orders(terms) => Self::Orders(Box::new(OrderRows::new(mapping, terms, context))),
            Body::Customers(terms) => Self::Customers(CustomerRows::new(mapping, terms, context)),
            Body::Contacts(terms) => Self::Contacts(ContactRows::new(mapping, terms, context)),
            Body::Interactions(_) | Body::Feedback(_) | Body::Measures(_) => {
                Self::Events(EventRows::new(mapping, context))
            }
        }
    }

    fn take(&mut self, terms: &mut TermReader<'_>, row: &Row) -> Result<Taken, Rejection> {
        match self {
            Self::Orders(rows) => rows.take(terms, row),
            Self::Customers(rows) => rows.take(terms, row),
            Self::Contacts(rows) => rows.take(terms, row),
            Self::Events(rows) => rows.take(terms, row),
        }
    }
}

#[cfg(test)]
mod tests;
