//! Care for the book: a backup is the book, and the doctor finds what is wrong.

use std::fs;

use tierhook_server::api::{Command, ErrorCode, ExportFormat, ExportKind};
use tierhook_server::{Host, HostOptions, restore};

use crate::support::{Workspace, ask, ask_with, take, try_ask};

fn everything(host: &Host) -> Vec<String> {
    [ExportKind::Customers, ExportKind::Orders, ExportKind::Assignments, ExportKind::FollowUps, ExportKind::Warnings]
        .map(|what| {
            let (fields, as_of, format) = (Vec::new(), None, ExportFormat::Csv);
            ask_with(host, Command::Export { what, fields, as_of, format }, &[]).1
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
    let restored = restore(&file, &data, &mut |_| {}).unwrap();
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
    let error = restore(&file, &data, &mut |_| {}).unwrap_err();
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
    assert_eq!(restore(&file, &data, &mut |_| {}).unwrap_err().code, ErrorCode::Corrupt);
    assert!(!data.join("book").exists());
}
