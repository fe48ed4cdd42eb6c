//! Checks: what a script reads and calls, held against what there is, before it ever runs.

mod call;
mod function;
mod read;
mod record;
mod suggest;

use std::collections::{BTreeMap, BTreeSet};

use rhai::Position;
use tierhook_hooks::{Fault, FaultCode, Hook, Manifest, closest, unknown_class};
use tierhook_model::{Catalogue, Dimension, Dimensions, FieldSource, FieldType};

use crate::analysis::{Chain, Comparison, Function, Link, Root, Side, Switch, case_of};
use crate::host::ScriptSource;
use crate::link::Unit;
use crate::row::{Fields, GROUPS};

pub(crate) use function::Functions;

/// What the context offers.
const CONTEXT: [&str; 4] = ["day", "params", "currency", "zone"];

/// What was found out about a script.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Findings {
    pub(crate) hooks: Vec<Hook>,
    pub(crate) reads: BTreeMap<Hook, Vec<String>>,
    pub(crate) dimensions: Vec<String>,
}

/// Checks one script with its modules.
pub(crate) struct Checker<'a> {
    /// The rule first, then its modules.
    pub(crate) units: &'a [Unit],
    pub(crate) known: &'a Functions,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) fields: &'a Fields,
    pub(crate) dimensions: &'a Dimensions,
    pub(crate) manifest: &'a Manifest,
    pub(crate) source: &'a ScriptSource,
    pub(crate) faults: Vec<Fault>,
}

impl<'a> Checker<'a> {
    /// Checks everything and returns what was found out, or all faults.
    pub(crate) fn check(mut self) -> Result<Findings, Vec<Fault>> {
        let mut findings = Findings { hooks: self.hooks(), ..Findings::default() };
        let seen = self.seen();
        for (at, unit) in self.units.iter().enumerate() {
            for function in &unit.functions {
                let (records, contexts) = (seen.records(at, function), seen.contexts(at, function));
                self.check_calls(at, function);
                for chain in &function.chains {
                    self.check_chain(at, chain, &records, &contexts);
                }
                for comparison in &function.comparisons {
                    self.check_comparison(at, function, comparison, &records);
                }
                for switch in &function.switches {
                    self.check_switch(at, function, switch, &records);
                }
            }
        }
        self.check_closures();
        self.check_declared_reads();
        self.check_declared_segments();
        self.check_suggestions();
        for hook in findings.hooks.clone() {
            let reads = self.reads(hook, &seen);
            findings.reads.insert(hook, reads);
        }
        if findings.hooks.contains(&Hook::Classify) {
            findings.dimensions = self.decided();
        }
        if self.faults.is_empty() {
            return Ok(findings);
        }
        // The rule's own faults first, then those of its modules.
        let file = |name: &str| self.units.iter().position(|unit| unit.source.name() == name);
        let key = |fault: &Fault| fault.place.as_ref().map(|place| (file(&place.file), place.line, place.column));
        self.faults.sort_by_key(key);
        self.faults.dedup();
        Err(self.faults)
    }

    /// The rule's own functions.
    fn functions(&self) -> &'a [Function] {
        &self.units[0].functions
    }

    fn fault(&mut self, at: usize, fault: Fault, position: Position) {
        let fault = self.units[at].source.place(fault, position);
        self.faults.push(fault);
    }

    /// The hooks of the script, in their order.
    fn hooks(&mut self) -> Vec<Hook> {
        let mut hooks = Vec::new();
        for hook in Hook::ALL {
            let named: Vec<&Function> =
                self.functions().iter().filter(|function| function.name == hook.name()).collect();
            if named.iter().any(|function| function.parameters.len() == 2) {
                hooks.push(hook);
            } else if let Some(function) = named.first() {
                let message = format!("hook `{hook}` has {} parameters", function.parameters.len());
                let fault = Fault::new(FaultCode::UnknownFunction, message)
                    .with_hint(format!("a hook has two: `fn {hook}(customer, ctx)`"));
                self.faults.push(self.units[0].source.place_in_function(fault, hook.name()));
            }
        }
        let functions = self.functions();
        let called: BTreeSet<&str> = functions.iter().flat_map(named_by).collect();
        for function in functions {
            let name = function.name.as_str();
            let near = closest(name, Hook::ALL.map(Hook::name));
            if let Some(near) = near
                && function.parameters.len() == 2
                && !called.contains(name)
                && Hook::ALL.iter().all(|hook| hook.name() != name)
            {
                let fault = Fault::new(FaultCode::UnknownFunction, format!("`{name}` is no hook and nobody calls it"));
                let fault = fault.with_hint(format!("did you mean `{near}`?"));
                self.faults.push(self.units[0].source.place_in_function(fault, name));
            }
        }
        if hooks.is_empty() && self.faults.is_empty() {
            let names: Vec<String> = Hook::ALL.iter().map(|hook| format!("`{hook}`")).collect();
            let fault = Fault::new(FaultCode::UnknownFunction, "the script has no hook");
            self.faults
                .push(fault.with_hint(format!("define at least one of {} with two parameters", names.join(", "))));
        }
        hooks
    }

    fn check_chain(&mut self, at: usize, chain: &Chain, records: &[String], contexts: &[String]) {
        match &chain.root {
            Root::Variable(name) if records.contains(name) => match self.field(&chain.links) {
                Some(Err((name, position))) => self.fault(at, self.unknown_field(&name), position),
                None if matches!(chain.links.first(), Some(Link::Computed(_))) && self.manifest.reads.is_empty() => {
                    let Some(Link::Computed(position)) = chain.links.first() else { return };
                    let fault = Fault::new(FaultCode::UnknownField, "a field is read under a computed name");
                    let hint = "list the fields that may be meant in the manifest's `reads`";
                    self.fault(at, fault.with_hint(hint), *position);
                }
                _ => {}
            },
            Root::Variable(name) if contexts.contains(name) => self.check_context(at, &chain.links),
            Root::Call(name, Some(id)) if name == "score" => {
                let Some(dimension) = self.dimensions.get(id) else { return };
                for link in &chain.links {
                    if let Link::Method(method, Some(class), position) = link
                        && method == "band"
                        && !dimension.allows(class)
                    {
                        self.fault(at, unknown_class(dimension, class), *position);
                    }
                }
            }
            _ => {}
        }
    }

    /// The field that a chain on a record names: `None` if it names none, `Err` with name and position if there is no
    /// such field.
    fn field(&self, links: &[Link]) -> Option<Result<String, (String, Position)>> {
        let Some(Link::Name(first, position)) = links.first() else { return None };
        if self.catalogue.get(first).is_some() {
            return Some(Ok(first.clone()));
        }
        if !GROUPS.contains(&first.as_str()) {
            return Some(Err((first.clone(), *position)));
        }
        let Some(Link::Name(second, position)) = links.get(1) else { return None };
        let name = format!("{first}.{second}");
        Some(if self.catalogue.get(&name).is_some() { Ok(name) } else { Err((name, *position)) })
    }

    /// The fault for a field that there is none of; one of a dimension that was renamed is told its new name.
    fn unknown_field(&self, name: &str) -> Fault {
        let fault = self.fields.unknown(name);
        let renamed = name.split_once('.').and_then(|(group, id)| Some((group, self.dimensions.present(id)?)));
        match renamed {
            Some((group, dimension)) => fault.with_hint(format!("`{name}` is called `{group}.{}` now", dimension.id)),
            None => fault,
        }
    }

    fn check_context(&mut self, at: usize, links: &[Link]) {
        let Some(Link::Name(first, position)) = links.first() else { return };
        if !CONTEXT.contains(&first.as_str()) {
            let fault = Fault::new(FaultCode::UnknownField, format!("the context has no `{first}`"));
            self.fault(at, fault.with_hint(format!("it has {}", CONTEXT.join(", "))), *position);
            return;
        }
        let ("params", Some(Link::Name(name, position))) = (first.as_str(), links.get(1)) else { return };
        if self.manifest.parameters.contains_key(name) {
            return;
        }
        let fault = Fault::new(FaultCode::UnknownField, format!("there is no parameter `{name}`"));
        let fault = match closest(name, self.manifest.parameters.keys().map(String::as_str)) {
            Some(near) => fault.with_hint(format!("did you mean `{near}`?")),
            None => fault.with_hint("add it to `[parameters]` in the manifest"),
        };
        self.fault(at, fault, *position);
    }

    /// The engine would quietly answer false when a text is compared with a number, or with a class that there is none of.
    fn check_comparison(&mut self, at: usize, function: &Function, comparison: &Comparison, records: &[String]) {
        let Some((name, is_bare)) = self.compared(function, &comparison.side, records) else { return };
        if is_bare {
            self.check_type(at, comparison, &name);
        }
        if let (Some(dimension), Some(class)) = (self.dimension_of(&name), &comparison.text)
            && !dimension.allows(class)
        {
            self.fault(at, unknown_class(dimension, class), comparison.position);
        }
    }

    /// Nor would a case ever be taken.
    fn check_switch(&mut self, at: usize, function: &Function, switch: &Switch, records: &[String]) {
        let Some((name, _)) = self.compared(function, &switch.side, records) else { return };
        let Some(dimension) = self.dimension_of(&name) else { return };
        let spare = default_of(function, &switch.side).and_then(case_of);
        let mut left = switch.cases.clone();
        for (text, place) in self.units[at].source.quoted_behind(switch.position) {
            let is_case = case_of(text).filter(|case| left.remove(case));
            if is_case.is_some() && is_case != spare && !dimension.allows(text) {
                self.faults.push(Fault { place: Some(place), ..unknown_class(dimension, text) });
            }
        }
    }

    /// The field that is compared, and whether it is compared as it is.
    fn compared(&self, function: &Function, side: &Side, records: &[String]) -> Option<(String, bool)> {
        let chain = chain_of(function, side)?;
        let Root::Variable(root) = &chain.root else { return None };
        let Some(Ok(name)) = self.field(&chain.links).filter(|_| records.contains(root)) else { return None };
        let links = if GROUPS.iter().any(|group| name.starts_with(&format!("{group}."))) { 2 } else { 1 };
        match &chain.links[links..] {
            [] => Some((name, matches!(side, Side::Chain(_)))),
            [Link::Method(method, ..)] if method == "or" => Some((name, false)),
            _ => None,
        }
    }

    /// The dimension that a field tells the class on.
    fn dimension_of(&self, name: &str) -> Option<&'a Dimension> {
        match &self.catalogue.get(name)?.source {
            FieldSource::Class(of) | FieldSource::StandingClass(of) => self.dimensions.get(of),
            _ => None,
        }
    }

    fn check_type(&mut self, at: usize, comparison: &Comparison, name: &str) {
        let Some(field) = self.catalogue.get(name) else { return };
        let fits = match field.ty {
            FieldType::Text => comparison.text.is_some(),
            FieldType::Integer | FieldType::Decimal | FieldType::Money => comparison.text.is_none(),
            FieldType::Boolean | FieldType::TextList | FieldType::Day => false,
        };
        if !fits {
            let other = if comparison.text.is_some() { "a text" } else { "a number" };
            let message = format!("`{name}` is of type {} and cannot be compared with {other}", field.ty.name());
            let hint = match field.ty {
                FieldType::Day => "turn a text into a day with `day(\"2026-03-09\")`",
                FieldType::TextList => "ask with `in` whether a text is in the list",
                _ => "compare it with a value of its own type",
            };
            self.fault(at, Fault::new(FaultCode::Failed, message).with_hint(hint), comparison.position);
        }
    }
}

/// The chain that is compared, also one that a variable is made of and stays.
fn chain_of<'f>(function: &'f Function, side: &'f Side) -> Option<&'f Chain> {
    let name = match side {
        Side::Chain(chain) => return Some(chain),
        Side::Variable(name) => name,
    };
    let mut made = function.bindings.iter().filter(|(made, _)| made == name);
    let (Some((_, chain)), None) = (made.next(), made.next()) else { return None };
    (!function.rewritten.contains(name) && !function.parameters.contains(name)).then_some(chain)
}

/// The text that stands for a missing value: `"none"` of `customer.class.grade.or("none")`.
fn default_of<'f>(function: &'f Function, side: &'f Side) -> Option<&'f str> {
    match chain_of(function, side)?.links.last() {
        Some(Link::Method(method, Some(text), _)) if method == "or" => Some(text),
        _ => None,
    }
}

/// The functions of the same file that a function calls or names.
fn named_by(function: &Function) -> impl Iterator<Item = &str> {
    let own = function.calls.iter().filter(|call| call.module.is_none());
    own.map(|call| call.name.as_str()).chain(function.names.iter().map(String::as_str))
}
