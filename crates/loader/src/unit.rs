//! Units: the files that make one rule, and compiling them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;
use tierhook_hooks::{BatchOutcome, Context, Fault, FaultCode, Frame, Hook, ParameterValue, Rule, RuleMeta, Segments};
use tierhook_script::{ScriptSource, ValuesFile, imported_files};

use crate::document::{Document, closest};
use crate::plugin::{self, Hosts};
use crate::problem::Problem;
use crate::proof::CaseFile;
use crate::setting::{RuleSettings, check_finite};
use crate::tree::{Candidate, PLUGINS, RULES_FILE, is_module};
use crate::vocabulary::{DIMENSIONS_FILE, FIELDS_FILE};

/// The files of one rule by path, those of the modules that it imports among them.
pub(crate) type RuleFiles = BTreeMap<String, Arc<[u8]>>;

/// A rule as it was found in a candidate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    pub(crate) files: RuleFiles,
    /// Files of it, or modules that it imports, that could not be read.
    pub(crate) unreadable: Vec<Problem>,
}

/// A rule that compiles, with its golden cases.
#[derive(Clone, Debug)]
pub(crate) struct Compiled {
    pub(crate) rule: Arc<dyn Rule>,
    pub(crate) cases: Option<CaseFile>,
    /// What is worth knowing and holds nothing up.
    pub(crate) notes: Vec<Problem>,
    /// The serial of a plugin.
    pub(crate) serial: Option<u64>,
}

impl Found {
    /// Tells whether it is a plugin.
    pub(crate) fn is_plugin(&self) -> bool {
        let unreadable = self.unreadable.iter().map(|problem| &problem.file);
        self.files.keys().chain(unreadable).any(|path| is_plugins(path))
    }
}

/// Tells whether a file belongs to the plugins.
fn is_plugins(path: &str) -> bool {
    path == PLUGINS || path.starts_with("plugins/")
}

/// The file with the code of a rule.
pub(crate) fn script_file(name: &str) -> String {
    format!("scripts/{name}.rhai")
}

fn manifest_file(name: &str) -> String {
    format!("scripts/{name}.toml")
}

/// The files of a rule beside its script that a candidate has.
pub(crate) fn companions(candidate: &Candidate, name: &str) -> Vec<String> {
    let is_there = |file: &String| candidate.files().contains_key(file) || candidate.unreadable().contains_key(file);
    [manifest_file(name), cases_file(name)].into_iter().filter(is_there).collect()
}

fn cases_file(name: &str) -> String {
    format!("scripts/{name}.cases.toml")
}

/// Finds the rules of a candidate by name, and the files that belong to none. Plugins are found in
/// [`crate::plugin`]. A script in a folder below or with
/// a name that begins with `_` is a module, not a rule.
pub(crate) fn find(candidate: &Candidate) -> (BTreeMap<String, Found>, Vec<Problem>) {
    let paths = || candidate.files().keys().chain(candidate.unreadable().keys());
    let mut rules: BTreeMap<String, Found> = BTreeMap::new();
    let mut problems = Vec::new();
    for path in paths() {
        let Some(name) = top(path).and_then(|name| name.strip_suffix(".rhai")) else { continue };
        match name_fault(name) {
            _ if name.starts_with('_') => {}
            None => drop(rules.insert(name.to_owned(), Found::default())),
            Some(fault) => problems.push(Problem::error(name, path, fault)),
        }
    }
    let names: BTreeSet<String> = rules.keys().cloned().collect();
    let mut told = BTreeSet::new();
    for (name, found) in &mut rules {
        add_modules(candidate, name, found, &mut told);
    }
    for path in paths().filter(|path| *path != DIMENSIONS_FILE && *path != FIELDS_FILE && !is_plugins(path)) {
        let why = candidate.unreadable().get(path);
        let owner = owner(path).filter(|_| top(path).is_some());
        match (owner.and_then(|owner| rules.get_mut(owner).map(|found| (owner, found))), why) {
            (Some((owner, found)), Some(why)) => found.unreadable.push(unreadable(owner, path, why)),
            (Some((_, found)), None) => drop(found.files.insert(path.clone(), candidate.files()[path].clone())),
            (None, Some(_)) if told.contains(path) => {}
            (None, Some(why)) if path.starts_with("scripts/") => {
                problems.push(Problem { weight: crate::Weight::Warning, ..unreadable("scripts", path, why) });
            }
            (None, _) => problems.extend(stray(path, owner, &names)),
        }
    }
    (rules, problems)
}

/// Adds the modules that a rule imports, by itself or through others, as far as they are there. One that cannot be read
/// is the rule's problem, and added to `told`.
fn add_modules(candidate: &Candidate, name: &str, found: &mut Found, told: &mut BTreeSet<String>) {
    let mut seen = BTreeSet::new();
    let mut open = vec![script_file(name)];
    while let Some(file) = open.pop() {
        let bytes = candidate.files().get(&file);
        // What is no text is told when it is compiled.
        let document = bytes.and_then(|bytes| Document::decode(&file, bytes).ok());
        let imported = document.map(|document| imported_files(&file, document.text)).unwrap_or_default();
        for module in imported.into_iter().filter(|module| is_module(module)) {
            if !seen.insert(module.clone()) {
                continue;
            }
            if let Some(bytes) = candidate.files().get(&module) {
                found.files.insert(module.clone(), bytes.clone());
                open.push(module);
            } else if let Some((path, why)) = blocked(candidate, &module) {
                found.unreadable.push(unreadable(name, path, why));
                told.insert(path.to_owned());
            }
        }
    }
}

/// What keeps a file from being read: itself or a folder that it lies in.
fn blocked<'a>(candidate: &'a Candidate, file: &str) -> Option<(&'a str, &'a str)> {
    let is_above = |path: &str| file.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let mut unreadable = candidate.unreadable().iter();
    unreadable.find(|(path, _)| is_above(path)).map(|(path, why)| (path.as_str(), why.as_str()))
}

/// Returns the name of a file that lies in the scripts folder itself.
fn top(path: &str) -> Option<&str> {
    path.strip_prefix("scripts/").filter(|name| !name.contains('/'))
}

fn owner(path: &str) -> Option<&str> {
    let name = path.strip_prefix("scripts/")?;
    [".rhai", ".cases.toml", ".toml"].iter().find_map(|suffix| name.strip_suffix(suffix))
}

fn name_fault(name: &str) -> Option<Fault> {
    let hint = "rename the file and those that belong to it";
    if [DIMENSIONS_FILE, FIELDS_FILE].contains(&manifest_file(name).as_str()) {
        let message = format!("a rule cannot be called `{name}`: its manifest would be the file of the {name}");
        return Some(Fault::new(FaultCode::Failed, message).with_hint(hint));
    }
    if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-') {
        let message = format!("`{name}` is no name for a rule: it may have letters, digits, `_` and `-`");
        return Some(Fault::new(FaultCode::Failed, message).with_hint(hint));
    }
    None
}

pub(crate) fn unreadable(unit: &str, file: &str, why: &str) -> Problem {
    let fault = Fault::new(FaultCode::Failed, format!("it cannot be read: {why}"));
    Problem::error(unit, file, fault.with_hint("see to its permissions, its size and where it leads"))
}

fn stray(path: &str, owner: Option<&str>, rules: &BTreeSet<String>) -> Option<Problem> {
    let owner = owner.filter(|_| path.ends_with(".toml"))?;
    let mut fault =
        Fault::new(FaultCode::Failed, format!("it belongs to no rule: there is no `{}`", script_file(owner)));
    fault = match closest(owner, rules.iter().map(String::as_str)) {
        Some(name) => fault.with_hint(format!("did you mean `{name}`?")),
        None => fault.with_hint("remove it, or name it as the rule is named"),
    };
    Some(Problem::warning(owner, path, fault))
}

/// Compiles a rule and, if it has golden cases, once more with the parameters that these pin.
pub(crate) fn compile(
    hosts: &Hosts<'_>,
    name: &str,
    found: &Found,
    settings: &RuleSettings,
) -> Result<Compiled, Vec<Problem>> {
    if !found.unreadable.is_empty() {
        return Err(found.unreadable.clone());
    }
    let compiled = if found.is_plugin() {
        plugin::compile(hosts, name, &found.files, settings)
    } else {
        compile_script(hosts, name, found, settings)
    }?;
    Ok(match settings.order {
        Some(order) => Compiled { rule: Arc::new(Ordered::new(compiled.rule, order)), ..compiled },
        None => compiled,
    })
}

fn compile_script(
    hosts: &Hosts<'_>,
    name: &str,
    found: &Found,
    settings: &RuleSettings,
) -> Result<Compiled, Vec<Problem>> {
    let file = script_file(name);
    let all = |file: &str, faults: Vec<Fault>| -> Vec<Problem> {
        faults.into_iter().map(|fault| Problem::error(name, file, fault)).collect()
    };
    let one = |file: &str, fault: Fault| vec![Problem::error(name, file, fault)];

    let text =
        text(&found.files, &file).and_then(|text| text.ok_or_else(|| Fault::new(FaultCode::Failed, "it is gone")));
    let text = text.map_err(|fault| one(&file, fault))?;
    let (manifest_file, cases_file) = (manifest_file(name), cases_file(name));
    let manifest = self::text(&found.files, &manifest_file).map_err(|fault| one(&manifest_file, fault))?;
    let cases = self::text(&found.files, &cases_file).map_err(|fault| one(&cases_file, fault))?;
    let mut modules = BTreeMap::new();
    for file in found.files.keys().filter(|file| is_module(file)) {
        let module = self::text(&found.files, file).map_err(|fault| one(file, fault))?;
        modules.extend(module.map(|text| (file.clone(), text.to_owned())));
    }

    let source = |parameters: BTreeMap<String, ParameterValue>, segments: Option<Segments>, values| ScriptSource {
        name: name.to_owned(),
        file: file.clone(),
        text: text.to_owned(),
        manifest_file: manifest_file.clone(),
        manifest: manifest.map(str::to_owned),
        parameters,
        segments,
        limits: settings.limits.clone(),
        values,
        modules: modules.clone(),
    };
    let host = hosts.script;
    let tuned = source(settings.parameters.clone(), settings.segments(), hosts.values(name));
    let rule = host.compile(tuned).map_err(|faults| {
        // Where it compiles with its author's values, the operator's are to blame.
        let is_tuned = !settings.parameters.is_empty() || settings.segment_by.is_some();
        let tuned = is_tuned && host.compile(source(BTreeMap::new(), None, None)).is_ok();
        all(if tuned { RULES_FILE } else { &file }, faults)
    })?;
    let cases = match cases {
        None => None,
        Some(text) => {
            let pinned = pinned(Document { file: &cases_file, text }).map_err(|fault| one(&cases_file, fault))?;
            let rule = if pinned.is_empty() {
                rule.clone()
            } else {
                let mut parameters = settings.parameters.clone();
                parameters.extend(pinned);
                // What holds for some customers only is no matter of cases. It compiled without them, so they are to blame, and they stand in the file of the cases.
                host.compile(source(parameters, None, Some(of_cases(&cases_file, text))))
                    .map_err(|faults| all(&cases_file, faults))?
            };
            Some(CaseFile { rule, file: cases_file.clone(), text: text.to_owned() })
        }
    };
    Ok(Compiled { rule, cases, notes: Vec::new(), serial: None })
}

pub(crate) fn text<'a>(files: &'a RuleFiles, file: &'a str) -> Result<Option<&'a str>, Fault> {
    files.get(file).map(|bytes| Document::decode(file, bytes).map(|document| document.text)).transpose()
}

/// Where a file of golden cases pins parameters.
pub(crate) fn of_cases(file: &str, text: &str) -> ValuesFile {
    ValuesFile { file: file.to_owned(), text: text.to_owned(), table: Vec::new() }
}

/// Reads the parameters that a file of golden cases pins. The cases themselves are for whoever runs them.
pub(crate) fn pinned(document: Document<'_>) -> Result<BTreeMap<String, ParameterValue>, Fault> {
    #[derive(Deserialize)]
    struct CasesFile {
        #[serde(default)]
        parameters: BTreeMap<String, ParameterValue>,
    }
    let parameters = document.toml::<CasesFile>()?.parameters;
    check_finite(&document, &["parameters"], &parameters)?;
    Ok(parameters)
}

/// A rule that stands where the operator put it.
#[derive(Debug)]
struct Ordered {
    rule: Arc<dyn Rule>,
    meta: RuleMeta,
}

impl Ordered {
    fn new(rule: Arc<dyn Rule>, order: i32) -> Self {
        let mut meta = rule.meta().clone();
        meta.manifest.order = Some(order);
        Self { rule, meta }
    }
}

impl Rule for Ordered {
    fn meta(&self) -> &RuleMeta {
        &self.meta
    }

    fn call(&self, hook: Hook, frame: &Arc<Frame>, context: &Context) -> BatchOutcome {
        self.rule.call(hook, frame, context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(paths: &[&str]) -> Candidate {
        Candidate::from_files(paths.iter().map(|path| ((*path).to_owned(), Arc::from(b"".as_slice()))).collect())
    }

    #[test]
    fn sidecars_go_with_their_rule_and_modules_are_none() {
        let (rules, problems) = find(&candidate(&[
            "rules.toml",
            "scripts/_shared.rhai",
            "scripts/abc_grade.cases.toml",
            "scripts/abc_grade.rhai",
            "scripts/abc_grade.toml",
            "scripts/care.rhai",
            "scripts/dimensions.toml",
            "scripts/fields.toml",
            "scripts/lib/money.rhai",
        ]));
        assert_eq!(rules.keys().collect::<Vec<_>>(), ["abc_grade", "care"]);
        assert_eq!(rules["abc_grade"].files.len(), 3);
        assert_eq!(problems, []);
    }

    #[test]
    fn a_rule_has_the_modules_that_it_imports_and_what_keeps_them_from_it() {
        let files = [
            ("scripts/a.rhai", "import \"lib/x\" as x; import \"b\" as b; import \"_gone\" as g;"),
            ("scripts/b.rhai", "fn classify(customer, ctx) { }"),
            ("scripts/lib/x.rhai", "import \"lib/y\" as y; import \"lib/x\" as x;"),
            ("scripts/lib/y.rhai", "\u{feff}import \"_z\" as z;"),
            ("scripts/_z.rhai", ""),
            ("scripts/lib/unused.rhai", "import \"_z\" as z;"),
        ];
        let files = files.map(|(path, text)| (path.to_owned(), Arc::from(text.as_bytes())));
        let (rules, problems) = find(&Candidate::from_files(files.into()));
        let paths: Vec<&str> = rules["a"].files.keys().map(String::as_str).collect();
        assert_eq!(paths, ["scripts/_z.rhai", "scripts/a.rhai", "scripts/lib/x.rhai", "scripts/lib/y.rhai"]);
        assert_eq!(rules["b"].files.len(), 1);
        assert_eq!(problems, []);
    }

    #[test]
    fn a_stray_sidecar_is_told_where_it_may_belong() {
        let (_, problems) = find(&candidate(&["scripts/abc_grade.rhai", "scripts/abc_grad.toml"]));
        assert_eq!(problems.len(), 1);
        assert!(!problems[0].is_error());
        assert_eq!(problems[0].fault.hint.as_deref(), Some("did you mean `abc_grade`?"));
    }

    #[test]
    fn a_rule_may_not_take_the_name_of_a_shared_file() {
        let (rules, problems) = find(&candidate(&["scripts/dimensions.rhai", "scripts/a.b.rhai"]));
        assert!(rules.is_empty());
        assert!(problems.iter().all(Problem::is_error) && problems.len() == 2, "{problems:?}");
    }
}
