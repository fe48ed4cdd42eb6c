use super::*;
use crate::row::tests::workbook::{row, workbook};

const TILL: &str = "西湖门店销售明细\t\t\t\t\t\t\t\n小票号\t日期\t会员卡号\t货号\t品名\t数量\t单价\t金额(元)\n\
    X0001\t2025/3/4 10:05\tV1001\t6901\t龙井茶\t2\t64.00\t128.00\n\
    X0001\t2025/3/4 10:05\tV1001\t6902\t茶杯\t1\t1,035.00\t1,035.00\n\
    X0002\t2025/3/5 9:15\tV1002\t6901\t龙井茶\t-1\t64.00\t-64.00\n\
    X0003\t2025/3/15 19:15\t\t6901\t龙井茶\t1\t64.00\t64.00\n合计\t\t\t\t\t3\t\t1,163.00\n";

const TAOBAO: &str = "订单编号,买家会员名,买家实际支付金额,订单状态,订单创建时间,宝贝标题,宝贝总数量,联系手机\n\
    =\"2384729384701928374\",tb王芳,128.00,交易成功,2025-03-04 10:05:11,明前龙井 250g,1,'138****5678\n\
    =\"2384729384701928375\",tb李雷,0.00,交易关闭,2025-03-04 11:05:11,茶杯,1,'139****5678\n\
    =\"2384729384701928376\",tb王芳,56.50,卖家已发货，等待买家确认,2025-03-05 10:05:11,茶杯,2,'138****5678\n";

const WECHAT: &str = "订单号,下单时间,商品名称,商品编码,商品单价,商品数量,订单总额,订单状态,收货人姓名,收货人手机\n\
    3701,2025年3月4日 10时05分,明前龙井,SKU1,¥64.00,2,¥163.00,已完成,王芳,13812345678\n\
    3701,2025年3月4日 10时05分,茶杯,SKU2,¥35.00,1,¥163.00,已完成,王芳,13812345678\n\
    3702,2025年3月5日 10时05分,明前龙井,SKU1,¥64.00,1,¥99.00,已取消,李雷,13912345678\n\
    3702,2025年3月5日 10时05分,茶杯,SKU2,¥35.00,1,¥99.00,已取消,李雷,13912345678\n";

const MEMBERS: &str = "会员编号,姓名,性别,生日,手机号,客户标签,注册日期,积分,接受短信,星座\n\
    00017,王芳,女,1985-11-02,138 1234 5678,老客户、茶友,2020-01-05,1200,是,天蝎\n\
    00018,李雷,男,,0571-88886666转801,,2021-01-05,,否,\n";

const RETAIL: &str = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n\
    536365,85123A,WHITE HANGING HEART T-LIGHT HOLDER,6,2010-12-01 08:26:00,2.55,17850,United Kingdom\n\
    536365,71053,WHITE METAL LANTERN,6,2010-12-01 08:26:00,3.39,17850,United Kingdom\n\
    C536379,D,Discount,-1,2010-12-01 09:41:00,27.50,14527,United Kingdom\n\
    536370,POST,POSTAGE,3,2010-12-01 08:45:00,18.00,12583,France\n\
    536589,21777,,-10,2010-12-01 16:50:00,0.00,,United Kingdom\n";

/// Guesses and returns the lines of the mapping that are no comments and no tables, with what follows a value left out.
fn guessed(file: &str, bytes: &[u8]) -> (Guess, String) {
    let guess = guess(bytes, file, None).unwrap();
    Mapping::parse(&guess.mapping_toml, "guess.toml").unwrap();
    let lines = guess.mapping_toml.lines().map(|line| line.split("  #").next().unwrap_or(line));
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let lines = lines.join("\n");
    (guess, lines)
}

fn asks(guess: &Guess, what: &str) -> bool {
    guess.questions.iter().any(|question| question.en.contains(what) && !question.zh.is_empty())
}

#[test]
fn a_till_export_in_gbk_with_a_title_and_a_sum() {
    let (guess, lines) = guessed("西湖店2025-03.txt", &encoding_rs::GBK.encode(TILL).0);
    assert_eq!(
        lines,
        r#"kind = "orders"
source = "西湖店"
customer = "会员卡号"
id = "小票号"
at = { value = "日期", formats = ["%Y/%m/%d %H:%M"] }
currency = { text = "CNY" }
refund = 'row["数量"] < 0'
[line]
product = "货号"
name = "品名"
quantity = "数量"
amount = "金额(元)"
[[reject]]
when = 'row["会员卡号"] == ""'
reason = "no customer"
[file]
delimiter = "tab"
encoding = "gbk"
skip = 1
numbers = ["数量"]
thousands = ",""#
    );
    assert_eq!((guess.trial.rows, guess.trial.rejected()), (5, 2), "one without a card, and the sum");
    assert!(guess.columns.iter().any(|column| column.column == "单价" && column.key.is_none()));
    let customer = guess.columns.iter().find(|column| column.column == "会员卡号").unwrap();
    assert_eq!(customer.key.as_deref(), Some("customer"));
    assert!(customer.confidence > 0.9);
}

#[test]
fn a_taobao_export_with_ids_kept_as_texts_and_closed_orders() {
    let (guess, lines) = guessed("ExportOrderList202503.csv", &encoding_rs::GBK.encode(TAOBAO).0);
    for line in [
        "customer = \"买家会员名\"",
        "id = \"订单编号\"",
        "at = \"订单创建时间\"",
        "amount = \"买家实际支付金额\"",
        "quantity = \"宝贝总数量\"",
        "when = 'row[\"订单状态\"] == \"交易关闭\"'",
        "source = \"exportorderlist\"",
    ] {
        assert!(lines.contains(line), "{line} is not in\n{lines}");
    }
    assert!(!lines.contains("联系手机"), "masked numbers are of no use");
    assert!(asks(&guess, "交易关闭 are left out") && asks(&guess, "no column names the currency"));
    assert_eq!((guess.trial.rows, guess.trial.rejected()), (3, 1));
}

/// It was taken for a list of customers, and a customer entered for each row that had been refused.
#[test]
fn what_an_import_wrote_out_is_no_list() {
    let rejected = "line,reason,row,customer\n3,`day` is no date,\"2,B,bad,6\",market:B\n";
    assert!(matches!(guess(rejected.as_bytes(), "o.csv.rejected.csv", None), Err(GuessError::Rejected)));
}

/// Twenty orders in dollars were taken in the book's own currency, since the codes were in small letters.
#[test]
fn a_column_that_is_called_a_currency_is_taken_for_one_whatever_is_in_it() {
    let list = |heading: &str, value: &str| {
        let rows = (1..=20).map(|n| format!("{n},K{n},2025-03-{n:02},{n}.50,{value}\n")).collect::<String>();
        format!("order,customer,date,amount,{heading}\n{rows}")
    };
    for (heading, value) in [("currency", "usd"), ("币种", "人民币"), ("currency", "$"), ("ccy", "HK$")] {
        let (guess, lines) = guessed("orders.csv", list(heading, value).as_bytes());
        assert!(lines.contains(&format!("currency = \"{heading}\"")), "{lines}");
        assert!(!asks(&guess, "no column names the currency"));
    }
    let (guess, lines) = guessed("orders.csv", list("currency", "doubloons").as_bytes());
    assert!(lines.contains("currency = \"currency\"") && guess.trial.rejected() == 20, "{lines}");
}

#[test]
fn a_shop_export_that_repeats_the_total_on_each_line() {
    let (guess, lines) = guessed("微信小店订单.csv", WECHAT.as_bytes());
    assert!(lines.contains("unit_price = \"商品单价\"") && !lines.contains("订单总额"), "{lines}");
    assert!(lines.contains("customer = \"收货人手机\"") && lines.contains("symbols = [\"¥\", \"￥\"]"), "{lines}");
    assert!(lines.contains(r#"formats = ["%Y年%m月%d日 %H时%M分"]"#), "{lines}");
    assert!(asks(&guess, "`订单总额` is the same on all lines"));
    // Whoever is told apart by a phone has a name, too.
    for line in ["name = \"收货人姓名\"", "phones = \"收货人手机\"", "region = \"CN\"", "customer_is = \"phone\""]
    {
        assert!(lines.contains(line), "{line} is not in\n{lines}");
    }
    // A number that is none says nobody's name, either.
    let (guess, lines) = guessed("微信小店订单.csv", WECHAT.replace("13912345678", "1.39E+10").as_bytes());
    assert!(lines.contains("phones") && guess.trial.rejected() == 2, "{lines}");
}

#[test]
fn online_retail_and_its_cancellations() {
    let (guess, lines) = guessed("online_retail_2010_2011.csv", RETAIL.as_bytes());
    assert_eq!(
        lines,
        r#"kind = "orders"
source = "online-retail"
customer = "CustomerID"
id = "InvoiceNo"
at = "InvoiceDate"
cancellation = 'InvoiceNo.starts_with("C")'
[line]
product = "StockCode"
name = "Description"
quantity = "Quantity"
unit_price = "UnitPrice"
is_goods = '!(StockCode in ["D", "POST"])'
[fields]
region = "Country"
[[reject]]
when = 'CustomerID == ""'
reason = "no customer""#
    );
    assert_eq!((guess.trial.rows, guess.trial.rejected()), (5, 1));
    assert!(guess.questions.iter().any(|question| question.zh.contains("（没有客户: 1）")), "{:?}", guess.questions);
    // As data frames write it.
    let (_, lines) = guessed(
        "r.csv",
        RETAIL.replace(",17850,", ",17850.0,").replace("14527", "14527.0").replace("12583", "12583.0").as_bytes(),
    );
    assert!(lines.contains(r#"customer = 'CustomerID.replace(".0", "")'"#), "{lines}");
}

#[test]
fn cdnow_with_and_without_a_header() {
    let master = " customer_id  date number_of_cds  dollar_value\r\n 00001 19970101  1   11.77\r\n 00002 19970112  1   12.00\r\n";
    let (_, lines) = guessed("CDNOW_master.txt", master.as_bytes());
    for line in [
        "customer = \"customer_id\"",
        "at = \"date\"",
        "amount = \"dollar_value\"",
        "delimiter = \"spaces\"",
        "currency = { text = \"USD\" }",
    ] {
        assert!(lines.contains(line), "{line} is not in\n{lines}");
    }
    let sample =
        " 00004 0001 19970101  2   29.33\r\n 00004 0001 19970118  2   29.73\r\n 00021 0002 19970802  1   14.96\r\n";
    let (guess, lines) = guessed("CDNOW_sample.txt", sample.as_bytes());
    for line in ["customer = \"column 1\"", "amount = \"column 5\"", "header = false"] {
        assert!(lines.contains(line), "{line} is not in\n{lines}");
    }
    assert!(guess.columns[0].confidence < 0.6);
    assert_eq!((guess.trial.rows, guess.trial.rejected()), (3, 0));
}

#[test]
fn accounts_and_pipeline_of_a_crm() {
    let accounts = "account,sector,year_established,revenue,employees,office_location,subsidiary_of\r\n\
        Acme Corporation,technolgy,1996,1100.04,2822,United States,\r\nBetatech,medical,1986,647.18,1185,Kenya,Acme Corporation\r\n";
    let (guess, lines) = guessed("accounts.csv", accounts.as_bytes());
    assert_eq!(guess.kind, ImportKind::Customers);
    for line in [
        "customer = \"account\"",
        "name = \"account\"",
        "industry = \"sector\"",
        "employees = \"employees\"",
        "region = \"office_location\"",
        "kind = { text = \"organisation\" }",
        "revenue = { value = \"revenue\", type = \"decimal\" }",
        "year_established = { value = \"year_established\", type = \"integer\" }",
    ] {
        assert!(lines.contains(line), "{line} is not in\n{lines}");
    }
    let pipeline = "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\r\n\
        1C1I7A6R,Moses Frase,GTX Plus Basic,Cancity,Won,2016-10-20,2017-03-01,1054\r\n\
        Z063OYW0,Darcel Schlecht,GTXPro,Isdom,Lost,2016-10-25,2017-03-11,0\r\n\
        EC4QE1BX,Darcel Schlecht,MG Special,Cancity,Prospecting,,,\r\n";
    let (guess, lines) = guessed("sales_pipeline.csv", pipeline.as_bytes());
    assert_eq!(guess.kind, ImportKind::Orders);
    for line in [
        "customer = \"account\"",
        "id = \"opportunity_id\"",
        "at = \"close_date\"",
        "amount = \"close_value\"",
        "when = 'deal_stage == \"Lost\"'",
        "when = 'deal_stage == \"Prospecting\"'",
        "refund = \"close_value.or(0) < 0\"",
    ] {
        assert!(lines.contains(line), "{line} is not in\n{lines}");
    }
    assert_eq!((guess.trial.rows, guess.trial.rejected()), (3, 2));
}

#[test]
fn a_member_list_in_chinese() {
    let (guess, lines) = guessed("会员.csv", MEMBERS.as_bytes());
    assert_eq!(guess.kind, ImportKind::Customers);
    for line in [
        "customer = \"会员编号\"",
        "region = \"CN\"",
        "name = \"姓名\"",
        "gender = 'switch row[\"性别\"] { \"女\" => \"female\", \"男\" => \"male\", _ => row[\"性别\"] }'",
        "birthday = \"生日\"",
        "phones = \"手机号\"",
        "tags = { value = \"客户标签\", split = \"、\" }",
        "points = { value = \"积分\", type = \"integer\" }",
        "sms = \"接受短信\"",
    ] {
        assert!(lines.contains(line), "{line} is not in\n{lines}");
    }
    assert!(asks(&guess, "`星座` are not taken"));
    assert_eq!((guess.trial.rows, guess.trial.rejected()), (2, 0));
}

/// A mapping is a file that nobody notes for an erasure, so it may quote columns and kinds of rows, but no people.
#[test]
fn a_mapping_quotes_nobody() {
    let people = ["王芳", "李雷", "138", "139", "0571", "00017", "V1001", "1985", "3701", "2384729384701928374"];
    for list in [TILL, TAOBAO, WECHAT, MEMBERS] {
        let (guess, _) = guessed("list.csv", list.as_bytes());
        let quoted: Vec<&str> = people.into_iter().filter(|it| guess.mapping_toml.contains(it)).collect();
        assert_eq!(quoted, [""; 0], "{}", guess.mapping_toml);
    }
}

#[test]
fn contacts_events_and_measures() {
    let contacts = "客户名称,姓名,职务,电话,邮箱\n西湖茶业有限公司,王芳,采购经理,0571-88886666,wf@x.cn\n";
    let (guess, lines) = guessed("通讯录.csv", contacts.as_bytes());
    assert_eq!(guess.kind, ImportKind::Contacts);
    assert!(lines.contains("customer = \"客户名称\"\nname = \"姓名\"\nrole = \"职务\"\nphones = \"电话\""), "{lines}");

    let calls = "客户编号,联系时间,沟通方式,跟进人,沟通内容,呼叫方向\nK1,2025-03-04 10:00,电话,小张,续约,呼入\nK2,2025-03-04 11:00,上门拜访,小张,续约,呼出\n";
    let (guess, lines) = guessed("跟进记录.csv", calls.as_bytes());
    assert_eq!((guess.kind, guess.trial.rejected()), (ImportKind::Interactions, 0));
    assert!(
        lines.contains("\"上门拜访\" => \"visit\"") && lines.contains("inbound = 'row[\"呼叫方向\"] in [\"呼入\"]'"),
        "{lines}"
    );

    let survey = "customer_id,date,score,comment\nK1,03/04/2025,9,ok\nK2,05/04/2025,10,great\n";
    let (guess, lines) = guessed("survey.csv", survey.as_bytes());
    assert_eq!((guess.kind, guess.trial.rejected()), (ImportKind::Feedback, 0));
    assert!(lines.contains("score = \"1 + score * 4 / 10\""), "{lines}");
    assert!(
        asks(&guess, "taken as day before month")
            && asks(&guess, "[\"%m/%d/%Y\"]")
            && asks(&guess, "scale from 0 to 10")
    );

    let bank = "client_id,month_end,assets_total,seats\nK1,2025-03-31,1000.5,3\n";
    let (guess, lines) = guessed("bank.csv", bank.as_bytes());
    assert_eq!((guess.kind, guess.trial.rejected()), (ImportKind::Measures, 0));
    assert!(lines.contains("assets_total = \"assets_total\"\nseats = \"seats\""), "{lines}");
}

#[test]
fn json_lines_and_what_somebody_knows() {
    let text = "{\"order_id\":1,\"created_at\":\"2025-03-04T10:00:00+08:00\",\"buyer\":{\"id\":7,\"name\":\"王芳\"},\"total\":12.5}\n";
    let (guess, lines) = guessed("orders.jsonl", text.as_bytes());
    assert!(lines.contains("customer = \"buyer.id\"") && lines.contains("format = \"json-lines\""), "{lines}");
    assert_eq!((guess.kind, guess.trial.rejected()), (ImportKind::Orders, 0));
    let told = super::guess(text.as_bytes(), "orders.jsonl", Some(ImportKind::Customers)).unwrap();
    assert_eq!((told.kind, told.trial.rejected()), (ImportKind::Customers, 0));
}

#[test]
fn a_list_that_lacks_what_is_needed_says_what() {
    let error = |text: &str| guess(text.as_bytes(), "x.csv", None).unwrap_err().to_string();
    let told = error("订单编号,日期,金额\n1,2025-03-04,12\n");
    assert!(told.contains("`订单编号`, `日期`, `金额` says who the customer is"), "{told}");
    assert!(error("").contains("no rows"));
    let binary = |bytes: &[u8]| guess(bytes, "x", None).unwrap_err().to_string();
    assert!(binary(b"\x89PNG\r\n\x1a\n\0\0").starts_with("the file is a picture; save it as CSV"));
    assert!(binary(b"\x7fELF and letters that go on and on \0 and on").starts_with("the file is no text"));
    assert!(error("客户编号,订单号,金额\nK1,1,12\n").contains("is a date, which orders need"));
    let named = "姓名,日期,金额\n王芳,2025-03-04,12\n";
    assert!(asks(&guess(named.as_bytes(), "x.csv", None).unwrap(), "customers are told apart by `姓名`"));
}

#[test]
fn a_sample_may_break_off_anywhere() {
    let mut text = RETAIL.to_owned();
    for number in 0..400 {
        text.push_str(&format!("6{number:05},85123A,LANTERN,6,2010-12-02 08:26:00,2.55,17850,United Kingdom\n"));
    }
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, text.as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    let (whole, lines) = guessed("r.csv.gz", &packed);
    assert_eq!(whole.trial.rows, 405);
    for length in [packed.len() - 20, packed.len() / 2] {
        assert_eq!(guessed("r.csv.gz", &packed[..length]).1, lines);
    }
    let (part, _) = guessed("r.csv", &text.as_bytes()[..text.len() - 30]);
    assert_eq!((part.trial.rows, part.trial.rejected()), (404, 1));
}

#[test]
fn a_workbook_with_a_title_and_dates_of_its_own() {
    let text = |place: &str, text: &str| format!("<c r=\"{place}\" t=\"str\"><v>{text}</v></c>");
    let header: String = ["订单编号", "客户名称", "下单日期", "品名", "数量", "金额"]
        .iter()
        .zip("ABCDEF".chars())
        .map(|(name, column)| text(&format!("{column}2"), name))
        .collect();
    let mut data = row(1, &[&text("A1", "三月订单")]) + &*row(2, &[&header]);
    for number in 3..6 {
        let cells = format!(
            "<c r=\"A{number}\"><v>100{number}</v></c>{}<c r=\"C{number}\" s=\"1\"><v>45720</v></c>{}\
             <c r=\"E{number}\"><v>2</v></c><c r=\"F{number}\"><v>12.5</v></c>",
            text(&format!("B{number}"), "西湖茶业"),
            text(&format!("D{number}"), "龙井茶")
        );
        data.push_str(&row(number, &[&cells]));
    }
    let (guess, lines) = guessed("三月.xlsx", &workbook(&[("订单", &data)]));
    assert_eq!((guess.kind, guess.trial.rows, guess.trial.rejected()), (ImportKind::Orders, 3, 0));
    assert!(!asks(&guess, "other sheets") && !lines.contains("sheet ="), "{lines}");
    let (two, told) = guessed("三月.xlsx", &workbook(&[("订单", &data), ("四月", &data)]));
    assert!(asks(&two, "other sheets, too: `四月`") && told.contains("sheet = \"订单\""), "{told}");
    assert_eq!((two.trial.rows, two.trial.rejected()), (3, 0));
    assert!(
        lines.contains("at = \"下单日期\"") && lines.contains("skip = 1") && lines.contains("customer = \"客户名称\""),
        "{lines}"
    );
}

#[test]
fn a_list_of_customers_is_told_apart_by_its_id_and_else_by_what_nobody_shares() {
    let list = "id,name,phone,city\n1001,Alpha Ltd,+12125550001,Rome\n1002,Beta Ltd,+12125550002,Oslo\n\
        1003,Gamma Ltd,,Bern\n1004,Alpha Sales Ltd,+12125550001,Rome\n";
    let (guess, lines) = guessed("customers.csv", list.as_bytes());
    assert!(lines.contains("customer = \"id\"") && lines.contains("phones = \"phone\""), "{lines}");
    assert_eq!((guess.trial.rejected(), guess.customers.len()), (0, 4));
    let (guess, lines) = guessed("客户.csv", list.replace("id,name", "编号,姓名").as_bytes());
    assert!(lines.contains("customer = \"编号\""), "{lines}");
    assert!(!asks(&guess, "of another row"));

    // Without a number of its own a firm is its switchboard, and somebody has to say whether that is meant.
    let (guess, lines) = guessed("customers.csv", list.replace("id,name", "colour,name").as_bytes());
    assert!(lines.contains("customer = \"phone\""), "{lines}");
    assert!(asks(&guess, "1 rows have the `phone` of another row"));
    let sureness =
        |guess: &Guess| guess.columns.iter().find(|it| it.key.as_deref() == Some("customer")).unwrap().confidence;
    assert_eq!(sureness(&guess), 0.5);
    let (guess, _) = guessed("customers.csv", list.replace("id,name", "colour,name").replace(" Sales", "").as_bytes());
    assert!(sureness(&guess) > 0.6, "the same firm twice");

    // A number that is used twice is no id.
    let (_, lines) = guessed("customers.csv", list.replace("1004", "1003").as_bytes());
    assert!(lines.contains("customer = \"phone\""), "{lines}");
}

#[test]
fn a_list_of_calls_by_phone_is_of_the_customers_with_that_phone() {
    let list =
        "手机,日期,类型\n138 1234 5678,2025-03-01,电话\n+86 13812345678,2025-03-02,电话\n13912345678,2025-03-03,到店\n";
    let (guess, lines) = guessed("回访.csv", list.as_bytes());
    assert!(lines.contains("customer = \"手机\"\ncustomer_is = \"phone\"\nregion = \"CN\"\n"), "{lines}");
    assert_eq!(guess.customers.len(), 2, "{:?}", guess.customers);
}

/// They came in as new sales, or as customers without the money.
#[test]
fn a_list_of_refunds_gives_money_back() {
    for (list, expected) in [
        (
            "退款单号,客户编号,退款日期,金额\nR1,K1,2026-02-01,500\nR2,K2,2026-02-02,80\n",
            "customer = \"客户编号\"\nid = \"退款单号\"\nat = \"退款日期\"\nrefund = true\namount = \"金额\"",
        ),
        (
            "退款单号,客户编号,退款日期,退款金额,退款原因\nR1,K1,2026-02-01,500,破损\n",
            "id = \"退款单号\"\nat = \"退款日期\"\nrefund = true\nreason = \"退款原因\"\namount = \"退款金额\"",
        ),
        (
            "退货单号,原订单号,客户编号,退货日期,商品,数量,单价\nR1,D1,K1,2026-02-01,茶杯,2,35\n",
            "id = \"退货单号\"\nat = \"退货日期\"\nrefund = true\norder = \"原订单号\"\namount = 'row[\"数量\"] * row[\"单价\"]'",
        ),
        (
            "订单号,客户编号,退款时间,退款金额,退款状态\nD1,K1,2026-02-01,5,退款成功\nD2,K1,2026-02-01,5,退款关闭\n",
            "order = \"订单号\"\nat = \"退款时间\"\nrefund = true\namount = \"退款金额\"\n[[reject]]\nwhen = 'row[\"退款状态\"] == \"退款关闭\"'",
        ),
    ] {
        let (guess, lines) = guessed("list.csv", list.as_bytes());
        assert_eq!(guess.kind, ImportKind::Orders, "{list}");
        assert!(lines.contains(expected), "{lines}");
        assert!(guess.trial.taken.keys().eq(&[FactKind::Refund]), "{:?}", guess.trial);
        assert!(asks(&guess, "take out refund = true"), "{:?}", guess.questions);
    }
    // What waits is not given back yet; a word of it within another is none.
    let list = "退款单号,客户编号,退款日期,金额,退款状态\nR1,K1,2026-02-01,5,退款中\nR2,K1,2026-02-01,5,待审核\n\
                R3,K1,2026-02-01,5,中国银行已退回\n";
    let (guess, lines) = guessed("退款.csv", list.as_bytes());
    assert_eq!(guess.trial.taken(FactKind::Refund), 1, "{lines}");
    assert!(asks(&guess, "`退款状态` 待审核, 退款中 are left out"), "{:?}", guess.questions);
    // An order list that also says what was given back is one of orders.
    let (guess, _) = guessed("订单.csv", "订单号,客户编号,下单时间,金额,退款金额\nD1,K1,2026-02-01,5,\n".as_bytes());
    assert_eq!(guess.trial.taken(FactKind::Order), 1);
}

#[test]
fn what_is_owed_was_not_sold_and_ten_thousands_are_ten_thousands() {
    let list = "客户编号,客户名称,应收余额,统计日期\nK1,甲,1200,2026-02-28\nK2,乙,5000,2026-02-28\n";
    let (guess, lines) = guessed("应收.csv", list.as_bytes());
    assert_eq!(guess.kind, ImportKind::Measures, "{lines}");
    for (heading, unit) in [("金额（万元）", " * 10000"), ("销售额(千元)", " * 1000"), ("金额(元)", "")] {
        let list = format!("订单号,客户,日期,{heading}\na0,甲,2026-01-01,1.05\na1,乙,2026-01-02,6.00\n");
        let (guess, lines) = guessed("orders.csv", list.as_bytes());
        let expected = match unit {
            "" => format!("amount = \"{heading}\""),
            _ => format!("amount = 'row[\"{heading}\"]{unit}'"),
        };
        assert!(lines.contains(&expected), "{lines}");
        assert_eq!((guess.trial.taken(FactKind::Order), asks(&guess, "is taken times")), (2, !unit.is_empty()));
    }
}

#[test]
fn one_cell_that_is_no_number_or_date_rejects_its_row_and_not_the_list() {
    let row =
        |at: usize| format!("D{at},K{},1381234{},2026-0{}-{},100.00\n", at % 12, 1000 + at, 1 + at % 3, 10 + at % 15);
    let list: String =
        std::iter::once("订单号,客户编号,手机,下单时间,金额\n".to_owned()).chain((0..60).map(row)).collect();
    for (from, to, reason) in [
        (",100.00\n", ",-\n", "`金额` is no number"),
        (",100.00\n", ",待定\n", "`金额` is no number"),
        (",2026-01", ",2026-13", "`下单时间` is no date"),
    ] {
        let (guess, lines) = guessed("orders.csv", list.replacen(from, to, 1).as_bytes());
        assert!(lines.contains("amount = \"金额\"") && lines.contains("at = \"下单时间\""), "{lines}");
        assert_eq!((guess.kind, guess.trial.rejected()), (ImportKind::Orders, 1), "{:?}", guess.trial.rejected);
        assert!(asks(&guess, reason), "{:?}", guess.questions);
    }
    // Nor does a mistyped number take an order away: it is taken without it.
    let (guess, lines) = guessed("orders.csv", list.replace("13812341007", "1391234").as_bytes());
    assert!(lines.contains("phones = \"手机\""), "{lines}");
    let unread: Vec<_> = guess.trial.unread.iter().map(|(reason, it)| (reason.as_str(), it.rows, it.line)).collect();
    assert_eq!((guess.trial.rejected(), unread), (0, vec![("`手机` is no telephone number", 1, 9)]));

    let (guess, _) = guessed("orders.csv", list.replace("100.00", "１００．００").as_bytes());
    assert_eq!((guess.kind, guess.trial.rejected()), (ImportKind::Orders, 0), "{:?}", guess.trial.rejected);
}

#[test]
fn sums_of_the_rows_above_are_no_customers() {
    let list =
        "客户名称,销售额,日期\n甲公司,100,2026-11-01\n甲公司 汇总,100,\n乙公司,50,2026-11-02\n总计：,150,2026-11-03\n";
    let (guess, _) = guessed("销售.csv", list.as_bytes());
    assert_eq!((guess.customers.as_slice(), guess.trial.rejected[TOTAL]), (&["乙公司".into(), "甲公司".into()][..], 2));
    assert!(asks(&guess, "a total: 2") && guess.questions.iter().any(|question| question.zh.contains("合计行: 2")));
    let members = "会员号,姓名,电话\nM1,王芳,13812345678\nM2,李雷,13912345678\n合计,2,\n";
    assert_eq!(guessed("会员.csv", members.as_bytes()).0.customers, ["M1", "M2"]);
    assert!(!word::is_total("Total Energies") && !word::is_total("合计科技") && word::is_total("Acme total"));
}

#[test]
fn scores_are_stars_and_words_as_well() {
    let list = |scores: [&str; 2]| {
        let [one, two] = scores;
        format!("客户编号,日期,评分,内容\nS-1,2026-11-20,{one},很好\nS-2,2026-11-21,{two},差\n")
    };
    for scores in [["5星", "1星"], ["★★★★★", "★☆☆☆☆"], ["非常满意", "差评"], ["五分", "1 star"]]
    {
        let (guess, lines) = guessed("评价.csv", list(scores).as_bytes());
        assert_eq!((guess.trial.rows, guess.trial.rejected.len()), (2, 0), "{scores:?}: {lines}");
    }
    // What nobody knows is for the rows to say; it was no mapping at all.
    let (guess, lines) = guessed("评价.csv", list(["good", "bad"]).as_bytes());
    assert!(lines.contains("score = 'row[\"评分\"]'") && guess.trial.rejected.len() == 1, "{lines}");
}

#[test]
fn complaints_keep_their_numbers_and_what_settles_them_is_no_complaint() {
    let mixed = "投诉编号,客户编号,日期,类型,内容\nT1,S-1,2026-11-01,投诉,破损\nT1,S-1,2026-11-03,投诉已解决,已换\n";
    let (guess, lines) = guessed("投诉.csv", mixed.as_bytes());
    assert!(lines.contains("\"投诉已解决\" => \"complaint-resolved\""), "{lines}");
    assert!(lines.contains("complaint = \"投诉编号\"") && guess.trial.rejected.is_empty(), "{lines}");
    assert_eq!((guess.facts.len(), &guess.facts[0]), (2, &(FactKind::Feedback, "T1".to_owned())));
    let ledger = "投诉编号,客户编号,投诉日期,投诉内容,处理状态,解决日期\nT1,S-1,2026-11-01,破损,已解决,2026-11-03\n\
                  T2,S-2,2026-11-02,漏发,处理中,\n";
    let (guess, lines) = guessed("投诉台账.csv", ledger.as_bytes());
    assert!(lines.contains("\nid = \"投诉编号\"") && !lines.contains("complaint ="), "{lines}");
    assert!(asks(&guess, "`处理状态` says 已解决, but a row is one thing"), "{:?}", guess.questions);
    assert!(!word::is_settled("未解决") && !word::is_settled("待关闭") && word::is_settled("Closed"));
}

#[test]
fn one_birthday_that_is_none_takes_the_others_along_no_more() {
    let rows: String = (1..=9).map(|at| format!("M{at},顾客{at},1990-05-0{at}\n")).collect();
    let (guess, lines) = guessed("会员.csv", format!("会员号,姓名,生日\n{rows}M10,李雷,1995-02-29\n").as_bytes());
    assert!(lines.contains("birthday = \"生日\""), "{lines}");
    assert_eq!(guess.trial.rejected.values().sum::<u64>(), 1);
}

#[test]
fn of_a_workbook_the_first_list_is_read_whatever_stands_before_it() {
    let line = |number: u32, texts: &[&str]| {
        let cell = |(text, column)| format!("<c r=\"{column}{number}\" t=\"str\"><v>{text}</v></c>");
        row(number, &[&texts.iter().zip("ABCD".chars()).map(cell).collect::<String>()])
    };
    let words = line(1, &["本表由系统导出"]);
    let data = line(1, &["订单号", "客户编号", "日期", "金额"])
        + &*line(2, &["D1", "K1", "2026-11-01", "100"])
        + &*line(3, &["D2", "K2", "2026-11-02", "50"]);
    let (guess, lines) = guessed("表.xlsx", &workbook(&[("说明", &words), ("一月", &data), ("二月", &data)]));
    assert!(lines.contains("sheet = \"一月\""), "{lines}");
    assert!(asks(&guess, "other sheets, too: `说明`, `二月`"), "{:?}", guess.questions);
    assert_eq!(guess.customers, ["K1", "K2"]);
}
