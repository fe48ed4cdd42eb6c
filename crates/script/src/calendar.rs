//! Civil days as scripts see them.

use rhai::{Dynamic, Engine, EvalAltResult, ImmutableString};
use tierhook_hooks::{Fault, FaultCode};
use tierhook_model::Day;

use crate::argument;
use crate::failure::raise;
use crate::missing::Missing;

/// A civil day in a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ScriptDay(pub(crate) Day);

type Failure = Box<EvalAltResult>;

impl ScriptDay {
    fn plus(self, days: i64) -> Result<Self, Failure> {
        let there = i32::try_from(days).map(|days| self.0.plus(days)).ok().filter(|day| day.is_in_calendar());
        there.map(Self).ok_or_else(|| {
            let sign = if days < 0 { '-' } else { '+' };
            let message = format!("{} {sign} {} leads out of the calendar", self.0, days.unsigned_abs());
            let hint = format!("it goes from {} to {}", Day::MIN, Day::MAX);
            raise(Fault::new(FaultCode::Failed, message).with_hint(hint))
        })
    }

    fn since(self, earlier: Self) -> i64 {
        i64::from(self.0.since(earlier.0))
    }

    /// 1 is Monday, 7 is Sunday.
    fn weekday(self) -> i64 {
        i64::from(self.0.to_date().weekday().to_monday_one_offset())
    }

    fn end_of_week(self) -> Result<Self, Failure> {
        self.plus(7 - self.weekday())
    }
}

/// Registers the type with its operators, properties and functions.
pub(crate) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<ScriptDay>("Day");
    engine.register_fn("day", |text: &str| -> Result<ScriptDay, Failure> {
        text.parse().map(ScriptDay).map_err(|error| raise(Fault::new(FaultCode::Failed, format!("{error}"))))
    });
    engine.register_fn("plus", |day: &mut ScriptDay, days: i64| day.plus(days));
    engine.register_fn("+", |day: ScriptDay, days: i64| day.plus(days));
    engine.register_fn("-", |day: ScriptDay, days: i64| day.plus(days.saturating_neg()));
    engine.register_fn("since", |day: &mut ScriptDay, earlier: ScriptDay| day.since(earlier));
    engine.register_fn("-", |day: ScriptDay, earlier: ScriptDay| day.since(earlier));
    engine.register_fn("==", |a: ScriptDay, b: ScriptDay| a == b);
    engine.register_fn("!=", |a: ScriptDay, b: ScriptDay| a != b);
    engine.register_fn("<", |a: ScriptDay, b: ScriptDay| a < b);
    engine.register_fn("<=", |a: ScriptDay, b: ScriptDay| a <= b);
    engine.register_fn(">", |a: ScriptDay, b: ScriptDay| a > b);
    engine.register_fn(">=", |a: ScriptDay, b: ScriptDay| a >= b);
    // The engine itself would quietly answer false when a day is compared with something else.
    for operator in ["<", "<=", ">", ">=", "==", "!="] {
        engine.register_fn(operator, |_: ScriptDay, other: Dynamic| compared_with(&other));
        engine.register_fn(operator, |other: Dynamic, _: ScriptDay| compared_with(&other));
    }
    engine.register_fn("==", |_: ScriptDay, (): ()| false);
    engine.register_fn("==", |(): (), _: ScriptDay| false);
    engine.register_fn("!=", |_: ScriptDay, (): ()| true);
    engine.register_fn("!=", |(): (), _: ScriptDay| true);
    engine.register_get("year", |day: &mut ScriptDay| i64::from(day.0.to_date().year()));
    engine.register_get("month", |day: &mut ScriptDay| i64::from(day.0.to_date().month()));
    engine.register_get("day", |day: &mut ScriptDay| i64::from(day.0.to_date().day()));
    engine.register_get("weekday", |day: &mut ScriptDay| day.weekday());
    engine.register_get("end_of_week", |day: &mut ScriptDay| day.end_of_week());
    engine.register_fn("end_of_week", |day: &mut ScriptDay| day.end_of_week());
    engine.register_fn("to_string", |day: &mut ScriptDay| ImmutableString::from(day.0.to_string()));
    engine.register_fn("to_debug", |day: &mut ScriptDay| ImmutableString::from(day.0.to_string()));
    engine.register_fn("+", |text: ImmutableString, day: ScriptDay| ImmutableString::from(format!("{text}{}", day.0)));
    engine.register_fn("+", |day: ScriptDay, text: ImmutableString| ImmutableString::from(format!("{}{text}", day.0)));
}

fn compared_with(other: &Dynamic) -> Result<bool, Failure> {
    if let Some(missing) = other.read_lock::<Missing>() {
        return Err(missing.raise());
    }
    let message = format!("a day cannot be compared with {}", argument::type_name(other));
    Err(raise(Fault::new(FaultCode::Failed, message).with_hint("turn a text into a day with `day(\"2026-03-09\")`")))
}
