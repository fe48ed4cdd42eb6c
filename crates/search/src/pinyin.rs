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
/// its sound.
pub(crate) fn each_pair(text: &str, mut each: impl FnMut(u8, u8)) {
    let mut before: &[&str] = &[];
    for c in text.chars() {
        let now = readings(c);
        for reading in now {
            reading.as_bytes().windows(2).for_each(|pair| each(pair[0], pair[1]));
        }
        for reading in before {
            let bytes = reading.as_bytes();
            for end in initials(reading).chain([bytes.len()]) {
                now.iter().for_each(|next| each(bytes[end - 1], next.as_bytes()[0]));
            }
        }
        before = now;
    }
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
/// last one by any beginning of a syllable.
pub(crate) fn find(text: &str, letters: &[u8]) -> Option<Sound> {
    let mut begun = None;
    for (start, c) in text.char_indices() {
        if !is_han(c) {
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
            match match_from(&text[c.len_utf8()..], &letters[length..]) {
                Some((rest, true)) => return Some((c.len_utf8() + rest, true)),
                Some((rest, false)) => begun = begun.or(Some((c.len_utf8() + rest, false))),
                None => {}
            }
        }
        if reading.as_bytes().starts_with(letters) {
            begun = begun.or(Some((c.len_utf8(), false)));
        }
    }
    begun
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
        for (text, letters) in [("张三丰", "zhsf"), ("单雄信", "sxx"), ("吕布", "lvb"), ("西安", "xian")] {
            let mut pairs = Vec::new();
            each_pair(text, |a, b| pairs.push((a, b)));
            assert!(find(text, letters.as_bytes()).is_some(), "{text} {letters}");
            for pair in letters.as_bytes().windows(2) {
                assert!(pairs.contains(&(pair[0], pair[1])), "{text} {letters}");
            }
        }
    }
}
