//! Calls: what a script calls, held against its own functions, those of its modules, and the engine's.

use std::collections::BTreeSet;

use tierhook_hooks::{Fault, FaultCode, closest, unknown_class, unknown_dimension};

use super::{Checker, named_by};
use crate::analysis::{Call, Function};
use crate::budget::FORBIDDEN;

/// What calls a closure and keeps nothing of it. The variables that a closure uses are shared with it: if it were put
/// into one of them, neither would ever be freed.
const TAKERS: [&str; 17] = [
    "all",
    "dedup",
    "drain",
    "extract",
    "filter",
    "find",
    "find_map",
    "for_each",
    "index_of",
    "map",
    "order",
    "reduce",
    "reduce_rev",
    "retain",
    "some",
    "sort",
    "split",
];

impl<'a> Checker<'a> {
    pub(super) fn check_calls(&mut self, at: usize, function: &Function) {
        for position in &function.imports {
            let fault = Fault::new(FaultCode::Failed, "a module cannot be imported inside a function");
            self.fault(at, fault.with_hint("move the import to the top of the file"), *position);
        }
        for (name, position) in &function.constants {
            let fault = Fault::new(FaultCode::UnknownFunction, format!("`{name}` is no function"));
            self.fault(at, fault.with_hint("a module offers functions only; let one return the value"), *position);
        }
        for (name, position) in &function.pointers {
            let is_own = self.units[at].functions.iter().any(|function| function.name == *name);
            if !is_own && !self.known.0.contains_key(name) {
                self.fault(at, self.no_function(at, name), *position);
            }
        }
        for (taker, position) in &function.closures {
            let is_own = |name: &String| self.units.iter().flat_map(|unit| &unit.functions).any(|it| it.name == *name);
            if !taker.as_ref().is_some_and(|taker| TAKERS.contains(&taker.as_str()) && !is_own(taker)) {
                let message = "a closure that uses variables around it is kept";
                let hint = "hand it straight to `map`, `filter` or the like, or give it what it needs as parameters";
                self.fault(at, Fault::new(FaultCode::Memory, message).with_hint(hint), *position);
            }
        }
        for call in &function.calls {
            let unknown = match &call.module {
                Some(module) => self.unknown_in_module(at, module, call),
                None => self.unknown_call(at, call),
            };
            if let Some(fault) = unknown {
                self.fault(at, fault, call.position);
            }
            if call.is_method || call.module.is_some() || call.arguments == 0 {
                continue;
            }
            let ("class" | "score", Some(id)) = (call.name.as_str(), &call.texts[0]) else { continue };
            match (self.dimensions.get(id), &call.texts[1]) {
                (None, _) => self.fault(at, unknown_dimension(self.dimensions, id), call.position),
                (Some(dimension), Some(class)) if call.name == "class" && !dimension.allows(class) => {
                    self.fault(at, unknown_class(dimension, class), call.position);
                }
                _ => {}
            }
        }
    }

    fn unknown_call(&self, at: usize, call: &Call) -> Option<Fault> {
        let name = call.name.as_str();
        let functions = self.units[at].functions.iter();
        let in_script: BTreeSet<usize> =
            functions.filter(|found| found.name == name).map(|found| found.parameters.len()).collect();
        // Behind a point the value in front is the first argument of the engine's functions, and `this` of the script's.
        let native = call.arguments + usize::from(call.is_method);
        let in_engine = self.known.0.get(name);
        if in_script.contains(&call.arguments) || in_engine.is_some_and(|counts| counts.contains(&native)) {
            return None;
        }
        let counts: BTreeSet<usize> = in_engine
            .into_iter()
            .flatten()
            .filter_map(|count| count.checked_sub(usize::from(call.is_method)))
            .chain(in_script)
            .collect();
        Some(if counts.is_empty() { self.no_function(at, name) } else { wrong_count(name, &counts, call.arguments) })
    }

    /// Looks for a call of a module's function among those that the module offers.
    fn unknown_in_module(&self, at: usize, module: &str, call: &Call) -> Option<Fault> {
        let modules = &self.units[at].modules;
        let Some(unit) = modules.get(module) else {
            let fault = Fault::new(FaultCode::UnknownFunction, format!("there is no module `{module}` here"));
            return Some(match closest(module, modules.keys().map(String::as_str)) {
                Some(near) => fault.with_hint(format!("did you mean `{near}`?")),
                None => fault.with_hint("a file sees the modules that it imports itself"),
            });
        };
        let unit = &self.units[*unit];
        let named = || unit.functions.iter().filter(|function| function.name == call.name);
        if named().any(|function| !function.is_private && function.parameters.len() == call.arguments) {
            return None;
        }
        let file = unit.source.name();
        if named().any(|function| function.is_private) {
            let message = format!("`{module}::{}` is private to {file}", call.name);
            return Some(Fault::new(FaultCode::UnknownFunction, message).with_hint("remove `private` there"));
        }
        let counts: BTreeSet<usize> = named().map(|function| function.parameters.len()).collect();
        if !counts.is_empty() {
            return Some(wrong_count(&format!("{module}::{}", call.name), &counts, call.arguments));
        }
        let message = format!("there is no function `{}` in {file}", call.name);
        let offered = unit.functions.iter().filter(|function| !function.is_private);
        let fault = Fault::new(FaultCode::UnknownFunction, message);
        Some(match closest(&call.name, offered.map(|function| function.name.as_str())) {
            Some(near) => fault.with_hint(format!("did you mean `{module}::{near}`?")),
            None => fault.with_hint("define it there, or remove the call"),
        })
    }

    /// The engine looks functions and modules up by name where a closure is called, not where it is written. So what a
    /// closure calls may not have another meaning in the modules that it can be handed to.
    pub(super) fn check_closures(&mut self) {
        for at in 0..self.units.len() {
            let below = self.below(at);
            if below.is_empty() {
                continue;
            }
            for function in self.pointed(at) {
                for call in &function.calls {
                    let Some(other) = self.other_meaning(at, call, &below) else { continue };
                    let (name, file) = (call.module.as_ref().unwrap_or(&call.name), self.units[other].source.name());
                    let what = if call.module.is_some() { "module" } else { "function" };
                    let message =
                        format!("a closure uses the {what} `{name}`, and {file} has another one of that name");
                    let fault = Fault::new(FaultCode::Failed, message);
                    self.fault(at, fault.with_hint("give one of them another name"), call.position);
                }
            }
        }
    }

    /// The unit below in which a call means something else.
    fn other_meaning(&self, at: usize, call: &Call, below: &BTreeSet<usize>) -> Option<usize> {
        let unit = &self.units[at];
        below.iter().copied().find(|other| {
            let other = &self.units[*other];
            match &call.module {
                Some(module) => {
                    other.modules.get(module).is_some_and(|theirs| Some(theirs) != unit.modules.get(module))
                }
                None => {
                    let has = |functions: &[Function]| {
                        functions.iter().any(|it| it.name == call.name && it.parameters.len() == call.arguments)
                    };
                    has(&unit.functions) && has(&other.functions)
                }
            }
        })
    }

    /// The modules that a unit imports, by itself or through others.
    fn below(&self, at: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut open = vec![at];
        while let Some(at) = open.pop() {
            open.extend(self.units[at].modules.values().filter(|module| found.insert(**module)));
        }
        found
    }

    /// The functions of a unit that are handed on, closures among them, and those that they call.
    fn pointed(&self, at: usize) -> Vec<&'a Function> {
        let functions = &self.units[at].functions;
        let mut reached: BTreeSet<&str> =
            functions.iter().flat_map(|function| function.names.iter().map(String::as_str)).collect();
        let mut open: Vec<&str> = reached.iter().copied().collect();
        while let Some(name) = open.pop() {
            let found = functions.iter().filter(|function| function.name == name);
            open.extend(found.flat_map(named_by).filter(|next| reached.insert(next)));
        }
        functions.iter().filter(|function| reached.contains(function.name.as_str())).collect()
    }

    /// The fault for a function that a file neither has nor gets.
    fn no_function(&self, at: usize, name: &str) -> Fault {
        if let Some((_, hint)) = FORBIDDEN.iter().find(|(forbidden, _)| *forbidden == name) {
            return Fault::new(FaultCode::UnknownFunction, format!("`{name}` is not available")).with_hint(*hint);
        }
        let fault = Fault::new(FaultCode::UnknownFunction, format!("there is no function `{name}`"));
        let offers = |unit: &usize| {
            self.units[*unit].functions.iter().any(|function| function.name == name && !function.is_private)
        };
        if let Some((module, _)) = self.units[at].modules.iter().find(|(_, unit)| offers(unit)) {
            return fault.with_hint(format!("did you mean `{module}::{name}`?"));
        }
        let own = self.units[at].functions.iter().map(|function| function.name.as_str());
        match closest(name, own.chain(self.known.names())) {
            Some(near) => fault.with_hint(format!("did you mean `{near}`?")),
            None => fault.with_hint("define it in this file, or remove the call"),
        }
    }
}

fn wrong_count(name: &str, counts: &BTreeSet<usize>, given: usize) -> Fault {
    let counts: Vec<String> = counts.iter().map(usize::to_string).collect();
    let given = if given == 1 { "1 argument".to_owned() } else { format!("{given} arguments") };
    let message = format!("`{name}` takes {} arguments, not {given}", counts.join(" or "));
    Fault::new(FaultCode::UnknownFunction, message).with_hint("add or remove arguments")
}
