//! Faults: why nothing is wanted for a record, or for a batch.

use std::fmt;

use crate::bindings::types;

/// Why nothing is wanted for a record. What stood for the record stays as it is, and people are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What happened: lower case, no final dot.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Fault {
    /// Makes a fault with a message: lower case, no final dot.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "; {hint}"))
    }
}

impl std::error::Error for Fault {}

impl From<Fault> for types::Fault {
    fn from(fault: Fault) -> Self {
        Self { message: fault.message, hint: fault.hint }
    }
}

impl From<types::Fault> for Fault {
    fn from(fault: types::Fault) -> Self {
        Self { message: fault.message, hint: fault.hint }
    }
}
