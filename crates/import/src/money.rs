//! Amounts: from exact numbers in major units to minor units, once.

use std::collections::BTreeMap;

use rust_decimal::prelude::ToPrimitive as _;
use rust_decimal::{Decimal, RoundingStrategy};
use tierhook_model::{Amount, Currency, Money, MoneyError};

use crate::read::ImportContext;
use crate::row::Rejection;

/// How lists write currencies besides by their codes. Signs that several countries have are in [`SIGNS`].
const NAMES: [(&str, &str); 14] = [
    ("RMB", "CNY"),
    ("人民币", "CNY"),
    ("元", "CNY"),
    ("US$", "USD"),
    ("美元", "USD"),
    ("€", "EUR"),
    ("欧元", "EUR"),
    ("£", "GBP"),
    ("英镑", "GBP"),
    ("HK$", "HKD"),
    ("港币", "HKD"),
    ("港元", "HKD"),
    ("日元", "JPY"),
    ("日圆", "JPY"),
];

/// Signs of several currencies: the book's own, if it is one of them.
const SIGNS: [(&str, &[&str]); 3] =
    [("¥", &["CNY", "JPY"]), ("￥", &["CNY", "JPY"]), ("$", &["USD", "AUD", "CAD", "HKD", "MXN", "NZD", "SGD", "TWD"])];

/// Reads a currency as lists write it: a code in whatever case, a name or a sign.
pub(crate) fn read_currency(text: &str, base: Currency) -> Result<Currency, Rejection> {
    let text = text.trim();
    let no_currency = |detail: String| Rejection::new("not a currency", detail);
    if let Some((sign, codes)) = SIGNS.iter().find(|(sign, _)| *sign == text) {
        return match codes.contains(&base.to_string().as_str()) {
            true => Ok(base),
            false => Err(no_currency(format!("`{sign}` may be {}: write which", codes.join(", ")))),
        };
    }
    let upper = text.to_uppercase();
    let code = NAMES.iter().find(|(name, _)| *name == upper).map_or(upper.as_str(), |(_, code)| *code);
    // What is none is told as it was written.
    code.parse().or_else(|_| text.parse()).map_err(|error: MoneyError| no_currency(error.to_string()))
}

/// Returns the currency that a text names, which has to have a rate; without a text, the base currency.
pub(crate) fn currency_of(text: Option<&str>, context: &ImportContext) -> Result<Currency, Rejection> {
    let base = context.currency;
    let Some(text) = text else { return Ok(base) };
    let currency = read_currency(text, base)?;
    if currency != base && !context.rates.contains_key(&currency) {
        let detail = format!(
            "there is no rate for {currency} in {base}; write what one {currency} is worth under [rates] in tierhook.toml, \
             or, while the book is empty, set currency = \"{currency}\" there"
        );
        return Err(Rejection::new(format!("no rate for {currency}"), detail));
    }
    Ok(currency)
}

/// Rounds an amount in major units half to even to minor units; `None` if it is too large to be kept.
pub(crate) fn to_minor(major: Decimal, currency: Currency) -> Option<i64> {
    let minor = major.checked_mul(Decimal::from(currency.minor_per_major()))?;
    minor.round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven).to_i64()
}

/// Returns the amount of so many minor units with its worth in the base currency; `None` if that is too large, or
/// if there is no rate for the currency.
pub(crate) fn to_amount(
    minor: i64,
    currency: Currency,
    base: Currency,
    rates: &BTreeMap<Currency, Decimal>,
) -> Option<Amount> {
    if currency == base {
        return Some(Amount::in_base(minor, base));
    }
    let major = Decimal::from(minor).checked_div(Decimal::from(currency.minor_per_major()))?;
    let worth = to_minor(major.checked_mul(*rates.get(&currency)?)?, base)?;
    Some(Amount { original: Money { minor, currency }, base: worth })
}

/// Returns a quantity in thousandths, rounded half to even; `None` if it is too large to be kept.
pub(crate) fn to_milli(quantity: Decimal) -> Option<i64> {
    let milli = quantity.checked_mul(Decimal::from(1000))?;
    milli.round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven).to_i64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_rounded_half_to_even_in_the_currencys_minor_unit() {
        let minor = |text: &str, code: &str| to_minor(text.parse().unwrap(), code.parse().unwrap());
        assert_eq!(minor("2.345", "GBP"), Some(234));
        assert_eq!(minor("2.355", "GBP"), Some(236));
        assert_eq!(minor("-2.345", "GBP"), Some(-234));
        assert_eq!(minor("2.5", "JPY"), Some(2));
        assert_eq!(minor("0.0015", "KWD"), Some(2));
        assert_eq!(minor("92233720368547758.08", "GBP"), None);
    }

    #[test]
    fn a_currency_is_read_as_lists_write_it() {
        let read = |text: &str, base: &str| read_currency(text, base.parse().unwrap()).map(|it| it.to_string()).ok();
        for (text, code) in [("usd", "USD"), (" EUR ", "EUR"), ("rmb", "CNY"), ("美元", "USD"), ("HK$", "HKD")] {
            assert_eq!(read(text, "GBP").as_deref(), Some(code), "{text}");
        }
        assert_eq!((read("¥", "CNY").as_deref(), read("￥", "JPY").as_deref()), (Some("CNY"), Some("JPY")));
        assert_eq!(read("$", "AUD").as_deref(), Some("AUD"));
        for text in ["¥", "$", "euros", "12", ""] {
            assert_eq!(read(text, "GBP"), None, "{text}");
        }
    }

    #[test]
    fn the_worth_in_the_base_currency_needs_a_rate() {
        let (usd, cny, jpy) = ("USD".parse().unwrap(), Currency::CNY, "JPY".parse().unwrap());
        let rates = BTreeMap::from([(usd, "7.1234".parse().unwrap())]);
        assert_eq!(to_amount(1001, usd, cny, &rates).map(|amount| amount.base), Some(7131));
        assert_eq!(to_amount(1001, cny, cny, &rates).map(|amount| amount.base), Some(1001));
        assert_eq!(to_amount(1001, jpy, cny, &rates), None);
    }
}
