//! `import --guess`: what a list is taken for in a book that has some of its customers already.

use tierhook_server::Host;
use tierhook_server::api::{Command, GuessReport, ImportReport, MappingFile};

use crate::support::{Workspace, ask, ask_with, take};

const ACCOUNTS: &str = "account,sector,employees\nAcme,retail,12\nBetatech,retail,40\nCodehow,retail,7\n";
const DEALS: &str = "deal,account,close_date,close_value\nD1,Acme,2026-01-05,100\nD2,Codehow,2026-01-06,200\n\
                     D3,Betatech,2026-01-07,300\n";

fn guess(host: &Host, file: &str, text: &str) -> GuessReport {
    take!(ask_with(host, Command::Guess { file: file.into(), kind: None }, text.as_bytes()).0, Guess)
}

/// Guesses what a list is, and takes it in by that.
fn import(host: &Host, file: &str, text: &str) -> (GuessReport, ImportReport) {
    let guess = guess(host, file, text);
    let command = Command::Import {
        file: file.into(),
        bytes: Some(text.len() as u64),
        kind: None,
        mapping: Some(MappingFile { name: "guessed.toml".into(), text: guess.mapping.clone() }),
        dry_run: false,
        amend: false,
        rejects: None,
    };
    let report = take!(ask_with(host, command, text.as_bytes()).0, Import);
    (guess, report)
}

/// A list of accounts and one of their deals, both known by name, came to twice as many customers.
#[test]
fn a_list_of_customers_who_are_known_is_one_of_their_source() {
    let workspace = Workspace::shipped("2026-03-01");
    let host = workspace.open();
    assert!(import(&host, "accounts.csv", ACCOUNTS).0.mapping.contains("\nsource = \"accounts\"\n"));
    let (guess, report) = import(&host, "deals.csv", DEALS);
    assert!(guess.mapping.contains("\nsource = \"accounts\"\n"), "{}", guess.mapping);
    let told = guess.questions.iter().find(|question| question.contains("from the source \"accounts\"")).unwrap();
    assert!(told.contains("write source = \"deals\""), "{told}");
    assert_eq!((report.added, report.new_customers), (3, 0));
    assert_eq!(take!(ask(&host, Command::Status), Status).customers, 3);
}

#[test]
fn numbers_may_be_another_systems() {
    let numbered = |list: &str| list.replace("Acme", "1001").replace("Betatech", "1002").replace("Codehow", "1003");
    let (accounts, deals) = (numbered(ACCOUNTS), numbered(DEALS));
    let workspace = Workspace::shipped("2026-03-01");
    let host = workspace.open();
    import(&host, "accounts.csv", &accounts);
    let (guess, report) = import(&host, "deals.csv", &deals);
    assert!(guess.mapping.contains("\nsource = \"deals\"\n"), "{}", guess.mapping);
    assert!(
        guess.questions.iter().any(|question| question.contains("write source = \"accounts\"; else they stay apart"))
    );
    let customers = take!(ask(&host, Command::Status), Status).customers;
    assert_eq!((report.new_customers, customers), (3, 6));
}

#[test]
fn a_list_of_others_is_a_source_of_its_own() {
    let workspace = Workspace::shipped("2026-03-01");
    let host = workspace.open();
    import(&host, "accounts.csv", ACCOUNTS);
    let others = guess(&host, "deals.csv", &DEALS.replace("Codehow", "Zotware"));
    assert!(others.mapping.contains("\nsource = \"deals\"\n"), "{}", others.mapping);
    assert!(!others.questions.iter().any(|question| question.contains("accounts")), "{:?}", others.questions);
    // The same list again is its own.
    let again = guess(&host, "accounts.csv", ACCOUNTS);
    assert!(!again.questions.iter().any(|question| question.contains("from the source")), "{:?}", again.questions);
}
