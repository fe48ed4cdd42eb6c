//! Imports that are reverted: the book is as if they had never been.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tierhook_model::{ClockMode, FieldGroup, ImportId, Language, MoveCause};
use tierhook_server::api::{
    Command, DoctorReport, ErrorCode, Event, ExportFormat, ExportKind, ImportReport, ImportRow, MappingFile,
    MergeReport, Request, RevertReport, Service as _,
};

use crate::support::book::{Book, dimension};
use crate::support::{ask_with, take};

const GRADE: &str = r#"
fn classify(customer, ctx) {
    class("grade", if customer.net_revenue_total.or(0.0) >= 1000.0 { "A" } else { "B" })
}
"#;

const CARE: &str = r#"
fn follow_up(customer, ctx) {
    plan("call").every(30).since_contact().channel("call")
}
"#;

const PEOPLE: &str = r#"
kind = "customers"
source = "shop"
customer = "customer"
[fields]
name = "name"
region = "region"
"#;

fn book() -> Book {
    Book::new("2026-03-10", &[dimension("grade", "", &["A", "B"])], &[("grade.rhai", GRADE), ("care.rhai", CARE)])
}

/// Takes people in: `customer,name,region`.
fn people(book: &Book, rows: &str) -> ImportReport {
    let mapping = Some(MappingFile { name: "people.toml".into(), text: PEOPLE.to_owned() });
    let (file, bytes, kind) = ("people.csv".into(), None, None);
    let command = Command::Import { file, bytes, kind, mapping, dry_run: false, amend: true, rejects: None };
    take!(ask_with(book.host(), command, format!("customer,name,region\n{rows}\n").as_bytes()).0, Import)
}

fn number(report: &ImportReport) -> ImportId {
    report.import.unwrap()
}

fn revert(book: &Book, import: ImportId) -> RevertReport {
    take!(book.ask(Command::ImportRevert { import, dry_run: false }), Revert)
}

fn dry(book: &Book, import: ImportId) -> RevertReport {
    take!(book.ask(Command::ImportRevert { import, dry_run: true }), Revert)
}

/// Everything that is known of everybody. Since when a class holds is left out: who moved and came back holds it anew.
/// So are the numbers of follow-ups, which are given once.
fn everything(book: &Book) -> String {
    let fields = take!(book.ask(Command::Fields { group: None }), Fields).rows.into_iter();
    let fields = fields.filter(|row| row.group != FieldGroup::Standing).map(|row| row.name).collect();
    let what = ExportKind::Customers;
    let (_, customers) = ask_with(
        book.host(),
        Command::Export { what, fields, as_of: None, format: ExportFormat::JsonLines, file: None },
        b"",
    );
    let what = ExportKind::Orders;
    let orders = Command::Export { what, fields: Vec::new(), as_of: None, format: ExportFormat::JsonLines, file: None };
    let open: Vec<Vec<String>> = ["wang", "li", "zhao"]
        .into_iter()
        .filter(|customer| customers.contains(&format!("\"id\":\"{customer}\"")))
        .map(|customer| {
            let open = book.follow_ups(customer).into_iter().filter(|line| line.contains(" open "));
            open.filter_map(|line| Some(line.split_once(' ')?.1.to_owned())).collect()
        })
        .collect();
    format!("{customers}{}{open:?}", ask_with(book.host(), orders, b"").1)
}

fn imports(book: &Book) -> Vec<ImportRow> {
    take!(book.ask(Command::ImportList), Imports).rows
}

fn assert_sound(book: &Book) {
    let report: DoctorReport = take!(book.ask(Command::Doctor { repair: false }), Doctor);
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(take!(book.ask(Command::Status), Status).pending, 0);
}

#[test]
fn a_reverted_import_leaves_the_book_as_it_was_and_can_come_again() {
    let book = book();
    book.orders("wang,1,2026-02-01,tea,600");
    let before = everything(&book);
    let rows = "wang,2,2026-02-20,tea,700\nli,3,2026-03-01,tea,50\nli,4,2026-03-02,tea,5";
    let import = number(&book.orders(rows));
    let after = everything(&book);
    assert_ne!(before, after);

    let would = dry(&book, import);
    assert_eq!((would.dry_run, would.facts[0].what.as_str(), would.facts[0].count), (true, "orders", 3));
    assert_eq!((would.customers, would.vanished, would.restored, would.regrade), (2, 1, 0, None));
    assert_eq!(everything(&book), after, "a dry run changes nothing");

    let report = revert(&book, import);
    assert_eq!((report.facts[0].count, report.customers, report.vanished), (3, 2, 1));
    let regrade = report.regrade.unwrap();
    assert_eq!((regrade.cause, regrade.customers), (MoveCause::Revert, 1));
    assert_eq!(everything(&book), before);
    assert_eq!(take!(book.ask(Command::Status), Status).customers, 1);
    assert_eq!(book.history("wang")[0].1, MoveCause::Revert);
    let newest = &imports(&book)[0];
    assert_eq!((newest.import, newest.reverted_by.as_deref()), (import, Some("tester")));
    assert!(newest.reverted.is_some());
    assert_sound(&book);

    let error = book.try_ask(Command::ImportRevert { import, dry_run: false }).unwrap_err();
    assert_eq!(error.code, ErrorCode::Conflict);
    assert!(error.message.contains("was reverted already, by tester"), "{error:?}");
    let error = book.try_ask(Command::ImportRevert { import: ImportId(99), dry_run: false }).unwrap_err();
    assert_eq!(error.code, ErrorCode::NotFound);

    let again = book.orders(rows);
    assert_eq!((again.added, again.known, again.conflicts), (3, 0, 0));
    assert_eq!(everything(&book), after);
    assert_eq!(revert(&book, number(&again)).facts[0].count, 3);
    assert_eq!(everything(&book), before);
    assert_sound(&book);
}

#[test]
fn imports_that_had_the_same_rows_later_are_named() {
    let book = book();
    let first = number(&book.orders("wang,1,2026-02-01,tea,600\nli,2,2026-02-02,tea,5"));
    let again = book.orders("wang,1,2026-02-01,tea,600\nli,2,2026-02-02,tea,5\nli,3,2026-02-03,tea,5");
    assert_eq!((again.added, again.known), (1, 2));
    let repeated: Vec<(ImportId, u64)> =
        dry(&book, first).repeated.iter().map(|later| (later.import, later.rows)).collect();
    assert_eq!(repeated, [(number(&again), 2)]);
    assert_eq!(dry(&book, number(&again)).repeated, [], "the earlier one had nothing from it");
    assert_eq!(revert(&book, first).repeated.len(), 1);
    let once_more = book.orders("wang,1,2026-02-01,tea,600\nli,2,2026-02-02,tea,5\nli,3,2026-02-03,tea,5");
    assert_eq!((once_more.added, once_more.known), (2, 1), "what to do helps");
}

#[test]
fn the_first_import_of_all_is_reverted_too() {
    let book = book();
    people(&book, "wang,王芳,浙江");
    let before = everything(&book);
    let import = number(&book.orders("wang,1,2026-02-01,tea,600"));
    revert(&book, import);
    // Sales are unknown again rather than nothing.
    assert_eq!(everything(&book), before);
    let first = imports(&book).last().unwrap().import;
    assert_eq!(revert(&book, first).vanished, 1);
    assert_eq!(everything(&book), "[]");
    // Who is listed no more can be entered by hand.
    book.ask(Command::CustomersAdd { id: "wang".into(), set: vec![], tags: vec![], owner: None });
    assert_sound(&book);
}

#[test]
fn what_an_import_replaced_holds_again() {
    let book = book();
    let first = number(&book.orders("wang,1,2026-02-01,tea,600\nwang,2,2026-02-01,tea,30"));
    number(&people(&book, "wang,王芳,浙江"));
    book.ask(Command::CustomersEdit {
        customer: "wang".into(),
        set: vec![("region".into(), "江苏".into())],
        clear: vec![],
    });
    let before = everything(&book);
    let orders = book.orders("wang,1,2026-02-01,tea,1600");
    let names = people(&book, "wang,王芳芳,安徽");
    assert_eq!((orders.amended, names.added), (1, 1));
    assert_eq!(book.class("wang", "grade").as_deref(), Some("A"));

    assert_eq!((dry(&book, number(&orders)).restored, dry(&book, number(&names)).restored), (1, 0));
    let report = revert(&book, number(&orders));
    assert_eq!((report.facts[0].count, report.restored, report.vanished), (1, 1, 0));
    revert(&book, number(&names));
    assert_eq!(everything(&book), before);
    // The same row is known again, with the content that it had.
    assert_eq!(book.orders("wang,1,2026-02-01,tea,600").known, 1);
    assert_sound(&book);
    revert(&book, first);
    assert!(!everything(&book).contains("\"order\""));
    assert_sound(&book);
}

#[test]
fn imports_are_reverted_in_any_order() {
    // Each of the three replaces what the one before said, once for another customer.
    let rows = ["wang,1,2026-02-01,tea,100", "li,1,2026-02-01,tea,200", "wang,1,2026-02-01,tea,300"];
    let base = "wang,9,2026-01-01,tea,1\nli,8,2026-01-01,tea,1";
    let expected = |standing: &[usize]| {
        let book = book();
        book.orders(base);
        standing.iter().for_each(|at| drop(book.orders(rows[*at])));
        everything(&book)
    };
    let all = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for sequence in all {
        let book = book();
        book.orders(base);
        let numbers = rows.map(|row| number(&book.orders(row)));
        let mut standing = vec![0, 1, 2];
        for at in sequence {
            revert(&book, numbers[at]);
            standing.retain(|it| *it != at);
            assert_eq!(everything(&book), expected(&standing), "{sequence:?}, {standing:?} stand");
        }
        assert_sound(&book);
    }
}

#[test]
fn an_import_is_reverted_for_merged_customers_too() {
    let book = book();
    book.orders("wang,1,2026-02-01,tea,600\nli,2,2026-02-02,tea,10");
    let before = everything(&book);
    let import = number(&book.orders("li,3,2026-03-01,tea,700\nwang,4,2026-03-01,tea,5"));
    let why = String::new();
    let merged: MergeReport = take!(
        book.ask(Command::CustomersMerge { keep: "wang".into(), duplicate: "li".into(), why: why.clone() }),
        Merge
    );
    assert_eq!(merged.kept.also, ["shop:li"]);
    assert_eq!(book.class("wang", "grade").as_deref(), Some("A"));
    let report = revert(&book, import);
    assert_eq!((report.facts[0].count, report.customers, report.vanished), (2, 1, 0));
    assert_eq!(book.class("wang", "grade").as_deref(), Some("B"));
    assert_sound(&book);
    book.ask(Command::CustomersUnmerge { duplicate: "li".into(), why });
    assert_eq!(everything(&book), before);
    assert_sound(&book);
}

/// Customers are measured by the whole book. A revert that broke off left those whom it did not touch measured by what
/// the book had told before.
#[test]
fn a_revert_that_breaks_off_is_graded_by_whatever_comes_next() {
    let book = book();
    people(&book, "wang,Wang,north\nli,Li,south");
    let before = everything(&book);
    let import = number(&people(&book, "wang,Wang,west\nzhao,Zhao,west"));
    let is_graded = |book: &Book| take!(book.ask(Command::Status), Status).is_graded;
    assert!(is_graded(&book));
    let command = Command::ImportRevert { import, dry_run: false };
    let request = Request { language: Language::En, who: "tester".into(), command };
    let host = book.host_handle();
    let broken = catch_unwind(AssertUnwindSafe(|| {
        let mut broken = |_: Event| panic!("the process is gone");
        drop(host.run(request, None, &mut broken));
    }));
    assert!(broken.is_err());
    let mut graded = 0;
    let request = Request { language: Language::En, who: "tester".into(), command: Command::Status };
    let mut count = |event: Event| {
        if let Event::Progress(progress) = event {
            graded = graded.max(progress.done);
        }
    };
    host.run(request, None, &mut count).unwrap();
    assert!(graded >= 2, "li too, of whom the revert says nothing: {graded}");
    drop(host);
    assert!(is_graded(&book));
    // It may have come to its end before it broke off.
    drop(book.try_ask(Command::ImportRevert { import, dry_run: false }));
    assert_eq!(everything(&book), before);
    assert!(is_graded(&book));
}

/// A page about a customer of a reverted import was nothing but lines that say so.
#[test]
fn what_was_taken_back_is_marked_and_does_not_bury_the_rest() {
    let book = book();
    book.contacts("wang,c1,2026-02-20,call");
    let orders: Vec<String> = (1..=20).map(|at| format!("wang,o{at},2026-02-{at:02},milk,10")).collect();
    let import = number(&book.orders(&orders.join("\n")));
    assert_eq!(book.show("wang").facts_total, 21);
    revert(&book, import);
    let shown = book.show("wang");
    assert_eq!(shown.facts_total, 21);
    assert!(shown.facts.iter().all(|fact| fact.retracted == (fact.what != "call")), "{:?}", shown.facts);
    assert!(shown.facts.iter().any(|fact| fact.what == "call"));
}

#[test]
fn a_clock_that_follows_the_newest_fact_goes_back_with_it() {
    let book = book();
    book.orders("1,o1,2026-01-05,milk,90000\n2,o2,2026-01-21,milk,50");
    book.ask(Command::ClockFollow { mode: ClockMode::LastFact });
    let typo = book.orders("1,o3,2062-02-05,milk,90");
    let day = |book: &Book| take!(book.ask(Command::Status), Status).clock.day.to_string();
    assert_eq!(day(&book), "2062-02-05");
    revert(&book, number(&typo));
    assert_eq!(day(&book), "2026-01-21");
    let recency = book.show("1").fields.into_iter().find(|it| it.field == "recency_days").unwrap();
    assert_eq!(recency.value.unwrap().to_string(), "16");
    // It goes on with the next one.
    book.orders("1,o4,2026-02-05,milk,90");
    assert_eq!(day(&book), "2026-02-05");
}
