//! Raw history: the facts of records, for rules that look at them one by one.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::sync::Arc;

use tierhook_features::{order, retracted};
use tierhook_hooks::{Column, History, HistoryKind, HookSet};
use tierhook_model::{
    Amount, Currency, Day, Fact, FactBody, FeedbackKind, FieldType, InteractionKind, Record, Value, ValueRef,
};

use crate::{Engine, EngineError};

/// The facts of a batch of records, as far as some rule looks at them one by one.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// For each record those that hold, the newest first; none at all if no rule asks.
    facts: Vec<Vec<Fact>>,
}

impl Told {
    /// Takes the facts of each record as they are kept, and leaves out what does not hold or lies after a day.
    pub(crate) fn new(facts: impl IntoIterator<Item = Vec<Fact>>, day: Day) -> Self {
        let newest_first = |mut facts: Vec<Fact>| {
            let retracted = retracted(&facts);
            facts.retain(|fact| fact.body.is_event() && fact.day <= day && !retracted.contains(&fact.seq));
            facts.sort_by_key(|fact| std::cmp::Reverse(order(fact)));
            facts
        };
        Self { facts: facts.into_iter().map(newest_first).collect() }
    }

    /// Lays out so many of the newest facts of some kinds for each of so many records.
    pub(crate) fn history(
        &self,
        wanted: &BTreeMap<HistoryKind, u32>,
        records: usize,
        currency: Currency,
    ) -> Vec<Arc<History>> {
        let none = Vec::new();
        let of = |record: usize| self.facts.get(record).unwrap_or(&none);
        let mut kinds: Vec<(&HistoryKind, &u32)> = wanted.iter().collect();
        kinds.sort_by_key(|(kind, _)| kind.name());
        kinds
            .into_iter()
            .map(|(kind, most)| Arc::new(lay_out(*kind, *most as usize, (0..records).map(of), currency)))
            .collect()
    }
}

impl Engine {
    /// Reads the facts of records where a rule asks for them. Those that are not in the store yet are passed in, one list
    /// for each record, or none at all.
    pub(crate) fn told(
        &self,
        records: &[impl Borrow<Record>],
        hooks: &HookSet,
        day: Day,
        unsaved: &[Vec<&Fact>],
    ) -> Result<Told, EngineError> {
        if !hooks.wants_history() {
            return Ok(Told::default());
        }
        let mut facts = Vec::with_capacity(records.len());
        for (at, record) in records.iter().enumerate() {
            let mut known = self.facts_of(record.borrow())?;
            known.extend(unsaved.get(at).into_iter().flatten().map(|fact| (*fact).clone()));
            facts.push(known);
        }
        Ok(Told::new(facts, day))
    }
}

/// The columns of one kind of facts, as `crates/sdk/wit` tells plugins of them.
fn columns(kind: HistoryKind) -> &'static [(&'static str, FieldType)] {
    use FieldType::{Boolean, Day, Decimal, Integer, Money, Text};
    match kind {
        HistoryKind::Orders => &[("id", Text), ("day", Day), ("amount", Money), ("lines", Integer), ("channel", Text)],
        HistoryKind::Lines => &[
            ("order", Text),
            ("day", Day),
            ("product", Text),
            ("name", Text),
            ("category", Text),
            ("group", Text),
            ("quantity", Decimal),
            ("amount", Money),
            ("goods", Boolean),
        ],
        HistoryKind::Refunds => &[("id", Text), ("day", Day), ("kind", Text), ("amount", Money), ("order", Text)],
        HistoryKind::Interactions => {
            &[("id", Text), ("day", Day), ("kind", Text), ("inbound", Boolean), ("product", Text)]
        }
        HistoryKind::Feedback => {
            &[("id", Text), ("day", Day), ("kind", Text), ("score", Decimal), ("complaint", Text), ("product", Text)]
        }
        HistoryKind::Measures => &[("id", Text), ("day", Day), ("name", Text), ("value", Decimal)],
    }
}

fn lay_out<'a>(
    kind: HistoryKind,
    most: usize,
    records: impl Iterator<Item = &'a Vec<Fact>>,
    currency: Currency,
) -> History {
    let mut columns: Vec<Column> = columns(kind).iter().map(|(name, ty)| Column::new((*name).into(), *ty, 0)).collect();
    let (mut ends, mut cut, mut rows) = (Vec::new(), Vec::new(), 0);
    for facts in records {
        let mut all = facts.iter().flat_map(|fact| rows_of(kind, fact, currency));
        for row in all.by_ref().take(most) {
            debug_assert_eq!(row.len(), columns.len(), "a row has a value for each column");
            for (column, value) in columns.iter_mut().zip(&row) {
                column.push(value.as_ref().map(ValueRef::from));
            }
            rows += 1;
        }
        ends.push(rows);
        cut.push(all.next().is_some());
    }
    History { kind, ends, cut, columns: columns.into_iter().map(Arc::new).collect() }
}

/// The rows that a fact brings: none if it is of another kind.
fn rows_of(kind: HistoryKind, fact: &Fact, currency: Currency) -> Vec<Vec<Option<Value>>> {
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    let maybe = |text: &Option<String>| text.clone().map(Value::Text);
    let major = |minor: i64| Some(Value::Decimal(currency.to_major(minor)));
    let base = |amount: &Amount| major(amount.base);
    let with = |rest: Vec<Option<Value>>| -> Vec<Option<Value>> {
        [text(&fact.key.id), Some(Value::Day(fact.day))].into_iter().chain(rest).collect()
    };
    match (kind, &fact.body) {
        (HistoryKind::Orders, FactBody::Order(order)) => {
            let lines = Some(Value::Integer(order.lines.len() as i64));
            vec![with(vec![base(&order.amount), lines, maybe(&order.channel)])]
        }
        (HistoryKind::Lines, FactBody::Order(order)) => order
            .lines
            .iter()
            .map(|line| {
                with(vec![
                    text(&line.product),
                    maybe(&line.name),
                    maybe(&line.category),
                    text(line.group.as_ref().unwrap_or(&line.product)),
                    Some(Value::Decimal(line.quantity_milli as f64 / 1000.0)),
                    major(in_base(&order.amount, line.amount_minor)),
                    Some(Value::Boolean(line.is_goods)),
                ])
            })
            .collect(),
        (HistoryKind::Refunds, FactBody::Refund(refund)) => {
            vec![with(vec![text("refund"), base(&refund.amount), maybe(&refund.order)])]
        }
        (HistoryKind::Refunds, FactBody::Cancellation(called_off)) => {
            vec![with(vec![text("cancellation"), base(&called_off.amount), maybe(&called_off.order)])]
        }
        (HistoryKind::Interactions, FactBody::Interaction(interaction)) => {
            let inbound = interaction.inbound.map(Value::Boolean);
            vec![with(vec![text(interaction_name(interaction.kind)), inbound, maybe(&interaction.product)])]
        }
        (HistoryKind::Feedback, FactBody::Feedback(feedback)) => {
            let (kind, score, complaint, product) = match &feedback.kind {
                FeedbackKind::Satisfaction { score_hundredths } => {
                    ("satisfaction", Some(Value::Decimal(f64::from(*score_hundredths) / 100.0)), None, None)
                }
                FeedbackKind::Complaint => ("complaint", None, None, None),
                FeedbackKind::ComplaintResolved { complaint } => ("complaint-resolved", None, text(complaint), None),
                FeedbackKind::Return { product } => ("return", None, None, maybe(product)),
                FeedbackKind::Remark => ("remark", None, None, None),
            };
            vec![with(vec![text(kind), score, complaint, product])]
        }
        (HistoryKind::Measures, FactBody::Measure(measure)) => {
            vec![with(vec![text(&measure.name), Some(Value::Decimal(measure.value))])]
        }
        _ => Vec::new(),
    }
}

/// What a line cost in the base currency: its part of what the order cost.
fn in_base(order: &Amount, line: i64) -> i64 {
    if order.original.minor == 0 || order.original.minor == order.base {
        return line;
    }
    (line as f64 * order.base as f64 / order.original.minor as f64).round() as i64
}

fn interaction_name(kind: InteractionKind) -> &'static str {
    match kind {
        InteractionKind::Call => "call",
        InteractionKind::Visit => "visit",
        InteractionKind::Email => "email",
        InteractionKind::Chat => "chat",
        InteractionKind::WebView => "web-view",
        InteractionKind::Consultation => "consultation",
    }
}
