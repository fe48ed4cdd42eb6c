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

/// Breaks a text into lines of at most so many columns: at a space where there is one, else between characters.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text.trim();
    while width(rest) > columns {
        let mut taken = 0;
        let fits = |(_, character): &(usize, char)| {
            taken += character.width().unwrap_or(0);
            taken <= columns
        };
        // At least one character, or it would never end.
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let end = rest.char_indices().take_while(fits).last().map_or(0, |(at, c)| at + c.len_utf8()).max(first);
        let is_word_end = rest[end..].starts_with(' ');
        let at = if is_word_end { end } else { rest[..end].rfind(' ').filter(|at| *at > 0).unwrap_or(end) };
        lines.push(rest[..at].trim_end().to_owned());
        rest = rest[at..].trim_start();
    }
    if !rest.is_empty() {
        lines.push(rest.to_owned());
    }
    lines
}

/// Makes one harmless line of a text that comes from data: what would move the cursor becomes a space.
pub(crate) fn tame(text: &str) -> String {
    let is_wild = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}');
    if text.contains(is_wild) { text.replace(is_wild, " ") } else { text.to_owned() }
}

/// Writes a word so that a shell takes it for one.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, ':' | '.' | '-' | '_' | '/');
    if word.chars().all(is_plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
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
    fn sentences_are_broken_at_spaces_and_chinese_ones_anywhere() {
        assert_eq!(wrap("No order for 64 days", 12), ["No order for", "64 days"]);
        assert_eq!(wrap("已九十天未下单", 8), ["已九十天", "未下单"]);
        assert_eq!(wrap("unbreakable", 4), ["unbr", "eaka", "ble"]);
        assert_eq!(wrap("王", 1), ["王"]);
        assert!(wrap("", 4).is_empty());
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
