//! A disk that takes no more: refused clearly, nothing corrupted, nothing acknowledged lost.
//!
//! The limit on the size of files stands for a full disk: it needs no rights, and the failing writes are the
//! database's own, wherever they happen to be.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

use tierhook_model::RecordKind;
use tierhook_store::{Options, RecordWrite, Store, WriteError, WriteOutcome};

use crate::room::{batch, external, fact, open, plain, record};

/// Tells the child which book it writes to.
const FOLDER: &str = "TIERHOOK_TEST_FULL_FOLDER";

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_refused_clearly_and_the_book_is_sound() {
    if let Some(folder) = env::var_os(FOLDER) {
        return write_until_full(Path::new(&folder));
    }
    // Blocks of 512 bytes. The database grows by segments of 512 KiB.
    for blocks in [2_500, 6_000, 9_001] {
        let folder = tempfile::tempdir().unwrap();
        let book = folder.path().join("book");
        drop(open(&book));
        let child = Command::new("sh")
            .args(["-c", "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"", &blocks.to_string()])
            .arg(env::current_exe().unwrap())
            .args(["--exact", "full::a_full_disk_is_refused_clearly_and_the_book_is_sound", "--nocapture"])
            .env(FOLDER, &book)
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stdout).into_owned();
        let number = |word: &str| {
            let line = said.lines().find_map(|line| line.split_once(word)).unwrap_or_else(|| panic!("{said}"));
            line.1.trim().parse::<u64>().unwrap()
        };
        let (acknowledged, tried) = (number("acknowledged "), number("tried "));
        assert!(said.contains("raise the limit"), "{said}");

        let store = open(&book);
        let audit = store.audit(false, &mut |_| ()).unwrap();
        assert!(audit.is_sound(), "{:?}", audit.problems);
        let names: Vec<_> = (0..tried).map(|number| external(&format!("c{number}"))).collect();
        let found = store.resolve(RecordKind::Customer, &names).unwrap();
        assert!(found[..acknowledged as usize].iter().all(Option::is_some), "an acknowledged write is lost");
        let id = store.allocate_records(0, 1);
        let next = store.write(batch([plain(None, record(id, "next", 0))])).unwrap();
        assert!(matches!(next[0], WriteOutcome::Committed { .. }), "with room again it goes on");
    }
}

#[allow(clippy::print_stdout, reason = "what the child says is how the parent hears of it")]
fn write_until_full(folder: &Path) {
    let store = Store::open(folder, Options { cache_bytes: 8 << 20 }).unwrap();
    for number in 0.. {
        let id = store.allocate_records(0, 1);
        let mut record = record(id, &format!("c{number}"), number);
        // Text that grows the file quickly.
        record.profile.set_custom("text", Some(tierhook_model::Value::Text(format!("{number}").repeat(2_000))));
        let facts = vec![fact(store.allocate_facts(1), id, &format!("m{number}"), 1)];
        let error = match store.write(batch([RecordWrite { facts, ..plain(None, record) }])) {
            Ok(outcomes) => {
                assert!(matches!(outcomes[0], WriteOutcome::Committed { .. }));
                continue;
            }
            Err(error) => error,
        };
        // The database writes in threads of its own: it may say so at a write, or when it is read before one.
        assert!(matches!(error, WriteError::UnknownOutcome { .. } | WriteError::Stopped { .. }), "{error}");
        println!("\nrefused {error}\nacknowledged {number}\ntried {}", number + 1);
        let later = store.write(batch([plain(None, crate::room::record(id, "later", 0))])).unwrap_err();
        assert!(matches!(later, WriteError::Stopped { .. }), "{later}");
        return;
    }
}
