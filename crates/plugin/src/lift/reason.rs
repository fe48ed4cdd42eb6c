//! Reasons: codes with arguments, and which wish they belong to.

use tierhook_hooks::Fault;
use tierhook_model::{Argument, Reason, Value};

use super::{bad, day, finite, name};
use crate::table::Tables;

/// The reasons of each wish.
#[derive(Debug)]
pub(super) struct Reasons(Vec<OfWish>);

/// What was said about one wish. Few wishes have more than reasons.
#[derive(Debug, Default)]
struct OfWish {
    reasons: Vec<Reason>,
    rest: Option<Box<Rest>>,
}

/// What else there is to say about a wish.
#[derive(Debug, Default)]
pub(super) struct Rest {
    /// What to do.
    pub(super) action: Option<Reason>,
    /// What can be offered.
    pub(super) offer: Option<Reason>,
    /// What helps against what is feared.
    pub(super) suggestion: Option<Reason>,
    /// What is wrong with one of them.
    fault: Option<Fault>,
}

impl Reasons {
    /// Takes what was said about a wish.
    ///
    /// # Errors
    /// A [`Fault`] if something is wrong with it.
    pub(super) fn take(&mut self, wish: usize) -> Result<(Vec<Reason>, Rest), Fault> {
        let OfWish { reasons, rest } = std::mem::take(&mut self.0[wish]);
        let mut rest = rest.map_or_else(Rest::default, |rest| *rest);
        match rest.fault.take() {
            Some(fault) => Err(fault),
            None => Ok((reasons, rest)),
        }
    }
}

/// Reads the reasons of so many wishes.
///
/// # Errors
/// A [`Fault`] of the whole batch.
pub(super) fn reasons(tables: &Tables<'_>, wishes: usize) -> Result<Reasons, Fault> {
    let table = tables.get("reasons");
    let mut said: Vec<OfWish> = std::iter::repeat_with(OfWish::default).take(wishes).collect();
    let (of, role, code, points) =
        (table.integers("wish")?, table.texts("role")?, table.texts("code")?, table.decimals("points")?);
    let mut arguments = arguments(tables, table.rows())?;
    for row in 0..table.rows() {
        let wish = table.points_at("wish", of.get(row), wishes)?;
        let made = (|| {
            let points = points.get(row).map(|points| finite("number of points", points)).transpose()?;
            let arguments = std::mem::replace(&mut arguments[row], Ok(Vec::new())).map_err(|fault| *fault)?;
            Ok(Reason { code: name("code of a reason", code.get(row))?, arguments, points })
        })();
        let of_wish = &mut said[wish];
        if of_wish.reasons.is_empty() {
            of_wish.reasons = Vec::with_capacity(of.run(row));
        }
        if let Err(fault) = made.and_then(|reason| of_wish.add(role.get(row), reason)) {
            of_wish.rest().fault.get_or_insert(fault);
        }
    }
    Ok(Reasons(said))
}

impl OfWish {
    /// # Errors
    /// A [`Fault`] if there is no such role, or somebody is in it already.
    fn add(&mut self, role: Option<&str>, reason: Reason) -> Result<(), Fault> {
        let place = match role {
            None | Some("reason") => {
                self.reasons.push(reason);
                return Ok(());
            }
            Some("action") => &mut self.rest().action,
            Some("offer") => &mut self.rest().offer,
            Some("suggestion") => &mut self.rest().suggestion,
            Some(other) => {
                let hint = "write `reason`, `action`, `offer` or `suggestion`";
                return Err(bad(format!("a reason has the role `{other}`"), hint));
            }
        };
        match place.replace(reason) {
            None => Ok(()),
            Some(_) => {
                Err(bad(format!("there are two reasons in the role `{}`", role.unwrap_or_default()), "give one"))
            }
        }
    }

    fn rest(&mut self) -> &mut Rest {
        self.rest.get_or_insert_default()
    }
}

type Arguments = Result<Vec<Argument>, Box<Fault>>;

fn arguments(tables: &Tables<'_>, reasons: usize) -> Result<Vec<Arguments>, Fault> {
    let table = tables.get("arguments");
    let mut of: Vec<Arguments> = std::iter::repeat_with(|| Ok(Vec::new())).take(reasons).collect();
    let (reason, names) = (table.integers("reason")?, table.texts("name")?);
    let (texts, integers, decimals) = (table.texts("text")?, table.integers("integer")?, table.decimals("decimal")?);
    let (booleans, days) = (table.booleans("boolean")?, table.days("day")?);
    for row in 0..table.rows() {
        let at = table.points_at("reason", reason.get(row), reasons)?;
        let Ok(list) = &mut of[at] else { continue };
        if list.is_empty() {
            *list = Vec::with_capacity(reason.run(row));
        }
        let made = name("name of an argument", names.get(row)).and_then(|name| {
            let decimal =
                decimals.get(row).map(|number| finite(format_args!("argument `{name}`"), number)).transpose()?;
            let day = days.day(row).map(day).transpose()?;
            let mut values = [
                texts.get(row).map(|text| Value::Text(text.to_owned())),
                integers.get(row).map(Value::Integer),
                decimal.map(Value::Decimal),
                booleans.get(row).map(Value::Boolean),
                day.map(Value::Day),
            ]
            .into_iter()
            .flatten();
            let value = values.next();
            if values.next().is_some() {
                return Err(bad(format!("argument `{name}` has two values"), "fill one of its columns"));
            }
            Ok(Argument { name, value })
        });
        match made {
            Ok(argument) => list.push(argument),
            Err(fault) => of[at] = Err(Box::new(fault)),
        }
    }
    Ok(of)
}
