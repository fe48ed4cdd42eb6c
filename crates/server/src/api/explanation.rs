//! Why a customer is in its classes.

use serde::{Deserialize, Serialize};
use tierhook_hooks::Hook;
use tierhook_model::{Combined, Day, FaultRecord, GenerationId, ScoreGroup};

use super::{
    CustomerHead, DimensionHead, FieldValue, FollowUpRow, OverrideRow, PluginHistory, ProblemRow, WarningRow, as_text,
};

/// Why a customer is in its classes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The customer.
    pub customer: CustomerHead,
    /// The day as of which it was decided.
    #[serde(with = "as_text")]
    pub day: Day,
    /// The generation that decided.
    pub generation: GenerationId,
    /// What happened on each dimension.
    pub dimensions: Vec<DimensionExplanation>,
    /// What is to be done that rules want; nothing where one dimension is asked for, or a day in the past.
    #[serde(default)]
    pub follow_ups: Vec<FollowUpRow>,
    /// What rules fear, likewise.
    #[serde(default)]
    pub warnings: Vec<WarningRow>,
    /// What each rule read and did.
    pub rules: Vec<RuleTrace>,
    /// Whether the customer waits for a new evaluation, because the rules want something else than what stands.
    pub pending: bool,
    /// Rules on the disk that are not fit, so that an earlier version decides, or none.
    #[serde(default)]
    pub refused: Vec<RefusedRule>,
}

/// A rule on the disk that is not fit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RefusedRule {
    /// The rule, or the file that belongs to all of them.
    pub name: String,
    /// The version that decides instead; `None` if there is none, or if it is no rule.
    pub version: Option<String>,
    /// What is wrong with it.
    pub problems: Vec<ProblemRow>,
}

/// What happened on one dimension.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DimensionExplanation {
    /// The dimension.
    pub dimension: DimensionHead,
    /// The class.
    pub class: String,
    /// Its name in the language asked for.
    pub name: String,
    /// The day since which it holds, where known.
    #[serde(with = "as_text::option", default)]
    pub since: Option<Day>,
    /// The class before this evaluation.
    pub before: Option<String>,
    /// Its name in the language asked for.
    #[serde(default)]
    pub before_name: Option<String>,
    /// The class that the rules alone give.
    pub by_rules: Option<String>,
    /// Its name in the language asked for.
    #[serde(default)]
    pub by_rules_name: Option<String>,
    /// The rules that decided.
    pub decided_by: Vec<String>,
    /// How their words were put together.
    pub combined: Combined,
    /// The points, where points decided.
    pub score: Option<ScoreRow>,
    /// The reasons.
    pub reasons: Vec<ReasonRow>,
    /// The person's word that stands above the rules.
    pub overridden: Option<OverrideRow>,
    /// What customers of the class are entitled to, for the staff who serve them.
    #[serde(default)]
    pub entitlements: Vec<String>,
}

/// A reason in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReasonRow {
    /// The code.
    pub code: String,
    /// The text in the language asked for.
    pub text: String,
    /// Points that it brought, if it is about points.
    pub points: Option<f64>,
}

/// Points, and how far it is to the next class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreRow {
    /// The groups of points.
    pub groups: Vec<ScoreGroup>,
    /// The share of what was attainable in known groups, 0 to 1; `None` where too little is known.
    pub share: Option<f64>,
    /// The known part of all attainable points, 0 to 1.
    pub known: f64,
    /// From which share each class is given, best first.
    pub bands: Vec<BandRow>,
    /// The next better class.
    pub next: Option<NextBand>,
}

/// The share of points from which a class is given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BandRow {
    /// The class.
    pub class: String,
    /// Its name in the language asked for.
    pub name: String,
    /// The share, 0 to 1.
    pub from: f64,
}

/// The next better class, and what is missing for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NextBand {
    /// The class.
    pub class: String,
    /// Its name in the language asked for.
    pub name: String,
    /// The missing share, 0 to 1.
    pub missing_share: f64,
    /// The same in points, at the points that are attainable in the known groups.
    pub missing_points: f64,
}

impl NextBand {
    /// Finds the lowest band above a share; `None` in the best one. `bands` go best first.
    pub fn above(share: f64, groups: &[ScoreGroup], bands: &[BandRow]) -> Option<Self> {
        let band = bands.iter().rev().find(|band| band.from > share)?;
        let attainable: f64 = groups.iter().filter(|group| group.points.is_some()).map(|group| group.attainable).sum();
        let missing_share = band.from - share;
        Some(Self {
            class: band.class.clone(),
            name: band.name.clone(),
            missing_share,
            missing_points: missing_share * attainable,
        })
    }
}

/// What one rule read and did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleTrace {
    /// The rule's name.
    pub rule: String,
    /// The first digits of its digest.
    pub version: String,
    /// The version that its author calls it; nothing of a script, and where another version of it is active now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// Which hook was called.
    pub hook: Hook,
    /// The fields that it read, with their values.
    pub read: Vec<FieldValue>,
    /// The facts that it looked at one by one; nothing where another version of it is active now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<PluginHistory>,
    /// What a plugin noted about the customer on its way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hits: Vec<String>,
    /// The fault, if it had one.
    pub fault: Option<FaultRecord>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_class_is_the_lowest_band_above() {
        let band = |class: &str, from| BandRow { class: class.into(), name: class.into(), from };
        let bands = [band("A", 0.7), band("B", 0.4), band("C", 0.0)];
        let groups = [
            ScoreGroup { name: "spend".into(), attainable: 40.0, points: Some(10.0) },
            ScoreGroup { name: "satisfaction".into(), attainable: 20.0, points: None },
        ];
        let next = NextBand::above(0.25, &groups, &bands).unwrap();
        assert_eq!(next.class, "B");
        assert!((next.missing_share - 0.15).abs() < 1e-9 && (next.missing_points - 6.0).abs() < 1e-9);
        assert_eq!(NextBand::above(0.7, &groups, &bands), None);
    }
}
