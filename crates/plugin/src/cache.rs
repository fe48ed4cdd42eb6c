//! Compiled code, kept from one start to the next.
//!
//! What is loaded is run as it is, so nobody but this host may have written it: every entry carries an authentication code
//! under the host's secret, over what it was compiled from and for. It is read into memory and checked there, so that nobody
//! can replace it in between.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write as _;
use std::path::PathBuf;

use wasmtime::Engine;
use wasmtime::component::Component;

use crate::secret::HostSecret;

const PURPOSE: &str = "compiled";
const CODE_BYTES: usize = 32;
/// How many entries are kept; the ones used longest ago go first.
const MOST_ENTRIES: usize = 64;

/// Compiled code in a folder.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
    secret: HostSecret,
}

/// What was found of an entry.
pub(crate) enum Found {
    /// The code.
    Code(Component),
    /// There is none.
    Nothing,
    /// Something that this host has not written, or that has changed since. It is removed.
    Tampered,
}

impl Cache {
    pub(crate) fn new(folder: PathBuf, secret: HostSecret) -> Self {
        Self { folder, secret }
    }

    /// Looks for the code of a component, by the digest of its bytes.
    pub(crate) fn load(&self, engine: &Engine, digest: &str) -> Found {
        let path = self.path(engine, digest);
        let Ok(bytes) = fs::read(&path) else { return Found::Nothing };
        let key = key(engine, digest);
        let genuine = bytes
            .split_at_checked(CODE_BYTES)
            .filter(|(code, compiled)| self.secret.is_code(PURPOSE, &[key.as_bytes(), compiled], code));
        let Some((_, compiled)) = genuine else {
            remove(&path);
            return Found::Tampered;
        };
        // SAFETY: these bytes came from `Component::serialize` in this host: their authentication code under its secret was
        // checked just above, on the same memory, and covers the version and configuration of the engine.
        #[expect(unsafe_code, reason = "the one way to load what was compiled before; see the module's documentation")]
        let loaded = unsafe { Component::deserialize(engine, compiled) };
        match loaded {
            Ok(component) => {
                // The time of its use, for the sweep.
                let _ = fs::File::open(&path).and_then(|file| file.set_modified(std::time::SystemTime::now()));
                Found::Code(component)
            }
            Err(error) => {
                tracing::debug!(%error, "compiled code of another version is compiled anew");
                remove(&path);
                Found::Nothing
            }
        }
    }

    /// Keeps the code of a component. What cannot be kept is compiled again next time.
    pub(crate) fn store(&self, engine: &Engine, digest: &str, component: &Component) {
        if let Err(error) = self.try_store(engine, digest, component) {
            tracing::warn!(%error, folder = %self.folder.display(), "compiled code cannot be kept");
        }
    }

    fn try_store(&self, engine: &Engine, digest: &str, component: &Component) -> Result<(), wasmtime::Error> {
        let compiled = component.serialize()?;
        let key = key(engine, digest);
        let code = self.secret.code(PURPOSE, &[key.as_bytes(), &compiled]);
        fs::create_dir_all(&self.folder)?;
        self.sweep()?;
        let path = self.path(engine, digest);
        let aside = path.with_extension(format!("tmp{}", std::process::id()));
        let mut file = fs::File::create(&aside)?;
        file.write_all(&code)?;
        file.write_all(&compiled)?;
        drop(file);
        fs::rename(&aside, &path)?;
        Ok(())
    }

    /// Makes room for one more.
    fn sweep(&self) -> std::io::Result<()> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            entries.push((entry.metadata()?.modified()?, entry.path()));
        }
        entries.sort();
        let surplus = (entries.len() + 1).saturating_sub(MOST_ENTRIES);
        entries.iter().take(surplus).for_each(|(_, path)| remove(path));
        Ok(())
    }

    fn path(&self, engine: &Engine, digest: &str) -> PathBuf {
        self.folder.join(format!("{}.cwasm", key(engine, digest)))
    }
}

fn remove(path: &std::path::Path) {
    if let Err(error) = fs::remove_file(path) {
        tracing::warn!(%error, file = %path.display(), "cannot remove compiled code");
    }
}

/// What an entry was compiled from and for.
fn key(engine: &Engine, digest: &str) -> String {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("{digest}-{:016x}", hasher.finish())
}
