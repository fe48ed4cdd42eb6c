//! The host: machines for components, and components compiled for them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak, mpsc};
use std::thread;
use std::time::Duration;

use tierhook_hooks::{Fault, FaultCode, Hook, Limits, Manifest, PluginLimits, Rule, RuleMeta};
use tierhook_model::{Catalogue, Dimensions, digest256_hex};
use wasmtime::Store;
use wasmtime::component::{Component, InstancePre};

use crate::cache::{Cache, Found};
use crate::contract::Exports;
use crate::fault::{Allowance, root};
use crate::guest::Guest;
use crate::inspect::inspect;
use crate::machine::{Allocator, Machine, ticks};
use crate::parameter::Parameters;
use crate::rule::PluginRule;
use crate::secret::HostSecret;
use crate::source::{PluginSource, check_size, decides, inputs, version, words};

/// How a host runs plugins.
#[derive(Clone, Debug)]
pub struct PluginHostSettings {
    /// The ceiling for every plugin.
    pub limits: Limits,
    /// Bytes of stack.
    pub stack_bytes: usize,
    /// How many plugins run at the same time; others wait. Of heavy ones it is a quarter.
    pub places: u32,
    /// Where compiled code is kept from one start to the next; nowhere if there is none.
    pub cache: Option<PathBuf>,
    /// What tokens and compiled code are keyed with.
    pub secret: HostSecret,
}

/// Compiles components to rules. It is built once and shared by all of them.
#[derive(Debug)]
pub struct PluginHost {
    settings: PluginHostSettings,
    standard: OnceLock<Arc<Machine>>,
    heavy: OnceLock<Arc<Machine>>,
    cache: Option<Cache>,
    /// Components that some rule still uses, by their digests and whether they are heavy.
    linked: Mutex<HashMap<(String, bool), Weak<Linked>>>,
    /// Components that are being compiled, those that took too long among them: nobody waits for these any more.
    compiling: Arc<Mutex<BTreeSet<String>>>,
}

/// A component that has been compiled and linked.
pub(crate) struct Linked {
    pub(crate) machine: Arc<Machine>,
    pub(crate) component: InstancePre<Guest>,
    pub(crate) exports: Exports,
}

impl std::fmt::Debug for Linked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Linked").field("hooks", &self.exports.hooks()).finish_non_exhaustive()
    }
}

/// A plugin that is ready to run.
#[derive(Debug)]
pub struct Compiled {
    /// The rule.
    pub rule: Arc<dyn Rule>,
    /// What is worth knowing and holds nothing up.
    pub notes: Vec<Fault>,
}

impl PluginHostSettings {
    /// The defaults, with a secret.
    pub fn new(secret: HostSecret) -> Self {
        let cores = thread::available_parallelism().map_or(2, usize::from) as u32;
        Self { limits: Limits::default(), stack_bytes: 512 << 10, places: (4 * cores).min(64), cache: None, secret }
    }
}

impl PluginHost {
    /// Makes a host. Nothing is reserved before the first plugin is compiled.
    pub fn new(settings: PluginHostSettings) -> Self {
        let cache = settings.cache.clone().map(|folder| Cache::new(folder, settings.secret.clone()));
        Self {
            settings,
            standard: OnceLock::new(),
            heavy: OnceLock::new(),
            cache,
            linked: Mutex::new(HashMap::new()),
            compiling: Arc::default(),
        }
    }

    /// Where the memory of plugins comes from; `None` before the first one is compiled.
    pub fn allocator(&self) -> Option<Allocator> {
        self.standard.get().or_else(|| self.heavy.get()).map(|machine| machine.allocator)
    }

    /// Compiles and checks a plugin.
    ///
    /// # Errors
    /// What is wrong with it: it is damaged, imports or exports what the contract has not, is larger than allowed, takes too
    /// long to compile, or says something of fields and parameters that cannot be.
    pub fn compile(
        &self,
        source: PluginSource,
        catalogue: &Catalogue,
        dimensions: &Arc<Dimensions>,
    ) -> Result<Compiled, Vec<Fault>> {
        let one = |fault: Fault| vec![fault];
        let ceiling = &self.settings.limits;
        let limits = source.manifest.limits.as_ref().map_or_else(|| ceiling.clone(), |lower| ceiling.lowered_by(lower));
        let plugin = if source.heavy { &limits.heavy } else { &limits.plugin };
        check_size(&source, plugin).map_err(one)?;
        let found = inspect(&source.component).map_err(one)?;
        let inputs = inputs(&source, &found.hooks, catalogue)?;
        let decides = decides(&source, &found.hooks, dimensions)?;
        let digest = digest256_hex(&[&source.component]);
        let (linked, notes) = self.linked(&digest, &source, plugin).map_err(one)?;
        let parameters =
            |manifest: &Manifest| Parameters::of(manifest).map_err(|why| vec![Fault::new(FaultCode::Failed, why)]);
        let by_class: Result<BTreeMap<_, _>, Vec<Fault>> = source
            .by_class
            .iter()
            .map(|(class, manifest)| Ok((class.clone(), Arc::new(parameters(manifest)?))))
            .collect();
        let mut reads: BTreeMap<Hook, Vec<String>> =
            found.hooks.iter().map(|hook| (*hook, source.reads.get(hook).cloned().unwrap_or_default())).collect();
        if let Some(segments) = &source.segments {
            // It tells which parameters hold; the plugin itself does not see it.
            for fields in reads.values_mut() {
                fields.push(segments.field());
                fields.sort();
                fields.dedup();
            }
        }
        let version = version(&source, &digest);
        let mut manifest = source.manifest;
        let (own, by_class) = (parameters(&manifest)?, by_class?);
        manifest.dimensions = Some(decides.clone());
        let meta = RuleMeta {
            name: source.name.clone(),
            digest: version,
            file: source.file,
            hooks: found.hooks,
            reads,
            dimensions: decides,
            words: words(&manifest),
            manifest,
            segments: source.segments,
            release: Some(source.release),
            history: source.history,
        };
        let rule = PluginRule {
            name: source.name.into(),
            meta,
            linked,
            inputs,
            parameters: Arc::new(own),
            by_class,
            dimensions: dimensions.clone(),
            tokens: self.settings.secret.tokens(&source.owner),
            limits,
            heavy: source.heavy,
            stack_bytes: self.settings.stack_bytes,
        };
        Ok(Compiled { rule: Arc::new(rule), notes })
    }

    /// The machine that a plugin runs in.
    fn machine(&self, heavy: bool) -> Result<Arc<Machine>, Fault> {
        let limits = &self.settings.limits;
        let (cell, limits, places) = if heavy {
            (&self.heavy, &limits.heavy, self.settings.places.div_ceil(4))
        } else {
            (&self.standard, &limits.plugin, self.settings.places)
        };
        if let Some(machine) = cell.get() {
            return Ok(machine.clone());
        }
        // A compiler that takes every core stands in the way of evaluating; a heavy plugin would take minutes otherwise.
        let machine = Machine::new(limits, self.settings.stack_bytes, places, heavy).map_err(|error| {
            Fault::new(FaultCode::Failed, format!("this host cannot run plugins: {}", root(&error)))
                .with_hint("see that the process may reserve memory and start threads")
        })?;
        Ok(cell.get_or_init(|| Arc::new(machine)).clone())
    }

    /// Takes a component that is in use or kept, or compiles it.
    fn linked(
        &self,
        digest: &str,
        source: &PluginSource,
        limits: &PluginLimits,
    ) -> Result<(Arc<Linked>, Vec<Fault>), Fault> {
        let key = (digest.to_owned(), source.heavy);
        let mut known = self.linked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(linked) = known.get(&key).and_then(Weak::upgrade) {
            return Ok((linked, Vec::new()));
        }
        let machine = self.machine(source.heavy)?;
        let mut notes = Vec::new();
        let kept = self.cache.as_ref().map_or(Found::Nothing, |cache| cache.load(&machine.engine, digest));
        let component = match kept {
            Found::Code(component) => component,
            other => {
                if matches!(other, Found::Tampered) {
                    let fault =
                        Fault::new(FaultCode::Failed, "its compiled code was changed by somebody else than this host");
                    notes.push(fault.with_hint("it was compiled anew; see who may write to the data directory"));
                }
                let component = self.compiled(&machine, digest, source, limits)?;
                if let Some(cache) = &self.cache {
                    cache.store(&machine.engine, digest, &component);
                }
                component
            }
        };
        let linked = Arc::new(self.link(&machine, &component, source)?);
        known.retain(|_, linked| linked.strong_count() > 0);
        known.insert(key, Arc::downgrade(&linked));
        Ok((linked, notes))
    }

    /// Compiles a component on a thread of its own, as long as it may take.
    fn compiled(
        &self,
        machine: &Arc<Machine>,
        digest: &str,
        source: &PluginSource,
        limits: &PluginLimits,
    ) -> Result<Component, Fault> {
        let allowed = Duration::from_millis(limits.compile_ms);
        let too_slow = || {
            let message = format!("compiling it took longer than {} ms", allowed.as_millis());
            Fault::new(FaultCode::Deadline, message)
                .with_hint("make it smaller, or have the operator raise `compile_ms`")
        };
        if !self.compiling.lock().unwrap_or_else(PoisonError::into_inner).insert(digest.to_owned()) {
            return Err(too_slow());
        }
        let (send, receive) = mpsc::sync_channel(1);
        let (machine, bytes) = (machine.clone(), source.component.clone());
        let done = Done { compiling: self.compiling.clone(), digest: digest.to_owned() };
        let compile = move || {
            let compiled = Component::from_binary(&machine.engine, &bytes);
            drop(done);
            // Nobody may be waiting any more.
            let _ = send.send(compiled);
        };
        let spawned = thread::Builder::new().name("plugin-compiler".to_owned()).stack_size(8 << 20).spawn(compile);
        spawned.map_err(|error| Fault::new(FaultCode::Failed, format!("no thread to compile it: {error}")))?;
        match receive.recv_timeout(allowed) {
            Ok(Ok(component)) => Ok(component),
            Ok(Err(error)) => Err(Fault::new(FaultCode::Failed, format!("it cannot be compiled: {}", root(&error)))
                .with_hint(
                    "build it again; this host runs components of WebAssembly without threads and relaxed SIMD",
                )),
            Err(mpsc::RecvTimeoutError::Timeout) => Err(too_slow()),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                let fault = Fault::new(FaultCode::Failed, "the compiler broke down over it");
                Err(fault.with_hint("build it again with another version of the tools"))
            }
        }
    }
}

/// A component that is being compiled; it is not any more when this is dropped, also where the compiler broke down.
struct Done {
    compiling: Arc<Mutex<BTreeSet<String>>>,
    digest: String,
}

impl Drop for Done {
    fn drop(&mut self) {
        self.compiling.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.digest);
    }
}

impl PluginHost {
    /// Links a component, and starts it once: whether its hooks have the types of the contract shows only then.
    fn link(&self, machine: &Arc<Machine>, component: &Component, source: &PluginSource) -> Result<Linked, Fault> {
        let wrong = |error: wasmtime::Error| {
            let why = error.chain().map(|cause| cause.to_string()).collect::<Vec<_>>().join(": ");
            Fault::new(FaultCode::Failed, format!("it does not fit the contract: {why}")).with_hint(format!(
                "build it for {}@{}",
                crate::contract::PACKAGE,
                crate::contract::VERSION
            ))
        };
        let component = machine.linker.instantiate_pre(component).map_err(wrong)?;
        let linked = Linked { machine: machine.clone(), exports: Exports::find(&component), component };
        let (allowance, limits) = (self.allowance(source), &self.settings.limits);
        let mut store = linked.store(source.name.as_str().into(), limits, &allowance, Vec::new());
        let started = linked.component.instantiate(&mut store);
        let instance = started.map_err(|error| {
            let refused = store.data().refused;
            let fault = allowance.fault(&error, refused);
            Fault { message: format!("when it was started, {}", fault.message), ..fault }
        })?;
        linked.exports.check(&mut store, &instance).map_err(wrong)?;
        Ok(linked)
    }

    fn allowance(&self, source: &PluginSource) -> Allowance<'_> {
        let limits = &self.settings.limits;
        Allowance {
            limits: if source.heavy { &limits.heavy } else { &limits.plugin },
            settings: if source.heavy { "heavy" } else { "plugin" },
            records: 1,
            wall: limits.wall(PluginLimits::ALONE),
            stack_bytes: self.settings.stack_bytes,
        }
    }
}

impl Linked {
    /// Makes a store with everything that a call is allowed.
    pub(crate) fn store(
        &self,
        name: Arc<str>,
        limits: &Limits,
        allowance: &Allowance<'_>,
        hidden: Vec<String>,
    ) -> Store<Guest> {
        let plugin = allowance.limits;
        let mut store = Store::new(&self.machine.engine, Guest::new(name, limits, plugin, allowance.records, hidden));
        store.set_fuel(allowance.fuel()).expect("the engine counts fuel");
        store.limiter(|guest| guest);
        store.set_epoch_deadline(ticks(allowance.wall));
        store.set_hostcall_fuel(plugin.host_call_bytes);
        store
    }
}
