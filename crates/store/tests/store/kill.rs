//! A restore that is killed leaves no half book, and the next one clears up.

use std::env;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use tierhook_model::Position;
use tierhook_store::Store;

use crate::room::{batch, fact, open, plain, record};
use crate::whole::{backup, restore};

/// Tells the child in which folder the backup lies.
const FOLDER: &str = "TIERHOOK_TEST_RESTORE_FOLDER";
const RECORDS: u64 = 3_000;

#[test]
fn a_restore_that_is_killed_leaves_no_half_book() {
    if let Some(folder) = env::var_os(FOLDER) {
        return restore_slowly(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("book"));
    let writes = (0..RECORDS).map(|number| {
        let id = store.allocate_records(0, 1);
        let facts = vec![fact(store.allocate_facts(1), id, &format!("m{number}"), 1)];
        tierhook_store::RecordWrite { facts, ..plain(None, record(id, &format!("c{number}"), number)) }
    });
    store.write(batch(writes)).unwrap();
    let (bytes, report) = backup(&store);
    fs::write(folder.path().join("backup"), &bytes).unwrap();
    let target = folder.path().join("restored");
    for after in [1, 4, 9] {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "kill::a_restore_that_is_killed_leaves_no_half_book", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut go = child.stdin.take().unwrap();
        let mut heard = 0;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            if line.unwrap().ends_with("keys") {
                heard += 1;
                match heard == after {
                    true => child.kill().unwrap(),
                    false => go.write_all(b"\n").unwrap(),
                }
            }
        }
        assert!(!child.wait().unwrap().success());
        assert_eq!(heard, after);
        assert!(!target.exists(), "there is no half book");
        assert_eq!(leftovers(folder.path()), 1, "what the killed ones before left was cleared away");
    }
    assert_eq!(restore(&bytes, &target).unwrap(), report.keys);
    assert_eq!(leftovers(folder.path()), 0);
    let restored = open(&target);
    assert_eq!(restored.position(), Position(RECORDS));
    assert_eq!(restored.scan(None, usize::MAX).unwrap(), store.scan(None, usize::MAX).unwrap());
}

fn leftovers(folder: &Path) -> usize {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with(".restored.restoring-")).count()
}

/// Says how far it is, and goes on only when it is told to.
fn restore_slowly(folder: &Path) {
    let mut input = File::open(folder.join("backup")).unwrap();
    let mut told = io::stdin().lines();
    let mut progress = |keys: u64| {
        let mut out = io::stdout().lock();
        writeln!(out, "{keys} keys").and_then(|()| out.flush()).unwrap();
        drop(out);
        told.next().unwrap().unwrap();
    };
    Store::restore(&mut input, &folder.join("restored"), &[], &mut progress).unwrap();
}
