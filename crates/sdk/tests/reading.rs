//! What the derives read, through the same columns that a host gives.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::collections::BTreeMap;

use tierhook_sdk::testing::{Batch, Row, batch, row};
use tierhook_sdk::{Class, Context, Day, Fact, Fault, History, Known, Parameters, Plan, Record, class, log, plan};

#[derive(Debug, Record)]
struct Customer<'a> {
    orders_total: i64,
    region: Option<&'a str>,
    #[field("class.grade")]
    grade: Known<String>,
    tags: Option<Vec<&'a str>>,
    #[history(orders)]
    orders: History<Order<'a>>,
    #[history(refunds)]
    refunds: Option<Vec<Refund>>,
}

#[derive(Debug, Fact)]
struct Order<'a> {
    day: Day,
    amount: f64,
    channel: Option<&'a str>,
}

#[derive(Debug, Fact)]
struct Refund {
    amount: f64,
}

#[derive(Debug, Parameters)]
struct Settings {
    from: f64,
    #[parameter("days.A")]
    days_for_a: i64,
    days: BTreeMap<String, i64>,
    names: Vec<String>,
}

fn today() -> Day {
    Day::from_ymd(2026, 3, 1).unwrap()
}

fn order(ago: i32, amount: f64) -> Row {
    row().with("day", today().plus(-ago)).with("amount", amount)
}

fn pinned() -> Batch {
    let names: &[&str] = &["a", "王芳"];
    batch(today()).param("from", 3).param("days.A", 30).param("days.B", 90).param("names", names)
}

/// Tells all that it reads in the code of a reason.
fn tell(customer: &Customer<'_>, ctx: &Context<Settings>) -> Class {
    let orders: Vec<String> =
        customer.orders.iter().map(|order| format!("{} {} {:?}", order.day, order.amount, order.channel)).collect();
    let refunded: Option<f64> =
        customer.refunds.as_ref().map(|all| all.iter().fold(0.0, |sum, refund| sum + refund.amount));
    log::info(format!(
        "from {} {} {:?} {:?}",
        ctx.params.from, ctx.params.days_for_a, ctx.params.days, ctx.params.names
    ));
    class("told", "all").because(format!(
        "{} {:?} {:?} {:?} {orders:?} {} {refunded:?}",
        customer.orders_total, customer.region, customer.grade, customer.tags, customer.orders.cut
    ))
}

#[test]
fn every_record_gets_its_own_values_and_facts() {
    let tags: &[&str] = &["vip", "母婴"];
    let first = row()
        .with("orders_total", 2)
        .with("region", "浙江")
        .with("class.grade", "A")
        .with("tags", tags)
        .history("orders", [order(3, 90.0).with("channel", "wechat"), order(30, 10.5)])
        .cut("orders")
        .history("refunds", [row().with("amount", 5.0), row().with("amount", 6.0)]);
    let second = row().with("orders_total", 0).masked("region").masked("class.grade");
    let third = row().with("orders_total", 1).history("orders", [order(0, 1.0)]);
    let answers = pinned().record(first).record(second).record(third).classify(tell);
    let told = |record: usize| answers.of(record)[0].codes().concat();
    assert_eq!(
        told(0),
        "2 Some(\"浙江\") Known(\"A\") Some([\"vip\", \"母婴\"]) \
         [\"2026-02-26 90 Some(\\\"wechat\\\")\", \"2026-01-30 10.5 None\"] true Some(11.0)"
    );
    assert_eq!(told(1), "0 None Masked None [] false Some(0.0)");
    assert_eq!(told(2), "1 None Missing None [\"2026-03-01 1 None\"] false Some(0.0)");
    let line = log::Note::Line(Some(0), "from 3 30 {\"A\": 30, \"B\": 90} [\"a\", \"王芳\"]".to_owned());
    assert_eq!(answers.notes()[0], line);
}

#[test]
fn a_needed_value_that_is_missing_or_masked_is_the_fault_of_that_record_alone() {
    let answers = pinned()
        .record(row())
        .record(row().masked("orders_total"))
        .record(row().with("orders_total", 1))
        .record(row().with("orders_total", 1).history("orders", [row().with("day", today())]))
        .classify(tell);
    let message = |record: usize| answers.fault(record).map(|fault| fault.message.as_str());
    assert_eq!(message(0), Some("`orders_total` is missing"));
    assert_eq!(message(1), Some("`orders_total` is masked"));
    assert_eq!(message(2), None);
    assert_eq!(message(3), Some("`amount` is missing"));
    assert_eq!(answers.outcome.faults.iter().map(|faulted| faulted.record).collect::<Vec<_>>(), [0, 1, 3]);
}

#[test]
fn a_column_or_parameter_of_another_type_is_the_fault_of_the_batch() {
    let answers = pinned().record(row().with("orders_total", "two")).classify(tell);
    assert_eq!(answers.fault(0).unwrap().message, "`orders_total` does not hold whole numbers");
    let answers = pinned().param("from", "much").record(row().with("orders_total", 1)).classify(tell);
    assert_eq!(answers.fault(0).unwrap().message, "parameter `from` is not a number");
    let answers = batch(today()).record(row().with("orders_total", 1)).classify(tell);
    assert_eq!(answers.fault(0).unwrap().message, "there is no parameter `from`");
}

#[test]
fn a_function_may_return_many_things() {
    fn one(_: &(), _: &Context) -> Plan {
        plan("a")
    }
    fn many(_: &(), ctx: &Context) -> Result<Vec<Plan>, Fault> {
        Ok(vec![plan("a"), plan("b").due(ctx.day)])
    }
    fn none(_: &(), _: &Context) {}
    fn faulty(_: &(), _: &Context) -> Result<Option<Plan>, Fault> {
        Err(Fault::new("no rate for the day").hint("import it"))
    }
    let asked = || batch(today()).record(row());
    assert_eq!(asked().follow_up(one).of(0).len(), 1);
    assert_eq!(asked().follow_up(many).of(0)[1].due, Some(today()));
    assert!(asked().follow_up(none).of(0).is_empty());
    assert_eq!(asked().follow_up(faulty).fault(0).unwrap().to_string(), "no rate for the day; import it");
    let closure = asked().follow_up(|_: &(), ctx: &Context| ctx.currency.eq("CNY").then(|| plan("c")));
    assert_eq!(closure.of(0)[0].kind, "c");
}
