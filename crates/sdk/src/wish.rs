//! Wishes: what a hook wants for a record. The host decides what comes of them.

use std::borrow::Cow;

use crate::reason::{Reasons, Role, explained};
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

/// Something to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The kind: `care-call`.
    pub kind: Cow<'static, str>,
    /// What makes it the same one when it is wanted again.
    pub anchor: Anchor,
    /// When it should be done, if not when the anchor says.
    pub due: Option<Day>,
    /// How.
    pub channel: Option<Channel>,
    /// How much it matters: higher first.
    pub priority: i32,
    /// The last day on which the offer holds.
    pub offer_ends: Option<Day>,
    pub(crate) reasons: Reasons,
}

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

/// How something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// A telephone call.
    Call,
    /// A visit in person.
    Visit,
    /// An email.
    Email,
    /// A chat, for example on WeChat.
    Chat,
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

/// Gives a class on a dimension, both by their ids.
pub fn class(dimension: impl Into<Cow<'static, str>>, class: impl Into<Cow<'static, str>>) -> Class {
    Class { dimension: dimension.into(), class: class.into(), reasons: Reasons::default() }
}

/// Begins a plan of a kind: once for the customer, unless another anchor follows.
pub fn plan(kind: impl Into<Cow<'static, str>>) -> Plan {
    Plan {
        kind: kind.into(),
        anchor: Anchor::Once,
        due: None,
        channel: None,
        priority: 0,
        offer_ends: None,
        reasons: Reasons::default(),
    }
}

/// Begins a warning of a cause: once for the customer, unless another anchor follows.
pub fn warn(cause: impl Into<Cow<'static, str>>) -> Warning {
    Warning { cause: cause.into(), anchor: Anchor::Once, severity: Severity::Medium, reasons: Reasons::default() }
}

impl Class {
    fn take_points(&mut self) -> Option<f64> {
        None
    }
}

impl Plan {
    /// Wants it once for the record.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.anchor = Anchor::Once;
        self
    }

    /// Wants it once for a fact, by its id: `last_order_id`.
    #[must_use]
    pub fn per_fact(mut self, id: impl Into<Cow<'static, str>>) -> Self {
        self.anchor = Anchor::Fact(id.into());
        self
    }

    /// Wants it every so many days, at least 1, since the last contact unless something else follows.
    #[must_use]
    pub fn every(mut self, days: u32) -> Self {
        self.anchor = Anchor::Every(days, Since::Contact);
        self
    }

    /// Counts the days of [`Plan::every`] since the last contact.
    #[must_use]
    pub fn since_contact(self) -> Self {
        self.counted(Since::Contact)
    }

    /// Counts the days of [`Plan::every`] since the last order.
    #[must_use]
    pub fn since_order(self) -> Self {
        self.counted(Since::Order)
    }

    /// Counts the days of [`Plan::every`] since the customer was first seen.
    #[must_use]
    pub fn since_first_seen(self) -> Self {
        self.counted(Since::FirstSeen)
    }

    /// Counts the days of [`Plan::every`] since a day.
    #[must_use]
    pub fn since(self, day: Day) -> Self {
        self.counted(Since::Day(day))
    }

    /// Wants it once for the last purchase of a consumption group: `next_purchase_group`.
    #[must_use]
    pub fn per_cycle(mut self, group: impl Into<Cow<'static, str>>) -> Self {
        self.anchor = Anchor::Cycle(group.into());
        self
    }

    /// Wants it once a year, on the anniversary of a day.
    #[must_use]
    pub fn per_year(mut self, day: Day) -> Self {
        self.anchor = Anchor::Year(day);
        self
    }

    /// Wants it once for what began on a day.
    #[must_use]
    pub fn episode(mut self, day: Day) -> Self {
        self.anchor = Anchor::Episode(day);
        self
    }

    /// Says when it should be done; else the end of the cycle, the anniversary or the day of the episode, and today for the others.
    #[must_use]
    pub fn due(mut self, day: Day) -> Self {
        self.due = Some(day);
        self
    }

    /// Says how it is done.
    #[must_use]
    pub fn channel(mut self, channel: Channel) -> Self {
        self.channel = Some(channel);
        self
    }

    /// Says how much it matters: higher first.
    #[must_use]
    pub fn priority(mut self, priority: i32) -> Self {
        self.priority = priority;
        self
    }

    /// Says what to do, by a code; [`Plan::with`] adds its arguments.
    #[must_use]
    pub fn action(mut self, code: impl Into<Cow<'static, str>>) -> Self {
        self.reasons.push(Role::Action, code.into(), None);
        self
    }

    /// Says what the customer can be offered, by a code; [`Plan::with`] adds its arguments.
    #[must_use]
    pub fn offer(mut self, code: impl Into<Cow<'static, str>>) -> Self {
        self.reasons.push(Role::Offer, code.into(), None);
        self
    }

    /// Says on which day the offer holds for the last time.
    #[must_use]
    pub fn offer_ends(mut self, day: Day) -> Self {
        self.offer_ends = Some(day);
        self
    }

    fn counted(mut self, since: Since) -> Self {
        match &mut self.anchor {
            Anchor::Every(_, counted) => *counted = since,
            _ => self.reasons.misuse = Some("`since...` has no cycle to count; write `.every(days)` before it"),
        }
        self
    }

    fn take_points(&mut self) -> Option<f64> {
        None
    }

    pub(crate) fn check(&self) -> Result<(), Fault> {
        if matches!(self.anchor, Anchor::Every(0, _)) {
            return Err(Fault::new("a cycle of 0 days").hint("let it last a day or more"));
        }
        self.reasons.check()
    }
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

explained!(Class);
explained!(Plan);
explained!(Warning);

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

/// What a function may return for a hook that wants `W`: one or several of them, an `Option`, nothing `()`, or a `Result` of any of
/// these with a [`Fault`].
pub trait Wanted<W> {
    /// Adds what is wanted.
    ///
    /// # Errors
    /// The fault of the record.
    fn want(self, wishes: &mut Vec<W>) -> Result<(), Fault>;
}

macro_rules! wanted {
    ($($one:ty => $wish:ty;)*) => {$(
        impl Wanted<$wish> for $one {
            fn want(self, wishes: &mut Vec<$wish>) -> Result<(), Fault> {
                wishes.push(self.into());
                Ok(())
            }
        }
    )*};
}

wanted! {
    Class => Classes;
    Score => Classes;
    Classes => Classes;
    Plan => Plan;
    Warning => Warning;
}

impl<W> Wanted<W> for () {
    fn want(self, _: &mut Vec<W>) -> Result<(), Fault> {
        Ok(())
    }
}

impl<W, T: Wanted<W>> Wanted<W> for Option<T> {
    fn want(self, wishes: &mut Vec<W>) -> Result<(), Fault> {
        self.map_or(Ok(()), |some| some.want(wishes))
    }
}

impl<W, T: Wanted<W>> Wanted<W> for Result<T, Fault> {
    fn want(self, wishes: &mut Vec<W>) -> Result<(), Fault> {
        self?.want(wishes)
    }
}

impl<W, T: Wanted<W>> Wanted<W> for Vec<T> {
    fn want(self, wishes: &mut Vec<W>) -> Result<(), Fault> {
        self.into_iter().try_for_each(|one| one.want(wishes))
    }
}

impl<W, T: Wanted<W>, const N: usize> Wanted<W> for [T; N] {
    fn want(self, wishes: &mut Vec<W>) -> Result<(), Fault> {
        self.into_iter().try_for_each(|one| one.want(wishes))
    }
}
