//! Plugins come in, change and go: verified before anything is in place, granted nothing by default.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use tierhook_model::Language;
use tierhook_server::api::{
    Answer, ApiError, Command, ErrorCode, GrantRow, PluginInstalled, PluginList, Policy, Request, RuleState,
    Service as _,
};
use tierhook_server::{Host, plugin};

use crate::support::{Workspace, take, try_ask};

const TODAY: &str = "2026-03-02";

/// Somebody who ships plugins.
struct Vendor {
    folder: TempDir,
    key: String,
}

impl Vendor {
    fn new(seed: u8) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = plugin::new_key(&folder.path().join("vendor.key"), [seed; 32]).unwrap().key;
        Self { folder, key }
    }

    /// Writes a release that is not signed yet, and returns its folder.
    fn written(&self, serial: u64) -> PathBuf {
        let place = self.folder.path().join(format!("guard-{serial}"));
        fs::create_dir_all(place.join("source")).unwrap();
        let manifest = format!(
            "reads = [\"recency_days\", \"orders_total\"]\n\n[plugin]\nid = \"guard\"\nversion = \"1.{serial}.0\"\n\
             serial = {serial}\napi = \"0.1.0\"\nhistory = {{ orders = 50 }}\n"
        );
        fs::write(place.join("plugin.toml"), manifest).unwrap();
        fs::write(place.join("plugin.wasm"), format!("\0asm {serial}")).unwrap();
        fs::write(place.join("source/lib.rs"), "// ours").unwrap();
        place
    }

    /// Writes a signed release, and returns its folder.
    fn signed(&self, serial: u64) -> PathBuf {
        let place = self.written(serial);
        plugin::sign(&place, &self.folder.path().join("vendor.key")).unwrap();
        place
    }
}

/// A workspace that asks for signatures and trusts a vendor.
fn workspace(policy: Policy, vendor: &Vendor) -> (Workspace, Arc<Host>) {
    let mut workspace = Workspace::shipped(TODAY);
    workspace.settings.plugins.policy = policy;
    let host = workspace.open();
    ask(&host, Command::KeysTrust { name: "acme".into(), key: vendor.key.clone() }).unwrap();
    (workspace, host)
}

fn ask(host: &Host, command: Command) -> Result<Answer, ApiError> {
    try_ask(host, command)
}

fn install_with(host: &Host, place: &Path, grant: bool, downgrade: bool) -> Result<PluginInstalled, ApiError> {
    let from = place.display().to_string();
    let archive = plugin::archive_of(&from, None)?;
    let command = Command::PluginsInstall { from, grant, downgrade };
    let request = Request { language: Language::En, who: "tester".into(), command };
    let reply = host.run(request, Some(Box::new(Cursor::new(archive))), &mut |_| {})?;
    Ok(*take!(reply.answer, PluginInstalled))
}

fn install(host: &Host, place: &Path) -> Result<PluginInstalled, ApiError> {
    install_with(host, place, false, false)
}

fn list(host: &Host) -> PluginList {
    take!(ask(host, Command::PluginsList).unwrap(), Plugins)
}

fn grants(host: &Host) -> Vec<GrantRow> {
    take!(ask(host, Command::GrantsList).unwrap(), Grants).rows
}

fn grant(host: &Host, fields: &[&str], history: &[&str]) -> Result<Answer, ApiError> {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let (fields, history) = (owned(fields), owned(history));
    ask(host, Command::GrantsAdd { plugin: "guard".into(), fields, clear: Vec::new(), history })
}

/// What lies in the folder of plugins besides the operator's own files, hidden files too.
fn in_place(workspace: &Workspace) -> Vec<String> {
    let Ok(entries) = fs::read_dir(workspace.path().join("plugins")) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name != "grants.toml" && name != "trust.toml");
    names.sort();
    names
}

#[test]
fn a_signed_plugin_comes_in_and_says_what_it_lacks() {
    let vendor = Vendor::new(1);
    let (workspace, host) = workspace(Policy::Required, &vendor);
    let place = vendor.signed(1);
    let report = install(&host, &place).unwrap();
    assert_eq!(report.plugin.publisher.map(|publisher| publisher.name).as_deref(), Some("acme"));
    assert_eq!((report.replaced, report.granted.len()), (None, 0));
    let missing = report.missing.unwrap();
    assert!(
        missing.hint.starts_with("run `tierhook grants add guard orders_total recency_days --history orders`"),
        "{missing:?}"
    );
    assert_eq!(in_place(&workspace), ["guard"]);
    for file in ["plugin.toml", "plugin.sig", "plugin.wasm"] {
        let there = fs::read(workspace.path().join("plugins/guard").join(file)).unwrap();
        assert_eq!(there, fs::read(place.join(file)).unwrap(), "{file}");
    }
    assert!(!workspace.path().join("plugins/guard/source").exists());

    let row = &list(&host).rows[0];
    assert_eq!((row.id.as_str(), row.problem.as_ref()), ("guard", Some(&missing)));
    grant(&host, &["orders_total", "recency_days"], &["orders"]).unwrap();
    let problem = list(&host).rows[0].problem.clone().unwrap();
    assert_eq!(problem.message, "it is no WebAssembly", "which the list tells, too");
    let row = &grants(&host)[0];
    assert_eq!((row.publisher.as_deref(), row.missing.as_ref()), (Some("acme"), None));
    assert_eq!(row.fields, ["orders_total", "recency_days"]);
}

#[test]
fn what_is_needed_is_granted_with_it_where_that_is_asked_for() {
    let vendor = Vendor::new(1);
    let (workspace, host) = workspace(Policy::Vendors, &vendor);
    workspace.write("plugins/grants.toml", "# What plugins may see.\n");
    let report = install_with(&host, &vendor.signed(1), true, false).unwrap();
    assert_eq!(report.granted, ["orders_total", "recency_days", "orders"]);
    assert_eq!((report.changed.as_slice(), report.missing), (["plugins/grants.toml".to_owned()].as_slice(), None));
    let text = fs::read_to_string(workspace.path().join("plugins/grants.toml")).unwrap();
    assert!(text.starts_with("# What plugins may see.\n\n[grants.guard]\nkey = \"RW"), "{text}");

    // Somebody else's plugin of the same name gets none of it, and does not take it over.
    let other = Vendor::new(2);
    ask(&host, Command::KeysTrust { name: "other".into(), key: other.key.clone() }).unwrap();
    let error = install_with(&host, &other.signed(2), true, false).unwrap_err();
    assert_eq!(error.code, ErrorCode::Conflict);
    let report = install(&host, &other.signed(2)).unwrap();
    assert!(report.missing.unwrap().message.contains("they do not hold"));
    let error = grant(&host, &["recency_days"], &[]).unwrap_err();
    assert_eq!(error.code, ErrorCode::Conflict);
    ask(&host, Command::GrantsRevoke { plugin: "guard".into(), fields: Vec::new() }).unwrap();
    grant(&host, &["recency_days"], &[]).unwrap();
    assert_eq!(grants(&host)[0].publisher.as_deref(), Some("other"));
}

#[test]
fn what_is_not_fit_is_refused_before_anything_is_in_place() {
    let vendor = Vendor::new(1);
    let (workspace, host) = workspace(Policy::Required, &vendor);
    let refused = |place: &Path, why: &str| {
        let error = install_with(&host, place, true, true).unwrap_err();
        assert!(error.code == ErrorCode::Unfit && error.message.contains(why), "{error}");
        assert!(error.hint.is_some_and(|hint| !hint.is_empty()));
        assert_eq!(in_place(&workspace), Vec::<String>::new());
        assert!(!workspace.path().join("plugins/grants.toml").exists());
    };
    refused(&vendor.written(1), "it is not signed");
    refused(&Vendor::new(2).signed(2), "which is not trusted here");
    let flipped = vendor.signed(3);
    fs::write(flipped.join("plugin.wasm"), "\0asn 3").unwrap();
    refused(&flipped, "`plugin.wasm` is not what plugin.toml lists");
    let unlisted = vendor.signed(4);
    fs::write(unlisted.join("notes.txt"), "").unwrap();
    refused(&unlisted, "`notes.txt` is not listed");
    let renamed = vendor.signed(5);
    let manifest = fs::read_to_string(renamed.join("plugin.toml")).unwrap();
    fs::write(renamed.join("plugin.toml"), manifest.replace("serial = 5", "serial = 6")).unwrap();
    refused(&renamed, "was changed after `acme` signed");
    let random = vendor.folder.path().join("random.tierhook");
    fs::write(&random, [7; 4000]).unwrap();
    refused(&random, "it is no archive of a plugin");
    ask(&host, Command::KeysRevoke { key: "acme".into() }).unwrap();
    refused(&vendor.signed(7), "which was revoked");
}

#[test]
fn a_newer_release_replaces_an_older_one_and_not_the_other_way_round() {
    let vendor = Vendor::new(1);
    let (workspace, host) = workspace(Policy::Vendors, &vendor);
    let (old, new) = (vendor.signed(1), vendor.written(2));
    fs::write(old.join("table.csv"), "1").unwrap();
    let old = {
        plugin::sign(&old, &vendor.folder.path().join("vendor.key")).unwrap();
        old
    };
    plugin::sign(&new, &vendor.folder.path().join("vendor.key")).unwrap();
    install(&host, &old).unwrap();
    assert!(workspace.path().join("plugins/guard/table.csv").exists());
    let report = install(&host, &new).unwrap();
    assert_eq!(report.replaced.map(|release| release.serial), Some(1));
    assert!(!workspace.path().join("plugins/guard/table.csv").exists(), "nothing of the old one is left");
    assert_eq!(in_place(&workspace), ["guard"]);

    let error = install(&host, &old).unwrap_err();
    assert!(error.code == ErrorCode::Unfit && error.hint.unwrap().contains("--downgrade"));
    assert_eq!(list(&host).rows[0].release.as_ref().map(|release| release.serial), Some(2));
    let report = install_with(&host, &old, false, true).unwrap();
    assert_eq!(report.changed, ["rules.toml"]);
    let rules = fs::read_to_string(workspace.path().join("rules.toml")).unwrap();
    assert!(rules.contains("[rules.guard]\nlowest_serial = 1\n"), "{rules}");
    // What let the older one in ends with the newer one.
    assert_eq!(install(&host, &new).unwrap().changed, ["rules.toml"]);
    assert_eq!(install(&host, &old).unwrap_err().code, ErrorCode::Unfit);
    // What somebody writes into the folder is no release that was ever there.
    let manifest = fs::read_to_string(new.join("plugin.toml")).unwrap();
    workspace.write("plugins/guard/plugin.toml", &manifest.replace("serial = 2", "serial = 9"));
    install(&host, &new).unwrap();
}

#[test]
fn a_plugin_that_is_called_like_a_script_is_not_taken() {
    let vendor = Vendor::new(1);
    let (workspace, host) = workspace(Policy::Vendors, &vendor);
    workspace.write("scripts/guard.rhai", "fn classify(customer, ctx) { () }\n");
    let error = install(&host, &vendor.signed(1)).unwrap_err();
    assert!(error.code == ErrorCode::Conflict && error.message.contains("scripts/guard.rhai"), "{error}");
    assert_eq!(in_place(&workspace), Vec::<String>::new());
    // Where one was put there by other means, nobody says that it runs.
    let place = workspace.path().join("plugins/guard");
    fs::create_dir_all(&place).unwrap();
    for file in ["plugin.toml", "plugin.sig", "plugin.wasm"] {
        fs::copy(vendor.signed(1).join(file), place.join(file)).unwrap();
    }
    grant(&host, &["orders_total", "recency_days"], &["orders"]).unwrap();
    let row = list(&host).rows.remove(0);
    assert_eq!(row.state, Some(RuleState::Refused));
    assert!(row.problem.is_some_and(|problem| problem.message.contains("there is a script `guard`")));
}

#[test]
fn a_folder_in_which_somebody_works_is_left_alone() {
    let vendor = Vendor::new(1);
    let (workspace, host) = workspace(Policy::Vendors, &vendor);
    install(&host, &vendor.signed(1)).unwrap();
    fs::create_dir(workspace.path().join("plugins/guard/source")).unwrap();
    let error = install(&host, &vendor.signed(2)).unwrap_err();
    assert!(error.code == ErrorCode::Conflict && error.message.contains("source/"), "{error}");
    let error = ask(&host, Command::PluginsUninstall { plugin: "guard".into() }).unwrap_err();
    assert_eq!(error.code, ErrorCode::Conflict);
    assert!(workspace.path().join("plugins/guard/source").exists());
    assert_eq!(list(&host).rows[0].release.as_ref().map(|release| release.serial), Some(1));
}

#[test]
fn a_plugin_goes_and_what_it_was_granted_stays_to_be_seen() {
    let vendor = Vendor::new(1);
    let (workspace, host) = workspace(Policy::Vendors, &vendor);
    install_with(&host, &vendor.signed(1), true, false).unwrap();
    let gone = take!(ask(&host, Command::PluginsUninstall { plugin: "guard".into() }).unwrap(), PluginUninstalled);
    assert!(gone.has_grants);
    assert_eq!(in_place(&workspace), Vec::<String>::new());
    assert!(list(&host).rows.is_empty());
    assert!(!grants(&host)[0].is_installed);
    for id in ["guard", "", "..", "../scripts", "."] {
        let error = ask(&host, Command::PluginsUninstall { plugin: id.into() }).unwrap_err();
        assert_eq!(error.code, ErrorCode::NotFound, "{id}");
    }
    assert!(workspace.path().join("scripts/dimensions.toml").exists());
}

#[test]
fn grants_are_of_fields_that_there_are_and_to_plugins_that_are_there() {
    let vendor = Vendor::new(1);
    let (_workspace, host) = workspace(Policy::Vendors, &vendor);
    assert_eq!(grant(&host, &["recency_days"], &[]).unwrap_err().code, ErrorCode::NotFound);
    install(&host, &vendor.signed(1)).unwrap();
    let error = grant(&host, &["recency_dayz"], &[]).unwrap_err();
    assert_eq!((error.code, error.hint.as_deref()), (ErrorCode::NotFound, Some("did you mean `recency_days`?")));
    assert_eq!(grant(&host, &[], &["order"]).unwrap_err().code, ErrorCode::Invalid);
    grant(&host, &["recency_days"], &[]).unwrap();
    let error = ask(&host, Command::GrantsRevoke { plugin: "guard".into(), fields: vec!["tags".into()] }).unwrap_err();
    assert_eq!(error.code, ErrorCode::NotFound);
}

#[test]
fn a_key_is_trusted_once_and_revoked_for_good() {
    let vendor = Vendor::new(1);
    let (workspace, host) = workspace(Policy::Vendors, &vendor);
    install(&host, &vendor.signed(1)).unwrap();
    let trust = |name: &str, key: &str| ask(&host, Command::KeysTrust { name: name.into(), key: key.into() });
    assert!(trust("acme", &vendor.key).is_ok(), "twice is once");
    assert_eq!(trust("again", &vendor.key).unwrap_err().code, ErrorCode::Conflict);
    assert_eq!(trust("acme", &Vendor::new(2).key).unwrap_err().code, ErrorCode::Conflict);
    assert_eq!(trust("x", "RWabc").unwrap_err().code, ErrorCode::Invalid);
    assert_eq!(trust("a b", &Vendor::new(2).key).unwrap_err().code, ErrorCode::Invalid);
    assert_eq!(ask(&host, Command::KeysRevoke { key: "nobody".into() }).unwrap_err().code, ErrorCode::NotFound);

    let keys = take!(ask(&host, Command::KeysRevoke { key: "acme".into() }).unwrap(), Keys);
    assert_eq!(keys.rows.iter().map(|row| (row.name.as_deref(), row.is_revoked)).collect::<Vec<_>>(), [(None, true)]);
    let row = list(&host).rows[0].clone();
    let problem = row.problem.unwrap();
    assert!(!row.is_verified && problem.message.contains("which was revoked"), "{problem:?}");
    assert_eq!(trust("acme", &vendor.key).unwrap_err().code, ErrorCode::Conflict);
    assert!(take!(ask(&host, Command::KeysRevoke { key: vendor.key.clone() }).unwrap(), Keys).changed.is_none());
    workspace.write("plugins/trust.toml", "[keys.acme]\nkee = 1\n");
    let error = ask(&host, Command::KeysList).unwrap_err();
    assert!(error.code == ErrorCode::Invalid && error.message.starts_with("plugins/trust.toml:2: "), "{error}");
}
