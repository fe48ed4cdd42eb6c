//! What the values of a column are.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use tierhook_model::Currency;

use super::date::{DateStyle, FEW, date_style};
use super::word::{Role, SYMBOLS, roles};
use crate::money::read_currency;
use crate::number::NumberFormat;
use crate::phone::normalise_phones;

/// A column of the sample, looked at.
#[derive(Debug)]
pub(super) struct Column<'t> {
    pub(super) name: &'t str,
    pub(super) values: Vec<&'t str>,
    /// Values that are not empty.
    pub(super) filled: usize,
    /// The values that there are, with how often each is there.
    pub(super) distinct: BTreeMap<&'t str, usize>,
    /// The values as numbers, if they are.
    pub(super) numbers: Option<Numbers>,
    pub(super) dates: Option<DateStyle>,
    /// What it may be by its name, the surest first.
    pub(super) roles: Vec<(Role, f64)>,
}

/// The numbers of a column.
#[derive(Debug)]
pub(super) struct Numbers {
    /// One for each value, in order; `None` for an empty one, and for one that is no number.
    pub(super) values: Vec<Option<Decimal>>,
    pub(super) style: NumberStyle,
}

/// How numbers are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NumberStyle {
    pub(super) format: NumberFormat,
    /// The sign before or after them.
    pub(super) symbol: Option<&'static str>,
}

impl NumberStyle {
    pub(super) const PLAIN: Self = Self { format: NumberFormat { decimal: '.', thousands: None }, symbol: None };
}

/// How surely a name has to say that a column has numbers or dates, so that single values may be none.
const NAMED: f64 = 0.85;
/// Of a column that is named so, so many values in a thousand may be something else: their rows are rejected, each with
/// its line, which says more than that there is no such column.
const NAMED_WRONG: usize = 500;
/// The same for birthdays and the like.
const OWN_WRONG: usize = 200;

impl<'t> Column<'t> {
    pub(super) fn new(name: &'t str, values: Vec<&'t str>) -> Self {
        let mut distinct = BTreeMap::new();
        for value in values.iter().copied().filter(|value| !value.is_empty()) {
            *distinct.entry(value).or_insert(0) += 1;
        }
        let filled = distinct.values().sum();
        let roles = roles(name);
        let named = |wanted: fn(Role) -> bool| roles.iter().any(|(role, sureness)| wanted(*role) && *sureness >= NAMED);
        let numbers = numbers(&values, if named(Role::is_number) { NAMED_WRONG } else { 0 });
        let wrong = match () {
            () if named(Role::is_date) => NAMED_WRONG,
            () if named(Role::is_own_day) => OWN_WRONG,
            () => FEW,
        };
        let dates = date_style(&values, wrong);
        Self { name, filled, distinct, numbers, dates, roles, values }
    }

    /// Tells whether all values are whole numbers.
    pub(super) fn is_whole(&self) -> bool {
        self.numbers.as_ref().is_some_and(|numbers| numbers.values.iter().flatten().all(Decimal::is_integer))
    }

    /// Tells whether a value is below 0.
    pub(super) fn has_negative(&self) -> bool {
        self.numbers
            .as_ref()
            .is_some_and(|numbers| numbers.values.iter().flatten().any(|number| *number < Decimal::ZERO))
    }

    /// How many in a hundred of the values a test finds.
    pub(super) fn share(&self, test: impl Fn(&str) -> bool) -> usize {
        let found: usize = self.distinct.iter().filter(|(value, _)| test(value)).map(|(_, count)| count).sum();
        (found * 100).checked_div(self.filled).unwrap_or(0)
    }

    /// Tells whether the values can be what a role needs.
    pub(super) fn fits(&self, role: Role) -> bool {
        match role {
            Role::Date | Role::Birthday | Role::Created => self.dates.is_some(),
            number if number.is_number() => self.numbers.is_some(),
            Role::Employees => self.is_whole(),
            Role::Score => self.numbers.is_some() || self.distinct.len() <= 12,
            Role::Phone => self.share(|value| value.bytes().filter(u8::is_ascii_digit).count() >= 3) >= 50,
            Role::Email => self.share(|value| value.contains('@')) >= 50,
            Role::Currency => {
                // A sign of several currencies is one as well: which, is for the rows to say.
                self.share(|value| matches!(value, "$" | "¥" | "￥") || read_currency(value, Currency::CNY).is_ok())
                    >= 90
            }
            Role::Status | Role::What | Role::Gender | Role::Direction | Role::Kind => self.distinct.len() <= 40,
            Role::Consent => self.share(is_answer) >= 90,
            Role::Customer | Role::Order => self.filled > 0 && !(self.dates.is_some() && self.numbers.is_none()),
            Role::ProductName | Role::Product => self.filled > 0 && self.dates.is_none(),
            _ => self.filled > 0,
        }
    }

    /// Tells whether values have asterisks in place of digits or letters.
    pub(super) fn is_masked(&self) -> bool {
        self.share(|value| value.contains('*')) >= 20
    }

    /// Tells whether most values are Chinese telephone numbers.
    pub(super) fn is_chinese_phones(&self) -> bool {
        let china = "CN".parse().ok();
        self.share(|value| {
            normalise_phones(value, china).is_ok_and(|found| found.iter().any(|one| one.starts_with("+86")))
        }) >= 50
    }
}

fn is_answer(value: &str) -> bool {
    matches!(
        value.to_lowercase().as_str(),
        "true" | "yes" | "y" | "1" | "是" | "同意" | "已同意" | "false" | "no" | "n" | "0" | "否" | "不同意" | "拒绝"
    )
}

/// Tells whether a cell is a value rather than the name of a column.
pub(super) fn looks_like_data(cell: &str) -> bool {
    !cell.is_empty() && (styled(cell).is_some() || date_style(&[cell], 0).is_some() || cell.contains('@'))
}

/// Reads the values as numbers; `None` if more than so many in a thousand are none.
fn numbers(values: &[&str], wrong: usize) -> Option<Numbers> {
    let mut style = NumberStyle::PLAIN;
    let mut found = Vec::with_capacity(values.len());
    let mut others = 0;
    for value in values {
        if value.is_empty() {
            found.push(None);
            continue;
        }
        let Some((number, needs)) = styled(value) else {
            found.push(None);
            others += 1;
            continue;
        };
        // A column is written in one way: the first value that needs something beyond plain digits says which.
        for (ours, theirs) in [(style.format.decimal != '.', needs.format.decimal != '.')] {
            if ours != theirs && theirs && style.format.thousands == Some(',') {
                return None;
            }
        }
        if needs.format != NumberStyle::PLAIN.format {
            style.format.decimal = needs.format.decimal;
            style.format.thousands = needs.format.thousands.or(style.format.thousands);
        }
        style.symbol = style.symbol.or(needs.symbol);
        found.push(Some(number));
    }
    let read = found.iter().flatten().count();
    (read > 0 && others * 1000 <= (read + others) * wrong).then_some(Numbers { values: found, style })
}

/// Reads a number and tells how it is written.
fn styled(text: &str) -> Option<(Decimal, NumberStyle)> {
    if let Some(number) = NumberStyle::PLAIN.format.parse(text) {
        return Some((number, NumberStyle::PLAIN));
    }
    let symbol =
        SYMBOLS.iter().map(|(symbol, _)| *symbol).find(|symbol| text.starts_with(symbol) || text.ends_with(symbol));
    let bare = symbol.map_or(text, |symbol| text.trim_start_matches(symbol).trim_end_matches(symbol)).trim();
    let digits = bare.strip_prefix('-').unwrap_or(bare);
    let grouped = |by: char, before: &str| {
        let mut groups = before.split(by);
        let first = groups.next().unwrap_or_default();
        (1..=3).contains(&first.len()) && groups.clone().count() > 0 && groups.all(|group| group.len() == 3)
    };
    let format = if NumberStyle::PLAIN.format.parse(bare).is_some() {
        NumberStyle::PLAIN.format
    } else if grouped(',', digits.split('.').next().unwrap_or_default()) {
        NumberFormat { decimal: '.', thousands: Some(',') }
    } else if grouped('.', digits.split(',').next().unwrap_or_default()) {
        NumberFormat { decimal: ',', thousands: Some('.') }
    } else {
        NumberFormat { decimal: ',', thousands: None }
    };
    let number = format.parse(bare)?;
    Some((number, NumberStyle { format, symbol }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_tell_how_they_are_written() {
        let style = |values: &[&str]| {
            let numbers = numbers(values, 0)?;
            let sum: Decimal = numbers.values.iter().flatten().sum();
            let NumberStyle { format, symbol } = numbers.style;
            Some(format!("{sum} {} {:?} {symbol:?}", format.decimal, format.thousands))
        };
        assert_eq!(style(&["1", "", "-2.5"]).unwrap(), "-1.5 . None None");
        assert_eq!(style(&["¥1,234.50", "¥12.00"]).unwrap(), "1246.50 . Some(',') Some(\"¥\")");
        assert_eq!(style(&["12,50", "1.234,00"]).unwrap(), "1246.50 , Some('.') None");
        assert_eq!(style(&["128.00元"]).unwrap(), "128.00 . None Some(\"元\")");
        assert_eq!(style(&["1", "one"]), None);
        assert_eq!(style(&["", ""]), None);
    }

    #[test]
    fn a_name_lets_single_values_be_something_else() {
        let values = |wrong: &'static str| vec!["1", "2.5", "", "-", wrong];
        assert!(Column::new("amount", values("")).numbers.is_some());
        assert!(Column::new("amount", values("tbd")).numbers.is_some(), "half of them");
        assert!(Column::new("amount", vec!["1", "-", "tbd"]).numbers.is_none());
        assert!(Column::new("points", values("")).numbers.is_none());
        assert!(Column::new("下单时间", vec!["2026-01-02", "2026-13-02", ""]).dates.is_some());
        assert!(Column::new("when", vec!["2026-01-02", "2026-13-02", ""]).dates.is_none());
    }
}
