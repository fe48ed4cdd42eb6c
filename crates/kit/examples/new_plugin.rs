//! Makes the folder of a new plugin, as `tierhook plugins new` does: `cargo run -p tierhook-kit --example new_plugin -- NAME DIR [js]`.
#![allow(clippy::print_stdout, reason = "an example talks to the terminal")]

use std::error::Error;
use std::path::Path;

use tierhook_kit::{Lang, scaffold};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, folder, rest @ ..] = arguments.as_slice() else { return Err("give a name and a folder".into()) };
    let lang = if rest.first().is_some_and(|lang| lang == "js") { Lang::Js } else { Lang::Rust };
    println!("{}", scaffold(name, Path::new(folder), None, lang)?.display());
    Ok(())
}
