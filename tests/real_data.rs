//! Real order lists through the whole host, against totals that others published or computed.
//!
//! The data is not part of the repository. It is looked for in the folder that `TIERHOOK_DATA` names, else in
//! `../shared/data` beside the workspace. Where it is not there the tests say so and pass, unless
//! `TIERHOOK_REQUIRE_DATA` is set.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::PathBuf;

use tierhook_model::{ClockMode, Day};
use tierhook_server::Host;
use tierhook_server::api::{Command, Counted, ExportFormat, ExportKind, ImportReport, MappingFile};

use crate::support::{Workspace, ask, ask_with, by_scripts, classes, root, take};

/// The tuning for this book that `scripts/README.md` gives.
const CDNOW_RULES: &str = "[rules.abc_grade.parameters]\nspend_full = 150.0\norders_full = 6\n\
                           [rules.value.parameters]\nhigh_from = 240.0\nmiddle_from = 100.0\n";

/// The tuning for this book that `scripts/README.md` gives.
const RETAIL_RULES: &str = "[rules.abc_grade.parameters]\nspend_full = 4000.0\norders_full = 12\n\
                            [rules.value.parameters]\nhigh_from = 3500.0\nmiddle_from = 650.0\n";

/// Returns the path of a file of the data sets, if it is there.
#[expect(clippy::print_stderr, reason = "a test that is left out has to say so")]
fn data(file: &str) -> Option<PathBuf> {
    let folder = env::var_os("TIERHOOK_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    let path = folder.join(file);
    if path.exists() {
        return Some(path);
    }
    let required = env::var_os("TIERHOOK_REQUIRE_DATA").is_some();
    assert!(!required, "{} is not there; set TIERHOOK_DATA to the folder with the data sets", path.display());
    eprintln!("left out: {} is not there; set TIERHOOK_DATA to the folder with the data sets", path.display());
    None
}

/// Imports a file by one of the mappings under `tests/cases/mappings`.
fn import(host: &Host, mapping: &str, file: &[u8], amend: bool) -> ImportReport {
    let path = root().join("tests/cases/mappings").join(mapping);
    let mapping = MappingFile { name: mapping.to_owned(), text: fs::read_to_string(path).unwrap() };
    let command = Command::Import {
        file: "orders".to_owned(),
        bytes: Some(file.len() as u64),
        kind: None,
        mapping: Some(mapping),
        dry_run: false,
        amend,
        rejects: None,
    };
    take!(ask_with(host, command, file).0, Import)
}

fn export(host: &Host, what: ExportKind, fields: &[&str], as_of: Option<Day>) -> String {
    let fields = fields.iter().map(|field| (*field).to_owned()).collect();
    let (answer, written) =
        ask_with(host, Command::Export { what, fields, as_of, format: ExportFormat::Csv, file: None }, &[]);
    assert_eq!(take!(answer, Export).rows, written.lines().count() as u64 - 1);
    written
}

/// Reads a table by the value of its first column, heading left out.
fn table(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>());
    rows.map(|row| (row[0].clone(), row[1..].to_vec())).collect()
}

/// Money in minor units of a currency with two digits.
fn minor(amount: &str) -> i64 {
    (amount.parse::<f64>().unwrap() * 100.0).round() as i64
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn counted(what: &str, count: u64) -> Counted {
    Counted { what: what.to_owned(), count }
}

#[test]
fn online_retail_is_counted_as_its_reference_says() {
    let Some(orders) = data("online_retail/online_retail_2010_2011.csv.gz") else { return };
    let Some(reference) = data("online_retail/reference_rfm_2010_2011.csv") else { return };
    let (orders, reference) = (fs::read(orders).unwrap(), table(&fs::read_to_string(reference).unwrap()));
    let mut workspace = Workspace::shipped("2026-03-02");
    workspace.settings.currency = "GBP".parse().unwrap();
    workspace.write("rules.toml", RETAIL_RULES);
    let host = workspace.open();
    let last_day = day("2011-12-09");

    // Every row is accounted for, and the import says at once that this is an old file.
    let report = import(&host, "online_retail.toml", &orders, false);
    assert_eq!(report.rows, 541_909);
    assert_eq!(report.taken, [counted("order lines", 397_884), counted("cancellation lines", 8_905)]);
    assert_eq!(sorted(report.rejected), [counted("no customer", 135_080), counted("price is 0", 40)]);
    // 18,532 orders and 3,654 cancellations.
    assert_eq!((report.added, report.known, report.conflicts), (22_186, 0, 0));
    assert_eq!(report.new_customers, 4_371);
    let [warning] = report.warnings.as_slice() else { panic!("expected one warning: {:?}", report.warnings) };
    assert!(warning.contains("2011-12-09") && warning.contains("`tierhook clock follow last-fact`"), "{warning}");
    let regrade = report.regrade.unwrap();
    assert_eq!((regrade.customers, regrade.changed, regrade.faults), (4_371, 4_371, Vec::new()));
    assert!(by_scripts(&regrade.dimensions).all(|matrix| matrix.initial() == 4_371 && matrix.moved() == 0));

    // The reference counts orders, days and gross money of those who ordered, cancellations left out.
    let fields = ["id", "recency_days", "orders_total", "revenue_total"];
    let exported = export(&host, ExportKind::Customers, &fields, Some(last_day));
    let mut ours = table(&exported);
    assert_eq!(ours.len(), 4_371);
    for (id, expected) in &reference {
        let found = ours.remove(id).unwrap_or_else(|| panic!("customer {id} is not there"));
        assert_eq!(found[..2], expected[..2], "customer {id}");
        assert_eq!(minor(&found[2]), minor(&expected[2]), "customer {id}: {} and {}", found[2], expected[2]);
    }
    assert_eq!(reference.len(), 4_338);
    // Left are those who only ever cancelled; their orders lie before the file begins.
    assert_eq!(ours.len(), 33);
    for (id, found) in &ours {
        assert_eq!(found, &["", "0", "0.00"], "customer {id}");
    }

    // The same file again is no news.
    let before = export(&host, ExportKind::Assignments, &[], None);
    let again = import(&host, "online_retail.toml", &orders, false);
    assert_eq!((again.added, again.amended, again.known, again.conflicts), (0, 0, 22_186, 0));
    assert_eq!((again.new_customers, again.regrade), (0, None));
    assert_eq!(export(&host, ExportKind::Assignments, &[], None), before);

    // On the day of the last fact the same table needs no --as-of.
    let clock = take!(ask(&host, Command::ClockFollow { mode: ClockMode::LastFact }), Clock);
    assert_eq!((clock.day, clock.mode), (last_day, ClockMode::LastFact));
    assert_eq!(clock.regrade.unwrap().faults, []);
    assert_eq!(export(&host, ExportKind::Customers, &fields, None), exported);
    assert_eq!(export(&host, ExportKind::Customers, &fields, Some(last_day)), exported);
    let grades = classes(&host, "grade");
    // An order of 168,469.60 that was called off after twelve minutes, and one of 77,183.60 after sixteen.
    assert_ne!(grades["16446"], "A");
    assert_ne!(grades["12346"], "A");
    let of = |class: &str| grades.values().filter(|found| *found == class).count();
    assert!(of("A") > 0 && of("B") > of("A") && of("C") > of("B"), "A {}, B {}, C {}", of("A"), of("B"), of("C"));

    suggestions_are_a_tenth_and_three_tenths(&host, 0.3);
    a_changed_row_is_a_conflict_until_it_amends(&host);
}

/// Of those who can be graded about 10 % are an A by the suggested values, and this part a B.
fn suggestions_are_a_tenth_and_three_tenths(host: &Host, b: f64) {
    let report = take!(ask(host, Command::RulesSuggest { by: None, write: true }), Suggest);
    assert!(report.written && report.rows.iter().all(|row| row.suggested.is_some()), "{:?}", report.rows);
    let grade = report.dimensions.iter().find(|it| it.dimension.id == "grade").unwrap();
    let share = |id: &str| {
        let class = grade.classes.iter().find(|class| class.class.id == id).unwrap();
        grade.shares(class).unwrap().1
    };
    let (found_a, found_b) = (share("A"), share("B"));
    assert!((found_a - 0.1).abs() < 0.015 && (found_b - b).abs() < 0.02, "A {found_a}, B {found_b}");
}

/// The order of 80,995 paper crafts, corrected to the one piece that was meant.
fn a_changed_row_is_a_conflict_until_it_amends(host: &Host) {
    let corrected = b"InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n\
        581483,23843,\"PAPER CRAFT , LITTLE BIRDIE\",1,2011-12-09 09:15:00,2.08,16446,United Kingdom\n";
    let fields = ["id", "orders_total", "revenue_total", "net_revenue_total", "largest_order"];
    let of_customer = || table(&export(host, ExportKind::Customers, &fields, None)).remove("16446").unwrap();
    // Two brushes on another day, and the cancellation of all 80,995.
    assert_eq!(of_customer(), ["2", "168472.50", "2.90", "168469.60"]);

    let refused = import(host, "online_retail.toml", corrected, false);
    assert_eq!((refused.added, refused.amended, refused.conflicts), (0, 0, 1));
    assert_eq!(refused.conflict_examples, ["online-retail:581483"]);
    assert_eq!(refused.regrade, None);
    assert_eq!(of_customer(), ["2", "168472.50", "2.90", "168469.60"]);

    let amended = import(host, "online_retail.toml", corrected, true);
    assert_eq!((amended.added, amended.amended, amended.conflicts), (0, 1, 0));
    assert_eq!(of_customer(), ["2", "4.98", "-168464.62", "2.90"]);
    // And once more it is what the book knows.
    let again = import(host, "online_retail.toml", corrected, true);
    assert_eq!((again.amended, again.known), (0, 1));
}

#[test]
fn cdnow_is_counted_as_its_reference_says() {
    let Some(orders) = data("cdnow/CDNOW_master.txt.gz") else { return };
    let Some(reference) = data("cdnow/reference_rfm.csv") else { return };
    let (orders, reference) = (fs::read(orders).unwrap(), table(&fs::read_to_string(reference).unwrap()));
    let mut workspace = Workspace::shipped("1998-06-30");
    workspace.settings.currency = "USD".parse().unwrap();
    workspace.write("rules.toml", CDNOW_RULES);
    let host = workspace.open();

    let report = import(&host, "cdnow.toml", &orders, false);
    assert_eq!((report.rows, report.added, report.known, report.conflicts), (69_659, 69_659, 0, 0));
    assert_eq!((report.new_customers, report.rejected_rows()), (23_570, 0));
    assert_eq!(report.warnings, [] as [&str; 0]);
    let regrade = report.regrade.unwrap();
    assert_eq!((regrade.customers, regrade.faults), (23_570, Vec::new()));
    assert!(by_scripts(&regrade.dimensions).all(|matrix| matrix.initial() == 23_570 && matrix.moved() == 0));

    // Orders have no id here. One that is like another in everything is still an order of its own, by its number
    // among those that are alike.
    let written = export(&host, ExportKind::Orders, &[], None);
    let rows: Vec<csv::StringRecord> =
        csv::Reader::from_reader(written.as_bytes()).records().map(Result::unwrap).collect();
    let alike = rows.iter().filter(|row| !row[3].ends_with(":1")).count();
    let free = rows.iter().filter(|row| minor(&row[5]) == 0).count();
    assert_eq!((rows.len(), alike, free), (69_659, 255, 80));

    // The reference stands on the day after the last one, counts days with an order rather than orders, and writes
    // ids without leading zeros.
    let fields = ["id", "recency_days", "purchase_days", "revenue_total"];
    let ours = table(&export(&host, ExportKind::Customers, &fields, Some(day("1998-06-30"))));
    assert_eq!((ours.len(), reference.len()), (23_570, 23_570));
    for (id, found) in &ours {
        let expected = &reference[id.trim_start_matches('0')];
        assert_eq!(found[0].parse::<i32>().unwrap() + 1, expected[0].parse::<i32>().unwrap(), "customer {id}");
        assert_eq!(found[1], expected[1], "customer {id}");
        assert_eq!(minor(&found[2]), minor(&expected[2]), "customer {id}");
    }

    let again = import(&host, "cdnow.toml", &orders, false);
    assert_eq!((again.added, again.known, again.new_customers, again.regrade), (0, 69_659, 0, None));
    // Only 35 in a hundred ordered within the year, and no B has no points.
    suggestions_are_a_tenth_and_three_tenths(&host, 0.255);
}

fn sorted(mut counts: Vec<Counted>) -> Vec<Counted> {
    counts.sort_by(|a, b| a.what.cmp(&b.what));
    counts
}
