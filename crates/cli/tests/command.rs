//! The command as a user has it: one process after the other, with and without a running host.

use std::io::{BufRead as _, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use serde_json::Value;

fn tierhook(workspace: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tierhook"));
    command.arg("--workspace").arg(workspace).args(arguments).env_remove("TIERHOOK_LOG").env("LC_ALL", "C");
    command
}

fn run(workspace: &Path, arguments: &[&str]) -> Output {
    tierhook(workspace, arguments).output().unwrap()
}

fn json(workspace: &Path, arguments: &[&str]) -> Value {
    let output = run(workspace, &[&["--json"], arguments].concat());
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn init(folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tierhook")).arg("init").arg(folder).output().unwrap()
}

/// A host that is killed if a test fails half-way.
struct Host {
    child: Child,
    log: Lines<BufReader<ChildStderr>>,
}

impl Host {
    fn start(workspace: &Path, arguments: &[&str]) -> Self {
        let mut command = tierhook(workspace, &[&["serve"], arguments].concat());
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut host = Self { child, log };
        host.read_until("dimensions are active");
        host
    }

    fn read_until(&mut self, text: &str) {
        let line = self.log.by_ref().map(|line| line.unwrap()).find(|line| line.contains(text));
        assert!(line.is_some(), "the host ended before it said `{text}`");
    }

    fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_new_workspace_is_fit_to_run_and_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    assert_eq!(init(&book).status.code(), Some(0));
    let check = run(&book, &["rules", "check"]);
    assert_eq!(check.status.code(), Some(0), "{}", String::from_utf8_lossy(&check.stdout));
    assert_eq!(init(&book).status.code(), Some(4));
    let script = book.join("scripts/abc_grade.rhai");
    let text = std::fs::read_to_string(&script).unwrap();
    std::fs::write(&script, text.replace("customer.", "customer.no_such_")).unwrap();
    assert_eq!(run(&book, &["rules", "check"]).status.code(), Some(4));
}

#[test]
fn commands_go_to_the_running_host_and_do_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    assert!(init(&book).status.success());
    let mut host = Host::start(&book, &["--sample", "--customers", "40"]);
    let status = json(&book, &["status"]);
    assert_eq!(status["customers"], 40);
    assert!(status["serving_since"].is_string(), "{status}");
    let second = run(&book, &["serve"]);
    assert_eq!(second.status.code(), Some(5));
    assert!(String::from_utf8_lossy(&second.stderr).contains(&host.child.id().to_string()));
    let rows = run(&book, &["export", "customers", "--fields", "id,recency_days"]);
    let rows = String::from_utf8(rows.stdout).unwrap();
    assert!(rows.starts_with("id,recency_days\n") && rows.lines().count() == 41, "{rows}");
    host.signal("TERM");
    host.read_until("stopped");
    assert_eq!(host.child.wait().unwrap().code(), Some(0));
    assert!(!book.join(".tierhook/host.sock").exists());
    let status = json(&book, &["status"]);
    assert_eq!((status["customers"].as_u64(), status["serving_since"].as_str()), (Some(40), None));
}

#[test]
fn a_killed_host_does_not_stand_in_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    assert!(init(&book).status.success());
    let mut host = Host::start(&book, &[]);
    host.signal("KILL");
    // Asked while the kernel may still be taking the host apart.
    assert!(json(&book, &["status"])["serving_since"].is_null());
    assert!(!host.child.wait().unwrap().success());
    assert!(book.join(".tierhook/host.sock").exists());
    let again = Host::start(&book, &[]);
    assert!(json(&book, &["status"])["serving_since"].is_string());
    drop(again);
}

#[test]
fn exit_codes_say_what_went_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    assert!(init(&book).status.success());
    for (arguments, code) in [
        (&["explain", "nobody"][..], 3),
        (&["follow-ups", "done", "F1-1"], 3),
        (&["follow-ups", "done", "1-1"], 2),
        (&["export", "customers", "--fields", "no_such_field"], 2),
        (&["import", "no-such-file.csv", "--as", "orders"], 1),
        (&["customers", "list"], 0),
    ] {
        let output = run(&book, arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let error = run(&book, &["--json", "explain", "nobody"]);
    let error: Value = serde_json::from_slice(&error.stderr).unwrap();
    assert_eq!(error["error"]["code"], "not-found");
    assert_eq!(run(folder.path(), &["status"]).status.code(), Some(2));
}
