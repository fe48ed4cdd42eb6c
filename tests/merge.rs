//! Customers that turn out to be one, as people merge them.

use tierhook_model::{Language, MoveCause};
use tierhook_server::api::{
    Answer, Command, CustomerFilter, CustomerHead, Datum, DoctorReport, ErrorCode, ExportFormat, ExportKind,
    FollowUpFilter, MergeReport, NewReminder, TodayReport, Until,
};

use crate::support::book::{Book, day, dimension};
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

fn book() -> Book {
    let book =
        Book::new("2026-03-10", &[dimension("grade", "", &["A", "B"])], &[("grade.rhai", GRADE), ("care.rhai", CARE)]);
    book.orders("wang,1,2026-02-01,tea,600\nli,2,2026-02-20,tea,700\nzhao,3,2026-03-01,tea,50");
    book
}

fn merge(book: &Book, keep: &str, duplicate: &str) -> MergeReport {
    let command = Command::CustomersMerge { keep: keep.into(), duplicate: duplicate.into(), why: "same phone".into() };
    take!(book.ask(command), Merge)
}

fn unmerge(book: &Book, duplicate: &str) -> MergeReport {
    take!(book.ask(Command::CustomersUnmerge { duplicate: duplicate.into(), why: String::new() }), Merge)
}

fn listed(book: &Book) -> Vec<CustomerHead> {
    let filter = CustomerFilter { limit: 100, ..CustomerFilter::default() };
    let list = take!(book.ask(Command::CustomersList(filter)), Customers);
    assert_eq!(list.total, list.rows.len() as u64);
    let mut heads: Vec<CustomerHead> = list.rows.into_iter().map(|row| row.customer).collect();
    heads.sort_by(|a, b| a.id.cmp(&b.id));
    heads
}

fn ids(heads: &[CustomerHead]) -> Vec<&str> {
    heads.iter().map(|head| head.id.as_str()).collect()
}

fn export(book: &Book, what: ExportKind) -> String {
    let command = Command::Export { what, fields: Vec::new(), as_of: None, format: ExportFormat::Csv, file: None };
    ask_with(book.host(), command, b"").1
}

fn doctor(book: &Book) -> DoctorReport {
    take!(book.ask(Command::Doctor { repair: false }), Doctor)
}

#[test]
fn every_question_about_a_duplicate_is_answered_with_the_customer_that_stands_for_it() {
    let book = book();
    let before = (export(&book, ExportKind::Customers), export(&book, ExportKind::Orders));
    let report = merge(&book, "wang", "li");
    assert_eq!((report.undone, report.kept.also), (false, vec!["shop:li".to_owned()]));
    assert_eq!(report.changes[0].text, "the grade: class B -> class A");

    assert_eq!(ids(&listed(&book)), ["wang", "zhao"]);
    for name in ["li", "shop:li", "wang", &format!("C{}", report.other.record.0)] {
        let detail = book.show(name);
        assert_eq!((detail.customer.id.as_str(), &detail.customer.also), ("wang", &vec!["shop:li".to_owned()]));
        let merged = &detail.merged[0];
        assert_eq!(
            (merged.customer.as_str(), merged.who.as_str(), merged.why.as_str()),
            ("shop:li", "tester", "same phone")
        );
        assert_eq!(detail.facts.iter().filter(|fact| fact.what == "order").count(), 2);
    }
    assert_eq!(book.history("li")[0].1, MoveCause::Merge);
    let found = take!(book.ask(Command::CustomersSearch { text: "li".into(), limit: 9 }), Search);
    assert_eq!((found.total, found.rows[0].customer.id.as_str()), (1, "wang"));
    assert_eq!(book.explain("li").customer.id, "wang");
    let status = take!(book.ask(Command::Status), Status);
    assert_eq!((status.customers, status.facts), (2, 3));
    assert_eq!(book.evaluate().customers, 2);
    assert_eq!(export(&book, ExportKind::Customers).lines().count(), 3);
    assert!(export(&book, ExportKind::Orders).contains("shop,wang,order,2,2026-02-20"));
    assert!(doctor(&book).is_sound());

    // An order of the duplicate counts for the customer, and is the duplicate's own again when that was wrong.
    book.orders("li,4,2026-03-09,tea,5");
    assert_eq!(book.show("wang").facts.iter().filter(|fact| fact.what == "order").count(), 3);
    let report = unmerge(&book, "li");
    assert_eq!((report.undone, report.kept.id.as_str(), report.other.id.as_str()), (true, "wang", "li"));
    assert_eq!(report.changes[0].text, "the grade: class A -> class B");
    assert_eq!(ids(&listed(&book)), ["li", "wang", "zhao"]);
    assert!(export(&book, ExportKind::Orders).contains("shop,li,order,4,2026-03-09"));
    let lines =
        |text: &str| text.lines().filter(|line| !line.starts_with("shop,li,")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines(&export(&book, ExportKind::Customers)), lines(&before.0));
    let facts: Vec<_> = book.show("wang").facts.into_iter().map(|fact| (fact.what, fact.text)).collect();
    assert_eq!(facts[0], ("unmerge".into(), "shop:li, tester".into()));
    assert_eq!(facts[1], ("merge".into(), "shop:li, tester: same phone".into()));
    assert!(doctor(&book).is_sound());
}

#[test]
fn what_was_said_last_holds_and_a_merge_tells_what_that_changes() {
    let book = book();
    for (customer, name, company) in [("wang", "王芳", "海风"), ("li", "Wang Fang", "")] {
        let set = [("name", name), ("company", company)].into_iter().filter(|(_, value)| !value.is_empty());
        let set = set.map(|(field, value)| (field.to_owned(), value.to_owned())).collect();
        book.ask(Command::CustomersEdit { customer: customer.into(), set, clear: vec![] });
        book.advance(1);
    }
    let told = |report: MergeReport| -> Vec<(String, Option<Datum>, Option<Datum>)> {
        report.fields.into_iter().map(|it| (it.field, it.before, it.after)).collect()
    };
    let text = |text: &str| Some(Datum::Text(text.into()));
    assert_eq!(told(merge(&book, "wang", "li")), [("name".into(), text("王芳"), text("Wang Fang"))]);
    assert_eq!(book.show("wang").customer.name.as_deref(), Some("Wang Fang"));
    assert_eq!(told(unmerge(&book, "li")), [("name".into(), text("Wang Fang"), text("王芳"))]);
    // Said at the same moment, as by two rows of one list: it is the one that is kept.
    for (customer, name) in [("wang", "王芳芳"), ("li", "Fang")] {
        let set = vec![("name".to_owned(), name.to_owned())];
        book.ask(Command::CustomersEdit { customer: customer.into(), set, clear: vec![] });
    }
    assert_eq!(told(merge(&book, "wang", "li")), []);
}

/// One that was tagged while another was merged into it lost its own tags for good, and kept the other's.
#[test]
fn a_tag_that_is_added_while_two_are_one_costs_neither_its_own() {
    let book = book();
    let tag = |customer: &str, add: &[&str], remove: &[&str]| {
        let [add, remove] = [add, remove].map(|tags| tags.iter().map(|tag| (*tag).to_owned()).collect());
        book.ask(Command::CustomersTag { customer: customer.into(), add, remove });
    };
    let tags = |customer: &str| {
        let fields = book.show(customer).fields;
        fields.into_iter().find(|it| it.field == "tags").and_then(|it| it.value).map(|value| value.to_string())
    };
    tag("wang", &["VIP", "shy"], &[]);
    book.advance(1);
    tag("li", &["walk-in"], &[]);
    merge(&book, "wang", "li");
    assert_eq!(tags("wang").as_deref(), Some("walk-in"), "the last word on them");
    tag("wang", &["new"], &["shy"]);
    assert_eq!(tags("wang").as_deref(), Some("VIP, walk-in, new"));
    unmerge(&book, "li");
    assert_eq!((tags("wang").as_deref(), tags("li").as_deref()), (Some("VIP, walk-in, new"), Some("walk-in")));
}

#[test]
fn reminders_go_with_the_duplicate_and_come_back() {
    let book = book();
    let reminder = NewReminder {
        text: "bring the catalogue".into(),
        due: Until::Day(day("2026-03-12")),
        channel: None,
        priority: 9,
    };
    book.ask(Command::FollowUpsAdd { customer: "li".into(), reminder });
    let old = take!(
        book.ask(Command::FollowUpsList(FollowUpFilter {
            customer: Some("li".into()),
            kind: Some("reminder".into()),
            limit: 9,
            ..FollowUpFilter::default()
        })),
        FollowUps
    )
    .rows[0]
        .id;
    merge(&book, "wang", "li");
    let today: TodayReport = take!(book.ask(Command::Today { owner: None, limit: 50 }), Today);
    assert_eq!(today.customers, 2);
    // Whoever wrote the number down finds it.
    let done = take!(book.ask(Command::FollowUpsDone { id: old, contact: true, cause: None, note: None }), FollowUp);
    assert_eq!((done.follow_up.customer.id.as_str(), done.follow_up.state.code.as_str()), ("wang", "done"));
    unmerge(&book, "li");
    let again = book.try_ask(Command::FollowUpsDone { id: old, contact: false, cause: None, note: None }).unwrap_err();
    assert_eq!(again.code, ErrorCode::Conflict, "{again:?}");
}

#[test]
fn what_cannot_be_merged_is_refused_with_what_to_do() {
    let book = book();
    let told = |keep: &str, duplicate: &str| {
        let why = String::new();
        book.try_ask(Command::CustomersMerge { keep: keep.into(), duplicate: duplicate.into(), why }).unwrap_err()
    };
    assert_eq!(told("wang", "wang").code, ErrorCode::Invalid);
    assert_eq!(told("wang", "nobody").code, ErrorCode::NotFound);
    merge(&book, "wang", "li");
    for (keep, duplicate) in [("wang", "li"), ("li", "zhao"), ("zhao", "li")] {
        let error = told(keep, duplicate);
        assert_eq!(error.code, ErrorCode::Conflict);
        assert!(error.message.starts_with("shop:li is merged into shop:wang"), "{error:?}");
    }
    let error = book.try_ask(Command::CustomersUnmerge { duplicate: "zhao".into(), why: String::new() }).unwrap_err();
    assert_eq!(error.code, ErrorCode::Conflict);
    assert!(error.message.starts_with("shop:zhao is not merged"), "{error:?}");
    let taken = Command::CustomersAdd { id: "li".into(), set: vec![], tags: vec![], owner: None };
    assert_eq!(book.try_ask(taken).unwrap_err().code, ErrorCode::Conflict);
}

#[test]
fn a_merge_survives_a_restart_and_a_restored_backup() {
    let mut book = book();
    merge(&book, "wang", "li");
    let before = export(&book, ExportKind::Customers);
    let backup = book.workspace.path().join("book.backup");
    book.ask(Command::Backup { file: backup.display().to_string() });
    book.restart(|workspace| {
        let data = workspace.path().join(".tierhook");
        std::fs::remove_dir_all(data.join("book")).unwrap();
        tierhook_server::restore(&backup, &data, &data, &mut |_| {}).unwrap();
    });
    assert_eq!(export(&book, ExportKind::Customers), before);
    assert!(doctor(&book).is_sound());
    unmerge(&book, "li");
    assert_eq!(ids(&listed(&book)), ["li", "wang", "zhao"]);
    let Answer::Customer(detail) = book.ask_zh(Command::CustomersShow { customer: "wang".into(), as_of: None }) else {
        panic!("a customer was asked for")
    };
    assert_eq!((detail.facts[0].what.as_str(), Language::Zh), ("取消合并", Language::Zh));
}
