//! Gathering: what a hook returned, checked, as wishes.

use rhai::{Array, Dynamic};
use tierhook_hooks::{Fault, FaultCode, Hook, Limits, Verdict, Wishes};
use tierhook_model::{Dimensions, Reason};

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
                self.add(&item, &mut wishes)?;
            }
        } else if !returned.is_unit() {
            self.add(&returned, &mut wishes)?;
        }
        self.check_size(&wishes)?;
        Ok(wishes)
    }

    fn add(&self, value: &Dynamic, wishes: &mut Wishes) -> Result<(), Fault> {
        if let Some(class) = value.read_lock::<ScriptClass>() {
            self.expect(Hook::Classify, "a class")?;
            wishes.classes.push(class.finish());
        } else if let Some(score) = value.read_lock::<ScriptScore>() {
            self.expect(Hook::Classify, "a score")?;
            wishes.classes.push(score.finish(self.dimensions)?);
        } else if let Some(plan) = value.read_lock::<ScriptPlan>() {
            self.expect(Hook::FollowUp, "a plan")?;
            wishes.follow_ups.push(plan.finish());
        } else if let Some(warning) = value.read_lock::<ScriptWarning>() {
            self.expect(Hook::ChurnWarning, "a warning")?;
            wishes.warnings.push(warning.finish());
        } else if let Some(missing) = value.read_lock::<Missing>() {
            return Err(missing.fault());
        } else {
            let message = format!("`{}` returned {}", self.hook, argument::type_name(value));
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

    fn check_size(&self, wishes: &Wishes) -> Result<(), Fault> {
        let mut reasons: Vec<&Reason> = Vec::new();
        let mut bytes = 0;
        for wish in &wishes.classes {
            bytes += wish.dimension.len() + 8;
            if let Verdict::Score { groups, bands } = &wish.verdict {
                bytes += groups.iter().map(|group| group.name.len() + 16).sum::<usize>();
                bytes += bands.iter().map(|band| band.class.len() + 8).sum::<usize>();
            }
            reasons.extend(&wish.reasons);
        }
        for wish in &wishes.follow_ups {
            bytes += wish.kind.len() + wish.channel.as_ref().map_or(0, String::len) + 32;
            bytes += argument::bytes(wish.action.iter().chain(wish.offer.iter().map(|offer| &offer.terms)));
            reasons.extend(&wish.reasons);
        }
        for wish in &wishes.warnings {
            bytes += wish.cause.len() + 16 + argument::bytes(&wish.suggestion);
            reasons.extend(&wish.reasons);
        }
        bytes += argument::bytes(reasons.iter().copied());
        let over = |what: String, setting: &str| {
            Err(Fault::new(FaultCode::Output, what).with_hint(format!("answer less; `limits.{setting}` sets how much")))
        };
        let most = self.limits.reasons;
        if reasons.len() > most {
            return over(format!("there are {} reasons; {most} are allowed", reasons.len()), "reasons");
        }
        let most = self.limits.output_bytes;
        if bytes > most {
            return over(format!("the answer has {bytes} bytes; {most} are allowed"), "output_bytes");
        }
        Ok(())
    }
}
