//! Keys and signatures: Ed25519 (RFC 8032) in the text format of minisign.
//!
//! Signed are the bytes themselves, what minisign calls the legacy algorithm: `minisign -V -m plugin.toml -x plugin.sig
//! -P KEY` verifies what is made here, and what `minisign -S -l` makes is taken.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The algorithm: Ed25519 over the bytes themselves.
const ALGORITHM: [u8; 2] = *b"Ed";
/// The algorithm that this is not: over their BLAKE2b digest.
const PREHASHED: [u8; 2] = *b"ED";
const UNTRUSTED: &str = "untrusted comment: ";
const TRUSTED: &str = "trusted comment: ";

/// Whom a signature is by. Two keys are the same if their points are: a key's number is but a hint.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey {
    id: [u8; 8],
    /// A point of the curve, as it is written.
    point: [u8; 32],
}

/// What signatures are made with. It zeroes itself when it goes.
pub struct SecretKey {
    key: SigningKey,
}

/// A signature as `plugin.sig` holds it.
#[derive(Clone, PartialEq, Eq)]
pub struct Signature {
    id: [u8; 8],
    signature: [u8; 64],
    trusted_comment: String,
    global_signature: [u8; 64],
}

/// Why a text is no key or signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// It is no public key.
    #[error("it is no public key; write it as minisign does: `RW` and 54 more letters and digits")]
    NotPublic,
    /// It is no secret key of ours.
    #[error("it is no secret key, or was damaged; `tierhook keys new FILE` makes one")]
    NotSecret,
    /// It is no signature.
    #[error("it has not the four lines of a minisign signature")]
    NotASignature,
    /// The signature is over a digest.
    #[error("it is over a digest (algorithm ED); sign with `tierhook plugins sign`, or with `minisign -S -l`")]
    Prehashed,
    /// The comment of a signature is one line.
    #[error("a comment is one line")]
    Comment,
}

impl PublicKey {
    fn of(key: VerifyingKey) -> Self {
        let point = key.to_bytes();
        let mut id = [0; 8];
        id.copy_from_slice(&Sha256::digest(point)[..8]);
        Self { id, point }
    }

    /// Tells whether a signature is by this key and of these bytes, its comment included.
    pub fn verifies(&self, message: &[u8], signature: &Signature) -> bool {
        let Ok(key) = VerifyingKey::from_bytes(&self.point) else { return false };
        let global = [signature.signature.as_slice(), signature.trusted_comment.as_bytes()].concat();
        let is_by = |message: &[u8], signature: &[u8; 64]| {
            // Strictly: no signature and no key that fits more than one message.
            key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(signature)).is_ok()
        };
        is_by(message, &signature.signature) && is_by(&global, &signature.global_signature)
    }

    /// Tells whether a signature says that it is by this key.
    pub fn is_named_by(&self, signature: &Signature) -> bool {
        self.id == signature.id
    }

    /// The key's number, as minisign shows it.
    pub fn id(&self) -> String {
        shown(self.id)
    }
}

impl SecretKey {
    /// Makes a key of 32 bytes that nobody can guess.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self { key: SigningKey::from_bytes(&seed) }
    }

    /// The key that others verify with.
    pub fn public(&self) -> PublicKey {
        PublicKey::of(self.key.verifying_key())
    }

    /// Signs bytes. The comment, one line, is signed too. Returns the text of a signature file.
    ///
    /// # Errors
    /// [`KeyError::Comment`] if the comment is more than one line.
    pub fn sign(&self, message: &[u8], comment: &str) -> Result<String, KeyError> {
        if comment.contains(['\n', '\r']) {
            return Err(KeyError::Comment);
        }
        let id = self.public().id;
        let signature = self.key.sign(message).to_bytes();
        let global = self.key.sign(&[signature.as_slice(), comment.as_bytes()].concat()).to_bytes();
        let line = STANDARD.encode([ALGORITHM.as_slice(), &id, &signature].concat());
        let global = STANDARD.encode(global);
        Ok(format!("{UNTRUSTED}signature by the key {}\n{line}\n{TRUSTED}{comment}\n{global}\n", shown(id)))
    }

    /// The text of a key file: whoever has it can sign.
    pub fn to_text(&self) -> String {
        let public = self.public();
        let bytes = [ALGORITHM.as_slice(), self.key.as_bytes(), &public.point].concat();
        format!("{UNTRUSTED}tierhook secret key {}, keep it to yourself\n{}\n", public.id(), STANDARD.encode(bytes))
    }

    /// Reads the text of a key file.
    ///
    /// # Errors
    /// [`KeyError::NotSecret`] if it is none, or its two halves do not belong together.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let bytes: [u8; 66] = last_line(text).and_then(decoded).ok_or(KeyError::NotSecret)?;
        let (seed, public) = bytes[2..].split_at(32);
        let key = Self::from_seed(seed.try_into().map_err(|_| KeyError::NotSecret)?);
        match bytes[..2] == ALGORITHM && key.public().point == public {
            true => Ok(key),
            false => Err(KeyError::NotSecret),
        }
    }
}

impl Signature {
    /// Reads the text of a signature file.
    ///
    /// # Errors
    /// [`KeyError`] if it is none, or made by another algorithm.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut lines = text.lines();
        let mut next = |prefix: &str| lines.next().and_then(|line| line.strip_prefix(prefix));
        let lines = (next(UNTRUSTED), next(""), next(TRUSTED), next(""));
        let (Some(_), Some(line), Some(comment), Some(global)) = lines else { return Err(KeyError::NotASignature) };
        let line: [u8; 74] = decoded(line).ok_or(KeyError::NotASignature)?;
        let global_signature: [u8; 64] = decoded(global).ok_or(KeyError::NotASignature)?;
        match [line[0], line[1]] {
            ALGORITHM => {}
            PREHASHED => return Err(KeyError::Prehashed),
            _ => return Err(KeyError::NotASignature),
        }
        let (mut id, mut signature) = ([0; 8], [0; 64]);
        id.copy_from_slice(&line[2..10]);
        signature.copy_from_slice(&line[10..]);
        Ok(Self { id, signature, trusted_comment: comment.to_owned(), global_signature })
    }

    /// The number of the key that it says it is by, as minisign shows it.
    pub fn key_id(&self) -> String {
        shown(self.id)
    }

    /// The comment that is signed too. It is to be trusted only once the signature is verified.
    pub fn trusted_comment(&self) -> &str {
        &self.trusted_comment
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    /// Reads a key as one line, or as the file that minisign writes.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let bytes: [u8; 42] = last_line(text).and_then(decoded).ok_or(KeyError::NotPublic)?;
        if bytes[..2] != ALGORITHM {
            return Err(KeyError::NotPublic);
        }
        let (mut id, mut point) = ([0; 8], [0; 32]);
        id.copy_from_slice(&bytes[2..10]);
        point.copy_from_slice(&bytes[10..]);
        let key = VerifyingKey::from_bytes(&point).map_err(|_| KeyError::NotPublic)?;
        if key.is_weak() { Err(KeyError::NotPublic) } else { Ok(Self { id, point }) }
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode([ALGORITHM.as_slice(), &self.id, &self.point].concat()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.point == other.point
    }
}

impl Eq for PublicKey {}

impl PartialOrd for PublicKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PublicKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.point.cmp(&other.point)
    }
}

impl TryFrom<String> for PublicKey {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        key.to_string()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.public().id())
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signature").field("key_id", &self.key_id()).field("comment", &self.trusted_comment).finish()
    }
}

/// A key's number as minisign shows it: a number of 64 bits in hexadecimal, its lowest byte first in files.
fn shown(id: [u8; 8]) -> String {
    format!("{:016X}", u64::from_le_bytes(id))
}

/// The last line that is not empty: the others are comments.
fn last_line(text: &str) -> Option<&str> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let last = lines.next_back()?;
    lines.all(|line| line.starts_with(UNTRUSTED)).then_some(last)
}

fn decoded<const N: usize>(line: &str) -> Option<[u8; N]> {
    STANDARD.decode(line.trim_end()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests;
