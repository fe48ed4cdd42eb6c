//! Money: amounts in minor units with their currency.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An ISO 4217 currency code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Currency([u8; 3]);

/// What is wrong with a written currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MoneyError {
    /// The code is not three capital letters.
    #[error("`{text}` is not a currency; write an ISO 4217 code, for example CNY")]
    NotACurrency {
        /// The text as given.
        text: String,
    },
}

impl Currency {
    /// The Chinese yuan, the default base currency.
    pub const CNY: Self = Self(*b"CNY");

    /// Returns the number of digits of the minor unit (ISO 4217): 2 for most, 0 for JPY, 3 for KWD.
    pub fn minor_digits(self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF" | b"UGX"
            | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }

    /// Returns how many minor units make one major unit.
    pub fn minor_per_major(self) -> i64 {
        10_i64.pow(self.minor_digits())
    }

    /// Converts an amount in minor units to major units, as rules see it.
    #[inline]
    pub fn to_major(self, minor: i64) -> f64 {
        minor as f64 / self.minor_per_major() as f64
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        match text.as_bytes() {
            [a, b, c] if text.bytes().all(|byte| byte.is_ascii_uppercase()) => Ok(Self([*a, *b, *c])),
            _ => Err(MoneyError::NotACurrency { text: text.to_owned() }),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(f, "{}", char::from(byte))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An amount in minor units of a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units, for example cents.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.minor_digits() as usize;
        let (sign, value) = (if self.minor < 0 { "-" } else { "" }, self.minor.unsigned_abs());
        let unit = self.currency.minor_per_major().unsigned_abs();
        if digits == 0 {
            write!(f, "{sign}{value} {}", self.currency)
        } else {
            write!(f, "{sign}{}.{:0digits$} {}", value / unit, value % unit, self.currency)
        }
    }
}

/// An amount as it was paid, and what it is worth in the book's base currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Amount {
    /// The amount in its own currency.
    pub original: Money,
    /// The same in minor units of the base currency, at the rate of the day it was recorded.
    pub base: i64,
}

impl Amount {
    /// Makes an amount that is in the base currency already.
    pub fn in_base(minor: i64, base: Currency) -> Self {
        Self { original: Money { minor, currency: base }, base: minor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_shown_with_the_digits_of_its_currency() {
        let money = |minor, code: &str| Money { minor, currency: code.parse().unwrap() }.to_string();
        assert_eq!(money(-1205, "CNY"), "-12.05 CNY");
        assert_eq!(money(1205, "JPY"), "1205 JPY");
        assert_eq!(money(7, "KWD"), "0.007 KWD");
        assert!("yuan".parse::<Currency>().is_err());
    }
}
