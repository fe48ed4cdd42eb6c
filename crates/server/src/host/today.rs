//! What somebody has to do today.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use tierhook_model::{Day, Record, RecordId};

use super::Host;
use super::failure::api;
use super::rank::Worth;
use super::text::Texts;
use super::work::is_listed;
use crate::api::{
    Answer, ApiError, CustomerHead, DayCount, EntitlementRow, FollowUpRow, OverrideRow, ReviewRow, TodayReport,
    WarningRow,
};

/// How many days ahead follow-ups are counted.
const COMING_DAYS: u32 = 7;
/// From which priority on a follow-up comes before others, late or not. What somebody promised has it.
const URGENT: i32 = 8;

impl Host {
    /// Lists what is due and which warnings are open, and counts what comes.
    pub(super) fn today(&self, owner: Option<&str>, limit: usize, texts: &Texts) -> Result<Answer, ApiError> {
        let today = texts.day();
        let horizon = today.plus(COMING_DAYS.cast_signed());
        let mut customers = 0;
        let mut due: Vec<FollowUpRow> = Vec::new();
        let mut warnings: Vec<WarningRow> = Vec::new();
        let mut worth = Worth::new(self, texts);
        let mut coming: BTreeMap<Day, u64> = BTreeMap::new();
        let mut reviews: Vec<ReviewRow> = Vec::new();
        self.each_of(None, owner, |record| {
            customers += 1;
            let before = due.len() + warnings.len();
            reviews.extend(texts.to_review(record).map(|(dimension, word)| ReviewRow {
                customer: Texts::head(record),
                dimension: texts.dimension_named(dimension),
                name: texts.class_name(dimension, &word.class),
                word: OverrideRow::from(word),
            }));
            for follow_up in &record.standing.follow_ups {
                if !follow_up.state.is_open() {
                    continue;
                }
                let on = follow_up.due_on();
                if on <= today {
                    due.push(texts.follow_up(record, follow_up));
                } else if on <= horizon {
                    *coming.entry(on).or_default() += 1;
                }
            }
            let open = record.standing.warnings.iter().filter(|it| is_listed(&it.state));
            warnings.extend(open.map(|it| texts.warning(record, it)));
            if due.len() + warnings.len() > before {
                worth.note(record);
            }
        })?;
        // What is urgent first; a promise is at least that, but a complaint is more so.
        worth.sort_follow_ups(&mut due, |row| {
            let priority = if row.rule.is_empty() { row.priority.max(URGENT) } else { row.priority };
            (priority < URGENT, row.days_late == 0, Reverse(priority), row.due)
        });
        worth.sort_warnings(&mut warnings);
        let (all_due, open_warnings) = (due.len() as u64, warnings.len() as u64);
        let late = due.iter().filter(|row| row.days_late > 0).count() as u64;
        due.truncate(limit);
        warnings.truncate(limit);
        reviews.sort_by_key(|row| (row.word.review, row.customer.record));
        let listed = due.iter().map(|row| &row.customer).chain(warnings.iter().map(|row| &row.customer));
        let listed: BTreeMap<RecordId, &CustomerHead> = listed.map(|head| (head.record, head)).collect();
        let entitlements = self.entitlements_of(&listed, texts)?;
        Ok(Answer::Today(TodayReport {
            owner: owner.map(str::to_owned),
            customers,
            due: all_due,
            late,
            follow_ups: due,
            open_warnings,
            warnings,
            reviews,
            entitlements,
            coming: coming.into_iter().map(|(day, count)| DayCount { day, count }).collect(),
            coming_days: COMING_DAYS,
        }))
    }

    /// What some customers are entitled to, class by class.
    fn entitlements_of(
        &self,
        customers: &BTreeMap<RecordId, &CustomerHead>,
        texts: &Texts,
    ) -> Result<Vec<EntitlementRow>, ApiError> {
        let mut rows: Vec<EntitlementRow> = Vec::new();
        let mut records = Vec::new();
        for id in customers.keys() {
            records.push(self.engine.record(*id).map_err(api)?);
        }
        for dimension in texts.snapshot.generation.ruleset.dimensions.iter() {
            for class in dimension.classes.iter().filter(|class| !class.entitlements.is_empty()) {
                let is_in =
                    |record: &&Record| record.standing.class(&dimension.id).is_some_and(|it| it.class == class.id);
                let entitled: Vec<CustomerHead> = records.iter().filter(is_in).map(Texts::head).collect();
                if !entitled.is_empty() {
                    rows.push(EntitlementRow {
                        dimension: texts.dimension(dimension),
                        name: texts.class_name(&dimension.id, &class.id),
                        entitlements: texts.entitlements(&dimension.id, &class.id),
                        customers: entitled,
                    });
                }
            }
        }
        Ok(rows)
    }
}
