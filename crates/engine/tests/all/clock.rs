//! The book's day: what counts on it, and what setting it does.

use tierhook_hooks::{AnchorWish, Hook, Since, Wishes};
use tierhook_model::{BookClock, ClockMode, FactBody, Moment, ProfileChange, ProfileKey, Value};

use crate::support::{Book, call, day, fact, grade, order, plan, rule};

fn care() -> std::sync::Arc<dyn tierhook_hooks::Rule> {
    rule("care", Hook::FollowUp, &[], &[], |_| {
        let every = AnchorWish::Every { days: 30, since: Since::Contact };
        Ok(Wishes { follow_ups: vec![plan("call", every)], ..Wishes::default() })
    })
}

#[test]
fn a_fact_after_the_books_day_does_not_count_until_then() {
    let book = Book::new("2026-03-02", vec![grade()]);
    book.ingest(&[order("wang", "o1", "2026-02-01", 10), order("wang", "o2", "2026-03-10", 1_200)]);
    assert_eq!(book.grade("wang").as_deref(), Some("B"));
    assert_eq!(book.regrade().changed, 0);
    assert_eq!(book.go_to("2026-03-09").changed, 0);
    // What comes in later, and happened earlier, is put in its place.
    book.ingest(&[order("wang", "o3", "2026-03-05", 5)]);
    assert_eq!(book.grade("wang").as_deref(), Some("B"));
    assert_eq!(book.go_to("2026-03-10").changed, 1);
    assert_eq!(book.grade("wang").as_deref(), Some("A"));
    assert_eq!(book.record("wang").standing.class("grade").unwrap().since, day("2026-03-10"));
}

#[test]
fn a_clock_that_is_set_back_makes_no_duplicates() {
    let book = Book::new("2026-03-02", vec![grade(), care()]);
    book.ingest(&[
        fact("wang", "c1", "2026-01-10", call()),
        order("wang", "o1", "2026-01-15", 10),
        order("wang", "o2", "2026-02-20", 1_200),
    ]);
    let numbers = || -> Vec<(u32, bool)> {
        book.record("wang").standing.follow_ups.iter().map(|it| (it.number, it.state.is_open())).collect()
    };
    assert_eq!(numbers(), [(1, true)]);
    book.go_to("2026-02-10");
    assert_eq!(book.grade("wang").as_deref(), Some("B"), "the large order is yet to come");
    assert_eq!(numbers(), [(1, true)]);
    book.assert_settled();
    book.go_to("2026-03-02");
    assert_eq!(book.grade("wang").as_deref(), Some("A"));
    assert_eq!(numbers(), [(1, true)]);
    book.assert_settled();
}

#[test]
fn only_an_explicit_setting_turns_the_clock_back() {
    let book = Book::new("2026-03-02", vec![grade()]);
    let at = |text: &str| Moment(i64::from(day(text).0) * 86_400);
    assert_eq!(book.engine.tick(at("2026-03-09")).unwrap(), None, "a fixed clock stands still");
    let clock = book.engine.follow(ClockMode::System, at("2026-03-05")).unwrap();
    assert_eq!(clock, BookClock { mode: ClockMode::System, day: day("2026-03-05") });
    assert_eq!(book.engine.tick(at("2026-03-04")).unwrap(), None);
    assert_eq!(book.engine.tick(at("2026-03-06")).unwrap(), Some(day("2026-03-06")));
    book.ingest(&[order("wang", "o1", "2026-02-01", 10)]);
    assert_eq!(book.engine.follow(ClockMode::LastFact, at("2026-03-06")).unwrap().day, day("2026-02-01"));
    book.ingest(&[order("wang", "o2", "2026-02-03", 10)]);
    assert_eq!(book.engine.tick(at("2026-03-06")).unwrap(), Some(day("2026-02-03")));
}

/// A clock that follows the newest fact stood still on the day on which its book was made, and only a first import into a
/// book without anybody in it moved it back.
#[test]
fn a_clock_that_awaits_its_first_fact_follows_the_computers() {
    let book = Book::new("2026-03-02", vec![grade()]);
    let at = |text: &str| Moment(i64::from(day(text).0) * 86_400);
    book.engine.follow(ClockMode::LastFact, at("2026-03-05")).unwrap();
    let today = || book.engine.snapshot().clock;
    assert_eq!(today(), BookClock { mode: ClockMode::LastFact, day: day("2026-03-05") });
    assert_eq!(book.engine.tick(at("2026-03-09")).unwrap(), Some(day("2026-03-09")));
    // A word about somebody is no sign of the customer.
    let name = FactBody::Profile(ProfileChange {
        fields: vec![(ProfileKey::Name, Some(Value::Text("Wang".into())))],
        ..ProfileChange::default()
    });
    book.ingest(&[fact("wang", "p1", "2026-03-09", name)]);
    assert_eq!(today().day, day("2026-03-09"));
    book.ingest(&[order("wang", "o1", "2011-02-01", 10)]);
    assert_eq!(today().day, day("2011-02-01"), "it goes back to the first fact");
    book.ingest(&[order("li", "o2", "2010-02-01", 10)]);
    assert_eq!((today().day, book.engine.tick(at("2026-03-10")).unwrap()), (day("2011-02-01"), None));
    book.ingest(&[order("li", "o3", "2012-02-01", 10)]);
    assert_eq!(book.engine.tick(at("2026-03-10")).unwrap(), Some(day("2012-02-01")));
}
