//! What features should be, counted over the bare facts in the plainest way.

use std::collections::BTreeSet;

use tierhook_features::order;
use tierhook_model::{Day, Fact, FactBody, FactSeq, FeedbackKind, InteractionKind, Value};

/// What features should be, counted over the facts that hold and nothing else.
pub(crate) struct Count<'a> {
    pub(crate) facts: Vec<&'a Fact>,
    day: Day,
}

impl<'a> Count<'a> {
    /// Counts what happened up to the end of one day, as of another one that is no earlier.
    pub(crate) fn new(facts: &'a [Fact], until: Day, day: Day) -> Self {
        let holds = |fact: &Fact| !is_retracted(facts, fact.seq) && fact.day <= until;
        Self { facts: facts.iter().filter(|fact| holds(fact)).collect(), day }
    }

    fn within(&self, days: i32) -> impl Iterator<Item = &'a Fact> {
        self.facts.iter().copied().filter(move |fact| self.day.since(fact.day) < days)
    }

    pub(crate) fn number(&self, days: i32, of: fn(&FactBody) -> bool) -> Option<Value> {
        Some(Value::Integer(self.within(days).filter(|fact| of(&fact.body)).count() as i64))
    }

    /// Counts within the `days` days before the last `skipped` ones.
    pub(crate) fn number_before(&self, skipped: i32, days: i32, of: fn(&FactBody) -> bool) -> Option<Value> {
        let all = self.within(skipped + days).filter(|fact| of(&fact.body)).count();
        Some(Value::Integer((all - self.within(skipped).filter(|fact| of(&fact.body)).count()) as i64))
    }

    pub(crate) fn in_order(&self) -> Vec<&'a Fact> {
        let mut facts = self.facts.clone();
        facts.sort_by_key(|fact| order(fact));
        facts
    }

    pub(crate) fn minor(&self, days: i32) -> i64 {
        self.within(days).map(|fact| net(&fact.body)).sum()
    }

    pub(crate) fn net(&self, days: i32) -> Option<Value> {
        Some(Value::Decimal(self.minor(days) as f64 / 100.0))
    }
}

/// A retraction holds unless a later one takes it back.
fn is_retracted(facts: &[Fact], seq: FactSeq) -> bool {
    facts.iter().any(|fact| {
        matches!(&fact.body, FactBody::Retraction(retraction) if retraction.fact == seq)
            && fact.seq > seq
            && !is_retracted(facts, fact.seq)
    })
}

pub(crate) fn is_order(body: &FactBody) -> bool {
    matches!(body, FactBody::Order(_))
}

pub(crate) fn is_contact(body: &FactBody) -> bool {
    matches!(body, FactBody::Interaction(interaction) if interaction.kind.is_contact())
}

pub(crate) fn is_complaint(body: &FactBody) -> bool {
    matches!(body, FactBody::Feedback(feedback) if feedback.kind == FeedbackKind::Complaint)
}

/// The first question since the last thing that answered all of them.
pub(crate) fn open_consultation(facts: &[&Fact]) -> Option<String> {
    let asks = |body: &FactBody| matches!(body, FactBody::Interaction(it) if it.kind == InteractionKind::Consultation && it.by.is_none());
    let answers = |body: &FactBody| match body {
        FactBody::Order(_) => true,
        FactBody::Interaction(it) => {
            !asks(body) && it.kind.is_contact() && !(it.by.is_none() && it.inbound == Some(true))
        }
        _ => false,
    };
    let since = facts.iter().rposition(|fact| answers(&fact.body)).map_or(0, |at| at + 1);
    facts[since..].iter().find(|fact| asks(&fact.body)).map(|fact| fact.key.id.clone())
}

/// Product, day of the last view, number of views.
pub(crate) type ViewedLast = (Option<Value>, Option<Day>, Option<i64>);

/// The product viewed last that was not bought since, when, and how many times; `None` with too many to follow.
pub(crate) fn viewed(facts: &[&Fact]) -> Option<ViewedLast> {
    let product_of = |fact: &Fact| match &fact.body {
        FactBody::Interaction(it) if it.kind == InteractionKind::WebView => it.product.clone(),
        _ => None,
    };
    let buys = |fact: &Fact, product: &str| match &fact.body {
        FactBody::Order(order) if order.lines.is_empty() => true,
        FactBody::Order(order) => {
            order.lines.iter().any(|line| line.product == product && line.is_goods && line.quantity_milli >= 0)
        }
        _ => false,
    };
    let all: BTreeSet<String> = facts.iter().filter_map(|fact| product_of(fact)).collect();
    if all.len() > tierhook_model::MAX_VIEWED {
        return None;
    }
    let views_since_bought = |product: &String| {
        let since = facts.iter().rposition(|fact| buys(fact, product)).map_or(0, |at| at + 1);
        (since..facts.len()).filter(|at| product_of(facts[*at]).as_ref() == Some(product)).collect::<Vec<_>>()
    };
    let last = all.iter().map(|product| (views_since_bought(product), product)).filter(|(views, _)| !views.is_empty());
    let Some((views, product)) = last.max_by_key(|(views, _)| views.last().copied()) else {
        return Some((None, None, None));
    };
    let day = views.last().map(|at| facts[*at].day);
    Some((Some(Value::Text(product.clone())), day, Some(views.len() as i64)))
}

fn net(body: &FactBody) -> i64 {
    match body {
        FactBody::Order(order) => order.amount.base,
        FactBody::Refund(refund) => -refund.amount.base,
        FactBody::Cancellation(cancellation) => -cancellation.amount.base,
        _ => 0,
    }
}

pub(crate) fn purchase_days(facts: &[&Fact]) -> BTreeSet<Day> {
    facts.iter().filter(|fact| is_order(&fact.body)).map(|fact| fact.day).collect()
}

pub(crate) fn products<'a>(facts: &[&'a Fact]) -> BTreeSet<&'a str> {
    let orders = facts.iter().filter_map(|fact| match &fact.body {
        FactBody::Order(order) => Some(order),
        _ => None,
    });
    let lines = orders.flat_map(|order| &order.lines).filter(|line| line.is_goods && line.quantity_milli >= 0);
    lines.map(|line| line.product.as_str()).collect()
}
