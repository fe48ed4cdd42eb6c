//! The context: what may be known besides the record.

use crate::bindings::types;
use crate::parameter::Values;
use crate::{Day, Fault, Moment, Parameters};

/// What may be known besides the record. It is the same whenever the same day is evaluated again.
#[derive(Clone, Debug, PartialEq)]
pub struct Context<P = ()> {
    /// The book's day: the only today there is.
    pub day: Day,
    /// The end of that day in the book's time zone.
    pub day_end: Moment,
    /// The book's time zone, as an IANA name: `Asia/Shanghai`.
    pub zone: String,
    /// The book's base currency: `CNY`.
    pub currency: String,
    /// The parameters.
    pub params: P,
}

impl<P: Parameters> Context<P> {
    /// Reads what the host says.
    pub(crate) fn read(context: &types::Context) -> Result<Self, Fault> {
        Ok(Self {
            day: Day(context.day),
            day_end: Moment(context.day_end),
            zone: context.zone.clone(),
            currency: context.currency.clone(),
            params: P::from_values(Values::new(&context.parameters))?,
        })
    }
}
