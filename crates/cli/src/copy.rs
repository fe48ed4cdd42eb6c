//! A person's copy of their data, as a page that any browser shows and prints: nothing outside the file belongs to it.

use std::fmt::{Display, Write as _};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tierhook_model::{Language, UNRATED};
use tierhook_server::api::{PersonCopy, ReasonRow};

use crate::number::value;
use crate::word::{Words, fill};

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}\
h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em;border-bottom:1px solid #ccc}\
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.25em .6em .25em 0;\
border-bottom:1px solid #eee}th{color:#666;font-weight:normal}.faint{color:#777}del{color:#999}";

/// Where a copy goes unless the user says otherwise: into the current folder.
pub(crate) fn usual_file(customer: &str) -> PathBuf {
    let safe = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' };
    PathBuf::from(format!("copy-{}.html", customer.chars().map(safe).collect::<String>()))
}

/// Writes a copy into a file that only its owner can read.
pub(crate) fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let refused = || format!("cannot write {}", path.display());
    let mut part = path.to_owned().into_os_string();
    part.push(".part");
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&part).with_context(refused)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).with_context(refused)?;
    std::fs::rename(&part, path).with_context(refused)
}

/// Renders a copy as a page.
pub(crate) fn document(copy: &PersonCopy, language: Language) -> String {
    let words = Words::of(language);
    let lang = match language {
        Language::En => "en",
        Language::Zh => "zh",
    };
    let title = fill(words.copy_title, &[&copy.customer.name.as_deref().unwrap_or(&copy.ids[0])]);
    let mut page = Document { text: String::new() };
    page.add(&format!(
        "<!DOCTYPE html>\n<html lang=\"{lang}\"><head><meta charset=\"utf-8\"><title>{0}</title><style>{STYLE}</style>\
         </head><body>\n<h1>{0}</h1>\n",
        escaped(&title)
    ));
    page.paragraph(&fill(words.copy_intro, &[&copy.made, &copy.ids.join(", ")]));
    let none = String::new;
    page.table(
        words.profile,
        &[words.field, words.value, words.source, words.since_heading],
        copy.profile.iter().map(|it| vec![it.meaning.clone(), value(&it.value), it.source.clone(), it.day.to_string()]),
    );
    if !copy.withheld.is_empty() {
        page.paragraph(&fill(words.copy_withheld, &[&copy.withheld.join(" ")]));
    }
    page.table(
        words.contacts,
        &[words.name, words.role, words.reach],
        copy.contacts.iter().map(|it| {
            let reach: Vec<&str> = it.phones.iter().chain(&it.emails).map(String::as_str).collect();
            vec![it.name.clone(), it.role.clone().unwrap_or_default(), reach.join(", ")]
        }),
    );
    page.table(
        words.consents,
        &[words.what_for, "", words.since_heading],
        copy.consents.iter().map(|it| {
            let given = if it.given { words.given } else { words.refused_consent };
            vec![it.purpose.clone(), given.to_owned(), it.since.to_string()]
        }),
    );
    page.table(
        words.classes,
        &["", words.class, words.since_heading, words.why],
        copy.classes.iter().filter(|it| it.class != UNRATED).map(|it| {
            let by = it.overridden.as_ref().map_or_else(none, |word| format!("{}: {} ", word.who, word.why));
            let why = format!("{by}{}", joined(&it.reasons));
            vec![it.dimension.name.clone(), it.name.clone(), it.since.to_string(), why]
        }),
    );
    page.table(
        words.follow_ups_heading,
        &[words.due, words.what, words.state, words.why],
        copy.follow_ups.iter().map(|it| {
            let what = it.action.clone().unwrap_or_else(|| it.name.clone());
            vec![it.due.to_string(), what, words.code(&it.state.code).to_owned(), joined(&it.reasons)]
        }),
    );
    page.table(
        words.warnings_heading,
        &[words.since_heading, words.cause, words.state, words.why],
        copy.warnings.iter().map(|it| {
            vec![it.opened.to_string(), it.name.clone(), words.code(&it.state.code).to_owned(), joined(&it.reasons)]
        }),
    );
    page.table(
        words.features,
        &[words.meaning, words.value],
        copy.features.iter().map(|it| vec![it.meaning.clone(), value(&it.value)]),
    );
    page.table(
        &fill(words.copy_facts, &[&copy.facts.len()]),
        &[words.date, words.what, "", words.source],
        copy.facts.iter().map(|it| {
            let import = it.import.map_or_else(none, |import| fill(words.copy_import, &[&import]));
            let text = if it.retracted { fill(words.retracted, &[&it.text]) } else { it.text.clone() };
            vec![it.day.to_string(), it.what.clone(), text, format!("{} {}{import}", it.source, it.id)]
        }),
    );
    page.table(
        words.copy_imports,
        &[words.import_number, words.file, words.started],
        copy.imports.iter().map(|it| vec![it.import.0.to_string(), it.file.clone(), it.started.to_string()]),
    );
    page.table(
        words.history,
        &[words.date, words.cause, words.what],
        copy.history.iter().map(|it| {
            let changes: Vec<&str> = it.changes.iter().map(|change| change.text.as_str()).collect();
            vec![it.day.to_string(), words.move_cause(it.cause).to_owned(), changes.join("; ")]
        }),
    );
    page.add("</body></html>\n");
    page.text
}

fn joined(reasons: &[ReasonRow]) -> String {
    reasons.iter().map(|reason| reason.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// A page that grows from top to bottom.
struct Document {
    text: String,
}

impl Document {
    fn add(&mut self, html: &str) {
        self.text.push_str(html);
    }

    fn paragraph(&mut self, text: &str) {
        self.add(&format!("<p class=\"faint\">{}</p>\n", escaped(text)));
    }

    /// Adds a table under its heading; nothing at all if it has no rows.
    fn table(&mut self, heading: &str, columns: &[&str], rows: impl Iterator<Item = Vec<String>>) {
        let mut rows = rows.peekable();
        if rows.peek().is_none() {
            return;
        }
        self.add(&format!("<h2>{}</h2>\n<table>\n<tr>", escaped(heading)));
        columns.iter().for_each(|column| self.add(&format!("<th>{}</th>", escaped(column))));
        self.add("</tr>\n");
        for row in rows {
            self.add("<tr>");
            row.iter().for_each(|cell| self.add(&format!("<td>{}</td>", escaped(cell))));
            self.add("</tr>\n");
        }
        self.add("</table>\n");
    }
}

/// Writes a text so that no browser takes it for anything else.
fn escaped(text: impl Display) -> String {
    text.to_string().chars().fold(String::new(), |mut safe, c| {
        let _ = match c {
            '<' => safe.write_str("&lt;"),
            '>' => safe.write_str("&gt;"),
            '&' => safe.write_str("&amp;"),
            '"' => safe.write_str("&quot;"),
            c if c.is_control() => safe.write_char(' '),
            c => safe.write_char(c),
        };
        safe
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_stays_data_in_a_browser() {
        assert_eq!(escaped("<script>\"a\" & b\u{1b}"), "&lt;script&gt;&quot;a&quot; &amp; b ");
    }

    #[test]
    fn the_usual_file_lies_in_the_current_folder_whatever_the_id() {
        assert_eq!(usual_file("shop:../7"), Path::new("copy-shop----7.html"));
        assert_eq!(usual_file("王芳"), Path::new("copy-王芳.html"));
    }
}
