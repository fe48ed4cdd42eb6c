//! Scores: points in groups, of which a class comes.

use std::borrow::Cow;

use crate::Fault;
use crate::reason::{Reasons, explained};

/// Points on a dimension, in groups. Their share of what is attainable in the groups that are known decides the class.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// The dimension.
    pub dimension: Cow<'static, str>,
    /// The groups.
    pub groups: Vec<Group>,
    /// The bands, best first; without any those of the dimension hold.
    pub bands: Vec<Band>,
    pub(crate) reasons: Reasons,
    points: Option<f64>,
}

/// A group of points.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The name.
    pub name: Cow<'static, str>,
    /// How many points can be had, above 0.
    pub attainable: f64,
    /// How many the record has; `None` if what they depend on is unknown: that counts neither for the record nor against it.
    pub points: Option<f64>,
}

/// The share of points from which a class is given.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// The class.
    pub class: Cow<'static, str>,
    /// The share, 0 to 1.
    pub from: f64,
}

/// Begins a score on a dimension.
pub fn score(dimension: impl Into<Cow<'static, str>>) -> Score {
    Score {
        dimension: dimension.into(),
        groups: Vec::new(),
        bands: Vec::new(),
        reasons: Reasons::default(),
        points: None,
    }
}

/// Returns how much of the way from `from` to `to` a value has come, within 0 and 1; `from` may be larger than `to`. A value that
/// is unknown has an unknown share.
pub fn scaled(value: impl Into<Option<f64>>, from: f64, to: f64) -> Option<f64> {
    // A scale that ends where it begins tells nothing: not a number, which the score refuses.
    let part = |value: f64| if from == to { f64::NAN } else { (value - from) / (to - from) };
    value.into().map(|value| part(value).clamp(0.0, 1.0))
}

impl Score {
    /// Adds a group: how many points can be had, and the share of them, 0 to 1. A [`Score::because`] right after it carries its
    /// points.
    #[must_use]
    pub fn group(mut self, name: impl Into<Cow<'static, str>>, attainable: f64, share: impl Into<Option<f64>>) -> Self {
        let points = share.into().map(|share| attainable * share.clamp(0.0, 1.0));
        self.groups.push(Group { name: name.into(), attainable, points });
        self.points = points;
        self
    }

    /// Adds the share of the points from which a class is given, best first.
    #[must_use]
    pub fn band(mut self, class: impl Into<Cow<'static, str>>, from: f64) -> Self {
        self.bands.push(Band { class: class.into(), from });
        self.points = None;
        self
    }

    /// The share of the attainable points of known groups; `None` if no group is known.
    pub fn share(&self) -> Option<f64> {
        let known = self.groups.iter().filter_map(|group| Some((group.points?, group.attainable)));
        let (points, attainable) = known.fold((0.0, 0.0), |(sum, of), (points, can)| (sum + points, of + can));
        (attainable > 0.0).then(|| points / attainable)
    }

    fn take_points(&mut self) -> Option<f64> {
        self.points.take()
    }

    pub(crate) fn check(&self) -> Result<(), Fault> {
        self.reasons.check()?;
        let dimension = &self.dimension;
        if self.groups.is_empty() {
            return Err(Fault::new(format!("the score on `{dimension}` has no group")).hint("add `.group(...)`"));
        }
        for (at, group) in self.groups.iter().enumerate() {
            let name = &group.name;
            if !(group.attainable.is_finite() && group.attainable > 0.0) {
                return Err(Fault::new(format!("group `{name}` can bring no points")).hint("let it bring more than 0"));
            }
            if group.points.is_some_and(|points| !points.is_finite()) {
                let hint = "look for a scale that begins where it ends";
                return Err(Fault::new(format!("the share of group `{name}` is no number")).hint(hint));
            }
            if self.groups[..at].iter().any(|other| other.name == *name) {
                return Err(Fault::new(format!("group `{name}` is there twice")).hint("rename one of the two"));
            }
        }
        for (at, band) in self.bands.iter().enumerate() {
            let (class, from) = (&band.class, band.from);
            let below = at == 0 || self.bands[at - 1].from > from;
            if !(0.0..=1.0).contains(&from) || !below {
                let hint = "write the bands from the best class down, with shares between 0 and 1";
                return Err(Fault::new(format!("the band for `{class}` begins where it cannot")).hint(hint));
            }
        }
        Ok(())
    }
}

explained!(Score);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_may_lead_downwards() {
        assert_eq!(scaled(1.0, 3.0, 0.0), Some(2.0 / 3.0));
        assert_eq!(scaled(9.0, 3.0, 0.0), Some(0.0));
        assert_eq!(scaled(None, 3.0, 0.0), None);
    }

    #[test]
    fn unknown_groups_count_neither_way() {
        let score = score("grade").group("a", 45.0, 0.5).group("b", 15.0, None);
        assert_eq!(score.share(), Some(0.5));
    }

    #[test]
    fn a_reason_right_after_a_group_carries_its_points() {
        let score = score("grade").because("X").group("a", 40.0, 0.5).because("A").because("B");
        let points: Vec<Option<f64>> = score.reasons().iter().map(|reason| reason.points).collect();
        assert_eq!(points, [None, Some(20.0), None]);
    }

    #[test]
    fn what_makes_no_sense_is_a_fault() {
        let message = |score: Score| score.check().unwrap_err().message;
        assert_eq!(message(score("g")), "the score on `g` has no group");
        assert_eq!(message(score("g").group("a", 0.0, 1.0)), "group `a` can bring no points");
        assert_eq!(message(score("g").group("a", 1.0, 1.0).group("a", 1.0, 1.0)), "group `a` is there twice");
        assert_eq!(message(score("g").group("a", 1.0, scaled(5.0, 1.0, 1.0))), "the share of group `a` is no number");
        let rising = score("g").group("a", 1.0, 1.0).band("A", 0.1).band("B", 0.5);
        assert_eq!(message(rising), "the band for `B` begins where it cannot");
        let unattached = score("g").with("x", 1).group("a", 1.0, 1.0);
        assert!(message(unattached).starts_with("`with` follows nothing"));
    }
}
