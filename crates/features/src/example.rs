//! Small facts for the tests of this crate.

use tierhook_model::{
    Amount, Cancellation, Connected, Currency, Day, ExternalRef, Fact, FactBody, FactSeq, Feedback, FeedbackKind,
    Interaction, InteractionKind, Line, Measure, Moment, Order, RecordId, Refund,
};

/// A book that has every kind of fact.
pub(crate) const ALL_CONNECTED: Connected =
    Connected { sales: true, contacts: true, consultations: true, web_views: true, complaints: true, returns: true };

pub(crate) fn day(text: &str) -> Day {
    text.parse().expect("the day is written YYYY-MM-DD")
}

pub(crate) fn amount(minor: i64) -> Amount {
    Amount::in_base(minor, Currency::CNY)
}

/// Makes facts of a record, numbered from 1 in the order in which they are given; their ids are `f1`, `f2` and so on.
pub(crate) fn facts<const N: usize>(bodies: [(&str, FactBody); N]) -> Vec<Fact> {
    (1..).zip(bodies).map(|(seq, (on, body))| fact(seq, day(on), body)).collect()
}

pub(crate) fn fact(seq: u64, day: Day, body: FactBody) -> Fact {
    Fact {
        seq: FactSeq(seq),
        record: RecordId(1),
        key: ExternalRef::new("shop", format!("f{seq}")),
        occurred: Moment(i64::from(day.0) * 86_400),
        day,
        recorded: Moment(0),
        import: None,
        contact: None,
        body,
    }
}

pub(crate) fn order_of(minor: i64) -> FactBody {
    FactBody::Order(Order { amount: amount(minor), lines: Vec::new(), channel: None })
}

/// An order that costs what its lines do.
pub(crate) fn order_with(lines: Vec<Line>) -> FactBody {
    let sum = lines.iter().map(|line| line.amount_minor).sum();
    FactBody::Order(Order { amount: amount(sum), lines, channel: None })
}

/// A line of goods without category or consumption group.
pub(crate) fn line(product: &str, units: i64, minor: i64) -> Line {
    Line {
        product: product.to_owned(),
        name: None,
        category: None,
        group: None,
        quantity_milli: units * 1_000,
        amount_minor: minor,
        is_goods: true,
    }
}

pub(crate) fn refund_of(minor: i64) -> FactBody {
    FactBody::Refund(Refund { order: None, amount: amount(minor), reason: None })
}

pub(crate) fn cancellation_of(minor: i64) -> FactBody {
    FactBody::Cancellation(Cancellation { order: None, amount: amount(minor), reason: None })
}

pub(crate) fn interaction(kind: InteractionKind) -> FactBody {
    FactBody::Interaction(Interaction { kind, by: None, inbound: None, note: None, product: None })
}

pub(crate) fn feedback(kind: FeedbackKind) -> FactBody {
    FactBody::Feedback(Feedback { kind, text: None })
}

pub(crate) fn resolved(complaint: &str) -> FactBody {
    feedback(FeedbackKind::ComplaintResolved { complaint: complaint.to_owned() })
}

pub(crate) fn satisfaction(score_hundredths: i32) -> FactBody {
    feedback(FeedbackKind::Satisfaction { score_hundredths })
}

pub(crate) fn measure(name: &str, value: f64) -> FactBody {
    FactBody::Measure(Measure { name: name.to_owned(), value })
}
