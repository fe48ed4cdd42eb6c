//! The list of imports, and which of them are under way.

use std::sync::atomic::{AtomicU32, Ordering};

use tierhook_model::ImportId;
use tierhook_store::Store;

use super::Host;
use super::failure::api;
use crate::api::{Answer, ApiError, ImportList, ImportRow};

/// Which import began last, and how many are under way. An import grades the whole book when all of it is in; one that
/// was cut off leaves that to whoever brings the book up to date next.
#[derive(Debug)]
pub(super) struct Imports {
    newest: AtomicU32,
    running: AtomicU32,
}

/// Held until the facts of an import are in, and graded.
#[derive(Debug)]
pub(super) struct UnderWay<'a>(&'a Imports);

impl Imports {
    /// Those of a book that was just opened.
    pub(super) fn of(store: &Store) -> Result<Self, ApiError> {
        let newest = store.imports().map_err(api)?.last().map_or(0, |entry| entry.id.0);
        Ok(Self { newest: AtomicU32::new(newest), running: AtomicU32::new(0) })
    }

    /// An import begins; a trial has no number.
    pub(super) fn begin(&self, import: Option<ImportId>) -> UnderWay<'_> {
        self.running.fetch_add(1, Ordering::SeqCst);
        self.newest.fetch_max(import.map_or(0, |import| import.0), Ordering::SeqCst);
        UnderWay(self)
    }

    /// The number of the newest import; `None` while others than `own` are under way.
    pub(super) fn settled(&self, own: u32) -> Option<u32> {
        let newest = self.newest.load(Ordering::SeqCst);
        (self.running.load(Ordering::SeqCst) <= own).then_some(newest)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Host {
    /// Lists what was imported, the newest first.
    pub(super) fn imports(&self) -> Result<Answer, ApiError> {
        let entries = self.engine.store().imports().map_err(api)?;
        let rows = entries.into_iter().rev().map(|entry| ImportRow {
            import: entry.id,
            file: entry.file,
            rows_are: entry.kind,
            started: entry.started,
            finished: entry.finished,
            rows: entry.rows,
            taken: entry.taken,
            rejected: entry.rejected,
            known: entry.duplicates,
            conflicts: entry.conflicts,
            reverting: entry.reverted.as_ref().map(|reverted| reverted.began),
            reverted: entry.reverted.as_ref().and_then(|reverted| reverted.finished),
            reverted_by: entry.reverted.map(|reverted| reverted.who),
        });
        Ok(Answer::Imports(ImportList { rows: rows.collect() }))
    }
}
