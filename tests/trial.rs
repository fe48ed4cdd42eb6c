//! `tierhook try`: what a list of orders tells, before there is a book.

use std::fs;
use std::io::Read;
use std::sync::Arc;

use tierhook_model::{Language, Moment};
use tierhook_server::api::{ApiError, ErrorCode, MappingFile, TrialReport};
use tierhook_server::{Trial, trial};

use crate::support::Workspace;
use crate::support::book::day;

/// Tries a list out with the shipped rules.
fn try_out(file: &str, bytes: &[u8], mapping: Option<&str>, language: Language) -> Result<TrialReport, ApiError> {
    let workspace = Workspace::shipped("2026-03-01");
    let bytes = bytes.to_vec();
    let mapping = mapping.map(|text| MappingFile { name: "own.toml".to_owned(), text: text.to_owned() });
    let asked = Trial {
        workspace: workspace.path().to_owned(),
        now: Arc::new(|| Moment(1_772_323_200)),
        language,
        file,
        bytes: Some(bytes.len() as u64),
        mapping,
        open: &|| Ok(Box::new(std::io::Cursor::new(bytes.clone())) as Box<dyn Read>),
    };
    let result = trial(&asked, &mut |_| {});
    // The rules of the trial were tuned, and those alone.
    assert!(result.is_err() || fs::read_to_string(workspace.path().join("rules.toml")).is_ok());
    result
}

/// A year of a tea shop: sixty customers, of whom each third buys every ten days until the middle of October, each
/// third all year, and each third now and then.
fn tea_shop() -> String {
    let mut list = String::from("订单编号,下单日期,会员卡号,会员姓名,品名,数量,金额(元)\n");
    let mut number = 0;
    for customer in 0..60 {
        let (step, end) = match customer % 3 {
            0 => (10, 285),
            1 => (10, 365),
            _ => (120, 365),
        };
        for day in (customer % 9..end).step_by(step) {
            number += 1;
            let date = day_of(day);
            list.push_str(&format!("D{number},{date},V{customer},客户{customer},龙井茶,1,{}.00\n", 50 + customer * 7));
        }
    }
    list.push_str("D9999,2025-12-31,,,龙井茶,1,50.00\n");
    list
}

fn day_of(after: i32) -> String {
    day("2025-01-01").plus(after).to_string()
}

#[test]
fn a_list_with_chinese_headings_is_told_in_chinese() {
    let report = try_out("茶叶店2025.csv", tea_shop().as_bytes(), None, Language::Zh).unwrap();
    let guess = report.guess.unwrap();
    let key = |column: &str| guess.columns.iter().find(|it| it.column == column).unwrap().key.clone();
    assert_eq!(key("会员卡号").as_deref(), Some("customer"));
    assert_eq!(key("下单日期").as_deref(), Some("at"));
    assert_eq!(report.extent.currency.as_deref(), Some("CNY"));
    assert_eq!((report.extent.customers, report.import.rejected_rows()), (60, 1));
    // The list names each of them, too.
    assert_eq!(report.extent.orders + report.extent.customers, report.import.added);
    assert_eq!((report.extent.first, report.extent.last), (day("2025-01-01"), day(&day_of(364))));
    assert!(report.extent.is_old);
    assert!(report.graded.dimensions.iter().any(|matrix| matrix.dimension.name == "客户等级"));
    assert!(report.suggestions.rows.iter().any(|row| row.is_change()) && !report.suggestions.written);

    // Those who stopped in the middle of October are missed since then, and nobody else is.
    assert_eq!((report.warned, report.at_risk.len()), (20, 10));
    for row in &report.at_risk {
        let number: u32 = row.warning.customer.id[1..].parse().unwrap();
        assert_eq!(number % 3, 0, "{row:?}");
        assert!(row.net_revenue_365d > 0.0 && row.warning.suggestion.is_some());
        assert!(row.warning.reasons[0].text.contains("未下单"), "{row:?}");
    }
    // On the day of the backtest all of them still came.
    let test = report.backtest.unwrap();
    assert_eq!((test.as_of, test.days, test.warned), (day(&day_of(274)), 90, 0));
    assert_eq!((test.others, test.others_bought), (40, 40));
    assert!(!test.is_telling());
}

#[test]
fn what_fits_is_measured_as_of_the_last_day_however_long_the_list_is() {
    // More orders than are taken in at a time. After the most of them, half of the forty customers stay away, and the
    // others buy little.
    let mut orders: Vec<(i32, usize, usize)> = Vec::new();
    for number in 0..70_000 {
        let (day, customer) = match number {
            0..66_000 => (number / 96, number % 40),
            _ => (690 + (number - 66_000) / 10, number % 20),
        };
        orders.push((i32::try_from(day).unwrap() - 700, customer, number));
    }
    let list = |orders: &[(i32, usize, usize)]| {
        let rows = orders.iter().map(|(day, customer, number)| {
            format!("{},V{customer},{}.{:02}\n", day_of(*day), 50 + customer * 7, number % 97)
        });
        format!("下单日期,会员卡号,金额(元)\n{}", rows.collect::<String>())
    };
    let by_date = try_out("by_date.csv", list(&orders).as_bytes(), None, Language::En).unwrap();
    orders.sort_by_key(|(_, customer, _)| *customer);
    let by_customer = try_out("by_customer.csv", list(&orders).as_bytes(), None, Language::En).unwrap();
    assert_eq!(by_date.extent.last.to_string(), day_of(389));
    assert_eq!(by_date.suggestions, by_customer.suggestions);
    assert!(by_date.suggestions.rows.iter().any(|row| row.suggested.is_some()));
    assert_eq!(by_date.graded.dimensions, by_customer.graded.dimensions);
}

#[test]
fn a_mapping_takes_the_place_of_the_guess() {
    let mapping = "kind = \"orders\"\nsource = \"tea\"\ncustomer = \"会员姓名\"\nid = \"订单编号\"\nat = \"下单日期\"\n\
                   currency = { text = \"USD\" }\namount = 'row[\"金额(元)\"]'\n";
    let report = try_out("x.csv", tea_shop().as_bytes(), Some(mapping), Language::En).unwrap();
    assert_eq!((report.guess, report.extent.currency.as_deref()), (None, Some("USD")));
    assert!(report.at_risk[0].warning.customer.id.starts_with("客户"));
    let wrong = try_out("x.csv", tea_shop().as_bytes(), Some("kind = \"customers\"\n"), Language::En).unwrap_err();
    assert_eq!(wrong.code, ErrorCode::Invalid);
}

#[test]
fn what_is_no_list_of_orders_is_said_to_be_none() {
    let error = |file: &str, bytes: &[u8]| {
        let error = try_out(file, bytes, None, Language::En).unwrap_err();
        assert_eq!(error.code, ErrorCode::Invalid, "{error}");
        error.message
    };
    let picture = [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\0\0\0\x02\0\x08\x06".as_slice(), &[0xc3; 400]].concat();
    let told = error("photo.png", &picture);
    assert!(told.starts_with("photo.png: the file is a picture; save it as CSV"), "{told}");
    assert!(error("empty.csv", b"").contains("no rows"));
    assert!(error("heading.csv", b"order,date,customer,total\n").contains("no rows"));
    let told = error("orders.csv", b"order,date,total\n1,2026-01-02,5\n2,2026-01-03,6\n");
    assert!(told.contains("`order`, `date`, `total` says who the customer is"), "{told}");
    let told = error("people.csv", b"customer,name\n1,Anna\n2,Bo\n");
    assert!(told.contains("is a date, which orders need"), "{told}");
    let told = error("gone.csv", "客户编号,订单号,日期,金额,订单状态\nK1,1,2025-01-02,5,交易关闭\n".as_bytes());
    assert!(told.contains("none of 1 rows can be taken as an order"), "{told}");
}
