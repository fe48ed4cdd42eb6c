//! What people do with the book by hand: customers entered, edited, handed over, listed; calls and complaints noted;
//! reminders, and the page of the day.

use tierhook_server::api::{
    Answer, ApiError, Command, ContactEdit, CustomerFilter, CustomerList, Datum, DimensionList, EditReport, EditRow,
    ErrorCode, FollowUpChanged, LogEntry, LogKind, LogReport, NewReminder, TodayReport, Until,
};

use crate::support::book::{Book, day, dimension};
use crate::support::take;

const GRADE: &str = r#"
fn classify(customer, ctx) {
    if customer.satisfaction_latest.or(3.0) < 2.0 { return class("grade", "B"); }
    if customer.net_revenue_total.or(0.0) >= 1000.0 { return class("grade", "A"); }
    if customer.tags.or([]).contains("VIP") { return class("grade", "A"); }
    class("grade", "B")
}
"#;

const CARE: &str = r#"
fn follow_up(customer, ctx) {
    plan("call").every(30).since_contact().channel("call").priority(if customer.class.grade.or("B") == "A" { 5 } else { 1 })
}
"#;

const SILENCE: &str = r#"
fn churn_warning(customer, ctx) {
    if customer.recency_days.or(0) <= 40 { return; }
    warn("silence").severity(if customer.recency_days > 100 { "high" } else { "low" }).episode(customer.last_order_day)
}
"#;

const FIELDS: &str = r#"
[[field]]
name = "children"
type = "integer"
label = "internal"
description = { en = "Number of children.", zh = "孩子数量" }

[[measure]]
name = "assets"
type = "decimal"
label = "internal"
description = { en = "Assets.", zh = "资产" }
"#;

fn book(today: &str) -> Book {
    Book::new(
        today,
        &[dimension("grade", "icon = \"★\"\ncolour = \"#00aa00\"", &["A", "B"])],
        &[("grade.rhai", GRADE), ("care.rhai", CARE), ("silence.rhai", SILENCE), ("fields.toml", FIELDS)],
    )
}

fn pairs(set: &[(&str, &str)]) -> Vec<(String, String)> {
    set.iter().map(|(field, value)| ((*field).to_owned(), (*value).to_owned())).collect()
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

fn edited(answer: Result<Answer, ApiError>) -> Result<EditRow, ApiError> {
    let EditReport { rows } = take!(answer?, Edit);
    assert_eq!(rows.len(), 1);
    Ok(rows.into_iter().next().unwrap())
}

fn add(book: &Book, id: &str, set: &[(&str, &str)]) -> Result<EditRow, ApiError> {
    let (tags, owner) = (texts(&["new"]), Some("li".to_owned()));
    edited(book.try_ask(Command::CustomersAdd { id: id.into(), set: pairs(set), tags, owner }))
}

fn edit(book: &Book, set: &[(&str, &str)], clear: &[&str]) -> Result<EditRow, ApiError> {
    let customer = "wang".into();
    edited(book.try_ask(Command::CustomersEdit { customer, set: pairs(set), clear: texts(clear) }))
}

fn tag(book: &Book, add: &[&str], remove: &[&str]) -> EditRow {
    let command = Command::CustomersTag { customer: "wang".into(), add: texts(add), remove: texts(remove) };
    edited(book.try_ask(command)).unwrap()
}

fn log(book: &Book, entry: LogEntry) -> Result<LogReport, ApiError> {
    Ok(take!(book.try_ask(Command::Log { customer: "wang".into(), entry })?, Logged))
}

fn list(book: &Book, conditions: &[&str], sort: Option<&str>, offset: usize, limit: usize) -> CustomerList {
    let conditions = conditions.iter().map(|condition| condition.parse().unwrap()).collect();
    let sort = sort.map(str::to_owned);
    let filter = CustomerFilter { conditions, sort, offset, limit, ..CustomerFilter::default() };
    take!(book.ask(Command::CustomersList(filter)), Customers)
}

fn ids(list: &CustomerList) -> Vec<&str> {
    list.rows.iter().map(|row| row.customer.id.as_str()).collect()
}

fn value(book: &Book, customer: &str, field: &str) -> Option<Datum> {
    book.show(customer).fields.into_iter().find(|it| it.field == field).unwrap().value
}

fn said(changes: &[tierhook_server::api::ChangeRow]) -> Vec<&str> {
    changes.iter().map(|change| change.text.as_str()).collect()
}

#[test]
fn a_customer_is_entered_by_hand_once() {
    let book = book("2026-03-10");
    let row = add(
        &book,
        "wang",
        &[("name", "王芳"), ("phones", "138 1234 5678，0086-139-1234-5678"), ("tags", "VIP"), ("custom.children", "2")],
    );
    let row = row.unwrap();
    assert!(row.is_new);
    assert_eq!((row.customer.source.as_str(), row.customer.name.as_deref()), ("tierhook", Some("王芳")));
    // Tags come from both options, and the rules have decided already.
    assert_eq!(value(&book, "wang", "tags"), Some(Datum::List(texts(&["VIP", "new"]))));
    // Numbers are written as an import writes them.
    let phones = texts(&["+8613812345678", "+8613912345678"]);
    assert_eq!(value(&book, "wang", "phones"), Some(Datum::List(phones)));
    // Whoever looks for one need not know how it is kept.
    for condition in ["phones=+8613812345678", "phones=139 1234 5678", "phones=008613812345678"] {
        assert_eq!(list(&book, &[condition], None, 0, 9).total, 1, "{condition}");
    }
    assert_eq!(list(&book, &["phones=13812345679"], None, 0, 9).total, 0);
    assert_eq!(value(&book, "wang", "created"), Some(Datum::Text("2026-03-10".into())));
    assert_eq!(value(&book, "wang", "custom.children"), Some(Datum::Integer(2)));
    assert_eq!(said(&row.changes)[0], "the grade: class A");
    assert_eq!(book.class("tierhook:wang", "grade").as_deref(), Some("A"));

    let again = add(&book, "wang", &[("name", "another")]).unwrap_err();
    assert_eq!(again.code, ErrorCode::Conflict);
    book.orders("zhou,o1,2026-03-01,milk,50");
    assert_eq!(add(&book, "zhou", &[]).unwrap_err().message, "there is a customer `zhou` already: shop:zhou");
    assert_eq!(value(&book, "wang", "name"), Some(Datum::Text("王芳".into())));
    for id in ["", "a b", "shop:1"] {
        assert_eq!(add(&book, id, &[]).unwrap_err().code, ErrorCode::Invalid, "{id}");
    }
}

#[test]
fn fields_are_edited_by_their_type_and_decide_at_once() {
    let book = book("2026-03-10");
    add(&book, "wang", &[("region", "Hangzhou")]).unwrap();
    let row = edit(&book, &[("birthday", "1990-02-28"), ("consent.call", "no")], &["region"]).unwrap();
    let told: Vec<_> = row.fields.iter().map(|field| (field.field.as_str(), &field.before, &field.after)).collect();
    let (text, no) = (|text: &str| Some(Datum::Text(text.into())), Some(Datum::Boolean(false)));
    assert_eq!(
        told,
        [("birthday", &None, &text("1990-02-28")), ("region", &text("Hangzhou"), &None), ("consent.call", &None, &no),]
    );
    assert_eq!(value(&book, "wang", "region"), None);
    assert!(!book.show("wang").consents[0].given);
    let before = book.show("wang").facts_total;
    assert!(edit(&book, &[("birthday", "1990-02-28")], &["region"]).unwrap().fields.is_empty());
    assert_eq!(book.show("wang").facts_total, before, "what the book says already is no fact");

    let row = tag(&book, &["VIP", "VIP"], &["new", "never given"]);
    assert_eq!(value(&book, "wang", "tags"), Some(Datum::List(texts(&["VIP"]))));
    assert!(said(&row.changes).contains(&"the grade: class B -> class A"), "{:?}", row.changes);
    tag(&book, &[], &["VIP"]);
    assert_eq!(value(&book, "wang", "tags"), None);
    assert_eq!(book.class("wang", "grade").as_deref(), Some("B"));
}

#[test]
fn what_cannot_be_edited_is_refused_with_what_to_do() {
    let book = book("2026-03-10");
    add(&book, "wang", &[]).unwrap();
    let refused = |set: &[(&str, &str)], clear: &[&str]| {
        let error = edit(&book, set, clear).unwrap_err();
        assert_eq!(error.code, ErrorCode::Invalid);
        format!("{}; {}", error.message, error.hint.unwrap())
    };
    assert_eq!(
        refused(&[("custom.children", "two")], &[]),
        "`custom.children` is of type integer and takes a whole number, not `two`; write it like custom.children=120"
    );
    assert!(refused(&[("nmae", "x")], &[]).contains("did you mean `name`?"));
    assert!(refused(&[("class.grade", "A")], &[]).contains("customers set-class"));
    assert!(refused(&[("measure.assets", "5")], &[]).contains("log CUSTOMER measure --measure assets"));
    assert!(refused(&[("recency_days", "5")], &[]).contains("it is computed"));
    assert!(refused(&[("name", "")], &[]).contains("--clear name"));
    assert!(refused(&[("name", "x")], &["name"]).contains("named twice"));
    assert!(refused(&[("consent.call", "maybe")], &[]).contains("consent.call=no"));
}

#[test]
fn customers_are_handed_over_together_or_not_at_all() {
    let book = book("2026-03-10");
    book.orders("wang,o1,2026-03-01,milk,50\nzhou,o2,2026-03-01,milk,50");
    let assign = |customers: &[&str], owner: Option<&str>| {
        book.try_ask(Command::CustomersAssign { customers: texts(customers), owner: owner.map(str::to_owned) })
    };
    assert_eq!(assign(&["wang", "nobody"], Some("li")).unwrap_err().code, ErrorCode::NotFound);
    assert_eq!(assign(&[], Some("li")).unwrap_err().code, ErrorCode::Invalid);
    // With the owner forgotten, the last customer stands in its place.
    assert_eq!(assign(&["wang"], Some("zhou")).unwrap_err().message, "`zhou` is a customer, and nobody's owner so far");
    assert_eq!(book.show("wang").customer.owner, None);
    let report = take!(assign(&["wang", "shop:zhou", "wang"], Some("li")).unwrap(), Edit);
    let owners: Vec<_> =
        report.rows.iter().map(|row| (row.customer.id.as_str(), row.customer.owner.as_deref())).collect();
    assert_eq!(owners, [("wang", Some("li")), ("zhou", Some("li"))]);
    assert_eq!(list(&book, &["owner=li"], None, 0, 9).total, 2);
    assign(&["wang"], None).unwrap();
    assert_eq!(book.show("wang").customer.owner, None);
}

#[test]
fn people_at_a_customer_are_entered_changed_and_removed() {
    let book = book("2026-03-10");
    add(&book, "wang", &[("kind", "organisation")]).unwrap();
    let contact = |edit: ContactEdit, remove: bool| {
        edited(book.try_ask(Command::CustomersContact { customer: "wang".into(), contact: edit, remove }))
    };
    let edit = |name: Option<&str>, role: Option<&str>, phones: &[&str]| ContactEdit {
        id: "k1".into(),
        name: name.map(str::to_owned),
        role: role.map(str::to_owned),
        phones: texts(phones),
        emails: Vec::new(),
    };
    assert_eq!(contact(edit(None, Some("buyer"), &[]), false).unwrap_err().code, ErrorCode::Invalid);
    contact(edit(Some("赵磊"), Some("buyer"), &["0571-88886666 转 801"]), false).unwrap();
    let wrong = contact(edit(None, None, &["88886666"]), false).unwrap_err();
    assert!(wrong.message.contains("`88886666` has no area code"), "{wrong}");
    let row = contact(edit(None, Some("head buyer"), &[]), false).unwrap();
    let told = |text: &str| Some(Datum::Text(text.into()));
    assert_eq!(
        (row.fields[0].before.clone(), row.fields[0].after.clone()),
        (told("赵磊, buyer, +8657188886666x801"), told("赵磊, head buyer, +8657188886666x801"))
    );
    assert!(contact(edit(None, None, &[]), false).unwrap().fields.is_empty());

    let call = LogEntry { contact: Some("k1".into()), ..LogEntry::new(LogKind::Call) };
    let logged = log(&book, call).unwrap().fact.text;
    assert!(logged.ends_with("with 赵磊 (head buyer)"), "{logged}");
    assert_eq!(book.show("wang").facts[0].text, logged);
    let stranger = LogEntry { contact: Some("k2".into()), ..LogEntry::new(LogKind::Call) };
    assert_eq!(log(&book, stranger).unwrap_err().code, ErrorCode::NotFound);
    contact(edit(None, None, &[]), true).unwrap();
    assert!(book.show("wang").contacts.is_empty());
    assert_eq!(contact(edit(None, None, &[]), true).unwrap_err().code, ErrorCode::NotFound);
}

#[test]
fn a_noted_call_moves_the_plan_and_a_backdated_one_counts_from_its_day() {
    let book = book("2026-03-10");
    book.contacts("wang,c1,2026-02-20,call");
    assert_eq!(book.follow_ups("wang"), ["1 call open 2026-03-22"]);
    let visit = LogEntry { on: Some(day("2026-03-01")), ..LogEntry::new(LogKind::Visit) };
    let report = log(&book, visit).unwrap();
    assert_eq!((report.fact.day, report.fact.what.as_str()), (day("2026-03-01"), "visit"));
    assert_eq!(
        said(&report.changes),
        [
            format!("follow-up opened: F{}-2 call, due 2026-03-31", report.customer.record.0),
            format!("follow-up closed: F{}-1 call, due 2026-03-22 (a new cycle began)", report.customer.record.0),
        ]
    );
    let text = Some("wants the new catalogue".to_owned());
    log(&book, LogEntry { text: text.clone(), inbound: true, ..LogEntry::new(LogKind::Call) }).unwrap();
    assert_eq!(book.follow_ups("wang").last().unwrap(), "3 call open 2026-04-09");
    let newest = &book.show("wang").facts[0];
    assert_eq!((newest.what.as_str(), newest.text.as_str()), ("call", "wants the new catalogue, tester"));
    // The same call twice is two calls.
    log(&book, LogEntry { text, ..LogEntry::new(LogKind::Call) }).unwrap();
    assert_eq!(value(&book, "wang", "contacts_365d"), Some(Datum::Integer(4)));

    let tomorrow = LogEntry { on: Some(day("2026-03-11")), ..LogEntry::new(LogKind::Call) };
    let error = log(&book, tomorrow).unwrap_err();
    assert_eq!(error.message, "2026-03-11 is still to come: the book's day is 2026-03-10");
    for long_ago in ["0001-01-01", "1899-12-31"] {
        let mistyped = LogEntry { on: Some(day(long_ago)), ..LogEntry::new(LogKind::Call) };
        let error = log(&book, mistyped).unwrap_err();
        assert!(error.message.ends_with("is before 1900-01-01: was it mistyped?"), "{error}");
    }
}

#[test]
fn complaints_are_open_until_they_are_resolved() {
    let book = book("2026-03-10");
    add(&book, "wang", &[]).unwrap();
    let resolve = |complaint: Option<&str>| {
        log(&book, LogEntry { complaint: complaint.map(str::to_owned), ..LogEntry::new(LogKind::Resolved) })
    };
    assert_eq!(resolve(None).unwrap_err().code, ErrorCode::Conflict);
    let complain = |text: &str| log(&book, LogEntry { text: Some(text.into()), ..LogEntry::new(LogKind::Complaint) });
    let (first, second) = (complain("the tin was open").unwrap(), complain("late again").unwrap());
    assert!(first.is_complaint && first.fact.id != second.fact.id);
    let several = resolve(None).unwrap_err();
    assert!(several.hint.unwrap().contains(&first.fact.id));
    assert_eq!(resolve(Some("x")).unwrap_err().code, ErrorCode::NotFound);
    resolve(Some(&first.fact.id)).unwrap();
    assert_eq!(value(&book, "wang", "open_complaints"), Some(Datum::Integer(1)));
    // Whoever has done what was to be done may take that for the end of it.
    let call = remind(&book, "call back", Until::Days(0), 0).unwrap();
    assert_eq!(call.open_complaints, [""; 0]);
    let done = book.done("wang", call.follow_up.id.number, true).unwrap();
    assert_eq!(done.open_complaints, [second.fact.id]);
    // A settlement of a day before it settled nothing, and was taken without a word.
    let before = LogEntry { on: Some(day("2026-03-01")), ..LogEntry::new(LogKind::Resolved) };
    assert!(log(&book, before).unwrap_err().message.contains("is of 2026-03-10"));
    resolve(None).unwrap();
    assert_eq!(value(&book, "wang", "open_complaints"), Some(Datum::Integer(0)));
}

#[test]
fn scores_and_measures_are_checked() {
    let book = book("2026-03-10");
    book.orders("wang,o1,2026-03-01,milk,1200");
    assert_eq!(book.class("wang", "grade").as_deref(), Some("A"));
    let report = log(&book, LogEntry { score: Some(1.5), ..LogEntry::new(LogKind::Satisfaction) }).unwrap();
    assert_eq!(report.fact.text, "1.5 / 5");
    assert!(said(&report.changes).contains(&"the grade: class A -> class B"), "{:?}", report.changes);
    let measure = |name: &str| {
        let (measure, value) = (Some(name.to_owned()), Some(1000.0));
        log(&book, LogEntry { measure, value, ..LogEntry::new(LogKind::Measure) })
    };
    measure("assets").unwrap();
    assert_eq!(value(&book, "wang", "measure.assets"), Some(Datum::Decimal(1000.0)));
    assert_eq!(measure("asets").unwrap_err().hint.as_deref(), Some("did you mean `assets`?"));
    let before = book.show("wang").facts_total;
    for entry in [
        LogEntry::new(LogKind::Satisfaction),
        LogEntry { score: Some(5.5), ..LogEntry::new(LogKind::Satisfaction) },
        LogEntry { score: Some(4.0), ..LogEntry::new(LogKind::Call) },
        LogEntry { inbound: true, ..LogEntry::new(LogKind::Remark) },
        LogEntry::new(LogKind::Remark),
        LogEntry { measure: Some("assets".into()), ..LogEntry::new(LogKind::Measure) },
    ] {
        let error = log(&book, entry.clone()).expect_err(entry.what.name());
        assert!(error.code == ErrorCode::Invalid && error.hint.is_some(), "{error}");
    }
    assert_eq!(book.show("wang").facts_total, before);
}

fn remind(book: &Book, text: &str, due: Until, priority: i32) -> Result<FollowUpChanged, ApiError> {
    let reminder = NewReminder { text: text.into(), due, channel: Some("email".into()), priority };
    Ok(take!(book.try_ask(Command::FollowUpsAdd { customer: "wang".into(), reminder })?, FollowUp))
}

#[test]
fn a_reminder_says_what_was_written_and_only_a_person_ends_it() {
    let book = book("2026-03-10");
    add(&book, "wang", &[]).unwrap();
    let row = remind(&book, "send the price list", Until::Days(3), 2).unwrap().follow_up;
    assert_eq!((row.name.as_str(), row.action.as_deref()), ("Reminder", Some("send the price list")));
    assert_eq!((row.due, row.channel.as_deref(), row.priority), (day("2026-03-13"), Some("email"), 2));
    assert_eq!(row.reasons[0].text, "noted by tester");
    let customer = "wang".to_owned();
    let zh = take!(book.ask_zh(Command::CustomersShow { customer, as_of: None }), Customer);
    assert!(zh.follow_ups.iter().any(|row| row.name == "提醒" && row.action.as_deref() == Some("send the price list")));
    let line = format!("{} reminder open 2026-03-13", row.id.number);
    for _ in 0..2 {
        book.evaluate();
        assert!(book.follow_ups("wang").contains(&line));
        book.advance(30);
    }
    assert_eq!(remind(&book, "too late", Until::Day(day("2026-03-01")), 0).unwrap_err().code, ErrorCode::Invalid);
    assert_eq!(remind(&book, " ", Until::Days(1), 0).unwrap_err().code, ErrorCode::Invalid);
    book.done("wang", row.id.number, false).unwrap();
    book.evaluate();
    assert!(book.follow_ups("wang").contains(&line.replace("open", "done")));
}

fn today(book: &Book, owner: Option<&str>, limit: usize) -> TodayReport {
    take!(book.ask(Command::Today { owner: owner.map(str::to_owned), limit }), Today)
}

#[test]
fn the_page_of_the_day_has_late_work_first_and_counts_what_comes() {
    let book = book("2026-03-01");
    book.orders("wang,o1,2026-01-05,milk,1200\nzhou,o2,2025-11-01,milk,20\nli,o3,2026-02-27,milk,20");
    book.contacts("wang,c1,2026-02-09,call\nzhou,c2,2026-02-05,call\nli,c3,2026-02-08,call");
    for (customer, owner) in [("wang", "mei"), ("zhou", "mei"), ("li", "tom")] {
        book.ask(Command::CustomersAssign { customers: texts(&[customer]), owner: Some(owner.into()) });
    }
    remind(&book, "card", Until::Days(9), 9).unwrap();
    remind(&book, "soon", Until::Days(12), 0).unwrap();
    let snoozed = remind(&book, "later", Until::Days(1), 0).unwrap().follow_up.id.number;
    book.snooze("wang", snoozed, "2026-03-17").unwrap();
    book.set_day("2026-03-10");
    let work = |report: &TodayReport| -> Vec<String> {
        report.follow_ups.iter().map(|row| format!("{} {} {}", row.customer.id, row.kind, row.days_late)).collect()
    };
    let report = today(&book, None, 10);
    // wang's call is due on the 11th, li's today. What somebody promised comes first, then what is late, however important.
    assert_eq!(work(&report), ["wang reminder 0", "zhou call 3", "li call 0"]);
    assert_eq!((report.due, report.late, report.customers), (3, 1, 3));
    let warned: Vec<_> = report.warnings.iter().map(|row| row.customer.id.as_str()).collect();
    assert_eq!((warned, report.open_warnings), (vec!["zhou", "wang"], 2));
    let coming: Vec<_> = report.coming.iter().map(|it| (it.day.to_string(), it.count)).collect();
    let expected = [("2026-03-11", 1), ("2026-03-13", 1), ("2026-03-17", 1)];
    assert_eq!(coming, expected.map(|(day, count)| (day.to_owned(), count)));

    let toms = today(&book, Some("tom"), 10);
    assert_eq!((work(&toms), toms.open_warnings, toms.customers), (texts(&["li call 0"]), 0, 1));
    let short = today(&book, None, 1);
    assert_eq!((short.follow_ups.len(), short.warnings.len(), short.due, short.open_warnings), (1, 1, 3, 2));
    assert_eq!(today(&book, Some("nobody"), 10).customers, 0);
}

#[test]
fn lists_are_narrowed_by_values_sorted_and_paged() {
    let book = book("2026-03-10");
    let rows: Vec<String> = (1..=7).map(|n| format!("c{n},o{n},2026-03-0{n},milk,{}", n * 100)).collect();
    book.orders(&rows.join("\n"));
    book.ask(Command::CustomersEdit { customer: "c3".into(), set: pairs(&[("region", "Hangzhou")]), clear: vec![] });
    let rich = list(&book, &["net_revenue_total>=300", "recency_days>3"], None, 0, 99);
    assert_eq!((ids(&rich), rich.total), (vec!["c3", "c4", "c5", "c6"], 4));
    assert_eq!(ids(&list(&book, &["last_order_day<2026-03-03"], None, 0, 99)), ["c1", "c2"]);
    assert_eq!(ids(&list(&book, &["region~HANG"], None, 0, 99)), ["c3"]);
    assert_eq!(ids(&list(&book, &["region!=Beijing"], None, 0, 99)), ["c3"], "an unknown region fits nothing");
    assert_eq!(ids(&list(&book, &["class.grade=A"], None, 0, 99)), Vec::<&str>::new());

    let page = list(&book, &[], None, 5, 3);
    assert_eq!((ids(&page), page.total, page.offset), (vec!["c6", "c7"], 7, 5));
    let sorted = list(&book, &["id!=c2"], Some("recency_days"), 1, 2);
    assert_eq!((ids(&sorted), sorted.total), (vec!["c6", "c5"], 6));
    assert_eq!(list(&book, &[], Some("recency_days"), 9, 2).rows.len(), 0);

    for condition in ["recency_dais>3", "recency_days>many", "region>a"] {
        let conditions = vec![condition.parse().unwrap()];
        let filter = CustomerFilter { conditions, limit: 1, ..CustomerFilter::default() };
        let error = book.try_ask(Command::CustomersList(filter)).expect_err(condition);
        assert!(error.code == ErrorCode::Invalid && error.hint.is_some(), "{error}");
    }
}

#[test]
fn dimensions_are_listed_with_who_decides_and_how_many_are_in_each_class() {
    let book = book("2026-03-10");
    book.orders("wang,o1,2026-03-01,milk,1200\nzhou,o2,2026-03-01,milk,20\nli,o3,2026-03-01,milk,20");
    let DimensionList { rows } = take!(book.ask(Command::DimensionsList), Dimensions);
    let grade = &rows[0];
    assert_eq!(
        (grade.dimension.name.as_str(), grade.icon.as_str(), grade.colour.as_str()),
        ("the grade", "★", "#00aa00")
    );
    assert_eq!(grade.rules, ["grade"]);
    let classes: Vec<_> = grade.classes.iter().map(|it| (it.id.as_str(), it.name.as_str(), it.count)).collect();
    assert_eq!((classes, grade.unrated), (vec![("A", "class A", 1), ("B", "class B", 2)], 0));
}

#[test]
fn imports_are_listed_with_the_newest_first() {
    let book = book("2026-03-10");
    assert!(take!(book.ask(Command::ImportList), Imports).rows.is_empty());
    book.orders("wang,o1,2026-03-01,milk,50");
    book.contacts("wang,c1,2026-03-02,call\nwang,c2,2026-03-03,call");
    let rows = take!(book.ask(Command::ImportList), Imports).rows;
    let told: Vec<_> = rows.iter().map(|row| (row.rows_are.as_str(), row.rows, row.finished.is_some())).collect();
    assert_eq!(told, [("interactions", 2, true), ("orders", 1, true)]);
    assert!(rows[0].import.0 > rows[1].import.0);
}
