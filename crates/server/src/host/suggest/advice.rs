//! When a book holds customers of two kinds, which are better graded each among its own.

use std::collections::{BTreeMap, BTreeSet};

use tierhook_hooks::{Measured, Part, Ruleset};

use super::measure::{Measures, Segment};
use super::{FEWEST, Texts, Wanted};

/// From how many times as much in the middle of one class as in that of another on grading apart is advised.
const TIMES: f64 = 3.0;

/// Says by which dimensions it is advised to set the parameters of a rule apart, and whether the customers are of two
/// kinds that no dimension tells apart.
pub(super) fn advice(ruleset: &Ruleset, wanted: &[Wanted<'_>], measures: &Measures, texts: &Texts) -> Vec<String> {
    let mut advice = BTreeSet::new();
    for meta in ruleset.hooks.rules().iter().map(|rule| rule.meta()).filter(|meta| meta.segments.is_none()) {
        let measure = wanted.iter().find_map(|it| match (&it.suggestion.of, it.suggestion.part) {
            (of @ Measured::Field(field), Part::Top(_)) if it.rule == meta.name && is_money(ruleset, field) => {
                Some((of, field))
            }
            _ => None,
        });
        let Some((of, field)) = measure.filter(|_| !meta.manifest.segments.is_empty()) else { continue };
        let told: Vec<String> = meta
            .manifest
            .segments
            .iter()
            .filter_map(|dimension| by_dimension(ruleset, dimension, of, field, measures, texts))
            .collect();
        if told.is_empty() {
            advice.extend(two_heaps(of, field, measures, texts));
        }
        advice.extend(told);
    }
    advice.into_iter().collect()
}

fn is_money(ruleset: &Ruleset, field: &str) -> bool {
    ruleset.catalogue.get(field).is_some_and(|field| field.ty == tierhook_model::FieldType::Money)
}

fn by_dimension(
    ruleset: &Ruleset,
    dimension: &str,
    of: &Measured,
    field: &str,
    measures: &Measures,
    texts: &Texts,
) -> Option<String> {
    let mut middles: BTreeMap<&str, f64> = BTreeMap::new();
    for class in &ruleset.dimensions.get(dimension)?.classes {
        let segment = Segment { dimension: dimension.to_owned(), class: class.id.clone() };
        let spread = measures.get(of, Some(&segment)).filter(|spread| spread.len() >= FEWEST);
        middles.extend(spread.and_then(|spread| Some((class.id.as_str(), spread.middle()?))));
    }
    let (high, most) = middles.iter().max_by(|a, b| a.1.total_cmp(b.1))?;
    let (low, least) = middles.iter().min_by(|a, b| a.1.total_cmp(b.1))?;
    if *least <= 0.0 || most / least < TIMES {
        return None;
    }
    let (high, low) = (texts.class_name(dimension, high), texts.class_name(dimension, low));
    let times = format!("{:.0}", most / least);
    Some(match texts.language {
        tierhook_model::Language::En => format!(
            "{high} has {times} times as much {field} as {low}, in the middle of each: `tierhook rules suggest --by {dimension}` \
             grades each among its own kind"
        ),
        tierhook_model::Language::Zh => {
            format!("{high}的 {field} 中位数为{low}的 {times} 倍：`tierhook rules suggest --by {dimension}` 可分组评定")
        }
    })
}

fn two_heaps(of: &Measured, field: &str, measures: &Measures, texts: &Texts) -> Option<String> {
    let heaps = measures.get(of, None)?.heaps()?;
    let (low, high, share) = (heaps.low.round(), heaps.high.round(), heaps.high_share * 100.0);
    Some(match texts.language {
        tierhook_model::Language::En => format!(
            "the customers are of two kinds: {field} is about {low} for most, and about {high} for {share:.0} %. If these are retail \
             and wholesale, a dimension that tells them apart lets `rules suggest --by DIMENSION` grade each among its own kind"
        ),
        tierhook_model::Language::Zh => format!(
            "客户分为两类：多数的 {field} 约为 {low}，另有 {share:.0} % 约为 {high}。若为零售与批发，可建一个维度加以区分，再用 \
             `rules suggest --by 维度` 分组评定"
        ),
    })
}
