//! Faults: what went wrong in a rule, as data.

use std::fmt;

use serde::{Deserialize, Serialize};
use tierhook_model::FaultRecord;

use crate::Place;

/// What went wrong in a rule, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub struct Fault {
    /// What kind of fault it is.
    pub code: FaultCode,
    /// What happened: lower case, no final dot.
    pub message: String,
    /// Where it happened.
    pub place: Option<Place>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// The kinds of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FaultCode {
    /// The source cannot be parsed.
    Syntax,
    /// It reads a field that there is none of.
    UnknownField,
    /// It calls a function that there is none of.
    UnknownFunction,
    /// It computes with a missing value.
    MissingValue,
    /// It used up its operations (script) or fuel (plugin).
    Operations,
    /// It took longer than the wall clock allows.
    Deadline,
    /// It used up its memory, or made a value larger than allowed.
    Memory,
    /// It called or nested too deeply.
    Depth,
    /// It answered more than allowed.
    Output,
    /// It answered something that its manifest or the dimensions do not allow.
    BadWish,
    /// It threw or failed in another way.
    Failed,
}

impl FaultCode {
    /// The code as it is shown and stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::UnknownField => "unknown-field",
            Self::UnknownFunction => "unknown-function",
            Self::MissingValue => "missing-value",
            Self::Operations => "operations",
            Self::Deadline => "deadline",
            Self::Memory => "memory",
            Self::Depth => "depth",
            Self::Output => "output",
            Self::BadWish => "bad-wish",
            Self::Failed => "failed",
        }
    }

    /// Tells whether the rule ran into a limit, rather than into a value it had not reckoned with.
    pub fn is_limit(self) -> bool {
        matches!(self, Self::Operations | Self::Deadline | Self::Memory | Self::Depth | Self::Output)
    }
}

impl Fault {
    /// Makes a fault without place or hint.
    pub fn new(code: FaultCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), place: None, hint: None }
    }

    /// Adds what to do.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds where it happened.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Returns the fault as it is kept in a receipt.
    pub fn to_record(&self) -> FaultRecord {
        FaultRecord { code: self.code.name().to_owned(), message: self.to_string() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{}:{}:{}: ", place.file, place.line, place.column)?;
        }
        f.write_str(&self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, "; {hint}")?;
        }
        Ok(())
    }
}
