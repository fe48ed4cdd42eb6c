//! Wishes: what a rule wants for one record. The host decides what comes of them.

use tierhook_model::{Band, Day, Reason, ScoreGroup, Severity};

/// Everything that one call wants for one record.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Wishes {
    /// Words on dimensions.
    pub classes: Vec<ClassWish>,
    /// What to do.
    pub follow_ups: Vec<FollowUpWish>,
    /// What to fear.
    pub warnings: Vec<WarningWish>,
}

/// A word on one dimension.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassWish {
    /// The dimension.
    pub dimension: String,
    /// The word.
    pub verdict: Verdict,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// A rule's word on a dimension.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// This class.
    Class(String),
    /// Points. With bands the rule's own points decide; without, they are added to those of other rules and the
    /// dimension's bands decide.
    Score {
        /// The groups of points.
        groups: Vec<ScoreGroup>,
        /// The share from which each class is given, best first.
        bands: Vec<Band>,
    },
}

/// Something to do.
#[derive(Clone, Debug, PartialEq)]
pub struct FollowUpWish {
    /// The kind, for example `care-call`.
    pub kind: String,
    /// What makes it the same one when it is wished again.
    pub anchor: AnchorWish,
    /// When it should be done. Without it, the end of the cycle for [`AnchorWish::Every`], the day itself for
    /// [`AnchorWish::Year`] and [`AnchorWish::Episode`], else the day on which it is opened.
    pub due: Option<Day>,
    /// How: `call`, `visit`, `email`, `chat`.
    pub channel: Option<String>,
    /// How much it matters: higher first.
    pub priority: i32,
    /// Why.
    pub reasons: Vec<Reason>,
    /// What to do, as a code with arguments.
    pub action: Option<Reason>,
    /// What the customer can be offered.
    pub offer: Option<OfferWish>,
}

/// What the customer can be offered.
#[derive(Clone, Debug, PartialEq)]
pub struct OfferWish {
    /// The offer as a code with arguments.
    pub terms: Reason,
    /// The last day on which it holds.
    pub ends: Option<Day>,
}

/// What makes a follow-up or warning the same one. The host resolves it against the record's facts.
#[derive(Clone, Debug, PartialEq)]
pub enum AnchorWish {
    /// Once for the record.
    Once,
    /// Once for a fact, by its id.
    Fact(String),
    /// Every so many days since something.
    Every {
        /// How many days a cycle lasts; at least 1.
        days: u32,
        /// Since what.
        since: Since,
    },
    /// Once for the last purchase of a consumption group.
    Cycle(String),
    /// Once a year, on the anniversary of a day.
    Year(Day),
    /// Once for an episode that began on a day.
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
    /// A day that the rule took from a field.
    Day(Day),
}

/// Something to fear.
#[derive(Clone, Debug, PartialEq)]
pub struct WarningWish {
    /// The cause, for example `silence`.
    pub cause: String,
    /// Which episode it belongs to.
    pub episode: AnchorWish,
    /// How bad it is.
    pub severity: Severity,
    /// The evidence.
    pub reasons: Vec<Reason>,
    /// What to do, as a code with arguments.
    pub suggestion: Option<Reason>,
}
