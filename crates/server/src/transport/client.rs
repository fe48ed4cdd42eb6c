//! The command's end of the socket.

use std::future::Future;
use std::io;
use std::thread;
use std::time::Duration;

use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;

use super::{Hello, Line, PROTOCOL, PROTOCOL_HEADER, SocketPlace, version_mismatch};
use crate::api::{ApiError, ErrorCode, Event, Reply, Request, Service, Upload};

/// How long a host may take to say hello.
const HELLO_PATIENCE: Duration = Duration::from_secs(10);
/// How much of a file is read at a time, in bytes.
const PIECE: usize = 64 * 1024;

type Piece = Result<Frame<Bytes>, io::Error>;
type Sender = http1::SendRequest<StreamBody<ReceiverStream<Piece>>>;

/// A running host, reached through its socket.
#[derive(Clone, Debug)]
pub struct Client {
    place: SocketPlace,
    hello: Hello,
}

impl Client {
    /// Looks for a running host; `None` if there is none, or if it is just going away.
    ///
    /// # Errors
    /// [`ErrorCode::Version`] if the host speaks another protocol, [`ErrorCode::Unavailable`] if it does not answer,
    /// [`ErrorCode::Io`] if the socket cannot be used.
    pub fn connect(place: &SocketPlace) -> Result<Option<Self>, ApiError> {
        let Some(stream) = open(place)? else { return Ok(None) };
        let hello = block_on(async {
            let patience = tokio::time::timeout(HELLO_PATIENCE, say_hello(stream)).await;
            patience.unwrap_or_else(|_| Err(unavailable("the host does not answer")))
        })?;
        let Some(hello) = hello else { return Ok(None) };
        if hello.protocol != PROTOCOL {
            let own = env!("CARGO_PKG_VERSION");
            return Err(version_mismatch(
                &format!("version {} (protocol {})", hello.version, hello.protocol),
                &format!("version {own} (protocol {PROTOCOL})"),
            ));
        }
        Ok(Some(Self { place: place.clone(), hello }))
    }

    /// Who answered.
    pub fn hello(&self) -> &Hello {
        &self.hello
    }
}

impl Service for Client {
    fn run(&self, request: Request, upload: Option<Upload>, events: &mut dyn FnMut(Event)) -> Result<Reply, ApiError> {
        let Some(stream) = open(&self.place)? else { return Err(unavailable("the host stopped")) };
        block_on(converse(stream, &request, upload, events))
    }
}

fn open(place: &SocketPlace) -> Result<Option<std::os::unix::net::UnixStream>, ApiError> {
    let refused = |error: std::io::Error| {
        let told = ApiError::new(ErrorCode::Io, format!("cannot use the socket {}: {error}", place.path().display()));
        match error.kind() {
            std::io::ErrorKind::PermissionDenied => {
                told.with_hint("run it as the user to whom the data directory belongs")
            }
            _ => told,
        }
    };
    let Some(stream) = place.connect().map_err(refused)? else { return Ok(None) };
    stream.set_nonblocking(true).map_err(refused)?;
    Ok(Some(stream))
}

fn block_on<T>(future: impl Future<Output = Result<T, ApiError>>) -> Result<T, ApiError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| ApiError::new(ErrorCode::Io, format!("cannot wait for a socket: {error}")))?;
    runtime.block_on(future)
}

fn unavailable(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::Unavailable, message).with_hint("look at the host's log, or start it again")
}

async fn handshake(stream: std::os::unix::net::UnixStream) -> Result<Sender, ApiError> {
    let stream = UnixStream::from_std(stream).map_err(|error| unavailable(format!("no connection: {error}")))?;
    let (sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| unavailable(format!("no connection: {error}")))?;
    tokio::spawn(connection);
    Ok(sender)
}

async fn send(sender: &mut Sender, method: &str, path: &str, body: mpsc::Receiver<Piece>) -> hyper::Result<Incoming> {
    let request = hyper::Request::builder()
        .method(method)
        .uri(path)
        .header(hyper::header::HOST, "tierhook")
        .header(PROTOCOL_HEADER, PROTOCOL)
        .body(StreamBody::new(ReceiverStream::new(body)))
        .expect("method, path and headers are constants that are well formed");
    Ok(sender.send_request(request).await?.into_body())
}

/// Asks who answers; `None` if the connection breaks, as it does when a host ends that had not taken it yet.
async fn say_hello(stream: std::os::unix::net::UnixStream) -> Result<Option<Hello>, ApiError> {
    let mut sender = handshake(stream).await?;
    let (_, nothing) = mpsc::channel(1);
    let Ok(body) = send(&mut sender, "GET", "/v1/hello", nothing).await else { return Ok(None) };
    let Ok(body) = body.collect().await else { return Ok(None) };
    serde_json::from_slice(&body.to_bytes()).map(Some).map_err(|error| {
        ApiError::new(ErrorCode::Version, format!("what answers at the socket is no host that I understand: {error}"))
    })
}

async fn converse(
    stream: std::os::unix::net::UnixStream,
    request: &Request,
    upload: Option<Upload>,
    events: &mut dyn FnMut(Event),
) -> Result<Reply, ApiError> {
    let mut line = serde_json::to_vec(request)
        .map_err(|error| ApiError::failed(format!("the request cannot be written: {error}")))?;
    line.push(b'\n');
    let (pieces, body) = mpsc::channel(4);
    let (failed, failure) = oneshot::channel();
    let mut sender = handshake(stream).await?;
    // It may block for as long as whoever sends takes their time, and the answers to what was sent must not wait for that.
    // When there is nothing more to hear, it is left alone.
    thread::Builder::new()
        .name("tierhook-upload".into())
        .spawn(move || feed(line, upload, &pieces, failed))
        .map_err(|error| ApiError::new(ErrorCode::Io, format!("cannot send the request: {error}")))?;
    let answer = async {
        let body = send(&mut sender, "POST", "/v1/run", body).await.map_err(lost)?;
        receive(body, events).await
    };
    let sending = async {
        match failure.await {
            Ok(error) => ApiError::new(ErrorCode::Io, format!("the file cannot be read: {error}")),
            // Everything is sent, or nobody listens any more: what counts is the answer.
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        // A file that breaks off breaks the answer off as well; it is the cause that is told.
        biased;
        error = sending => Err(error),
        reply = answer => reply,
    }
}

/// Sends the request and the file, and tells `failed` if that cannot be read. It blocks.
fn feed(line: Vec<u8>, upload: Option<Upload>, pieces: &mpsc::Sender<Piece>, failed: oneshot::Sender<io::Error>) {
    let mut is_heard = pieces.blocking_send(Ok(Frame::data(line.into()))).is_ok();
    let Some(mut upload) = upload else { return };
    let mut buffer = vec![0; PIECE];
    while is_heard {
        match upload.read(&mut buffer) {
            Ok(0) => return,
            Ok(length) => {
                is_heard = pieces.blocking_send(Ok(Frame::data(Bytes::copy_from_slice(&buffer[..length])))).is_ok();
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                // The host must not take the first half of a file for the whole of it.
                let broken = io::Error::new(error.kind(), error.to_string());
                let _ = failed.send(error);
                let _ = pieces.blocking_send(Err(broken));
                return;
            }
        }
    }
}

async fn receive(mut body: Incoming, events: &mut dyn FnMut(Event)) -> Result<Reply, ApiError> {
    let mut buffer: Vec<u8> = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(lost)?.into_data() else { continue };
        // What was here before holds no end of line.
        let mut searched = buffer.len();
        let mut begin = 0;
        buffer.extend_from_slice(&data);
        while let Some(length) = buffer[searched..].iter().position(|byte| *byte == b'\n') {
            let end = searched + length;
            let line = serde_json::from_slice(&buffer[begin..end]).map_err(|error| {
                ApiError::new(ErrorCode::Version, format!("the host's answer cannot be understood: {error}"))
            })?;
            (begin, searched) = (end + 1, end + 1);
            match line {
                Line::Progress(progress) => events(Event::Progress(progress)),
                Line::Chunk(text) => events(Event::Chunk(text)),
                Line::Done(reply) => return Ok(*reply),
                Line::Failed(error) => return Err(error),
            }
        }
        buffer.drain(..begin);
    }
    Err(unavailable("the host stopped before it answered; whether the command was carried out is not known"))
}

fn lost(error: hyper::Error) -> ApiError {
    unavailable(format!("the connection to the host broke ({error}); whether the command was carried out is not known"))
}
