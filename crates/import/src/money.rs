//! Amounts: from exact numbers in major units to minor units, once.

use std::collections::BTreeMap;

use rust_decimal::prelude::ToPrimitive as _;
use rust_decimal::{Decimal, RoundingStrategy};
use tierhook_model::{Amount, Currency, Money, MoneyError};

use crate::read::ImportContext;
use crate::row::Rejection;

/// Returns the currency with a code, which has to have a rate; without a code, the base currency.
pub(crate) fn currency_of(code: Option<&str>, context: &ImportContext) -> Result<Currency, Rejection> {
    let base = context.currency;
    let Some(code) = code else { return Ok(base) };
    let currency: Currency =
        code.parse().map_err(|error: MoneyError| Rejection::new("not a currency", error.to_string()))?;
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
    fn the_worth_in_the_base_currency_needs_a_rate() {
        let (usd, cny, jpy) = ("USD".parse().unwrap(), Currency::CNY, "JPY".parse().unwrap());
        let rates = BTreeMap::from([(usd, "7.1234".parse().unwrap())]);
        assert_eq!(to_amount(1001, usd, cny, &rates).map(|amount| amount.base), Some(7131));
        assert_eq!(to_amount(1001, cny, cny, &rates).map(|amount| amount.base), Some(1001));
        assert_eq!(to_amount(1001, jpy, cny, &rates), None);
    }
}
