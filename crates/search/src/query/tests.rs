use tierhook_model::{Contact, ExternalRef, ProfileKey, RecordId, RecordKind, Value};

use super::*;

fn record(name: &str, more: &[(ProfileKey, Value)]) -> Record {
    let mut record = Record::new(RecordId(1), RecordKind::Customer, ExternalRef::new("shop", "S-1001"));
    record.profile.set(ProfileKey::Name, Some(Value::Text(name.into())));
    for (key, value) in more {
        record.profile.set(*key, Some(value.clone()));
    }
    record
}

fn list(texts: &[&str]) -> Value {
    Value::TextList(texts.iter().map(|text| (*text).to_owned()).collect())
}

fn fit(query: &str, record: &Record) -> Option<(Fit, Place)> {
    let rank = Query::new(query).unwrap().rank(record)?;
    Some((rank.fit, rank.place))
}

/// The marks of a record, each as `field: te[x]t`.
fn marked(query: &str, record: &Record) -> Vec<String> {
    let marks = Query::new(query).unwrap().marks(record).into_iter();
    marks
        .map(|mark| {
            let (mut text, mut at) = (format!("{}: ", mark.field), 0);
            for part in &mark.parts {
                text += &format!("{}[{}]", &mark.text[at..part.start], &mark.text[part.clone()]);
                at = part.end;
            }
            text + &mark.text[at..]
        })
        .collect()
}

#[test]
fn names_fit_from_exact_to_sound() {
    let name = |name: &str| record(name, &[]);
    for (query, is, expected) in [
        ("张三", "张三", Some(Fit::Exact)),
        ("ANNA", "Anna", Some(Fit::Exact)),
        ("张", "张三", Some(Fit::Start)),
        ("sea", "海风 Sea Breeze", Some(Fit::WordStart)),
        ("sea", "海风Sea", Some(Fit::WordStart)),
        ("三", "张三", Some(Fit::Inside)),
        ("reez", "Sea Breeze", Some(Fit::Inside)),
        ("zhangsan", "张三", Some(Fit::Sound)),
        ("zs", "张三", Some(Fit::Sound)),
        ("zhangs", "张三", Some(Fit::Sound)),
        ("zhangsa", "张三", Some(Fit::SoundStart)),
        ("zs", "张三丰", Some(Fit::SoundStart)),
        ("sf", "张三丰", Some(Fit::SoundInside)),
        ("z", "张三", None),
        ("shan", "单雄信", Some(Fit::SoundStart)),
        ("李", "张三", None),
        ("ZhuXue", "Zhu Xue", Some(Fit::Sound)),
        ("obri", "Conor O'Brien", Some(Fit::SoundInside)),
        ("cob", "Conor O'Brien", None),
    ] {
        let place = expected.map(|fit| (fit, Place::Name));
        assert_eq!(fit(query, &name(is)), place, "{query} in {is}");
    }
}

#[test]
fn telephone_numbers_fit_however_they_are_written() {
    let mobile = record("a", &[(ProfileKey::Phones, list(&["+8613812345678"]))]);
    for query in
        ["13812345678", "+86 138 1234 5678", "0086-138-1234-5678", "８６１３８１２３４５６７８", "138.1234.5678"]
    {
        assert_eq!(fit(query, &mobile), Some((Fit::Exact, Place::Phone)), "{query}");
    }
    assert_eq!(fit("1381", &mobile), Some((Fit::Start, Place::Phone)));
    assert_eq!(fit("5678", &mobile), Some((Fit::WordStart, Place::Phone)));
    assert_eq!(fit("1234", &mobile), Some((Fit::Inside, Place::Phone)));
    assert_eq!(fit("9999", &mobile), None);
    let bare = record("a", &[(ProfileKey::Phones, list(&["138 1234 5678"]))]);
    assert_eq!(fit("+8613812345678", &bare), Some((Fit::Exact, Place::Phone)));
    let town = record("a", &[(ProfileKey::Phones, list(&["+8657188886666x801"]))]);
    assert_eq!(fit("0571-88886666", &town), Some((Fit::Start, Place::Phone)));
    assert_eq!(fit("0571-88886666-801", &town), Some((Fit::Exact, Place::Phone)));
    assert_eq!(marked("8123 4", &mobile), ["phones: +8613[81234]5678"]);
}

#[test]
fn several_words_may_stand_anywhere() {
    let zhang = record("张三 Zhang San", &[(ProfileKey::Region, Value::Text("上海".into()))]);
    assert_eq!(fit("张 上海", &zhang), Some((Fit::Exact, Place::Region)));
    assert_eq!(fit("San Zhang", &zhang), Some((Fit::WordStart, Place::Name)));
    assert_eq!(fit("zhang san", &zhang), Some((Fit::WordStart, Place::Name)));
    assert_eq!(fit("张 北京", &zhang), None);
    assert_eq!(marked("张 上海", &zhang), ["name: [张]三 Zhang San", "region: [上海]"]);
    assert_eq!(marked("San Zhang", &zhang), ["name: 张三 [Zhang] [San]"]);
    assert_eq!(marked("zhang san", &zhang), ["name: 张三 [Zhang San]"]);
    assert_eq!(fit("zhang san", &record("张三", &[])), Some((Fit::Sound, Place::Name)));
}

#[test]
fn every_field_is_looked_at_and_the_telling_ones_win() {
    let mut full = record(
        "Anna Schmidt",
        &[
            (ProfileKey::Company, Value::Text("Hafen GmbH".into())),
            (ProfileKey::Emails, list(&["anna@example.com"])),
            (ProfileKey::Handles, list(&["wx_anna88"])),
            (ProfileKey::Owner, Value::Text("Anna Schmidt".into())),
            (ProfileKey::Address, Value::Text("Königstraße 7".into())),
            (ProfileKey::Tags, list(&["VIP"])),
        ],
    );
    full.profile.set_custom("shop", Some(Value::Text("Eckladen".into())));
    full.profile.contacts.push(Contact {
        id: "k".into(),
        name: "李伟".into(),
        role: None,
        phones: vec!["0571-88886666".into()],
        emails: vec!["li@example.com".into()],
    });
    for (query, field) in [
        ("s-1001", "id: [S-1001]"),
        ("anna schmidt", "name: [Anna Schmidt]"),
        ("hafen", "company: [Hafen] GmbH"),
        ("ANNA@", "emails: [anna@]example.com"),
        ("anna88", "handles: wx_[anna88]"),
        ("KONIGSTRASSE", "address: [Königstraße] 7"),
        ("vip", "tags: [VIP]"),
        ("eckl", "custom.shop: [Eckl]aden"),
        ("li wei", "contacts: [李伟]"),
        ("8888", "contacts: 0571-[8888]6666"),
        ("li@", "contacts: [li@]example.com"),
    ] {
        assert_eq!(marked(query, &full), [field], "{query}");
    }
}

#[test]
fn a_customer_is_named_by_a_part_of_a_name_or_by_all_of_a_number() {
    let wang = record(
        "王芳 48",
        &[(ProfileKey::Phones, list(&["+8613812345678"])), (ProfileKey::Owner, Value::Text("李伟".into()))],
    );
    let names = |query: &str| Query::naming(query).unwrap().rank(&wang).is_some();
    assert!(names("王") && names("芳 4") && names("13812345678") && names("s-1001"));
    for query in ["wang", "48", "5678", "1001", "李伟"] {
        assert!(!names(query), "{query}");
    }
}

#[test]
fn nothing_is_no_query() {
    assert!(Query::new(" \u{3000}\t").is_none() && Query::naming("").is_none());
}
