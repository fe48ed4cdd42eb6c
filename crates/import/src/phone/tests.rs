use super::*;

fn read(text: &str, region: &str) -> String {
    let region = (!region.is_empty()).then(|| region.parse().unwrap());
    match normalise_phones(text, region) {
        Ok(numbers) => numbers.join(" "),
        Err(error) => format!("! {error}"),
    }
}

#[test]
fn chinese_numbers_are_one_however_they_are_written() {
    for text in [
        "13812345678",
        "138 1234 5678",
        "138-1234-5678",
        "+8613812345678",
        "+86 138 1234 5678",
        "0086-13812345678",
        "86 13812345678",
        "8613812345678",
        "013812345678",
        "１３８１２３４５６７８",
        "＋８６－１３８１２３４５６７８",
        "手机：13812345678",
        "13812345678（微信同号）",
        "'13812345678",
        "13812345678.0",
        "王芳 13812345678",
        "13812345678\u{a0}",
    ] {
        assert_eq!(read(text, "CN"), "+8613812345678", "{text}");
    }
    for (text, expected) in [
        ("0571-88886666", "+8657188886666"),
        ("(0571) 8888 6666", "+8657188886666"),
        ("0571-8888-6666", "+8657188886666"),
        ("+86 (0)571 88886666", "+8657188886666"),
        ("+86-571-8888666", "+865718888666"),
        ("010-88886666", "+861088886666"),
        ("（020）88886666", "+862088886666"),
        ("400-820-8820", "+864008208820"),
        ("95588", "+8695588"),
        ("10086", "+8610086"),
    ] {
        assert_eq!(read(text, "CN"), expected, "{text}");
    }
}

#[test]
fn extensions_stay_with_their_number() {
    for text in [
        "0571-8888 6666 转 801",
        "0571-88886666转801",
        "0571-88886666-801",
        "0571 8888 6666 ext. 801",
        "0571-88886666 x801",
        "0571-88886666#801",
        "0571-88886666 分机：801",
        "+86 571 88886666-801",
    ] {
        assert_eq!(read(text, "CN"), "+8657188886666x801", "{text}");
    }
    // As digits in a row this would be a number of eight digits.
    assert_eq!(read("0571-8888666-8", "CN"), "+865718888666x8");
    assert_eq!(read("400-820-8820转1", "CN"), "+864008208820x1");
}

#[test]
fn a_cell_may_hold_several_numbers_or_none() {
    let two = "+8613812345678 +8657188886666";
    for text in [
        "13812345678/0571-88886666",
        "13812345678; 0571-88886666",
        "13812345678，0571-88886666",
        "13812345678、0571-88886666",
        "13812345678\n0571-88886666",
        "13812345678 0571-88886666",
        "13812345678 / 0571-88886666 / 138 1234 5678",
    ] {
        assert_eq!(read(text, "CN"), two, "{text}");
    }
    assert_eq!(read("0571-88886666/88887777", "CN"), "+8657188886666 +8657188887777", "the same town");
    for text in ["", "  ", "无", "N/A", "-", "0", "暂无"] {
        assert_eq!(read(text, "CN"), "", "{text}");
    }
    let split = normalise_split("13812345678 or 13912345678", "or", Some("CN".parse().unwrap())).unwrap();
    assert_eq!(split, ["+8613812345678", "+8613912345678"]);
}

#[test]
fn what_cannot_be_a_number_says_what_to_do() {
    for text in ["1.38E+10", "1.39E10", "1.38123e+10", "1E+10"] {
        let told = read(text, "CN");
        assert!(told.contains("format the column as text in Excel and export again"), "{text}: {told}");
        assert_eq!(told, read(text, ""), "whatever the region");
    }
    assert!(read("138****5678", "CN").contains("is masked"));
    assert!(read("88886666", "CN").contains("has no area code"));
    for text in ["1381234", "110", "138123456789", "23812345678x", "+86 12", "王芳", "0571", "12812345678", "+999"] {
        assert!(read(text, "CN").contains("is no telephone number in CN"), "{text}: {}", read(text, "CN"));
    }
    assert!(read("13812345678/12", "CN").contains("`12`"));
    assert!("cn".parse::<PhoneRegion>().unwrap_err().to_string().contains("CN, HK"));
}

#[test]
fn numbers_of_other_countries_have_their_own_lengths() {
    for (text, region, expected) in [
        ("020 8946 0000", "GB", "+442089460000"),
        ("+44 (0)20 8946 0000", "CN", "+442089460000"),
        ("(212) 555-0123", "US", "+12125550123"),
        ("1-212-555-0123", "US", "+12125550123"),
        ("011 86 138 1234 5678", "US", "+8613812345678"),
        ("030 1234567", "DE", "+49301234567"),
        ("2345 6789", "HK", "+85223456789"),
        ("0086 138 1234 5678", "HK", "+8613812345678"),
        ("+352 26 12 34", "CN", "+352261234"),
        ("00 49 30 1234567", "CN", "+49301234567"),
    ] {
        assert_eq!(read(text, region), expected, "{text} in {region}");
    }
    assert!(read("555-0123", "US").contains("no telephone number in US"));
}

#[test]
fn without_a_region_only_numbers_that_say_their_country_are_turned() {
    assert_eq!(read("+86 138 1234 5678", ""), "+8613812345678");
    assert_eq!(read("0044 20 8946 0000", ""), "+442089460000");
    assert_eq!(read("(212) 555-0123 x12", ""), "2125550123x12");
    assert!(read("12", "").contains("no telephone number;"));
}
