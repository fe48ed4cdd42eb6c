//! What people note and have to look at: causes, reviews of their own words, what customers are entitled to.

use tierhook_server::api::{Command, Datum, ErrorCode, FollowUpFilter, FollowUpRow, Until, WarningOutcome};

use crate::support::book::{Book, day, dimension};
use crate::support::take;

const SURVEY: &str = r#"
fn follow_up(customer, ctx) {
    if customer.lost_cause.is_known && customer.lost_cause_days <= customer.recency_days.or(0) { return; }
    if customer.recency_days.or(0) > 40 { return plan("survey").episode(customer.last_order_day); }
}
"#;

const OWN_CAUSES: &str = r#"
[follow_ups]
survey = { en = "Survey", zh = "调查" }
[outcomes.survey]
taste = { en = "The taste", zh = "口味" }
delivery = { en = "The delivery", zh = "配送" }
"#;

const SILENCE: &str = r#"
fn churn_warning(customer, ctx) {
    if customer.recency_days.or(0) > 40 { return warn("silence").severity("high").episode(customer.last_order_day); }
}
"#;

const GRADE: &str = r#"
fn classify(customer, ctx) { class("grade", "B") }
"#;

const ENTITLED: &str = r#"
[[dimension]]
id = "grade"
name = { en = "Grade", zh = "等级" }
[[dimension.class]]
id = "A"
name = { en = "best", zh = "最好" }
entitlements = [{ en = "A named adviser.", zh = "专属顾问" }, { en = "Free delivery.", zh = "免运费" }]
[[dimension.class]]
id = "B"
name = { en = "good", zh = "良好" }
"#;

fn survey(book: &Book, customer: &str) -> FollowUpRow {
    let filter = FollowUpFilter { customer: Some(customer.into()), all: true, limit: 9, ..FollowUpFilter::default() };
    let rows = take!(book.ask(Command::FollowUpsList(filter)), FollowUps).rows;
    rows.into_iter().find(|row| row.kind == "survey").unwrap()
}

fn done(book: &Book, customer: &str, cause: &str) -> Result<FollowUpRow, tierhook_server::api::ApiError> {
    let id = survey(book, customer).id;
    let answer = book.try_ask(Command::FollowUpsDone { id, contact: false, cause: Some(cause.into()), note: None })?;
    Ok(take!(answer, FollowUp).follow_up)
}

fn field(book: &Book, customer: &str, name: &str) -> Option<Datum> {
    book.show(customer).fields.into_iter().find(|field| field.field == name).and_then(|field| field.value)
}

#[test]
fn the_cause_of_a_survey_is_kept_and_read_by_rules() {
    let book = Book::new("2026-03-02", &[dimension("grade", "", &["B"])], &[("survey.rhai", SURVEY)]);
    book.orders("wang,o1,2026-01-05,milk,1200");
    let refused = done(&book, "wang", "weather").unwrap_err();
    assert_eq!(refused.code, ErrorCode::Invalid);
    assert_eq!(refused.hint.as_deref(), Some("there are quality, service, price, competitor, moved, other"));
    let row = done(&book, "wang", "price").unwrap();
    assert_eq!((row.state.code.as_str(), row.state.detail.as_deref()), ("done", Some("price")));
    assert_eq!(field(&book, "wang", "lost_cause"), Some(Datum::Text("price".into())));
    book.advance(10);
    assert_eq!(field(&book, "wang", "lost_cause_days"), Some(Datum::Integer(10)));
    let facts = book.show("wang").facts;
    assert!(facts.iter().any(|fact| fact.text.contains("done: price")), "{facts:?}");
    // A new order, and silence again: the cause was that of another time.
    book.orders("wang,o2,2026-03-10,milk,1200");
    book.set_day("2026-05-01");
    assert_eq!(book.to_do("wang").len(), 1, "{:?}", book.follow_ups("wang"));
}

#[test]
fn a_rule_may_have_a_list_of_causes_of_its_own() {
    let scripts = [("survey.rhai", SURVEY), ("survey.toml", OWN_CAUSES)];
    let book = Book::new("2026-03-02", &[dimension("grade", "", &["B"])], &scripts);
    book.orders("wang,o1,2026-01-05,milk,1200");
    assert_eq!(done(&book, "wang", "price").unwrap_err().hint.as_deref(), Some("there are delivery, taste"));
    let row = done(&book, "wang", "taste").unwrap();
    assert_eq!((row.state.detail.as_deref(), row.state.text.as_deref()), (Some("taste"), Some("The taste")));
}

#[test]
fn a_cause_noted_with_a_warning_is_the_same_field_and_ends_the_survey() {
    let scripts = [("survey.rhai", SURVEY), ("silence.rhai", SILENCE)];
    let book = Book::new("2026-03-02", &[dimension("grade", "", &["B"])], &scripts);
    book.orders("wang,o1,2026-01-05,milk,1200");
    let number = book.warnings("wang")[0].split(' ').next().unwrap().parse().unwrap();
    let weather = WarningOutcome::Lost { cause: "weather".into() };
    assert_eq!(book.resolve("wang", number, weather).unwrap_err().code, ErrorCode::Invalid);
    book.resolve("wang", number, WarningOutcome::Lost { cause: "service".into() }).unwrap();
    assert_eq!(field(&book, "wang", "lost_cause"), Some(Datum::Text("service".into())));
    assert_eq!(survey(&book, "wang").state.code, "withdrawn");
}

#[test]
fn a_word_with_a_review_holds_and_asks_to_be_looked_at() {
    let book = Book::new("2026-03-02", &[ENTITLED.to_owned()], &[("grade.rhai", GRADE), ("silence.rhai", SILENCE)]);
    book.orders("wang,o1,2026-01-05,milk,1200");
    let set = |review: &str| {
        let (customer, dimension, class, why) = ("wang".into(), "grade".into(), "A".into(), "an old friend".into());
        book.try_ask(Command::CustomersSetClass {
            customer,
            dimension,
            class,
            why,
            until: None,
            review: Some(Until::Day(day(review))),
        })
    };
    assert_eq!(set("2026-03-01").unwrap_err().code, ErrorCode::Invalid, "it is over already");
    set("2026-04-01").unwrap();
    let state = |book: &Book| {
        let today = take!(book.ask(Command::Today { owner: None, limit: 9 }), Today);
        let status = take!(book.ask(Command::Status), Status);
        assert_eq!(status.due_reviews, today.reviews.len() as u64);
        (book.class("wang", "grade").unwrap(), today.reviews.len())
    };
    assert_eq!(state(&book), ("A".into(), 0));
    book.set_day("2026-04-01");
    assert_eq!(state(&book), ("A".into(), 1), "it holds, and somebody has to look");
    book.set_day("2026-09-01");
    assert_eq!(state(&book), ("A".into(), 1));

    let today = take!(book.ask(Command::Today { owner: None, limit: 9 }), Today);
    assert_eq!(today.reviews[0].word.review, Some(day("2026-04-01")));
    let entitled = &today.entitlements[0];
    assert_eq!((entitled.name.as_str(), entitled.customers.len()), ("best", 1), "wang is listed for a warning");
    assert_eq!(entitled.entitlements, ["A named adviser.", "Free delivery."]);
    assert_eq!(book.show("wang").classes[0].entitlements, entitled.entitlements);
    assert_eq!(book.explain_dimension("wang", "grade").entitlements, entitled.entitlements);

    book.release_class("wang", "grade");
    assert_eq!(state(&book), ("B".into(), 0), "released while it is due");
    set("2026-12-01").unwrap();
    assert_eq!(state(&book), ("A".into(), 0), "looked at");
    book.release_class("wang", "grade");
    book.set_day("2027-01-01");
    assert_eq!(state(&book), ("B".into(), 0));
}

/// Nobody could release such a word, so it was to be reviewed for ever.
#[test]
fn a_word_on_a_dimension_that_is_no_more_is_not_to_be_reviewed() {
    let (grade, mood) = (dimension("grade", "", &["A", "B"]), dimension("mood", "", &["glad", "sad"]));
    let mut book = Book::new("2026-03-02", &[grade.clone(), mood], &[]);
    book.orders("wang,o1,2026-01-05,milk,1200");
    let (customer, dimension, class, why) = ("wang".into(), "mood".into(), "sad".into(), "he said so".into());
    let review = Some(Until::Day(day("2026-03-05")));
    book.ask(Command::CustomersSetClass { customer, dimension, class, why, until: None, review });
    book.set_day("2026-03-10");
    let to_review = |book: &Book| {
        let today = take!(book.ask(Command::Today { owner: None, limit: 9 }), Today);
        (today.reviews.len(), take!(book.ask(Command::Status), Status).due_reviews)
    };
    assert_eq!(to_review(&book), (1, 1));
    let without = format!("removed = [\"mood\"]\n{grade}");
    book.restart(|workspace| workspace.write("scripts/dimensions.toml", &without));
    assert_eq!(to_review(&book), (0, 0));
}
