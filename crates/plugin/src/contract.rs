//! The contract with plugins, as `crates/sdk/wit` says it.

wasmtime::component::bindgen!({
    path: "../sdk/wit",
    world: "tierhook:hooks/plugin",
    ownership: Borrowing { duplicate_if_necessary: true },
});
