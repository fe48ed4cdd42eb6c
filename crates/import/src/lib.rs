//! Order lists, customer lists and lists of events to facts, by a mapping file.
//!
//! [`import`] reads a text with columns, JSON lines or an .xlsx workbook by a [`Mapping`] and hands [`NewFact`]s to a
//! [`Sink`], rows that cannot be taken with line and reason beside them. A row never takes anything else down:
//! what is wrong with it is said, and the rest goes in. [`guess()`] writes a mapping for a file that nobody has described.
//!
//! This crate knows no store and no engine. Whether a fact is known already, or known with other content, is for
//! whoever takes the facts; this crate sees to it that the same file gives the same keys again. It reads no clock:
//! the moment of the import comes with the [`ImportContext`].
//!
//! [`NewFact`]: tierhook_model::NewFact

mod contact;
mod customer;
mod document;
mod encoding;
mod error;
mod event;
mod fact;
mod formula;
mod guess;
mod input;
mod key;
mod mapping;
mod money;
mod number;
mod order;
mod phone;
mod rate;
mod read;
mod row;
mod said;
mod sink;
mod statement;
mod when;
mod width;

pub use error::{ImportError, MappingError};
pub use fact::{FactError, FactLine, Said};
pub use guess::{ColumnGuess, Guess, GuessError, guess};
pub use mapping::{ImportKind, Mapping};
pub use phone::{PhoneError, PhoneRegion, normalise_phones};
pub use rate::{RateError, Rates};
pub use read::{ImportContext, import};
pub use sink::{Progress, ReadReport, RejectedFile, RejectedRow, Sink, SinkError, Unread};
