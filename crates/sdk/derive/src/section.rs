//! The custom section `tierhook:reads`, by which the build step compares code and manifest.
//!
//! A line for each thing that is read, with tabs between its parts: `field`, its name, its type and `needed` or `optional`;
//! `history`, the kind, `-` and `needed` or `optional`; `parameter`, its name, its type and `needed`.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// Writes lines into the section of a component.
pub(crate) fn section(lines: &[String]) -> TokenStream {
    let bytes: Vec<u8> = lines.iter().flat_map(|line| format!("{line}\n").into_bytes()).collect();
    if bytes.is_empty() {
        return TokenStream::new();
    }
    let (length, bytes) = (bytes.len(), Literal::byte_string(&bytes));
    quote! {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            #[unsafe(link_section = "tierhook:reads")]
            pub static READS: [u8; #length] = *#bytes;
        };
    }
}

/// A line.
pub(crate) fn line(what: &str, name: &str, ty: &str, optional: bool) -> String {
    format!("{what}\t{name}\t{ty}\t{}", if optional { "optional" } else { "needed" })
}
