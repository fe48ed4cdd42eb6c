//! Taking files in.

use std::collections::{BTreeSet, HashSet};
use std::io::Read;
use std::sync::PoisonError;
use std::time::Instant;

use tierhook_engine::{Appended, Engine, EngineError, Recording};
use tierhook_import::{
    ImportContext, ImportError, Mapping, Progress as Reading, ReadReport, RejectedFile, RejectedRow, Sink, SinkError,
    Unread,
};
use tierhook_model::{
    Catalogue, ClockMode, Day, ExternalRef, FactBody, FactKind, ImportId, Language, Moment, MoveCause, NewFact,
    RecordId, RecordKind,
};
use tierhook_store::{ImportEntry, WriteBatch};

use super::Host;
use super::failure::api;
use super::text::Texts;
use super::trail::FileKind;
use crate::api::{Answer, ApiError, Counted, Event, ImportKind, ImportReport, MappingFile, Progress, ProgressUnit};

/// How many conflicts are named.
const EXAMPLES: usize = 5;
/// From how many days behind the book's day on the newest fact of an import is worth a warning.
pub(super) const STALE_DAYS: i32 = 30;

/// What is asked of an import.
#[derive(Clone, Debug)]
pub(super) struct Intake<'a> {
    pub(super) file: &'a str,
    pub(super) bytes: Option<u64>,
    pub(super) kind: Option<ImportKind>,
    pub(super) mapping: Option<&'a MappingFile>,
    pub(super) dry_run: bool,
    pub(super) amend: bool,
    /// The file that the rejected rows will be in.
    pub(super) rejects: Option<&'a str>,
    /// Whether the book is graded at the end.
    pub(super) is_graded: bool,
}

/// Records what an import reads, and counts what became of it.
struct Recorder<'a> {
    host: &'a Host,
    rejects: Option<&'a str>,
    engine: &'a Engine,
    recording: Recording,
    dry_run: bool,
    first_new: RecordId,
    new_customers: HashSet<RecordId>,
    added: u64,
    known: u64,
    amended: u64,
    conflicts: u64,
    erased: u64,
    erased_on: BTreeSet<Day>,
    examples: Vec<String>,
    /// The fields of the book's generation as the import began.
    catalogue: &'a Catalogue,
    undeclared: BTreeSet<String>,
    total: Option<u64>,
    step: &'a str,
    rejected_header: bool,
    events: &'a mut dyn FnMut(Event),
}

impl Recorder<'_> {
    /// Counts a fact that is known with other content, and names it in the file of rejected rows.
    fn conflict(&mut self, fact: &NewFact) -> Result<(), SinkError> {
        self.conflicts += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(fact.key.to_string());
        }
        let reason = "known with other content".to_owned();
        let detail = format!("{reason}: {} `{}`; --amend replaces what is there", fact.body.kind(), fact.key);
        self.rejected(&RejectedRow { line: 0, reason, detail, row: String::new(), customer: Some(fact.record.clone()) })
    }

    /// Notes which fields nobody has declared: they are kept, but no list and no rule knows them.
    fn note_undeclared(&mut self, facts: &[NewFact]) {
        for fact in facts {
            let custom = match &fact.body {
                FactBody::Profile(change) => &change.custom[..],
                FactBody::Measure(measure) => {
                    self.undeclared(&format!("measure.{}", measure.name));
                    continue;
                }
                _ => continue,
            };
            custom.iter().for_each(|(name, _)| self.undeclared(&format!("custom.{name}")));
        }
    }

    fn undeclared(&mut self, field: &str) {
        if self.catalogue.get(field).is_none() && !self.undeclared.contains(field) {
            self.undeclared.insert(field.to_owned());
        }
    }

    fn erased(&mut self, on: Moment) {
        self.erased += 1;
        if self.erased_on.len() < EXAMPLES {
            self.erased_on.insert(self.engine.conventions().zone.day_of(on));
        }
    }

    /// Tells what would become of facts.
    fn weigh(&mut self, facts: &[NewFact]) -> Result<(), SinkError> {
        let keys: Vec<(FactKind, ExternalRef)> =
            facts.iter().map(|fact| (fact.body.kind(), fact.key.clone())).collect();
        let known = self.engine.known(&keys)?;
        let records: Vec<ExternalRef> = facts.iter().map(|fact| fact.record.clone()).collect();
        let erased = self.engine.store().erased_on(self.recording.kind, &records)?;
        for ((fact, known), erased) in facts.iter().zip(known).zip(erased) {
            if let Some(on) = erased {
                self.erased(on);
                continue;
            }
            match known.filter(|known| known.holds).map(|known| known.fact) {
                None => self.added += 1,
                Some(known) if known.content == fact.content() => self.known += 1,
                Some(_) if self.recording.amend => self.amended += 1,
                Some(_) => self.conflict(fact)?,
            }
        }
        Ok(())
    }
}

impl Sink for Recorder<'_> {
    fn facts(&mut self, facts: Vec<NewFact>) -> Result<(), SinkError> {
        self.note_undeclared(&facts);
        if self.dry_run {
            return self.weigh(&facts);
        }
        let appended = self.engine.append(&facts, self.recording)?;
        for (fact, appended) in facts.iter().zip(appended) {
            match appended {
                Appended::Recorded(record) | Appended::Amended(record) => {
                    match appended {
                        Appended::Recorded(_) => self.added += 1,
                        _ => self.amended += 1,
                    }
                    if record >= self.first_new {
                        self.new_customers.insert(record);
                    }
                }
                Appended::Duplicate(_) => self.known += 1,
                Appended::Conflict(_) => self.conflict(fact)?,
                Appended::Erased { on } => self.erased(on),
            }
        }
        Ok(())
    }

    fn rejected(&mut self, row: &RejectedRow) -> Result<(), SinkError> {
        let mut bytes = Vec::new();
        let mut file = if std::mem::replace(&mut self.rejected_header, true) {
            RejectedFile::continued(&mut bytes)
        } else {
            if let Some(path) = self.rejects {
                // Noted before there is anything in it: an erasure looks there.
                self.host.note_file(FileKind::Rejected, path, self.recording.import.map(|import| import.0))?;
            }
            RejectedFile::new(&mut bytes)?
        };
        let of = row.customer.as_slice();
        match self.engine.store().erased_on(self.recording.kind, of)?.first().copied().flatten() {
            None => file.write(row)?,
            // What was erased is not written down again.
            Some(on) => {
                let day = self.engine.conventions().zone.day_of(on);
                let detail = format!("the customer was erased on {day}; the row is left out");
                file.write(&RejectedRow { detail, row: String::new(), customer: None, ..row.clone() })?;
            }
        }
        file.finish()?;
        (self.events)(Event::Chunk(String::from_utf8(bytes)?));
        Ok(())
    }

    fn progress(&mut self, progress: Reading) {
        (self.events)(Event::Progress(Progress {
            step: self.step.to_owned(),
            done: progress.bytes,
            total: self.total,
            unit: ProgressUnit::Bytes,
        }));
    }
}

impl Host {
    /// Takes the facts of a file in and grades the book once, at the end.
    pub(super) fn import(
        &self,
        intake: &Intake<'_>,
        upload: Option<&mut dyn Read>,
        texts: &Texts,
        events: &mut dyn FnMut(Event),
    ) -> Result<Answer, ApiError> {
        let began = Instant::now();
        let importing = self.importing.read().unwrap_or_else(PoisonError::into_inner);
        let upload = upload.ok_or_else(|| ApiError::invalid("an import needs a file"))?;
        let mapping = self.mapping(intake)?;
        let started = self.now();
        let context = self.import_context(started, texts);
        let import = (!intake.dry_run).then(|| self.engine.store().allocate_import());
        let mut recorder = Recorder {
            host: self,
            rejects: intake.rejects,
            engine: &self.engine,
            recording: Recording { recorded: started, import, amend: intake.amend, kind: RecordKind::Customer },
            dry_run: intake.dry_run,
            first_new: self.engine.store().allocate_records(0, 0),
            new_customers: HashSet::new(),
            added: 0,
            known: 0,
            amended: 0,
            conflicts: 0,
            erased: 0,
            erased_on: BTreeSet::new(),
            examples: Vec::new(),
            catalogue: &texts.snapshot.generation.ruleset.catalogue,
            undeclared: BTreeSet::new(),
            total: intake.bytes,
            step: texts.pick("reading", "读取中"),
            rejected_header: false,
            events,
        };
        // Nothing waits for the end of a trial.
        let under_way = import.map(|import| self.imports.begin(Some(import)));
        self.ledger(intake, kind_of(mapping.kind()), import, started, None, None)?;
        let read = tierhook_import::import(upload, &mapping, &context, &mut recorder)
            .map_err(|error| stopped(intake.file, error))?;
        let Recorder {
            new_customers, added, known, amended, conflicts, erased, erased_on, examples, undeclared, ..
        } = recorder;
        self.ledger(intake, kind_of(mapping.kind()), import, started, Some(&read), Some((known, conflicts)))?;
        drop(importing);
        let is_news = added + amended > 0 && import.is_some();
        let regrade = match import {
            _ if !intake.is_graded => None,
            Some(_) if is_news => self.bring_up_to_date(Some(MoveCause::Import), texts, events)?,
            // One before this may have been cut off.
            Some(import) if !self.pass_over(import)? => {
                drop(under_way);
                self.bring_up_to_date(None, texts, events)?
            }
            _ => None,
        };
        Ok(Answer::Import(ImportReport {
            import,
            file: intake.file.to_owned(),
            rows_are: kind_of(mapping.kind()),
            dry_run: intake.dry_run,
            rows: read.rows,
            taken: read
                .taken
                .iter()
                .map(|(kind, count)| Counted { what: taken_as(*kind, texts), count: *count })
                .collect(),
            rejected: read.rejected.iter().map(|(why, count)| Counted { what: why.clone(), count: *count }).collect(),
            added,
            known: known + read.repeated,
            amended,
            conflicts,
            conflict_examples: examples,
            erased,
            erased_on: erased_on.iter().map(ToString::to_string).collect(),
            new_customers: new_customers.len() as u64,
            warnings: [unread(&read, texts), undeclared_fields(&undeclared, texts), self.stale(&read, texts)].concat(),
            regrade,
            duration_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        }))
    }

    /// What whoever reads facts has to know about the book.
    pub(super) fn import_context(&self, now: Moment, texts: &Texts) -> ImportContext {
        let conventions = self.engine.conventions();
        // What a list says about customers without a date of its own holds from the book's day on.
        let since = self.engine.moment_within(texts.day(), now);
        ImportContext::new(conventions.zone.clone(), conventions.currency, since).with_rates(&self.settings.rates)
    }

    fn mapping(&self, intake: &Intake<'_>) -> Result<Mapping, ApiError> {
        let Some(file) = intake.mapping else {
            return Err(ApiError::invalid("an import needs a mapping that says what each column is")
                .with_hint("`tierhook import FILE --guess` writes one; `tierhook import --help` shows what is in it"));
        };
        let mapping = Mapping::parse(&file.text, &file.name).map_err(|error| ApiError::invalid(error.to_string()))?;
        match intake.kind.filter(|kind| *kind != kind_of(mapping.kind())) {
            None => Ok(mapping),
            Some(asked) => Err(ApiError::invalid(format!(
                "{} is a mapping of {}, not of {}",
                file.name,
                mapping.kind(),
                asked.name()
            ))
            .with_hint("leave --as out, or name another mapping")),
        }
    }

    /// Notes an import in the book's list of imports.
    fn ledger(
        &self,
        intake: &Intake<'_>,
        kind: ImportKind,
        import: Option<ImportId>,
        started: Moment,
        read: Option<&ReadReport>,
        outcome: Option<(u64, u64)>,
    ) -> Result<(), ApiError> {
        let Some(id) = import else { return Ok(()) };
        let (duplicates, conflicts) = outcome.unwrap_or_default();
        let entry = ImportEntry {
            id,
            file: intake.file.to_owned(),
            kind: kind.name().to_owned(),
            started,
            finished: read.map(|_| self.now()),
            rows: read.map_or(0, |read| read.rows),
            taken: read.map_or(0, |read| read.taken.values().sum()),
            rejected: read.map_or(0, ReadReport::rejected),
            duplicates,
            conflicts,
            reverted: None,
        };
        self.engine.store().write(WriteBatch { imports: vec![entry], ..WriteBatch::default() }).map(drop).map_err(api)
    }

    /// Warns if the newest fact is so old that everybody would look silent.
    fn stale(&self, read: &ReadReport, texts: &Texts) -> Vec<String> {
        let snapshot = self.engine.snapshot();
        let day = snapshot.clock.day;
        let Some(last) = read.last_day.filter(|last| day.since(*last) > STALE_DAYS) else { return Vec::new() };
        if snapshot.last_fact.is_some_and(|newest| newest > last) || snapshot.clock.mode == ClockMode::LastFact {
            return Vec::new();
        }
        let behind = day.since(last);
        vec![match texts.language {
            Language::En => format!(
                "the newest fact is of {last}, {behind} days before the book's day {day}: everybody looks silent; \
                 `tierhook clock follow last-fact` makes it that day"
            ),
            Language::Zh => format!(
                "最新数据为 {last}，比账本日期 {day} 早 {behind} 天，所有客户都会显得沉默；可用 `tierhook clock follow last-fact` 把账本日期设为该日"
            ),
        }]
    }
}

/// Why an import ended early: something about the file, or about the book that it goes into.
fn stopped(file: &str, error: ImportError) -> ApiError {
    let message = format!("{file}: {error}");
    match error {
        ImportError::Sink { source, .. } => match source.downcast::<EngineError>() {
            Ok(refused) => ApiError { message, ..api(*refused) }.with_hint(
                "what was taken in before stays; mend that, then run the same import again: it adds what is missing",
            ),
            Err(_) => ApiError::failed(message),
        },
        _ => ApiError::invalid(message),
    }
}

/// What rows are, as the commands call it.
pub(super) fn kind_of(kind: tierhook_import::ImportKind) -> ImportKind {
    use tierhook_import::ImportKind as Read;
    match kind {
        Read::Orders => ImportKind::Orders,
        Read::Customers => ImportKind::Customers,
        Read::Interactions => ImportKind::Interactions,
        Read::Feedback => ImportKind::Feedback,
        Read::Measures => ImportKind::Measures,
        Read::Contacts => ImportKind::Contacts,
    }
}

/// What orders were taken without, as it could not be read.
fn unread(read: &ReadReport, texts: &Texts) -> Vec<String> {
    let told = read.unread.values().map(|Unread { rows, line, detail }| {
        let what = texts.pick("taken without what cannot be read", "以下内容无法读取，未导入（订单已导入）");
        let (rows_are, line_is) = (texts.pick("rows", "行数"), texts.pick("the first on line", "首见行号"));
        format!("{what}: {rows_are} {rows}, {line_is} {line}: {detail}")
    });
    told.collect()
}

/// Which fields are kept, though nobody has declared them.
fn undeclared_fields(fields: &BTreeSet<String>, texts: &Texts) -> Vec<String> {
    if fields.is_empty() {
        return Vec::new();
    }
    let names = fields.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    vec![match texts.language {
        Language::En => {
            format!("kept, but no list and no rule knows it until scripts/fields.toml declares it: {names}")
        }
        Language::Zh => format!("已保存，但须先在 scripts/fields.toml 中声明，列表和规则才能使用：{names}"),
    }]
}

/// What rows were taken as, in words.
fn taken_as(kind: FactKind, texts: &Texts) -> String {
    match kind {
        FactKind::Order => texts.pick("order lines", "订单行").to_owned(),
        FactKind::Cancellation => texts.pick("cancellation lines", "取消行").to_owned(),
        FactKind::Refund => texts.pick("refund lines", "退款行").to_owned(),
        FactKind::Profile => texts.pick("customers", "客户").to_owned(),
        FactKind::Interaction => texts.pick("interactions", "互动").to_owned(),
        FactKind::Feedback => texts.pick("feedback", "反馈").to_owned(),
        FactKind::Measure => texts.pick("measures", "指标").to_owned(),
        FactKind::Contact => texts.pick("contacts", "联系人").to_owned(),
        other => other.to_string(),
    }
}
