//! Combining: from the rules' words on a dimension to one class. Pure.

use tierhook_hooks::{ClassWish, Fault, Verdict};
use tierhook_model::{
    Band, Combination, Combined, Day, Dimension, OnFault, Override, Reason, Record, ScoreGroup, ScoreReceipt, UNRATED,
};

/// The part of all attainable points that has to be known for a class to be given.
const KNOWN_ENOUGH: f64 = 0.5;

/// What one rule said about a dimension.
#[derive(Debug)]
pub(crate) struct Word<'a> {
    /// The rule's name.
    pub(crate) rule: &'a str,
    /// Its words on the dimension, perhaps none, or its fault.
    pub(crate) said: Result<Vec<&'a ClassWish>, &'a Fault>,
}

/// What was decided on a dimension for a record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Decided {
    /// The class; `None` if there is none and none stood before.
    pub(crate) class: Option<String>,
    /// The class that the rules alone give.
    pub(crate) by_rules: Option<String>,
    /// The rules that decided.
    pub(crate) decided_by: Vec<String>,
    /// How.
    pub(crate) combined: Combined,
    /// The points.
    pub(crate) score: Option<ScoreReceipt>,
    /// Why.
    pub(crate) reasons: Vec<Reason>,
    /// The person's word that stands above the rules.
    pub(crate) overridden: Option<Override>,
    /// Whether a fault makes the whole evaluation of the record void.
    pub(crate) failed: bool,
}

/// Puts the rules' words on a dimension together, and a person's word above them.
pub(crate) fn combine(dimension: &Dimension, words: &[Word<'_>], record: &Record, day: Day) -> Decided {
    let standing = record.standing.class(&dimension.id);
    let mut decided = match dimension.combine {
        Combination::First => first(dimension, words),
        Combination::Points => points(dimension, words),
        Combination::Best => extreme(dimension, words, Combined::Best),
        Combination::Worst => extreme(dimension, words, Combined::Worst),
    }
    .unwrap_or_else(|fault| {
        after_fault(dimension, fault, standing.map(|standing| dimension.successor(&standing.class)))
    });
    if decided.class.is_none() && decided.combined == Combined::Unrated && (standing.is_some() || !words.is_empty()) {
        decided.class = Some(UNRATED.to_owned());
    }
    decided.by_rules.clone_from(&decided.class);
    let word = record.aggregates.overrides.iter().find(|(of, _)| *of == dimension.id).map(|(_, word)| word);
    if let Some(word) = word.filter(|word| word.holds_on(day) && dimension.allows(&word.class)) {
        decided.class = Some(word.class.clone());
        decided.overridden = Some(word.clone());
    }
    decided
}

/// The first rule in order that has a word decides.
fn first(dimension: &Dimension, words: &[Word<'_>]) -> Result<Decided, Faulted> {
    for word in words {
        match &word.said {
            Ok(wishes) => {
                if let Some(wish) = wishes.first() {
                    return Ok(one_word(dimension, word.rule, wish));
                }
            }
            Err(_) if dimension.on_fault == OnFault::Skip => {}
            Err(_) => return Err(Faulted { rule: word.rule.to_owned() }),
        }
    }
    Ok(unrated())
}

/// Rules bring points; a rule that names a class outright stands above the points.
fn points(dimension: &Dimension, words: &[Word<'_>]) -> Result<Decided, Faulted> {
    let (mut groups, mut reasons, mut decided_by) = (Vec::new(), Vec::new(), Vec::new());
    for word in words {
        let wishes = match &word.said {
            Ok(wishes) => wishes,
            Err(_) if dimension.on_fault == OnFault::Skip => continue,
            Err(_) => return Err(Faulted { rule: word.rule.to_owned() }),
        };
        for wish in wishes {
            match &wish.verdict {
                Verdict::Score { groups: more, bands } if bands.is_empty() => {
                    groups.extend(more.iter().cloned());
                    reasons.extend(wish.reasons.iter().cloned());
                    decided_by.push(word.rule.to_owned());
                }
                _ => return Ok(one_word(dimension, word.rule, wish)),
            }
        }
    }
    if decided_by.is_empty() {
        return Ok(unrated());
    }
    let score = score(groups, &dimension.bands);
    let class = class_of(&score);
    Ok(Decided { class, reasons, decided_by, combined: Combined::Points, score: Some(score), ..unrated() })
}

/// The best or the worst class that any rule names. Classes stand best first; `unrated` is no class to choose.
fn extreme(dimension: &Dimension, words: &[Word<'_>], which: Combined) -> Result<Decided, Faulted> {
    let mut chosen: Option<(usize, Decided)> = None;
    for word in words {
        let wishes = match &word.said {
            Ok(wishes) => wishes,
            Err(_) if dimension.on_fault == OnFault::Skip => continue,
            Err(_) => return Err(Faulted { rule: word.rule.to_owned() }),
        };
        for wish in wishes {
            let decided = one_word(dimension, word.rule, wish);
            let place = |class: &String| dimension.classes.iter().position(|it| it.id == *class);
            let Some(place) = decided.class.as_ref().and_then(place) else { continue };
            let is_further = chosen.as_ref().is_none_or(|(best, _)| match which {
                Combined::Worst => place > *best,
                _ => place < *best,
            });
            if is_further {
                chosen = Some((place, Decided { combined: which, ..decided }));
            }
        }
    }
    Ok(chosen.map_or_else(unrated, |(_, decided)| decided))
}

fn one_word(dimension: &Dimension, rule: &str, wish: &ClassWish) -> Decided {
    let (class, score) = match &wish.verdict {
        Verdict::Class(class) => (Some(class.clone()), None),
        Verdict::Score { groups, bands } => {
            let bands = if bands.is_empty() { &dimension.bands } else { bands };
            let score = score(groups.clone(), bands);
            (class_of(&score), Some(score))
        }
    };
    Decided {
        class,
        score,
        reasons: wish.reasons.clone(),
        decided_by: vec![rule.to_owned()],
        combined: Combined::First,
        ..unrated()
    }
}

/// Counts the points of the known groups against what was attainable in them.
pub(crate) fn score(groups: Vec<ScoreGroup>, bands: &[Band]) -> ScoreReceipt {
    let attainable: f64 = groups.iter().map(|group| group.attainable).sum();
    let known_groups = groups.iter().filter_map(|group| Some((group.attainable, group.points?)));
    let (reachable, reached) = known_groups.fold((0.0, 0.0), |(reachable, reached), (attainable, points)| {
        (reachable + attainable, reached + points.min(attainable))
    });
    let known = if attainable > 0.0 { reachable / attainable } else { 0.0 };
    let share = (known >= KNOWN_ENOUGH && reachable > 0.0).then(|| (reached / reachable).max(0.0));
    let bands = bands.iter().map(|band| (band.class.clone(), band.from)).collect();
    ScoreReceipt { groups, share, known, bands }
}

/// The best class whose band the share reaches; `unrated` where too little is known or no band is reached.
pub(crate) fn class_of(score: &ScoreReceipt) -> Option<String> {
    // Shares are sums of decimal fractions: a hair below a threshold is on it.
    let reached = |from: f64| score.share.is_some_and(|share| share + 1e-9 >= from);
    let band = score.bands.iter().find(|(_, from)| reached(*from));
    Some(band.map_or(UNRATED, |(class, _)| class).to_owned())
}

struct Faulted {
    rule: String,
}

fn after_fault(dimension: &Dimension, fault: Faulted, standing: Option<&str>) -> Decided {
    let class = match dimension.on_fault {
        OnFault::Default => dimension.default_class.clone(),
        OnFault::Keep | OnFault::Skip | OnFault::Fail => standing.map(str::to_owned),
    };
    Decided {
        class,
        decided_by: vec![fault.rule],
        combined: Combined::KeptAfterFault,
        failed: dimension.on_fault == OnFault::Fail,
        ..unrated()
    }
}

fn unrated() -> Decided {
    Decided {
        class: None,
        by_rules: None,
        decided_by: Vec::new(),
        combined: Combined::Unrated,
        score: None,
        reasons: Vec::new(),
        overridden: None,
        failed: false,
    }
}
