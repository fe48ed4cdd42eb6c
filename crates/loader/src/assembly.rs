//! Assembly: from a candidate to one whole set of rules that is proved.
//!
//! Every rule has a list of attempts: what the disk shows, then its last good version. All rules begin with their
//! first attempt; whatever compiling, ordering or proving finds fault with goes on to its next one, and the whole
//! is put together again. What was active before and is the same now cannot be at fault: then it is the shared
//! vocabulary that goes back. So each round takes away at least one possibility, and the last one left is what
//! was active before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tierhook_hooks::{Fault, FaultCode, HookSet, Limits, Ruleset, SetError};
use tierhook_model::digest256_hex;
use tierhook_package::Policy;
use tierhook_plugin::PluginHost;
use tierhook_script::ScriptHost;

use crate::archive::{RuleVersion, content_digest};
use crate::loaded::{Choice, Loaded, UnitStatus};
use crate::member::{Member, gather, hold_renamed};
use crate::plugin::Hosts;
use crate::problem::{Problem, Weight};
use crate::proof::{CaseFile, Prover, Verdicts};
use crate::setting::RuleSettings;
use crate::shared::{Disk, Shared};
use crate::unit::RuleFiles;

/// What was active last.
#[derive(Clone, Debug, Default)]
pub(crate) struct LastGood {
    /// The digest of the set.
    pub(crate) digest: Option<String>,
    /// Files that belong to no single rule.
    pub(crate) shared: BTreeMap<String, Arc<[u8]>>,
    /// The rules by name.
    pub(crate) rules: BTreeMap<String, LastRule>,
    /// Rules that were active, but whose files are damaged.
    pub(crate) lost: BTreeSet<String>,
    /// Whether a shared file was damaged, so that there is no vocabulary to go back to.
    pub(crate) damaged: bool,
    /// The highest serial of each plugin that ever was active.
    pub(crate) serials: BTreeMap<String, u64>,
}

impl LastGood {
    /// The names of the rules that were active.
    pub(crate) fn active(&self) -> impl Iterator<Item = &String> + Clone {
        self.rules.keys().chain(&self.lost)
    }
}

/// A rule that was active.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LastRule {
    pub(crate) files: RuleFiles,
    pub(crate) settings: RuleSettings,
}

impl LastRule {
    /// Tells whether it is a plugin.
    pub(crate) fn is_plugin(&self) -> bool {
        self.files.keys().any(|path| path.starts_with("plugins/"))
    }
}

/// What compiles the rules of a set.
#[derive(Clone, Copy)]
pub(crate) struct Bench<'a> {
    pub(crate) limits: &'a Limits,
    pub(crate) plugins: &'a PluginHost,
    pub(crate) policy: Policy,
}

/// A set that is being put together.
pub(crate) struct Assembly<'a> {
    disk: Disk<'a>,
    last: &'a LastGood,
    bench: Bench<'a>,
    shared: Shared,
    members: Vec<Member>,
    /// Problems of no member.
    problems: Vec<Problem>,
}

/// What a round came to.
enum Round {
    /// The set stands.
    Done(Ruleset),
    /// Something went on to its next attempt.
    Again,
    /// Rules that were active do not work with the new vocabulary.
    Vocabulary(Vec<Problem>),
}

impl<'a> Assembly<'a> {
    /// Begins with what the disk shows.
    pub(crate) fn new(disk: Disk<'a>, last: &'a LastGood, bench: Bench<'a>) -> Self {
        let shared = Shared::choose(disk, last);
        let (members, problems) = gather(disk, last, &shared);
        Self { disk, last, bench, shared, members, problems }
    }

    /// Puts the set together.
    pub(crate) fn run(mut self, prover: &dyn Prover, verdicts: &mut Verdicts) -> Loaded {
        let mut script = self.script_host();
        let ruleset = loop {
            match self.round(&script, prover, verdicts) {
                Round::Done(ruleset) => break ruleset,
                Round::Again => {}
                Round::Vocabulary(blame) => {
                    self.shared.go_back(self.last, &blame);
                    (self.members, self.problems) = gather(self.disk, self.last, &self.shared);
                    script = self.script_host();
                }
            }
        };
        self.finish(ruleset)
    }

    fn script_host(&self) -> ScriptHost {
        let vocabulary = &self.shared.vocabulary;
        ScriptHost::new(vocabulary.catalogue.clone(), vocabulary.dimensions.clone(), self.bench.limits.clone())
    }

    fn round(&mut self, script: &ScriptHost, prover: &dyn Prover, verdicts: &mut Verdicts) -> Round {
        let hosts = Hosts {
            script,
            plugin: self.bench.plugins,
            policy: self.bench.policy,
            trust: &self.shared.trust,
            grants: &self.shared.grants,
            vocabulary: &self.shared.vocabulary,
            serials: &self.last.serials,
            rules_file: self.shared.rules_file(),
        };
        self.members.iter_mut().for_each(|member| member.compile(&hosts));
        let fallen = self.members.iter().filter(|member| member.was_active && member.is_out());
        let fallen: Vec<Problem> = fallen.filter_map(|member| member.fallen.clone()).collect();
        if !fallen.is_empty() && self.shared.can_go_back(self.last) {
            return Round::Vocabulary(fallen);
        }
        let compiled = || self.members.iter().filter_map(|member| member.compiled.as_ref());
        let hooks = match HookSet::new(compiled().map(|compiled| compiled.rule.clone()).collect()) {
            Ok(hooks) => hooks,
            Err(error) => return self.blame_set(&error),
        };
        let cases: Vec<CaseFile> = compiled().filter_map(|compiled| compiled.cases.clone()).collect();
        let vocabulary = &self.shared.vocabulary;
        let (dimensions, catalogue) = (vocabulary.dimensions.clone(), vocabulary.catalogue.clone());
        let digest = set_digest(&vocabulary.digest, &hooks);
        let ruleset = Ruleset { hooks, dimensions, catalogue, digest };
        let mut changed: Vec<String> = self.shared.changed(self.last).map(str::to_owned).collect();
        changed.extend(self.members.iter().filter(|member| member.has_changed()).map(|member| member.name.clone()));
        let verdict = verdicts.of(prover, &ruleset, &cases, &changed);
        match self.judge(verdict) {
            Some(round) => round,
            None if hold_renamed(&mut self.members, self.last) => Round::Again,
            None => Round::Done(ruleset),
        }
    }

    /// Rules that cannot stand together: those of them that changed go on.
    fn blame_set(&mut self, error: &SetError) -> Round {
        let named: Vec<&String> = match error {
            SetError::Circle { path } => path.iter().collect(),
            SetError::TooManyColumns { rules, .. } => rules.iter().collect(),
            // A kind of error that this crate does not know yet is held against all.
            _ => Vec::new(),
        };
        let concerned = |member: &Member| !member.is_out() && (named.is_empty() || named.contains(&&member.name));
        let fault = Fault::new(FaultCode::Failed, error.to_string());
        let mut moved = false;
        for member in self.members.iter_mut().filter(|member| concerned(member) && member.has_changed()) {
            member.fail(vec![Problem::error(&member.name, &member.file, fault.clone())]);
            moved = true;
        }
        if moved {
            return Round::Again;
        }
        let mut rest: Vec<&mut Member> = self.members.iter_mut().filter(|member| concerned(member)).collect();
        // Nothing of it changed, so the set was fine once: only the vocabulary can be at fault, or a new version
        // of this program, and then one of the rules has to stay out.
        let Some(member) = rest.last_mut() else { return Round::Again };
        let problem = Problem::error(&member.name, &member.file, fault);
        if self.shared.can_go_back(self.last) {
            return Round::Vocabulary(vec![problem]);
        }
        member.shut_out(problem);
        Round::Again
    }

    /// Applies a verdict. `None` if the set may stand.
    fn judge(&mut self, verdict: Vec<Problem>) -> Option<Round> {
        let mut held: BTreeMap<String, Vec<Problem>> = BTreeMap::new();
        let (vocabulary, verdict): (Vec<Problem>, Vec<Problem>) =
            verdict.into_iter().partition(|problem| problem.is_error() && Shared::is_about(problem));
        let mut whole = Vec::new();
        for problem in verdict.iter().filter(|problem| problem.is_error()).cloned() {
            let in_set = self.members.iter().any(|member| member.name == problem.unit && !member.is_out());
            if in_set { held.entry(problem.unit.clone()).or_default().push(problem) } else { whole.push(problem) }
        }
        let mut moved = false;
        for member in self.members.iter_mut().filter(|member| member.has_changed()) {
            if let Some(problems) = held.remove(&member.name) {
                member.fail(problems);
                moved = true;
            }
        }
        if moved {
            return Some(Round::Again);
        }
        let others = held.into_values().flatten().chain(whole.iter().cloned());
        let blame: Vec<Problem> = vocabulary.iter().cloned().chain(others).collect();
        if !blame.is_empty() && self.shared.can_go_back(self.last) {
            return Some(Round::Vocabulary(blame));
        }
        vocabulary.iter().for_each(|problem| self.shared.blame(problem));
        if !whole.is_empty() {
            for member in self.members.iter_mut().filter(|member| member.has_changed()) {
                member.fail(
                    whole.iter().map(|problem| Problem { unit: member.name.clone(), ..problem.clone() }).collect(),
                );
                moved = true;
            }
        }
        if moved {
            return Some(Round::Again);
        }
        // What is left is about versions that were active and proved before: it is told, and they go on.
        for problem in verdict {
            let problem = Problem { weight: Weight::Warning, ..problem };
            match self.members.iter_mut().find(|member| member.name == problem.unit) {
                Some(member) => member.problems.push(problem),
                None => self.problems.push(problem),
            }
        }
        None
    }

    fn finish(self, ruleset: Ruleset) -> Loaded {
        let mut choice = Choice::default();
        let mut keep = |files: &RuleFiles| -> BTreeMap<String, String> {
            let digests = files.iter().map(|(path, bytes)| (path.clone(), content_digest(bytes), bytes));
            digests
                .map(|(path, digest, bytes)| {
                    choice.blobs.insert(digest.clone(), bytes.clone());
                    (path, digest)
                })
                .collect()
        };
        let shared = keep(&self.shared.files);
        let mut rules = BTreeMap::new();
        for member in &self.members {
            if let (Some(compiled), Some(attempt)) = (&member.compiled, member.attempt()) {
                let version = compiled.rule.meta().digest.clone();
                let serial = compiled.serial;
                let (files, settings) = (keep(&attempt.found.files), attempt.settings.clone());
                rules.insert(member.name.clone(), RuleVersion { version, files, settings, serial });
            }
        }
        let choice = Choice { shared, rules, ..choice };
        let retired = self.last.active().filter(|name| !choice.rules.contains_key(*name)).cloned().collect();
        let mut units = self.shared.units;
        units.extend(self.members.into_iter().map(Member::into_status));
        let mut problems: Vec<Problem> = units.iter().flat_map(|unit: &UnitStatus| unit.problems.clone()).collect();
        problems.extend(self.problems);
        let candidate = match self.disk {
            Disk::There(candidate) => candidate.digest().to_owned(),
            Disk::Gone(why) => {
                problems.push(why.clone());
                String::new()
            }
        };
        let changed = self.last.digest.as_ref() != Some(&ruleset.digest);
        Loaded { ruleset, units, problems, changed, retired, candidate, choice }
    }
}

fn set_digest(vocabulary: &str, hooks: &HookSet) -> String {
    let orders: Vec<String> = hooks.rules().iter().map(|rule| format!("{:?}", rule.meta().manifest.order)).collect();
    let mut parts = vec![vocabulary.as_bytes()];
    for (rule, order) in hooks.rules().iter().zip(&orders) {
        parts.extend([rule.meta().name.as_bytes(), rule.meta().digest.as_bytes(), order.as_bytes()]);
    }
    digest256_hex(&parts)
}
