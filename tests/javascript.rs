//! A plugin in JavaScript: a fresh one, built with Node.js, under the limits of heavy ones.
//!
//! It needs Node.js and the npm registry, so it is left out unless `TIERHOOK_JS` is set, as the gate does.

use std::env;
use std::fs;

use tierhook_kit::Lang;
use tierhook_server::api::{Command, RuleState};
use tierhook_server::plugin::{build, new_plugin};

use crate::support::{Workspace, ask, take};

#[test]
fn a_fresh_one_builds_passes_its_cases_and_plans() {
    if env::var_os("TIERHOOK_JS").is_none() {
        println!("left out: TIERHOOK_JS is not set (it needs Node.js)");
        return;
    }
    let workspace = Workspace::shipped("2026-03-02");
    let vendor = tempfile::tempdir().unwrap();
    new_plugin("js_thanks", vendor.path(), Lang::Js, None).unwrap();
    let made = vendor.path().join("js_thanks");
    let report = build(&made).unwrap();
    assert!(report.bytes > 1 << 20, "an interpreter comes with it: {} bytes", report.bytes);

    let folder = workspace.path().join("plugins/js_thanks");
    fs::create_dir_all(&folder).unwrap();
    for file in ["plugin.toml", "plugin.wasm", "cases.toml"] {
        fs::copy(made.join(file), folder.join(file)).unwrap();
    }
    let reads = "[\"last_order_day\", \"last_order_id\", \"net_revenue_90d\", \"top_category\"]";
    workspace.write("plugins/grants.toml", &format!("[grants.js_thanks]\nfields = {reads}\n"));

    let host = workspace.open();
    let rules = take!(ask(&host, Command::RulesList), Rules);
    let rule = rules.rules.iter().find(|rule| rule.name == "js_thanks").unwrap();
    assert_eq!((rule.state, rule.problems.len()), (RuleState::Active, 0), "{:?}", rule.problems);
    let sample = take!(ask(&host, Command::Sample { customers: 300, seed: 1 }), Sample);
    let regrade = sample.regrade.unwrap();
    assert_eq!(regrade.faults, []);
    let status = take!(ask(&host, Command::Status), Status);
    assert_eq!((status.pending, status.faulted), (0, 0));
    let rules = take!(ask(&host, Command::RulesList), Rules);
    let rule = rules.rules.iter().find(|rule| rule.name == "js_thanks").unwrap();
    assert_eq!((rule.usage.records, rule.usage.faults), (300, 0));
}
