//! Checks: what a script reads and calls, held against what there is, before it ever runs.

mod function;
mod read;

use std::collections::{BTreeMap, BTreeSet};

use rhai::Position;
use tierhook_hooks::{Fault, FaultCode, Hook, Manifest};
use tierhook_model::{Catalogue, Dimensions, FieldType};

use crate::analysis::{Call, Chain, Comparison, Function, Link, Root};
use crate::budget::FORBIDDEN;
use crate::failure::{Source, closest, no_modules};
use crate::row::{Fields, GROUPS};
use crate::wish::{unknown_class, unknown_dimension};

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

/// Checks one script.
pub(crate) struct Checker<'a> {
    pub(crate) source: &'a Source,
    pub(crate) functions: &'a [Function],
    pub(crate) known: &'a Functions,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) fields: &'a Fields,
    pub(crate) dimensions: &'a Dimensions,
    pub(crate) manifest: &'a Manifest,
    pub(crate) faults: Vec<Fault>,
}

impl<'a> Checker<'a> {
    /// Checks everything and returns what was found out, or all faults.
    pub(crate) fn check(mut self) -> Result<Findings, Vec<Fault>> {
        let mut findings = Findings { hooks: self.hooks(), ..Findings::default() };
        let (records, contexts) = self.parameter_names();
        for function in self.functions {
            let named = |names: &BTreeSet<&str>| {
                function.parameters.iter().filter(|name| names.contains(name.as_str())).cloned().collect()
            };
            let (records, contexts): (Vec<String>, Vec<String>) = (named(&records), named(&contexts));
            self.check_calls(function);
            for chain in &function.chains {
                self.check_chain(chain, &records, &contexts);
            }
            for comparison in &function.comparisons {
                self.check_comparison(comparison, &records);
            }
        }
        self.check_declared_reads();
        for hook in findings.hooks.clone() {
            let reads = self.reads(hook, &contexts);
            findings.reads.insert(hook, reads);
        }
        if findings.hooks.contains(&Hook::Classify) {
            findings.dimensions = self.decided();
        }
        if self.faults.is_empty() {
            return Ok(findings);
        }
        let key = |fault: &Fault| fault.place.as_ref().map(|place| (place.line, place.column));
        self.faults.sort_by_key(key);
        self.faults.dedup();
        Err(self.faults)
    }

    fn fault(&mut self, fault: Fault, position: Position) {
        let fault = self.source.place(fault, position);
        self.faults.push(fault);
    }

    /// The hooks of the script, in their order.
    fn hooks(&mut self) -> Vec<Hook> {
        let mut hooks = Vec::new();
        for hook in Hook::ALL {
            let named: Vec<&Function> = self.functions.iter().filter(|function| function.name == hook.name()).collect();
            if named.iter().any(|function| function.parameters.len() == 2) {
                hooks.push(hook);
            } else if let Some(function) = named.first() {
                let message = format!("hook `{hook}` has {} parameters", function.parameters.len());
                self.faults.push(
                    Fault::new(FaultCode::UnknownFunction, message)
                        .with_hint(format!("a hook has two: `fn {hook}(customer, ctx)`")),
                );
            }
        }
        let functions = self.functions;
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
                self.faults.push(fault.with_hint(format!("did you mean `{near}`?")));
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

    /// The names that the hooks give to the record and to the context.
    fn parameter_names(&self) -> (BTreeSet<&'a str>, BTreeSet<&'a str>) {
        let hooks = self.functions.iter().filter(|function| {
            function.parameters.len() == 2 && Hook::ALL.iter().any(|hook| hook.name() == function.name)
        });
        hooks.map(|hook| (hook.parameters[0].as_str(), hook.parameters[1].as_str())).unzip()
    }

    fn check_calls(&mut self, function: &Function) {
        for position in &function.imports {
            self.fault(no_modules("a module"), *position);
        }
        for call in &function.calls {
            if let Some(fault) = self.unknown_call(call) {
                self.fault(fault, call.position);
            }
            if call.is_method || call.arguments == 0 {
                continue;
            }
            let ("class" | "score", Some(id)) = (call.name.as_str(), &call.texts[0]) else { continue };
            match (self.dimensions.get(id), &call.texts[1]) {
                (None, _) => self.fault(unknown_dimension(self.dimensions, id), call.position),
                (Some(dimension), Some(class)) if call.name == "class" && !dimension.allows(class) => {
                    self.fault(unknown_class(dimension, class), call.position);
                }
                _ => {}
            }
        }
    }

    fn unknown_call(&self, call: &Call) -> Option<Fault> {
        let name = call.name.as_str();
        let in_script: BTreeSet<usize> =
            self.functions.iter().filter(|found| found.name == name).map(|found| found.parameters.len()).collect();
        // Behind a point the value in front is the first argument of the engine's functions, and `this` of the script's.
        let native = call.arguments + usize::from(call.is_method);
        let in_engine = self.known.0.get(name);
        if in_script.contains(&call.arguments) || in_engine.is_some_and(|counts| counts.contains(&native)) {
            return None;
        }
        if let Some((_, hint)) = FORBIDDEN.iter().find(|(forbidden, _)| *forbidden == name) {
            return Some(Fault::new(FaultCode::UnknownFunction, format!("`{name}` is not available")).with_hint(*hint));
        }
        let given = |count: usize| if count == 1 { "1 argument".to_owned() } else { format!("{count} arguments") };
        let counts: BTreeSet<usize> = in_engine
            .into_iter()
            .flatten()
            .filter_map(|count| count.checked_sub(usize::from(call.is_method)))
            .chain(in_script)
            .collect();
        if !counts.is_empty() {
            let counts: Vec<String> = counts.iter().map(usize::to_string).collect();
            let message = format!("`{name}` takes {} arguments, not {}", counts.join(" or "), given(call.arguments));
            return Some(Fault::new(FaultCode::UnknownFunction, message).with_hint("add or remove arguments"));
        }
        let fault = Fault::new(FaultCode::UnknownFunction, format!("there is no function `{name}`"));
        let own = self.functions.iter().map(|function| function.name.as_str());
        Some(match closest(name, own.chain(self.known.names())) {
            Some(near) => fault.with_hint(format!("did you mean `{near}`?")),
            None => fault.with_hint("define it in this file, or remove the call"),
        })
    }

    fn check_chain(&mut self, chain: &Chain, records: &[String], contexts: &[String]) {
        match &chain.root {
            Root::Variable(name) if records.contains(name) => match self.field(&chain.links) {
                Some(Err((name, position))) => self.fault(self.fields.unknown(&name), position),
                None if matches!(chain.links.first(), Some(Link::Computed(_))) && self.manifest.reads.is_empty() => {
                    let Some(Link::Computed(position)) = chain.links.first() else { return };
                    let fault = Fault::new(FaultCode::UnknownField, "a field is read under a computed name");
                    self.fault(
                        fault.with_hint("list the fields that may be meant in the manifest's `reads`"),
                        *position,
                    );
                }
                _ => {}
            },
            Root::Variable(name) if contexts.contains(name) => self.check_context(&chain.links),
            Root::Call(name, Some(id)) if name == "score" => {
                let Some(dimension) = self.dimensions.get(id) else { return };
                for link in &chain.links {
                    if let Link::Method(method, Some(class), position) = link
                        && method == "band"
                        && !dimension.allows(class)
                    {
                        self.fault(unknown_class(dimension, class), *position);
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

    fn check_context(&mut self, links: &[Link]) {
        let Some(Link::Name(first, position)) = links.first() else { return };
        if !CONTEXT.contains(&first.as_str()) {
            let fault = Fault::new(FaultCode::UnknownField, format!("the context has no `{first}`"));
            self.fault(fault.with_hint(format!("it has {}", CONTEXT.join(", "))), *position);
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
        self.fault(fault, *position);
    }

    /// The engine would quietly answer false when a text is compared with a number.
    fn check_comparison(&mut self, comparison: &Comparison, records: &[String]) {
        let Root::Variable(root) = &comparison.chain.root else { return };
        let Some(Ok(name)) = self.field(&comparison.chain.links) else { return };
        let links = if GROUPS.iter().any(|group| name.starts_with(&format!("{group}."))) { 2 } else { 1 };
        if !records.contains(root) || comparison.chain.links.len() != links {
            return;
        }
        let Some(field) = self.catalogue.get(&name) else { return };
        let fits = match field.ty {
            FieldType::Text => comparison.is_text,
            FieldType::Integer | FieldType::Decimal | FieldType::Money => comparison.is_number,
            FieldType::Boolean | FieldType::TextList | FieldType::Day => false,
        };
        if !fits {
            let other = if comparison.is_text { "a text" } else { "a number" };
            let message = format!("`{name}` is of type {} and cannot be compared with {other}", field.ty.name());
            let hint = match field.ty {
                FieldType::Day => "turn a text into a day with `day(\"2026-03-09\")`",
                FieldType::TextList => "ask with `in` whether a text is in the list",
                _ => "compare it with a value of its own type",
            };
            self.fault(Fault::new(FaultCode::Failed, message).with_hint(hint), comparison.position);
        }
    }
}

/// The functions that a function calls or names.
fn named_by(function: &Function) -> impl Iterator<Item = &str> {
    function.calls.iter().map(|call| call.name.as_str()).chain(function.names.iter().map(String::as_str))
}
