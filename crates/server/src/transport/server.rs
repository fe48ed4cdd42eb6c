//! The host's end of the socket.

use std::io::Read;
use std::os::unix::fs::MetadataExt as _;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request as HttpRequest, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;

use super::{BindError, Hello, Line, PROTOCOL, PROTOCOL_HEADER, SocketPlace, upload, version_mismatch};
use crate::StopSignal;
use crate::api::{ApiError, ErrorCode, Request, Service};

/// How long commands that are running may take when the host is asked to stop.
const GRACE: Duration = Duration::from_secs(10);

/// A host that listens at a socket.
#[derive(Debug)]
pub struct Server {
    place: SocketPlace,
    listener: std::os::unix::net::UnixListener,
    /// Which file the socket is, so that another host's is not removed at the end.
    inode: u64,
}

impl Server {
    /// Listens at the socket of a data directory. The caller holds the store of that directory, so that no two
    /// hosts get here at a time.
    ///
    /// # Errors
    /// [`BindError`] if another host answers there, or the socket cannot be made.
    pub fn bind(place: &SocketPlace) -> Result<Self, BindError> {
        let refused = |source| BindError::Io { path: place.path().to_owned(), source };
        let listener = place.bind()?;
        listener.set_nonblocking(true).map_err(refused)?;
        let inode = std::fs::symlink_metadata(place.path()).map_err(refused)?.ino();
        Ok(Self { place: place.clone(), listener, inode })
    }

    /// Serves until the signal is given, then waits for commands that are running, but not for long, and removes the
    /// socket.
    ///
    /// # Errors
    /// [`BindError::Io`] if the socket cannot be served.
    pub async fn run(self, service: Arc<dyn Service>, stop: StopSignal) -> Result<(), BindError> {
        let refused = |source| BindError::Io { path: self.place.path().to_owned(), source };
        let listener = tokio::net::UnixListener::from_std(self.listener).map_err(refused)?;
        let state = Shared { service, stop: stop.clone() };
        let router =
            Router::new().route("/v1/hello", get(hello)).route("/v1/run", post(run)).with_state(Arc::new(state));
        let stopped = {
            let stop = stop.clone();
            async move { stop.stopped().await }
        };
        let patience = async {
            stop.stopped().await;
            tokio::time::sleep(GRACE).await;
        };
        let outcome = tokio::select! {
            outcome = axum::serve(listener, router).with_graceful_shutdown(stopped) => outcome.map_err(refused),
            () = patience => {
                tracing::warn!("commands are still running; they are given up");
                Ok(())
            }
        };
        if std::fs::symlink_metadata(self.place.path()).is_ok_and(|there| there.ino() == self.inode) {
            let _ = std::fs::remove_file(self.place.path());
        }
        outcome
    }
}

struct Shared {
    service: Arc<dyn Service>,
    stop: StopSignal,
}

async fn hello() -> Json<Hello> {
    Json(Hello::own())
}

async fn run(State(shared): State<Arc<Shared>>, request: HttpRequest) -> Response {
    if let Err(error) = check_protocol(request.headers()) {
        return refusal(StatusCode::CONFLICT, error);
    }
    if shared.stop.is_stopped() {
        let error = ApiError::new(ErrorCode::Unavailable, "the host is stopping");
        return refusal(StatusCode::SERVICE_UNAVAILABLE, error);
    }
    let mut body = request.into_body();
    let parsed = match upload::first_line(&mut body).await {
        Ok((line, rest)) => serde_json::from_slice::<Request>(&line).map(|request| (request, rest)),
        Err(error) => Err(serde_json::Error::io(error)),
    };
    let (request, rest) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            let error = ApiError::invalid(format!("the request cannot be read: {error}"));
            return refusal(StatusCode::BAD_REQUEST, error);
        }
    };
    let lines = start(&shared.service, request, upload::reader(rest, body));
    let lines = ReceiverStream::new(lines).map(Ok::<_, std::convert::Infallible>);
    ([(header::CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(lines)).into_response()
}

/// Starts a command in a thread where it may block. Its lines come through a short queue: a caller that does not
/// read slows the command down rather than filling memory, and one that is gone does not stop it.
fn start(service: &Arc<dyn Service>, request: Request, upload: impl Read + Send + 'static) -> mpsc::Receiver<Bytes> {
    let (sender, receiver) = mpsc::channel(32);
    let service = Arc::clone(service);
    let name = request.command.name();
    tracing::debug!("{name} for {}", request.who);
    let last = sender.clone();
    let running = tokio::task::spawn_blocking(move || {
        let mut events = |event| {
            let _ = sender.blocking_send(encode(&Line::from(event)));
        };
        service.run(request, Some(Box::new(upload)), &mut events)
    });
    tokio::spawn(async move {
        let result = running.await.unwrap_or_else(|_| {
            tracing::error!("{name} broke down");
            Err(ApiError::failed(format!("`{name}` broke down in the host; its log says where")))
        });
        let _ = last.send(encode(&Line::from(result))).await;
    });
    receiver
}

fn encode(line: &Line) -> Bytes {
    let mut bytes = serde_json::to_vec(line).unwrap_or_else(|error| {
        let error = ApiError::failed(format!("the answer cannot be written: {error}"));
        serde_json::to_vec(&Line::Failed(error)).unwrap_or_default()
    });
    bytes.push(b'\n');
    bytes.into()
}

fn check_protocol(headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(given) = headers.get(PROTOCOL_HEADER) else {
        let error = ApiError::new(ErrorCode::Version, format!("the header `{PROTOCOL_HEADER}` is missing"));
        return Err(error.with_hint(format!("this host speaks protocol {PROTOCOL}: {PROTOCOL_HEADER}: {PROTOCOL}")));
    };
    let given = given.to_str().unwrap_or("unknown");
    if given == PROTOCOL.to_string() {
        return Ok(());
    }
    Err(version_mismatch(&format!("version {}", env!("CARGO_PKG_VERSION")), &format!("protocol {given}")))
}

fn refusal(status: StatusCode, error: ApiError) -> Response {
    let body = Body::from(encode(&Line::Failed(error)));
    (status, [(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response()
}
