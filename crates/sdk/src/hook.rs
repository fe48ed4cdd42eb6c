//! Hooks: a batch of records to a function for one, and what it wants to tables.

use crate::bindings::types;
use crate::outcome::{Tables, Wish};
use crate::{Classes, Context, Fault, Parameters, Plan, Record, Wanted, Warning, log};

/// Calls a function for every record of a batch and hands what it wants to `take`.
pub(crate) fn each<'f, R, P, O, W>(
    context: &types::Context,
    frame: &'f types::Frame,
    function: impl Fn(&R, &Context<P>) -> O,
    mut take: impl FnMut(u32, Result<&mut Vec<W>, Fault>),
) -> Result<(), Fault>
where
    R: Record<'f>,
    P: Parameters,
    O: Wanted<W>,
{
    let context = Context::read(context)?;
    let columns = R::columns(frame)?;
    let mut wishes = Vec::new();
    for record in 0..frame.records {
        log::about(Some(record));
        wishes.clear();
        let wanted = R::read(&columns, record as usize).and_then(|read| function(&read, &context).want(&mut wishes));
        take(record, wanted.map(|()| &mut wishes));
    }
    log::about(None);
    Ok(())
}

fn call<'f, R, P, O, W>(
    context: &types::Context,
    frame: &'f types::Frame,
    function: impl Fn(&R, &Context<P>) -> O,
) -> Result<types::Outcome, types::Fault>
where
    R: Record<'f>,
    P: Parameters,
    O: Wanted<W>,
    W: Wish,
{
    let mut tables = Tables::new::<W>();
    each(context, frame, function, |record, wanted| match wanted {
        Ok(wishes) => tables.add(record, wishes),
        Err(fault) => tables.fault(record, fault),
    })?;
    Ok(tables.finish())
}

macro_rules! hooks {
    ($($(#[$doc:meta])* $name:ident, $wish:ty;)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        /// The fault of the batch: a column or parameter that is not there or of another type.
        pub fn $name<'f, R, P, O>(
            context: &types::Context,
            frame: &'f types::Frame,
            function: impl Fn(&R, &Context<P>) -> O,
        ) -> Result<types::Outcome, types::Fault>
        where
            R: Record<'f>,
            P: Parameters,
            O: Wanted<$wish>,
        {
            call(context, frame, function)
        }
    )*};
}

hooks! {
    /// Answers `classify` by a function for one record.
    classify, Classes;
    /// Answers `follow-up` by a function for one record.
    follow_up, Plan;
    /// Answers `churn-warning` by a function for one record.
    churn_warning, Warning;
}

/// Makes a function for one record the plugin's `classify`: `fn(&R, &Context<P>) -> O`, where `R` derives [`Record`], `P` derives
/// [`Parameters`], and `O` is [`Wanted`]: [`Class`](crate::Class), [`Score`](crate::Score), [`Classes`], several of them, nothing, or
/// a `Result` of these.
#[macro_export]
macro_rules! classify {
    ($function:expr) => {
        $crate::export_hook!(classifies, classify, classify, $function);
    };
}

/// Makes a function for one record the plugin's `follow-up`: as [`classify!`], for [`Plan`]s.
#[macro_export]
macro_rules! follow_up {
    ($function:expr) => {
        $crate::export_hook!(plans, follow_up, follow_up, $function);
    };
}

/// Makes a function for one record the plugin's `churn-warning`: as [`classify!`], for [`Warning`]s.
#[macro_export]
macro_rules! churn_warning {
    ($function:expr) => {
        $crate::export_hook!(warns, churn_warning, churn_warning, $function);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! export_hook {
    ($world:ident, $interface:ident, $hook:ident, $function:expr) => {
        const _: () = {
            #[allow(dead_code, reason = "only the host calls it")]
            struct Component;

            impl $crate::bindings::$world::exports::tierhook::hooks::$interface::Guest for Component {
                fn $hook(
                    context: $crate::internal::Context,
                    frame: $crate::internal::Frame,
                ) -> ::core::result::Result<$crate::internal::Outcome, $crate::internal::Fault> {
                    $crate::internal::$hook(&context, &frame, $function)
                }
            }

            #[cfg(target_arch = "wasm32")]
    $crate::bindings::$world::export!(Component with_types_in $crate::bindings::$world);
        };
    };
}
