//! Chinese characters by their sound.
//!
//! A character that is read in several ways is found by each of them, so 单 is `shan` as well as `dan`: which one a
//! person's name has nobody can tell from the name. Tones are left out; ü is `v` or `u`.

use std::sync::OnceLock;

use pinyin::ToPinyinMulti as _;

use crate::fold::is_han;

/// The characters that the table has.
const FIRST: u32 = 0x3400;
const LAST: u32 = 0x9fff;

/// How characters are read in surnames alone, where the library does not know.
const SURNAMES: &[(char, &[&str])] = &[
    ('单', &["shan"]),
    ('曾', &["zeng"]),
    ('仇', &["qiu"]),
    ('解', &["xie"]),
    ('区', &["ou"]),
    ('查', &["zha"]),
    ('盖', &["ge"]),
    ('朴', &["piao"]),
    ('任', &["ren"]),
    ('尉', &["yu"]),
    ('万', &["mo"]),
    ('俟', &["qi"]),
    ('翟', &["zhai", "di"]),
    ('覃', &["qin", "tan"]),
    ('乐', &["yue", "le"]),
    ('员', &["yun"]),
    ('种', &["chong"]),
    ('黑', &["he"]),
    ('折', &["she"]),
    ('秘', &["bi"]),
    ('洗', &["xian"]),
    ('冼', &["xian"]),
    ('缪', &["miao"]),
    ('逄', &["pang"]),
    ('隗', &["wei", "kui"]),
    ('召', &["shao"]),
    ('长', &["zhang"]),
    ('那', &["na"]),
    ('哈', &["ha"]),
    ('繁', &["po"]),
    ('令', &["ling"]),
    ('贾', &["jia"]),
    ('宓', &["mi", "fu"]),
];

struct Table {
    /// Where the readings of each character begin, and where those of the last end.
    starts: Vec<u32>,
    readings: Vec<&'static str>,
}

/// Returns how a character is read, in letters without tones; nothing for any that is not Chinese.
pub(crate) fn readings(c: char) -> &'static [&'static str] {
    static TABLE: OnceLock<Table> = OnceLock::new();
    let at = match u32::from(c) {
        code @ FIRST..=LAST => (code - FIRST) as usize,
        _ => return &[],
    };
    let table = TABLE.get_or_init(Table::new);
    &table.readings[table.starts[at] as usize..table.starts[at + 1] as usize]
}

impl Table {
    fn new() -> Self {
        let (mut starts, mut readings) = (vec![0], Vec::new());
        for c in (FIRST..=LAST).filter_map(char::from_u32) {
            let begin = readings.len();
            let mut add = |reading: &'static str| {
                if !reading.is_empty()
                    && reading.bytes().all(|byte| byte.is_ascii_lowercase())
                    && !readings[begin..].contains(&reading)
                {
                    readings.push(reading);
                }
            };
            for sound in c.to_pinyin_multi().into_iter().flatten() {
                match sound.plain() {
                    "lü" => ["lv", "lu"].into_iter().for_each(&mut add),
                    "nü" => ["nv", "nu"].into_iter().for_each(&mut add),
                    "lüe" => ["lve", "lue"].into_iter().for_each(&mut add),
                    "nüe" => ["nve", "nue"].into_iter().for_each(&mut add),
                    other => add(other),
                }
            }
            let surname = SURNAMES.iter().find(|(surname, _)| *surname == c);
            surname.into_iter().flat_map(|(_, readings)| *readings).for_each(|reading| add(reading));
            starts.push(readings.len() as u32);
        }
        Self { starts, readings }
    }
}

/// How much of a syllable stands for all of it: its first letter, or two where they are one sound.
pub(crate) fn initials(reading: &str) -> impl Iterator<Item = usize> {
    let double = reading.len() > 2 && ["zh", "ch", "sh"].contains(&&reading[..2]);
    std::iter::once(1).chain(double.then_some(2))
}

/// Calls `each` with every pair of letters that can stand beside each other where somebody writes a part of a text by
/// its sound, or its words without what is between them.
pub(crate) fn each_pair(text: &str, mut each: impl FnMut(u8, u8)) {
    // The letters that may stand before the next one.
    let mut ends: Vec<u8> = Vec::new();
    for c in text.chars() {
        if c.is_ascii_lowercase() {
            ends.drain(..).for_each(|end| each(end, c as u8));
            ends.push(c as u8);
            continue;
        }
        if is_between(c) {
            continue;
        }
        let now = readings(c);
        for reading in now {
            ends.iter().for_each(|end| each(*end, reading.as_bytes()[0]));
            reading.as_bytes().windows(2).for_each(|pair| each(pair[0], pair[1]));
        }
        ends.clear();
        for reading in now {
            ends.extend(initials(reading).chain([reading.len()]).map(|end| reading.as_bytes()[end - 1]));
        }
    }
}

/// Tells whether a character may be left out between the words of a name.
fn is_between(c: char) -> bool {
    matches!(c, ' ' | '-' | '\'' | '.' | '·')
}

/// How a part of a text sounds like letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sound {
    /// The first byte of the part.
    pub(crate) start: usize,
    /// The byte behind the part.
    pub(crate) end: usize,
    /// Whether the last syllable is a whole one or an initial, rather than the beginning of one.
    pub(crate) is_whole: bool,
}

/// Finds the first part of a text that sounds like letters: each character by a whole syllable or its initial, the
/// last one by any beginning of a syllable. A word that is written in Latin letters sounds as it is written, and has no
/// initial; so `zhuxue` is 朱雪 as well as Zhu Xue, and `obrien` is O'Brien.
pub(crate) fn find(text: &str, letters: &[u8]) -> Option<Sound> {
    let mut begun = None;
    let mut is_in_word = false;
    for (start, c) in text.char_indices() {
        let begins = is_han(c) || c.is_ascii_lowercase() && !is_in_word;
        is_in_word = c.is_alphanumeric() && !is_han(c);
        if !begins {
            continue;
        }
        let found = match_from(&text[start..], letters).map(|(length, is_whole)| Sound {
            start,
            end: start + length,
            is_whole,
        });
        match found {
            Some(found) if found.is_whole => return Some(found),
            found => begun = begun.or(found),
        }
    }
    begun
}

/// Returns how many bytes of the text sound like the letters, and whether the last syllable is a whole one.
fn match_from(text: &str, letters: &[u8]) -> Option<(usize, bool)> {
    let word = text.bytes().take_while(u8::is_ascii_lowercase).count();
    if word > 0 {
        let same = text.bytes().zip(letters).take(word).take_while(|(a, b)| a == *b).count();
        return match () {
            () if same == letters.len() => Some((same, same == word)),
            () if same == word => match_rest(text, word, &letters[word..]),
            () => None,
        };
    }
    let c = text.chars().next()?;
    let mut begun = None;
    for reading in readings(c) {
        for length in initials(reading).chain([reading.len()]) {
            if letters.len() < length || letters[..length] != reading.as_bytes()[..length] {
                continue;
            }
            if letters.len() == length {
                return Some((c.len_utf8(), true));
            }
            match match_rest(text, c.len_utf8(), &letters[length..]) {
                Some((end, true)) => return Some((end, true)),
                found => begun = begun.or(found),
            }
        }
        if reading.as_bytes().starts_with(letters) {
            begun = begun.or(Some((c.len_utf8(), false)));
        }
    }
    begun
}

/// Goes on behind a syllable or word that ends at a byte.
fn match_rest(text: &str, end: usize, letters: &[u8]) -> Option<(usize, bool)> {
    let rest = text[end..].trim_start_matches(is_between);
    let (length, is_whole) = match_from(rest, letters)?;
    Some((text.len() - rest.len() + length, is_whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_by_syllables_by_initials_and_by_a_mix() {
        for letters in ["zhangsan", "zs", "zhangs", "zsan", "zhs", "zhsan", "zhan"] {
            assert_eq!(find("张三", letters.as_bytes()).map(|it| it.start), Some(0), "{letters}");
        }
        for letters in ["zhangsi", "szs", "zhangsanf", "hang", "ang", "zans"] {
            assert_eq!(find("张三", letters.as_bytes()), None, "{letters}");
        }
        assert_eq!(find("张三丰", b"sanf"), Some(Sound { start: 3, end: 9, is_whole: true }));
        assert_eq!(find("张三丰", b"sanfe"), Some(Sound { start: 3, end: 9, is_whole: false }));
        // A whole syllable further behind is better than the beginning of one.
        assert_eq!(find("梁 Liang 李", b"li").map(|it| it.is_whole), Some(true));
    }

    #[test]
    fn words_in_latin_letters_are_found_without_what_is_between_them() {
        let whole = |start, end| Some(Sound { start, end, is_whole: true });
        let begun = |start, end| Some(Sound { start, end, is_whole: false });
        for (text, letters, found) in [
            ("zhu xue", "zhuxue", whole(0, 7)),
            ("zhu xue", "zhuxu", begun(0, 6)),
            ("zhu xue", "zx", None),
            ("zhu xue", "huxue", None),
            ("zhu xue", "uxue", None),
            ("conor o'brien", "obrien", whole(6, 13)),
            ("jean-luc picard", "jeanluc", whole(0, 8)),
            ("jean-luc picard", "lucpicard", whole(5, 15)),
            ("zhu xue 朱雪", "xuezx", whole(4, 14)),
            ("阿依古丽·买买提", "guliyilaxi", None),
            ("阿依古丽·买买提", "aygulimaimaiti", whole(0, 23)),
            ("阿依古丽·买买提", "lmmt", whole(9, 23)),
            ("3m china", "mchina", None),
        ] {
            assert_eq!(find(text, letters.as_bytes()), found, "{text} {letters}");
        }
    }

    #[test]
    fn surnames_are_found_by_each_of_their_readings() {
        for (surname, letters) in [
            ("单", "shan"),
            ("单", "dan"),
            ("曾", "zeng"),
            ("仇", "qiu"),
            ("解", "xie"),
            ("解", "jie"),
            ("区", "ou"),
            ("查", "zha"),
            ("盖", "ge"),
            ("朴", "piao"),
            ("尉迟", "yuchi"),
            ("万俟", "moqi"),
            ("翟", "zhai"),
            ("翟", "di"),
            ("覃", "qin"),
            ("乐", "yue"),
            ("任", "ren"),
            ("长孙", "zhangsun"),
            ("单于", "chanyu"),
            ("吕", "lv"),
            ("吕", "lu"),
            ("闾丘", "lvqiu"),
        ] {
            let found = find(surname, letters.as_bytes());
            assert!(found.is_some_and(|it| it.is_whole && it.end == surname.len()), "{surname} {letters}");
        }
    }

    #[test]
    fn whatever_is_found_has_all_its_pairs_of_letters() {
        for (text, letters) in [
            ("张三丰", "zhsf"),
            ("单雄信", "sxx"),
            ("吕布", "lvb"),
            ("西安", "xian"),
            ("conor o'brien", "conorobri"),
            ("zhu xue 朱雪", "xuezxue"),
            ("阿依古丽·买买提", "gulimmt"),
        ] {
            let mut pairs = Vec::new();
            each_pair(text, |a, b| pairs.push((a, b)));
            assert!(find(text, letters.as_bytes()).is_some(), "{text} {letters}");
            for pair in letters.as_bytes().windows(2) {
                assert!(pairs.contains(&(pair[0], pair[1])), "{text} {letters}");
            }
        }
    }
}
