//! Plugins: the folders that each make one rule, and from their files to a rule that may run.

use std::collections::{BTreeMap, BTreeSet};

use tierhook_hooks::{Fault, FaultCode, Hook, Limits, ParameterValue};
use tierhook_package::{
    CASES_FILE, COMPONENT_FILE, Contents, Granted, Grants, MANIFEST_FILE, PackageError, PluginManifestError, Policy,
    Trust, Verified, check_serial, granted, verify,
};
use tierhook_plugin::{PluginHost, PluginSource};
use tierhook_script::{ScriptHost, ScriptSource, Tuned, ValuesFile};

use crate::document::Document;
use crate::problem::{Problem, Weight};
use crate::proof::CaseFile;
use crate::setting::RuleSettings;
use crate::tree::{Candidate, OPERATORS_FILES, PLUGINS, RULES_FILE};
use crate::unit::{Compiled, Found, RuleFiles, of_cases, pinned, text, unreadable};
use crate::vocabulary::Vocabulary;

/// What compiles rules, and what is held against them.
#[derive(Clone, Copy)]
pub(crate) struct Hosts<'a> {
    pub(crate) script: &'a ScriptHost,
    pub(crate) plugin: &'a PluginHost,
    pub(crate) policy: Policy,
    pub(crate) trust: &'a Trust,
    pub(crate) grants: &'a Grants,
    pub(crate) vocabulary: &'a Vocabulary,
    /// The highest serial of each plugin that ever was active.
    pub(crate) serials: &'a BTreeMap<String, u64>,
    /// The text of the operator's file.
    pub(crate) rules_file: &'a str,
}

impl Hosts<'_> {
    /// Where the operator sets values for a rule.
    pub(crate) fn values(&self, rule: &str) -> Option<ValuesFile> {
        let table = ["rules", rule].map(str::to_owned).to_vec();
        Some(ValuesFile { file: RULES_FILE.to_owned(), text: self.rules_file.to_owned(), table })
    }
}

/// A file of a plugin, relative to the workspace.
fn in_folder(name: &str, file: &str) -> String {
    format!("{PLUGINS}/{name}/{file}")
}

/// The file with the code of a plugin.
pub(crate) fn plugin_file(name: &str) -> String {
    in_folder(name, COMPONENT_FILE)
}

/// Finds the plugins of a candidate: each folder in the folder of plugins is one.
pub(crate) fn add_plugins(candidate: &Candidate, found: &mut BTreeMap<String, Found>, problems: &mut Vec<Problem>) {
    let mut plugins: BTreeMap<&str, Found> = BTreeMap::new();
    let of = |path: &'_ str| -> Option<usize> { path.strip_prefix("plugins/")?.find('/') };
    for (path, bytes) in candidate.files() {
        let Some(end) = of(path) else { continue };
        let name = &path[PLUGINS.len() + 1..][..end];
        plugins.entry(name).or_default().files.insert(path.clone(), bytes.clone());
    }
    for (path, why) in candidate.unreadable() {
        if path == PLUGINS {
            problems.push(unreadable(PLUGINS, path, why));
        }
        let Some(rest) = path.strip_prefix("plugins/").filter(|_| !OPERATORS_FILES.contains(&path.as_str())) else {
            continue;
        };
        let name = rest.split('/').next().unwrap_or(rest);
        plugins.entry(name).or_default().unreadable.push(unreadable(name, path, why));
    }
    for (name, plugin) in plugins {
        let manifest = in_folder(name, MANIFEST_FILE);
        if plugin.unreadable.is_empty() && !plugin.files.contains_key(&manifest) {
            let fault = Fault::new(FaultCode::Failed, format!("there is no {MANIFEST_FILE} in it"));
            let fault = fault.with_hint("put the whole plugin there, or remove the folder");
            problems.push(Problem::warning(name, format!("{PLUGINS}/{name}"), fault));
        } else if found.contains_key(name) {
            let fault = Fault::new(FaultCode::Failed, format!("there is a script `{name}`, too; the script runs"));
            let fault = fault.with_hint("remove one of the two: a rule is one or the other");
            problems.push(Problem::error(name, manifest, fault));
        } else {
            found.insert(name.to_owned(), plugin);
        }
    }
}

/// Verifies and compiles a plugin and, if it has golden cases, once more with the parameters that these pin.
pub(crate) fn compile(
    hosts: &Hosts<'_>,
    name: &str,
    files: &RuleFiles,
    settings: &RuleSettings,
) -> Result<Compiled, Vec<Problem>> {
    let manifest_file = in_folder(name, MANIFEST_FILE);
    let one = |file: &str, fault: Fault| vec![Problem::error(name, file, fault)];
    let folder = format!("{PLUGINS}/{name}/");
    let contents = Contents::new(
        files
            .iter()
            .filter_map(|(path, bytes)| Some((path.strip_prefix(&folder)?.to_owned(), bytes.clone())))
            .collect(),
    );
    let verified = verify(&contents, hosts.policy, hosts.trust)
        .and_then(|verified| {
            check_serial(&verified, hosts.serials.get(name).copied(), settings.lowest_serial).map(|()| verified)
        })
        .map_err(|error| one(&manifest_file, of_package(&manifest_file, files, &error)))?;
    let id = &verified.manifest.plugin.id;
    if id != name {
        let fault = Fault::new(FaultCode::Failed, format!("it calls itself `{id}`, but its folder is `{name}`"));
        return Err(one(&manifest_file, fault.with_hint(format!("rename the folder to `{id}`"))));
    }
    let granted = granted(&verified.manifest, verified.publisher.as_ref(), hosts.grants).map_err(|error| {
        let fault = Fault::new(FaultCode::Failed, error.to_string()).with_hint(error.hint());
        one(&manifest_file, fault)
    })?;
    let plugin = Plugin { hosts, name, manifest_file: &manifest_file, verified: &verified, granted: &granted };
    let rule = plugin.compile(settings, settings.parameters.clone(), hosts.values(name), Use::Customers)?;
    let cases_file = in_folder(name, CASES_FILE);
    let cases = text(files, &cases_file).map_err(|fault| one(&cases_file, fault))?;
    let cases = cases.map(|text| plugin.cases(settings, text)).transpose()?;
    let notes = rule.notes.into_iter().map(|fault| Problem::warning(name, plugin_file(name), fault)).collect();
    Ok(Compiled { rule: rule.rule, cases, notes, serial: Some(verified.manifest.plugin.serial) })
}

/// What a plugin is compiled for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    /// Customers: it sees what it is granted, and operators may set values for some of them.
    Customers,
    /// Its author's cases, which tell of nobody: it sees all that it asks for.
    Cases,
}

/// A plugin that was verified, with what it is granted.
struct Plugin<'a> {
    hosts: &'a Hosts<'a>,
    name: &'a str,
    manifest_file: &'a str,
    verified: &'a Verified,
    granted: &'a Granted,
}

impl Plugin<'_> {
    fn compile(
        &self,
        settings: &RuleSettings,
        parameters: BTreeMap<String, ParameterValue>,
        values: Option<ValuesFile>,
        used: Use,
    ) -> Result<tierhook_plugin::Compiled, Vec<Problem>> {
        let segments = settings.segments().filter(|_| used == Use::Customers);
        let all = |file: &str, faults: Vec<Fault>| -> Vec<Problem> {
            faults.into_iter().map(|fault| Problem::error(self.name, file, fault)).collect()
        };
        let manifest = &self.verified.manifest;
        let tune = |parameters: BTreeMap<String, ParameterValue>, segments, limits| {
            let source = ScriptSource {
                name: self.name.to_owned(),
                file: plugin_file(self.name),
                manifest_file: self.manifest_file.to_owned(),
                manifest: self.verified.files.get(MANIFEST_FILE).map(|it| String::from_utf8_lossy(it).into_owned()),
                parameters,
                segments,
                limits,
                values: values.clone(),
                ..ScriptSource::default()
            };
            self.hosts.script.tune(manifest.rule.clone(), &source)
        };
        let is_tuned = !parameters.is_empty() || segments.is_some() || settings.limits.is_some();
        let tuned = tune(parameters, segments.clone(), settings.limits.clone()).map_err(|faults| {
            // Where its author's values are in order, the operator's are to blame.
            let blamed = is_tuned && tune(BTreeMap::new(), None, None).is_ok();
            all(if blamed { RULES_FILE } else { self.manifest_file }, faults)
        })?;
        let Tuned { manifest: mut rule, by_class } = tuned;
        rule.limits = Limits::lower_of(rule.limits.take(), settings.limits.clone());
        let publisher = self.verified.publisher.as_ref().map(|publisher| publisher.key.to_string());
        let source = PluginSource {
            name: self.name.to_owned(),
            release: self.verified.manifest.plugin.version.clone(),
            file: plugin_file(self.name),
            component: self.verified.files[COMPONENT_FILE].clone(),
            heavy: manifest.plugin.heavy,
            manifest: rule,
            by_class,
            segments,
            reads: Hook::ALL.into_iter().map(|hook| (hook, self.reads(hook, used))).collect(),
            history: self.granted.history.clone(),
            clear: self.granted.clear.clone(),
            owner: format!("{} {}", self.name, publisher.unwrap_or_default()),
            manifest_digest: self.verified.manifest_digest.clone(),
        };
        let vocabulary = self.hosts.vocabulary;
        let compiled = self.hosts.plugin.compile(source, &vocabulary.catalogue, &vocabulary.dimensions);
        compiled.map_err(|faults| all(&plugin_file(self.name), faults))
    }

    /// The fields that a hook sees, sorted.
    fn reads(&self, hook: Hook, used: Use) -> Vec<String> {
        let fields: BTreeSet<String> = match used {
            Use::Customers => self.granted.hooks.get(&hook).into_iter().flat_map(|it| it.fields.clone()).collect(),
            Use::Cases => {
                let (needed, optional) = self.verified.manifest.reads(hook);
                let known = |field: &&str| self.hosts.vocabulary.catalogue.get(field).is_some();
                needed.into_iter().chain(optional.into_iter().filter(known)).map(str::to_owned).collect()
            }
        };
        fields.into_iter().collect()
    }

    /// What holds for some customers only is no matter of cases.
    fn cases(&self, settings: &RuleSettings, text: &str) -> Result<CaseFile, Vec<Problem>> {
        let file = in_folder(self.name, CASES_FILE);
        let pinned = pinned(Document { file: &file, text })
            .map_err(|fault| vec![Problem::error(self.name, file.as_str(), fault)])?;
        let mut parameters = settings.parameters.clone();
        parameters.extend(pinned);
        let compiled = self.compile(settings, parameters, Some(of_cases(&file, text)), Use::Cases);
        // It compiled without them, so they are to blame.
        let blame = |problem| Problem { file: file.clone(), weight: Weight::Error, ..problem };
        let rule = compiled.map_err(|problems| problems.into_iter().map(blame).collect::<Vec<_>>())?.rule;
        Ok(CaseFile { rule, file, text: text.to_owned() })
    }
}

fn of_package(file: &str, files: &RuleFiles, error: &PackageError) -> Fault {
    let fault = Fault::new(FaultCode::Failed, error.to_string()).with_hint(error.hint());
    let span = match error {
        PackageError::Manifest(PluginManifestError::Malformed { span: Some(span), .. }) => span,
        _ => return fault,
    };
    match text(files, file) {
        Ok(Some(text)) => fault.at(Document { file, text }.place(span.start)),
        _ => fault,
    }
}
