//! Expressions of import mappings.

use rust_decimal::Decimal;
use tierhook_hooks::{Fault, FaultCode, Limits};
use tierhook_script::expression::{ExpressionColumn, ExpressionSource, ExpressionValue, Expressions};

const COLUMNS: [&str; 4] = ["InvoiceNo", "Quantity", "UnitPrice", "Customer ID"];
const ROW: [&str; 4] = ["C536379", "6", "2.55", " 17850 "];

fn expressions(numeric: &[&str]) -> Expressions {
    let column = |name: &&str| ExpressionColumn { name: (*name).to_owned(), numeric: numeric.contains(name) };
    Expressions::new(COLUMNS.iter().map(column).collect(), &Limits::default())
}

fn source(text: &str) -> ExpressionSource {
    ExpressionSource { name: "amount".into(), text: text.into(), file: "map.toml".into(), line: 7, column: 10 }
}

fn evaluate_on(text: &str, row: &[&str]) -> Result<ExpressionValue, Fault> {
    let mut expressions = expressions(&["Quantity", "UnitPrice"]);
    let number = expressions.add(source(text))?;
    expressions.evaluator().evaluate(number, |column| row.get(column).copied())
}

fn evaluate(text: &str) -> Result<ExpressionValue, Fault> {
    evaluate_on(text, &ROW)
}

fn decimal(text: &str) -> ExpressionValue {
    ExpressionValue::Decimal(text.parse::<Decimal>().unwrap())
}

fn text(text: &str) -> ExpressionValue {
    ExpressionValue::Text(text.to_owned())
}

#[test]
fn columns_are_texts_or_exact_numbers() {
    for (expression, expected) in [
        ("InvoiceNo", text("C536379")),
        ("Quantity", decimal("6")),
        ("Quantity * UnitPrice", decimal("15.30")),
        ("UnitPrice * 2", decimal("5.10")),
        ("UnitPrice + 0.1 + 0.2", decimal("2.85")),
        ("0.1 + 0.2", decimal("0.3")),
        ("-Quantity", decimal("-6")),
        ("Quantity > 0", ExpressionValue::Boolean(true)),
        ("0 < UnitPrice && UnitPrice <= 2.55", ExpressionValue::Boolean(true)),
        ("Quantity == 6", ExpressionValue::Boolean(true)),
        ("InvoiceNo.starts_with(\"C\")", ExpressionValue::Boolean(true)),
        ("InvoiceNo == \"\"", ExpressionValue::Boolean(false)),
        ("InvoiceNo.sub_string(1)", text("536379")),
        ("row[\"Customer ID\"]", text(" 17850 ")),
        ("row[\"Customer ID\"].trim()", text("17850")),
        ("num(row[\"Customer ID\"]) * 2", decimal("35700")),
        ("row[\"Quantity\"] + Quantity", decimal("12")),
        ("trim(row[\"Customer ID\"]) + \"-\" + InvoiceNo.lower()", text("17850-c536379")),
        ("InvoiceNo.replace(\"C\", \"\")", text("536379")),
        ("`${InvoiceNo}/${Quantity}`", text("C536379/6")),
        ("if InvoiceNo.starts_with(\"C\") { -Quantity } else { Quantity }", decimal("-6")),
        ("let q = Quantity; let p = UnitPrice; q * p", decimal("15.30")),
        ("switch InvoiceNo { \"\" => 1, _ => 2 }", decimal("2")),
        ("()", ExpressionValue::Nothing),
        ("\"constant\"", text("constant")),
        ("num(\"1e3\")", decimal("1000")),
    ] {
        assert_eq!(
            evaluate(expression).unwrap_or_else(|fault| panic!("{expression}: {fault}")),
            expected,
            "{expression}"
        );
    }
}

#[test]
fn an_empty_number_is_missing() {
    let row = ["1", "", "2.55"];
    assert_eq!(evaluate_on("Quantity", &row).unwrap(), ExpressionValue::Nothing);
    assert_eq!(evaluate_on("Quantity.or(1) * UnitPrice", &row).unwrap(), decimal("2.55"));
    assert_eq!(evaluate_on("Quantity.is_missing", &row).unwrap(), ExpressionValue::Boolean(true));
    let fault = evaluate_on("Quantity > 0", &row).unwrap_err();
    assert_eq!(fault.code, FaultCode::MissingValue);
    assert_eq!(fault.message, "`Quantity` is missing here");
    let fault = evaluate_on("switch Quantity { 1 => 2, _ => 3 } + switch UnitPrice { _ => 1 }", &row).unwrap_err();
    assert_eq!(fault.message, "`Quantity` is missing here");
    // A column that the row lacks is empty.
    assert_eq!(evaluate_on("row[\"Customer ID\"]", &row).unwrap(), text(""));
}

#[test]
fn faults_have_their_place_in_the_mapping() {
    let check = |expression: &str, row: &[&str], expected: &str| {
        assert_eq!(evaluate_on(expression, row).unwrap_err().to_string(), expected, "{expression}");
    };
    check(
        "Quantity * Price",
        &ROW,
        "map.toml:7:21: there is no variable `Price`; a function sees its parameters and its own variables only",
    );
    check("Quantity * UnitPrize", &ROW, "map.toml:7:21: there is no variable `UnitPrize`; did you mean `UnitPrice`?");
    check(
        "1 +\n  num(InvoiceNo)",
        &ROW,
        "map.toml:8:3: `C536379` is not a number; write digits with at most one point, for example 1234.50",
    );
    check(
        "Quantity * 2",
        &["1", "six"],
        "column `Quantity` holds `six`, which is not a number; correct the cell, or declare the column as text",
    );
    check("row[\"Custmer ID\"]", &ROW, "map.toml:7:10: there is no column `Custmer ID`; did you mean `Customer ID`?");
    check(
        "[1]",
        &ROW,
        "map.toml:7:10: the expression came to a list; let it come to a text, a number, yes or no, or `()`",
    );
    check("fn f() { 1 } f()", &ROW, "a mapping expression cannot define functions; write out what the function does");
    check(
        "clean(InvoiceNo)",
        &ROW,
        "map.toml:7:10: there is no function `clean (string)`; check its name and the types of what it is called with",
    );
}

#[test]
fn a_text_column_is_not_quietly_compared_with_a_number() {
    for expression in ["InvoiceNo > 5", "5.5 < InvoiceNo", "let x = if InvoiceNo == 536379 { 1 } else { 2 }; x"] {
        let fault = evaluate(expression).unwrap_err();
        assert!(fault.message.contains("column `InvoiceNo` is text"), "{expression}: {fault}");
        assert_eq!(fault.hint.as_deref(), Some("declare it as numeric, or write `num(InvoiceNo)`"));
    }
}

#[test]
fn the_same_limits_hold() {
    assert_eq!(evaluate("loop { }").unwrap_err().code, FaultCode::Operations);
    assert_eq!(evaluate("let s = \"x\"; loop { s += s; }").unwrap_err().code, FaultCode::Memory);
    assert!(evaluate("num(\"79228162514264337593543950335\") * 10").is_err());
    assert!(evaluate("num(\"0.12345678901234567890123456789012345\")").is_err());
}

#[test]
fn one_evaluator_goes_from_row_to_row() {
    let mut all = expressions(&["Quantity", "UnitPrice"]);
    let amount = all.add(source("let total = Quantity * UnitPrice; total")).unwrap();
    let refund = all.add(source("InvoiceNo.starts_with(\"C\")")).unwrap();
    assert_eq!((all.len(), all.columns_of(refund).collect::<Vec<_>>()), (2, vec![0]));
    let mut evaluator = all.evaluator();
    for quantity in 1..=50 {
        let quantity = quantity.to_string();
        let row = ["536365", &quantity, "0.1"];
        let cell = |column: usize| row.get(column).copied();
        let expected = quantity.parse::<Decimal>().unwrap() / Decimal::from(10);
        assert_eq!(evaluator.evaluate(amount, cell).unwrap(), ExpressionValue::Decimal(expected));
        assert_eq!(evaluator.evaluate(refund, cell).unwrap(), ExpressionValue::Boolean(false));
    }
    std::thread::scope(|scope| {
        let moved = all.evaluator();
        scope.spawn(move || drop(moved)).join().unwrap();
    });
}

/// What a cell came to is remembered, for each expression by itself, and not without end.
#[test]
fn the_same_cell_comes_to_the_same_again() {
    let mut all = expressions(&["Quantity"]);
    let upper = all.add(source("InvoiceNo.to_upper()")).unwrap();
    let twice = all.add(source("InvoiceNo + row[\"InvoiceNo\"]")).unwrap();
    let both = all.add(source("InvoiceNo + Quantity")).unwrap();
    let double = all.add(source("Quantity * 2")).unwrap();
    let mut evaluator = all.evaluator();
    for turn in 0..2 {
        for number in (0..5_000).chain([7, 7, 4_999, 0]) {
            // Some are longer than is remembered.
            let invoice = format!("c{number}{}", "x".repeat(number % 150));
            let quantity = (number + turn).to_string();
            let row = [&*invoice, &quantity];
            let cell = |column: usize| row.get(column).copied();
            assert_eq!(evaluator.evaluate(upper, cell).unwrap(), text(&invoice.to_uppercase()));
            assert_eq!(evaluator.evaluate(twice, cell).unwrap(), text(&invoice.repeat(2)));
            assert_eq!(evaluator.evaluate(both, cell).unwrap(), text(&format!("{invoice}{quantity}")));
            assert_eq!(evaluator.evaluate(double, cell).unwrap(), decimal(&(2 * (number + turn)).to_string()));
        }
        for _ in 0..2 {
            let fault = evaluator.evaluate(double, |_| Some("many")).unwrap_err();
            assert!(fault.message.contains("`many`, which is not a number"), "{fault}");
            // A column that the row lacks is an empty cell.
            assert_eq!(evaluator.evaluate(double, |_| None).unwrap_err().code, FaultCode::MissingValue);
            assert_eq!(evaluator.evaluate(upper, |_| None).unwrap(), text(""));
        }
    }
}

#[test]
fn a_column_may_have_any_name() {
    let names = ["row", "switch", "日期", "a-b", "let"];
    let columns = names.iter().map(|name| ExpressionColumn { name: (*name).to_owned(), numeric: false }).collect();
    let mut all = Expressions::new(columns, &Limits::default());
    let row = all.add(source("row")).unwrap();
    assert_eq!(all.evaluator().evaluate(row, |column| Some(names[column])).unwrap(), text("row"));
    let columns = names[1..].iter().map(|name| ExpressionColumn { name: (*name).to_owned(), numeric: false }).collect();
    let mut all = Expressions::new(columns, &Limits::default());
    let others = all.add(source("row[\"switch\"] + row[\"日期\"] + row[\"a-b\"] + row[\"let\"]")).unwrap();
    assert_eq!(all.evaluator().evaluate(others, |column| Some(names[column + 1])).unwrap(), text("switch日期a-blet"));
}
