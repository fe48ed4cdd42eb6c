//! The uploaded file on its way from the connection to a thread that reads it.

use std::io::{self, Read};

use axum::body::{Body, Bytes};
use http_body_util::BodyExt as _;
use tokio::sync::mpsc;

/// The longest request line: a mapping is a part of it.
const MAX_REQUEST: usize = 4 * 1024 * 1024;

/// Reads a body up to the end of its first line. Returns the line, and what came after it in the same piece.
pub(super) async fn first_line(body: &mut Body) -> io::Result<(Vec<u8>, Bytes)> {
    let mut line = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(mut data) = frame.map_err(io::Error::other)?.into_data() else { continue };
        if let Some(end) = data.iter().position(|byte| *byte == b'\n') {
            line.extend_from_slice(&data[..end]);
            return Ok((line, data.split_off(end + 1)));
        }
        line.extend_from_slice(&data);
        if line.len() > MAX_REQUEST {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the request line is too long"));
        }
    }
    Ok((line, Bytes::new()))
}

/// Hands the rest of a body to a reader in another thread, and throws away what the reader does not want: a caller
/// that is still sending has to be able to hear the answer.
pub(super) fn reader(first: Bytes, mut body: Body) -> UploadReader {
    let (sender, pieces) = mpsc::channel(8);
    tokio::spawn(async move {
        while let Some(frame) = body.frame().await {
            let piece = match frame {
                Ok(frame) => frame.into_data().map_or(Ok(Bytes::new()), Ok),
                Err(error) => Err(io::Error::new(io::ErrorKind::ConnectionAborted, error)),
            };
            let is_end = piece.is_err();
            let _ = sender.send(piece).await;
            if is_end {
                break;
            }
        }
    });
    UploadReader { current: first, pieces }
}

/// The rest of a body as a blocking reader.
#[derive(Debug)]
pub(super) struct UploadReader {
    current: Bytes,
    pieces: mpsc::Receiver<io::Result<Bytes>>,
}

impl Read for UploadReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() {
            match self.pieces.blocking_recv() {
                Some(piece) => self.current = piece?,
                None => return Ok(0),
            }
        }
        let length = buffer.len().min(self.current.len());
        buffer[..length].copy_from_slice(&self.current.split_to(length));
        Ok(length)
    }
}
