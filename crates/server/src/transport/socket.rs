//! Where the socket is, and who may use it.

use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use tierhook_model::digest256_hex;

use crate::api::{ApiError, ErrorCode};

/// The longest path that a socket may have on every system, in bytes: macOS has 104 with the final zero.
const MAX_PATH: usize = 103;

/// Where the socket of a data directory is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketPlace {
    data: PathBuf,
    path: PathBuf,
}

/// Why a socket cannot be listened at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// Another host answers there.
    #[error("another host answers at {}; stop it first", .path.display())]
    InUse {
        /// The socket.
        path: PathBuf,
    },
    /// There is something that is no socket.
    #[error("{} is in the way and is no socket; move it away", .path.display())]
    NotASocket {
        /// The path.
        path: PathBuf,
    },
    /// Others could get at the socket.
    #[error("{} does not belong to the owner of the data directory alone; choose a shorter --data path", .folder.display())]
    NotPrivate {
        /// The folder.
        folder: PathBuf,
    },
    /// The system refuses.
    #[error("cannot listen at {}: {source}", .path.display())]
    Io {
        /// The socket.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl From<BindError> for ApiError {
    fn from(error: BindError) -> Self {
        let code = match error {
            BindError::InUse { .. } => ErrorCode::Locked,
            _ => ErrorCode::Io,
        };
        Self::new(code, error.to_string())
    }
}

impl SocketPlace {
    /// Says where the socket of a data directory is: in the directory itself, or, if that makes the path too long
    /// for a socket, under a name made from it in a folder of its own within `short`.
    pub fn new(data: &Path, short: &Path) -> Self {
        let data = fs::canonicalize(data).or_else(|_| std::path::absolute(data)).unwrap_or_else(|_| data.to_owned());
        let near = data.join("host.sock");
        let path = if near.as_os_str().len() <= MAX_PATH {
            near
        } else {
            let owner = fs::metadata(&data).map_or(0, |data| data.uid());
            let name = digest256_hex(&[data.as_os_str().as_bytes()]);
            short.join(format!("tierhook-{owner}")).join(format!("{}.sock", &name[..16]))
        };
        Self { data, path }
    }

    /// The socket's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Listens. A socket that nobody answers at is removed first; one that somebody answers at never is. The data
    /// directory is closed to everybody but its owner.
    pub(super) fn bind(&self) -> Result<UnixListener, BindError> {
        let refused = |source| BindError::Io { path: self.path.clone(), source };
        make_private(&self.data).map_err(refused)?;
        if let Some(folder) = self.far_folder() {
            make_private(folder).map_err(refused)?;
            if !self.is_private(folder).map_err(refused)? {
                return Err(BindError::NotPrivate { folder: folder.to_owned() });
            }
        }
        self.clear()?;
        let listener = UnixListener::bind(&self.path).map_err(refused)?;
        fs::set_permissions(&self.path, Permissions::from_mode(0o600)).map_err(refused)?;
        Ok(listener)
    }

    /// Connects; `None` if nobody listens.
    pub(super) fn connect(&self) -> io::Result<Option<UnixStream>> {
        if let Some(folder) = self.far_folder() {
            match self.is_private(folder) {
                Ok(true) => {}
                Ok(false) => {
                    let message = format!("{} does not belong to the data directory's owner alone", folder.display());
                    return Err(io::Error::new(ErrorKind::PermissionDenied, message));
                }
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        match UnixStream::connect(&self.path) {
            Ok(stream) => Ok(Some(stream)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn clear(&self) -> Result<(), BindError> {
        let refused = |source| BindError::Io { path: self.path.clone(), source };
        match fs::symlink_metadata(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(refused(error)),
            Ok(there) if !there.file_type().is_socket() => {
                return Err(BindError::NotASocket { path: self.path.clone() });
            }
            Ok(_) => {}
        }
        match UnixStream::connect(&self.path) {
            Ok(_) => Err(BindError::InUse { path: self.path.clone() }),
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => fs::remove_file(&self.path).map_err(refused),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(refused(error)),
        }
    }

    /// The folder of a socket that is not in the data directory.
    fn far_folder(&self) -> Option<&Path> {
        self.path.parent().filter(|folder| *folder != self.data)
    }

    /// In a folder that everybody may write to, somebody else may have been there first.
    fn is_private(&self, folder: &Path) -> io::Result<bool> {
        let there = fs::symlink_metadata(folder)?;
        Ok(there.is_dir() && there.mode() & 0o077 == 0 && there.uid() == fs::metadata(&self.data)?.uid())
    }
}

/// Makes a folder that only its owner can enter, or closes one that is there to all others.
fn make_private(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let there = fs::symlink_metadata(folder)?;
    if there.is_dir() && there.mode() & 0o077 != 0 {
        fs::set_permissions(folder, Permissions::from_mode(there.mode() & 0o700))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> (tempfile::TempDir, SocketPlace) {
        let folder = tempfile::tempdir().unwrap();
        let place = SocketPlace::new(folder.path(), Path::new("/nowhere"));
        (folder, place)
    }

    #[test]
    fn the_socket_is_for_its_owner_alone() {
        let (folder, place) = place();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let _listener = place.bind().unwrap();
        assert_eq!(fs::metadata(place.path()).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(folder.path()).unwrap().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_stale_socket_is_replaced_and_a_live_one_is_not() {
        let (_folder, place) = place();
        drop(place.bind().unwrap());
        assert!(place.path().exists(), "a dropped listener leaves its socket behind");
        assert!(place.connect().unwrap().is_none());
        let _listener = place.bind().unwrap();
        assert!(matches!(place.bind(), Err(BindError::InUse { .. })));
        assert!(place.connect().unwrap().is_some());
    }

    #[test]
    fn what_is_no_socket_is_left_alone() {
        let (_folder, place) = place();
        fs::write(place.path(), "mine").unwrap();
        assert!(matches!(place.bind(), Err(BindError::NotASocket { .. })));
        assert_eq!(fs::read_to_string(place.path()).unwrap(), "mine");
    }

    #[test]
    fn a_path_that_is_too_long_gets_a_short_name_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("d".repeat(100));
        fs::create_dir(&data).unwrap();
        let place = SocketPlace::new(&data, folder.path());
        assert!(place.path().as_os_str().len() <= MAX_PATH && !place.path().starts_with(&data));
        assert_eq!(place, SocketPlace::new(&data, folder.path()));
        assert!(place.connect().unwrap().is_none());
        let _listener = place.bind().unwrap();
        assert!(place.connect().unwrap().is_some());
        let shared = place.path().parent().unwrap();
        fs::set_permissions(shared, Permissions::from_mode(0o777)).unwrap();
        assert!(place.connect().is_err(), "others could have put their own socket there");
    }
}
