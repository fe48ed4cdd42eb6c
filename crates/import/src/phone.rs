//! Telephone numbers: from what people and spreadsheets write to E.164.
//!
//! `138 1234 5678`, `0086-13812345678` and `１３８１２３４５６７８` are `+8613812345678`; `0571-8888 6666 转 801` is
//! `+8657188886666x801`. Chinese numbers are checked by the rules for mobile numbers, landlines with area code, 400
//! and 800 numbers and short service numbers. For other countries only the length of the number and the digit that is
//! dialled within the country are known, for those of [`PhoneRegion`]; any other number that says its country with
//! `+` or `00` is taken as it stands if its length allows. Whether a number is in use nobody checks.

mod plan;

use std::fmt;
use std::str::FromStr;

use plan::{CHINA, PLANS, Plan};

use crate::width::half_width;

/// The country whose numbers are written without saying so.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PhoneRegion(&'static Plan);

impl fmt::Debug for PhoneRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code)
    }
}

impl FromStr for PhoneRegion {
    type Err = PhoneError;

    fn from_str(code: &str) -> Result<Self, PhoneError> {
        PLANS.iter().find(|plan| plan.code == code).map(Self).ok_or_else(|| PhoneError::UnknownRegion {
            code: code.to_owned(),
            known: PLANS.iter().map(|plan| plan.code).collect::<Vec<_>>().join(", "),
        })
    }
}

/// Why a text is no telephone number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PhoneError {
    /// No such country is known.
    #[error("`{code}` is no known region; write one of {known}, or leave it out")]
    UnknownRegion {
        /// The region as given.
        code: String,
        /// The regions that are known.
        known: String,
    },
    /// A spreadsheet has taken it for a large number, and its digits are lost.
    #[error("`{text}` is what a spreadsheet made of a number; format the column as text in Excel and export again")]
    Rounded {
        /// The text as given.
        text: String,
    },
    /// Digits are hidden.
    #[error("`{text}` is masked; export the full numbers, or leave the phones out of the mapping")]
    Masked {
        /// The text as given.
        text: String,
    },
    /// It is a number within a town, and the town is not known.
    #[error("`{text}` has no area code; write it in front, as in 0571-88886666")]
    NoAreaCode {
        /// The text as given.
        text: String,
    },
    /// It has too few or too many digits, or none.
    #[error("`{text}` is no telephone number{place}; correct it, with + and the country code if it is from abroad")]
    NotANumber {
        /// The text as given.
        text: String,
        /// The country by whose rules it was read: empty, or ` in` and its code.
        place: String,
    },
}

/// Returns the numbers in a text in E.164 with `x` and the extension, if there is one; none for an empty text or one
/// that says so (`无`, `n/a`, `-`). Several numbers may have `/`, `;`, `,`, `、`, `|` or a line end between them.
///
/// Numbers without country code belong to `region`. Without a region they are kept as their digits.
///
/// # Errors
/// [`PhoneError`] for the first part that cannot be a telephone number.
pub fn normalise_phones(text: &str, region: Option<PhoneRegion>) -> Result<Vec<String>, PhoneError> {
    let text = folded(text);
    split_phones(text.split(['/', ';', ',', '、', '|', '\n']), &text, region)
}

/// Does the same for texts with another separator.
pub(crate) fn normalise_split(
    text: &str,
    separator: &str,
    region: Option<PhoneRegion>,
) -> Result<Vec<String>, PhoneError> {
    let (text, separator) = (folded(text), folded(separator));
    split_phones(text.split(separator.as_str()), &text, region)
}

/// Returns a number that was normalised as an id: a Chinese one as it is dialled there, which is how most lists write it.
pub(crate) fn as_dialled(number: &str) -> String {
    match number.strip_prefix("+86") {
        Some(national) => {
            let digits = national.split('x').next().unwrap_or(national);
            let trunk = if plan::area_of(digits).is_some() { "0" } else { "" };
            format!("{trunk}{national}")
        }
        None => number.to_owned(),
    }
}

fn split_phones<'t>(
    parts: impl Iterator<Item = &'t str>,
    whole: &str,
    region: Option<PhoneRegion>,
) -> Result<Vec<String>, PhoneError> {
    let mut numbers = Vec::new();
    if is_none(whole.trim()) {
        return Ok(numbers);
    }
    let mut reader = PhoneReader { region, area: None };
    for part in parts.map(str::trim).filter(|part| !is_none(part)) {
        match reader.read(part) {
            Ok(number) => numbers.push(number),
            // Two numbers with nothing but a blank between them.
            Err(error) => {
                let each: Option<Vec<String>> =
                    part.split_whitespace().map(|part| reader.read(part).ok().filter(|one| one.len() > 7)).collect();
                numbers.extend(each.filter(|each| each.len() > 1).ok_or(error)?);
            }
        }
    }
    let mut seen: Vec<String> = Vec::new();
    numbers.retain(|number| {
        let new = !seen.contains(number);
        seen.push(number.clone());
        new
    });
    Ok(numbers)
}

/// Reads the numbers of one cell.
#[derive(Debug)]
struct PhoneReader {
    region: Option<PhoneRegion>,
    /// The area code of the last landline: the next number may leave it out.
    area: Option<String>,
}

impl PhoneReader {
    fn read(&mut self, text: &str) -> Result<String, PhoneError> {
        let told = || text.to_owned();
        let place = self.region.map_or_else(String::new, |region| format!(" in {}", region.0.code));
        let no_number = || PhoneError::NotANumber { text: told(), place: place.clone() };
        let bare = bare(text);
        if is_rounded(&bare) {
            return Err(PhoneError::Rounded { text: told() });
        }
        if bare.contains('*') {
            return Err(PhoneError::Masked { text: told() });
        }
        let (number, extension) = with_extension(&bare);
        let number = number.strip_suffix(".0").unwrap_or(number).replace("(0)", "");
        let international = number.trim_start().starts_with('+');
        let digits = digits_of(&number).ok_or_else(no_number)?;
        let found = match self.region {
            _ if international => abroad(&digits),
            None => digits
                .strip_prefix("00")
                .and_then(abroad)
                .or_else(|| (5..=15).contains(&digits.len()).then(|| digits.clone())),
            Some(PhoneRegion(plan)) => self.at_home(plan, &digits),
        };
        // A hyphen may lead to an extension, as in 0571-88886666-801.
        let (found, extension) = match (found, extension) {
            (Some(found), extension) if !hides_extension(&number, self.region) => (found, extension),
            (found, None) => match number.trim().rsplit_once('-') {
                Some((front, end)) if (1..=5).contains(&end.trim().len()) => match (self.read(front), found) {
                    (Ok(number), _) if !number.contains('x') => (number, Some(end.trim().to_owned())),
                    (_, Some(found)) => (found, None),
                    _ => return Err(self.local(&digits, text).unwrap_or_else(no_number)),
                },
                _ => (found.ok_or_else(|| self.local(&digits, text).unwrap_or_else(no_number))?, None),
            },
            (found, extension) => (found.ok_or_else(no_number)?, extension),
        };
        Ok(extension.map_or_else(|| found.clone(), |extension| format!("{found}x{extension}")))
    }

    /// Reads digits as they are dialled within a country.
    fn at_home(&mut self, plan: &'static Plan, digits: &str) -> Option<String> {
        for prefix in [plan.international, "00"] {
            if let Some(found) = digits.strip_prefix(prefix).and_then(abroad) {
                return Some(found);
            }
        }
        if plan.code != CHINA.code {
            return plan.national(digits);
        }
        if let Some(national) = plan::chinese(digits) {
            self.area = plan::area_of(&national).map(str::to_owned);
            return Some(format!("+86{national}"));
        }
        let with_area = self.area.as_ref().filter(|_| is_local(digits)).map(|area| format!("0{area}{digits}"));
        let national = with_area.as_deref().or_else(|| digits.strip_prefix("86")).and_then(plan::chinese)?;
        Some(format!("+86{national}"))
    }

    /// The error for a number within a Chinese town.
    fn local(&self, digits: &str, text: &str) -> Option<PhoneError> {
        let china = self.region.is_some_and(|region| region.0.code == CHINA.code);
        (china && is_local(digits)).then(|| PhoneError::NoAreaCode { text: text.to_owned() })
    }
}

/// Reads digits that begin with the code of a country.
fn abroad(digits: &str) -> Option<String> {
    if let Some(national) = digits.strip_prefix("86") {
        return plan::chinese(national).map(|national| format!("+86{national}"));
    }
    let plan = PLANS.iter().filter(|plan| digits.starts_with(plan.calling)).max_by_key(|plan| plan.calling.len());
    match plan {
        Some(plan) => plan.national(&digits[plan.calling.len()..]),
        None => ((7..=15).contains(&digits.len()) && !digits.starts_with('0')).then(|| format!("+{digits}")),
    }
}

/// Tells whether three groups are area code, number and extension: as digits in a row they may be a number too.
fn hides_extension(number: &str, region: Option<PhoneRegion>) -> bool {
    let groups: Vec<&str> = number.trim().split('-').map(str::trim).collect();
    let [area, number, _] = groups.as_slice() else { return false };
    region.is_some_and(|region| region.0.code == CHINA.code) && area.starts_with('0') && is_local(number)
}

fn is_local(digits: &str) -> bool {
    (7..=8).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with(['0', '1'])
}

/// Tells whether a text says that there is no number.
fn is_none(text: &str) -> bool {
    const NONE: [&str; 12] = ["", "-", "--", "/", "0", "n/a", "na", "null", "none", "无", "暂无", "没有"];
    NONE.contains(&text.to_lowercase().as_str())
}

/// Tells whether a text is a number as spreadsheets write large ones, such as `1.38E+10`.
pub(crate) fn is_rounded(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    whole.len() == 1 && digits(whole) && digits(fraction) && exponent.len() == 2 && digits(exponent)
}

/// Writes full-width characters, and the many hyphens and spaces, as plain ones.
fn folded(text: &str) -> String {
    half_width(text)
        .chars()
        .map(|c| match c {
            '\u{a0}' => ' ',
            '—' | '–' | '‐' | '‑' => '-',
            '\r' => '\n',
            _ => c,
        })
        .collect()
}

/// Takes off what stands round a number: the mark that keeps it a text in a spreadsheet, a label, a note.
fn bare(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text.trim_matches(|c: char| matches!(c, '\'' | '`' | '"') || c.is_whitespace());
    while let Some(open) = rest.find('(') {
        let close = rest[open..].find(')').map_or(rest.len(), |length| open + length + 1);
        kept.push_str(&rest[..open]);
        if rest[open..close].bytes().any(|byte| byte.is_ascii_digit()) {
            kept.push_str(&rest[open..close]);
        }
        rest = &rest[close..];
    }
    kept.push_str(rest);
    let letter = |c: char| c.is_alphabetic() || matches!(c, ':' | '.') || c.is_whitespace();
    kept.trim_start_matches(letter).trim_end_matches(letter).to_owned()
}

/// Splits off an extension that says that it is one.
fn with_extension(text: &str) -> (&str, Option<String>) {
    for mark in ["转", "轉", "分机", "分機", "extension", "ext", "Ext", "EXT", "x", "X", "#"] {
        if let Some((number, extension)) = text.split_once(mark) {
            let extension = extension.trim_start_matches(|c: char| !c.is_ascii_digit());
            if (1..=6).contains(&extension.len()) && extension.bytes().all(|byte| byte.is_ascii_digit()) {
                return (number.trim_end_matches(|c: char| !c.is_ascii_digit()), Some(extension.to_owned()));
            }
        }
    }
    (text, None)
}

/// Returns the digits of a number without what groups them; `None` if there is anything else in it.
fn digits_of(number: &str) -> Option<String> {
    let number = number.trim();
    let number = number.strip_prefix('+').unwrap_or(number);
    let groups = |c: char| matches!(c, ' ' | '-' | '.' | '(' | ')' | '_');
    if !number.chars().all(|c| c.is_ascii_digit() || groups(c)) {
        return None;
    }
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    (!digits.is_empty()).then_some(digits)
}

#[cfg(test)]
mod tests;
