//! Looking for customers.

use tierhook_model::Record;
use tierhook_search::{Found, Mark, Query, Scan};

use super::Host;
use super::failure::api;
use super::index::as_looked_for;
use super::text::Texts;
use crate::api::{Answer, ApiError, ErrorCode, FoundText, SearchReport, SearchRow, TextPiece};

/// How many records are read at a time.
const BATCH: usize = 512;

impl Host {
    /// Lists customers that have a text in them, the best first, and says where it is.
    pub(super) fn search(&self, text: &str, limit: usize, texts: &Texts) -> Result<Answer, ApiError> {
        let query = query(text)?;
        let found = self.found(&query, limit)?;
        let dimensions: Vec<_> =
            texts.snapshot.generation.ruleset.dimensions.iter().map(|it| texts.dimension(it)).collect();
        let mut rows = Vec::with_capacity(found.hits.len());
        for hit in &found.hits {
            let (record, via) = match (self.engine.record(hit.record), self.engine.record(hit.via)) {
                (Ok(record), Ok(via)) => (record, via),
                (Err(error), _) | (_, Err(error)) => match api(error) {
                    // Erased in this very moment.
                    error if error.code == ErrorCode::NotFound => continue,
                    error => return Err(error),
                },
            };
            let looked_for = as_looked_for(self.engine.store(), &via).map_err(api)?;
            let merged = (record.id != via.id).then(|| via.external.to_string());
            rows.push(SearchRow {
                customer: Texts::head(&record),
                found: query.marks(&looked_for).iter().map(|mark| found_text(mark, merged.as_deref(), texts)).collect(),
                classes: dimensions.iter().map(|dimension| texts.class_cell(&record, &dimension.id)).collect(),
                last_order: record.aggregates.last_order,
            });
        }
        Ok(Answer::Search(SearchReport { text: text.to_owned(), dimensions, total: found.total, rows }))
    }

    /// Finds who fits a query: by the index of a host that serves; else, and while that is being built, by a look at
    /// every record. Both come to the same.
    pub(super) fn found(&self, query: &Query, limit: usize) -> Result<Found, ApiError> {
        if let Some(found) = self.ask_index(|index| index.search(query, limit))? {
            return Ok(found);
        }
        let mut scan = Scan::new(query, limit);
        let mut after = None;
        loop {
            // Those that were merged are looked at too.
            let batch = self.engine.store().scan(after, BATCH).map_err(api)?;
            let Some(last) = batch.last() else { return Ok(scan.finish()) };
            after = Some(last.record.id);
            for stored in &batch {
                scan.look(&*as_looked_for(self.engine.store(), &stored.record).map_err(api)?);
            }
        }
    }

    /// Asks the index, if there is one by now.
    pub(super) fn ask_index<T>(&self, ask: impl FnOnce(&tierhook_search::Index) -> T) -> Result<Option<T>, ApiError> {
        let Some(index) = self.index.get() else { return Ok(None) };
        index.ask(self.engine.store(), ask).map_err(api)
    }

    /// Calls `each` for every customer.
    pub(super) fn each_customer(&self, each: impl FnMut(Record)) -> Result<(), ApiError> {
        self.engine.for_each_record(each).map_err(api)
    }
}

/// Reads what somebody looks for.
pub(super) fn query(text: &str) -> Result<Query, ApiError> {
    Query::new(text).ok_or_else(|| {
        ApiError::invalid("there is nothing to look for").with_hint("give a part of a name, of a number or of a handle")
    })
}

fn found_text(mark: &Mark, merged: Option<&str>, texts: &Texts) -> FoundText {
    let mut pieces = Vec::new();
    let mut add = |text: &str, fits| {
        if !text.is_empty() {
            pieces.push(TextPiece { text: text.to_owned(), fits });
        }
    };
    let mut at = 0;
    for part in &mark.parts {
        add(&mark.text[at..part.start], false);
        add(&mark.text[part.clone()], true);
        at = part.end;
    }
    add(&mark.text[at..], false);
    let field = mark.field.as_str();
    let name = match field {
        "id" => texts.pick("id", "编号"),
        "name" => texts.pick("name", "姓名"),
        "company" => texts.pick("company", "公司"),
        "contacts" => texts.pick("contact", "联系人"),
        "phones" => texts.pick("phone", "电话"),
        "emails" => texts.pick("email", "邮箱"),
        "handles" => texts.pick("handle", "联系方式"),
        "owner" => texts.pick("owner", "负责人"),
        "tags" => texts.pick("tag", "标签"),
        "region" => texts.pick("region", "地区"),
        "address" => texts.pick("address", "地址"),
        "industry" => texts.pick("industry", "行业"),
        "interests" => texts.pick("interest", "兴趣"),
        "preferences" => texts.pick("preference", "偏好"),
        "needs" => texts.pick("need", "需求"),
        "source_channel" => texts.pick("source", "来源渠道"),
        "referred_by" => texts.pick("referred by", "介绍人"),
        "notes" => texts.pick("notes", "备注"),
        other => other.strip_prefix("custom.").unwrap_or(other),
    };
    FoundText { field: field.to_owned(), name: name.to_owned(), merged: merged.map(str::to_owned), pieces }
}
