//! What an output can show: how wide it is, and whether in colour.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// What an output can show.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    /// Its width in columns; `None` if it has no edge, as a file or a pipe.
    pub(crate) width: Option<usize>,
    /// Whether it shows colours.
    pub(crate) is_coloured: bool,
}

/// How a piece of text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Style {
    #[default]
    Plain,
    Strong,
    Faint,
    Good,
    Warn,
    Bad,
}

impl Screen {
    /// Returns a text in a style, where the screen shows styles.
    pub(crate) fn paint(self, style: Style, text: &str) -> String {
        let code = match style {
            Style::Plain => return text.to_owned(),
            _ if !self.is_coloured || text.is_empty() => return text.to_owned(),
            Style::Strong => "1",
            Style::Faint => "2",
            Style::Good => "32",
            Style::Warn => "33",
            Style::Bad => "31",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// Returns how many columns a text takes; Chinese characters take two.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// Cuts a text that takes more columns than there are, and shows that it was cut.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut taken = 0;
    for character in text.chars() {
        let more = character.width().unwrap_or(0);
        if taken + more + 1 > columns {
            break;
        }
        taken += more;
        kept.push(character);
    }
    kept.push('…');
    kept
}

/// Makes one harmless line of a text that comes from data: what would move the cursor becomes a space.
pub(crate) fn tame(text: &str) -> String {
    let is_wild = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}');
    if text.contains(is_wild) { text.replace(is_wild, " ") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_by_columns_not_by_characters() {
        assert_eq!(cut("王小芳", 6), "王小芳");
        assert_eq!(cut("王小芳", 5), "王小…");
        assert_eq!(cut("王小芳", 4), "王…");
        assert_eq!(cut("Anna Schmidt", 6), "Anna …");
    }

    #[test]
    fn data_cannot_move_the_cursor() {
        assert_eq!(tame("a\x1b[2Jb\r\nc"), "a [2Jb  c");
    }

    #[test]
    fn colour_is_left_out_where_it_is_not_wanted() {
        let screen = |is_coloured| Screen { width: None, is_coloured };
        assert_eq!(screen(true).paint(Style::Bad, "x"), "\x1b[31mx\x1b[0m");
        assert_eq!(screen(false).paint(Style::Bad, "x"), "x");
    }
}
