//! Rates: what other currencies are worth in the book's.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tierhook_model::Currency;

/// What one major unit of each currency is worth in major units of the base currency.
///
/// Settings write it as a table, `[rates]` with `USD = "7.12"`; a number without quotes is read as it is written. Both
/// are exact.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Rates(BTreeMap<Currency, Decimal>);

/// What is wrong with a rate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RateError {
    /// The key is no currency.
    #[error("`{code}` is not a currency; write an ISO 4217 code, for example USD = \"7.12\"")]
    NotACurrency {
        /// The key.
        code: String,
    },
    /// The value is no rate.
    #[error(
        "the rate of {code} is `{text}`; write what one {code} is worth in the book's currency, for example \"7.12\""
    )]
    NotARate {
        /// The currency.
        code: String,
        /// The value.
        text: String,
    },
}

impl Rates {
    /// Reads rates from codes of currencies and exact numbers.
    ///
    /// # Errors
    /// [`RateError`] for a code that is no currency, and a number that is none or not above 0.
    pub fn parse<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, RateError> {
        let mut rates = BTreeMap::new();
        for (code, text) in entries {
            let currency: Currency = code.parse().map_err(|_| RateError::NotACurrency { code: code.to_owned() })?;
            let rate = Decimal::from_str_exact(text.trim()).ok().filter(|rate| *rate > Decimal::ZERO);
            let bad = || RateError::NotARate { code: code.to_owned(), text: text.to_owned() };
            rates.insert(currency, rate.ok_or_else(bad)?);
        }
        Ok(Self(rates))
    }

    /// Iterates over the currencies and their rates.
    pub fn iter(&self) -> impl Iterator<Item = (Currency, Decimal)> {
        self.0.iter().map(|(currency, rate)| (*currency, *rate))
    }

    /// Tells whether there are no rates.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de> Deserialize<'de> for Rates {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a number, for example \"7.12\"")]
        enum Written {
            Text(String),
            Whole(i64),
            Fraction(f64),
        }
        let written = BTreeMap::<String, Written>::deserialize(deserializer)?;
        let texts = written.into_iter().map(|(code, rate)| {
            let text = match rate {
                Written::Text(text) => text,
                Written::Whole(number) => number.to_string(),
                // The shortest text of the float is what was written.
                Written::Fraction(number) => number.to_string(),
            };
            (code, text)
        });
        let texts: Vec<(String, String)> = texts.collect();
        Self::parse(texts.iter().map(|(code, text)| (code.as_str(), text.as_str()))).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Rates {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(currency, rate)| (currency.to_string(), rate.to_string())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Settings {
        rates: Rates,
    }

    #[test]
    fn rates_are_exact_and_come_back_as_they_were() {
        let settings: Settings =
            toml::from_str("[rates]\nUSD = \"7.1234\"\nEUR = 7.8\nJPY = 0.0476\nGBP = 9\n").unwrap();
        let shown: Vec<String> = settings.rates.iter().map(|(code, rate)| format!("{code} {rate}")).collect();
        assert_eq!(shown, ["EUR 7.8", "GBP 9", "JPY 0.0476", "USD 7.1234"]);
        let written = toml::to_string(&settings).unwrap();
        assert_eq!(toml::from_str::<Settings>(&written).unwrap(), settings);
        assert!(Rates::default().is_empty());
    }

    #[test]
    fn what_is_no_rate_is_named() {
        let error = |text: &str| toml::from_str::<Settings>(text).unwrap_err().to_string();
        assert!(error("[rates]\nyuan = 7").contains("`yuan` is not a currency"));
        assert!(error("[rates]\nUSD = 0").contains("the rate of USD is `0`"));
        assert!(error("[rates]\nUSD = \"seven\"").contains("the rate of USD is `seven`"));
        assert!(error("[rates]\nUSD = [7]").contains("a number, for example"));
    }
}
