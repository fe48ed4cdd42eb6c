//! Writing to the standard outputs.

use std::io::{self, ErrorKind, Write};

use anyhow::Context as _;

use crate::exit;

/// Writes to the standard output. If nobody reads it any more, as in `tierhook export ... | head`, the process ends
/// in peace: there is nothing left to do for it.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    if !offer(text)? {
        std::process::exit(exit::DONE.into());
    }
    Ok(())
}

/// Writes to the standard output, and tells whether anybody still reads it.
pub(crate) fn offer(text: &str) -> anyhow::Result<bool> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        result => result.map(|()| true).context("cannot write the standard output"),
    }
}

/// Writes to the standard error output. Where that cannot be written, nobody could be told so either.
pub(crate) fn tell(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
