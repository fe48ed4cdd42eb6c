//! How good the book is: what is missing, contradicts itself, is old or cannot be.

mod duplicate;
mod odd;
mod reference;

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use tierhook_features::retracted;
use tierhook_hooks::Hook;
use tierhook_model::{Day, Fact, Field, FieldSource, FieldType, Record};
use tierhook_store::ImportEntry;

use self::duplicate::Duplicates;
use self::odd::Odd;
use self::reference::dangling;
use super::Host;
use super::failure::api;
use super::profile::SOURCE;
use super::text::Texts;
use super::trail::FileKind;
use crate::api::{
    Answer, ApiError, Event, FieldHead, FieldShare, ImportFlaw, Progress, ProgressUnit, QualityReport, SourceRow,
};

/// From how many days without anything new on a source has run dry.
const STALE_DAYS: i32 = 30;
/// How many groups of duplicates, and how many imports, are listed.
const LISTED: usize = 20;
/// How many records are done between two words on progress.
const STEP: u64 = 1024;

/// What is counted of a source.
#[derive(Debug, Default)]
struct Source {
    customers: u64,
    events: u64,
    newest: Option<Day>,
}

impl Host {
    /// Tells how good the book is. It reads all facts.
    pub(super) fn quality(&self, texts: &Texts, events: &mut dyn FnMut(Event)) -> Result<Answer, ApiError> {
        let catalogue = &texts.snapshot.generation.ruleset.catalogue;
        let fields: Vec<&Field> = catalogue
            .iter()
            .filter(|field| matches!(field.source, FieldSource::Profile(_) | FieldSource::Custom(_)))
            .collect();
        let system_day = self.engine.conventions().zone.day_of(self.now());
        let today = texts.day().max(system_day);
        let mut customers = 0;
        let mut sources: BTreeMap<String, Source> = BTreeMap::new();
        let mut known: HashMap<(usize, String), u64> = HashMap::new();
        let mut duplicates = Duplicates::default();
        let mut odd = Odd::new(today, texts);
        let mut failed = None;
        let step = texts.pick("looking through the book", "检查账本");
        self.engine
            .for_each_record(|record| {
                customers += 1;
                sources.entry(record.external.source.clone()).or_default().customers += 1;
                for (at, _) in fields.iter().enumerate().filter(|(_, field)| is_known(field, &record)) {
                    *known.entry((at, record.external.source.clone())).or_default() += 1;
                }
                duplicates.observe(&record);
                odd.observe(&record);
                match self.engine.facts_of(&record) {
                    Err(error) => failed = failed.take().or(Some(error)),
                    Ok(facts) => {
                        let gone = retracted(&facts);
                        let holds = |fact: &&Fact| fact.body.is_event() && !gone.contains(&fact.seq);
                        for fact in facts.iter().filter(holds) {
                            if !sources.contains_key(&fact.key.source) {
                                sources.insert(fact.key.source.clone(), Source::default());
                            }
                            if let Some(source) = sources.get_mut(&fact.key.source) {
                                source.events += 1;
                                source.newest = source.newest.max(Some(fact.day));
                            }
                        }
                        match dangling(&record, &facts, &gone, self.engine.store()) {
                            Err(error) => failed = failed.take().or(Some(error.into())),
                            Ok(found) => found.iter().for_each(|it| odd.refers_nowhere(&record, it)),
                        }
                    }
                }
                if customers % STEP == 0 {
                    events(Event::Progress(Progress {
                        step: step.to_owned(),
                        done: customers,
                        total: None,
                        unit: ProgressUnit::Records,
                    }));
                }
            })
            .map_err(api)?;
        if let Some(error) = failed {
            return Err(api(error));
        }
        let mut sources: Vec<SourceRow> =
            sources.into_iter().map(|(name, source)| source_row(name, &source, texts)).collect();
        sources.sort_by_key(|row| (Reverse(row.customers), Reverse(row.events)));
        let mut shares: Vec<FieldShare> = fields
            .iter()
            .enumerate()
            .map(|(at, field)| {
                let of = |source: &SourceRow| known.get(&(at, source.source.clone())).copied().unwrap_or_default();
                let by_source: Vec<u64> = sources.iter().map(of).collect();
                FieldShare {
                    field: FieldHead { name: field.name.clone(), number: is_number(field.ty) },
                    known: by_source.iter().sum(),
                    by_source,
                    rules: rules_that_read(&field.name, texts),
                }
            })
            .filter(|share| share.known > 0 || share.rules > 0)
            .collect();
        shares.sort_by_key(|share| (share.rules == 0, share.known));
        let (duplicates_total, duplicates) = duplicates.rows(LISTED);
        Ok(Answer::Quality(Box::new(QualityReport {
            customers,
            sources,
            fields: shares,
            duplicates,
            duplicates_total,
            imports: self.import_flaws(texts)?,
            odd: odd.rows(),
        })))
    }

    fn import_flaws(&self, texts: &Texts) -> Result<Vec<ImportFlaw>, ApiError> {
        let files = self.written_files()?;
        let imports = self.engine.store().imports().map_err(api)?;
        let is_open = |entry: &&ImportEntry| entry.reverted.is_none() && !imports.iter().any(|it| is_mended(entry, it));
        let flawed = imports.iter().rev().filter(is_open).cloned().filter_map(|entry| {
            let is_unfinished = entry.finished.is_none();
            let rejects = files
                .iter()
                .find(|file| file.kind == FileKind::Rejected && file.import == Some(entry.id.0))
                .map(|file| file.path.clone());
            let remedy = match (is_unfinished, entry.rejected > 0, rejects) {
                (true, ..) => texts
                    .pick("import the file again: it goes on where it stopped", "请重新导入该文件，会接着完成")
                    .to_owned(),
                (false, true, Some(path)) => {
                    format!(
                        "{} {path}",
                        texts.pick(
                            "correct the rows in the list and import it again; which they are says",
                            "请在原文件中更正后重新导入；被拒绝的行及原因见"
                        )
                    )
                }
                (false, true, None) => texts
                    .pick("import the file again: it writes the rejected rows out", "请重新导入该文件以输出被拒绝的行")
                    .to_owned(),
                (false, false, _) => "tierhook import FILE --map MAPPING --amend".to_owned(),
            };
            (is_unfinished || entry.rejected > 0 || entry.conflicts > 0).then_some(ImportFlaw {
                import: entry.id,
                file: entry.file,
                rejected: entry.rejected,
                conflicts: entry.conflicts,
                is_unfinished,
                remedy,
            })
        });
        Ok(flawed.take(LISTED).collect())
    }
}

/// Whether a list came again later, as it does once its rows are corrected: a list of that name that is no shorter, of
/// which the book had something already.
fn is_mended(entry: &ImportEntry, later: &ImportEntry) -> bool {
    later.id > entry.id
        && later.finished.is_some()
        && later.reverted.is_none()
        && (&later.file, &later.kind) == (&entry.file, &entry.kind)
        && later.rows >= entry.rows
        && (later.duplicates > 0 || entry.taken == 0)
}

fn is_known(field: &Field, record: &Record) -> bool {
    match &field.source {
        FieldSource::Profile(key) => record.profile.get(*key).is_some(),
        FieldSource::Custom(name) => record.profile.custom(name).is_some(),
        _ => false,
    }
}

fn is_number(ty: FieldType) -> bool {
    matches!(ty, FieldType::Integer | FieldType::Decimal | FieldType::Money)
}

fn rules_that_read(field: &str, texts: &Texts) -> u32 {
    let rules = texts.snapshot.generation.ruleset.hooks.rules();
    let reads = |rule: &&std::sync::Arc<dyn tierhook_hooks::Rule>| {
        Hook::ALL.iter().any(|hook| rule.meta().reads(*hook).iter().any(|read| read == field))
    };
    u32::try_from(rules.iter().filter(reads).count()).unwrap_or(u32::MAX)
}

fn source_row(name: String, source: &Source, texts: &Texts) -> SourceRow {
    let days = source.newest.map(|newest| texts.day().since(newest));
    // What people enter comes when there is something to enter.
    let is_stale = name != SOURCE && days.is_some_and(|days| days > STALE_DAYS);
    let remedy = texts.pick(
        "import a newer list of it, or `tierhook clock follow last-fact` if the book is of the past",
        "请导入更新的数据；若账本为历史数据可用 `tierhook clock follow last-fact`",
    );
    SourceRow {
        source: name,
        customers: source.customers,
        events: source.events,
        newest: source.newest,
        days,
        is_stale,
        remedy: if is_stale { remedy.to_owned() } else { String::new() },
    }
}
