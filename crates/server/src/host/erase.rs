//! Erasing a person everywhere: the book, the files that Tierhook wrote, the cases of rules.

mod file;
mod left;

use std::sync::PoisonError;

use tierhook_engine::{Erased, ErasureEntry, PersonTrace};
use tierhook_model::Record;

use self::file::FileTraces;
use super::Host;
use super::failure::api;
use super::text::Texts;
use crate::api::{Answer, ApiError, ErasureList, ErasureReport, ErasureRow, Event, PlaceCount, Progress, ProgressUnit};

/// What is asked of an erasure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) customer: &'a str,
    pub(super) why: &'a str,
    pub(super) names: bool,
    pub(super) dry_run: bool,
    pub(super) who: &'a str,
}

impl Host {
    /// Erases a person, or tells what would go.
    pub(super) fn erase(
        &self,
        wanted: Wanted<'_>,
        texts: &Texts,
        events: &mut dyn FnMut(Event),
    ) -> Result<Answer, ApiError> {
        let record = match wanted.dry_run {
            true => self.find(wanted.customer)?,
            // There is no way back, so a part of a name is not enough.
            false => self.find_by_id(wanted.customer)?.ok_or_else(|| {
                ApiError::not_found(format!("there is no customer with the id `{}`", wanted.customer))
                    .with_hint("an erasure takes an id or a number as C12; without --yes it says whose it is")
            })?,
        };
        if wanted.why.trim().is_empty() && !wanted.dry_run {
            return Err(ApiError::invalid("an erasure needs a reason: it is kept when the person is not")
                .with_hint("for example --why \"request 17 of 2026-03-01\", without names"));
        }
        let _one_at_a_time = self.editing.lock().unwrap_or_else(PoisonError::into_inner);
        let step = texts.pick("looking for traces", "查找痕迹");
        let trace =
            self.engine.trace_person(record.id, wanted.names, |done| events(progress(step, done))).map_err(api)?;
        if trace.known_by.is_named_in(wanted.why) {
            return Err(ApiError::invalid("the reason names the person, and it is kept when the person is not")
                .with_hint("name the request instead, for example --why \"request 17 of 2026-03-01\""));
        }
        let files = FileTraces::find(self, &trace.known_by)?;
        if wanted.dry_run {
            return Ok(report(&record, None, found(&trace, &files), self.left(&trace, &files, texts), texts));
        }
        // Files first: once the book has forgotten the person, nobody knows what to look for.
        let mut removed = self.clear_files(&files, &trace.known_by)?;
        let mut entry = ErasureEntry {
            number: self.engine.erasures().map_err(api)?.last().map_or(1, |last| last.number + 1),
            asked: self.now(),
            who: wanted.who.to_owned(),
            why: wanted.why.trim().to_owned(),
            records: u32::try_from(trace.records.len()).unwrap_or(u32::MAX),
            removed: Vec::new(),
        };
        let erased = self.engine.erase(&trace, &entry).map_err(api)?;
        self.keep_tombstones()?;
        removed.splice(0..0, gone(&trace, erased));
        removed.retain(|(_, count)| *count > 0);
        entry.removed = removed.iter().map(|(place, count)| ((*place).to_owned(), *count)).collect();
        self.engine.note_erasure(&entry).map_err(api)?;
        let left = self.left(&trace, &FileTraces::find(self, &trace.known_by)?, texts);
        drop(_one_at_a_time);
        // What rules read of others may have been about the person.
        self.bring_up_to_date(None, texts, events)?;
        Ok(report(&record, Some(entry.number), removed, left, texts))
    }

    /// Lists the erasures, the newest first.
    pub(super) fn erasures(&self, texts: &Texts) -> Result<Answer, ApiError> {
        let entries = self.engine.erasures().map_err(api)?;
        let tombstones = self.engine.store().tombstones().map_err(api)?;
        let unlisted = tombstones.iter().filter(|tombstone| entries.iter().all(|it| it.asked != tombstone.erased));
        let unlisted = unlisted.count() as u64;
        let rows = entries.into_iter().rev().map(|entry| ErasureRow {
            number: entry.number,
            asked: entry.asked,
            who: entry.who,
            why: entry.why,
            removed: entry.removed.iter().map(|(code, count)| place_count(code, *count, texts)).collect(),
        });
        Ok(Answer::Erasures(ErasureList { rows: rows.collect(), unlisted }))
    }

    /// Keeps the marks of erasures beside the book too: they survive if the book is moved away or lost.
    pub(super) fn keep_tombstones(&self) -> Result<(), ApiError> {
        self.engine.store().copy_tombstones(&self.data).map_err(api)
    }
}

fn progress(step: &str, done: u64) -> Event {
    Event::Progress(Progress { step: step.to_owned(), done, total: None, unit: ProgressUnit::Records })
}

/// What there is to erase.
fn found(trace: &PersonTrace, files: &FileTraces) -> Vec<(&'static str, u64)> {
    vec![
        ("records", trace.records.len() as u64),
        ("facts", trace.facts),
        ("history", trace.history),
        ("contacts", trace.contacts),
        ("follow-ups", trace.follow_ups),
        ("warnings", trace.warnings),
        ("others-facts", trace.others.iter().map(|other| other.redacted).sum()),
        ("rejected-rows", files.rejected_rows()),
        ("cases", files.cases()),
    ]
}

/// What was erased from the book.
fn gone(trace: &PersonTrace, erased: Erased) -> Vec<(&'static str, u64)> {
    vec![
        ("records", trace.records.len() as u64),
        ("facts", erased.removed.facts),
        ("fact-keys", erased.removed.fact_keys),
        ("history", erased.removed.history),
        ("references", erased.removed.references),
        ("contacts", trace.contacts),
        ("follow-ups", trace.follow_ups),
        ("warnings", trace.warnings),
        ("marks", erased.removed.marks),
        ("others-facts", erased.others_facts),
        ("others-history", erased.others_history),
    ]
}

fn place_count(code: &str, count: u64, texts: &Texts) -> PlaceCount {
    let (en, zh) = match code {
        "records" => ("customer records", "客户记录"),
        "facts" => ("facts", "事实"),
        "fact-keys" => ("keys of facts", "事实编号"),
        "history" => ("kept decisions", "评定历史"),
        "references" => ("ids in sources", "来源编号"),
        "contacts" => ("contact people", "联系人"),
        "follow-ups" => ("follow-ups", "跟进"),
        "warnings" => ("warnings", "预警"),
        "marks" => ("marks of decisions to come", "待评定标记"),
        "others-facts" => ("facts of others that named the person", "其他客户中提及此人的事实"),
        "others-history" => ("kept decisions on others that named the person", "其他客户中提及此人的评定历史"),
        "rejected-rows" => ("rejected rows in files", "拒绝行文件中的行"),
        "cases" => ("golden cases", "规则用例"),
        "versions" => ("kept versions of rule files", "规则文件的旧版本"),
        other => (other, other),
    };
    PlaceCount { code: code.to_owned(), place: texts.pick(en, zh).to_owned(), count }
}

fn report(
    record: &Record,
    number: Option<u32>,
    removed: Vec<(&'static str, u64)>,
    left: Vec<crate::api::LeftBehind>,
    texts: &Texts,
) -> Answer {
    let removed = removed.into_iter().filter(|(_, count)| *count > 0);
    Answer::Erasure(ErasureReport {
        customer: Texts::head(record),
        dry_run: number.is_none(),
        number,
        removed: removed.map(|(code, count)| place_count(code, count, texts)).collect(),
        left,
    })
}
