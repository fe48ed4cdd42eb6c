//! Grading: keeping what stands in step with the rules, the day and the facts.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use tierhook_engine::{RegradeReport as Regraded, Selection};
use tierhook_model::{ClockMode, Day, ImportId, MoveCause, RecordId};
use tierhook_store::{MetaKey, ReadError};

use super::Host;
use super::failure::api;
use super::text::Texts;
use crate::api::{
    ApiError, ClassHead, Delta, Event, FaultCount, MoveCell, MoveMatrix, Progress, ProgressUnit, RegradeReport,
};

/// What the whole book was last graded by. Where it differs from what holds now, the book is graded again.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct GradedBy {
    /// The digest of the rules.
    pub(super) rules: String,
    /// The book's day.
    day: Day,
    /// The number of the newest import of which all was in.
    import: u32,
}

impl Host {
    /// Grades the book again if the rules, the day, or the kinds of facts have changed since it was last graded, and
    /// what was left undecided by a crash; what an import brings waits for its end. Returns what that came to, if there
    /// was anything to do.
    pub(super) fn bring_up_to_date(
        &self,
        cause: Option<MoveCause>,
        texts: &Texts,
        events: &mut dyn FnMut(Event),
    ) -> Result<Option<RegradeReport>, ApiError> {
        let _one_at_a_time = self.grading.lock().unwrap_or_else(PoisonError::into_inner);
        self.bring_up(cause, texts, events)
    }

    /// The same for whoever holds the lock.
    pub(super) fn bring_up(
        &self,
        cause: Option<MoveCause>,
        texts: &Texts,
        events: &mut dyn FnMut(Event),
    ) -> Result<Option<RegradeReport>, ApiError> {
        self.engine.tick(self.now()).map_err(api)?;
        let last = self.graded_by()?;
        let snapshot = self.engine.snapshot();
        let new_rules = last.rules != snapshot.generation.ruleset.digest;
        let new_day = last.day != snapshot.clock.day;
        let new_kinds = snapshot.connected != snapshot.generation.population.connected;
        // Whoever brings an import is under way until it is graded.
        let settled = self.imports.settled(u32::from(cause == Some(MoveCause::Import)));
        let cut_off = settled.is_some_and(|import| import > last.import);
        // An import moves a clock that follows the facts, may bring new kinds of them, and leaves everybody it brings
        // something for waiting: all that is for its end, when everybody is graded once.
        let by_import = !new_day || snapshot.clock.mode == ClockMode::LastFact;
        if cause.is_none() && settled.is_none() && !new_rules && by_import {
            return Ok(None);
        }
        if cause.is_none() && !new_rules && !new_day && !new_kinds && !cut_off {
            let pending = self.engine.store().pending(None, 1).map_err(api)?;
            if pending.is_empty() {
                return Ok(None);
            }
            return self.grade(&Selection::Pending, MoveCause::Fact, texts, events).map(Some);
        }
        let cause = cause.unwrap_or(match (new_rules, new_day) {
            (true, _) => MoveCause::Rules,
            (false, true) => MoveCause::Time,
            (false, false) if cut_off => MoveCause::Import,
            (false, false) => MoveCause::Fact,
        });
        self.engine.calibrate().map_err(api)?;
        if cause == MoveCause::Import {
            self.prove_again()?;
        }
        let rules = self.engine.snapshot().generation.ruleset.digest.clone();
        let report = self.grade(&Selection::All, cause, texts, events)?;
        let graded = GradedBy { rules, day: report.day, import: settled.unwrap_or(last.import) };
        self.engine.put_meta(MetaKey::Swept, &graded).map_err(api)?;
        Ok(Some(report))
    }

    /// Takes note of an import that brought nothing new, if it is the next one: nobody has to be graded for it.
    pub(super) fn pass_over(&self, import: ImportId) -> Result<bool, ApiError> {
        let _one_at_a_time = self.grading.lock().unwrap_or_else(PoisonError::into_inner);
        let last = self.graded_by()?;
        let is_next = last.import + 1 == import.0;
        if is_next {
            self.engine.put_meta(MetaKey::Swept, &GradedBy { import: import.0, ..last }).map_err(api)?;
        }
        Ok(is_next)
    }

    /// Takes note that an import is not what the book was graded by any more: until all are graded again, nobody is
    /// taken to be.
    pub(super) fn unsettle(&self, import: ImportId) -> Result<(), ApiError> {
        let _one_at_a_time = self.grading.lock().unwrap_or_else(PoisonError::into_inner);
        let last = self.graded_by()?;
        let import = last.import.min(import.0.saturating_sub(1));
        self.engine.put_meta(MetaKey::Swept, &GradedBy { import, ..last }).map_err(api)
    }

    /// What the whole book was last graded by.
    pub(super) fn graded_by(&self) -> Result<GradedBy, ApiError> {
        match self.engine.store().meta(MetaKey::Swept) {
            Ok(found) => Ok(found.unwrap_or_default()),
            // Of another shape than today's: whatever it says, grading the book again is right.
            Err(ReadError::Damaged { .. }) => Ok(GradedBy::default()),
            Err(error) => Err(api(error)),
        }
    }

    /// Tells whether the whole book was graded by the active rules as of the book's day, with all that imports bring.
    pub(super) fn is_graded(&self) -> Result<bool, ApiError> {
        let snapshot = self.engine.snapshot();
        let graded = self.graded_by()?;
        let is_in = self.imports.settled(0).is_some_and(|import| import <= graded.import);
        Ok(graded.rules == snapshot.generation.ruleset.digest && graded.day == snapshot.clock.day && is_in)
    }

    /// Grades one customer.
    pub(super) fn grade_one(
        &self,
        record: RecordId,
        texts: &Texts,
        events: &mut dyn FnMut(Event),
    ) -> Result<RegradeReport, ApiError> {
        self.grade(&Selection::Records(vec![record]), MoveCause::Asked, texts, events)
    }

    /// Grades some customers while nobody else grades the book.
    pub(super) fn grade_some(
        &self,
        records: Vec<RecordId>,
        cause: MoveCause,
        texts: &Texts,
    ) -> Result<RegradeReport, ApiError> {
        let _one_at_a_time = self.grading.lock().unwrap_or_else(PoisonError::into_inner);
        self.grade(&Selection::Records(records), cause, texts, &mut |_| {})
    }

    /// Grades a selection, and again if newer rules take over meanwhile.
    fn grade(
        &self,
        selection: &Selection,
        cause: MoveCause,
        texts: &Texts,
        events: &mut dyn FnMut(Event),
    ) -> Result<RegradeReport, ApiError> {
        let began = Instant::now();
        let step = texts.pick("grading", "评级中");
        loop {
            let report = self
                .engine
                .regrade(selection, cause, self.now(), |done| {
                    events(Event::Progress(Progress {
                        step: step.to_owned(),
                        done,
                        total: None,
                        unit: ProgressUnit::Records,
                    }));
                })
                .map_err(api)?;
            if !report.superseded {
                return Ok(self.report(report, cause, began, texts));
            }
        }
    }

    fn report(&self, regraded: Regraded, cause: MoveCause, began: Instant, texts: &Texts) -> RegradeReport {
        let texts = Texts { snapshot: self.engine.snapshot(), language: texts.language };
        let ruleset = &texts.snapshot.generation.ruleset;
        let sum = |counts: &BTreeMap<String, u64>| counts.values().sum();
        let mut faults: Vec<FaultCount> = regraded
            .faults
            .iter()
            .map(|(rule, tally)| FaultCount {
                rule: rule.clone(),
                message: format!("{} (for example {})", tally.message, tally.example),
                customers: tally.records,
            })
            .collect();
        faults.sort_by_key(|fault| std::cmp::Reverse(fault.customers));
        RegradeReport {
            cause,
            day: regraded.day,
            generation: regraded.generation,
            customers: regraded.records,
            changed: regraded.changed,
            dimensions: ruleset
                .dimensions
                .iter()
                .map(|dimension| MoveMatrix {
                    dimension: texts.dimension(dimension),
                    classes: with_left(texts.classes(dimension), regraded.moves.get(&dimension.id)),
                    cells: cells(&regraded, &dimension.id),
                })
                .collect(),
            follow_ups: Delta {
                opened: regraded.follow_ups_opened,
                changed: regraded.follow_ups_changed,
                closed: sum(&regraded.follow_ups_closed),
            },
            warnings: Delta { opened: regraded.warnings_opened, changed: 0, closed: sum(&regraded.warnings_closed) },
            refused: self.refused_rules(None, &texts).into_iter().map(|rule| rule.name).collect(),
            faults,
            duration_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        }
    }
}

/// Adds the classes that somebody left and that are no more.
fn with_left(mut classes: Vec<ClassHead>, moves: Option<&BTreeMap<(String, String), u64>>) -> Vec<ClassHead> {
    for (from, _) in moves.into_iter().flat_map(BTreeMap::keys) {
        if !classes.iter().any(|class| class.id == *from) {
            classes.push(ClassHead { id: from.clone(), name: from.clone() });
        }
    }
    classes
}

/// Who went from where to where on one dimension, and who stayed.
fn cells(regraded: &Regraded, dimension: &str) -> Vec<MoveCell> {
    let empty = Default::default();
    let moves = regraded.moves.get(dimension);
    let initial = regraded.initial.get(dimension).unwrap_or(&empty);
    let mut cells: Vec<MoveCell> = Vec::new();
    for (to, count) in initial {
        cells.push(MoveCell { from: None, to: to.clone(), count: *count });
    }
    for ((from, to), count) in moves.into_iter().flatten() {
        cells.push(MoveCell { from: Some(from.clone()), to: to.clone(), count: *count });
    }
    for (class, count) in regraded.classes.get(dimension).into_iter().flatten() {
        let came: u64 = cells.iter().filter(|cell| cell.to == *class).map(|cell| cell.count).sum();
        if *count > came {
            cells.push(MoveCell { from: Some(class.clone()), to: class.clone(), count: count - came });
        }
    }
    cells
}
