//! A page of text that grows from top to bottom.

use crate::screen::{Screen, Style, tame, width, wrap};
use crate::table::{Cell, Column, Table};
use crate::word::{Words, fill};

/// A page of text that grows from top to bottom.
#[derive(Debug)]
pub(super) struct Page {
    text: String,
    screen: Screen,
    /// The words that it is written in.
    pub(super) words: &'static Words,
}

impl Page {
    /// Makes an empty page.
    pub(super) fn new(words: &'static Words, screen: Screen) -> Self {
        Self { text: String::new(), screen, words }
    }

    /// Adds a line in one style.
    pub(super) fn line(&mut self, style: Style, line: &str) {
        self.indented(0, style, line);
    }

    /// Adds an indented line in one style.
    pub(super) fn indented(&mut self, indent: usize, style: Style, line: &str) {
        self.pieces(indent, &[(style, line)]);
    }

    /// Adds an indented sentence, on as many lines as it takes; all but the first are indented by two more. What a
    /// no-break space joins stays on one line.
    pub(super) fn sentence(&mut self, indent: usize, style: Style, sentence: &str) {
        let room = self.screen.width.map_or(usize::MAX, |width| width.saturating_sub(indent + 2));
        for (at, line) in wrap(&tame(sentence), room).iter().enumerate() {
            self.indented(if at == 0 { indent } else { indent + 2 }, style, &line.replace('\u{a0}', " "));
        }
    }

    /// Adds an indented line of several styles; the pieces are set apart by two spaces.
    pub(super) fn pieces(&mut self, indent: usize, pieces: &[(Style, &str)]) {
        let painted: Vec<String> = pieces
            .iter()
            .filter(|(_, piece)| !piece.is_empty())
            .map(|(style, piece)| self.screen.paint(*style, &tame(piece)))
            .collect();
        self.text.push_str(&" ".repeat(indent));
        self.text.push_str(&painted.join("  "));
        self.text.push('\n');
    }

    /// Adds a command with a remark behind it, or without where the line would be too long: it is there to be copied.
    pub(super) fn remarked(&mut self, indent: usize, command: &str, remark: &str) {
        let remark = format!("# {remark}");
        let fits = self.screen.width.is_none_or(|room| indent + width(command) + 2 + width(&remark) <= room);
        self.pieces(indent, &[(Style::Plain, command), (Style::Faint, if fits { &remark } else { "" })]);
    }

    /// Adds a heading of several pieces.
    pub(super) fn heading_pieces(&mut self, pieces: &[(Style, &str)]) {
        self.gap();
        self.pieces(0, pieces);
    }

    /// Adds a heading, with an empty line above it unless it is the first.
    pub(super) fn heading(&mut self, heading: &str) {
        self.gap();
        self.line(Style::Strong, heading);
    }

    /// Adds an empty line, unless the page is empty.
    pub(super) fn gap(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    /// Adds a table.
    pub(super) fn table(&mut self, indent: usize, table: &Table) {
        table.write(&mut self.text, indent, self.screen);
    }

    /// Adds names with what they stand for, one a line.
    pub(super) fn pairs(&mut self, indent: usize, pairs: Vec<(&str, String)>) {
        let mut table = Table::new(vec![Column::left(""), Column::text("")]);
        for (name, value) in pairs {
            table.row(vec![Cell::new(Style::Faint, name), value.into()]);
        }
        self.table(indent, &table);
    }

    /// Adds the dimensions on which nothing is known, on one line: there is no more to say of each.
    pub(super) fn unrated<'a>(&mut self, indent: usize, dimensions: impl Iterator<Item = &'a str>) {
        let names = dimensions.collect::<Vec<_>>().join(self.words.between_names);
        if !names.is_empty() {
            self.sentence(indent, Style::Faint, &fill(self.words.all_unrated, &[&names]));
        }
    }

    /// The text of the page.
    pub(super) fn finish(self) -> String {
        self.text
    }
}
