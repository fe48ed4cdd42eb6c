//! The settings of a workspace: each has a default that works.

use serde::{Deserialize, Serialize};
use tierhook_hooks::Limits;
use tierhook_import::{PhoneError, PhoneRegion, Rates};
use tierhook_model::{BookZone, ClockMode, Currency, DayError, Language};
use tierhook_package::Policy;

use crate::api::as_text;

/// What `tierhook.toml` may say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The language of texts for people; `None` is that of whoever asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// The book's base currency, as an ISO 4217 code.
    #[serde(with = "as_text")]
    pub currency: Currency,
    /// The book's time zone, as an IANA name: it turns a moment into a civil day.
    pub time_zone: String,
    /// The country of telephone numbers that are entered without one, as ISO 3166 has it; `None` is that of the
    /// currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_region: Option<String>,
    /// What the clock of a new book follows. `tierhook clock` changes that of a book that is there.
    pub clock: ClockMode,
    /// The data directory, relative to the workspace; `None` is `.tierhook`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// The store's cache in MiB. The process takes about three times as much.
    pub cache_mb: u64,
    /// How often the rules on the disk are compared with the active ones, in seconds, however quiet the disk is.
    pub rescan_seconds: u64,
    /// How long the rules on the disk have to stay the same before they are looked at, in milliseconds.
    pub settle_ms: u64,
    /// What one major unit of other currencies is worth in the base currency, for rows that are imported.
    pub rates: Rates,
    /// The most that any rule may use up.
    pub limits: Limits,
    /// What plugins have to be.
    pub plugins: PluginSettings,
}

/// What plugins have to be.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PluginSettings {
    /// Which of them have to be signed with a key that `plugins/trust.toml` names.
    pub policy: Policy,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            language: None,
            currency: Currency::CNY,
            time_zone: "UTC".to_owned(),
            phone_region: None,
            clock: ClockMode::System,
            data: None,
            cache_mb: 64,
            rescan_seconds: 2,
            settle_ms: 250,
            rates: Rates::default(),
            limits: Limits::default(),
            plugins: PluginSettings::default(),
        }
    }
}

impl Settings {
    /// Looks the book's time zone up.
    ///
    /// # Errors
    /// [`DayError::UnknownZone`] if there is no such zone.
    pub fn zone(&self) -> Result<BookZone, DayError> {
        BookZone::named(&self.time_zone)
    }

    /// Looks up the country of telephone numbers that are entered without one; `None` if nobody knows.
    ///
    /// # Errors
    /// [`PhoneError::UnknownRegion`] if nothing is known of that country's numbers.
    pub fn region(&self) -> Result<Option<PhoneRegion>, PhoneError> {
        match &self.phone_region {
            Some(code) => code.parse().map(Some),
            // A currency's code begins with that of its country; the euro's with that of none.
            None => Ok(self.currency.to_string().get(..2).and_then(|code| code.parse().ok())),
        }
    }
}
