//! How people name follow-ups and warnings.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tierhook_model::RecordId;

/// What is written is no id of this kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not the id of a {what}; it looks like {letter}12-3, and `tierhook {what}s list` shows it")]
pub struct BadId {
    /// The text as given.
    pub text: String,
    /// `follow-up` or `warning`.
    pub what: &'static str,
    /// The letter with which such an id begins.
    pub letter: char,
}

macro_rules! numbered {
    ($name:ident, $letter:literal, $what:literal, $doc:literal) => {
        #[doc = $doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            /// The customer.
            pub record: RecordId,
            /// The number within the customer.
            pub number: u32,
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}-{}", $letter, self.record.0, self.number)
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                let parse = || {
                    let rest = text.trim().strip_prefix([$letter, $letter.to_ascii_lowercase()])?;
                    let (record, number) = rest.split_once('-')?;
                    Some(Self { record: RecordId(record.parse().ok()?), number: number.parse().ok()? })
                };
                parse().ok_or_else(|| BadId { text: text.to_owned(), what: $what, letter: $letter })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

numbered!(FollowUpId, 'F', "follow-up", "A follow-up, written as `F12-3`: number 3 of the customer with number 12.");
numbered!(WarningId, 'W', "warning", "A warning, written as `W12-4`: number 4 of the customer with number 12.");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_as_they_are_written() {
        let id = FollowUpId { record: RecordId(12), number: 3 };
        assert_eq!(id.to_string(), "F12-3");
        assert_eq!("f12-3".parse(), Ok(id));
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"F12-3\"");
        assert_eq!(
            "F12-3".parse::<WarningId>().unwrap_err().to_string(),
            "`F12-3` is not the id of a warning; it looks like W12-3, and `tierhook warnings list` shows it"
        );
        for text in ["F12", "F-3", "12-3", "F1-2-3", ""] {
            assert!(text.parse::<FollowUpId>().is_err(), "{text}");
        }
    }
}
