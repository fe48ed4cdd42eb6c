//! Why a command failed.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a command failed: a code for programs, a message for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// What kind of failure it is.
    pub code: ErrorCode,
    /// What happened: lower case, no final dot.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// The kinds of failure. They are stable: programs and exit codes go by them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ErrorCode {
    /// The request itself makes no sense: an unknown field, dimension or class, a malformed file or setting.
    Invalid,
    /// There is no such customer, follow-up, warning or rule.
    NotFound,
    /// It contradicts what stands: a closed follow-up, an ambiguous id, a clock that would go back.
    Conflict,
    /// The rules on the disk are not fit to run, and there is no earlier version either.
    Unfit,
    /// Another process holds the store.
    Locked,
    /// Host and command are of different versions.
    Version,
    /// The host is stopping, or went away before it answered.
    Unavailable,
    /// The store cannot be read.
    Corrupt,
    /// A file or the socket cannot be read or written.
    Io,
    /// A rule failed, or the host did.
    Failed,
}

impl ErrorCode {
    /// The code as it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::NotFound => "not-found",
            Self::Conflict => "conflict",
            Self::Unfit => "unfit",
            Self::Locked => "locked",
            Self::Version => "version",
            Self::Unavailable => "unavailable",
            Self::Corrupt => "corrupt",
            Self::Io => "io",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl ApiError {
    /// Makes an error without a hint.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None }
    }

    /// Adds what to do.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Makes an [`ErrorCode::Invalid`].
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Invalid, message)
    }

    /// Makes an [`ErrorCode::NotFound`].
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::NotFound, message)
    }

    /// Makes an [`ErrorCode::Conflict`].
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Conflict, message)
    }

    /// Makes an [`ErrorCode::Failed`].
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Failed, message)
    }
}
