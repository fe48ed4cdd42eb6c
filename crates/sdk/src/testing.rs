//! Runs a plugin's functions in the author's tests, without WebAssembly and without a host.
//!
//! ```
//! # use tierhook_sdk::{Class, Context, Day, Fault, Record, class};
//! # #[derive(Record)]
//! # struct Customer { orders_365d: i64 }
//! # fn grade(customer: &Customer, _: &Context) -> Option<Class> {
//! #     (customer.orders_365d > 9).then(|| class("grade", "A").because("OFTEN"))
//! # }
//! use tierhook_sdk::testing::{batch, row};
//!
//! let answers = batch(Day::from_ymd(2026, 3, 1).unwrap())
//!     .record(row().with("orders_365d", 12))
//!     .record(row().with("orders_365d", 3))
//!     .record(row())
//!     .classify(grade);
//! assert_eq!(answers.of(0)[0].codes(), ["OFTEN"]);
//! assert!(answers.of(1).is_empty());
//! assert_eq!(answers.fault(2).unwrap().message, "`orders_365d` is missing");
//! ```
//!
//! What is built is what a host would give: the same columns, read by the same code.

mod frame;

use std::collections::BTreeMap;

use crate::bindings::types::{self, ParameterValue};
use crate::hook::each;
use crate::log::{self, Note};
use crate::outcome::{Tables, Wish};
use crate::{Classes, Context, Day, Fault, Parameters, Plan, Record, Wanted, Warning};

/// A value of a field.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Not for this plugin.
    Masked,
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Decimal(f64),
    /// Yes or no.
    Boolean(bool),
    /// A civil day.
    Day(Day),
    /// Several texts.
    TextList(Vec<String>),
}

/// A record or a fact: values by the names of fields. What is not given is missing.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Row {
    values: BTreeMap<String, Value>,
    history: BTreeMap<String, (Vec<Row>, bool)>,
}

/// A batch of records with a day and parameters.
#[derive(Clone, Debug)]
pub struct Batch {
    context: types::Context,
    rows: Vec<Row>,
}

/// What a function wanted for each record of a batch.
#[derive(Debug)]
pub struct Answers<W> {
    records: Vec<Result<Vec<W>, Fault>>,
    notes: Vec<Note>,
    /// The tables that the host would get.
    pub outcome: types::Outcome,
}

/// Begins a record or a fact of which nothing is known.
pub fn row() -> Row {
    Row::default()
}

/// Begins a batch on a day, in the zone Asia/Shanghai and the currency CNY, without parameters.
pub fn batch(day: Day) -> Batch {
    let day_end = (i64::from(day.0) + 1) * 86_400_000 - 8 * 3_600_000;
    let (zone, currency) = ("Asia/Shanghai".to_owned(), "CNY".to_owned());
    Batch { context: types::Context { day: day.0, day_end, zone, currency, parameters: Vec::new() }, rows: Vec::new() }
}

impl Row {
    /// Gives a field a value; a `None` leaves it missing.
    #[must_use]
    pub fn with(mut self, field: &str, value: impl IntoValue) -> Self {
        if let Some(value) = value.into_value() {
            self.values.insert(field.to_owned(), value);
        }
        self
    }

    /// Says that a field is there, but not for this plugin.
    #[must_use]
    pub fn masked(mut self, field: &str) -> Self {
        self.values.insert(field.to_owned(), Value::Masked);
        self
    }

    /// Gives the facts of a kind, newest first.
    #[must_use]
    pub fn history(mut self, kind: &str, facts: impl IntoIterator<Item = Row>) -> Self {
        self.history.insert(kind.to_owned(), (facts.into_iter().collect(), false));
        self
    }

    /// Says that there are older facts of a kind than those given.
    #[must_use]
    pub fn cut(mut self, kind: &str) -> Self {
        self.history.entry(kind.to_owned()).or_default().1 = true;
        self
    }
}

impl Batch {
    /// Sets a parameter.
    #[must_use]
    pub fn param(mut self, name: &str, value: impl Into<ParameterValue>) -> Self {
        self.context.parameters.retain(|parameter| parameter.name != name);
        self.context.parameters.push(types::Parameter { name: name.to_owned(), value: value.into() });
        self
    }

    /// Adds a record.
    #[must_use]
    pub fn record(mut self, record: Row) -> Self {
        self.rows.push(record);
        self
    }

    /// Calls a function for `classify` for each record.
    pub fn classify<R, P, O>(self, function: impl Fn(&R, &Context<P>) -> O) -> Answers<Classes>
    where
        R: Record<'static>,
        P: Parameters,
        O: Wanted<Classes>,
    {
        self.call(function)
    }

    /// Calls a function for `follow-up` for each record.
    pub fn follow_up<R, P, O>(self, function: impl Fn(&R, &Context<P>) -> O) -> Answers<Plan>
    where
        R: Record<'static>,
        P: Parameters,
        O: Wanted<Plan>,
    {
        self.call(function)
    }

    /// Calls a function for `churn-warning` for each record.
    pub fn churn_warning<R, P, O>(self, function: impl Fn(&R, &Context<P>) -> O) -> Answers<Warning>
    where
        R: Record<'static>,
        P: Parameters,
        O: Wanted<Warning>,
    {
        self.call(function)
    }

    fn call<R, P, O, W>(self, function: impl Fn(&R, &Context<P>) -> O) -> Answers<W>
    where
        R: Record<'static>,
        P: Parameters,
        O: Wanted<W>,
        W: Wish + Clone,
    {
        log::take();
        // A record may borrow from its batch, and what the function returns must not: the batch of a test is never given back.
        let frame: &'static types::Frame = Box::leak(Box::new(frame::build::<R>(&self.rows)));
        let mut tables = Tables::new::<W>();
        let mut records: Vec<Result<Vec<W>, Fault>> = Vec::new();
        let called = each(&self.context, frame, function, |record, wanted| {
            let wanted = wanted.and_then(|wishes| tables.check(wishes).map(|()| wishes.clone()));
            match &wanted {
                Ok(wishes) => tables.add(record, wishes),
                Err(fault) => tables.fault(record, fault.clone()),
            }
            records.push(wanted);
        });
        if let Err(fault) = called {
            records = vec![Err(fault); self.rows.len()];
        }
        Answers { records, notes: log::take(), outcome: tables.finish() }
    }
}

impl<W> Answers<W> {
    /// What is wanted for a record, by its number from 0.
    ///
    /// # Panics
    /// If the record faulted, or is not there.
    #[track_caller]
    pub fn of(&self, record: usize) -> &[W] {
        match &self.records[record] {
            Ok(wishes) => wishes,
            Err(fault) => panic!("record {record} faulted: {fault}"),
        }
    }

    /// The fault of a record, if it faulted; that of the batch is the fault of each.
    pub fn fault(&self, record: usize) -> Option<&Fault> {
        self.records.get(record)?.as_ref().err()
    }

    /// The rules that struck for a record, by [`trace`](crate::trace).
    pub fn traces(&self, record: u32) -> Vec<&str> {
        let traces = self.notes.iter().filter_map(|note| match note {
            Note::Trace(of, rule) if *of == record => Some(rule.as_str()),
            _ => None,
        });
        traces.collect()
    }

    /// All that was logged and traced.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }
}

/// What may be given as the value of a field; a `None` is missing.
pub trait IntoValue {
    /// Makes it a value.
    fn into_value(self) -> Option<Value>;
}

impl<T: IntoValue> IntoValue for Option<T> {
    fn into_value(self) -> Option<Value> {
        self.and_then(IntoValue::into_value)
    }
}

macro_rules! values {
    ($($ty:ty, $value:ident => $made:expr;)*) => {$(
        impl IntoValue for $ty {
            fn into_value(self) -> Option<Value> {
                let $value = self;
                Some($made)
            }
        }
    )*};
}

values! {
    &str, text => Value::Text(text.to_owned());
    String, text => Value::Text(text);
    i32, number => Value::Integer(number.into());
    i64, number => Value::Integer(number);
    f64, number => Value::Decimal(number);
    bool, yes => Value::Boolean(yes);
    Day, day => Value::Day(day);
    &[&str], list => Value::TextList(list.iter().map(|text| (*text).to_owned()).collect());
}

macro_rules! parameters {
    ($($ty:ty, $value:ident => $made:expr;)*) => {$(
        impl From<$ty> for ParameterValue {
            fn from($value: $ty) -> Self {
                $made
            }
        }
    )*};
}

parameters! {
    bool, yes => Self::Boolean(yes);
    i32, number => Self::Integer(number.into());
    i64, number => Self::Integer(number);
    f64, number => Self::Decimal(number);
    &str, text => Self::Text(text.to_owned());
    Vec<i64>, list => Self::Integers(list);
    Vec<f64>, list => Self::Decimals(list);
    &[&str], list => Self::Texts(list.iter().map(|text| (*text).to_owned()).collect());
}
