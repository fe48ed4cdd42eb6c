//! The contract with plugins, as `crates/sdk/wit` says it: the one place that knows version 0.1 of it.

mod bindings {
    #![allow(missing_docs, unreachable_pub, reason = "generated")]
    wasmtime::component::bindgen!({
        path: "../sdk/wit",
        world: "tierhook:hooks/plugin",
        ownership: Borrowing { duplicate_if_necessary: true },
        imports: { default: trappable },
    });
}

use tierhook_hooks::Hook;
use wasmtime::component::{HasSelf, Instance, InstancePre, Linker};
use wasmtime::{Result, Store};

use crate::guest::Guest;

use bindings::exports::tierhook::hooks::{churn_warning, classify, follow_up};
pub(crate) use bindings::tierhook::hooks::host::{Host, Level};
pub(crate) use bindings::tierhook::hooks::types::{
    CategoriesResult, ColumnDataParam, ColumnDataResult, ColumnParam, ColumnResult, Context, Fault, Frame, History,
    Outcome, Parameter, ParameterValue, TableParam, TableResult, TextListsParam, TextsParam, TextsResult,
};

/// The package that holds the contract.
pub(crate) const PACKAGE: &str = "tierhook:hooks";
/// The version of the contract, as components name it.
pub(crate) const VERSION: &str = "0.1.0";

/// The name of the interface of a hook, without its version.
pub(crate) fn interface(hook: Hook) -> &'static str {
    match hook {
        Hook::Classify => "tierhook:hooks/classify",
        Hook::ChurnWarning => "tierhook:hooks/churn-warning",
        Hook::FollowUp => "tierhook:hooks/follow-up",
    }
}

/// Gives components what they may import.
pub(crate) fn link(linker: &mut Linker<Guest>) -> Result<()> {
    bindings::tierhook::hooks::host::add_to_linker::<_, HasSelf<Guest>>(linker, |guest| guest)
}

/// Where the hooks of one component are.
pub(crate) struct Exports {
    classify: Option<classify::GuestIndices>,
    churn_warning: Option<churn_warning::GuestIndices>,
    follow_up: Option<follow_up::GuestIndices>,
}

impl Exports {
    /// Finds the hooks of a component. Those that it has not are left out.
    pub(crate) fn find(component: &InstancePre<Guest>) -> Self {
        Self {
            classify: classify::GuestIndices::new(component).ok(),
            churn_warning: churn_warning::GuestIndices::new(component).ok(),
            follow_up: follow_up::GuestIndices::new(component).ok(),
        }
    }

    /// The hooks that there are.
    pub(crate) fn hooks(&self) -> Vec<Hook> {
        let there = |hook: &Hook| match hook {
            Hook::Classify => self.classify.is_some(),
            Hook::ChurnWarning => self.churn_warning.is_some(),
            Hook::FollowUp => self.follow_up.is_some(),
        };
        Hook::ALL.into_iter().filter(there).collect()
    }

    /// Checks that every hook has the type that the contract says.
    ///
    /// # Errors
    /// What is wrong with the first one that has not.
    pub(crate) fn check(&self, store: &mut Store<Guest>, instance: &Instance) -> Result<()> {
        if let Some(at) = &self.classify {
            at.load(&mut *store, instance)?;
        }
        if let Some(at) = &self.churn_warning {
            at.load(&mut *store, instance)?;
        }
        if let Some(at) = &self.follow_up {
            at.load(&mut *store, instance)?;
        }
        Ok(())
    }

    /// Calls a hook. `None` if the component has not got it.
    pub(crate) fn call(
        &self,
        hook: Hook,
        store: &mut Store<Guest>,
        instance: &Instance,
        context: Context<'_>,
        frame: Frame<'_>,
    ) -> Result<Option<std::result::Result<Outcome, Fault>>> {
        let answer = match hook {
            Hook::Classify => match &self.classify {
                Some(at) => at.load(&mut *store, instance)?.call_classify(store, context, frame)?,
                None => return Ok(None),
            },
            Hook::ChurnWarning => match &self.churn_warning {
                Some(at) => at.load(&mut *store, instance)?.call_churn_warning(store, context, frame)?,
                None => return Ok(None),
            },
            Hook::FollowUp => match &self.follow_up {
                Some(at) => at.load(&mut *store, instance)?.call_follow_up(store, context, frame)?,
                None => return Ok(None),
            },
        };
        Ok(Some(answer))
    }
}
