//! The host's secret: what tokens are keyed with, and what tells compiled code of its own from any other.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// How many bytes of a token are shown: 16 hexadecimal digits.
const TOKEN_BYTES: usize = 8;

/// Bytes that only this host knows.
#[derive(Clone)]
pub struct HostSecret([u8; 32]);

impl std::fmt::Debug for HostSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HostSecret")
    }
}

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The file cannot be read or written.
    #[error("the host's secret `{}` cannot be {what}: {source}; see that the data directory can be written", .path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("`{}` is no secret of 32 bytes; restore it from a backup, or remove it: tokens of personal data will then be others", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// The system has no random bytes.
    #[error("the system gives no random bytes: {why}")]
    NoRandomness {
        /// The system's reason.
        why: String,
    },
}

impl HostSecret {
    /// Reads the secret from a file, or makes one there that only its owner may read.
    ///
    /// # Errors
    /// [`SecretError`] if it can be neither read nor made.
    pub fn open(path: &Path) -> Result<Self, SecretError> {
        let io = |what, source| SecretError::Io { what, path: path.to_owned(), source };
        match fs::read(path) {
            Ok(bytes) => {
                let bytes = bytes.try_into().map_err(|_| SecretError::Malformed { path: path.to_owned() })?;
                Ok(Self(bytes))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let secret = Self::random()?;
                let aside = path.with_extension("tmp");
                write_private(&aside, &secret.0).map_err(|error| io("written", error))?;
                fs::rename(&aside, path).map_err(|error| io("written", error))?;
                Ok(secret)
            }
            Err(error) => Err(io("read", error)),
        }
    }

    /// Makes one that is forgotten with the process.
    ///
    /// # Errors
    /// [`SecretError::NoRandomness`] if the system has none.
    pub fn random() -> Result<Self, SecretError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| SecretError::NoRandomness { why: error.to_string() })?;
        Ok(Self(bytes))
    }

    /// The authentication code of some bytes for one purpose.
    pub(crate) fn code(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.mac(purpose);
        for part in parts {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// Tells whether bytes have an authentication code, in a time that tells nothing.
    pub(crate) fn is_code(&self, purpose: &str, parts: &[&[u8]], code: &[u8]) -> bool {
        let mut mac = self.mac(purpose);
        for part in parts {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        mac.verify_slice(code).is_ok()
    }

    /// What makes tokens for one owner.
    pub(crate) fn tokens(&self, owner: &str) -> Tokens {
        Tokens(self.code("tokens", &[owner.as_bytes()]))
    }

    fn mac(&self, purpose: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::new_from_slice(&self.0).expect("a key may have any length");
        mac.update(&(purpose.len() as u64).to_le_bytes());
        mac.update(purpose.as_bytes());
        mac
    }
}

/// Makes tokens: the same for the same text, and never to be turned back.
#[derive(Clone)]
pub(crate) struct Tokens([u8; 32]);

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens")
    }
}

impl Tokens {
    /// The token of a field's value.
    pub(crate) fn of(&self, field: &str, value: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key may have any length");
        mac.update(field.as_bytes());
        mac.update(&[0]);
        mac.update(value.as_bytes());
        let code = mac.finalize().into_bytes();
        code[..TOKEN_BYTES].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_stays_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host.key");
        let first = HostSecret::open(&path).unwrap();
        assert_eq!(first.code("x", &[b"a"]), HostSecret::open(&path).unwrap().code("x", &[b"a"]));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::write(&path, b"short").unwrap();
        assert!(matches!(HostSecret::open(&path), Err(SecretError::Malformed { .. })));
    }

    #[test]
    fn tokens_differ_by_owner_and_field() {
        let secret = HostSecret([7; 32]);
        let (one, other) = (secret.tokens("one"), secret.tokens("other"));
        let token = one.of("customer.email", "a@b.cn");
        assert_eq!(token.len(), 16);
        assert_eq!(token, one.of("customer.email", "a@b.cn"));
        assert_ne!(token, other.of("customer.email", "a@b.cn"));
        assert_ne!(token, one.of("customer.name", "a@b.cn"));
    }

    #[test]
    fn parts_cannot_be_shifted_into_each_other() {
        let secret = HostSecret([7; 32]);
        assert_ne!(secret.code("x", &[b"ab", b"c"]), secret.code("x", &[b"a", b"bc"]));
        assert!(secret.is_code("x", &[b"a"], &secret.code("x", &[b"a"])));
        assert!(!secret.is_code("y", &[b"a"], &secret.code("x", &[b"a"])));
    }
}
