//! Rules and mapping expressions written in rhai.
//!
//! [`ScriptHost`] compiles a script to a [`Rule`](tierhook_hooks::Rule): functions named after hooks are the hooks, a
//! record is seen through getters on a shared frame, and what is wrong is a [`Fault`](tierhook_hooks::Fault) with file,
//! line, column and what to do. [`expression`] evaluates the short expressions of import mappings. Both run under
//! every limit of [`Limits`](tierhook_hooks::Limits).
//!
//! This is the only crate that names rhai. It knows no store, no file and no network; of the clock it knows only
//! whether a call has taken too long.

mod analysis;
mod argument;
mod budget;
mod calendar;
mod check;
mod collection;
mod definition;
pub mod expression;
mod failure;
mod guard;
mod host;
mod link;
mod missing;
mod module;
mod parameter;
mod row;
mod rule;
mod segment;
mod source;
mod text;
mod wish;

pub use definition::definitions;
pub use host::{ScriptHost, ScriptSource, Tuned, ValuesFile};
pub use module::imported_files;
