//! Order lists, customer lists and lists of events to facts, by a mapping file.
//!
//! [`import`] reads a text file with columns (plain or gzip) by a [`Mapping`] and hands [`NewFact`]s to a
//! [`Sink`], rows that cannot be taken with line and reason beside them. A row never takes anything else down:
//! what is wrong with it is said, and the rest goes in.
//!
//! This crate knows no store and no engine. Whether a fact is known already, or known with other content, is for
//! whoever takes the facts; this crate sees to it that the same file gives the same keys again. It reads no clock:
//! the moment of the import comes with the [`ImportContext`].
//!
//! [`NewFact`]: tierhook_model::NewFact

mod customer;
mod document;
mod error;
mod event;
mod formula;
mod input;
mod key;
mod mapping;
mod money;
mod number;
mod order;
mod read;
mod row;
mod sink;
mod when;

pub use error::{ImportError, MappingError};
pub use mapping::{ImportKind, Mapping};
pub use read::{ImportContext, import};
pub use sink::{Progress, ReadReport, RejectedFile, RejectedRow, Sink, SinkError};
