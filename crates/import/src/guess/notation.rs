//! Texts as a mapping and its expressions write them.

use std::fmt::Write as _;

/// Writes a text on one line, as comments have to be.
pub(super) fn one_line(text: &str) -> String {
    text.split(char::is_control).collect::<Vec<_>>().join(" ")
}

/// Writes a TOML string.
pub(super) fn quoted(text: &str) -> String {
    let mut written = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => written.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(written, "\\u{:04X}", c as u32);
            }
            c => written.push(c),
        }
    }
    written.push('"');
    written
}

/// Writes an expression as a TOML string, without escapes where that is possible.
pub(super) fn raw(expression: &str) -> String {
    if expression.contains('\'') || expression.chars().any(char::is_control) {
        quoted(expression)
    } else if expression.contains(['"', '\\']) {
        format!("'{expression}'")
    } else {
        quoted(expression)
    }
}

/// Writes a column within an expression.
pub(super) fn cell(name: &str) -> String {
    const WORDS: &[&str] = &[
        "if",
        "else",
        "switch",
        "let",
        "const",
        "for",
        "in",
        "while",
        "loop",
        "do",
        "until",
        "break",
        "continue",
        "return",
        "fn",
        "true",
        "false",
        "this",
        "row",
        "import",
        "export",
        "as",
        "throw",
        "try",
        "catch",
        "private",
        "global",
        "is",
        "var",
        "new",
        "use",
        "with",
        "case",
        "default",
        "match",
        "void",
        "null",
        "nil",
        "static",
        "shared",
        "go",
        "go_to",
        "spawn",
        "thread",
        "sync",
        "async",
        "await",
        "yield",
        "super",
        "protected",
        "public",
        "package",
        "module",
        "eval",
        "type_of",
        "print",
        "debug",
        "call",
        "curry",
        "Fn",
        "is_def_fn",
        "is_def_var",
        "is_shared",
    ];
    let identifier = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !WORDS.contains(&name);
    if identifier { name.to_owned() } else { format!("row[{}]", literal(name)) }
}

/// Writes a text within an expression.
pub(super) fn literal(text: &str) -> String {
    let mut written = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => written.extend(['\\', c]),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            c => written.push(c),
        }
    }
    written.push('"');
    written
}
