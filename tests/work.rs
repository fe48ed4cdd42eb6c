//! The work that rules bring about: follow-ups and warnings, and the words of people that stand above the rules.

use tierhook_model::MoveCause;
use tierhook_server::api::{
    Command, CustomerFilter, ErrorCode, ExportFormat, ExportKind, FollowUpFilter, FollowUpId, FollowUpRow, NewReminder,
    Until, WarningFilter, WarningId, WarningOutcome, WarningRow,
};

use crate::support::ask_with;
use crate::support::book::{Book, day, dimension};
use crate::support::take;

const GRADE: &str = r#"
fn classify(customer, ctx) {
    if customer.net_revenue_total.is_missing { return; }
    class("grade", if customer.net_revenue_total >= 1000.0 { "A" } else { "B" })
}
"#;

const CARE: &str = r#"
fn follow_up(customer, ctx) {
    let days = if customer.class.grade.or("B") == "A" { 30 } else { 60 };
    plan("call").every(days).since_contact().channel("call")
}
"#;

const VIP: &str = r#"
fn follow_up(customer, ctx) {
    if customer.class.grade.or("B") == "A" { return plan("vip").once(); }
}
"#;

const SILENCE: &str = r#"
fn churn_warning(customer, ctx) {
    if customer.recency_days.or(0) <= 40 { return; }
    warn("silence").severity("high").episode(customer.last_order_day)
}
"#;

const FADING: &str = r#"
fn churn_warning(customer, ctx) {
    if customer.recency_days.or(0) <= 20 { return; }
    warn("fading").severity("medium").episode(customer.last_order_day)
}
"#;

const CALL: &str = r#"
fn follow_up(customer, ctx) { plan("call").once() }
"#;

/// By opening day and number, who had brought 1,839 stood before who had brought 113,069; and two rules that warned of
/// one customer stood pages apart.
#[test]
fn the_worst_is_listed_first_and_of_what_is_as_bad_whoever_brings_more() {
    let scripts = [("silence.rhai", SILENCE), ("fading.rhai", FADING), ("call.rhai", CALL)];
    let book = Book::new("2026-03-02", &[dimension("grade", "", &["A", "B"])], &scripts);
    book.orders("small,o1,2026-01-05,milk,100");
    book.orders("large,o2,2026-01-06,milk,5000");
    book.orders("middle,o3,2026-02-05,milk,9000");
    let warned = [("large", "silence"), ("large", "fading"), ("small", "silence"), ("small", "fading")];
    let warned: Vec<(String, String)> =
        warned.into_iter().chain([("middle", "fading")]).map(|(who, why)| (who.into(), why.into())).collect();
    let called = ["middle", "large", "small"];
    let causes = |rows: Vec<WarningRow>| rows.into_iter().map(|row| (row.customer.id, row.cause)).collect::<Vec<_>>();
    let whom = |rows: Vec<FollowUpRow>| rows.into_iter().map(|row| row.customer.id).collect::<Vec<_>>();

    let filter = WarningFilter { limit: 9, ..WarningFilter::default() };
    assert_eq!(causes(take!(book.ask(Command::WarningsList(filter)), Warnings).rows), warned);
    let filter = FollowUpFilter { limit: 9, ..FollowUpFilter::default() };
    assert_eq!(whom(take!(book.ask(Command::FollowUpsList(filter)), FollowUps).rows), called);
    let today = take!(book.ask(Command::Today { owner: None, limit: 9 }), Today);
    assert_eq!(causes(today.warnings), warned);
    assert_eq!(whom(today.follow_ups), called);
}

fn book(today: &str, scripts: &[(&str, &str)]) -> Book {
    let book = Book::new(today, &[dimension("grade", "", &["A", "B"])], scripts);
    book.contacts("wang,c1,2026-02-20,call");
    book.orders("wang,o1,2026-01-05,milk,1200");
    book
}

#[test]
fn nothing_is_wanted_twice_and_what_is_done_stays_done_in_its_cycle() {
    let all = r#"
        fn follow_up(customer, ctx) {
            if customer.last_order_id.is_missing { return; }
            [
                plan("welcome").once(),
                plan("thank").per_fact(customer.last_order_id),
                plan("refill").per_cycle("milk"),
                plan("anniversary").per_year(customer.first_order_day),
                plan("call").every(30).since_contact(),
            ]
        }
    "#;
    let book = book("2026-03-02", &[("all.rhai", all)]);
    let opened = [
        "1 welcome open 2026-03-02",
        "2 thank open 2026-03-02",
        "3 refill open 2026-03-02",
        "4 anniversary open 2027-01-05",
        "5 call open 2026-03-22",
    ];
    assert_eq!(book.follow_ups("wang"), opened);
    for report in [book.evaluate(), book.evaluate(), book.advance(30), book.evaluate()] {
        assert_eq!((report.changed, report.follow_ups.opened, report.follow_ups.closed), (0, 0, 0));
    }
    assert_eq!(book.follow_ups("wang"), opened);

    for number in 1..=5 {
        book.done("wang", number, false).unwrap();
    }
    let done = [
        "1 welcome done 2026-03-02",
        "2 thank done 2026-03-02",
        "3 refill done 2026-03-02",
        "4 anniversary done 2027-01-05",
        "5 call done 2026-03-22",
        // Nobody was reached, so the next cycle counts from the same contact.
        "6 call open 2026-04-21",
    ];
    assert_eq!(book.follow_ups("wang"), done);
    for report in [book.evaluate(), book.advance(30), book.evaluate()] {
        assert_eq!((report.follow_ups.opened, report.follow_ups.closed), (0, 0));
    }
    assert_eq!(book.follow_ups("wang"), done);

    // A new order is thanked for, a new purchase runs out again, and a new year has a new anniversary.
    book.orders("wang,o2,2026-05-01,milk,50");
    assert_eq!(book.follow_ups("wang")[6..], ["7 thank open 2026-05-01", "8 refill open 2026-05-01"]);
    book.set_day("2027-01-06");
    assert_eq!(book.follow_ups("wang")[8..], ["9 anniversary open 2028-01-05"]);
}

/// The list told when and why something was closed, and the export did not.
#[test]
fn an_export_tells_when_and_why_something_was_closed() {
    let book = book("2026-03-02", &[("grade.rhai", GRADE), ("vip.rhai", VIP), ("silence.rhai", SILENCE)]);
    let rows = |what: ExportKind| {
        let (fields, as_of, format, file) = (Vec::new(), None, ExportFormat::Csv, None);
        let (_, text) = ask_with(book.host(), Command::Export { what, fields, as_of, format, file }, b"");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let columns = reader.headers().unwrap().clone();
        let at = |name: &str| columns.iter().position(|column| column == name).unwrap();
        let wanted = ["state", "closed", "closed_why"].map(at);
        assert_eq!(wanted[1..], [columns.len() - 2, columns.len() - 1], "what read the columns before still does");
        let rows = reader.records().map(Result::unwrap);
        rows.map(|row| wanted.map(|at| row[at].to_owned()).join(" ")).collect::<Vec<String>>()
    };
    assert_eq!(rows(ExportKind::FollowUps), ["open  "]);
    assert_eq!(rows(ExportKind::Warnings), ["open  "]);
    book.set_day("2026-03-04");
    book.ack("wang", 1).unwrap();
    assert_eq!(rows(ExportKind::Warnings), ["acknowledged  "], "somebody is on it, and it is still open");
    // A little one, and most of the large one given back.
    book.orders("wang,o2,2026-03-03,milk,20\nwang,o1,2026-01-05,milk,100");
    assert_eq!(rows(ExportKind::FollowUps), ["withdrawn 2026-03-04 reason-gone"]);
    assert_eq!(rows(ExportKind::Warnings), ["withdrawn 2026-03-04 reason-gone"]);
    book.orders("li,o7,2026-01-05,milk,1200\nzhao,o8,2026-01-05,milk,1200");
    let number = |customer: &str| -> u32 { book.warnings(customer)[0].split(' ').next().unwrap().parse().unwrap() };
    book.resolve("li", number("li"), WarningOutcome::Lost { cause: "price".into() }).unwrap();
    book.resolve("zhao", number("zhao"), WarningOutcome::FalseAlarm).unwrap();
    let closed = rows(ExportKind::Warnings);
    assert_eq!(closed[1..], ["lost 2026-03-04 price", "false-alarm 2026-03-04 "]);
}

#[test]
fn a_follow_up_done_with_contact_begins_a_new_cycle() {
    let book = book("2026-03-10", &[("grade.rhai", GRADE), ("care.rhai", CARE)]);
    assert_eq!(book.follow_ups("wang"), ["1 call open 2026-03-22"]);
    let changed = book.done("wang", 1, true).unwrap();
    assert_eq!(changed.follow_up.state.code, "done");
    assert_eq!(changed.changes.len(), 1, "the call of the next cycle: {:?}", changed.changes);
    assert_eq!(book.follow_ups("wang"), ["1 call done 2026-03-22", "2 call open 2026-04-09"]);
    let newest = &book.show("wang").facts[..2];
    assert!(newest.iter().any(|fact| fact.what == "call" && fact.day == day("2026-03-10")), "{newest:?}");
    assert_eq!(book.evaluate().changed, 0);
    assert_eq!(book.advance(30).follow_ups.opened, 0);
}

#[test]
fn a_contact_moves_what_is_planned_to_the_next_cycle() {
    let book = book("2026-03-10", &[("grade.rhai", GRADE), ("care.rhai", CARE)]);
    book.contacts("wang,c2,2026-03-09,visit");
    assert_eq!(book.follow_ups("wang"), ["1 call withdrawn(new-cycle) 2026-03-22", "2 call open 2026-04-08"]);
}

#[test]
fn what_is_no_longer_wanted_is_withdrawn_and_comes_back_as_the_same() {
    let book = book("2026-03-02", &[("grade.rhai", GRADE), ("vip.rhai", VIP)]);
    assert_eq!(book.follow_ups("wang"), ["1 vip open 2026-03-02"]);
    book.set_class("wang", "grade", "B", None).unwrap();
    assert_eq!(book.follow_ups("wang"), ["1 vip withdrawn(reason-gone) 2026-03-02"]);
    book.advance(3);
    book.release_class("wang", "grade");
    assert_eq!(book.follow_ups("wang"), ["1 vip open 2026-03-05"]);
    book.done("wang", 1, false).unwrap();
    book.set_class("wang", "grade", "B", None).unwrap();
    book.release_class("wang", "grade");
    assert_eq!(book.follow_ups("wang"), ["1 vip done 2026-03-05"], "what is done does not come back");
}

#[test]
fn a_rule_that_faults_closes_nothing() {
    let trips = r#"
        fn follow_up(customer, ctx) {
            if customer.largest_order.or(0.0) == 6666.0 { throw "tripped"; }
            if customer.orders_total.or(0) == 1 { plan("second-order").once() }
        }
    "#;
    let mut book = book("2026-03-02", &[("trips.rhai", trips)]);
    let report = book.orders("wang,o2,2026-03-01,tea,6666").regrade.unwrap();
    assert_eq!((report.faults.len(), report.faults[0].customers), (1, 1));
    assert!(report.faults[0].message.contains("tripped"), "{}", report.faults[0].message);
    assert_eq!(book.follow_ups("wang"), ["1 second-order open 2026-03-02"]);
    assert!(book.explain("wang").rules[0].fault.is_some());
    book.restart(|workspace| workspace.replace("scripts/trips.rhai", "6666.0", "7777.0"));
    assert_eq!(book.follow_ups("wang"), ["1 second-order withdrawn(reason-gone) 2026-03-02"]);
}

#[test]
fn a_rule_that_retires_takes_its_follow_ups_along() {
    let mut book = book("2026-03-02", &[("grade.rhai", GRADE), ("vip.rhai", VIP)]);
    book.restart(|workspace| workspace.remove("scripts/vip.rhai"));
    assert_eq!(book.follow_ups("wang"), ["1 vip withdrawn(rule-retired) 2026-03-02"]);
    book.restart(|workspace| workspace.write("scripts/vip.rhai", VIP));
    assert_eq!(book.follow_ups("wang"), ["1 vip open 2026-03-02"]);
}

#[test]
fn a_host_that_was_away_for_200_days_wants_one_call_and_not_seven() {
    let scripts = [("grade.rhai", GRADE), ("care.rhai", CARE), ("silence.rhai", SILENCE)];
    let mut book = Book::new("2026-03-02", &[dimension("grade", "", &["A", "B"])], &scripts);
    book.ask(tierhook_server::api::Command::ClockFollow { mode: tierhook_model::ClockMode::System });
    book.contacts("wang,c1,2026-02-20,call");
    book.orders("wang,o1,2026-02-25,milk,1200");
    assert_eq!(book.follow_ups("wang"), ["1 call open 2026-03-22"]);
    book.restart(|workspace| workspace.set_time("2026-09-18"));
    assert_eq!(book.follow_ups("wang"), ["1 call open 2026-03-22"]);
    assert_eq!(book.warnings("wang"), ["2 silence open"]);
    let history = book.history("wang");
    assert_eq!((history[0].0.as_str(), history[0].1), ("2026-09-18", MoveCause::Time));
    assert_eq!(book.evaluate().changed, 0);
}

#[test]
fn a_cycle_whose_days_change_with_the_class_keeps_its_follow_up() {
    let book = book("2026-03-02", &[("grade.rhai", GRADE), ("care.rhai", CARE)]);
    assert_eq!(book.follow_ups("wang"), ["1 call open 2026-03-22"]);
    book.set_class("wang", "grade", "B", None).unwrap();
    assert_eq!(book.follow_ups("wang"), ["1 call open 2026-04-21"]);
    book.release_class("wang", "grade");
    assert_eq!(book.follow_ups("wang"), ["1 call open 2026-03-22"]);
}

#[test]
fn a_snoozed_follow_up_sleeps_and_wakes_on_its_day() {
    let book = book("2026-03-02", &[("grade.rhai", GRADE), ("vip.rhai", VIP)]);
    let error = book.snooze("wang", 1, "2026-03-02").unwrap_err();
    assert_eq!(error.code, ErrorCode::Invalid);
    assert!(error.message.contains("2026-03-02"), "{error}");
    book.snooze("wang", 1, "2026-03-09").unwrap();
    assert_eq!((book.follow_ups("wang"), book.to_do("wang")), (vec!["1 vip snoozed 2026-03-09".to_owned()], vec![]));
    book.advance(6);
    assert_eq!(book.to_do("wang"), [0; 0]);
    book.advance(1);
    assert_eq!(book.to_do("wang"), [1]);
    assert_eq!(book.follow_ups("wang"), ["1 vip open 2026-03-09"], "nobody is late with what was put off");
    // A snoozed one whose reason goes is withdrawn like any other.
    book.snooze("wang", 1, "2026-04-01").unwrap();
    book.set_class("wang", "grade", "B", None).unwrap();
    assert_eq!(book.follow_ups("wang"), ["1 vip withdrawn(reason-gone) 2026-03-09"]);
    // When its reason is back, it is still put off.
    book.set_class("wang", "grade", "A", None).unwrap();
    assert_eq!((book.follow_ups("wang"), book.to_do("wang")), (vec!["1 vip snoozed 2026-04-01".to_owned()], vec![]));
    book.set_class("wang", "grade", "B", None).unwrap();
    book.advance(30);
    book.set_class("wang", "grade", "A", None).unwrap();
    assert_eq!(book.to_do("wang"), [1], "the day that was agreed on is over");
}

/// A page said that a customer was silent for 157 days, and warned two lines below since she was silent for 145.
#[test]
fn the_figures_of_open_work_are_those_of_today_and_no_change() {
    let told = r#"
        fn follow_up(customer, ctx) { plan("ask").once().because("SILENT", #{ days: customer.recency_days }) }
        fn churn_warning(customer, ctx) {
            if customer.recency_days.is_missing { return; }
            warn("silence").episode(customer.last_order_day).because("SILENT", #{ days: customer.recency_days })
        }
    "#;
    let texts = "[texts]\nSILENT = { en = \"{days} days\", zh = \"{days} 天\" }\n";
    let book = book("2026-03-02", &[("told.rhai", told), ("told.toml", texts)]);
    let days = |book: &Book| {
        let shown = book.show("wang");
        let row = (&shown.follow_ups[0], &shown.warnings[0]);
        (row.0.reasons[0].text.clone(), row.1.reasons[0].text.clone(), shown.history.len())
    };
    let (asked, warned, changes) = days(&book);
    assert_eq!((asked.as_str(), warned.as_str()), ("56 days", "56 days"));
    let report = book.advance(12);
    assert_eq!((report.changed, report.follow_ups.opened, report.warnings.opened), (0, 0, 0));
    assert_eq!(days(&book), ("68 days".to_owned(), "68 days".to_owned(), changes));
}

#[test]
fn what_somebody_notes_with_an_outcome_can_be_read_again() {
    let book = book("2026-03-02", &[("grade.rhai", GRADE), ("vip.rhai", VIP), ("silence.rhai", SILENCE)]);
    let warning = take!(book.ask(Command::WarningsList(WarningFilter { limit: 9, ..Default::default() })), Warnings);
    let outcome = WarningOutcome::Lost { cause: "competitor".into() };
    book.ask(Command::WarningsResolve { id: warning.rows[0].id, outcome, note: Some("went to the new shop".into()) });
    let id = book.show("wang").follow_ups[0].id;
    book.ask(Command::FollowUpsDone { id, contact: false, cause: None, note: Some("her husband answered".into()) });
    let said: Vec<String> = book.show("wang").facts.into_iter().map(|fact| fact.text).collect();
    for note in ["lost: competitor, tester: went to the new shop", "done, tester: her husband answered"] {
        assert!(said.iter().any(|text| text.ends_with(note)), "{note}: {said:?}");
    }
}

#[test]
fn what_is_closed_cannot_be_done_again() {
    let book = book("2026-03-02", &[("grade.rhai", GRADE), ("vip.rhai", VIP)]);
    book.done("wang", 1, false).unwrap();
    for error in [book.done("wang", 1, true).unwrap_err(), book.snooze("wang", 1, "2026-04-01").unwrap_err()] {
        assert_eq!(error.code, ErrorCode::Conflict);
        assert_eq!(error.message, "F1-1 is closed already (done on 2026-03-02)");
    }
    assert!(book.show("wang").facts.iter().all(|fact| fact.day != day("2026-03-02") || fact.what != "call"));
}

#[test]
fn what_is_not_there_is_named_as_it_was_typed() {
    let book = book("2026-03-02", &[("silence.rhai", SILENCE)]);
    for id in ["F1-7", "F900-1"] {
        let id: FollowUpId = id.parse().unwrap();
        let error = book.try_ask(Command::FollowUpsDone { id, contact: false, cause: None, note: None }).unwrap_err();
        assert_eq!((error.code, error.message), (ErrorCode::NotFound, format!("there is no follow-up {id}")));
    }
    for id in ["W1-7", "W900-1"] {
        let id: WarningId = id.parse().unwrap();
        let error = book.try_ask(Command::WarningsAck { id, note: None }).unwrap_err();
        assert_eq!((error.code, error.message), (ErrorCode::NotFound, format!("there is no warning {id}")));
        assert!(error.hint.unwrap().contains("warnings list"));
    }
}

#[test]
fn a_warning_is_taken_up_and_resolved() {
    let book = book("2026-03-02", &[("silence.rhai", SILENCE)]);
    assert_eq!(book.warnings("wang"), ["1 silence open"]);
    book.ack("wang", 1).unwrap();
    assert_eq!((book.warnings("wang"), book.in_danger("wang")), (vec!["1 silence acknowledged(tester)".to_owned()], 1));
    assert_eq!(book.evaluate().warnings.opened, 0);
    book.resolve("wang", 1, WarningOutcome::Resolved { cause: "price".into() }).unwrap();
    assert_eq!((book.warnings("wang"), book.in_danger("wang")), (vec!["1 silence resolved(price)".to_owned()], 0));
    assert_eq!(book.advance(30).warnings.opened, 0, "the same silence is not warned of again");
    let error = book.ack("wang", 1).unwrap_err();
    assert_eq!(error.code, ErrorCode::Conflict);
    assert_eq!(error.message, "W1-1 is closed already (resolved on 2026-03-02: price)");
}

#[test]
fn a_lost_customer_is_not_warned_of_again() {
    let book = book("2026-03-02", &[("silence.rhai", SILENCE)]);
    book.resolve("wang", 1, WarningOutcome::Lost { cause: "competitor".into() }).unwrap();
    assert_eq!(book.advance(100).warnings.opened, 0);
    assert_eq!(book.warnings("wang"), ["1 silence lost(competitor)"]);
}

#[test]
fn a_false_alarm_silences_its_episode_and_no_other() {
    let book = book("2026-03-02", &[("silence.rhai", SILENCE)]);
    book.resolve("wang", 1, WarningOutcome::FalseAlarm).unwrap();
    book.advance(10);
    assert_eq!(book.warnings("wang"), ["1 silence false-alarm"]);
    // Bought again, and silent again: that is another episode.
    book.orders("wang,o2,2026-03-12,tea,20");
    assert_eq!(book.warnings("wang"), ["1 silence false-alarm"]);
    book.set_day("2026-04-22");
    assert_eq!(book.warnings("wang"), ["1 silence false-alarm", "2 silence open"]);
}

#[test]
fn a_warning_whose_reason_goes_is_withdrawn() {
    let book = book("2026-03-02", &[("silence.rhai", SILENCE)]);
    let report = book.orders("wang,o2,2026-03-01,tea,20").regrade.unwrap();
    assert_eq!((report.warnings.opened, report.warnings.closed), (0, 1));
    assert_eq!(
        (book.warnings("wang"), book.in_danger("wang")),
        (vec!["1 silence withdrawn(reason-gone)".to_owned()], 0)
    );
}

#[test]
fn a_warning_ends_with_its_rule() {
    let mut book = book("2026-03-02", &[("grade.rhai", GRADE), ("silence.rhai", SILENCE)]);
    book.restart(|workspace| workspace.remove("scripts/silence.rhai"));
    assert_eq!(book.warnings("wang"), ["1 silence withdrawn(rule-retired)"]);
}

#[test]
fn a_persons_word_holds_against_the_rules_until_its_last_day() {
    let book = book("2026-03-02", &[("grade.rhai", GRADE)]);
    let report = book.set_class("wang", "grade", "B", Some("2026-03-10")).unwrap();
    assert_eq!(
        (report.before.as_deref(), report.class.as_str(), report.by_rules.as_deref()),
        (Some("A"), "B", Some("A"))
    );
    book.orders("wang,o2,2026-03-01,tea,5000");
    let decided = book.explain_dimension("wang", "grade");
    assert_eq!((decided.class.as_str(), decided.by_rules.as_deref()), ("B", Some("A")));
    let word = decided.overridden.unwrap();
    assert_eq!((word.class.as_str(), word.who.as_str(), word.why.as_str()), ("B", "tester", "an old friend"));
    assert_eq!((word.since, word.until), (day("2026-03-02"), Some(day("2026-03-10"))));

    book.set_day("2026-03-10");
    assert_eq!(book.class("wang", "grade").as_deref(), Some("B"), "the last day is included");
    book.set_day("2026-03-11");
    assert_eq!(book.class("wang", "grade").as_deref(), Some("A"));
    assert_eq!(book.explain_dimension("wang", "grade").overridden, None);
    let shown = book.show("wang");
    assert_eq!(shown.classes[0].since, day("2026-03-11"));
    let record = shown.history.first().unwrap();
    assert_eq!(record.day, day("2026-03-11"));
    assert_eq!(record.changes.len(), 1);
}

/// The end of a word is neither the rules' nor the day's doing: the move says so, so that a review of the rules'
/// moves leaves it out.
#[test]
fn the_end_of_a_word_is_a_move_by_a_word() {
    let book = book("2026-03-02", &[("grade.rhai", GRADE)]);
    book.set_class("wang", "grade", "B", Some("2026-03-02")).unwrap();
    book.advance(1);
    let causes: Vec<MoveCause> = book.history("wang").into_iter().map(|(_, cause, _)| cause).collect();
    assert_eq!(causes, [MoveCause::Override, MoveCause::Override, MoveCause::Import, MoveCause::Import]);
}

#[test]
fn a_word_for_so_many_days_ends_with_the_last_of_them() {
    let book = book("2026-03-02", &[("grade.rhai", GRADE)]);
    let (customer, dimension, class, why) = ("wang".into(), "Grade".into(), "b".into(), "an old friend".into());
    let until = Some(Until::Days(90));
    let answer = book.ask(Command::CustomersSetClass { customer, dimension, class, why, until, review: None });
    let report = take!(answer, Override);
    // What is typed as tables show it is kept by its id.
    assert_eq!((report.dimension.id.as_str(), report.class.as_str()), ("grade", "B"));
    assert_eq!(report.overridden.unwrap().until, Some(day("2026-05-31")));
    let classes = vec![("The Grade".into(), "B级".into())];
    let filter = CustomerFilter { classes, limit: 9, ..CustomerFilter::default() };
    assert_eq!(take!(book.ask(Command::CustomersList(filter)), Customers).total, 1);
    let explain =
        |dimension: &str| Command::Explain { customer: "wang".into(), dimension: Some(dimension.into()), as_of: None };
    let explained = take!(book.ask(explain("GRADE维度")), Explanation).dimensions;
    assert_eq!((explained.len(), explained[0].dimension.id.as_str()), (1, "grade"));
    assert_eq!(book.try_ask(explain("grad")).unwrap_err().code, ErrorCode::Invalid);
    book.advance(90);
    assert_eq!(book.class("wang", "grade").as_deref(), Some("B"));
    book.advance(1);
    assert_eq!(book.class("wang", "grade").as_deref(), Some("A"));
}

#[test]
fn a_word_ends_when_it_is_taken_back() {
    let book = book("2026-03-02", &[("grade.rhai", GRADE)]);
    book.set_class("wang", "grade", "B", None).unwrap();
    book.advance(400);
    assert_eq!(book.class("wang", "grade").as_deref(), Some("B"));
    let report = book.release_class("wang", "grade");
    assert_eq!((report.before.as_deref(), report.class.as_str(), report.overridden), (Some("B"), "A", None));
}

#[test]
fn a_word_on_what_is_not_there_is_refused_with_what_is() {
    let book = book("2026-03-02", &[("grade.rhai", GRADE)]);
    let error = book.set_class("wang", "grde", "A", None).unwrap_err();
    assert_eq!(error.code, ErrorCode::Invalid);
    assert!(error.to_string().contains("known: grade"), "{error}");
    let error = book.set_class("wang", "grade", "D", None).unwrap_err();
    assert!(error.to_string().contains("known: A, B"), "{error}");
    let error = book.set_class("wang", "grade", "B", Some("2026-03-01")).unwrap_err();
    assert_eq!(error.code, ErrorCode::Invalid);
    assert!(error.to_string().contains("2026-03-01") && error.to_string().contains("2026-03-02"), "{error}");
    assert_eq!(book.set_class("nobody", "grade", "B", None).unwrap_err().code, ErrorCode::NotFound);
    assert_eq!(book.class("wang", "grade").as_deref(), Some("A"));
}

#[test]
fn a_dimension_that_no_rule_decides_obeys_a_word() {
    let dimensions = [dimension("grade", "", &["A", "B"]), dimension("mood", "", &["sunny", "grim"])];
    let reads_mood = r#"
        fn follow_up(customer, ctx) { if customer.class.mood.or("") == "grim" { plan("cheer-up").once() } }
    "#;
    let book = Book::new("2026-03-02", &dimensions, &[("grade.rhai", GRADE), ("cheer.rhai", reads_mood)]);
    book.orders("wang,o1,2026-01-05,milk,1200");
    assert_eq!(book.class("wang", "mood"), None);
    book.set_class("wang", "mood", "grim", Some("2026-03-05")).unwrap();
    assert_eq!(book.class("wang", "mood").as_deref(), Some("grim"));
    assert_eq!(book.follow_ups("wang"), ["1 cheer-up open 2026-03-02"]);
    book.set_day("2026-03-06");
    assert_eq!(book.class("wang", "mood").as_deref(), Some("unrated"));
    assert_eq!(book.follow_ups("wang"), ["1 cheer-up withdrawn(reason-gone) 2026-03-02"]);
}

#[test]
fn today_begins_with_what_is_urgent_and_a_promise_is_that_but_no_complaint() {
    let rules = r#"
fn follow_up(customer, ctx) {
    if customer.orders_total.or(0) > 1 { return plan("settle").once().due(ctx.day).priority(10); }
    plan("newsletter").once().due(day("2026-02-20")).priority(1)
}
"#;
    let book = Book::new("2026-03-02", &[dimension("grade", "", &["A", "B"])], &[("rules.rhai", rules)]);
    book.orders(
        "a,o1,2026-01-05,milk,5000\nb,o2,2026-01-05,milk,100\nb,o3,2026-01-06,milk,100\nc,o4,2026-01-05,milk,9",
    );
    let reminder = NewReminder { text: "order pens".into(), due: Until::Days(0), channel: None, priority: 0 };
    book.ask(Command::FollowUpsAdd { customer: "c".into(), reminder });
    let today = take!(book.ask(Command::Today { owner: None, limit: 9 }), Today);
    let listed: Vec<(&str, &str)> =
        today.follow_ups.iter().map(|row| (row.customer.id.as_str(), row.kind.as_str())).collect();
    assert_eq!(listed[0], ("b", "settle"));
    assert_eq!((listed[1].0, listed[1].1 != "newsletter"), ("c", true), "{listed:?}");
    assert_eq!(listed[2..], [("a", "newsletter"), ("c", "newsletter")]);
}
