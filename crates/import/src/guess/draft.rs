//! A mapping in the making: its lines, which column became what, and what is to be asked.

use std::fmt::Write as _;

use tierhook_model::Text;

use super::column::{Column, NumberStyle};
use super::notation::{one_line, quoted, raw};
use super::table::Table;
use super::word::SYMBOLS;
use crate::mapping::{Delimiter, FileKind, ImportKind};

/// How sure something is that somebody has to look at.
const DOUBTFUL: f64 = 0.5;

/// A mapping that is being written.
#[derive(Debug)]
pub(super) struct Draft<'t> {
    table: &'t Table,
    pub(super) columns: &'t [Column<'t>],
    head: String,
    sections: Vec<(&'static str, String)>,
    rejects: String,
    numbers: Vec<usize>,
    styles: Vec<NumberStyle>,
    /// For each column the keys that it was used for, and how surely.
    pub(super) used: Vec<Vec<(String, f64)>>,
    questions: Vec<Text>,
    /// Reasons to leave rows out that a question speaks of.
    pub(super) asked: Vec<String>,
}

/// A mapping that was written.
#[derive(Debug)]
pub(super) struct Drafted {
    pub(super) text: String,
    /// For each column the keys that it was used for, and how surely.
    pub(super) used: Vec<Vec<(String, f64)>>,
    pub(super) questions: Vec<Text>,
    /// Reasons to leave rows out that a question speaks of.
    pub(super) asked: Vec<String>,
}

impl<'t> Draft<'t> {
    pub(super) fn new(table: &'t Table, columns: &'t [Column<'t>], kind: ImportKind, file: &str, source: &str) -> Self {
        let mut head = format!("# Guessed from {}. Check it, and then import with it.\n", one_line(file));
        let _ = writeln!(head, "kind = \"{kind}\"");
        let _ = writeln!(
            head,
            "# The system that the file comes from. Keep it for later files, so that known rows are known again."
        );
        let _ = writeln!(head, "source = {}", quoted(source));
        let used = vec![Vec::new(); columns.len()];
        Self {
            table,
            columns,
            head,
            sections: Vec::new(),
            rejects: String::new(),
            numbers: Vec::new(),
            styles: Vec::new(),
            used,
            questions: Vec::new(),
            asked: Vec::new(),
        }
    }

    /// Writes a line; `key` with a point belongs to the section before the point.
    pub(super) fn write(&mut self, key: &str, value: &str, note: &str) {
        let note = if note.is_empty() { String::new() } else { format!("  # {}", one_line(note)) };
        match key.split_once('.') {
            None => {
                let _ = writeln!(self.head, "{key} = {value}{note}");
            }
            Some((section, key)) => {
                let key = if key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                    key.to_owned()
                } else {
                    quoted(key)
                };
                let line = format!("{key} = {value}{note}\n");
                match self.sections.iter_mut().find(|(name, _)| *name == section) {
                    Some((_, lines)) => lines.push_str(&line),
                    None => self.sections.push((section_name(section), line)),
                }
            }
        }
    }

    /// Says that a column may not be what it was taken for.
    pub(super) fn doubt(&mut self, key: &str, column: usize) {
        for (_, sureness) in self.used[column].iter_mut().filter(|(used, _)| used == key) {
            *sureness = sureness.min(DOUBTFUL);
        }
    }

    /// Takes a column as it is.
    pub(super) fn column(&mut self, key: &str, column: usize, sureness: f64) {
        self.note(key, column, sureness);
        self.write(key, &quoted(self.columns[column].name), unsure(sureness));
    }

    /// Takes what an expression makes of a column.
    pub(super) fn expression(&mut self, key: &str, column: usize, sureness: f64, expression: &str) {
        self.note(key, column, sureness);
        self.write(key, &raw(expression), unsure(sureness));
    }

    /// Takes a column of dates.
    pub(super) fn date(&mut self, key: &str, column: usize, sureness: f64) {
        self.note(key, column, sureness);
        let (name, style) = (self.columns[column].name, self.columns[column].dates.as_ref());
        let list = |formats: &[String]| formats.iter().map(|format| quoted(format)).collect::<Vec<_>>().join(", ");
        match style {
            Some(style) if !style.formats.is_empty() => {
                if let Some((other, value)) = &style.doubt {
                    let (en, zh) = order_of(&style.formats[0]);
                    let other = list(other);
                    self.ask(
                        format!(
                            "`{name}`: `{value}` may be read in two ways; it is taken as {en}. If that is wrong, write \
                             formats = [{other}]"
                        ),
                        format!("`{name}`：`{value}` 有两种读法，现按{zh}；若相反，请写 formats = [{other}]"),
                    );
                }
                let value = format!("{{ value = {}, formats = [{}] }}", quoted(name), list(&style.formats));
                self.write(key, &value, unsure(sureness));
            }
            _ => self.write(key, &quoted(name), unsure(sureness)),
        }
    }

    /// Takes a column of numbers.
    pub(super) fn number(&mut self, key: &str, column: usize, sureness: f64) {
        self.style(column);
        self.column(key, column, sureness);
    }

    /// Notes how the numbers of a column are written.
    pub(super) fn style(&mut self, column: usize) {
        if let Some(numbers) = &self.columns[column].numbers {
            self.styles.push(numbers.style.clone());
        }
    }

    /// Lets expressions see a column as numbers.
    pub(super) fn as_number(&mut self, column: usize) {
        self.style(column);
        if !self.numbers.contains(&column) {
            self.numbers.push(column);
        }
    }

    /// Leaves rows out.
    pub(super) fn reject(&mut self, when: &str, reason: &str) {
        let _ = write!(self.rejects, "\n[[reject]]\nwhen = {}\nreason = {}\n", raw(when), quoted(reason));
    }

    /// Asks something, in English and Chinese.
    pub(super) fn ask(&mut self, en: impl Into<String>, zh: impl Into<String>) {
        self.questions.push(Text::new(en, zh));
    }

    /// Notes what a column was used for.
    pub(super) fn note(&mut self, key: &str, column: usize, sureness: f64) {
        self.used[column].push((key.to_owned(), sureness));
    }

    /// Returns the whole mapping.
    pub(super) fn finish(mut self) -> Drafted {
        let mut text = std::mem::take(&mut self.head);
        for (name, lines) in &self.sections {
            let _ = write!(text, "\n[{name}]\n{lines}");
        }
        text.push_str(&self.rejects);
        let file = self.file();
        if !file.is_empty() {
            let _ = write!(text, "\n[file]\n{file}");
        }
        let left: Vec<&str> = self
            .columns
            .iter()
            .zip(&self.used)
            .filter(|(_, used)| used.is_empty())
            .map(|(column, _)| column.name)
            .collect();
        if !left.is_empty() {
            let left = left.iter().map(|name| one_line(name)).collect::<Vec<_>>().join(", ");
            let _ = write!(text, "\n# Not taken: {left}\n");
        }
        Drafted { text, used: self.used, questions: self.questions, asked: self.asked }
    }

    /// How the file is written, as far as that has to be said.
    fn file(&self) -> String {
        let (table, mut lines) = (self.table, String::new());
        let mut say = |key: &str, value: &str| {
            let _ = writeln!(lines, "{key} = {value}");
        };
        if table.kind == FileKind::JsonLines {
            say("format", "\"json-lines\"");
        }
        if let [first, _, ..] = &table.sheets[..] {
            say("sheet", &quoted(first));
        }
        if table.kind == FileKind::Text {
            match table.delimiter {
                Delimiter::Byte(b',') => {}
                Delimiter::Byte(b'\t') => say("delimiter", "\"tab\""),
                Delimiter::Byte(byte) => say("delimiter", &quoted(&char::from(byte).to_string())),
                Delimiter::Spaces => say("delimiter", "\"spaces\""),
            }
        }
        if let Some(encoding) = table.encoding {
            say("encoding", &quoted(&encoding.name().to_lowercase()));
        }
        if table.skip > 0 {
            say("skip", &table.skip.to_string());
        }
        if !table.header {
            say("header", "false");
        }
        let list = |names: Vec<&str>| format!("[{}]", names.into_iter().map(quoted).collect::<Vec<_>>().join(", "));
        if table.named {
            say("columns", &list(table.columns.iter().map(String::as_str).collect()));
        }
        if !self.numbers.is_empty() {
            say("numbers", &list(self.numbers.iter().map(|at| self.columns[*at].name).collect()));
        }
        if self.styles.iter().any(|style| style.format.decimal == ',') {
            say("decimal", "\",\"");
        }
        if let Some(thousands) = self.styles.iter().find_map(|style| style.format.thousands) {
            say("thousands", &quoted(&thousands.to_string()));
        }
        let mut symbols: Vec<&str> = self.styles.iter().filter_map(|style| style.symbol).collect();
        if symbols.iter().any(|symbol| matches!(*symbol, "¥" | "￥")) {
            symbols.extend(["¥", "￥"]);
        }
        let known = SYMBOLS.iter().map(|(symbol, _)| *symbol).filter(|symbol| symbols.contains(symbol));
        let symbols: Vec<&str> = known.collect();
        if !symbols.is_empty() {
            say("symbols", &list(symbols));
        }
        lines
    }
}

/// The section names that mappings have.
fn section_name(name: &str) -> &'static str {
    ["line", "fields", "custom", "consents", "measures"].into_iter().find(|known| *known == name).unwrap_or("line")
}

fn unsure(sureness: f64) -> &'static str {
    if sureness < 0.6 { "unsure: please check" } else { "" }
}

fn order_of(format: &str) -> (&'static str, &'static str) {
    match format.get(..2) {
        Some("%y") => ("year, month, day", "年/月/日"),
        Some("%d") => ("day before month", "日在月前"),
        _ => ("month before day", "月在日前"),
    }
}
