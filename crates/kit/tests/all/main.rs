//! Tests of the kit from outside.

mod committed;
mod fresh;
#[path = "../../template/rust/lib.rs"]
pub mod template;
