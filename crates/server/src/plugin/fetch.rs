//! A plugin from wherever it is: a folder, an archive, an address.

use std::path::Path;
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Request, StatusCode, Uri, header};
use hyper_util::rt::TokioIo;
use tierhook_package::{Contents, MAX_ARCHIVE_BYTES, Policy, PublicKey, Trust, sha256_hex, unpack};
use tokio::net::TcpStream;

use super::{describe, folder, read_trust, unreadable, verified};
use crate::api::{ApiError, ErrorCode, PluginDescription};

/// How long a server may take for a whole archive.
const PATIENCE: Duration = Duration::from_secs(60);

/// Verifies a plugin, wherever [`archive_of`] would find it, as a workspace's operator trusts.
///
/// # Errors
/// [`ErrorCode::Unfit`] with what is wrong and what to do, [`ErrorCode::Invalid`] if `plugins/trust.toml` is malformed,
/// and what [`archive_of`] says.
pub fn verify(
    place: &str,
    digest: Option<&str>,
    workspace: &Path,
    policy: Policy,
) -> Result<PluginDescription, ApiError> {
    let trust = read_trust(workspace)?;
    Ok(describe(&verified(&contents_of(place, digest)?, place, policy, &trust)?, policy))
}

/// Verifies that a plugin was signed with a key, whoever trusts it.
///
/// # Errors
/// [`ErrorCode::Unfit`] with what is wrong and what to do, [`ErrorCode::Invalid`] if the key is none, and what
/// [`archive_of`] says.
pub fn verify_with_key(place: &str, digest: Option<&str>, key: &str) -> Result<PluginDescription, ApiError> {
    let key: PublicKey = key.parse().map_err(|error| {
        ApiError::invalid(format!("`{key}`: {error}"))
            .with_hint("copy the whole key, which begins with RW, as its owner publishes it")
    })?;
    let trust = Trust { keys: [(key.id(), key)].into(), ..Trust::default() };
    Ok(describe(&verified(&contents_of(place, digest)?, place, Policy::Required, &trust)?, Policy::Required))
}

/// A plugin's files, those that are not shipped left out.
fn contents_of(place: &str, digest: Option<&str>) -> Result<Contents, ApiError> {
    let path = Path::new(place);
    if digest.is_none() && path.is_dir() {
        return folder::read(path);
    }
    unpack(&archive_of(place, digest)?).map_err(|error| unreadable(place, &error))
}

/// Returns a plugin as the bytes of an archive, from a folder, an archive, a `file://` or an `http://` address. With
/// `digest`, the archive has to have that SHA-256; an `http://` address needs one.
///
/// # Errors
/// [`ErrorCode::Invalid`] if the address makes no sense or lacks a digest, [`ErrorCode::Unfit`] if the digest is another,
/// [`ErrorCode::NotFound`], [`ErrorCode::Io`] or [`ErrorCode::Unavailable`] if it is not to be had.
pub fn archive_of(place: &str, digest: Option<&str>) -> Result<Vec<u8>, ApiError> {
    let digest = digest.map(checked_digest).transpose()?;
    let bytes = match place.split_once("://") {
        Some(("http", _)) => {
            if digest.is_none() {
                return Err(ApiError::invalid(format!("{place}: whoever is on the way may send something else"))
                    .with_hint("ask its author for the archive's SHA-256, and add --sha256 DIGEST"));
            }
            download(place)?
        }
        Some(("file", path)) => read(Path::new(&local(place, path)?), digest.is_some())?,
        Some((scheme, _)) => {
            return Err(ApiError::invalid(format!("{place}: `{scheme}` addresses are not fetched"))
                .with_hint("download it by other means, and install the file"));
        }
        None => read(Path::new(place), digest.is_some())?,
    };
    match digest {
        Some(digest) if sha256_hex(&bytes) != digest => {
            let found = sha256_hex(&bytes);
            Err(ApiError::new(ErrorCode::Unfit, format!("{place}: its SHA-256 is {found}, not {digest}"))
                .with_hint("it is not what its author released, or the digest is another release's: ask them"))
        }
        _ => Ok(bytes),
    }
}

fn read(place: &Path, needs_archive: bool) -> Result<Vec<u8>, ApiError> {
    if !place.is_dir() {
        return folder::read_file(place, MAX_ARCHIVE_BYTES);
    }
    if needs_archive {
        return Err(ApiError::invalid(format!("{} is a folder; a digest is that of an archive", place.display()))
            .with_hint("leave --sha256 out, or name the archive"));
    }
    let contents = folder::read(place)?;
    tierhook_package::pack(&contents).map_err(|error| unreadable(&place.display().to_string(), &error))
}

/// The path in a `file://` address.
fn local(place: &str, path: &str) -> Result<String, ApiError> {
    let path = path.strip_prefix("localhost").unwrap_or(path);
    let is_whole = path.starts_with('/');
    // What stands behind a % is a byte in hexadecimal.
    let mut parts = path.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    let is_decoded = parts.all(|part| {
        let byte = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.extend(byte);
        bytes.extend(part.bytes().skip(2));
        byte.is_some()
    });
    String::from_utf8(bytes).ok().filter(|_| is_whole && is_decoded).ok_or_else(|| {
        ApiError::invalid(format!("{place} is no address of a file here"))
            .with_hint("write file:///PATH, or the path alone")
    })
}

fn checked_digest(digest: &str) -> Result<String, ApiError> {
    let digest = digest.trim().to_ascii_lowercase();
    match digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => Ok(digest),
        false => Err(ApiError::invalid(format!("`{digest}` is no SHA-256"))
            .with_hint("write the 64 digits that `sha256sum` shows")),
    }
}

fn download(address: &str) -> Result<Vec<u8>, ApiError> {
    let uri: Uri = address.parse().map_err(|error| ApiError::invalid(format!("{address} is no address: {error}")))?;
    let failed = |why: String| {
        ApiError::new(ErrorCode::Unavailable, format!("{address} cannot be fetched: {why}"))
            .with_hint("look whether the address is right and the server is up")
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| failed(error.to_string()))?;
    runtime.block_on(async {
        match tokio::time::timeout(PATIENCE, get(&uri)).await {
            Ok(fetched) => fetched.map_err(failed),
            Err(_) => Err(failed(format!("it takes longer than {} seconds", PATIENCE.as_secs()))),
        }
    })
}

/// Fetches what is at an address, and follows no other one.
async fn get(uri: &Uri) -> Result<Vec<u8>, String> {
    let authority = uri.authority().ok_or("it names no server")?;
    if authority.as_str().contains('@') {
        return Err("it names a user, which is not sent".to_owned());
    }
    let server = format!("{}:{}", authority.host(), authority.port_u16().unwrap_or(80));
    let stream = TcpStream::connect(&server).await.map_err(|error| format!("{server}: {error}"))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    tokio::spawn(connection);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::builder()
        .uri(path)
        .header(header::HOST, authority.as_str())
        .header(header::USER_AGENT, concat!("tierhook/", env!("CARGO_PKG_VERSION")))
        .body(Empty::<Bytes>::new())
        .map_err(|error| error.to_string())?;
    let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
    match (response.status(), response.headers().get(header::LOCATION)) {
        (StatusCode::OK, _) => {}
        (status, Some(elsewhere)) => {
            return Err(format!(
                "it has moved ({status}) to {}; name that",
                String::from_utf8_lossy(elsewhere.as_bytes())
            ));
        }
        (status, None) => return Err(format!("the server answers {status}")),
    }
    let limit = usize::try_from(MAX_ARCHIVE_BYTES).unwrap_or(usize::MAX);
    let body = Limited::new(response.into_body(), limit).collect().await;
    let body = body.map_err(|error| match error.is::<http_body_util::LengthLimitError>() {
        true => format!("it is larger than {MAX_ARCHIVE_BYTES} bytes"),
        false => error.to_string(),
    })?;
    Ok(body.to_bytes().into())
}
