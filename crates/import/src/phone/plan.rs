//! Numbering plans: how numbers are built within a country.

/// How the numbers of a country are built, as far as it is known here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// The country, as ISO 3166 has it.
    pub(super) code: &'static str,
    /// What the country is called by from abroad.
    pub(super) calling: &'static str,
    /// What is dialled within the country before a number, and left out from abroad.
    trunk: &'static str,
    /// What is dialled to leave the country.
    pub(super) international: &'static str,
    /// How many digits a number has without any of these, at least and at most.
    digits: (usize, usize),
}

pub(super) const CHINA: &Plan = &PLANS[0];

const fn plan(
    code: &'static str,
    calling: &'static str,
    trunk: &'static str,
    international: &'static str,
    digits: (usize, usize),
) -> Plan {
    Plan { code, calling, trunk, international, digits }
}

/// From the national plans that the ITU publishes (E.164, operational bulletins). Of two countries with one code the
/// first stands for numbers from abroad; their digits are built alike.
pub(super) static PLANS: [Plan; 26] = [
    plan("CN", "86", "0", "00", (5, 12)),
    plan("HK", "852", "", "001", (8, 8)),
    plan("MO", "853", "", "00", (8, 8)),
    plan("TW", "886", "0", "002", (8, 9)),
    plan("US", "1", "1", "011", (10, 10)),
    plan("CA", "1", "1", "011", (10, 10)),
    plan("GB", "44", "0", "00", (9, 10)),
    plan("DE", "49", "0", "00", (5, 13)),
    plan("FR", "33", "0", "00", (9, 9)),
    plan("IT", "39", "", "00", (6, 11)),
    plan("ES", "34", "", "00", (9, 9)),
    plan("NL", "31", "0", "00", (9, 9)),
    plan("RU", "7", "8", "810", (10, 10)),
    plan("JP", "81", "0", "010", (9, 10)),
    plan("KR", "82", "0", "001", (8, 10)),
    plan("SG", "65", "", "001", (8, 8)),
    plan("MY", "60", "0", "00", (8, 10)),
    plan("TH", "66", "0", "001", (8, 9)),
    plan("VN", "84", "0", "00", (9, 10)),
    plan("ID", "62", "0", "001", (8, 12)),
    plan("PH", "63", "0", "00", (8, 10)),
    plan("IN", "91", "0", "00", (10, 10)),
    plan("AU", "61", "0", "0011", (9, 9)),
    plan("NZ", "64", "0", "00", (8, 10)),
    plan("BR", "55", "0", "00", (10, 11)),
    plan("AE", "971", "0", "00", (8, 9)),
];

impl Plan {
    /// Reads digits without the country's code.
    pub(super) fn national(&self, digits: &str) -> Option<String> {
        let fits = |digits: &str| (self.digits.0..=self.digits.1).contains(&digits.len());
        let rest = digits.strip_prefix(self.trunk).filter(|rest| !self.trunk.is_empty() && fits(rest));
        let national = rest.or_else(|| fits(digits).then_some(digits))?;
        Some(format!("+{}{national}", self.calling))
    }
}

/// Reads a Chinese number without the country's code, and returns it without the 0 before an area code.
pub(super) fn chinese(digits: &str) -> Option<String> {
    let mobile = |digits: &str| digits.len() == 11 && digits.starts_with('1') && digits.as_bytes()[1] >= b'3';
    let rest = digits.strip_prefix('0');
    if mobile(digits) || rest.is_some_and(mobile) {
        return Some(rest.unwrap_or(digits).to_owned());
    }
    // With the 0 or, as from abroad, without it; 400 and 800 numbers are built like those of a town.
    if is_fixed(rest.unwrap_or(digits)) {
        return Some(rest.unwrap_or(digits).to_owned());
    }
    let service = match digits.len() {
        5 => digits.starts_with('1') || digits.starts_with("95") || digits.starts_with("96"),
        6..=8 => digits.starts_with("95"),
        _ => false,
    };
    service.then(|| digits.to_owned())
}

/// The area code of a Chinese number that has one.
pub(super) fn area_of(national: &str) -> Option<&str> {
    if !is_fixed(national) || national.starts_with("400") || national.starts_with("800") {
        return None;
    }
    let length = if national.starts_with(['1', '2']) { 2 } else { 3 };
    national.get(..length)
}

/// Tells whether digits are an area code and a number: 10 and 20 to 29 have eight digits, the others seven or eight.
fn is_fixed(digits: &str) -> bool {
    match digits.as_bytes() {
        [b'1', b'0', ..] | [b'2', ..] => digits.len() == 10,
        [b'3'..=b'9', ..] => matches!(digits.len(), 10 | 11),
        _ => false,
    }
}
