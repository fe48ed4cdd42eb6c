//! Faults of components: what stopped one, which limit applied, and what to do.

use std::time::Duration;

use tierhook_hooks::{Fault, FaultCode, PluginLimits};
use wasmtime::{Trap, WasmBacktrace};

use crate::contract;
use crate::guest::Refused;

/// What a call was allowed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance<'a> {
    pub(crate) limits: &'a PluginLimits,
    /// `plugin` or `heavy`: under which name the settings are found.
    pub(crate) settings: &'static str,
    pub(crate) records: usize,
    pub(crate) wall: Duration,
    pub(crate) stack_bytes: usize,
}

impl Allowance<'_> {
    /// The fuel that there is.
    pub(crate) fn fuel(&self) -> u64 {
        self.limits.fuel_for(self.records)
    }

    /// Tells what stopped a call.
    pub(crate) fn fault(&self, error: &wasmtime::Error, refused: Option<Refused>) -> Fault {
        let (limits, batch) = (self.limits, batch(self.records));
        let setting = |name: &str| format!("`limits.{}.{name}` sets how much", self.settings);
        if refused == Some(Refused::HostCalls) || is_host_call_fuel(error) {
            let most = limits.host_call_bytes;
            let message = format!("its answer and its calls of the host carried more than {most} bytes for {batch}");
            let hint = format!("answer and log less; {}", setting("host_call_bytes"));
            return Fault::new(FaultCode::Output, message).with_hint(hint);
        }
        let (code, message, hint) = match (error.downcast_ref::<Trap>(), refused) {
            (Some(Trap::OutOfFuel), _) => (
                FaultCode::Operations,
                format!("it used up its fuel of {} for {batch}", self.fuel()),
                format!("look for a loop that never ends; {}", setting("fuel")),
            ),
            (Some(Trap::Interrupt), _) => (
                FaultCode::Deadline,
                format!("it took longer than {} ms for {batch}", self.wall.as_millis()),
                "look for a loop that never ends; `limits.wall_ms` and `limits.wall_ms_per_record` set how long".into(),
            ),
            (Some(Trap::StackOverflow), _) => (
                FaultCode::Depth,
                format!("it nested calls deeper than its stack of {} bytes{}", self.stack_bytes, place(error)),
                "look for a recursion without end".into(),
            ),
            (_, Some(Refused::Memory(desired))) => (
                FaultCode::Memory,
                format!("it asked for {desired} bytes of memory; {} are allowed", limits.memory_bytes),
                format!("keep less at a time; {}", setting("memory_bytes")),
            ),
            (_, Some(Refused::Table(desired))) => (
                FaultCode::Memory,
                format!("it asked for {desired} elements of a table; {} are allowed", limits.table_elements),
                setting("table_elements"),
            ),
            (Some(trap), _) => (
                FaultCode::Failed,
                format!("it trapped: {trap}{}", place(error)),
                "run it on such a record in its author's tests".into(),
            ),
            (None, _) => (
                FaultCode::Failed,
                format!("it failed: {}", root(error)),
                format!("build it for {}@{}", contract::PACKAGE, contract::VERSION),
            ),
        };
        Fault::new(code, message).with_hint(hint)
    }
}

fn batch(records: usize) -> String {
    if records == 1 { "one record".to_owned() } else { format!("a batch of {records} records") }
}

/// The library has no type for this one.
fn is_host_call_fuel(error: &wasmtime::Error) -> bool {
    error.chain().any(|cause| cause.to_string().contains("fuel allocated for hostcalls"))
}

/// What is at the bottom of an error.
pub(crate) fn root(error: &wasmtime::Error) -> String {
    error.chain().last().map_or_else(String::new, |cause| cause.to_string())
}

/// In which function it was, where the component tells its functions' names.
fn place(error: &wasmtime::Error) -> String {
    let Some(trace) = error.downcast_ref::<WasmBacktrace>() else { return String::new() };
    let named = trace.frames().iter().find_map(|frame| frame.func_name());
    named.map_or_else(String::new, |name| format!(" in `{name}`"))
}
