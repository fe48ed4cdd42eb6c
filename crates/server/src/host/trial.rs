//! Trying a list out: all that the host can tell about it, in a book that goes away.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

use tierhook_model::{ClockMode, Currency, Day, Language, MoveCause, RecordId};

use super::failure::api;
use super::guess::guess;
use super::intake::{Intake, STALE_DAYS};
use super::suggest::number;
use super::text::Texts;
use super::{Host, HostOptions, Now};
use crate::Settings;
use crate::api::{
    Answer, ApiError, AtRiskRow, Backtest, ClassHead, ErrorCode, Event, GuessReport, ImportKind, ImportReport,
    MappingFile, SuggestReport, TrialExtent, TrialReport, WarningRow,
};

/// How many customers at risk are named.
const NAMED: usize = 10;
/// How many days are kept back for the backtest, where the list is long enough.
const BACKTEST_DAYS: i32 = 90;
/// The list is at least so many times as long as what is kept back.
const BACKTEST_TIMES: i32 = 4;
/// Fewer days than these tell nothing.
const FEWEST_BACKTEST_DAYS: i32 = 28;
/// On how many days a customer has ordered to be regular: the rule of silence knows a rhythm from there on.
const REGULAR_DAYS: u32 = 5;

/// A list to be tried out, and where.
pub struct Trial<'a> {
    /// A workspace with rules, which is written to: it goes away afterwards.
    pub workspace: PathBuf,
    /// Tells what time it is.
    pub now: Now,
    /// The language of texts.
    pub language: Language,
    /// The list's file name.
    pub file: &'a str,
    /// Its size in bytes, for progress.
    pub bytes: Option<u64>,
    /// How its rows become facts; `None` is a guess.
    pub mapping: Option<MappingFile>,
    /// Opens the list; it is read once for the guess and once more.
    pub open: &'a dyn Fn() -> io::Result<Box<dyn Read>>,
}

impl std::fmt::Debug for Trial<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trial").field("file", &self.file).field("mapping", &self.mapping).finish_non_exhaustive()
    }
}

/// Tries a list of orders out.
///
/// # Errors
/// `Invalid` if the list cannot be read or understood, or if no row of it can be taken; `Io` if it cannot be opened.
pub fn trial(trial: &Trial<'_>, events: &mut dyn FnMut(Event)) -> Result<TrialReport, ApiError> {
    let open = || {
        (trial.open)().map_err(|error| ApiError::new(ErrorCode::Io, format!("{} cannot be read: {error}", trial.file)))
    };
    let guessed = match &trial.mapping {
        Some(_) => None,
        None => Some(guess(trial.file, Some(ImportKind::Orders), Some(&mut *open()?), trial.language)?),
    };
    let mapping = match (&trial.mapping, &guessed) {
        (Some(mapping), _) => mapping.clone(),
        (None, Some(guessed)) => MappingFile { name: "the guess".to_owned(), text: guessed.mapping.clone() },
        (None, None) => return Err(ApiError::invalid("there is no mapping")),
    };
    let currency = currency_of(&mapping, guessed.as_ref());
    let settings = Settings {
        currency: currency.unwrap_or(Settings::default().currency),
        clock: ClockMode::LastFact,
        ..Settings::default()
    };
    let (workspace, data) = (trial.workspace.clone(), trial.workspace.join(".tierhook"));
    let host = Host::open(HostOptions { workspace, data, settings, now: trial.now.clone() })?;
    let intake = Intake {
        file: trial.file,
        bytes: trial.bytes,
        kind: Some(ImportKind::Orders),
        mapping: Some(&mapping),
        dry_run: false,
        amend: false,
        rejects: None,
        is_graded: false,
    };
    let imported = host.import(&intake, Some(&mut *open()?), &host.texts(trial.language), events)?;
    let Answer::Import(import) = imported else { return Err(ApiError::failed("the list was not imported")) };
    if import.added == 0 {
        return Err(nothing_taken(&import));
    }
    host.look(import, guessed, currency, trial.language, events)
}

impl Host {
    /// Says what there is to say about the list that was taken in.
    fn look(
        &self,
        import: ImportReport,
        guess: Option<GuessReport>,
        currency: Option<Currency>,
        language: Language,
        events: &mut dyn FnMut(Event),
    ) -> Result<TrialReport, ApiError> {
        // The clock showed the day of the newest fact of the first rows: what fits is measured as of the last ones.
        self.engine.tick(self.now()).map_err(api)?;
        self.engine.calibrate().map_err(api)?;
        let Answer::Suggest(suggestions) = self.suggest(None, true, &self.texts(language))? else {
            return Err(ApiError::failed("nothing was suggested"));
        };
        self.load_disk()?;
        let graded = self.bring_up_to_date(Some(MoveCause::Import), &self.texts(language), events)?;
        let graded = graded.ok_or_else(|| ApiError::failed("nothing was graded"))?;
        let texts = self.texts(language);
        let (extent, revenue) = self.extent(currency, &texts)?;
        let (warned, at_stake, at_risk) = self.at_risk(&revenue, &texts)?;
        let backtest = self.backtest(&extent)?;
        let suggestions = SuggestReport { written: false, ..suggestions };
        Ok(TrialReport { guess, import, extent, suggestions, graded, warned, at_stake, at_risk, backtest })
    }

    /// How much there is, and what each customer brought in the last 365 days.
    fn extent(
        &self,
        currency: Option<Currency>,
        texts: &Texts,
    ) -> Result<(TrialExtent, BTreeMap<RecordId, f64>), ApiError> {
        let day = texts.day();
        let mut extent = TrialExtent {
            customers: 0,
            orders: 0,
            net_revenue: 0.0,
            currency: currency.map(|currency| currency.to_string()),
            first: day,
            last: day,
            is_old: self.engine.conventions().zone.day_of(self.now()).since(day) > STALE_DAYS,
        };
        self.engine
            .for_each_record(|record| {
                extent.customers += 1;
                extent.orders += u64::from(record.aggregates.orders);
                extent.first = extent.first.min(record.aggregates.first_seen.unwrap_or(day));
            })
            .map_err(api)?;
        let catalogue = &texts.snapshot.generation.ruleset.catalogue;
        let fields: Vec<_> =
            ["net_revenue_total", "net_revenue_365d"].into_iter().filter_map(|name| catalogue.get(name)).collect();
        let mut revenue = BTreeMap::new();
        self.engine
            .fields_on(None, &fields, |row| {
                let mut values = row.values.iter().map(|value| value.as_ref().and_then(number).unwrap_or_default());
                extent.net_revenue += values.next().unwrap_or_default();
                revenue.insert(row.record, values.next().unwrap_or_default());
            })
            .map_err(api)?;
        Ok((extent, revenue))
    }

    /// How many customers are about to leave, what they brought, and those with the worst warnings.
    fn at_risk(
        &self,
        revenue: &BTreeMap<RecordId, f64>,
        texts: &Texts,
    ) -> Result<(u64, f64, Vec<AtRiskRow>), ApiError> {
        let first = texts.snapshot.generation.ruleset.dimensions.iter().next();
        let (mut warned, mut at_stake, mut rows) = (0, 0.0, Vec::new());
        self.engine
            .for_each_record(|record| {
                let open = record.standing.warnings.iter().filter(|it| it.state.is_open());
                let Some(worst) = open.max_by_key(|it| it.severity) else { return };
                let brought = revenue.get(&record.id).copied().unwrap_or_default();
                warned += 1;
                at_stake += brought;
                let warning: WarningRow = texts.warning(&record, worst);
                let class = first.and_then(|dimension| texts.class_cell(&record, &dimension.id));
                let class = class.map(|cell| ClassHead { id: cell.class, name: cell.name });
                rows.push(AtRiskRow { warning, class, net_revenue_365d: brought });
            })
            .map_err(api)?;
        rows.sort_by(|a: &AtRiskRow, b| {
            let worst = b.warning.severity.cmp(&a.warning.severity);
            worst.then(b.net_revenue_365d.total_cmp(&a.net_revenue_365d))
        });
        rows.truncate(NAMED);
        Ok((warned, at_stake, rows))
    }

    /// Warns as of an earlier day, and looks who bought again after it.
    fn backtest(&self, extent: &TrialExtent) -> Result<Option<Backtest>, ApiError> {
        let days = BACKTEST_DAYS.min(extent.last.since(extent.first) / BACKTEST_TIMES);
        if days < FEWEST_BACKTEST_DAYS {
            return Ok(None);
        }
        let as_of = extent.last.plus(-days);
        let mut bought = BTreeSet::new();
        self.engine
            .for_each_record(|record| {
                if record.aggregates.last_order.is_some_and(|last: Day| last > as_of) {
                    bought.insert(record.id);
                }
            })
            .map_err(api)?;
        let mut test = Backtest {
            as_of,
            days: days.unsigned_abs(),
            purchase_days: REGULAR_DAYS,
            warned: 0,
            warned_bought: 0,
            others: 0,
            others_bought: 0,
        };
        let ruleset: Arc<_> = self.engine.snapshot().generation.ruleset.clone();
        self.engine
            .foresee(&ruleset, Some(as_of), |record, foreseen| {
                if record.aggregates.purchase_day_count < REGULAR_DAYS {
                    return;
                }
                let came_back = u64::from(bought.contains(&record.id));
                if foreseen.warnings.is_empty() {
                    test.others += 1;
                    test.others_bought += came_back;
                } else {
                    test.warned += 1;
                    test.warned_bought += came_back;
                }
            })
            .map_err(api)?;
        Ok(Some(test))
    }
}

/// The currency of a list: the one that its mapping names, else the first that a column of currencies shows.
fn currency_of(mapping: &MappingFile, guess: Option<&GuessReport>) -> Option<Currency> {
    let table: toml::Table = mapping.text.parse().ok()?;
    match table.get("currency")? {
        toml::Value::Table(fixed) => fixed.get("text")?.as_str()?.parse().ok(),
        toml::Value::String(name) => {
            let column = guess?.columns.iter().find(|column| column.column == *name)?;
            column.examples.iter().find_map(|example| example.parse().ok())
        }
        _ => None,
    }
}

fn nothing_taken(import: &ImportReport) -> ApiError {
    let why: Vec<String> =
        import.rejected.iter().map(|counted| format!("{}: {}", counted.what, counted.count)).collect();
    let message = match import.rows {
        0 => format!("{} has no rows", import.file),
        rows => format!("{}: none of {rows} rows can be taken as an order ({})", import.file, why.join("; ")),
    };
    ApiError::invalid(message)
        .with_hint("describe the columns in a mapping and name it with --map; `tierhook import --help` shows one")
}
