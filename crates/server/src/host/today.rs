//! What somebody has to do today.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use tierhook_model::{Day, FollowUpState};

use super::Host;
use super::text::Texts;
use super::work::is_listed;
use crate::api::{Answer, ApiError, DayCount, FollowUpRow, TodayReport, WarningRow};

/// How many days ahead follow-ups are counted.
const COMING_DAYS: u32 = 7;

impl Host {
    /// Lists what is due and which warnings are open, and counts what comes.
    pub(super) fn today(&self, owner: Option<&str>, limit: usize, texts: &Texts) -> Result<Answer, ApiError> {
        let today = texts.day();
        let horizon = today.plus(COMING_DAYS.cast_signed());
        let mut customers = 0;
        let mut due: Vec<FollowUpRow> = Vec::new();
        let mut warnings: Vec<WarningRow> = Vec::new();
        let mut coming: BTreeMap<Day, u64> = BTreeMap::new();
        self.each_of(None, owner, |record| {
            customers += 1;
            for follow_up in &record.standing.follow_ups {
                let on = match &follow_up.state {
                    FollowUpState::Open => follow_up.due,
                    FollowUpState::Snoozed { until } => follow_up.due.max(*until),
                    FollowUpState::Done { .. } | FollowUpState::Withdrawn { .. } => continue,
                };
                if on <= today {
                    due.push(texts.follow_up(record, follow_up));
                } else if on <= horizon {
                    *coming.entry(on).or_default() += 1;
                }
            }
            let open = record.standing.warnings.iter().filter(|it| is_listed(&it.state));
            warnings.extend(open.map(|it| texts.warning(record, it)));
        })?;
        due.sort_by_key(|row| (row.days_late == 0, Reverse(row.priority), row.due, row.id));
        warnings.sort_by_key(|row| (Reverse(row.severity), row.opened, row.id));
        let (all_due, open_warnings) = (due.len() as u64, warnings.len() as u64);
        let late = due.iter().filter(|row| row.days_late > 0).count() as u64;
        due.truncate(limit);
        warnings.truncate(limit);
        Ok(Answer::Today(TodayReport {
            owner: owner.map(str::to_owned),
            customers,
            due: all_due,
            late,
            follow_ups: due,
            open_warnings,
            warnings,
            coming: coming.into_iter().map(|(day, count)| DayCount { day, count }).collect(),
            coming_days: COMING_DAYS,
        }))
    }
}
