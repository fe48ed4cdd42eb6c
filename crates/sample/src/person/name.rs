//! Names, in Chinese characters and in Latin letters.

use fastrand::Rng;

use crate::chance::{happens, pick, weighted};

const SURNAMES: &[(&str, &str)] = &[
    ("王", "Wang"),
    ("李", "Li"),
    ("张", "Zhang"),
    ("刘", "Liu"),
    ("陈", "Chen"),
    ("杨", "Yang"),
    ("赵", "Zhao"),
    ("黄", "Huang"),
    ("周", "Zhou"),
    ("吴", "Wu"),
    ("徐", "Xu"),
    ("孙", "Sun"),
    ("胡", "Hu"),
    ("朱", "Zhu"),
    ("高", "Gao"),
    ("林", "Lin"),
    ("何", "He"),
    ("郭", "Guo"),
    ("马", "Ma"),
    ("罗", "Luo"),
];
const FEMALE: &[(&str, &str)] = &[
    ("芳", "Fang"),
    ("丽娟", "Lijuan"),
    ("敏", "Min"),
    ("静", "Jing"),
    ("秀英", "Xiuying"),
    ("晓梅", "Xiaomei"),
    ("婷婷", "Tingting"),
    ("雪", "Xue"),
    ("佳怡", "Jiayi"),
    ("欣然", "Xinran"),
    ("雨桐", "Yutong"),
    ("琳", "Lin"),
    ("慧", "Hui"),
    ("梦洁", "Mengjie"),
    ("思思", "Sisi"),
    ("玉兰", "Yulan"),
];
const MALE: &[(&str, &str)] = &[
    ("伟", "Wei"),
    ("强", "Qiang"),
    ("磊", "Lei"),
    ("洋", "Yang"),
    ("勇", "Yong"),
    ("杰", "Jie"),
    ("涛", "Tao"),
    ("浩然", "Haoran"),
    ("子轩", "Zixuan"),
    ("志明", "Zhiming"),
    ("建国", "Jianguo"),
    ("宇", "Yu"),
];
const WESTERN_FEMALE: &[&str] =
    &["Anna", "Emma", "Sophie", "Grace", "Olivia", "Maria", "Chloe", "Ingrid", "Priya", "Amina", "Hannah", "Julia"];
const WESTERN_MALE: &[&str] =
    &["Thomas", "James", "Lukas", "Daniel", "Oliver", "Marco", "Henrik", "Samuel", "Arjun", "Peter"];
const WESTERN_SURNAMES: &[&str] = &[
    "Schmidt", "Smith", "Becker", "Johnson", "Rossi", "Dubois", "Nielsen", "Okafor", "Garcia", "Novak", "Patel",
    "Brown", "Keller", "Martin", "Walsh", "Andersen",
];
const FIRMS: &[&str] = &[
    "小天使母婴店 Little Angel",
    "阳光超市 Sunshine Market",
    "康乐托育 Kangle Nursery",
    "大拇指便利店 Thumb Store",
    "海风咖啡馆 Sea Breeze Café",
    "萌宠之家 Pet Home",
    "幸福里生活馆 Happy Lane",
];

/// Makes the name of a person, and says whether it is a woman's (`female`) or a man's (`male`).
pub(super) fn person(rng: &mut Rng) -> (String, &'static str) {
    let female = happens(rng, 0.68);
    let gender = if female { "female" } else { "male" };
    // Chinese in characters, Chinese in Latin letters, Western.
    let name = match weighted(rng, &[70.0, 14.0, 16.0]) {
        2 => {
            let given = pick(rng, if female { WESTERN_FEMALE } else { WESTERN_MALE });
            format!("{given} {}", pick(rng, WESTERN_SURNAMES))
        }
        writing => {
            let surname = pick(rng, SURNAMES);
            let given = pick(rng, if female { FEMALE } else { MALE });
            if writing == 0 { format!("{}{}", surname.0, given.0) } else { format!("{} {}", surname.1, given.1) }
        }
    };
    (name, gender)
}

/// Makes the name of a firm.
pub(super) fn firm(rng: &mut Rng) -> String {
    let branch = rng.u32(1..=60);
    format!("{} {branch}", pick(rng, FIRMS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Stream, stream};

    #[test]
    fn names_come_in_both_scripts() {
        let mut rng = stream(1, 1, Stream::Person);
        let names: Vec<String> = (0..200).map(|_| person(&mut rng).0).collect();
        let latin = names.iter().filter(|name| name.is_ascii()).count();
        assert!((30..100).contains(&latin), "{latin}");
    }
}
