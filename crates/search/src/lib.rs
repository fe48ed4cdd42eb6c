//! Finding customers: by a part of a name, a number, a handle or any other text of the profile, and by class, owner
//! and tag.
//!
//! A [`Query`] says how well a record fits what somebody looks for, and where. An [`Index`] in memory knows which records
//! may fit without looking at the others, and finds just those, in the same order, that a [`Scan`] of all records does.
//!
//! This crate knows records alone: no store, no thread, no file. Whoever has them puts them in and takes them out.

mod document;
mod facet;
mod fold;
mod found;
mod gram;
mod index;
mod pinyin;
mod place;
mod query;

pub use facet::Facet;
pub use found::{Found, Hit, Scan};
pub use index::{Index, Selection};
pub use place::Place;
pub use query::{Fit, Mark, Query, Rank};
