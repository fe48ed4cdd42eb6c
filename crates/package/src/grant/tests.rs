//! What is granted of what is asked for.

use super::*;
use crate::contents::tests::plugin;
use crate::verify::tests::key;

fn manifest() -> PluginManifest {
    PluginManifest::parse(plugin(&[]).manifest_text().unwrap()).unwrap()
}

fn vendor() -> Publisher {
    Publisher { name: "vendor".to_owned(), key: key(1).public() }
}

fn grants(table: &str) -> Grants {
    Grants::parse(&format!("[grants.guard]\n{table}\n")).unwrap()
}

#[test]
fn nothing_is_granted_by_default_and_the_error_is_the_command() {
    let error = granted(&manifest(), None, &Grants::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`guard` needs what is not granted: class.grade, recency_days, the history of orders"
    );
    assert_eq!(
        error.hint(),
        "run `tierhook grants add guard class.grade recency_days --history orders`, or write under \
         [grants.guard] in plugins/grants.toml: `fields = [\"class.grade\", \"recency_days\"]`, `history = [\"orders\"]`"
    );
    let error = granted(&manifest(), Some(&vendor()), &Grants::default()).unwrap_err();
    assert!(
        error.hint().contains(&format!("in plugins/grants.toml: `key = \"{}\"`, `fields = ", key(1).public())),
        "{}",
        error.hint()
    );
}

#[test]
fn a_plugin_sees_what_it_asks_for_as_far_as_it_is_granted() {
    let grants = grants(
        "fields = [\"recency_days\", \"class.grade\", \"customer.email\"]\nhistory = [\"orders\", \"feedback\"]",
    );
    let seen = granted(&manifest(), None, &grants).unwrap();
    assert_eq!(seen.hooks[&Hook::Classify].fields, ["recency_days"]);
    assert_eq!(seen.hooks[&Hook::FollowUp].fields, ["class.grade", "recency_days"]);
    assert_eq!(seen.hooks[&Hook::FollowUp].withheld, ["customer.industry"]);
    assert_eq!(seen.history, [(HistoryKind::Orders, 50)].into());
    assert!(seen.clear.is_empty());
}

#[test]
fn what_is_given_in_clear_is_granted_and_only_where_it_is_asked_for() {
    let grants = grants(
        "fields = [\"recency_days\", \"class.grade\"]\nclear = [\"customer.industry\", \"customer.email\"]\n\
         history = [\"orders\"]",
    );
    let seen = granted(&manifest(), None, &grants).unwrap();
    assert_eq!(seen.hooks[&Hook::Classify].fields, ["recency_days", "customer.industry"]);
    assert_eq!(seen.clear, ["customer.industry".to_owned()].into());
}

#[test]
fn what_is_partly_granted_misses_the_rest_and_the_lines_hold_both() {
    let error = granted(&manifest(), None, &grants("fields = [\"recency_days\"]")).unwrap_err();
    let GrantError::Missing { fields, history, lines, .. } = &error else { panic!("{error}") };
    assert_eq!(
        (fields.as_slice(), history.as_slice()),
        (["class.grade".to_owned()].as_slice(), &[HistoryKind::Orders][..])
    );
    assert_eq!(lines.as_slice(), ["fields = [\"class.grade\", \"recency_days\"]", "history = [\"orders\"]"]);
}

#[test]
fn a_grant_for_another_key_does_not_hold() {
    let rest = "fields = [\"recency_days\", \"class.grade\"]\nhistory = [\"orders\"]";
    let theirs = grants(&format!("key = \"{}\"\n{rest}", key(1).public()));
    let locals = grants(rest);
    assert!(granted(&manifest(), Some(&vendor()), &theirs).is_ok());
    assert!(granted(&manifest(), None, &locals).is_ok());
    let stranger = Publisher { name: "stranger".to_owned(), key: key(2).public() };
    for (publisher, grants) in [(None, &theirs), (Some(&stranger), &theirs), (Some(&stranger), &locals)] {
        let error = granted(&manifest(), publisher, grants).unwrap_err();
        assert!(matches!(error, GrantError::OtherKey { .. }), "{error}");
        let commands = "`tierhook grants revoke guard` and \
                        `tierhook grants add guard class.grade recency_days --history orders`";
        assert!(error.hint().ends_with(commands), "{}", error.hint());
    }
}

#[test]
fn a_plugin_that_asks_for_nothing_needs_no_grant() {
    let text = "[plugin]\nid = \"still\"\nversion = \"1\"\nserial = 1\napi = \"0.1.0\"\n";
    let seen = granted(&PluginManifest::parse(text).unwrap(), None, &Grants::default()).unwrap();
    assert!(seen.hooks.values().all(|hook| hook.fields.is_empty()) && seen.history.is_empty());
}

#[test]
fn unknown_keys_and_kinds_have_a_place() {
    let shown = |text: &str| Grants::parse(text).unwrap_err().to_string();
    assert!(shown("[grants.a]\nfield = []\n").starts_with("plugins/grants.toml:2: unknown field `field`"));
    assert!(shown("[grant.a]\n").contains("unknown field `grant`"));
    assert!(shown("[grants.a]\nhistory = [\"order\"]\n").contains("unknown variant `order`"));
    assert!(shown("[grants.a]\nkey = \"RW\"\n").contains("it is no public key"));
}
