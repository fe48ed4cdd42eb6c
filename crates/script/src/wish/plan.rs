//! What to do: `plan("care-call").every(30).since_contact().due(day)`.

use std::sync::Arc;

use rhai::{Dynamic, Engine, ImmutableString, Map};
use tierhook_hooks::{AnchorWish, FollowUpWish, OfferWish, Since};
use tierhook_model::{Day, Reason};

use super::{Reasoned, Reasons};
use crate::argument::{self, Failure, bad};

/// The longest cycle, in days.
const MOST_DAYS: i64 = 36_600;

/// Something to do.
#[derive(Clone, Debug)]
pub(super) struct ScriptPlan {
    kind: ImmutableString,
    anchor: AnchorWish,
    due: Option<Day>,
    channel: Option<ImmutableString>,
    priority: i32,
    reasons: Reasons,
    action: Option<Arc<Reason>>,
    offer: Option<Arc<OfferWish>>,
}

impl Reasoned for ScriptPlan {
    fn reasons(&mut self) -> &mut Reasons {
        &mut self.reasons
    }
}

/// Registers a method that changes the plan and gives it back.
macro_rules! method {
    ($engine:ident, $name:literal, |$plan:ident $(, $argument:ident: $ty:ty)*| $body:expr) => {
        $engine.register_fn($name, |$plan: &mut ScriptPlan $(, $argument: $ty)*| -> Result<ScriptPlan, Failure> {
            $body;
            Ok($plan.clone())
        });
    };
}

pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<ScriptPlan>("Plan");
    engine.register_fn("plan", |kind: Dynamic| {
        Ok::<_, Failure>(ScriptPlan {
            kind: argument::name("kind", &kind)?,
            anchor: AnchorWish::Once,
            due: None,
            channel: None,
            priority: 0,
            reasons: Reasons::default(),
            action: None,
            offer: None,
        })
    });
    method!(engine, "once", |plan| plan.anchor = AnchorWish::Once);
    method!(engine, "per_fact", |plan, id: Dynamic| {
        plan.anchor = AnchorWish::Fact(argument::text("id of the fact", &id)?.into_owned());
    });
    method!(engine, "per_cycle", |plan, group: Dynamic| {
        plan.anchor = AnchorWish::Cycle(argument::text("consumption group", &group)?.into_owned());
    });
    method!(engine, "per_year", |plan, day: Dynamic| {
        plan.anchor = AnchorWish::Year(argument::day("day of the year", &day)?);
    });
    method!(engine, "episode", |plan, day: Dynamic| {
        plan.anchor = AnchorWish::Episode(argument::day("beginning of the episode", &day)?);
    });
    method!(engine, "every", |plan, days: i64| {
        if !(1..=MOST_DAYS).contains(&days) {
            return Err(bad(format!("a cycle of {days} days"), format!("let it last from 1 to {MOST_DAYS} days")));
        }
        plan.anchor = AnchorWish::Every { days: days as u32, since: Since::Contact };
    });
    method!(engine, "since_contact", |plan| plan.since(Since::Contact)?);
    method!(engine, "since_order", |plan| plan.since(Since::Order)?);
    method!(engine, "since_first_seen", |plan| plan.since(Since::FirstSeen)?);
    method!(engine, "since", |plan, day: Dynamic| {
        plan.since(Since::Day(argument::day("beginning of the cycles", &day)?))?;
    });
    method!(engine, "due", |plan, day: Dynamic| plan.due = Some(argument::day("day on which it is due", &day)?));
    method!(engine, "channel", |plan, channel: Dynamic| plan.channel = Some(argument::name("channel", &channel)?));
    method!(engine, "priority", |plan, priority: i64| {
        plan.priority = i32::try_from(priority)
            .map_err(|_| bad(format!("a priority of {priority}"), "use a smaller number; higher comes first"))?;
    });
    method!(engine, "action", |plan, code: Dynamic| {
        plan.action = Some(Arc::new(argument::reason("action", &code, &Map::new(), None)?));
    });
    method!(engine, "action", |plan, code: Dynamic, arguments: Map| {
        plan.action = Some(Arc::new(argument::reason("action", &code, &arguments, None)?));
    });
    method!(engine, "offer", |plan, code: Dynamic, arguments: Map| {
        let terms = argument::reason("offer", &code, &arguments, None)?;
        plan.offer = Some(Arc::new(OfferWish { terms, ends: None }));
    });
    method!(engine, "offer", |plan, code: Dynamic, arguments: Map, ends: Dynamic| {
        let terms = argument::reason("offer", &code, &arguments, None)?;
        plan.offer = Some(Arc::new(OfferWish { terms, ends: Some(argument::day("last day of the offer", &ends)?) }));
    });
}

impl ScriptPlan {
    fn since(&mut self, from: Since) -> Result<(), Failure> {
        match &mut self.anchor {
            AnchorWish::Every { since, .. } => {
                *since = from;
                Ok(())
            }
            _ => Err(bad("there is no cycle that could begin then", "write `.every(days)` first")),
        }
    }

    /// The finished wish; its reasons go with it.
    pub(super) fn finish(&mut self) -> FollowUpWish {
        FollowUpWish {
            kind: self.kind.to_string(),
            anchor: self.anchor.clone(),
            due: self.due,
            channel: self.channel.as_ref().map(ImmutableString::to_string),
            priority: self.priority,
            reasons: self.reasons.take(),
            action: self.action.as_deref().cloned(),
            offer: self.offer.as_deref().cloned(),
        }
    }
}
