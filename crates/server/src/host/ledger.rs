//! The list of imports.

use super::Host;
use super::failure::api;
use crate::api::{Answer, ApiError, ImportList, ImportRow};

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
