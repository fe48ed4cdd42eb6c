//! Plugins of a live host that break, vanish and go, and what a restart makes of them.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use tempfile::TempDir;
use tierhook_model::Language;
use tierhook_server::api::{
    ApiError, Command, PluginInstalled, Policy, Request, RuleState, Service as _, SharedDimension,
};
use tierhook_server::plugin;

use super::{DAY, Live};
use crate::support::book::dimension;
use crate::support::guest::written::Data;
use crate::support::guest::{self, Save};
use crate::support::{Workspace, ask, classes, take, wait_for};

const HEAD: &str = "dimensions = [\"tier\"]\nreads = [\"orders_total\"]\n";

/// A component that puts the first record of a batch into a class and wants nothing for the others, which so stay without one.
fn saying(class: &str) -> Vec<u8> {
    let columns: &[(&str, Data<'_>)] = &[
        ("record", Data::Integers(&[Some(0)])),
        ("dimension", Data::Texts(&[Some("tier")])),
        ("class", Data::Texts(&[Some(class)])),
    ];
    guest::answering(&[("classes", 1, columns)])
}

fn workspace() -> Workspace {
    let workspace = Workspace::empty(DAY);
    workspace.write("scripts/dimensions.toml", &dimension("tier", "", &["gold", "blue"]));
    workspace.grant("tiers", &["orders_total"]);
    workspace
}

fn save(workspace: &Workspace, serial: u64, component: &[u8]) {
    workspace.save_plugin("tiers", &guest::manifest("tiers", serial, HEAD, component), component, Save::Renamed);
}

/// A host with one customer, whom a plugin calls `gold`.
fn gold() -> Live {
    let workspace = workspace();
    save(&workspace, 2, &saying("gold"));
    let live = Live::start(workspace, 1);
    assert_eq!(live.tiers(), ["gold"]);
    live
}

impl Live {
    fn tiers(&self) -> Vec<String> {
        classes(&self.host, "tier").into_values().collect()
    }

    /// Checks that the plugin serves with a version, though something is wrong that is said like this.
    fn check_last_good(&self, version: &Option<String>, says: &str) {
        let rule = self.rule("tiers");
        assert_eq!((rule.state, &rule.version), (RuleState::LastGood, version), "{:#?}", rule.problems);
        let said = rule.problems.iter().map(|problem| format!("{}; {:?}", problem.message, problem.hint));
        assert!(said.into_iter().any(|said| said.contains(says)), "`{says}` is not in {:#?}", rule.problems);
        let report = take!(ask(&self.host, Command::Evaluate { customer: None }), Regrade);
        assert_eq!((report.customers, report.changed, report.faults.len()), (1, 0, 0));
        assert_eq!(self.tiers(), ["gold"]);
    }
}

#[test]
fn a_restart_with_a_broken_plugin_serves_the_last_good_one() {
    let live = gold();
    let version = live.rule("tiers").version;
    // A byte of the component; then its manifest; then all of it.
    let live = live.restart(|workspace| {
        let file = workspace.path().join("plugins/tiers/plugin.wasm");
        let mut bytes = fs::read(&file).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(file, bytes).unwrap();
    });
    live.check_last_good(&version, "`plugin.wasm` is not what plugin.toml lists");
    let live = Live { serving: Some(live.host.start_serving(None).unwrap()), ..live };
    let live = live.restart(|workspace| workspace.write("plugins/tiers/plugin.toml", "[plugin"));
    live.check_last_good(&version, "plugin.toml");
    let live = Live { serving: Some(live.host.start_serving(None).unwrap()), ..live };
    let live = live.restart(|workspace| {
        fs::write(workspace.path().join("plugins/tiers/plugin.wasm"), "").unwrap();
        save(workspace, 2, &guest::classifying("unreachable", ""));
    });
    live.check_last_good(&version, "it trapped");
}

#[test]
fn a_plugins_folder_that_vanishes_takes_nothing_with_it() {
    let live = gold();
    let version = live.rule("tiers").version;
    let (plugins, away) = (live.workspace.path().join("plugins"), live.workspace.path().join("away"));
    fs::rename(&plugins, &away).unwrap();
    live.until("the alarm", |status| status.problems.iter().any(|problem| problem.fatal));
    live.check_last_good(&version, "the folder `plugins` is gone");
    let live = live.restart(|_| {});
    live.check_last_good(&version, "the folder `plugins` is gone");
    let live = Live { serving: Some(live.host.start_serving(None).unwrap()), ..live };
    fs::rename(&away, &plugins).unwrap();
    live.until("the folder's return", |status| status.problems.is_empty());
    assert_eq!((live.rule("tiers").state, live.rule("tiers").version), (RuleState::Active, version));
}

#[test]
fn a_plugin_that_was_removed_retires() {
    let live = gold();
    fs::remove_dir_all(live.workspace.path().join("plugins/tiers")).unwrap();
    live.until("the end of the plugin", |status| status.rules.active == 0 && status.pending == 0);
    assert!(live.rules().rules.iter().all(|rule| rule.name != "tiers"));
    // Grants that are for nobody stay to be seen, and nothing is wrong.
    assert!(live.status().problems.iter().all(|problem| !problem.fatal), "{:?}", live.status().problems);
    let live = live.restart(|_| {});
    assert!(live.rules().rules.iter().all(|rule| rule.name != "tiers"), "nor does a restart bring it back");
}

#[test]
fn an_older_release_is_refused_unless_the_operator_says_so() {
    let live = gold();
    let version = live.rule("tiers").version;
    save(&live.workspace, 1, &saying("blue"));
    live.until("the refusal", |status| status.problems.iter().any(|it| it.message.contains("has the serial 1")));
    live.check_last_good(&version, "lowest_serial");
    // Neither does a restart forget which releases there were.
    let live = live.restart(|_| {});
    live.check_last_good(&version, "lowest_serial");
    let live = Live { serving: Some(live.host.start_serving(None).unwrap()), ..live };
    live.workspace.write("rules.toml", "[rules.tiers]\nlowest_serial = 1\n");
    live.until("the older release", |status| status.problems.is_empty());
    wait_for("its class", || live.tiers(), |tiers| tiers == &["blue"]);
    assert_ne!(live.rule("tiers").version, version);
}

/// Installs a release from a folder of its own.
fn install(live: &Live, serial: u64, class: &str, downgrade: bool) -> Result<PluginInstalled, ApiError> {
    let place = tempfile::tempdir().unwrap();
    let component = saying(class);
    fs::write(place.path().join("plugin.toml"), guest::manifest("tiers", serial, HEAD, &component)).unwrap();
    fs::write(place.path().join("plugin.wasm"), &component).unwrap();
    let from = place.path().to_string_lossy().into_owned();
    let archive = plugin::archive_of(&from, None).unwrap();
    let command = Command::PluginsInstall { from, grant: false, downgrade };
    let request = Request { language: Language::En, who: "tester".into(), command };
    let reply = live.host.run(request, Some(Box::new(Cursor::new(archive))), &mut |_| {})?;
    Ok(*take!(reply.answer, PluginInstalled))
}

#[test]
fn an_older_release_stays_out_though_the_newer_one_is_gone_until_it_is_asked_for() {
    let live = gold();
    ask(&live.host, Command::PluginsUninstall { plugin: "tiers".into() });
    let error = install(&live, 1, "blue", false).unwrap_err();
    assert!(error.hint.unwrap().contains("--downgrade"));
    assert!(!live.workspace.path().join("plugins/tiers").exists(), "nothing of it is in place");
    assert_eq!(install(&live, 1, "blue", true).unwrap().state, Some(RuleState::Active));
    assert_eq!(live.tiers(), ["blue"]);
    assert_eq!(install(&live, 2, "gold", false).unwrap().state, Some(RuleState::Active));
    assert!(install(&live, 1, "blue", false).is_err(), "the newer one closes the door again");
    save(&live.workspace, 1, &saying("blue"));
    live.until("the refusal", |status| status.problems.iter().any(|it| it.message.contains("has the serial 1")));
    assert_eq!(live.tiers(), ["gold"]);
}

#[test]
fn a_plugin_that_decides_what_another_rule_decides_is_told_with_it() {
    let live = gold();
    assert_eq!(install(&live, 3, "blue", false).unwrap().shared, []);
    live.workspace.write("scripts/early.rhai", "fn classify(customer, ctx) { class(\"tier\", \"gold\") }\n");
    let shared = install(&live, 4, "blue", false).unwrap().shared;
    let rules = vec!["early".to_owned(), "tiers".to_owned()];
    assert_eq!(shared, [SharedDimension { dimension: "tier".to_owned(), rules }]);
    assert_eq!(live.tiers(), ["gold"], "the first that has a word decides");
}

/// Somebody who signs plugins.
struct Vendor {
    folder: TempDir,
    key: String,
}

impl Vendor {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = plugin::new_key(&folder.path().join("vendor.key"), [7; 32]).unwrap().key;
        Self { folder, key }
    }

    fn sign(&self, place: &Path) {
        plugin::sign(place, &self.folder.path().join("vendor.key")).unwrap();
    }
}

/// A host that asks for signatures, with a customer whom a signed plugin calls `gold`.
fn signed_gold(vendor: &Vendor) -> Live {
    let mut workspace = workspace();
    workspace.settings.plugins.policy = Policy::Required;
    workspace.write("plugins/trust.toml", &format!("[keys.acme]\nkey = \"{}\"\n", vendor.key));
    let grants = format!("[grants.tiers]\nkey = \"{}\"\nfields = [\"orders_total\"]\n", vendor.key);
    workspace.write("plugins/grants.toml", &grants);
    save(&workspace, 2, &saying("gold"));
    vendor.sign(&workspace.path().join("plugins/tiers"));
    let live = Live::start(workspace, 1);
    assert_eq!(live.tiers(), ["gold"]);
    live
}

/// What is in the content store is verified again at every start: it may have been revoked meanwhile.
#[test]
fn what_was_revoked_stays_out_at_a_start_though_it_was_the_last_good_one() {
    for by in ["key", "manifest"] {
        let vendor = Vendor::new();
        let live = signed_gold(&vendor);
        let manifest = fs::read(live.workspace.path().join("plugins/tiers/plugin.toml")).unwrap();
        let live = live.restart(|workspace| {
            workspace.write("plugins/tiers/plugin.toml", "broken");
        });
        assert_eq!(live.rule("tiers").state, RuleState::LastGood, "it is broken on the disk, and good in the store");
        let live = Live { serving: Some(live.host.start_serving(None).unwrap()), ..live };
        let live = live.restart(|workspace| {
            let revoked = match by {
                "key" => format!("[revoked]\nkeys = [\"{}\"]\n", vendor.key),
                _ => format!(
                    "[keys.acme]\nkey = \"{}\"\n[revoked]\nmanifests = [\"{}\"]\n",
                    vendor.key,
                    tierhook_package::sha256_hex(&manifest)
                ),
            };
            workspace.write("plugins/trust.toml", &revoked);
        });
        let rule = live.rules().rules.into_iter().find(|rule| rule.name == "tiers").expect("it is listed");
        assert_eq!((rule.state, &rule.version), (RuleState::Refused, &None), "{by}: {:#?}", rule.problems);
        let said: Vec<&str> = rule.problems.iter().map(|problem| problem.message.as_str()).collect();
        assert!(said.iter().any(|said| said.contains("revoked")), "{by}: {said:?}");
        let report = take!(ask(&live.host, Command::Evaluate { customer: None }), Regrade);
        assert_eq!(report.refused, ["tiers"]);
        // It is not asked any more; what it decided stays until somebody decides otherwise.
        let explain =
            Command::Explain { customer: live.histories().into_keys().next().unwrap(), dimension: None, as_of: None };
        let explained = take!(ask(&live.host, explain), Explanation);
        assert!(explained.rules.iter().all(|trace| trace.rule != "tiers"), "{by}");
    }
}

/// What an operator takes back is taken back at once, from the last good version as from the one on the disk.
#[test]
fn a_grant_or_a_key_that_is_taken_back_stops_a_live_plugin() {
    let vendor = Vendor::new();
    let live = signed_gold(&vendor);
    let version = live.rule("tiers").version;
    let trusted = format!("[keys.acme]\nkey = \"{}\"\n", vendor.key);
    let revoked = format!("[revoked]\nkeys = [\"{}\"]\n", vendor.key);
    let granted = fs::read_to_string(live.workspace.path().join("plugins/grants.toml")).unwrap();
    for (file, without, with, says) in [
        ("plugins/grants.toml", "", granted.as_str(), "tierhook grants add tiers orders_total"),
        ("plugins/trust.toml", revoked.as_str(), trusted.as_str(), "which was revoked"),
    ] {
        live.workspace.write(file, without);
        let refused = wait_for(says, || live.rule("tiers"), |rule| rule.state == RuleState::Refused);
        assert_eq!(refused.version, None);
        let said = refused.problems.iter().map(|it| format!("{}; {:?}", it.message, it.hint));
        assert!(said.into_iter().any(|said| said.contains(says)), "{:#?}", refused.problems);
        let report = take!(ask(&live.host, Command::Evaluate { customer: None }), Regrade);
        assert_eq!(report.refused, ["tiers"]);
        live.workspace.write(file, with);
        let back = wait_for("its return", || live.rule("tiers"), |rule| rule.state == RuleState::Active);
        assert_eq!(back.version, version);
        wait_for("its class", || live.tiers(), |tiers| tiers == &["gold"]);
    }
}
