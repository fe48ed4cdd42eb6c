//! `import --guess`: what a list is taken for in a book that has some of its customers already.

use tierhook_server::Host;
use tierhook_server::api::{Command, GuessReport, ImportKind, ImportReport, MappingFile};

use crate::support::{Workspace, ask, ask_with, take};

const ACCOUNTS: &str = "account,sector,employees\nAcme,retail,12\nBetatech,retail,40\nCodehow,retail,7\n";
const DEALS: &str = "deal,account,close_date,close_value\nD1,Acme,2026-01-05,100\nD2,Codehow,2026-01-06,200\n\
                     D3,Betatech,2026-01-07,300\n";

fn guess(host: &Host, file: &str, text: &str) -> GuessReport {
    guess_as(host, file, None, text)
}

fn guess_as(host: &Host, file: &str, kind: Option<ImportKind>, text: &str) -> GuessReport {
    take!(ask_with(host, Command::Guess { file: file.into(), kind }, text.as_bytes()).0, Guess)
}

/// Guesses what a list is, and takes it in by that.
fn import(host: &Host, file: &str, text: &str) -> (GuessReport, ImportReport) {
    let guess = guess(host, file, text);
    let report = take_in(host, file, text, guess.mapping.clone());
    (guess, report)
}

fn take_in(host: &Host, file: &str, text: &str, mapping: String) -> ImportReport {
    let command = Command::Import {
        file: file.into(),
        bytes: Some(text.len() as u64),
        kind: None,
        mapping: Some(MappingFile { name: "guessed.toml".into(), text: mapping }),
        dry_run: false,
        amend: false,
        rejects: None,
    };
    take!(ask_with(host, command, text.as_bytes()).0, Import)
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

/// A list of balances had the numbers of customers who were known from their orders. It was taken in as a source of its
/// own, twice as many customers were in the book, and only then was asked whether they were the same.
#[test]
fn who_has_the_numbers_of_known_customers_is_asked_for() {
    let workspace = Workspace::shipped("2026-03-01");
    let host = workspace.open();
    let accounts: String = (1001..=1020).map(|id| format!("{id},retail,{}\n", id % 7)).collect();
    import(&host, "accounts.csv", &format!("account,sector,employees\n{accounts}"));
    // One in twenty is new.
    let day = |id: u32| format!("{id},2026-01-31,{}.50\n", id * 3);
    let balances: String = (1002..=1021).map(day).collect();
    let balances = format!("customer,day,assets\n{balances}");
    let guess = guess_as(&host, "balances.csv", Some(ImportKind::Measures), &balances);
    assert!(guess.is_doubtful());
    assert_eq!(guess.may_be_of.as_deref(), Some("accounts"));
    assert!(guess.questions[0].contains("has 19 of 20 customers looked at"), "{:?}", guess.questions);
    assert!(guess.questions[0].contains("write customer_source = \"accounts\""), "{:?}", guess.questions);
    let line = "# customer_source = \"accounts\"";
    assert!(guess.mapping.contains(&format!("\n{line}\n")), "{}", guess.mapping);
    let same = take_in(&host, "balances.csv", &balances, guess.mapping.replace(line, &line[2..]));
    assert_eq!((same.added, same.new_customers), (20, 1));
    // Whoever leaves the mapping as it is says that they are others.
    let others = balances.replace("assets", "points");
    let guess = guess_as(&host, "points.csv", Some(ImportKind::Measures), &others);
    assert!(guess.is_doubtful());
    assert_eq!(take_in(&host, "points.csv", &others, guess.mapping).new_customers, 20);
    // The next list of that source is not asked for again.
    assert!(!guess_as(&host, "points.csv", Some(ImportKind::Measures), &others).is_doubtful());
}

/// An order list that overlapped with the one before was taken for another system's, and its orders were counted twice.
#[test]
fn a_list_whose_orders_are_known_is_of_their_source() {
    let numbered = |list: &str| list.replace("Acme", "1001").replace("Betatech", "1002").replace("Codehow", "1003");
    let workspace = Workspace::shipped("2026-03-01");
    let host = workspace.open();
    import(&host, "orders.csv", &numbered(DEALS));
    let more = numbered(DEALS) + "D4,1001,2026-01-09,50\n";
    let (guess, report) = import(&host, "november.csv", &more);
    assert!(guess.mapping.contains("\nsource = \"orders\"\n") && !guess.is_doubtful(), "{:?}", guess.questions);
    assert_eq!((report.added, report.known, report.new_customers), (1, 3, 0));
    // Where nothing tells, both answers are offered.
    let others = guess_as(&host, "december.csv", None, &numbered(DEALS).replace("\nD", "\nE"));
    assert!(
        others.is_doubtful() && others.questions[0].contains("source = \"orders\" instead"),
        "{:?}",
        others.questions
    );
}

/// One complaint a week is a list, too; its customer was made a second time, without a name.
#[test]
fn a_list_of_one_customer_who_is_known_is_of_its_source() {
    let workspace = Workspace::shipped("2026-03-01");
    let host = workspace.open();
    import(&host, "members.csv", "member,name\nS-1,Wang Fang\nS-2,Li Lei\n");
    let complaint = "member,date,type,text\nS-1,2026-02-20,complaint,torn\n";
    let (guess, report) = import(&host, "complaints.csv", complaint);
    assert!(guess.mapping.contains("\nsource = \"members\"\n"), "{}", guess.mapping);
    assert_eq!(report.new_customers, 0);
    // Two sources that both have it: somebody has to say which.
    import(&host, "other.csv", "member,name\nS-3,Zhao Si\nS-4,Qian Wu\nS-5,Sun Liu\n");
    take_in(&host, "more.csv", complaint, guess.mapping.replace("\"members\"", "\"more\""));
    assert!(guess_as(&host, "last.csv", None, complaint).is_doubtful());
}

/// What nobody has declared was kept, and missed by whoever looked for it in lists and rules.
#[test]
fn fields_that_nobody_declared_are_named() {
    let workspace = Workspace::shipped("2026-03-01");
    let host = workspace.open();
    let list = "member,name,shoe\nS-1,Wang Fang,38\nS-2,Li Lei,43\n";
    let mapping = "kind = \"customers\"\nsource = \"shop\"\ncustomer = \"member\"\n[fields]\nname = \"name\"\n\
        [custom]\nshoe = { value = \"shoe\", type = \"decimal\" }\n";
    let told = |host: &Host| take_in(host, "members.csv", list, mapping.into()).warnings;
    assert!(matches!(&told(&host)[..], [warning] if warning.ends_with("scripts/fields.toml declares it: custom.shoe")));
    let fields = workspace.path().join("scripts/fields.toml");
    let declared = std::fs::read_to_string(&fields).unwrap_or_default();
    std::fs::write(&fields, declared + "\n[[field]]\nname = \"shoe\"\ntype = \"decimal\"\n").unwrap();
    drop(host);
    assert_eq!(told(&workspace.open()), Vec::<String>::new());
}

/// Of orders as of balances; a few numbers in common are none.
#[test]
fn some_numbers_may_be_another_systems() {
    let numbered = |list: &str| list.replace("Acme", "1001").replace("Betatech", "1002").replace("Codehow", "1003");
    let (accounts, deals) = (numbered(ACCOUNTS), numbered(DEALS));
    let workspace = Workspace::shipped("2026-03-01");
    let host = workspace.open();
    import(&host, "accounts.csv", &accounts);
    let asked = guess(&host, "deals.csv", &deals);
    assert!(asked.is_doubtful() && asked.may_be_of.as_deref() == Some("accounts"), "{:?}", asked.questions);
    let (asked, report) = import(&host, "deals.csv", &deals.replace("1002", "2002").replace("1003", "2003"));
    assert!(!asked.is_doubtful(), "{:?}", asked.questions);
    assert_eq!(report.new_customers, 3);
}

#[test]
fn a_list_of_others_is_a_source_of_its_own() {
    let workspace = Workspace::shipped("2026-03-01");
    let host = workspace.open();
    import(&host, "accounts.csv", ACCOUNTS);
    let others = guess(&host, "deals.csv", &DEALS.replace("Codehow", "Zotware").replace("Betatech", "Yolode"));
    assert!(others.mapping.contains("\nsource = \"deals\"\n"), "{}", others.mapping);
    assert!(!others.questions.iter().any(|question| question.contains("accounts")), "{:?}", others.questions);
    // Where most are known and some are not, somebody has to say so.
    let both = guess(&host, "deals.csv", &DEALS.replace("Codehow", "Zotware"));
    assert!(both.is_doubtful() && both.questions[0].contains("has 2 of 3 customers"), "{:?}", both.questions);
    // The same list again is its own.
    let again = guess(&host, "accounts.csv", ACCOUNTS);
    assert!(!again.questions.iter().any(|question| question.contains("from the source")), "{:?}", again.questions);
}
