//! Lifting: what a component answered, as wishes of each record.
//!
//! What is wrong with the shape of an answer is a fault of the batch; what is wrong with a wish is one of its record alone.

mod reason;
mod wish;

use std::fmt;

use tierhook_hooks::{Fault, FaultCode, Hook, Limits, RecordOutcome, Wishes};
use tierhook_model::{Day, Dimensions};

use crate::contract::{Fault as GuestFault, Outcome};
use crate::table::{Table, Tables};
use reason::{Reasons, reasons};

/// The longest message or hint of a component, in characters.
const MESSAGE_CHARACTERS: usize = 400;

const REASONS: (&str, &[&str]) = ("reasons", &["wish", "role", "code", "points"]);
const ARGUMENTS: (&str, &[&str]) = ("arguments", &["reason", "name", "text", "integer", "decimal", "boolean", "day"]);
const CLASSIFY: &[(&str, &[&str])] = &[
    ("classes", &["record", "dimension", "class"]),
    ("groups", &["class", "name", "attainable", "points"]),
    ("bands", &["dimension", "class", "from"]),
    REASONS,
    ARGUMENTS,
];
const FOLLOW_UP: &[(&str, &[&str])] = &[
    (
        "follow-ups",
        &["record", "kind", "anchor", "fact", "every", "since", "day", "due", "channel", "priority", "offer-ends"],
    ),
    REASONS,
    ARGUMENTS,
];
const CHURN_WARNING: &[(&str, &[&str])] =
    &[("warnings", &["record", "cause", "anchor", "fact", "day", "severity"]), REASONS, ARGUMENTS];

/// Turns answers of one plugin into wishes.
#[derive(Debug)]
pub(crate) struct Lifter<'a> {
    pub(crate) hook: Hook,
    /// All dimensions.
    pub(crate) dimensions: &'a Dimensions,
    /// Those that the plugin decides.
    pub(crate) decided: &'a [String],
    pub(crate) limits: &'a Limits,
}

/// Where answers go: the outcomes of the records that the plugin was called for.
#[derive(Debug)]
pub(crate) struct Lifted<'a> {
    /// The outcomes of a whole batch.
    pub(crate) outcomes: &'a mut [RecordOutcome],
    /// The rows of the batch that the plugin was called for; it knows them by their places here.
    pub(crate) rows: &'a [usize],
}

impl Lifted<'_> {
    fn of(&mut self, record: usize) -> &mut Result<Wishes, Fault> {
        &mut self.outcomes[self.rows[record]].result
    }

    /// Adds a wish to those of its record, or makes what is wrong with it the record's fault.
    fn add(&mut self, record: usize, add: impl FnOnce(&mut Wishes) -> Result<(), Fault>) {
        let result = self.of(record);
        if let Ok(wishes) = result
            && let Err(fault) = add(wishes)
        {
            *result = Err(fault);
        }
    }

    /// The record of a wish.
    fn record(&self, table: &Table<'_>, value: Option<i64>) -> Result<usize, Fault> {
        table.points_at("record", value, self.rows.len())
    }
}

impl Lifter<'_> {
    /// Takes the answer for records of which nothing was said yet.
    ///
    /// # Errors
    /// A [`Fault`] of all of them, if the answer is not of the shape that the contract says; some have got wishes then.
    pub(crate) fn lift(&self, outcome: &Outcome, mut lifted: Lifted<'_>) -> Result<(), Fault> {
        let known = match self.hook {
            Hook::Classify => CLASSIFY,
            Hook::FollowUp => FOLLOW_UP,
            Hook::ChurnWarning => CHURN_WARNING,
        };
        let tables = Tables::new(&outcome.tables, known)?;
        let wishes = tables.get(known[0].0);
        let mut reasons = reasons(&tables, wishes.rows())?;
        match self.hook {
            Hook::Classify => self.classes(&tables, &wishes, &mut reasons, &mut lifted)?,
            Hook::FollowUp => self.follow_ups(&wishes, &mut reasons, &mut lifted)?,
            Hook::ChurnWarning => self.warnings(&wishes, &mut reasons, &mut lifted)?,
        }
        let records = lifted.rows.len();
        for record in 0..records {
            let result = lifted.of(record);
            if let Ok(wishes) = result
                && let Err(fault) = self.limits.check_size(wishes)
            {
                *result = Err(fault);
            }
        }
        for faulted in &outcome.faults {
            if faulted.record as usize >= records {
                let message = format!("it faulted for record {}, and there are {records}, from 0", faulted.record);
                return Err(Fault::new(FaultCode::BadWish, message).with_hint("answer for the records of the batch"));
            }
            *lifted.of(faulted.record as usize) = Err(own_fault(&faulted.fault));
        }
        Ok(())
    }
}

/// A wish that cannot be.
fn bad(message: impl Into<String>, hint: impl Into<String>) -> Fault {
    Fault::new(FaultCode::BadWish, message).with_hint(hint)
}

/// A name that has to be there, such as a kind or cause.
fn name(what: &str, text: Option<&str>) -> Result<String, Fault> {
    let text = text.ok_or_else(|| bad(format!("the {what} is missing"), format!("give the {what} a name")))?;
    tierhook_hooks::check_name(what, text)?;
    Ok(text.to_owned())
}

/// A number that has to be finite.
fn finite(what: impl fmt::Display, number: f64) -> Result<f64, Fault> {
    if number.is_finite() {
        return Ok(number);
    }
    Err(bad(format!("the {what} is {number}"), "a finite number is expected; check for a division by zero"))
}

/// A day that has to be one of a calendar.
fn day(day: Day) -> Result<Day, Fault> {
    /// About as far as years have four digits, in either direction.
    const FARTHEST: u32 = 2_900_000;
    if day.0.unsigned_abs() <= FARTHEST {
        return Ok(day);
    }
    Err(bad(format!("a day {} days after 1970-01-01", day.0), "give a day of a calendar with four digits for the year"))
}

/// A fault that the component itself tells.
pub(crate) fn own_fault(fault: &GuestFault) -> Fault {
    let short = |text: &str| -> String {
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MESSAGE_CHARACTERS).collect()
    };
    let message = short(&fault.message);
    let said = if message.trim().is_empty() { "it faulted without a word".to_owned() } else { message };
    let own = Fault::new(FaultCode::Failed, said);
    match fault.hint.as_deref().map(short).filter(|hint| !hint.trim().is_empty()) {
        Some(hint) => own.with_hint(hint),
        None => own,
    }
}
