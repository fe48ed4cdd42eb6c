//! What wit-bindgen makes of `wit/hooks.wit`: one module for each world, with the shapes shared between them.
#![allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::all,
    clippy::allow_attributes_without_reason,
    reason = "generated code; what its items mean is told in hooks.wit"
)]

pub use classifies::tierhook::hooks::{host, types};

/// The world of a plugin that classifies.
pub mod classifies {
    wit_bindgen::generate!({
        path: "wit",
        world: "classifies",
        generate_all,
        pub_export_macro: true,
        default_bindings_module: "::tierhook_sdk::bindings::classifies",
    });
}

/// The world of a plugin that plans follow-ups.
pub mod plans {
    wit_bindgen::generate!({
        path: "wit",
        world: "plans-follow-ups",
        with: {
            "tierhook:hooks/types@0.1.0": crate::bindings::types,
            "tierhook:hooks/host@0.1.0": crate::bindings::host,
        },
        pub_export_macro: true,
        default_bindings_module: "::tierhook_sdk::bindings::plans",
    });
}

/// The world of a plugin that warns of churn.
pub mod warns {
    wit_bindgen::generate!({
        path: "wit",
        world: "warns-of-churn",
        with: {
            "tierhook:hooks/types@0.1.0": crate::bindings::types,
            "tierhook:hooks/host@0.1.0": crate::bindings::host,
        },
        pub_export_macro: true,
        default_bindings_module: "::tierhook_sdk::bindings::warns",
    });
}
