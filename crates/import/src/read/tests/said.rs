//! What order lists say about customers.

use tierhook_model::{ProfileChange, ProfileKey};

use super::*;

const ORDERS: &str = "kind = \"orders\"\nsource = \"shop\"\nregion = \"CN\"\ncustomer = \"who\"\nid = \"no\"\nat = \"day\"\n\
                      amount = \"paid\"\n[fields]\nname = \"name\"\nphones = \"tel\"\n[custom]\ncard = \"card\"\n";

/// What is said of each customer, with the place of the statement among all facts.
fn said(kept: &Kept) -> Vec<(usize, &str, &ProfileChange)> {
    let facts = kept.facts.iter().enumerate();
    facts
        .filter_map(|(at, fact)| match &fact.body {
            FactBody::Profile(change) => Some((at, fact.record.id.as_str(), change)),
            _ => None,
        })
        .collect()
}

fn text(change: &ProfileChange, key: ProfileKey) -> String {
    change.fields.iter().find(|(of, _)| *of == key).map_or_else(String::new, |(_, value)| format!("{value:?}"))
}

#[test]
fn the_newest_order_says_what_a_customer_is_called() {
    let rows = "no,who,day,paid,name,tel,card\n3,c1,2025-03-03,5,王芳芳,,gold\n1,c1,2025-03-01,5,王芳,13812345678,\n\
                2,c2,2025-03-02,5,李雷,,\n4,c2,2025-03-04,5,,,\n5,c3,2025-03-05,5,,,\n";
    let (report, kept) = read(ORDERS, rows);
    assert_eq!((report.taken(FactKind::Order), report.facts[&FactKind::Profile]), (5, 2));
    let statements = said(&kept);
    // One for each, behind the order that said it and before the next.
    let places: Vec<(usize, &str)> = statements.iter().map(|(at, who, _)| (*at, *who)).collect();
    assert_eq!(places, [(2, "c2"), (4, "c1")]);
    let c1 = statements[1].2;
    assert!(text(c1, ProfileKey::Name).contains("王芳芳"), "{c1:?}");
    assert!(text(c1, ProfileKey::Phones).contains("+8613812345678"), "an older row says what the newer does not");
    assert_eq!(c1.custom.len(), 1);
    let day = |at: usize| kept.facts[at].day;
    assert_eq!((day(4), day(2)), (day(3), day(1)), "as of the order");
    // Next month's list says the same: it is the same fact, whatever the order of its rows.
    let (_, later) = read(
        ORDERS,
        "no,who,day,paid,name,tel,card\n6,c1,2025-04-03,5,王芳芳,138 1234 5678,gold\n6,c1,2025-04-03,1,,,\n",
    );
    assert_eq!(later.facts[1].key, kept.facts[4].key);
    // Stored books know this key.
    assert_eq!(later.facts[1].key.id, "profile:c1:10522f6761d1acf25d0b75009d0ea720");
}

#[test]
fn an_order_is_no_less_for_what_cannot_be_read_about_its_customer() {
    let rows = "no,who,day,paid,name,tel,card\n1,c1,2025-03-03,5,王芳,1.38E+10,gold\n2,c1,2025-03-04,5,,1391234,\n";
    let (report, kept) = read(ORDERS, rows);
    assert_eq!((report.taken(FactKind::Order), report.rejected()), (2, 0));
    let unread = &report.unread["`tel` is no telephone number"];
    assert_eq!((unread.rows, unread.line), (2, 2));
    assert!(unread.detail.contains("`1.38E+10`") && unread.detail.contains("format the column as text"), "{unread:?}");
    // What can be read is said all the same.
    let said = said(&kept);
    assert!(text(said[0].2, ProfileKey::Name).contains("王芳") && said[0].2.custom.len() == 1, "{said:?}");
    assert_eq!(text(said[0].2, ProfileKey::Phones), "");
    // Of a list of customers such a row is rejected: there is nothing else in it.
    let (report, _) = read(
        "kind = \"customers\"\nsource = \"shop\"\ncustomer = \"who\"\n[fields]\nphones = \"tel\"\n",
        "who,tel\nc1,1.38E+10\n",
    );
    assert_eq!((report.rejected(), report.unread.len()), (1, 0));
}

#[test]
fn of_whom_no_order_is_taken_nothing_is_said() {
    let (report, kept) = read(
        &format!("{ORDERS}[file]\nnumbers = [\"paid\"]\n"),
        "no,who,day,paid,name,tel,card\n1,c1,2025-03-03,-5,王芳,,\n",
    );
    assert_eq!((report.taken(FactKind::Order), kept.facts.len(), kept.rejected.len()), (0, 0, 1));
}

#[test]
fn of_each_field_the_newest_counts_wherever_it_stands() {
    let (_, kept) = read(
        ORDERS,
        "no,who,day,paid,name,tel,card\n3,c1,2025-03-03,5,王芳,,\n1,c1,2025-03-01,5,,13812345678,\n2,c1,2025-03-02,5,,13912345678,\n",
    );
    let said = said(&kept);
    assert!(text(said[0].2, ProfileKey::Phones).contains("+8613912345678"), "{said:?}");
}

#[test]
fn rows_without_an_id_say_it_too() {
    let mapping = ORDERS.replace("id = \"no\"\n", "");
    let (report, kept) = read(&mapping, "who,day,paid,name,tel,card\nc1,2025-03-03,5,王芳,,\nc1,2025-03-04,5,王芳,,\n");
    assert_eq!((report.taken(FactKind::Order), report.facts[&FactKind::Profile], kept.facts.len()), (2, 1, 3));
    assert_eq!(said(&kept)[0].0, 2);
}

#[test]
fn an_order_list_takes_no_consents() {
    let error = Mapping::parse(&format!("{ORDERS}[consents]\nsms = \"sms\"\n"), "m.toml").unwrap_err();
    assert!(error.to_string().contains("consents"), "{error}");
}
