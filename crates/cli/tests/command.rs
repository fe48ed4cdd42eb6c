//! The command as a user has it: one process after the other, with and without a running host.

#![allow(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::io::{BufRead as _, BufReader, Lines, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

fn tierhook(workspace: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tierhook"));
    command.arg("--workspace").arg(workspace).args(arguments).env_remove("TIERHOOK_LOG").env("LC_ALL", "C");
    // Rejected rows are written where one is.
    if workspace.is_dir() {
        command.current_dir(workspace);
    }
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
    log: Option<Lines<BufReader<ChildStderr>>>,
}

impl Host {
    fn start(workspace: &Path, arguments: &[&str]) -> Self {
        let mut command = tierhook(workspace, &[&["serve"], arguments].concat());
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut host = Self { child, log: Some(log) };
        host.read_until("dimensions are active");
        host
    }

    fn read_until(&mut self, text: &str) {
        let log = self.log.as_mut().expect("somebody reads the log");
        let line = log.by_ref().map(|line| line.unwrap()).find(|line| line.contains(text));
        assert!(line.is_some(), "the host ended before it said `{text}`");
    }

    /// Closes the log, as a reader does that ends.
    fn leave_log(&mut self) {
        self.log = None;
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
    assert!(status["customers"].as_u64() >= Some(40) && status["serving_since"].is_string(), "{status}");
    let second = run(&book, &["serve"]);
    assert_eq!(second.status.code(), Some(5));
    assert!(String::from_utf8_lossy(&second.stderr).contains(&host.child.id().to_string()));
    let rows = run(&book, &["export", "customers", "--fields", "id,recency_days"]);
    let rows = String::from_utf8(rows.stdout).unwrap();
    assert!(rows.starts_with("id,recency_days\n") && rows.lines().count() > 40, "{rows}");
    host.signal("TERM");
    host.read_until("stopped");
    assert_eq!(host.child.wait().unwrap().code(), Some(0));
    assert!(!book.join(".tierhook/host.sock").exists());
    let status = json(&book, &["status"]);
    // The made-up company lives on, so there may be more of them by now.
    assert!(status["customers"].as_u64() >= Some(40) && status["serving_since"].is_null(), "{status}");
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

/// As with `serve 2>&1 | head -1`: each line of the log broke down whoever wrote it, and nothing but `kill -9` ended it.
#[test]
fn a_host_whose_log_nobody_reads_goes_on_and_can_be_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    assert!(init(&book).status.success());
    let mut host = Host::start(&book, &[]);
    host.leave_log();
    let rules = |book: &Path| json(book, &["rules", "list"]).to_string();
    let before = rules(&book);
    let script = book.join("scripts/abc_grade.rhai");
    let text = std::fs::read_to_string(&script).unwrap();
    std::fs::write(&script, format!("{text}\n// The same in other bytes.\n")).unwrap();
    let began = Instant::now();
    while rules(&book) == before {
        assert!(began.elapsed() < Duration::from_secs(120), "the host does not see the new script");
        thread::sleep(Duration::from_millis(50));
    }
    host.signal("TERM");
    let began = Instant::now();
    let ended = loop {
        if let Some(status) = host.child.try_wait().unwrap() {
            break status;
        }
        assert!(began.elapsed() < Duration::from_secs(120), "the host does not end");
        thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(ended.code(), Some(0));
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

#[test]
fn an_import_says_why_rows_were_rejected_and_where_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    assert!(init(&book).status.success());
    let (list, map, here) = (folder.path().join("theirs"), folder.path().join("map.toml"), folder.path().join("here"));
    std::fs::create_dir_all(&list).unwrap();
    std::fs::create_dir_all(&here).unwrap();
    std::fs::write(list.join("orders.csv"), "who,when,paid\n1,2026-03-01,9.5\n2,2026-03-02,7\n").unwrap();
    let mapping = "kind = \"orders\"\nsource = \"shop\"\ncustomer = \"who\"\nat = \"when\"\namount = \"paid\"\n";
    std::fs::write(&map, format!("{mapping}currency = {{ text = \"GBP\" }}\n")).unwrap();
    let import = || {
        let file = list.join("orders.csv");
        let arguments = ["import", file.to_str().unwrap(), "--map", map.to_str().unwrap()];
        tierhook(&book, &arguments).current_dir(&here).output().unwrap()
    };
    let refused = import();
    assert_eq!(refused.status.code(), Some(4));
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.contains("./orders.csv.rejected.csv") && told.contains("set currency = \"GBP\""), "{told}");
    assert!(here.join("orders.csv.rejected.csv").exists());
    assert_eq!(std::fs::read_dir(&list).unwrap().count(), 1, "nothing is written beside the list");

    // What it says to do helps.
    let settings = book.join("tierhook.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, text.replace("currency = \"CNY\"", "currency = \"GBP\"")).unwrap();
    assert_eq!(import().status.code(), Some(0));
}

/// Five of them were named, and the others had to be looked for.
#[test]
fn every_conflict_stands_in_the_file_of_rejected_rows() {
    let folder = tempfile::tempdir().unwrap();
    let (book, list, map) =
        (folder.path().join("book"), folder.path().join("orders.csv"), folder.path().join("map.toml"));
    assert!(init(&book).status.success());
    let mapping =
        "kind = \"orders\"\nsource = \"shop\"\ncustomer = \"who\"\nid = \"order\"\nat = \"when\"\namount = \"paid\"\n";
    std::fs::write(&map, mapping).unwrap();
    let import = |paid: u32| {
        let rows: String = (1..=7).map(|id| format!("o{id},c{id},2026-03-01,{paid}\n")).collect();
        std::fs::write(&list, format!("order,who,when,paid\n{rows}o8,c8,soon,1\n")).unwrap();
        let arguments = ["import", list.to_str().unwrap(), "--map", map.to_str().unwrap()];
        tierhook(&book, &arguments).current_dir(folder.path()).output().unwrap()
    };
    assert_eq!(import(9).status.code(), Some(0));
    let refused = import(10);
    assert_eq!(refused.status.code(), Some(4));
    let told = String::from_utf8(refused.stdout).unwrap();
    assert!(told.contains("the file of rejected rows names all"), "{told}");
    let rejected = std::fs::read_to_string(folder.path().join("orders.csv.rejected.csv")).unwrap();
    let lines: Vec<&str> = rejected.lines().collect();
    assert_eq!((lines.len(), lines[0]), (9, "line,reason,row,customer"));
    assert!(lines[1].starts_with("9,") && lines[1].ends_with(",shop:c8"), "{rejected}");
    let conflicts = lines[2..].iter().zip(1..);
    for (line, id) in conflicts {
        let told = format!(",known with other content: order `shop:o{id}`; --amend replaces what is there,,shop:c{id}");
        assert_eq!(*line, told);
    }
}

/// The database panics on this kind of damage, which is caught and told; its backtrace once stood above the message.
#[test]
fn a_damaged_book_is_told_in_words_alone() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    assert!(init(&book).status.success());
    let mut host = Host::start(&book, &["--sample", "--customers", "200"]);
    host.signal("TERM");
    host.read_until("stopped");
    assert!(host.child.wait().unwrap().success());
    let database = book.join(".tierhook/book/db");
    let bytes = std::fs::read(&database).unwrap();
    let (kept, lost) = bytes.split_at(bytes.len() / 8);
    // It once opened as an empty book.
    for damaged in [kept.to_vec(), [kept, &vec![b'Z'; lost.len()]].concat()] {
        std::fs::write(&database, damaged).unwrap();
        let refused = run(&book, &["status"]);
        let told = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{told}");
        assert!(told.starts_with("error: ") && told.contains("restore a backup"), "{told}");
        assert!(!told.contains("panicked"), "{told}");
    }
}

/// The list of a shop as its till wrote it: semicolons, GBK, a heading in Chinese.
const TILL: &[u8] = b"\xd0\xa1\xc6\xb1\xba\xc5;\xc8\xd5\xc6\xda;\xbb\xe1\xd4\xb1\xbf\xa8\xba\xc5;\xbd\xf0\xb6\xee\n\
    1;2026-01-05;V1;12.50\n2;2026-01-06;V2;30.00\n3;2026-02-07;V1;8.00\n";

#[test]
fn a_guess_is_shown_and_written_and_the_list_is_taken_in_by_it() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    assert!(init(&book).status.success());
    let (list, map) = (folder.path().join("till.csv.gz"), folder.path().join("till.toml"));
    std::fs::write(folder.path().join("till.csv"), TILL).unwrap();
    let packed = Command::new("gzip").arg(folder.path().join("till.csv")).status().unwrap();
    assert!(packed.success());
    let list = list.to_str().unwrap();

    let no_mapping = run(&book, &["import", list]);
    assert_eq!(no_mapping.status.code(), Some(2));
    assert!(String::from_utf8(no_mapping.stderr).unwrap().contains("--guess"));

    let shown = run(&book, &["--lang", "zh", "import", list, "--guess", "--dry-run"]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("会员卡号  客户 customer  V1 | V2") && shown.contains("新增事实"), "{shown}");
    let mapping = std::fs::read_to_string(&map).unwrap();
    assert!(mapping.contains("customer = \"会员卡号\"") && mapping.contains("encoding = \"gbk\""), "{mapping}");
    assert!(json(&book, &["import", "list"])["rows"].as_array().unwrap().is_empty());

    // A host that runs guesses for a command just as well.
    let host = Host::start(&book, &[]);
    let imported = json(&book, &["import", list, "--guess"]);
    assert_eq!(imported["guess"]["rows_are"], "orders");
    assert_eq!((&imported["import"]["added"], &imported["import"]["new_customers"]), (&3.into(), &2.into()));
    drop(host);

    // What somebody changed in the mapping is not lost.
    std::fs::write(&map, mapping.replace("会员卡号", "小票号")).unwrap();
    let again = run(&book, &["import", list, "--guess"]);
    assert_eq!(again.status.code(), Some(4));
    assert!(String::from_utf8(again.stderr).unwrap().contains("--map"));
}

#[test]
fn a_guess_that_is_in_doubt_takes_nothing_in() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    assert!(init(&book).status.success());
    let (list, map) = (folder.path().join("bare.csv"), folder.path().join("elsewhere.toml"));
    std::fs::write(&list, "00004,20260101,29.33\n00021,20260802,14.96\n").unwrap();
    let output = run(&book, &["import", list.to_str().unwrap(), "--guess", "--map", map.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(4));
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("nothing was taken in") && shown.contains("unsure"), "{shown}");
    assert!(map.exists() && json(&book, &["import", "list"])["rows"].as_array().unwrap().is_empty());
}

/// Two hundred customers were in the book twice before anybody was asked.
#[test]
fn balances_of_known_customers_are_not_taken_in_before_it_is_said_whose_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    assert!(init(&book).status.success());
    let rows = |row: &dyn Fn(u32) -> String| (1001..1021).map(row).collect::<String>();
    let (orders, balances) = (folder.path().join("orders.csv"), folder.path().join("balances.csv"));
    let order = |id| format!("O{id},{id},2026-02-01,{id}.50\n");
    std::fs::write(&orders, format!("order,customer,day,total\n{}", rows(&order))).unwrap();
    let balance = |id| format!("{id},2026-02-28,{}.25\n", id * 9);
    std::fs::write(&balances, format!("customer,day,assets\n{}", rows(&balance))).unwrap();
    let (orders, balances) = (orders.to_str().unwrap(), balances.to_str().unwrap());
    assert_eq!(json(&book, &["import", orders, "--guess"])["import"]["new_customers"], 20);

    let held = run(&book, &["import", balances, "--guess", "--as", "measures"]);
    let shown = String::from_utf8(held.stdout).unwrap();
    assert_eq!(held.status.code(), Some(4), "{shown}");
    assert!(shown.contains("20 of 20 customers") && shown.contains("customer_source = \"orders\""), "{shown}");
    assert!(shown.contains("nothing was taken in"), "{shown}");
    assert_eq!(json(&book, &["import", "list"])["rows"].as_array().unwrap().len(), 1);
    // The answer only has to be let stand.
    let map = folder.path().join("balances.toml");
    let mapping = std::fs::read_to_string(&map).unwrap();
    std::fs::write(&map, mapping.replace("# customer_source", "customer_source")).unwrap();
    let report = json(&book, &["import", balances, "--map", map.to_str().unwrap()]);
    assert_eq!((&report["added"], &report["new_customers"]), (&20.into(), &0.into()));
}

/// `tierhook ingest | head -1` stopped after some hundred facts, and said that all was well.
#[test]
fn what_is_ingested_does_not_depend_on_who_reads_the_answers() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    assert!(init(&book).status.success());
    let lines: String = (0..3000)
        .map(|at| format!("{{\"kind\":\"order\",\"customer\":\"s:{}\",\"id\":\"o{at}\",\"at\":\"2026-02-25\",\"amount\":\"9.50\"}}\n", at % 7))
        .collect();
    let file = folder.path().join("facts.jsonl");
    std::fs::write(&file, lines).unwrap();
    let mut command = tierhook(&book, &["ingest", file.to_str().unwrap()]);
    let mut child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
    assert_eq!(json(&book, &["status"])["facts"], 3000);
}

#[test]
fn a_mistyped_folder_is_no_place_for_a_new_book() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    assert!(init(&book).status.success());
    let refused = run(&book, &["--data", folder.path().join("nowhere/x").to_str().unwrap(), "status"]);
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(
        refused.status.code() == Some(3)
            && told.contains("there is no folder")
            && !folder.path().join("nowhere").exists(),
        "{told}"
    );
    for refused in [["customers", "list", "--limit", "0"], ["clock", "set", "2200-01-01", "--json"]] {
        assert_eq!(run(&book, &refused).status.code(), Some(2));
    }
    let header = run(&book, &["export", "customers"]);
    assert!(String::from_utf8(header.stdout).unwrap().starts_with("source,id,name,"));
}

#[test]
fn imports_are_listed_whatever_option_stands_first() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    assert!(init(&book).status.success());
    let listed = run(&book, &["import", "--lang", "zh", "list"]);
    assert_eq!(String::from_utf8(listed.stdout).unwrap(), "尚未导入任何文件\n");
    assert_eq!(run(&book, &["import", "orders.csv", "list"]).status.code(), Some(2));
}

/// The database takes a shorter file for an earlier state of the book, and would serve that.
#[test]
fn a_book_that_lost_its_end_is_refused_until_the_loss_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    assert!(init(&book).status.success());
    assert!(run(&book, &["customers", "add", "S-1", "--set", "name=Wang"]).status.success());
    let store = book.join(".tierhook/book");
    let earlier = folder.path().join("earlier");
    std::fs::create_dir_all(&earlier).unwrap();
    let files = |from: &Path, to: &Path| {
        let copied = Command::new("sh").args(["-c", "rm -rf \"$1\" && cp -R \"$0\" \"$1\""]).arg(from).arg(to).status();
        assert!(copied.unwrap().success());
    };
    files(&store, &earlier);
    assert!(run(&book, &["customers", "add", "S-2", "--set", "name=Li"]).status.success());
    std::fs::copy(store.join("acknowledged"), earlier.join("acknowledged")).unwrap();
    files(&earlier, &store);

    let refused = run(&book, &["customers", "list"]);
    let told = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1), "{told}");
    assert!(told.contains("had been acknowledged") && told.contains("doctor --accept-loss"), "{told}");
    assert_eq!(run(&book, &["doctor"]).status.code(), Some(1));
    let accepted = run(&book, &["doctor", "--accept-loss"]);
    let told = String::from_utf8(accepted.stderr).unwrap();
    assert_eq!(accepted.status.code(), Some(0), "{told}");
    assert!(told.contains("goes on without commits"), "{told}");
    assert_eq!(json(&book, &["customers", "list"])["rows"].as_array().map(Vec::len), Some(1));
    let nothing = run(&book, &["doctor", "--accept-loss"]);
    assert_eq!((nothing.status.code(), nothing.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn a_trial_fits_a_page_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let (list, temporary) = (folder.path().join("orders.csv"), folder.path().join("tmp"));
    std::fs::create_dir(&temporary).unwrap();
    let mut rows = String::from("order,date,client,total\n");
    for at in 0..400 {
        let (month, day, client) = (at % 12 + 1, at % 28 + 1, at % 45);
        rows.push_str(&format!("{at},2025-{month:02}-{day:02},K{client},{}.50\n", 20 + at % 90));
    }
    std::fs::write(&list, rows).unwrap();
    let attempt = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tierhook"));
        command.arg("try").arg(&list).args(arguments).current_dir(folder.path());
        command.env("TMPDIR", &temporary).env("LC_ALL", "C").output().unwrap()
    };
    let output = attempt(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("orders.csv: 45 customers, 400 orders, net revenue "), "{text}");
    assert!(text.lines().count() <= 38 && text.lines().all(|line| line.chars().count() <= 100), "{text}");
    assert!(text.contains("the list does not say its currency: amounts are taken as CNY"), "{text}");
    assert!(text.contains("tierhook --workspace shop import") && text.contains("clock follow last-fact"), "{text}");
    let report: Value = serde_json::from_slice(&attempt(&["--json", "--lang", "zh"]).stdout).unwrap();
    assert_eq!((&report["extent"]["customers"], &report["extent"]["orders"]), (&45.into(), &400.into()));
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);

    std::fs::write(&list, "order,date,client,total\n").unwrap();
    let refused = attempt(&[]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("no rows"));
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0);
}

fn fact(customer: &str, id: &str, day: &str, amount: &str) -> String {
    format!(
        "{{\"kind\":\"order\",\"customer\":\"s:{customer}\",\"id\":\"{id}\",\"at\":\"{day}\",\"amount\":\"{amount}\"}}\n"
    )
}

/// Brings facts by a file, and returns the summary.
fn ingest(folder: &Path, book: &Path, facts: &str) -> String {
    let file = folder.join("facts.jsonl");
    std::fs::write(&file, facts).unwrap();
    let output = run(book, &["ingest", file.to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let shown = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    shown.lines().last().unwrap_or_default().to_owned()
}

/// Changes the database of a book that nobody has open.
fn tamper(book: &Path, change: impl FnOnce(&sled::Db)) {
    let config = sled::Config::new().path(book.join(".tierhook/book")).flush_every_ms(None);
    let db = config.open().unwrap();
    change(&db);
    db.flush().unwrap();
}

#[test]
fn what_the_doctor_finds_is_told_with_the_command_that_mends_it_and_that_mends_it() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    assert!(init(&book).status.success());
    assert!(run(&book, &["clock", "set", "2026-03-02"]).status.success());
    ingest(folder.path(), &book, &fact("wang", "o1", "2025-06-01", "9.50"));
    let mut before = Vec::new();
    tamper(&book, |db| before = db.scan_prefix(b"r").map(|item| item.unwrap()).collect());
    assert_eq!(before.len(), 1);
    let large: String = (2..40).map(|at| fact("wang", &format!("o{at}"), "2026-02-25", "900.00")).collect();
    ingest(folder.path(), &book, &large);
    let classes = |book: &Path| {
        let shown = json(book, &["customers", "show", "wang"]);
        shown["classes"].as_array().unwrap().iter().map(|row| row["class"].to_string()).collect::<Vec<_>>()
    };
    let graded = classes(&book);
    assert!(graded.contains(&"\"A\"".to_owned()), "{graded:?}");
    assert_eq!(run(&book, &["doctor"]).status.code(), Some(0));

    // The record is what it was after the first order, and one order is not found by its id.
    tamper(&book, |db| {
        let (key, value) = &before[0];
        // But for its version, which stands behind the format's: else a write would be missing.
        let mut stale = value.to_vec();
        stale[1] = db.get(key).unwrap().unwrap()[1];
        db.insert(key, stale).unwrap();
        let (known, _) = db.scan_prefix(b"k").last().unwrap().unwrap();
        db.remove(known).unwrap();
    });
    let found = run(&book, &["doctor"]);
    let shown = String::from_utf8(found.stdout).unwrap();
    assert_eq!(found.status.code(), Some(4), "{shown}");
    assert!(shown.contains("the running totals are not what the facts come to"), "{shown}");
    assert_eq!(shown.matches("tierhook doctor --repair").count(), 2, "{shown}");
    assert_eq!(run(&book, &["doctor"]).status.code(), Some(4), "to look mends nothing");

    let mended = run(&book, &["doctor", "--repair"]);
    assert_eq!(mended.status.code(), Some(0), "{}", String::from_utf8_lossy(&mended.stdout));
    assert_eq!(run(&book, &["doctor"]).status.code(), Some(0));
    assert_eq!(classes(&book), graded, "who is another customer than the book said is graded again");
    // All orders are found by their ids again.
    let again = ingest(folder.path(), &book, &large);
    assert!(again.contains("38 known"), "{again}");
}

#[test]
fn money_in_another_currency_is_taken_at_the_rate_of_the_settings() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    assert!(init(&book).status.success());
    let orders = folder.path().join("orders.csv");
    std::fs::write(
        &orders,
        "order,customer,day,total,currency\n1,a,2026-02-01,100.00,USD\n2,b,2026-02-01,100.00,CNY\n",
    )
    .unwrap();
    let without = json(&book, &["import", orders.to_str().unwrap(), "--guess"]);
    assert_eq!(without["import"]["new_customers"], 1, "{without}");
    let settings = std::fs::read_to_string(book.join("tierhook.toml")).unwrap();
    std::fs::write(book.join("tierhook.toml"), settings.replace("# rates = { USD = 7.10 }", "rates = { USD = 7.12 }"))
        .unwrap();
    let map = folder.path().join("orders.toml");
    assert!(run(&book, &["import", orders.to_str().unwrap(), "--map", map.to_str().unwrap()]).status.success());
    let line = r#"{"kind":"order","customer":"orders:c","id":"3","at":"2026-02-01","amount":"10.00","currency":"USD"}"#;
    ingest(folder.path(), &book, line);
    let rows = run(&book, &["export", "customers", "--fields", "id,net_revenue_total"]);
    let rows = String::from_utf8(rows.stdout).unwrap();
    let rows: std::collections::BTreeSet<&str> = rows.lines().skip(1).collect();
    assert_eq!(rows, ["a,712.00", "b,100.00", "c,71.20"].into());
}

#[test]
fn a_dry_run_says_what_an_import_would_do_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    assert!(init(&book).status.success());
    ingest(folder.path(), &book, &fact("wang", "o1", "2026-02-01", "9.50"));
    let orders = folder.path().join("orders.csv");
    std::fs::write(&orders, "order,customer,day,total\n1,a,2026-02-01,100.00\n2,b,2026-02-01,200.00\n3,b,never,1.00\n")
        .unwrap();
    let orders = orders.to_str().unwrap();
    // What is about the book itself also says where rejected rows were written to.
    let everything = |book: &Path| {
        let mut held = Vec::new();
        let is_about_somebody = |(key, _): &(sled::IVec, sled::IVec)| !key.starts_with(b"m");
        tamper(book, |db| held = db.iter().map(|item| item.unwrap()).filter(is_about_somebody).collect());
        held
    };
    let before = everything(&book);
    let dry = json(&book, &["import", orders, "--guess", "--dry-run"]);
    assert!(everything(&book) == before && json(&book, &["import", "list"])["rows"].as_array().unwrap().is_empty());
    let real = json(&book, &["import", orders, "--guess"]);
    assert!(everything(&book) != before);
    for figure in ["rows", "added", "rejected"] {
        assert!(!dry["import"][figure].is_null(), "{dry}");
        assert_eq!(dry["import"][figure], real["import"][figure], "{figure}");
    }
}

#[test]
fn dimensions_are_described_and_moved_while_a_host_runs() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    assert!(init(&book).status.success());
    let _host = Host::start(&book, &["--sample", "--customers", "40"]);
    let look = ["--en", "What she is worth.", "--zh", "客户的价值", "--icon", "💎", "--colour", "#123456"];
    assert!(run(&book, &[&["dimensions", "describe", "value"][..], &look].concat()).status.success());
    let class = ["dimensions", "class", "describe", "value", "low", "--icon", "🪙", "--colour", "#abcdef"];
    assert!(run(&book, &class).status.success());
    assert!(run(&book, &["dimensions", "move", "value", "--first"]).status.success());
    let wrong = run(&book, &["dimensions", "describe", "value", "--colour", "blueish"]);
    assert!(matches!(wrong.status.code(), Some(2 | 4)), "{}", String::from_utf8_lossy(&wrong.stderr));

    let listed = json(&book, &["dimensions", "list"]);
    let first = &listed["rows"][0];
    let told = ["description", "icon", "colour"].map(|name| first[name].as_str().unwrap());
    assert_eq!((&first["dimension"]["id"], told), (&"value".into(), ["What she is worth.", "💎", "#123456"]));
    let low = first["classes"].as_array().unwrap().iter().find(|class| class["id"] == "low").unwrap();
    assert_eq!((&low["icon"], &low["colour"]), (&"🪙".into(), &"#abcdef".into()));
    let chinese = json(&book, &["--lang", "zh", "dimensions", "list"]);
    assert_eq!(chinese["rows"][0]["description"], "客户的价值");
    // Nobody lost a class by it.
    let rows = String::from_utf8(run(&book, &["export", "customers", "--fields", "class.value"]).stdout).unwrap();
    assert!(rows.lines().skip(1).filter(|class| !class.is_empty()).count() >= 35, "{rows}");
}

#[test]
fn what_rules_use_is_listed_against_what_they_may() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    assert!(init(&book).status.success());
    let _host = Host::start(&book, &["--sample", "--customers", "40"]);
    let rules = json(&book, &["rules", "list"]);
    let rule = rules["rules"].as_array().unwrap().iter().find(|rule| rule["name"] == "abc_grade").unwrap();
    let most = rule["usage"]["most_operations"].as_u64().unwrap();
    assert!((1..1_000).contains(&most), "{rule}");
    let shown = String::from_utf8(run(&book, &["rules", "list"]).stdout).unwrap();
    let line = shown.lines().find(|line| line.starts_with("abc_grade")).unwrap();
    assert!(line.contains(&format!("{most} of 100,000")), "{shown}");
}

/// As the README shows it to other programs.
#[test]
fn a_program_sends_facts_through_the_socket_and_is_answered_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    assert!(init(&book).status.success());
    let _host = Host::start(&book, &[]);
    let facts = fact("wang", "o1", "2026-02-01", "9.50") + &fact("li", "o2", "2026-02-01", "59,70");
    let send = || {
        let request = "{\"command\": \"ingest\", \"amend\": false, \"language\": \"en\", \"who\": \"shop\"}\n";
        let body = format!("{request}{facts}");
        let mut socket = std::os::unix::net::UnixStream::connect(book.join(".tierhook/host.sock")).unwrap();
        let head = format!(
            "POST /v1/run HTTP/1.1\r\nhost: tierhook\r\ntierhook-protocol: 1\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        socket.write_all((head + &body).as_bytes()).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        answer
    };
    let first = send();
    assert!(first.starts_with("HTTP/1.1 200"), "{first}");
    for said in ["recorded", "rejected", "`59,70` is no number", "wang"] {
        assert!(first.contains(said), "{said}: {first}");
    }
    assert!(send().contains("known"));
    assert_eq!(json(&book, &["status"])["facts"], 1);
    // The command goes the same way.
    assert!(ingest(folder.path(), &book, &fact("wang", "o1", "2026-02-01", "9.50")).contains("1 known"));
}
