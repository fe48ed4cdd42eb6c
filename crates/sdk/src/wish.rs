//! Wishes on a dimension, and what all wishes share. The host decides what comes of them.

use std::borrow::Cow;

use crate::reason::{Reasons, explained};
use crate::{Day, Fault, Score};

/// A class on a dimension.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// The dimension, by its id.
    pub dimension: Cow<'static, str>,
    /// The class, by its id.
    pub class: Cow<'static, str>,
    pub(crate) reasons: Reasons,
}

/// A word on a dimension: a class, or points of which one comes.
#[derive(Clone, Debug, PartialEq)]
pub enum Classes {
    /// This class.
    Class(Class),
    /// Points.
    Score(Score),
}

/// What makes a plan or a warning the same one when it is wanted again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Once for the record.
    Once,
    /// Once for a fact, by its id.
    Fact(Cow<'static, str>),
    /// Every so many days since something.
    Every(u32, Since),
    /// Once for the last purchase of a consumption group.
    Cycle(Cow<'static, str>),
    /// Once a year, on the anniversary of a day.
    Year(Day),
    /// Once for what began on a day.
    Episode(Day),
}

/// Since when a cycle counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// The last contact; without one the last order, and before that since the customer was first seen.
    Contact,
    /// The last order; before the first one, since the customer was first seen.
    Order,
    /// The day on which the customer was first seen.
    FirstSeen,
    /// A day.
    Day(Day),
}

/// Gives a class on a dimension, both by their ids.
pub fn class(dimension: impl Into<Cow<'static, str>>, class: impl Into<Cow<'static, str>>) -> Class {
    Class { dimension: dimension.into(), class: class.into(), reasons: Reasons::default() }
}

impl Class {
    fn take_points(&mut self) -> Option<f64> {
        None
    }
}

explained!(Class);

impl Classes {
    /// The dimension.
    pub fn dimension(&self) -> &str {
        match self {
            Self::Class(class) => &class.dimension,
            Self::Score(score) => &score.dimension,
        }
    }

    /// The codes of the reasons.
    pub fn codes(&self) -> Vec<&str> {
        match self {
            Self::Class(class) => class.codes(),
            Self::Score(score) => score.codes(),
        }
    }

    pub(crate) fn check(&self) -> Result<(), Fault> {
        match self {
            Self::Class(class) => class.reasons.check(),
            Self::Score(score) => score.check(),
        }
    }
}

impl From<Class> for Classes {
    fn from(class: Class) -> Self {
        Self::Class(class)
    }
}

impl From<Score> for Classes {
    fn from(score: Score) -> Self {
        Self::Score(score)
    }
}
