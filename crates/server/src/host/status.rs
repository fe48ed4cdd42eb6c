//! How the host and the book are.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use tierhook_loader::UnitState;
use tierhook_model::{FollowUpState, UNRATED};

use super::Host;
use super::failure::api;
use super::rule::{problem_row, rule_units, short};
use super::text::Texts;
use super::work::is_listed;
use crate::api::{Answer, ApiError, ClassCount, ClockReport, DimensionCount, RegradeReport, RuleCount, StatusReport};

impl Host {
    /// The book's clock.
    pub(super) fn clock_report(&self, regrade: Option<RegradeReport>) -> ClockReport {
        let snapshot = self.engine.snapshot();
        ClockReport {
            mode: snapshot.clock.mode,
            day: snapshot.clock.day,
            system_day: self.engine.conventions().zone.day_of(self.now()),
            last_fact: snapshot.last_fact,
            time_zone: self.engine.conventions().zone.name().to_owned(),
            regrade,
        }
    }

    /// How the host and the book are.
    pub(super) fn status(&self, texts: &Texts) -> Result<Answer, ApiError> {
        let mut classes: BTreeMap<(String, String), u64> = BTreeMap::new();
        let (mut customers, mut facts, mut faulted) = (0, 0, 0);
        let (mut open_follow_ups, mut due_follow_ups, mut open_warnings, mut due_reviews) = (0, 0, 0, 0);
        let day = texts.day();
        self.engine
            .for_each_record(|record| {
                customers += 1;
                facts += u64::from(record.aggregates.facts);
                faulted += u64::from(!record.standing.faulted.is_empty());
                due_reviews += texts.to_review(&record).count() as u64;
                for standing in record.standing.classes {
                    *classes.entry((standing.dimension, standing.class)).or_default() += 1;
                }
                for follow_up in record.standing.follow_ups.iter().filter(|it| it.state == FollowUpState::Open) {
                    open_follow_ups += 1;
                    due_follow_ups += u64::from(follow_up.due <= day);
                }
                open_warnings += record.standing.warnings.iter().filter(|it| is_listed(&it.state)).count() as u64;
            })
            .map_err(api)?;
        let loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut rules = RuleCount::default();
        for unit in loaded.iter().flat_map(rule_units) {
            match unit.state {
                UnitState::Active => rules.active += 1,
                UnitState::LastGood => rules.last_good += 1,
                UnitState::Refused | UnitState::Retired => rules.refused += 1,
                UnitState::Disabled => rules.disabled += 1,
            }
        }
        let count = |dimension: &str, class: &str| {
            classes.get(&(dimension.to_owned(), class.to_owned())).copied().unwrap_or_default()
        };
        let ruleset = &texts.snapshot.generation.ruleset;
        let dimensions = ruleset.dimensions.iter().map(|dimension| DimensionCount {
            dimension: texts.dimension(dimension),
            classes: texts
                .classes(dimension)
                .into_iter()
                .map(|class| ClassCount { count: count(&dimension.id, &class.id), class })
                .filter(|counted| counted.class.id != UNRATED || counted.count > 0)
                .collect(),
        });
        Ok(Answer::Status(Box::new(StatusReport {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            workspace: self.workspace.display().to_string(),
            data: self.data.display().to_string(),
            serving_since: *self.serving_since.lock().unwrap_or_else(PoisonError::into_inner),
            clock: self.clock_report(None),
            active_since: *self.active_since.lock().unwrap_or_else(PoisonError::into_inner),
            digest: short(&ruleset.digest),
            rules,
            customers,
            facts,
            dimensions: dimensions.collect(),
            open_follow_ups,
            due_follow_ups,
            open_warnings,
            due_reviews,
            faulted,
            is_graded: self.is_graded()?,
            pending: self.pending_count()?,
            running: self.running.load(Ordering::SeqCst).saturating_sub(1),
            position: self.engine.store().position(),
            disk_bytes: folder_bytes(&self.data),
            problems: loaded.iter().flat_map(|loaded| &loaded.problems).map(problem_row).collect(),
        })))
    }

    fn pending_count(&self) -> Result<u64, ApiError> {
        let (mut count, mut after) = (0, None);
        loop {
            let marks = self.engine.store().pending(after, 4096).map_err(api)?;
            let Some(last) = marks.last().copied() else { return Ok(count) };
            count += marks.len() as u64;
            after = Some(last);
        }
    }
}

/// How much room a folder takes; `None` if it cannot be read.
fn folder_bytes(folder: &Path) -> Option<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder).ok()? {
        let entry = entry.ok()?;
        let meta = entry.metadata().ok()?;
        bytes += if meta.is_dir() { folder_bytes(&entry.path())? } else { meta.len() };
    }
    Some(bytes)
}
