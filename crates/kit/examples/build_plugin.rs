//! Builds the plugins whose folders are given, as `tierhook plugins build` does: `cargo run -p tierhook-kit --example build_plugin --
//! plugins/churn_guard`.
#![allow(clippy::print_stdout, reason = "an example talks to the terminal")]

use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    for folder in std::env::args().skip(1) {
        let report = tierhook_kit::build(Path::new(&folder)).map_err(|error| format!("{folder}: {error}"))?;
        let hooks: Vec<&str> = report.hooks.iter().map(|hook| hook.name()).collect();
        println!("{folder}: {} bytes, {}", report.bytes, hooks.join(", "));
        for warning in &report.warnings {
            println!("  {warning}");
        }
    }
    Ok(())
}
