//! Plugins, keys and grants as people see them.

use tierhook_model::Language;
use tierhook_server::api::{
    KeyRow, PluginFile, PluginHistory, PluginRelease, PluginRow, PublisherRow, SharedDimension,
};

use super::*;
use crate::screen::Screen;

fn shown(language: Language, columns: Option<usize>, render: impl FnOnce(&mut Page)) -> String {
    let mut page = Page::new(Words::of(language), Screen { width: columns, is_coloured: false });
    render(&mut page);
    page.finish()
}

fn english(render: impl FnOnce(&mut Page)) -> String {
    shown(Language::En, None, render)
}

fn guard(policy: Policy) -> PluginDescription {
    PluginDescription {
        id: "guard".into(),
        version: "1.2.0".into(),
        serial: 7,
        api: "0.1.0".into(),
        policy,
        publisher: Some(PublisherRow { name: "acme".into(), key: "RWkey".into() }),
        is_signed: true,
        digest: "3fa8".into(),
        files: vec![PluginFile { path: "plugin.wasm".into(), bytes: 30_000, digest: "9c1d".into() }],
        needs: vec!["orders_total".into(), "recency_days".into()],
        optional: Vec::new(),
        history: vec![PluginHistory { kind: "orders".into(), most: 50 }],
    }
}

fn missing() -> Obstacle {
    Obstacle {
        message: "`guard` needs what is not granted: recency_days".into(),
        hint: "run `tierhook grants add guard recency_days`".into(),
    }
}

#[test]
fn a_verified_plugin_shows_whose_it_is_and_what_is_in_it() {
    let text = english(|page| verified(page, &guard(Policy::Vendors)));
    assert_eq!(
        text,
        "guard 1.2.0 is what its publisher released\n  publisher  acme  RWkey\n  serial     7\n  contract   0.1.0\n  \
         release    3fa8\n  needs      orders_total, recency_days\n  looks at   orders (the newest 50)\n\nFiles\n  \
         plugin.wasm  29.3 KiB  9c1d\n"
    );
    let text = shown(Language::Zh, None, |page| verified(page, &guard(Policy::Vendors)));
    assert!(
        text.starts_with("guard 1.2.0 与其发布者发布的内容一致\n") && text.contains("订单（最新 50 条）"),
        "{text}"
    );
}

#[test]
fn it_is_said_where_nobody_looked_at_the_signature() {
    let plugin = PluginDescription { publisher: None, ..guard(Policy::Off) };
    let text = english(|page| verified(page, &plugin));
    assert!(text.contains("its signature was not looked at") && text.contains("policy = \"off\""), "{text}");
    let plugin = PluginDescription { publisher: None, is_signed: false, ..guard(Policy::Vendors) };
    let text = english(|page| verified(page, &plugin));
    assert!(text.contains("nobody signed it") && !text.contains("policy"), "{text}");
}

#[test]
fn an_installation_says_what_it_replaced_changed_and_lacks() {
    let report = PluginInstalled {
        plugin: guard(Policy::Vendors),
        folder: "plugins/guard".into(),
        replaced: Some(PluginRelease { version: "1.1.0".into(), serial: 6 }),
        changed: vec!["rules.toml".into()],
        granted: Vec::new(),
        missing: Some(missing()),
        state: Some(RuleState::Refused),
        problems: Vec::new(),
        shared: Vec::new(),
        regrade: None,
    };
    let text = english(|page| installed(page, &report));
    assert!(text.starts_with("guard 1.2.0 is installed in plugins/guard\n  it replaces 1.1.0 (serial 6)\n"), "{text}");
    let end = "rules.toml is changed\n\nerror: `guard` needs what is not granted: recency_days\n  = run `tierhook grants \
               add guard recency_days`\nstate: refused\nguard is in place, and decides nothing until it may see that: run the command above, \
               or install it again with --grant\n";
    assert!(text.ends_with(end), "{text}");
    let granted = PluginInstalled {
        granted: vec!["recency_days".into()],
        missing: None,
        state: Some(RuleState::Active),
        ..report
    };
    let text = english(|page| installed(page, &granted));
    assert!(text.contains("  granted: recency_days\n") && text.ends_with("state: active\n"), "{text}");
    let rules = vec!["abc_grade".to_owned(), "guard".to_owned()];
    let shared = vec![SharedDimension { dimension: "grade".to_owned(), rules }];
    let text = english(|page| installed(page, &PluginInstalled { shared, ..granted }));
    assert!(
        text.contains("\ngrade is decided by the first of these rules that has a word: abc_grade, guard; "),
        "{text}"
    );
}

#[test]
fn plugins_are_listed_with_what_keeps_them_from_running() {
    let row = |id: &str, publisher: Option<&str>| PluginRow {
        id: id.into(),
        release: Some(PluginRelease { version: "1.0.0".into(), serial: 1 }),
        is_verified: true,
        publisher: publisher.map(|name| PublisherRow { name: name.into(), key: "RWkey".into() }),
        state: None,
        problem: None,
    };
    let rows =
        vec![row("guard", Some("acme")), PluginRow { problem: Some(missing()), release: None, ..row("tiers", None) }];
    let text = english(|page| list(page, &PluginList { policy: Policy::Vendors, rows }));
    assert_eq!(
        text,
        "plugin  version  serial  publisher\nguard   1.0.0         1  acme\ntiers   -             -  local, by nobody's \
         signature\n\nerror: `guard` needs what is not granted: recency_days\n  = run `tierhook grants add guard \
         recency_days`\n"
    );
    let rows = vec![PluginRow { is_verified: false, ..row("guard", None) }];
    let text = english(|page| list(page, &PluginList { policy: Policy::Off, rows }));
    assert!(text.contains("guard   1.0.0         1  not verified\n") && text.contains("policy = \"off\""), "{text}");
    let text = english(|page| list(page, &PluginList { policy: Policy::Off, rows: Vec::new() }));
    assert!(text.starts_with("no plugins\n"), "{text}");
}

#[test]
fn keys_are_whole_on_a_narrow_screen_too_since_they_are_there_to_be_copied() {
    let key = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
    let row = |name: Option<&str>, is_revoked| KeyRow {
        name: name.map(str::to_owned),
        key: key.into(),
        id: "E7620F1842B4E81F".into(),
        is_revoked,
    };
    let rows = vec![row(Some("acme"), false), row(None, true)];
    let keys_list = KeyList {
        changed: Some("plugins/trust.toml".into()),
        rows,
        revoked_releases: vec!["ab".into()],
        stopped: vec!["guard".into()],
        regrade: None,
    };
    let text = shown(Language::En, Some(60), |page| keys(page, &keys_list));
    assert!(text.starts_with("plugins/trust.toml is changed\nname  state"), "{text}");
    assert_eq!(text.matches(key).count(), 2, "{text}");
    assert!(text.contains("revoked") && text.contains("revoked release ab\n"), "{text}");
    assert!(text.ends_with("\nstopped by this, and decides nothing any more: guard\n"), "{text}");
}

#[test]
fn grants_show_what_each_plugin_sees_and_lacks() {
    let row = GrantRow {
        plugin: "guard".into(),
        publisher: Some("acme".into()),
        fields: vec!["orders_total".into()],
        clear: vec!["customer.email".into()],
        history: vec!["orders".into()],
        is_installed: true,
        missing: Some(missing()),
    };
    let empty = GrantRow {
        plugin: "tiers".into(),
        publisher: None,
        fields: Vec::new(),
        clear: Vec::new(),
        history: Vec::new(),
        is_installed: false,
        missing: None,
    };
    let text = english(|page| {
        grants(page, &GrantList { changed: None, rows: vec![row, empty], stopped: Vec::new(), regrade: None })
    });
    assert_eq!(
        text,
        "guard  acme\n  sees           orders_total\n  sees in clear  customer.email\n  looks at       orders\n\nerror: \
         `guard` needs what is not granted: recency_days\n  = run `tierhook grants add guard recency_days`\n\ntiers  \
         local, by nobody's signature  not installed\n  sees  nothing\n"
    );
}

#[test]
fn an_author_is_told_what_to_hand_out() {
    let signed_report = SignReport {
        plugin: guard(Policy::Off),
        signature: "guard/plugin.sig".into(),
        key: "RWkey".into(),
        is_listed_anew: true,
        next: "tierhook plugins pack guard".into(),
    };
    let text = english(|page| signed(page, &signed_report));
    assert_eq!(
        text,
        "guard 1.2.0 (serial 7) is signed\n  [plugin.files] in plugin.toml is brought up to date\n  signature   \
         guard/plugin.sig\n  public key  RWkey\nnext:  tierhook plugins pack guard\n"
    );
    let report = PackReport {
        plugin: PluginDescription { is_signed: false, ..guard(Policy::Off) },
        file: "guard-1.2.0.tierhook".into(),
        bytes: 2048,
        digest: "ab12".into(),
        next: "tierhook plugins sign guard --key FILE".into(),
    };
    let text = english(|page| packed(page, &report));
    assert!(text.starts_with("guard-1.2.0.tierhook is written, 2.0 KiB\n  it is not signed"), "{text}");
    assert!(text.ends_with("  sha256  ab12\nnext:  tierhook plugins sign guard --key FILE\n"), "{text}");
    let made = KeyMade { file: "vendor.key".into(), key: "RWkey".into(), id: "E7".into() };
    let text = english(|page| key(page, &made));
    assert!(text.contains("`tierhook keys trust NAME RWkey`"), "{text}");
}
