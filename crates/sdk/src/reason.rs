//! Reasons: codes with arguments, which the manifest puts into words.

use std::borrow::Cow;

use crate::{Day, Fault};

/// Why something is wanted, what to do, or what to offer: a code that `[texts]` in the manifest puts into words.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// What it is.
    pub role: Role,
    /// The code: `HIGH_SPEND`.
    pub code: Cow<'static, str>,
    /// The points that it brought.
    pub points: Option<f64>,
    /// Arguments by their names in the text.
    pub arguments: Vec<(Cow<'static, str>, Argument)>,
}

/// What a code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Why.
    Reason,
    /// What to do.
    Action,
    /// What the customer can be offered.
    Offer,
    /// What to do about a warning.
    Suggestion,
}

impl Role {
    /// The name in the contract.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Reason => "reason",
            Self::Action => "action",
            Self::Offer => "offer",
            Self::Suggestion => "suggestion",
        }
    }
}

/// An argument of a reason. Numbers, texts, days, yes or no; an `Option` may be unknown.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument {
    /// Nobody knows it.
    Unknown,
    /// A text.
    Text(Cow<'static, str>),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Decimal(f64),
    /// Yes or no.
    Boolean(bool),
    /// A civil day.
    Day(Day),
}

macro_rules! argument_from {
    ($($ty:ty, $value:ident => $argument:expr;)*) => {$(
        impl From<$ty> for Argument {
            fn from($value: $ty) -> Self {
                $argument
            }
        }
    )*};
}

argument_from! {
    &str, text => Self::Text(Cow::Owned(text.to_owned()));
    &String, text => Self::Text(Cow::Owned(text.clone()));
    String, text => Self::Text(Cow::Owned(text));
    Cow<'static, str>, text => Self::Text(text);
    i64, number => Self::Integer(number);
    i32, number => Self::Integer(number.into());
    u32, number => Self::Integer(number.into());
    usize, number => Self::Integer(number as i64);
    f64, number => Self::Decimal(number);
    bool, yes => Self::Boolean(yes);
    Day, day => Self::Day(day);
}

impl<T: Into<Argument>> From<Option<T>> for Argument {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Unknown, Into::into)
    }
}

/// The reasons of a wish while it is built.
#[derive(Clone, Debug, PartialEq, Default)]
pub(crate) struct Reasons {
    pub(crate) list: Vec<Reason>,
    /// What the author got wrong while building.
    pub(crate) misuse: Option<&'static str>,
}

impl Reasons {
    pub(crate) fn push(&mut self, role: Role, code: Cow<'static, str>, points: Option<f64>) {
        self.list.push(Reason { role, code, points, arguments: Vec::new() });
    }

    pub(crate) fn argue(&mut self, name: Cow<'static, str>, value: Argument) {
        match self.list.last_mut() {
            Some(last) => last.arguments.push((name, value)),
            None => self.misuse = Some("`with` follows nothing that takes arguments; write `.because(code)` before it"),
        }
    }

    /// Checks that nothing was misused and that there is one action, offer or suggestion at most.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        if let Some(misuse) = self.misuse {
            return Err(Fault::new(misuse));
        }
        for role in [Role::Action, Role::Offer, Role::Suggestion] {
            if self.list.iter().filter(|reason| reason.role == role).count() > 1 {
                let name = role.name();
                return Err(
                    Fault::new(format!("there are two of `{name}`")).hint("give one, and tell the rest as reasons")
                );
            }
        }
        for reason in &self.list {
            for (name, value) in &reason.arguments {
                if matches!(value, Argument::Decimal(number) if !number.is_finite()) {
                    return Err(Fault::new(format!("`{name}` of {} is no finite number", reason.code)));
                }
            }
        }
        Ok(())
    }
}

/// Gives a wish `because` and `with`.
macro_rules! explained {
    ($ty:ty) => {
        impl $ty {
            /// Adds a reason by its code.
            #[must_use]
            pub fn because(mut self, code: impl Into<std::borrow::Cow<'static, str>>) -> Self {
                let points = self.take_points();
                self.reasons.push($crate::reason::Role::Reason, code.into(), points);
                self
            }

            /// Gives what was added last (a reason, action, offer or suggestion) an argument: a number, text, day, yes or no, or an
            /// `Option` of these.
            #[must_use]
            pub fn with(
                mut self,
                name: impl Into<std::borrow::Cow<'static, str>>,
                value: impl Into<$crate::Argument>,
            ) -> Self {
                self.reasons.argue(name.into(), value.into());
                self
            }

            /// The reasons, and with them what is to be done, offered or suggested.
            pub fn reasons(&self) -> &[$crate::Reason] {
                &self.reasons.list
            }

            /// The codes of the reasons.
            pub fn codes(&self) -> Vec<&str> {
                let reasons = self.reasons.list.iter().filter(|reason| reason.role == $crate::reason::Role::Reason);
                reasons.map(|reason| reason.code.as_ref()).collect()
            }
        }
    };
}
pub(crate) use explained;
