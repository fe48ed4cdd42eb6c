//! The host of a data directory: the running one, or one of this process's own.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tierhook_server::api::{ApiError, ErrorCode, Service};
use tierhook_server::transport::{Client, SocketPlace};
use tierhook_server::{Host, HostOptions};

use crate::environment::{Environment, system_clock};
use crate::held;
use crate::workspace::Workspace;

/// How long to wait for a store that another process holds: another command is soon done, a host that starts is
/// soon to be reached, and after a crash the lock lingers for a moment.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait between two attempts.
const LOCK_PAUSE: Duration = Duration::from_millis(100);

/// Where the socket of a workspace's host is.
pub(crate) fn place(workspace: &Workspace, environment: &Environment) -> SocketPlace {
    SocketPlace::new(&workspace.data, &environment.runtime)
}

/// Finds who runs a command: the running host, or one of this process's own.
pub(crate) fn reach(workspace: &Workspace, environment: &Environment) -> anyhow::Result<Arc<dyn Service>> {
    Ok(match find(workspace, environment)? {
        Found::Running(client) => Arc::new(client),
        Found::Own(host) => host,
    })
}

/// Opens the host that this process is going to serve.
pub(crate) fn own(workspace: &Workspace, environment: &Environment) -> anyhow::Result<Arc<Host>> {
    match find(workspace, environment)? {
        Found::Own(host) => Ok(host),
        Found::Running(client) => {
            let message = format!("process {} serves this book already", client.hello().process);
            let hint = "stop it first; other commands go to it by themselves";
            Err(ApiError::new(ErrorCode::Locked, message).with_hint(hint).into())
        }
    }
}

enum Found {
    Running(Client),
    Own(Arc<Host>),
}

fn find(workspace: &Workspace, environment: &Environment) -> anyhow::Result<Found> {
    if workspace.data != workspace.own && !workspace.data.exists() {
        let folder = workspace.data.parent().unwrap_or(&workspace.data);
        if !folder.exists() {
            let message = format!("there is no folder {} for the data directory", folder.display());
            return Err(ApiError::not_found(message)
                .with_hint("check what stands behind --data, or make the folder")
                .into());
        }
        tracing::warn!("begins a new book in {}", workspace.data.display());
    }
    // The book is about people: others on this computer have no business in it.
    let made = DirBuilder::new().recursive(true).mode(0o700).create(&workspace.data);
    made.with_context(|| format!("cannot make the data directory {}", workspace.data.display()))?;
    let since = Instant::now();
    loop {
        if let Some(client) = Client::connect(&place(workspace, environment))? {
            return Ok(Found::Running(client));
        }
        match open(workspace) {
            Err(error) if error.code == ErrorCode::Locked && since.elapsed() < LOCK_PATIENCE => {
                thread::sleep(LOCK_PAUSE);
            }
            opened => {
                return opened
                    .map(Found::Own)
                    .with_context(|| format!("the workspace {} cannot be opened", workspace.folder.display()));
            }
        }
    }
}

/// Opens a host of this process's own: nobody else can open the book until it is dropped.
fn open(workspace: &Workspace) -> Result<Arc<Host>, ApiError> {
    let options = HostOptions {
        workspace: workspace.folder.clone(),
        data: workspace.data.clone(),
        settings: workspace.settings.clone(),
        now: system_clock(),
    };
    held::back(|| Host::open(options))
}
