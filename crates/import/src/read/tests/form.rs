//! What spreadsheets make of files, and files of other kinds.

use super::*;
use crate::row::tests::workbook::{row, workbook};

/// A spreadsheet that saves order numbers of nineteen digits as 2.38473E+18 would make one order of thousands.
#[test]
fn ids_that_a_spreadsheet_has_rounded_are_refused() {
    let (report, kept) = lines(
        "2.38473E+18,ann,2026-01-05,,tea,2,3,,\n3,1.38E+10,2026-01-05,,tea,2,3,,\n1E10,ann,2026-01-05,,tea,2,3,,\n",
    );
    assert_eq!(kept.reasons(), [(2, "`no` is rounded"), (3, "`who` is rounded")]);
    assert!(kept.rejected[0].detail.contains("its digits are lost; format the column as text in Excel"));
    assert_eq!(report.taken(FactKind::Order), 1);
}

#[test]
fn symbols_round_numbers_do_not_count() {
    let mapping = format!(
        "{}[[reject]]\nwhen = \"total > 2000\"\nreason = \"large\"\n[file]\nsymbols = [\"¥\", \"元\"]\nthousands = \",\"\nnumbers = [\"total\"]\n",
        PLAIN
    );
    let (_, kept) = read(
        &mapping,
        "who,day,total\nann,2026-01-05,\"¥1,234.50\"\nann,2026-01-06,12 元\nann,2026-01-07,$3\nann,2026-01-08,\"¥3,000\"\n",
    );
    assert_eq!(kept.reasons(), [(4, "`total` is no number"), (5, "large")]);
    let amounts: Vec<i64> = kept
        .facts
        .iter()
        .filter_map(|fact| match &fact.body {
            FactBody::Order(order) => Some(order.amount.base),
            _ => None,
        })
        .collect();
    assert_eq!(amounts, [123_450, 1_200]);
}

/// The same list as text, as JSON lines and as a workbook is the same orders.
#[test]
fn the_kind_of_file_does_not_matter() {
    let mapping = LINES.replace("at = \"day\"", "at = { value = \"day\", formats = [\"%d/%m/%Y\"] }");
    let mapping = mapping.replace("numbers = [\"price\"]", "numbers = [\"price\"]\ncolumns = COLUMNS");
    let columns = "[\"no\", \"who\", \"day\", \"cur\", \"sku\", \"qty\", \"price\", \"of\", \"why\"]";
    let mapping = mapping.replace("COLUMNS", columns);
    let (_, text) =
        read(&mapping, &format!("{HEADER}1,ann,04/03/2025,,tea,2,0.335,,\n1,ann,04/03/2025,,jam,1,0.1,,\n"));
    let json = "{\"no\":1,\"who\":\"ann\",\"day\":\"04/03/2025\",\"sku\":\"tea\",\"qty\":2,\"price\":0.335}\n\
                {\"no\":1,\"who\":\"ann\",\"day\":\"04/03/2025\",\"sku\":\"jam\",\"qty\":1.0,\"price\":0.10}\n";
    let (_, json) = read(&mapping, json);
    assert_eq!(text.facts, json.facts);
    let text_cell = |place: &str, text: &str| format!("<c r=\"{place}\" t=\"str\"><v>{text}</v></c>");
    let line = |number: u32, sku: &str, rest: &str| {
        let cells = format!(
            "<c r=\"A{number}\"><v>1</v></c>{}<c r=\"C{number}\" s=\"1\"><v>45720</v></c>{}{rest}",
            text_cell(&format!("B{number}"), "ann"),
            text_cell(&format!("E{number}"), sku)
        );
        row(number, &[&cells])
    };
    let header: String = HEADER
        .trim()
        .split(',')
        .zip("ABCDEFGHI".chars())
        .map(|(name, column)| text_cell(&format!("{column}1"), name))
        .collect();
    let data = row(1, &[&header])
        + &*line(2, "tea", "<c r=\"F2\"><v>2</v></c><c r=\"G2\"><v>0.33500000000000002</v></c>")
        + &*line(3, "jam", "<c r=\"F3\"><v>1</v></c><c r=\"G3\"><v>0.1</v></c>");
    let (mapping, mut sheet) = (Mapping::parse(&mapping, "m.toml").unwrap(), Kept::default());
    let bytes = workbook(&[("Orders", &data)]);
    let report = import(&bytes[..], &mapping, &context(), &mut sheet).unwrap();
    assert_eq!(text.facts, sheet.facts, "dates of a workbook need none of the formats");
    assert_eq!(report.bytes, bytes.len() as u64);
}
