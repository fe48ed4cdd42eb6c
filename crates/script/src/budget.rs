//! Budgets: an engine with every limit set, and what one call on one thread has left.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::time::{Duration, Instant};

use rhai::{Dynamic, Engine, EvalAltResult, ModuleResolver, OptimizationLevel, Position, Shared};
use tierhook_hooks::{Fault, FaultCode, Limits};

use crate::failure::raise;

/// The wall clock is read once in so many operations: every time would cost half the speed.
const OPERATIONS_PER_LOOK: u64 = 256;

/// How many functions a script may define.
const FUNCTIONS: usize = 256;

/// What the standard packages offer and scripts do not get, with what to say about it.
pub(crate) const FORBIDDEN: [(&str, &str); 3] = [
    ("sleep", "a rule cannot wait; it is called again when something changes"),
    ("eval", "a rule cannot run text as code; write the code out"),
    ("exit", "return the value instead"),
];

thread_local! {
    static BUDGET: Budget = const {
        Budget {
            operations: Cell::new(0),
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
    operations: Cell<u64>,
    log_left: Cell<usize>,
    allowed: Cell<Duration>,
    deadline: Cell<Option<Instant>>,
    stopping: Cell<bool>,
    stop: RefCell<Option<(Fault, Position)>>,
    suspect: RefCell<Option<Fault>>,
}

/// A call that is being counted. Dropping it ends the count.
#[derive(Debug)]
pub(crate) struct Counting(PhantomData<*const ()>);

/// Begins to count a call on this thread.
pub(crate) fn begin(limits: &Limits, allowed: Duration) -> Counting {
    BUDGET.with(|budget| {
        budget.operations.set(0);
        budget.log_left.set(limits.log_bytes);
        budget.allowed.set(allowed);
        budget.deadline.set(Instant::now().checked_add(allowed));
        budget.stopping.set(false);
        budget.stop.replace(None);
        budget.suspect.replace(None);
    });
    Counting(PhantomData)
}

/// Stops the running call at its next operation, where an error cannot be returned directly.
pub(crate) fn stop(fault: Fault, position: Position) {
    BUDGET.with(|budget| {
        budget.stopping.set(true);
        budget.stop.borrow_mut().get_or_insert((fault, position));
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

impl Counting {
    /// The operations so far.
    pub(crate) fn operations(&self) -> u64 {
        BUDGET.with(|budget| budget.operations.get())
    }

    /// The fault that was to stop the call, and where it arose. The call may have ended before it noticed.
    pub(crate) fn stopped(&self) -> Option<(Fault, Position)> {
        BUDGET.with(|budget| budget.stop.borrow_mut().take())
    }
}

impl Drop for Counting {
    fn drop(&mut self) {
        BUDGET.with(|budget| {
            budget.deadline.set(None);
            budget.stopping.set(false);
            budget.stop.replace(None);
        });
    }
}

/// Looks after the running call; an answer ends it.
fn look(operations: u64) -> Option<Dynamic> {
    BUDGET.with(|budget| {
        budget.operations.set(operations);
        if budget.stopping.get() {
            return budget.stop.borrow().as_ref().map(|(fault, _)| Dynamic::from(fault.clone()));
        }
        let is_late = operations.is_multiple_of(OPERATIONS_PER_LOOK)
            && budget.deadline.get().is_some_and(|deadline| Instant::now() > deadline);
        is_late.then(|| Dynamic::from(deadline_fault(budget.allowed.get())))
    })
}

/// The fault of a call that took too long.
pub(crate) fn deadline_fault(allowed: Duration) -> Fault {
    Fault::new(
        FaultCode::Deadline,
        format!("it took longer than the {} ms that it had", allowed.as_micros().div_ceil(1000)),
    )
    .with_hint("do less for each record; `limits.wall_ms` and `limits.wall_ms_per_record` set the time")
}

fn log(bytes: usize, position: Position) {
    BUDGET.with(|budget| match budget.log_left.get().checked_sub(bytes) {
        Some(left) => budget.log_left.set(left),
        None => stop(
            Fault::new(FaultCode::Output, "it printed more than a record may")
                .with_hint("print less; `limits.log_bytes` sets how much"),
            position,
        ),
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
        .set_max_functions(FUNCTIONS)
        .set_max_modules(0)
        .set_strict_variables(true)
        .set_fail_on_invalid_map_property(true)
        .set_fast_operators(true)
        // What the parser folds away would escape the checks of fields and functions.
        .set_optimization_level(OptimizationLevel::None)
        .set_module_resolver(NoModules)
        .disable_symbol("eval");
    engine.register_fn("sleep", |_: i64| forbidden("sleep"));
    engine.register_fn("sleep", |_: f64| forbidden("sleep"));
    engine.register_fn("exit", || forbidden("exit"));
    engine.register_fn("exit", |_: Dynamic| forbidden("exit"));
    engine.on_print(|text| log(text.len(), Position::NONE));
    engine.on_debug(|text, _, position| log(text.len(), position));
    engine.on_progress(look);
    engine
}

fn forbidden(name: &str) -> Result<(), Box<EvalAltResult>> {
    let hint = FORBIDDEN.iter().find(|(forbidden, _)| *forbidden == name).map_or("remove it", |(_, hint)| hint);
    Err(raise(Fault::new(FaultCode::UnknownFunction, format!("`{name}` is not available")).with_hint(hint)))
}

/// Resolves no module: each rule stands alone.
struct NoModules;

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
