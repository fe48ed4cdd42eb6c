//! What a case expects, compared with what a rule said.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use tierhook_hooks::{Hook, RecordOutcome, Verdict, Wishes};
use tierhook_model::{Day, Reason, Record, Severity, Value};
use toml::Spanned;

use super::plain::Plain;
use crate::combine::{class_of, score};
use crate::decide::{anchor_due, anchor_of};

/// What a case expects. What is not given is not looked at.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Expect {
    class: Option<Spanned<BTreeMap<String, Spanned<String>>>>,
    reasons: Option<Spanned<Vec<String>>>,
    share: Option<Spanned<f64>>,
    follow_ups: Option<Spanned<Vec<Spanned<ExpectFollowUp>>>>,
    warnings: Option<Spanned<Vec<Spanned<ExpectWarning>>>>,
    fault: Option<Spanned<String>>,
    fields: BTreeMap<String, Spanned<Plain>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectFollowUp {
    kind: String,
    due: Option<String>,
    channel: Option<String>,
    priority: Option<i32>,
    reasons: Option<Vec<String>>,
    action: Option<String>,
    offer: Option<String>,
    offer_ends: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectWarning {
    cause: String,
    severity: Option<Severity>,
    reasons: Option<Vec<String>>,
    suggestion: Option<String>,
}

/// What differs, and where in the text something else was expected.
type Difference = (String, Option<Range<usize>>);

/// Collects what differs.
struct Differences {
    found: Vec<Difference>,
    /// Where what is looked at now is expected.
    at: Option<Range<usize>>,
}

impl Differences {
    fn check<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, expected: &T, got: &T) {
        if expected != got {
            self.add(format!("{what}: expected {expected:?}, got {got:?}"));
        }
    }

    fn add(&mut self, message: String) {
        self.found.push((message, self.at.clone()));
    }

    /// Looks at an expectation.
    fn of<'a, T>(&mut self, expected: &'a Spanned<T>) -> &'a T {
        self.at = Some(expected.span());
        expected.get_ref()
    }
}

impl Expect {
    /// The classes that are expected, by dimension.
    pub(super) fn classes(&self) -> impl Iterator<Item = (&String, &Spanned<String>)> {
        self.class.iter().flat_map(|classes| classes.get_ref())
    }

    /// The fields that something is expected of, and where.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&str, Range<usize>)> {
        self.fields.iter().map(|(field, expected)| (field.as_str(), expected.span()))
    }

    /// Returns what differs from what was expected, in words, and where it was expected.
    pub(super) fn compare(
        &self,
        answers: &[(Hook, RecordOutcome)],
        record: &Record,
        day: Day,
        field: impl Fn(&str) -> Option<Value>,
    ) -> Vec<Difference> {
        let mut differences = Differences { found: Vec::new(), at: None };
        for (name, expected) in &self.fields {
            let (expected, got) = (differences.of(expected), field(name));
            if !same_value(expected, got.as_ref()) {
                let got = got.map_or_else(|| "missing".to_owned(), |got| got.to_string());
                differences.add(format!("field {name}: expected {expected}, got {got}"));
            }
        }
        let fault = answers.iter().find_map(|(_, outcome)| outcome.result.as_ref().err());
        differences.at = None;
        match (self.fault.as_ref().map(|expected| differences.of(expected)), fault) {
            (Some(expected), Some(fault)) => differences.check("fault", &expected.as_str(), &fault.code.name()),
            (Some(expected), None) => differences.add(format!("expected the fault {expected}, got none")),
            (None, Some(fault)) => differences.add(format!("the rule faulted: {fault}")),
            (None, None) => {}
        }
        let of = |hook| {
            let answer = answers.iter().find(|(of, _)| *of == hook);
            answer.and_then(|(_, outcome)| outcome.result.as_ref().ok()).cloned().unwrap_or_default()
        };
        if fault.is_none() {
            self.compare_classes(&of(Hook::Classify), &mut differences);
            self.compare_follow_ups(&of(Hook::FollowUp), record, day, &mut differences);
            self.compare_warnings(&of(Hook::ChurnWarning), &mut differences);
        }
        differences.found
    }

    fn compare_classes(&self, wishes: &Wishes, differences: &mut Differences) {
        let mut classes = BTreeMap::new();
        let mut shares = Vec::new();
        for wish in &wishes.classes {
            match &wish.verdict {
                Verdict::Class(class) => drop(classes.insert(wish.dimension.clone(), class.clone())),
                Verdict::Score { groups, bands } => {
                    let score = score(groups.clone(), bands);
                    shares.push(score.share);
                    if !bands.is_empty() {
                        classes.extend(class_of(&score).map(|class| (wish.dimension.clone(), class)));
                    }
                }
            }
        }
        if let Some(expected) = &self.class {
            let expected = differences.of(expected).iter().map(|(id, class)| (id.clone(), class.get_ref().clone()));
            differences.check("class", &expected.collect(), &classes);
        }
        if let Some(expected) = &self.reasons {
            let expected = differences.of(expected);
            let reasons = wishes.classes.iter().flat_map(|wish| &wish.reasons);
            differences.check("reasons", expected, &codes(reasons));
        }
        if let Some(expected) = &self.share {
            let expected = differences.of(expected);
            let got = shares.first().copied().flatten();
            if got.is_none_or(|got| (got - expected).abs() > 0.005) {
                let got = got.map_or_else(|| "none".to_owned(), |got| format!("{got:.3}"));
                differences.add(format!("share: expected {expected}, got {got}"));
            }
        }
    }

    fn compare_follow_ups(&self, wishes: &Wishes, record: &Record, day: Day, differences: &mut Differences) {
        let Some(expected) = self.follow_ups.as_ref().map(|expected| differences.of(expected)) else { return };
        let kinds = |kinds: Vec<&String>| kinds.into_iter().cloned().collect::<Vec<_>>();
        differences.check(
            "follow-ups",
            &kinds(expected.iter().map(|it| &it.get_ref().kind).collect()),
            &kinds(wishes.follow_ups.iter().map(|it| &it.kind).collect()),
        );
        for (expected, wish) in expected.iter().zip(&wishes.follow_ups) {
            let expected = differences.of(expected);
            let about = |what: &str| format!("{what} of {}", wish.kind);
            if let Some(due) = &expected.due {
                let anchor = anchor_of(&wish.anchor, record, day);
                let got = wish.due.or_else(|| anchor_due(&anchor)).unwrap_or(day);
                differences.check(&about("due"), due, &got.to_string());
            }
            if let Some(reasons) = &expected.reasons {
                differences.check(&about("reasons"), reasons, &codes(wish.reasons.iter()));
            }
            if let Some(priority) = &expected.priority {
                differences.check(&about("priority"), priority, &wish.priority);
            }
            let offer = wish.offer.as_ref();
            check_text(&about("channel"), &expected.channel, wish.channel.as_deref(), differences);
            check_text(&about("action"), &expected.action, code(wish.action.as_ref()), differences);
            check_text(&about("offer"), &expected.offer, code(offer.map(|offer| &offer.terms)), differences);
            let ends = offer.and_then(|offer| offer.ends).map(|day| day.to_string());
            check_text(&about("offer_ends"), &expected.offer_ends, ends.as_deref(), differences);
        }
    }

    fn compare_warnings(&self, wishes: &Wishes, differences: &mut Differences) {
        let Some(expected) = self.warnings.as_ref().map(|expected| differences.of(expected)) else { return };
        differences.check(
            "warnings",
            &expected.iter().map(|it| it.get_ref().cause.clone()).collect::<Vec<_>>(),
            &wishes.warnings.iter().map(|it| it.cause.clone()).collect::<Vec<_>>(),
        );
        for (expected, wish) in expected.iter().zip(&wishes.warnings) {
            let expected = differences.of(expected);
            let about = |what: &str| format!("{what} of {}", wish.cause);
            if let Some(severity) = &expected.severity {
                differences.check(&about("severity"), severity, &wish.severity);
            }
            if let Some(reasons) = &expected.reasons {
                differences.check(&about("reasons"), reasons, &codes(wish.reasons.iter()));
            }
            check_text(&about("suggestion"), &expected.suggestion, code(wish.suggestion.as_ref()), differences);
        }
    }
}

fn code(reason: Option<&Reason>) -> Option<&str> {
    reason.map(|reason| reason.code.as_str())
}

fn codes<'a>(reasons: impl Iterator<Item = &'a Reason>) -> Vec<String> {
    reasons.map(|reason| reason.code.clone()).collect()
}

fn check_text(what: &str, expected: &Option<String>, got: Option<&str>, differences: &mut Differences) {
    if let Some(expected) = expected {
        differences.check(what, &expected.as_str(), &got.unwrap_or("nothing"));
    }
}

fn same_value(expected: &Plain, got: Option<&Value>) -> bool {
    match (expected, got) {
        (Plain::Text(text), None) => text == "missing",
        (Plain::Text(text), Some(Value::Text(got))) => text == got,
        (Plain::Text(text), Some(Value::Day(day))) => *text == day.to_string(),
        (Plain::Integer(number), Some(Value::Integer(got))) => number == got,
        (Plain::Integer(number), Some(Value::Decimal(got))) => (*number as f64 - got).abs() < 0.005,
        (Plain::Decimal(number), Some(Value::Decimal(got))) => (number - got).abs() < 0.005,
        (Plain::Boolean(yes), Some(Value::Boolean(got))) => yes == got,
        (Plain::Texts(list), Some(Value::TextList(got))) => list == got,
        _ => false,
    }
}
