//! Tables for people: aligned by display width, and no wider than the screen.

use crate::screen::{Screen, Style, cut, tame, width, wrap};

/// Columns of texts are not made narrower than this while there are titles to cut.
const COMFORTABLE: usize = 16;
/// Columns of texts are not made narrower than this.
const NARROWEST: usize = 8;
/// Titles that are wider than everything below them are not made narrower than this.
const NARROWEST_TITLE: usize = 5;
/// The space between columns.
const GAP: &str = "  ";

/// A table.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

/// A column of a table.
#[derive(Debug)]
pub(crate) struct Column {
    title: String,
    kind: Kind,
    is_right: bool,
    is_optional: bool,
}

/// What becomes of a column where there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// It stays as it is.
    Short,
    /// Its texts are cut.
    Text,
    /// Its sentences go below the row.
    Sentence,
}

/// One cell of a table.
#[derive(Debug)]
pub(crate) struct Cell {
    text: String,
    style: Style,
}

impl Column {
    fn new(title: impl Into<String>, kind: Kind, is_right: bool) -> Self {
        Self { title: tame(&title.into()), kind, is_right, is_optional: false }
    }

    /// A column of short texts, which are never cut.
    pub(crate) fn left(title: impl Into<String>) -> Self {
        Self::new(title, Kind::Short, false)
    }

    /// A column of numbers.
    pub(crate) fn right(title: impl Into<String>) -> Self {
        Self::new(title, Kind::Short, true)
    }

    /// A column of texts that are cut where there is no room.
    pub(crate) fn text(title: impl Into<String>) -> Self {
        Self::new(title, Kind::Text, false)
    }

    /// A column of sentences, which are to be read as a whole: where there is no room they go below the row.
    pub(crate) fn sentence(title: impl Into<String>) -> Self {
        Self::new(title, Kind::Sentence, false)
    }

    /// The same column, left out where all its cells are empty.
    pub(crate) fn optional(self) -> Self {
        Self { is_optional: true, ..self }
    }
}

impl Cell {
    /// A cell in a style.
    pub(crate) fn new(style: Style, text: impl AsRef<str>) -> Self {
        Self { text: tame(text.as_ref()), style }
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::new(Style::Plain, text)
    }
}

/// Which columns stand beside each other and which below, by their numbers, and how wide the former are.
struct Layout {
    beside: Vec<usize>,
    widths: Vec<usize>,
    below: Vec<usize>,
}

impl Table {
    /// Makes a table without rows.
    pub(crate) fn new(columns: Vec<Column>) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row with one cell for each column.
    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        debug_assert_eq!(cells.len(), self.columns.len(), "one cell for each column");
        self.rows.push(cells);
    }

    /// Writes the table with every line indented. The heading is left out where no column has a title.
    pub(crate) fn write(&self, out: &mut String, indent: usize, screen: Screen) {
        let layout = self.layout(screen.width.map(|width| width.saturating_sub(indent)));
        if self.columns.iter().any(|column| !column.title.is_empty()) {
            let titles: Vec<Cell> = self.columns.iter().map(|column| Cell::new(Style::Faint, &column.title)).collect();
            self.write_row(out, &titles, &layout, indent, screen);
        }
        let deeper = indent + 2 * GAP.len();
        let room = screen.width.map_or(usize::MAX, |width| width.saturating_sub(deeper));
        for row in &self.rows {
            self.write_row(out, row, &layout, indent, screen);
            for cell in layout.below.iter().map(|at| &row[*at]) {
                for line in wrap(&cell.text, room) {
                    out.push_str(&" ".repeat(deeper));
                    out.push_str(&screen.paint(cell.style, &line));
                    out.push('\n');
                }
            }
        }
    }

    fn write_row(&self, out: &mut String, cells: &[Cell], layout: &Layout, indent: usize, screen: Screen) {
        let mut line = " ".repeat(indent);
        for (at, columns) in layout.beside.iter().zip(&layout.widths) {
            let (cell, column) = (&cells[*at], &self.columns[*at]);
            if line.len() > indent {
                line.push_str(GAP);
            }
            let text = cut(&cell.text, *columns);
            let padding = " ".repeat(columns - width(&text));
            let painted = screen.paint(cell.style, &text);
            let (before, after) = if column.is_right { (padding, painted) } else { (painted, padding) };
            line.push_str(&before);
            line.push_str(&after);
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }

    /// Every column as wide as its widest cell. Where that is too much, sentences go below, and the widest columns give
    /// way.
    fn layout(&self, room: Option<usize>) -> Layout {
        let content = |at: usize| self.rows.iter().map(|row| width(&row[at].text)).max().unwrap_or(0);
        let is_shown = |at: &usize| !self.columns[*at].is_optional || content(*at) > 0;
        let shown: Vec<usize> = (0..self.columns.len()).filter(is_shown).collect();
        let natural = |at: usize| content(at).max(width(&self.columns[at].title));
        let needed = |columns: &[usize]| {
            columns.iter().map(|at| natural(*at)).sum::<usize>() + GAP.len() * columns.len().saturating_sub(1)
        };
        let is_sentence = |at: &usize| self.columns[*at].kind == Kind::Sentence;
        let is_wide = room.is_some_and(|room| needed(&shown) > room);
        let (below, beside): (Vec<usize>, Vec<usize>) = shown.into_iter().partition(|at| is_wide && is_sentence(at));
        let mut widths: Vec<usize> = beside.iter().map(|at| natural(*at)).collect();
        let mut excess = room.map_or(0, |room| needed(&beside).saturating_sub(room));
        // First long texts, then titles that are wider than what they stand above, then texts again.
        let titles: Vec<usize> = beside.iter().map(|at| content(*at).max(NARROWEST_TITLE)).collect();
        let texts_of = |narrowest: usize, others: &[usize]| -> Vec<usize> {
            let least = beside.iter().zip(others);
            least
                .map(|(at, other)| if self.columns[*at].kind == Kind::Text { narrowest.min(*other) } else { *other })
                .collect()
        };
        let long = texts_of(COMFORTABLE, &widths);
        let short = texts_of(NARROWEST, &titles);
        for least in [long, titles, short] {
            while excess > 0 {
                let shrinkable = (0..widths.len()).filter(|at| widths[*at] > least[*at]);
                let Some(widest) = shrinkable.max_by_key(|at| widths[*at]) else { break };
                widths[widest] -= 1;
                excess -= 1;
            }
        }
        Layout { beside, widths, below }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Table {
        let mut table = Table::new(vec![Column::left("id"), Column::text("name"), Column::right("spent")]);
        table.row(vec!["1".into(), "王芳".into(), "12,000.00".into()]);
        table.row(vec!["1002".into(), "Anna-Magdalena von Hohenstein".into(), Cell::new(Style::Faint, "-")]);
        table
    }

    #[test]
    fn columns_are_aligned_by_display_width() {
        let mut out = String::new();
        sample().write(&mut out, 0, Screen { width: None, is_coloured: false });
        assert_eq!(
            out,
            "\
id    name                               spent
1     王芳                           12,000.00
1002  Anna-Magdalena von Hohenstein          -
"
        );
    }

    #[test]
    fn texts_give_way_on_a_narrow_screen_and_ids_do_not() {
        let mut out = String::new();
        sample().write(&mut out, 2, Screen { width: Some(30), is_coloured: false });
        assert_eq!(
            out,
            concat!(
                "  id    name             spent\n",
                "  1     王芳         12,000.00\n",
                "  1002  Anna-Magda…          -\n",
            )
        );
        assert!(out.lines().all(|line| width(line) <= 30));
    }

    #[test]
    fn colours_do_not_disturb_the_columns() {
        let mut out = String::new();
        let mut table = Table::new(vec![Column::left(""), Column::left("")]);
        table.row(vec![Cell::new(Style::Good, "A"), "x".into()]);
        table.row(vec!["new".into(), "y".into()]);
        table.write(&mut out, 0, Screen { width: None, is_coloured: true });
        assert_eq!(out, "\x1b[32mA\x1b[0m    x\nnew  y\n");
    }

    #[test]
    fn sentences_go_below_where_there_is_no_room_and_are_not_cut() {
        let mut table = Table::new(vec![Column::left("id"), Column::text("owner").optional(), Column::sentence("why")]);
        table.row(vec!["F1-1".into(), "".into(), "Key customer: contact every 30 days.".into()]);
        let written = |columns: usize| {
            let mut out = String::new();
            table.write(&mut out, 0, Screen { width: Some(columns), is_coloured: false });
            out
        };
        assert_eq!(written(80), "id    why\nF1-1  Key customer: contact every 30 days.\n");
        assert_eq!(written(30), "id\nF1-1\n    Key customer: contact\n    every 30 days.\n");
    }

    #[test]
    fn a_long_title_gives_way_before_a_text_does() {
        let mut table = Table::new(vec![Column::text("name"), Column::left("Purchase frequency")]);
        table.row(vec!["Hannah Keller".into(), "regular".into()]);
        let mut out = String::new();
        table.write(&mut out, 0, Screen { width: Some(22), is_coloured: false });
        assert_eq!(out, "name           Purcha…\nHannah Keller  regular\n");
    }
}
