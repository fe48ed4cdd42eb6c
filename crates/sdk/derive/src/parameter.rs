//! `#[derive(Parameters)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Error, Result};

use crate::field::{borrows, fields, word};
use crate::section::{line, section};

pub(crate) fn parameters(input: &DeriveInput) -> Result<TokenStream> {
    if borrows(input)? {
        return Err(Error::new_spanned(&input.generics, "parameters own their values: use `String` for texts"));
    }
    let fields = fields(input, "parameter")?;
    let ident = &input.ident;
    let reads = fields.iter().map(|field| {
        let (ident, name) = (field.ident, &field.name);
        quote! { #ident: values.get(#name)? }
    });
    let lines: Vec<String> = fields.iter().map(|field| line("parameter", &field.name, word(field.ty), false)).collect();
    let section = section(&lines);
    Ok(quote! {
        #section

        impl ::tierhook_sdk::Parameters for #ident {
            fn from_values(
                values: ::tierhook_sdk::internal::Values<'_>,
            ) -> ::core::result::Result<Self, ::tierhook_sdk::Fault> {
                ::core::result::Result::Ok(Self { #(#reads,)* })
            }
        }
    })
}
