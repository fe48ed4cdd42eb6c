//! A vendor's and an operator's afternoon: from a new key to a plugin in somebody else's workspace.

#![allow(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tierhook"));
    command.current_dir(folder).args(arguments).env_remove("TIERHOOK_LOG").env("LC_ALL", "C").output().unwrap()
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let output = run(folder, &[&["--json"], arguments].concat());
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn refused(folder: &Path, code: i32, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {told}");
    told
}

#[test]
fn a_plugin_goes_from_its_author_to_an_operator() {
    let folder = tempfile::tempdir().unwrap();
    let (vendor, shop) = (folder.path().join("vendor"), folder.path().join("shop"));
    fs::create_dir_all(vendor.join("guard")).unwrap();
    fs::write(
        vendor.join("guard/plugin.toml"),
        "# Who is about to leave.\nreads = [\"recency_days\"]\n\n[plugin]\nid = \"guard\"\nversion = \"1.0.0\"\n\
         serial = 1\napi = \"0.1.0\"\n",
    )
    .unwrap();
    fs::write(vendor.join("guard/plugin.wasm"), b"\0asm").unwrap();

    // The vendor has no workspace, and needs none.
    let key = json(&vendor, &["keys", "new", "acme.key"])["key"].as_str().unwrap().to_owned();
    assert_eq!(fs::metadata(vendor.join("acme.key")).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(refused(&vendor, 4, &["keys", "new", "acme.key"]).contains("is there already"));
    let other = json(&vendor, &["keys", "new", "other.key"])["key"].as_str().unwrap().to_owned();
    assert_ne!(key, other);
    assert!(run(&vendor, &["plugins", "sign", "guard", "--key", "acme.key"]).status.success());
    let packed = json(&vendor, &["plugins", "pack", "guard"]);
    assert_eq!(packed["file"], "guard-1.0.0.tierhook");
    let digest = packed["digest"].as_str().unwrap();

    // The operator asks for signatures.
    assert!(run(folder.path(), &["init", "shop"]).status.success());
    let settings = fs::read_to_string(shop.join("tierhook.toml")).unwrap();
    fs::write(shop.join("tierhook.toml"), format!("{settings}\n[plugins]\npolicy = \"required\"\n")).unwrap();
    let archive = "../vendor/guard-1.0.0.tierhook";
    let told = refused(&shop, 4, &["plugins", "verify", archive]);
    assert!(told.contains("not trusted here") && told.contains("tierhook keys trust NAME KEY"), "{told}");
    assert!(run(&shop, &["keys", "trust", "acme", &key]).status.success());
    let shown = run(&shop, &["plugins", "verify", archive]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.starts_with("guard 1.0.0 is what its publisher released\n"), "{shown}");

    let wrong = "0".repeat(64);
    assert!(refused(&shop, 4, &["plugins", "install", archive, "--sha256", &wrong]).contains("its SHA-256 is"));
    assert!(!shop.join("plugins/guard").exists());
    let installed = json(&shop, &["plugins", "install", archive, "--sha256", digest]);
    assert_eq!(installed["plugin"]["publisher"]["name"], "acme");
    let hint = installed["missing"]["hint"].as_str().unwrap();
    let line = hint.split('`').nth(1).unwrap();
    assert_eq!(line, "tierhook grants add guard recency_days");
    let words: Vec<&str> = line.split(' ').skip(1).collect();
    assert!(run(&shop, &words).status.success(), "the command that is printed does it");
    let grants = json(&shop, &["grants", "list"]);
    assert_eq!((&grants["rows"][0]["publisher"], &grants["rows"][0]["missing"]), (&"acme".into(), &Value::Null));

    // What is changed on the way is found, and a key that was lost is worth nothing.
    fs::write(vendor.join("guard/plugin.wasm"), b"\0asn").unwrap();
    assert!(refused(&shop, 4, &["plugins", "verify", "../vendor/guard"]).contains("`plugin.wasm` is not what"));
    assert!(run(&shop, &["keys", "revoke", "acme"]).status.success());
    assert!(refused(&shop, 4, &["plugins", "install", archive]).contains("was revoked"));
    assert!(run(&shop, &["plugins", "uninstall", "guard"]).status.success());
    assert!(refused(&shop, 3, &["plugins", "uninstall", "guard"]).contains("there is no plugin `guard`"));
    assert_eq!(json(&shop, &["plugins", "list"])["rows"], Value::Array(Vec::new()));
}

#[test]
fn what_makes_no_sense_is_told_by_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    assert!(run(folder.path(), &["init", "shop"]).status.success());
    let shop = folder.path().join("shop");
    for (arguments, code) in [
        (&["plugins", "verify", "no-such-folder"][..], 3),
        (&["plugins", "install", "https://vendor.example/x.tierhook"], 2),
        (&["plugins", "install", "http://127.0.0.1:1/x.tierhook"], 2),
        (&["keys", "trust", "acme", "RWabc"], 2),
        (&["grants", "add", "guard"], 2),
        (&["grants", "add", "guard", "recency_days"], 3),
        (&["grants", "revoke", "guard"], 3),
        (&["plugins", "list"], 0),
        (&["keys", "list"], 0),
        (&["grants", "list"], 0),
    ] {
        let output = run(&shop, arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
