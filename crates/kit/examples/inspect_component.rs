//! Prints what components export, import and read: `cargo run -p tierhook-kit --example inspect_component -- plugin.wasm`.
#![allow(clippy::print_stdout, reason = "an example talks to the terminal")]

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    for file in std::env::args().skip(1) {
        let bytes = std::fs::read(&file)?;
        println!("{file}: {:#?}\n{:#?}", tierhook_kit::shape(&bytes)?, tierhook_kit::reads(&bytes));
    }
    Ok(())
}
