//! The host of a data directory: the running one, or one of this process's own.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tierhook_server::StopSignal;
use tierhook_server::api::{ApiError, ErrorCode, Service};
use tierhook_server::transport::{Client, SocketPlace};

use crate::environment::Environment;
use crate::workspace::Workspace;

/// How long to wait for a store that another process holds: another command is soon done, a host that starts is
/// soon to be reached, and after a crash the lock lingers for a moment.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait between two attempts.
const LOCK_PAUSE: Duration = Duration::from_millis(100);

/// A host of this process's own.
pub(crate) struct OwnHost {
    /// What runs commands.
    pub(crate) service: Arc<dyn Service>,
    /// What the host does by itself until it is told to stop: it watches the rules and sweeps what is due. It blocks.
    pub(crate) background: Box<dyn FnOnce(StopSignal) + Send>,
}

/// Where the socket of a workspace's host is.
pub(crate) fn place(workspace: &Workspace, environment: &Environment) -> SocketPlace {
    SocketPlace::new(&workspace.data, &environment.runtime)
}

/// Finds who runs a command: the running host, or one of this process's own.
pub(crate) fn reach(workspace: &Workspace, environment: &Environment) -> Result<Arc<dyn Service>, ApiError> {
    let since = Instant::now();
    loop {
        if let Some(client) = Client::connect(&place(workspace, environment))? {
            return Ok(Arc::new(client));
        }
        match open(workspace, Purpose::OneCommand) {
            Ok(host) => return Ok(host.service),
            Err(error) if error.code == ErrorCode::Locked && since.elapsed() < LOCK_PATIENCE => {
                thread::sleep(LOCK_PAUSE);
            }
            Err(error) => return Err(error),
        }
    }
}

/// What a host of this process's own is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// One command, then it is done.
    OneCommand,
    /// Serving until it is told to stop. `live` says whether a made-up company goes on living.
    Serve {
        /// Whether new made-up facts come in.
        live: bool,
    },
}
