//! Guessing what the columns of a file are.

use std::collections::BTreeSet;
use std::io::Read;

use tierhook_import::{Guess, ImportKind as ReadKind};
use tierhook_model::{Language, RecordKind};

use super::Host;
use super::failure::api;
use super::intake::kind_of;
use super::text::Texts;
use crate::api::{Answer, ApiError, ErrorCode, GuessReport, GuessedColumn, ImportKind};

/// How much of a file is looked at, in bytes.
const SAMPLE: u64 = 4 << 20;
/// How much of a workbook is read, which cannot be looked at in part.
const WORKBOOK: u64 = 256 << 20;

impl Host {
    /// Guesses a mapping from the beginning of a file. Where its customers are in the book under another source, it is
    /// that source's.
    pub(super) fn guess(
        &self,
        file: &str,
        kind: Option<ImportKind>,
        upload: Option<&mut dyn Read>,
        texts: &Texts,
    ) -> Result<Answer, ApiError> {
        let mut report = guess(file, kind, upload, texts.language)?;
        if let Some(source) = self.source_of(&report)? {
            take_for(&mut report, &source, texts);
        }
        Ok(Answer::Guess(report))
    }

    /// The one source from which the book has all customers that a guess shows as examples.
    fn source_of(&self, report: &GuessReport) -> Result<Option<String>, ApiError> {
        let is_customer = |column: &&GuessedColumn| column.key.as_deref() == Some("customer");
        let Some(column) = report.columns.iter().find(is_customer) else { return Ok(None) };
        let mut common: Option<BTreeSet<String>> = None;
        for id in &column.examples {
            let known = self.engine.store().resolve_id(RecordKind::Customer, id).map_err(api)?;
            let known: BTreeSet<String> = known.into_iter().map(|(external, _)| external.source).collect();
            common = Some(common.map_or_else(|| known.clone(), |common| &common & &known));
        }
        // One customer may be the same by chance; two sources leave it open which is meant.
        let mut common = common.filter(|_| column.examples.len() > 1).unwrap_or_default().into_iter();
        Ok(common.next().filter(|_| common.next().is_none()))
    }
}

/// Takes a file for one of a source that is known. Ids that are mere numbers may be another system's: then somebody is
/// asked.
fn take_for(report: &mut GuessReport, source: &str, texts: &Texts) {
    let own = report.mapping.lines().find_map(|line| line.strip_prefix("source = ")).unwrap_or_default().to_owned();
    let known = toml::Value::from(source).to_string();
    if own.is_empty() || own == known {
        return;
    }
    let examples = report.columns.iter().filter(|column| column.key.as_deref() == Some("customer"));
    let is_number = |id: &String| id.chars().all(|c| !c.is_alphabetic());
    if examples.flat_map(|column| &column.examples).any(is_number) {
        let en = format!(
            "the book has customers with these ids from the source {known}: if they are the same customers, write source = \
             {known}; else they stay apart"
        );
        let zh =
            format!("账本中来源 {known} 已有相同编号的客户：若为同一批客户，请写 source = {known}；否则视为不同客户");
        return report.questions.push(texts.pick(&en, &zh).to_owned());
    }
    report.mapping = report.mapping.replacen(&format!("\nsource = {own}\n"), &format!("\nsource = {known}\n"), 1);
    let en = format!(
        "the book has these customers from the source {known}, so the file is taken for one of that source; if they are \
         other customers, write source = {own}"
    );
    let zh = format!("账本中来源 {known} 已有这些客户，因此按同一来源处理；若不是同一批客户，请写 source = {own}");
    report.questions.push(texts.pick(&en, &zh).to_owned());
}

/// Guesses a mapping from the beginning of a file. No book is needed for it.
pub(super) fn guess(
    file: &str,
    kind: Option<ImportKind>,
    upload: Option<&mut dyn Read>,
    language: Language,
) -> Result<GuessReport, ApiError> {
    let upload = upload.ok_or_else(|| ApiError::invalid("a guess needs a file"))?;
    let sample =
        sample(upload).map_err(|error| ApiError::new(ErrorCode::Io, format!("{file} cannot be read: {error}")))?;
    let guessed = tierhook_import::guess(&sample, file, kind.map(read_kind))
        .map_err(|error| ApiError::invalid(format!("{file}: {error}")))?;
    Ok(report(file, guessed, language))
}

fn sample(upload: &mut dyn Read) -> std::io::Result<Vec<u8>> {
    let mut sample = Vec::new();
    Read::take(&mut *upload, SAMPLE).read_to_end(&mut sample)?;
    if sample.starts_with(b"PK") {
        Read::take(upload, WORKBOOK).read_to_end(&mut sample)?;
    }
    Ok(sample)
}

fn report(file: &str, guessed: Guess, language: Language) -> GuessReport {
    let columns = guessed.columns.into_iter().map(|column| GuessedColumn {
        column: column.column,
        key: column.key,
        confidence: column.confidence,
        examples: column.examples,
    });
    GuessReport {
        file: file.to_owned(),
        rows_are: kind_of(guessed.kind),
        mapping: guessed.mapping_toml,
        columns: columns.collect(),
        questions: guessed.questions.iter().map(|question| question.get(language).to_owned()).collect(),
    }
}

fn read_kind(kind: ImportKind) -> ReadKind {
    match kind {
        ImportKind::Orders => ReadKind::Orders,
        ImportKind::Customers => ReadKind::Customers,
        ImportKind::Interactions => ReadKind::Interactions,
        ImportKind::Feedback => ReadKind::Feedback,
        ImportKind::Measures => ReadKind::Measures,
        ImportKind::Contacts => ReadKind::Contacts,
    }
}
