//! Tables for people: aligned by display width, and no wider than the screen.

use crate::screen::{Screen, Style, cut, tame, width};

/// Columns are not made narrower than this.
const NARROWEST: usize = 8;
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
    is_right: bool,
    may_shrink: bool,
}

/// One cell of a table.
#[derive(Debug)]
pub(crate) struct Cell {
    text: String,
    style: Style,
}

impl Column {
    /// A column of short texts, which are never cut.
    pub(crate) fn left(title: impl Into<String>) -> Self {
        Self { title: tame(&title.into()), is_right: false, may_shrink: false }
    }

    /// A column of numbers.
    pub(crate) fn right(title: impl Into<String>) -> Self {
        Self { title: tame(&title.into()), is_right: true, may_shrink: false }
    }

    /// A column of texts that are cut where there is no room.
    pub(crate) fn text(title: impl Into<String>) -> Self {
        Self { title: tame(&title.into()), is_right: false, may_shrink: true }
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
        let widths = self.widths(screen.width.map(|width| width.saturating_sub(indent)));
        if self.columns.iter().any(|column| !column.title.is_empty()) {
            let titles: Vec<Cell> = self.columns.iter().map(|column| Cell::new(Style::Faint, &column.title)).collect();
            self.write_row(out, &titles, &widths, indent, screen);
        }
        for row in &self.rows {
            self.write_row(out, row, &widths, indent, screen);
        }
    }

    fn write_row(&self, out: &mut String, cells: &[Cell], widths: &[usize], indent: usize, screen: Screen) {
        let mut line = " ".repeat(indent);
        for ((cell, column), columns) in cells.iter().zip(&self.columns).zip(widths) {
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

    /// Every column as wide as its widest cell; where that is too much, the widest that may shrink do so.
    fn widths(&self, room: Option<usize>) -> Vec<usize> {
        let widest = |at: usize| self.rows.iter().map(|row| width(&row[at].text)).max().unwrap_or(0);
        let mut widths: Vec<usize> =
            self.columns.iter().enumerate().map(|(at, column)| widest(at).max(width(&column.title))).collect();
        let Some(room) = room else { return widths };
        let gaps = GAP.len() * widths.len().saturating_sub(1);
        let mut excess = (widths.iter().sum::<usize>() + gaps).saturating_sub(room);
        while excess > 0 {
            let shrinkable = (0..widths.len()).filter(|at| self.columns[*at].may_shrink && widths[*at] > NARROWEST);
            let Some(widest) = shrinkable.max_by_key(|at| widths[*at]) else { break };
            widths[widest] -= 1;
            excess -= 1;
        }
        widths
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
}
