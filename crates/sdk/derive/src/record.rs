//! `#[derive(Record)]` and `#[derive(Fact)]`.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use syn::visit_mut::VisitMut;
use syn::{DeriveInput, Error, Lifetime, Result, Type};

use crate::field::{Field, borrows, fields, is_optional, word};
use crate::section::{line, section};

pub(crate) fn record(input: &DeriveInput) -> Result<TokenStream> {
    let fields = fields(input, "field")?;
    let lines: Vec<String> = fields.iter().map(described).collect();
    let (section, read) = (section(&lines), reader(input, &fields)?);
    let kinds = fields.iter().filter_map(|field| field.history.as_ref().map(|kind| (kind, batch_type(field.ty))));
    let kinds = kinds.map(|(kind, ty)| {
        quote! { (#kind, <<#ty as ::tierhook_sdk::internal::Rows<'f>>::Fact as ::tierhook_sdk::Fact<'f>>::FIELDS) }
    });
    let Reader { target, names, types, finds, gets } = read;
    Ok(quote! {
        #section

        impl<'f> ::tierhook_sdk::Record<'f> for #target {
            const FIELDS: &'static [&'static str] = &[#(#names),*];
            const HISTORY: &'static [(&'static str, &'static [&'static str])] = &[#(#kinds),*];
            type Columns = (#(#types,)*);

            fn columns(
                frame: &'f ::tierhook_sdk::internal::Frame,
            ) -> ::core::result::Result<Self::Columns, ::tierhook_sdk::Fault> {
                let columns = &frame.columns;
                let _ = columns;
                ::core::result::Result::Ok((#(#finds,)*))
            }

            fn read(columns: &Self::Columns, row: usize) -> ::core::result::Result<Self, ::tierhook_sdk::Fault> {
                ::core::result::Result::Ok(Self { #(#gets,)* })
            }
        }
    })
}

pub(crate) fn fact(input: &DeriveInput) -> Result<TokenStream> {
    let fields = fields(input, "field")?;
    let Reader { target, names, types, finds, gets } = reader(input, &fields)?;
    Ok(quote! {
        impl<'f> ::tierhook_sdk::Fact<'f> for #target {
            const FIELDS: &'static [&'static str] = &[#(#names),*];
            type Columns = (#(#types,)*);

            fn columns(
                table: &'f ::tierhook_sdk::internal::Table,
            ) -> ::core::result::Result<Self::Columns, ::tierhook_sdk::Fault> {
                let columns = &table.columns;
                let _ = columns;
                ::core::result::Result::Ok((#(#finds,)*))
            }

            fn read(columns: &Self::Columns, row: usize) -> ::core::result::Result<Self, ::tierhook_sdk::Fault> {
                ::core::result::Result::Ok(Self { #(#gets,)* })
            }
        }
    })
}

/// The parts of a reader: what it is for, the fields' names, and for each field how it is looked up and read.
struct Reader {
    target: TokenStream,
    names: Vec<String>,
    types: Vec<TokenStream>,
    finds: Vec<TokenStream>,
    gets: Vec<TokenStream>,
}

fn reader(input: &DeriveInput, fields: &[Field<'_>]) -> Result<Reader> {
    if fields.is_empty() {
        return Err(Error::new_spanned(&input.ident, "name a field to read, or take `()`"));
    }
    let ident = &input.ident;
    let target = if borrows(input)? {
        quote! { #ident<'f> }
    } else {
        quote! { #ident }
    };
    let names = fields.iter().filter(|field| field.history.is_none()).map(|field| field.name.clone()).collect();
    let (mut types, mut finds, mut gets) = (Vec::new(), Vec::new(), Vec::new());
    for (at, field) in fields.iter().enumerate() {
        let (ident, ty, name) = (field.ident, batch_type(field.ty), &field.name);
        let at = Literal::usize_unsuffixed(at);
        gets.push(quote! { #ident: columns.#at.get(row)? });
        match &field.history {
            Some(kind) => {
                types.push(quote! { ::tierhook_sdk::internal::HistorySlot<'f, #ty> });
                finds.push(quote! { ::tierhook_sdk::internal::HistorySlot::<'f, #ty>::find(frame, #kind)? });
            }
            None => {
                types.push(quote! { ::tierhook_sdk::internal::Slot<'f> });
                finds.push(quote! { ::tierhook_sdk::internal::Slot::<'f>::find::<#ty>(columns, #name)? });
            }
        }
    }
    Ok(Reader { target, names, types, finds, gets })
}

fn described(field: &Field<'_>) -> String {
    let optional = is_optional(field.ty);
    match &field.history {
        Some(kind) => line("history", kind, "-", optional),
        None => line("field", &field.name, word(field.ty), optional),
    }
}

/// The type with every lifetime as that of the batch.
fn batch_type(ty: &Type) -> Type {
    struct Batch;

    impl VisitMut for Batch {
        fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
            if lifetime.ident != "static" {
                *lifetime = Lifetime::new("'f", lifetime.apostrophe);
            }
        }
    }

    let mut ty = ty.clone();
    Batch.visit_type_mut(&mut ty);
    ty
}
