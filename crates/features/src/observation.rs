//! Observations: one record as of a day, within its book.

use tierhook_model::{Aggregates, Currency, Day, Population, Profile};

/// One record as of a day, and what the whole book tells about it.
///
/// The day must not lie before the newest fact in the aggregates; for an earlier day the facts are replayed up to
/// it first.
#[derive(Clone, Copy, Debug)]
pub struct Observation<'a> {
    /// Who the record is.
    pub profile: &'a Profile,
    /// What its facts come to.
    pub aggregates: &'a Aggregates,
    /// What the book tells.
    pub population: &'a Population,
    /// The day as of which features are computed.
    pub day: Day,
    /// The book's base currency.
    pub currency: Currency,
}

impl Observation<'_> {
    // A kind of fact is known to be recorded where the book has one, or this record does: the record's own facts
    // may be newer than what was computed for the book.

    pub(crate) fn knows_sales(&self) -> bool {
        let own = self.aggregates;
        self.population.connected.sales || own.orders > 0 || own.refunds > 0 || own.cancellations > 0
    }

    pub(crate) fn knows_contacts(&self) -> bool {
        self.population.connected.contacts || self.aggregates.contacts > 0
    }

    pub(crate) fn knows_consultations(&self) -> bool {
        self.population.connected.consultations || self.aggregates.consultations > 0
    }

    pub(crate) fn knows_web_views(&self) -> bool {
        self.population.connected.web_views || self.aggregates.web_views > 0
    }

    pub(crate) fn knows_complaints(&self) -> bool {
        self.population.connected.complaints || self.aggregates.complaints > 0
    }

    pub(crate) fn knows_returns(&self) -> bool {
        self.population.connected.returns || self.aggregates.returns > 0
    }
}
