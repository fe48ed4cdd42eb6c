use super::text::MAX_ROW_LINES;
use super::*;
use crate::Mapping;

/// Reads a file and shows each row as `line: cells` and each rejection as `line! reason <raw>`.
fn rows(file: &str, bytes: &[u8]) -> Vec<String> {
    let text = format!(
        "kind = \"measures\"\nsource = \"s\"\ncustomer = \"a\"\nat = \"a\"\nmeasures.x = \"a\"\n[file]\n{file}"
    );
    let mapping = Mapping::parse(&text, "m.toml").unwrap();
    let mut reader = RowReader::open(bytes, &mapping.format, "m.toml").unwrap();
    let mut shown = Vec::new();
    while let Some(split) = reader.next().unwrap() {
        let row = reader.row();
        shown.push(match split {
            Ok(()) => format!("{}: {}", row.line(), row.cells().collect::<Vec<_>>().join("|")),
            Err(rejection) => format!("{}! {} <{}>", row.line(), rejection.reason, row.raw().escape_default()),
        });
    }
    shown
}

fn open_error(file: &str, text: &str) -> String {
    let mapping = format!(
        "kind = \"measures\"\nsource = \"s\"\ncustomer = \"a\"\nat = \"a\"\nmeasures.x = \"a\"\n[file]\n{file}"
    );
    let mapping = Mapping::parse(&mapping, "m.toml").unwrap();
    RowReader::open(text.as_bytes(), &mapping.format, "m.toml").unwrap_err().to_string()
}

#[test]
fn quotes_blanks_and_blank_lines() {
    let text = "a,b\r\n1,\" x, \"\"y\"\" \"\r\n\r\n  2 ,\"line\none\"\n,\n3,6\" nails\n4,,\n";
    assert_eq!(rows("", text.as_bytes()), ["2: 1|x, \"y\"", "4: 2|line\none", "7: 3|6\" nails", "8: 4|"]);
}

#[test]
fn runs_of_blanks_and_other_delimiters() {
    assert_eq!(rows("delimiter = \"spaces\"", b" a  b\r\n 1\t  2 \r\n"), ["2: 1|2"]);
    assert_eq!(rows("delimiter = \"tab\"", b"a\tb\n1, 2\t3\n"), ["2: 1, 2|3"]);
    assert_eq!(rows("delimiter = \";\"\nquote = \"'\"", b"a;b\n'1;2';\"3\n"), ["2: 1;2|\"3"]);
    assert_eq!(rows("quote = \"\"", b"a,b\n\"1,2\n"), ["2: \"1|2"]);
    assert_eq!(rows("header = false\ncolumns = [\"a\", \"b\"]", b"1,2\n"), ["1: 1|2"]);
}

#[test]
fn a_row_that_does_not_fit_takes_no_other_row_with_it() {
    let ragged = "the row has too many or too few values";
    assert_eq!(
        rows("", b"a,b\n1\n2,3,4\n5,6\n"),
        [format!("2! {ragged} <1>"), format!("3! {ragged} <2,3,4>"), "4: 5|6".to_owned(),]
    );
    assert_eq!(rows("", b"a,b\n1,\xff\n2,3\n")[0], "2! not UTF-8 <1,\\u{fffd}>");
    assert_eq!(rows("", b"a,b\n1,\xff\n2,3\n")[1], "3: 2|3");
    assert_eq!(rows("encoding = \"gbk\"", b"a,b\n1,\xff\n2,\xcd\xf5\n"), ["2! not GBK <1,\\u{fffd}>", "3: 2|王"]);
}

/// A single stray quote at the beginning of a value makes all that follows part of that value, up to the next such
/// quote or the end of the file. Only its own line may be lost.
#[test]
fn a_stray_quote_does_not_swallow_what_follows() {
    assert_eq!(rows("", b"a,b\n1,\"x\n2,y\n3,z\n"), ["2! a quote is not closed <1,\\\"x>", "3: 2|y", "4: 3|z"]);
    let shown = rows("", b"a,b\n1,\"x\n2,y\n3,\"z\"\n4,w\n");
    assert_eq!(shown[0], "2! a quote is not closed <1,\\\"x>");
    assert_eq!(shown[1..], ["3: 2|y", "4: 3|z", "5: 4|w"]);
    let mut long = String::from("a,b\n1,\"x\n");
    for number in 0..MAX_ROW_LINES + 5 {
        long.push_str(&format!("{number},y\n"));
    }
    assert_eq!(rows("", long.as_bytes()).len(), MAX_ROW_LINES + 6);
}

#[test]
fn headers_that_name_no_columns_are_refused() {
    assert_eq!(open_error("", ""), "the file has no header");
    assert_eq!(open_error("", "\n\n"), "the file has no header");
    assert!(open_error("", "a,b,a\n").contains("two columns are named `a`"));
    assert!(open_error("columns = [\"a\", \"b\"]", "x\n").contains("names 2 columns, but the file's header has 1"));
    assert_eq!(rows("columns = [\"a\", \"b\"]", b"x,y\n1,2\n"), ["2: 1|2"]);
}

#[test]
fn columns_without_a_name_are_numbered() {
    let mapping = "kind = \"measures\"\nsource = \"s\"\ncustomer = \"a\"\nat = \"a\"\nmeasures.x = \"a\"\n";
    let mapping = Mapping::parse(mapping, "m.toml").unwrap();
    let reader = RowReader::open(&b",a,\n0,1,\n"[..], &mapping.format, "m.toml").unwrap();
    assert_eq!(reader.columns(), ["column 1", "a"]);
}

#[test]
fn json_lines_are_flattened_and_keep_their_numbers() {
    let text = "{\"id\": 9007199254740993, \"who\": {\"name\": \" 王芳 \", \"tel\": null}, \"price\": 0.10, \"tags\": [\"a\", 1, null]}\n\
        \n{\"price\": 2e3, \"id\": \"7\", \"late\": true, \"deep\": [{\"a\": 1}]}\n{\"id\": 8\n[1]\n{}\n{\"id\":9}\n";
    let bad = "not a JSON object";
    assert_eq!(
        rows("", text.as_bytes()),
        [
            "1: 9007199254740993|王芳||0.10|a;1||".to_owned(),
            "3: 7|||2e3||true|[{\"a\": 1}]".to_owned(),
            format!("4! {bad} <{{\\\"id\\\": 8>"),
            format!("5! {bad} <[1]>"),
            "7: 9||||||".to_owned(),
        ]
    );
    assert_eq!(rows("columns = [\"who.name\", \"id\"]", text.as_bytes())[0], "1: 王芳|9007199254740993");
    assert!(open_error("format = \"json-lines\"", "no object\n").contains("no line with a JSON object"));
}

#[test]
fn a_key_that_comes_late_makes_another_row_all_the_same() {
    let mapping = "kind = \"measures\"\nsource = \"s\"\ncustomer = \"a\"\nat = \"a\"\nmeasures.x = \"a\"\n";
    let mapping = Mapping::parse(&format!("{mapping}[file]\ncolumns = [\"a\"]"), "m.toml").unwrap();
    let digests = |text: &str| {
        let mut reader = RowReader::open(text.as_bytes(), &mapping.format, "m.toml").unwrap();
        let mut digests = Vec::new();
        while reader.next().unwrap().is_some() {
            digests.push(reader.row().digest());
        }
        digests
    };
    let found = digests("{\"a\":1,\"b\":2}\n{\"a\":1,\"b\":3}\n{\"b\":2,\"a\":1,\"c\":null}\n");
    assert_ne!(found[0], found[1]);
    assert_eq!(found[0], found[2], "the order of keys and empty values do not matter");
}

#[test]
fn ids_that_an_export_keeps_as_texts() {
    assert_eq!(rows("", b"a,b\n=\"0012\",\"=\"\"34\"\"\"\n=1+1,=\"\"\n"), ["2: 0012|34", "3: =1+1|"]);
}

#[test]
fn lines_before_the_header_are_skipped() {
    assert_eq!(rows("skip = 2", b"title,,\n,,\na,b\n1,2\n"), ["4: 1|2"]);
    assert!(open_error("skip = 9", "a,b\n").contains("no header"));
}

#[test]
fn a_header_in_another_encoding_names_it() {
    let mapping = Mapping::parse(
        "kind = \"measures\"\nsource = \"s\"\ncustomer = \"a\"\nat = \"a\"\nmeasures.x = \"a\"\n",
        "m.toml",
    );
    let text = encoding_rs::GBK.encode("客户编号,日期,金额\n").0;
    let error = RowReader::open(&text[..], &mapping.unwrap().format, "m.toml").unwrap_err().to_string();
    assert!(
        error.starts_with("the header on line 1 cannot be read") && error.contains("encoding = \"gbk\""),
        "{error}"
    );
}

pub(crate) mod workbook;
