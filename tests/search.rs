//! Customers found by what somebody remembers of them, and named by it.

use tierhook_server::api::{ApiError, Command, ErrorCode, SearchReport};

use crate::support::book::{Book, dimension};
use crate::support::take;

const GRADE: &str = r#"
fn classify(customer, ctx) { class("grade", if customer.net_revenue_total.or(0.0) >= 1000.0 { "A" } else { "B" }) }
"#;

/// Customers by id with what is set of them.
const PEOPLE: &[(&str, &[(&str, &str)])] = &[
    ("k1", &[("name", "张三"), ("phones", "+8613812345678"), ("region", "上海")]),
    ("k2", &[("name", "张三丰"), ("phones", "+8613912345678,+8657188886666"), ("owner", "李伟")]),
    ("k3", &[("name", "Zoë Müller"), ("company", "Hafen GmbH"), ("emails", "zoe@example.com")]),
    ("k4", &[("name", "单雄信"), ("tags", "VIP,twins"), ("handles", "wx_shan"), ("custom.shop", "Corner")]),
    ("k5", &[("name", "李伟"), ("address", "人民路 12 号"), ("notes", "knows Zhang San well")]),
];

const FIELDS: &str = r#"
[[field]]
name = "shop"
type = "text"
description = { en = "Name of the shop.", zh = "店名" }
"#;

fn book() -> Book {
    let book = Book::new(
        "2026-03-10",
        &[dimension("grade", "", &["A", "B"])],
        &[("grade.rhai", GRADE), ("fields.toml", FIELDS)],
    );
    for (id, set) in PEOPLE {
        add(&book, id, set);
    }
    book
}

fn add(book: &Book, id: &str, set: &[(&str, &str)]) {
    let set = set.iter().map(|(field, value)| ((*field).to_owned(), (*value).to_owned())).collect();
    book.ask(Command::CustomersAdd { id: id.into(), set, tags: vec![], owner: None });
}

fn edit(book: &Book, customer: &str, set: &[(&str, &str)]) {
    let set = set.iter().map(|(field, value)| ((*field).to_owned(), (*value).to_owned())).collect();
    book.ask(Command::CustomersEdit { customer: customer.into(), set, clear: vec![] });
}

fn search(book: &Book, text: &str, limit: usize) -> SearchReport {
    take!(book.ask(Command::CustomersSearch { text: text.into(), limit }), Search)
}

/// Who is found, each as `id field: te[x]t`.
fn found(book: &Book, text: &str) -> Vec<String> {
    let rows = search(book, text, 50).rows.into_iter();
    rows.map(|row| {
        let texts = row.found.iter().map(|found| {
            let pieces = found.pieces.iter().map(|piece| match piece.fits {
                true => format!("[{}]", piece.text),
                false => piece.text.clone(),
            });
            format!("{}: {}", found.field, pieces.collect::<String>())
        });
        format!("{} {}", row.customer.id, texts.collect::<Vec<_>>().join(", "))
    })
    .collect()
}

fn named(book: &Book, name: &str) -> Result<String, ApiError> {
    let answer = book.try_ask(Command::CustomersShow { customer: name.into(), as_of: None })?;
    Ok(take!(answer, Customer).customer.id)
}

/// The same answers by a look at everybody and by the index of a host that serves.
fn in_both_ways(book: &Book, check: impl Fn(&Book)) {
    check(book);
    let serving = book.serve();
    check(book);
    serving.stop();
    check(book);
}

#[test]
fn customers_are_found_by_anything_that_is_known_of_them() {
    in_both_ways(&book(), |book| {
        for (text, expected) in [
            ("张三", &["k1 name: [张三]", "k2 name: [张三]丰"][..]),
            ("zhangsan", &["k1 name: [张三]", "k2 name: [张三]丰"]),
            ("zs", &["k1 name: [张三]", "k2 name: [张三]丰"]),
            ("zhang san", &["k1 name: [张三]", "k2 name: [张三]丰", "k5 notes: knows [Zhang San] well"]),
            ("shan", &["k4 handles: wx_[shan]"]),
            ("muller", &["k3 name: Zoë [Müller]"]),
            ("ＨＡＦＥＮ", &["k3 company: [Hafen] GmbH"]),
            ("138 1234", &["k1 phones: +86[1381234]5678"]),
            ("0571-88886666", &["k2 phones: +86[57188886666]"]),
            ("5678", &["k1 phones: +861381234[5678]", "k2 phones: +861391234[5678]"]),
            ("李伟", &["k5 name: [李伟]", "k2 owner: [李伟]"]),
            ("张 上海", &["k1 name: [张]三, region: [上海]"]),
            ("vip", &["k4 tags: [VIP]"]),
            ("corner", &["k4 custom.shop: [Corner]"]),
            ("人民路12", &[]),
            ("K3", &["k3 id: [k3]"]),
            ("nobody", &[]),
        ] {
            assert_eq!(found(book, text), expected, "{text}");
        }
    });
}

#[test]
fn who_bought_last_comes_first_among_equals_and_all_are_counted() {
    let book = book();
    book.orders("k7,o1,2026-01-05,milk,5\nk8,o2,2026-03-01,milk,2000\nk9,o3,2026-02-01,milk,5");
    for customer in ["k7", "k8", "k9"] {
        edit(&book, customer, &[("name", "王芳")]);
    }
    let report = search(&book, "王", 2);
    let told: Vec<_> = report
        .rows
        .iter()
        .map(|row| {
            let class = row.classes[0].as_ref().map(|class| class.class.as_str());
            (row.customer.id.as_str(), class, row.last_order.map(|day| day.to_string()))
        })
        .collect();
    let day = |day: &str| Some(day.to_owned());
    assert_eq!(told, [("k8", Some("A"), day("2026-03-01")), ("k9", Some("B"), day("2026-02-01"))]);
    assert_eq!((report.total, report.dimensions[0].name.as_str()), (3, "the grade"));
    let nothing = book.try_ask(Command::CustomersSearch { text: " ".into(), limit: 5 }).unwrap_err();
    assert_eq!(nothing.code, ErrorCode::Invalid);
}

#[test]
fn what_is_written_is_found_at_once_while_the_host_serves() {
    let book = book();
    let serving = book.serve();
    for round in 0..40 {
        let name = format!("王{round}");
        add(&book, &format!("n{round}"), &[("name", &name)]);
        assert_eq!(search(&book, &name, 1).rows[0].customer.id, format!("n{round}"));
        edit(&book, "k1", &[("name", &format!("Tom{round}x"))]);
        assert_eq!(search(&book, &format!("Tom{round}x"), 9).total, 1);
        let former = if round == 0 { "张三".to_owned() } else { format!("Tom{}x", round - 1) };
        assert_eq!(search(&book, &former, 9).rows.iter().filter(|row| row.customer.id == "k1").count(), 0, "{former}");
    }
    serving.stop();
}

#[test]
fn a_customer_is_named_by_what_nobody_else_has() {
    in_both_ways(&book(), |book| {
        for (name, id) in [
            ("tierhook:k1", "k1"),
            ("k1", "k1"),
            ("K1", "k1"),
            ("13812345678", "k1"),
            ("+86 139-1234-5678", "k2"),
            ("zoe@example.com", "k3"),
            ("wx_shan", "k4"),
            ("三丰", "k2"),
            ("muller", "k3"),
            // All of a name goes before a part of another.
            ("张三", "k1"),
        ] {
            assert_eq!(named(book, name).unwrap(), id, "{name}");
        }
        let several = named(book, "张").unwrap_err();
        assert_eq!(several.code, ErrorCode::Conflict);
        assert_eq!(several.message, "`张` may be any of 2 customers");
        let hint = several.hint.unwrap();
        assert!(hint.contains("张三 (tierhook:k1); C") && hint.contains("张三丰 (tierhook:k2)"), "{hint}");
        // A part of a number or an id is somebody else's whole one by a slip; sounds and owners name nobody.
        for name in ["5678", "k", "zhangsan", "VIP", "@example.com", "12"] {
            assert_eq!(named(book, name).unwrap_err().code, ErrorCode::NotFound, "{name}");
        }
    });
}
