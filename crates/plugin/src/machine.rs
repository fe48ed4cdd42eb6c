//! Machines: the engines that components run in, with their pools and their clocks.

use std::fmt;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tierhook_hooks::PluginLimits;
use wasmtime::component::Linker;
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Result};

use crate::contract;
use crate::guest::{Guest, MOST_MEMORIES, MOST_TABLES};

/// How often the clock of an engine ticks.
const TICK: Duration = Duration::from_millis(5);
/// The shortest deadline, in ticks: a single one may be cut short.
const FEWEST_TICKS: u64 = 10;
/// How many core instances, memories and tables a component may be made of. Guests that bring an interpreter have many.
const PARTS: u32 = 64;

/// Where the memory of instances comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allocator {
    /// From a pool that is there already.
    Pooling,
    /// From the system, each time: slower. The system would not reserve a pool.
    OnDemand,
}

/// An engine with what belongs to it.
pub(crate) struct Machine {
    pub(crate) engine: Engine,
    pub(crate) linker: Linker<Guest>,
    pub(crate) allocator: Allocator,
    places: Places,
}

impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machine").field("allocator", &self.allocator).finish_non_exhaustive()
    }
}

impl Machine {
    /// Builds an engine for so many instances at a time. `parallel` is whether compiling takes all cores.
    pub(crate) fn new(limits: &PluginLimits, stack_bytes: usize, places: u32, parallel: bool) -> Result<Self> {
        let mut config = config(stack_bytes);
        config.parallel_compilation(parallel);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(limits, places)));
        let (engine, allocator) = match Engine::new(&config) {
            Ok(engine) => (engine, Allocator::Pooling),
            Err(error) => {
                tracing::warn!(%error, "no pool can be reserved for plugins; each call gets its memory from the system");
                config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
                (Engine::new(&config)?, Allocator::OnDemand)
            }
        };
        let mut linker = Linker::new(&engine);
        contract::link(&mut linker)?;
        tick(&engine)?;
        Ok(Self { engine, linker, allocator, places: Places::new(places) })
    }

    /// Waits for a place for one instance.
    pub(crate) fn enter(&self) -> Place<'_> {
        self.places.enter()
    }
}

fn config(stack_bytes: usize) -> Config {
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .epoch_interruption(true)
        .max_wasm_stack(stack_bytes)
        .cranelift_nan_canonicalization(true)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        .wasm_multi_memory(true)
        .wasm_component_model(true);
    config
}

fn pool(limits: &PluginLimits, places: u32) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(places)
        .total_core_instances(places * PARTS)
        .total_memories(places)
        .total_tables(places * MOST_TABLES as u32)
        .max_core_instances_per_component(PARTS)
        .max_memories_per_component(MOST_MEMORIES as u32)
        .max_tables_per_component(MOST_TABLES as u32)
        .max_tables_per_module(MOST_TABLES as u32)
        .max_component_instance_size(2 << 20)
        .max_core_instance_size(2 << 20)
        .table_elements(limits.table_elements)
        .max_memory_size(limits.memory_bytes)
        .linear_memory_keep_resident(128 << 10)
        .table_keep_resident(16 << 10);
    pool
}

/// Starts the clock of an engine. It ends with the engine.
fn tick(engine: &Engine) -> Result<()> {
    let engine = engine.weak();
    let clock = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(TICK);
        }
    };
    thread::Builder::new().name("plugin-clock".to_owned()).spawn(clock)?;
    Ok(())
}

/// The deadline for some time, in ticks from now.
pub(crate) fn ticks(time: Duration) -> u64 {
    let ticks = time.as_millis().div_ceil(TICK.as_millis()) as u64 + 1;
    ticks.max(FEWEST_TICKS)
}

/// Places for instances: as many as the pool holds.
#[derive(Debug)]
struct Places {
    free: Mutex<u32>,
    freed: Condvar,
}

/// One of the places; it is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Place<'a>(&'a Places);

impl Places {
    fn new(free: u32) -> Self {
        Self { free: Mutex::new(free), freed: Condvar::new() }
    }

    fn enter(&self) -> Place<'_> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self.freed.wait_while(free, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Place(self)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}
