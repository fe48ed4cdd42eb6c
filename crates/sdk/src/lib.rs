//! What the author of a Tierhook plugin depends on.
//!
//! A plugin is one function for each hook, written for a single record; this crate does the rest: it reads the host's columns,
//! calls the function for each record of the batch, and writes what the function wants into columns again.
//!
//! ```
//! use tierhook_sdk::{Class, Context, Fault, Parameters, Record, class};
//!
//! /// What is read of a customer. The names are those of `tierhook fields` and stand in `plugin.toml` as `reads`.
//! #[derive(Record)]
//! struct Customer {
//!     net_revenue_365d: f64,
//!     #[field("class.lifecycle")]
//!     lifecycle: Option<String>,
//! }
//!
//! /// The parameters of `plugin.toml`.
//! #[derive(Parameters)]
//! struct Settings {
//!     from: f64,
//! }
//!
//! fn grade(customer: &Customer, ctx: &Context<Settings>) -> Result<Option<Class>, Fault> {
//!     if customer.net_revenue_365d < ctx.params.from || customer.lifecycle.as_deref() == Some("lost") {
//!         return Ok(None);
//!     }
//!     Ok(Some(class("grade", "A").because("HIGH_SPEND").with("spend", customer.net_revenue_365d)))
//! }
//!
//! tierhook_sdk::classify!(grade);
//! # fn main() {}
//! ```
//!
//! The same function runs in the author's tests, without WebAssembly: see [`testing`].
//!
//! This crate knows no host: what the tables are called and what stands in them is told in `wit/hooks.wit`.

#[doc(hidden)]
pub mod bindings;

mod cell;
mod context;
mod day;
mod fault;
mod history;
mod hook;
pub mod log;
mod outcome;
mod parameter;
mod plan;
mod reason;
mod record;
mod score;
pub mod testing;
mod wanted;
mod warning;
mod wish;

pub use cell::{Cell, FromCell, Known, Moment};
pub use context::Context;
pub use day::Day;
pub use fault::Fault;
pub use history::History;
pub use log::trace;
pub use parameter::{FromParameter, Parameters};
pub use plan::{Channel, Plan, plan};
pub use reason::{Argument, Reason, Role};
pub use record::{Fact, Record};
pub use score::{Band, Group, Score, scaled, score};
pub use tierhook_sdk_derive::{Fact, Parameters, Record};
pub use wanted::Wanted;
pub use warning::{Severity, Warning, warn};
pub use wish::{Anchor, Class, Classes, Since, class};

/// What the macros and derives of this crate expand to. No part of what authors use.
#[doc(hidden)]
pub mod internal {
    pub use crate::bindings::types::{Context, Fault, Frame, Outcome, Table};
    pub use crate::history::{HistorySlot, Rows};
    pub use crate::hook::{churn_warning, classify, follow_up};
    pub use crate::parameter::Values;
    pub use crate::record::Slot;
}
