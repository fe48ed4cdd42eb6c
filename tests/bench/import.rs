//! An import of Online Retail, against reading the file, calling the mapping's expressions, and writing the same bytes.
//!
//! The data is not part of the repository: see `tests/real_data.rs`.

use std::env;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::Criterion;
use flate2::read::MultiGzDecoder;
use rhai::{Dynamic, Engine, Scope};
use rust_decimal::Decimal;
use tempfile::TempDir;
use tierhook_model::Language;
use tierhook_server::api::{Answer, Command, MappingFile, Request, Service};
use tierhook_server::{Host, HostOptions, Settings};

use crate::book::{NOW, root};
use crate::floor::Floors;

/// The expressions of the mapping: those that a row is rejected by, then those of the rows that are taken.
const EXPRESSIONS: [&str; 5] = [
    r#"CustomerID == """#,
    "UnitPrice == 0",
    r#"InvoiceNo.starts_with("C")"#,
    "StockCode.to_upper()",
    r#"switch StockCode {
        "POST" | "DOT" | "C2" | "M" | "m" | "D" | "S" | "B" | "BANK CHARGES" | "AMAZONFEE" | "CRUK" => false,
        _ => true
    }"#,
];

pub(crate) fn bench(criterion: &mut Criterion, floors: &mut Floors) {
    if !Floors::wants("import of Online Retail") {
        return;
    }
    let folder = env::var_os("TIERHOOK_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    let Ok(file) = fs::read(folder.join("online_retail/online_retail_2010_2011.csv.gz")) else {
        println!("left out: the import of Online Retail; set TIERHOOK_DATA to the folder with the data sets");
        return;
    };
    let (bytes, peak) = {
        forget_peak();
        let book = tempfile::tempdir().expect("there is room for a book");
        import(&file, &book);
        (written(&book.path().join("data/book")), peak_mb())
    };
    let ours = || {
        let book = tempfile::tempdir().expect("there is room for a book");
        import(&file, &book)
    };
    let wanted = (1.0 / 3.0, 541_909, "a row");
    floors.pair(criterion, "import of Online Retail", wanted, ours, || read(&file) + write(&bytes));
    let (read, write) = (read(&file), write(&bytes));
    floors.note(format!("of the floor, {read:.1?} are reading and the mapping's expressions, {write:.1?} are writing"));
    if let Some(peak) = peak {
        let verdict = if peak < 600 { "met" } else { "NOT MET" };
        floors.note(format!("memory up to {peak} MB, less than 600 MB wanted: {verdict}"));
    }
}

/// Imports the file into a book without rules.
fn import(file: &[u8], folder: &TempDir) -> Duration {
    let mapping = root().join("tests/cases/mappings/online_retail.toml");
    let text = fs::read_to_string(mapping).expect("the mapping is in the repository");
    fs::create_dir(folder.path().join("scripts")).expect("a folder can be made");
    let settings = Settings { currency: "GBP".parse().expect("it is a currency"), ..Settings::default() };
    let host = Host::open(HostOptions {
        workspace: folder.path().to_owned(),
        data: folder.path().join("data"),
        settings,
        now: Arc::new(|| NOW),
    })
    .expect("a book can be begun");
    let command = Command::Import {
        file: "orders".to_owned(),
        bytes: Some(file.len() as u64),
        kind: None,
        mapping: Some(MappingFile { name: "online_retail.toml".to_owned(), text }),
        dry_run: false,
        amend: false,
        rejects: None,
    };
    let request = Request { language: Language::En, who: "bench".into(), command };
    let upload = Box::new(std::io::Cursor::new(file.to_vec()));
    let began = Instant::now();
    let reply = host.run(request, Some(upload), &mut |event| drop(black_box(event))).expect("it can be imported");
    let took = began.elapsed();
    let Answer::Import(report) = reply.answer else { panic!("an import answers with a report") };
    assert_eq!((report.rows, report.added), (541_909, 22_186));
    took
}

/// Reads and parses the file and evaluates the mapping's expressions on each row.
fn read(file: &[u8]) -> Duration {
    let engine = Engine::new();
    let compile = |text: &str| engine.compile_expression(text).expect("it is an expression");
    let expressions = EXPRESSIONS.map(compile);
    let began = Instant::now();
    let mut reader = csv::Reader::from_reader(MultiGzDecoder::new(file));
    let header = reader.headers().expect("the file has a header").clone();
    let at = |name: &str| header.iter().position(|column| column == name).expect("the column is there");
    let (invoice, stock, price, customer) = (at("InvoiceNo"), at("StockCode"), at("UnitPrice"), at("CustomerID"));
    let mut row = csv::StringRecord::new();
    let mut scope = Scope::new();
    let mut taken = 0;
    while reader.read_record(&mut row).expect("the file can be read") {
        scope.clear();
        for (name, at) in [("InvoiceNo", invoice), ("StockCode", stock), ("CustomerID", customer)] {
            scope.push(name, rhai::ImmutableString::from(&row[at]));
        }
        scope.push("UnitPrice", row[price].parse::<Decimal>().expect("a price is a number"));
        let mut evaluate = |at: usize| -> Dynamic {
            engine.eval_ast_with_scope(&mut scope, &expressions[at]).expect("the expression can be evaluated")
        };
        if (0..2).any(|at| evaluate(at).as_bool().expect("it is a condition")) {
            continue;
        }
        taken += 1;
        for at in 2..expressions.len() {
            drop(black_box(evaluate(at)));
        }
    }
    assert!(taken > 390_000, "{taken}");
    began.elapsed()
}

/// All that is in a book.
fn written(book: &Path) -> Vec<(sled::IVec, sled::IVec)> {
    let db = sled::Config::new().path(book).flush_every_ms(None).open().expect("the book can be opened");
    // What lies in the pages' memory would be counted as ours.
    db.iter()
        .map(|item| item.map(|(key, value)| (key.to_vec().into(), value.to_vec().into())))
        .collect::<Result<_, _>>()
        .expect("the book can be read")
}

/// Writes it to a bare database.
fn write(bytes: &[(sled::IVec, sled::IVec)]) -> Duration {
    let folder = tempfile::tempdir().expect("there is room for a database");
    let config = sled::Config::new().path(folder.path()).cache_capacity(64 << 20).flush_every_ms(None);
    let db = config.open().expect("a database can be made");
    let began = Instant::now();
    for some in bytes.chunks(2_048) {
        let mut batch = sled::Batch::default();
        for (key, value) in some {
            batch.insert(key, value);
        }
        db.apply_batch(batch).expect("a batch can be applied");
        db.flush().expect("the database can be flushed");
    }
    let file = fs::File::open(folder.path().join("db")).expect("the database is a file");
    file.sync_data().expect("the file can be synced");
    began.elapsed()
}

/// Begins to count the most memory anew, where the system can do that.
fn forget_peak() {
    // Elsewhere the peak is that of the whole run.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// The most memory that the process has had, in MB, where the system tells.
fn peak_mb() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}
