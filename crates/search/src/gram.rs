//! Pairs of characters, by which customers that may fit are found before any text is looked at.

use crate::document::Texts;
use crate::pinyin::each_pair;
use crate::query::Term;

/// How many buckets there are for pairs of characters. Pairs that share one only make for more candidates.
const PAIRS: u32 = 1 << 16;
/// How many there are for single characters.
const SINGLES: u32 = 1 << 13;
/// How many pairs of letters there are for sounds.
const SOUNDS: u32 = 26 * 26;
/// How many buckets there are in all.
pub(crate) const BUCKETS: usize = (PAIRS + SINGLES + SOUNDS) as usize;

/// The buckets of a customer's texts, in order, each once.
pub(crate) fn of_texts(texts: Texts<'_>, buckets: &mut Vec<u32>) {
    buckets.clear();
    for (place, text) in texts {
        each_of(text, |bucket, _| buckets.push(bucket));
        if place.is_name() {
            each_pair(text, |a, b| buckets.push(sound(a, b)));
        }
    }
    buckets.sort_unstable();
    buckets.dedup();
}

/// Sets of buckets: whoever fits the term is in all buckets of one of the sets.
pub(crate) fn of_term(term: &Term) -> Vec<Vec<u32>> {
    let mut sets: Vec<Vec<u32>> = std::iter::once(&term.text).chain(&term.digits).map(|text| of_word(text)).collect();
    if !term.letters.is_empty() {
        sets.push(term.letters.windows(2).map(|pair| sound(pair[0], pair[1])).collect());
    }
    sets
}

/// Pairs where there are any: each has the single characters in it.
fn of_word(text: &str) -> Vec<u32> {
    let (mut pairs, mut singles) = (Vec::new(), Vec::new());
    each_of(text, |bucket, is_pair| if is_pair { &mut pairs } else { &mut singles }.push(bucket));
    if pairs.is_empty() { singles } else { pairs }
}

/// Calls `each` with the bucket of every character and every pair, and whether it is a pair.
fn each_of(text: &str, mut each: impl FnMut(u32, bool)) {
    let mut before = None;
    for c in text.chars() {
        if c == ' ' {
            before = None;
            continue;
        }
        each(single(c), false);
        if let Some(before) = before.replace(c) {
            each(pair(before, c), true);
        }
    }
}

fn pair(a: char, b: char) -> u32 {
    let mixed = (u64::from(u32::from(a)) << 32 | u64::from(u32::from(b))).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 40) as u32 % PAIRS
}

fn single(c: char) -> u32 {
    PAIRS + u32::from(c) % SINGLES
}

fn sound(a: u8, b: u8) -> u32 {
    PAIRS + SINGLES + u32::from(a - b'a') * 26 + u32::from(b - b'a')
}
