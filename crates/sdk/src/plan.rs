//! Plans: what should be done next.

use std::borrow::Cow;

use crate::reason::{Reasons, Role, explained};
use crate::{Anchor, Day, Fault, Since};

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

explained!(Plan);
