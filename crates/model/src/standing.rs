//! What decisions left: classes, follow-ups, warnings.

use serde::{Deserialize, Serialize};

use crate::{Day, GenerationId, Reason, RecordId};

/// What earlier decisions left for a record. It is outside the replay law: a simulation carries it along.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Standing {
    /// The class on each dimension that was ever decided, by dimension.
    pub classes: Vec<ClassStanding>,
    /// Open follow-ups, and closed ones for as long as they keep their cycle from coming back.
    pub follow_ups: Vec<FollowUp>,
    /// Open warnings, and closed ones for as long as they keep their episode from coming back.
    pub warnings: Vec<Warning>,
    /// The number that the last follow-up or warning got; the first gets 1.
    pub last_number: u32,
    /// The cause of the last churn warning.
    pub last_churn_cause: Option<String>,
    /// The generation that last decided.
    pub generation: GenerationId,
    /// The day as of which it last decided.
    pub evaluated: Option<Day>,
    /// Rules that faulted for this record when it was last decided.
    pub faulted: Vec<String>,
}

impl Standing {
    /// Returns the standing class on a dimension.
    pub fn class(&self, dimension: &str) -> Option<&ClassStanding> {
        self.classes.iter().find(|standing| standing.dimension == dimension)
    }

    /// Does the same for one record after the other: it looks first where the record before had the dimension, which
    /// is `place`. Records have their dimensions in much the same order.
    pub fn class_near(&self, dimension: &str, place: &mut usize) -> Option<&ClassStanding> {
        let is_there = |standing: &ClassStanding| standing.dimension == dimension;
        if !self.classes.get(*place).is_some_and(is_there) {
            *place = self.classes.iter().position(is_there)?;
        }
        self.classes.get(*place)
    }
}

/// The class on one dimension, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassStanding {
    /// The dimension.
    pub dimension: String,
    /// The class.
    pub class: String,
    /// The day since which it holds.
    pub since: Day,
    /// Whether a person's word holds it.
    pub overridden: bool,
}

/// A person's word on a class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// The class.
    pub class: String,
    /// Who said so.
    pub who: String,
    /// Why.
    pub why: String,
    /// The day on which it was said.
    pub since: Day,
    /// The last civil day on which it holds; `None` is until somebody ends it.
    pub until: Option<Day>,
    /// The day from which somebody has to look at it again. It holds all the same.
    pub review: Option<Day>,
}

impl Override {
    /// Tells whether the override holds on a day.
    pub fn holds_on(&self, day: Day) -> bool {
        self.until.is_none_or(|until| day <= until)
    }

    /// Tells whether it holds on a day, and somebody has to look at it again by then.
    pub fn is_to_review(&self, day: Day) -> bool {
        self.holds_on(day) && self.review.is_some_and(|review| review <= day)
    }
}

/// What makes a follow-up or warning the same one when it is proposed again. It is built from facts, never from
/// the day of the evaluation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Anchor {
    /// Once for the record.
    Once,
    /// Once for a fact, by its id in its source.
    Fact(String),
    /// Every so many days since a day on which something happened.
    Every {
        /// Since when.
        since: Day,
        /// How many days a cycle lasts.
        days: u32,
        /// Which cycle it is, counted from 1.
        cycle: u32,
    },
    /// Once for a purchase of a consumption group.
    Cycle {
        /// The consumption group.
        group: String,
        /// The purchase that the cycle began with.
        began: Day,
    },
    /// Once a year, by the day in that year.
    Year(Day),
    /// Once for an episode that began on a day.
    Episode(Day),
}

impl Anchor {
    /// Tells whether both stand for the same thing, whichever cycle of it.
    pub fn same_base(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Every { since: a, .. }, Self::Every { since: b, .. }) => a == b,
            (a, b) => a == b,
        }
    }

    /// Returns the number of the cycle; 0 where there are none.
    pub fn cycle(&self) -> u32 {
        match self {
            Self::Every { cycle, .. } => *cycle,
            _ => 0,
        }
    }
}

/// What drives customers away, unless a rule has a list of its own.
pub const CAUSES: [&str; 6] = ["quality", "service", "price", "competitor", "moved", "other"];

/// What a follow-up's life has come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FollowUpState {
    /// It is to be done.
    Open,
    /// It is to be done, but not before a day.
    Snoozed {
        /// The first day on which it counts again.
        until: Day,
    },
    /// Somebody did it.
    Done {
        /// When.
        on: Day,
        /// What the customer gave as the cause.
        cause: Option<String>,
    },
    /// The rule that wanted it does no longer.
    Withdrawn {
        /// When.
        on: Day,
        /// Why, as a code: `reason-gone`, `rule-retired`, `new-cycle`.
        why: String,
    },
}

impl FollowUpState {
    /// Tells whether there is still something to do.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Open | Self::Snoozed { .. })
    }
}

impl FollowUp {
    /// Returns the day on which it is to be done: not before the one up to which it was put off.
    pub fn due_on(&self) -> Day {
        match self.state {
            FollowUpState::Snoozed { until } => self.due.max(until),
            _ => self.due,
        }
    }
}

/// Something to do for a customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FollowUp {
    /// The number within the record.
    pub number: u32,
    /// The kind, for example `care-call`.
    pub kind: String,
    /// What makes it the same one.
    pub anchor: Anchor,
    /// What its life has come to.
    pub state: FollowUpState,
    /// The day on which it should be done.
    pub due: Day,
    /// The day on which it was opened.
    pub opened: Day,
    /// The rule that wants it.
    pub rule: String,
    /// How to do it: `call`, `visit`, `email`, `chat`, as the rule says.
    pub channel: Option<String>,
    /// How much it matters: higher first.
    pub priority: i32,
    /// Why.
    pub reasons: Vec<Reason>,
    /// What to do, as a code with arguments.
    pub action: Option<Reason>,
    /// What the customer can be offered.
    pub offer: Option<Offer>,
    /// Which one it was before its record was merged into this one.
    pub moved_from: Option<MovedFrom>,
}

/// A follow-up or warning of a record that was merged since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedFrom {
    /// The record.
    pub record: RecordId,
    /// The number within that record.
    pub number: u32,
}

/// What a customer can be offered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// The offer as a code with arguments; its template names condition and benefit.
    pub terms: Reason,
    /// The last day on which it holds.
    pub ends: Option<Day>,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// Worth doing something.
    Medium,
    /// Do something now.
    High,
}

/// What a warning's life has come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WarningState {
    /// Nobody has looked yet.
    Open,
    /// Somebody is on it.
    Acknowledged {
        /// Since when.
        on: Day,
        /// Who.
        who: String,
    },
    /// It comes back on a day.
    Snoozed {
        /// The first day on which it counts again.
        until: Day,
    },
    /// The customer stays.
    Resolved {
        /// When.
        on: Day,
        /// What it was.
        cause: String,
    },
    /// The customer is gone.
    Lost {
        /// When.
        on: Day,
        /// What it was.
        cause: String,
    },
    /// There was nothing; the same episode is not raised again.
    FalseAlarm {
        /// When.
        on: Day,
    },
    /// The rule that warned does no longer.
    Withdrawn {
        /// When.
        on: Day,
        /// Why, as a code.
        why: String,
    },
}

impl WarningState {
    /// Tells whether the customer is still in danger.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Open | Self::Acknowledged { .. } | Self::Snoozed { .. })
    }
}

/// The company is about to lose the customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Warning {
    /// The number within the record.
    pub number: u32,
    /// Why, as the rule's cause, for example `silence`.
    pub cause: String,
    /// Which episode it belongs to.
    pub episode: Anchor,
    /// What its life has come to.
    pub state: WarningState,
    /// How bad it is.
    pub severity: Severity,
    /// The day on which it was raised.
    pub opened: Day,
    /// The rule that warned.
    pub rule: String,
    /// The evidence.
    pub reasons: Vec<Reason>,
    /// What to do, as a code with arguments.
    pub suggestion: Option<Reason>,
    /// Which one it was before its record was merged into this one.
    pub moved_from: Option<MovedFrom>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_found_wherever_the_record_before_had_it() {
        let class = |dimension: &str| ClassStanding {
            dimension: dimension.to_owned(),
            class: dimension.to_uppercase(),
            since: Day(0),
            overridden: false,
        };
        let standing = |dimensions: &[&str]| Standing {
            classes: dimensions.iter().map(|it| class(it)).collect(),
            ..Standing::default()
        };
        let mut place = 0;
        for (dimensions, found) in [
            (&["a", "b"][..], Some(1)),
            (&["b", "a"], Some(0)),
            (&["a"], None),
            (&[], None),
            (&["c", "a", "b"], Some(2)),
        ] {
            let standing = standing(dimensions);
            assert_eq!(standing.class_near("b", &mut place), found.map(|at| &standing.classes[at]), "{dimensions:?}");
            assert_eq!(standing.class_near("b", &mut place), standing.class("b"));
        }
    }
}
