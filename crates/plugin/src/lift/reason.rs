//! Reasons: codes with arguments, and which wish they belong to.

use tierhook_hooks::Fault;
use tierhook_model::{Argument, Reason, Value};

use super::{bad, day, finite, name};
use crate::table::Tables;

/// The reasons of each wish.
#[derive(Debug)]
pub(super) struct Reasons(Vec<OfWish>);

/// What was said about one wish.
#[derive(Debug, Default)]
pub(super) struct OfWish {
    pub(super) reasons: Vec<Reason>,
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
    pub(super) fn take(&mut self, wish: usize) -> Result<OfWish, Fault> {
        let mut said = std::mem::take(&mut self.0[wish]);
        match said.fault.take() {
            Some(fault) => Err(fault),
            None => Ok(said),
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
            let arguments = std::mem::replace(&mut arguments[row], Ok(Vec::new()))?;
            Ok(Reason { code: name("code of a reason", code.get(row))?, arguments, points })
        })();
        let of_wish = &mut said[wish];
        let reason = match made {
            Ok(reason) => reason,
            Err(fault) => {
                of_wish.fault.get_or_insert(fault);
                continue;
            }
        };
        let place = match role.get(row) {
            None | Some("reason") => {
                of_wish.reasons.push(reason);
                continue;
            }
            Some("action") => &mut of_wish.action,
            Some("offer") => &mut of_wish.offer,
            Some("suggestion") => &mut of_wish.suggestion,
            Some(other) => {
                let hint = "write `reason`, `action`, `offer` or `suggestion`";
                of_wish.fault.get_or_insert(bad(format!("a reason has the role `{other}`"), hint));
                continue;
            }
        };
        if place.replace(reason).is_some() {
            let role = role.get(row).unwrap_or_default();
            of_wish.fault.get_or_insert(bad(format!("there are two reasons in the role `{role}`"), "give one"));
        }
    }
    Ok(Reasons(said))
}

type Arguments = Result<Vec<Argument>, Fault>;

fn arguments(tables: &Tables<'_>, reasons: usize) -> Result<Vec<Arguments>, Fault> {
    let table = tables.get("arguments");
    let mut of: Vec<Arguments> = std::iter::repeat_with(|| Ok(Vec::new())).take(reasons).collect();
    let (reason, names) = (table.integers("reason")?, table.texts("name")?);
    let (texts, integers, decimals) = (table.texts("text")?, table.integers("integer")?, table.decimals("decimal")?);
    let (booleans, days) = (table.booleans("boolean")?, table.days("day")?);
    for row in 0..table.rows() {
        let at = table.points_at("reason", reason.get(row), reasons)?;
        let Ok(list) = &mut of[at] else { continue };
        let made = name("name of an argument", names.get(row)).and_then(|name| {
            let decimal = decimals.get(row).map(|number| finite(&format!("argument `{name}`"), number)).transpose()?;
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
            Err(fault) => of[at] = Err(fault),
        }
    }
    Ok(of)
}
