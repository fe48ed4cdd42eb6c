//! Writing to the standard outputs.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

use tierhook_server::api::{ApiError, ErrorCode};

use crate::exit;

/// Writes to the standard output. If nobody reads it any more, as in `tierhook export ... | head`, the process ends
/// in peace: there is nothing left to do for it.
pub(crate) fn print(text: &str) -> Result<(), ApiError> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(exit::DONE.into()),
        result => result.map_err(|error| write_error("the standard output", &error)),
    }
}

/// Writes to the standard error output. Where that cannot be written, nobody could be told so either.
pub(crate) fn tell(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Makes the error of something that cannot be read.
pub(crate) fn read_error(what: impl Display, error: &io::Error) -> ApiError {
    ApiError::new(ErrorCode::Io, format!("cannot read {what}: {error}"))
}

/// Makes the error of something that cannot be written.
pub(crate) fn write_error(what: impl Display, error: &io::Error) -> ApiError {
    ApiError::new(ErrorCode::Io, format!("cannot write {what}: {error}"))
}
