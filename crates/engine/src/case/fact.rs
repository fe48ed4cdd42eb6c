//! Facts as a case file writes them: short.

use serde::Deserialize;
use tierhook_model::{
    Amount, Cancellation, Day, ExternalRef, Fact, FactBody, FactSeq, Feedback, FeedbackKind, Interaction,
    InteractionKind, Line, Measure, Moment, Order, Outcome, OutcomeKind, RecordId, Refund,
};

use crate::Conventions;

/// One fact of a case. Exactly one of the keys that say what happened is given.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct CaseFact {
    on: String,
    id: Option<String>,
    order: Option<f64>,
    lines: Vec<CaseLine>,
    refund: Option<f64>,
    cancel: Option<f64>,
    contact: Option<InteractionKind>,
    view: Option<String>,
    satisfaction: Option<f64>,
    complaint: Option<String>,
    resolved: Option<String>,
    returned: Option<String>,
    measure: Option<String>,
    value: Option<f64>,
    lost: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseLine {
    product: String,
    name: Option<String>,
    group: Option<String>,
    category: Option<String>,
    #[serde(default = "one")]
    quantity: f64,
    #[serde(default)]
    amount: f64,
    #[serde(default = "yes")]
    goods: bool,
}

fn one() -> f64 {
    1.0
}

fn yes() -> bool {
    true
}

impl CaseFact {
    /// Makes a fact of it. `at` is its place among the case's facts, which keeps facts of the same day in order.
    pub(super) fn to_fact(&self, at: usize, conventions: &Conventions) -> Result<Fact, String> {
        let day: Day = self.on.parse().map_err(|error| format!("fact {}: {error}", at + 1))?;
        let bodies = self.bodies(conventions);
        let count = bodies.len();
        let body = bodies.into_iter().next().filter(|_| count == 1).ok_or_else(|| {
            format!(
                "fact {}: give exactly one of order, refund, cancel, contact, view, satisfaction, complaint, resolved, \
                 returned, measure, lost",
                at + 1
            )
        })?;
        let id = self.id.clone().unwrap_or_else(|| format!("fact-{}", at + 1));
        Ok(Fact {
            seq: FactSeq(at as u64),
            record: RecordId(1),
            key: ExternalRef::new("case", id),
            occurred: Moment(conventions.zone.start_of(day).0 + 43_200),
            day,
            recorded: Moment(0),
            import: None,
            contact: None,
            body,
        })
    }

    fn bodies(&self, conventions: &Conventions) -> Vec<FactBody> {
        let money = |major: f64| {
            let minor = (major * conventions.currency.minor_per_major() as f64).round() as i64;
            Amount::in_base(minor, conventions.currency)
        };
        let interaction = |kind, product: Option<&String>| {
            let product = product.cloned();
            FactBody::Interaction(Interaction { kind, by: None, inbound: None, note: None, product })
        };
        let feedback = |kind, text: Option<&String>| FactBody::Feedback(Feedback { kind, text: text.cloned() });
        let bodies = [
            self.order.map(|amount| {
                let lines = self.lines.iter().map(|line| line.to_line(money(line.amount).base)).collect();
                FactBody::Order(Order { amount: money(amount), lines, channel: None })
            }),
            self.refund.map(|amount| FactBody::Refund(Refund { order: None, amount: money(amount), reason: None })),
            self.cancel.map(|amount| {
                FactBody::Cancellation(Cancellation { order: None, amount: money(amount), reason: None })
            }),
            self.contact.map(|kind| interaction(kind, None)),
            self.view.as_ref().map(|product| interaction(InteractionKind::WebView, Some(product))),
            self.satisfaction.map(|points| {
                let score_hundredths = (points * 100.0).round() as i32;
                feedback(FeedbackKind::Satisfaction { score_hundredths }, None)
            }),
            self.complaint.as_ref().map(|text| feedback(FeedbackKind::Complaint, Some(text))),
            self.resolved
                .as_ref()
                .map(|complaint| feedback(FeedbackKind::ComplaintResolved { complaint: complaint.clone() }, None)),
            self.returned
                .as_ref()
                .map(|product| feedback(FeedbackKind::Return { product: Some(product.clone()) }, None)),
            self.measure
                .as_ref()
                .map(|name| FactBody::Measure(Measure { name: name.clone(), value: self.value.unwrap_or_default() })),
            self.lost.as_ref().map(|cause| {
                let kind = OutcomeKind::Lost { cause: cause.clone() };
                FactBody::Outcome(Outcome { number: 0, kind, who: String::new(), note: None })
            }),
        ];
        bodies.into_iter().flatten().collect()
    }
}

impl CaseLine {
    fn to_line(&self, amount_minor: i64) -> Line {
        Line {
            product: self.product.clone(),
            name: self.name.clone(),
            category: self.category.clone(),
            group: self.group.clone(),
            quantity_milli: (self.quantity * 1000.0).round() as i64,
            amount_minor,
            is_goods: self.goods,
        }
    }
}
