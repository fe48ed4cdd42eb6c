//! The way to a running host: HTTP over a Unix socket.
//!
//! `GET /v1/hello` answers with a [`Hello`]. `POST /v1/run` takes a [`Request`](crate::api::Request) as one line of
//! JSON, followed by the bytes of the uploaded file if there is one; it answers with lines of JSON, which are
//! [`Event`]s and, as the last one, the reply or the error. The header [`PROTOCOL_HEADER`] says
//! which protocol the caller speaks; a host answers no other than its own.

mod client;
mod server;
mod socket;
#[cfg(test)]
mod tests;
mod upload;

use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ErrorCode, Event, Progress, Reply};

pub use client::Client;
pub use server::Server;
pub use socket::{BindError, SocketPlace};

/// The number of the protocol. It is raised with every change of requests or replies.
pub const PROTOCOL: u32 = 1;
/// The header that carries [`PROTOCOL`].
pub const PROTOCOL_HEADER: &str = "tierhook-protocol";

/// Who answers at a socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Always `tierhook`.
    pub service: String,
    /// The host's version.
    pub version: String,
    /// The protocol that it speaks.
    pub protocol: u32,
    /// The host's process.
    pub process: u32,
}

impl Hello {
    fn own() -> Self {
        Self {
            service: "tierhook".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            protocol: PROTOCOL,
            process: std::process::id(),
        }
    }
}

/// One line of an answer.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Line {
    Progress(Progress),
    Chunk(String),
    Done(Box<Reply>),
    Failed(ApiError),
}

impl From<Event> for Line {
    fn from(event: Event) -> Self {
        match event {
            Event::Progress(progress) => Self::Progress(progress),
            Event::Chunk(text) => Self::Chunk(text),
        }
    }
}

impl From<Result<Reply, ApiError>> for Line {
    fn from(result: Result<Reply, ApiError>) -> Self {
        match result {
            Ok(reply) => Self::Done(Box::new(reply)),
            Err(error) => Self::Failed(error),
        }
    }
}

/// The error of a host and a command that speak different protocols.
fn version_mismatch(host: &str, command: &str) -> ApiError {
    ApiError::new(
        ErrorCode::Version,
        format!("the running host is of {host}, this command is of {command}; they do not understand each other"),
    )
    .with_hint("stop the host and start it again with the same version as the command")
}
