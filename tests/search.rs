//! Customers found by what somebody remembers of them, and named by it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;

use tierhook_server::api::{ApiError, Command, CustomerFilter, CustomerList, ErrorCode, SearchReport};

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
        assert_eq!(hint, "name one of them: tierhook:k1 (张三, 上海); tierhook:k2 (张三丰)");
        // A part of a number or an id is somebody else's whole one by a slip; sounds and owners name nobody.
        for name in ["5678", "k", "zhangsan", "VIP", "@example.com", "12"] {
            assert_eq!(named(book, name).unwrap_err().code, ErrorCode::NotFound, "{name}");
        }
    });
}

fn list(book: &Book, filter: CustomerFilter) -> CustomerList {
    take!(book.ask(Command::CustomersList(filter)), Customers)
}

fn ids(list: &CustomerList) -> Vec<&str> {
    list.rows.iter().map(|row| row.customer.id.as_str()).collect()
}

#[test]
fn lists_are_narrowed_by_classes_owners_tags_and_texts_in_both_ways() {
    let book = book();
    book.orders("r1,o1,2026-03-01,milk,2000\nr2,o2,2026-03-02,milk,10\nr3,o3,2026-03-03,milk,5000");
    edit(&book, "r1", &[("name", "张三")]);
    in_both_ways(&book, |book| {
        let all = || CustomerFilter { limit: 99, ..CustomerFilter::default() };
        let grade = |class: &str| vec![("grade".to_owned(), class.to_owned())];
        let text = |text: &str| Some(text.to_owned());
        let rich = vec!["net_revenue_total>=1000".parse().unwrap(), "last_order_day>=2026-03-02".parse().unwrap()];
        let latest = CustomerFilter { sort: text("last_order_day"), descending: true, ..all() };
        for (filter, expected) in [
            (all(), &["k1", "k2", "k3", "k4", "k5", "r1", "r2", "r3"][..]),
            (CustomerFilter { classes: grade("A"), ..all() }, &["r1", "r3"]),
            (CustomerFilter { classes: grade("B"), owner: text("李伟"), ..all() }, &["k2"]),
            (CustomerFilter { tags: vec!["VIP".into(), "twins".into()], ..all() }, &["k4"]),
            (CustomerFilter { tags: vec!["VIP".into(), "vip".into()], ..all() }, &[]),
            (CustomerFilter { search: text("zhangsan"), ..all() }, &["k1", "k2", "r1"]),
            (CustomerFilter { search: text("zhangsan"), classes: grade("A"), ..all() }, &["r1"]),
            (CustomerFilter { conditions: rich, classes: grade("A"), ..all() }, &["r3"]),
            (latest, &["r3", "r2", "r1", "k1", "k2", "k3", "k4", "k5"]),
        ] {
            let told = list(book, filter.clone());
            assert_eq!((ids(&told), told.total), (expected.to_vec(), expected.len() as u64), "{filter:?}");
            assert_eq!(told.next, None);
        }
        let wrong = CustomerFilter { after: text("C1:5"), ..all() };
        assert_eq!(book.try_ask(Command::CustomersList(wrong)).unwrap_err().code, ErrorCode::Invalid);
    });
}

/// Pages through a list until its end; returns how often each customer was listed.
fn page_through(book: &Book, filter: &CustomerFilter) -> BTreeMap<String, usize> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut after = None;
    loop {
        let page = list(book, CustomerFilter { after, limit: 7, ..filter.clone() });
        page.rows.iter().for_each(|row| *seen.entry(row.customer.id.clone()).or_default() += 1);
        after = page.next;
        if after.is_none() {
            return seen;
        }
    }
}

#[test]
fn pages_neither_skip_nor_repeat_while_others_write() {
    let book = book();
    let rows: Vec<String> =
        (0..60).map(|n| format!("old{n:02},o{n},2026-02-{:02},milk,{}", n % 28 + 1, n * 40)).collect();
    book.orders(&rows.join("\n"));
    let known: BTreeSet<String> = (0..60).map(|n| format!("old{n:02}")).collect();
    // Half of the known customers buy again and again, and new ones come in, before and behind every page.
    let is_quiet = |id: &String| id.starts_with("old") && id[3..].parse::<u32>().unwrap() % 2 == 0;
    let serving = book.serve();
    let done = AtomicBool::new(false);
    let (wrote, has_written) = mpsc::channel();
    thread::scope(|scope| {
        let busy = scope.spawn(|| {
            let wrote = wrote;
            for round in 1.. {
                if done.load(Ordering::Relaxed) {
                    return;
                }
                let buyer = (round * 14 + 1) % 60;
                book.orders(&format!(
                    "new{round},n{round},2026-03-01,milk,{}\nold{buyer:02},again{round},2026-03-02,milk,900",
                    round * 70 % 2_000
                ));
                wrote.send(()).unwrap();
            }
        });
        // On a busy machine all pages were read before anybody wrote.
        has_written.recv().unwrap();
        let sorted = |field: &str, descending| {
            let sort = Some(field.to_owned());
            CustomerFilter { sort, descending, ..CustomerFilter::default() }
        };
        let class = CustomerFilter { classes: vec![("grade".into(), "B".into())], ..CustomerFilter::default() };
        for (filter, always) in [
            (CustomerFilter::default(), &known),
            // Nobody's id changes, so nobody moves within this list.
            (sorted("id", true), &known),
            (sorted("net_revenue_total", false), &known.iter().filter(|id| is_quiet(id)).cloned().collect()),
            (sorted("last_order_day", true), &known.iter().filter(|id| is_quiet(id)).cloned().collect()),
            (class, &known.iter().filter(|id| is_quiet(id) && id.as_str() < "old25").cloned().collect()),
        ] {
            let seen = page_through(&book, &filter);
            for id in always {
                assert_eq!(seen.get(id), Some(&1), "{id} in {filter:?}");
            }
            if filter.sort.is_none() {
                assert!(seen.values().all(|times| *times == 1), "{filter:?}");
            }
        }
        done.store(true, Ordering::Relaxed);
        busy.join().unwrap();
    });
    serving.stop();
}

#[test]
fn a_merged_customer_is_found_by_what_it_was_called() {
    let book = book();
    book.ask(Command::CustomersMerge { keep: "k4".into(), duplicate: "k1".into(), why: String::new() });
    let all = || CustomerFilter { limit: 99, ..CustomerFilter::default() };
    in_both_ways(&book, |book| {
        let report = search(book, "张三", 9);
        let told: Vec<_> =
            report.rows.iter().map(|row| (row.customer.id.as_str(), row.found[0].merged.as_deref())).collect();
        assert_eq!((told, report.total), (vec![("k4", Some("tierhook:k1")), ("k2", None)], 2));
        for name in ["张三", "k1", "13812345678", "单雄信"] {
            assert_eq!(named(book, name).unwrap(), "k4", "{name}");
        }
        // Both have it, and it is one customer.
        edit(book, "k4", &[("notes", "once 张三"), ("tags", "both")]);
        assert_eq!(search(book, "张三", 9).total, 2);
        let found = |text: &str| list(book, CustomerFilter { search: Some(text.to_owned()), ..all() });
        assert_eq!((ids(&found("张三")), found("张三").total), (vec!["k2", "k4"], 2));
        assert_eq!(ids(&list(book, all())), ["k2", "k3", "k4", "k5"]);
        for (tag, expected) in [("both", &["k4"][..]), ("VIP", &[])] {
            assert_eq!(ids(&list(book, CustomerFilter { tags: vec![tag.into()], ..all() })), expected);
        }
    });
    book.ask(Command::CustomersUnmerge { duplicate: "张三".into(), why: String::new() });
    in_both_ways(&book, |book| {
        assert_eq!(named(book, "张三").unwrap(), "k1");
        assert_eq!(search(book, "zs", 9).total, 2);
        assert_eq!(list(book, all()).total, 5);
    });
}

/// The customer that was kept takes the duplicate's newer name, and whoever knew it by its own did not find it any more.
#[test]
fn a_customer_that_was_kept_is_found_by_what_it_was_called_too() {
    let book = book();
    let renamed = [("k4", "Rosa Diaz", "0571 8888 1234"), ("k1", "Rosa Perez", "0571 9999 4321")];
    for (customer, name, phones) in renamed {
        edit(&book, customer, &[("name", name), ("phones", phones)]);
        book.advance(1);
    }
    book.ask(Command::CustomersMerge { keep: "k4".into(), duplicate: "k1".into(), why: String::new() });
    assert_eq!(book.show("k4").customer.name.as_deref(), Some("Rosa Perez"), "the later one");
    in_both_ways(&book, |book| {
        for (text, field, whole) in [("diaz", "name", "Rosa Diaz"), ("88881234", "phones", "+8657188881234")] {
            let report = search(book, text, 9);
            let row = &report.rows[0];
            assert_eq!((report.total, row.customer.id.as_str(), row.found.len()), (1, "k4", 1), "{text}");
            let found: String = row.found[0].pieces.iter().map(|piece| piece.text.as_str()).collect();
            assert_eq!((row.found[0].field.as_str(), found.as_str(), &row.found[0].merged), (field, whole, &None));
        }
        assert_eq!(search(book, "rosa", 9).total, 1, "all of them are one customer");
        assert_eq!(named(book, "Rosa Diaz").unwrap(), "k4");
    });
    let serving = book.serve();
    edit(&book, "k4", &[("name", "Rosa Ruiz")]);
    assert_eq!((search(&book, "diaz", 9).total, search(&book, "ruiz", 9).total), (0, 1), "its own name is another now");
    serving.stop();
    book.ask(Command::CustomersUnmerge { duplicate: "k1".into(), why: String::new() });
    in_both_ways(&book, |book| {
        assert_eq!((named(book, "Ruiz").unwrap(), named(book, "Perez").unwrap()), ("k4".into(), "k1".into()));
        assert_eq!(search(book, "diaz", 9).total, 0);
    });
}

#[test]
fn an_erased_customer_is_found_no_more_and_only_an_id_erases() {
    let book = book();
    let serving = book.serve();
    let erase = |customer: &str, dry_run| {
        let (customer, why) = (customer.to_owned(), "request 7".to_owned());
        book.try_ask(Command::CustomersErase { customer, why, names: false, dry_run })
    };
    assert_eq!(search(&book, "muller", 9).total, 1);
    erase("muller", true).unwrap();
    let refused = erase("muller", false).unwrap_err();
    assert_eq!((refused.code, search(&book, "muller", 9).total), (ErrorCode::NotFound, 1));
    erase("k3", false).unwrap();
    for text in ["muller", "hafen", "zoe@", "k3"] {
        assert_eq!(search(&book, text, 9).total, 0, "{text}");
    }
    assert_eq!(ids(&list(&book, CustomerFilter { limit: 9, ..CustomerFilter::default() })), ["k1", "k2", "k4", "k5"]);
    serving.stop();
}
