//! The engine on a real store, with rules written in Rust.

#![expect(clippy::unwrap_used, reason = "a failed unwrap in a helper is a failed test")]

mod amend;
mod audit;
mod clock;
mod concurrent;
mod deadline;
mod merge;
mod revert;
mod sequence;
mod support;
mod work;
