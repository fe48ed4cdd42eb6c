//! The `tierhook` command.
fn main() {}
