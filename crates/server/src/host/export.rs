//! Exporting: rows as CSV or JSON lines, written while they are read.

mod rows;

use tierhook_features::retracted;
use tierhook_model::{Amount, Day, Fact, FactBody, Field, FieldType, Record, Value};

use self::rows::{Rows, maybe, text};
use super::Host;
use super::failure::api;
use super::text::Texts;
use super::trail::FileKind;
use crate::api::{
    Answer, ApiError, CustomerHead, Datum, Event, ExportFormat, ExportKind, ExportReport, ReasonRow, StateRow,
};

const SOURCE: &str = "source";
const ORDERS: &str = "source customer kind id day amount currency base_amount lines";
const ASSIGNMENTS: &str = "source customer name dimension class class_name since overridden";
const FOLLOW_UPS: &str = "id source customer name owner kind state due opened channel priority rule why action offer offer_ends closed closed_why";
const WARNINGS: &str =
    "id source customer name owner cause severity state opened rule why suggestion closed closed_why";

/// What is exported, and how.
#[derive(Clone, Debug)]
pub(super) struct Export<'a> {
    pub(super) what: ExportKind,
    pub(super) fields: &'a [String],
    pub(super) as_of: Option<Day>,
    pub(super) format: ExportFormat,
    /// The file that the rows will be in.
    pub(super) file: Option<&'a str>,
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
            return Err(ApiError::invalid(format!(
                "--fields goes with `export customers`, not with {}",
                export.what.name()
            ))
            .with_hint("leave --fields out: all columns are written"));
        }
        let stands_now = matches!(export.what, ExportKind::FollowUps | ExportKind::Warnings);
        if stands_now && export.as_of.is_some_and(|day| day < texts.day()) {
            return Err(ApiError::invalid(format!("{} are exported as they stand now", export.what.name()))
                .with_hint("leave --as-of out; decisions of the past are in `tierhook explain CUSTOMER --as-of DAY`"));
        }
        if let Some(path) = export.file {
            // Noted before there is anything in it: an erasure looks there.
            self.note_file(FileKind::Export, path, None)?;
        }
        let (columns, rows) = match export.what {
            ExportKind::Customers => self.export_customers(export, texts, events)?,
            ExportKind::Orders => self.export_orders(export, events)?,
            ExportKind::Assignments => self.export_assignments(export, texts, events)?,
            ExportKind::FollowUps => self.export_records(FOLLOW_UPS, export.format, events, |record, rows| {
                record.standing.follow_ups.iter().for_each(|it| rows.push(&follow_up(texts, record, it)));
            })?,
            ExportKind::Warnings => self.export_records(WARNINGS, export.format, events, |record, rows| {
                record.standing.warnings.iter().for_each(|it| rows.push(&warning(texts, record, it)));
            })?,
        };
        Ok(Answer::Export(ExportReport { what: export.what, columns, rows, as_of: export.as_of }))
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
            let fixed = [
                SOURCE,
                "id",
                "name",
                "owner",
                "recency_days",
                "orders_total",
                "net_revenue_365d",
                "net_revenue_total",
            ];
            let classes = texts.snapshot.generation.ruleset.dimensions.iter();
            let classes = classes.map(|dimension| format!("class.{}", dimension.id));
            usual = fixed.map(str::to_owned).into_iter().chain(classes).collect();
            &usual
        } else {
            export.fields
        };
        // The source is no field that rules could read, but tells customers of one id apart.
        let is_source = |name: &String| name == SOURCE && catalogue.get(name).is_none();
        let of_rules: Vec<String> = names.iter().filter(|name| !is_source(name)).cloned().collect();
        let fields: Vec<&Field> = self.fields_named(catalogue, &of_rules)?;
        let digits = self.engine.conventions().currency.minor_digits() as usize;
        let mut rows = Rows::new(names.to_vec(), export.format, events);
        self.engine
            .fields_on(export.as_of, &fields, |row| {
                let mut values = fields.iter().zip(&row.values);
                let cells = names.iter().map(|name| match is_source(name) {
                    true => text(&row.external.source),
                    false => {
                        values.next().and_then(|(field, value)| cell(field, value.as_ref()?, export.format, digits))
                    }
                });
                rows.push(&cells.collect::<Vec<_>>());
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
        let currency = self.engine.conventions().currency;
        let mut failed = None;
        let written =
            self.export_records(ORDERS, export.format, events, |record, rows| match self.engine.facts_of(record) {
                Err(error) => failed = failed.take().or(Some(error)),
                Ok(facts) => orders(&facts, export.as_of).into_iter().for_each(|(kind, fact, amount, lines)| {
                    rows.push(&[
                        text(&record.external.source),
                        text(&record.external.id),
                        text(kind),
                        text(&fact.key.id),
                        text(fact.day),
                        Some(Datum::Decimal(amount.original.currency.to_major(amount.original.minor))),
                        text(amount.original.currency),
                        Some(Datum::Decimal(currency.to_major(amount.base))),
                        Some(Datum::Integer(lines as i64)),
                    ]);
                }),
            })?;
        failed.map_or(Ok(written), Err).map_err(api)
    }

    fn export_assignments(
        &self,
        export: &Export<'_>,
        texts: &Texts,
        events: &mut dyn FnMut(Event),
    ) -> Result<(Vec<String>, u64), ApiError> {
        let mut rows = Rows::new(names(ASSIGNMENTS), export.format, events);
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

    /// Writes the rows that `each` makes of every record as it stands.
    fn export_records(
        &self,
        columns: &str,
        format: ExportFormat,
        events: &mut dyn FnMut(Event),
        mut each: impl FnMut(&Record, &mut Rows<'_>),
    ) -> Result<(Vec<String>, u64), ApiError> {
        let mut rows = Rows::new(names(columns), format, events);
        self.engine.for_each_record(|record| each(&record, &mut rows)).map_err(api)?;
        rows.flush();
        Ok((rows.columns, rows.rows))
    }
}

/// A field's value; money in CSV has all its decimals.
fn cell(field: &Field, value: &Value, format: ExportFormat, digits: usize) -> Option<Datum> {
    match (value, format) {
        (Value::Decimal(money), ExportFormat::Csv) if field.ty == FieldType::Money => text(format!("{money:.digits$}")),
        _ => Some(Datum::from(value)),
    }
}

fn names(columns: &str) -> Vec<String> {
    columns.split(' ').map(str::to_owned).collect()
}

fn follow_up(texts: &Texts, record: &Record, follow_up: &tierhook_model::FollowUp) -> Vec<Option<Datum>> {
    let row = texts.follow_up(record, follow_up);
    let mut values = vec![text(row.id)];
    values.extend(whose(&row.customer));
    values.extend([
        text(&row.kind),
        text(&row.state.code),
        text(row.due),
        text(row.opened),
        maybe(row.channel.as_ref()),
        Some(Datum::Integer(i64::from(row.priority))),
        text(&row.rule),
        text(why(&row.reasons)),
        maybe(row.action.as_ref()),
        maybe(row.offer.as_ref().map(|offer| &offer.text)),
        maybe(row.offer.as_ref().and_then(|offer| offer.ends)),
    ]);
    values.extend(closed(&row.state));
    values
}

fn warning(texts: &Texts, record: &Record, warning: &tierhook_model::Warning) -> Vec<Option<Datum>> {
    let row = texts.warning(record, warning);
    let mut values = vec![text(row.id)];
    values.extend(whose(&row.customer));
    values.extend([
        text(&row.cause),
        text(format!("{:?}", row.severity).to_lowercase()),
        text(&row.state.code),
        text(row.opened),
        text(&row.rule),
        text(why(&row.reasons)),
        maybe(row.suggestion.as_ref()),
    ]);
    values.extend(closed(&row.state));
    values
}

/// On which day something was closed, and why as a code, for example `reason-gone` or the cause that the customer gave.
fn closed(state: &StateRow) -> [Option<Datum>; 2] {
    match state.is_open() {
        true => [None, None],
        false => [maybe(state.day), maybe(state.detail.as_ref())],
    }
}

fn whose(customer: &CustomerHead) -> [Option<Datum>; 4] {
    [text(&customer.source), text(&customer.id), maybe(customer.name.as_ref()), maybe(customer.owner.as_ref())]
}

fn why(reasons: &[ReasonRow]) -> String {
    reasons.iter().map(|reason| reason.text.as_str()).collect::<Vec<_>>().join("; ")
}

/// The orders, refunds and cancellations of a record up to a day with the number of their lines, retracted ones left
/// out. Amounts given back are negative.
fn orders(facts: &[Fact], as_of: Option<Day>) -> Vec<(&'static str, &Fact, Amount, usize)> {
    let retracted = retracted(facts);
    let negative = |mut amount: Amount| {
        amount.base = -amount.base;
        amount.original.minor = -amount.original.minor;
        amount
    };
    facts
        .iter()
        .filter(|fact| as_of.is_none_or(|day| fact.day <= day) && !retracted.contains(&fact.seq))
        .filter_map(|fact| match &fact.body {
            FactBody::Order(order) => Some(("order", fact, order.amount, order.lines.len())),
            FactBody::Refund(refund) => Some(("refund", fact, negative(refund.amount), 0)),
            FactBody::Cancellation(cancelled) => Some(("cancellation", fact, negative(cancelled.amount), 0)),
            _ => None,
        })
        .collect()
}
