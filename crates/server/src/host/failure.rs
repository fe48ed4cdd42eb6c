//! Errors of the parts below as answers to whoever asked.

use tierhook_engine::EngineError;
use tierhook_store::{OpenError, ReadError, WriteError};

use crate::api::{ApiError, ErrorCode};

/// An error that becomes an answer.
pub(crate) trait IntoApi {
    /// Makes the answer.
    fn into_api(self) -> ApiError;
}

/// Makes an answer of an error; for `map_err`.
pub(crate) fn api(error: impl IntoApi) -> ApiError {
    error.into_api()
}

impl IntoApi for EngineError {
    fn into_api(self) -> ApiError {
        let code = match &self {
            Self::Read(_) => ErrorCode::Corrupt,
            Self::Write(_) => ErrorCode::Io,
            Self::NoRecord { .. } | Self::NoItem { .. } | Self::NoImport { .. } => ErrorCode::NotFound,
            Self::NoClass { .. } | Self::AlreadyOver { .. } | Self::SameRecord { .. } | Self::OtherKind { .. } => {
                ErrorCode::Invalid
            }
            Self::ClosedItem { .. }
            | Self::MergedAway { .. }
            | Self::NotMerged { .. }
            | Self::RevertedBefore { .. } => ErrorCode::Conflict,
            _ => ErrorCode::Failed,
        };
        ApiError::new(code, self.to_string())
    }
}

impl IntoApi for ReadError {
    fn into_api(self) -> ApiError {
        ApiError::new(ErrorCode::Corrupt, self.to_string())
    }
}

impl IntoApi for WriteError {
    fn into_api(self) -> ApiError {
        ApiError::new(ErrorCode::Io, self.to_string())
    }
}

/// The answer when there are no rules to be had.
pub(crate) fn unfit(error: &impl std::fmt::Display) -> ApiError {
    ApiError::new(ErrorCode::Unfit, error.to_string())
        .with_hint("`tierhook init DIR` makes a workspace with rules; --workspace DIR names another one")
}

/// The answer when the data directory cannot be made.
pub(crate) fn data_folder(folder: &std::path::Path, error: &std::io::Error) -> ApiError {
    ApiError::new(ErrorCode::Io, format!("the data directory {} cannot be made: {error}", folder.display()))
        .with_hint("--data DIR names another one")
}

/// The answer when the book cannot be opened.
pub(crate) fn open(error: OpenError) -> ApiError {
    let code = match &error {
        OpenError::Locked { .. } => ErrorCode::Locked,
        OpenError::Damaged { .. }
        | OpenError::Shortened { .. }
        | OpenError::Incomplete { .. }
        | OpenError::NewerFormat { .. }
        | OpenError::NotABook { .. } => ErrorCode::Corrupt,
        _ => ErrorCode::Io,
    };
    let told = ApiError::new(code, error.to_string());
    match error {
        OpenError::Damaged { .. } => {
            told.with_hint("`tierhook restore FILE` makes a book of a backup once the folder is moved away")
        }
        OpenError::Shortened { .. } | OpenError::Incomplete { .. } => told.with_hint(
            "`tierhook restore FILE` makes a book of a backup once the folder is moved away; `tierhook doctor --accept-loss` goes on with what is left",
        ),
        _ => told,
    }
}

/// The answer when versions of rules cannot be kept.
pub(crate) fn archive(error: &impl std::fmt::Display) -> ApiError {
    ApiError::new(ErrorCode::Io, error.to_string())
}

/// The answer when the system gives no thread.
pub(crate) fn thread(error: &std::io::Error) -> ApiError {
    ApiError::failed(format!("the system gives no thread: {error}"))
}
