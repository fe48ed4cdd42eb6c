//! How good the book is, and what mends it.

use tierhook_server::api::{Command, MappingFile, QualityReport};

use crate::support::book::{Book, dimension};
use crate::support::{ask_with, take};

const CUSTOMERS: &str = r#"
kind = "customers"
source = "crm"
customer = "id"
[fields]
name = "name"
company = "company"
phones = "phone"
emails = "email"
birthday = "born"
"#;

const LIST: &str = "id,name,company,phone,email,born
1,Anna Schmidt,Acme,13800138001,anna@acme.cn,1980-02-03
2,A. Schmidt,,+86 138 0013 8001,,
3,Li,Acme,13900139003,li.acme.cn,2980-02-03
4,Li,Acme,,,
5,Zhao,,1.38E+10,,
";

const READS: &str = r#"
fn classify(customer, ctx) { class("grade", if customer.birthday.is_known { "A" } else { "B" }) }
"#;

fn quality(book: &Book) -> QualityReport {
    *take!(book.ask(Command::Quality), Quality)
}

fn import(book: &Book, rejects: &str) {
    import_list(book, rejects, LIST);
}

fn import_list(book: &Book, rejects: &str, list: &str) {
    let command = Command::Import {
        file: "list.csv".into(),
        bytes: None,
        kind: None,
        mapping: Some(MappingFile { name: "list.toml".into(), text: CUSTOMERS.into() }),
        dry_run: false,
        amend: false,
        rejects: Some(rejects.into()),
    };
    take!(ask_with(book.host(), command, list.as_bytes()).0, Import);
}

#[test]
fn every_flaw_is_told_with_what_mends_it() {
    let book = Book::new("2026-03-02", &[dimension("grade", "", &["A", "B"])], &[("reads.rhai", READS)]);
    import(&book, "/somewhere/list.csv.rejected.csv");
    book.orders("1,o1,2026-01-05,milk,1200\n6,o2,2026-01-05,milk,1200");
    let report = quality(&book);
    assert_eq!(report.customers, 6);

    let shares = report.fields.iter().map(|share| (share.field.name.as_str(), share.known, share.rules));
    let shares: Vec<_> = shares.filter(|(name, ..)| ["birthday", "name", "emails"].contains(name)).collect();
    assert_eq!(shares, [("birthday", 2, 1), ("emails", 2, 0), ("name", 4, 0)], "what a rule reads stands first");
    let of_shop = report.sources.iter().position(|source| source.source == "shop").unwrap();
    assert!(report.fields.iter().all(|share| share.by_source[of_shop] == 0));

    let shop = &report.sources[of_shop];
    assert_eq!((shop.customers, shop.events, shop.days, shop.is_stale), (2, 2, Some(56), true));
    assert!(shop.remedy.contains("clock follow last-fact"));

    assert_eq!(report.duplicates_total, 2);
    let same = &report.duplicates[0];
    let ids: Vec<&str> = same.customers.iter().map(|customer| customer.id.as_str()).collect();
    assert_eq!((same.by.join(" ").as_str(), ids), ("phone", vec!["1", "2"]));
    let command: Vec<&str> = same.remedy.split(' ').collect();
    let ["tierhook", "customers", "merge", keep, duplicate] = command[..] else { panic!("{}", same.remedy) };

    // What was taken back is no event any more.
    let more = book.orders("7,o3,2026-01-06,milk,1");
    book.ask(Command::ImportRevert { import: more.import.unwrap(), dry_run: false });
    assert_eq!(quality(&book).sources[of_shop].events, 2);

    let flaw = &report.imports[0];
    assert_eq!((flaw.rejected, flaw.conflicts, flaw.is_unfinished), (1, 0, false));
    assert!(flaw.remedy.ends_with("/somewhere/list.csv.rejected.csv"));

    let odd: Vec<(&str, &str, u64)> =
        report.odd.iter().map(|odd| (odd.field.as_str(), odd.example.id.as_str(), odd.count)).collect();
    assert_eq!(odd, [("birthday", "3", 1), ("emails", "3", 1)]);
    assert_eq!(report.odd[1].remedy, "tierhook customers edit crm:3 --set emails=...");

    // What it says is done, and it does not say it again.
    book.ask(Command::CustomersMerge { keep: keep.into(), duplicate: duplicate.into(), why: String::new() });
    let set = vec![("birthday".into(), "1980-02-03".into()), ("emails".into(), "li@acme.cn".into())];
    book.ask(Command::CustomersEdit { customer: "crm:3".into(), set, clear: vec![] });
    let report = quality(&book);
    assert_eq!((report.customers, report.duplicates_total, report.odd.len()), (5, 1, 0));
    assert_eq!(report.imports.len(), 1);
    // The list comes again, corrected; another one of the same name was longer, and is still to be corrected.
    let other: String = (20..26).map(|id| format!("{id},Wu,,{},,\n", if id == 20 { "x1" } else { "" })).collect();
    import_list(&book, "/somewhere/other.csv", &format!("id,name,company,phone,email,born\n{other}"));
    assert_eq!(quality(&book).imports.len(), 2);
    import_list(&book, "/somewhere/again.csv", &LIST.replace("1.38E+10", "13700137001"));
    let left: Vec<u32> = quality(&book).imports.iter().map(|flaw| flaw.import.0).collect();
    assert_eq!(left, [4]);
}

#[test]
fn facts_that_contradict_the_book_are_told_until_one_of_them_is_taken() {
    let book = Book::new("2026-03-02", &[dimension("grade", "", &["A", "B"])], &[("reads.rhai", READS)]);
    let import = |amount: u32, amend| {
        let mapping = "kind = \"orders\"\nsource = \"shop\"\ncustomer = \"who\"\nid = \"id\"\nat = \"day\"\namount = \"amount\"\n";
        let command = Command::Import {
            file: "orders.csv".into(),
            bytes: None,
            kind: None,
            mapping: Some(MappingFile { name: "orders.toml".into(), text: mapping.into() }),
            dry_run: false,
            amend,
            rejects: None,
        };
        let rows =
            format!("who,id,day,amount\n1,o1,2026-01-05,{amount}\n2,o2,2026-01-05,{amount}\n3,o3,2026-01-05,7\n");
        take!(ask_with(book.host(), command, rows.as_bytes()).0, Import)
    };
    assert_eq!(import(12, false).added, 3);
    assert!(quality(&book).imports.is_empty());
    let contradicts = import(13, false);
    assert_eq!((contradicts.known, contradicts.conflicts), (1, 2));
    let flaws = quality(&book).imports;
    let [flaw] = &flaws[..] else { panic!("{flaws:?}") };
    assert_eq!((Some(flaw.import), flaw.rejected, flaw.conflicts), (contradicts.import, 0, 2));
    assert_eq!(flaw.remedy, "tierhook import FILE --map MAPPING --amend");
    // What it says is done, and it does not say it again.
    assert_eq!(import(13, true).amended, 2);
    assert_eq!(quality(&book).imports, []);
}

#[test]
fn what_refers_to_nothing_is_told_until_it_comes() {
    let book = Book::new("2026-03-02", &[dimension("grade", "", &["A", "B"])], &[("reads.rhai", READS)]);
    let orders = book.orders("1,o1,2026-01-05,milk,1200\n2,o2,2026-01-05,milk,1200");
    let facts = [
        // Right.
        r#"{"kind":"refund","customer":"shop:1","id":"r1","at":"2026-01-06","amount":1,"order":"o1"}"#,
        r#"{"kind":"refund","customer":"shop:1","id":"r2","at":"2026-01-06","amount":1}"#,
        r#"{"kind":"complaint","customer":"shop:1","id":"c1","at":"2026-01-06","text":"torn"}"#,
        r#"{"kind":"complaint-resolved","customer":"shop:1","source":"desk","id":"c2","at":"2026-01-07","complaint":"c1"}"#,
        // Not.
        r#"{"kind":"refund","customer":"shop:1","id":"r3","at":"2026-01-06","amount":1,"order":"o2"}"#,
        r#"{"kind":"cancellation","customer":"shop:2","id":"r4","at":"2026-01-06","amount":1,"order":"o3"}"#,
        r#"{"kind":"cancellation","customer":"shop:1","id":"r5","at":"2026-01-06","amount":1,"order":"o3"}"#,
        r#"{"kind":"complaint-resolved","customer":"shop:2","id":"c3","at":"2026-01-07","complaint":"c9"}"#,
    ];
    let (answer, _) = ask_with(book.host(), Command::Ingest { amend: false }, facts.join("\n").as_bytes());
    assert_eq!(take!(answer, Ingested).recorded, 8);
    let odd = |book: &Book| -> Vec<String> {
        let rows = quality(book).odd.into_iter();
        rows.map(|it| format!("{} {}: {} shop:{} {}", it.field, it.what, it.count, it.example.id, it.value)).collect()
    };
    assert_eq!(
        odd(&book),
        [
            "cancellation refers to what the book does not have: 2 shop:1 shop:o3",
            "complaint-resolved refers to what the book does not have: 1 shop:2 shop:c9",
            "refund refers to what is another customer's: 1 shop:1 shop:o2",
        ]
    );
    // The order comes, the two customers turn out to be one, and its order is taken back.
    book.orders("2,o3,2026-01-04,milk,1200");
    book.ask(Command::CustomersMerge { keep: "shop:1".into(), duplicate: "shop:2".into(), why: String::new() });
    assert_eq!(odd(&book), ["complaint-resolved refers to what the book does not have: 1 shop:1 shop:c9"]);
    book.ask(Command::ImportRevert { import: orders.import.unwrap(), dry_run: false });
    assert_eq!(
        odd(&book),
        [
            "refund refers to what was taken back: 2 shop:1 shop:o1",
            "complaint-resolved refers to what the book does not have: 1 shop:1 shop:c9",
        ]
    );
}
