use std::collections::HashMap;

use tierhook_model::{FactBody, FactKind, Feedback, FeedbackKind, InteractionKind, Order, Value};

use super::*;
use crate::{Rates, RejectedFile, SinkError};

#[derive(Default)]
struct Kept {
    facts: Vec<NewFact>,
    rejected: Vec<RejectedRow>,
}

impl Sink for Kept {
    fn facts(&mut self, facts: Vec<NewFact>) -> Result<(), SinkError> {
        self.facts.extend(facts);
        Ok(())
    }

    fn rejected(&mut self, row: &RejectedRow) -> Result<(), SinkError> {
        self.rejected.push(row.clone());
        Ok(())
    }
}

impl Kept {
    fn order(&self, id: &str) -> &Order {
        let fact = self.facts.iter().find(|fact| fact.key.id == id).expect("the order is there");
        let FactBody::Order(order) = &fact.body else { panic!("{id} is no order") };
        order
    }

    fn reasons(&self) -> Vec<(u64, &str)> {
        self.rejected.iter().map(|row| (row.line, row.reason.as_str())).collect()
    }
}

fn context() -> ImportContext {
    let context = ImportContext::new(BookZone::utc(), "GBP".parse().unwrap(), Moment(1_700_000_000));
    context.with_rates(&Rates::parse([("USD", "0.8")]).unwrap())
}

fn read_at(mapping: &str, text: &str, context: &ImportContext) -> (ReadReport, Kept) {
    let (mapping, mut kept) = (Mapping::parse(mapping, "m.toml").unwrap(), Kept::default());
    let report = import(text.as_bytes(), &mapping, context, &mut kept).unwrap();
    assert_eq!(report.rows, report.taken.values().sum::<u64>() + report.rejected() + report.repeated);
    (report, kept)
}

fn read(mapping: &str, text: &str) -> (ReadReport, Kept) {
    read_at(mapping, text, &context())
}

const LINES: &str = r#"
kind = "orders"
source = "shop"
customer = "who"
id = "no"
at = "day"
currency = "cur"
cancellation = 'no.starts_with("C")'
refund = 'no.starts_with("R")'
order = "of"
reason = "why"
line = { product = "sku", quantity = "qty", unit_price = "price", is_goods = 'sku != "POST"' }
[[reject]]
when = 'who == ""'
reason = "no customer"
[file]
numbers = ["price"]
"#;
const HEADER: &str = "no,who,day,cur,sku,qty,price,of,why\n";

fn lines(rows: &str) -> (ReadReport, Kept) {
    read(LINES, &format!("{HEADER}{rows}"))
}

#[test]
fn rows_with_one_id_are_one_order_wherever_they_stand() {
    let (report, kept) = lines(
        "1,ann,2026-01-05 10:00,,tea,2,0.335,,\n2,bob,2026-01-04,,tea,1,1,,\n1,ann,2026-01-05 09:59,,POST,1,0.335,,\n",
    );
    assert_eq!((report.taken(FactKind::Order), report.facts[&FactKind::Order]), (3, 2));
    let order = kept.order("1");
    // The exact sum, 1.005, is rounded once, half to even; the lines for themselves are for display.
    assert_eq!(order.amount.base, 100);
    assert_eq!(order.lines.iter().map(|line| line.amount_minor).collect::<Vec<_>>(), [67, 34]);
    assert_eq!(order.lines.iter().map(|line| line.is_goods).collect::<Vec<_>>(), [true, false]);
    assert_eq!(kept.facts.iter().map(|fact| fact.key.id.as_str()).collect::<Vec<_>>(), ["2", "1"], "earliest first");
    assert_eq!(kept.facts[1].occurred.to_string(), "2026-01-05T09:59:00Z", "the earliest line dates the order");
}

#[test]
fn cancellations_and_refunds_are_positive_sums_of_their_rows() {
    let (report, kept) = lines(
        "1,ann,2026-01-05,,tea,2,3,,\nC1,ann,2026-01-06,,tea,-1,3,1,late\nC1,ann,2026-01-06,,jam,-2,1.5,1,\nR1,ann,2026-01-07,,tea,1,3,1,\n",
    );
    assert_eq!(report.taken(FactKind::Cancellation), 2);
    let body = |id: &str| &kept.facts.iter().find(|fact| fact.key.id == id).unwrap().body;
    let FactBody::Cancellation(cancelled) = body("C1") else { panic!("no cancellation") };
    assert_eq!(
        (cancelled.amount.base, cancelled.order.as_deref(), cancelled.reason.as_deref()),
        (600, Some("1"), Some("late"))
    );
    let FactBody::Refund(refund) = body("R1") else { panic!("no refund") };
    assert_eq!((refund.amount.base, refund.order.as_deref()), (300, Some("1")));
}

/// Such days were taken, as other days, and made a customer buy every thousand years.
#[test]
fn a_day_that_means_never_is_not_one_on_which_something_happened() {
    let (report, kept) =
        lines("1,ann,9999-12-31,,tea,2,3,,\n2,ann,0001-01-01,,tea,2,3,,\n3,ann,1900-01-01,,tea,2,3,,\n");
    assert_eq!(kept.reasons(), [(2, "`day` is no date"), (3, "`day` is no date")]);
    assert_eq!(kept.rejected[0].detail, "`day`: 9999-12-31: what happened lies between the years 1900 and 2199");
    assert_eq!(report.taken(FactKind::Order), 1);
}

#[test]
fn a_row_that_cannot_be_taken_says_why_and_takes_nothing_else_down() {
    let (report, kept) = lines(
        "1,,2026-01-05,,tea,2,3,,\n2,ann,05/01/2026,,tea,2,3,,\n3,ann,2026-01-05,,tea,two,3,,\n4,ann,2026-01-05,,tea,2,,,\n\
         5,ann,2026-01-05,,tea,-2,3,,\n6,ann,2026-01-05,pounds,tea,2,3,,\n7,ann,2026-01-05,JPY,tea,2,3,,\n\
         8,ann,2026-01-05,,,2,3,,\n9,ann,2026-01-05,,tea,2,3 GBP,,\n10,ann,2026-01-05,,tea,2,99999999999999999999,,\n\
         11,ann,2026-01-05,USD,tea,1,5,,\n11,bob,2026-01-05,USD,tea,1,5,,\n11,ann,2026-01-05,,tea,1,5,,\n12,ann\n",
    );
    assert_eq!(
        kept.reasons(),
        [
            (2, "no customer"),
            (3, "`day` is no date"),
            (4, "`qty` is no number"),
            (5, "no unit price"),
            (6, "the line is below 0"),
            (7, "not a currency"),
            (8, "no rate for JPY"),
            (9, "no product"),
            (10, "`price` is no number"),
            (11, "the amount is too large"),
            (13, "two customers for one order"),
            (14, "two currencies for one order"),
            (15, "the row has too many or too few values"),
        ]
    );
    assert_eq!(report.taken(FactKind::Order), 1);
    assert_eq!(kept.rejected[1].row, "2,ann,05/01/2026,,tea,2,3,,");
    assert!(kept.rejected[1].detail.contains("`day`: `05/01/2026` is no date; write it like"));
    assert!(kept.rejected[10].detail.contains("customer `ann`'s on line 12 and `bob`'s here"));
    let amount = kept.order("11").amount;
    assert_eq!((amount.original.to_string(), amount.base), ("5.00 USD".to_owned(), 400));
}

#[test]
fn discounts_lower_an_order_but_not_below_zero() {
    let mapping = LINES.replace("line = {", "line = { discounts = true,");
    let (report, kept) = read(
        &mapping,
        &format!("{HEADER}1,ann,2026-01-05,,tea,2,3,,\n1,ann,2026-01-05,,off,1,-1.5,,\n2,ann,2026-01-05,,off,1,-1,,\n"),
    );
    assert_eq!(kept.order("1").amount.base, 450);
    assert_eq!(report.rejected, BTreeMap::from([("the order comes to less than 0".to_owned(), 1)]));
    assert_eq!((kept.rejected[0].line, kept.rejected[0].row.as_str()), (4, ""));
}

const PLAIN: &str = "kind = \"orders\"\nsource = \"shop\"\ncustomer = \"who\"\nat = \"day\"\namount = \"total\"\n";

#[test]
fn rows_without_id_keep_their_keys_and_duplicates_stay_apart() {
    let text = "who,day,total\nann,2026-01-05,3\nbob,2026-01-05,0.00\nann,2026-01-05,3\n";
    let ((_, first), (_, second)) = (read(PLAIN, text), read(PLAIN, text));
    assert_eq!(first.facts, second.facts);
    let keys: Vec<&str> = first.facts.iter().map(|fact| fact.key.id.as_str()).collect();
    assert!(keys[0].ends_with(":1") && keys[2].ends_with(":2"));
    assert_eq!(keys[0].trim_end_matches('1'), keys[2].trim_end_matches('2'));
    assert_ne!(keys[0], keys[1]);
    // Stored books know this key: a change here would import every row a second time.
    assert_eq!(keys[0], "row:b12510e2039f6a981e629ee6263f2e67:1");
    let moved = "who,day,total\nbob,2026-01-05,0.00\nann,2026-01-05,3\nann,2026-01-05,3\nann,2026-01-06,3\n";
    let (_, moved) = read(PLAIN, moved);
    assert!(keys.iter().all(|key| moved.facts.iter().any(|fact| fact.key.id == *key)), "order does not matter");
}

#[test]
fn an_empty_id_is_none() {
    let mapping = format!("id = \"no\"\n{PLAIN}");
    let (_, kept) = read(&mapping, "no,who,day,total\n,ann,2026-01-05,3\n,ann,2026-01-05,3\n7,ann,2026-01-05,3\n");
    assert_eq!(kept.facts.len(), 3);
    assert_eq!(kept.facts.iter().filter(|fact| fact.key.id.starts_with("row:")).count(), 2);
}

#[test]
fn numbers_of_other_lands_are_numbers_in_expressions_too() {
    let mapping = format!(
        "{}[[reject]]\nwhen = \"total > 2000\"\nreason = \"large\"\n[file]\ndelimiter = \";\"\nnumbers = [\"total\"]\n\
         decimal = \",\"\nthousands = \".\"\n",
        PLAIN.replace("\"total\"", "\"total * 2\"")
    );
    let (_, kept) = read(&mapping, "who;day;total\nann;2026-01-05;1.234,56\nann;2026-01-05;2.000,01\n");
    assert_eq!(kept.reasons(), [(3, "large")]);
    assert!(matches!(&kept.facts[0].body, FactBody::Order(order) if order.amount.base == 246_912));
}

#[test]
fn columns_that_are_no_identifiers_are_reached_by_name() {
    let mapping = PLAIN.replace("\"total\"", "'row[\"Net total\"]'").replace("\"who\"", "'row[\"Who?\"].to_lower()'");
    let (_, kept) = read(&mapping, "Who?,day,Net total\nAnn,2026-01-05,3\n");
    assert_eq!((kept.facts[0].record.id.as_str(), kept.facts[0].record.source.as_str()), ("ann", "shop"));
}

#[test]
fn an_expression_that_does_not_fit_the_file_stops_the_import_before_the_first_row() {
    let fails = |mapping: &str| {
        let (mapping, mut kept) = (Mapping::parse(mapping, "m.toml").unwrap(), Kept::default());
        import(&b"who,day,total\n"[..], &mapping, &context(), &mut kept).unwrap_err().to_string()
    };
    let error = fails(&format!("{PLAIN}currency = \"GBP\""));
    assert!(error.contains("m.toml:6:13") && error.contains("{ text = \"GBP\" }"), "{error}");
    let error = fails(&format!("{PLAIN}refund = '''\n  tottal\n'''"));
    assert!(error.contains("m.toml:7:3"), "{error}");
    let error = fails(&format!("{PLAIN}[file]\nnumbers = [\"totl\"]"));
    assert!(error.contains("did you mean `total`?"), "{error}");
}

const CUSTOMERS: &str = r#"
kind = "customers"
source = "crm"
region = "CN"
customer = "id"
[fields]
name = "name"
birthday = { value = "born", formats = ["%d.%m.%Y"] }
phones = { value = "tel", split = "/" }
employees = "staff"
[custom]
shoe_size = { value = "shoe", type = "integer" }
"#;

#[test]
fn a_customer_row_is_a_profile_change_that_only_new_content_makes_again() {
    let text = "id,name,born,tel,staff,shoe\n7,王芳,02.11.1985,138 1234 5678 / 0571-88886666,,38\n7,王芳,02.11.1985,13812345678/0571 8888 6666,,38\n8,Bo,,,2.5,\n";
    let (report, kept) = read(CUSTOMERS, text);
    assert_eq!((report.repeated, kept.reasons()), (1, vec![(4, "`staff` is no whole number")]));
    let fact = &kept.facts[0];
    let FactBody::Profile(change) = &fact.body else { panic!("no profile change") };
    let fields: HashMap<&str, &Value> =
        change.fields.iter().filter_map(|(key, value)| Some((key.name(), value.as_ref()?))).collect();
    assert_eq!(fields["birthday"], &Value::Day("1985-11-02".parse().unwrap()));
    assert_eq!(fields["phones"], &Value::TextList(vec!["+8613812345678".into(), "+8657188886666".into()]));
    assert!(!fields.contains_key("employees"), "an empty cell says nothing");
    assert_eq!(change.custom, [("shoe_size".to_owned(), Some(Value::Integer(38)))]);
    assert_eq!(fact.occurred, Moment(1_700_000_000));
    // Stored books know this key.
    assert_eq!(fact.key.id, "profile:7:acbaec945237d46c8f8d62557f66dc88");

    let mut later = context();
    later.now = Moment(1_800_000_000);
    assert_eq!(read_at(CUSTOMERS, text, &later).1.facts[0].key, fact.key, "whenever it is imported");
    assert_ne!(read(CUSTOMERS, &text.replace("38", "39")).1.facts[0].key, fact.key);
}

#[test]
fn an_empty_cell_clears_a_field_if_the_mapping_says_so() {
    let mapping = CUSTOMERS.replace("customer = \"id\"", "customer = \"id\"\nempty = \"clear\"");
    let (_, kept) = read(&mapping, "id,name,born,tel,staff,shoe\n8,Bo,,,,\n");
    let FactBody::Profile(change) = &kept.facts[0].body else { panic!("no profile change") };
    assert_eq!(change.fields.iter().filter(|(_, value)| value.is_none()).count(), 3);
    assert_eq!(change.custom, [("shoe_size".to_owned(), None)]);
}

#[test]
fn interactions_and_feedback() {
    let mapping = "kind = \"interactions\"\nsource = \"calls\"\ncustomer_source = \"crm\"\ncustomer = \"who\"\nid = \"no\"\n\
                   at = \"day\"\nwhat = \"kind\"\ninbound = 'dir == \"in\"'\n";
    let (report, kept) = read(
        mapping,
        "no,who,day,kind,dir\n1,ann,2026-01-05,Call,in\n1,ann,2026-01-05,Call,in\n1,bob,2026-01-05,Call,in\n\
         2,ann,2026-01-05,web_view,out\n3,ann,2026-01-05,fax,out\n",
    );
    assert_eq!((report.taken(FactKind::Interaction), report.repeated), (2, 1));
    assert_eq!(kept.reasons(), [(4, "the id is used twice"), (6, "`what` is unknown")]);
    let FactBody::Interaction(call) = &kept.facts[0].body else { panic!("no interaction") };
    assert_eq!((call.kind, call.inbound), (InteractionKind::Call, Some(true)));
    assert_eq!((kept.facts[0].record.source.as_str(), kept.facts[0].key.source.as_str()), ("crm", "calls"));

    let mapping = "kind = \"feedback\"\nsource = \"survey\"\ncustomer = \"who\"\nat = \"day\"\nwhat = \"kind\"\n\
                   score = \"score\"\ncomplaint = \"of\"\n";
    let (_, kept) = read(
        mapping,
        "who,day,kind,score,of\nann,2026-01-05,satisfaction,4.5,\nann,2026-01-05,satisfaction,6,\n\
         ann,2026-01-05,satisfaction,,\nann,2026-01-05,complaint resolved,,c1\nann,2026-01-05,complaint-resolved,,\n",
    );
    assert_eq!(kept.reasons(), [(3, "the score is out of range"), (4, "no score"), (6, "no complaint")]);
    let kinds: Vec<&FeedbackKind> = kept
        .facts
        .iter()
        .filter_map(|fact| match &fact.body {
            FactBody::Feedback(Feedback { kind, .. }) => Some(kind),
            _ => None,
        })
        .collect();
    assert_eq!(
        kinds,
        [
            &FeedbackKind::Satisfaction { score_hundredths: 450 },
            &FeedbackKind::ComplaintResolved { complaint: "c1".into() },
        ]
    );
}

#[test]
fn a_row_may_hold_several_measures() {
    let mapping = "kind = \"measures\"\nsource = \"bank\"\ncustomer = \"who\"\nid = \"no\"\nat = \"day\"\n\
                   [measures]\nassets = \"a\"\nseats = \"s\"\n";
    let (report, kept) =
        read(mapping, "no,who,day,a,s\n1,ann,2026-01-05,1000.5,3\n2,bob,2026-01-05,,4\n3,cy,2026-01-05,,\n");
    assert_eq!((report.taken(FactKind::Measure), report.facts[&FactKind::Measure]), (2, 3));
    assert_eq!(
        kept.facts.iter().map(|fact| fact.key.id.as_str()).collect::<Vec<_>>(),
        ["1#assets", "1#seats", "2#seats"]
    );
    assert_eq!(kept.reasons(), [(4, "no number")]);
}

#[test]
fn rejected_rows_are_written_with_line_and_reason() {
    let (_, kept) = lines("1,,2026-01-05,,\"tea, green\",2,3,,\n");
    let mut bytes = Vec::new();
    let mut file = RejectedFile::new(&mut bytes).unwrap();
    file.write(&kept.rejected[0]).unwrap();
    assert_eq!(file.finish().unwrap(), 1);
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(text, "line,reason,row,customer\n2,no customer,\"1,,2026-01-05,,\"\"tea, green\"\",2,3,,\",\n");
}

#[test]
fn a_rejected_row_says_whom_it_is_about_where_that_can_be_read() {
    let mapping = "kind = \"orders\"\nsource = \"shop\"\ncustomer = \"who\"\nat = \"day\"\namount = \"total * 2\"\n\
                   [file]\nnumbers = [\"total\"]\n";
    let (_, kept) = read(mapping, "who,day,total\nann,today,3\nbob,2026-01-05,much\n,2026-01-05,1\n");
    let about = kept.rejected.iter().map(|row| row.customer.as_ref().map(ToString::to_string));
    assert_eq!(about.collect::<Vec<_>>(), [Some("shop:ann".into()), Some("shop:bob".into()), None]);
}

#[test]
fn a_sink_that_fails_ends_the_import_with_the_line() {
    struct Full;
    impl Sink for Full {
        fn facts(&mut self, _: Vec<NewFact>) -> Result<(), SinkError> {
            Err("the disk is full".into())
        }
        fn rejected(&mut self, _: &RejectedRow) -> Result<(), SinkError> {
            Ok(())
        }
    }
    let mapping = Mapping::parse(PLAIN, "m.toml").unwrap();
    let error = import(&b"who,day,total\nann,2026-01-05,3\n"[..], &mapping, &context(), &mut Full).unwrap_err();
    assert_eq!(error.to_string(), "the import stopped at line 2: the disk is full");
}

#[test]
fn a_file_that_breaks_off_says_where() {
    let mut packed = Vec::new();
    let mut encoder = flate2::write::GzEncoder::new(&mut packed, flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, b"who,day,total\nann,2026-01-05,3\n").unwrap();
    encoder.finish().unwrap();
    packed.truncate(packed.len() - 6);
    let (mapping, mut kept) = (Mapping::parse(PLAIN, "m.toml").unwrap(), Kept::default());
    let error = import(&packed[..], &mapping, &context(), &mut kept).unwrap_err();
    assert!(matches!(error, ImportError::Read { line: 2, .. }), "{error}");
}

mod form;
mod person;
mod said;
