//! Suggestions: what part of the customers a parameter stands for, so that a value can be found in any book.

use serde::{Deserialize, Serialize};

/// What part of the customers a number should tell apart. In a manifest
/// `suggest = { field = "net_revenue_365d", top = 0.1 }` is the value that one customer in ten reaches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Suggestion {
    /// What is measured.
    pub of: Measured,
    /// The customers to be told apart.
    pub part: Part,
}

/// What the values of a suggestion are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measured {
    /// Those of a field.
    Field(String),
    /// The shares of points on a dimension, with all other suggestions in force.
    Score(String),
}

/// A part of all customers of whom the value is known, above 0 and below 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Part {
    /// Those with the highest values: they are at the number or above it.
    Top(f64),
    /// Those with the lowest values: they are at the number or below it.
    Bottom(f64),
}

impl Part {
    /// The part as a share of all.
    pub fn share(self) -> f64 {
        match self {
            Self::Top(share) | Self::Bottom(share) => share,
        }
    }
}

/// A suggestion as it is written.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    score: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    top: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bottom: Option<f64>,
}

impl TryFrom<Written> for Suggestion {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, &'static str> {
        let of = match (written.field, written.score) {
            (Some(field), None) => Measured::Field(field),
            (None, Some(dimension)) => Measured::Score(dimension),
            _ => return Err("`suggest` needs either `field` or `score`"),
        };
        let part = match (written.top, written.bottom) {
            (Some(share), None) => Part::Top(share),
            (None, Some(share)) => Part::Bottom(share),
            _ => return Err("`suggest` needs either `top` or `bottom`"),
        };
        if part.share() > 0.0 && part.share() < 1.0 {
            Ok(Self { of, part })
        } else {
            Err("`top` and `bottom` of `suggest` are shares, above 0 and below 1")
        }
    }
}

impl From<Suggestion> for Written {
    fn from(suggestion: Suggestion) -> Self {
        let mut written = Self::default();
        match suggestion.of {
            Measured::Field(field) => written.field = Some(field),
            Measured::Score(dimension) => written.score = Some(dimension),
        }
        match suggestion.part {
            Part::Top(share) => written.top = Some(share),
            Part::Bottom(share) => written.bottom = Some(share),
        }
        written
    }
}
