//! The host: one workspace and one book, and everything that can be asked of them.

mod care;
mod condition;
mod contact;
mod copy;
mod customer;
mod dimension;
mod dispatch;
mod drift;
mod erase;
mod explain;
mod export;
mod fact_text;
mod failure;
mod find;
mod grading;
mod guess;
mod index;
mod ingest;
mod intake;
mod late;
mod ledger;
mod list;
mod log;
mod merge;
mod note;
mod page;
mod plugin;
mod profile;
mod proof;
mod quality;
mod rank;
mod replace;
mod revert;
mod rule;
mod sample;
mod search;
mod serving;
mod status;
mod suggest;
mod text;
mod today;
mod trail;
mod trial;
mod work;

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use serde::{Deserialize, Serialize};
use tierhook_engine::{Conventions, Engine};
use tierhook_import::PhoneRegion;
use tierhook_loader::{LoadSettings, Loaded, Loader, Sighting};
use tierhook_model::{BookClock, Language, Moment};
use tierhook_store::{MetaKey, Options, Store, WriteBatch};

use self::failure::api;
use self::index::LiveIndex;
use self::ledger::Imports;
use self::proof::BookProver;
use self::text::Texts;
use crate::Settings;
use crate::api::ApiError;

pub use self::care::{accept_loss, restore};
pub(crate) use self::proof::run_cases;
pub(crate) use self::rule::problem_row;
pub use self::serving::{LiveSample, Serving};
pub use self::trial::{Trial, trial};

/// Tells what time it is. The host reads no clock of its own.
pub type Now = Arc<dyn Fn() -> Moment + Send + Sync>;

/// What a host is opened with.
#[derive(Clone)]
pub struct HostOptions {
    /// The workspace's folder.
    pub workspace: PathBuf,
    /// The data directory; it is made if it is not there.
    pub data: PathBuf,
    /// The workspace's settings.
    pub settings: Settings,
    /// Tells what time it is.
    pub now: Now,
}

impl fmt::Debug for HostOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostOptions")
            .field("workspace", &self.workspace)
            .field("data", &self.data)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// One workspace and one book. Calls from many threads at a time are fine.
pub struct Host {
    engine: Engine,
    workspace: PathBuf,
    data: PathBuf,
    settings: Settings,
    phone_region: Option<PhoneRegion>,
    now: Now,
    loader: Mutex<Loader>,
    /// What loading the rules last came to.
    loaded: Mutex<Option<Loaded>>,
    /// Held while the book is graded as a whole.
    grading: Mutex<()>,
    imports: Imports,
    /// Held from reading a profile until its change is kept, so that of two tags given at once none is lost.
    editing: Mutex<()>,
    /// Held while the list of written files is changed.
    trailing: Mutex<()>,
    /// Held by imports side by side, and by a revert alone.
    importing: RwLock<()>,
    /// Kept while the host serves.
    index: OnceLock<LiveIndex>,
    serving_since: Mutex<Option<Moment>>,
    active_since: Mutex<Option<Moment>>,
    /// How many commands are being carried out.
    running: AtomicU64,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("workspace", &self.workspace).field("data", &self.data).finish_non_exhaustive()
    }
}

impl Host {
    /// Opens the book, loads and proves the rules, and makes them the ones that decide. Nothing is graded yet.
    ///
    /// # Errors
    /// `Locked` if another process has the book open, `Corrupt` or `Io` if
    /// it cannot be read, `Invalid` if the settings make no sense. A workspace without rules is no
    /// error: the last good ones serve, or none.
    pub fn open(options: HostOptions) -> Result<Arc<Self>, ApiError> {
        let HostOptions { workspace, data, settings, now } = options;
        let zone = settings
            .zone()
            .map_err(|error| ApiError::invalid(error.to_string()).with_hint("correct `time_zone` in tierhook.toml"))?;
        let phone_region = settings.region().map_err(|error| {
            ApiError::invalid(error.to_string()).with_hint("correct `phone_region` in tierhook.toml")
        })?;
        std::fs::create_dir_all(&data).map_err(|error| failure::data_folder(&data, &error))?;
        let store = Store::open(&data.join("book"), Options { cache_bytes: settings.cache_mb * 1024 * 1024 })
            .map_err(failure::open)?;
        let is_new = store.meta::<BookClock>(MetaKey::Clock).map_err(api)?.is_none();
        keep_conventions(&store, &settings)?;
        let engine = Engine::open(store, Conventions { zone, currency: settings.currency }).map_err(api)?;
        if is_new {
            let day = engine.conventions().zone.day_of(now());
            engine.set_clock(BookClock { mode: settings.clock, day }).map_err(api)?;
        }
        engine.tick(now()).map_err(api)?;
        let policy = settings.plugins.policy;
        let load = LoadSettings { limits: settings.limits.clone(), policy, ..LoadSettings::default() };
        let loader = Loader::open(&workspace, &data, load).map_err(|error| failure::archive(&error))?;
        let host = Self {
            imports: Imports::of(engine.store())?,
            engine,
            workspace,
            data,
            settings,
            phone_region,
            now,
            loader: Mutex::new(loader),
            loaded: Mutex::default(),
            grading: Mutex::default(),
            editing: Mutex::default(),
            trailing: Mutex::default(),
            importing: RwLock::default(),
            index: OnceLock::new(),
            serving_since: Mutex::default(),
            active_since: Mutex::default(),
            running: AtomicU64::default(),
        };
        host.keep_tombstones()?;
        host.load_disk()?;
        Ok(Arc::new(host))
    }

    /// What time it is.
    fn now(&self) -> Moment {
        (self.now)()
    }

    fn is_serving(&self) -> bool {
        self.serving_since.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn load_settings(&self) -> LoadSettings {
        // Plugins are compiled once for all loaders.
        let plugins = self.loader.lock().unwrap_or_else(PoisonError::into_inner).plugins().clone();
        let (limits, policy) = (self.settings.limits.clone(), self.settings.plugins.policy);
        LoadSettings { limits, policy, plugins: Some(plugins), ..LoadSettings::default() }
    }

    fn texts(&self, language: Language) -> Texts {
        Texts { snapshot: self.engine.snapshot(), language }
    }

    /// Loads what the disk shows now.
    fn load_disk(&self) -> Result<bool, ApiError> {
        let sighting = match self.loader.lock().unwrap_or_else(PoisonError::into_inner).read() {
            Ok(candidate) => Sighting::Settled(Arc::new(candidate)),
            Err(error) => Sighting::Alarm(error),
        };
        self.load(&sighting)
    }

    /// Loads what was sighted, and activates what of it is proved. Returns whether other rules decide now.
    fn load(&self, sighting: &Sighting) -> Result<bool, ApiError> {
        let mut loader = self.loader.lock().unwrap_or_else(PoisonError::into_inner);
        let prover = BookProver { engine: &self.engine };
        let loaded = match sighting {
            Sighting::Settled(candidate) => loader.load(candidate, &prover),
            Sighting::Alarm(why) => loader.load_last_good(why, &prover),
        };
        let snapshot = self.engine.snapshot();
        let changed = loaded.ruleset.digest != snapshot.generation.ruleset.digest;
        let is_opening = snapshot.generation.ruleset.digest.is_empty();
        if is_opening && self.graded_by()?.rules == loaded.ruleset.digest {
            self.engine.resume(Arc::new(loaded.ruleset.clone()));
        } else if changed {
            self.engine.activate(Arc::new(loaded.ruleset.clone())).map_err(api)?;
            *self.active_since.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.now());
        }
        // Told as soon as it holds, and also if it cannot be kept.
        *self.loaded.lock().unwrap_or_else(PoisonError::into_inner) = Some(loaded.clone());
        if matches!(sighting, Sighting::Settled(_)) {
            loader.confirm(&loaded, self.now()).map_err(|error| failure::archive(&error))?;
        }
        Ok(changed)
    }

    /// Proves rules again that were refused: new facts may be what they were waiting for.
    fn prove_again(&self) -> Result<(), ApiError> {
        let is_sound = |loaded: &Option<Loaded>| loaded.as_ref().is_none_or(Loaded::is_sound);
        if is_sound(&self.loaded.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(());
        }
        self.loader.lock().unwrap_or_else(PoisonError::into_inner).forget();
        self.load_disk().map(drop)
    }
}

/// What may not change once a book has facts: stored amounts and days depend on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct KeptConventions {
    currency: String,
    time_zone: String,
}

/// Checks that the settings fit what is in the book, or notes them for a book that is empty.
fn keep_conventions(store: &Store, settings: &Settings) -> Result<(), ApiError> {
    let wanted = KeptConventions { currency: settings.currency.to_string(), time_zone: settings.time_zone.clone() };
    let kept: Option<KeptConventions> = store.meta(MetaKey::Settings).map_err(api)?;
    if kept.as_ref() == Some(&wanted) {
        return Ok(());
    }
    if let Some(kept) = kept
        && !store.scan(None, 1).map_err(api)?.is_empty()
    {
        return Err(ApiError::invalid(format!(
            "the book is kept in {} and the time zone {}, but the settings say {} and {}",
            kept.currency, kept.time_zone, wanted.currency, wanted.time_zone
        ))
        .with_hint("set `currency` and `time_zone` in tierhook.toml back, or begin another book with --data"));
    }
    let mut batch = WriteBatch::default();
    batch.set_meta(MetaKey::Settings, &wanted).map_err(api)?;
    store.write(batch).map_err(api)?;
    Ok(())
}
