//! Sources: a plugin with all that belongs to it, held against what a host has.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tierhook_hooks::{Fault, FaultCode, HistoryKind, Hook, Manifest, PluginLimits, Segments};
use tierhook_model::{Catalogue, Dimensions, FieldSource, Label, digest256_hex};

use crate::lower::{Input, Inputs, Treatment};

/// A plugin with all that belongs to it.
#[derive(Clone, Debug)]
pub struct PluginSource {
    /// The rule's name: the plugin's id.
    pub name: String,
    /// The version that its author calls it.
    pub release: String,
    /// The component's file, relative to the workspace.
    pub file: String,
    /// The component.
    pub component: Arc<[u8]>,
    /// Whether it has the limits of heavy ones.
    pub heavy: bool,
    /// The manifest, with the operator's values in it.
    pub manifest: Manifest,
    /// The manifest as it holds for the customers in a class, by class.
    pub by_class: BTreeMap<String, Manifest>,
    /// The operator's values for parameters by class, as they were given.
    pub segments: Option<Segments>,
    /// The fields that each hook reads and was granted, sorted.
    pub reads: BTreeMap<Hook, Vec<String>>,
    /// The kinds of facts that it reads and was granted.
    pub history: BTreeMap<HistoryKind, u32>,
    /// Fields that identify a person and were granted in clear.
    pub clear: BTreeSet<String>,
    /// Whose tokens it sees: plugins of one owner see the same token for the same value.
    pub owner: String,
    /// The digest of its manifest's file.
    pub manifest_digest: String,
}

pub(crate) fn check_size(source: &PluginSource, limits: &PluginLimits) -> Result<(), Fault> {
    let (bytes, most) = (source.component.len(), limits.component_bytes);
    if bytes <= most {
        return Ok(());
    }
    let fault = Fault::new(FaultCode::Memory, format!("it has {bytes} bytes; {most} are allowed"));
    let hint = if source.heavy { "make it smaller" } else { "make it smaller, or write `heavy = true` under [plugin]" };
    Err(fault.with_hint(format!("{hint}; `component_bytes` sets how much")))
}

/// What each hook is given, and how.
pub(crate) fn inputs(
    source: &PluginSource,
    hooks: &[Hook],
    catalogue: &Catalogue,
) -> Result<BTreeMap<Hook, Inputs>, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut inputs = BTreeMap::new();
    for hook in hooks {
        let mut fields = Vec::new();
        for name in source.reads.get(hook).into_iter().flatten() {
            let Some(field) = catalogue.get(name) else {
                let fault = Fault::new(FaultCode::UnknownField, format!("there is no field `{name}`"));
                let known = catalogue.iter().map(|field| field.name.as_str());
                faults.push(match tierhook_hooks::closest(name, known) {
                    Some(near) => fault.with_hint(format!("did you mean `{near}`?")),
                    None => fault.with_hint("`tierhook fields` lists them"),
                });
                continue;
            };
            if *hook == Hook::Classify
                && let FieldSource::Class(dimension) = &field.source
                && source.manifest.dimensions.iter().flatten().any(|decided| decided == dimension)
            {
                let fault =
                    Fault::new(FaultCode::Failed, format!("`classify` reads `{name}`, which it decides itself"));
                faults.push(fault.with_hint(format!("read `standing.{dimension}`, which is what stood before")));
            }
            let treatment = match field.label {
                Label::Public | Label::Internal => Treatment::Plain,
                Label::Pii | Label::Sensitive if source.clear.contains(name) => Treatment::Clear,
                Label::Pii | Label::Sensitive => Treatment::Token,
            };
            fields.push(Input { name: name.clone(), treatment });
        }
        let history = source.history.iter().map(|(kind, most)| (*kind, *most)).collect();
        inputs.insert(*hook, Inputs { fields, history });
    }
    if faults.is_empty() { Ok(inputs) } else { Err(faults) }
}

/// The dimensions that a plugin decides, sorted.
pub(crate) fn decides(
    source: &PluginSource,
    hooks: &[Hook],
    dimensions: &Dimensions,
) -> Result<Vec<String>, Vec<Fault>> {
    let mut named = source.manifest.dimensions.clone().unwrap_or_default();
    named.sort();
    named.dedup();
    let classifies = hooks.contains(&Hook::Classify);
    if classifies && named.is_empty() {
        let fault = Fault::new(FaultCode::Failed, "it classifies, but its manifest names no dimension");
        return Err(vec![fault.with_hint("write `dimensions = [\"grade\"]` in plugin.toml")]);
    }
    if !classifies && !named.is_empty() {
        let fault = Fault::new(FaultCode::Failed, "its manifest names dimensions, but it has no hook that classifies");
        return Err(vec![fault.with_hint("export classify, or remove `dimensions` from plugin.toml")]);
    }
    let unknown = named.iter().filter(|id| dimensions.get(id).is_none());
    let faults: Vec<Fault> = unknown.map(|id| tierhook_hooks::unknown_dimension(dimensions, id)).collect();
    if faults.is_empty() { Ok(named) } else { Err(faults) }
}

/// The texts that receipts name: those of the manifest, since nobody can look into a component.
pub(crate) fn words(manifest: &Manifest) -> BTreeSet<String> {
    let texts = manifest.texts.keys().chain(manifest.follow_ups.keys()).chain(manifest.causes.keys());
    texts.cloned().collect()
}

/// The digest of everything that the rule is made from.
pub(crate) fn version(source: &PluginSource, component: &str) -> String {
    let parameters = format!("{:?}", source.manifest.parameters);
    let given = format!(
        "{:?} {:?} {:?} {:?} {:?}",
        source.reads, source.history, source.clear, source.owner, source.manifest.limits
    );
    let mut parts = vec![
        source.name.as_bytes(),
        component.as_bytes(),
        source.manifest_digest.as_bytes(),
        parameters.as_bytes(),
        given.as_bytes(),
    ];
    let segments = source.segments.as_ref().map(|segments| format!("{segments:?}"));
    parts.extend(segments.as_ref().map(String::as_bytes));
    digest256_hex(&parts)
}
