use super::*;

const ORDERS: &str = "kind = \"orders\"\nsource = \"shop\"\ncustomer = \"c\"\nat = \"day\"\namount = \"total\"\n";

fn error(text: &str) -> String {
    Mapping::parse(text, "m.toml").unwrap_err().to_string()
}

#[test]
fn the_least_that_a_mapping_of_orders_needs() {
    let mapping = Mapping::parse(ORDERS, "m.toml").unwrap();
    assert_eq!((mapping.kind(), mapping.source(), mapping.customer_source()), (ImportKind::Orders, "shop", "shop"));
    let other = Mapping::parse(&format!("customer_source = \"crm\"\n{ORDERS}"), "m.toml").unwrap();
    assert_eq!(other.customer_source(), "crm");
}

/// The examples that a newcomer is sent to.
#[test]
fn the_shipped_mappings_are_read() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/cases/mappings");
    let read = |path: std::path::PathBuf| Mapping::parse(&std::fs::read_to_string(path).unwrap(), "m.toml").unwrap();
    let mappings: Vec<Mapping> = std::fs::read_dir(folder).unwrap().map(|entry| read(entry.unwrap().path())).collect();
    let balances = mappings.iter().find(|mapping| mapping.kind() == ImportKind::Measures).unwrap();
    assert_eq!((balances.source(), balances.customer_source()), ("balances", "online-retail"));
}

#[test]
fn what_is_written_wrongly_is_named_with_its_place() {
    assert!(error(&format!("{ORDERS}chanel = \"x\"")).starts_with("m.toml:6:1: unknown field `chanel`"));
    assert!(error(&format!("{ORDERS}currency = {{ tekst = \"GBP\" }}")).contains("m.toml:6:"));
    assert!(error(&format!("{ORDERS}currency = {{ }}")).contains("write either `value`"));
    assert!(error(&format!("{ORDERS}currency = \"\"")).contains("the expression is empty"));
    assert!(error("kind = \"deals\"").contains("expected one of `orders`"));
}

#[test]
fn keys_that_another_kind_has_are_not_passed_over() {
    let expected = "m.toml:6:8: `what` has no meaning in a mapping of orders; take it out";
    assert_eq!(error(&format!("{ORDERS}what = \"x\"")), expected);
    assert!(
        error("kind = \"customers\"\nsource = \"s\"\ncustomer = \"c\"\nid = \"c\"").contains("mapping of customers")
    );
}

#[test]
fn what_is_missing_is_named() {
    assert!(error("kind = \"orders\"\nsource = \"s\"\ncustomer = \"c\"\namount = \"t\"").contains("needs `at`"));
    assert!(
        error("kind = \"orders\"\nsource = \"s\"\ncustomer = \"c\"\nat = \"t\"").contains("exactly one of `amount`")
    );
    assert!(error(&format!("{ORDERS}[line]\nproduct = \"p\"")).contains("exactly one of `amount`"));
    assert!(error(&format!("{ORDERS}[file]\nheader = false")).contains("`file.columns`"));
    let feedback = "kind = \"feedback\"\nsource = \"s\"\ncustomer = \"c\"\nat = \"t\"";
    assert!(error(feedback).contains("needs `what`"));
    assert!(error(&feedback.replace("feedback", "measures")).contains("needs `measures`"));
}

#[test]
fn values_that_make_no_sense_are_told_what_to_be() {
    let file = |line: &str| error(&format!("{ORDERS}[file]\n{line}"));
    assert!(file("delimiter = \"||\"").contains("m.toml:7:13: `file.delimiter`: `||` is no delimiter"));
    assert!(file("encoding = \"klingon\"").contains("`klingon` is no encoding"));
    assert!(file("decimal = \"x\"").contains("`file.decimal`"));
    assert!(file("thousands = \".\"").contains("`file.thousands`"));
    assert!(file("columns = [\"a\", \"a\"]").contains("two columns are named `a`"));
    assert!(error(&ORDERS.replace("\"day\"", "{ value = \"day\", zone = \"Mars\" }")).contains("`Mars`"));
    assert!(
        error(&ORDERS.replace("\"total\"", "{ value = \"t\", formats = [] }")).contains("for moments and days only")
    );
    let customers = "kind = \"customers\"\nsource = \"s\"\ncustomer = \"c\"\n[fields]\n";
    assert!(error(&format!("{customers}industy = \"x\"")).contains("did you mean `industry`?"));
    assert!(error(&format!("{customers}name = {{ value = \"x\", split = \";\" }}")).contains("for lists only"));
    assert!(error(&format!("{customers}name = {{ value = \"x\", type = \"day\" }}")).contains("`[custom]` only"));
}

#[test]
fn contacts_need_a_name_and_files_one_format() {
    let contacts = "kind = \"contacts\"\nsource = \"crm\"\ncustomer = \"firm\"\n";
    assert!(error(contacts).contains("a mapping of contacts needs `name`"));
    let mapping =
        Mapping::parse(&format!("{contacts}name = \"n\"\nphones = {{ value = \"t\", split = \"/\" }}"), "m.toml");
    assert_eq!(mapping.unwrap().kind(), ImportKind::Contacts);
    assert!(error(&format!("{contacts}name = {{ value = \"n\", split = \"/\" }}")).contains("for lists only"));
    assert!(error(&format!("{ORDERS}phones = \"t\"")).contains("`phones` has no meaning in a mapping of orders"));
    assert!(error(&format!("{ORDERS}[consents]\nemail = \"t\"")).contains("`consents` has no meaning"));
    assert!(
        error(&format!("{contacts}name = \"n\"\nregion = \"China\""))
            .contains("`China` is no known region; write one of CN")
    );
    let file = |line: &str| error(&format!("{ORDERS}[file]\n{line}"));
    assert!(file("format = \"csv\"\nsheet = \"S\"").contains("`file.sheet`: it is for files of format \"xlsx\""));
    assert!(
        file("format = \"json-lines\"\ndelimiter = \";\"")
            .contains("`file.delimiter`: it is for files of format \"csv\"")
    );
    assert!(file("format = \"ods\"").contains("expected one of `csv`, `json-lines`, `xlsx`"));
}
