//! Reverting imports.

use std::sync::PoisonError;
use std::time::Instant;

use tierhook_engine::Reverted;
use tierhook_model::{FactKind, ImportId, MoveCause};
use tierhook_store::ImportEntry;

use super::Host;
use super::failure::api;
use super::text::Texts;
use crate::api::{Answer, ApiError, Counted, Event, Progress, ProgressUnit, RepeatedRows, RevertReport};

impl Host {
    /// Takes back what an import brought, and grades the book once, at the end.
    pub(super) fn revert(
        &self,
        import: ImportId,
        dry_run: bool,
        who: &str,
        texts: &Texts,
        events: &mut dyn FnMut(Event),
    ) -> Result<Answer, ApiError> {
        let began = Instant::now();
        let step = texts.pick("taking back", "撤回中");
        let entries = self.engine.store().imports().map_err(api)?;
        let entry = entries.iter().find(|entry| entry.id == import).cloned();
        let is_to_go = |entry: &ImportEntry| entry.reverted.as_ref().is_none_or(|reversal| reversal.finished.is_none());
        let under_way = self.imports.begin(None);
        if !dry_run && entry.as_ref().is_some_and(is_to_go) {
            // Customers are measured by the whole book: if this is cut off, all are graded by whatever comes next.
            self.unsettle(import)?;
        }
        let reverted = {
            // An import that is still bringing facts in cannot be taken back.
            let _alone = self.importing.write().unwrap_or_else(PoisonError::into_inner);
            let progress = |done| {
                let step = step.to_owned();
                events(Event::Progress(Progress { step, done, total: None, unit: ProgressUnit::Records }));
            };
            self.engine.revert(import, who, dry_run, self.now(), progress).map_err(api)?
        };
        drop(under_way);
        let repeats = |later: &&ImportEntry| {
            let is_like = entry.as_ref().is_some_and(|entry| entry.kind == later.kind);
            is_like && later.id > import && later.reverted.is_none() && later.duplicates > 0
        };
        let repeated = match reverted.facts.is_empty() {
            true => Vec::new(),
            false => entries.iter().filter(repeats).map(repeated_rows).collect(),
        };
        let file = entry.map(|entry| entry.file).unwrap_or_default();
        let regrade = match (dry_run, reverted.records.is_empty()) {
            (true, _) => None,
            // An earlier attempt took everything back, and may have been cut off before it graded.
            (false, true) => self.bring_up_to_date(None, texts, events)?,
            (false, false) => self.bring_up_to_date(Some(MoveCause::Revert), texts, events)?,
        };
        let Reverted { facts, gone, restored, records, emptied } = reverted;
        let counted = |(kind, count): (FactKind, u64)| Counted { what: kind_named(kind, texts).to_owned(), count };
        Ok(Answer::Revert(RevertReport {
            import,
            file,
            dry_run,
            facts: facts.into_iter().map(counted).collect(),
            gone,
            restored,
            customers: records.len() as u64,
            vanished: emptied.len() as u64,
            repeated,
            regrade,
            duration_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        }))
    }
}

fn repeated_rows(entry: &ImportEntry) -> RepeatedRows {
    RepeatedRows { import: entry.id, file: entry.file.clone(), rows: entry.duplicates }
}

/// Facts of a kind, in words.
fn kind_named(kind: FactKind, texts: &Texts) -> &'static str {
    let (en, zh) = match kind {
        FactKind::Order => ("orders", "订单"),
        FactKind::Refund => ("refunds", "退款"),
        FactKind::Cancellation => ("cancellations", "取消订单"),
        FactKind::Interaction => ("interactions", "互动"),
        FactKind::Feedback => ("feedback", "反馈"),
        FactKind::Measure => ("measures", "指标"),
        FactKind::Profile => ("profile changes", "资料变更"),
        FactKind::Contact => ("contact people", "联系人变更"),
        FactKind::Override => ("overrides", "人工定级"),
        FactKind::Outcome => ("outcomes", "处理结果"),
        FactKind::Merge => ("merges", "合并"),
        FactKind::Retraction => ("retractions", "撤回"),
    };
    texts.pick(en, zh)
}
