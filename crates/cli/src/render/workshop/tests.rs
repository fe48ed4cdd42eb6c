//! An author's commands as people see them.

use tierhook_model::Language;
use tierhook_server::api::{CaseRow, HookReads, Obstacle, TestReport};

use super::*;
use crate::screen::Screen;

fn shown(language: Language, render: impl FnOnce(&mut Page)) -> String {
    let mut page = Page::new(Words::of(language), Screen { width: None, is_coloured: false });
    render(&mut page);
    page.finish()
}

fn english(render: impl FnOnce(&mut Page)) -> String {
    shown(Language::En, render)
}

fn build_report() -> BuildReport {
    BuildReport {
        plugin: "vip_thanks".into(),
        version: "0.1.0".into(),
        serial: 1,
        component: "vip_thanks/plugin.wasm".into(),
        bytes: 2048,
        digest: "ab12".into(),
        hooks: vec!["follow_up".into()],
        warnings: vec!["plugin.toml asks for `tags`, which the code never reads".into()],
        files: Vec::new(),
        is_listed_anew: true,
        is_signature_stale: true,
        next: "tierhook plugins test vip_thanks".into(),
    }
}

fn tested_report(failures: &[&str], next: Option<&str>) -> PluginTestReport {
    PluginTestReport {
        plugin: "vip_thanks".into(),
        workspace: None,
        is_component_older: false,
        report: TestReport {
            cases: vec![CaseRow {
                rule: "vip_thanks".into(),
                file: "vip_thanks/cases.toml".into(),
                name: "small spending is not".into(),
                failures: failures.iter().map(|text| (*text).to_owned()).collect(),
            }],
            problems: Vec::new(),
        },
        next: next.map(str::to_owned),
    }
}

#[test]
fn a_new_plugin_says_what_to_change_and_what_comes_next() {
    let report = PluginMade {
        plugin: "vip_thanks".into(),
        folder: "vip_thanks".into(),
        code: "vip_thanks/source/src/lib.rs".into(),
        optional: vec!["custom.children".into()],
        next: "tierhook plugins build vip_thanks".into(),
    };
    assert_eq!(
        english(|page| made(page, &report)),
        "vip_thanks is a new plugin that builds as it is\n  the company's own fields are read where they are granted: \
         custom.children\n  change vip_thanks/source/src/lib.rs, plugin.toml and cases.toml to what you want\nnext:  \
         tierhook plugins build vip_thanks\n"
    );
    let zh = shown(Language::Zh, |page| made(page, &report));
    assert!(zh.contains("下一步：  tierhook plugins build vip_thanks"), "{zh}");
}

#[test]
fn a_build_says_what_came_of_it_and_what_holds_no_more() {
    assert_eq!(
        english(|page| built(page, &build_report())),
        "vip_thanks/plugin.wasm is built, 2.0 KiB\n  plugin   vip_thanks\n  version  0.1.0 (serial 1)\n  hooks    \
         follow_up\n  sha256   ab12\n  [plugin.files] in plugin.toml is brought up to date\n  plugin.sig is of an \
         earlier build: sign it again\nwarning: plugin.toml asks for `tags`, which the code never reads\nnext:  \
         tierhook plugins test vip_thanks\n"
    );
}

#[test]
fn what_is_tested_with_which_fields_is_told() {
    let passed = english(|page| tested(page, &tested_report(&[], Some("tierhook plugins sign vip_thanks --key FILE"))));
    assert!(passed.contains("1 passed, 0 failed\ndimensions and fields were those of a new workspace"), "{passed}");
    assert!(passed.ends_with("next:  tierhook plugins sign vip_thanks --key FILE\n"), "{passed}");
    let mut older = tested_report(&["due: expected 1, got 2"], None);
    (older.is_component_older, older.workspace) = (true, Some("/shop".into()));
    let failed = english(|page| tested(page, &older));
    assert!(failed.starts_with("the sources were changed after plugin.wasm was built"), "{failed}");
    assert!(failed.contains("due: expected 1, got 2") && failed.contains("fields were those of /shop\n"), "{failed}");
    assert!(!failed.contains("next:"), "{failed}");
    let none = PluginTestReport { report: TestReport { cases: vec![], problems: vec![] }, ..tested_report(&[], None) };
    assert!(english(|page| tested(page, &none)).starts_with("there is no case; write cases.toml\n"));
}

#[test]
fn what_a_component_is_stands_beside_why_a_host_refuses_it() {
    let read = |kind: &str, name: &str, optional| CodeRead {
        kind: kind.into(),
        name: name.into(),
        ty: "text".into(),
        optional,
    };
    let found = PluginInspection {
        place: "plugin.wasm".into(),
        plugin: None,
        workspace: None,
        reads: vec![HookReads { hook: "follow_up".into(), needs: vec!["tags".into()], optional: Vec::new() }],
        component: Some(ComponentRow {
            bytes: 2048,
            digest: "ab12".into(),
            modules: 3,
            api: Some("0.1.0".into()),
            hooks: vec!["follow_up".into()],
            exports: vec!["tierhook:hooks/follow-up@0.1.0".into()],
            imports: Vec::new(),
            reads: Some(vec![read("field", "tags", true), read("history", "orders", false)]),
        }),
        limits: None,
        warnings: Vec::new(),
        problems: vec![Obstacle { message: "it is damaged".into(), hint: "build it again".into() }],
        next: None,
    };
    let text = english(|page| inspection(page, &found));
    for line in [
        "  follow_up  tags",
        "  exports     tierhook:hooks/follow-up@0.1.0",
        "  imports     nothing",
        "  code reads  tags: text?, history of orders",
        "error: it is damaged\n  = build it again",
    ] {
        assert!(text.contains(line), "{line}\n---\n{text}");
    }
}
