//! Workbooks are written here by hand, so that each cell is what a spreadsheet would write.

use std::io::{Cursor, Write as _};

use super::*;

/// Packs a workbook of sheets with their `sheetData`. Style 1 is a date, 2 a date with time, 3 a duration.
pub(crate) fn workbook(sheets: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut add = |name: &str, text: &str| {
        zip.start_file(name, options).unwrap();
        zip.write_all(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{text}").as_bytes()).unwrap();
    };
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let (mut list, mut relations) = (String::new(), String::new());
    for (at, (name, data)) in sheets.iter().enumerate() {
        let id = at + 1;
        list.push_str(&format!("<sheet name=\"{name}\" sheetId=\"{id}\" r:id=\"s{id}\"/>"));
        relations.push_str(&format!(
            "<Relationship Id=\"s{id}\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet{id}.xml\"/>"
        ));
        add(
            &format!("xl/worksheets/sheet{id}.xml"),
            &format!("<worksheet xmlns=\"{main}\"><sheetData>{data}</sheetData></worksheet>"),
        );
    }
    add(
        "xl/workbook.xml",
        &format!("<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets>{list}</sheets></workbook>"),
    );
    add(
        "xl/_rels/workbook.xml.rels",
        &format!(
            "<Relationships xmlns=\"{package}\">{relations}<Relationship Id=\"y\" Type=\"{office}/styles\" Target=\"styles.xml\"/>\
             <Relationship Id=\"t\" Type=\"{office}/sharedStrings\" Target=\"sharedStrings.xml\"/></Relationships>"
        ),
    );
    add(
        "_rels/.rels",
        &format!(
            "<Relationships xmlns=\"{package}\"><Relationship Id=\"w\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
        ),
    );
    add(
        "xl/styles.xml",
        &format!(
            "<styleSheet xmlns=\"{main}\"><numFmts count=\"1\"><numFmt numFmtId=\"164\" formatCode=\"[h]:mm:ss\"/></numFmts>\
             <cellXfs count=\"4\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"22\"/><xf numFmtId=\"164\"/></cellXfs></styleSheet>"
        ),
    );
    add("xl/sharedStrings.xml", &format!("<sst xmlns=\"{main}\"><si><t>客户</t></si><si><t>王芳</t></si></sst>"));
    zip.finish().unwrap().into_inner()
}

/// The row of an order list's sheet with these cells, of which each is a whole `<c>`.
pub(crate) fn row(number: u32, cells: &[&str]) -> String {
    format!("<row r=\"{number}\">{}</row>", cells.concat())
}

fn text(place: &str, text: &str) -> String {
    format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

#[test]
fn cells_are_what_they_show() {
    let header =
        row(3, &[&text("A3", "id"), &text("B3", "at"), &text("C3", "price"), "<c r=\"D3\" t=\"s\"><v>0</v></c>"]);
    let data = [
        text("A1", "a title above the list"),
        header,
        row(
            5,
            &[
                "<c r=\"A5\"><v>12345</v></c><c r=\"B5\" s=\"1\"><v>45720</v></c>",
                "<c r=\"C5\"><f>1.1+1.45</f><v>2.5499999999999998</v></c><c r=\"D5\" t=\"s\"><v>1</v></c>",
            ],
        ),
        row(
            6,
            &[
                "<c r=\"A6\" t=\"str\"><v> x </v></c><c r=\"B6\" s=\"2\"><v>45720.420138888891</v></c><c r=\"C6\" t=\"b\"><v>1</v></c>",
            ],
        ),
        row(7, &["<c r=\"B7\" s=\"1\"/>"]),
        row(
            8,
            &[
                "<c r=\"A8\"><v>1234567890123456789</v></c><c r=\"B8\" s=\"3\"><v>1.5</v></c><c r=\"C8\" t=\"e\"><v>#N/A</v></c>",
            ],
        ),
        row(9, &["<c r=\"A9\"><v>13812345678</v></c><c r=\"C9\"><v>0.1</v></c><c r=\"E9\"><v>1</v></c>"]),
    ];
    let data = data[1..].concat();
    let bytes = workbook(&[("Orders", &data), ("Other", &row(1, &[&text("A1", "k")]))]);
    let ragged = "the row has too many or too few values";
    let expected = [
        "5: 12345|2025-03-04|2.55|王芳".to_owned(),
        "6: x|2025-03-04 10:05:00|true|".to_owned(),
        "8: 1.23456789012346E+18|36:00:00|#N/A|".to_owned(),
        format!("9! {ragged} <13812345678,,0.1,,1>"),
    ];
    assert_eq!(rows("", &bytes), expected);
    assert_eq!(rows("decimal = \",\"", &bytes)[0], "5: 12345|2025-03-04|2,55|王芳");
    assert_eq!(rows("sheet = \"Other\"", &bytes), Vec::<String>::new());
}

#[test]
fn a_title_above_the_list_is_skipped() {
    let data = [
        row(1, &[&text("A1", "March")]),
        row(2, &[&text("A2", "id"), &text("B2", "n")]),
        row(3, &[&text("A3", "x"), &text("B3", "1")]),
    ];
    assert_eq!(rows("skip = 1", &workbook(&[("S", &data.concat())])), ["3: x|1"]);
}

fn error(file: &str, bytes: &[u8]) -> String {
    let mapping = format!(
        "kind = \"measures\"\nsource = \"s\"\ncustomer = \"a\"\nat = \"a\"\nmeasures.x = \"a\"\n[file]\n{file}"
    );
    let mapping = Mapping::parse(&mapping, "m.toml").unwrap();
    RowReader::open(bytes, &mapping.format, "m.toml").unwrap_err().to_string()
}

#[test]
fn a_workbook_that_is_none_or_has_other_sheets_says_so() {
    let bytes = workbook(&[("订单", ""), ("客户", "")]);
    assert!(error("sheet = \"Orders\"", &bytes).contains("no sheet `Orders`, but `订单`, `客户`"));
    assert!(error("", &bytes).contains("no header"));
    assert!(error("format = \"csv\"", &bytes).contains("of format \"csv\", but this one is \"xlsx\""));
    assert!(error("sheet = \"A\"", b"a,b\n").contains("of format \"xlsx\", but this one is \"csv\""));
    assert!(error("", b"PK\x03\x04 no archive").contains("the workbook cannot be read"));
    assert!(error("", &bytes[..bytes.len() / 2]).contains("the workbook cannot be read"));
}
