//! Disks and folders that refuse: the command says so and what to do, and the book is as it was.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::book::{Book, argument, said};

/// A user who owns nothing.
const NOBODY: &str = "65534";

/// Runs a command that may not make a file larger than so many blocks of 512 bytes. The limit stands for a full disk:
/// it needs no rights, and the writes that fail are the database's own.
#[cfg(target_os = "linux")]
fn run_limited(book: &Book, blocks: u32, arguments: &[&str]) -> Output {
    let inner = book.command(arguments);
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"", &blocks.to_string()]);
    command.arg(inner.get_program()).args(inner.get_args()).current_dir(inner.get_current_dir().unwrap());
    command.env("LC_ALL", "C").env_remove("TIERHOOK_LOG").output().unwrap()
}

/// Writes so many orders into a file.
#[cfg(target_os = "linux")]
fn orders(book: &Book, count: u32) -> PathBuf {
    let rows: String = (0..count)
        .map(|number| {
            format!("c{},o{number},2026-01-{:02},p{},{}\n", number % 700, 1 + number % 28, number % 9, 10 + number)
        })
        .collect();
    let file = book.file("many.csv");
    fs::write(&file, format!("customer,id,day,product,amount\n{rows}")).unwrap();
    file
}

fn check_sound(book: &Book) {
    let doctor = book.run(&["doctor"]);
    assert!(doctor.status.success(), "{}", said(&doctor));
}

/// Checks that a command failed, said this, and was not taken by surprise.
fn check_refused(output: &Output, code: i32, says: &[&str]) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{}", said(output));
    assert!(says.iter().all(|says| told.contains(says)), "{says:?} in {told}");
    assert!(!told.contains("panicked") && !told.contains("Os {"), "{told}");
}

#[cfg(target_os = "linux")]
#[test]
fn an_import_that_fills_the_disk_is_refused_and_is_whole_when_it_is_run_again() {
    let book = Book::with_sides();
    let (file, mapping) = (orders(&book, 4_000), book.file("orders.toml"));
    let import = ["import", argument(&file), "--map", argument(&mapping)];
    let refused = run_limited(&book, 6_000, &import);
    check_refused(&refused, 1, &["raise the limit", "run the same import again"]);
    check_sound(&book);
    let again = book.json(&import);
    let (added, known) = (again["added"].as_u64().unwrap(), again["known"].as_u64().unwrap());
    assert_eq!(added + known, 4_000, "{again:#}");
    assert!(added > 0, "the disk was never full");
    assert_eq!(book.wait_until_graded()["facts"], 4_000);
    check_sound(&book);
}

#[cfg(target_os = "linux")]
#[test]
fn a_backup_that_cannot_be_written_and_a_restore_that_fills_the_disk_leave_nothing() {
    let book = Book::with_sides();
    let (file, mapping) = (orders(&book, 1_500), book.file("orders.toml"));
    book.json(&["import", argument(&file), "--map", argument(&mapping)]);
    let backup = book.file("backup");
    let elsewhere = book.file("taken-away").join("backup");
    check_refused(&book.run(&["backup", argument(&elsewhere)]), 1, &["taken-away", "No such file"]);
    book.json(&["backup", argument(&backup)]);
    let data = book.file("restored");
    let restore = ["--data", argument(&data), "restore", argument(&backup)];
    check_refused(&run_limited(&book, 600, &restore), 1, &["raise the limit"]);
    assert_eq!(fs::read_dir(&data).unwrap().count(), 0, "nothing is left of it");
    book.text(&restore);
    check_sound(&book);
}

/// Whoever opens the book finds out at once.
#[cfg(target_os = "linux")]
#[test]
fn a_book_that_has_no_room_to_be_opened_is_told() {
    let book = Book::with_sides();
    let data = book.file("fresh");
    check_refused(&run_limited(&book, 20, &["--data", argument(&data), "status"]), 1, &["raise the limit"]);
    book.text(&["--data", argument(&data), "status"]);
}

/// Runs a command as somebody to whom permissions mean something. `None` if there is no way to.
fn run_as_nobody(book: &Book, arguments: &[&str]) -> Option<Output> {
    let inner = book.command(arguments);
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    let mut command = if is_root {
        // A copy of the program where everybody may go.
        let program = book.file("tierhook");
        if !program.exists() {
            fs::copy(inner.get_program(), &program).unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid", NOBODY, "--clear-groups"]).arg(program);
        command
    } else {
        Command::new(inner.get_program())
    };
    let command = command.args(inner.get_args()).current_dir(inner.get_current_dir().unwrap()).env("LC_ALL", "C");
    command.env_remove("TIERHOOK_LOG").output().ok()
}

/// Gives or takes everybody the right to write, below a path and on the way to it.
fn set_writable(path: &Path, is_writable: bool) {
    let is_folder = path.is_dir();
    if is_folder {
        fs::read_dir(path).unwrap().for_each(|entry| set_writable(&entry.unwrap().path(), is_writable));
    }
    let mode = if is_folder { 0o555 } else { 0o444 } | if is_writable { 0o222 } else { 0 };
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_folder_that_may_not_be_written_to_is_told() {
    let book = Book::new();
    book.json(&["customers", "add", "S-1", "--set", "name=Wang"]);
    for folder in [book.workspace.parent().unwrap(), &book.workspace] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).unwrap();
    }
    set_writable(&book.workspace, true);
    let data = book.workspace.join(".tierhook");
    set_writable(&data.join("book"), false);
    let refused = run_as_nobody(&book, &["customers", "add", "S-2"]);
    set_writable(&data.join("book"), true);
    let Some(refused) = refused else { return };
    check_refused(&refused, 1, &["may not be written to", "write access"]);

    // Somebody else's altogether.
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).unwrap();
    let refused = run_as_nobody(&book, &["status"]).unwrap();
    check_refused(&refused, 1, &["Permission denied", "data directory"]);
    check_sound(&book);
    assert_eq!(book.json(&["status"])["customers"], 1);
}

#[test]
fn a_data_directory_that_cannot_be_made_is_told() {
    let book = Book::new();
    let file = book.file("taken");
    fs::write(&file, "not a folder").unwrap();
    check_refused(&book.run(&["--data", argument(&file), "status"]), 1, &["cannot make the data directory"]);
    let below = file.join("deep");
    check_refused(&book.run(&["--data", argument(&below), "status"]), 1, &["cannot make the data directory"]);
}

/// A host whose socket somebody took away still holds the book.
#[test]
fn a_book_that_another_process_holds_is_told() {
    let book = Book::new();
    let host = book.serve();
    fs::remove_file(book.workspace.join(".tierhook/host.sock")).unwrap();
    check_refused(&book.run(&["status"]), 5, &["another process has the book", "stop it"]);
    drop(host);
    book.text(&["status"]);
}
