//! Budgets: an engine with every limit set, and what one call on one thread has left.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::time::{Duration, Instant};

use rhai::{Dynamic, Engine, EvalAltResult, ModuleResolver, OptimizationLevel, Position, Shared};
use tierhook_hooks::{Fault, FaultCode, Limits};

use crate::failure::raise;

/// The wall clock is read once in so many operations: every time would cost half the speed.
const OPERATIONS_PER_LOOK: u64 = 256;
/// At the beginning it is read sooner, and then each time after twice as many.
const FIRST_LOOK: u64 = 16;
/// Where so much time has passed between two looks, single operations are slow, as those that wait for a lock; then
/// each of them is looked at, and fewer again as soon as they are fast.
const SLOW: Duration = Duration::from_millis(2);

/// What the standard packages offer and scripts do not get, with what to say about it.
pub(crate) const FORBIDDEN: [(&str, &str); 5] = [
    ("sleep", "a rule cannot wait; it is called again when something changes"),
    ("eval", "a rule cannot run text as code; write the code out"),
    ("exit", "return the value instead"),
    // A pointer bound to itself doubles at every turn, and the engine does not see how large it is.
    ("curry", "write a closure where it is handed over"),
    ("get_fn_metadata_list", "`tierhook fields` and the documentation list what there is"),
];

thread_local! {
    /// The operation of the running call at which it is looked after next. It is asked at every operation, so it stands
    /// by itself.
    static NEXT_LOOK: Cell<u64> = const { Cell::new(FIRST_LOOK) };

    static BUDGET: Budget = const {
        Budget {
            interval: Cell::new(FIRST_LOOK),
            looked: Cell::new(None),
            log_left: Cell::new(0),
            allowed: Cell::new(Duration::ZERO),
            deadline: Cell::new(None),
            stopping: Cell::new(false),
            stop: RefCell::new(None),
            suspect: RefCell::new(None),
        }
    };
}

/// What one call has used and has left. It belongs to the thread that makes the call, so that nothing is shared.
struct Budget {
    /// How many operations pass from one look to the next.
    interval: Cell<u64>,
    looked: Cell<Option<Instant>>,
    log_left: Cell<usize>,
    allowed: Cell<Duration>,
    deadline: Cell<Option<Instant>>,
    stopping: Cell<bool>,
    stop: RefCell<Option<Stop>>,
    suspect: RefCell<Option<Fault>>,
}

/// What is to stop a call: the fault, where it arose, and in which file if that is known.
pub(crate) type Stop = (Fault, Position, Option<String>);

/// A call that is being looked after, until it is dropped.
#[derive(Debug)]
pub(crate) struct Watched(PhantomData<*const ()>);

/// Begins to look after a call on this thread.
pub(crate) fn begin(limits: &Limits, allowed: Duration) -> Watched {
    begin_at(Instant::now(), limits, allowed)
}

/// The same for who has just read the clock.
pub(crate) fn begin_at(now: Instant, limits: &Limits, allowed: Duration) -> Watched {
    NEXT_LOOK.set(FIRST_LOOK);
    BUDGET.with(|budget| {
        budget.log_left.set(limits.log_bytes);
        budget.allowed.set(allowed);
        budget.interval.set(FIRST_LOOK);
        budget.looked.set(Some(now));
        budget.deadline.set(now.checked_add(allowed));
        budget.stopping.set(false);
        budget.stop.replace(None);
        budget.suspect.replace(None);
    });
    Watched(PhantomData)
}

/// Stops the running call at its next operation, where an error cannot be returned directly. `file` is where the
/// position is, if that is known.
pub(crate) fn stop(fault: Fault, position: Position, file: Option<&str>) {
    NEXT_LOOK.set(0);
    BUDGET.with(|budget| {
        budget.stopping.set(true);
        budget.stop.borrow_mut().get_or_insert_with(|| (fault, position, file.map(str::to_owned)));
    });
}

/// Notes what is probably behind the error that is on its way.
pub(crate) fn suspect(fault: Fault) {
    BUDGET.with(|budget| budget.suspect.replace(Some(fault)));
}

/// What is probably behind an error that does not tell it itself.
pub(crate) fn suspected() -> Option<Fault> {
    BUDGET.with(|budget| budget.suspect.borrow_mut().take())
}

impl Watched {
    /// The fault that was to stop the call, and where it arose. The call may have ended before it noticed.
    pub(crate) fn stopped(&self) -> Option<Stop> {
        BUDGET.with(|budget| budget.stop.borrow_mut().take())
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        BUDGET.with(|budget| {
            budget.deadline.set(None);
            budget.stopping.set(false);
            budget.stop.replace(None);
        });
    }
}

/// Looks after the running call; an answer ends it. What is said about it is kept aside: some functions of the engine,
/// such as `sort`, go on calling closures when one was stopped, and each of those calls is stopped again.
fn look(operations: u64) -> Option<Dynamic> {
    if operations < NEXT_LOOK.get() {
        return None;
    }
    BUDGET.with(|budget| {
        if !budget.stopping.get() && budget.is_late(operations) {
            stop(deadline_fault(budget.allowed.get()), Position::NONE, None);
        }
        budget.stopping.get().then_some(Dynamic::UNIT)
    })
}

impl Budget {
    /// Reads the clock, and settles when to read it again.
    fn is_late(&self, operations: u64) -> bool {
        let now = Instant::now();
        let passed = self.looked.replace(Some(now)).map_or(Duration::ZERO, |before| now.duration_since(before));
        let interval = if passed > SLOW { 1 } else { (self.interval.get() * 2).min(OPERATIONS_PER_LOOK) };
        self.interval.set(interval);
        NEXT_LOOK.set(operations + interval);
        self.deadline.get().is_some_and(|deadline| now > deadline)
    }
}

/// The fault of a call that took too long.
pub(crate) fn deadline_fault(allowed: Duration) -> Fault {
    Fault::new(
        FaultCode::Deadline,
        format!("it took longer than the {} ms that it had", allowed.as_micros().div_ceil(1000)),
    )
    .with_hint("do less for each record; `limits.wall_ms` and `limits.wall_ms_per_record` set the time")
}

fn log(bytes: usize, most: usize) {
    BUDGET.with(|budget| match budget.log_left.get().checked_sub(bytes) {
        Some(left) => budget.log_left.set(left),
        None => {
            let message = format!("it printed more than the {most} bytes that it may for one record");
            let fault = Fault::new(FaultCode::Output, message);
            stop(fault.with_hint("print less; `limits.log_bytes` sets how much"), Position::NONE, None);
        }
    });
}

/// Makes an engine with every limit set explicitly, and without what a pure rule must not have.
pub(crate) fn limited_engine(limits: &Limits) -> Engine {
    let mut engine = Engine::new();
    // For the engine 0 means "no limit", so nothing is ever set to 0.
    engine
        .set_max_operations(limits.operations.max(1))
        .set_max_string_size(limits.string_bytes.max(1))
        .set_max_array_size(limits.collection_items.max(1))
        .set_max_map_size(limits.collection_items.max(1))
        .set_max_variables(limits.variables.max(1))
        .set_max_call_levels(limits.call_depth.max(1))
        .set_max_expr_depths(limits.expression_depth.max(1), limits.function_expression_depth.max(1))
        .set_max_functions(limits.functions.max(1))
        // Modules are put together when a rule is compiled; nothing is loaded while it runs.
        .set_max_modules(0)
        .set_strict_variables(true)
        .set_fail_on_invalid_map_property(true)
        .set_fast_operators(true)
        // All threads share the engine, and whoever finds its store of strings in use sleeps for 10 ms.
        .set_max_strings_interned(0)
        // What the parser folds away would escape the checks of fields and functions.
        .set_optimization_level(OptimizationLevel::None)
        .set_module_resolver(NoModules)
        .disable_symbol("eval");
    engine.register_fn("sleep", |_: i64| forbidden("sleep"));
    engine.register_fn("sleep", |_: f64| forbidden("sleep"));
    engine.register_fn("exit", || forbidden("exit"));
    engine.register_fn("exit", |_: Dynamic| forbidden("exit"));
    let listing = "get_fn_metadata_list";
    engine.register_fn(listing, move || forbidden(listing));
    engine.register_fn(listing, move |_: &str| forbidden(listing));
    engine.register_fn(listing, move |_: &str, _: i64| forbidden(listing));
    let most = limits.log_bytes;
    engine.on_print(move |text| log(text.len(), most));
    // The engine tells a line, but not in which file it is.
    engine.on_debug(move |text, _, _| log(text.len(), most));
    engine.on_progress(look);
    engine
}

fn forbidden(name: &str) -> Result<(), Box<EvalAltResult>> {
    let hint = FORBIDDEN.iter().find(|(forbidden, _)| *forbidden == name).map_or("remove it", |(_, hint)| hint);
    Err(raise(Fault::new(FaultCode::UnknownFunction, format!("`{name}` is not available")).with_hint(hint)))
}

/// Resolves no module: what a rule imports is part of it before it runs.
pub(crate) struct NoModules;

impl ModuleResolver for NoModules {
    fn resolve(
        &self,
        _: &Engine,
        _: Option<&str>,
        path: &str,
        position: Position,
    ) -> Result<Shared<rhai::Module>, Box<EvalAltResult>> {
        Err(EvalAltResult::ErrorModuleNotFound(path.to_owned(), position).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_share_nothing_that_they_would_wait_for() {
        assert_eq!(limited_engine(&Limits::default()).max_strings_interned(), 0);
    }
}
