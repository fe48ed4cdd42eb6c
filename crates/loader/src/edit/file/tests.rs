//! What a command writes, and what of a file it leaves alone.

use super::*;

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn grant(plugin: &str, fields: &[&str]) -> NewGrant {
    NewGrant { plugin: plugin.to_owned(), fields: texts(fields), ..NewGrant::default() }
}

const GRANTS_TEXT: &str = "# What plugins may see.\n\n# Agreed with them on 3 May.\n[grants.guard]\nkey = \"RWone\" # theirs\n\
                           fields = [\"recency_days\", \"class.grade\"] # no more\n\n[grants.tiers]\nfields = [\n  \
                           \"assets\", # in EUR\n  \"orders_total\",\n]\n";

#[test]
fn grants_are_begun_in_a_file_that_is_not_there() {
    let new = NewGrant {
        key: Some("RWone".to_owned()),
        clear: texts(&["customer.email"]),
        history: texts(&["orders"]),
        ..grant("guard", &["recency_days"])
    };
    let text = add_grants("", &new).unwrap();
    assert_eq!(
        text,
        "[grants.guard]\nkey = \"RWone\"\nfields = [\"recency_days\"]\nclear = [\"customer.email\"]\n\
         history = [\"orders\"]\n"
    );
    assert_eq!(add_grants(&text, &new).unwrap(), text, "twice is once");
    let more = add_grants(&text, &grant("tiers", &["assets"])).unwrap();
    assert_eq!(more, format!("{text}\n[grants.tiers]\nfields = [\"assets\"]\n"));
    assert_eq!(
        add_grants("# What plugins may see.\n", &grant("tiers", &[])).unwrap(),
        "# What plugins may see.\n\n[grants.tiers]\n"
    );
}

#[test]
fn grants_are_added_where_they_belong_and_comments_stay() {
    let more = NewGrant { key: Some("RWone".to_owned()), ..grant("guard", &["class.grade", "orders_365d"]) };
    let text = add_grants(GRANTS_TEXT, &more).unwrap();
    assert_eq!(text, GRANTS_TEXT.replace("\"class.grade\"]", "\"class.grade\", \"orders_365d\"]"));
    let text = add_grants(GRANTS_TEXT, &grant("tiers", &["age"])).unwrap();
    assert_eq!(text, GRANTS_TEXT.replace("\"orders_total\",\n", "\"orders_total\",\n  \"age\",\n"));
}

#[test]
fn grants_for_another_key_are_not_added_to() {
    for key in [None, Some("RWtwo".to_owned())] {
        let error = add_grants(GRANTS_TEXT, &NewGrant { key, ..grant("guard", &["age"]) }).unwrap_err();
        assert_eq!(error.to_string(), "plugins/grants.toml has grants of `guard` for another key already");
    }
}

#[test]
fn grants_are_revoked_one_by_one_or_all_at_once() {
    let one = revoke_grants(GRANTS_TEXT, "guard", &texts(&["recency_days"])).unwrap();
    assert_eq!(one, GRANTS_TEXT.replace("\"recency_days\", ", ""));
    let all = revoke_grants(GRANTS_TEXT, "guard", &[]).unwrap();
    assert!(all.starts_with("# What plugins may see.\n\n[grants.tiers]\n"), "{all}");
    assert!(!all.contains("Agreed"), "a comment about what is gone goes with it: {all}");
    let none = revoke_grants(&all, "tiers", &[]).unwrap();
    assert_eq!(none, "# What plugins may see.\n\n");
    let history = "[grants.guard]\nhistory = [\"orders\", \"lines\"]\n";
    assert_eq!(
        revoke_grants(history, "guard", &texts(&["orders"])).unwrap(),
        "[grants.guard]\nhistory = [\"lines\"]\n"
    );
}

#[test]
fn what_was_not_granted_cannot_be_revoked() {
    let shown =
        |plugin: &str, names: &[&str]| revoke_grants(GRANTS_TEXT, plugin, &texts(names)).unwrap_err().to_string();
    assert_eq!(shown("gard", &[]), "plugins/grants.toml has no grants of `gard`");
    assert_eq!(
        shown("guard", &["recency_days", "age"]),
        "plugins/grants.toml has no `age` among the grants of `guard`"
    );
}

#[test]
fn a_key_is_trusted_and_moves_to_the_revoked_ones() {
    let text = trust_key("# Our vendors.\n", "vendor", "RWone").unwrap();
    assert_eq!(text, "# Our vendors.\n\n[keys.vendor]\nkey = \"RWone\"\n");
    let text = trust_key(&text, "other", "RWtwo").unwrap();
    assert_eq!(text, "# Our vendors.\n\n[keys.vendor]\nkey = \"RWone\"\n\n[keys.other]\nkey = \"RWtwo\"\n");
    assert_eq!(
        trust_key(&text, "other", "RWsix").unwrap_err().to_string(),
        "plugins/trust.toml has a key of `other` already"
    );
    let text = revoke_key(&text, &texts(&["vendor"]), "RWone").unwrap();
    let expected = "# Our vendors.\n\n[keys.other]\nkey = \"RWtwo\"\n\n[revoked]\nkeys = [\"RWone\"]\n";
    assert_eq!(text, expected);
    let manifests = format!("{expected}manifests = [\"ab\"] # broke on 3 May\n");
    assert_eq!(revoke_key(&manifests, &[], "RWsix").unwrap(), manifests.replace("\"RWone\"]", "\"RWone\", \"RWsix\"]"));
    assert_eq!(revoke_key("", &[], "RWsix").unwrap(), "[revoked]\nkeys = [\"RWsix\"]\n");
}

#[test]
fn the_files_of_a_plugin_are_listed_anew_and_the_rest_stays() {
    let digests = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(path, digest)| ((*path).to_owned(), (*digest).to_owned())).collect()
    };
    let text = "reads = [\"a\"] # needed\n\n[plugin]\nid = \"guard\" # never changes\nserial = 1\n\n\
                [plugin.hooks.follow_up]\nreads = []\n";
    let first = edit_plugin_files(text, &digests(&[("plugin.wasm", "aa"), ("tables/x.csv", "bb")])).unwrap();
    assert_eq!(first, format!("{text}\n[plugin.files]\n\"plugin.wasm\" = \"aa\"\n\"tables/x.csv\" = \"bb\"\n"));
    let commented = first.replace("\"aa\"", "\"aa\" # built");
    let second = edit_plugin_files(&commented, &digests(&[("cases.toml", "cc"), ("plugin.wasm", "dd")])).unwrap();
    assert_eq!(second, format!("{text}\n[plugin.files]\n\"plugin.wasm\" = \"dd\" # built\n\"cases.toml\" = \"cc\"\n"));
    assert_eq!(
        edit_plugin_files("reads = []\n", &digests(&[])).unwrap_err().to_string(),
        "plugin.toml has no [plugin] table"
    );
}

#[test]
fn tables_may_be_written_in_one_line() {
    let text = trust_key("keys = { acme = { key = \"RWone\" } }\n", "other", "RWtwo").unwrap();
    assert!(text.contains("acme = { key = \"RWone\" }") && text.contains("RWtwo"), "{text}");
    let read: toml_edit::DocumentMut = text.parse().unwrap();
    assert_eq!(read["keys"]["other"]["key"].as_str(), Some("RWtwo"), "{text}");
    let text = revoke_key(&text, &texts(&["acme"]), "RWone").unwrap();
    let read: toml_edit::DocumentMut = text.parse().unwrap();
    assert!(read["keys"].get("acme").is_none() && read["revoked"]["keys"][0].as_str() == Some("RWone"), "{text}");
    let text = trust_key("keys.acme.key = \"RWone\"\n", "other", "RWtwo").unwrap();
    let read: toml_edit::DocumentMut = text.parse().unwrap();
    assert_eq!(read["keys"]["other"]["key"].as_str(), Some("RWtwo"), "{text}");
    let text = add_grants("grants.guard = { fields = [\"a\"] }\n", &grant("guard", &["b"])).unwrap();
    assert_eq!(text, "grants.guard = { fields = [\"a\", \"b\"] }\n");
}

#[test]
fn what_cannot_be_edited_is_said() {
    assert!(
        add_grants("[grants", &grant("a", &[]))
            .unwrap_err()
            .to_string()
            .contains("plugins/grants.toml cannot be edited as it is no TOML")
    );
    let error = add_grants("grants = 3\n", &grant("a", &[])).unwrap_err();
    assert_eq!(error, FileEditError::Form { file: GRANTS, key: "grants".to_owned() });
    let error = add_grants("[grants.a]\nfields = \"x\"\n", &grant("a", &["x"])).unwrap_err();
    assert_eq!(error, FileEditError::Form { file: GRANTS, key: "grants.a.fields".to_owned() });
}
