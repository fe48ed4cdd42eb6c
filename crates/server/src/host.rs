//! The host: one workspace and one book, and everything that can be asked of them.

mod care;
mod condition;
mod contact;
mod copy;
mod customer;
mod dimension;
mod erase;
mod explain;
mod export;
mod fact_text;
mod failure;
mod find;
mod grading;
mod guess;
mod index;
mod intake;
mod late;
mod ledger;
mod list;
mod log;
mod merge;
mod note;
mod page;
mod profile;
mod proof;
mod quality;
mod revert;
mod rule;
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
use std::io::Read;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use serde::{Deserialize, Serialize};
use tierhook_engine::{Conventions, Engine, OverrideWord};
use tierhook_import::PhoneRegion;
use tierhook_loader::{LoadSettings, Loaded, Loader, Sighting};
use tierhook_model::{BookClock, ClockMode, Day, Language, Moment, MoveCause, OutcomeKind};
use tierhook_store::{MetaKey, Options, Store, WriteBatch};

use self::erase::Wanted;
use self::export::Export;
use self::failure::api;
use self::index::LiveIndex;
use self::intake::Intake;
use self::ledger::Imports;
use self::proof::BookProver;
use self::text::Texts;
use crate::Settings;
use crate::api::{Answer, ApiError, BookStamp, Command, Event, Reply, Request, Service};

pub use self::care::{accept_loss, restore};
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
        let load = LoadSettings { limits: settings.limits.clone(), ..LoadSettings::default() };
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
        LoadSettings { limits: self.settings.limits.clone(), ..LoadSettings::default() }
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

    fn move_clock(&self, clock: BookClock, texts: &Texts, events: &mut dyn FnMut(Event)) -> Result<Answer, ApiError> {
        self.engine.set_clock(clock).map_err(api)?;
        let regrade = self.bring_up_to_date(Some(MoveCause::Clock), texts, events)?;
        Ok(Answer::Clock(self.clock_report(regrade)))
    }

    fn set_clock(&self, day: Day, texts: &Texts, events: &mut dyn FnMut(Event)) -> Result<Answer, ApiError> {
        self.move_clock(BookClock { mode: ClockMode::Fixed, day }, texts, events)
    }

    fn answer(
        &self,
        request: &Request,
        upload: Option<&mut dyn Read>,
        events: &mut dyn FnMut(Event),
    ) -> Result<Answer, ApiError> {
        let texts = self.texts(request.language);
        let who = request.who.as_str();
        match &request.command {
            Command::Import { file, bytes, kind, mapping, dry_run, amend, rejects } => {
                let (mapping, rejects) = (mapping.as_ref(), rejects.as_deref());
                let (bytes, kind, dry_run, amend) = (*bytes, *kind, *dry_run, *amend);
                let intake = Intake { file, bytes, kind, mapping, dry_run, amend, rejects, is_graded: true };
                self.import(&intake, upload, &texts, events)
            }
            Command::Guess { file, kind } => self.guess(file, *kind, upload, &texts),
            Command::ImportList => self.imports(),
            Command::ImportRevert { import, dry_run } => self.revert(*import, *dry_run, who, &texts, events),
            Command::Evaluate { customer: Some(customer) } => {
                let record = self.find(customer)?;
                Ok(Answer::Regrade(self.grade_one(record.id, &texts, events)?))
            }
            Command::Evaluate { customer: None } => {
                let report = self.bring_up_to_date(Some(MoveCause::Asked), &texts, events)?;
                report.map(Answer::Regrade).ok_or_else(|| ApiError::failed("nothing was evaluated"))
            }
            Command::ClockShow => Ok(Answer::Clock(self.clock_report(None))),
            Command::ClockSet { day } => self.set_clock(*day, &texts, events),
            Command::ClockAdvance { days } => {
                let day = texts.day().plus(i32::try_from(*days).unwrap_or(i32::MAX));
                self.set_clock(day, &texts, events)
            }
            Command::ClockFollow { mode } => {
                let clock = self.engine.follow(*mode, self.now()).map_err(api)?;
                self.move_clock(clock, &texts, events)
            }
            Command::CustomersList(filter) => self.customers(filter, &texts),
            Command::CustomersShow { customer, as_of } => self.customer(customer, *as_of, &texts),
            Command::CustomersSearch { text, limit } => self.search(text, *limit, &texts),
            Command::CustomersAdd { id, set, tags, owner } => {
                self.add_customer(id, set, tags, owner.as_deref(), &texts)
            }
            Command::CustomersEdit { customer, set, clear } => self.edit_customer(customer, set, clear, &texts),
            Command::CustomersTag { customer, add, remove } => self.tag_customer(customer, add, remove, &texts),
            Command::CustomersAssign { customers, owner } => self.assign_customers(customers, owner.as_deref(), &texts),
            Command::CustomersContact { customer, contact, remove } => {
                self.edit_contact(customer, contact, *remove, &texts)
            }
            Command::CustomersMerge { keep, duplicate, why } => self.merge(keep, duplicate, who, why, &texts),
            Command::CustomersUnmerge { duplicate, why } => self.unmerge(duplicate, who, why, &texts),
            Command::CustomersErase { customer, why, names, dry_run } => {
                let wanted = Wanted { customer, why, names: *names, dry_run: *dry_run, who };
                self.erase(wanted, &texts, events)
            }
            Command::CustomersErased => self.erasures(&texts),
            Command::CustomersCopy { customer, file } => self.copy(customer, file.as_deref(), &texts),
            Command::Log { customer, entry } => self.log_entry(customer, entry, who, &texts),
            Command::CustomersSetClass { customer, dimension, class, why, until, review } => {
                let (dimension, class) = (dimension.clone(), Some(class.clone()));
                let (who, why) = (who.to_owned(), why.clone());
                let [until, review] = [until, review].map(|until| until.map(|until| until.day(texts.day())));
                let word = OverrideWord { dimension, class, who, why, until, review };
                self.set_class(customer, word, &texts)
            }
            Command::CustomersReleaseClass { customer, dimension, why } => {
                let dimension = dimension.clone();
                let (who, why) = (who.to_owned(), why.clone());
                let word = OverrideWord { dimension, class: None, who, why, until: None, review: None };
                self.set_class(customer, word, &texts)
            }
            Command::FollowUpsList(filter) => self.follow_ups(filter, &texts),
            Command::FollowUpsAdd { customer, reminder } => self.remind(customer, reminder, who, &texts),
            Command::Today { owner, limit } => self.today(owner.as_deref(), *limit, &texts),
            Command::FollowUpsDone { id, contact, cause, note } => {
                let done = OutcomeKind::Done { contact: *contact, cause: cause.clone() };
                self.follow_up_outcome(*id, &done, who, note.as_deref(), &texts)
            }
            Command::FollowUpsSnooze { id, until, note } => {
                self.follow_up_snooze(*id, *until, who, note.as_deref(), &texts)
            }
            Command::WarningsList(filter) => self.warnings(filter, &texts),
            Command::WarningsAck { id, note } => self.warning_ack(*id, who, note.as_deref(), &texts),
            Command::WarningsResolve { id, outcome, note } => {
                self.warning_resolve(*id, outcome, who, note.as_deref(), &texts)
            }
            Command::Explain { customer, dimension, as_of } => {
                self.explain(customer, dimension.as_deref(), *as_of, &texts)
            }
            Command::RulesList => Ok(self.rules(&texts)),
            Command::RulesCheck => self.check(),
            Command::RulesTest { rule } => self.test(rule.as_deref()),
            Command::RulesSuggest { by, write } => self.suggest(by.as_deref(), *write, &texts),
            Command::Fields { group } => Ok(self.fields(*group, &texts)),
            Command::DimensionsList => self.dimensions(&texts),
            Command::DimensionsEdit(edit) => self.edit_dimensions(edit, &texts, events),
            Command::Quality => self.quality(&texts, events),
            Command::Status => self.status(&texts),
            Command::Export { what, fields, as_of, format, file } => {
                let (what, as_of, format, file) = (*what, *as_of, *format, file.as_deref());
                let export = Export { what, fields, as_of, format, file };
                self.export(&export, &texts, events)
            }
            Command::Backup { file } => self.backup(file, &texts, events),
            Command::Doctor { repair } => self.doctor(*repair, &texts, events),
            Command::Sample { customers, seed } => self.sample(*customers, *seed, &texts, events),
        }
    }
}

impl Service for Host {
    fn run(
        &self,
        request: Request,
        upload: Option<&mut dyn Read>,
        events: &mut dyn FnMut(Event),
    ) -> Result<Reply, ApiError> {
        // What people see has to be what holds today, by the rules that the disk shows. A host that serves keeps it so
        // by itself, and nobody has to wait for it.
        if !self.is_serving() && needs_standing(&request.command) {
            self.bring_up_to_date(None, &self.texts(request.language), events)?;
        }
        let answer = self.answer(&request, upload, events)?;
        let snapshot = self.engine.snapshot();
        let book = BookStamp {
            day: snapshot.clock.day,
            clock: snapshot.clock.mode,
            awaits_first_fact: snapshot.clock.mode == ClockMode::LastFact && snapshot.last_fact.is_none(),
            generation: snapshot.generation.id,
            currency: self.engine.conventions().currency,
        };
        Ok(Reply { book, answer })
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

/// Tells whether a command shows or changes what was decided, so that it has to be brought up to date first. What
/// grades the book by itself at its end does not.
fn needs_standing(command: &Command) -> bool {
    !matches!(
        command,
        Command::Import { .. }
            | Command::Guess { .. }
            | Command::ImportList
            | Command::ImportRevert { .. }
            | Command::Evaluate { customer: None }
            | Command::ClockShow
            | Command::ClockSet { .. }
            | Command::ClockAdvance { .. }
            | Command::ClockFollow { .. }
            | Command::CustomersErased
            | Command::RulesList
            | Command::RulesCheck
            | Command::RulesTest { .. }
            | Command::Fields { .. }
            | Command::Quality
            | Command::Backup { .. }
            | Command::Doctor { .. }
            | Command::Sample { .. }
    )
}
