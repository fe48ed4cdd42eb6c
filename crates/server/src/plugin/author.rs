//! An author's part: keys, signatures, archives.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use tierhook_loader::edit_plugin_files;
use tierhook_package::{ARCHIVE_SUFFIX, Contents, MANIFEST_FILE, Policy, SIGNATURE_FILE, SecretKey, Trust, sha256_hex};

use super::workshop::shown;
use super::{describe, folder, refused, unreadable, verified};
use crate::api::{ApiError, ErrorCode, KeyMade, PackReport, SignReport};

/// The most bytes of a file with a key.
const MAX_KEY_BYTES: u64 = 4096;

/// Makes a key to sign with, of 32 bytes that nobody can guess, and keeps it in a file that nobody else may read.
///
/// # Errors
/// [`ErrorCode::Conflict`] if the file is there already, [`ErrorCode::Io`] if it cannot be written.
pub fn new_key(file: &Path, seed: [u8; 32]) -> Result<KeyMade, ApiError> {
    let secret = SecretKey::from_seed(seed);
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    let written = made.and_then(|mut made| made.write_all(secret.to_text().as_bytes()).and_then(|()| made.sync_all()));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => ApiError::conflict(format!("{} is there already", file.display()))
            .with_hint("name another file: a key that is gone cannot be made again"),
        _ => cannot_write(file, &error),
    })?;
    let public = secret.public();
    Ok(KeyMade { file: file.display().to_string(), key: public.to_string(), id: public.id() })
}

/// Lists the files of a plugin's folder in its manifest as they are now, and signs the manifest with a key.
///
/// # Errors
/// [`ErrorCode::Unfit`] if the folder is no plugin, [`ErrorCode::Invalid`] if the key is none, [`ErrorCode::NotFound`]
/// or [`ErrorCode::Io`] if a file cannot be read or written.
pub fn sign(plugin: &Path, key: &Path) -> Result<SignReport, ApiError> {
    let place = plugin.display().to_string();
    let bytes = folder::read_file(key, MAX_KEY_BYTES)
        .map_err(|error| error.with_hint("name a key's file; `tierhook keys new FILE` makes one"))?;
    let secret = SecretKey::parse(&String::from_utf8_lossy(&bytes))
        .map_err(|error| ApiError::invalid(format!("{}: {error}", key.display())))?;

    let contents = folder::read(plugin)?;
    check_secrets(&contents, &place)?;
    let text = contents.manifest_text().map_err(|error| refused(&place, &error))?;
    let listed = edit_plugin_files(text, &contents.digests())
        .map_err(|error| ApiError::new(ErrorCode::Unfit, format!("{place}: {error}")))?;
    let is_listed_anew = listed != text;
    let mut files = contents.files().clone();
    files.insert(MANIFEST_FILE.to_owned(), listed.as_bytes().into());
    files.remove(SIGNATURE_FILE);
    // What is not fit is not signed.
    let verified_files = verified(&Contents::new(files.clone()), &place, Policy::Off, &Trust::default())?;
    let about = &verified_files.manifest.plugin;
    let comment = format!("{} {} serial {}", about.id, about.version, about.serial);
    let signature = secret
        .sign(listed.as_bytes(), &comment)
        .map_err(|error| ApiError::invalid(format!("{place}: id or version in {MANIFEST_FILE}: {error}")))?;

    if is_listed_anew {
        write(&plugin.join(MANIFEST_FILE), listed.as_bytes())?;
    }
    let file = plugin.join(SIGNATURE_FILE);
    write(&file, signature.as_bytes())?;
    files.insert(SIGNATURE_FILE.to_owned(), signature.as_bytes().into());
    let signed = verified(&Contents::new(files), &place, Policy::Off, &Trust::default())?;
    Ok(SignReport {
        plugin: describe(&signed, Policy::Off),
        signature: file.display().to_string(),
        key: secret.public().to_string(),
        is_listed_anew,
        next: format!("tierhook plugins pack {}", shown(plugin)),
    })
}

/// Packs a plugin's folder into one file: `ID-VERSION.tierhook` in the current folder, unless `out` names another.
///
/// # Errors
/// [`ErrorCode::Unfit`] if the folder's files are not those of its manifest, [`ErrorCode::Io`] if a file cannot be read
/// or written.
pub fn pack(plugin: &Path, out: Option<&Path>) -> Result<PackReport, ApiError> {
    let place = plugin.display().to_string();
    let contents = folder::read(plugin)?;
    check_secrets(&contents, &place)?;
    let verified = verified(&contents, &place, Policy::Off, &Trust::default())?;
    let about = &verified.manifest.plugin;
    // A version may be any text; a name of a file may not.
    let version: String =
        about.version.chars().map(|c| if c.is_alphanumeric() || ".-_+".contains(c) { c } else { '_' }).collect();
    let usual = || PathBuf::from(format!("{}-{version}{ARCHIVE_SUFFIX}", about.id));
    let file = out.map_or_else(usual, Path::to_owned);
    check_outside(&file, plugin)?;
    let bytes = tierhook_package::pack(&contents).map_err(|error| unreadable(&place, &error))?;
    write(&file, &bytes)?;
    Ok(PackReport {
        plugin: describe(&verified, Policy::Off),
        file: file.display().to_string(),
        bytes: bytes.len() as u64,
        digest: sha256_hex(&bytes),
        next: match contents.file(SIGNATURE_FILE) {
            Some(_) => format!("tierhook plugins install {} --grant", shown(&file)),
            None => format!("tierhook plugins sign {} --key FILE", shown(plugin)),
        },
    })
}

/// Refuses to ship a secret key: whoever keeps it beside the plugin would hand it to everybody.
pub(super) fn check_secrets(contents: &Contents, place: &str) -> Result<(), ApiError> {
    let is_key = |bytes: &[u8]| {
        bytes.len() as u64 <= MAX_KEY_BYTES
            && std::str::from_utf8(bytes).is_ok_and(|text| SecretKey::parse(text).is_ok())
    };
    match contents.files().iter().find(|(_, bytes)| is_key(bytes)) {
        None => Ok(()),
        Some((file, _)) => Err(ApiError::conflict(format!("{place}: `{file}` is a secret key, and would be shipped"))
            .with_hint("keep keys elsewhere; if it was shipped before, revoke it and make another one")),
    }
}

/// Refuses to write an archive where it would be a file of the plugin itself.
fn check_outside(file: &Path, plugin: &Path) -> Result<(), ApiError> {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let inside = fs::canonicalize(parent).ok().zip(fs::canonicalize(plugin).ok());
    match inside.is_some_and(|(parent, plugin)| parent.starts_with(plugin)) {
        false => Ok(()),
        true => Err(ApiError::invalid(format!("{} would be a file of the plugin itself", file.display()))
            .with_hint("name another folder with --out FILE")),
    }
}

/// Writes a file that is complete before it is there.
pub(super) fn write(file: &Path, bytes: &[u8]) -> Result<(), ApiError> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let part = file.with_file_name(format!(".{name}.part"));
    fs::write(&part, bytes).and_then(|()| fs::rename(&part, file)).map_err(|error| {
        // It may not be there at all.
        fs::remove_file(&part).ok();
        cannot_write(file, &error)
    })
}

fn cannot_write(file: &Path, error: &io::Error) -> ApiError {
    ApiError::new(ErrorCode::Io, format!("{} cannot be written: {error}", file.display()))
        .with_hint("see to the permissions of the folder and to the room on the disk")
}
