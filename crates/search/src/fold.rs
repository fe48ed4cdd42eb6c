//! Texts as they are compared: case, width and accents make no difference.
//!
//! A text goes through Unicode's compatibility decomposition (NFKD: full and half width, ligatures, circled digits
//! become plain letters), small letters, and loses the accents of U+0300 to U+036F; then it is composed again (NFC),
//! so that Korean syllables and the voicing marks of kana stay as they are. Letters that Unicode does not decompose
//! (ß, ø, ł, æ ...) are written out, and so are the many dots, hyphens and apostrophes. Spaces run together to one;
//! between two Chinese characters there is none.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Folds a text.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    each_folded(text, |c, _| folded.push(c));
    folded
}

/// Folds a text, and tells for each of its characters which bytes of the text it came from.
pub(crate) fn fold_with_places(text: &str) -> (String, Vec<Range<usize>>) {
    let (mut folded, mut places) = (String::with_capacity(text.len()), Vec::with_capacity(text.len()));
    each_folded(text, |c, place| {
        folded.push(c);
        places.push(place);
    });
    (folded, places)
}

/// Tells whether a character is a Chinese one.
pub(crate) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}' | '々' | '〇')
}

fn each_folded(text: &str, mut emit: impl FnMut(char, Range<usize>)) {
    let mut last: Option<char> = None;
    let mut gap: Option<Range<usize>> = None;
    let mut push = |c: char, place: Range<usize>| {
        if c.is_whitespace() || c.is_control() {
            if last.is_some() {
                gap.get_or_insert(place);
            }
            return;
        }
        if let Some(gap) = gap.take()
            && !(is_han(c) && last.is_some_and(is_han))
        {
            emit(' ', gap);
        }
        emit(c, place);
        last = Some(c);
    };
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        let mut end = at + c.len_utf8();
        // A mark belongs to the letter before it, however the two are written.
        while let Some((_, mark)) = rest.next_if(|(_, next)| is_mark(*next)) {
            end += mark.len_utf8();
        }
        if c.is_ascii() && end == at + 1 || is_han(c) {
            push(c.to_ascii_lowercase(), at..end);
            continue;
        }
        let letters = text[at..end].nfkd().flat_map(char::to_lowercase).filter(|c| !is_left_out(*c));
        letters.flat_map(|c| plain(c).chars().chain(plain(c).is_empty().then_some(c))).nfc().for_each(|c| {
            push(c, at..end);
        });
    }
}

/// Tells whether a character belongs to the one before it; the voicing marks of half-width kana do.
fn is_mark(c: char) -> bool {
    !c.is_ascii() && (is_combining_mark(c) || matches!(c, '\u{ff9e}' | '\u{ff9f}'))
}

/// Tells whether a character is an accent, or nothing that anybody sees.
fn is_left_out(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// What a character is written as that Unicode does not decompose; empty for any other.
fn plain(c: char) -> &'static str {
    match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ħ' => "h",
        'ı' => "i",
        '•' | '‧' | '∙' | '⋅' | '・' => "·",
        '‐' | '‑' | '‒' | '–' | '—' | '−' => "-",
        '‘' | '’' | 'ʼ' | '`' | '´' => "'",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_width_and_accents_make_no_difference() {
        for (text, folded) in [
            ("ＡＢＣ１２３", "abc123"),
            ("Café  Zoë\tÅse", "cafe zoe ase"),
            ("cafe\u{301}", "cafe"),
            ("Straße Øst Łódź", "strasse ost lodz"),
            ("İstanbul ﬁn", "istanbul fin"),
            (" 张 三　丰 ", "张三丰"),
            ("张三 Zhang", "张三 zhang"),
            ("阿依古丽•买买提", "阿依古丽·买买提"),
            ("O’Brien‑Smith", "o'brien-smith"),
            ("한국 が", "한국 が"),
            ("ｶﾞ", "ガ"),
        ] {
            assert_eq!(fold(text), folded, "{text}");
            assert_eq!(fold(&fold(text)), folded, "folding twice changes nothing");
        }
    }

    #[test]
    fn every_folded_character_knows_where_it_came_from() {
        let text = "Straße ｶﾞ 王";
        let (folded, places) = fold_with_places(text);
        let back: Vec<&str> = places.into_iter().map(|place| &text[place]).collect();
        assert_eq!(folded, "strasse ガ 王");
        assert_eq!(back, ["S", "t", "r", "a", "ß", "ß", "e", " ", "ｶﾞ", " ", "王"]);
    }
}
