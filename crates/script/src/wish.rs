//! Wishes as scripts make them: small builders whose every method changes the wish and gives it back.

mod class;
mod gather;
mod plan;
mod warn;

use std::sync::Arc;

use rhai::{Dynamic, Engine, Map};
use tierhook_hooks::{Fault, FaultCode};
use tierhook_model::{Dimensions, Reason};

use crate::argument::{self, Failure};
use crate::failure::raise;

pub(crate) use gather::Gatherer;

/// Reasons of a wish. A builder is copied at every step of its chain, so the reasons are shared.
#[derive(Clone, Debug, Default)]
struct Reasons(Vec<Arc<Reason>>);

impl Reasons {
    fn push(&mut self, reason: Reason, most: usize) -> Result<(), Failure> {
        if self.0.len() >= most {
            let fault = Fault::new(FaultCode::Output, format!("there are more than {most} reasons"));
            return Err(raise(fault.with_hint("give the ones that matter; `limits.reasons` sets how many")));
        }
        self.0.push(Arc::new(reason));
        Ok(())
    }

    /// Hands the reasons out, and has none any more.
    fn take(&mut self) -> Vec<Reason> {
        std::mem::take(&mut self.0).into_iter().map(Arc::unwrap_or_clone).collect()
    }
}

/// What has reasons.
trait Reasoned: Clone + Send + Sync + 'static {
    fn reasons(&mut self) -> &mut Reasons;
}

/// Registers all builders. `most_reasons` is how many reasons one wish may have.
pub(crate) fn register(engine: &mut Engine, dimensions: &Arc<Dimensions>, most_reasons: usize) {
    class::register(engine, dimensions, most_reasons);
    plan::register(engine);
    warn::register(engine);
    register_because::<class::ScriptClass>(engine, most_reasons);
    register_because::<class::ScriptScore>(engine, most_reasons);
    register_because::<plan::ScriptPlan>(engine, most_reasons);
    register_because::<warn::ScriptWarning>(engine, most_reasons);
}

fn register_because<T: Reasoned>(engine: &mut Engine, most: usize) {
    engine.register_fn("because", move |wish: &mut T, code: Dynamic| {
        wish.reasons().push(argument::reason("reason", &code, &Map::new(), None)?, most)?;
        Ok::<T, Failure>(wish.clone())
    });
    engine.register_fn("because", move |wish: &mut T, code: Dynamic, arguments: Map| {
        wish.reasons().push(argument::reason("reason", &code, &arguments, None)?, most)?;
        Ok::<T, Failure>(wish.clone())
    });
}
