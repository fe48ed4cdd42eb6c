//! Failures: what a command that failed says, whatever it failed of.

use std::io;

use tierhook_server::api::{ApiError, ErrorCode};

/// Returns a failure as its code, message and hint. The message tells what was being done as well.
pub(crate) fn told(error: &anyhow::Error) -> ApiError {
    let message = format!("{error:#}");
    if let Some(refused) = error.downcast_ref::<ApiError>() {
        return ApiError { message, ..refused.clone() };
    }
    let is_io = error.chain().any(|cause| cause.is::<io::Error>());
    ApiError::new(if is_io { ErrorCode::Io } else { ErrorCode::Failed }, message)
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn a_refusal_keeps_its_code_and_hint_below_what_was_being_done() {
        let refused: Result<(), ApiError> = Err(ApiError::conflict("it is closed").with_hint("open it"));
        let error = refused.context("workspace book").context("asked").unwrap_err();
        let expected = ApiError::conflict("asked: workspace book: it is closed").with_hint("open it");
        assert_eq!(told(&error), expected);
    }

    #[test]
    fn what_the_system_refused_is_told_apart_from_the_rest() {
        let refused: Result<(), io::Error> = Err(io::ErrorKind::NotFound.into());
        let error = told(&refused.context("cannot read orders.csv").unwrap_err());
        assert_eq!(error.code, ErrorCode::Io);
        assert!(error.message.starts_with("cannot read orders.csv: "), "{error}");
        assert_eq!(told(&anyhow::anyhow!("it broke")).code, ErrorCode::Failed);
    }
}
