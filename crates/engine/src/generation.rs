//! Generations: what decides, all of it, immutable.

use std::sync::Arc;

use tierhook_hooks::{Context, Ruleset};
use tierhook_model::{BookZone, Currency, Day, GenerationId, Population};

/// The immutable set of what decides: rules, dimensions, parameters, and what was computed over the whole book.
/// Every swap makes a new one.
#[derive(Clone, Debug, Default)]
pub struct Generation {
    /// Its number.
    pub id: GenerationId,
    /// The rules, the dimensions and the fields.
    pub ruleset: Arc<Ruleset>,
    /// What the whole book tells about each customer.
    pub population: Arc<Population>,
}

/// The conventions of a book that never change while it is open.
#[derive(Clone, Debug)]
pub struct Conventions {
    /// What turns moments into civil days.
    pub zone: BookZone,
    /// The base currency.
    pub currency: Currency,
}

impl Conventions {
    /// What hooks may know besides the record, as of a day.
    pub(crate) fn context(&self, day: Day) -> Context {
        let day_end = self.zone.start_of(day.plus(1));
        Context { day, day_end, zone: self.zone.name().to_owned(), currency: self.currency }
    }
}
