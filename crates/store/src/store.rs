//! The store: a handle that many threads share.

mod erased;
mod read;
mod standing;
#[cfg(test)]
mod test;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;

use serde::{Deserialize, Serialize};
use sled::Db;
use tierhook_model::{FactOrder, FactSeq, GenerationId, ImportId, Position, Record, RecordId};

use self::standing::{Seal, Standing};
use crate::cut::{self, Cut};
use crate::decoded::Decoded;
use crate::disk::{Disk, RealDisk};
use crate::folder::{self, Patience};
use crate::key::Family;
use crate::name::Names;
use crate::prepared::Prepared;
use crate::progress::Counters;
use crate::queue::{Answer, Job, Queue};
use crate::recall::Recall;
use crate::settling::Settling;
use crate::tombstone::Copy;
use crate::watch::Watches;
use crate::watermark::Watermark;
use crate::writer::{End, Shared, Writer};
use crate::{MetaKey, OpenError, ReadError, WriteBatch, WriteError, WriteOutcome, value};

pub use self::standing::Loss;

/// The least cache: the database divides it by 256 and refuses to work with nothing.
const LEAST_CACHE_BYTES: u64 = 1 << 20;

/// Of the cache, this part is what decoded records may take besides.
const DECODED_SHARE: u64 = 4;

/// A customer book on disk. Clones share it; when the last one goes, what still waits is written, and the book
/// is closed.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

/// How to open a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many bytes of pages are kept in memory. The process takes about three times as much. Less than
    /// 1 MiB counts as that.
    pub cache_bytes: u64,
}

/// A record as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// How many times it was written.
    pub version: u64,
    /// The record.
    pub record: Record,
}

/// A record as it lies in the book, not decoded yet: whoever reads many decodes them where they are needed, on the core
/// that needs them.
#[derive(Clone, Debug)]
pub struct RawRecord {
    pub(crate) id: RecordId,
    pub(crate) bytes: sled::IVec,
}

impl RawRecord {
    /// The record's number.
    pub fn id(&self) -> RecordId {
        self.id
    }

    /// Decodes it. Whoever reads the same records over and over asks [`Store::read`].
    ///
    /// # Errors
    /// [`ReadError`] if the value is damaged.
    pub fn read(&self) -> Result<Stored, ReadError> {
        value::decode::<(u64, Record)>(Family::Record, &self.bytes).map(Stored::from)
    }
}

/// Where a known fact is, and what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownFact {
    /// The record that it is about.
    pub record: RecordId,
    /// Its place in the canonical order of the record's facts.
    pub order: FactOrder,
    /// The digest of its content.
    pub content: [u8; 16],
}

/// What whoever brings facts has to know.
#[derive(Clone, Debug)]
pub struct LookedUp {
    /// The last durable commit before it was looked up.
    pub as_of: Position,
    /// The record that each reference names.
    pub named: Vec<Option<RecordId>>,
    /// These records, each once.
    pub records: Vec<RawRecord>,
    /// What is known of each fact.
    pub known: Vec<Option<KnownFact>>,
}

/// A batch as the writer takes it.
#[derive(Debug)]
pub struct EncodedBatch(Result<Prepared, WriteError>);

/// A batch on its way. Dropping it changes nothing about the batch.
#[derive(Debug)]
#[must_use = "whether the batch was written is known only from `wait`"]
pub struct PendingWrite {
    answer: Result<Receiver<Answer>, WriteError>,
}

pub(crate) struct Inner {
    pub(crate) path: PathBuf,
    pub(crate) db: Db,
    pub(crate) shared: Arc<Shared>,
    /// The names that receipts hold the numbers of.
    names: RwLock<Arc<Names>>,
    /// Held while names are learned, so that no number is given out twice.
    learning: Mutex<()>,
    /// How much a backup puts aside at most, in bytes.
    pub(crate) aside_bytes: usize,
    writer: Option<JoinHandle<End>>,
    /// Behind the database, so that it is dropped after it.
    seal: Option<Seal>,
}

/// What tests put in the place of the real thing.
#[derive(Default)]
struct Seam {
    patience: Patience,
    disk: Option<Box<dyn Disk>>,
    aside_bytes: Option<usize>,
}

impl Default for Options {
    fn default() -> Self {
        Self { cache_bytes: 128 << 20 }
    }
}

impl Store {
    /// Opens the book in a folder, making both if there are none. The folder that it is in must exist. If another
    /// process has the book open, waits a few seconds for it to end.
    ///
    /// # Errors
    /// [`OpenError`] if the folder cannot be used, another process has it, or what is in it cannot be read.
    pub fn open(path: &Path, options: Options) -> Result<Self, OpenError> {
        Self::open_with(path, options, Seam::default())
    }

    fn open_with(path: &Path, options: Options, seam: Seam) -> Result<Self, OpenError> {
        let cache_bytes = options.cache_bytes.max(LEAST_CACHE_BYTES);
        let (db, file) = folder::open(path, cache_bytes, seam.patience)?;
        let standing = folder::caught(path, || Standing::of(path, &db, &file))?;
        let Standing { progress, generation, names, tombstones } = standing;
        let shared = Arc::new(Shared {
            queue: Queue::default(),
            counters: Counters::new(&progress),
            settling: Settling::default(),
            cut: Cut::default(),
            watches: Watches::default(),
            decoded: Decoded::new(cache_bytes / DECODED_SHARE),
        });
        let watermark = Watermark::open(path, progress.position);
        let watermark = watermark.map_err(|source| folder::folder_error(path, source))?;
        let copy = Copy::of(path);
        copy.follow(&tombstones).map_err(|source| folder::folder_error(path, source))?;
        let disk = seam.disk.unwrap_or_else(|| Box::new(RealDisk { file }));
        let writer = Writer {
            db: db.clone(),
            disk,
            copy,
            watermark,
            shared: Arc::clone(&shared),
            recall: Recall::new(progress.position),
            progress,
            generation,
        };
        let writer = writer.spawn().map_err(|source| OpenError::Writer { source })?;
        Ok(Self {
            inner: Arc::new(Inner {
                path: path.to_owned(),
                db,
                shared,
                names: RwLock::new(Arc::new(names)),
                learning: Mutex::new(()),
                aside_bytes: seam.aside_bytes.unwrap_or(cut::MOST_BYTES),
                writer: Some(writer),
                seal: None,
            }),
        })
    }

    /// The last durable commit; 0 before the first. Whatever is read from now on is as of this one or of a later one.
    pub fn position(&self) -> Position {
        self.inner.shared.counters.position()
    }

    /// Sets aside `count` numbers for records in a partition and returns the first. Numbers that were committed
    /// are never given out again; numbers that were not may be, after the book was opened anew.
    pub fn allocate_records(&self, partition: u8, count: u64) -> RecordId {
        self.inner.shared.counters.records(partition, count)
    }

    /// Sets aside `count` numbers for facts and returns the first; as with records.
    pub fn allocate_facts(&self, count: u64) -> FactSeq {
        self.inner.shared.counters.facts(count)
    }

    /// Sets aside a number for an import; as with records.
    pub fn allocate_import(&self) -> ImportId {
        self.inner.shared.counters.import()
    }

    /// Makes a generation the active one. Decisions of others are refused from then on.
    ///
    /// # Errors
    /// [`WriteError::OlderGeneration`] if a later one is active; else as [`Store::write`].
    pub fn set_generation(&self, generation: GenerationId) -> Result<(), WriteError> {
        let mut batch = WriteBatch::default();
        batch.set_meta(MetaKey::Generation, &generation)?;
        self.write(batch).map(drop)
    }

    /// Keeps names that receipts will repeat, each once; returns when that is durable. Receipts hold the numbers of
    /// names that are kept, and spell out all others. The first ones get the shortest numbers.
    ///
    /// A name outlives every record. Only what stands in rules, dimensions and fields may be given here, never what is
    /// known of a customer.
    ///
    /// # Errors
    /// As [`Store::write`]; then none of them is used.
    pub fn learn(&self, names: &[&str]) -> Result<(), WriteError> {
        let _learning = self.inner.learning.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = Names::clone(&self.names());
        let plain = known.learn(names.iter().copied());
        if plain.is_empty() {
            return Ok(());
        }
        PendingWrite::of(self.send(Prepared { plain, ..Prepared::default() })).wait()?;
        *self.inner.names.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(known);
        Ok(())
    }

    /// Writes a batch and waits until it is durable. The answer has one outcome for each of its record writes, in
    /// order; what was refused was refused for good.
    ///
    /// # Errors
    /// [`WriteError::UnknownOutcome`] if nobody knows what was kept; with every other error nothing was written.
    pub fn write(&self, batch: WriteBatch) -> Result<Vec<WriteOutcome>, WriteError> {
        self.submit(batch).wait()
    }

    /// Brings a batch on its way without waiting for it; waits only for room in the queue.
    pub fn submit(&self, batch: WriteBatch) -> PendingWrite {
        self.submit_encoded(self.encode(batch))
    }

    /// Encodes a batch. Most of the time that it takes to bring one on its way goes there, and more than one thread
    /// can do it.
    pub fn encode(&self, batch: WriteBatch) -> EncodedBatch {
        EncodedBatch(Prepared::new(batch, &self.inner.db, &self.names()))
    }

    /// Brings an encoded batch on its way, as [`Store::submit`] does.
    pub fn submit_encoded(&self, batch: EncodedBatch) -> PendingWrite {
        PendingWrite::of(batch.0.and_then(|prepared| self.send(prepared)))
    }
}

impl Store {
    /// Why nothing more is written, if an earlier write failed. What is read from then on may not have been kept: close
    /// the store and open it again.
    pub fn failure(&self) -> Option<String> {
        self.inner.shared.queue.failure()
    }
}

impl Store {
    /// The names that are kept.
    pub(crate) fn names(&self) -> Arc<Names> {
        self.inner.names.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Brings an encoded batch on its way.
    ///
    /// # Errors
    /// [`WriteError::Stopped`].
    pub(crate) fn send(&self, prepared: Prepared) -> Result<Receiver<Answer>, WriteError> {
        let (reply, answer) = mpsc::sync_channel(1);
        self.inner.shared.queue.push(Job { prepared, reply })?;
        Ok(answer)
    }
}

impl PendingWrite {
    pub(crate) fn of(answer: Result<Receiver<Answer>, WriteError>) -> Self {
        Self { answer }
    }

    /// Waits until the batch is durable or refused.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub fn wait(self) -> Result<Vec<WriteOutcome>, WriteError> {
        let lost = |_| WriteError::UnknownOutcome { reason: "the writer ended without an answer".to_owned() };
        self.answer?.recv().map_err(lost)?
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.shared.queue.close();
        match self.writer.take().map(JoinHandle::join) {
            // What a failed write left is looked at when the book is opened again.
            None | Some(Ok(End::Idle | End::Failed)) => {}
            Some(Ok(End::Written)) => {
                self.seal = Some(Seal { path: self.path.clone(), cache_bytes: LEAST_CACHE_BYTES });
            }
            Some(Err(_)) => {
                tracing::error!(path = %self.path.display(), "the writer panicked before the book was closed");
            }
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("path", &self.inner.path).field("position", &self.position()).finish()
    }
}

fn read_meta<T: serde::de::DeserializeOwned>(db: &Db, key: &[u8]) -> Result<Option<T>, ReadError> {
    db.get(key)?.map(|bytes| value::decode(Family::Meta, &bytes)).transpose()
}
