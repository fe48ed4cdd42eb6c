//! Facts to features: pure functions of a customer's facts as of a day.
//!
//! Facts are folded in their canonical order into a profile and [`Aggregates`](tierhook_model::Aggregates);
//! features are read off these as of a day. What is folded fact by fact equals what a replay of all facts
//! gives: [`in_order`] tells whether a new fact may be folded onto what stands, everything else is a
//! [`replay()`]. This crate knows no store, no rules and no clock; the day is always passed in.

mod feature;
mod field;
mod fold;
mod observation;
mod population;
mod replay;
mod spread;
mod window;

#[cfg(test)]
mod example;

pub use feature::feature;
pub use field::{FieldContext, Seen, field_value};
pub use fold::{apply, in_order, order};
pub use observation::Observation;
pub use population::{PopulationBuilder, connected, trend};
pub use replay::{replay, retracted};
pub use spread::{Allowed, End, Heaps, Spread, Threshold};
