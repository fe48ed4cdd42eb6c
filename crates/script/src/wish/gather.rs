//! Gathering: what a hook returned, checked, as wishes.

use rhai::{Array, Dynamic};
use tierhook_hooks::{Fault, FaultCode, Hook, Limits, Wishes};
use tierhook_model::Dimensions;

use super::class::{ScriptClass, ScriptScore};
use super::plan::ScriptPlan;
use super::warn::ScriptWarning;
use crate::argument;
use crate::missing::Missing;

/// Turns what a hook of one rule returns into wishes.
#[derive(Debug)]
pub(crate) struct Gatherer<'a> {
    pub(crate) hook: Hook,
    /// All dimensions.
    pub(crate) dimensions: &'a Dimensions,
    /// Those that the rule decides.
    pub(crate) decided: &'a [String],
    pub(crate) limits: &'a Limits,
}

impl Gatherer<'_> {
    /// Takes `()`, one wish, or a list of wishes.
    ///
    /// # Errors
    /// A [`Fault`] for a wish that the hook, the manifest, the dimensions or the limits do not allow.
    pub(crate) fn gather(&self, returned: Dynamic) -> Result<Wishes, Fault> {
        let mut wishes = Wishes::default();
        if returned.is_array() {
            for item in returned.cast::<Array>() {
                self.add(item, &mut wishes)?;
            }
        } else if !returned.is_unit() {
            self.add(returned, &mut wishes)?;
        }
        self.limits.check_size(&wishes)?;
        check_same(&wishes)?;
        Ok(wishes)
    }

    fn add(&self, mut value: Dynamic, wishes: &mut Wishes) -> Result<(), Fault> {
        if let Some(mut class) = value.write_lock::<ScriptClass>() {
            self.expect(Hook::Classify, "a class")?;
            wishes.classes.push(class.finish());
        } else if let Some(mut score) = value.write_lock::<ScriptScore>() {
            self.expect(Hook::Classify, "a score")?;
            wishes.classes.push(score.finish(self.dimensions)?);
        } else if let Some(mut plan) = value.write_lock::<ScriptPlan>() {
            self.expect(Hook::FollowUp, "a plan")?;
            wishes.follow_ups.push(plan.finish());
        } else if let Some(mut warning) = value.write_lock::<ScriptWarning>() {
            self.expect(Hook::ChurnWarning, "a warning")?;
            wishes.warnings.push(warning.finish());
        } else if let Some(missing) = value.read_lock::<Missing>() {
            return Err(missing.fault());
        } else {
            let message = format!("`{}` returned {}", self.hook, argument::type_name(&value));
            return Err(Fault::new(FaultCode::BadWish, message).with_hint(self.expected()));
        }
        let Some((last, before)) = wishes.classes.split_last() else { return Ok(()) };
        let dimension = &last.dimension;
        if before.iter().any(|wish| wish.dimension == *dimension) {
            let message = format!("there are two words on `{dimension}`");
            return Err(
                Fault::new(FaultCode::BadWish, message).with_hint("return one class or score for each dimension")
            );
        }
        if !self.decided.contains(dimension) {
            let message = format!("`{dimension}` is not among the dimensions that this rule decides");
            return Err(Fault::new(FaultCode::BadWish, message).with_hint("add it to `dimensions` in the manifest"));
        }
        Ok(())
    }

    fn expect(&self, hook: Hook, what: &str) -> Result<(), Fault> {
        if self.hook == hook {
            return Ok(());
        }
        let message = format!("`{}` returned {what}", self.hook);
        Err(Fault::new(FaultCode::BadWish, message).with_hint(self.expected()))
    }

    fn expected(&self) -> &'static str {
        match self.hook {
            Hook::Classify => "return `class(...)`, `score(...)`, a list of them, or nothing",
            Hook::FollowUp => "return `plan(...)`, a list of them, or nothing",
            Hook::ChurnWarning => "return `warn(...)`, a list of them, or nothing",
        }
    }
}

/// Refuses two wishes of which one could never be seen: they would be the same follow-up or warning.
fn check_same(wishes: &Wishes) -> Result<(), Fault> {
    let refuse = |what: &str, name: &str, anchor: &str| {
        let message = format!("there are two {what} `{name}` with the same {anchor}");
        let hint = format!("name one of them otherwise, give it another {anchor}, or return the one that counts");
        Err(Fault::new(FaultCode::BadWish, message).with_hint(hint))
    };
    for (at, wish) in wishes.follow_ups.iter().enumerate() {
        if wishes.follow_ups[..at].iter().any(|other| other.kind == wish.kind && other.anchor == wish.anchor) {
            return refuse("follow-ups", &wish.kind, "anchor");
        }
    }
    for (at, wish) in wishes.warnings.iter().enumerate() {
        if wishes.warnings[..at].iter().any(|other| other.cause == wish.cause && other.episode == wish.episode) {
            return refuse("warnings", &wish.cause, "episode");
        }
    }
    Ok(())
}
