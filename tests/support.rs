//! A workspace and a host in a folder of their own, with a clock that the test sets.

pub(crate) mod book;
pub(crate) mod guest;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tierhook_model::{Day, Language, Moment};
use tierhook_server::api::{
    Answer, ApiError, Command, CustomerFilter, CustomerRow, Event, MoveMatrix, Request, Service,
};
use tierhook_server::{Host, HostOptions, Settings};

/// The repository's folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A workspace with a book.
pub(crate) struct Workspace {
    folder: TempDir,
    clock: Arc<AtomicI64>,
    pub(crate) settings: Settings,
}

impl Workspace {
    /// Makes a workspace with the shipped rules, on a day.
    pub(crate) fn shipped(day: &str) -> Self {
        let workspace = Self::empty(day);
        for entry in fs::read_dir(root().join("scripts")).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                fs::copy(&path, workspace.path().join("scripts").join(path.file_name().unwrap())).unwrap();
            }
        }
        workspace
    }

    /// Makes a workspace without rules, on a day.
    pub(crate) fn empty(day: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("scripts")).unwrap();
        let settings = Settings { cache_mb: 32, settle_ms: 20, ..Settings::default() };
        let workspace = Self { folder, clock: Arc::default(), settings };
        workspace.set_time(day);
        workspace
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Sets the computer's clock to noon of a day.
    pub(crate) fn set_time(&self, day: &str) {
        let day: Day = day.parse().unwrap();
        self.clock.store(i64::from(day.0) * 86_400 + 43_200, Ordering::SeqCst);
    }

    /// Writes a file below the workspace.
    pub(crate) fn write(&self, file: &str, text: &str) {
        fs::write(self.path().join(file), text).unwrap();
    }

    /// Replaces a text in a file below the workspace; it must be there.
    pub(crate) fn replace(&self, file: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path().join(file)).unwrap();
        assert!(text.contains(from), "{file} has no `{from}`");
        self.write(file, &text.replace(from, to));
    }

    /// Removes a file below the workspace.
    pub(crate) fn remove(&self, file: &str) {
        fs::remove_file(self.path().join(file)).unwrap();
    }

    /// Opens the host.
    pub(crate) fn open(&self) -> Arc<Host> {
        self.try_open().unwrap()
    }

    /// Opens the host, or says why not.
    pub(crate) fn try_open(&self) -> Result<Arc<Host>, ApiError> {
        Host::open(HostOptions {
            workspace: self.path().to_owned(),
            data: self.path().join(".tierhook"),
            settings: self.settings.clone(),
            now: self.now(),
        })
    }

    /// What tells a host of this workspace the time.
    pub(crate) fn now(&self) -> tierhook_server::Now {
        let clock = self.clock.clone();
        Arc::new(move || Moment(clock.load(Ordering::SeqCst)))
    }
}

/// Takes the one variant of an answer that the test expects.
macro_rules! take {
    ($answer:expr, $variant:ident) => {
        match $answer {
            tierhook_server::api::Answer::$variant(it) => it,
            other => panic!("expected {}, got {other:?}", stringify!($variant)),
        }
    };
}
pub(crate) use take;

/// How long something may take before a test gives up on it. No test says anything about how long it takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks again and again until the answer is as wanted, and returns it.
pub(crate) fn wait_for<T: fmt::Debug>(what: &str, ask: impl Fn() -> T, wanted: impl Fn(&T) -> bool) -> T {
    let began = Instant::now();
    loop {
        let answer = ask();
        if wanted(&answer) {
            return answer;
        }
        assert!(began.elapsed() < PATIENCE, "waited in vain for {what}: {answer:#?}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Asks a host, in English.
pub(crate) fn ask(host: &Host, command: Command) -> Answer {
    try_ask(host, command).unwrap()
}

/// Asks a host, in English; for what may fail.
pub(crate) fn try_ask(host: &Host, command: Command) -> Result<Answer, ApiError> {
    let request = Request { language: Language::En, who: "tester".into(), command };
    host.run(request, None, &mut |_| {}).map(|reply| reply.answer)
}

/// Asks a host with a file, and returns what it wrote out beside the answer.
pub(crate) fn ask_with(host: &Host, command: Command, file: &[u8]) -> (Answer, String) {
    let request = Request { language: Language::En, who: "tester".into(), command };
    let mut written = String::new();
    let reply = host.run(request, Some(Box::new(Cursor::new(file.to_vec()))), &mut |event| {
        if let Event::Chunk(chunk) = event {
            written.push_str(&chunk);
        }
    });
    (reply.unwrap().answer, written)
}

/// The class of every customer on one dimension, by the customer's id.
pub(crate) fn classes(host: &Host, dimension: &str) -> BTreeMap<String, String> {
    let filter = CustomerFilter { limit: usize::MAX, ..CustomerFilter::default() };
    let list = take!(ask(host, Command::CustomersList(filter)), Customers);
    let at = list.dimensions.iter().position(|head| head.id == dimension).unwrap();
    let class = |row: CustomerRow| (row.customer.id, row.classes[at].as_ref().unwrap().class.clone());
    list.rows.into_iter().map(class).collect()
}

/// What a regrade came to on the dimensions that the shipped scripts decide; the tier is a plugin's.
pub(crate) fn by_scripts(dimensions: &[MoveMatrix]) -> impl Iterator<Item = &MoveMatrix> {
    dimensions.iter().filter(|matrix| matrix.dimension.id != "tier")
}
