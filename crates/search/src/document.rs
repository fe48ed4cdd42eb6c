//! The texts of one customer as they are compared, in one piece of memory.

use std::ops::Range;

use tierhook_model::Record;

use crate::fold::{fold, fold_with_places};
use crate::place::{Place, texts};

/// The folded texts of one customer: for each its place (one byte), its length (two, the lower first) and itself.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Document(Vec<u8>);

impl Document {
    pub(crate) fn of(record: &Record) -> Self {
        let mut bytes = Vec::new();
        for looked in texts(record) {
            let text = folded(looked.place, looked.text);
            // A text of 256 characters is longer only where single ones are written out at great length.
            if let Ok(length) = u16::try_from(text.len())
                && length > 0
            {
                bytes.push(looked.place as u8);
                bytes.extend(length.to_le_bytes());
                bytes.extend(text.as_bytes());
            }
        }
        Self(bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn texts(&self) -> Texts<'_> {
        Texts(&self.0)
    }
}

/// Iterates over the places and texts of a document.
#[derive(Clone, Debug)]
pub(crate) struct Texts<'a>(pub(crate) &'a [u8]);

impl<'a> Iterator for Texts<'a> {
    type Item = (Place, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let (code, rest) = self.0.split_first()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (text, rest) = rest.split_at_checked(u16::from_le_bytes(*length).into())?;
        self.0 = rest;
        Some((Place::of_code(*code)?, std::str::from_utf8(text).ok()?))
    }
}

/// Folds a text by its place: of a telephone number the digits alone count.
pub(crate) fn folded(place: Place, text: &str) -> String {
    let mut folded = fold(text);
    if place.is_phone() {
        folded.retain(|c| c.is_ascii_digit());
    }
    folded
}

/// Does the same and tells for each character which bytes of the text it came from.
pub(crate) fn folded_with_places(place: Place, text: &str) -> (String, Vec<Range<usize>>) {
    let (folded, places) = fold_with_places(text);
    if !place.is_phone() {
        return (folded, places);
    }
    folded.chars().zip(places).filter(|(c, _)| c.is_ascii_digit()).unzip()
}

#[cfg(test)]
mod tests {
    use tierhook_model::{ExternalRef, ProfileKey, RecordId, RecordKind, Value};

    use super::*;

    #[test]
    fn a_document_is_read_as_it_was_written() {
        let mut record = Record::new(RecordId(1), RecordKind::Customer, ExternalRef::new("shop", "S-1"));
        record.profile.set(ProfileKey::Name, Some(Value::Text("Zoë 王".into())));
        let phones = vec!["+86 138-1234 ５６７８".into(), "微信同号".into()];
        record.profile.set(ProfileKey::Phones, Some(Value::TextList(phones)));
        let document = Document::of(&record);
        let texts: Vec<_> = document.texts().collect();
        assert_eq!(texts, [(Place::Id, "s-1"), (Place::Name, "zoe 王"), (Place::Phone, "8613812345678")]);
    }
}
