//! Derives how a plugin reads records, facts and parameters.
//!
//! This crate knows no host and no column: what it writes calls `tierhook_sdk`.

mod field;
mod parameter;
mod record;
mod section;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Derives how a record is read: see `tierhook_sdk::Record`.
#[proc_macro_derive(Record, attributes(field, history))]
pub fn derive_record(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    record::record(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}

/// Derives how a fact is read: see `tierhook_sdk::Fact`.
#[proc_macro_derive(Fact, attributes(field))]
pub fn derive_fact(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    record::fact(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}

/// Derives how parameters are read: see `tierhook_sdk::Parameters`.
#[proc_macro_derive(Parameters, attributes(parameter))]
pub fn derive_parameters(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    parameter::parameters(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}
