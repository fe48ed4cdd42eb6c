//! What a host asks of the plugins that it is to run.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a host asks of the plugins that it is to run: `policy` under `[plugins]` in tierhook.toml.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    /// Signatures are not looked at: every plugin runs as a local one.
    Off,
    /// A signature that is there has to be that of a trusted key; a plugin without one runs as a local one.
    #[default]
    Vendors,
    /// Every plugin has to be signed with a trusted key.
    Required,
}

impl Policy {
    /// The policy as it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Vendors => "vendors",
            Self::Required => "required",
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
