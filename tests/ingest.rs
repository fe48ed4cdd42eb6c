//! Facts that are sent as they happen: each line is recorded, decided and answered by itself.

use std::io::Cursor;

use tierhook_model::{ClockMode, Day, Language, RecordId};
use tierhook_server::api::{
    Answer, Command, FactAnswer, FactOutcome, IngestReport, MappingFile, Request, Service as _,
};

use crate::support::book::{Book, dimension};
use crate::support::{ask_with, take};

const SPENDS: &str = r#"
fn classify(customer, ctx) {
    class("grade", if customer.net_revenue_total.or(0.0) >= 1000.0 { "A" } else { "B" })
}
fn follow_up(customer, ctx) {
    if customer.open_complaints.or(0) > 0 { plan("settle").once().due(ctx.day.plus(1)) }
}
"#;

const ORDERS: &str = "
kind = \"orders\"
source = \"shop\"
customer = \"customer\"
id = \"order\"
at = \"day\"
amount = \"amount\"
";

fn book() -> Book {
    Book::new("2026-03-02", &[dimension("grade", "", &["A", "B"])], &[("spends.rhai", SPENDS)])
}

/// A book whose day is that of the newest fact. Who ordered on that day is an A, everybody else who ever did a B.
fn following_book() -> Book {
    let rule = r#"
fn classify(customer, ctx) {
    if customer.orders_total.or(0) == 0 { return; }
    class("grade", if customer.recency_days == 0 { "A" } else { "B" })
}
"#;
    let book = Book::new("2026-03-02", &[dimension("grade", "", &["A", "B"])], &[("fresh.rhai", rule)]);
    book.ask(Command::ClockFollow { mode: ClockMode::LastFact });
    book
}

fn send(book: &Book, lines: &str, amend: bool) -> (Vec<FactAnswer>, IngestReport) {
    let (answer, written) = ask_with(book.host(), Command::Ingest { amend }, lines.as_bytes());
    let answers = written.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (answers, take!(answer, Ingested))
}

fn order(customer: &str, id: &str, amount: u32) -> String {
    format!(
        "{{\"kind\":\"order\",\"customer\":\"shop:{customer}\",\"id\":\"{id}\",\"at\":\"2026-03-01\",\"amount\":{amount}}}\n"
    )
}

fn outcomes(answers: &[FactAnswer]) -> Vec<(u64, FactOutcome)> {
    answers.iter().map(|answer| (answer.line, answer.outcome)).collect()
}

#[test]
fn a_fact_is_decided_at_once_and_the_same_one_is_known_again() {
    let book = book();
    let (answers, report) = send(&book, &order("wang", "o1", 400), false);
    assert_eq!(outcomes(&answers), [(1, FactOutcome::Recorded)]);
    assert_eq!((answers[0].fact.as_deref(), answers[0].what.as_deref()), (Some("shop:o1"), Some("order")));
    assert_eq!((answers[0].classes["grade"].as_str(), report.recorded), ("B", 1));

    let (answers, _) = send(&book, &order("wang", "o2", 700), false);
    assert_eq!(answers[0].classes["grade"], "A");
    assert!(answers[0].changes.iter().any(|change| change.text.contains("B -> class A")), "{answers:?}");

    // The same again, as after an answer that was lost: what stands is told, and nothing happens twice.
    let (answers, report) = send(&book, &order("wang", "o2", 700), false);
    assert_eq!(outcomes(&answers), [(1, FactOutcome::Known)]);
    assert_eq!((answers[0].classes["grade"].as_str(), answers[0].changes.len(), report.known), ("A", 0, 1));

    // Another content under the same id is no second order.
    let (answers, report) = send(&book, &order("wang", "o2", 5), false);
    assert_eq!((outcomes(&answers), report.refused()), (vec![(1, FactOutcome::Conflict)], 1));
    assert!(answers[0].error.as_ref().unwrap().hint.as_ref().unwrap().contains("--amend"));
    assert_eq!(answers[0].classes["grade"], "A");
    let (answers, _) = send(&book, &order("wang", "o2", 5), true);
    assert_eq!((outcomes(&answers), answers[0].classes["grade"].as_str()), (vec![(1, FactOutcome::Amended)], "B"));
}

#[test]
fn a_bad_line_takes_nothing_else_down_and_says_what_to_do() {
    let book = book();
    let first = order("wang", "o1", 400);
    let lines = [
        first.as_str(),
        "{\"kind\":\"order\"\n",
        "\n",
        "{\"kind\":\"measure\",\"customer\":\"shop:wang\",\"id\":\"m1\",\"at\":\"2026-03-01\",\"name\":\"seats\",\"value\":3}\n",
        "{\"kind\":\"profile\",\"customer\":\"shop:wang\",\"at\":\"2026-03-01\",\"fields\":{\"nmae\":\"x\"}}\n",
        "{\"kind\":\"profile\",\"customer\":\"shop:wang\",\"at\":\"2026-03-01\",\"fields\":{\"name\":\"王芳\",\"tags\":[\"vip\",\"new\"]}}\n",
        "{\"kind\":\"complaint\",\"customer\":\"shop:wang\",\"id\":\"c1\",\"at\":\"2026-03-01\",\"text\":\"open tin\"}\n",
    ];
    let (answers, report) = send(&book, &lines.concat(), false);
    let (recorded, rejected) = (FactOutcome::Recorded, FactOutcome::Rejected);
    let expected = [(1, recorded), (2, rejected), (4, rejected), (5, rejected), (6, recorded), (7, recorded)];
    assert_eq!(outcomes(&answers), expected);
    assert_eq!((report.recorded, report.rejected), (3, 3));
    let said = |at: usize| {
        let error = answers[at].error.as_ref().unwrap();
        format!("{} {}", error.message, error.hint.as_deref().unwrap_or_default())
    };
    assert!(said(1).contains("column 15: EOF"), "{}", said(1));
    assert!(said(2).contains("no measure `seats`") && said(2).contains("[[measure]]"), "{}", said(2));
    assert!(said(3).contains("nmae") && said(3).contains("name"), "{}", said(3));
    // They arrived together and share a decision, which is told once, with the last of them.
    assert_eq!((answers[0].changes.len(), answers[4].changes.len()), (0, 0));
    let changes: Vec<&str> = answers[5].changes.iter().map(|change| change.code.as_str()).collect();
    assert_eq!(changes, ["class", "follow-up-opened"]);
    let [class, opened] = answers[5].changes.as_slice() else { panic!("{answers:?}") };
    let (dimension, to) = (class.dimension.as_deref(), class.to.as_deref());
    assert_eq!((dimension, class.from.as_deref(), to), (Some("grade"), None, Some("B")));
    assert_eq!(opened.item.as_deref(), Some("F1-1"));
    assert_eq!(answers[5].customer.as_ref().unwrap().name.as_deref(), Some("王芳"));
    // What has no id of its own is not named, and known again by what it says.
    assert_eq!(answers[4].fact, None);
    let (answers, _) = send(&book, lines[5], false);
    assert_eq!(outcomes(&answers), [(1, FactOutcome::Known)]);
}

#[test]
fn of_what_comes_again_in_the_same_breath_the_last_one_holds() {
    let book = book();
    let said = |at: &str, given: bool| {
        format!(
            "{{\"kind\":\"profile\",\"customer\":\"shop:wang\",\"at\":\"2026-03-01T{at}\",\"fields\":{{\"consent.sms\":{given}}}}}\n"
        )
    };
    let lines = [said("10:00:00", false), said("10:00:01", true), said("10:00:02", false)];
    let (answers, report) = send(&book, &lines.concat(), false);
    assert_eq!(report.recorded, 3, "{answers:?}");
    let stands = || {
        format!("{:?}", take!(book.ask(Command::CustomersShow { customer: "shop:wang".into(), as_of: None }), Customer))
    };
    let now = stands();
    // An answer that was lost is asked for again, and undoes nothing.
    let (answers, _) = send(&book, &lines[1], false);
    assert_eq!(outcomes(&answers), [(1, FactOutcome::Known)]);
    assert_eq!(stands(), now);

    let orders = [order("wang", "o1", 1), order("wang", "o1", 2), order("wang", "o1", 2000)].concat();
    let (answers, _) = send(&book, &orders, true);
    let amended = FactOutcome::Amended;
    assert_eq!(outcomes(&answers), [(1, FactOutcome::Recorded), (2, amended), (3, amended)]);
    assert_eq!(answers[2].classes["grade"], "A");

    let later = "{\"kind\":\"profile\",\"customer\":\"shop:wang\",\"at\":\"2026-03-03\",\"fields\":{\"name\":\"x\"}}";
    let (answers, _) = send(&book, later, false);
    assert!(answers[0].error.as_ref().unwrap().message.contains("still to come"), "{answers:?}");
}

#[test]
fn what_an_import_brought_is_known_and_who_was_erased_stays_so() {
    let book = book();
    let import = Command::Import {
        file: "orders.csv".into(),
        bytes: None,
        kind: None,
        mapping: Some(MappingFile { name: "orders.toml".into(), text: ORDERS.into() }),
        dry_run: false,
        amend: false,
        rejects: None,
    };
    take!(ask_with(book.host(), import, b"customer,order,day,amount\nwang,o1,2026-03-01,400\n").0, Import);
    let lines = [order("wang", "o1", 400), order("wang", "o9", 900), order("li", "o3", 50)].concat();
    let (answers, _) = send(&book, &lines, false);
    let (known, recorded) = (FactOutcome::Known, FactOutcome::Recorded);
    assert_eq!(outcomes(&answers), [(1, known), (2, recorded), (3, recorded)]);
    let people: Vec<RecordId> = answers.iter().map(|answer| answer.customer.as_ref().unwrap().record).collect();
    assert!(people[0] == people[1] && people[1] != people[2], "{people:?}");

    let erase =
        Command::CustomersErase { customer: "shop:li".into(), why: "asked".into(), names: false, dry_run: false };
    take!(book.ask(erase), Erasure);
    let (answers, report) = send(&book, &[order("li", "o4", 60), order("wang", "o5", 1)].concat(), false);
    assert_eq!(outcomes(&answers), [(1, FactOutcome::Erased), (2, recorded)]);
    assert!(answers[0].customer.is_none() && answers[0].error.as_ref().unwrap().message.contains("2026-03-02"));
    assert_eq!((report.erased, report.refused()), (1, 1));
}

#[test]
fn many_lines_are_answered_in_their_order() {
    let book = book();
    let lines: String = (0..700).map(|at| order(&format!("c{}", at % 40), &format!("o{at}"), 10 + at)).collect();
    let (answers, report) = send(&book, &lines, false);
    assert_eq!(report.recorded, 700);
    assert!(answers.iter().zip(1..).all(|(answer, line)| answer.line == line), "each has its place");
    let (again, report) = send(&book, &lines, false);
    assert_eq!((report.known, again.len()), (700, 700));
    let shown = take!(book.ask(Command::CustomersShow { customer: "shop:c7".into(), as_of: None::<Day> }), Customer);
    let sum: u32 = (0..700).filter(|at| at % 40 == 7).map(|at| 10 + at).sum();
    assert!(format!("{shown:?}").contains(&format!("{}.0", sum)), "what was sent is what stands: {sum}");
    assert!(matches!(book.ask(Command::Doctor { repair: false }), Answer::Doctor(report) if report.is_sound()));
}

/// The next lines are decided while those before are being written, but not those that hang on what became of one.
#[test]
fn what_comes_again_far_below_is_known_amended_or_refused_as_if_it_had_come_alone() {
    let lines = |second: u32| -> String {
        let line = |at: usize| match at {
            100 | 270 => order("c20", "o20", 30),
            150 => order("c9000", "o21", second),
            _ => order(&format!("c{at}"), &format!("o{at}"), 10 + u32::try_from(at).unwrap()),
        };
        (0..300).map(line).collect()
    };
    let book = book();
    let (answers, report) = send(&book, &lines(5), false);
    assert_eq!((report.recorded, report.known, report.conflicts), (297, 2, 1), "{answers:?}");
    assert_eq!((answers[100].outcome, answers[270].outcome), (FactOutcome::Known, FactOutcome::Known));
    assert!(answers[150].error.as_ref().unwrap().message.contains("shop:o21 of shop:c21"), "{:?}", answers[150]);
    assert!(answers.iter().zip(1..).all(|(answer, line)| answer.line == line), "each has its place");

    // It moves to whom the later line names, and back when the first is sent again.
    let (answers, report) = send(&book, &lines(2000), true);
    assert_eq!((report.known, report.amended), (299, 1), "{answers:?}");
    assert_eq!((answers[150].outcome, answers[150].classes["grade"].as_str()), (FactOutcome::Amended, "A"));
    let (answers, _) = send(&book, &order("c21", "o21", 31), true);
    assert_eq!(outcomes(&answers), [(1, FactOutcome::Amended)]);
    assert!(matches!(book.ask(Command::Doctor { repair: false }), Answer::Doctor(report) if report.is_sound()));
}

#[test]
fn status_counts_the_senders_that_are_still_at_it() {
    let book = book();
    let running = || take!(book.ask(Command::Status), Status).running;
    assert_eq!(running(), 0, "who asks does not count");
    let request = Request { language: Language::En, who: "shop".into(), command: Command::Ingest { amend: false } };
    let mut seen = Vec::new();
    let lines = order("wang", "o1", 400).into_bytes();
    book.host().run(request, Some(Box::new(Cursor::new(lines))), &mut |_| seen.push(running())).unwrap();
    assert_eq!((seen, running()), (vec![1], 0));
}

/// Of a fact that moves, two customers are decided. What was told once was what had changed for the one who lost it.
#[test]
fn whoever_gets_a_fact_is_told_what_it_changed_for_them() {
    let book = book();
    send(&book, &order("p1", "x1", 2000), false);
    for customer in ["p2", "p1", "p2"] {
        let (answers, _) = send(&book, &order(customer, "x1", 2000), true);
        assert_eq!(outcomes(&answers), [(1, FactOutcome::Amended)]);
        assert_eq!(answers[0].customer.as_ref().unwrap().id, customer);
        let class = answers[0].changes.iter().find(|change| change.code == "class").unwrap();
        assert_eq!((class.to.as_deref(), answers[0].classes["grade"].as_str()), (Some("A"), "A"), "{answers:?}");
    }
}

#[test]
fn what_changed_for_a_merged_customer_is_told_once() {
    let book = book();
    send(&book, &[order("m1", "o1", 1), order("m2", "o2", 1)].concat(), false);
    book.ask(Command::CustomersMerge { keep: "shop:m1".into(), duplicate: "shop:m2".into(), why: String::new() });
    let (answers, _) = send(&book, &[order("m2", "o3", 600), order("m1", "o4", 600)].concat(), false);
    let told: Vec<usize> = answers.iter().map(|answer| answer.changes.len()).collect();
    assert_eq!((told, answers[0].classes["grade"].as_str()), (vec![0, 1], "A"), "{answers:?}");
}

#[test]
fn a_fact_that_moves_the_day_is_decided_as_of_its_day() {
    let book = following_book();
    let order = |customer: &str, id: &str, at: &str| {
        format!(
            "{{\"kind\":\"order\",\"customer\":\"shop:{customer}\",\"id\":\"{id}\",\"at\":\"{at}\",\"amount\":9}}\n"
        )
    };
    let class = |answers: &[FactAnswer]| answers[0].classes["grade"].clone();
    let day = || take!(book.ask(Command::Status), Status).clock.day.to_string();
    let (answers, _) = send(&book, &order("a", "o1", "2026-01-01"), false);
    assert_eq!((class(&answers).as_str(), day().as_str()), ("A", "2026-01-01"));
    let (answers, _) = send(&book, &order("b", "o2", "2026-05-01"), false);
    assert_eq!((class(&answers).as_str(), day().as_str()), ("A", "2026-05-01"));
    assert_eq!(book.class("a", "grade").as_deref(), Some("B"));
    // What is refused moves nothing.
    let (answers, _) = send(&book, &order("b", "o2", "2026-07-01"), false);
    assert_eq!((answers[0].outcome, day().as_str()), (FactOutcome::Conflict, "2026-05-01"));
}

/// Many lines are decided in turns, some of which are still on their way when the next one is; of a book without facts
/// nobody else knows its day.
#[test]
fn no_turn_of_lines_moves_the_day_back() {
    let book = following_book();
    let lines: String = (0..250)
        .map(|at| {
            let day = ["10", "05", "07", "09"][at / 64];
            format!(
                "{{\"kind\":\"order\",\"customer\":\"shop:c{at}\",\"id\":\"o{at}\",\"at\":\"2026-01-{day}\",\"amount\":9}}\n"
            )
        })
        .collect();
    let (answers, report) = send(&book, &lines, false);
    assert_eq!(report.recorded, 250);
    let classes: Vec<&str> = answers.iter().map(|answer| answer.classes["grade"].as_str()).collect();
    assert_eq!(classes, [vec!["A"; 64], vec!["B"; 186]].concat());
    assert_eq!(take!(book.ask(Command::Status), Status).clock.day.to_string(), "2026-01-10");
}

#[test]
fn the_first_fact_of_a_kind_is_told_for_it_moves_others() {
    let book = book();
    let (_, report) = send(&book, &order("wang", "o1", 400), false);
    assert!(!report.is_first, "of a book that had nothing nobody is moved");
    let complaint = r#"{"kind":"complaint","customer":"shop:li","id":"c1","at":"2026-03-01","text":"torn"}"#;
    let (_, report) = send(&book, complaint, false);
    assert!(report.is_first);
    let (_, report) = send(&book, &complaint.replace("c1", "c2"), false);
    assert!(!report.is_first);
}
