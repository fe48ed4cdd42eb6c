//! Care for the book: a backup is the book, and the doctor finds what is wrong.

use std::fs;
use std::io::{self, Cursor, Read};
use std::sync::mpsc;
use std::thread;

use tierhook_model::Language;
use tierhook_server::api::{Command, ErrorCode, ExportFormat, ExportKind, MappingFile, Request, Service};
use tierhook_server::{Host, HostOptions, restore};

use crate::support::{Workspace, ask, ask_with, take, try_ask};

fn everything(host: &Host) -> Vec<String> {
    [ExportKind::Customers, ExportKind::Orders, ExportKind::Assignments, ExportKind::FollowUps, ExportKind::Warnings]
        .map(|what| {
            let (fields, as_of, format) = (Vec::new(), None, ExportFormat::Csv);
            ask_with(host, Command::Export { what, fields, as_of, format, file: None }, &[]).1
        })
        .to_vec()
}

#[test]
fn what_is_restored_is_what_was_backed_up() {
    let workspace = Workspace::shipped("2026-03-02");
    let host = workspace.open();
    take!(ask(&host, Command::Sample { customers: 120, seed: 1 }), Sample);
    let before = everything(&host);
    let file = workspace.path().join("book.backup");
    let name = file.display().to_string();
    let report = take!(ask(&host, Command::Backup { file: name.clone() }), Backup);
    assert!(report.keys > 120 && report.bytes == fs::metadata(&file).unwrap().len());
    assert_eq!(try_ask(&host, Command::Backup { file: name }).unwrap_err().code, ErrorCode::Conflict);

    let data = workspace.path().join("restored");
    let restored = restore(&file, &data, &data, &mut |_| {}).unwrap();
    assert_eq!((restored.keys, restored.position, restored.erased), (report.keys, report.position, 0));
    let again = Host::open(HostOptions {
        workspace: workspace.path().to_owned(),
        data: data.clone(),
        settings: workspace.settings.clone(),
        now: workspace.now(),
    })
    .unwrap();
    assert_eq!(everything(&again), before);
    let doctor = take!(ask(&again, Command::Doctor { repair: false }), Doctor);
    assert!(doctor.is_sound(), "{doctor:?}");

    // Where there is a book already, nothing is touched.
    let error = restore(&file, &data, &data, &mut |_| {}).unwrap_err();
    assert_eq!(error.code, ErrorCode::Conflict);
}

#[test]
fn a_backup_that_is_cut_short_is_refused_and_leaves_nothing() {
    let workspace = Workspace::shipped("2026-03-02");
    let host = workspace.open();
    take!(ask(&host, Command::Sample { customers: 20, seed: 1 }), Sample);
    let file = workspace.path().join("book.backup");
    take!(ask(&host, Command::Backup { file: file.display().to_string() }), Backup);
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let data = workspace.path().join("restored");
    assert_eq!(restore(&file, &data, &data, &mut |_| {}).unwrap_err().code, ErrorCode::Corrupt);
    assert!(!data.join("book").exists());
}

/// A file that comes to a halt before its end: it says so, waits to be told, and then breaks off or ends.
struct Halting {
    rows: Cursor<String>,
    halted: mpsc::Sender<()>,
    go_on: mpsc::Receiver<()>,
    breaks_off: bool,
}

impl Read for Halting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.rows.read(buffer) {
            Ok(0) => {
                let _ = self.halted.send(());
                let _ = self.go_on.recv();
                if self.breaks_off { Err(io::Error::other("the line is dead")) } else { Ok(0) }
            }
            other => other,
        }
    }
}

/// A file on a disk that breaks down in the middle of it.
struct Broken(Cursor<String>);

impl Read for Broken {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer) {
            Ok(0) => Err(io::Error::other("the disk is gone")),
            other => other,
        }
    }
}

fn orders(from: u32, count: u32, amount: u32) -> String {
    let row = |number: u32| format!("c{},2026-02-{:02},{}\n", number % 90, 1 + number % 28, amount + number);
    let rows: String = (from..from + count).map(row).collect();
    format!("customer,day,amount\n{rows}")
}

fn import() -> Command {
    let mapping = "kind = \"orders\"\nsource = \"shop\"\ncustomer = \"customer\"\nat = \"day\"\n\
                   amount = \"amount\"\n";
    Command::Import {
        file: "orders.csv".into(),
        bytes: None,
        kind: None,
        mapping: Some(MappingFile { name: "orders.toml".into(), text: mapping.into() }),
        dry_run: false,
        amend: false,
        rejects: None,
    }
}

/// Those whom an import had brought something were graded by what was in so far, whenever somebody looked, and all of
/// them once more at its end.
#[test]
fn whom_an_import_brings_something_is_graded_at_its_end() {
    for breaks_off in [false, true] {
        let workspace = Workspace::shipped("2026-03-02");
        let host = workspace.open();
        // By the rules it is graded already, as one that a host keeps up.
        take!(ask(&host, Command::Status), Status);
        // Large enough that some of it is taken in before it comes to a halt.
        let rows = orders(0, 70_000, 10);
        let ((halted, is_halted), (go_on, may_go_on)) = (mpsc::channel(), mpsc::channel());
        let file = Halting { rows: Cursor::new(rows), halted, go_on: may_go_on, breaks_off };
        let imported = thread::scope(|scope| {
            let importing = scope.spawn(|| {
                let request = Request { language: Language::En, who: "tester".into(), command: import() };
                host.run(request, Some(Box::new(file)), &mut |_| {})
            });
            is_halted.recv().unwrap();
            // As for the upkeep, nothing is to be done.
            let status = take!(ask(&host, Command::Status), Status);
            assert_eq!((status.customers, status.pending, status.is_graded), (90, 90, false));
            // It may be asked for its end more than once.
            drop(go_on);
            importing.join().unwrap()
        });
        assert_eq!(imported.is_err(), breaks_off);
        // What was broken off is graded by the next process, too.
        drop(host);
        let status = take!(ask(&workspace.open(), Command::Status), Status);
        assert_eq!((status.customers, status.pending, status.is_graded), (90, 0, true));
    }
}

/// Customers are measured by the whole book. An import that broke off left those whom it did not touch measured by what
/// the book had told before, until the next day.
#[test]
fn an_import_that_breaks_off_is_graded_by_whatever_comes_next() {
    let workspace = Workspace::shipped("2026-03-02");
    let host = workspace.open();
    take!(ask_with(&host, import(), orders(0, 60, 10).as_bytes()).0, Import);
    // Large enough that some of it is taken in before it breaks off.
    let rows = orders(60, 70_000, 90_000);
    let request = Request { language: Language::En, who: "tester".into(), command: import() };
    let error = host.run(request, Some(Box::new(Broken(Cursor::new(rows.clone())))), &mut |_| {}).unwrap_err();
    assert!(error.message.contains("the disk is gone"), "{error}");
    let status = take!(ask(&host, Command::Status), Status);
    let taken = status.facts - 60;
    assert!((1..70_000).contains(&taken), "{taken}");
    assert_eq!((status.pending, status.is_graded), (0, true));
    let again = take!(ask(&host, Command::Evaluate { customer: None }), Regrade);
    assert_eq!(again.changed, 0, "{again:#?}");
    let again = take!(ask_with(&host, import(), rows.as_bytes()).0, Import);
    assert_eq!((again.known, again.added), (taken, 70_000 - taken));
    let nothing = take!(ask_with(&host, import(), rows.as_bytes()).0, Import);
    assert_eq!((nothing.added, nothing.regrade), (0, None));
}

/// "Web views in 30 days: 0" stood where nobody had ever recorded one.
#[test]
fn what_nobody_records_is_not_told_as_nothing() {
    let workspace = Workspace::shipped("2026-03-02");
    let host = workspace.open();
    take!(ask_with(&host, import(), orders(0, 60, 10).as_bytes()).0, Import);
    let shown = take!(ask(&host, Command::CustomersShow { customer: "c0".into(), as_of: None }), Customer);
    let row = shown.classes.into_iter().find(|row| row.dimension.id == "potential").unwrap();
    assert_eq!(row.reasons[0].text, "Web views and questions are not recorded.");
}
