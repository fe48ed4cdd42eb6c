//! Numbers as files write them.

use std::borrow::Cow;

use rust_decimal::Decimal;

use crate::width::half_width;

/// How a file writes numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NumberFormat {
    /// What stands before the fraction: `.` or `,`.
    pub(crate) decimal: char,
    /// What groups the digits, if something does.
    pub(crate) thousands: Option<char>,
}

impl NumberFormat {
    /// Reads a number exactly; `None` if the text is none, or has more digits than can be kept.
    pub(crate) fn parse(self, text: &str) -> Option<Decimal> {
        let text = &*half_width(text);
        let text = if self.thousands.is_some() || self.decimal != '.' {
            // A point that is neither decimal sign nor grouping must not become one.
            if self.decimal != '.' && self.thousands != Some('.') && text.contains('.') {
                return None;
            }
            let kept = text.chars().filter(|c| Some(*c) != self.thousands);
            Cow::Owned(kept.map(|c| if c == self.decimal { '.' } else { c }).collect::<String>())
        } else {
            Cow::Borrowed(text)
        };
        let plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+');
        if text.bytes().all(plain) {
            return Decimal::from_str_exact(&text).ok();
        }
        // Spreadsheets and data frames write very small and very large numbers as 1e-05.
        let scientific = |byte: u8| plain(byte) || matches!(byte, b'e' | b'E');
        if text.bytes().all(scientific) { Decimal::from_scientific(&text).ok() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_exactly_or_not_at_all() {
        let read = |decimal, thousands, text: &str| {
            NumberFormat { decimal, thousands }.parse(text).map(|number| number.to_string())
        };
        let plain = |text| read('.', None, text);
        assert_eq!(plain("2.550"), Some("2.550".into()));
        assert_eq!(plain("-80995"), Some("-80995".into()));
        assert_eq!(plain("1.5e2"), Some("150".into()));
        for wrong in ["", "abc", "1,5", "1_000", "12 ", "--1", "1.2.3", "NaN", "0x10", "."] {
            assert_eq!(plain(wrong), None, "{wrong}");
        }
        assert_eq!(read('.', Some(','), "1,234,567.80"), Some("1234567.80".into()));
        assert_eq!(read(',', Some('.'), "1.234,5"), Some("1234.5".into()));
        assert_eq!(read(',', Some(' '), "1 234,5"), Some("1234.5".into()));
        assert_eq!(read(',', None, "1.234"), None);
        assert_eq!(read('.', Some(','), "１，２３４．５０"), Some("1234.50".into()));
    }
}
