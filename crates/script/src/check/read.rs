//! What a hook reads and decides: found in all functions that it can reach.

use std::collections::BTreeSet;

use tierhook_hooks::{Fault, FaultCode, Hook, unknown_dimension};

use super::record::Seen;
use super::{Checker, named_by};
use crate::analysis::{Chain, Function, Link, Root};
use crate::row::GROUPS;

impl<'a> Checker<'a> {
    pub(super) fn check_declared_reads(&mut self) {
        for name in &self.manifest.reads {
            if self.catalogue.get(name).is_none() {
                let fault = self.unknown_field(name);
                let message = format!("{} (in the manifest's `reads`)", fault.message);
                self.faults.push(Fault { message, place: self.source.manifest_item("reads", name), ..fault });
            }
        }
    }

    pub(super) fn check_declared_segments(&mut self) {
        self.check_declared("segments", &self.manifest.segments);
    }

    /// Checks the dimensions that the manifest names under a key.
    fn check_declared(&mut self, key: &str, ids: &[String]) {
        for id in ids.iter().filter(|id| self.dimensions.get(id).is_none()) {
            let fault = unknown_dimension(self.dimensions, id);
            let message = format!("{} (in the manifest's `{key}`)", fault.message);
            self.faults.push(Fault { message, place: self.source.manifest_item(key, id), ..fault });
        }
    }

    /// The functions that can be reached from a hook, each with its unit.
    fn reachable(&self, hook: Hook) -> Vec<(usize, &'a Function)> {
        let units = self.units;
        let mut reached: BTreeSet<(usize, &str)> = [(0, hook.name())].into();
        let mut open = vec![(0, hook.name())];
        while let Some((at, name)) = open.pop() {
            for function in units[at].functions.iter().filter(|function| function.name == name) {
                let own = named_by(function).map(|next| (at, next));
                let of_modules = function.calls.iter().filter_map(|call| {
                    let unit = units[at].modules.get(call.module.as_ref()?)?;
                    Some((*unit, call.name.as_str()))
                });
                for (unit, next) in own.chain(of_modules) {
                    if units[unit].functions.iter().any(|function| function.name == next)
                        && reached.insert((unit, next))
                    {
                        open.push((unit, next));
                    }
                }
            }
        }
        let all = units.iter().enumerate().flat_map(|(at, unit)| unit.functions.iter().map(move |it| (at, it)));
        all.filter(|(at, function)| reached.contains(&(*at, function.name.as_str()))).collect()
    }

    /// The fields that a hook may read. Rather too many than too few: a property of any variable counts if a field
    /// has that name, because the variable may be the record under another name.
    pub(super) fn reads(&self, hook: Hook, seen: &Seen<'_>) -> Vec<String> {
        let reachable = self.reachable(hook);
        let chains: Vec<&Chain> = reachable
            .iter()
            .flat_map(|(_, function)| &function.chains)
            .filter(|chain| !matches!(&chain.root, Root::Variable(name) if seen.is_context(name)))
            .collect();
        let names: BTreeSet<&str> = chains.iter().flat_map(|chain| &chain.links).filter_map(name_of).collect();
        let mut reads = BTreeSet::new();
        let mut is_computed = false;
        for chain in chains {
            for (at, link) in chain.links.iter().enumerate() {
                is_computed |= matches!(link, Link::Computed(_));
                let Some(name) = name_of(link) else { continue };
                if self.catalogue.get(name).is_some() {
                    reads.insert(name.to_owned());
                }
                if !GROUPS.contains(&name) {
                    continue;
                }
                match chain.links.get(at + 1).and_then(name_of) {
                    Some(second) => {
                        let name = format!("{name}.{second}");
                        if self.catalogue.get(&name).is_some() {
                            reads.insert(name);
                        }
                    }
                    // The group is put into a variable: any name in reach may be asked of it.
                    None => reads.extend(
                        names
                            .iter()
                            .map(|second| format!("{name}.{second}"))
                            .filter(|name| self.catalogue.get(name).is_some()),
                    ),
                }
            }
        }
        if is_computed || self.manifest.reads.iter().any(|name| !reads.contains(name)) {
            reads.extend(self.manifest.reads.iter().cloned());
        }
        reads.into_iter().collect()
    }

    /// The dimensions that the script decides: those declared, else those that it names.
    pub(super) fn decided(&mut self) -> Vec<String> {
        if let Some(declared) = &self.manifest.dimensions {
            self.check_declared("dimensions", declared);
            return declared.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect();
        }
        let mut decided = BTreeSet::new();
        for (at, function) in self.reachable(Hook::Classify) {
            for call in function.calls.iter().filter(|call| matches!(call.name.as_str(), "class" | "score")) {
                if call.is_method || call.module.is_some() || call.arguments == 0 {
                    continue;
                }
                match &call.texts[0] {
                    Some(id) => drop(decided.insert(id.clone())),
                    None => self.fault(
                        at,
                        Fault::new(FaultCode::BadWish, "the dimension is computed")
                            .with_hint("list the dimensions that may be meant in the manifest's `dimensions`"),
                        call.position,
                    ),
                }
            }
        }
        decided.into_iter().collect()
    }
}

fn name_of(link: &Link) -> Option<&str> {
    match link {
        Link::Name(name, _) => Some(name),
        _ => None,
    }
}
