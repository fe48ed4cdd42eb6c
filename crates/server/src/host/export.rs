//! Exporting: rows as CSV or JSON lines, written while they are read.

use tierhook_model::{Day, Fact, FactBody, Field};

use super::Host;
use super::failure::api;
use super::text::Texts;
use crate::api::{Answer, ApiError, Datum, Event, ExportFormat, ExportKind, ExportReport};

/// How many bytes are written out together.
const CHUNK: usize = 64 * 1024;

/// What is exported, and how.
#[derive(Clone, Debug)]
pub(super) struct Export<'a> {
    pub(super) what: ExportKind,
    pub(super) fields: &'a [String],
    pub(super) as_of: Option<Day>,
    pub(super) format: ExportFormat,
}

/// Writes rows and hands them on in chunks of whole lines.
struct Rows<'a> {
    columns: Vec<String>,
    format: ExportFormat,
    buffer: Vec<u8>,
    rows: u64,
    events: &'a mut dyn FnMut(Event),
}

impl<'a> Rows<'a> {
    fn new(columns: Vec<String>, format: ExportFormat, events: &'a mut dyn FnMut(Event)) -> Self {
        let mut rows = Self { columns, format, buffer: Vec::with_capacity(CHUNK), rows: 0, events };
        if format == ExportFormat::Csv {
            let heading = rows.columns.clone();
            rows.csv(heading.iter().map(String::as_str));
        }
        rows
    }

    fn push(&mut self, values: &[Option<Datum>]) {
        self.rows += 1;
        match self.format {
            ExportFormat::Csv => {
                let texts: Vec<String> = values.iter().map(|value| value.as_ref().map_or_else(String::new, exact)).collect();
                self.csv(texts.iter().map(String::as_str));
            }
            ExportFormat::JsonLines => {
                let row: serde_json::Map<String, serde_json::Value> = self
                    .columns
                    .iter()
                    .zip(values)
                    .map(|(column, value)| {
                        let value = value.as_ref().and_then(|value| serde_json::to_value(value).ok());
                        (column.clone(), value.unwrap_or(serde_json::Value::Null))
                    })
                    .collect();
                self.buffer.extend_from_slice(serde_json::Value::Object(row).to_string().as_bytes());
                self.buffer.push(b'\n');
            }
        }
        if self.buffer.len() >= CHUNK {
            self.flush();
        }
    }

    fn csv<'t>(&mut self, fields: impl Iterator<Item = &'t str>) {
        let mut writer = csv::WriterBuilder::new().from_writer(&mut self.buffer);
        writer.write_record(fields).expect("a row of texts can always be written to memory");
        writer.flush().expect("memory takes every write");
    }

    fn flush(&mut self) {
        let text = String::from_utf8(std::mem::take(&mut self.buffer)).expect("rows are made of texts");
        if !text.is_empty() {
            (self.events)(Event::Chunk(text));
        }
    }
}

/// A value as other programs want it: numbers with all their digits.
fn exact(value: &Datum) -> String {
    match value {
        Datum::Decimal(number) => number.to_string(),
        Datum::List(list) => list.join("; "),
        other => other.to_string(),
    }
}

fn text(text: impl ToString) -> Option<Datum> {
    Some(Datum::Text(text.to_string()))
}

fn maybe<T: ToString>(value: Option<T>) -> Option<Datum> {
    value.map(|value| Datum::Text(value.to_string()))
}

impl Host {
    /// Writes rows out as chunks.
    pub(super) fn export(
        &self,
        export: &Export<'_>,
        texts: &Texts,
        events: &mut dyn FnMut(Event),
    ) -> Result<Answer, ApiError> {
        if export.what != ExportKind::Customers && !export.fields.is_empty() {
            return Err(ApiError::invalid(format!("--fields goes with `export customers`, not with {}", export.what.name()))
                .with_hint("leave --fields out: all columns are written"));
        }
        let follows_past = matches!(export.what, ExportKind::FollowUps | ExportKind::Warnings);
        if follows_past && export.as_of.is_some_and(|day| day < texts.day()) {
            return Err(ApiError::invalid(format!("{} are exported as they stand now", export.what.name()))
                .with_hint("leave --as-of out; decisions of the past are in `tierhook explain CUSTOMER --as-of DAY`"));
        }
        let rows = match export.what {
            ExportKind::Customers => self.export_customers(export, texts, events)?,
            ExportKind::Orders => self.export_orders(export, events)?,
            ExportKind::Assignments => self.export_assignments(export, texts, events)?,
            ExportKind::FollowUps => self.export_follow_ups(export, texts, events)?,
            ExportKind::Warnings => self.export_warnings(export, texts, events)?,
        };
        let (columns, count) = rows;
        Ok(Answer::Export(ExportReport { what: export.what, columns, rows: count, as_of: export.as_of }))
    }

    fn export_customers(
        &self,
        export: &Export<'_>,
        texts: &Texts,
        events: &mut dyn FnMut(Event),
    ) -> Result<(Vec<String>, u64), ApiError> {
        let catalogue = &texts.snapshot.generation.ruleset.catalogue;
        let usual: Vec<String>;
        let names = if export.fields.is_empty() {
            let fixed = ["id", "name", "owner", "recency_days", "orders_total", "net_revenue_365d", "net_revenue_total"];
            let classes = texts.snapshot.generation.ruleset.dimensions.iter();
            let classes = classes.map(|dimension| format!("class.{}", dimension.id));
            usual = fixed.map(str::to_owned).into_iter().chain(classes).collect();
            &usual
        } else {
            export.fields
        };
        let fields: Vec<&Field> = self.fields_named(catalogue, names)?;
        let mut rows = Rows::new(names.to_vec(), export.format, events);
        self.engine
            .fields_on(export.as_of, &fields, |row| {
                rows.push(&row.values.iter().map(|value| value.as_ref().map(Datum::from)).collect::<Vec<_>>());
            })
            .map_err(api)?;
        rows.flush();
        Ok((rows.columns, rows.rows))
    }

    fn export_orders(
        &self,
        export: &Export<'_>,
        events: &mut dyn FnMut(Event),
    ) -> Result<(Vec<String>, u64), ApiError> {
        let columns = ["source", "customer", "kind", "id", "day", "amount", "currency", "base_amount", "lines"];
        let mut rows = Rows::new(columns.map(str::to_owned).to_vec(), export.format, events);
        let currency = self.engine.conventions().currency;
        let mut failed = None;
        self.engine
            .for_each_record(|record| {
                match self.engine.store().facts(record.id) {
                    Ok(facts) => orders(&facts, export.as_of)
                        .for_each(|(kind, fact, amount, lines)| {
                            rows.push(&[
                                text(&record.external.source),
                                text(&record.external.id),
                                text(kind),
                                text(&fact.key.id),
                                text(fact.day),
                                Some(Datum::Decimal(amount.original.currency.to_major(amount.original.minor))),
                                text(amount.original.currency),
                                Some(Datum::Decimal(currency.to_major(amount.base))),
                                Some(Datum::Integer(lines)),
                            ]);
                        }),
                    Err(error) => failed = failed.take().or(Some(error)),
                }
            })
            .map_err(api)?;
        failed.map_or(Ok(()), Err).map_err(api)?;
        rows.flush();
        Ok((rows.columns, rows.rows))
    }

    fn export_assignments(
        &self,
        export: &Export<'_>,
        texts: &Texts,
        events: &mut dyn FnMut(Event),
    ) -> Result<(Vec<String>, u64), ApiError> {
        let columns = ["source", "customer", "name", "dimension", "class", "class_name", "since", "overridden"];
        let mut rows = Rows::new(columns.map(str::to_owned).to_vec(), export.format, events);
        self.engine
            .records_on(export.as_of, |record| {
                let head = Texts::head(&record);
                for standing in &record.standing.classes {
                    rows.push(&[
                        text(&head.source),
                        text(&head.id),
                        maybe(head.name.as_ref()),
                        text(&standing.dimension),
                        text(&standing.class),
                        text(texts.class_name(&standing.dimension, &standing.class)),
                        text(standing.since),
                        Some(Datum::Boolean(standing.overridden)),
                    ]);
                }
            })
            .map_err(api)?;
        rows.flush();
        Ok((rows.columns, rows.rows))
    }

    fn export_follow_ups(
        &self,
        export: &Export<'_>,
        texts: &Texts,
        events: &mut dyn FnMut(Event),
    ) -> Result<(Vec<String>, u64), ApiError> {
        let columns = [
            "id", "source", "customer", "name", "owner", "kind", "state", "due", "opened", "channel", "priority",
            "rule", "why", "action", "offer", "offer_ends",
        ];
        let mut rows = Rows::new(columns.map(str::to_owned).to_vec(), export.format, events);
        self.engine
            .for_each_record(|record| {
                for follow_up in &record.standing.follow_ups {
                    let row = texts.follow_up(&record, follow_up);
                    let why: Vec<&str> = row.reasons.iter().map(|reason| reason.text.as_str()).collect();
                    rows.push(&[
                        text(row.id),
                        text(&row.customer.source),
                        text(&row.customer.id),
                        maybe(row.customer.name.as_ref()),
                        maybe(row.customer.owner.as_ref()),
                        text(&row.kind),
                        text(&row.state.code),
                        text(row.due),
                        text(row.opened),
                        maybe(row.channel.as_ref()),
                        Some(Datum::Integer(i64::from(row.priority))),
                        text(&row.rule),
                        text(why.join("; ")),
                        maybe(row.action.as_ref()),
                        maybe(row.offer.as_ref().map(|offer| &offer.text)),
                        maybe(row.offer.as_ref().and_then(|offer| offer.ends)),
                    ]);
                }
            })
            .map_err(api)?;
        rows.flush();
        Ok((rows.columns, rows.rows))
    }

    fn export_warnings(
        &self,
        export: &Export<'_>,
        texts: &Texts,
        events: &mut dyn FnMut(Event),
    ) -> Result<(Vec<String>, u64), ApiError> {
        let columns = [
            "id", "source", "customer", "name", "owner", "cause", "severity", "state", "opened", "rule", "why",
            "suggestion",
        ];
        let mut rows = Rows::new(columns.map(str::to_owned).to_vec(), export.format, events);
        self.engine
            .for_each_record(|record| {
                for warning in &record.standing.warnings {
                    let row = texts.warning(&record, warning);
                    let why: Vec<&str> = row.reasons.iter().map(|reason| reason.text.as_str()).collect();
                    rows.push(&[
                        text(row.id),
                        text(&row.customer.source),
                        text(&row.customer.id),
                        maybe(row.customer.name.as_ref()),
                        maybe(row.customer.owner.as_ref()),
                        text(&row.cause),
                        text(format!("{:?}", row.severity).to_lowercase()),
                        text(&row.state.code),
                        text(row.opened),
                        text(&row.rule),
                        text(why.join("; ")),
                        maybe(row.suggestion.as_ref()),
                    ]);
                }
            })
            .map_err(api)?;
        rows.flush();
        Ok((rows.columns, rows.rows))
    }
}

/// The orders, refunds and cancellations of a record up to a day, retracted ones left out. Amounts given back are
/// negative.
fn orders<'a>(
    facts: &'a [Fact],
    as_of: Option<Day>,
) -> impl Iterator<Item = (&'static str, &'a Fact, tierhook_model::Amount, i64)> {
    let retracted: Vec<_> = facts
        .iter()
        .filter_map(|fact| match &fact.body {
            FactBody::Retraction(retraction) => Some(retraction.fact),
            _ => None,
        })
        .collect();
    let negative = |mut amount: tierhook_model::Amount| {
        amount.base = -amount.base;
        amount.original.minor = -amount.original.minor;
        amount
    };
    facts
        .iter()
        .filter(move |fact| as_of.is_none_or(|day| fact.day <= day) && !retracted.contains(&fact.seq))
        .filter_map(move |fact| match &fact.body {
            FactBody::Order(order) => Some(("order", fact, order.amount, order.lines.len() as i64)),
            FactBody::Refund(refund) => Some(("refund", fact, negative(refund.amount), 0)),
            FactBody::Cancellation(cancelled) => Some(("cancellation", fact, negative(cancelled.amount), 0)),
            _ => None,
        })
}
