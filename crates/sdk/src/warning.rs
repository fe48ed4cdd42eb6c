//! Warnings: what there is to fear.

use std::borrow::Cow;

use crate::reason::{Reasons, Role, explained};
use crate::{Anchor, Day, Fault};

/// Something to fear.
#[derive(Clone, Debug, PartialEq)]
pub struct Warning {
    /// The cause: `silence`.
    pub cause: Cow<'static, str>,
    /// Which episode it belongs to: [`Anchor::Once`], [`Anchor::Fact`] or [`Anchor::Episode`].
    pub anchor: Anchor,
    /// How bad it is.
    pub severity: Severity,
    pub(crate) reasons: Reasons,
}

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth a note.
    Low,
    /// Worth a call.
    Medium,
    /// Worth dropping something else for.
    High,
}

/// Begins a warning of a cause: once for the customer, unless another anchor follows.
pub fn warn(cause: impl Into<Cow<'static, str>>) -> Warning {
    Warning { cause: cause.into(), anchor: Anchor::Once, severity: Severity::Medium, reasons: Reasons::default() }
}

impl Warning {
    /// Warns once of the record.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.anchor = Anchor::Once;
        self
    }

    /// Warns once for a fact, by its id.
    #[must_use]
    pub fn per_fact(mut self, id: impl Into<Cow<'static, str>>) -> Self {
        self.anchor = Anchor::Fact(id.into());
        self
    }

    /// Warns once for what began on a day; a false alarm silences that episode alone.
    #[must_use]
    pub fn episode(mut self, day: Day) -> Self {
        self.anchor = Anchor::Episode(day);
        self
    }

    /// Says how bad it is.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Says what to do, by a code; [`Warning::with`] adds its arguments.
    #[must_use]
    pub fn suggest(mut self, code: impl Into<Cow<'static, str>>) -> Self {
        self.reasons.push(Role::Suggestion, code.into(), None);
        self
    }

    fn take_points(&mut self) -> Option<f64> {
        None
    }

    pub(crate) fn check(&self) -> Result<(), Fault> {
        self.reasons.check()
    }
}

explained!(Warning);
