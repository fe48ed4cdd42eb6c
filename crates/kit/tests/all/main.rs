//! Tests of the kit from outside.

#![expect(clippy::unwrap_used, reason = "a failed unwrap in a helper is a failed test")]

mod committed;
mod fresh;
#[path = "../../template/rust/lib.rs"]
pub mod template;
