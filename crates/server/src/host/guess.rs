//! Guessing what the columns of a file are.

use std::collections::BTreeMap;
use std::io::Read;

use tierhook_import::{Guess, ImportKind as ReadKind};
use tierhook_model::{ExternalRef, FactKind, Language, RecordKind};

use super::Host;
use super::failure::api;
use super::intake::kind_of;
use super::text::Texts;
use crate::api::{Answer, ApiError, ErrorCode, GuessReport, GuessedColumn, ImportKind};

/// How much of a file is looked at, in bytes.
const SAMPLE: u64 = 4 << 20;
/// How much of a workbook is read, which cannot be looked at in part.
const WORKBOOK: u64 = 256 << 20;

/// Of how many percent of a file's customers the book has to know the ids for somebody to be asked.
const ASKED: usize = 20;
/// And of how many for them to be taken for the same without asking.
const SURE: usize = 75;
/// Up to how many percent may be known under the file's own source for it to be no list of that source.
const HARDLY_ANY: usize = 5;

/// The source that a book knows a file's customers from.
struct Known {
    source: String,
    /// How many customers were looked for.
    asked: usize,
    /// How many of them have that source.
    found: usize,
    /// Whether the book has them from no other source.
    is_alone: bool,
}

impl Host {
    /// Guesses a mapping from the beginning of a file. Where its customers are in the book under another source, it is
    /// that source's, or somebody has to say so.
    pub(super) fn guess(
        &self,
        file: &str,
        kind: Option<ImportKind>,
        upload: Option<&mut dyn Read>,
        texts: &Texts,
    ) -> Result<Answer, ApiError> {
        let guessed = guessed(file, kind, upload)?;
        let (customers, facts) = (guessed.customers.clone(), guessed.facts.clone());
        let mut report = report(file, guessed, texts.language);
        let own = source_of(&report.mapping);
        if let Some(known) = self.known(&customers, &own)? {
            // Names and the like are somebody's own; mere numbers may be another system's.
            let is_number = |id: &String| id.chars().all(|c| !c.is_alphabetic());
            let is_sure = known.is_alone
                && known.found * 100 >= known.asked * SURE
                && (!customers.iter().any(is_number) || self.has_any(&facts, &known.source)?);
            match is_sure {
                true => take_for(&mut report, &own, &known, texts),
                false => ask_whose(&mut report, &own, known, texts),
            }
        }
        Ok(Answer::Guess(report))
    }

    /// Tells whether the book has one of these facts from a source: then the list is of that source, too.
    fn has_any(&self, facts: &[(FactKind, String)], source: &str) -> Result<bool, ApiError> {
        let keys: Vec<(FactKind, ExternalRef)> =
            facts.iter().map(|(kind, id)| (*kind, ExternalRef::new(source, id.clone()))).collect();
        Ok(self.engine.store().known(&keys).map_err(api)?.iter().any(Option::is_some))
    }

    /// The other source from which the book has a good part of some customers, and the most; none if it has more than a
    /// few of them from their own.
    fn known(&self, customers: &[String], own: &str) -> Result<Option<Known>, ApiError> {
        let asked = customers.len();
        let mut sources: BTreeMap<String, usize> = BTreeMap::new();
        for id in customers {
            for (external, _) in self.engine.store().resolve_id(RecordKind::Customer, id).map_err(api)? {
                *sources.entry(external.source).or_default() += 1;
            }
        }
        let of_own = sources.remove(own).unwrap_or_default();
        let most: Vec<(String, usize)> =
            sources.into_iter().filter(|(_, found)| found * 100 >= asked * ASKED).collect();
        let is_alone = most.len() == 1;
        let Some((source, found)) = most.into_iter().max_by_key(|(_, found)| *found) else { return Ok(None) };
        // One of several may be the same by chance.
        let is_known = (found > 1 || asked == 1) && of_own * 100 <= asked * HARDLY_ANY;
        Ok(is_known.then_some(Known { source, asked, found, is_alone }))
    }
}

/// The source that a mapping names.
fn source_of(mapping: &str) -> String {
    let table: Option<toml::Table> = mapping.parse().ok();
    table.as_ref().and_then(|table| table.get("source")?.as_str()).unwrap_or_default().to_owned()
}

/// Takes a file for one of a source that is known.
fn take_for(report: &mut GuessReport, own: &str, known: &Known, texts: &Texts) {
    let (own, known) = (quoted(own), quoted(&known.source));
    report.mapping = report.mapping.replacen(&format!("\nsource = {own}\n"), &format!("\nsource = {known}\n"), 1);
    let en = format!(
        "the book has these customers from the source {known}, so the file is taken for one of that source; if they are \
         other customers, write source = {own}"
    );
    let zh = format!("账本中来源 {known} 已有这些客户，因此按同一来源处理；若不是同一批客户，请写 source = {own}");
    report.questions.push(texts.pick(&en, &zh).to_owned());
}

/// Asks whether the customers of a file are those of a source that is known. The answers stand in the mapping, and one only
/// wants its `#` taken off. A list of the same system is of that source altogether: what it tells again is known then.
fn ask_whose(report: &mut GuessReport, own: &str, known: Known, texts: &Texts) {
    let Known { source, asked, found, .. } = known;
    let (own, other) = (quoted(own), quoted(&source));
    let line = format!("customer_source = {other}");
    let answer = format!(
        "\nsource = {own}\n# The book has customers with these ids from another source. If they are the same, take the # off:\n# \
         {line}\n# If the list comes from the same system, too, write source = {other} instead: then rows that were there \
         before are known.\n"
    );
    report.mapping = report.mapping.replacen(&format!("\nsource = {own}\n"), &answer, 1);
    let en = format!(
        "the book has {found} of {asked} customers looked at from the source {other}: if they are the same customers, \
         write {line} (the mapping has the line, with a # before it), and if the list comes from the same system, too, \
         source = {other} instead, so that rows that were there before are not counted twice; if others have the same \
         numbers by chance, leave it"
    );
    let zh = format!(
        "抽查的 {asked} 位客户中，账本里来源 {other} 已有 {found} 位编号相同：若为同一批客户，请写 {line}（映射中已有此行，\
         去掉行首的 # 即可）；若名单也出自同一系统，请改写 source = {other}，以免已有的行重复计算；若只是编号碰巧相同，则不必改动"
    );
    report.questions.insert(0, texts.pick(&en, &zh).to_owned());
    report.may_be_of = Some(source);
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// Guesses a mapping from the beginning of a file. No book is needed for it.
pub(super) fn guess(
    file: &str,
    kind: Option<ImportKind>,
    upload: Option<&mut dyn Read>,
    language: Language,
) -> Result<GuessReport, ApiError> {
    Ok(report(file, guessed(file, kind, upload)?, language))
}

fn guessed(file: &str, kind: Option<ImportKind>, upload: Option<&mut dyn Read>) -> Result<Guess, ApiError> {
    let upload = upload.ok_or_else(|| ApiError::invalid("a guess needs a file"))?;
    let sample =
        sample(upload).map_err(|error| ApiError::new(ErrorCode::Io, format!("{file} cannot be read: {error}")))?;
    tierhook_import::guess(&sample, file, kind.map(read_kind))
        .map_err(|error| ApiError::invalid(format!("{file}: {error}")))
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
        may_be_of: None,
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
