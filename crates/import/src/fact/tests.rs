use tierhook_model::{Amount, BookZone, Currency, Measure};

use super::*;
use crate::Rates;

fn context() -> ImportContext {
    let rates: Rates = toml::from_str("USD = \"7.2\"").unwrap();
    ImportContext::new(BookZone::named("Asia/Shanghai").unwrap(), Currency::CNY, Moment(0)).with_rates(&rates)
}

fn read(line: &str) -> Result<FactLine, String> {
    FactLine::read(line, "CN".parse().ok(), &context()).map_err(|error| error.message)
}

/// A line with what every event has.
fn event(rest: &str) -> Result<FactLine, String> {
    read(&format!(r#"{{"customer":"shop:42","id":"o1","at":"2026-11-21T20:30:00Z",{rest}}}"#))
}

fn body(rest: &str) -> FactBody {
    match event(rest).unwrap().said {
        Said::Event(body) => body,
        other => panic!("no event: {other:?}"),
    }
}

#[test]
fn an_order_is_read_with_its_lines_to_the_last_digit() {
    let rest = r#""kind":"order","channel":"wechat","contact":"k1","lines":[
        {"product":"milk-2","name":"2 段奶粉","category":"milk","group":"milk","quantity":2,"amount":"576.10"},
        {"product":"post","amount":12.4,"goods":false}]"#;
    let line = event(rest).unwrap();
    assert_eq!((line.customer, line.source.as_str()), (ExternalRef::new("shop", "42"), "shop"));
    assert_eq!((line.id.as_deref(), line.contact.as_deref()), (Some("o1"), Some("k1")));
    // In Shanghai it was the next day.
    let (moment, day) = line.at;
    assert_eq!((moment.to_string(), day.to_string()), ("2026-11-21T20:30:00Z".to_owned(), "2026-11-22".to_owned()));
    let Said::Event(FactBody::Order(order)) = line.said else { panic!("no order") };
    assert_eq!((order.amount, order.channel.as_deref()), (Amount::in_base(58_850, Currency::CNY), Some("wechat")));
    let kept: Vec<_> = order.lines.iter().map(|it| (it.quantity_milli, it.amount_minor, it.is_goods)).collect();
    assert_eq!(kept, [(2_000, 57_610, true), (1_000, 1_240, false)]);
}

#[test]
fn what_was_paid_may_be_less_than_the_lines_and_in_another_currency() {
    let FactBody::Order(order) =
        body(r#""kind":"order","amount":90,"currency":"USD","lines":[{"product":"a","amount":100}]"#)
    else {
        panic!("no order")
    };
    assert_eq!((order.amount.original.minor, order.amount.base, order.lines[0].amount_minor), (9_000, 64_800, 10_000));
}

#[test]
fn every_kind_is_read() {
    let kind = |rest: &str| format!("{:?}", body(rest)).chars().take_while(|c| c.is_alphabetic()).collect::<String>();
    assert_eq!(kind(r#""kind":"refund","amount":"5","order":"o0","reason":"late""#), "Refund");
    assert_eq!(kind(r#""kind":"cancellation","amount":5"#), "Cancellation");
    for talk in ["call", "visit", "email", "chat", "consultation", "web-view", "web_view"] {
        assert_eq!(
            kind(&format!(r#""kind":"{talk}","text":"hello","by":"lin","inbound":true,"product":"p""#)),
            "Interaction"
        );
    }
    for told in [
        r#""kind":"satisfaction","score":4.5"#,
        r#""kind":"complaint","text":"the tin was open""#,
        r#""kind":"complaint-resolved","complaint":"c1""#,
        r#""kind":"return","product":"p""#,
        r#""kind":"remark","text":"kind people""#,
    ] {
        assert_eq!(kind(told), "Feedback", "{told}");
    }
    assert_eq!(
        body(r#""kind":"measure","name":"assets","value":"-12.5""#),
        FactBody::Measure(Measure { name: "assets".into(), value: -12.5 })
    );
}

#[test]
fn statements_need_no_id_and_the_same_one_has_the_same_key() {
    let line = read(
        r#"{"kind":"profile","customer":"shop:42","at":"2026-11-22","fields":{"name":"王芳","phones":["138 1234 5678"],"newsletter":true,"email":null}}"#,
    );
    let line = line.unwrap();
    assert_eq!((&line.id, line.kind.as_str()), (&None, "profile"));
    let Said::Profile(fields) = &line.said else { panic!("no profile") };
    let text = |name: &str| fields[name].as_deref();
    assert_eq!(
        (text("name"), text("phones"), text("newsletter"), text("email")),
        (Some("王芳"), Some("138 1234 5678"), Some("true"), None)
    );
    assert_eq!(line.statement_key(&ProfileChange::default()), line.clone().statement_key(&ProfileChange::default()));

    let person = r#"{"kind":"contact","customer":"shop:42","at":"2026-11-22","person":{"name":" 李雷 ","role":"buyer","phones":["13812345678"]}}"#;
    let line = read(person).unwrap();
    let Said::Person(change) = &line.said else { panic!("no person") };
    assert_eq!(
        (change.contact.id.as_str(), change.contact.phones.as_slice()),
        ("李雷", &["+8613812345678".to_owned()][..])
    );
    assert!(line.person_key(change).starts_with("contact:42:李雷:"));
}

#[test]
fn another_system_may_tell_of_the_customer() {
    let spaced =
        read(r#"{"kind":"profile","customer":" shop : 42 ","at":"2026-11-22","fields":{"name":"x"}}"#).unwrap();
    assert_eq!(spaced.customer, ExternalRef::new("shop", "42"));
    let line = event(r#""kind":"call","source":"callcentre""#).unwrap();
    assert_eq!((line.source.as_str(), line.customer.source.as_str()), ("callcentre", "shop"));
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    for (line, says) in [
        ("", "column 0: EOF"),
        ("{\"kind\":\"order\",}", "column 17: trailing comma"),
        ("[]", "one JSON object"),
        ("{}", "`kind` is missing: it is one of order, refund"),
        (r#"{"kind":"ordr"}"#, "there is no kind `ordr`; did you mean `order`?"),
        (r#"{"kind":"gift"}"#, "there is no kind `gift`; there are order, refund"),
        (r#"{"kind":"order"}"#, "`customer` is missing: write whom it is about as `source:id`"),
        (r#"{"kind":"order","customer":"42"}"#, "write it with its source, for example `shop:1042`"),
        (r#"{"kind":"order","customer":["42"]}"#, "`customer` is [\"42\"]; a text is expected"),
        (r#"{"kind":"order","customer":"s:42","amount":1,"at":"2026-11-22"}"#, "`id` is missing: by it"),
        (r#"{"kind":"order","customer":"s:42","amount":1,"id":7}"#, "`at` is missing: write since when"),
        (
            r#"{"kind":"call","customer":"s:42","id":7,"at":"0001-01-01"}"#,
            "`at` is `0001-01-01`; a year from 1900 to 2199",
        ),
        (r#"{"kind":"call","customer":"s:42","id":"","at":"2026-11-22"}"#, "`id` is empty"),
        (r#"{"kind":"call","customer":"s:42","id":"a\u0000","at":"2026-11-22"}"#, "`id` has control characters"),
        (
            r#"{"kind":"call","customer":"s\u0000:42","source":"x","id":"a","at":"2026-11-22"}"#,
            "`customer` has control",
        ),
        (
            r#"{"kind":"profile","customer":"s:42","at":"2026-11-22","fields":{"phones":[1.38e10]}}"#,
            "`phones` has a number",
        ),
        (r#"{"kind":"call","customer":"s:42","id":7,"at":"yesterday"}"#, "`at` is `yesterday`; write it like"),
        (r#"{"kind":"profile","customer":"s:42","at":"2026-11-22","fields":{}}"#, "`fields` is empty"),
        (
            r#"{"kind":"profile","customer":"s:42","at":"2026-11-22","fields":{"name":{"a":1}}}"#,
            "`name` is {\"a\":1}; write a text",
        ),
        (
            r#"{"kind":"contact","customer":"s:42","at":"2026-11-22","person":{"name":"x","phones":["1.38E+10"]}}"#,
            "`person.phones`",
        ),
    ] {
        let error = read(line).unwrap_err();
        assert!(error.contains(says), "{line}: {error}");
    }
    for (rest, says) in [
        (r#""kind":"order","amout":1"#, "order: unknown field `amout`, expected one of `amount`"),
        (r#""kind":"order""#, "an order has an `amount`, or `lines`"),
        (r#""kind":"order","amount":"1,288.50""#, "`1,288.50` is no number; write it like 1288.50"),
        (r#""kind":"order","amount":-5"#, "less than 0; money that goes back is a `refund`"),
        (r#""kind":"order","lines":[{"product":"a","amount":5,"quantity":-1}]"#, "line `a`: `quantity` is -1"),
        (r#""kind":"order","amount":5,"currency":"EUR""#, "there is no rate for EUR in CNY"),
        (r#""kind":"order","amount":5,"currency":"yuan""#, "yuan"),
        (r#""kind":"order","amount":"92233720368547758.08""#, "too large to be kept"),
        (r#""kind":"refund","amount":0"#, "`amount` of a refund is 0; write what goes back, above 0"),
        (r#""kind":"satisfaction","score":9"#, "`score` is 9; it lies between 1"),
        (r#""kind":"measure","name":"assets""#, "measure: missing field `value`"),
        (r#""kind":"call","inbound":"yes""#, "call: invalid type: string \"yes\", expected a boolean"),
    ] {
        let error = event(rest).unwrap_err();
        assert!(error.contains(says), "{rest}: {error}");
    }
}
