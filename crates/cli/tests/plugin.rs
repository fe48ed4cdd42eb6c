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

/// What a command says that was done only in part.
fn held_back(folder: &Path, arguments: &[&str]) -> Value {
    let output = run(folder, &[&["--json"], arguments].concat());
    assert_eq!(output.status.code(), Some(4), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
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
    let archive = "guard-1.0.0.tierhook";
    assert!(run(&vendor, &["plugins", "verify", archive, "--key", &key]).status.success());
    assert!(refused(&vendor, 4, &["plugins", "verify", archive, "--key", &other]).contains("not trusted here"));
    assert!(refused(&vendor, 2, &["plugins", "verify", archive, "--key", "RWabc"]).contains("copy the whole key"));

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
    let installed = held_back(&shop, &["plugins", "install", archive, "--sha256", digest]);
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

/// Copies a folder.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        match entry.file_type().unwrap().is_dir() {
            true => copy(&from, &to),
            false => drop(fs::copy(&from, &to).unwrap()),
        }
    }
}

/// A plugin that is committed with its component: its folder here, without its sources.
fn committed(plugin: &str, to: &Path) {
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(plugin), to);
    fs::remove_dir_all(to.join("source")).unwrap();
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Where a compiler knows WebAssembly, `TIERHOOK_WASM=1` builds for real.
fn is_wasm_there() -> bool {
    std::env::var_os("TIERHOOK_WASM").is_some_and(|set| set == "1")
}

#[test]
fn an_author_is_led_from_one_command_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::write(
        here.join("fields.json"),
        r#"{ "rows": [{ "name": "custom.children", "type": "integer", "label": "internal", "group": "custom", "description": "Children." }] }"#,
    )
    .unwrap();
    let made = json(here, &["plugins", "new", "vip_thanks", "--fields", "fields.json"]);
    assert_eq!((&made["folder"], &made["optional"][0]), (&"vip_thanks".into(), &"custom.children".into()));
    assert_eq!(made["next"], "tierhook plugins build vip_thanks");
    assert!(refused(here, 4, &["plugins", "new", "vip_thanks"]).starts_with("error: vip_thanks is there already"));
    assert!(refused(here, 2, &["plugins", "new", "a b"]).contains("`a b` is no name for a plugin"));
    assert!(refused(here, 3, &["plugins", "new", "x", "--fields", "none.json"]).contains("tierhook fields --json"));
    let js = json(here, &["plugins", "new", "in_js", "--lang", "js"]);
    assert_eq!(js["code"], "in_js/source/app.js");
    assert!(out(&run(here, &["plugins", "new", "in_zh", "--lang", "zh"])).contains("in_zh 是可直接构建的新插件"));
    assert!(here.join("in_zh/source/Cargo.toml").exists());

    assert!(refused(here, 4, &["plugins", "test", "vip_thanks"]).contains("run `tierhook plugins build vip_thanks`"));
    let looked = run(here, &["plugins", "inspect", "vip_thanks"]);
    assert_eq!(looked.status.code(), Some(4));
    assert!(out(&looked).contains("= run `tierhook plugins build vip_thanks`"), "{}", out(&looked));
    assert!(refused(here, 3, &["plugins", "build", "nowhere"]).contains("`tierhook plugins new NAME` makes one"));

    // Cases and digests are of one folder, whoever built the component.
    committed("tests/guests/abc_grade", &here.join("abc_grade"));
    assert!(refused(here, 4, &["plugins", "build", "abc_grade"]).contains("neither a Cargo.toml nor a package.json"));
    let report = json(here, &["plugins", "test", "abc_grade"]);
    let cases = report["report"]["cases"].as_array().unwrap();
    assert!(cases.len() > 2 && cases.iter().all(|case| case["failures"].as_array().unwrap().is_empty()), "{report}");
    assert_eq!((&report["workspace"], &report["report"]["problems"]), (&Value::Null, &Value::Array(Vec::new())));
    assert_eq!(report["next"], "tierhook plugins sign abc_grade --key FILE");
    let found = json(here, &["plugins", "inspect", "abc_grade"]);
    assert_eq!(found["component"]["exports"][0], "tierhook:hooks/classify@0.1.0");
    assert_eq!(found["reads"].as_array().unwrap().len(), 1, "only of hooks that it has: {found}");
    assert_eq!((&found["component"]["api"], &found["limits"]["fuel"]), (&"0.1.0".into(), &2_000_000.into()));
    let bare = json(here, &["plugins", "inspect", "abc_grade/plugin.wasm"]);
    assert_eq!(bare["component"], found["component"]);

    // A case that is not true any more is told with its place, before anything is listed or signed anew.
    let cases = fs::read_to_string(here.join("abc_grade/cases.toml")).unwrap();
    fs::write(here.join("abc_grade/cases.toml"), cases.replacen("grade = \"A\"", "grade = \"C\"", 1)).unwrap();
    assert_ne!(cases, fs::read_to_string(here.join("abc_grade/cases.toml")).unwrap());
    let failed = run(here, &["plugins", "test", "abc_grade"]);
    let text = out(&failed);
    assert_eq!(failed.status.code(), Some(4), "{text}");
    assert!(text.contains("FAIL  abc_grade") && text.contains("in abc_grade/cases.toml"), "{text}");
    assert!(
        out(&run(here, &["plugins", "inspect", "abc_grade"])).contains("`cases.toml` is not what plugin.toml lists")
    );
}

#[test]
fn what_only_a_workspace_knows_is_taken_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let plugin = here.join("abc_grade");
    committed("tests/guests/abc_grade", &plugin);
    let manifest = fs::read_to_string(plugin.join("plugin.toml")).unwrap();
    let asking = manifest.replacen("reads = [", "reads = [\"custom.shoe_size\", ", 1);
    assert_ne!(manifest, asking);
    fs::write(plugin.join("plugin.toml"), asking).unwrap();
    let alone = run(here, &["plugins", "test", "abc_grade"]);
    let text = out(&alone);
    assert_eq!(alone.status.code(), Some(4), "{text}");
    assert!(text.contains("custom.shoe_size") && text.contains("--workspace DIR takes another's"), "{text}");

    assert!(run(here, &["init", "shop"]).status.success());
    let fields = here.join("shop/scripts/fields.toml");
    let text = fs::read_to_string(&fields).unwrap() + "\n[[field]]\nname = \"shoe_size\"\ntype = \"integer\"\n";
    fs::write(&fields, text).unwrap();
    let report = json(here, &["--workspace", "shop", "plugins", "test", "abc_grade"]);
    assert!(report["workspace"].as_str().unwrap().ends_with("/shop"), "{report}");
    assert!(!report["report"]["cases"].as_array().unwrap().is_empty(), "{report}");
    let here = json(&here.join("shop"), &["plugins", "test", "../abc_grade"]);
    assert_eq!(report["workspace"], here["workspace"], "a workspace that one stands in needs no name");
}

#[test]
fn a_stranger_runs_what_a_vendor_ships() {
    let folder = tempfile::tempdir().unwrap();
    let (vendor, shop) = (folder.path().join("vendor"), folder.path().join("shop"));
    fs::create_dir(&vendor).unwrap();
    let key = json(&vendor, &["keys", "new", "acme.key"])["key"].as_str().unwrap().to_owned();
    let plugin = if is_wasm_there() {
        json(&vendor, &["plugins", "new", "vip_thanks"]);
        let built = json(&vendor, &["plugins", "build", "vip_thanks"]);
        assert_eq!((&built["hooks"][0], &built["warnings"]), (&"follow_up".into(), &Value::Array(Vec::new())));
        assert_eq!(json(&vendor, &["plugins", "test", "vip_thanks"])["report"]["cases"].as_array().unwrap().len(), 3);
        "vip_thanks"
    } else {
        committed("plugins/churn_guard", &vendor.join("churn_guard"));
        "churn_guard"
    };
    let signed = json(&vendor, &["plugins", "sign", plugin, "--key", "acme.key"]);
    assert_eq!(signed["next"], format!("tierhook plugins pack {plugin}"));
    let packed = json(&vendor, &["plugins", "pack", plugin]);
    let archive = vendor.join(packed["file"].as_str().unwrap()).display().to_string();

    // Somebody else's book, in which everybody is graded and one has bought much and then nothing more.
    assert!(run(folder.path(), &["init", "shop"]).status.success());
    let settings = fs::read_to_string(shop.join("tierhook.toml")).unwrap();
    let settings = settings.replace("clock = \"system\"", "clock = \"last_fact\"");
    fs::write(shop.join("tierhook.toml"), format!("{settings}\n[plugins]\npolicy = \"required\"\n")).unwrap();
    let mut orders = String::from("CustomerID,InvoiceNo,InvoiceDate,Total\n");
    for month in 1..=9 {
        orders += &format!("gone,G{month},2025-0{month}-10,900\n");
    }
    orders += "here,H1,2026-02-26,3200\nhere,H2,2026-03-01,40\n";
    fs::write(shop.join("orders.csv"), orders).unwrap();
    let map = "kind = \"orders\"\nsource = \"shop\"\ncustomer = \"CustomerID\"\nid = \"InvoiceNo\"\n\
               at = { value = \"InvoiceDate\", formats = [\"%Y-%m-%d\"] }\namount = \"Total\"\n";
    fs::write(shop.join("orders.map.toml"), map).unwrap();
    json(&shop, &["import", "orders.csv", "--map", "orders.map.toml"]);

    // Nobody trusts the key yet, then nobody grants what it reads: each time the next step is named.
    assert!(refused(&shop, 4, &["plugins", "install", &archive]).contains("`tierhook keys trust NAME KEY`"));
    assert!(run(&shop, &["keys", "trust", "acme", &key]).status.success());
    let installed = held_back(&shop, &["plugins", "install", &archive]);
    assert_eq!(installed["state"], "refused");
    let hint = installed["missing"]["hint"].as_str().unwrap();
    let command = hint.split('`').nth(1).unwrap();
    let words: Vec<&str> = command.strip_prefix("tierhook ").unwrap().split(' ').collect();
    assert!(words.starts_with(&["grants", "add", plugin]), "{command}");
    let said = out(&run(&shop, &["plugins", "install", &archive]));
    assert_eq!(said.matches("needs what is not granted").count(), 1, "it is said once:\n{said}");
    assert!(said.contains("decides nothing until it may see that: run the command above"), "{said}");
    let granted = json(&shop, &words);
    assert_eq!(granted["rows"][0]["missing"], Value::Null);
    assert_eq!(json(&shop, &["plugins", "list"])["rows"][0]["state"], "active");
    assert!(run(&shop, &["plugins", "install", &archive]).status.success(), "it has all it needs");

    // It decides, and what it read and why is told, with its version.
    let customer = if plugin == "churn_guard" { "gone" } else { "here" };
    let explained = json(&shop, &["explain", customer]);
    let trace = |of: &Value| of["rule"] == plugin;
    let rule = explained["rules"].as_array().unwrap().iter().find(|it| trace(it)).unwrap().clone();
    assert_eq!(rule["version"].as_str().unwrap().len(), 8, "{rule}");
    assert!(rule["fault"].is_null(), "{rule}");
    let read = rule["read"].as_array().unwrap().first().map(|read| &read["field"]);
    let read = read.unwrap_or_else(|| &rule["history"][0]["kind"]).as_str().unwrap_or_else(|| panic!("{rule}"));
    let wanted = [&explained["follow_ups"], &explained["warnings"]];
    let mut wanted = wanted.iter().flat_map(|rows| rows.as_array().unwrap());
    let row = wanted.find(|it| trace(it)).unwrap_or_else(|| panic!("it wants nothing: {explained}"));
    assert!(!row["reasons"][0]["text"].as_str().unwrap().is_empty(), "{row}");
    let text = out(&run(&shop, &["explain", customer]));
    let reason = row["reasons"][0]["text"].as_str().unwrap();
    assert!(text.contains(reason) && text.contains(&format!("by {plugin}\n")), "{reason}\n---\n{text}");

    // What was changed on the way is refused, and the one that is there goes on.
    let changed = |name: &str, change: &dyn Fn(&Path)| {
        let place = vendor.join(name);
        copy(&vendor.join(plugin), &place);
        change(&place);
        let place = place.display().to_string();
        let told = refused(&shop, 4, &["plugins", "install", &place]);
        assert!(told.contains("  hint: "), "{told}");
        assert_eq!(run(&shop, &["plugins", "inspect", &place]).status.code(), Some(4));
        assert_eq!(json(&shop, &["plugins", "list"])["rows"][0]["state"], "active");
        told
    };
    let flipped = changed("flipped", &|place| {
        let mut bytes = fs::read(place.join("plugin.wasm")).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(place.join("plugin.wasm"), bytes).unwrap();
    });
    assert!(flipped.contains("`plugin.wasm` is not what plugin.toml lists"), "{flipped}");
    let unlisted = changed("unlisted", &|place| fs::write(place.join("notes.txt"), "x").unwrap());
    assert!(unlisted.contains("`notes.txt` is not listed") && unlisted.contains("remove `notes.txt`"), "{unlisted}");
    let reworded = changed("reworded", &|place| {
        let manifest = fs::read_to_string(place.join("plugin.toml")).unwrap();
        fs::write(place.join("plugin.toml"), manifest + "\n# more\n").unwrap();
    });
    assert!(reworded.contains("was changed after `acme` signed"), "{reworded}");

    // A field that is granted no more stops it, and so does a key that is trusted no more.
    let revoked = json(&shop, &["grants", "revoke", plugin, read]);
    assert_eq!(revoked["stopped"][0], plugin);
    let list = json(&shop, &["plugins", "list"]);
    let problem = &list["rows"][0]["problem"];
    assert!(problem["message"].as_str().unwrap().contains(read), "{list}");
    let command = problem["hint"].as_str().unwrap().split('`').nth(1).unwrap();
    let words: Vec<&str> = command.strip_prefix("tierhook ").unwrap().split(' ').collect();
    assert!(words.starts_with(&["grants", "add", plugin]) && words.contains(&read), "{command}");
    assert!(run(&shop, &words).status.success());
    assert_eq!(json(&shop, &["plugins", "list"])["rows"][0]["state"], "active");
    let said = out(&run(&shop, &["keys", "revoke", "acme"]));
    assert!(said.contains(&format!("stopped by this, and decides nothing any more: {plugin}")), "{said}");
    let told = refused(&shop, 4, &["plugins", "install", &archive]);
    assert!(told.contains("was revoked") && told.contains("another key"), "{told}");
    assert_ne!(json(&shop, &["plugins", "list"])["rows"][0]["state"], "active");
}
