//! Linking: a rule and the modules that it imports, parsed and put together before anything runs.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use rhai::module_resolvers::StaticModuleResolver;
use rhai::{AST, Engine, Module, ModuleResolver as _, Position, Scope};
use tierhook_hooks::{Fault, FaultCode, Limits};

use crate::analysis::{self, Function};
use crate::budget::NoModules;
use crate::host::ScriptSource;
use crate::module::{Import, module_file, take_imports, unknown_module};
use crate::source::{Source, Sources};
use crate::{collection, guard};

/// One file of a script, parsed.
#[derive(Debug)]
pub(crate) struct Unit {
    pub(crate) source: Source,
    pub(crate) functions: Vec<Function>,
    /// The units of its modules, by the names that it gives them.
    pub(crate) modules: BTreeMap<String, usize>,
    ast: AST,
    /// The paths of its modules, by the names that it gives them.
    imports: Vec<Import>,
}

/// A rule with all its modules.
#[derive(Debug)]
pub(crate) struct Linked {
    /// The rule first; the modules in the order in which they were found.
    pub(crate) units: Vec<Unit>,
    /// The units of the modules by path, each after those that it imports itself.
    order: Vec<(String, usize)>,
}

/// Parses a rule and, one after the other, the modules that it imports.
///
/// # Errors
/// The first [`Fault`]: of syntax, of size, or of an import.
pub(crate) fn link(engine: &Engine, source: &ScriptSource, limits: &Limits) -> Result<Linked, Fault> {
    let mut linker = Linker { engine, source, limits, units: Vec::new(), order: Vec::new(), open: Vec::new() };
    linker.add(&source.file, &source.text)?;
    Ok(Linked { units: linker.units, order: linker.order })
}

struct Linker<'a> {
    engine: &'a Engine,
    source: &'a ScriptSource,
    limits: &'a Limits,
    units: Vec<Unit>,
    order: Vec<(String, usize)>,
    /// The files whose imports are being followed.
    open: Vec<String>,
}

impl Linker<'_> {
    fn add(&mut self, file: &str, text: &str) -> Result<usize, Fault> {
        let at = self.units.len();
        let unit = self.parse(file, text, if at == 0 { "rule" } else { "module" })?;
        let imports = unit.imports.clone();
        self.units.push(unit);
        self.open.push(file.to_owned());
        for import in imports {
            let module =
                self.follow(file, &import).map_err(|fault| self.units[at].source.place(fault, import.position))?;
            self.units[at].modules.insert(import.name, module);
        }
        self.open.pop();
        Ok(at)
    }

    /// Returns the unit of a module, parsing it if it is new.
    fn follow(&mut self, file: &str, import: &Import) -> Result<usize, Fault> {
        let module = module_file(file, &import.path)?;
        if let Some(from) = self.open.iter().position(|open| *open == module) {
            let way: Vec<&str> = self.open[from..].iter().chain([&module]).map(String::as_str).collect();
            let message = format!("modules import each other in a circle: {}", way.join(" -> "));
            return Err(Fault::new(FaultCode::Failed, message).with_hint("move what both need into a third module"));
        }
        if let Some((_, known)) = self.order.iter().find(|(path, _)| *path == import.path) {
            return Ok(*known);
        }
        let modules = self.units.len() - 1;
        if modules >= self.limits.modules {
            let message = format!("it imports more than {} modules", self.limits.modules);
            let hint = "put some of them together; `limits.modules` sets how many a rule may have";
            return Err(Fault::new(FaultCode::Depth, message).with_hint(hint));
        }
        let source = self.source;
        let Some(text) = source.modules.get(&module) else {
            return Err(unknown_module(&import.path, &module, source.modules.keys()));
        };
        let unit = self.add(&module, text)?;
        self.order.push((import.path.clone(), unit));
        Ok(unit)
    }

    fn parse(&self, file: &str, text: &str, what: &str) -> Result<Unit, Fault> {
        let (most, source) = (self.limits.source_bytes, Source::file(file, text));
        if text.len() > most {
            let message = format!("{file} has {} bytes; {most} are allowed", text.len());
            let hint = "split it into several; `limits.source_bytes` sets how many bytes one may have";
            return Err(source.place(Fault::new(FaultCode::Memory, message).with_hint(hint), Position::new(1, 1)));
        }
        let (mut ast, source) =
            guard::compile(self.engine, &Scope::new(), text, source, self.limits, std::iter::empty())?;
        // By this the engine says in which file a call failed.
        ast.set_source(file);
        let whole = ast.clone();
        let imports = take_imports(&mut ast, &source, what)?;
        let functions = analysis::functions(&ast);
        // The imports of a module are run once, when it is put together; those of a rule never are.
        let ast = if what == "module" { whole } else { ast };
        Ok(Unit { source, functions, modules: BTreeMap::new(), ast, imports })
    }
}

impl Linked {
    /// The rule's own functions, to be called.
    pub(crate) fn ast(&self) -> AST {
        self.units[0].ast.clone()
    }

    /// The texts and keys of maps that are written in it.
    pub(crate) fn words(&self) -> BTreeSet<String> {
        self.units.iter().flat_map(|unit| &unit.functions).flat_map(|function| function.words.clone()).collect()
    }

    /// Tells whether it runs on the engine that all rules share.
    pub(crate) fn is_plain(&self) -> bool {
        self.order.is_empty() && !self.fills()
    }

    fn fills(&self) -> bool {
        self.units.iter().flat_map(|unit| &unit.functions).any(|function| function.fills)
    }

    /// The files, to place what goes wrong.
    pub(crate) fn sources(&self) -> Sources {
        let mut sources = Sources::default();
        for unit in &self.units {
            let names: BTreeSet<String> = unit.functions.iter().map(|function| function.name.clone()).collect();
            sources.push(unit.source.clone(), names);
        }
        sources
    }

    /// The files of the modules, sorted.
    pub(crate) fn module_files(&self) -> BTreeSet<&str> {
        self.units[1..].iter().map(|unit| unit.source.name()).collect()
    }

    /// Makes an engine the rule's own: with its modules, so that it finds them without looking anywhere, and with an eye
    /// on the maps that it fills.
    ///
    /// # Errors
    /// A [`Fault`] if the engine will not have one of them.
    pub(crate) fn equip(&self, mut engine: Engine, limits: &Limits) -> Result<Engine, Fault> {
        let mut resolver = StaticModuleResolver::new();
        engine.set_max_modules(self.order.len());
        for (path, unit) in &self.order {
            engine.set_module_resolver(resolver.clone());
            let unit = &self.units[*unit];
            let module = Module::eval_ast_as_new(Scope::new(), &unit.ast, &engine).map_err(|error| {
                let fault = Fault::new(FaultCode::Failed, format!("the module `{path}` cannot be loaded: {error}"));
                unit.source.place(fault, Position::new(1, 1))
            })?;
            resolver.insert(path.as_str(), module);
        }
        for import in &self.units[0].imports {
            if let Ok(module) = resolver.resolve(&engine, None, &import.path, import.position) {
                engine.register_static_module(&import.name, module);
            }
        }
        engine.set_max_modules(0).set_module_resolver(NoModules);
        if self.fills() {
            collection::watch(&mut engine, limits);
        }
        Ok(engine)
    }
}
