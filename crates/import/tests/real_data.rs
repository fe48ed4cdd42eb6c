//! Imports of the real data sets by the mappings under `tests/cases/mappings`, against published totals.
//!
//! The data is not part of the repository. It is looked for in the folder that `TIERHOOK_DATA` names, else in
//! `../shared/data` beside the workspace. Where it is not there the tests say so and pass, unless
//! `TIERHOOK_REQUIRE_DATA` is set.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use tierhook_import::{
    Guess, ImportContext, ImportKind, Mapping, Progress, ReadReport, RejectedRow, Sink, SinkError, guess, import,
};
use tierhook_model::{BookZone, Day, FactBody, FactKind, Moment, NewFact, Order, ProfileKey, Value};

/// Keeps everything.
#[derive(Default)]
struct Kept {
    facts: Vec<NewFact>,
    rejected: Vec<RejectedRow>,
    progress: Vec<Progress>,
}

impl Sink for Kept {
    fn facts(&mut self, facts: Vec<NewFact>) -> Result<(), SinkError> {
        assert!(facts.len() <= 65_536);
        self.facts.extend(facts);
        Ok(())
    }

    fn rejected(&mut self, row: &RejectedRow) -> Result<(), SinkError> {
        self.rejected.push(row.clone());
        Ok(())
    }

    fn progress(&mut self, progress: Progress) {
        self.progress.push(progress);
    }
}

impl Kept {
    fn orders(&self) -> impl Iterator<Item = (&NewFact, &Order)> {
        self.facts.iter().filter_map(|fact| match &fact.body {
            FactBody::Order(order) => Some((fact, order)),
            _ => None,
        })
    }

    fn check_keys(&self) {
        let keys: HashSet<_> = self.facts.iter().map(|fact| (fact.body.kind(), &fact.key)).collect();
        assert_eq!(keys.len(), self.facts.len(), "no two facts have the same key");
    }
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns a file of the data sets, if they are there.
#[allow(clippy::print_stderr, reason = "a test that is skipped has to say so")]
fn data(file: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("TIERHOOK_DATA").map_or_else(|| workspace().join("../shared/data"), PathBuf::from);
    let path = folder.join(file);
    if path.exists() {
        return Some(path);
    }
    assert!(
        std::env::var_os("TIERHOOK_REQUIRE_DATA").is_none(),
        "{} is not there; set TIERHOOK_DATA to the folder with the data sets",
        path.display()
    );
    eprintln!("skipped: {} is not there; set TIERHOOK_DATA to the folder with the data sets", path.display());
    None
}

fn read(mapping: &str, currency: &str, file: &Path) -> (ReadReport, Kept) {
    let text = fs::read_to_string(workspace().join("tests/cases/mappings").join(mapping)).unwrap();
    let mapping = Mapping::parse(&text, mapping).unwrap();
    let context = ImportContext::new(BookZone::utc(), currency.parse().unwrap(), Moment(1_700_000_000));
    let mut kept = Kept::default();
    let report = import(File::open(file).unwrap(), &mapping, &context, &mut kept).unwrap();
    kept.check_keys();
    let taken: u64 = report.taken.values().sum();
    assert_eq!(report.rows, taken + report.rejected() + report.repeated, "every row is accounted for");
    assert_eq!(report.rejected(), kept.rejected.len() as u64);
    assert_eq!(report.facts.values().sum::<u64>(), kept.facts.len() as u64);
    assert_eq!(report.bytes, fs::metadata(file).unwrap().len());
    assert!(kept.progress.is_sorted_by_key(|progress| (progress.rows, progress.bytes)));
    (report, kept)
}

#[test]
fn online_retail_comes_to_the_published_totals_and_to_every_customers_reference() {
    let Some(file) = data("online_retail/online_retail_2010_2011.csv.gz") else { return };
    let (report, kept) = read("online_retail.toml", "GBP", &file);
    assert_eq!(report.rows, 541_909);
    assert_eq!(report.taken(FactKind::Order), 397_884);
    assert_eq!(report.taken(FactKind::Cancellation), 8_905);
    let rejected = BTreeMap::from([("no customer".to_owned(), 135_080), ("price is 0".to_owned(), 40)]);
    assert_eq!(report.rejected, rejected);
    assert_eq!(
        (report.first_day.unwrap().to_string(), report.last_day.unwrap().to_string()),
        ("2010-12-01".to_owned(), "2011-12-09".to_owned())
    );

    let first = &kept.rejected[0];
    assert_eq!(first.line, 624);
    assert!(first.row.starts_with("536414,22139,"), "{}", first.row);
    assert!(kept.facts.is_sorted_by_key(|fact| fact.occurred), "orders come in the order in which they happened");
    let lines: usize = kept.orders().map(|(_, order)| order.lines.len()).sum();
    assert_eq!(lines, 397_884);
    let gross: i64 = kept.orders().map(|(_, order)| order.amount.base).sum();
    assert_eq!(gross, 891_140_790);

    // 12,346's order of 74,215 tea-light holders and its cancellation quarter of an hour later.
    let (_, large) = kept.orders().find(|(fact, _)| fact.key.id == "541431").unwrap();
    assert_eq!((large.lines[0].quantity_milli, large.lines[0].amount_minor), (74_215_000, 7_718_360));
    let cancelled = kept.facts.iter().find(|fact| fact.key.id == "C541433").unwrap();
    assert!(matches!(&cancelled.body, FactBody::Cancellation(one) if one.amount.base == 7_718_360));

    let as_of: Day = "2011-12-09".parse().unwrap();
    let mut found: HashMap<&str, (i32, u32, i64)> = HashMap::new();
    for (fact, order) in kept.orders() {
        let (recency, orders, revenue) = found.entry(&fact.record.id).or_insert((i32::MAX, 0, 0));
        *recency = (*recency).min(as_of.since(fact.day));
        *orders += 1;
        *revenue += order.amount.base;
    }
    let mut reference = csv::Reader::from_path(file.with_file_name("reference_rfm_2010_2011.csv")).unwrap();
    let mut customers = 0;
    for row in reference.records() {
        let row = row.unwrap();
        let expected: (i32, u32, f64) = (row[1].parse().unwrap(), row[2].parse().unwrap(), row[3].parse().unwrap());
        let expected = (expected.0, expected.1, (expected.2 * 100.0).round() as i64);
        assert_eq!(found.get(&row[0]), Some(&expected), "customer {}", &row[0]);
        customers += 1;
    }
    assert_eq!((customers, found.len()), (4_338, 4_338));
}

#[test]
fn cdnow_keeps_equal_rows_apart_and_orders_of_nothing() {
    let Some(file) = data("cdnow/CDNOW_master.txt.gz") else { return };
    let (report, kept) = read("cdnow.toml", "USD", &file);
    assert_eq!((report.rows, report.rejected(), report.repeated), (69_659, 0, 0));
    assert_eq!(kept.facts.len(), 69_659);
    assert_eq!(kept.facts.iter().filter(|fact| !fact.key.id.ends_with(":1")).count(), 255);
    assert_eq!(kept.orders().filter(|(_, order)| order.amount.base == 0).count(), 80);
    assert_eq!(kept.orders().map(|(_, order)| order.amount.base).sum::<i64>(), 250_031_563);
    assert_eq!(kept.orders().map(|(_, order)| order.lines[0].quantity_milli).sum::<i64>(), 167_881_000);
    assert_eq!(kept.facts.iter().map(|fact| &fact.record.id).collect::<HashSet<_>>().len(), 23_570);

    let (_, again) = read("cdnow.toml", "USD", &file);
    assert!(kept.facts == again.facts, "the same file gives the same facts with the same keys");
}

#[test]
fn the_sample_of_cdnow_has_no_header() {
    let Some(file) = data("cdnow/CDNOW_sample.txt") else { return };
    let (report, kept) = read("cdnow_sample.toml", "USD", &file);
    assert_eq!((report.rows, report.rejected()), (6_919, 0));
    assert_eq!(kept.facts.iter().map(|fact| &fact.record.id).collect::<HashSet<_>>().len(), 2_357);
}

#[test]
fn accounts_become_customers_with_corrected_spelling() {
    let Some(file) = data("crm_sales_opportunities/accounts.csv") else { return };
    let (report, kept) = read("crm_accounts.toml", "USD", &file);
    assert_eq!((report.rows, report.taken(FactKind::Profile), report.rejected()), (85, 85, 0));
    let acme = kept.facts.iter().find(|fact| fact.record.id == "Acme Corporation").unwrap();
    let FactBody::Profile(change) = &acme.body else { panic!("not a profile change") };
    assert!(change.fields.contains(&(ProfileKey::Industry, Some(Value::Text("technology".into())))));
    assert!(change.fields.contains(&(ProfileKey::Employees, Some(Value::Integer(2822)))));
    assert!(change.custom.contains(&("revenue_musd".into(), Some(Value::Decimal(1100.04)))));
    assert!(!change.custom.iter().any(|(name, _)| name == "parent"), "an empty cell says nothing");
}

#[test]
fn won_deals_become_orders() {
    let Some(file) = data("crm_sales_opportunities/sales_pipeline.csv") else { return };
    let (report, kept) = read("crm_won_deals.toml", "USD", &file);
    assert_eq!((report.rows, report.taken(FactKind::Order)), (8_800, 4_238));
    assert_eq!(report.rejected, BTreeMap::from([("not won".to_owned(), 4_562)]));
    assert_eq!(kept.orders().map(|(_, order)| order.amount.base).sum::<i64>(), 1_000_553_400);
    let products: HashSet<&str> = kept.orders().map(|(_, order)| order.lines[0].product.as_str()).collect();
    assert_eq!(products.len(), 7);
    assert!(products.contains("GTX Pro") && !products.contains("GTXPro"));
}

/// Guesses a mapping from the first bytes of a file, and imports all of it.
fn guessed(file: &Path, sample: usize) -> (Guess, ReadReport, Kept) {
    let bytes = fs::read(file).unwrap();
    let guess = guess(&bytes[..bytes.len().min(sample)], file.to_str().unwrap(), None).unwrap();
    let mapping = Mapping::parse(&guess.mapping_toml, "guess.toml").unwrap();
    let context = ImportContext::new(BookZone::utc(), "USD".parse().unwrap(), Moment(1_700_000_000));
    let mut kept = Kept::default();
    let report = import(&bytes[..], &mapping, &context, &mut kept).unwrap();
    kept.check_keys();
    (guess, report, kept)
}

#[test]
fn what_is_guessed_from_the_head_of_online_retail_imports_all_of_it() {
    let Some(file) = data("online_retail/online_retail_2010_2011.csv.gz") else { return };
    let (guess, report, kept) = guessed(&file, 1 << 17);
    assert_eq!(guess.kind, ImportKind::Orders);
    assert!(guess.mapping_toml.contains("InvoiceNo.starts_with(\"C\")"), "{}", guess.mapping_toml);
    // The orders of nothing are in, which the mapping under `tests/cases` leaves out.
    assert_eq!((report.taken(FactKind::Order), report.taken(FactKind::Cancellation)), (397_924, 8_905));
    assert_eq!(report.rejected, BTreeMap::from([("no customer".to_owned(), 135_080)]));
    assert_eq!(kept.orders().map(|(_, order)| order.amount.base).sum::<i64>(), 891_140_790);
}

#[test]
fn what_is_guessed_from_the_heads_of_the_others_imports_them_too() {
    let Some(file) = data("cdnow/CDNOW_master.txt.gz") else { return };
    let (_, report, kept) = guessed(&file, 1 << 15);
    assert_eq!((report.rows, report.rejected()), (69_659, 0));
    assert_eq!(kept.orders().map(|(_, order)| order.amount.base).sum::<i64>(), 250_031_563);
    let Some(file) = data("cdnow/CDNOW_sample.txt") else { return };
    let (guess, report, kept) = guessed(&file, 1 << 15);
    assert_eq!((report.rows, report.rejected()), (6_919, 0));
    assert_eq!(kept.facts.iter().map(|fact| &fact.record.id).collect::<HashSet<_>>().len(), 2_357);
    assert!(guess.columns[0].confidence < 0.6, "without names little is sure");
    let Some(file) = data("crm_sales_opportunities/accounts.csv") else { return };
    let (guess, report, _) = guessed(&file, usize::MAX);
    assert_eq!((guess.kind, report.taken(FactKind::Profile)), (ImportKind::Customers, 85));
    let Some(file) = data("crm_sales_opportunities/sales_pipeline.csv") else { return };
    let (guess, report, kept) = guessed(&file, 1 << 16);
    assert_eq!((guess.kind, report.taken(FactKind::Order)), (ImportKind::Orders, 4_238));
    assert_eq!(kept.orders().map(|(_, order)| order.amount.base).sum::<i64>(), 1_000_553_400);
}
