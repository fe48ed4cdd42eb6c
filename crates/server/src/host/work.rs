//! The work: follow-ups and warnings.

use std::cmp::Reverse;
use std::fmt::Display;

use tierhook_engine::{EngineError, WorkItem, WorkKind};
use tierhook_model::{FollowUpState, OutcomeKind, ProfileKey, Record, WarningState};
use tierhook_search::{Facet, Selection};

use super::Host;
use super::failure::api;
use super::rank::Worth;
use super::text::Texts;
use crate::api::{
    Answer, ApiError, ErrorCode, FollowUpChanged, FollowUpFilter, FollowUpId, FollowUpList, FollowUpRow, Until,
    WarningChanged, WarningFilter, WarningId, WarningList, WarningOutcome, WarningRow,
};

impl Host {
    /// Lists follow-ups, the most urgent first.
    pub(super) fn follow_ups(&self, filter: &FollowUpFilter, texts: &Texts) -> Result<Answer, ApiError> {
        let mut rows: Vec<FollowUpRow> = Vec::new();
        let mut worth = Worth::new(self, texts);
        self.each_of(filter.customer.as_deref(), filter.owner.as_deref(), |record| {
            let fitting = record.standing.follow_ups.iter().filter(|it| {
                (filter.all || it.state == FollowUpState::Open)
                    && filter.kind.as_ref().is_none_or(|kind| it.kind == *kind)
                    && filter.due.is_none_or(|day| it.due <= day)
            });
            let before = rows.len();
            rows.extend(fitting.map(|it| texts.follow_up(record, it)));
            if rows.len() > before {
                worth.note(record);
            }
        })?;
        worth.sort_follow_ups(&mut rows, |row| (!row.state.is_open(), row.due, Reverse(row.priority)));
        let total = rows.len() as u64;
        rows.truncate(filter.limit);
        Ok(Answer::FollowUps(FollowUpList { total, rows }))
    }

    /// Lists warnings, the worst first.
    pub(super) fn warnings(&self, filter: &WarningFilter, texts: &Texts) -> Result<Answer, ApiError> {
        let mut rows: Vec<WarningRow> = Vec::new();
        let mut worth = Worth::new(self, texts);
        self.each_of(filter.customer.as_deref(), filter.owner.as_deref(), |record| {
            let fitting = record.standing.warnings.iter().filter(|it| {
                (filter.all || is_listed(&it.state))
                    && filter.cause.as_ref().is_none_or(|cause| it.cause == *cause)
                    && filter.severity.is_none_or(|severity| it.severity >= severity)
            });
            let before = rows.len();
            rows.extend(fitting.map(|it| texts.warning(record, it)));
            if rows.len() > before {
                worth.note(record);
            }
        })?;
        worth.sort_warnings(&mut rows);
        let total = rows.len() as u64;
        rows.truncate(filter.limit);
        Ok(Answer::Warnings(WarningList { total, rows }))
    }

    /// Calls `each` for one customer, or for all of an owner, or for all.
    pub(super) fn each_of(
        &self,
        customer: Option<&str>,
        owner: Option<&str>,
        mut each: impl FnMut(&Record),
    ) -> Result<(), ApiError> {
        if let Some(customer) = customer {
            each(&self.find(customer)?);
            return Ok(());
        }
        let fits = |record: &Record| owner.is_none_or(|owner| record.profile.text(ProfileKey::Owner) == Some(owner));
        if let Some(owner) = owner {
            let facets = vec![Facet::Owner(owner.to_owned())];
            let owned = self.ask_index(|index| index.select(&Selection { facets, query: None }))?;
            if let Some(owned) = owned {
                return self.each_of_numbers(&owned, |record| {
                    if fits(record) {
                        each(record)
                    }
                });
            }
        }
        self.each_customer(|record| {
            if fits(&record) {
                each(&record)
            }
        })
    }

    /// Puts a follow-up off.
    pub(super) fn follow_up_snooze(
        &self,
        id: FollowUpId,
        until: Until,
        who: &str,
        note: Option<&str>,
        texts: &Texts,
    ) -> Result<Answer, ApiError> {
        let until = until.day(texts.day());
        self.follow_up_outcome(id, &OutcomeKind::Snoozed { until }, who, note, texts)
    }

    /// Notes what came of a follow-up.
    pub(super) fn follow_up_outcome(
        &self,
        id: FollowUpId,
        outcome: &OutcomeKind,
        who: &str,
        note: Option<&str>,
        texts: &Texts,
    ) -> Result<Answer, ApiError> {
        let missing = || {
            ApiError::not_found(format!("there is no follow-up {id}"))
                .with_hint("`tierhook follow-ups list --customer CUSTOMER` shows a customer's")
        };
        let item = WorkItem { record: id.record, number: id.number, kind: WorkKind::FollowUp };
        let item = self.engine.current_item(item).map_err(|error| of_item(&id, missing, error))?;
        if let OutcomeKind::Done { cause: Some(cause), .. } = outcome {
            let record = self.engine.record(item.record).map_err(api)?;
            if let Some(found) = record.standing.follow_ups.iter().find(|it| it.number == item.number) {
                texts.check_cause(&found.rule, &found.kind, cause)?;
            }
        }
        let changed = self.engine.outcome(item, outcome, who, note, self.now());
        let changes = changed.map_err(|error| of_item(&id, missing, error))?;
        let record = self.engine.record(item.record).map_err(api)?;
        let found = record.standing.follow_ups.iter().find(|it| it.number == item.number).ok_or_else(missing)?;
        let is_done = matches!(outcome, OutcomeKind::Done { .. });
        let open = record.aggregates.open_complaints.iter().filter(|_| is_done).map(|open| open.id.clone());
        Ok(Answer::FollowUp(FollowUpChanged {
            follow_up: texts.follow_up(&record, found),
            open_complaints: open.collect(),
            changes: changes.iter().map(|change| texts.change(&record, change)).collect(),
        }))
    }

    /// Says that somebody is on a warning.
    pub(super) fn warning_ack(
        &self,
        id: WarningId,
        who: &str,
        note: Option<&str>,
        texts: &Texts,
    ) -> Result<Answer, ApiError> {
        self.warning_outcome(id, &OutcomeKind::Acknowledged, who, note, texts)
    }

    /// Says what came of a warning.
    pub(super) fn warning_resolve(
        &self,
        id: WarningId,
        outcome: &WarningOutcome,
        who: &str,
        note: Option<&str>,
        texts: &Texts,
    ) -> Result<Answer, ApiError> {
        let outcome = match outcome {
            WarningOutcome::Resolved { cause } => OutcomeKind::Resolved { cause: cause.clone() },
            WarningOutcome::Lost { cause } => OutcomeKind::Lost { cause: cause.clone() },
            WarningOutcome::FalseAlarm => OutcomeKind::FalseAlarm,
        };
        self.warning_outcome(id, &outcome, who, note, texts)
    }

    fn warning_outcome(
        &self,
        id: WarningId,
        outcome: &OutcomeKind,
        who: &str,
        note: Option<&str>,
        texts: &Texts,
    ) -> Result<Answer, ApiError> {
        let missing = || {
            ApiError::not_found(format!("there is no warning {id}"))
                .with_hint("`tierhook warnings list --customer CUSTOMER` shows a customer's")
        };
        let item = WorkItem { record: id.record, number: id.number, kind: WorkKind::Warning };
        let item = self.engine.current_item(item).map_err(|error| of_item(&id, missing, error))?;
        if let OutcomeKind::Resolved { cause } | OutcomeKind::Lost { cause } = outcome {
            let record = self.engine.record(item.record).map_err(api)?;
            if let Some(found) = record.standing.warnings.iter().find(|it| it.number == item.number) {
                texts.check_cause(&found.rule, &found.cause, cause)?;
            }
        }
        let changed = self.engine.outcome(item, outcome, who, note, self.now());
        let changes = changed.map_err(|error| of_item(&id, missing, error))?;
        let record = self.engine.record(item.record).map_err(api)?;
        let found = record.standing.warnings.iter().find(|it| it.number == item.number).ok_or_else(missing)?;
        let stays = matches!(outcome, OutcomeKind::Resolved { .. } | OutcomeKind::FalseAlarm);
        let open = record.aggregates.open_complaints.iter().filter(|_| stays).map(|open| open.id.clone());
        Ok(Answer::Warning(WarningChanged {
            warning: texts.warning(&record, found),
            open_complaints: open.collect(),
            changes: changes.iter().map(|change| texts.change(&record, change)).collect(),
        }))
    }
}

/// Tells an error of a follow-up or warning by the id that people have of it.
fn of_item(id: &impl Display, missing: impl Fn() -> ApiError, error: EngineError) -> ApiError {
    match error {
        EngineError::NoRecord { .. } | EngineError::NoItem { .. } => missing(),
        EngineError::ClosedItem { state, .. } => {
            ApiError::new(ErrorCode::Conflict, format!("{id} is closed already ({state})"))
        }
        other => api(other),
    }
}

/// Tells whether a warning is one that somebody should look at now.
pub(super) fn is_listed(state: &WarningState) -> bool {
    matches!(state, WarningState::Open | WarningState::Acknowledged { .. })
}
