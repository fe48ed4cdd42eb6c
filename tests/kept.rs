//! A book that was written once is read for ever.
//!
//! `tests/kept/` has the backup of a book with every kind of fact and all that rules and people make of them, and what it
//! says. Until a release has written the format, `cargo test --workspace --test tierhook kept -- --ignored` may write both
//! anew. From then on the backup stays, and a book of another format gets files of its own beside it; what a book says may
//! follow the words of the program.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use tierhook_server::api::{Command, ContactEdit, NewReminder, Until, WarningOutcome};
use tierhook_server::{Host, HostOptions, restore};

use crate::support::book::{Book, dimension};
use crate::support::{Workspace, ask, ask_with, root, take};

const TODAY: &str = "2026-03-02";
const CUSTOMERS: [&str; 3] = ["shop:wang", "shop:li", "shop:zhao"];

/// What facts are called, one name for each kind that is stored.
const KINDS: [&str; 12] = [
    "order",
    "refund",
    "cancellation",
    "call",
    "complaint",
    "measure",
    "profile",
    "contact person",
    "override",
    "outcome",
    "merge",
    "retraction",
];

const GRADE: &str = r#"
fn classify(customer, ctx) {
    let p = ctx.params;
    let class = if customer.net_revenue_total.or(0.0) >= p.best_from { "A" } else { "C" };
    class("grade", class).because("SPEND", #{ spend: customer.net_revenue_total, since: customer.first_order_day })
}
fn follow_up(customer, ctx) {
    if customer.class.grade.or("C") == "A" {
        return plan("call").every(30).since_contact().channel("call").because("BEST", #{ regions: customer.region });
    }
    if customer.orders_total.or(0) > 0 { return plan("letter").once().offer("COUPON", #{ percent: 10 }, ctx.day + 14); }
}
fn churn_warning(customer, ctx) {
    if customer.open_complaints.or(0) > 0 { return warn("complaint").severity("high").suggest("CALL", #{}); }
    if customer.recency_days.or(0) > 40 { return warn("silence").severity("low").episode(customer.last_order_day); }
}
"#;

const GRADE_TOML: &str = r#"
[parameters]
best_from = { value = 500.0, en = "From this spend on.", zh = "消费起点" }
[texts]
SPEND = { en = "Spend of {spend} since {since}.", zh = "自 {since} 消费 {spend}" }
BEST = { en = "One of the best, {regions}.", zh = "重点客户，{regions}" }
COUPON = { en = "{percent} % off.", zh = "减 {percent}%" }
CALL = { en = "Call today.", zh = "今天致电" }
[follow_ups]
call = { en = "Call", zh = "致电" }
letter = { en = "Letter", zh = "信函" }
[causes]
complaint = { en = "Complaint", zh = "投诉" }
silence = { en = "Silence", zh = "沉默" }
"#;

const LOYALTY: &str = r#"
fn classify(customer, ctx) {
    score("loyalty").group("orders", 40, scaled(customer.orders_total, 0, 4), "ORDERS", #{ orders: customer.orders_total })
        .group("points", 20, scaled(customer.measure.points, 0, 100), "POINTS", #{ points: customer.measure.points })
}
"#;

const LOYALTY_TOML: &str = r#"
[texts]
ORDERS = { en = "Orders: {orders}.", zh = "订单 {orders}" }
POINTS = { en = "Points: {points}.", zh = "积分 {points}" }
"#;

const FIELDS: &str = r#"
[[field]]
name = "children"
type = "integer"
label = "internal"
description = { en = "Number of children.", zh = "孩子数量" }
[[measure]]
name = "points"
type = "decimal"
label = "internal"
description = { en = "Points on the card.", zh = "会员卡积分" }
"#;

fn scripts() -> [(&'static str, &'static str); 5] {
    [
        ("grade.rhai", GRADE),
        ("grade.toml", GRADE_TOML),
        ("loyalty.rhai", LOYALTY),
        ("loyalty.toml", LOYALTY_TOML),
        ("fields.toml", FIELDS),
    ]
}

fn dimensions() -> [String; 2] {
    let bands = "combine = \"points\"\nbands = [{ class = \"loyal\", from = 0.6 }, { class = \"loose\", from = 0.0 }]";
    [dimension("grade", "", &["A", "B", "C"]), dimension("loyalty", bands, &["loyal", "loose"])]
}

/// A book with every kind of fact, and with what rules and people make of them.
fn book() -> Book {
    let book = Book::new(TODAY, &dimensions(), &scripts());
    let mut facts = String::new();
    let mut add = |fact: serde_json::Value| writeln!(facts, "{fact}").unwrap();
    let line = json!({"product": "milk-2", "amount": "600.00", "name": "二段奶粉", "category": "milk", "quantity": 2});
    add(
        json!({"kind": "order", "customer": "shop:wang", "id": "o1", "at": "2026-01-05T09:30:00+08:00", "lines": [line], "channel": "wechat"}),
    );
    add(json!({"kind": "order", "customer": "shop:li", "id": "o2", "at": "2026-01-06", "amount": "80.00"}));
    add(json!({"kind": "order", "customer": "shop:zhao", "id": "o3", "at": "2026-02-20", "amount": "20.00"}));
    add(json!({"kind": "order", "customer": "web:zhao", "id": "o4", "at": "2026-02-21", "amount": "30.00"}));
    add(
        json!({"kind": "refund", "customer": "shop:wang", "id": "r1", "at": "2026-01-20", "amount": "10.00", "order": "o1", "reason": "torn"}),
    );
    add(
        json!({"kind": "cancellation", "customer": "shop:li", "id": "s1", "at": "2026-01-07", "amount": "5.00", "order": "o2"}),
    );
    add(
        json!({"kind": "call", "customer": "shop:wang", "id": "k1", "at": "2026-01-21", "text": "likes it", "by": "lin", "inbound": true}),
    );
    add(json!({"kind": "web-view", "customer": "shop:wang", "id": "k2", "at": "2026-02-25", "product": "pram"}));
    add(
        json!({"kind": "satisfaction", "customer": "shop:wang", "id": "f1", "at": "2026-02-01", "score": 4.5, "text": "fine"}),
    );
    add(json!({"kind": "complaint", "customer": "shop:li", "id": "f2", "at": "2026-02-02", "text": "late"}));
    add(json!({"kind": "complaint", "customer": "shop:wang", "id": "f3", "at": "2026-02-03", "text": "late"}));
    add(
        json!({"kind": "complaint-resolved", "customer": "shop:wang", "id": "f4", "at": "2026-02-04", "complaint": "f3"}),
    );
    add(
        json!({"kind": "measure", "customer": "shop:wang", "id": "m1", "at": "2026-02-01", "name": "points", "value": 80}),
    );
    let fields = json!({
        "name": "王芳", "kind": "person", "phones": "13800138001", "emails": "wang@example.com", "birthday": "1990-07-04",
        "region": "浙江", "tags": "VIP", "custom.children": "2", "consent.marketing": true, "owner": "李伟"
    });
    add(json!({"kind": "profile", "customer": "shop:wang", "at": "2026-02-01", "fields": fields}));
    let (_, answers) = ask_with(book.host(), Command::Ingest { amend: false }, facts.as_bytes());
    let rejected: Vec<&str> = answers.lines().filter(|answer| answer.contains("rejected")).collect();
    assert_eq!(rejected, Vec::<&str>::new());
    let amended = r#"{"kind":"order","customer":"shop:wang","id":"o1","at":"2026-01-05","amount":"650.00"}"#;
    ask_with(book.host(), Command::Ingest { amend: true }, amended.as_bytes());

    let taken_back = book.contacts("wang,c1,2026-02-10,visit");
    book.ask(Command::ImportRevert { import: taken_back.import.unwrap(), dry_run: false });
    let contact = ContactEdit {
        id: "buyer".into(),
        name: Some("欧阳春晓".into()),
        phones: vec!["13600136004".into()],
        ..ContactEdit::default()
    };
    book.ask(Command::CustomersContact { customer: "shop:li".into(), contact, remove: false });
    let (customer, dimension, class) = ("shop:zhao".to_owned(), "grade".to_owned(), "B".to_owned());
    let why = "a friend of the house".to_owned();
    let review = Some(Until::Days(30));
    book.ask(Command::CustomersSetClass { customer, dimension, class, why, until: None, review });
    let reminder = NewReminder { text: "bring the new list".into(), due: Until::Days(3), channel: None, priority: 1 };
    book.ask(Command::FollowUpsAdd { customer: "shop:li".into(), reminder });
    book.done("shop:wang", 2, true).unwrap();
    book.snooze("shop:zhao", 1, "2026-03-20").unwrap();
    book.ack("shop:li", 1).unwrap();
    book.resolve("shop:wang", 1, WarningOutcome::Resolved { cause: "price".into() }).unwrap();
    let (keep, duplicate) = ("shop:zhao".into(), "web:zhao".into());
    book.ask(Command::CustomersMerge { keep, duplicate, why: "the same telephone".into() });
    book.orders("gone,o9,2026-02-01,tea,5");
    let (customer, why) = ("shop:gone".into(), "request 17".into());
    book.ask(Command::CustomersErase { customer, why, names: false, dry_run: false });
    book
}

fn kept(file: &str) -> PathBuf {
    root().join("tests/kept").join(file)
}

/// What a book says that is restored from a backup.
fn told(backup: &Path) -> String {
    let workspace = Workspace::empty(TODAY);
    workspace.write("scripts/dimensions.toml", &dimensions().join("\n"));
    scripts().iter().for_each(|(file, text)| workspace.write(&format!("scripts/{file}"), text));
    let data = workspace.path().join("restored");
    restore(backup, &data, &data, &mut |_| {}).unwrap();
    let host = Host::open(HostOptions {
        workspace: workspace.path().to_owned(),
        data,
        settings: workspace.settings.clone(),
        now: workspace.now(),
    });
    let host = host.unwrap();
    assert_eq!(take!(ask(&host, Command::Status), Status).problems, []);
    let doctor = take!(ask(&host, Command::Doctor { repair: false }), Doctor);
    assert!(doctor.is_sound(), "{doctor:?}");
    let mut told = String::new();
    let mut tell = |answer: serde_json::Value| writeln!(told, "{answer:#}").unwrap();
    for customer in CUSTOMERS.map(str::to_owned) {
        let copy = Command::CustomersCopy { customer: customer.clone(), file: None };
        tell(json!(take!(ask(&host, copy), Copy)));
        let explain = Command::Explain { customer, dimension: None, as_of: None };
        tell(json!(take!(ask(&host, explain), Explanation).dimensions));
    }
    tell(json!(take!(ask(&host, Command::ImportList), Imports).rows));
    tell(json!(take!(ask(&host, Command::CustomersErased), Erasures).rows));
    let regrade = take!(ask(&host, Command::Evaluate { customer: None }), Regrade);
    assert_eq!(regrade.changed, 0, "the same rules say the same of it: {regrade:#?}");
    told
}

#[test]
fn what_a_kept_book_says_is_what_it_said() {
    let said = fs::read_to_string(kept("book_1.txt")).unwrap();
    let says = told(&kept("book_1.backup"));
    let differs = says.lines().zip(said.lines()).position(|(now, then)| now != then);
    assert_eq!((differs, says.lines().count()), (None, said.lines().count()), "{says}");
    // It has all there is: who adds a kind of fact adds it to the next kept book.
    for kind in KINDS {
        assert!(said.contains(&format!("\"what\": \"{kind}\"")), "{kind}");
    }
}

#[test]
#[ignore = "writes tests/kept/ anew, which no release may have written yet"]
fn write_the_kept_book() {
    let book = book();
    let file = kept("book_1.backup");
    let _ = fs::remove_file(&file);
    take!(book.ask(Command::Backup { file: file.display().to_string() }), Backup);
    fs::write(kept("book_1.txt"), told(&file)).unwrap();
}
