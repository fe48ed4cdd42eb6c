//! Texts for people, in both languages.

use serde::{Deserialize, Serialize};

/// A language that texts for people are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Chinese (simplified).
    Zh,
}

/// A text in English and Chinese. One of them may be empty; then the other is shown.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// English.
    #[serde(default)]
    pub en: String,
    /// Chinese.
    #[serde(default)]
    pub zh: String,
}

impl Text {
    /// Makes a text from both languages.
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self { en: en.into(), zh: zh.into() }
    }

    /// Returns the text in a language, or in the other one where it is missing.
    pub fn get(&self, language: Language) -> &str {
        let (wanted, other) = match language {
            Language::En => (&self.en, &self.zh),
            Language::Zh => (&self.zh, &self.en),
        };
        if wanted.is_empty() { other } else { wanted }
    }

    /// Tells whether neither language has a text.
    pub fn is_empty(&self) -> bool {
        self.en.is_empty() && self.zh.is_empty()
    }
}

/// Puts a comma between thousands of a number that is written in digits.
pub fn grouped(number: &str) -> String {
    let (sign, rest) = number.split_at(usize::from(number.starts_with('-')));
    let whole = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let mut text = sign.to_owned();
    for (at, digit) in rest[..whole].chars().enumerate() {
        if at > 0 && (whole - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text + &rest[whole..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        let written = ["999", "-1234567.50", "1000", "-100.25", "inf"].map(grouped);
        assert_eq!(written, ["999", "-1,234,567.50", "1,000", "-100.25", "inf"]);
    }
}
