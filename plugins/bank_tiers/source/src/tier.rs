//! Tiers and what they need.

use crate::Settings;

/// A tier, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Everybody else.
    Standard,
    /// From `gold_from` on.
    Gold,
    /// From `diamond_from` on.
    Diamond,
    /// From `private_from` on.
    Private,
}

impl Tier {
    const ALL: [Self; 4] = [Self::Standard, Self::Gold, Self::Diamond, Self::Private];

    /// The class's id.
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Gold => "gold",
            Self::Diamond => "diamond",
            Self::Private => "private",
        }
    }

    /// The tier with a class's id.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.name() == name)
    }

    /// The tier above.
    pub fn next(self) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| *tier > self)
    }

    /// The mean assets that it asks for.
    pub fn from(self, p: &Settings) -> f64 {
        match self {
            Self::Standard => 0.0,
            Self::Gold => p.gold_from,
            Self::Diamond => p.diamond_from,
            Self::Private => p.private_from,
        }
    }

    /// The mean assets that it takes to get it.
    pub fn needed(self, active: bool, p: &Settings) -> f64 {
        if active { self.from(p) * (1.0 - p.active_discount) } else { self.from(p) }
    }
}

/// Returns the highest tier that is earned or kept.
pub fn tier_of(assets: f64, active: bool, standing: Option<Tier>, p: &Settings) -> Tier {
    let held = |tier: Tier| standing.is_some_and(|standing| standing >= tier);
    let has = |tier: &Tier| {
        let needed = tier.needed(active, p);
        assets >= if held(*tier) { needed * (1.0 - p.keep_margin) } else { needed }
    };
    Tier::ALL.into_iter().rev().find(has).unwrap_or(Tier::Standard)
}
