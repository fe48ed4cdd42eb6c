//! What is looked for, and how well a text fits it.

use std::ops::Range;

use memchr::memmem::Finder;
use tierhook_model::Record;

use crate::document::{Document, Texts, folded_with_places};
use crate::fold::fold;
use crate::pinyin;
use crate::place::{Place, texts};

/// The fewest digits by which a telephone number is looked for.
const FEWEST_DIGITS: usize = 3;

/// What is looked for. Of several words each has to be there, anywhere; where they stand together as they were
/// written, that is a better fit.
#[derive(Clone, Debug)]
pub struct Query {
    words: Vec<Term>,
    /// All words together, where there are several.
    whole: Option<Term>,
}

/// How well a text fits; earlier ones fit better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fit {
    /// It is all of the text, or all of a telephone number without the country's code.
    Exact,
    /// The text begins with it.
    Start,
    /// A word of the text begins with it, or a telephone number ends with it.
    WordStart,
    /// It is somewhere in the text.
    Inside,
    /// The whole name sounds like it, has these initials, or is written like it but for spaces, hyphens and apostrophes.
    Sound,
    /// The name begins with what sounds like it.
    SoundStart,
    /// Somewhere in the name is what sounds like it.
    SoundInside,
}

/// How well a customer fits; smaller is better. What says who a customer is comes before all else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rank {
    is_aside: bool,
    /// How well the text fits.
    pub fit: Fit,
    /// Where it is.
    pub place: Place,
}

/// Why a customer was found: a text, and which parts of it fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The field's name as rules write it; `contacts` for people at the customer.
    pub field: String,
    /// The text as it is in the record.
    pub text: String,
    /// Which bytes of the text fit, in order and apart.
    pub parts: Vec<Range<usize>>,
}

/// One word that is looked for.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    pub(crate) text: String,
    /// Finds the text; made once, for it looks into very many.
    finder: Finder<'static>,
    /// The digits of a telephone number, as they may be kept: any of these.
    pub(crate) digits: Vec<String>,
    /// The letters by which a name may sound.
    pub(crate) letters: Vec<u8>,
    /// Whether a customer is named by it rather than looked for.
    names: bool,
}

impl Query {
    /// Reads what somebody looks for; `None` if it is nothing.
    pub fn new(text: &str) -> Option<Self> {
        Self::read(text, false)
    }

    /// Reads how somebody names a customer: by a part of a name, or by a whole id, telephone number, email address
    /// or handle. Nothing is found by its sound. `None` if it is nothing.
    pub fn naming(text: &str) -> Option<Self> {
        Self::read(text, true)
    }

    fn read(text: &str, names: bool) -> Option<Self> {
        let whole = Term::new(&fold(text), names);
        // Words are told apart before folding, which takes the spaces out of Chinese.
        let words: Vec<String> = text.split_whitespace().map(fold).filter(|word| !word.is_empty()).collect();
        if words.is_empty() {
            return None;
        }
        // The groups of a telephone number are no words, nor are the parts of a name by which a customer is named.
        if words.len() == 1 || !whole.digits.is_empty() || names {
            return Some(Self { words: vec![whole], whole: None });
        }
        let words = words.iter().flat_map(|word| word.split(' ')).map(|word| Term::new(word, names)).collect();
        Some(Self { words, whole: Some(whole) })
    }

    pub(crate) fn words(&self) -> &[Term] {
        &self.words
    }

    /// Tells how well a record fits; `None` if it does not.
    pub fn rank(&self, record: &Record) -> Option<Rank> {
        self.rank_of(Document::of(record).texts())
    }

    pub(crate) fn rank_of(&self, texts: Texts<'_>) -> Option<Rank> {
        let mut worst: Option<Rank> = None;
        for word in &self.words {
            worst = worst.max(Some(word.rank(texts.clone())?));
        }
        let whole = self.whole.as_ref().and_then(|whole| whole.rank(texts));
        whole.into_iter().chain(worst).min()
    }

    /// Tells why a record fits: the best text for each word.
    pub fn marks(&self, record: &Record) -> Vec<Mark> {
        let texts = texts(record);
        let folded: Vec<_> = texts.iter().map(|looked| folded_with_places(looked.place, looked.text)).collect();
        let best = |term: &Term| {
            let found = texts.iter().zip(&folded).enumerate().filter_map(|(at, (looked, (folded, places)))| {
                let (fit, part) = term.find(looked.place, folded)?;
                Some((Rank::new(fit, looked.place), at, original(folded, places, &part)))
            });
            found.min_by_key(|(rank, at, _)| (*rank, *at))
        };
        let each: Vec<_> = self.words.iter().map_while(best).collect();
        if each.len() < self.words.len() {
            return Vec::new();
        }
        let worst = each.iter().map(|(rank, ..)| *rank).max();
        let whole = self.whole.as_ref().and_then(best).filter(|(rank, ..)| Some(*rank) <= worst);
        let mut marks: Vec<(usize, Mark)> = Vec::new();
        for (_, at, part) in whole.map_or(each, |whole| vec![whole]) {
            match marks.iter_mut().find(|(known, _)| *known == at) {
                Some((_, mark)) => mark.parts.push(part),
                None => {
                    let (field, text) = (texts[at].field.to_string(), texts[at].text.to_owned());
                    marks.push((at, Mark { field, text, parts: vec![part] }));
                }
            }
        }
        marks.into_iter().map(|(_, mark)| Mark { parts: joined(mark.parts), ..mark }).collect()
    }
}

impl Rank {
    fn new(fit: Fit, place: Place) -> Self {
        Self { is_aside: place.is_aside(), fit, place }
    }
}

impl Term {
    /// Reads a folded word, or several.
    fn new(text: &str, names: bool) -> Self {
        let is_sound = |c: char| c.is_ascii_lowercase() || matches!(c, ' ' | '\'');
        let letters = match !names && text.chars().all(is_sound) {
            true => text.bytes().filter(u8::is_ascii_lowercase).collect(),
            false => Vec::new(),
        };
        let letters = if letters.len() < 2 { Vec::new() } else { letters };
        let finder = Finder::new(text).into_owned();
        Self { text: text.to_owned(), finder, digits: digits(text), letters, names }
    }

    fn rank(&self, texts: Texts<'_>) -> Option<Rank> {
        texts.filter_map(|(place, text)| Some(Rank::new(self.find(place, text)?.0, place))).min()
    }

    /// Finds the term in a folded text: how well it fits, and which bytes.
    fn find(&self, place: Place, text: &str) -> Option<(Fit, Range<usize>)> {
        let found = if place.is_phone() { self.find_number(text) } else { self.find_text(text) };
        if self.names {
            let is_part = place.is_name() && !place.is_aside() && self.digits.is_empty();
            let is_number = self.text.bytes().all(|byte| byte.is_ascii_digit());
            return found.filter(|(fit, _)| !place.is_aside() && (is_part && !is_number || *fit == Fit::Exact));
        }
        found.or_else(|| if place.is_name() { self.find_sound(text) } else { None })
    }

    fn find_text(&self, text: &str) -> Option<(Fit, Range<usize>)> {
        let mut found = None;
        for at in self.finder.find_iter(text.as_bytes()) {
            let part = at..at + self.text.len();
            if part.start == 0 {
                return Some((if part.end == text.len() { Fit::Exact } else { Fit::Start }, part));
            }
            if begins_word(text, at) {
                return Some((Fit::WordStart, part));
            }
            found = found.or(Some((Fit::Inside, part)));
        }
        found
    }

    fn find_number(&self, text: &str) -> Option<(Fit, Range<usize>)> {
        // Behind the code of China there are ten digits or eleven.
        let national = if text.starts_with("86") && text.len() >= 12 { 2 } else { 0 };
        let find = |digits: &String| {
            let at = text.find(digits)?;
            let part = at..at + digits.len();
            let begins = part.start == 0 || part.start == national;
            Some(match (begins, part.end == text.len()) {
                (true, true) => (Fit::Exact, part),
                (true, false) => (Fit::Start, part),
                (false, true) => (Fit::WordStart, part),
                (false, false) if text.ends_with(digits) => (Fit::WordStart, text.len() - digits.len()..text.len()),
                (false, false) => (Fit::Inside, part),
            })
        };
        self.digits.iter().filter_map(find).min_by_key(|(fit, _)| *fit)
    }

    fn find_sound(&self, text: &str) -> Option<(Fit, Range<usize>)> {
        if self.letters.is_empty() {
            return None;
        }
        let sound = pinyin::find(text, &self.letters)?;
        let fit = match (sound.start, sound.end == text.len() && sound.is_whole) {
            (0, true) => Fit::Sound,
            (0, false) => Fit::SoundStart,
            _ => Fit::SoundInside,
        };
        Some((fit, sound.start..sound.end))
    }
}

/// The digits of what may be a telephone number: as they are, without the code of China or of a call abroad, and
/// without the 0 that is dialled within a country.
fn digits(text: &str) -> Vec<String> {
    let may_be = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '+' | '-' | '(' | ')' | '.' | '/' | 'x' | '#');
    if !text.chars().all(may_be) || text.starts_with('x') {
        return Vec::new();
    }
    let all: String = text.chars().filter(char::is_ascii_digit).collect();
    let abroad = all.strip_prefix("00");
    let china = abroad.unwrap_or(&all).strip_prefix("86").filter(|rest| rest.len() >= 7);
    let town = china.unwrap_or(&all).strip_prefix('0');
    let mut found: Vec<String> = Vec::new();
    for digits in [Some(all.as_str()), abroad, china, town].into_iter().flatten() {
        if digits.len() >= FEWEST_DIGITS && !found.iter().any(|known| known == digits) {
            found.push(digits.to_owned());
        }
    }
    found
}

/// Tells whether a word begins at a byte: behind anything but a letter or digit, and where Chinese begins or ends.
fn begins_word(text: &str, at: usize) -> bool {
    use crate::fold::is_han;
    let (Some(before), Some(here)) = (text[..at].chars().next_back(), text[at..].chars().next()) else { return true };
    !before.is_alphanumeric() || is_han(before) != is_han(here)
}

/// The bytes of the original text that a part of the folded one came from.
fn original(folded: &str, places: &[Range<usize>], part: &Range<usize>) -> Range<usize> {
    let first = folded[..part.start].chars().count();
    let last = folded[..part.end].chars().count().max(first + 1) - 1;
    places[first].start..places[last].end
}

/// Puts parts in order, and those together that overlap.
fn joined(mut parts: Vec<Range<usize>>) -> Vec<Range<usize>> {
    parts.sort_by_key(|part| (part.start, part.end));
    let mut joined: Vec<Range<usize>> = Vec::new();
    for part in parts {
        match joined.last_mut() {
            Some(last) if part.start <= last.end => last.end = last.end.max(part.end),
            _ => joined.push(part),
        }
    }
    joined
}

#[cfg(test)]
mod tests;
