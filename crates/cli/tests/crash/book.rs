//! A workspace, and the processes that work on it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// The classes that the rules of [`Book::with_sides`] give by turns.
pub(crate) const CLASSES: usize = 10;

/// The day on which books begin.
pub(crate) const DAY: &str = "2026-03-01";

/// The shipped rules that decide in the books of [`Book::with_sides`]: some that read what others decide, some that plan,
/// warn, or measure by the whole book. All of them would only take longer.
const RULES: [&str; 8] =
    ["abc_grade", "care_by_grade", "churn_silence", "lifecycle", "potential", "repurchase", "second_order", "value"];

/// How long to wait for what has to come before a test gives up. No test says anything about how long it takes.
const PATIENCE: Duration = Duration::from_secs(120);

const ORDERS: &str = r#"kind = "orders"
source = "shop"
customer = "customer"
id = "id"
at = "day"
[line]
product = "product"
group = "product"
amount = "amount"
"#;

/// A workspace in a folder of its own.
pub(crate) struct Book {
    room: TempDir,
    /// Beside the book's own data directory, for what is restored.
    pub(crate) workspace: PathBuf,
}

impl Book {
    /// A workspace as `init` writes it.
    pub(crate) fn new() -> Self {
        let room = tempfile::tempdir().unwrap();
        let workspace = room.path().join("shop");
        let book = Self { room, workspace };
        let init = Command::new(env!("CARGO_BIN_EXE_tierhook")).arg("init").arg(&book.workspace).output().unwrap();
        assert!(init.status.success(), "{}", said(&init));
        book
    }

    /// A workspace with two more dimensions, whose rules both say what one module says: who was decided by an older
    /// generation, or by two, would show it.
    pub(crate) fn with_sides() -> Self {
        let book = Self::new();
        let names = fs::read_dir(book.workspace.join("scripts")).unwrap();
        let names: Vec<String> = names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        for rule in names
            .iter()
            .filter_map(|name| name.strip_suffix(".rhai"))
            .filter(|rule| !rule.starts_with('_') && !RULES.contains(rule))
        {
            for file in names.iter().filter(|name| name.split('.').next() == Some(rule)) {
                fs::remove_file(book.workspace.join("scripts").join(file)).unwrap();
            }
        }
        let file = book.workspace.join("scripts/dimensions.toml");
        let mut dimensions = fs::read_to_string(&file).unwrap();
        for side in ["left", "right"] {
            dimensions += &format!("\n[[dimension]]\nid = \"{side}\"\nname = {{ en = \"{side}\", zh = \"{side}\" }}\n");
            for class in 0..CLASSES {
                dimensions += &format!(
                    "[[dimension.class]]\nid = \"c{class}\"\nname = {{ en = \"c{class}\", zh = \"c{class}\" }}\n"
                );
            }
            let rule = format!(
                "import \"_current\" as current;\n\nfn classify(customer, ctx) {{\n    class(\"{side}\", current::name())\n}}\n"
            );
            fs::write(book.workspace.join(format!("scripts/{side}.rhai")), rule).unwrap();
        }
        fs::write(file, dimensions).unwrap();
        // A machine that stands still for a moment makes no fault.
        let settings = book.workspace.join("tierhook.toml");
        let text = fs::read_to_string(&settings).unwrap();
        fs::write(settings, format!("{text}\n[limits]\nwall_ms = 600000\n")).unwrap();
        book.save_module(&module(0));
        fs::write(book.file("orders.toml"), ORDERS).unwrap();
        book.json(&["clock", "set", DAY]);
        book
    }

    /// A path beside the workspace.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.room.path().join(name)
    }

    /// Saves the module of the two sides in one step.
    pub(crate) fn save_module(&self, text: &str) {
        let scripts = self.workspace.join("scripts");
        fs::write(scripts.join("next"), text).unwrap();
        fs::rename(scripts.join("next"), scripts.join("_current.rhai")).unwrap();
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tierhook"));
        command.arg("--workspace").arg(&self.workspace).args(arguments);
        command.current_dir(self.room.path()).env_remove("TIERHOOK_LOG").env("LC_ALL", "C");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs a command that has to succeed, and returns what it printed.
    pub(crate) fn text(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.text(&[&["--json"], arguments].concat())).unwrap()
    }

    /// Rows of an export, each with its columns; no value of these books has a comma in it.
    pub(crate) fn export(&self, arguments: &[&str]) -> Vec<Vec<String>> {
        let text = self.text(&[&["export"], arguments].concat());
        text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
    }

    /// Everything that is known of everybody, and what is open. What begins anew when somebody moves and comes back, such
    /// as since when a class holds, and what is told as it was then, are left out.
    pub(crate) fn everything(&self) -> String {
        let fields = self.json(&["fields"]);
        let fields = fields["rows"].as_array().unwrap().iter().filter(|field| field["group"] != "standing");
        let fields: Vec<&str> = fields.map(|field| field["name"].as_str().unwrap()).collect();
        let mut all = self.text(&["export", "customers", "--fields", &fields.join(",")]);
        all += &self.text(&["export", "orders"]);
        for what in ["follow-ups", "warnings"] {
            let rows = self.text(&["--json", "export", what]);
            let rows = rows.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
            for mut row in rows.filter(|row| row["state"] == "open") {
                let row = row.as_object_mut().unwrap();
                row.retain(|column, _| !["id", "opened", "due", "why"].contains(&column.as_str()));
                all += &format!("{row:?}\n");
            }
        }
        all
    }

    /// Starts a host and waits until its rules are active.
    pub(crate) fn serve(&self) -> Host {
        let mut child = self.command(&["serve"]).stdout(Stdio::null()).spawn().unwrap();
        let (line, log) = mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        // Read to the end, so that the host never waits for a reader.
        thread::spawn(move || stderr.lines().map_while(Result::ok).for_each(|said| drop(line.send(said))));
        let host = Host { child: Mutex::new(child), log };
        host.wait_for_line("dimensions are active");
        host
    }

    /// Waits until every customer is graded by the rules and the day that hold; returns the status.
    pub(crate) fn wait_until_graded(&self) -> Value {
        let began = Instant::now();
        loop {
            let status = self.json(&["status"]);
            // A host goes on with what somebody has sent who was killed meanwhile.
            if status["is_graded"] == true && status["pending"] == 0 && status["running"] == 0 {
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "somebody is left unevaluated: {status:#}");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A host in a process of its own. It is killed if a test fails half-way.
pub(crate) struct Host {
    child: Mutex<Child>,
    log: Receiver<String>,
}

impl Host {
    /// Waits until the host says something.
    pub(crate) fn wait_for_line(&self, text: &str) {
        let mut heard = Vec::new();
        loop {
            match self.log.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(text) => return,
                Ok(line) => heard.push(line),
                Err(error) => panic!("the host did not say `{text}` ({error}), but {heard:#?}"),
            }
        }
    }

    /// Ends the host with signal 9.
    pub(crate) fn kill(&self) {
        kill(&mut self.child.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Ends a process with signal 9, if it has not ended, and waits for its end. Tells whether it was still running.
pub(crate) fn kill(child: &mut Child) -> bool {
    let was_running = matches!(child.try_wait(), Ok(None));
    let _ = child.kill();
    let _ = child.wait();
    was_running
}

/// The module of the two sides that gives a class.
pub(crate) fn module(number: usize) -> String {
    format!("fn name() {{ \"c{}\" }}\n", number % CLASSES)
}

/// What a command said.
pub(crate) fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A path as an argument.
pub(crate) fn argument(path: &Path) -> &str {
    path.to_str().unwrap()
}
