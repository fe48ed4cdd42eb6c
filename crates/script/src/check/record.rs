//! Which parameters of which functions are the record or the context, followed from the hooks through all calls.

use std::collections::{BTreeMap, BTreeSet};

use tierhook_hooks::Hook;

use super::Checker;
use crate::analysis::Function;

/// A function: its unit, its name, how many parameters it has.
type Key<'a> = (usize, &'a str, usize);

/// A call: the unit and function that calls, and the arguments as far as they are bare variables.
type Site<'a> = (usize, &'a Function, &'a [Option<String>]);

/// The parameters that are known to be the record or the context.
#[derive(Debug, Default)]
pub(super) struct Seen<'a> {
    /// The names that the hooks give to the record; a parameter of the same name is taken for it.
    record_names: BTreeSet<&'a str>,
    context_names: BTreeSet<&'a str>,
    /// The parameters of functions that get the record wherever they are called, by their numbers.
    records: BTreeMap<Key<'a>, BTreeSet<usize>>,
    contexts: BTreeMap<Key<'a>, BTreeSet<usize>>,
}

impl<'a> Seen<'a> {
    /// The parameters of a function that are the record.
    pub(super) fn records(&self, at: usize, function: &Function) -> Vec<String> {
        named(at, function, &self.record_names, &self.records)
    }

    /// The parameters of a function that are the context.
    pub(super) fn contexts(&self, at: usize, function: &Function) -> Vec<String> {
        named(at, function, &self.context_names, &self.contexts)
    }

    /// Tells whether hooks call the context so.
    pub(super) fn is_context(&self, name: &str) -> bool {
        self.context_names.contains(name)
    }
}

fn named(
    at: usize,
    function: &Function,
    names: &BTreeSet<&str>,
    passed: &BTreeMap<Key<'_>, BTreeSet<usize>>,
) -> Vec<String> {
    let passed = passed.get(&(at, function.name.as_str(), function.parameters.len()));
    let parameters = function.parameters.iter().enumerate();
    let wanted = parameters.filter(|(number, name)| {
        names.contains(name.as_str()) || passed.is_some_and(|numbers| numbers.contains(number))
    });
    wanted.map(|(_, name)| name.clone()).collect()
}

impl<'a> Checker<'a> {
    /// Follows the record and the context from the hooks on. A parameter counts only where every call hands it over: a
    /// function that is also called with something else is not held to the fields.
    pub(super) fn seen(&self) -> Seen<'a> {
        let hooks = self.functions().iter().filter(|function| {
            function.parameters.len() == 2 && Hook::ALL.iter().any(|hook| hook.name() == function.name)
        });
        let (record_names, context_names) =
            hooks.map(|hook| (hook.parameters[0].as_str(), hook.parameters[1].as_str())).unzip();
        let mut seen = Seen { record_names, context_names, ..Seen::default() };
        let sites = self.sites();
        loop {
            let before = (seen.records.clone(), seen.contexts.clone());
            for (callee, sites) in &sites {
                for number in 0..callee.2 {
                    let all = |known: &dyn Fn(usize, &Function) -> Vec<String>| {
                        sites.iter().all(|(at, caller, variables)| {
                            variables[number].as_ref().is_some_and(|name| known(*at, caller).contains(name))
                        })
                    };
                    let is_record = all(&|at, caller| seen.records(at, caller));
                    let is_context = all(&|at, caller| seen.contexts(at, caller));
                    if is_record {
                        seen.records.entry(*callee).or_default().insert(number);
                    }
                    if is_context {
                        seen.contexts.entry(*callee).or_default().insert(number);
                    }
                }
            }
            if before == (seen.records.clone(), seen.contexts.clone()) {
                return seen;
            }
        }
    }

    /// Every function that is called and never handed on as a pointer, with its calls.
    fn sites(&self) -> BTreeMap<Key<'a>, Vec<Site<'a>>> {
        let mut sites: BTreeMap<Key<'a>, Vec<Site<'a>>> = BTreeMap::new();
        let all = || self.units.iter().enumerate().flat_map(|(at, unit)| unit.functions.iter().map(move |it| (at, it)));
        for (at, caller) in all() {
            for call in &caller.calls {
                let unit = match &call.module {
                    None => Some(at),
                    Some(module) => self.units[at].modules.get(module).copied(),
                };
                let Some(unit) = unit else { continue };
                let functions = self.units[unit].functions.iter();
                let callee = functions.clone().find(|it| it.name == call.name && it.parameters.len() == call.arguments);
                let Some(callee) = callee else { continue };
                // What a function hands to itself says nothing new.
                if unit != at || callee.name != caller.name {
                    let key = (unit, callee.name.as_str(), callee.parameters.len());
                    sites.entry(key).or_default().push((at, caller, &call.variables));
                }
            }
        }
        let pointed: BTreeSet<(usize, &str)> =
            all().flat_map(|(at, it)| it.names.iter().map(move |name| (at, name.as_str()))).collect();
        sites.retain(|(unit, name, _), _| !pointed.contains(&(*unit, *name)));
        sites
    }
}
