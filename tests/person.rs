//! One person's data: erased everywhere, and copied for the person.

use std::fs;
use std::path::Path;

use tierhook_model::Language;
use tierhook_server::api::{
    Answer, Command, ContactEdit, CustomerFilter, ErasureReport, ErrorCode, ExportFormat, ExportKind, FollowUpFilter,
    ImportReport, LogEntry, LogKind, MappingFile, NewReminder, Request, Service, Until, WarningFilter,
};
use tierhook_server::{Host, restore};

use crate::support::book::{Book, dimension};
use crate::support::{ask, ask_with, take};

/// What only the person has. None of it may be anywhere when the person is erased.
const CANARIES: [&str; 11] = [
    "欧阳春晓",
    "P-90210",
    "13800138001",
    "canary@example.com",
    "wx-canary",
    "canary street",
    "canary-note",
    "canary-call",
    "canary-order",
    "canary-why",
    "canary-reminder",
];

const ORIGIN: &str = r#"
fn classify(customer, ctx) {
    if customer.referred_by.is_known { return class("origin", "referred").because("BY", #{ who: customer.referred_by }); }
    class("origin", "own")
}
"#;

const CASES: &str = r#"
# As 欧阳春晓 was.
[[case]]
name = "欧阳春晓"
day = "2026-03-01"
[case.expect]
class = { origin = "own" }

[[case]]
name = "anybody"
day = "2026-03-01"
[case.expect]
class = { origin = "own" }
"#;

const CUSTOMERS: &str = r#"
kind = "customers"
source = "shop"
customer = "id"
[fields]
name = "name"
phones = "phone"
emails = "email"
handles = "handle"
address = "address"
notes = "notes"
referred_by = "by"
"#;

const ORDERS: &str = r#"
kind = "orders"
source = "shop"
customer = "customer"
id = "order"
at = "day"
amount = "amount"
"#;

const LIST: &str = "id,name,phone,email,handle,address,notes,by
P-90210,欧阳春晓,13800138001,canary@example.com,wx-canary,canary street 1,canary-note,Karl Meier
K-1,Karl Meier,13900139002,karl@example.com,,,met 欧阳春晓 at 13800138001,欧阳春晓
K-2,Somebody Else,13700137003,,,,,P-90210
";

const SALES: &str = "order,customer,day,amount
canary-order-1,P-90210,2026-01-10,100
canary-order-2,P-90210,10.02.2026,100
o-3,K-1,2026-02-01,50
o-4,K-1,01.02.2026,50
";

fn import(book: &Book, mapping: &str, file: &str, dry_run: bool) -> ImportReport {
    let rejects = book.workspace.path().join("list.rejected.csv");
    let (answer, rejected) = ask_with(
        book.host(),
        Command::Import {
            file: "list.csv".into(),
            bytes: None,
            kind: None,
            mapping: Some(MappingFile { name: "list.toml".into(), text: mapping.into() }),
            dry_run,
            amend: false,
            rejects: Some(rejects.display().to_string()),
        },
        file.as_bytes(),
    );
    // What the command line does with the rows.
    if !rejected.is_empty() {
        fs::write(rejects, rejected).unwrap();
    }
    take!(answer, Import)
}

/// A book in which the person is everywhere.
fn book() -> Book {
    let scripts = [("origin.rhai", ORIGIN), ("origin.cases.toml", CASES)];
    let book = Book::new("2026-03-01", &[dimension("origin", "", &["referred", "own"])], &scripts);
    import(&book, CUSTOMERS, LIST, false);
    import(&book, ORDERS, SALES, false);
    let person = || "P-90210".to_owned();
    let mut call = LogEntry::new(LogKind::Call);
    call.text = Some("canary-call".into());
    book.ask(Command::Log { customer: person(), entry: call });
    let word = ("origin".into(), "own".into(), "canary-why".into());
    let (dimension, class, why) = word;
    book.ask(Command::CustomersSetClass { customer: person(), dimension, class, why, until: None, review: None });
    let reminder = NewReminder { text: "canary-reminder".into(), due: Until::Days(3), channel: None, priority: 0 };
    book.ask(Command::FollowUpsAdd { customer: person(), reminder });
    let about = "ask whether 欧阳春晓 still has 13800138001".into();
    let reminder = NewReminder { text: about, due: Until::Days(3), channel: None, priority: 0 };
    book.ask(Command::FollowUpsAdd { customer: "K-2".into(), reminder });
    // The same person works at a customer that is a company.
    let contact = |phone: &str| ContactEdit {
        id: "buyer".into(),
        name: Some("欧阳春晓".into()),
        phones: vec![phone.into()],
        ..ContactEdit::default()
    };
    for phone in ["13600136004", "13800138001"] {
        book.ask(Command::CustomersContact { customer: "K-2".into(), contact: contact(phone), remove: false });
    }
    book
}

fn erase(book: &Book, names: bool, dry_run: bool) -> ErasureReport {
    let (customer, why) = ("P-90210".into(), "request 17".into());
    take!(book.ask(Command::CustomersErase { customer, why, names, dry_run }), Erasure)
}

fn removed(report: &ErasureReport, code: &str) -> u64 {
    report.removed.iter().find(|place| place.code == code).map_or(0, |place| place.count)
}

/// The files below a folder that hold a canary, but for those below `but`.
fn holding(folder: &Path, but: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path == but {
            continue;
        }
        if path.is_dir() {
            found.extend(holding(&path, but));
        } else if let Ok(bytes) = fs::read(&path) {
            let holds = |canary: &&str| bytes.windows(canary.len()).any(|window| window == canary.as_bytes());
            found.extend(CANARIES.iter().filter(|canary| holds(canary)).map(|it| format!("{}: {it}", path.display())));
        }
    }
    found
}

/// Everything that a host tells.
fn everything(host: &Host) -> String {
    let mut told = String::new();
    let mut hear = |command: Command| {
        let request = Request { language: Language::En, who: "tester".into(), command };
        let mut rows = String::new();
        let reply = host.run(request, None, &mut |event| rows.push_str(&format!("{event:?}")));
        told.push_str(&format!("{reply:?}\n{rows}\n"));
    };
    hear(Command::CustomersList(CustomerFilter { limit: 1000, ..CustomerFilter::default() }));
    hear(Command::FollowUpsList(FollowUpFilter { all: true, limit: 1000, ..FollowUpFilter::default() }));
    hear(Command::WarningsList(WarningFilter { all: true, limit: 1000, ..WarningFilter::default() }));
    for customer in ["C0", "C1", "C2", "C3", "K-1", "K-2"] {
        hear(Command::CustomersShow { customer: customer.into(), as_of: None });
        hear(Command::CustomersCopy { customer: customer.into(), file: None });
        hear(Command::Explain { customer: customer.into(), dimension: None, as_of: None });
    }
    hear(Command::Today { owner: None, limit: 1000 });
    hear(Command::ImportList);
    hear(Command::CustomersErased);
    hear(Command::RulesTest { rule: None });
    for what in ExportKind::ALL {
        hear(Command::Export { what, fields: vec![], as_of: None, format: ExportFormat::JsonLines, file: None });
    }
    for text in ["欧阳", "1380013", "nary"] {
        hear(Command::CustomersSearch { text: text.into(), limit: 10 });
    }
    told
}

fn canaries_in(text: &str) -> Vec<&'static str> {
    CANARIES.into_iter().filter(|canary| text.contains(canary)).collect()
}

#[test]
fn an_erased_person_is_nowhere() {
    let book = book();
    let data = book.workspace.path().join(".tierhook");
    assert_eq!(canaries_in(&everything(book.host())), CANARIES, "they are told as long as the person is there");
    assert!(!holding(book.workspace.path(), &data.join("book")).is_empty());

    let planned = erase(&book, true, true);
    assert!(planned.dry_run && planned.number.is_none());
    let count = |report: &ErasureReport| {
        ["records", "facts", "history", "others-facts", "rejected-rows", "cases"].map(|code| removed(report, code))
    };
    assert_eq!(count(&planned), [1, 4, 2, 4, 1, 1], "{planned:#?}");
    assert!(!canaries_in(&everything(book.host())).is_empty(), "nothing is gone yet");

    let erased = erase(&book, true, false);
    assert_eq!((count(&erased), erased.number), (count(&planned), Some(1)), "as was planned");
    assert_eq!(["references", "fact-keys", "versions"].map(|code| removed(&erased, code)), [1, 4, 1]);
    assert!(erased.left.iter().all(|left| !left.place.contains("shop:")), "{:#?}", erased.left);

    assert_eq!(canaries_in(&everything(book.host())), Vec::<&str>::new());
    assert_eq!(holding(book.workspace.path(), &data.join("book")), Vec::<String>::new());
    // The freed places of the database file are the store's: a backup has none of them, nor has what is restored.
    let backup = book.workspace.path().join("after.backup");
    book.ask(Command::Backup { file: backup.display().to_string() });
    let anew = tempfile::tempdir().unwrap();
    restore(&backup, anew.path(), anew.path(), &mut |_| ()).unwrap();
    assert_eq!(holding(anew.path(), Path::new("")), Vec::<String>::new());
    assert_eq!(holding(book.workspace.path(), &data.join("book")), Vec::<String>::new());
    let doctor = take!(book.ask(Command::Doctor { repair: false }), Doctor);
    assert!(doctor.is_sound(), "{doctor:?}");

    // Others stay what they are, but for what was said of the person.
    assert_eq!(book.class("K-1", "origin").as_deref(), Some("own"), "decided anew");
    assert_eq!(book.show("K-1").facts_total, 2);
    assert!(book.show("K-2").contacts.is_empty(), "not even under an older phone");
    let list = fs::read_to_string(book.workspace.path().join("list.rejected.csv")).unwrap();
    assert_eq!(list.lines().count(), 2, "the other customer's row stays: {list}");

    let erasures = take!(book.ask(Command::CustomersErased), Erasures);
    let row = &erasures.rows[0];
    assert_eq!((row.number, row.who.as_str(), row.why.as_str(), erasures.unlisted), (1, "tester", "request 17", 0));
    assert!(row.removed.contains(&erased.removed[0]));
}

#[test]
fn an_erased_customer_is_not_imported_again() {
    let book = book();
    erase(&book, false, false);
    let again = import(&book, ORDERS, SALES, true);
    assert_eq!((again.erased, again.known, again.conflicts), (1, 1, 0));
    let again = import(&book, ORDERS, SALES, false);
    assert_eq!((again.erased, again.added, again.conflicts, again.new_customers), (1, 0, 0, 0));
    assert_eq!(again.erased_on, ["2026-03-01"]);
    let list = fs::read_to_string(book.workspace.path().join("list.rejected.csv")).unwrap();
    assert!(list.contains("erased on 2026-03-01") && canaries_in(&list).is_empty(), "{list}");
    let again = import(&book, CUSTOMERS, LIST, false);
    assert_eq!(again.erased, 1);
    assert!(book.try_ask(Command::CustomersShow { customer: "P-90210".into(), as_of: None }).is_err());
}

#[test]
fn merged_records_of_a_person_go_together_and_one_that_was_unmerged_names_nobody() {
    let book = book();
    let list = "id,name,phone,email,handle,address,notes,by\nD-1,欧阳春晓,,,,,,\nD-2,Ou Yang,,,,,,\n";
    import(&book, CUSTOMERS, list, false);
    let merge = |keep: &str, duplicate: &str| {
        book.ask(Command::CustomersMerge { keep: keep.into(), duplicate: duplicate.into(), why: "canary-why".into() });
    };
    merge("D-1", "P-90210");
    merge("K-2", "D-1");
    book.ask(Command::CustomersUnmerge { duplicate: "D-1".into(), why: String::new() });
    merge("D-1", "D-2");
    let copy = take!(book.ask(Command::CustomersCopy { customer: "D-2".into(), file: None }), Copy);
    assert_eq!(copy.ids, ["shop:D-1", "shop:P-90210", "shop:D-2"]);
    let erased = erase(&book, true, false);
    assert_eq!((removed(&erased, "records"), removed(&erased, "references")), (3, 3), "{erased:#?}");
    let told = everything(book.host());
    assert_eq!(canaries_in(&told), ["canary-why"], "whoever merged K-2 said that");
    assert!(!told.contains("D-1"), "{told}");
    let again = import(&book, CUSTOMERS, list, false);
    assert_eq!((again.erased, again.added), (2, 0));
    let doctor = take!(book.ask(Command::Doctor { repair: false }), Doctor);
    assert!(doctor.is_sound(), "{doctor:?}");
}

/// A book that is damaged is moved away before a backup takes its place; the erasures must not go with it.
#[test]
fn an_erasure_survives_the_book() {
    let book = book();
    let backup = book.workspace.path().join("before.backup");
    book.ask(Command::Backup { file: backup.display().to_string() });
    let report = erase(&book, false, false);
    assert!(report.left.iter().any(|left| left.place.ends_with("before.backup")), "{:#?}", report.left);
    let Book { workspace, .. } = book;
    let data = workspace.path().join(".tierhook");
    let moved = || fs::rename(data.join("book"), data.join("damaged")).is_ok();
    assert!(moved());
    let restored = restore(&backup, &data, &data, &mut |_| ()).unwrap();
    assert_eq!(restored.erased, 1);
    let host = workspace.open();
    let list = take!(ask(&host, Command::CustomersErased), Erasures);
    assert_eq!((list.rows.len(), list.unlisted), (0, 1), "the backup does not list what came after it");
    let list = take!(ask(&host, Command::CustomersSearch { text: "欧阳".into(), limit: 9 }), Search);
    // Others may still speak of somebody with that name, as they did when the backup was made.
    assert!(list.rows.iter().all(|row| row.customer.id != "P-90210"), "{:?}", list.rows);
}

#[test]
fn an_erasure_needs_a_reason_that_names_nobody() {
    let book = book();
    for why in ["", "欧阳春晓 asked for it", "call from 13800138001"] {
        let (customer, why) = ("P-90210".into(), why.into());
        let command = Command::CustomersErase { customer, why, names: false, dry_run: false };
        assert_eq!(book.try_ask(command).unwrap_err().code, ErrorCode::Invalid);
    }
    assert!(book.show("P-90210").facts_total > 0);
}

#[test]
fn a_name_stays_in_the_words_about_others_unless_it_is_to_go() {
    let book = book();
    let report = erase(&book, false, false);
    assert!(report.left.iter().any(|left| left.place == "shop:K-1"), "{:#?}", report.left);
    let told = everything(book.host());
    assert_eq!(canaries_in(&told), ["欧阳春晓"]);
    assert!(told.contains("met 欧阳春晓 at [...]"), "{told}");
}

#[test]
fn a_copy_has_everything_of_the_person_and_nothing_of_others() {
    let book = book();
    let file = book.workspace.path().join("copy.html").display().to_string();
    let answer = book.ask(Command::CustomersCopy { customer: "P-90210".into(), file: Some(file.clone()) });
    let text = format!("{answer:?}");
    let missing: Vec<&str> = CANARIES.into_iter().filter(|canary| !text.contains(canary)).collect();
    assert_eq!(missing, Vec::<&str>::new());
    for other in ["Karl Meier", "K-1", "K-2", "13900139002"] {
        assert!(!text.contains(other), "{other}");
    }
    let Answer::Copy(copy) = answer else { panic!("another answer") };
    assert_eq!(copy.withheld, ["Who referred the customer."]);
    let name = copy.profile.iter().find(|field| field.field == "name").unwrap();
    assert_eq!((name.source.as_str(), name.day.to_string().as_str()), ("shop", "2026-03-01"));
    assert_eq!(copy.imports.len(), 2);
    assert!(copy.facts.is_sorted_by_key(|fact| fact.day));
    assert!(copy.classes[0].overridden.is_some() && copy.follow_ups.len() == 1);

    fs::write(&file, "欧阳春晓").unwrap();
    let report = erase(&book, false, true);
    assert_eq!(report.left.iter().filter(|left| left.place == file).count(), 1, "{:#?}", report.left);
}

/// Exports lay about wherever somebody had wanted them, and an erasure said nothing of them.
#[test]
fn an_export_that_has_the_person_is_told() {
    let book = book();
    let elsewhere = tempfile::tempdir().unwrap();
    let place = |name: &str| elsewhere.path().join(name).display().to_string();
    let left = |book: &Book| -> Vec<String> {
        let places = erase(book, false, true).left.into_iter().map(|left| left.place);
        places.filter(|it| it.starts_with(&place(""))).collect()
    };
    let export = |what: ExportKind, format: ExportFormat, name: &str| {
        let (fields, file) = (Vec::new(), Some(place(name)));
        let (_, rows) = ask_with(book.host(), Command::Export { what, fields, as_of: None, format, file }, b"");
        // What the command line does with the rows.
        fs::write(place(name), &rows).unwrap();
        rows
    };
    export(ExportKind::Customers, ExportFormat::Csv, "by-name.csv");
    // Orders name nobody, but say whose they are.
    let orders = export(ExportKind::Orders, ExportFormat::Csv, "by-id.csv");
    assert!(orders.contains(",P-90210,") && !orders.contains("欧阳"), "{orders}");
    export(ExportKind::Orders, ExportFormat::JsonLines, "by-id.jsonl");
    let others: String =
        orders.lines().filter(|line| !line.contains("P-90210")).map(|line| format!("{line}\n")).collect();
    export(ExportKind::Orders, ExportFormat::Csv, "others.csv");
    fs::write(place("others.csv"), others).unwrap();
    export(ExportKind::Warnings, ExportFormat::Csv, "gone.csv");
    fs::remove_file(place("gone.csv")).unwrap();
    // Whoever wrote this one was killed before its end.
    export(ExportKind::Assignments, ExportFormat::JsonLines, "half.jsonl");
    let half = fs::read_to_string(place("half.jsonl")).unwrap();
    fs::remove_file(place("half.jsonl")).unwrap();
    fs::write(place("half.jsonl.part"), &half[..half.len() - 9]).unwrap();
    let mut told = left(&book);
    told.sort();
    assert_eq!(told, ["by-id.csv", "by-id.jsonl", "by-name.csv", "half.jsonl.part"].map(place));
    fs::write(place("by-id.csv"), "").unwrap();
    fs::write(place("by-name.csv"), [0xff, 0xfe, 0x00]).unwrap();
    let told = left(&book);
    assert!(!told.contains(&place("by-id.csv")) && told.contains(&place("by-name.csv")), "nobody can tell: {told:?}");
}
