//! Sources: the texts of a script, so that a position becomes a place.

use std::collections::BTreeSet;

use rhai::Position;
use tierhook_hooks::{Fault, Place};

/// The text of a script and where it stands, so that a position becomes a place.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    file: String,
    lines: Vec<String>,
    /// Where the text begins in the file; both from 1.
    begins: (usize, usize),
    /// What was put into the text before it was compiled: line and column in the original, number of characters.
    inserted: Vec<(usize, usize, usize)>,
}

impl Source {
    /// A whole file.
    pub(crate) fn file(file: &str, text: &str) -> Self {
        Self::within(file.to_owned(), text, 1, 1)
    }

    /// A text within a file.
    pub(crate) fn within(file: String, text: &str, line: usize, column: usize) -> Self {
        let lines = text.lines().map(str::to_owned).collect();
        Self { file, lines, begins: (line.max(1), column.max(1)), inserted: Vec::new() }
    }

    /// The same text, compiled with insertions: line and column in the original, number of characters, in order.
    pub(crate) fn with_insertions(mut self, inserted: Vec<(usize, usize, usize)>) -> Self {
        self.inserted = inserted;
        self
    }

    /// The name of the file.
    pub(crate) fn name(&self) -> &str {
        &self.file
    }

    /// Adds the place of a position, unless the fault has one.
    pub(crate) fn place(&self, mut fault: Fault, position: Position) -> Fault {
        if fault.place.is_none() {
            fault.place = self.at(position);
        }
        fault
    }

    /// The place of a position.
    pub(crate) fn at(&self, position: Position) -> Option<Place> {
        self.original(position).map(|(line, column)| self.place_of(line, column))
    }

    fn place_of(&self, line: usize, column: usize) -> Place {
        let source = self.lines.get(line - 1).cloned().unwrap_or_default();
        let (begins_line, begins_column) = self.begins;
        let shift = if line == 1 { begins_column - 1 } else { 0 };
        Place { file: self.file.clone(), line: begins_line + line - 1, column: column + shift, source }
    }

    /// What stands in double quotes from a position on, with its places. Comments and quotes within quotes are not told
    /// apart from the rest.
    pub(crate) fn quoted_behind(&self, position: Position) -> Vec<(&str, Place)> {
        let Some((first, from)) = self.original(position) else { return Vec::new() };
        let mut found = Vec::new();
        for (at, text) in self.lines.iter().enumerate().skip(first - 1) {
            let mut pieces = text.split('"');
            let mut column = 1 + pieces.next().map_or(0, |piece| piece.chars().count());
            while let (Some(quoted), Some(rest)) = (pieces.next(), pieces.next()) {
                if at + 1 > first || column >= from {
                    found.push((quoted, self.place_of(at + 1, column)));
                }
                column += quoted.chars().count() + rest.chars().count() + 2;
            }
        }
        found
    }

    /// Adds the place where a function is defined, unless the fault has a place: what stops a function as a whole has no
    /// position of its own.
    pub(crate) fn place_in_function(&self, mut fault: Fault, name: &str) -> Fault {
        if fault.place.is_none() {
            let begins = |line: &String| {
                let rest = line.trim_start().strip_prefix("fn ").map(str::trim_start);
                rest.and_then(|rest| rest.strip_prefix(name)).is_some_and(|rest| rest.trim_start().starts_with('('))
            };
            let line = self.lines.iter().position(begins).and_then(|line| u16::try_from(line + 1).ok());
            fault.place = line.and_then(|line| self.at(Position::new(line, 1)));
        }
        fault
    }

    /// Line and column of a position in the text as it was written.
    fn original(&self, position: Position) -> Option<(usize, usize)> {
        let (line, mut column) = (position.line()?, position.position().unwrap_or(1));
        let mut shift = 0;
        for (_, at, length) in self.inserted.iter().filter(|(on, ..)| *on == line) {
            if column > at + shift {
                shift += (*length).min(column - at - shift);
            }
        }
        column -= shift;
        Some((line, column.max(1)))
    }

    /// What stands at a position as far as it looks like `a.b.c`.
    pub(crate) fn path_at(&self, position: Position) -> Option<String> {
        let (line, column) = self.original(position)?;
        let rest = self.lines.get(line - 1)?.chars().skip(column - 1);
        Some(rest.take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '.')).collect())
    }
}

/// The files of one script: the rule's own first, then those of its modules.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    files: Vec<(Source, BTreeSet<String>)>,
}

impl Sources {
    /// Adds a file with the names of its functions.
    pub(crate) fn push(&mut self, source: Source, functions: BTreeSet<String>) {
        self.files.push((source, functions));
    }

    /// The file with a number.
    pub(crate) fn file(&self, at: usize) -> &Source {
        &self.files[at].0
    }

    /// The rule's own file.
    pub(crate) fn rule(&self) -> &Source {
        &self.files[0].0
    }

    /// Adds the place of a position, unless the fault has one. `file` is where the engine says that it is.
    pub(crate) fn place(&self, fault: Fault, position: Position, file: Option<&str>) -> Fault {
        let at = file.and_then(|file| self.find(file)).unwrap_or(0);
        self.files[at].0.place(fault, position)
    }

    fn find(&self, file: &str) -> Option<usize> {
        self.files.iter().position(|(source, _)| source.file == file)
    }

    /// The file of a function that was called from a file. The engine names the file whose functions came first when it
    /// was called, which is another one where a rule hands a closure to a module.
    pub(crate) fn callee(&self, function: &str, named: &str, from: usize) -> usize {
        let named = self.find(named).unwrap_or(from);
        let has = |at: &usize| self.files[*at].1.contains(function);
        [named, from].into_iter().chain(0..self.files.len()).find(has).unwrap_or(from)
    }
}
