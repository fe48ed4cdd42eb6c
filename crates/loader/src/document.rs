//! Documents: the text of one file, and places in it.

use serde::de::DeserializeOwned;
use tierhook_hooks::{Fault, FaultCode, Place};

/// The text of one file of the workspace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Document<'a> {
    /// The file, relative to the workspace.
    pub(crate) file: &'a str,
    /// Its text without a byte order mark.
    pub(crate) text: &'a str,
}

impl<'a> Document<'a> {
    /// Reads bytes as UTF-8. The fault names the place of the first byte that is none.
    pub(crate) fn decode(file: &'a str, bytes: &'a [u8]) -> Result<Self, Fault> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Self { file, text: text.strip_prefix('\u{feff}').unwrap_or(text) }),
            Err(error) => {
                let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
                let place = Document { file, text: &good }.place(good.len());
                Err(Fault::new(FaultCode::Syntax, "the file is not UTF-8 from here on")
                    .at(place)
                    .with_hint("save it with the encoding UTF-8"))
            }
        }
    }

    /// Returns the place of a byte; one beyond the end is the end.
    pub(crate) fn place(&self, at: usize) -> Place {
        Place::of_byte(self.file, self.text, at)
    }

    /// Returns the place of a key, by the keys of the tables that it is in and itself.
    pub(crate) fn key(&self, path: &[&str]) -> Option<Place> {
        Place::of_key(self.file, self.text, path)
    }

    /// Reads the document as TOML.
    pub(crate) fn toml<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        toml::from_str(self.text).map_err(|error| {
            // The parser breaks its message into lines; a fault is one line.
            let message = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
            let mut fault = Fault::new(FaultCode::Syntax, &message);
            if let Some(known) = closest_in_message(&message) {
                fault = fault.with_hint(format!("did you mean `{known}`?"));
            }
            match error.span() {
                Some(span) => fault.at(self.place(span.start)),
                None => fault,
            }
        })
    }
}

/// Returns the word that is most like another one, if one is like it at all.
pub(crate) fn closest<'a>(word: &str, among: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    among
        .map(|known| (strsim::normalized_damerau_levenshtein(word, known), known))
        .filter(|(likeness, _)| *likeness >= 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

/// Messages about unknown keys and variants read "unknown field `x`, expected one of `a`, `b`".
fn closest_in_message(message: &str) -> Option<&str> {
    let rest = message.strip_prefix("unknown ")?;
    let mut quoted = rest.split('`').skip(1).step_by(2);
    closest(quoted.next()?, quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters_from_one() {
        let document = Document { file: "a.toml", text: "x = 1\n名 = 2\n" };
        let place = document.place(document.text.find('=').unwrap() + 2);
        assert_eq!((place.line, place.column, place.source.as_str()), (1, 5, "x = 1"));
        let place = document.place(document.text.rfind('=').unwrap());
        assert_eq!((place.line, place.column, place.source.as_str()), (2, 3, "名 = 2"));
        assert_eq!(document.place(usize::MAX).line, 3);
    }

    #[test]
    fn bytes_that_are_no_utf_8_have_a_place() {
        let fault = Document::decode("a.rhai", b"fn a() {}\nlet x = \"\xb9\xd8\"").unwrap_err();
        let place = fault.place.unwrap();
        assert_eq!((place.line, place.column), (2, 10));
        assert_eq!(Document::decode("a.rhai", "\u{feff}let".as_bytes()).unwrap().text, "let");
    }

    #[test]
    fn an_unknown_key_is_told_what_it_was_meant_to_be() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Table {
            #[serde(rename = "colour")]
            _colour: String,
        }
        let fault = Document { file: "d.toml", text: "color = \"#fff\"\n" }.toml::<Table>().unwrap_err();
        assert_eq!(fault.hint.as_deref(), Some("did you mean `colour`?"));
        assert_eq!(fault.place.unwrap().line, 1);
    }
}
