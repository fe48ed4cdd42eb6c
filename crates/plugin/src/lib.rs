//! Rules in WebAssembly components.
//!
//! A [`PluginHost`] compiles a component to a [`Rule`](tierhook_hooks::Rule) that runs like any other: the same frames in,
//! the same wishes and faults out. A component gets a fresh store for every batch, with a budget of fuel, time and memory, and
//! nothing but the contract in `crates/sdk/wit` to hold on to: no clock, no file, no network. What it may see was decided
//! before; this crate turns what identifies a person into tokens and keeps it out of logs. It knows no folders, no
//! signatures and no stores.

mod cache;
mod contract;
mod fault;
mod guest;
mod host;
mod inspect;
mod lift;
mod lower;
mod machine;
mod parameter;
mod rule;
mod secret;
mod source;
mod table;

pub use host::{Compiled, PluginHost, PluginHostSettings};
pub use inspect::{Inspection, inspect};
pub use machine::Allocator;
pub use secret::{HostSecret, SecretError};
pub use source::PluginSource;
